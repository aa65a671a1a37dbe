"""Sketches and strokes as values: what is worked out once is right."""

from __future__ import annotations

import numpy as np
import pytest

from sketchrnn.sketch.types import Sketch
from tests.random_sketches import wild_sketches


@pytest.mark.parametrize("sketch", wild_sketches(0, 20), ids=lambda s: f"{s.point_count} points")
def test_a_strokes_box_is_that_of_its_points(sketch: Sketch) -> None:
    for stroke in sketch.strokes:
        assert stroke.bounds() == (*stroke.points.min(0), *stroke.points.max(0)) == Sketch((stroke,)).bounds()
        assert all(type(side) is float for side in stroke.bounds())
        there = stroke.with_points(stroke.points + np.float32(3))
        assert there.bounds() == (*there.points.min(0), *there.points.max(0)), "another stroke, another box"
