"""`sketchrnn reconstruct`: drawings drawn again through their latent code."""

from __future__ import annotations

import argparse
from pathlib import Path

from sketchrnn.cli.arguments import INPUT_HELP, Drawing, numbered, read_drawings, real, verb_parser
from sketchrnn.cli.asking import (
    add_category_argument,
    add_drawing_arguments,
    add_model_argument,
    category_of,
    completer_of,
    flat,
    in_groups,
    said_of,
    scales_of,
)
from sketchrnn.cli.output import add_output_arguments, output_of, write_results
from sketchrnn.engine.messages import DEFAULT_CLOSENESS, RedrawRequest

_EXAMPLES = """
  sketchrnn reconstruct cat.svg --model vae.safetensors
  sketchrnn reconstruct cats.npz --count 4 --closeness 0.5 --model vae.safetensors --out again.ndjson
  sketchrnn reconstruct drawings.ndjson --category own --out again.ndjson   each as what its word says
"""


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Adds the verb."""
    parser = verb_parser(
        subparsers,
        "reconstruct",
        "Draws each drawing again as a model with a latent code understands it: the whole drawing becomes a code, and "
        'the code a drawing. It is what the window\'s "Mine again" does: equal drawings, seeds and numbers give equal '
        "results.",
        _EXAMPLES,
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help=INPUT_HELP)
    add_category_argument(parser, "what it is")
    parser.add_argument(
        "--closeness",
        type=real(0.0, 1.0),
        default=DEFAULT_CLOSENESS,
        metavar="C",
        help="1 (as it is, at a fifth of the temperature) to 0 (hardly like it, at all of it); "
        f"default: {DEFAULT_CLOSENESS}",
    )
    add_drawing_arguments(parser, "drawings of each input")
    add_model_argument(parser)
    add_output_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Draws, writes, and says on stdout what was written."""
    output = output_of(arguments)
    drawings = read_drawings(arguments.inputs)
    completer = completer_of(arguments)
    completer.require_latent()
    categories = [category_of(drawing, arguments.category, completer) for drawing in drawings]
    asked = zip(drawings, categories, strict=True)
    sketches = flat([_again(drawing, category, completer, arguments) for drawing, category in asked])
    names = flat([numbered(f"{drawing.name}-again", arguments.count) for drawing in drawings])
    write_results(output, sketches, names, together="reconstructions")
    return 0


def _again(drawing: Drawing, category: str | None, completer, arguments: argparse.Namespace) -> list:
    from dataclasses import replace

    from sketchrnn.sketch.said import as_said

    sketch = drawing.sketch.with_strokes(drawing.sketch.strokes)  # a pen that is down is lifted
    known, page_scale = scales_of(drawing, None, completer.page_unit)
    asked = RedrawRequest(
        sketch,
        category,
        seed=arguments.seed,
        temperature=arguments.temperature,
        max_points=arguments.max_points,
        page_scale=page_scale,
        scale=known,
        closeness=arguments.closeness,
    )
    again = []
    for group in in_groups(asked, arguments.count):
        notes = dict(sketch.provenance) | {
            "model": completer.bundle.name,
            "seed": str(group.seed),
            "temperature": f"{group.temperature:g}",
            "closeness": f"{group.closeness:g}",
        }
        for ending, one in enumerate(completer.redraw(group)):
            which = {"category": one.category or "none"}
            which |= {"ending": str(ending)} if arguments.count > 1 else {}
            noted = replace(one, category=sketch.category, provenance=tuple((notes | which).items()))
            again.append(as_said(noted, said_of(sketch, category, arguments.category == "own")))
    return again
