"""The loss against a transcription of the paper's equations in plain numpy, its reductions, its gradient, its edges."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.special import expit, log_softmax, logsumexp
from tiny_training import on_device, random_drawings, rows_of

from sketchrnn.model.config import TINY, ModelConfig
from sketchrnn.model.losses import LossWeights, Rows, losses
from sketchrnn.model.sketchrnn import SketchRNN, make_model
from sketchrnn.weights import parameters

LENGTHS = (8, 1, 2, 5)
KEY_SEED = 4


def batch(length: int = 8) -> Rows:
    return on_device(rows_of(random_drawings(LENGTHS), [0, 1, 2, 0], length, given=[3, 1, 2, 3]))


@pytest.fixture(scope="module")
def model() -> SketchRNN:
    return make_model(TINY, 3)


@pytest.fixture(scope="module")
def measure(model: SketchRNN):
    """(params, rows, weights, reduction) -> total and parts, without dropout."""
    graph, _, rest = nnx.split(model, nnx.Param, ...)

    @partial(jax.jit, static_argnames="reduction")
    def run(params, rows, weights, reduction="points"):
        whole = nnx.merge(graph, params, rest)
        key = jax.random.key(KEY_SEED)
        return losses(whole, rows, weights, key, train=False, reduction=reduction, max_points=250, untold=None)

    return run


def params_of(model: SketchRNN):
    return nnx.state(model, nnx.Param)


def test_no_two_parts_share_their_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    model, keys = make_model(replace(TINY, recurrent_keep=0.5)), []

    def noted(draw, key, *arguments, **more):
        jax.debug.callback(lambda data: keys.append(tuple(data.tolist())), jax.random.key_data(key))
        return draw(key, *arguments, **more)

    for name in ("bits", "normal", "uniform"):
        monkeypatch.setattr(jax.random, name, partial(noted, getattr(jax.random, name)))
    graph, params, rest = nnx.split(model, nnx.Param, ...)
    run = jax.jit(lambda params, rows, key: losses(nnx.merge(graph, params, rest), rows, LossWeights(), key))
    run(params, batch(), jax.random.key(KEY_SEED))
    jax.effects_barrier()
    # dropout of encoder and decoder, codes, cuts for the prior and for the recogniser, cuts and turns for the viewer
    assert len(keys) == len(set(keys)) == 7


# the paper's equations, drawing by drawing, float64


def lstm(weights: dict, name: str, inputs: np.ndarray, h: np.ndarray, c: np.ndarray) -> np.ndarray:
    """h after each input, (T, H)."""
    get = lambda part: np.asarray(weights[f"{name}.{part}"], np.float64)  # noqa: E731
    hs = []
    for x in inputs:
        i, g, f, o = np.split(x @ get("input_kernel") + h @ get("kernel") + get("bias"), 4)
        c = expit(f + 1) * c + expit(i) * np.tanh(g)
        h = expit(o) * np.tanh(c)
        hs.append(h)
    return np.array(hs)


def linear(weights: dict, name: str, x: np.ndarray) -> np.ndarray:
    return x @ np.asarray(weights[f"{name}.kernel"], np.float64) + np.asarray(weights[f"{name}.bias"], np.float64)


def log_normal(offset: np.ndarray, out: np.ndarray, components: int) -> float:
    """Equation 3: the logarithm of a mixture of bivariate normals (Graves 2013, equations 24 and 25)."""
    pi, mx, my, lx, ly, logit = np.split(out[3:], 6)
    rho, x, y = np.tanh(logit), (offset[0] - mx) / np.exp(lx), (offset[1] - my) / np.exp(ly)
    z = x**2 + y**2 - 2 * rho * x * y
    normal = -z / (2 * (1 - rho**2)) - np.log(2 * np.pi * np.sqrt(1 - rho**2)) - lx - ly
    return float(logsumexp(log_softmax(pi) + normal))


def paper(weights: dict, config: ModelConfig, rows: np.ndarray, count: int, given: int, noise: np.ndarray):
    """(offset nats, pen nats, KL per latent dimension) of one drawing of `count` points, rows (T + 1, 5)."""
    rows = rows.astype(np.float64)
    zeros = np.zeros(config.encoder_size)
    forward = lstm(weights, "encoder.forward", rows[:count], zeros, zeros)[-1]
    backward = lstm(weights, "encoder.backward", rows[:count][::-1], zeros, zeros)[-1]
    code = np.concatenate([forward, backward])  # equation 1
    mean, log_variance = linear(weights, "encoder.mean", code), linear(weights, "encoder.log_variance", code)
    z = mean + np.exp(log_variance / 2) * noise  # equation 2
    kl = -np.mean(1 + log_variance - mean**2 - np.exp(log_variance)) / 2  # equation 10
    condition = np.concatenate([np.asarray(weights["embedding.embedding"], np.float64)[given], z])
    h, c = np.split(np.tanh(linear(weights, "decoder.initial", condition)), 2)
    inputs = np.concatenate([rows[:count], np.repeat(condition[None], count, 0)], axis=1)
    outputs = linear(weights, "decoder.out", lstm(weights, "decoder.cell", inputs, h, c))
    # equation 9: offsets of points 2 to N, pen states of points 2 to N and of the end
    offset = -sum(log_normal(rows[t + 1, :2], outputs[t], config.mixtures) for t in range(count - 1))
    pen = -sum(log_softmax(outputs[t, :3]) @ rows[t + 1, 2:] for t in range(count))
    return offset, pen, kl


def test_loss_is_the_papers(model: SketchRNN, measure) -> None:
    rows, weights = batch(), parameters(model)
    noise = jax.random.normal(jax.random.split(jax.random.key(KEY_SEED), 6)[1], (4, TINY.latent_size))
    single = [
        paper(weights, TINY, np.asarray(rows.rows[:, d]), LENGTHS[d], int(rows.given[d]), np.asarray(noise[d]))
        for d in range(4)
    ]
    offset, pen, kl = np.sum(single, axis=0) / [1, 1, 4]
    for reduction, divisor in (("points", sum(LENGTHS)), ("max_points", 250 * 4)):
        total, parts = measure(
            params_of(model), rows, LossWeights(kl=0.5, kl_floor=0.0, prior=0.0, recogniser=0.0), reduction
        )
        assert float(parts["offset_loss"]) == pytest.approx(offset, rel=1e-5)
        assert float(parts["pen_loss"]) == pytest.approx(pen, rel=1e-5)
        assert float(parts["kl_loss"]) == pytest.approx(kl, rel=1e-4, abs=1e-7)
        assert float(total) == pytest.approx((offset + pen) / divisor + 0.5 * kl, rel=1e-5)
        assert float(parts["points"]) == sum(LENGTHS)


def test_kl_counts_down_to_its_floor(model: SketchRNN, measure) -> None:
    def total(weight: float, floor: float) -> float:
        return float(measure(params_of(model), batch(), LossWeights(kl=weight, kl_floor=floor))[0])

    kl = float(measure(params_of(model), batch(), LossWeights())[1]["kl_loss"])
    assert 0 < kl < 0.1
    assert total(2.0, 0.0) - total(0.0, 0.0) == pytest.approx(2 * kl, rel=1e-2, abs=1e-5)
    assert total(2.0, 0.3) - total(0.0, 0.3) == pytest.approx(2 * 0.3, rel=1e-4)


def test_what_stands_after_the_end_changes_nothing(model: SketchRNN, measure) -> None:
    clean = batch()
    rows = np.array(clean.rows)
    junk = np.random.default_rng(0).normal(0, 50, rows.shape)
    after = np.arange(len(rows))[:, None] > np.array(LENGTHS)
    after[-1] = [False, True, True, True]
    rows[after] = junk[after]
    weights = LossWeights(head=0.1)
    want = measure(params_of(model), clean, weights)
    got = measure(params_of(model), clean._replace(rows=jnp.asarray(rows)), weights)
    jax.tree.map(np.testing.assert_array_equal, got, want)


def test_a_drawings_loss_does_not_depend_on_its_padding(model: SketchRNN, measure) -> None:
    short = measure(params_of(model), batch(8), LossWeights())[1]
    long = measure(params_of(model), batch(12), LossWeights())[1]
    for name in ("offset_loss", "pen_loss", "kl_loss"):
        assert float(short[name]) == pytest.approx(float(long[name]), rel=1e-5)


def test_head_is_scored_on_drawings_told_nothing(model: SketchRNN, measure) -> None:
    rows = batch()
    told = rows._replace(given=rows.labels)
    assert float(measure(params_of(model), told, LossWeights())[1]["head_loss"]) == 0
    loss = float(measure(params_of(model), rows, LossWeights())[1]["head_loss"])
    assert loss == pytest.approx(np.log(3), abs=0.5)  # three categories, random weights


CELLS = [("lstm", "hyper"), ("hyper", "layer_norm"), ("layer_norm", "stacked"), ("stacked", "lstm")]


@pytest.mark.parametrize(("encoder", "decoder"), CELLS)
def test_gradient_is_that_of_finite_differences(encoder: str, decoder: str) -> None:
    """Every array of the network along a random direction, for all cells on both sides."""
    config = replace(
        TINY, encoder_cell=encoder, decoder_cell=decoder, decoder_size=6, encoder_size=5, hyper_size=4, latent_size=3
    )
    # the viewer is left out: its rectifiers have no slope at their bend; the recogniser is the same beside all cells
    recogniser = TINY.recogniser_size if encoder == "lstm" else 0
    others = {"prefix_prior_size": 0, "category_head": False, "recogniser_size": recogniser, "viewer_channels": 0}
    whole = make_model(replace(config, **others), 1)
    graph, params, rest = nnx.split(whole, nnx.Param, ...)
    # away from the near-zero start of some layers, where every slope is lost in rounding
    rng = np.random.default_rng(5)
    params = jax.tree.map(lambda leaf: leaf + rng.normal(0, 0.3, leaf.shape).astype(np.float32), params)
    rows = batch()

    @jax.jit
    def value_and_gradient(params):
        loss = lambda p: losses(  # noqa: E731
            nnx.merge(graph, p, rest), rows, LossWeights(kl_floor=0.0), jax.random.key(0), train=False
        )[0]
        return jax.value_and_grad(loss)(params)

    _, gradient = value_and_gradient(params)
    leaves, tree = jax.tree.flatten(params)
    for place, slopes in enumerate(jax.tree.leaves(gradient)):
        direction = rng.normal(size=slopes.shape).astype(np.float32)
        direction /= np.linalg.norm(direction)
        values = []
        for sign in (1, -1):
            moved = [leaf + sign * 0.01 * direction if index == place else leaf for index, leaf in enumerate(leaves)]
            values.append(float(value_and_gradient(jax.tree.unflatten(tree, moved))[0]))
        assert (values[0] - values[1]) / 0.02 == pytest.approx(float((slopes * direction).sum()), rel=0.03, abs=2e-3), (
            place
        )


def test_the_prior_follows_the_posterior_and_never_pulls_at_it(model: SketchRNN) -> None:
    graph, params, rest = nnx.split(model, nnx.Param, ...)

    @jax.jit
    @jax.grad
    def gradient(params, weight: float):
        whole = nnx.merge(graph, params, rest)
        weights = LossWeights(kl=0.0, prior=weight)
        return losses(whole, batch(), weights, jax.random.key(KEY_SEED), train=False, learnt="decoder")[0]

    without, with_it = (gradient(params, weight) for weight in (0.0, 5.0))
    for one, other in zip(*map(jax.tree.leaves, (without["encoder"], with_it["encoder"])), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-6)
    moved = jax.tree.map(lambda one, other: float(np.abs(other - one).max()), without, with_it)
    assert max(jax.tree.leaves(moved["prefix_prior"])) > 1e-3
