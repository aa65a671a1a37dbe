"""Candidates: which is chosen, what they share, and what the recogniser is shown."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from by_hand import seen_by_hand
from engine_models import half_a_face, latent, random_bundle
from scipy.special import softmax

from sketchrnn.benchmarks.complete import never_ending
from sketchrnn.engine import choosing
from sketchrnn.engine.completer import Completer
from sketchrnn.engine.messages import Chunk, CompletionRequest, Done
from sketchrnn.engine.programs import FIRST_CHUNK
from sketchrnn.engine.recognition import MOST_ROWS, TURNS, Recognition
from sketchrnn.engine.side_by_side import ROOM
from sketchrnn.model.config import STROKE5
from sketchrnn.model.recogniser import features
from sketchrnn.model.viewer import TURN
from sketchrnn.sketch.formats import from_stroke3
from sketchrnn.sketch.raster.thumbnails import diversity, thumbnails
from sketchrnn.sketch.types import Sketch
from sketchrnn.weights import to_model

ASKED = CompletionRequest(half_a_face(), "owl", endings=2, seed=3, max_points=40, scale=1.0, candidates=64)


class Longest:
    """Takes a drawing for every category the more surely the more rows it has; keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[np.ndarray] = []

    def probabilities(self, drawings) -> np.ndarray:
        self.shown += drawings
        return np.repeat([[len(rows) / 1000] for rows in drawings], 3, axis=1)


@pytest.fixture
def completer() -> Completer:
    return latent()


@pytest.fixture
def longest(completer: Completer, monkeypatch: pytest.MonkeyPatch) -> Longest:
    judge = Longest()
    monkeypatch.setattr(completer, "recognition", judge)
    return judge


def streamed(completer: Completer, request: CompletionRequest, chunk: int = ROOM) -> list[np.ndarray]:
    chunks = [message for message in completer.stream(request, chunk=chunk) if isinstance(message, Chunk)]
    return [np.concatenate([chunk.rows[i] for chunk in chunks]) for i in range(request.endings)]


def of_endings(shown: list[np.ndarray], shared: int) -> list[list[np.ndarray]]:
    """The candidates of the first ending, which begin with the same rows, and of the other one."""
    first = [rows for rows in shown if rows[:shared].tobytes() == shown[0][:shared].tobytes()]
    return [first, shown[len(first) :]] if shown else []


def test_the_chosen_one_is_the_one_taken_most_surely(completer: Completer, longest: Longest) -> None:
    asked = replace(ASKED, max_points=150)
    rows = streamed(completer, asked)
    prefix = len(completer.plan([asked])[0].rows)
    lengths = np.array([len(drawing) for drawing in longest.shown])
    # of 64 candidates the 56 shortest (and those as long), of eight the seven shortest; the first ones' come first
    first = len(of_endings(longest.shown, prefix + FIRST_CHUNK)[0])
    assert 56 <= first <= 64 and 7 <= len(lengths) - first <= 8
    # a drawing cut off at the limit counts e^2 times less than one that ended
    scores = np.log(lengths / 1000) - 2.0 * (lengths - prefix >= asked.max_points)
    best = int(np.argmax(scores[:first]))
    # the second one is taken from all that are left, and may lie behind by what it looks otherwise than the first
    pictures = thumbnails([from_stroke3(drawing[:, [0, 1, 3]]) for drawing in longest.shown])
    apart = np.sqrt(((pictures - pictures[best]) ** 2).sum(axis=(1, 2)))
    scores = scores + choosing.VARIETY * apart
    scores[best] = -np.inf
    second = int(np.argmax(scores))
    assert [len(part) for part in rows] == [int(lengths[i]) - prefix for i in (best, second)]
    assert second < first, "one that was left of the first's"
    assert len(set(lengths.tolist())) > 3


