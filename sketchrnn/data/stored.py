"""A parsed corpus as one file, which is mapped instead of read.

    head           what it is, its version, where the description begins, how long it is, its digest
    at 4096        points (N, 3) int16, as they were gathered
    then           offsets (D + 1,) int64, category (D,) int16, hashes (D,) uint64, each at a multiple of 64
    at the end     the description, JSON: stamp, categories, report, where the arrays lie, checksums of their pieces

The head is written last: a file without it, of another length, or with other checksums is damaged.
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sketchrnn.data.corpus import Corpus, evenly
from sketchrnn.data.report import Report
from sketchrnn.errors import BadFile

VERSION = 2
"""Of this form, and of what the readers make of a file: raise it when either changes."""

POINTS_AT = 4096
PIECE = 1 << 20
"""Bytes of an array that have a checksum of their own."""
MOST_PIECES = 1024
"""Pieces of the points, evenly spread, that are checked when a file is opened: all of them up to a gibibyte."""

_MOST_SAID = 64 << 20
_MAGIC = b"sketchrnn corpus"
_HEAD = struct.Struct("<16sIQQ16s")
_ARRAYS = {"points": "<i2", "offsets": "<i8", "category": "<i2", "hashes": "<u8"}


class Damaged(Exception):
    """A file that is not whole, not of this version, or of other sources; its text says which."""


class PointsFile:
    """Points of a corpus in the making within a file (see `growing.Points`).

    Args:
        stream: an empty file, open for writing and reading.
    """

    def __init__(self, stream: BinaryIO):
        self._stream, self._count = stream, 0

    def __len__(self) -> int:
        return self._count

    def append(self, rows: np.ndarray) -> None:
        self.put(self._count, rows)
        self._count += len(rows)

    def piece(self, first: int, last: int) -> np.ndarray:
        self._stream.seek(_place(first))
        return np.frombuffer(self._stream.read(_place(last) - _place(first)), np.int16).reshape(-1, 3)

    def put(self, first: int, rows: np.ndarray) -> None:
        self._stream.seek(_place(first))
        self._stream.write(np.ascontiguousarray(rows, np.int16).data)

    def cut(self, count: int) -> None:
        self._count = count
        self._stream.truncate(_place(count))

    def values(self) -> np.ndarray:
        if not self._count:
            return np.zeros((0, 3), np.int16)
        self._stream.flush()
        return _mapped(self._stream, "points", POINTS_AT, (self._count, 3))


def finish(stream: BinaryIO, corpus: Corpus, report: Report, stamp: str) -> None:
    """Write what belongs behind and before the points, which are there, and bring all of it to the disk.

    Args:
        stream: the file of the `PointsFile` that the corpus was gathered in.
        corpus: all of it, its identities known.
        report: of its reading.
        stamp: what it was read from, in any words; `open_stored` asks for the same.
    """
    arrays = {name: np.ascontiguousarray(getattr(corpus, name), kind) for name, kind in _ARRAYS.items()}
    places, at = {}, POINTS_AT
    for name, array in arrays.items():
        places[name] = {"at": at, "shape": array.shape}
        if name != "points":
            stream.seek(at)
            stream.write(array.data)
        places[name]["sums"] = [zlib.crc32(piece.data) for piece in _pieces(array)]
        at = -(-(at + array.nbytes) // 64) * 64
    described = {"stamp": stamp, "categories": corpus.categories, "report": asdict(report), "arrays": places}
    description = json.dumps(described).encode()
    stream.seek(at)
    stream.write(description)
    stream.seek(0)
    stream.write(_HEAD.pack(_MAGIC, VERSION, at, len(description), _digest(description)))
    stream.flush()
    os.fsync(stream.fileno())


def open_stored(path: Path, stamp: str) -> tuple[Corpus, Report]:
    """A corpus whose arrays are mapped, and the report of its reading; the file is `in_use` as long as one of them is.

    Raises:
        Damaged: it is not whole, or not of this stamp.
        OSError: it cannot be opened.
    """
    with open(path, "rb") as stream:
        _lock(stream, "LOCK_SH")  # every mapping holds on to the opened file, and with it to the lock
        try:
            return _understood(stream, stamp)
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
            raise Damaged(f"its description makes no sense ({str(error)[:80]})") from error


def _understood(stream: BinaryIO, stamp: str) -> tuple[Corpus, Report]:
    """What the description says, and the arrays where it says; any of Python's errors where it says nonsense."""
    described, end = _description(stream)
    if described["stamp"] != stamp:
        raise Damaged("it was made of other drawings")
    arrays = {}
    for name in _ARRAYS:
        place = described["arrays"][name]
        at, shape = _sane(name, place["at"], place["shape"], end)
        _check(stream, at, _size(name, shape), place["sums"])
        arrays[name] = _mapped(stream, name, at, shape)
    points, offsets, count = arrays["points"], arrays["offsets"], len(arrays["category"])
    if (len(offsets), len(arrays["hashes"])) != (count + 1, count) or (offsets[0], offsets[-1]) != (0, len(points)):
        raise ValueError("arrays that do not fit each other")
    report = described["report"]
    report["dropped"] = tuple((reason, count) for reason, count in report["dropped"])
    report |= {name: tuple(report[name]) for name in ("examples", "notes")}
    return Corpus(**arrays, categories=tuple(map(str, described["categories"]))), Report(**report)


