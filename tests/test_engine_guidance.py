"""Completions with guidance: which are led, and that nobody beside them changes anything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from compilations import compilations
from engine_models import half_a_face, random_bundle

from sketchrnn.engine.completer import Completer
from sketchrnn.engine.messages import Completion, CompletionRequest
from sketchrnn.sketch.types import Sketch
from sketchrnn.weights import UNTOLD

ASKED = CompletionRequest(half_a_face(), "owl", seed=3, max_points=30, scale=1.0, candidates=1, guidance=2.0)


@pytest.fixture(scope="module", params=["lstm", "layer_norm"])
def completer(request) -> Completer:
    return Completer(random_bundle(decoder_cell=request.param))


def points(done: Completion) -> np.ndarray:
    return done.sketch.points()


def test_endings_led_and_not_led_are_drawn_side_by_side_as_alone(completer: Completer) -> None:
    asked = [replace(ASKED, seed=seed, guidance=w, endings=n) for seed, w, n in ((1, 2, 1), (2, 0, 3), (3, 4, 5))]
    together = list(completer.complete_many(asked))
    alone = [done for request in asked for done in completer.complete(request)]
    assert len(together) == 9
    for ours, theirs in zip(together, alone, strict=True):
        np.testing.assert_allclose(points(ours), points(theirs), atol=0.02)


def test_many_led_endings_that_share_lanes_are_drawn_as_alone(completer: Completer) -> None:
    asked = [replace(ASKED, seed=seed, max_points=20 + seed, endings=2) for seed in range(20)]
    alone = [done for request in asked for done in completer.complete(request)]
    assert len({done.sketch.point_count for done in alone}) > 5
    for ours, theirs in zip(completer.complete_many(asked), alone, strict=True):
        np.testing.assert_allclose(points(ours), points(theirs), atol=0.02)


def test_programs_that_lead_need_nothing_more_after_warming() -> None:
    completer = Completer(random_bundle())
    for _ in completer.warm():
        pass
    with compilations() as count:
        for endings, candidates in ((1, 1), (1, 8), (9, 1), (9, 16), (16, 8)):
            completer.complete(replace(ASKED, endings=endings, candidates=candidates))
    assert count.now == 0


def test_the_same_chance_draws_otherwise_when_led(completer: Completer) -> None:
    drawn = [points(completer.complete(replace(ASKED, guidance=w))[0]) for w in (0.0, 2.0, 2.0)]
    np.testing.assert_array_equal(drawn[1], drawn[2])
    assert drawn[0].shape != drawn[1].shape or not np.allclose(drawn[0], drawn[1])


def test_the_state_that_is_told_nothing_is_that_of_no_category(completer: Completer) -> None:
    (led,) = completer.plan([ASKED])[0].endings
    (free,) = completer.plan([replace(ASKED, guidance=0.0)])[0].endings
    parts = len(free.state)
    assert led.guidance == 2 and free.guidance == 0 and len(led.state) == 2 * parts
    nothing = completer.programs.untold(led.condition[None])
    embedded = completer.programs.embed([completer.bundle.config.categories])
    np.testing.assert_array_equal(nothing[:, : embedded.shape[1]], embedded)
    (read,) = completer.states.read([completer.plan([ASKED])[0].rows], nothing)
    for told, plain in zip(led.state[:parts], free.state, strict=True):
        np.testing.assert_allclose(told, plain, atol=1e-6)
    for untold, other in zip(led.state[parts:], read.state, strict=True):
        np.testing.assert_allclose(untold, other, atol=1e-6)


def test_nothing_leads_where_there_is_no_category() -> None:
    without = Completer(random_bundle(category_head=False, recogniser_size=0, viewer_channels=0))
    untold = replace(ASKED, category=None)
    assert without.plan([untold])[0].endings[0].guidance == 0
    one_kind = Completer(
        random_bundle(conditional=False, categories=0, category_head=False, recogniser_size=0, viewer_channels=0)
    )
    assert one_kind.plan([untold])[0].endings[0].guidance == 0
    assert points(one_kind.complete(untold)[0]).shape[1] == 2


@pytest.mark.parametrize("conditional", [False, True])
def test_a_model_that_was_always_told_the_category_draws_without(conditional: bool) -> None:
    bundle = random_bundle(conditional=conditional, prefix_prior_size=8 * conditional)
    leading, other = Completer(bundle), Completer(replace(bundle, card={UNTOLD: 0.0}))
    assert other.plan([ASKED])[0].endings[0].guidance == 0
    drawn = points(other.complete(ASKED)[0])
    np.testing.assert_array_equal(drawn, points(leading.complete(replace(ASKED, guidance=0.0))[0]))
    assert [what for what in other.warm() if what.startswith(("guided", "draw"))] == ["draw 1", "draw 8"]
    assert "guided 1" in list(leading.warm())
    assert Completer(replace(bundle, card={UNTOLD: 0.1})).plan([ASKED])[0].endings[0].guidance == 2


def test_a_latent_code_is_the_same_told_and_untold() -> None:
    completer = Completer(random_bundle(conditional=True, prefix_prior_size=8))
    conditions = completer.plan([replace(ASKED, prefix=Sketch())])[0].endings[0].condition[None]
    embedded = completer.programs.embed([0]).shape[1]
    untold = completer.programs.untold(conditions)
    assert conditions.shape[1] > embedded
    np.testing.assert_array_equal(untold[:, embedded:], conditions[:, embedded:])
    assert not np.allclose(untold[:, :embedded], conditions[:, :embedded])


def test_guidance_out_of_range_is_refused() -> None:
    for wrong in (-0.1, 10.5, float("nan")):
        with pytest.raises(ValueError, match="guidance"):
            replace(ASKED, guidance=wrong)
