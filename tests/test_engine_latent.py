"""Redrawing and morphing through the latent code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from by_hand import seen_by_hand
from compilations import compilations
from engine_models import half_a_face, latent, moved, random_bundle, small

from sketchrnn.engine.choosing import UNENDED
from sketchrnn.engine.completer import Completer
from sketchrnn.engine.latent import at_share, between, encode, placed_like, strokes_of
from sketchrnn.engine.messages import Chunk, CompletionRequest, Done, Guess, MorphRequest, RedrawRequest
from sketchrnn.engine.prefix import prefix_of
from sketchrnn.engine.redrawing import ALIKE, ATTEMPTS
from sketchrnn.errors import BadFile, EngineError
from sketchrnn.sketch.preprocess import preprocess
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.weights import save_bundle, to_model


def test_a_code_is_the_mean_of_the_posterior_of_the_box() -> None:
    completer = latent()
    rows = prefix_of(preprocess(half_a_face()), 1.0).rows
    rows[:, :2] /= 40
    direct = to_model(completer.bundle).encoder(rows[:, None], np.array([len(rows)])).mean[0]
    codes = encode(completer.programs, completer.bundle, [half_a_face(), moved(half_a_face(), 7.0, by=90)])
    np.testing.assert_allclose(codes[0], direct, atol=1e-5)
    np.testing.assert_allclose(codes[1], direct, atol=1e-5)  # neither place nor size matters


def middle(sketch: Sketch) -> np.ndarray:
    points = sketch.points()
    return (points.min(0) + points.max(0)) / 2


def test_redrawn_where_it_is() -> None:
    face = moved(half_a_face(), 2.0, by=50)
    again = latent().reconstruct(face, "owl", endings=3, seed=1, max_points=30)
    assert len(again) == 3 and len({sketch.strokes for sketch in again}) == 3
    for sketch in again:
        np.testing.assert_allclose(middle(sketch), middle(face), atol=1e-3)
        assert {stroke.author for stroke in sketch.strokes} == {"model"} and sketch.point_count <= 31
    two = latent().reconstruct(face, "owl", endings=2, seed=1, max_points=30)
    np.testing.assert_allclose(two[0].points(), again[0].points(), atol=1e-3)


def test_closeness_goes_from_chance_to_the_posteriors_mean() -> None:
    redrawer = latent()._redrawer
    own = encode(latent().programs, latent().bundle, [half_a_face()])[0]

    def plan(closeness: float, seed: int = 1):
        return redrawer.plan(RedrawRequest(half_a_face(), "owl", endings=3, seed=seed, closeness=closeness))

    def codes(closeness: float, seed: int = 1) -> np.ndarray:
        made = plan(closeness, seed)
        given = np.stack([ending.condition[-len(own) :] for ending in made.endings])
        np.testing.assert_allclose(given, np.repeat(made.codes, ATTEMPTS, axis=0))
        np.testing.assert_allclose(np.linalg.norm(made.codes, axis=1), np.linalg.norm(own), rtol=1e-4)
        return made.codes

    np.testing.assert_allclose(codes(1.0), np.tile(own, (3, 1)), atol=1e-5)
    angles = []
    for closeness in (0.0, 0.25, 0.5, 0.75, 1.0):
        code = codes(closeness)[1]
        np.testing.assert_allclose(np.linalg.norm(code), np.linalg.norm(own), rtol=1e-4)
        angles.append(float(code @ own / np.linalg.norm(code) / np.linalg.norm(own)))
    assert angles == sorted(angles) and angles[0] < angles[-1]
    assert not np.allclose(codes(0.0), codes(0.0, seed=2)), "chance is the seed's"
    np.testing.assert_allclose([plan(c).endings[0].temperature for c in (1.0, 0.5, 0.0)], [0.1, 0.3, 0.5])


def test_of_each_drawings_attempts_the_surest_and_nearest_is_shown() -> None:
    redrawer, model = latent()._redrawer, to_model(latent().bundle)
    request = RedrawRequest(half_a_face(), "owl", endings=3, seed=4, max_points=25, closeness=0.4)
    plan = redrawer.plan(request)
    attempts = list(plan.endings)
    for _ in redrawer.draw(plan):
        pass
    assert len(attempts) == 3 * ATTEMPTS and all(attempt.over for attempt in attempts)
    scores = []
    for number, attempt in enumerate(attempts):
        down, lifted = 1 - attempt.all_rows()[:, 2:], attempt.all_rows()[:, 2:]
        offsets = np.concatenate([attempt.all_rows()[:, :2], down, lifted, 0 * down], axis=1)
        rows = np.concatenate([[[0, 0, 1, 0, 0]], offsets]).astype(np.float32)
        seen = seen_by_hand(model, rows)
        code, given = model.encoder(rows[:, None], np.array([len(rows)])).mean[0], plan.codes[number // ATTEMPTS]
        alike = code @ given / np.linalg.norm(code) / np.linalg.norm(given)
        scores.append(seen[1] + ALIKE * alike - UNENDED * (not attempt.ended))
    best = np.reshape(scores, (3, ATTEMPTS)).argmax(axis=1)
    assert [attempts.index(ending) for ending in plan.endings] == [4 * i + j for i, j in enumerate(best)]


def test_what_is_streamed_is_what_the_verb_draws_and_gives_up_when_told() -> None:
    face = moved(half_a_face(), 2.0, by=50)
    for request in (
        RedrawRequest(face, endings=9, seed=5, max_points=40, closeness=0.3),
        MorphRequest(face, half_a_face(), endings=9, seed=5, max_points=40),
    ):
        said = list(latent().stream(request, id=7, chunk=8))
        guess, *chunks, done = said
        assert isinstance(guess, Guess) and isinstance(done, Done) and all(isinstance(c, Chunk) for c in chunks)
        assert {message.id for message in said} == {7} and len(chunks) > 1
        assert chunks[-1].over == (True,) * 9
        assert guess.scale == pytest.approx(255 / np.ptp(face.points(), axis=0).max())
        rows = [np.concatenate([chunk.rows[i] for chunk in chunks]) for i in range(9)]
        assert [strokes_of(part).strokes for part in rows] == [s.strokes for s in latent().redraw(request)]
        assert list(latent().stream(request, cancelled=lambda: True))[1:] == []


def test_a_drawing_of_any_usual_length_needs_nothing_more_after_warming() -> None:
    completer = Completer(random_bundle())
    for _ in completer.warm():
        pass
    zigzag = np.stack([np.arange(240) % 40 * 6, np.arange(240) // 40 * 30 + np.arange(240) % 2 * 20], axis=1)
    with compilations() as count:
        for points in (5, 70, 130, 240):
            drawing = Sketch([Stroke(zigzag[:points])])
            completer.redraw(RedrawRequest(drawing, "owl", endings=9, seed=3, max_points=20))
            completer.redraw(MorphRequest(drawing, half_a_face(), endings=2, seed=3, max_points=20))
    assert count.now == 0


def test_what_it_is_taken_for_is_what_is_drawn() -> None:
    name = latent().guess(half_a_face(), 1)[0][0]
    asked = RedrawRequest(half_a_face(), endings=2, seed=3, max_points=20)
    done = list(latent().stream(asked))[-1]
    assert isinstance(done, Done) and done.categories == (name, name)
    said = latent().reconstruct(half_a_face(), name, endings=2, seed=3, max_points=20)
    assert [sketch.strokes for sketch in said] == [sketch.strokes for sketch in latent().redraw(asked)]
    with pytest.raises(EngineError, match="no latent code"):
        list(small().stream(asked))


def test_morphing_goes_from_one_to_the_other() -> None:
    square = Sketch([Stroke([[0, 0], [200, 0], [200, 200], [0, 200], [0, 0]])])
    way = latent().morph(half_a_face(), square, 5, seed=2, max_points=20)
    assert len(way) == 5
    for sketch in way:
        np.testing.assert_allclose(middle(sketch), middle(half_a_face()), atol=0.01)
    other = ("cat", "owl")
    request = MorphRequest(half_a_face(), square, *other, endings=4, seed=2, max_points=20)
    assert list(latent().stream(request))[-1].categories == ("cat", "cat", "owl", "owl")
    as_it_is = latent().reconstruct(half_a_face(), "cat", seed=2, max_points=20, closeness=1.0)
    np.testing.assert_allclose(latent().redraw(request)[0].points(), as_it_is[0].points(), atol=1e-3)


def test_codes_between_lie_on_the_sphere() -> None:
    a, b = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    way = between(a, b, 5)
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 1)
    np.testing.assert_allclose(way[[0, -1]], [a, b], atol=1e-12)
    np.testing.assert_allclose(way[2], [0.5**0.5, 0.5**0.5, 0])
    np.testing.assert_allclose(between(a, 3 * a, 3)[1], 2 * a)
    np.testing.assert_allclose(between(0 * a, b, 3)[1], b / 2)
    np.testing.assert_allclose(at_share(a, b, 0.25), way[1:2])


@pytest.mark.parametrize("points", [[[3, 4]], [[3, 4], [3, 4]]])
def test_a_dot_has_a_code_and_a_place(points: list) -> None:
    sketch, _ = latent().reconstruct(Sketch([Stroke(points)]), endings=2, max_points=5)
    np.testing.assert_allclose(middle(sketch), [3, 4], atol=1e-4)


def test_rows_to_places() -> None:
    rows = np.array([[1, 0, 1], [0, 1, 0]], np.float32)
    like = Sketch([Stroke([[10, 10], [520, 10]])])  # the box is twice as large as 255
    assert placed_like(rows, like, 40.0)[:, :2].tolist() == [[225, -30], [305, -30], [305, 50]]
    dot = Sketch([Stroke([[7, 7]])])
    assert placed_like(rows, dot, 40.0, 4.0)[:, :2].tolist() == [[2, 2], [12, 2], [12, 12]]
    assert placed_like(np.zeros((0, 3), np.float32), like, 40.0).tolist() == [[265, 10, 0]]


@pytest.mark.parametrize("field, value", [("closeness", 1.01), ("endings", 0), ("temperature", 0.0), ("max_points", 0)])
def test_numbers_out_of_range(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        RedrawRequest(half_a_face(), **{field: value})


def test_nothing_and_half_a_stroke_are_not_drawn_anew() -> None:
    for sketch in (Sketch(), half_a_face().with_strokes(half_a_face().strokes, pen_down=True)):
        with pytest.raises(ValueError, match="drawing"):
            RedrawRequest(sketch)
        with pytest.raises(ValueError, match="drawing"):
            MorphRequest(half_a_face(), sketch)


def test_the_bundled_kind_of_model_says_what_to_do() -> None:
    with pytest.raises(EngineError, match="no latent code.*--preset paper"):
        small().reconstruct(half_a_face())
    with pytest.raises(EngineError, match="no latent code"):
        small().morph(half_a_face(), half_a_face(), 3)
    with pytest.raises(EngineError, match="empty drawing"):
        latent().reconstruct(Sketch())
    with pytest.raises(EngineError, match="does not know"):
        latent().reconstruct(half_a_face(), "dragon")


def test_a_model_without_a_code_draws_anew_with_the_network_beside_it(tmp_path: Path) -> None:
    plain, coded = (
        random_bundle(conditional=False, prefix_prior_size=0),
        random_bundle(latent_optional=True, prefix_prior_size=0),
    )
    path, again = tmp_path / "model.safetensors", tmp_path / "again" / "model.safetensors"
    again.parent.mkdir()
    save_bundle(plain, path, "float32")
    assert not Completer(path).has_latent
    save_bundle(replace(coded, scale_factor=41.0), again, "float32")
    with pytest.raises(BadFile, match="draws anew for 'tiny'"):
        Completer(path).reconstruct(half_a_face())
    assert not any(what.startswith("again") for what in Completer(path).warm()), "it completes all the same"
    save_bundle(coded, again, "float32")
    completer = Completer(path)
    assert completer.has_latent
    completer.require_latent()
    request = RedrawRequest(half_a_face(), "owl", endings=2, seed=1, max_points=12)
    codes = completer._redrawer.plan(request).codes
    np.testing.assert_allclose(codes, Completer(coded)._redrawer.plan(request).codes, atol=1e-5)
    assert completer.redraw(request) and list(completer.warm())[-1].startswith("again: ")
    asked = CompletionRequest(half_a_face(), "owl", seed=1, max_points=12)
    ours, alone = (one.complete(asked)[0].sketch.points() for one in (completer, Completer(plain)))
    np.testing.assert_array_equal(ours, alone)
