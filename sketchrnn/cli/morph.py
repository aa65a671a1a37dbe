"""`sketchrnn morph`: what lies between two sketches."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from sketchrnn.cli.arguments import read_drawings, real, seed, verb_parser, whole
from sketchrnn.cli.asking import add_model_argument, completer_of
from sketchrnn.cli.output import add_output_arguments, output_of, write_results
from sketchrnn.engine.messages import DEFAULT_MAX_POINTS

_EXAMPLES = """
  sketchrnn morph cat.svg dog.svg --model vae.safetensors
  sketchrnn morph a.svg b.svg --steps 20 --model vae.safetensors --out between.ndjson
"""


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Adds the verb."""
    parser = verb_parser(
        subparsers,
        "morph",
        "Draws a way from one drawing to another through a model's latent space, both ends included. Of a file with "
        "several records the first counts. The bundled model has no latent code; `sketchrnn train --preset paper` "
        "makes one that has.",
        _EXAMPLES,
    )
    parser.add_argument("a", type=Path, metavar="A", help="the drawing to begin with")
    parser.add_argument("b", type=Path, metavar="B", help="the drawing to end with")
    parser.add_argument("--steps", type=whole(2, 1000), default=10, metavar="N", help="drawings in all (default: 10)")
    parser.add_argument("--category", metavar="NAME", help="that is drawn, for models with categories")
    parser.add_argument("--seed", type=seed, default=0, metavar="S", help="of the chance (default: 0)")
    parser.add_argument(
        "--temperature", type=real(0.01, 1.0), default=0.1, metavar="T", help="0.01 to 1 (default: 0.1)"
    )
    add_model_argument(parser)
    add_output_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Draws, writes, and says on stdout what was written."""
    output = output_of(arguments)
    completer = completer_of(arguments)
    completer.require_latent()
    a, b = (read_drawings([path])[0] for path in (arguments.a, arguments.b))
    drawn = completer.morph(
        a.sketch,
        b.sketch,
        arguments.steps,
        arguments.category,
        seed=arguments.seed,
        temperature=arguments.temperature,
        max_points=DEFAULT_MAX_POINTS,
    )
    width = len(str(arguments.steps))
    names = [f"{a.name}-to-{b.name}-{step:0{width}}" for step in range(1, arguments.steps + 1)]
    notes = (("model", completer.bundle.name), ("seed", str(arguments.seed)))
    write_results(output, [replace(sketch, provenance=notes) for sketch in drawn], names, together="between")
    return 0
