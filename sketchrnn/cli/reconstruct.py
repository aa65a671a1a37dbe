"""`sketchrnn reconstruct`: drawings drawn again through their latent code."""

from __future__ import annotations

import argparse
from pathlib import Path

from sketchrnn.cli.arguments import INPUT_HELP, numbered, read_drawings, verb_parser
from sketchrnn.cli.asking import add_drawing_arguments, add_model_argument, completer_of, flat, in_groups
from sketchrnn.cli.output import add_output_arguments, output_of, write_results

_EXAMPLES = """
  sketchrnn reconstruct cat.svg --model vae.safetensors
  sketchrnn reconstruct cats.npz --count 4 --temperature 0.1 --model vae.safetensors --out again.ndjson
"""


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Adds the verb."""
    parser = verb_parser(
        subparsers,
        "reconstruct",
        "Draws each drawing again as a model with a latent code understands it: the whole drawing becomes a code, and "
        "the code a drawing. The bundled model has no such code; `sketchrnn train --preset paper` makes one that has.",
        _EXAMPLES,
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help=INPUT_HELP)
    parser.add_argument("--category", metavar="NAME", help="that is drawn, for models with categories")
    add_drawing_arguments(parser, "drawings of each input")
    add_model_argument(parser)
    add_output_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Draws, writes, and says on stdout what was written."""
    output = output_of(arguments)
    completer = completer_of(arguments)
    completer.require_latent()
    completer.check_category(arguments.category)
    drawings = read_drawings(arguments.inputs)
    sketches = flat([_again(drawing.sketch, completer, arguments) for drawing in drawings])
    names = flat([numbered(f"{drawing.name}-again", arguments.count) for drawing in drawings])
    write_results(output, sketches, names, together="reconstructions")
    return 0


def _again(sketch, completer, arguments: argparse.Namespace) -> list:
    from dataclasses import replace

    from sketchrnn.engine.messages import CompletionRequest

    asked = CompletionRequest(
        sketch, seed=arguments.seed, temperature=arguments.temperature, max_points=arguments.max_points
    )
    drawn = []
    for group in in_groups(asked, arguments.count):
        drawn += completer.reconstruct(
            sketch,
            arguments.category,
            endings=group.endings,
            seed=group.seed,
            temperature=group.temperature,
            max_points=group.max_points,
        )
    notes = (("model", completer.bundle.name), ("seed", str(asked.seed)), ("temperature", f"{asked.temperature:g}"))
    return [replace(one, category=sketch.category, provenance=sketch.provenance + notes) for one in drawn]
