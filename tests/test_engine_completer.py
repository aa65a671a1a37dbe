"""Endings: the same whatever is asked beside them, in chunks of any size, of any prefix, and drawn from the mixture."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from compilations import compilations
from engine_models import TINY_CATEGORIES, half_a_face, latent, moved, random_bundle, small

from sketchrnn.engine.completer import OFFICIAL_ENLARGEMENT, Completer
from sketchrnn.engine.endings import categories_of, latent_noise, likeliest
from sketchrnn.engine.messages import Chunk, CompletionRequest, Done, Guess, continue_strokes
from sketchrnn.engine.plan import Planner
from sketchrnn.engine.prefix import StateCache, prefix_of
from sketchrnn.errors import EngineError
from sketchrnn.model.decoder import Decoder
from sketchrnn.model.mixture import Mixture
from sketchrnn.model.sampling import make_noise, pen_temperature, sample
from sketchrnn.sketch.formats import START_TOKEN
from sketchrnn.sketch.svg import read_svg, write_svg
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.weights import to_model

CLOSE = {"atol": 1e-4, "rtol": 1e-5}  # measured: 4e-5 page units over 60 points


def ask(**changes) -> CompletionRequest:
    request = CompletionRequest(half_a_face(), "face", endings=3, seed=5, max_points=60, scale=1.0)
    return replace(request, **changes)


def rows_of(completer: Completer, request: CompletionRequest, **how) -> list[np.ndarray]:
    """All rows of each ending, as they are streamed."""
    chunks = [message for message in completer.stream(request, **how) if isinstance(message, Chunk)]
    return [np.concatenate([chunk.rows[i] for chunk in chunks]) for i in range(request.endings)]


def assert_same(ours: list[np.ndarray], theirs: list[np.ndarray], **close) -> None:
    assert [len(rows) for rows in ours] == [len(rows) for rows in theirs]
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, **(close or CLOSE))


def test_a_stream_is_a_guess_chunks_and_done() -> None:
    messages = list(small().stream(ask(), id=7))
    assert isinstance(messages[0], Guess) and messages[0].scale == 1.0 and messages[0].categories == ()
    assert all(isinstance(message, Chunk) for message in messages[1:-1])
    assert max(map(len, messages[1].rows)) <= 4
    assert messages[-1].categories == ("face",) * 3 and {message.id for message in messages} == {7}
    assert messages[-2].over == (True,) * 3
    assert all(type(ended) is bool for ended in messages[-1].ended)


def test_the_readmes_program_leaves_its_nine_files(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (checkout / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sketchrnn.engine.completer.Completer", small)
    drawn = []
    for times in (1, 16):
        Path("half-a-cat.svg").write_text(write_svg(moved(half_a_face(), times)), encoding="utf-8")
        exec(program, {})
        drawn.append([read_svg(Path(f"cat-{number}.svg").read_bytes()).points() for number in range(1, 10)])
    for ending, larger in zip(*drawn, strict=True):
        assert len(ending) > half_a_face().point_count
        np.testing.assert_allclose(larger / 16, ending, atol=1e-3)  # an SVG may be in any unit


def test_an_ending_is_the_same_whatever_their_number() -> None:
    sixteen = rows_of(small(), ask(endings=16))
    assert len({rows.tobytes() for rows in sixteen}) == 16
    for count in (1, 2, 9):
        assert_same(rows_of(small(), ask(endings=count)), sixteen[:count])


@pytest.mark.parametrize("chunk", [1, 16, 28, 60])
def test_an_ending_is_the_same_in_chunks_of_any_size(chunk: int) -> None:
    assert_same(rows_of(small(), ask(), chunk=chunk), rows_of(small(), ask(), chunk=5))


def test_equal_requests_have_equal_answers_whatever_was_asked_before() -> None:
    completer = small()
    request = ask(category=None, scale=None)
    completer.states.clear()
    first = rows_of(completer, request)
    rows_of(completer, ask(prefix=Sketch(half_a_face().strokes[:1]), category=None, scale=None))
    assert_same(rows_of(completer, request), first)
    completer.states.clear()
    for strokes in (1, 2):
        rows_of(completer, replace(request, prefix=Sketch(half_a_face().strokes[:strokes])))
    assert_same(rows_of(completer, request), first)


def test_seeds_and_temperatures_differ() -> None:
    answers = [ask(), ask(seed=6), ask(temperature=0.8)]
    assert len({rows_of(small(), request)[0].tobytes() for request in answers}) == 3


def test_many_requests_are_answered_as_each_alone() -> None:
    completer = small()
    faces = [Sketch(half_a_face().strokes[: 1 + i % 3]) for i in range(7)]
    requests = [ask(prefix=face, seed=i, endings=1 + i % 4, temperature=0.1 + 0.1 * i) for i, face in enumerate(faces)]
    requests += [ask(prefix=Sketch(), category="star", temperature=0.25), ask(category=None, scale=None, max_points=9)]
    together = list(completer.complete_many(requests))
    assert [(done.request, done.ending) for done in together] == [(r, i) for r in requests for i in range(r.endings)]
    alone = [completion for request in requests for completion in completer.complete(request)]
    for ours, theirs in zip(together, alone, strict=True):
        assert (ours.ended, ours.category) == (theirs.ended, theirs.category)
        np.testing.assert_allclose(ours.sketch.points(), theirs.sketch.points(), **CLOSE)


def test_completions_are_the_streamed_rows_on_the_prefix() -> None:
    request = ask()
    for completion, rows in zip(small().complete(request), rows_of(small(), request), strict=True):
        expected = continue_strokes(request.prefix, rows)
        np.testing.assert_allclose(completion.sketch.points(), expected.points(), **CLOSE)
        assert [len(stroke) for stroke in completion.sketch.strokes] == [len(s) for s in expected.strokes]
        assert completion.sketch.strokes[:3] == request.prefix.strokes
        assert {stroke.author for stroke in completion.sketch.strokes[3:]} <= {"model"}


def test_a_drawing_twice_as_large_has_the_same_ending_twice_as_large() -> None:
    # not at scale 1, at which whole coordinates are taken as they are
    large, small_one = (ask(prefix=moved(half_a_face(), factor), scale=1 / factor) for factor in (4.0, 2.0))
    halved = [rows * np.float32([0.5, 0.5, 1]) for rows in rows_of(small(), large)]
    assert_same(halved, rows_of(small(), small_one))


def test_endings_begin_near_where_the_pen_is() -> None:
    far = moved(half_a_face(), 1.0, by=1000.0)
    for rows in rows_of(small(), ask(prefix=far)):
        assert np.abs(rows[:, :2] - 1128).max() < 600


def test_a_cut_stroke_is_continued() -> None:
    prefix = Sketch([Stroke(half_a_face().strokes[0].points[:8])], pen_down=True)
    for completion in small().complete(ask(prefix=prefix, category="circle")):
        model = completion.sketch.strokes[1]
        assert model.author == "model"
        np.testing.assert_array_equal(model.points[0], prefix.strokes[0].points[-1])


@pytest.mark.parametrize("category", ["face", None])
@pytest.mark.parametrize("scale", [1.0, None])
@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [[[10, 10]]],
        [[[10, 10], [10, 10]]],
        [[[10, 10]] * 5, [[10, 10]]],
        [[[0, 0], [255, 255]]],
        [[[i * 7 % 255, i * 13 % 251] for i in range(400)]],
        [[[0, 0], [1e6, 1e6]]],
        [[[0, 0], [1e-6, 0]]],
    ],
    ids=["nothing", "a point", "two equal", "equal", "a line", "400 points", "huge", "tiny"],
)
def test_any_prefix_has_an_ending(strokes: list, scale: float | None, category: str | None) -> None:
    prefix = Sketch([Stroke(points) for points in strokes])
    (done,) = small().complete(ask(prefix=prefix, scale=scale, category=category, endings=1, max_points=12))
    assert done.sketch.point_count >= prefix.point_count
    assert np.isfinite(done.sketch.points()).all()
    assert done.sketch.strokes[: len(strokes)] == prefix.strokes


def test_max_points_cuts_off_and_says_so() -> None:
    request = ask(max_points=5, endings=4)
    *_, done = small().stream(request)
    assert isinstance(done, Done)
    for rows, ended in zip(rows_of(small(), request), done.ended, strict=True):
        assert len(rows) == 5 or (ended and len(rows) < 5)
    whole = rows_of(small(), ask(max_points=60, endings=4))
    assert_same(rows_of(small(), request), [rows[:5] for rows in whole])


def test_a_drawing_that_seems_whole_is_gone_on_with() -> None:
    """A square that is closed: the model would end it at once, in all but a few endings."""
    square = Sketch([Stroke([[0, 0], [255, 3], [252, 255], [2, 250], [0, 4]])])
    request = ask(prefix=square, category="square", endings=9)
    nine = rows_of(small(), request)
    assert all(len(rows) for rows in nine)
    assert_same(rows_of(small(), replace(request, endings=2), chunk=1), nine[:2])


def test_an_empty_prefix_is_drawn_in_the_middle_of_the_page() -> None:
    request = CompletionRequest(Sketch(), "circle", endings=2, page_scale=255 / 600, seed=1, max_points=40)
    for rows, completion in zip(rows_of(small(), request), small().complete(request), strict=True):
        assert len(rows) <= 41
        middle = (rows[:, :2].min(0) + rows[:, :2].max(0)) / 2
        np.testing.assert_allclose(middle, [300, 300], atol=0.1)
        np.testing.assert_array_equal(completion.sketch.points(), rows[:, :2])
    assert small().sample("circle", endings=2, page_scale=255 / 600, seed=1, max_points=40) == small().complete(request)


def test_a_request_that_is_given_up_says_no_more() -> None:
    seen = []
    for message in small().stream(ask(), cancelled=lambda: len(seen) >= 2):
        seen.append(message)
    assert len(seen) == 2 and not isinstance(seen[-1], Done)
    assert [type(m) for m in small().stream(ask(prefix=Sketch()), cancelled=lambda: True)] == [Guess]


def test_an_unknown_category_is_named_with_the_nearest() -> None:
    with pytest.raises(EngineError, match="does not know 'stra'.*'star'"):
        small().complete(ask(category="stra"))


def test_a_model_without_categories_draws_without() -> None:
    plain = random_bundle(categories=0, category_head=False, conditional=False, prefix_prior_size=0)
    completer = Completer(plain)
    (done,) = completer.complete(ask(prefix=Sketch(), category=None, endings=1, max_points=8))
    assert done.category is None
    with pytest.raises(EngineError, match="cannot say what it sees"):
        completer.guess(half_a_face())
    with pytest.raises(EngineError, match="knows no categories"):
        completer.complete(ask(category="cat"))
    one_kind = replace(plain, categories=("cat",), card={"info": {}})
    official = Completer(one_kind)
    (plan,) = official.plan([ask(category="cat", prefix=Sketch(), scale=None, endings=1)])
    assert plan.categories == ("cat",) and plan.scale == OFFICIAL_ENLARGEMENT


def test_guesses() -> None:
    square = Sketch([Stroke([[0, 0], [255, 3], [252, 255], [2, 250], [0, 4]])])
    guess = small().guess(square, top=2, scale=1.0)
    assert len(guess) == 2 and guess[0][0] == "square" and guess[0][1] > 0.5
    every = small().guess(square, top=99)
    assert len(every) == 4 and sum(likely for _, likely in every) == pytest.approx(1, abs=1e-5)
    many = small().guess_many([square, half_a_face()] * 40, top=1, scale=1.0)
    assert len(many) == 80 and many[0] == many[2] and many[0][0][0] == "square"


def test_auto_draws_the_likeliest_first_and_others_from_the_guess() -> None:
    *_, done = small().stream(ask(category=None, endings=16))
    guess = small().guess(half_a_face(), scale=1.0, top=1)
    assert done.categories[0] == guess[0][0]
    probabilities = np.array([0.5, 0.3, 0.2])
    request = ask(endings=16)
    drawn = [n for seed in range(200) for n in categories_of(replace(request, seed=seed), probabilities)[1:]]
    shares = np.bincount(drawn, minlength=3) / len(drawn)
    np.testing.assert_allclose(shares, [25 / 38, 9 / 38, 4 / 38], atol=0.04)  # squared and normalised
    assert all(categories_of(replace(request, seed=s), probabilities)[0] == 0 for s in range(50))
    first = {categories_of(replace(request, seed=s, prefix=Sketch()), probabilities)[0] for s in range(50)}
    assert first == {0, 1, 2}  # nothing drawn: nothing to be sure of
    assert categories_of(replace(request, endings=4), probabilities) == categories_of(request, probabilities)[:4]
    assert categories_of(request, np.array([1.0])) == [0] * 16


def test_likeliest_is_in_order() -> None:
    assert likeliest(np.array([0.2, 0.5, 0.3]), ["a", "b", "c"], 2) == (("b", 0.5), ("c", 0.3))


def test_the_first_points_are_drawn_from_the_mixture() -> None:
    """1,600 first points at temperature 1 against the mixture that the model itself gives."""
    completer = small()
    requests = [ask(seed=seed, endings=16, max_points=1, temperature=1.0, guidance=0.0) for seed in range(100)]
    drawn = list(completer.complete_many(requests))
    mixture = first_mixture(completer)
    pen = np.asarray(mixture.pen_logits[0])
    expected = np.exp(pen - pen.max()) / np.exp(pen - pen.max()).sum()
    last = half_a_face().strokes[-1].points[-1]
    assert all(c.sketch.point_count == 20 for c in drawn)  # none is over before its first point
    lifted = np.mean([not c.sketch.pen_down for c in drawn])
    assert abs(lifted - expected[1]) < 5 * np.sqrt(expected[1] * (1 - expected[1]) / len(drawn)) + 1e-4
    offsets = np.array([c.sketch.strokes[3].points[0] - last for c in drawn]) / 40
    mean, variance = moments(mixture)
    np.testing.assert_array_less(np.abs(offsets.mean(0) - mean), 5 * np.sqrt(variance / len(offsets)))
    np.testing.assert_allclose(offsets.var(0), variance, rtol=0.35)


def test_the_decoders_example_draws_as_a_completer() -> None:
    bundle = random_bundle(conditional=False, prefix_prior_size=0, recogniser_size=0, viewer_channels=0)
    names = {"bundle": bundle, "model": to_model(bundle), "jnp": jnp, "START_TOKEN": START_TOKEN}
    names |= {"make_noise": make_noise, "sample": sample}
    (example,) = doctest.DocTestFinder(recurse=False).find(Decoder, globs=names)
    assert not doctest.DocTestRunner().run(example, clear_globs=False).failed
    rows = np.concatenate(example.globs["rows"])[1:]
    (drawn,) = Completer(bundle).sample("cat", seed=7, candidates=1, guidance=0.0, max_points=250)
    assert drawn.ended and rows[-1, 4] == 1
    offsets = np.diff(drawn.sketch.points(), axis=0) / bundle.scale_factor
    np.testing.assert_allclose(offsets, rows[:-1, :2], atol=1e-4)


def first_mixture(completer: Completer) -> Mixture:
    rows = prefix_of(half_a_face(), 1.0).rows
    rows[:, :2] /= 40
    read = StateCache(completer.programs).read([rows], completer.programs.embed([3]))[0]
    return to_model(completer.bundle).decoder.mixture(read.state[0][None])


def moments(mixture: Mixture) -> tuple[np.ndarray, np.ndarray]:
    weights, mean, sigma = (
        np.asarray(values[0], np.float64) for values in (mixture.weights, mixture.mean, mixture.sigma)
    )
    middle = weights @ mean
    return middle, weights @ (sigma**2 + mean**2) - middle**2


def test_in_the_limit_of_no_temperature_the_likeliest_component_is_drawn() -> None:
    requests = [ask(seed=seed, endings=16, max_points=1, temperature=0.01, guidance=0.0) for seed in range(4)]
    mixture = first_mixture(small())
    place = int(np.argmax(mixture.logits[0]))
    mean, sigma = np.asarray(mixture.mean[0, place]), np.asarray(mixture.sigma[0, place])
    last = half_a_face().strokes[-1].points[-1]
    assert pen_temperature(0.01) == pytest.approx(0.505)
    for completion in small().complete_many(requests):
        offset = (completion.sketch.strokes[3].points[0] - last) / 40
        assert (np.abs(offset - mean) < 6 * 0.1 * sigma + 1e-5).all()  # sqrt(0.01)


def test_latent_codes_are_drawn_per_ending_from_the_prefix_prior() -> None:
    request = ask(category="cat", endings=9, max_points=20, scale=1.0)
    nine = rows_of(latent(), request)
    assert len({rows.tobytes() for rows in nine}) == 9
    assert_same(rows_of(latent(), replace(request, endings=2)), nine[:2])
    noise = latent_noise(3, 9, 8)
    np.testing.assert_array_equal(latent_noise(3, 2, 8), noise[:2])
    assert not np.array_equal(latent_noise(4, 2, 8), noise[:2])
    assert latent().guess(half_a_face())[0][0] in TINY_CATEGORIES


def test_programs_need_nothing_more_after_warming() -> None:
    completer = small()
    for _ in completer.warm():
        pass
    with compilations() as count:
        for endings in (1, 2, 9, 16):
            rows_of(completer, ask(endings=endings, category=None, scale=None, seed=99))
        completer.guess(half_a_face())
        rows_of(completer, ask(prefix=Sketch(), category="star"))
    assert count.now == 0


def test_a_planner_is_told_the_unit_of_the_page() -> None:
    completer = small()
    planner = Planner(completer.bundle, completer.programs, completer.states, completer.classifier, 3.5)
    (plan,) = planner.plan([ask(prefix=Sketch(), scale=None, page_scale=0.5)])
    assert plan.scale == 1.75