def _sane(name: str, at: Any, shape: Any, end: int) -> tuple[int, tuple[int, ...]]:
    """Place and shape of an array, if it lies before `end`."""
    numbers = (at, *shape)
    if not all(type(number) is int and 0 <= number <= end for number in numbers):
        raise ValueError(f"{name} at {at}, {shape}")
    if shape[1:] != ([3] if name == "points" else []) or at + _size(name, shape) > end:
        raise ValueError(f"{name} at {at}, {shape}")
    return at, tuple(shape)


def require_whole(corpus: Corpus) -> None:
    """Look whether the file of a mapped corpus still has its length: to touch what is gone ends a process at once.

    Nothing here ever shortens such a file, which is replaced as a whole, so that what is mapped stays; another program
    or a failing disk may. It costs some microseconds, and is asked before each batch.

    Raises:
        BadFile: it has become shorter.
    """
    memory = corpus.points.base
    while isinstance(memory, np.ndarray):
        memory = memory.base
    memory = memory.obj if isinstance(memory, memoryview) else memory
    if isinstance(memory, _Memory) and memory.size() < memory.whole:
        hint = "Start again, with --resume if it was a training: what was kept is then made anew"
        raise BadFile("was cut short by another program while it was used", file=memory.path, hint=hint)


class _Memory(mmap.mmap):
    """A mapping that remembers its file's name, and the length that it had."""

    path: str
    whole: int


def in_use(path: Path) -> bool:
    """Whether a program here or on another host has the file mapped, as far as the system can tell.

    Raises:
        OSError: it cannot be opened.
    """
    with open(path, "r+b") as stream:
        return not _lock(stream, "LOCK_EX")


def _lock(stream: BinaryIO, kind: str) -> bool:
    """Take a lock if none is in the way; where there are no locks none ever is."""
    try:
        import fcntl

        fcntl.flock(stream, getattr(fcntl, kind) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        pass
    return True


def _description(stream: BinaryIO) -> tuple[dict[str, Any], int]:
    """What the end of a file says, if head, end and length fit each other, and where it begins."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise Damaged("its head is missing")
    magic, version, at, length, digest = _HEAD.unpack(head)
    if (magic, version) != (_MAGIC, VERSION):
        raise Damaged("its head is not of this version")
    if os.fstat(stream.fileno()).st_size != at + length or length > _MOST_SAID:
        raise Damaged("it is not as long as it should be")
    stream.seek(at)
    description = stream.read(length)
    if _digest(description) != digest:
        raise Damaged("its description is not what was written")
    return json.loads(description), at


def _check(stream: BinaryIO, at: int, size: int, sums: list[int]) -> None:
    for number in evenly(len(sums), MOST_PIECES).tolist():
        stream.seek(at + number * PIECE)
        piece = stream.read(min(PIECE, size - number * PIECE))
        if zlib.crc32(piece) != sums[number]:
            raise Damaged("a checksum differs")


def _pieces(array: np.ndarray) -> Iterator[np.ndarray]:
    flat = array.reshape(-1).view(np.uint8)
    return (flat[start : start + PIECE] for start in range(0, len(flat), PIECE))


def _mapped(stream: BinaryIO, name: str, at: int, shape: tuple[int, ...]) -> np.ndarray:
    """An array of a file, read only; its pages are read when they are touched, and given up when memory is short."""
    skipped = at % mmap.ALLOCATIONGRANULARITY
    size = _size(name, shape)
    if not size:
        return np.zeros(shape, _ARRAYS[name])
    memory = _Memory(stream.fileno(), skipped + size, access=mmap.ACCESS_READ, offset=at - skipped)
    memory.path, memory.whole = str(stream.name), memory.size()
    return np.frombuffer(memory, _ARRAYS[name], math.prod(shape), skipped).reshape(shape)


def _size(name: str, shape: tuple[int, ...]) -> int:
    return math.prod(shape) * np.dtype(_ARRAYS[name]).itemsize


def _place(row: int) -> int:
    return POINTS_AT + 6 * int(row)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
