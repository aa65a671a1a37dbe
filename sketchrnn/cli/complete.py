"""`sketchrnn complete`: drawings finished by a model."""

from __future__ import annotations

import argparse
from pathlib import Path

from sketchrnn.cli.arguments import INPUT_HELP, numbered, read_drawings, verb_parser
from sketchrnn.cli.asking import (
    add_category_argument,
    add_drawing_arguments,
    add_leading_arguments,
    add_model_argument,
    add_reading_arguments,
    category_of,
    completer_of,
    flat,
    noted,
    requests_of,
)
from sketchrnn.cli.output import add_output_arguments, output_of, write_results

_EXAMPLES = """
  sketchrnn complete cat.svg --seed 7                  one ending, as cat-completed.svg
  sketchrnn complete cat.svg --category cat --count 9  nine endings of what is said to be a cat
  sketchrnn complete drawings.ndjson --prefix 0.3 --category own --out done.ndjson
                                                       every record's first 30 % finished, as what its word says
  sketchrnn complete cat.svg --format gif --out pictures/
"""


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Adds the verb."""
    parser = verb_parser(
        subparsers,
        "complete",
        "Finishes drawings: each is read as the start of something, and the model draws on. Results keep the input's "
        "coordinates and note seed, temperature and category. Equal calls give equal results.",
        _EXAMPLES,
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help=INPUT_HELP)
    add_category_argument(parser, "what it is to become", "; further endings may then show other things")
    add_reading_arguments(parser)
    add_drawing_arguments(parser, "endings of each drawing")
    add_leading_arguments(parser)
    add_model_argument(parser)
    add_output_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Completes, writes, and says on stdout what was written."""
    output = output_of(arguments)
    drawings = read_drawings(arguments.inputs)
    completer = completer_of(arguments)
    requests = []
    for drawing in drawings:
        requests += requests_of(drawing, completer, arguments, category_of(drawing, arguments.category, completer))
    name, count, own = completer.bundle.name, arguments.count, arguments.category == "own"
    sketches = [noted(done, name, count, own) for done in completer.complete_many(requests)]
    names = flat([numbered(f"{drawing.name}-completed", arguments.count) for drawing in drawings])
    write_results(output, sketches, names, together="completions")
    return 0
