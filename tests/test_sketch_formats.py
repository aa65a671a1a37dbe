"""Polylines, stroke-3 and stroke-5: round trips, and what survives them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchrnn.sketch.formats import from_stroke3, from_stroke5, to_stroke3, to_stroke5
from sketchrnn.sketch.types import Sketch, Stroke

_POINT = st.tuples(st.integers(-5000, 5000), st.integers(-5000, 5000))
_LINES = st.lists(st.lists(_POINT, min_size=1, max_size=12), max_size=6)


def _sketch(lines, pen_down=False) -> Sketch:
    return Sketch(tuple(Stroke(np.array(line, np.float32)) for line in lines), pen_down=pen_down and bool(lines))


@settings(max_examples=60)
@given(_LINES, st.booleans())
def test_polylines_survive_stroke3_and_stroke5(lines, pen_down):
    sketch = _sketch(lines, pen_down)
    rows = to_stroke3(sketch)
    assert rows.shape == (sketch.point_count, 3)
    assert from_stroke3(rows) == sketch
    assert np.array_equal(from_stroke5(to_stroke5(rows)), rows)
    assert np.array_equal(from_stroke5(to_stroke5(rows, len(rows) + 7)), rows)


def test_rows_by_hand():
    sketch = _sketch([[(3, 4), (5, 4)], [(5, 9)]])
    assert to_stroke3(sketch).tolist() == [[3, 4, 0], [2, 0, 1], [0, 5, 1]]
    assert to_stroke5(to_stroke3(sketch), 5).tolist() == [
        [3, 4, 1, 0, 0],
        [2, 0, 0, 1, 0],
        [0, 5, 0, 1, 0],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 0, 1],
    ]


def test_a_cut_stroke_an_end_at_row_0_and_nothing_are_kept_apart():
    cut = _sketch([[(0, 0), (1, 1)]], pen_down=True)
    assert to_stroke3(cut)[-1, 2] == 0
    assert from_stroke3(to_stroke3(cut)).pen_down
    ended_at_once = np.array([[0, 0, 0, 0, 1], [9, 9, 1, 0, 0]], np.float32)
    assert from_stroke5(ended_at_once).shape == (0, 3)
    never_ended = np.array([[1, 1, 1, 0, 0]], np.float32)
    assert from_stroke5(never_ended).tolist() == [[1, 1, 0]]
    assert to_stroke5(to_stroke3(Sketch())).tolist() == [[0, 0, 0, 0, 1]]
    assert from_stroke3(np.zeros((0, 3))) == Sketch()


def test_300_points_of_fractions_drift_less_than_a_thousandth():
    line = np.random.default_rng(0).uniform(0, 255, (300, 2)).astype(np.float32)
    back = from_stroke3(to_stroke3(Sketch((Stroke(line),))))
    assert np.abs(back.points() - line).max() < 1e-3


@pytest.mark.parametrize("rows", [np.zeros((3, 2)), np.zeros(3), np.zeros((2, 5))])
def test_another_shape_is_refused(rows):
    with pytest.raises(ValueError, match="expected stroke-3"):
        from_stroke3(rows)


def test_no_room_for_the_end_row_is_refused():
    with pytest.raises(ValueError, match="at least 3"):
        to_stroke5(np.zeros((2, 3)), 2)


@pytest.mark.parametrize("points", [[[np.nan, 0]], [[np.inf, 0]], [[1e39, 0]], np.zeros((0, 2)), [[1, 2, 3]], [1, 2]])
def test_points_that_are_none_are_refused(points):
    with pytest.raises(ValueError, match="expected"):
        Stroke(np.array(points))


def test_a_stroke_cannot_be_changed_from_outside():
    points = np.zeros((2, 2), np.float32)
    stroke = Stroke(points)
    points[0] = 7
    assert stroke.points[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        stroke.points[0] = 1
    assert len({stroke, Stroke(np.zeros((2, 2))), Stroke(np.zeros((2, 2)), "model")}) == 2