def test_short_endings_have_more_candidates_and_one_candidate_stays_one(longest: Longest) -> None:
    completer = Completer(never_ending(random_bundle()))  # all endings have as many points as are asked for
    completer.recognition = longest
    shared = len(completer.plan([ASKED])[0].rows) + FIRST_CHUNK

    def shown(points: int, candidates: int) -> list[int]:
        longest.shown.clear()
        list(completer.complete(replace(ASKED, max_points=points, candidates=candidates)))
        groups = of_endings(longest.shown, shared)
        assert all(len({drawing.tobytes() for drawing in group}) == len(group) for group in groups)
        return [len(group) for group in groups]

    short, usual = choosing.USUAL_POINTS // 2, choosing.USUAL_POINTS
    assert shown(short, 16) == [32, 8] and shown(usual, 16) == [16, 2]
    assert shown(usual * 3 // 4, 16) == [21, 4], "in proportion, of the other one in its square"
    assert shown(short, 1) == []


def test_what_is_over_with_its_first_points_stays_over(longest: Longest) -> None:
    bundle = random_bundle()
    bias = np.array(bundle.params["decoder.out.bias"])
    bias[2] += 50  # the end row, whatever is drawn
    completer = Completer(replace(bundle, params={**bundle.params, "decoder.out.bias": bias}))
    completer.recognition = longest
    asked = replace(ASKED, candidates=16, endings=1)
    assert [len(part) for part in streamed(completer, asked)] == [1] and not longest.shown
    assert all(done.ended for done in completer.complete(asked)) and not longest.shown


def test_beside_a_first_ending_that_is_soon_over_the_others_are_chosen_from_several(longest: Longest) -> None:
    bundle = random_bundle()
    bundle.params["decoder.out.bias"][2] += 2.0  # the end
    completer, checked = Completer(bundle), 0
    completer.recognition = longest
    for seed in range(16):
        asked = replace(ASKED, seed=seed, candidates=16, max_points=12)
        prefix = len(completer.plan([asked])[0].rows)
        longest.shown.clear()
        first, other = completer.complete(asked)
        added = first.sketch.point_count - asked.prefix.point_count
        if first.ended and added < FIRST_CHUNK:  # it is all of its own group, in front
            checked += 1
            mine, *others = longest.shown
            assert len(mine) - prefix == added and len(others) >= 3
            assert len({drawing.tobytes() for drawing in others}) > 1
    assert checked


def test_an_ending_is_the_same_however_many_come_after_it(completer: Completer) -> None:
    asked = replace(ASKED, candidates=8)
    four = streamed(completer, replace(asked, endings=4))
    for endings in (1, 2, 3):
        for ours, theirs in zip(streamed(completer, replace(asked, endings=endings)), four, strict=False):
            np.testing.assert_allclose(ours, theirs, atol=1e-3)
    assert len({part.tobytes() for part in four}) == 4


def test_the_more_variety_counts_the_less_are_endings_alike(completer: Completer, monkeypatch) -> None:
    asked, found = replace(ASKED, endings=6, candidates=16), []
    for variety in (0.0, 0.1, 5.0):
        monkeypatch.setattr(choosing, "VARIETY", variety)
        found.append(diversity([done.sketch for done in completer.complete(asked)]))
    assert found[0] < found[1] < found[2]


def test_what_is_left_of_another_category_is_no_ending() -> None:
    def chosen(categories, *groups) -> list[float]:
        scores, of_ending = np.concatenate(groups), np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        alike = np.zeros((len(scores), 1, 1))
        return scores[choosing._varied(np.array(categories), of_ending, scores, alike)].tolist()

    assert chosen((1, 1, 1), (-1, -2, -3), (-9,), (-8,)) == [-1, -2, -3]
    assert chosen((1, 2, 1), (-1, -2, -3), (-9,), (-8,)) == [-1, -9, -2]
    assert chosen((1, 2, 2), (-1, -2), (-9, -7), (-8,)) == [-1, -7, -8]


def test_the_first_points_that_come_are_the_first_endings(completer: Completer) -> None:
    asked = replace(ASKED, endings=3)
    first, second, *_ = [message for message in completer.stream(asked) if isinstance(message, Chunk)]
    assert [len(part) for part in first.rows] == [FIRST_CHUNK, 0, 0] and first.over == (False, False, False)
    assert all(len(part) for part in second.rows)


def test_one_of_the_shortest_seven_eighths_is_chosen_whatever_ends_first() -> None:
    lengths = [40, 7, 16, 100, 16, 9, 30, 200]
    for running in ([], [7], [3, 7]):
        group = [SimpleNamespace(drawn=n, over=i not in running) for i, n in enumerate(lengths)]
        # seven of eight, up to 100; while the seventh is not known to be over nothing is given up
        assert choosing._longest(group) == (math.inf if 3 in running else 100)


def test_candidates_share_the_prefix_and_the_first_points(completer: Completer, longest: Longest) -> None:
    plan = completer.plan([ASKED])[0]
    streamed(completer, ASKED)
    shared = len(plan.rows) + FIRST_CHUNK
    for drawing in longest.shown:
        assert drawing.shape[1] == STROKE5 and (drawing[:, 2:].sum(axis=1) == 1).all()
        np.testing.assert_array_equal(drawing[: len(plan.rows)], plan.rows)
    first, others = of_endings(longest.shown, shared)
    assert len(first) > 3 and len({drawing.tobytes() for drawing in first}) == len(first)
    assert len({drawing[:shared].tobytes() for drawing in others}) == len(others) > 3, "from the prefix on as they like"


def test_one_candidate_is_what_a_model_without_a_recogniser_draws() -> None:
    bundle = random_bundle()
    bare = {name: value for name, value in bundle.params.items() if not name.startswith(("recogniser.", "viewer."))}
    config = replace(bundle.config, recogniser_size=0, viewer_channels=0)
    plain = Completer(replace(bundle, config=config, params=bare))
    one = replace(ASKED, candidates=1)
    for ours, theirs in zip(streamed(latent(), one), streamed(plain, ASKED), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_what_is_streamed_is_what_is_completed(completer: Completer) -> None:
    for completion, rows in zip(completer.complete(ASKED), streamed(completer, ASKED), strict=True):
        drawn = np.concatenate([s.points for s in completion.sketch.strokes if s.author == "model"])
        np.testing.assert_allclose(drawn, rows[:, :2], atol=1e-3)


def test_the_same_is_drawn_in_small_pieces_also_where_the_first_ending_is_soon_over() -> None:
    bundle, soon_over = random_bundle(), 0
    bundle.params["decoder.out.bias"][2] += 2.0  # the end
    completer = Completer(bundle)
    for seed in range(16):
        asked = replace(ASKED, seed=seed, candidates=16, max_points=12)
        whole, pieces = streamed(completer, asked), streamed(completer, asked, chunk=1)
        soon_over += len(whole[0]) < FIRST_CHUNK
        for ours, theirs in zip(pieces, whole, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-3)
    assert soon_over, "one of them"


def test_whole_drawings_are_chosen_too(completer: Completer, longest: Longest) -> None:
    (done,) = completer.sample("owl", candidates=4, max_points=30, seed=1)
    assert len(longest.shown) == 4
    lengths = np.array([len(drawing) for drawing in longest.shown])
    # the point that a drawing begins with comes on top
    scores = np.log(lengths / 1000) - 2.0 * (lengths > 30)
    assert done.sketch.point_count == lengths[np.argmax(scores)]


def test_nothing_is_chosen_without_a_category(completer: Completer) -> None:
    recognition = completer.recognition
    plan = completer.plan([CompletionRequest(Sketch(), "owl", candidates=2)])[0]
    assert recognition is not None and plan.categories == ("owl",) and plan.numbers == (1,)


def test_a_request_given_up_while_candidates_are_drawn_says_nothing_more(completer: Completer) -> None:
    asked = iter([False, True] + [True] * 50)
    messages = list(completer.stream(ASKED, cancelled=lambda: next(asked)))
    assert sum(isinstance(message, Chunk) for message in messages) == 1
    assert not any(isinstance(message, Done) for message in messages)


def test_drawings_of_any_number_and_length_are_recognised_as_alone() -> None:
    model = to_model(random_bundle())
    recognition, rng = Recognition(model), np.random.default_rng(0)
    lengths = [1, 2, 63, 64, 65, 300, *rng.integers(1, 90, 70)]
    drawings = [np.eye(STROKE5, dtype=np.float32)[rng.integers(2, 4, n)] for n in lengths]
    for rows in drawings:
        rows[:, :2] = rng.normal(size=(len(rows), 2))
    together = recognition.probabilities(drawings)
    for i in (0, 1, 2, 3, 4, 5, 30, 75):
        np.testing.assert_allclose(together[i], np.exp(seen_by_hand(model, drawings[i])), rtol=1e-4)
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-5)


def test_a_guess_is_the_mean_of_what_is_seen_from_a_few_angles() -> None:
    model, rng = to_model(random_bundle()), np.random.default_rng(1)
    drawings = [np.eye(STROKE5, dtype=np.float32)[rng.integers(2, 4, n)] for n in (1, 7, 20)]
    for rows in drawings:
        rows[:, :2] = rng.normal(size=(len(rows), 2))
    recognition = Recognition(model)
    several, alone = recognition.guess(drawings), [recognition.guess([rows])[0] for rows in drawings]
    np.testing.assert_allclose(several, alone, rtol=1e-4)
    for rows, guess in zip(drawings, several, strict=True):
        seen = []
        for angle in TURNS:
            around = (rows[:, 0] + 1j * rows[:, 1]) * np.exp(1j * angle)
            seen.append(seen_by_hand(model, np.column_stack([around.real, around.imag, rows[:, 2:]])))
        np.testing.assert_allclose(guess, softmax(np.mean(seen, axis=0)), rtol=1e-4)
    assert max(abs(angle) for angle in TURNS) <= TURN


def test_a_very_long_drawing_is_read_up_to_a_limit() -> None:
    recognition = Recognition(to_model(random_bundle()))
    rows = np.zeros((MOST_ROWS + 500, STROKE5), np.float32)
    rows[:, 2], rows[:, 0] = 1, 0.1
    whole, cut = recognition.probabilities([rows]), recognition.probabilities([rows[:MOST_ROWS]])
    np.testing.assert_array_equal(whole, cut)


def test_features_of_one_drawing_by_hand() -> None:
    rows = np.array([[0, 0, 1, 0, 0], [2, 1, 0, 1, 0], [9, 9, 0, 0, 1]], np.float32)[:, None]
    by_hand = [[0, 0, 0, 0, 1, 0], [2, 1, 0.6, 0.3, 0, 1], [0] * 6]
    np.testing.assert_allclose(np.asarray(features(rows, np.array([2])))[:, 0], by_hand, rtol=1e-6)


def test_a_drawing_that_was_asked_about_lately_is_not_recognised_again() -> None:
    recognition, asked = Recognition(to_model(random_bundle())), []
    some = recognition._some
    recognition._some = lambda drawings: asked.append(len(drawings)) or some(drawings)
    rows = np.random.default_rng(0).normal(size=(70, 6, STROKE5)).astype(np.float32)
    first = recognition.guess([rows[0]])
    np.testing.assert_array_equal(recognition.guess([rows[0].copy()]), first)
    assert asked == [1] * len(TURNS)
    for other in rows[1:]:
        recognition.guess([other])
    np.testing.assert_allclose(recognition.guess([rows[0]]), first, rtol=1e-5)
    assert asked == [1] * len(TURNS) * 71  # only so many are kept


def test_an_ending_is_held_against_the_mean_of_those_before_it() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores, pictures = rng.normal(0, 0.3, 12), rng.uniform(0, 1, (12, 4, 4))
        chosen: list[int] = []
        for _ in range(5):
            apart = [np.mean([np.sqrt(((p - pictures[j]) ** 2).sum()) for j in chosen] or [0]) for p in pictures]
            worth = {i: scores[i] + choosing.VARIETY * apart[i] for i in range(12) if i not in chosen}
            chosen.append(max(worth, key=lambda i: worth[i]))
        assert choosing._varied(np.zeros(5, int), np.zeros(12, int), scores, pictures) == chosen
