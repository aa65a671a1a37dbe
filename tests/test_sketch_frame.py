"""Conversions between spaces, and the start of a drawing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchrnn.sketch.formats import to_stroke3, to_stroke5
from sketchrnn.sketch.frame import Frame, box_scale, from_model_units, noted_page, page_scale_of, to_model_units
from sketchrnn.sketch.prefix import first_part, first_points, prefix_of
from sketchrnn.sketch.types import Sketch, Stroke


def _sketch(*lengths: int) -> Sketch:
    """Strokes of so many points, one unit apart."""
    return Sketch(tuple(Stroke([(x, 10 * n) for x in range(length)]) for n, length in enumerate(lengths)), "cat")


def test_a_frame_goes_there_and_back():
    frame = Frame(2.5, (100, -40))
    sketch = _sketch(3, 2)
    outside = frame.from_sketch_units(sketch)
    assert outside.points()[1].tolist() == [102.5, -40]
    assert frame.to_sketch_units(outside) == sketch
    assert outside.category == "cat"


def test_what_is_noted_of_the_unit_ends_with_it():
    kept = (("model", "a"), ("seed", "7"))
    sketch = Sketch(_sketch(3).strokes, "cat", (kept[0], ("page", "600"), ("scale", "0.6"), kept[1]))
    for convert in (Frame(2.5).to_sketch_units, Frame(2.5).from_sketch_units):
        assert convert(sketch).provenance == kept
    assert noted_page(sketch) == 600
    for odd in ("", "nan", "inf", "-1", "0", "wide"):
        assert noted_page(Sketch(provenance=(("page", odd),))) is None


@given(st.tuples(*[st.integers(-50, 50)] * 2), st.integers(0, 300), st.integers(0, 300), st.integers(0, 20))
def test_what_is_fitted_lies_in_the_middle_and_touches_the_margin(corner, width, height, margin):
    bounds = (*corner, corner[0] + width, corner[1] + height)
    frame = Frame.fitting(bounds, (10, 20, 210, 120), margin)
    low, high = frame.points_from_sketch_units([bounds[:2], bounds[2:]])
    assert (low + high) / 2 == pytest.approx([110, 70])
    if width or height:
        gaps = low - (10 + margin, 20 + margin)
        assert gaps.min() == pytest.approx(0, abs=1e-6)
    else:
        assert frame.scale == 1


def test_a_largest_scale_and_nothing_to_fit():
    assert Frame.fitting((0, 0, 1, 1), (0, 0, 100, 100), most=3).scale == 3
    assert Frame.fitting(None, (0, 0, 100, 100)) == Frame(1, (50, 50))
    assert Frame.fitting((0, 0, 9, 9), (0, 0, 5, 5), margin=50).scale > 0  # no room at all


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_scales_that_cannot_be_are_refused(scale):
    with pytest.raises(ValueError, match="scale above 0"):
        Frame(scale)
    with pytest.raises(ValueError, match="scale factor above 0"):
        to_model_units(np.zeros((1, 3)), scale)


def test_an_origin_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="origin"):
        Frame(1, (float("nan"), 0))


def test_model_units_scale_offsets_alone():
    rows = to_stroke3(_sketch(3))
    assert to_model_units(rows, 4)[1].tolist() == [0.25, 0, 0]
    assert np.array_equal(from_model_units(to_model_units(rows, 4), 4), rows)
    assert to_model_units(to_stroke5(rows), 4)[2].tolist() == [0.25, 0, 0, 1, 0]
    assert rows[1, 0] == 1  # the rows given are not changed


@pytest.mark.parametrize(("side", "scale"), [(510, 0.5), (1e-9, 1e4), (1e9, 1e-4), (0, 0.25)])
def test_a_whole_drawing_s_larger_side_is_the_boxs_within_what_a_request_may_ask(side, scale):
    assert box_scale(Sketch((Stroke([[0, 0], [side / 2, side]]),)), 0.25) == pytest.approx(scale)


@pytest.mark.parametrize(
    ("side", "noted", "scale"),
    [
        (1000, None, 0.1275),
        (1000, "600", 0.425),
        (1000, "nan", 0.1275),
        (0, None, 1),
        (0, "510", 0.5),
        (1e9, None, 1e-4),
    ],
)
def test_a_pages_own_scale_is_what_it_notes_or_twice_the_drawing(side, noted, scale):
    notes = () if noted is None else (("page", noted),)
    sketch = Sketch((Stroke([[0, 0], [side / 2, side]]),), provenance=notes)
    assert page_scale_of(sketch) == pytest.approx(scale)
    assert page_scale_of(Sketch()) == 1


@pytest.mark.parametrize(
    ("fraction", "points", "pen_down"),
    [(0.1, 2, True), (0.3, 3, False), (0.31, 4, True), (0.7, 7, False), (0.99, 10, False), (1, 10, False)],
)
def test_prefixes_are_rounded_up_and_know_where_the_pen_is(fraction, points, pen_down):
    prefix = prefix_of(_sketch(3, 4, 3), fraction)
    assert (prefix.point_count, prefix.pen_down, prefix.category) == (points, pen_down, "cat")


def test_prefixes_of_next_to_nothing():
    assert prefix_of(Sketch(), 0.3) == Sketch()
    assert prefix_of(_sketch(1), 0.3) == _sketch(1)
    assert prefix_of(_sketch(1, 1), 0.01) == _sketch(1, 1)
    assert prefix_of(_sketch(30), 0.1).point_count == 3  # 0.1 * 30 is a little more than 3
    cut = first_points(_sketch(5), 3)
    assert prefix_of(cut, 1) == cut and cut.pen_down
    assert first_points(_sketch(5), 0) == Sketch((), "cat")


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, float("nan")])
def test_fractions_that_cannot_be_are_refused(fraction):
    with pytest.raises(ValueError, match="fraction"):
        prefix_of(_sketch(3), fraction)


def test_a_part_of_the_line_ends_between_points():
    sketch = _sketch(5, 1, 5)  # 4 long, a dot, 4 long
    assert first_part(sketch, 0.0).strokes == ()
    assert first_part(sketch, 0.3).points().tolist()[-1] == pytest.approx([2.4, 0])
    assert len(first_part(sketch, 0.5).strokes) == 2
    assert first_part(sketch, 1.0) is sketch
    assert first_part(_sketch(1), 0.5) == _sketch(1)
