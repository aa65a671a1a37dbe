"""`.npz` data sets: Sketch-RNN's as they were published (pickled), and this project's (flat, nothing pickled).

Ours: `points` (N, 3) int16 or float rows (dx, dy, pen_lifted), the first row of a drawing its absolute first point;
`offsets` (D + 1,) int64; where the drawings are not all of the category that the file is named after, `categories`,
the names, and `category` (D,), indices into them.
Published: `train`, `valid` and `test`, each an object array of (n, 3) int16 rows without an absolute first point.
"""

from __future__ import annotations

import io
import math
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from sketchrnn.data.archive import array_names, open_archive, open_array, read_array, require
from sketchrnn.data.blocks import Block, exact_rows, indexed, plain_block
from sketchrnn.data.pickled import Refused, load_arrays
from sketchrnn.data.records import COORDINATE_LIMIT
from sketchrnn.data.report import EMPTY, Tally, complain
from sketchrnn.errors import BadFile
from sketchrnn.sketch.types import Sketch

_PUBLISHED = ("train", "valid", "test")
_POINTS_TOGETHER = 1 << 18
_DRAWINGS_TOGETHER = 4096
_PICKLE_LIMIT = 2 << 30
_FAR = "a coordinate is not finite or far too large"

Path = str | os.PathLike[str]


def read_npz_blocks(path: Path, tally: Tally | None = None, *, category: str | None = None) -> Iterator[Block]:
    """The drawings of a file of either kind as flat arrays, checked, some hundred thousand points at a time.

    Args:
        path: the file.
        tally: counts damaged drawings instead of raising.
        category: the word of drawings whose file does not tell.

    Raises:
        BadFile: a file of neither kind, one that would run code or fill the memory when read, one whose arrays do not
            fit each other, or (no tally given) one with a damaged drawing, which is named by its number.
    """
    with open_archive(path) as archive:
        names = array_names(archive)
        if {"points", "offsets"} <= names:
            yield from _flat_blocks(archive, tally, category)
        elif names & set(_PUBLISHED):
            for part in _PUBLISHED:
                if part in names:
                    yield from _published_blocks(archive, part, tally, category)
        else:
            found = ", ".join(sorted(names)[:5]) or "nothing"
            raise BadFile(f"holds {found}, not drawings (points and offsets, or train, valid and test)", file=path)


def count_points(path: Path) -> int:
    """Points of a flat file by its header alone; an upper bound by its size for a published one."""
    with open_archive(path) as archive:
        if "points" not in array_names(archive):
            return sum(info.file_size for info in archive.infolist()) // 6
        with open_array(archive, "points") as (header, _):
            return header.shape[0] if header.shape else 0


def npz_bytes(sketches: Iterable[Sketch]) -> bytes:
    """The file of these drawings in this project's form: int16 where all coordinates are whole, else float64."""
    kept = list(sketches)
    parts = [exact_rows(sketch) for sketch in kept]
    points = np.concatenate([np.zeros((0, 3)), *parts])
    if (points == np.rint(points)).all() and (np.abs(points) < 1 << 15).all():
        points = points.astype(np.int16)
    arrays = {"points": points, "offsets": np.cumsum([0, *map(len, parts)], dtype=np.int64)}
    if any(sketch.category for sketch in kept):
        names, category = indexed([sketch.category or "" for sketch in kept])
        kind = np.int16 if len(names) <= 1 << 15 else np.int32
        arrays |= {"category": category.astype(kind), "categories": np.array(names)}
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


@dataclass(frozen=True)
class _Flat:
    """What a flat file says beside its points."""

    offsets: np.ndarray
    names: tuple[str | None, ...]
    word: np.ndarray


def _flat_blocks(archive: zipfile.ZipFile, tally: Tally | None, category: str | None) -> Iterator[Block]:
    with open_array(archive, "points") as (header, stream):
        require(archive, "points", header, "iuf", 2)
        flat = _beside(archive, header.shape, category)
        if header.fortran:
            stream = _in_rows(stream.read(), header.dtype, header.shape)
        for first, last in _pieces(flat.offsets):
            here = flat.offsets[first : last + 1] - flat.offsets[first]
            rows = np.frombuffer(stream.read(int(here[-1]) * 3 * header.dtype.itemsize), header.dtype).reshape(-1, 3)
            plain = np.zeros(last - first, bool)
            block = Block(rows, here, flat.names, flat.word[first:last], ~plain, plain)
            yield _checked(block, archive, tally, lambda index, first=first: first + index + 1)


def _in_rows(content: bytes, dtype: np.dtype, shape: tuple[int, ...]) -> io.BytesIO:
    return io.BytesIO(np.frombuffer(content, dtype).reshape(shape, order="F").tobytes("C"))


