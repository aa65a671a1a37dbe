"""Downloads from a loopback server that serves Google's layout, and misbehaves as asked."""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sketchrnn.data import fetch as fetch_module
from sketchrnn.data.download import GOOGLE, base_url, category_url, download, download_folder
from sketchrnn.data.fetch import fetch
from sketchrnn.errors import SketchRNNError

BODY = bytes(range(256)) * 4000  # a megabyte: several reads


@dataclass
class Resource:
    """One file of the server and how it is to be served."""

    body: bytes = BODY
    tag: str | None = '"one"'
    md5: str | None = "right"
    ranges: bool = True
    length: bool = True
    cuts: list[int] = field(default_factory=list)  # each answer ends after so many bytes, until none is left
    statuses: list[int] = field(default_factory=list)  # each answer is this refusal, until none is left
    location: str | None = None
    asked: list[str | None] = field(default_factory=list)  # the Range of every request


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self):
        resource = self.server.resources.get(self.path)
        if resource is None:
            return self.send_error(404)
        resource.asked.append(self.headers.get("Range"))
        if resource.statuses:
            return self.send_error(resource.statuses.pop(0))
        if resource.location:
            self.send_response(302)
            self.send_header("Location", resource.location)
            return self.end_headers()
        return self._serve(resource)

    def _serve(self, resource: Resource) -> None:
        start = self._start(resource)
        if start > len(resource.body):
            return self.send_error(416)
        rest = resource.body[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(resource.body) - 1}/{len(resource.body)}")
        if resource.length:
            self.send_header("Content-Length", str(len(rest)))
        if resource.tag:
            self.send_header("ETag", resource.tag)
        if resource.md5:
            digest = hashlib.md5(resource.body if resource.md5 == "right" else b"other").digest()
            self.send_header("x-goog-hash", "crc32c=AAAAAA==")
            self.send_header("x-goog-hash", f"md5={base64.b64encode(digest).decode()}")
        self.end_headers()
        self.wfile.write(rest[: resource.cuts.pop(0)] if resource.cuts else rest)

    def _start(self, resource: Resource) -> int:
        wanted, condition = self.headers.get("Range"), self.headers.get("If-Range")
        if not wanted or not resource.ranges or (condition and condition != resource.tag):
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.resources = {}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("SKETCHRNN_DATA_URL", f"http://127.0.0.1:{server.server_port}/")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Slept(list):
    """Takes the place of time.sleep."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def serve(server: ThreadingHTTPServer, path: str = "/full/binary/cat.bin", **how) -> Resource:
    server.resources[path] = Resource(**how)
    return server.resources[path]


def nothing_is_left(folder: Path) -> bool:
    return not [file for file in folder.iterdir() if ".part" in file.name]


def test_the_addresses_are_googles_layout():
    assert base_url() == GOOGLE
    assert category_url("cat") == f"{GOOGLE}/full/binary/cat.bin"
    assert category_url("The Eiffel Tower", "ndjson") == f"{GOOGLE}/full/simplified/The%20Eiffel%20Tower.ndjson"
    assert category_url("t-shirt", "npz") == f"{GOOGLE}/sketchrnn/t-shirt.npz"


def test_a_category_is_downloaded_once_into_the_cache(server):
    resource = serve(server, "/full/simplified/ice%20cream.ndjson")
    told = []
    files = download(["ice cream"], "ndjson", progress=lambda *args: told.append(args))
    assert files == [download_folder() / "ice cream.ndjson"]
    assert files[0].read_bytes() == BODY and nothing_is_left(files[0].parent)
    assert told[0] == ("ice cream", 0, len(BODY)) and told[-1] == ("ice cream", len(BODY), len(BODY))
    assert download(["ice cream"], "ndjson") == files and len(resource.asked) == 1
    download(["ice cream"], "ndjson", again=True)
    assert len(resource.asked) == 2


def test_a_cut_connection_is_taken_up_where_it_broke(server, tmp_path):
    resource = serve(server, cuts=[300_000, 200_000, 0])
    slept = Slept()
    (file,) = download(["cat"], folder=tmp_path, sleep=slept)
    assert file.read_bytes() == BODY and nothing_is_left(tmp_path)
    assert resource.asked == [None, "bytes=300000-", "bytes=500000-", "bytes=500000-"]
    assert slept == [1, 1, 2]  # the wait grows only while nothing arrives


def test_after_enough_failures_it_says_so_and_a_later_run_goes_on(server, tmp_path):
    resource = serve(server, cuts=[400_000, 0, 0, 0])
    slept = Slept()
    with pytest.raises(SketchRNNError, match="the connection was cut.*goes on from where it stopped"):
        download(["cat"], folder=tmp_path, sleep=slept)
    assert slept == [1, 2, 4]
    assert not (tmp_path / "cat.bin").exists() and (tmp_path / "cat.bin.part").stat().st_size == 400_000
    (file,) = download(["cat"], folder=tmp_path, sleep=slept)
    assert file.read_bytes() == BODY and resource.asked[-1] == "bytes=400000-"


def test_a_server_that_ignores_ranges_sends_it_all_again(server, tmp_path):
    resource = serve(server, cuts=[300_000], ranges=False)
    (file,) = download(["cat"], folder=tmp_path, sleep=Slept())
    assert file.read_bytes() == BODY and len(resource.asked) == 2


@pytest.mark.parametrize("md5", ["right", None])
def test_a_file_that_changed_meanwhile_is_not_mixed(server, tmp_path, md5):
    resource = serve(server, cuts=[300_000, 0, 0, 0], md5=md5)
    with pytest.raises(SketchRNNError):
        download(["cat"], folder=tmp_path, sleep=Slept())
    resource.body, resource.tag = BODY[::-1], '"two"'
    (file,) = download(["cat"], folder=tmp_path, sleep=Slept())
    assert file.read_bytes() == BODY[::-1]


@pytest.mark.parametrize("size", [200_000, 2_000_000])
def test_a_file_that_changed_its_size_without_a_tag_is_not_mixed(server, tmp_path, size):
    resource = serve(server, cuts=[300_000, 0, 0, 0], tag=None, md5=None)
    with pytest.raises(SketchRNNError):
        download(["cat"], folder=tmp_path, sleep=Slept())
    resource.body = bytes(size)
    (file,) = download(["cat"], folder=tmp_path, sleep=Slept())
    assert file.read_bytes() == bytes(size)


def test_a_part_of_another_address_is_not_gone_on_with(server, tmp_path, monkeypatch):
    serve(server, cuts=[300_000, 0, 0, 0], tag=None, md5=None)
    with pytest.raises(SketchRNNError):
        download(["cat"], folder=tmp_path, sleep=Slept())
    serve(server, "/mirror/full/binary/cat.bin", body=BODY[::-1], tag=None, md5=None)
    monkeypatch.setenv("SKETCHRNN_DATA_URL", f"http://127.0.0.1:{server.server_port}/mirror")
    (file,) = download(["cat"], folder=tmp_path, sleep=Slept())
    assert file.read_bytes() == BODY[::-1]


def test_room_is_needed_for_the_rest_alone(server, tmp_path, monkeypatch):
    serve(server, cuts=[600_000, 0, 0, 0])
    with pytest.raises(SketchRNNError):
        download(["cat"], folder=tmp_path, sleep=Slept())
    usage = shutil.disk_usage(tmp_path)._replace(free=len(BODY) - 600_000)
    monkeypatch.setattr(fetch_module.shutil, "disk_usage", lambda _: usage)
    assert download(["cat"], folder=tmp_path)[0].read_bytes() == BODY


@pytest.mark.parametrize("theirs", [b"theirs", None])
def test_what_another_program_has_put_there_meanwhile_is_taken(server, tmp_path, monkeypatch, theirs):
    resource = serve(server)

    @contextlib.contextmanager
    def waited(*_):
        if theirs is not None:
            (tmp_path / "cat.bin").write_bytes(theirs)
        yield True

    monkeypatch.setattr(fetch_module, "alone", waited)
    (file,) = download(["cat"], folder=tmp_path, again=True)
    assert file.read_bytes() == (theirs or BODY) and len(resource.asked) == (theirs is None)


def test_a_part_that_was_whole_already_is_only_checked(server, tmp_path, monkeypatch):
    resource = serve(server)
    with monkeypatch.context() as patch:
        patch.setattr(fetch_module.os, "replace", _raise(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            download(["cat"], folder=tmp_path)
    (file,) = download(["cat"], folder=tmp_path)
    assert file.read_bytes() == BODY and len(resource.asked) == 1


@pytest.mark.parametrize("how", [{"md5": "wrong"}, {"md5": None, "tag": '"0123456789abcdef0123456789abcdef"'}])
def test_a_wrong_checksum_is_refused(server, tmp_path, how):
    resource = serve(server, **how)
    (tmp_path / "cat.bin").write_bytes(b"what was there")
    with pytest.raises(SketchRNNError, match="arrived damaged"):
        download(["cat"], folder=tmp_path, again=True, sleep=Slept())
    assert len(resource.asked) == 2 and nothing_is_left(tmp_path)
    assert (tmp_path / "cat.bin").read_bytes() == b"what was there"


def test_a_part_damaged_on_the_disk_is_loaded_again(server, tmp_path):
    resource = serve(server, cuts=[300_000, 0, 0, 0])
    with pytest.raises(SketchRNNError):
        download(["cat"], folder=tmp_path, sleep=Slept())
    (tmp_path / "cat.bin.part").write_bytes(bytes(300_000))
    (file,) = download(["cat"], folder=tmp_path, sleep=Slept())
    assert file.read_bytes() == BODY and resource.asked[-2:] == ["bytes=300000-", None]


def test_an_etag_that_is_an_md5_is_used(server, tmp_path):
    serve(server, md5=None, tag=f'"{hashlib.md5(BODY).hexdigest()}"')
    assert download(["cat"], folder=tmp_path)[0].read_bytes() == BODY


def test_a_server_that_tells_no_length(server, tmp_path):
    serve(server, length=False)
    assert download(["cat"], folder=tmp_path)[0].read_bytes() == BODY
    serve(server, length=False, cuts=[1000])  # only the checksum can tell
    assert download(["cat"], folder=tmp_path, again=True, sleep=Slept())[0].read_bytes() == BODY


def test_an_unknown_category_is_answered_with_the_nearest(server, monkeypatch):
    with pytest.raises(SketchRNNError, match="no category 'bicycel' there. Did you mean 'bicycle'"):
        download(["bicycel"])
    monkeypatch.delenv("SKETCHRNN_DATA_URL")
    with pytest.raises(SketchRNNError, match="there is no category 'tower'. Did you mean 'The Eiffel Tower'"):
        download(["cat", "tower"])


@pytest.mark.parametrize("name", ["", "..", "../cat", "a/b", "a\\b", "cat\n", " cat", "C:cat", "cat\0"])
def test_a_name_that_is_a_path_is_refused(server, name):
    with pytest.raises(SketchRNNError, match="there is no category"):
        download([name])
    assert not server.resources


def test_a_busy_server_is_asked_again_with_growing_patience(server, tmp_path):
    serve(server, statuses=[503, 429, 500])
    slept = Slept()
    assert download(["cat"], folder=tmp_path, sleep=slept)[0].read_bytes() == BODY
    assert slept == [1, 2, 4]
    serve(server, statuses=[503] * 4)
    with pytest.raises(SketchRNNError, match="the server answered 503"):
        download(["cat"], folder=tmp_path, again=True, sleep=slept)
    serve(server, statuses=[403])
    with pytest.raises(SketchRNNError, match="the server refused .*403"):
        download(["cat"], folder=tmp_path, again=True, sleep=slept)


def test_no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("SKETCHRNN_DATA_URL", "http://127.0.0.1:9")  # nobody listens on the discard port
    monkeypatch.setenv("no_proxy", "*")
    slept = Slept()
    with pytest.raises(SketchRNNError, match=r"127.0.0.1:9 refuses connections\. Check the network"):
        download(["cat"], folder=tmp_path, sleep=slept)
    assert slept == [1, 2, 4] and nothing_is_left(tmp_path)


def test_a_name_that_is_not_found(monkeypatch, tmp_path):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("socket.getaddrinfo", _raise(fetch_module.socket.gaierror(-2, "Name or service not known")))
    with pytest.raises(SketchRNNError, match="there is no connection to storage.googleapis.com"):
        download(["cat"], folder=tmp_path, sleep=Slept())


def test_a_full_disk(server, tmp_path, monkeypatch):
    serve(server)
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(fetch_module.shutil, "disk_usage", lambda _: usage._replace(free=1000))
        with pytest.raises(SketchRNNError, match="the disk is full. Make room"):
            download(["cat"], folder=tmp_path, sleep=Slept())
    monkeypatch.setattr(fetch_module.os, "fsync", _raise(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(SketchRNNError, match="the disk is full. Make room"):
        download(["cat"], folder=tmp_path, sleep=Slept())
    assert not (tmp_path / "cat.bin").exists()


def test_a_folder_that_is_a_file(server, tmp_path):
    serve(server)
    (tmp_path / "here").write_text("no folder")
    with pytest.raises(SketchRNNError, match="cannot be written"):
        download(["cat"], folder=tmp_path / "here", sleep=Slept())


def test_a_file_that_is_too_large_is_refused(server, tmp_path):
    serve(server)
    with pytest.raises(SketchRNNError, match="more than the 1,000 allowed"):
        fetch(category_url("cat"), tmp_path / "cat.bin", most_bytes=1000)
    serve(server, length=False)
    with pytest.raises(SketchRNNError, match="more than the 1,000 bytes allowed"):
        fetch(category_url("cat"), tmp_path / "cat.bin", most_bytes=1000)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://localhost/cat.bin", "data:,cat", "cat.bin"])
def test_only_http_is_spoken(url, tmp_path):
    with pytest.raises(SketchRNNError, match="only http and https"):
        fetch(url, tmp_path / "cat.bin")


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1:9/cat.bin"])
def test_a_redirection_to_something_else_is_not_followed(server, tmp_path, location):
    serve(server, location=location)
    with pytest.raises(SketchRNNError):
        download(["cat"], folder=tmp_path, sleep=Slept())
    assert not list(tmp_path.glob("cat.bin"))


def test_a_redirection_within_http_is_followed(server, tmp_path):
    serve(server, location="/elsewhere/cat.bin")
    serve(server, "/elsewhere/cat.bin")
    assert download(["cat"], folder=tmp_path)[0].read_bytes() == BODY


def _raise(error: BaseException):
    def raiser(*_, **__):
        raise error

    return raiser


def test_programs_that_download_the_same_wait_for_one_another(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    resource, failures = serve(server), []

    def get(sleep=lambda seconds: time.sleep(seconds / 10)) -> None:
        try:
            assert download(["cat"], folder=tmp_path, again=True, sleep=sleep) == [tmp_path / "cat.bin"]
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=get) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and (tmp_path / "cat.bin").read_bytes() == BODY
    assert [path.name for path in tmp_path.iterdir()] == ["cat.bin"]
    fetched = len(resource.asked)
    get()
    assert not failures and len(resource.asked) == fetched + 1, "it is not kept from being downloaded again"
