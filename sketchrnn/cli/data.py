"""`sketchrnn data`: downloads categories, imports own drawings, shows and counts what is in a data set, tidies up."""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sketchrnn.cli.arguments import INPUT_HELP, WrongUse, seed, verb_parser, whole
from sketchrnn.cli.output import refuse_existing
from sketchrnn.cli.progress import Progress
from sketchrnn.errors import BadFile, SketchRNNError

if TYPE_CHECKING:
    from sketchrnn.sketch.types import Sketch

_MANY = "files (SVG, .svgz, .ndjson, .npz, .bin), folders of them, or categories that were downloaded"
_EXAMPLES = """
  sketchrnn data download cat owl       two categories of Quick, Draw! into the cache
  sketchrnn data import mine/ --out own own drawings as a data set
  sketchrnn data show own --out own.png a picture of some of them
  sketchrnn data stats cat own          how many there are, how long, what is left out
  sketchrnn data cache --clear          delete what was kept of data that were read
"""
_DOWNLOAD = """
  sketchrnn data download cat "ice cream"
  sketchrnn data download cat --format ndjson --out drawings
  SKETCHRNN_DATA_URL=https://mirror.example/quickdraw sketchrnn data download --all
"""
_IMPORT = """
  sketchrnn data import scans/*.svg --category cat --out own   adds to own/cat.ndjson
  sketchrnn data import drawings/ --out own                    each by its own word, or its file's or folder's name
  sketchrnn data import cat.svg owl.ndjson --out own.npz       all into one file
"""
_SHOW = """
  sketchrnn data show cat --out cats.png
  sketchrnn data show own/ more.ndjson --count 100 --seed 7 --out some.svg
"""
_STATS = """
  sketchrnn data stats cat owl
  sketchrnn data stats own/ --max-points 200 --json
"""
_CACHE = """
  sketchrnn data cache
  sketchrnn data cache --clear
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """The verb's arguments."""
    parser = verb_parser(subparsers, "data", "Downloads, imports, shows and counts drawings.", _EXAMPLES)
    inner = parser.add_subparsers(dest="what", required=True, metavar="download|import|show|stats|cache")
    _add_download(inner)
    _add_import(inner)
    _add_show(inner)
    _add_stats(inner)
    _add_cache(inner)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Does what is asked, and says on stdout what came of it."""
    return _DOES[arguments.what](arguments)


def _add_download(inner: argparse._SubParsersAction) -> None:
    parser = verb_parser(
        inner,
        "download",
        "Downloads categories of Quick, Draw! (by Google, CC BY 4.0); goes on where it stopped.",
        _DOWNLOAD,
    )
    parser.add_argument("categories", nargs="*", metavar="CATEGORY")
    parser.add_argument("--all", action="store_true", help="all 345 categories")
    parser.add_argument("--format", choices=("bin", "ndjson", "npz"), default="bin", help="default: bin, the smallest")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: the user's cache, where the others look")
    parser.add_argument("--force", action="store_true", help="download also what is there")


def _add_import(inner: argparse._SubParsersAction) -> None:
    parser = verb_parser(
        inner,
        "import",
        "Brings own drawings into Quick, Draw!'s simplified form, one .ndjson for each category.",
        _IMPORT,
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help=f"{INPUT_HELP}, or a folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR|FILE", help="a folder, or .ndjson, .npz, .bin")
    parser.add_argument(
        "--category", metavar="NAME", help="what they all show; default: each drawing's own word, if a person said it"
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist instead of adding to them")


def _add_show(inner: argparse._SubParsersAction) -> None:
    parser = verb_parser(inner, "show", "Puts some of the drawings on one page.", _SHOW)
    parser.add_argument("inputs", nargs="+", metavar="DATA", help=_MANY)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .png or .svg")
    parser.add_argument("--count", type=whole(1, 10_000), default=64, metavar="N", help="drawings (default: 64)")
    parser.add_argument("--columns", type=whole(1, 100), default=8, metavar="N", help="drawings in a row (default: 8)")
    parser.add_argument("--seed", type=seed, metavar="S", help="choose at random; default: the first of each file")
    parser.add_argument("--force", action="store_true", help="replace FILE if it exists")


def _add_stats(inner: argparse._SubParsersAction) -> None:
    from sketchrnn.data.report import MAX_POINTS

    parser = verb_parser(
        inner, "stats", "Counts drawings, their points and strokes, and what training would leave out and why.", _STATS
    )
    parser.add_argument("inputs", nargs="+", metavar="DATA", help=_MANY)
    parser.add_argument("--categories", nargs="+", metavar="NAME", help="only these")
    parser.add_argument(
        "--max-points", type=whole(1), default=MAX_POINTS, metavar="N", help=f"leave out longer ones ({MAX_POINTS})"
    )
    parser.add_argument("--json", action="store_true", help="write JSON instead of a table")


def _add_cache(inner: argparse._SubParsersAction) -> None:
    parser = verb_parser(
        inner,
        "cache",
        "Lists what is kept of data that were read, so that they need not be read again: file, size, last use.",
        _CACHE,
    )
    parser.add_argument("--clear", action="store_true", help="delete it; it is made again when it is needed")


def _download(arguments: argparse.Namespace) -> int:
    from sketchrnn.data.categories import CATEGORIES
    from sketchrnn.data.download import download

    if arguments.all == bool(arguments.categories):
        raise WrongUse("name categories, or give --all")
    names = CATEGORIES if arguments.all else arguments.categories
    for name in names:  # one by one, so that each is said when it is there
        with Progress() as progress:
            (path,) = download(
                [name], arguments.format, arguments.out, again=arguments.force, progress=progress.downloading
            )
        print(path, flush=True)
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from sketchrnn.data.documents import import_drawings

    files, report = import_drawings(arguments.inputs, arguments.out, arguments.category, force=arguments.force)
    print("\n".join([*map(str, files), *report.lines()]))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from sketchrnn.sketch.files import make_folder, write_atomically

    out: Path = arguments.out
    if out.suffix.lower() not in (".png", ".svg"):
        raise WrongUse(f"a sheet is written as .png or .svg, not as {out}")
    refuse_existing(out, arguments.force)
    sketches = _chosen(_sources(arguments.inputs), arguments.count, arguments.seed)
    if not sketches:
        raise SketchRNNError("there are no drawings to show")
    make_folder(out.parent)
    write_atomically(out, _sheet(sketches, min(arguments.columns, len(sketches)), out.suffix.lower()))
    print(out)
    return 0


def _sheet(sketches: Sequence[Sketch], columns: int, suffix: str) -> str | bytes:
    from sketchrnn.sketch.raster import contact_sheet, png_bytes
    from sketchrnn.sketch.svg import contact_sheet_svg

    titles = [sketch.category or "" for sketch in sketches]
    if suffix == ".svg":
        return contact_sheet_svg(sketches, columns, titles=titles)
    try:
        return png_bytes(contact_sheet(sketches, columns, titles=titles))
    except ValueError as error:  # larger than a picture may be
        what = f"{len(sketches):,} drawings in {columns} columns are too many for one .png"
        hint = "Give more --columns, a smaller --count, or a FILE that ends with .svg."
        raise WrongUse(what, hint=hint) from error


def _stats(arguments: argparse.Namespace) -> int:
    from sketchrnn.data.cache import read_kept
    from sketchrnn.data.statistics import statistics

    sources = _sources(arguments.inputs)
    with Progress() as progress:
        corpus, report = read_kept(
            sources, arguments.categories, max_points=arguments.max_points, progress=progress.reading
        )
    counted = statistics(corpus, report)
    print(json.dumps(counted.as_dict(), indent=2) if arguments.json else "\n".join(counted.lines()))
    return 0


def _cache(arguments: argparse.Namespace) -> int:
    from sketchrnn.data.cache import MOST_BYTES, clear, corpora_folder, kept_corpora
    from sketchrnn.data.report import counted

    kept = clear() if arguments.clear else kept_corpora()
    for one in kept:
        used = datetime.datetime.fromtimestamp(one.used).isoformat(" ", "minutes")
        print(f"{one.path.name}  {one.size / 2**20:,.1f} MiB  {used}")
    size = sum(one.size for one in kept) / 2**20
    deleted = " deleted" if arguments.clear else f" of at most {MOST_BYTES / 2**20:,.0f} MiB"
    print(f"{corpora_folder()}: {counted(len(kept), 'file')}, {size:,.1f} MiB{deleted}")
    return 0


_DOES = {"download": _download, "import": _import, "show": _show, "stats": _stats, "cache": _cache}


def _sources(words: Sequence[str]) -> list[Path]:
    """What the words mean: files and folders, or else downloaded categories."""
    return [path if (path := Path(word)).exists() else _downloaded(word) for word in words]


def _downloaded(word: str) -> Path:
    from sketchrnn.data.categories import CATEGORIES
    from sketchrnn.data.download import downloaded

    path = downloaded(word)
    if path is None:
        hint = f"Download it with: sketchrnn data download '{word}'" if word in CATEGORIES else None
        raise BadFile("does not exist", file=word, hint=hint)
    return path


def _chosen(paths: Sequence[Path], count: int, chosen_by: int | None) -> list[Sketch]:
    """Some drawings: the first of each file, then the second of each, and so on; or at random, each equally likely."""
    from sketchrnn.data.read import find_files, read_sketches

    files = find_files(paths)
    if chosen_by is None:
        turns = itertools.zip_longest(*(_first(read_sketches(path), count) for path in files[:count]))
        return list(itertools.islice((sketch for turn in turns for sketch in turn if sketch is not None), count))
    chance, kept = random.Random(chosen_by), []
    for number, sketch in enumerate(itertools.chain.from_iterable(map(read_sketches, files))):
        place = number if number < count else chance.randrange(number + 1)
        if place < count:
            kept[place : place + 1] = [sketch]
    return kept


def _first(sketches: Iterator[Sketch], count: int) -> Iterator[Sketch]:
    return itertools.islice(sketches, count)
