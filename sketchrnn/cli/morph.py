"""`sketchrnn morph`: what lies between two sketches."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sketchrnn.cli.arguments import read_drawings, real, seed, verb_parser, whole
from sketchrnn.cli.asking import add_category_argument, add_model_argument, category_of, completer_of, scales_of
from sketchrnn.cli.output import add_output_arguments, output_of, write_results
from sketchrnn.engine.messages import DEFAULT_TEMPERATURE, MOST_BETWEEN, TEMPERATURES, MorphRequest

if TYPE_CHECKING:
    from sketchrnn.sketch.types import Sketch

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
        'several records the first counts. It is what the window\'s "Between" does: equal drawings, seeds and numbers '
        "give equal results.",
        _EXAMPLES,
    )
    parser.add_argument("a", type=Path, metavar="A", help="the drawing to begin with")
    parser.add_argument("b", type=Path, metavar="B", help="the drawing to end with")
    parser.add_argument(
        "--steps", type=whole(2, MOST_BETWEEN), default=9, metavar="N", help="drawings in all (default: 9)"
    )
    add_category_argument(parser, "what each is")
    parser.add_argument("--seed", type=seed, default=0, metavar="S", help="of the chance (default: 0)")
    parser.add_argument(
        "--temperature",
        type=real(*TEMPERATURES),
        default=DEFAULT_TEMPERATURE,
        metavar="T",
        help=f"0.01 to 1, of which a fifth is used (default: {DEFAULT_TEMPERATURE})",
    )
    add_model_argument(parser)
    add_output_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Draws, writes, and says on stdout what was written."""
    output = output_of(arguments)
    a, b = (read_drawings([path])[0] for path in (arguments.a, arguments.b))
    completer = completer_of(arguments)
    completer.require_latent()
    category, other_category = (category_of(drawing, arguments.category, completer) for drawing in (a, b))
    known, page_scale = scales_of(a, None, completer.page_unit)
    drawn = completer.redraw(
        MorphRequest(
            a.sketch.with_strokes(a.sketch.strokes),  # a pen that is down is lifted
            b.sketch.with_strokes(b.sketch.strokes),
            category,
            other_category,
            endings=arguments.steps,
            seed=arguments.seed,
            temperature=arguments.temperature,
            page_scale=page_scale,
            scale=known,
        )
    )
    width = len(str(arguments.steps))
    names = [f"{a.name}-to-{b.name}-{step:0{width}}" for step in range(1, arguments.steps + 1)]
    notes = {
        "model": completer.bundle.name,
        "seed": str(arguments.seed),
        "temperature": f"{arguments.temperature:g}",
    }
    noted = [_noted(sketch, notes, f"{step} of {arguments.steps}") for step, sketch in enumerate(drawn, 1)]
    write_results(output, noted, names, together="between")
    return 0


def _noted(sketch: Sketch, notes: dict[str, str], between: str) -> Sketch:
    """A drawing with notes on how it was made, as those that the window keeps."""
    own = {"category": sketch.category or "none", "between": between}
    return replace(sketch, provenance=tuple((notes | own).items()))
