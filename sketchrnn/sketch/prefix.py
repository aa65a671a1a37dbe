"""The start of a drawing."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from sketchrnn.sketch.types import Sketch, Stroke


def prefix_of(sketch: Sketch, fraction: float) -> Sketch:
    """The first part of a sketch's points: `fraction` of them, rounded up, and at least 2 where it has 2.

    Args:
        fraction: above 0, at most 1.

    Raises:
        ValueError: another fraction.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"expected a fraction above 0 and at most 1, got {fraction}")
    # 0.07 * 100 is 7.000000000000001, which is 7 points
    return first_points(sketch, max(2, math.ceil(round(fraction * sketch.point_count, 9))))


def first_points(sketch: Sketch, count: int) -> Sketch:
    """The sketch's first `count` points, or all it has; `pen_down` where the cut goes through a stroke.

    Raises:
        ValueError: a count below zero.
    """
    if count < 0:
        raise ValueError(f"expected a count of at least 0, got {count}")
    if count >= sketch.point_count:
        return sketch
    strokes: list[Stroke] = []
    for stroke in sketch.strokes:
        if count < len(stroke):
            cut = [_first(stroke, count)] if count else []
            return sketch.with_strokes(strokes + cut, pen_down=bool(cut))
        strokes.append(stroke)
        count -= len(stroke)
    return sketch


def first_part(sketch: Sketch, part: float) -> Sketch:
    """What is drawn when `part` of the whole line's length is, cut between two points where need be.

    Args:
        part: 0 (nothing but what has no length) to 1 (all).
    """
    if part >= 1:
        return sketch
    lengths = [_along(stroke) for stroke in sketch.strokes]
    left = part * sum(float(along[-1]) for along in lengths)
    strokes: list[Stroke] = []
    for stroke, along in zip(sketch.strokes, lengths, strict=True):
        if left < along[-1]:
            return sketch.with_strokes([*strokes, *_cut(stroke, along, left)])
        strokes.append(stroke)
        left -= float(along[-1])
    return sketch


def _along(stroke: Stroke) -> np.ndarray:
    """Length of the line up to each point, (n,) float64."""
    steps = np.hypot(*np.diff(stroke.points.astype(np.float64), axis=0).T)
    return np.append(0, np.cumsum(steps))


def _cut(stroke: Stroke, along: np.ndarray, length: float) -> list[Stroke]:
    """The first `length` of a stroke, or nothing."""
    if length <= 0:
        return []
    whole = int(np.searchsorted(along, length, side="left"))
    tip = [np.interp(length, along, stroke.points[:, axis]) for axis in (0, 1)]
    widths = None
    if stroke.widths is not None:
        widths = np.append(stroke.widths[:whole], np.interp(length, along, stroke.widths))
    return [replace(stroke, points=np.concatenate([stroke.points[:whole], [tip]]), widths=widths)]


def _first(stroke: Stroke, count: int) -> Stroke:
    widths = None if stroke.widths is None else stroke.widths[:count]
    return replace(stroke, points=stroke.points[:count], widths=widths)
