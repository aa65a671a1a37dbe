"""Picking strokes out of a sketch, and moving and scaling them: plain geometry, in the sketch's own units."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from sketchrnn.sketch.erasing import touches
from sketchrnn.sketch.frame import Box
from sketchrnn.sketch.types import Sketch, Stroke

Point = tuple[float, float]

SAMPLES = 33
"""Places along a stroke that are looked up within a lasso."""
WITHIN = 0.5
"""Share of a stroke that a lasso has to hold."""
FARTHEST = 1e6
"""Units from the origin that a point may lie; what would go beyond stays where it is."""
SMALLEST, SHRINK, GROW = 1.0, 0.05, 20.0
"""Units of the longer side that a box is shrunk to at most, and the factors of one scaling."""

HANDLES: dict[str, Point] = {
    "nw": (0, 0),
    "n": (0.5, 0),
    "ne": (1, 0),
    "e": (1, 0.5),
    "se": (1, 1),
    "s": (0.5, 1),
    "sw": (0, 1),
    "w": (0, 0.5),
}
"""Places of a box that scale it, as shares of its width and height from its left top; north is up."""


@dataclass(frozen=True)
class Transform:
    """A point p goes to (p - about) * scale + about + by.

    Args:
        by: how far it is moved.
        scale: factors across and down, above 0.
        about: what stays where it is while it is scaled.
    """

    by: Point = (0.0, 0.0)
    scale: Point = (1.0, 1.0)
    about: Point = (0.0, 0.0)

    def of(self, points: np.ndarray) -> np.ndarray:
        """The points (n, 2) transformed, float64."""
        about = np.array(self.about, np.float64)
        return (np.asarray(points, np.float64) - about) * self.scale + about + self.by


def stroke_at(sketch: Sketch, at: Point, radius: float) -> int | None:
    """Index of the topmost stroke within `radius` of a place; None for none."""
    hit = (i for i in reversed(range(len(sketch.strokes))) if touches(sketch.strokes[i], at, at, radius))
    return next(hit, None)


def within_lasso(sketch: Sketch, outline: Sequence[Point]) -> tuple[int, ...]:
    """Indices of the strokes of which a lasso holds half or more, by length.

    Args:
        outline: places of the lasso in order; it closes by itself. Loops count as inside, whichever way they turn.
    """
    corners = np.array(outline, np.float64).reshape(-1, 2)
    if len(corners) < 3:
        return ()
    return tuple(i for i, s in enumerate(sketch.strokes) if inside(_along(s), corners).mean() >= WITHIN)


def inside(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which points lie within a closed outline: those that it goes around, (n,) bool.

    Args:
        points: (n, 2).
        corners: (m, 2) of the outline.

    Reference: the winding number, counted by crossings up and down (Sunday 2001).
    """
    x, y = points[:, :1], points[:, 1:]
    (ax, ay), (bx, by) = corners.T, np.roll(corners, -1, axis=0).T
    left = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
    upward, downward = (ay <= y) & (by > y) & (left > 0), (ay > y) & (by <= y) & (left < 0)
    return upward.sum(1) != downward.sum(1)


def bounds_of(sketch: Sketch, indices: Collection[int]) -> Box | None:
    """(left, top, right, bottom) of some of the strokes; None for none of them."""
    boxes = [sketch.strokes[i].bounds() for i in indices]
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def handle_places(box: Box) -> dict[str, Point]:
    """Where a box's handles are: those that have something to scale."""
    left, top, right, bottom = box
    wide, high = right > left, bottom > top
    able = {name: (wide or high) if len(name) == 2 else (wide if name in "ew" else high) for name in HANDLES}
    return {n: (left + x * (right - left), top + y * (bottom - top)) for n, (x, y) in HANDLES.items() if able[n]}


def scaling(box: Box, handle: str, by: Point) -> Transform:
    """What dragging a handle does: the opposite side or corner stays; a corner keeps the shape's proportions.

    Args:
        box: (left, top, right, bottom) of what is scaled.
        handle: one of `handle_places(box)`.
        by: how far it is dragged.
    """
    size = np.array([box[2] - box[0], box[3] - box[1]], np.float64)
    share = np.array(HANDLES[handle])
    about = np.array(box[:2]) + (1 - share) * size
    arm = (2 * share - 1) * size  # from what stays to the handle
    least = max(SHRINK, SMALLEST / max(size.max(), SMALLEST))
    factor = min(max(1 + float(arm @ by) / float(arm @ arm), least), GROW)
    scale = (factor, factor) if len(handle) == 2 else (factor, 1.0) if handle in "ew" else (1.0, factor)
    return Transform(scale=scale, about=(float(about[0]), float(about[1])))


def transformed(sketch: Sketch, indices: Collection[int], transform: Transform) -> Sketch:
    """The sketch with some of its strokes transformed; the same one where they would go beyond `FARTHEST`."""
    strokes = list(sketch.strokes)
    for i in indices:
        points = transform.of(strokes[i].points)
        if np.abs(points).max() > FARTHEST:
            return sketch
        strokes[i] = strokes[i].with_points(points.astype(np.float32))
    return sketch.with_strokes(strokes, sketch.pen_down)


def without(sketch: Sketch, indices: Collection[int]) -> Sketch:
    """The sketch without some of its strokes."""
    gone = set(indices)
    return sketch.with_strokes(stroke for i, stroke in enumerate(sketch.strokes) if i not in gone)


def _along(stroke: Stroke) -> np.ndarray:
    """Places at even distances along the line, (SAMPLES, 2); one for a stroke without length."""
    points = stroke.points.astype(np.float64)
    length = np.append(0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    if length[-1] == 0:
        return points[:1]
    at = np.linspace(0, length[-1], SAMPLES)
    return np.stack([np.interp(at, length, points[:, axis]) for axis in (0, 1)], axis=1)
