"""How well a model guesses what people drew, from the start of a drawing to the whole of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sketchrnn.engine.completer import Completer
from sketchrnn.engine.figures import mean_over_categories
from sketchrnn.engine.programs import MANY
from sketchrnn.sketch.prefix import prefix_of
from sketchrnn.sketch.types import Sketch

TENTHS = tuple(tenth / 10 for tenth in range(1, 11))
"""Of a drawing's points, that are given."""
AMONG = 3
"""Guesses among which the right category is looked for: so many are shown in the window."""

Place = tuple[str, int | None]
"""A drawing's category, and its place among the guesses: 0 is the likeliest, None is beyond `AMONG`."""


@dataclass(frozen=True)
class GuessFigures:
    """How often drawings were taken for what they are, each the mean over the categories of the share of theirs.

    Args:
        drawings: how many there are.
        first: the right category was the likeliest.
        among_three: it was among the three likeliest.
    """

    drawings: int
    first: float | None
    among_three: float | None


def places(completer: Completer, drawings: Sequence[Sketch], fraction: float) -> Iterator[Place]:
    """Where the right category stands among the guesses for a first part of each drawing.

    Args:
        completer: the model, which is told the drawings' scale and not their category.
        drawings: human ones, whole, sketch units, each with its category.
        fraction: of the points that are given, rounded up and at least 2; above 0, at most 1.

    Raises:
        EngineError: the model cannot guess.
    """
    for start in range(0, len(drawings), MANY):
        some = drawings[start : start + MANY]
        starts = [prefix_of(drawing, fraction) for drawing in some]
        for drawing, guesses in zip(some, completer.guess_many(starts, AMONG, scale=completer.page_unit), strict=True):
            names = [name for name, _ in guesses]
            yield drawing.category or "", names.index(drawing.category) if drawing.category in names else None


def figures_of(found: Iterable[Place]) -> GuessFigures:
    """What the places of many drawings come to."""
    found = list(found)
    first = mean_over_categories((category, float(place == 0)) for category, place in found)
    return GuessFigures(len(found), first, mean_over_categories((name, float(at is not None)) for name, at in found))
