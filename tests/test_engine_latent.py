"""Redrawing and morphing through the latent code."""

from __future__ import annotations

import numpy as np
import pytest
from engine_models import half_a_face, latent, moved, small

from sketchrnn.engine.latent import between, encode, placed_in_box, placed_like
from sketchrnn.engine.prefix import prefix_of
from sketchrnn.errors import EngineError
from sketchrnn.sketch.preprocess import preprocess
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.weights import to_model


def test_a_code_is_the_mean_of_the_posterior_of_the_box() -> None:
    completer = latent()
    rows = prefix_of(preprocess(half_a_face()), 1.0).rows
    rows[:, :2] /= 40
    direct = to_model(completer.bundle).encoder(rows[:, None], np.array([len(rows)])).mean[0]
    codes = encode(completer.programs, completer.bundle, [half_a_face(), moved(half_a_face(), 7.0, by=90)])
    np.testing.assert_allclose(codes[0], direct, atol=1e-5)
    np.testing.assert_allclose(codes[1], direct, atol=1e-5)  # neither place nor size matters


def test_redrawn_where_it_is() -> None:
    again = latent().reconstruct(moved(half_a_face(), 2.0, by=50), "owl", endings=3, seed=1, max_points=30)
    assert len(again) == 3 and len({sketch.strokes for sketch in again}) == 3
    start = moved(half_a_face(), 2.0, by=50).strokes[0].points[0]
    for sketch in again:
        np.testing.assert_allclose(sketch.strokes[0].points[0], start, atol=1e-3)
        assert {stroke.author for stroke in sketch.strokes} == {"model"} and sketch.point_count <= 31
    two = latent().reconstruct(moved(half_a_face(), 2.0, by=50), "owl", endings=2, seed=1, max_points=30)
    np.testing.assert_allclose(two[0].points(), again[0].points(), atol=1e-3)


def test_morphing_goes_from_one_to_the_other() -> None:
    square = Sketch([Stroke([[0, 0], [200, 0], [200, 200], [0, 200], [0, 0]])])
    way = latent().morph(half_a_face(), square, 5, seed=2, max_points=20)
    assert len(way) == 5
    for sketch in way:
        low, high = sketch.points().min(0), sketch.points().max(0)
        np.testing.assert_allclose((low + high) / 2, [127.5, 127.5], atol=0.01)


def test_codes_between_lie_on_the_sphere() -> None:
    a, b = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    way = between(a, b, 5)
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 1)
    np.testing.assert_allclose(way[[0, -1]], [a, b], atol=1e-12)
    np.testing.assert_allclose(way[2], [0.5**0.5, 0.5**0.5, 0])
    np.testing.assert_allclose(between(a, 3 * a, 3)[1], 2 * a)
    np.testing.assert_allclose(between(0 * a, b, 3)[1], b / 2)


@pytest.mark.parametrize("points", [[[3, 4]], [[3, 4], [3, 4]]])
def test_a_dot_has_a_code_and_a_place(points: list) -> None:
    sketch, _ = latent().reconstruct(Sketch([Stroke(points)]), endings=2, max_points=5)
    np.testing.assert_allclose(sketch.strokes[0].points[0], [3, 4])


def test_rows_to_places() -> None:
    rows = np.array([[1, 0, 1], [0, 1, 0]], np.float32)
    like = Sketch([Stroke([[10, 10], [520, 10]])])  # the box is twice as large as 255
    assert placed_like(rows, like, 40.0).points().tolist() == [[10, 10], [90, 10], [90, 90]]
    assert placed_in_box(np.zeros((0, 3), np.float32), 40.0).points().tolist() == [[127.5, 127.5]]


def test_the_bundled_kind_of_model_says_what_to_do() -> None:
    with pytest.raises(EngineError, match="no latent code.*--preset paper"):
        small().reconstruct(half_a_face())
    with pytest.raises(EngineError, match="no latent code"):
        small().morph(half_a_face(), half_a_face(), 3)
    with pytest.raises(EngineError, match="empty drawing"):
        latent().reconstruct(Sketch())
    with pytest.raises(EngineError, match="does not know"):
        latent().reconstruct(half_a_face(), "dragon")
