"""Which drawings go together, and padded batches of them, by whole-array operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.lib.stride_tricks import as_strided

from sketchrnn.data.augment import NONE, Augmentation, augment_points, dropped
from sketchrnn.data.corpus import Corpus
from sketchrnn.data.shared_numbers import SharedNumbers
from sketchrnn.data.stored import require_whole

EDGES = (*range(8, 64, 4), 64, 72, 80, 88, 96, 112, 128, 160, 192, 256)
"""Lengths to which batches are padded; each is compiled once, so they are few."""
WINDOW = 1024
"""Batches whose drawings are sorted by length together: enough to fill buckets, few enough to stay random. With lengths
like Quick, Draw!'s and batches of 100, padding is 9.8 % with 64 of them, 5.9 % with 256, 4.8 % with 1,024."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Padded drawings, sketch units, as numpy arrays.

    Args:
        rows: (T + 1, B, 5) float32 stroke-5; row 0 is the first point with its offset zeroed, row n the end row.
        lengths: (B,) int32, points of each drawing.
        given: (B,) int32, category that the model is told; the number of categories where it is told none.
        labels: (B,) int32, category that it is.
    """

    rows: np.ndarray
    lengths: np.ndarray
    given: np.ndarray
    labels: np.ndarray

    @property
    def padded_points(self) -> int:
        return (self.rows.shape[0] - 1) * self.rows.shape[1]

    @property
    def points(self) -> int:
        return int(self.lengths.sum())


@dataclass(frozen=True, eq=False)
class PlannedBatch:
    """Which drawings a batch holds, (B,) int64, and the length that it is padded to."""

    indices: np.ndarray
    length: int


def bucket(length: int) -> int:
    """The padded length for drawings of up to this many points: the next of `EDGES`, or of 64's multiples beyond."""
    place = int(np.searchsorted(EDGES, length))
    return EDGES[place] if place < len(EDGES) else -(-length // 64) * 64


def plan_epoch(lengths: np.ndarray, batch_size: int, seed: int, epoch: int, window: int = WINDOW) -> list[PlannedBatch]:
    """The batches of one epoch, in order: the same for the same arguments, on every host.

    Drawings are shuffled; within each window of `window` batches they are sorted by length and cut into batches of
    similar length, and the batches of the window are shuffled. What does not fill a batch at the end is left for
    another epoch (its order is another).

    Args:
        lengths: (D,), points of each drawing.
        batch_size: drawings in a batch.
        seed, epoch: of the order.
        window: batches sorted together.

    Raises:
        ValueError: fewer drawings than one batch.
    """
    if len(lengths) < batch_size:
        raise ValueError(f"expected at least {batch_size} drawings for a batch, got {len(lengths)}")
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(lengths))
    whole = len(order) // batch_size * batch_size
    plan = []
    for start in range(0, whole, window * batch_size):
        part = order[start : min(start + window * batch_size, whole)]
        rows = part[np.argsort(lengths[part], kind="stable")].reshape(-1, batch_size)
        for indices in rows[rng.permutation(len(rows))]:
            plan.append(PlannedBatch(rng.permutation(indices), bucket(int(lengths[indices].max()))))
    return plan


def plan_in_order(lengths: np.ndarray, batch_size: int) -> list[PlannedBatch]:
    """Every drawing once, sorted by length; the last batch may be smaller. For evaluation."""
    order = np.argsort(lengths, kind="stable")
    parts = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return [PlannedBatch(part, bucket(int(lengths[part].max()))) for part in parts]


