"""`sketchrnn guess`: what is being drawn."""

from __future__ import annotations

import argparse
import json
from itertools import groupby
from pathlib import Path

from sketchrnn.cli.arguments import INPUT_HELP, Drawing, read_drawings, verb_parser, whole
from sketchrnn.cli.asking import add_model_argument, add_reading_arguments, completer_of, prefix_of_drawing, scales_of

_EXAMPLES = """
  sketchrnn guess cat.svg
  sketchrnn guess drawings.ndjson --prefix 0.5 --top 3
  sketchrnn guess cat.svg --json

--json writes one array on stdout, one object for each drawing, in order:
  {"file": "cat.svg", "record": 1, "word": null, "guesses": [{"category": "cat", "probability": 0.83}, ...]}
`word` is what the record says it is, null where it does not.
"""


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Adds the verb."""
    parser = verb_parser(
        subparsers, "guess", "Says what each drawing, or the start of one, is taken for, likeliest first.", _EXAMPLES
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help=INPUT_HELP)
    parser.add_argument("--top", type=whole(1), default=5, metavar="K", help="how many guesses (default: 5)")
    parser.add_argument("--json", action="store_true", help="write JSON on stdout")
    add_reading_arguments(parser)
    add_model_argument(parser)
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Guesses, and says it on stdout."""
    drawings = read_drawings(arguments.inputs)
    guesses = _guess(drawings, completer_of(arguments), arguments)
    if arguments.json:
        records = [_record(drawing, guess) for drawing, guess in zip(drawings, guesses, strict=True)]
        print(json.dumps(records, indent=2, ensure_ascii=False))
        return 0
    for drawing, guess in zip(drawings, guesses, strict=True):
        print(f"{drawing.name}: " + ", ".join(f"{name} {100 * likely:.1f} %" for name, likely in guess))
    return 0


def _guess(drawings: list[Drawing], completer, arguments: argparse.Namespace) -> list:
    """The guesses for each drawing; neighbours that are read at the same scale side by side."""
    scales = [scales_of(drawing, arguments.scale, completer.page_unit) for drawing in drawings]
    guesses: list = []
    for (known, page_scale), group in groupby(zip(scales, drawings, strict=True), key=lambda pair: pair[0]):
        sketches = [prefix_of_drawing(drawing.sketch, arguments.prefix) for _, drawing in group]
        guesses += completer.guess_many(sketches, arguments.top, page_scale, known)
    return guesses


def _record(drawing: Drawing, guess) -> dict:
    return {
        "file": str(drawing.path),
        "record": drawing.record,
        "word": drawing.sketch.category,
        "guesses": [{"category": name, "probability": round(likely, 6)} for name, likely in guess],
    }
