"""Files read within limits, and replaced whole or not at all; folders made for them."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from sketchrnn.errors import BadFile, SketchRNNError

_BESIDE, _PART = ".sketchrnn-", ".part"
_WAITS = (0.01, 0.03, 0.1, 0.3, 0.6)
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that Windows takes for devices, whatever their suffix."""
_MOST_BYTES = 200
"""Of a name without its suffix."""


def open_regular(path: str | os.PathLike[str], buffering: int = -1) -> BinaryIO:
    """A plain file open for reading; a pipe or a device, which could keep its reader for ever, is refused unopened.

    Raises:
        BadFile: it is none, or cannot be opened.
    """
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise BadFile("is no plain file", file=path)
        return open(path, "rb", buffering=buffering)  # pyright: ignore[reportReturnType]  (bytes, however it is buffered)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise BadFile(f"cannot be read: {getattr(error, 'strerror', None) or error}", file=path) from error


def read_bounded(path: str | os.PathLike[str], most: int) -> bytes:
    """All of a plain file of at most so many bytes.

    Raises:
        BadFile: it is larger, no plain file, or cannot be read.
    """
    with open_regular(path) as stream:
        try:
            data = stream.read(most + 1)
        except OSError as error:
            raise BadFile(f"cannot be read: {error.strerror or error}", file=path) from error
    if len(data) > most:
        size = f"{most >> 20} MiB" if most >= 1 << 20 else f"{most >> 10} KiB"
        raise BadFile(f"is larger than {size}, which no such file is", file=path)
    return data


def make_folder(folder: Path) -> None:
    """Make the folder that files go to, if it is not there.

    Raises:
        SketchRNNError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SketchRNNError(f"cannot be made a folder: {error.strerror or error}", file=folder) from error


def as_stem(name: str) -> str:
    """A name as one without a suffix can be on every disk: of no device, not too long, without dots and spaces around
    it, which Windows leaves out. May be empty then.
    """
    # disks count bytes, 255 at most, of which a letter may take four
    name = name.encode()[:_MOST_BYTES].decode(errors="ignore").strip(". ")
    return f"{name}-" if _DEVICE.fullmatch(name) else name


def write_atomically(path: str | os.PathLike[str], data: bytes | str | Iterable[bytes]) -> None:
    """Write a file so that at every moment either the old one or the whole new one is there.

    The new one is written beside it, brought to the disk, and put in its place; a link is followed, an existing
    file keeps its permissions. Text is written as UTF-8, line ends as they are. Pieces of bytes are written as they
    come; an error raised while they are made leaves everything as it was too.

    Raises:
        SketchRNNError: it could not be written; what was there before is untouched.
    """
    try:
        content = data.encode("utf-8") if isinstance(data, str) else data
        _replace(Path(os.path.realpath(path)), [content] if isinstance(content, bytes) else content)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte, text that UTF-8 does not have
        reason = getattr(error, "strerror", None) or str(error)
        raise SketchRNNError(f"could not be written: {reason}", file=path) from error


def passes_on(path: Path) -> bool:
    """Whether what is written there is kept by no file: a pipe, a terminal, another device."""
    return path.exists() and not path.is_file() and not path.is_dir()


def write_nowhere(number: int) -> None:
    """Let what is written to an open file's number go nowhere from now on: whoever read it is gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def unfinished(folder: Path) -> list[Path]:
    """What `write_atomically` has begun in a folder and not put in place: under way, or left by a killed process."""
    return list(folder.glob(f"{_BESIDE}*{_PART}"))


def _replace(target: Path, pieces: Iterable[bytes]) -> None:
    if target.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    if passes_on(target):
        raise OSError(None, "it is a device or a pipe")  # a file would take its place, for every program
    beside = target.with_name(f"{_BESIDE}{os.urandom(8).hex()}{_PART}")
    stream = open(beside, "xb")
    try:
        with stream:
            with contextlib.suppress(FileNotFoundError):  # a new one has those that the system gives
                os.chmod(beside, stat.S_IMODE(target.stat().st_mode))
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        put_in_place(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
    _settle(target.parent)


def put_in_place(
    beside: Path,
    target: Path,
    platform: str = sys.platform,
    replace: Callable[[Path, Path], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Give a finished file, or a folder, its name, in the place of the file that had it.

    On Windows that fails for as long as another program (an indexer, a virus scanner) has one of them open: it is
    tried again for about a second.
    """
    replace = replace or os.replace
    waits = _WAITS if platform == "win32" else ()
    for seconds in waits:
        try:
            return replace(beside, target)
        except PermissionError:
            sleep(seconds)
    return replace(beside, target)


def _settle(folder: Path) -> None:
    """Bring the new name to the disk too, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
