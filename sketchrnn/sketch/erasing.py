"""Which strokes an eraser touches: plain geometry."""

from __future__ import annotations

import numpy as np

from sketchrnn.sketch.types import Sketch, Stroke

Point = tuple[float, float]


def erase(sketch: Sketch, begin: Point, end: Point, radius: float) -> Sketch:
    """The sketch without the strokes that the eraser touches on its straight way; the same object if it touches none.

    Args:
        sketch: page units.
        begin, end: of the eraser's way, page units; may be equal.
        radius: of the eraser, page units.
    """
    left = tuple(stroke for stroke in sketch.strokes if not touches(stroke, begin, end, radius))
    return sketch if len(left) == len(sketch.strokes) else sketch.with_strokes(left)


def touches(stroke: Stroke, begin: Point, end: Point, radius: float) -> bool:
    """Whether the stroke comes within `radius` of the straight way from `begin` to `end`."""
    # every stroke is asked at every move of an eraser, and most lie elsewhere: that takes four numbers and no array
    left, top, right, bottom = stroke.bounds()
    if right < min(begin[0], end[0]) - radius or left > max(begin[0], end[0]) + radius:
        return False
    if bottom < min(begin[1], end[1]) - radius or top > max(begin[1], end[1]) + radius:
        return False
    points = stroke.points.astype(np.float64)
    a, b = np.array(begin, np.float64), np.array(end, np.float64)
    if _distance_to_way(points, a, b).min() <= radius:
        return True
    if len(points) == 1:
        return False
    heads, tails = points[:-1], points[1:]
    nearest = min(_distance_to_segments(a, heads, tails).min(), _distance_to_segments(b, heads, tails).min())
    return bool(nearest <= radius or _crosses(heads, tails, a, b).any())


def _distance_to_way(points: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distances of points (n, 2) to the segment a b, (n,)."""
    along = b - a
    part = np.clip((points - a) @ along / max(along @ along, 1e-12), 0, 1)
    return np.linalg.norm(points - a - part[:, None] * along, axis=1)


def _distance_to_segments(point: np.ndarray, heads: np.ndarray, tails: np.ndarray) -> np.ndarray:
    """Distances of one point to segments (n, 2) to (n, 2), (n,)."""
    along = tails - heads
    part = ((point - heads) * along).sum(1) / np.maximum((along * along).sum(1), 1e-12)
    return np.linalg.norm(point - heads - np.clip(part, 0, 1)[:, None] * along, axis=1)


def _crosses(heads: np.ndarray, tails: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Which segments (n, 2) to (n, 2) cross the segment a b properly, (n,) bool."""
    across_way = _side(a, b, heads) * _side(a, b, tails) < 0
    across_ink = _side(heads, tails, a) * _side(heads, tails, b) < 0
    return across_way & across_ink


def _side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """On which side of the line a b the point c lies, by sign; each of shape (2,) or (n, 2)."""
    along, there = b - a, c - a
    return along[..., 0] * there[..., 1] - along[..., 1] * there[..., 0]
