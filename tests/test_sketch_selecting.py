"""Which strokes are picked, and where they go: geometry, against shapes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from sketchrnn.sketch.selecting import (
    FARTHEST,
    HANDLES,
    Transform,
    bounds_of,
    handle_places,
    inside,
    scaling,
    stroke_at,
    transformed,
    within_lasso,
    without,
)
from sketchrnn.sketch.types import Sketch, Stroke
from tests.random_sketches import wild_sketches


def sketch_of(*lines) -> Sketch:
    return Sketch(tuple(Stroke(np.array(line, np.float32)) for line in lines))


SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
THREE = sketch_of([(2, 2), (8, 8)], [(50, 50)], [(20, 0), (20, 0), (40, 0)])


def test_the_topmost_stroke_within_reach_is_hit() -> None:
    both = sketch_of([(0, 0), (10, 0)], [(5, -5), (5, 5)])
    assert stroke_at(both, (5, 0), 1) == 1 and stroke_at(both, (1, 0.5), 1) == 0
    assert stroke_at(both, (1, 3), 1) is None and stroke_at(Sketch(), (0, 0), 9) is None
    assert stroke_at(THREE, (50, 51), 1) == 1, "a dot"
    assert stroke_at(THREE, (30, 0.5), 1) == 2, "between two points"


def test_a_lasso_holds_what_lies_within_it() -> None:
    assert within_lasso(THREE, SQUARE) == (0,)
    assert within_lasso(THREE, [(45, 45), (55, 45), (50, 60)]) == (1,)
    assert within_lasso(THREE, [(-99, -99), (99, -99), (99, 99), (-99, 99)]) == (0, 1, 2)
    for nothing in ([], [(0, 0)], [(0, 0), (9, 9)], [(5, 5)] * 9, [(0, 0), (5, 5), (9, 9)]):
        assert within_lasso(THREE, nothing) == ()
    assert within_lasso(Sketch(), SQUARE) == ()


@pytest.mark.parametrize(("end", "held"), [(14, True), (19, True), (21, False), (90, False)])
def test_half_of_a_stroke_decides(end: float, held: bool) -> None:
    line = sketch_of([(0, 5), (end, 5)])
    assert within_lasso(line, [(-1, 0), (10, 0), (10, 10), (-1, 10)]) == ((0,) if held else ())


def test_the_length_decides_and_not_the_points() -> None:
    dense = sketch_of([(x / 10, 5) for x in range(20)] + [(90, 5)])
    assert within_lasso(dense, SQUARE) == ()


def test_a_lasso_turns_either_way_and_over_itself() -> None:
    eight = [(0, 0), (10, 10), (10, 0), (0, 10)]  # two triangles that turn in opposite ways
    dots = sketch_of([(9, 5)], [(5, 1)], [(1, 5)], [(5, 9)])
    assert within_lasso(dots, eight) == (0, 2)
    twice = SQUARE + SQUARE
    assert within_lasso(dots, twice) == within_lasso(dots, SQUARE[::-1]) == (0, 1, 2, 3)


@pytest.mark.parametrize("seed", range(5))
def test_inside_is_what_a_drawing_library_fills(seed: int) -> None:
    import pygame

    random = np.random.default_rng(seed)
    corners = random.integers(2, 98, (7, 2))
    corners = corners[np.argsort(np.arctan2(*(corners - corners.mean(0)).T))]  # a star: it does not cross itself
    surface = pygame.Surface((100, 100))
    pygame.draw.polygon(surface, (255, 255, 255), corners.tolist())
    filled = pygame.surfarray.array3d(surface)[:, :, 0] > 0
    at = np.stack(np.meshgrid(np.arange(100), np.arange(100), indexing="ij"), axis=-1).reshape(-1, 2).astype(float)
    ours = inside(at, corners.astype(float)).reshape(100, 100)
    assert (ours != filled).mean() < 0.06 and ours.any(), "but for the outline itself"
    edge = filled & ~ours
    assert not (ours & ~filled).any() or (ours & ~filled).sum() <= edge.sum()


def test_the_handles_of_a_box() -> None:
    assert handle_places((0, 0, 10, 20)) == {name: (10 * x, 20 * y) for name, (x, y) in HANDLES.items()}
    assert set(handle_places((0, 0, 10, 0))) == {"nw", "ne", "se", "sw", "e", "w"}
    assert set(handle_places((0, 0, 0, 10))) == {"nw", "ne", "se", "sw", "n", "s"}
    assert handle_places((3, 3, 3, 3)) == {}, "a dot"


@pytest.mark.parametrize("handle", HANDLES)
@pytest.mark.parametrize("box", [(0, 0, 10, 20), (-5, 3, 5, 3), (7, 7, 7, 9)])
def test_a_dragged_handle_takes_the_box_along(handle: str, box) -> None:
    places = handle_places(box)
    if handle not in places:
        return
    corners = np.array([box[:2], box[2:]], np.float64)
    still = scaling(box, handle, (0, 0)).of(corners)
    assert np.allclose(still, corners)
    arm = np.array(places[handle]) - np.array(scaling(box, handle, (0, 0)).about)
    twice = scaling(box, handle, (float(arm[0]), float(arm[1])))
    assert np.allclose(twice.of(np.array([places[handle]]))[0], np.array(places[handle]) + arm), (
        "it is under the pointer"
    )
    assert np.allclose(twice.of(np.array([twice.about]))[0], twice.about), "what is opposite stays"
    if len(handle) == 2:
        assert twice.scale == pytest.approx((2, 2)), "a corner keeps the proportions"
    else:
        assert sorted(twice.scale) == pytest.approx([1, 2])


@pytest.mark.parametrize("handle", HANDLES)
def test_it_is_never_turned_over_nor_lost(handle: str) -> None:
    for far in (-1e9, 1e9):
        transform = scaling((0, 0, 10, 20), handle, (far, far))
        assert all(0 < factor <= 20 for factor in transform.scale)
    box = (0.0, 0.0, 1.5, 1.0)
    for _ in range(50):
        corners = scaling(box, "se", (-99, -99)).of(np.array([box[:2], box[2:]]))
        box = tuple(corners.reshape(-1).tolist())
    assert max(box[2] - box[0], box[3] - box[1]) >= 0.99


def test_only_those_picked_are_moved() -> None:
    moved = transformed(THREE, (0, 2), Transform(by=(100, -1)))
    assert moved.strokes[1] is THREE.strokes[1]
    assert moved.strokes[0].points.tolist() == [[102, 1], [108, 7]]
    assert moved.strokes[2].points.tolist() == [[120, -1], [120, -1], [140, -1]]
    assert transformed(THREE, (), Transform(by=(1, 1))) == THREE


def test_a_stroke_keeps_who_drew_it_and_how() -> None:
    stroke = Stroke(np.array([[1, 2], [3, 4]]), "model", "teal", np.array([0.5, 1.5]))
    (moved,) = transformed(Sketch((stroke,)), (0,), Transform(scale=(2, 3), about=(1, 2))).strokes
    assert (moved.author, moved.ink) == ("model", "teal") and np.array_equal(moved.widths, stroke.widths)
    assert moved.points.tolist() == [[1, 2], [5, 8]]


def test_what_would_go_too_far_stays() -> None:
    assert transformed(THREE, (0, 1), Transform(by=(2 * FARTHEST, 0))) is THREE
    sketch = THREE
    for _ in range(40):
        sketch = transformed(sketch, (0, 1, 2), Transform(scale=(20, 20)))
    assert np.abs(sketch.points()).max() <= FARTHEST


def test_picked_strokes_are_taken_away() -> None:
    assert without(THREE, (0, 2)).strokes == THREE.strokes[1:2]
    assert without(THREE, ()).strokes == THREE.strokes and without(THREE, range(3)).strokes == ()
    assert bounds_of(THREE, (0, 1)) == (2, 2, 50, 50) and bounds_of(THREE, ()) is None


@pytest.mark.parametrize("sketch", wild_sketches(4, 20), ids=lambda s: f"{s.point_count} points")
def test_any_drawing_is_picked_scaled_and_moved(sketch: Sketch) -> None:
    left, top, right, bottom = sketch.bounds()
    around = [(left - 9, top - 9), (right + 9, top - 9), (right + 9, bottom + 9), (left - 9, bottom + 9)]
    everything = tuple(range(len(sketch.strokes)))
    assert within_lasso(sketch, around) == everything
    assert bounds_of(sketch, everything) == sketch.bounds()
    for name in handle_places(sketch.bounds()):
        after = transformed(sketch, everything, scaling(sketch.bounds(), name, (-3.0, 7.0)))
        assert np.isfinite(after.points()).all() and after.point_count == sketch.point_count


def test_what_is_moved_in_a_drawing_that_was_cut_leaves_its_pen_down():
    sketch = Sketch((Stroke([(0, 0), (5, 5)]), Stroke([(9, 9), (12, 9)])), pen_down=True)
    for indices in ((0,), (1,)):
        assert transformed(sketch, indices, Transform(by=(3, 4))).pen_down
