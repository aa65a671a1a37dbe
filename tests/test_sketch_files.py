"""Files are replaced whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from sketchrnn.errors import SketchRNNError
from sketchrnn.sketch.files import write_atomically


def test_text_and_bytes_are_written_as_they_are(tmp_path):
    write_atomically(tmp_path / "a.txt", "é\r\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\r\n"
    write_atomically(tmp_path / "a.txt", b"\0")
    assert (tmp_path / "a.txt").read_bytes() == b"\0"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "a.svg"
    target.write_text("old")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SketchRNNError, match=r"a\.svg: could not be written: No space left on device"):
        write_atomically(target, "new")
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.svg"]


def test_an_interruption_leaves_what_was_there(tmp_path, monkeypatch):
    target = tmp_path / "a.svg"
    target.write_text("old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, "new")
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.svg"]


@pytest.mark.parametrize("name", ["missing/a.svg", ".", "zero\0byte", "x" * 300])
def test_names_that_cannot_be_written_are_named(tmp_path, name):
    with pytest.raises(SketchRNNError, match="could not be written"):
        write_atomically(f"{tmp_path}/{name}", "x")
    assert os.listdir(tmp_path) == []


def test_text_that_utf_8_does_not_have_is_no_traceback(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(SketchRNNError, match=r"a\.txt: could not be written"):
        write_atomically(tmp_path / "a.txt", "M\udce9xico")
    assert (tmp_path / "a.txt").read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")
def test_permissions_are_kept_and_links_followed(tmp_path, monkeypatch):
    target, link = tmp_path / "a", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_atomically(link, "new")
    assert link.is_symlink() and target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    mask = os.umask(0o022)
    try:
        with monkeypatch.context() as patched:
            patched.delattr(os, "umask")  # it is the process's: two threads that set and restore it leave none behind
            write_atomically(tmp_path / "fresh", "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o644


@pytest.mark.skipif(os.name == "nt", reason="a folder is no file there")
def test_content_and_name_are_brought_to_the_disk_in_this_order(tmp_path, monkeypatch):
    done, fsync, replace = [], os.fsync, os.replace

    def synced(handle):
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else f"{os.fstat(handle).st_size} bytes")
        fsync(handle)

    def replaced(*names):
        done.append("replace")
        replace(*names)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    write_atomically(tmp_path / "a.svg", "twelve bytes")
    assert done == ["12 bytes", "replace", "folder"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows' folders hold no pipes")
def test_what_is_no_file_is_not_replaced_by_one(tmp_path):
    """As root `/dev/null` would have become a file."""
    pipe = tmp_path / "pipe.svg"
    os.mkfifo(pipe)
    with pytest.raises(SketchRNNError, match=r"pipe\.svg: could not be written: it is a device or a pipe"):
        write_atomically(pipe, "lines")
    assert pipe.is_fifo() and list(tmp_path.iterdir()) == [pipe]
