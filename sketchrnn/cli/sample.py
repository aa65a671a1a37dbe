"""`sketchrnn sample`: whole sketches of categories."""

from __future__ import annotations

import argparse

from sketchrnn.cli.arguments import numbered, verb_parser
from sketchrnn.cli.asking import (
    add_drawing_arguments,
    add_leading_arguments,
    add_model_argument,
    completer_of,
    flat,
    in_groups,
    noted,
)
from sketchrnn.cli.output import add_output_arguments, file_name, output_of, write_results

_EXAMPLES = """
  sketchrnn sample cat                          a cat, as cat.svg
  sketchrnn sample cat "hot air balloon" --count 9 --seed 3 --out pictures/
  sketchrnn sample cat dog --count 500 --out drawn.ndjson
  sketchrnn sample auto --model mine.safetensors --count 16
"""


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Adds the verb."""
    parser = verb_parser(
        subparsers,
        "sample",
        "Draws whole sketches from nothing, in a box of 0 to 255. Equal calls give equal results.",
        _EXAMPLES,
    )
    parser.add_argument(
        "categories",
        nargs="+",
        metavar="CATEGORY",
        help="a name from `sketchrnn models card`, or `auto`: anything, as the model likes",
    )
    add_drawing_arguments(parser, "drawings of each category")
    add_leading_arguments(parser)
    add_model_argument(parser)
    add_output_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Draws, writes, and says on stdout what was written."""
    output = output_of(arguments)
    completer = completer_of(arguments)
    categories = [None if name == "auto" else name for name in arguments.categories]
    for category in categories:
        completer.check_category(category)
    requests = flat([in_groups(_request(category, arguments), arguments.count) for category in categories])
    sketches = [noted(done, completer.bundle.name, arguments.count) for done in completer.complete_many(requests)]
    names = flat([numbered(file_name(category or "sketch"), arguments.count) for category in categories])
    write_results(output, sketches, names, together="samples")
    return 0


def _request(category: str | None, arguments: argparse.Namespace):
    from sketchrnn.engine.messages import CompletionRequest
    from sketchrnn.sketch.types import Sketch

    return CompletionRequest(
        Sketch(),
        category,
        seed=arguments.seed,
        temperature=arguments.temperature,
        max_points=arguments.max_points,
        candidates=arguments.candidates,
        guidance=arguments.guidance,
    )
