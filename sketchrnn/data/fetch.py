"""One file from the web: resumed where it was cut, checked, and in its place only when it is whole."""

from __future__ import annotations

import base64
import binascii
import contextlib
import errno
import hashlib
import http.client
import json
import os
import re
import shutil
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sketchrnn import __version__
from sketchrnn.errors import SketchRNNError
from sketchrnn.locks import alone
from sketchrnn.sketch.files import put_in_place

BytesDone = Callable[[int, int | None], None]
"""Called as `progress(bytes done, bytes in all or None)`."""

MOST_BYTES = 8 << 30
ATTEMPTS = 4
TIMEOUT = 30.0
_CHUNK = 1 << 18
_LONGEST_WAIT = 30.0
_AGAIN = (408, 425, 429)
_GONE = (404, 410)


class Missing(SketchRNNError):
    """The server has no such file."""


class _Cut(Exception):
    """The transfer ended early, for a reason that may pass."""


class _PastEnd(_Cut):
    """More has arrived than the server has: the part is of another file."""


class _Damaged(_Cut):
    """What arrived is not what the server says it sent."""


@dataclass(frozen=True)
class _Remote:
    """What a server says of a file: kept beside the part that has arrived."""

    url: str
    size: int | None = None
    md5: str | None = None
    tag: str | None = None


