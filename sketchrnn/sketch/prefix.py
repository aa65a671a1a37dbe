"""The start of a drawing."""

from __future__ import annotations

import math

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
    # 0.1 * 30 is 3.0000000000000004, which is 3 points
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
            cut = [Stroke(stroke.points[:count], stroke.author)] if count else []
            return sketch.with_strokes(strokes + cut, pen_down=bool(cut))
        strokes.append(stroke)
        count -= len(stroke)
    return sketch
