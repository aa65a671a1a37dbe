"""What is told of completions: small pictures and their distances, ink in a box, figures, against values by hand."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest

from sketchrnn.engine.figures import (
    Figures,
    Spread,
    drawn_by_model,
    figures_of,
    human_diversities,
    mean_over_categories,
)
from sketchrnn.engine.messages import Completion, continue_strokes
from sketchrnn.engine.trial import Settings, Start, request_of, starts_of, subset_of
from sketchrnn.sketch.measures import ink_length, ink_within
from sketchrnn.sketch.perturb import PERTURBATIONS, SPACING, Perturbation
from sketchrnn.sketch.prefix import prefix_of
from sketchrnn.sketch.raster.thumbnails import SIZE, distance, diversity, thumbnails
from sketchrnn.sketch.types import Sketch, Stroke


def sketch_of(*lines, category: str | None = "cat", key: int = 7, pen_down: bool = False) -> Sketch:
    strokes = [Stroke(np.array(line, np.float32)) for line in lines]
    return Sketch(strokes, category, (("key_id", str(key)),), pen_down)


ACROSS = sketch_of([[0, 0], [100, 0]])
DOWN = sketch_of([[3, 5], [3, 905]])
LEFT_RIGHT = sketch_of([[0, 0]], [[100, 0]])
TOP_BOTTOM = sketch_of([[0, 0]], [[0, 100]])


def test_a_line_across_the_thumbnail() -> None:
    (image,) = thumbnails([ACROSS])
    wanted = np.zeros((SIZE, SIZE))
    wanted[19:21, 3:37] = 1  # half a pixel between points: each pixel of the middle gets two halves in both rows
    wanted[19:21, [2, 37]] = 0.75
    assert image.dtype == np.float32
    assert np.allclose(image, wanted, atol=1e-4)


def test_distances_by_hand() -> None:
    across, down, sides, ends = thumbnails([ACROSS, DOWN, LEFT_RIGHT, TOP_BOTTOM])
    assert distance(across, across) == 0
    # 70.25 squared ink each, four full pixels of it shared
    assert distance(across, down) == pytest.approx(math.sqrt(2 * (70.25 - 4)), rel=1e-4)
    # two dots on the borders, four pixels of a half: disjoint
    assert not (sides * ends).any()
    assert distance(sides, ends) == pytest.approx(math.sqrt(2 * 4 * 0.25), rel=1e-4)


def test_place_and_size_do_not_count() -> None:
    moved = sketch_of([[50.5, 70], [57.5, 70]])
    assert distance(*thumbnails([ACROSS, moved])) == pytest.approx(0, abs=1e-3)


def test_diversity_is_the_mean_over_pairs() -> None:
    apart = distance(*thumbnails([ACROSS, DOWN]))
    assert diversity([ACROSS] * 9) == 0
    assert diversity([ACROSS, DOWN]) == pytest.approx(apart)
    assert diversity([ACROSS, ACROSS, DOWN]) == pytest.approx(2 / 3 * apart)
    with pytest.raises(ValueError, match="at least 2"):
        diversity([ACROSS])


@pytest.mark.parametrize(
    "lines",
    [[], [[[5, 5]]], [[[5, 5], [5, 5]]], [[[-1e6, 0], [1e6, 1e-6]]], [np.random.default_rng(0).random((300, 2))]],
)
def test_any_sketch_has_a_thumbnail(lines) -> None:
    (image,) = thumbnails([sketch_of(*lines)])
    assert image.shape == (SIZE, SIZE)
    assert image.any() == bool(len(lines))
    assert image.min() >= 0 and image.max() <= 1
    assert thumbnails([]).shape == (0, SIZE, SIZE)


def test_thumbnails_are_much_like_the_pictures_of_another_program(reference: Path, fixtures: Path) -> None:
    spec = importlib.util.spec_from_file_location("judge", reference / "judge" / "judge.py")
    judge = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(judge)
    from sketchrnn.data.read import read_sketches

    sketches = list(read_sketches(fixtures / "simplified.ndjson"))[:60]
    judge._weights.close()  # a file that it leaves open
    theirs = judge.rasterise([[stroke.points.T.tolist() for stroke in sketch.strokes] for sketch in sketches]) / 255
    ours = thumbnails(sketches)
    alike = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(ours, theirs, strict=True)]
    assert min(alike) > 0.95  # measured: 0.97
    pairs = [(i, (7 * i + 3) % len(ours)) for i in range(len(ours)) if i != (7 * i + 3) % len(ours)]
    ratio = np.mean([distance(ours[i], ours[j]) for i, j in pairs]) / np.mean(
        [distance(theirs[i], theirs[j]) for i, j in pairs]
    )
    assert 0.9 < ratio < 1.1


BOX = (0.0, 0.0, 10.0, 10.0)


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        ([[2, 2], [2, 8], [9, 8]], 13),
        ([[-5, 5], [5, 5]], 5),
        ([[-5, 5], [25, 5]], 10),
        ([[0, 0], [10, 0]], 10),  # the border is inside
        ([[0, 10.5], [10, 10.5]], 0),
        ([[-3, -3], [20, 20]], 10 * math.sqrt(2)),
        ([[-1, 9], [2, 12]], 0),  # passes the corner
        ([[3, 3]], 0),
        ([[3, 3], [3, 3]], 0),
        ([[20, 0], [20, 10]], 0),
    ],
)
def test_ink_within_a_box(line, inside: float) -> None:
    assert ink_within(sketch_of(line).strokes, BOX) == pytest.approx(inside)


def test_ink_within_a_box_as_counted_along_the_line() -> None:
    points = np.random.default_rng(4).uniform(-20, 30, (200, 2))
    part = np.linspace(0, 1, 2001)[:, None, None]
    along = points[None, :-1] * (1 - part) + points[None, 1:] * part
    share = ((along >= 0) & (along <= 10)).all(-1).mean(0)
    counted = (share * np.hypot(*np.diff(points, axis=0).T)).sum()
    assert ink_within(sketch_of(points).strokes, BOX) == pytest.approx(counted, rel=0.01)
    assert ink_within([], BOX) == ink_length([]) == 0


# ten points: five to the right, then five down
CORNER = sketch_of([[10 * i, 0] for i in range(5)] + [[40, 10 * i] for i in range(1, 6)])


def completion(start: Start, rows, ended: bool = True, category: str | None = "cat") -> Completion:
    sketch = continue_strokes(start.prefix, np.array(rows, np.float32).reshape(-1, 3))
    return Completion(request_of(start, Settings()), 0, sketch, ended, category)


def test_starts_are_cut_and_the_rest_goes_on() -> None:
    (start,) = starts_of([CORNER], 0.21)
    assert start.cut is start.prefix and start.cut.pen_down
    assert start.cut.points().tolist() == [[0, 0], [10, 0], [20, 0]]  # rounded up
    assert [stroke.points[0].tolist() for stroke in start.rest] == [[20, 0]]
    assert ink_length(start.rest) == 70

    two = sketch_of([[0, 0], [1, 0]], [[5, 5], [6, 6], [7, 7]], [[9, 9]])
    assert [len(stroke) for stroke in starts_of([two], 0.3)[0].rest] == [3, 1]
    assert [len(stroke) for stroke in starts_of([two], 0.5)[0].rest] == [3, 1]  # the cut's last point is the first
    assert starts_of([two], 1.0)[0].rest == ()
    assert starts_of([sketch_of([[4, 4]])], 0.1)[0].rest == ()


def test_figures_by_hand() -> None:
    start, other = starts_of([CORNER, CORNER], 0.3)
    # on for 20 within the flat box, then 30 up: three points, the human drew seven
    first = completion(start, [(10, 0, 0), (0, 0, 0), (0, -30, 1)])
    second = completion(other, [(20, 0, 1)], ended=False, category="owl")
    assert drawn_by_model(first)[1] == 3 and drawn_by_model(second)[1] == 1
    figures = figures_of([start, other], [first, second])
    assert (figures.drawings, figures.ended, figures.own_category) == (2, 0.5, 0.5)
    low, high = 1 / 7, 3 / 7
    assert figures.points_ratio == Spread(*(pytest.approx(low + p * (high - low)) for p in (0.1, 0.5, 0.9)))
    assert figures.ink_ratio.median == pytest.approx((50 / 70 + 0) / 2)
    assert figures.overlap == pytest.approx(20 / 50)  # the second has no ink
    assert figures.human_overlap == 0  # all of it lies to the right of the box
    assert figures.diversity_ratio is None


def test_figures_do_not_hang_on_the_scale() -> None:
    twice = Perturbation("twice", lambda sketch, _: sketch.with_strokes(
        [Stroke(stroke.points * 2) for stroke in sketch.strokes], sketch.pen_down), 2.0)  # fmt: skip
    rows = np.array([(10, 0, 0), (0, 0, 0), (0, -30, 1)])
    (plain,), (large,) = starts_of([CORNER], 0.3), starts_of([CORNER], 0.3, twice)
    assert not large.known and large.rest == plain.rest
    figures = figures_of([plain], [completion(plain, rows)])
    assert figures_of([large], [completion(large, rows * (2, 2, 1))]) == figures


def test_figures_of_what_cannot_be_measured() -> None:
    start = starts_of([CORNER], 1.0)[0]
    figures = figures_of([start], [completion(start, [])])
    assert figures == Figures(1, 1.0, 1.0, None, None, None, None)
    assert figures_of([], []) == Figures(0, *[None] * 6)


def test_diversity_ratio() -> None:
    figures = Figures(1, *[None] * 6, diversity=3.0, human_diversity=12.0)
    assert figures.diversity_ratio == 0.25
    assert Figures(1, *[None] * 6, diversity=0.0, human_diversity=12.0).diversity_ratio == 0
    assert mean_over_categories([("cat", 1.0), ("cat", 3.0), ("owl", 8.0)]) == 5
    assert mean_over_categories([]) is None


def test_human_diversity_is_of_nine_of_each_category() -> None:
    cats = [ACROSS] * 9 + [DOWN] * 4  # the last four are beyond nine
    owls = [sketch_of([[0, 0], [100, 0]], category="owl"), sketch_of([[0, 0], [0, 9]], category="owl")]
    one = [sketch_of([[0, 0], [1, 1]], category="yak")]
    found = dict(human_diversities([*cats, *owls, *one]))
    assert found == {"cat": 0, "owl": pytest.approx(math.sqrt(2 * (70.25 - 4)), rel=1e-4)}


def test_requests_hold_what_decides() -> None:
    start = starts_of([sketch_of([[0, 0], [9, 9]], key=2**64 - 3)], 1)[0]
    request = request_of(start, Settings(temperature=0.5, candidates=3, seed=5), 3.5, endings=9)
    assert (request.category, request.temperature, request.scale, request.endings) == ("cat", 0.5, 3.5, 9)
    assert request.candidates == 3
    assert request.seed == 2  # 2**64 - 3 + 5 modulo 2**32
    assert request_of(start, Settings(told=False)).category is None
    assert request_of(starts_of([CORNER], 1, PERTURBATIONS[0])[0], Settings()).scale is None


def test_the_subset_takes_of_every_category_first() -> None:
    starts = starts_of([sketch_of([[0, 0], [1, 1]], category=c, key=9 - k) for k, c in enumerate("aaabbc")], 1)
    assert [start.drawing.note("key_id") for start in subset_of(starts, 5)] == ["4", "6", "9", "5", "8"]
    assert len(subset_of(starts)) == 6 and subset_of(starts[::-1], 3)[0].drawing.note("key_id") == "4"


PREFIX = sketch_of([[0, 0], [10, 0], [10, 20]], [[50, 50]], [[60, 60], [90, 60]], pen_down=True)
CHANGES = {change.name: change for change in PERTURBATIONS}


def changed(name: str, sketch: Sketch = PREFIX, seed: int = 1) -> Sketch:
    return CHANGES[name].change(sketch, seed)


def lists(sketch: Sketch) -> list:
    return [stroke.points.tolist() for stroke in sketch.strokes]


def test_perturbations() -> None:
    assert changed("unchanged") == PREFIX
    for factor in (0.5, 0.71, 1.41, 2):
        name = f"scaled-{factor:g}"
        assert np.allclose(changed(name).points(), factor * PREFIX.points()) and CHANGES[name].unit == factor
    reversed_order = changed("order-reversed")
    assert lists(reversed_order) == lists(PREFIX)[::-1] and not reversed_order.pen_down
    assert changed("backwards").points().tolist() == PREFIX.points().tolist()[::-1]
    assert not changed("backwards").pen_down

    shaken = [changed("jittered", seed=seed).points() for seed in (1, 1, 2)]
    assert (shaken[0] == shaken[1]).all() and (shaken[0] != shaken[2]).all()
    many = Sketch([Stroke(np.zeros((4000, 2)))])
    assert changed("jittered", many).points().std() == pytest.approx(2, rel=0.05)

    fine = changed("resampled")
    assert [len(stroke) for stroke in fine.strokes] == [16, 1, 16] and fine.pen_down
    assert np.hypot(*np.diff(fine.strokes[2].points, axis=0).T) == pytest.approx(SPACING)
    assert ink_length(fine.strokes) == ink_length(PREFIX.strokes)


@pytest.mark.parametrize("name", list(CHANGES))
@pytest.mark.parametrize(
    "sketch",
    [Sketch(), sketch_of([[3, 3]]), sketch_of([[3, 3], [3, 3]], pen_down=True), sketch_of(np.zeros((300, 2)))],
    ids=["empty", "one", "equal", "many"],
)
def test_perturbations_of_the_degenerate(name: str, sketch: Sketch) -> None:
    after = changed(name, sketch)
    assert len(after.strokes) == len(sketch.strokes)
    assert after.category == sketch.category and after.provenance == sketch.provenance
    if len(sketch.strokes) == 1 and name != "backwards":
        assert after.pen_down == sketch.pen_down


@pytest.mark.parametrize(
    ("points", "fraction", "wanted"),
    [(30, 0.1, 3), (100, 0.07, 7), (100, 0.55, 55), (31, 0.1, 4), (9, 0.1, 2), (1, 0.5, 1)],
)
def test_a_share_of_the_points_is_rounded_up_and_not_by_rounding(points: int, fraction: float, wanted: int) -> None:
    assert prefix_of(Sketch((Stroke(np.arange(2 * points).reshape(-1, 2)),)), fraction).point_count == wanted
