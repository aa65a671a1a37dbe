"""The recogniser against a transcription in plain numpy, its edges, and that it learns."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import optax
import pytest
from flax import nnx
from scipy.special import expit, log_softmax
from tiny_training import on_device, random_drawings, rows_of

from sketchrnn.model.config import TINY, ModelConfig
from sketchrnn.model.losses import LossWeights, Rows, losses
from sketchrnn.model.recogniser import FEATURES, PLACE, random_cuts, recogniser_loss
from sketchrnn.model.sketchrnn import SketchRNN, make_model
from sketchrnn.weights import parameters

LENGTHS = (8, 1, 2, 5)


def batch(length: int = 8) -> Rows:
    return on_device(rows_of(random_drawings(LENGTHS), [0, 1, 2, 0], length, given=[3, 1, 2, 3]))


@pytest.fixture(scope="module")
def model() -> SketchRNN:
    return make_model(replace(TINY, recogniser_patch=3), 3)


def by_hand(weights: dict, rows: np.ndarray, patch: int) -> np.ndarray:
    """Logits of one drawing, rows (n, 5), float64."""
    get = lambda name: np.asarray(weights[f"recogniser.{name}"], np.float64)  # noqa: E731
    place = np.cumsum(rows[:, :2], axis=0) * PLACE
    points = np.concatenate([rows[:, :2], place, rows[:, 2:4]], axis=1).astype(np.float64)
    groups = [points[start : start + patch].ravel() for start in range(0, len(points), patch)]
    groups = [np.pad(group, (0, patch * FEATURES - len(group))) for group in groups]
    seen = []
    for name, inputs in (("forward", groups), ("backward", groups[::-1])):
        size = len(get(f"{name}.kernel"))
        h, c, hs = np.zeros(size), np.zeros(size), []
        for x in inputs:
            gates = x @ get(f"{name}.input_kernel") + h @ get(f"{name}.kernel") + get(f"{name}.bias")
            i, g, f, o = np.split(gates, 4)
            c = expit(f + 1) * c + expit(i) * np.tanh(g)
            h = expit(o) * np.tanh(c)
            hs.append(h)
        seen += [np.max(hs, axis=0), np.mean(hs, axis=0)]
    return np.concatenate(seen) @ get("out.kernel") + get("out.bias")


def test_logits_are_those_by_hand(model: SketchRNN) -> None:
    rows, weights = batch(), parameters(model)
    logits = np.asarray(model.recogniser(rows.rows[:-1], rows.lengths))
    for d, length in enumerate(LENGTHS):
        expected = by_hand(weights, np.asarray(rows.rows[:length, d]), 3)
        np.testing.assert_allclose(logits[d], expected, rtol=1e-5, atol=1e-6)


def test_what_stands_after_the_end_is_not_read(model: SketchRNN) -> None:
    short, long = batch(8), batch(13)
    junk = np.array(long.rows)
    for d, length in enumerate(LENGTHS):
        junk[length:, d] = 7.0
    expected = model.recogniser(short.rows[:-1], short.lengths)
    np.testing.assert_allclose(model.recogniser(junk[:-1], long.lengths), expected, atol=1e-6)


def test_loss_is_the_cross_entropy(model: SketchRNN) -> None:
    rows = batch()
    loss, right = recogniser_loss(model.recogniser, rows.rows[:-1], rows.lengths, rows.labels, None)
    logits = np.asarray(model.recogniser(rows.rows[:-1], rows.lengths))
    labels = np.asarray(rows.labels)
    assert float(loss) == pytest.approx(-log_softmax(logits, axis=1)[range(4), labels].mean(), rel=1e-5)
    assert float(right) == (logits.argmax(1) == labels).mean()


def test_cuts_leave_most_drawings_whole_and_no_drawing_empty() -> None:
    lengths = np.full(4000, 20, np.int32)
    cut = np.asarray(random_cuts(jax.random.key(0), lengths))
    assert cut.min() >= 1 and cut.max() == 20
    assert 0.54 < (cut < 20).mean() < 0.6
    assert np.asarray(random_cuts(jax.random.key(0), np.ones(50, np.int32))).tolist() == [1] * 50


@pytest.mark.parametrize("learnt", ["all", "decoder", "recogniser", "viewer"])
def test_only_what_is_learnt_has_a_gradient(model: SketchRNN, learnt: str) -> None:
    graph, params, rest = nnx.split(model, nnx.Param, ...)

    def total(params):
        whole = nnx.merge(graph, params, rest)
        return losses(whole, batch(), LossWeights(), jax.random.key(1), train=False, learnt=learnt)[0]

    flat = nnx.to_flat_state(jax.jit(jax.grad(total))(params))
    moved = {path[0] for path, variable in flat if np.abs(np.asarray(variable[...])).max() > 0}
    drawing, telling = {"embedding", "encoder", "prefix_prior", "decoder"}, {"recogniser", "viewer"}
    assert moved == {"all": drawing | telling, "decoder": drawing}.get(learnt, {learnt})


def test_it_learns_eight_drawings() -> None:
    model = make_model(replace(TINY, recogniser_size=16, categories=8), 0)
    rows = on_device(rows_of(random_drawings([9] * 8), range(8), 9, given=[8] * 8))
    graph, params, rest = nnx.split(model, nnx.Param, ...)
    optimiser = optax.adam(3e-2)

    @jax.jit
    def step(params, state):
        def loss(params):
            recogniser = nnx.merge(graph, params, rest).recogniser
            return recogniser_loss(recogniser, rows.rows[:-1], rows.lengths, rows.labels, None)

        (_, right), gradient = jax.value_and_grad(loss, has_aux=True)(params)
        changes, state = optimiser.update(gradient, state, params)
        return optax.apply_updates(params, changes), state, right

    state = optimiser.init(params)
    shares = []
    for _ in range(60):
        params, state, right = step(params, state)
        shares.append(float(right))
    assert shares[0] < 0.6 and shares[-1] == 1


def test_a_recogniser_needs_categories() -> None:
    with pytest.raises(ValueError, match="recogniser"):
        ModelConfig(recogniser_size=8)
    assert make_model(replace(TINY, recogniser_size=0)).recogniser is None
