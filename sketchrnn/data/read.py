"""Drawings from files of any kind that is known, one by one or as a corpus, and into files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sketchrnn.data.binary import binary_bytes, read_binary, read_binary_blocks
from sketchrnn.data.blocks import Block, block_of_sketches
from sketchrnn.data.categories import CATEGORIES, WordFilter, in_order, nearest_names, some_of, suggestion
from sketchrnn.data.corpus import Corpus, with_categories
from sketchrnn.data.gather import Gatherer
from sketchrnn.data.growing import Growing, Points
from sketchrnn.data.ndjson import ndjson_bytes, opened, read_ndjson, read_ndjson_blocks
from sketchrnn.data.npz import count_points, npz_bytes, read_npz_blocks
from sketchrnn.data.report import MAX_POINTS, Report, Tally, complain
from sketchrnn.data.simplified import simplified
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.sketch.files import write_atomically
from sketchrnn.sketch.kinds import READABLE, SVG_SUFFIXES
from sketchrnn.sketch.said import said_word
from sketchrnn.sketch.svg import read_svg
from sketchrnn.sketch.svg.scan import MOST_BYTES
from sketchrnn.sketch.types import Sketch

AnyPath = str | os.PathLike[str]
Progress = Callable[[int, int, int], None]
"""Called now and then as `progress(files done, files in all, drawings so far)`."""

WRITABLE = (".ndjson", ".npz", ".bin")

_PREFIXES = ("full_simplified_", "full_raw_", "full_binary_", "sketchrnn_")


def read_sketches(path: AnyPath, tally: Tally | None = None) -> Iterator[Sketch]:
    """The drawings of a file, in the file's own coordinates.

    Args:
        path: an SVG, compressed or not (one drawing), `.ndjson`, `.npz` or `.bin`; what another name holds is told by
            how it begins. Drawings of the last two get the file's name as their category where the file does not tell.
        tally: counts damaged drawings, which are then passed over; without one the first damaged drawing raises.

    Raises:
        BadFile: the file, or one drawing in it, cannot be read.
    """
    kind = kind_of(path)
    if kind == ".svg":
        yield from _svg(path, tally)
    elif kind == ".ndjson":
        yield from read_ndjson(path, tally)
    elif kind == ".bin":
        yield from read_binary(path, tally, category=word_of_file(path))
    else:
        for block in read_npz_blocks(path, tally, category=word_of_file(path)):
            yield from block.sketches()


def write_sketches(path: AnyPath, sketches: Iterable[Sketch]) -> None:
    """Write drawings to an `.ndjson`, `.npz` or `.bin` file, told by its suffix, whole or not at all.

    Raises:
        SketchRNNError: another suffix, a drawing that the format cannot hold, or a file that cannot be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in WRITABLE:
        raise SketchRNNError(f"cannot write drawings as {suffix or 'a file without a suffix'}", file=path, hint=_KINDS)
    pieces = {".ndjson": ndjson_bytes, ".npz": npz_bytes, ".bin": binary_bytes}[suffix](sketches)
    write_atomically(path, pieces)


def read_corpus(
    paths: Sequence[AnyPath],
    categories: Sequence[str] | None = None,
    *,
    max_points: int = MAX_POINTS,
    wanted: WordFilter | None = None,
    progress: Progress | None = None,
    points: Points | None = None,
) -> tuple[Corpus, Report]:
    """All drawings of files and folders that are fit to be learned from, in Quick, Draw!'s simplified form.

    Left out, and counted in the report: damaged and empty drawings, those of more than `max_points` points, those that
    Quick, Draw! did not recognise, duplicates (equal points, whatever the word), and what `wanted` refuses. An SVG's
    word counts if a person said it, and not a model alone; else it is what its file or folder is named after. A
    record's always counts, for the name of a file of many drawings tells little; how many are a model's is noted.

    Args:
        paths: files of the formats of `read_sketches`, and folders, which are searched through.
        categories: the words wanted, in the order in which they are numbered; default: all that occur, in
            Quick, Draw!'s order. A file named after another of the 345 categories is not opened.
        max_points: the most points of a drawing.
        wanted: refuses words (see `categories.WordFilter`).
        progress: told how far the reading is.
        points: where the points are put, block by block; default: in memory. `data.cache.read_kept` has a file for it.

    Raises:
        BadFile: a file that cannot be read as a whole.
        SketchRNNError: no drawings, or none of a category that was asked for.
    """
    files = corpus_files(paths, categories)
    tally = Tally()
    points = Growing(np.int16, (3,), count_points_about(files)) if points is None else points
    gatherer = Gatherer(points, max_points, _filter(categories, wanted), tally)
    for number, path in enumerate(files):
        for block in _blocks(path, tally):
            gatherer.add(block, fallback=fallback_word(path))
            if progress is not None:
                progress(number, len(files), len(gatherer))
        tally.files += 1
    if progress is not None:
        progress(len(files), len(files), len(gatherer))
    corpus = gatherer.corpus()
    if gatherer.guessed:
        tally.notes.append(f"{gatherer.guessed:,} called what a model alone said that they show")
    report = tally.report()
    _require_drawings(gatherer, corpus, report, categories, paths)
    if categories is not None:
        corpus = replace(with_categories(corpus, categories), indices=None)  # of the others none is in it
    return corpus, report