def assemble(
    corpus: Corpus,
    planned: PlannedBatch,
    rng: np.random.Generator,
    augmentation: Augmentation = NONE,
    untold: int = 0,
) -> Batch:
    """The padded batch of planned drawings.

    Args:
        corpus: where they lie.
        planned: which, and how far to pad.
        rng: for the augmentation.
        augmentation: what is changed at random.
        untold: the first so many drawings are told no category.

    Raises:
        BadFile: they were mapped from a file that has been cut short.
    """
    require_whole(corpus)
    starts, lengths, labels = corpus.located(planned.indices)
    rows = _rows_from(corpus.points, starts, planned.length)
    inside = np.arange(planned.length) < lengths[:, None]
    lifted = (rows[..., 2] != 0) & inside
    points = np.cumsum(rows[..., :2], axis=1, dtype=np.float32)
    points = augment_points(points, augmentation, rng)
    if augmentation.drop:
        points, lifted, lengths = _drop(points, lifted, lengths, augmentation.drop, rng)
    labels = labels.astype(np.int32)
    given = labels.copy()
    given[:untold] = len(corpus.categories)
    return Batch(pad_rows(points, lifted, lengths), lengths.astype(np.int32), given, labels)


def _rows_from(points: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    """(B, length, 3) rows from each start on, whatever drawings they are of; the last row again beyond the end."""
    if len(starts) and starts.max() + length <= len(points):  # whole windows: ten times as fast as row by row
        row, value = points.strides
        windows = as_strided(points, (len(points) - length + 1, length, 3), (row, row, value), writeable=False)
        return windows[starts]
    return points[np.minimum(starts[:, None] + np.arange(length), len(points) - 1)]


def pad_rows(points: np.ndarray, lifted: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(T + 1, B, 5) float32 rows as in `Batch`, of absolute points (B, T, 2), pen states (B, T) bool, lengths (B,)."""
    count, steps = lifted.shape
    inside = np.arange(steps) < lengths[:, None]
    rows = np.zeros((steps + 1, count, 5), np.float32)
    rows[1:-1, :, :2] = np.diff(points, axis=1).transpose(1, 0, 2) * inside.T[1:, :, None]
    rows[:-1, :, 2] = (inside & ~lifted).T
    rows[:-1, :, 3] = (inside & lifted).T
    rows[:-1, :, 4] = ~inside.T
    rows[-1, :, 4] = 1
    return rows


def epoch_batches(
    corpus: Corpus,
    batch_size: int,
    seed: int,
    epoch: int,
    augmentation: Augmentation,
    untold: int,
    *,
    first: int = 0,
    share: slice | None = None,
) -> Iterator[Batch]:
    """The batches of an epoch from the `first` on; batch k is the same wherever one starts.

    Args:
        corpus: all drawings, the same on every host.
        batch_size: drawings in a batch.
        seed, epoch: of the order and of what is changed at random.
        augmentation: what is changed at random.
        untold: the first so many drawings of a batch are told no category.
        first: the batch to start with.
        share: the drawings of each batch that are made, as they are in the whole one; all by default.

    Raises:
        BadFile: the drawings were mapped from a file that has been cut short.
    """
    require_whole(corpus)
    plan = plan_epoch(corpus.lengths, batch_size, seed, epoch)
    for number, planned in enumerate(plan[first:], start=first):
        rng = np.random.default_rng([seed, epoch, number])
        if share is None or share == slice(0, batch_size):
            yield assemble(corpus, planned, rng, augmentation, untold)
            continue
        part = PlannedBatch(planned.indices[share], planned.length)
        numbers = cast(np.random.Generator, SharedNumbers(rng, batch_size, share))
        untold_here = min(max(untold - share.start, 0), share.stop - share.start)
        yield assemble(corpus, part, numbers, augmentation, untold_here)


def _drop(points, lifted, lengths, probability, rng):
    """Leave points out and close the gaps; the padded length stays."""
    steps = np.arange(lifted.shape[1])
    keep = (steps < lengths[:, None]) & ~dropped(lifted, lengths, probability, rng)
    lengths = keep.sum(axis=1)
    front = steps < lengths[:, None]
    order = np.empty(keep.shape, np.intp)  # of all points in a row: of each drawing those kept, then the others
    order[front], order[~front] = np.flatnonzero(keep), np.flatnonzero(~keep)
    return points.reshape(-1, 2).take(order, axis=0), lifted.take(order), lengths
