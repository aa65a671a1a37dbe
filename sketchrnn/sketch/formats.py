"""Polylines <-> stroke-3 <-> stroke-5. All of them keep the space (units) that they are given."""

from __future__ import annotations

import numpy as np

from sketchrnn.sketch.types import Author, Sketch, Stroke

START_TOKEN = np.array([0, 0, 1, 0, 0], np.float32)
"""The row that a decoder reads before the first point (Ha & Eck 2017, section 3.1)."""


def to_stroke3(sketch: Sketch) -> np.ndarray:
    """Rows (dx, dy, pen_lifted), (n, 3) float32; the first row is the absolute first point.

    `pen_lifted` of the last row is 0 if the sketch was cut before its last pen-up.
    """
    if not sketch.strokes:
        return np.zeros((0, 3), np.float32)
    points = sketch.points().astype(np.float64)
    rows = np.zeros((len(points), 3), np.float32)
    rows[:, :2] = np.diff(points, axis=0, prepend=0)
    rows[np.cumsum([len(stroke) for stroke in sketch.strokes]) - 1, 2] = 1
    if sketch.pen_down:
        rows[-1, 2] = 0
    return rows


def from_stroke3(rows: np.ndarray, author: Author = "hand", category: str | None = None) -> Sketch:
    """The sketch of stroke-3 rows, (n, 3), whose first row is its absolute first point.

    Raises:
        ValueError: another shape, or rows that are not finite.
    """
    rows = np.asarray(rows, np.float64)
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise ValueError(f"expected stroke-3 rows of shape (n, 3), got {rows.shape}")
    points = np.cumsum(rows[:, :2], axis=0)
    cuts = np.flatnonzero(rows[:, 2] > 0.5) + 1
    strokes = tuple(Stroke(part, author) for part in np.split(points, cuts) if len(part))
    return Sketch(strokes, category, pen_down=bool(len(rows)) and not rows[-1, 2] > 0.5)


def to_stroke5(rows: np.ndarray, length: int | None = None) -> np.ndarray:
    """Stroke-5 rows (dx, dy, p1, p2, p3) of stroke-3 rows, ended by an end row and padded with end rows.

    Args:
        rows: (n, 3) stroke-3.
        length: rows wanted, at least n + 1; default n + 1. No start token is put in front.

    Returns:
        (length, 5) float32; rows n and after are (0, 0, 0, 0, 1).

    Raises:
        ValueError: a length that leaves no room for the end row.
    """
    rows = np.asarray(rows, np.float32).reshape(-1, 3)
    length = len(rows) + 1 if length is None else length
    if length < len(rows) + 1:
        raise ValueError(f"expected a length of at least {len(rows) + 1} (points and the end row), got {length}")
    out = np.zeros((length, 5), np.float32)
    out[: len(rows)] = point_rows(rows)
    out[len(rows) :, 4] = 1
    return out


def point_rows(rows: np.ndarray) -> np.ndarray:
    """(n, 3) stroke-3 -> (n, 5) float32 stroke-5 of these points alone, without start token and end."""
    out = np.zeros((len(rows), 5), np.float32)
    out[:, :2], out[:, 2], out[:, 3] = rows[:, :2], 1 - rows[:, 2], rows[:, 2]
    return out


def from_stroke5(rows: np.ndarray) -> np.ndarray:
    """Stroke-3 rows before the first end row, (n, 3) float32; all of them where there is no end row.

    Raises:
        ValueError: another shape than (m, 5).
    """
    rows = np.asarray(rows, np.float32)
    if rows.ndim != 2 or rows.shape[1] != 5:
        raise ValueError(f"expected stroke-5 rows of shape (m, 5), got {rows.shape}")
    ends = np.flatnonzero(rows[:, 4] > 0.5)
    rows = rows[: ends[0]] if len(ends) else rows
    return np.stack([rows[:, 0], rows[:, 1], rows[:, 3]], axis=1)
