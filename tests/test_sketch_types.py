"""Sketches and strokes as values: what is worked out once is right, and they are the same in another process."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from sketchrnn.sketch.types import Sketch, Stroke
from tests.random_sketches import wild_sketches


@pytest.mark.parametrize("sketch", wild_sketches(0, 20), ids=lambda s: f"{s.point_count} points")
def test_a_strokes_box_is_that_of_its_points(sketch: Sketch) -> None:
    for stroke in sketch.strokes:
        assert stroke.bounds() == (*stroke.points.min(0), *stroke.points.max(0)) == Sketch((stroke,)).bounds()
        assert all(type(side) is float for side in stroke.bounds())
        there = stroke.with_points(stroke.points + np.float32(3))
        assert there.bounds() == (*there.points.min(0), *there.points.max(0)), "another stroke, another box"


INKED = Sketch((Stroke([(1, 2), (3, 4)], "model", "teal", [0.5, 1.5]), Stroke([(5, 6)])), "cat", (("seed", "7"),), True)
_LOOK = """
import pickle, sys
here, there = pickle.load(sys.stdin.buffer)
made = type(here)(tuple(type(s)(s.points, s.author, s.ink, s.widths) for s in here.strokes), *there)
print(here == made, hash(here) == hash(made), len({*here.strokes, *made.strokes}), here.bounds())
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_sketch_is_the_same_where_hashes_are_others(seed: str) -> None:
    assert len({hash(INKED), *map(hash, INKED.strokes), INKED.bounds()}) == 4, "all that is kept is worked out"
    sent = pickle.dumps((INKED, (INKED.category, INKED.provenance, INKED.pen_down)))
    ran = subprocess.run(
        [sys.executable, "-c", _LOOK], input=sent, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}
    )
    assert ran.stdout.decode().strip() == f"True True 2 {INKED.bounds()}", ran.stderr.decode()


def test_equal_strokes_are_one_in_a_set_be_their_zeros_negative() -> None:
    plain, negative = Stroke([[0.0, 1.0], [2.0, 0.0]]), Stroke([[-0.0, 1.0], [2.0, -0.0]])
    assert plain == negative and len({plain, negative}) == 1


@pytest.mark.parametrize("again", [lambda sketch: pickle.loads(pickle.dumps(sketch)), copy.copy, copy.deepcopy])
def test_what_comes_out_of_a_copy_cannot_be_changed(again) -> None:
    copied = again(INKED)
    assert copied == INKED and hash(copied) == hash(INKED)
    for stroke in copied.strokes:
        assert not stroke.points.flags.writeable and (stroke.widths is None or not stroke.widths.flags.writeable)
    assert again(INKED.strokes[0]).widths.tolist() == [0.5, 1.5]
