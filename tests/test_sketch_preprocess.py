"""Our preprocessing against Google's own simplified drawings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sketchrnn.sketch.preprocess import MOST_RESAMPLED, preprocess, simplify_ink
from sketchrnn.sketch.simplify import resample
from sketchrnn.sketch.types import Sketch, Stroke


def _drawings(path: Path) -> list[Sketch]:
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Sketch(tuple(Stroke(np.array(stroke[:2]).T) for stroke in record["drawing"]), record["word"])
        for record in records
    ]


def _matches(folder: Path) -> list[bool]:
    raw, simplified = _drawings(folder / "raw.ndjson"), _drawings(folder / "simplified.ndjson")
    return [preprocess(before) == after for before, after in zip(raw, simplified, strict=True)]


def test_the_fixtures_come_out_as_googles_point_for_point(fixtures):
    assert _matches(fixtures) == [True] * 20


def test_at_least_119_of_120_real_drawings_come_out_as_googles(reference):
    matches = _matches(reference / "real")
    assert len(matches) == 120
    assert sum(matches) >= 119


def test_the_other_one_lies_within_a_unit_of_googles_line(reference):
    raw, simplified = (_drawings(reference / "real" / name) for name in ("raw.ndjson", "simplified.ndjson"))
    pairs = zip(preprocess(raw[89]).strokes, simplified[89].strokes, strict=True)
    assert max(_apart(ours.points, google.points) for ours, google in pairs) < 1


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """The Hausdorff distance of two lines, to half a unit."""
    one, other = resample(one, 0.5), resample(other, 0.5)
    distances = np.hypot(*(one[:, None] - other[None]).transpose(2, 0, 1))
    return max(distances.min(0).max(), distances.min(1).max())


def _line(*points, author="hand") -> Stroke:
    return Stroke(np.array(points, np.float32), author)


def test_the_larger_side_becomes_255_and_the_corner_the_origin():
    out = preprocess(Sketch((_line((10, 20), (30, 20)), _line((12, 60), (25, 60)))))
    assert out.bounds() == (0, 0, 128, 255)


@pytest.mark.parametrize("count", [1, 2, 300])
def test_points_without_extent_become_googles_dot(count):
    out = preprocess(Sketch((_line(*[(7, 7)] * count),)))
    assert out.points().tolist() == [[0, 0], [0, 0]]


def test_nothing_stays_nothing():
    assert preprocess(Sketch()) == Sketch()
    assert simplify_ink(Sketch(), 2.0) == Sketch()


def test_authors_category_provenance_and_pen_are_kept():
    ink = Sketch((_line((0, 0), (5, 5)), _line((9, 9), author="model")), "cat", (("seed", "7"),), pen_down=True)
    out = preprocess(ink)
    assert [stroke.author for stroke in out.strokes] == ["hand", "model"]
    assert (out.category, out.provenance, out.pen_down) == ("cat", ink.provenance, True)
    assert len(out.strokes[-1]) == 1  # the pen is still down: not a finished dot


def test_what_is_noted_of_the_unit_is_not():
    notes = (("page", "600"), ("seed", "7"), ("scale", "0.6"))
    for strokes in ((), (_line((0, 0), (5, 5)),)):
        ink = Sketch(strokes, provenance=notes)
        assert preprocess(ink).provenance == simplify_ink(ink, 2.0).provenance == (("seed", "7"),)


def test_ink_at_a_given_scale_is_neither_moved_nor_fitted():
    ink = Sketch((_line((100, 100), (110, 100), (110, 130)),))
    assert simplify_ink(ink, 2.0).points().tolist() == [[200, 200], [220, 200], [220, 260]]
    assert simplify_ink(ink, 2.0, origin=(100, 100)).points().tolist() == [[0, 0], [20, 0], [20, 60]]
    exact = simplify_ink(ink, 0.25, rounded=False).points()
    assert exact[[0, -1]].tolist() == [[25, 25], [27.5, 32.5]]


def test_both_ways_agree_where_the_scale_is_the_same(fixtures):
    for ink in _drawings(fixtures / "raw.ndjson"):
        left, top, right, bottom = ink.bounds()
        scale = 255 / max(right - left, bottom - top)
        fitted, scaled = preprocess(ink), simplify_ink(ink, scale, origin=(left, top))
        assert abs(fitted.point_count - scaled.point_count) <= 2  # ties fall otherwise
        assert np.abs(np.subtract(fitted.bounds(), scaled.bounds())).max() <= 1


def test_a_hundred_thousand_points_and_huge_numbers():
    rng = np.random.default_rng(0)
    scribble = Sketch((Stroke(rng.uniform(0, 1000, (100_000, 2))),))  # 50,000 times across the page
    out = preprocess(scribble)
    assert 1000 < out.point_count <= MOST_RESAMPLED + 1
    assert out.bounds()[2] <= 255 and out.bounds()[3] <= 255
    huge = preprocess(Sketch((_line((-3e38, 0), (3e38, 1e38)),)))
    assert huge.points().tolist() == [[0, 0], [255, 42]]
    tiny = preprocess(Sketch((_line((0, 0), (1e-30, 5e-31)),)))
    assert tiny.points().tolist() == [[0, 0], [255, 128]]


@pytest.mark.parametrize("scale", [0, -1, np.nan, np.inf])
def test_a_scale_that_cannot_be_is_refused(scale):
    with pytest.raises(ValueError, match="scale above 0"):
        simplify_ink(Sketch((_line((0, 0)),)), scale)


def test_more_line_than_a_drawing_has_is_resampled_more_coarsely(monkeypatch):
    made = []

    def counted(line, spacing):
        made.append(resample(line, spacing))
        return made[-1]

    monkeypatch.setattr("sketchrnn.sketch.preprocess.resample", counted)
    rng = np.random.default_rng(0)
    strokes = tuple(Stroke(rng.uniform(0, 1000, (1500, 2))) for _ in range(2))  # 1,500 times across the page
    preprocess(Sketch(strokes))
    assert MOST_RESAMPLED - 10 <= sum(map(len, made)) <= MOST_RESAMPLED + 2 * len(strokes)
    made.clear()
    preprocess(Sketch((_line((0, 0), (255, 0)),)))
    assert [len(line) for line in made] == [256]
