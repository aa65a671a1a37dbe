"""What several verbs take: kinds of numbers, inputs, and how a wrong word is refused."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from sketchrnn.errors import BadFile, SketchRNNError

if TYPE_CHECKING:
    from sketchrnn.sketch.types import Sketch

INPUT_HELP = "an SVG (.svgz, too), or .ndjson, .npz or .bin (every record in it)"

MODEL_HELP = (
    "a bundle (.safetensors), a run folder (its best model), a published generator (.gen.json), or a name of "
    "`sketchrnn models list` (default: the bundled model)"
)


class WrongUse(SketchRNNError):
    """Words that parse and cannot be meant together; the program ends with exit code 2."""


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """An argument type: a whole number from `low` to `high`, both included."""
    return _between(int, "a whole number", low, high)


def real(low: float, high: float | None = None) -> Callable[[str], float]:
    """An argument type: a number from `low` to `high`, both included."""
    return _between(float, "a number", low, high)


def fraction(text: str) -> float:
    """An argument type: a number above 0 and up to 1."""
    value = real(0, 1)(text)
    if value == 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0 and up to 1, got {text!r}")
    return value


def seed(text: str) -> int:
    """An argument type: the seed of a sampling."""
    return whole(0, 2**32 - 1)(text)


def verb_parser(subparsers, verb: str, description: str, examples: str) -> argparse.ArgumentParser:
    """A verb's parser, with the examples at the end of its help, as they are.

    Args:
        subparsers: what `add_parser` was given.
        verb: its name.
        description: what it does, in a sentence or three; wrapped.
        examples: lines that can be typed, each with a word about it; indentation is kept.
    """
    return subparsers.add_parser(
        verb,
        description=textwrap.fill(description, 80),
        epilog=f"examples:\n{examples.strip(chr(10)).rstrip()}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_device_argument(parser: argparse._ActionsContainer) -> None:
    """`--device`, which `engine.device.use_device` takes."""
    from sketchrnn.engine.device import Wanted

    parser.add_argument(
        "--device",
        choices=get_args(Wanted),
        default="auto",
        help="compute on the processor, or on a graphics card if there is one that starts (default: auto)",
    )


@dataclass(frozen=True)
class Drawing:
    """One drawing of one input.

    Args:
        sketch: in its own coordinates.
        name: what files made of it are called: the file's stem, and its record's number where there are several.
        path: the file.
        record: its number in the file, from 1.
    """

    sketch: Sketch
    name: str
    path: Path
    record: int = 1


def read_drawings(paths: Iterable[Path | str]) -> list[Drawing]:
    """All drawings of the inputs, in order.

    Raises:
        BadFile: an input that cannot be read or that holds no drawing.
    """
    drawings: list[Drawing] = []
    for path in map(Path, paths):
        drawings += _drawings_of(path)
    return drawings


def _drawings_of(path: Path) -> list[Drawing]:
    from sketchrnn.data.read import read_sketches

    sketches = list(read_sketches(path))
    if not sketches:
        raise BadFile("holds no drawing", file=path)
    if len(sketches) == 1:
        return [Drawing(sketches[0], path.stem, path)]
    names = numbered(path.stem, len(sketches))
    return [Drawing(sketch, name, path, i) for i, (sketch, name) in enumerate(zip(sketches, names, strict=True), 1)]


def numbered(name: str, count: int) -> list[str]:
    """`count` names `name-1` ... with as many digits as the last one has, so that they sort; `name` itself for one."""
    width = len(str(count))
    return [f"{name}-{i:0{width}}" for i in range(1, count + 1)] if count > 1 else [name]


def _between(kind: Callable[[str], float], noun: str, low, high) -> Callable:
    wanted = f"{noun} from {low} to {high}" if high is not None else f"{noun} of at least {low}"

    def convert(text: str):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not (low <= value and (high is None or value <= high)):  # NaN fails both
            raise argparse.ArgumentTypeError(f"expected {wanted}, got {text!r}")
        return value

    return convert
