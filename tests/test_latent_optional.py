"""A latent code that drawings can do without: without one the network is a decoder-only one, to the last digit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import jax
import numpy as np
import pytest
from engine_models import half_a_face, random_bundle
from flax import nnx
from tiny_training import CONFIG, NAMES, corpus_of, dataset_of, on_device, random_drawings, rows_of

from sketchrnn.engine.completer import Completer
from sketchrnn.engine.messages import CompletionRequest
from sketchrnn.model.config import TINY, ModelConfig
from sketchrnn.model.losses import LossWeights, Rows, losses
from sketchrnn.training.evaluate import evaluate
from sketchrnn.training.fit import train
from sketchrnn.training.folder import RunFolder, read_metrics
from sketchrnn.training.start import like_bundle
from sketchrnn.weights import WeightBundle, load_bundle, to_model

OPTIONAL = replace(TINY, latent_optional=True, prefix_prior_size=0, categories=3)
WEIGHTS = LossWeights()
MEASURE = nnx.jit(partial(losses, train=False, learnt="decoder"), static_argnames="coded")


def batch(some: slice = slice(None)) -> Rows:
    rows = rows_of(random_drawings((8, 3, 5, 6)), [0, 1, 2, 0], 8, given=[3, 1, 2, 0])
    return on_device(Rows(rows.rows[:, some], *(values[some] for values in rows[1:])))


@pytest.fixture(scope="module")
def model():
    return to_model(random_bundle(latent_optional=True, prefix_prior_size=0))


def measured(model, rows: Rows, coded: int | None, weights: LossWeights = WEIGHTS):
    total, parts = MEASURE(model, rows, weights, jax.random.key(4), coded=coded)
    return float(total), {name: float(value) for name, value in parts.items()}


def without_code(bundle: WeightBundle) -> WeightBundle:
    """The decoder-only network that a network is while it has no code."""
    rows = {"decoder.cell.input_kernel": 5 + TINY.category_embedding, "decoder.initial.kernel": TINY.category_embedding}
    kept = {name: value for name, value in bundle.params.items() if not name.startswith("encoder.")}
    params = {name: value[: rows.get(name, len(value))] for name, value in kept.items()}
    config = replace(bundle.config, conditional=False, latent_optional=False)
    return replace(bundle, config=config, params=params)


def test_no_code_is_a_code_of_zeros(model) -> None:
    categories = np.array([0, 2])
    condition = model.condition(categories)
    np.testing.assert_array_equal(condition, model.condition(categories, np.zeros((2, TINY.latent_size))))
    assert condition.shape == (2, OPTIONAL.condition_size)


@pytest.mark.parametrize("changes", [{"conditional": False}, {"prefix_prior_size": 8}])
def test_a_code_that_may_be_left_out_has_an_encoder_and_no_prior(changes) -> None:
    with pytest.raises(ValueError, match="encoder and no prefix prior"):
        replace(OPTIONAL, **changes)
    assert not OPTIONAL.drawn_from_code and ModelConfig().drawn_from_code


def test_a_batch_is_its_two_parts(model) -> None:
    _, whole = measured(model, batch(), 2)
    _, plain = measured(model, batch(slice(0, 2)), 0)
    _, coded = measured(model, batch(slice(2, 4)), None)
    for name in ("offset_loss", "pen_loss", "points"):
        assert whole[name] == pytest.approx(plain[name] + coded[name], rel=1e-5), name
    assert whole["kl_loss"] == pytest.approx(coded["kl_loss"], rel=1e-5) and coded["kl_loss"] > 0
    assert plain["kl_loss"] == 0


def test_the_kl_counts_for_the_share_that_has_a_code(model) -> None:
    heavy, light = (measured(model, batch(), 1, LossWeights(kl=kl, kl_floor=0.0))[0] for kl in (8.0, 0.0))
    assert heavy - light == pytest.approx(8 / 4 * measured(model, batch(), 1)[1]["kl_loss"], rel=1e-3)


def test_what_is_drawn_without_a_code_teaches_no_encoder(model) -> None:
    graph, params, rest = nnx.split(model, nnx.Param, ...)

    def total(params, coded):
        whole = nnx.merge(graph, params, rest)
        return losses(whole, batch(), LossWeights(), jax.random.key(0), coded=coded, learnt="decoder")[0]

    slope = jax.jit(jax.grad(total), static_argnums=1)
    for coded in (0, 2):
        gradient = slope(params, coded)
        moved = [np.abs(leaf).max() for leaf in jax.tree.leaves(gradient["encoder"])]
        assert (max(moved) > 0) == (coded > 0)


def test_scores_and_completions_are_those_of_the_decoder_alone() -> None:
    bundle = random_bundle(latent_optional=True, prefix_prior_size=0)
    alone = without_code(bundle)
    corpus = replace(corpus_of([5, 9, 12, 7]), categories=bundle.categories)
    ours, theirs = evaluate(bundle, corpus), evaluate(alone, corpus)
    assert ours.overall.nats_per_point == pytest.approx(theirs.overall.nats_per_point, abs=1e-5)
    assert ours.overall.kl_loss == 0
    by_code = evaluate(bundle, corpus, coded=True, samples=2).overall
    assert by_code.kl_loss > 0 and by_code.nats_per_point != pytest.approx(ours.overall.nats_per_point, abs=1e-3)
    request = CompletionRequest(half_a_face(), endings=3, seed=5, max_points=20, candidates=4)
    drawn, expected = (Completer(one).complete(request) for one in (bundle, alone))
    for one, other in zip(drawn, expected, strict=True):
        assert one.category == other.category
        np.testing.assert_allclose(one.sketch.points(), other.sketch.points(), atol=1e-2)
    assert Completer(bundle).reconstruct(half_a_face(), endings=2, max_points=10)


def test_a_decoder_is_given_a_code_and_begins_where_it_was(tmp_path: Path) -> None:
    data = dataset_of(60)
    first = RunFolder(tmp_path / "first")
    before = train(replace(CONFIG, steps=6), first, data).best
    start = load_bundle(first.model)
    network = replace(CONFIG.model, conditional=True, latent_optional=True, latent_size=3, encoder_size=4)
    config = like_bundle(replace(CONFIG, model=network), start)
    assert config.model.latent_optional and config.coded == 2
    folder = RunFolder(tmp_path / "run")
    outcome = train(replace(config, steps=2, learning_rate=1e-9), folder, data, start=start)
    assert outcome.best == pytest.approx(before, abs=1e-4)
    lines = [line for line in read_metrics(folder.metrics) if "nats_per_point" in line]
    for line in lines:
        parts = [line[name] for name in ("offset_loss", "pen_loss", "kl_per_point")]
        assert line["nats_per_point"] == pytest.approx(sum(parts)) and parts[-1] > 0
    assert lines and "prior_loss" not in lines[0]
    grown, old = load_bundle(folder.model).params, start.params
    np.testing.assert_allclose(grown["decoder.cell.input_kernel"][:-3], old["decoder.cell.input_kernel"], atol=1e-6)
    assert np.abs(grown["decoder.cell.input_kernel"][-3:]).min() > 0 and set(NAMES) == set(start.categories)
