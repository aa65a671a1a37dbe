"""Drawings that people finished, cut and finished by a model: what is asked, and in which order.

Whether a completion is taken for what it should be is not told here: that is for a recogniser outside the project.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from sketchrnn.engine.completer import Completer
from sketchrnn.engine.messages import (
    DEFAULT_CANDIDATES,
    DEFAULT_GUIDANCE,
    DEFAULT_TEMPERATURE,
    Completion,
    CompletionRequest,
)
from sketchrnn.sketch.perturb import Perturbation
from sketchrnn.sketch.prefix import prefix_of
from sketchrnn.sketch.raster.thumbnails import diversity
from sketchrnn.sketch.types import Sketch, Stroke

ENDINGS = 9
"""Endings of one prefix, and human drawings of one category, whose diversity is measured."""
SUBSET = 96
"""Prefixes at most of which so many endings are drawn: the mean over them is good to some 2 %."""


@dataclass(frozen=True)
class Settings:
    """How drawings are finished in a trial.

    Args:
        told: whether the model is told the category; if not, it guesses.
        temperature: of the sampling.
        candidates: endings that are drawn for each one, of which the model's own recogniser, if it has one, chooses.
        guidance: towards the category.
        seed: added to each drawing's own number, so that its chance is its own, whatever others there are.
    """

    told: bool = True
    temperature: float = DEFAULT_TEMPERATURE
    candidates: int = DEFAULT_CANDIDATES
    guidance: float = DEFAULT_GUIDANCE
    seed: int = 0


@dataclass(frozen=True)
class Start:
    """The start of a human drawing.

    Args:
        drawing: all of it as the human drew it, sketch units, with a whole number as its `key_id`.
        cut: the human's first points.
        prefix: what the model is given: the cut, or the cut changed.
        unit: units of the prefix per sketch unit.
        known: whether the model is told that unit; if not, it is left to find the scale.
    """

    drawing: Sketch
    cut: Sketch
    prefix: Sketch
    unit: float = 1.0
    known: bool = True

    @cached_property
    def rest(self) -> tuple[Stroke, ...]:
        """What the human drew then; a stroke that was cut goes on from the last point before the cut."""
        first, *others = self.drawing.strokes[len(self.cut.strokes) - self.cut.pen_down :] or (None,)
        if first is None:
            return ()
        given = len(self.cut.strokes[-1]) - 1 if self.cut.pen_down else 0
        return Stroke(first.points[given:], first.author), *others


def starts_of(drawings: Iterable[Sketch], fraction: float, change: Perturbation | None = None) -> list[Start]:
    """The drawings cut after a fraction of their points, rounded up and at least 2.

    Args:
        drawings: human ones, whole, sketch units.
        fraction: above 0, at most 1.
        change: of the drawings that are cut; the model is then not told the scale.
    """
    starts = []
    for drawing in drawings:
        cut = prefix_of(drawing, fraction)
        if change is None:
            starts.append(Start(drawing, cut, cut))
        else:
            starts.append(Start(drawing, cut, change.change(cut, _number(drawing)), change.unit, known=False))
    return starts


def request_of(start: Start, settings: Settings, page_unit: float = 1.0, endings: int = 1) -> CompletionRequest:
    """What is asked about a start.

    Args:
        start: it.
        settings: of the trial.
        page_unit: the model's sketch units per unit of the 0..255 box (`Completer.page_unit`).
        endings: how many.
    """
    return CompletionRequest(
        start.prefix,
        start.drawing.category if settings.told else None,
        endings=endings,
        seed=(settings.seed + _number(start.drawing)) % 2**32,
        temperature=settings.temperature,
        scale=page_unit if start.known else None,
        candidates=settings.candidates,
        guidance=settings.guidance,
    )


def finished(completer: Completer, starts: Sequence[Start], settings: Settings) -> Iterator[Completion]:
    """One completion of each start, in order.

    Raises:
        EngineError: as `Completer.complete_many`.
    """
    return completer.complete_many([request_of(start, settings, completer.page_unit) for start in starts])


def diversities(completer: Completer, starts: Sequence[Start], settings: Settings) -> Iterator[tuple[str, float]]:
    """(category, diversity of nine endings) of each start, in order.

    Raises:
        EngineError: as `Completer.complete_many`.
    """
    requests = [request_of(start, settings, completer.page_unit, ENDINGS) for start in starts]
    completions = completer.complete_many(requests)
    for start in starts:
        yield start.drawing.category or "", diversity([done.sketch for done in islice(completions, ENDINGS)])


def subset_of(starts: Sequence[Start], most: int = SUBSET) -> list[Start]:
    """At most so many: the first of each category, then the second of each; among equals by the drawings' numbers."""
    met: dict[str | None, int] = {}
    ranks = []
    for start in starts:
        ranks.append(met.get(start.drawing.category, 0))
        met[start.drawing.category] = ranks[-1] + 1
    order = sorted(range(len(starts)), key=lambda index: (ranks[index], _number(starts[index].drawing)))
    return [starts[index] for index in order[:most]]


def _number(drawing: Sketch) -> int:
    return int(drawing.note("key_id") or 0)
