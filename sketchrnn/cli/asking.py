"""What the verbs that use a model share: which model, how it draws, at what scale it reads, what results say."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from sketchrnn.cli.arguments import MODEL_HELP, Drawing, add_device_argument, fraction, real, seed, whole
from sketchrnn.engine.messages import (
    DEFAULT_CANDIDATES,
    DEFAULT_GUIDANCE,
    DEFAULT_MAX_POINTS,
    DEFAULT_TEMPERATURE,
    MAX_CANDIDATES,
    MAX_ENDINGS,
    MAX_GUIDANCE,
    MOST_POINTS,
    TEMPERATURES,
    CompletionRequest,
    RedrawRequest,
)
from sketchrnn.errors import EngineError, SketchRNNError

if TYPE_CHECKING:
    from sketchrnn.engine.completer import Completer
    from sketchrnn.engine.messages import Completion
    from sketchrnn.sketch.types import Sketch

Asked = TypeVar("Asked", CompletionRequest, RedrawRequest)


def add_model_argument(parser: argparse.ArgumentParser) -> None:
    """`--model` and `--device`."""
    add_bundle_argument(parser)
    add_device_argument(parser)


def add_bundle_argument(parser: argparse.ArgumentParser) -> None:
    """`--model`."""
    parser.add_argument("--model", metavar="MODEL", help=MODEL_HELP)


def add_category_argument(parser: argparse.ArgumentParser, what: str, guessed: str = "") -> None:
    """`--category`, which `category_of` takes.

    Args:
        parser: the verb's.
        what: the category is of, for the help.
        guessed: what further comes of a guess.
    """
    parser.add_argument(
        "--category",
        default="auto",
        metavar="NAME|auto|own",
        help=f"{what}: a category, `own` for each record's own word, or `auto`: the model guesses{guessed} "
        "(default: auto)",
    )


def add_drawing_arguments(parser: argparse.ArgumentParser, count: str, points: bool = True) -> None:
    """`--count`, `--seed`, `--temperature` and `--max-points`.

    Args:
        parser: the verb's.
        count: what is counted, for the help.
        points: whether there is a `--max-points`.
    """
    parser.add_argument("--count", type=whole(1, 1000), default=1, metavar="N", help=f"{count} (default: 1)")
    parser.add_argument(
        "--seed",
        type=seed,
        default=0,
        metavar="S",
        help=f"of the chance (default: 0); beyond {MAX_ENDINGS} drawings of one thing, S + 1 and so on are used, too",
    )
    parser.add_argument(
        "--temperature",
        type=real(*TEMPERATURES),
        default=DEFAULT_TEMPERATURE,
        metavar="T",
        help=f"0.01 (sure) to 1 (as people draw); default: {DEFAULT_TEMPERATURE}",
    )
    if points:
        parser.add_argument(
            "--max-points",
            type=whole(1, MOST_POINTS),
            default=DEFAULT_MAX_POINTS,
            metavar="N",
            help=f"cut a drawing off after so many points of the model's (default: {DEFAULT_MAX_POINTS})",
        )


def add_leading_arguments(parser: argparse.ArgumentParser) -> None:
    """`--candidates` and `--guidance`: how surely an ending is of its category."""
    parser.add_argument(
        "--candidates",
        type=whole(1, MAX_CANDIDATES),
        default=DEFAULT_CANDIDATES,
        metavar="N",
        help="endings that are drawn for one, of which the model's recogniser chooses (an eighth for each ending after "
        "the first; it may also be one of those left, and is chosen to be unlike the ones before; where endings are "
        "short up to twice, and for each after the first four times, as many); 1 takes what comes "
        f"(default: {DEFAULT_CANDIDATES})",
    )
    parser.add_argument(
        "--guidance",
        type=real(0.0, MAX_GUIDANCE),
        default=DEFAULT_GUIDANCE,
        metavar="W",
        help=f"0 (as people draw) to {MAX_GUIDANCE:g} (only what is unmistakably of the category); a model that was "
        f"always told the category in training draws without; default: {DEFAULT_GUIDANCE:g}",
    )


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """`--prefix` and `--scale`."""
    parser.add_argument(
        "--prefix",
        type=fraction,
        metavar="FRACTION",
        help="keep only the first part of each input's points, such as 0.3, rounded up, at least 2 (default: all)",
    )
    parser.add_argument(
        "--scale",
        type=scale,
        metavar="X|auto|page",
        help="units of the 0..255 box per unit of the input: a number; `page`: the input's own (1 for Quick, Draw! "
        "formats, the page's side as 255 for SVG); `auto`: inferred from the drawing. Default: page for .ndjson, .npz "
        "and .bin, auto for SVG and raw ink",
    )


def scale(text: str) -> float | str:
    """An argument type: a number, `auto` or `page`."""
    return text if text in ("auto", "page") else real(1e-4, 1e4)(text)


def completer_of(arguments: argparse.Namespace) -> Completer:
    """The completer of `--model`."""
    from sketchrnn.engine.completer import Completer
    from sketchrnn.engine.device import use_device

    use_device(arguments.device)
    return Completer(arguments.model)


def category_of(drawing: Drawing, wanted: str, completer: Completer) -> str | None:
    """The category that `--category` asks for, None for auto.

    Raises:
        SketchRNNError: it is unknown, or the record has no word.
    """
    if wanted == "auto":
        return None
    category = drawing.sketch.category if wanted == "own" else wanted
    if category is None:
        raise SketchRNNError(
            "has no word of its own", file=drawing.path, record=drawing.record, hint="Give --category NAME or auto."
        )
    try:
        completer.check_category(category)
    except EngineError as error:
        if wanted != "own":
            raise
        raise SketchRNNError(error.what, file=drawing.path, record=drawing.record, hint=error.hint) from error
    return category


def requests_of(
    drawing: Drawing, completer: Completer, arguments: argparse.Namespace, category: str | None
) -> list[CompletionRequest]:
    """What is asked about one input: as many requests as its `--count` of endings needs."""
    known, page_scale = scales_of(drawing, arguments.scale, completer.page_unit)
    asked = CompletionRequest(
        prefix_of_drawing(drawing.sketch, arguments.prefix),
        category,
        seed=arguments.seed,
        temperature=arguments.temperature,
        max_points=arguments.max_points,
        page_scale=page_scale,
        scale=known,
        candidates=arguments.candidates,
        guidance=arguments.guidance,
    )
    return in_groups(asked, arguments.count)


def in_groups(request: Asked, count: int) -> list[Asked]:
    """`count` endings of a request: groups of at most 16, each with the next seed."""
    return [
        replace(request, endings=min(MAX_ENDINGS, count - start), seed=(request.seed + group) % 2**32)
        for group, start in enumerate(range(0, count, MAX_ENDINGS))
    ]


def prefix_of_drawing(sketch: Sketch, part: float | None) -> Sketch:
    """The first part of a sketch, all of it for None."""
    from sketchrnn.sketch.prefix import prefix_of

    return sketch if part is None else prefix_of(sketch, part)


def scales_of(drawing: Drawing, wanted: float | str | None, page_unit: float) -> tuple[float | None, float]:
    """(scale or None to infer it, page scale) of an input, as `CompletionRequest` takes them.

    The program's own documents are read as the window reads them, so that a verb says what the window says.

    Args:
        drawing: the input, whole.
        wanted: `--scale`.
        page_unit: the model's sketch units per unit of the 0..255 box.
    """
    from sketchrnn.sketch.frame import PAGE_NOTE, noted_scale, page_scale_of

    vectors = _has_no_unit(drawing)
    page_scale = page_scale_of(drawing.sketch) if vectors else 1.0
    if isinstance(wanted, float):
        return wanted, page_scale
    if wanted is None and drawing.sketch.note(PAGE_NOTE):
        return noted_scale(drawing.sketch), page_scale
    infer = vectors if wanted is None else wanted == "auto"
    return (None if infer else page_scale * page_unit), page_scale


def said_of(sketch: Sketch, category: str | None, own: bool) -> str | None:
    """What a person said that a drawing is: its word, if a person said it, else the category that was named.

    Args:
        sketch: it.
        category: what was asked for; None for auto.
        own: that this is the drawing's own word, which stays whose it was.
    """
    from sketchrnn.sketch.said import said_word

    return said_word(sketch) or (None if own else category)


def noted(completion: Completion, model: str, count: int, own: bool = False) -> Sketch:
    """A completion's sketch with notes on how it was made, so that it can be made again of the same input, and on
    whether its word is a person's.

    Args:
        completion: it.
        model: the model's name.
        count: endings of the same input; which one it is is noted where there are several.
        own: see `said_of`.
    """
    from sketchrnn.sketch.said import as_said

    request, sketch = completion.request, completion.sketch
    notes = dict(sketch.provenance) | {
        "model": model,
        "seed": str(request.seed),
        "temperature": f"{request.temperature:g}",
        "guidance": f"{request.guidance:g}",
        "candidates": str(request.candidates),
        "max_points": str(request.max_points),
        "category": completion.category or "none",
        "prefix_points": str(request.prefix.point_count),
    }
    if count > 1:
        notes["ending"] = str(completion.ending)
    drawn = replace(sketch, category=sketch.category or completion.category, provenance=tuple(notes.items()))
    return as_said(drawn, said_of(request.prefix, request.category, own))


def flat(lists: Sequence[Sequence]) -> list:
    """The items of all lists."""
    return [item for part in lists for item in part]


def _has_no_unit(drawing: Drawing) -> bool:
    """Whether a drawing's coordinates could be anything: SVG, and ink as it was drawn."""
    from sketchrnn.data.read import kind_of

    return kind_of(drawing.path) == ".svg" or ("ink", "raw") in drawing.sketch.provenance
