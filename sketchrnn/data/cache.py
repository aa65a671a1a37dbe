"""Corpora that were read before, kept in the user's cache folder: the second time they are mapped instead of read.

What is kept is known by its sources (their paths, sizes and times of change), by how they were read, and by the
program's version; when a source changes it is read anew, and what was kept of it is deleted. So is what was used
longest ago, once all of it is more than `MOST_BYTES`; but nothing that is in use, for where hosts share the folder it
would be taken from under their hands. `sketchrnn data cache` lists it, and `--clear` deletes it; deleting the folder
does the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sketchrnn import __version__
from sketchrnn.data.corpus import Corpus
from sketchrnn.data.read import AnyPath, Progress, corpus_files, count_points_about, read_corpus
from sketchrnn.data.report import MAX_POINTS, Report
from sketchrnn.data.stored import VERSION, Damaged, PointsFile, finish, in_use, open_stored
from sketchrnn.errors import BadFile
from sketchrnn.paths import cache_folder
from sketchrnn.sketch.files import put_in_place

MOST_BYTES = 16 << 30
"""What is kept in all, at most; what was used last is kept even if it is more."""
LEAST_BYTES = 1 << 20
"""Sources smaller than this are read faster than they are looked up: they are not kept."""
SUFFIX = ".corpus"

_Read = tuple[Corpus, Report]

_UNFINISHED_SECONDS = 86_400.0


@dataclass(frozen=True)
class Kept:
    """A corpus that is kept: its file, its size in bytes, and when it was last used, seconds since 1970."""

    path: Path
    size: int
    used: float


def corpora_folder() -> Path:
    """Where corpora are kept."""
    return cache_folder() / "corpora"


def read_kept(
    paths: Sequence[AnyPath],
    categories: Sequence[str] | None = None,
    *,
    max_points: int = MAX_POINTS,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> tuple[Corpus, Report]:
    """What `read_corpus` returns, its arrays in mapped memory, and read once as long as nothing changes.

    The drawings go from their files to the kept one block by block: a corpus larger than the memory can be read.
    Where nothing can be kept (no room, no right to write) it is read into memory, and the report says so.

    Args:
        paths, categories, max_points, progress: as of `read_corpus`.
        folder: where it is kept; default: `corpora_folder()`.

    Raises:
        BadFile: a file that cannot be read as a whole.
        SketchRNNError: no drawings, or none of a category that was asked for.
    """
    files = corpus_files(paths, categories)
    read = partial(read_corpus, paths, categories, max_points=max_points, progress=progress)
    source = _Source.of(files, categories, max_points)
    if source.size < LEAST_BYTES:
        return read()
    target = (folder or corpora_folder()) / source.name
    opened, note = _opened(target, source.stamp)
    if opened is None:
        opened, failed = _made(target, source.stamp, read, files)
        note = failed or note
    elif progress is not None:
        progress(len(files), len(files), len(opened[0]))
    corpus, report = opened
    return corpus, replace(report, notes=(*report.notes, note)) if note else report


def kept_corpora(folder: Path | None = None) -> list[Kept]:
    """What is kept, the last used first."""
    found = []
    for path in (folder or corpora_folder()).glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):
            status = path.stat()
            found.append(Kept(path, status.st_size, status.st_mtime))
    return sorted(found, key=lambda kept: kept.used, reverse=True)


def clear() -> list[Kept]:
    """Delete what is kept, and say what that was. What a program has mapped stays with it until it ends."""
    return [kept for kept in kept_corpora() if _deleted(kept.path)]


@dataclass(frozen=True)
class _Source:
    """What a corpus is read from, and how.

    Args:
        name: of the file that it is kept in: its first half is the same when only sizes and times differ.
        stamp: all that must be equal, as text.
        size: of all files, bytes.
    """

    name: str
    stamp: str
    size: int

    @classmethod
    def of(cls, files: Sequence[Path], categories: Sequence[str] | None, max_points: int) -> _Source:
        where = [str(path.resolve()) for path in files]
        states = [_state(path) for path in files]
        how = [None if categories is None else list(categories), max_points]
        place = _digest([where, how])
        stamp = _digest([place, [(s.st_size, s.st_mtime_ns) for s in states], __version__, VERSION])
        return cls(f"{place[:16]}-{stamp[:16]}{SUFFIX}", stamp, sum(status.st_size for status in states))


def _opened(target: Path, stamp: str) -> tuple[_Read | None, str | None]:
    """What is kept, if it is there and whole, and a remark if it is there and not whole."""
    try:
        opened = open_stored(target, stamp)
    except FileNotFoundError:
        return None, None
    except OSError as error:
        return None, f"{target}: what was kept cannot be opened: {_reason(error)}"
    except Damaged as damage:
        _deleted(target)
        return None, f"{target}: what was kept is damaged and was made again: {damage}"
    with contextlib.suppress(OSError):  # the folder may be another's
        os.utime(target)
    return opened, None


def _made(target: Path, stamp: str, read: Callable[..., _Read], files: Sequence[Path]) -> tuple[_Read, str | None]:
    """What is read and kept, or else what is read into memory and a remark why."""
    try:
        _require_room(target.parent, files)
        _keep(target, stamp, read)
        opened = open_stored(target, stamp)
    except (Damaged, OSError) as error:
        return read(), f"{target.parent}: no corpus could be kept here: {_reason(error)}"
    _tidy(target)
    return opened, None


def _keep(target: Path, stamp: str, read: Callable[..., _Read]) -> None:
    """Read into a file beside the target, and put it in its place when it is whole."""
    with _beside(target) as unfinished:
        with open(unfinished, "w+b") as stream:
            corpus, report = read(points=PointsFile(stream))
            finish(stream, corpus, report, stamp)
            del corpus  # some systems do not move a file that is mapped
        _put(unfinished, target)


def _put(unfinished: Path, target: Path) -> None:
    """Give the finished file its name, unless another program has made the same meanwhile: that may be mapped."""
    try:
        os.link(unfinished, target)
    except FileExistsError:
        pass
    except OSError:  # no links here
        put_in_place(unfinished, target)


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new file in the target's folder, which is deleted if it is still there at the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".corpus-", suffix=".part", dir=target.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)


def _require_room(folder: Path, files: Sequence[Path]) -> None:
    need = 7 * count_points_about(files)  # a point has 6 bytes, the rest of a drawing 18
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if need > free:
        raise OSError(f"it would take {need / 2**30:,.1f} GiB, and {free / 2**30:,.1f} GiB are free")


def _tidy(newest: Path) -> None:
    """Delete what the newest replaces, what was used longest ago beyond the limit, and what was never finished."""
    total = 0
    for kept in kept_corpora(newest.parent):
        total += kept.size
        replaced = kept.path.name.split("-")[0] == newest.name.split("-")[0]
        if kept.path != newest and (replaced or total > MOST_BYTES) and _deleted(kept.path, unused=True):
            total -= kept.size
    for path in newest.parent.glob(".corpus-*.part"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _UNFINISHED_SECONDS:
                path.unlink()


def _deleted(path: Path, unused: bool = False) -> bool:
    """Delete a file, or with `unused` one that no program has mapped, and say whether it is done."""
    try:
        if unused and in_use(path):
            return False
        path.unlink()
    except OSError:  # gone, or not ours, or in use where that forbids it
        return False
    return True


def _state(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise BadFile(f"cannot be read: {_reason(error)}", file=path) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _digest(value: object) -> str:
    return hashlib.blake2b(json.dumps(value).encode(), digest_size=16).hexdigest()