def fetch(
    url: str,
    target: Path,
    *,
    progress: BytesDone | None = None,
    sleep: Callable[[float], None] = time.sleep,
    attempts: int = ATTEMPTS,
    timeout: float = TIMEOUT,
    most_bytes: int = MOST_BYTES,
) -> None:
    """Download a file.

    What has arrived lies in `<target>.part` until it is whole and agrees with the server's length and MD5 (as far as it
    tells them); a later call goes on from there, if the server's file is still the same. While another program
    downloads it this one waits, and takes what the other has put there.

    Args:
        url: http or https.
        target: the file to make or replace; its folder is made.
        progress: told how far it is.
        sleep: waits between attempts, in seconds, twice as long each time.
        attempts: how often in a row it may fail without a new byte.
        timeout: seconds without an answer after which an attempt has failed.
        most_bytes: a larger file is refused.

    Raises:
        Missing: the server has no such file.
        SketchRNNError: no connection, a full disk, a file that is too large or keeps arriving damaged.
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise SketchRNNError(f"only http and https addresses are downloaded from, got {url}")
    before = _version(target)
    transfer = _Transfer(url, target, progress or (lambda done, total: None), timeout, most_bytes)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with alone(target.with_name(target.name + ".lock"), sleep) as waited:
            if not waited or _version(target) == before:
                _finish(transfer, sleep, attempts)
    except OSError as error:
        raise _disk_trouble(error, target) from error


def _version(path: Path) -> tuple[int, int, int] | None:
    """What is another once a file has been replaced; None where there is none."""
    with contextlib.suppress(OSError):
        facts = path.stat()
        return facts.st_ino, facts.st_mtime_ns, facts.st_size
    return None


def _finish(transfer: _Transfer, sleep: Callable[[float], None], attempts: int) -> None:
    """Attempt after attempt, until the file is in its place."""
    failures, damaged, farthest = 0, 0, transfer.arrived()
    while True:
        try:
            transfer.run()
            return
        except _Cut as cut:
            failures = 1 if transfer.arrived() > farthest else failures + 1
            damaged += isinstance(cut, _Damaged)
            farthest = max(farthest, transfer.arrived())
            if failures >= attempts or damaged > 1:
                raise SketchRNNError(f"could not download {transfer.url}: {cut}", hint=_advice(farthest)) from cut
        sleep(min(2.0 ** (failures - 1), _LONGEST_WAIT))


class _Transfer:
    """One attempt after the other at one file."""

    def __init__(self, url: str, target: Path, progress: BytesDone, timeout: float, most_bytes: int):
        self.url, self.target, self.progress = url, target, progress
        self.timeout, self.most_bytes = timeout, most_bytes
        self.part = target.with_name(target.name + ".part")
        self.note = target.with_name(target.name + ".part.json")

    def arrived(self) -> int:
        """Bytes of the part that is there."""
        with contextlib.suppress(OSError):
            return self.part.stat().st_size
        return 0

    def run(self) -> None:
        """Download what is missing, check the whole and put it in its place.

        Raises:
            _Cut: it may work next time.
            OSError: the disk, not the network.
        """
        known = self._known()
        start = self.arrived() if known else 0
        if not known or not known.size or start != known.size:
            known = self._go_on(known, start)
        self._check_whole(known)
        put_in_place(self.part, self.target)
        self.note.unlink(missing_ok=True)

    def _go_on(self, known: _Remote | None, start: int) -> _Remote:
        try:
            response = _answer(self.url, start, known, self.timeout)
        except _PastEnd:
            self._forget()
            raise
        with response:
            remote, start = self._agreed(response, known, start)
            self._check_room(remote, start)
            self.note.write_text(json.dumps(asdict(remote)))
            self._receive(response, remote, start)
        return remote

    def _known(self) -> _Remote | None:
        try:
            remote = _Remote(**json.loads(self.note.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return remote if remote.url == self.url else None

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def _agreed(self, response: http.client.HTTPResponse, known: _Remote | None, start: int) -> tuple[_Remote, int]:
        """What the server says of the file, and the byte at which its answer begins."""
        if response.status == 206 and known:
            span = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
            total = known.size if span is None or span[2] == "*" else int(span[2])
            if span is None or int(span[1]) != start or total != known.size:
                self._forget()
                raise _Cut("the file has changed on the server")
            return known, start
        length = response.headers.get("Content-Length", "")
        size = int(length) if length.isdecimal() else None
        return _Remote(self.url, size, _md5(response.headers), response.headers.get("ETag")), 0

    def _check_room(self, remote: _Remote, start: int) -> None:
        if remote.size is None:
            return
        if remote.size > self.most_bytes:
            raise SketchRNNError(f"{self.url} has {remote.size:,} bytes, more than the {self.most_bytes:,} allowed")
        if remote.size - start > shutil.disk_usage(self.part.parent).free:
            raise OSError(errno.ENOSPC, f"{remote.size - start:,} bytes are missing")

    def _receive(self, response: http.client.HTTPResponse, remote: _Remote, start: int) -> None:
        with open(self.part, "ab" if start else "wb") as stream:
            done = start
            self.progress(done, remote.size)
            while chunk := _read(response, self.url):
                done += len(chunk)
                if done > self.most_bytes:
                    raise SketchRNNError(f"{self.url} has more than the {self.most_bytes:,} bytes allowed")
                stream.write(chunk)
                self.progress(done, remote.size)
            stream.flush()
            os.fsync(stream.fileno())
        if remote.size is not None and done < remote.size:
            raise _Cut("the connection was cut")

    def _check_whole(self, remote: _Remote) -> None:
        fits = remote.size is None or self.arrived() == remote.size
        if fits and remote.md5 is not None:
            with open(self.part, "rb") as stream:
                digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
            fits = digest.hexdigest() == remote.md5
        if not fits:
            self._forget()
            raise _Damaged("it arrived damaged (its length or checksum is not the server's)")


def _answer(url: str, start: int, known: _Remote | None, timeout: float) -> http.client.HTTPResponse:
    """The server's answer to a request for the bytes from `start` on."""
    headers = {"User-Agent": f"sketchrnn/{__version__}", "Accept-Encoding": "identity"}
    if start and known:
        headers["Range"] = f"bytes={start}-"
        if known.tag:
            headers["If-Range"] = known.tag
    try:
        return _opener().open(urllib.request.Request(url, headers=headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error, url) from None
    except urllib.error.URLError as error:
        raise _Cut(_why(error.reason, url)) from None
    except (OSError, http.client.HTTPException) as error:
        raise _Cut(_why(error, url)) from None


def _opener() -> urllib.request.OpenerDirector:
    """One that knows http and https alone, wherever it is redirected to."""
    opener = urllib.request.OpenerDirector()
    for handler in ("Proxy", "HTTP", "HTTPS", "HTTPDefaultError", "HTTPRedirect", "Unknown"):
        opener.add_handler(getattr(urllib.request, f"{handler}Handler")())
    opener.add_handler(urllib.request.HTTPErrorProcessor())
    return opener


def _refusal(error: urllib.error.HTTPError, url: str) -> Exception:
    if error.code in _GONE:
        return Missing(f"the server has no {url}")
    if error.code == 416:
        return _PastEnd("the file has changed on the server")
    if error.code in _AGAIN or error.code >= 500:
        return _Cut(f"the server answered {error.code} {error.reason}")
    return SketchRNNError(f"the server refused {url}: {error.code} {error.reason}")


def _read(response: http.client.HTTPResponse, url: str) -> bytes:
    try:
        return response.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _Cut(_why(error, url)) from None


def _why(error: object, url: str) -> str:
    host = urllib.parse.urlsplit(url).netloc
    if isinstance(error, socket.gaierror):
        return f"there is no connection to {host} (its name is not found)"
    if isinstance(error, TimeoutError):
        return f"{host} does not answer"
    if isinstance(error, ConnectionRefusedError):
        return f"{host} refuses connections"
    if isinstance(error, ConnectionError | http.client.HTTPException):
        return "the connection was cut"
    return f"there is no connection to {host} ({error})"


def _md5(headers: http.client.HTTPMessage) -> str | None:
    """The file's MD5 in hexadecimal, from Google's header, or an ETag that is one."""
    for value in ",".join(headers.get_all("x-goog-hash", [])).split(","):
        name, _, digest = value.strip().partition("=")
        with contextlib.suppress(binascii.Error):
            if name == "md5":
                return base64.b64decode(digest, validate=True).hex()
    tag = re.fullmatch(r'"([0-9a-f]{32})"', headers.get("ETag", ""))
    return tag[1] if tag else None


def _advice(arrived: int) -> str:
    if arrived:
        return "Run the same command again, it goes on from where it stopped."
    return "Check the network, or name a mirror in SKETCHRNN_DATA_URL."


def _disk_trouble(error: OSError, target: Path) -> SketchRNNError:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        hint = "Make room and run the same command again, it goes on from where it stopped."
        return SketchRNNError("the disk is full", file=target.parent, hint=hint)
    return SketchRNNError(f"cannot be written: {error.strerror or error}", file=target)
