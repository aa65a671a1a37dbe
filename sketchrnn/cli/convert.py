"""`sketchrnn convert`: drawings into Quick, Draw!'s simplified form, or into another format."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sketchrnn.cli.arguments import INPUT_HELP, WrongUse, numbered, verb_parser
from sketchrnn.cli.output import add_format_arguments, choices_of, output_of, refuse_existing, write_results
from sketchrnn.errors import BadFile

if TYPE_CHECKING:
    from sketchrnn.sketch.types import Sketch

_COLLECTIONS = (".ndjson", ".npz", ".bin")

_EXAMPLES = """
  sketchrnn convert raw.ndjson --out simplified.ndjson   raw ink as Google simplifies it
  sketchrnn convert cat.svg owl.svg --out own.npz        other programs' drawings as training data
  sketchrnn convert cat.svg --raw --out cat.ndjson       as it is, in the drawing's own coordinates
  sketchrnn convert cat.bin --out cat.svg                pictures cat-1.svg, cat-2.svg, ... of every drawing
  sketchrnn convert cat.svg --raw --plotter --size-mm 200 --out plot.svg
                                                         as it is, for a plotter
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """The verb's arguments."""
    parser = verb_parser(
        subparsers,
        "convert",
        "Brings drawings into Quick, Draw!'s simplified form (whole coordinates in a box of 0 to 255, few points), and "
        "writes them in the format that FILE's name ends with: .ndjson, .npz, .bin, .svg, .png or .gif. "
        "Drawings that are in the form already are kept as they are.",
        _EXAMPLES,
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help=INPUT_HELP)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="several pictures are numbered")
    parser.add_argument("--raw", action="store_true", help="keep points and coordinates as they are")
    add_format_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Converts, and says on stdout what was written."""
    from sketchrnn.sketch.kinds import SUFFIXES

    out: Path = arguments.out
    suffix = out.suffix.lower()
    if suffix in _COLLECTIONS:
        if arguments.format not in (None, suffix.removeprefix(".")):
            raise WrongUse(f"--format {arguments.format} does not fit {out}")
        choices_of(arguments, suffix.removeprefix("."))
        _write_together(out, _drawings(arguments.inputs, arguments.raw), arguments.force)
        return 0
    if suffix not in SUFFIXES:
        known = " ".join(dict.fromkeys((*_COLLECTIONS, *SUFFIXES)))
        raise WrongUse(f"no format is known by the name {out}", hint=f"Known: {known}.")
    output = output_of(arguments)
    sketches = list(_drawings(arguments.inputs, arguments.raw))
    write_results(output, sketches, numbered(out.stem, len(sketches)))
    return 0


def _write_together(out: Path, sketches: Iterator[Sketch], force: bool) -> None:
    from sketchrnn.data.read import write_sketches
    from sketchrnn.sketch.files import make_folder

    refuse_existing(out, force)
    make_folder(out.parent)
    write_sketches(out, sketches)
    print(out)


def _drawings(inputs: Sequence[Path], raw: bool) -> Iterator[Sketch]:
    """The drawings of all inputs one by one, so that files larger than memory can be converted."""
    from sketchrnn.data.read import kind_of, read_sketches
    from sketchrnn.data.simplified import simplified

    for path in inputs:
        sketch = None
        for sketch in read_sketches(path):
            yield sketch if raw else simplified(sketch, strict=kind_of(path) == ".svg")
        if sketch is None:
            raise BadFile("holds no drawing", file=path)