def _beside(archive: zipfile.ZipFile, shape: tuple[int, ...], category: str | None) -> _Flat:
    offsets = read_array(archive, "offsets", "iu", 1).astype(np.int64)
    if shape[1] != 3:
        raise BadFile(f"expected rows of 3 values, got {shape[1]}", file=archive.filename, record="points")
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != shape[0] or (np.diff(offsets) < 0).any():
        raise BadFile(
            f"expected offsets that rise from 0 to {shape[0]}, the number of points",
            file=archive.filename,
            record="offsets",
        )
    names, word = _words(archive, len(offsets) - 1, category)
    return _Flat(offsets, names, word)


def _words(archive: zipfile.ZipFile, count: int, category: str | None) -> tuple[tuple[str | None, ...], np.ndarray]:
    """The names, and the index of each drawing into them."""
    present = array_names(archive)
    if "categories" not in present:
        return (category,), np.zeros(count, np.int64)
    array = read_array(archive, "categories", "US", 1)
    if array.dtype.kind == "U" and not _are_characters(array.view(array.dtype.str[0] + "u4")):
        raise BadFile("a name holds what is no character", file=archive.filename, record="categories")
    names = tuple(_text(name) or None for name in array)
    if "category" in present:
        word = read_array(archive, "category", "iu", 1).astype(np.int64)
    else:
        word = np.zeros(count if len(names) == 1 else 0, np.int64)
    if len(word) != count or (count and not 0 <= word.min() <= word.max() < len(names)):
        raise BadFile(
            f"expected {count} indices into {len(names)} categories", file=archive.filename, record="category"
        )
    return names, word


def _are_characters(codes: np.ndarray) -> bool:
    """Whether numpy may make text of these: it does not look, and text of other numbers breaks whatever shows it."""
    return bool((codes <= 0x10FFFF).all())


def _text(name: np.str_ | np.bytes_) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)


def _pieces(offsets: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of drawings with some hundred thousand points each."""
    first, count = 0, len(offsets) - 1
    while first < count:
        last = int(np.searchsorted(offsets, offsets[first] + _POINTS_TOGETHER, side="right")) - 1
        last = min(max(last, first + 1), count)
        yield first, last
        first = last


def _published_blocks(
    archive: zipfile.ZipFile, part: str, tally: Tally | None, category: str | None
) -> Iterator[Block]:
    numbered = enumerate(_published_arrays(archive, part), 1)
    while batch := list(islice(numbered, _DRAWINGS_TOGETHER)):
        good = []
        for number, rows in batch:
            if rows.ndim == 2 and rows.shape[1] == 3 and len(rows):
                good.append((number, rows))
            else:
                what = EMPTY if not rows.size else "the drawing is not made of rows of 3 values"
                complain(BadFile(what, file=archive.filename, record=f"{part} {number}"), tally)
        if not good:
            continue
        offsets = np.cumsum([0, *(len(rows) for _, rows in good)])
        block = plain_block(np.concatenate([rows for _, rows in good]), offsets, category)
        yield _checked(block, archive, tally, lambda index, good=good: f"{part} {good[index][0]}")


def _published_arrays(archive: zipfile.ZipFile, part: str) -> list[np.ndarray]:
    with open_array(archive, part) as (header, stream):
        if not header.dtype.hasobject:  # drawings of equal length make one array of numbers
            require(archive, part, header, "iuf", 3)
            return list(read_array(archive, part, "iuf", 3))
        if header.size > _PICKLE_LIMIT:
            raise BadFile(f"pickles {header.size:,} bytes, which is too much", file=archive.filename, record=part)
        try:
            return load_arrays(stream.read(), math.prod(header.shape))
        except Refused as refused:
            raise BadFile(str(refused), file=archive.filename, record=part) from None


def _checked(block: Block, archive: zipfile.ZipFile, tally: Tally | None, record: Callable[[int], int | str]) -> Block:
    """The block without its damaged drawings, each of which is counted, or raised without a tally."""
    faults = _faults(block)
    for index in sorted(faults):
        complain(BadFile(faults[index], file=archive.filename, record=record(index)), tally)
    if not faults:
        return block
    good = np.ones(len(block), bool)
    good[list(faults)] = False
    return block.select(good)


def _faults(block: Block) -> dict[int, str]:
    """What is wrong with which drawings of a block."""
    faults = dict.fromkeys(np.flatnonzero(block.lengths() == 0).tolist(), EMPTY)
    rows, limit = block.rows, 2 * COORDINATE_LIMIT
    drawing = np.repeat(np.arange(len(block)), block.lengths())
    pen = rows[:, 2]
    faults |= dict.fromkeys(drawing[(pen != 0) & (pen != 1)].tolist(), "a pen value is neither 0 nor 1")
    if not (rows >= -limit).all() or not (rows <= limit).all():  # NaN is neither
        mad = ~np.all((rows >= -limit) & (rows <= limit), axis=1)
        faults |= dict.fromkeys(drawing[mad].tolist(), _FAR)
        block = replace(block, rows=np.where(mad[:, None], 0, rows))
    if len(rows) and np.abs(block.points).max() > COORDINATE_LIMIT:
        far = (np.abs(block.points) > COORDINATE_LIMIT).any(1)
        faults |= dict.fromkeys(drawing[far].tolist(), _FAR)
    return faults