def corpus_files(paths: Iterable[AnyPath], categories: Sequence[str] | None = None) -> list[Path]:
    """The files that `read_corpus` opens, in order.

    Raises:
        BadFile: one does not exist.
    """
    return [path for path in find_files(paths) if _may_hold(path, categories)]


def count_points_about(files: Iterable[Path]) -> int:
    """About how many points files hold, rather more than fewer, without reading them.

    Raises:
        BadFile: one is of no known kind, or cannot be opened.
    """
    return sum(map(_estimate, files))


def find_files(paths: Iterable[AnyPath]) -> list[Path]:
    """The files named, and those of known suffixes in the folders named, each once, sorted within a folder.

    Raises:
        BadFile: one does not exist.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise BadFile("does not exist", file=path)
        inside = sorted(file for file in path.rglob("*") if _looks_readable(file)) if path.is_dir() else [path]
        found |= {file.resolve(): file for file in inside if file.resolve() not in found}
    return list(found.values())


def kind_of(path: AnyPath) -> str:
    """The suffix of the format that a file is in: by its own suffix, else by how it begins; `.svg` for `.svgz`, too.

    Raises:
        BadFile: it is of no known format, a folder, or cannot be read.
    """
    suffix = Path(path).suffix.lower()
    if suffix in READABLE:
        return ".svg" if suffix in SVG_SUFFIXES else suffix
    with opened(path) as stream:
        start = stream.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    for begins, kind in ((b"PK\x03\x04", ".npz"), (b"{", ".ndjson"), (b"<", ".svg")):
        if start.startswith(begins):
            return kind
    raise BadFile("holds no drawings of a kind that is known", file=path, hint=_KINDS)


def word_of_file(path: AnyPath) -> str:
    """The category that a file is named after: its stem without the prefixes that Google's files come with."""
    stem = Path(path).stem.removesuffix(".full")
    for prefix in _PREFIXES:
        stem = stem.removeprefix(prefix)
    return stem


def fallback_word(path: AnyPath) -> str:
    """The category of drawings whose file does not tell: what the file is named after.

    An SVG that is not named after one of the 345 categories (a number at the end does not count) is taken to lie in a
    folder that is named after what it shows.
    """
    word = word_of_file(path)
    if Path(path).suffix.lower() not in SVG_SUFFIXES:
        return word
    plain = re.sub(r"[-_ ]*\d+$", "", word).replace("_", " ")
    return plain if plain in CATEGORIES else Path(path).resolve().parent.name or word


_KINDS = f"Known are {', '.join(WRITABLE)} and, for reading, .svg and .svgz."


def _svg(path: AnyPath, tally: Tally | None) -> Iterator[Sketch]:
    with opened(path) as stream:
        data = stream.read(MOST_BYTES + 1)
    try:
        sketch = read_svg(data, path)
    except BadFile as error:
        complain(error, tally)
    else:
        yield sketch


def _blocks(path: Path, tally: Tally) -> Iterator[Block]:
    kind = kind_of(path)
    if kind == ".svg":
        drawings = (replace(sketch, category=said_word(sketch)) for sketch in _svg(path, tally))
        block = block_of_sketches(simplified(sketch, strict=True) for sketch in drawings)
        yield from () if block is None else (block,)
    elif kind == ".ndjson":
        yield from read_ndjson_blocks(path, tally)
    elif kind == ".bin":
        yield from read_binary_blocks(path, tally)
    else:
        yield from read_npz_blocks(path, tally)


def _looks_readable(path: Path) -> bool:
    return path.suffix.lower() in READABLE and not path.name.startswith(".") and path.is_file()


def _may_hold(path: Path, categories: Sequence[str] | None) -> bool:
    return categories is None or word_of_file(path) not in CATEGORIES or word_of_file(path) in categories


def _estimate(path: Path) -> int:
    """About how many points a file holds, without reading it."""
    kind = kind_of(path)
    if kind == ".npz":
        return count_points(path)
    return path.stat().st_size // {".bin": 2, ".ndjson": 10, ".svg": 50}[kind]


def _filter(categories: Sequence[str] | None, wanted: WordFilter | None) -> WordFilter | None:
    if categories is None:
        return wanted
    names = frozenset(categories)
    return lambda word: word in names and (wanted is None or wanted(word))


def _require_drawings(
    gatherer: Gatherer, corpus: Corpus, report: Report, categories: Sequence[str] | None, paths: Sequence[AnyPath]
) -> None:
    missing = [name for name in categories or () if name not in corpus.categories]
    if missing:
        # files of other categories were not opened
        named = {word for word in map(word_of_file, find_files(paths)) if word in CATEGORIES}
        there = in_order((gatherer.met | named) - {missing[0]})
        met = f"There are some of {some_of(there)}." if there else None
        hint = suggestion(missing[0], there) if nearest_names(missing[0], there) else met
        raise SketchRNNError(f"there are no drawings of the category {missing[0]!r} in the data", hint=hint)
    if not len(corpus):
        why = "; ".join(f"{count:,} {reason}" for reason, count in report.dropped[:3])
        raise SketchRNNError("there are no drawings to learn from" + (f" ({why})" if why else ""), hint=_KINDS)
