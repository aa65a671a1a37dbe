"""What the completions of human drawings are like, as far as the model and the human can tell without a judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

import numpy as np

from sketchrnn.engine.messages import Completion
from sketchrnn.engine.trial import ENDINGS, Start
from sketchrnn.sketch.measures import ink_length, ink_within
from sketchrnn.sketch.raster.thumbnails import diversity
from sketchrnn.sketch.types import Sketch, Stroke

Pair = tuple[str, float]
"""A category and a value."""


@dataclass(frozen=True)
class Spread:
    """Where values lie: the 10th percentile, the median and the 90th."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Figures:
    """What completions of many drawings are like; None where nothing could be measured.

    Args:
        drawings: how many there are.
        ended: share that the model ended by itself, not cut off for its length.
        own_category: share that was drawn as the category that the human drew: what the model was told, or guessed.
        points_ratio: points that the model drew by points that the human drew after the same prefix.
        ink_ratio: the same of the lines' lengths.
        overlap: share of the model's ink, by length, that lies within the prefix's bounding box, its border included;
            the mean over the drawings whose completion has any length.
        human_overlap: the same of what the human drew after the prefix.
        diversity: mean distance, over all pairs, of the 40 x 40 thumbnails of nine endings of one prefix, prefix
            included; the mean of a category's prefixes, then over the categories. Measured on some of the prefixes.
        human_diversity: the same of nine whole human drawings of each of these categories.
        diversity_ratio: the one by the other.
    """

    drawings: int
    ended: float | None
    own_category: float | None
    points_ratio: Spread | None
    ink_ratio: Spread | None
    overlap: float | None
    human_overlap: float | None
    diversity: float | None = None
    human_diversity: float | None = None

    @property
    def diversity_ratio(self) -> float | None:
        if self.diversity is None or not self.human_diversity:
            return None
        return self.diversity / self.human_diversity


def figures_of(starts: Sequence[Start], completions: Iterable[Completion]) -> Figures:
    """What the completions of starts are like, one of each, without their diversity."""
    rows = [_measured(start, completion) for start, completion in zip(starts, completions, strict=True)]
    columns = np.array(rows, np.float64).reshape(-1, 6).T
    ended, own, points, ink, overlap, human = (column[np.isfinite(column)] for column in columns)
    return Figures(len(rows), _mean(ended), _mean(own), _spread(points), _spread(ink), _mean(overlap), _mean(human))


def drawn_by_model(completion: Completion) -> tuple[tuple[Stroke, ...], int]:
    """The model's strokes, and how many points it drew: the one that a cut stroke goes on from is the human's."""
    prefix = completion.request.prefix
    strokes = completion.sketch.strokes[len(prefix.strokes) :]
    return strokes, sum(map(len, strokes)) - (prefix.pen_down and bool(strokes))


def human_diversities(drawings: Iterable[Sketch]) -> Iterator[Pair]:
    """(category, diversity of its first nine drawings) of each category that has two or more.

    Args:
        drawings: whole, category by category.
    """
    for category, group in groupby(drawings, key=lambda drawing: drawing.category):
        some = list(islice(group, ENDINGS))
        if len(some) > 1:
            yield category or "", diversity(some)


def mean_over_categories(pairs: Iterable[Pair]) -> float | None:
    """The mean of the categories' means; None without any."""
    values: dict[str, list[float]] = {}
    for category, value in pairs:
        values.setdefault(category, []).append(value)
    return float(np.mean([np.mean(part) for part in values.values()])) if values else None


def _measured(start: Start, completion: Completion) -> tuple[float, ...]:
    """ended, own category, points ratio, ink ratio, overlap, human overlap; NaN where there is none."""
    strokes, points = drawn_by_model(completion)
    human_points = start.drawing.point_count - start.cut.point_count
    ink, human_ink = ink_length(strokes) / start.unit, ink_length(start.rest)
    return (
        completion.ended,
        completion.category == start.drawing.category,
        points / human_points if human_points else np.nan,
        ink / human_ink if human_ink else np.nan,
        _share_within(strokes, start.prefix),
        _share_within(start.rest, start.cut),
    )


def _share_within(strokes: Sequence[Stroke], prefix: Sketch) -> float:
    """The share of the strokes' ink that lies within the prefix's box."""
    ink, box = ink_length(strokes), prefix.bounds()
    return ink_within(strokes, box) / ink if ink and box else np.nan


def _spread(values: np.ndarray) -> Spread | None:
    return Spread(*(float(value) for value in np.percentile(values, (10, 50, 90)))) if len(values) else None


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None
