"""How much ink there is, and how much of it lies in a box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchrnn.sketch.frame import Box
from sketchrnn.sketch.types import Stroke


def ink_length(strokes: Sequence[Stroke]) -> float:
    """The length of the lines, in their own unit."""
    return float(np.hypot(*(np.subtract(*_segments(strokes))).T).sum())


def ink_within(strokes: Sequence[Stroke], box: Box) -> float:
    """The length of what lies within a box, its border included, in the strokes' own unit.

    Reference:
        Liang and Barsky 1984, for how a segment is cut.
    """
    starts, ends = _segments(strokes)
    along = ends - starts
    enter, leave = np.zeros(len(starts)), np.ones(len(starts))
    for axis in (0, 1):
        low, high = box[axis] - starts[:, axis], box[axis + 2] - starts[:, axis]
        moving = along[:, axis] != 0
        step = np.where(moving, along[:, axis], 1)
        enter = np.where(moving, np.maximum(enter, np.minimum(low / step, high / step)), enter)
        leave = np.where(moving, np.minimum(leave, np.maximum(low / step, high / step)), leave)
        leave = np.where(~moving & ((low > 0) | (high < 0)), -1, leave)
    return float((np.hypot(*along.T) * np.maximum(leave - enter, 0)).sum())


def _segments(strokes: Sequence[Stroke]) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of every segment, (n, 2) float64 each."""
    lines = [stroke.points.astype(np.float64) for stroke in strokes]
    nothing = np.zeros((0, 2))
    starts = np.concatenate([nothing, *(line[:-1] for line in lines)])
    return starts, np.concatenate([nothing, *(line[1:] for line in lines)])
