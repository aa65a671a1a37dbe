"""What is in a corpus: how many drawings of what, how long they are, and what was left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from sketchrnn.data.corpus import SPLIT_EDGES, Corpus, identity
from sketchrnn.data.report import Report

QUANTILES = (0.1, 0.5, 0.9, 0.99)
_TOGETHER = 1 << 14


@dataclass(frozen=True)
class Spread:
    """How a count per drawing is spread.

    Args:
        mean: its mean.
        p10, p50, p90, p99: so many percent of the drawings have at most this.
        max: its maximum.
    """

    mean: float
    p10: int
    p50: int
    p90: int
    p99: int
    max: int


@dataclass(frozen=True)
class CategoryStatistics:
    """One category (or all): drawings, points, drawings in each split, points and strokes per drawing."""

    name: str
    drawings: int
    points: int
    train: int
    valid: int
    test: int
    length: Spread
    strokes: Spread


@dataclass(frozen=True)
class Statistics:
    """All categories together, each one, and what became of what was read."""

    overall: CategoryStatistics
    categories: tuple[CategoryStatistics, ...]
    report: Report

    def as_dict(self) -> dict:
        """Values that JSON can hold: `overall`, `categories` (a list) and `report`."""
        return {
            "overall": asdict(self.overall),
            "categories": [asdict(category) for category in self.categories],
            "report": self.report.as_dict(),
        }

    def lines(self) -> list[str]:
        """A table with a row for each category and one for all, then the report."""
        rows = [_HEAD, *map(_row, self.categories)]
        rows += [_row(self.overall)] if len(self.categories) != 1 else []
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = [_aligned(row, widths) for row in rows]
        return [*table, "", *self.report.lines()]


def statistics(corpus: Corpus, report: Report | None = None) -> Statistics:
    """Count a corpus.

    Args:
        corpus: the drawings.
        report: what became of the drawings when it was read.
    """
    lengths, strokes, labels = corpus.lengths, stroke_counts(corpus), corpus.labels
    place = identity(corpus) % np.uint64(1000)
    splits = np.stack([(place >= low) & (place < high) for low, high in SPLIT_EDGES.values()])
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[order], np.arange(len(corpus.categories) + 1))
    parts = [order[first:last] for first, last in zip(ends[:-1], ends[1:], strict=True)]
    counted = [
        _counted(name, lengths[part], strokes[part], splits[:, part])
        for name, part in zip(corpus.categories, parts, strict=True)
    ]
    overall = _counted("all", lengths, strokes, splits)
    return Statistics(overall, tuple(counted), report or Report(read=len(corpus), kept=len(corpus)))


def stroke_counts(corpus: Corpus) -> np.ndarray:
    """Strokes of each drawing, (D,) int64: lifted pens, and one more where the drawing is cut before its last."""
    counts = np.zeros(len(corpus.offsets) - 1, np.int64)
    for first in range(0, len(counts), _TOGETHER):  # a sum of all at once makes an int64 copy of all points
        offsets = corpus.offsets[first : first + _TOGETHER + 1]
        lifted = corpus.points[offsets[0] : offsets[-1], 2]
        counts[first : first + _TOGETHER] = np.add.reduceat(lifted, offsets[:-1] - offsets[0])
    counts += corpus.points[corpus.offsets[1:] - 1, 2] == 0
    return counts if corpus.indices is None else counts[corpus.indices]


_HEAD = (
    "category",
    "drawings",
    "points",
    "train",
    "valid",
    "test",
    "length p10",
    "p50",
    "p90",
    "p99",
    "max",
    "strokes",
)


def _counted(name: str, lengths: np.ndarray, strokes: np.ndarray, splits: np.ndarray) -> CategoryStatistics:
    in_splits = dict(zip(SPLIT_EDGES, splits.sum(1).tolist(), strict=True))
    return CategoryStatistics(
        name, len(lengths), int(lengths.sum()), **in_splits, length=_spread(lengths), strokes=_spread(strokes)
    )


def _spread(values: np.ndarray) -> Spread:
    if not len(values):
        return Spread(0.0, 0, 0, 0, 0, 0)
    # a value that occurs, not one between two that do
    p10, p50, p90, p99 = np.quantile(values, QUANTILES, method="inverted_cdf").astype(int).tolist()
    return Spread(round(float(values.mean()), 2), p10, p50, p90, p99, int(values.max()))


def _row(category: CategoryStatistics) -> tuple[str, ...]:
    spread = category.length
    counts = (category.drawings, category.points, category.train, category.valid, category.test)
    lengths = (spread.p10, spread.p50, spread.p90, spread.p99, spread.max)
    return category.name, *(f"{count:,}" for count in counts + lengths), f"{category.strokes.mean:.1f}"


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join([first.strip().ljust(widths[0]), *others])
