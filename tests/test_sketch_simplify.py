"""Resampling and Ramer-Douglas-Peucker against their defining properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchrnn.sketch import simplify
from sketchrnn.sketch.simplify import rdp, rdp_mask, resample

_LINES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=0, max_size=40).map(
    lambda pairs: np.array(pairs, np.float64).reshape(-1, 2)
)
DEGENERATE = {
    "none": np.zeros((0, 2)),
    "one": np.array([[3.0, 4.0]]),
    "two equal": np.array([[3.0, 4.0]] * 2),
    "many equal": np.array([[3.0, 4.0]] * 300),
    "closed": np.array([[0, 0], [9, 0], [9, 9], [0, 0]], np.float64),
}


def _textbook(points: np.ndarray, tolerance: float) -> list[int]:
    """Indices kept, by the recursive definition, with the distance from the textbook's cross product."""
    if len(points) < 3:
        return list(range(len(points)))
    start, along = points[0], points[-1] - points[0]
    away = points[1:-1] - start
    length = np.hypot(*along)
    distance = np.hypot(*away.T) if length == 0 else np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]) / length
    split = int(distance.argmax()) + 1
    if distance[split - 1] <= tolerance:
        return [0, len(points) - 1]
    right = [split + index for index in _textbook(points[split:], tolerance)]
    return _textbook(points[: split + 1], tolerance)[:-1] + right


def _distance_to_line(point, start, end):
    along, away = end - start, point - start
    length = np.hypot(*along)
    return np.hypot(*away) if length == 0 else abs(along[0] * away[1] - along[1] * away[0]) / length


@given(_LINES, st.sampled_from([0.0, 0.5, 2.0, 7.3]))
def test_every_dropped_point_lies_within_the_tolerance(points, tolerance):
    kept = np.flatnonzero(rdp_mask(points, tolerance))
    if len(points):
        assert kept[0] == 0 and kept[-1] == len(points) - 1
    for first, last in zip(kept[:-1], kept[1:], strict=True):
        for index in range(first + 1, last):
            assert _distance_to_line(points[index], points[first], points[last]) <= tolerance + 1e-9


def test_the_choice_is_the_textbooks():
    rng = np.random.default_rng(1)
    for _ in range(60):
        points = rng.normal(size=(rng.integers(2, 200), 2)).cumsum(0)  # no ties: rounding cannot decide
        assert np.flatnonzero(rdp_mask(points, 0.8)).tolist() == _textbook(points, 0.8)


def test_long_lines_are_split_as_short_ones_are(monkeypatch):
    points = np.random.default_rng(2).normal(size=(9000, 2)).cumsum(0)
    by_hulls = rdp_mask(points, 0.7)
    monkeypatch.setattr(simplify, "_BRUTE", 10**9)
    assert np.array_equal(by_hulls, rdp_mask(points, 0.7))


@pytest.mark.parametrize("shape", ["zigzag", "spiral", "straight", "equal"])
def test_a_hundred_thousand_points(shape):
    steps = np.arange(100_000)
    points = {
        "zigzag": np.stack([steps * 1.0, (steps % 2) * 5.0], 1)[:15_000],  # every split peels off one point
        "spiral": np.stack([np.cos(steps / 3000), np.sin(steps / 3000)], 1) * steps[:, None],
        "straight": np.stack([steps, steps * 2.0], 1),
        "equal": np.ones((100_000, 2)),
    }[shape]
    kept = rdp_mask(points, 2.0).sum()
    assert {"zigzag": kept > 14_900, "spiral": 100 < kept < 5000, "straight": kept == 2, "equal": kept == 2}[shape]


def test_corners_are_kept_and_points_between_dropped():
    corners = np.array([[0, 0], [100, 0], [100, 50], [3, 48]], np.float64)
    assert np.array_equal(rdp(resample(corners, 1.0), 2.0), corners)


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_lines(name):
    points = DEGENERATE[name]
    assert len(rdp(points, 2.0)) == {"none": 0, "one": 1, "closed": 4}.get(name, 2)
    out = resample(points, 1.0)
    assert len(out) == {"none": 0, "one": 2, "closed": 32}.get(name, 2)  # 9 + 9 + 12.7 long: 31 steps and the end
    assert np.array_equal(out[:1], points[:1]) and np.array_equal(out[-1:], points[-1:])


@given(_LINES, st.sampled_from([0.3, 1.0, 7.0]))
def test_resampled_points_lie_on_the_line_at_even_spacing(points, spacing):
    out = resample(points, spacing)
    length = np.hypot(*np.diff(points, axis=0).T).sum() if len(points) else 0
    if length == 0:
        assert len(out) == 2 * bool(len(points))
        return
    assert np.array_equal(out[[0, -1]], points[[0, -1]])
    assert len(out) == np.ceil(length / spacing - 1e-9) + 1 or len(out) == np.floor(length / spacing) + 2
    assert (np.hypot(*np.diff(out, axis=0).T) <= spacing + 1e-9).all()
    ends = zip(points[:-1], points[1:], strict=True)
    distances = np.array([_distances_to_segment(out, start, end) for start, end in ends])
    assert distances.min(0).max() < 1e-9


def _distances_to_segment(points, start, end):
    along = end - start
    part = np.clip((points - start) @ along / max(along @ along, 1e-30), 0, 1)
    return np.hypot(*(points - start - part[:, None] * along).T)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="tolerance"):
        rdp(np.zeros((3, 2)), -1)
    with pytest.raises(ValueError, match="tolerance"):
        rdp(np.zeros((3, 2)), np.nan)
    with pytest.raises(ValueError, match="shape"):
        rdp(np.zeros((3, 3)), 1)
    with pytest.raises(ValueError, match="spacing"):
        resample(np.zeros((3, 2)), 0)


@pytest.mark.parametrize("at", [1, 255, 256, 257, 5000, 8959, 8960, 8961, 8998])
def test_a_corner_anywhere_on_a_long_line_is_kept(at):
    points = np.stack([np.arange(9000.0), np.zeros(9000)], 1)
    points[at, 1] = 9
    assert np.flatnonzero(rdp_mask(points, 2.0)).tolist() == sorted({0, at - 1, at, at + 1, 8999})


def test_what_lies_just_at_the_tolerance_is_dropped():
    assert rdp(np.array([[0, 0], [5, 2], [10, 0]]), 2.0).tolist() == [[0, 0], [10, 0]]
    assert len(rdp(np.array([[0, 0], [5, 2.001], [10, 0]]), 2.0)) == 3
    assert len(rdp(np.array([[0, 0], [1, 0], [2, 0], [7, 0]]), 0.0)) == 2
