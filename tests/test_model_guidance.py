"""Guidance against the density that it stands for, integrated on a grid, and against scipy's distributions."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from engine_models import random_bundle
from scipy import stats
from scipy.special import log_softmax, softmax

from sketchrnn.model import columns, decoding, guidance
from sketchrnn.model.led import led_by_category
from sketchrnn.model.mixture import Mixture, log_density
from sketchrnn.model.points import Drawn, Sampling, draw_points
from sketchrnn.model.sampling import make_noise, pen_temperature, sample
from sketchrnn.weights import to_model

MANY = 40_000


def mixture_of(parts: list[tuple[float, float, float, float, float]], pen: tuple[float, float, float]) -> Mixture:
    """(weight, mean x, mean y, sigma, rho) of each component."""
    weight, x, y, sigma, rho = np.array(parts, np.float32).T
    mean, log_sigma = np.stack([x, y], axis=1), np.log(np.stack([sigma, sigma], axis=1))
    values = np.log(weight), mean, log_sigma, np.arctanh(rho), np.log(pen)
    return Mixture(*(jnp.asarray(value, jnp.float32) for value in values))


TOLD = mixture_of([(0.5, 0, 0, 0.6, 0.3), (0.5, 2, 1, 0.8, 0)], (0.6, 0.3, 0.1))
UNTOLD = mixture_of([(0.7, 0.3, 0, 0.8, 0), (0.3, 2.5, 0, 1.2, -0.2)], (0.7, 0.1, 0.2))


def drawn(weight: float | None, temperature: float = 1.0) -> np.ndarray:
    """Rows drawn from TOLD, with guidance away from UNTOLD if there is any."""
    noise = make_noise(1, [0], MANY)
    uniform, normal = jnp.asarray(noise.uniform[:, 0]), jnp.asarray(noise.normal[:, 0])
    told, untold = (jax.tree.map(lambda v: jnp.broadcast_to(v, (MANY, *v.shape)), m) for m in (TOLD, UNTOLD))
    if weight is None:
        return np.asarray(jax.jit(sample)(told, uniform, normal, temperature))
    return np.asarray(jax.jit(guidance.sample_guided)(told, untold, uniform, normal, temperature, weight))


CODED = mixture_of([(0.6, 2.4, 1, 0.5, 0), (0.4, -0.5, 0.5, 0.6, 0.4)], (0.5, 0.4, 0.1))
"""Wants what TOLD seldom proposes."""


def led(weight: float, temperature: float = 1.0) -> np.ndarray:
    """Rows drawn from TOLD, led towards CODED and away from UNTOLD."""
    noise = make_noise(1, [0], MANY)
    uniform, normal = jnp.asarray(noise.uniform[:, 0]), jnp.asarray(noise.normal[:, 0])
    many = (jax.tree.map(lambda v: jnp.broadcast_to(v, (MANY, *v.shape)), m) for m in (TOLD, CODED, UNTOLD))
    return np.asarray(jax.jit(guidance.sample_led)(*many, uniform, normal, temperature, weight))


def shares(offsets: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.histogram2d(offsets[:, 0], offsets[:, 1], bins=[edges, edges])[0] / len(offsets)


@pytest.mark.parametrize("weight", [0.0, 1.0, 2.0])
def test_offsets_have_the_density_of_the_definition(weight: float) -> None:
    edges, fine = np.linspace(-4, 6, 21), np.linspace(-4, 6, 401)
    middle = (fine[1:] + fine[:-1]) / 2
    at = jnp.stack(jnp.meshgrid(middle, middle, indexing="ij"), axis=-1)
    told, untold = (np.asarray(jax.jit(log_density)(m, at), np.float64) for m in (TOLD, UNTOLD))
    density = np.exp(told + weight * (told - untold))
    wanted = (density / density.sum()).reshape(20, 20, 20, 20).sum(axis=(1, 3))
    rows = drawn(weight)
    offsets = rows[rows[:, 4] == 0, :2]
    apart = 0.5 * np.abs(shares(offsets, edges) - wanted).sum()
    # 40,000 independent draws are 0.02 off by chance; of sixteen proposals the best may not be among them
    assert apart < (0.03, 0.05, 0.09)[int(weight)]
    plain = drawn(None)
    if weight:
        assert apart < 0.5 * 0.5 * np.abs(shares(plain[plain[:, 4] == 0, :2], edges) - wanted).sum()


@pytest.mark.parametrize("temperature", [1.0, 0.3])
@pytest.mark.parametrize("weight", [0.0, 1.0, 2.0])
def test_what_a_code_leads_has_the_density_of_the_definition(weight: float, temperature: float) -> None:
    edges, fine = np.linspace(-4, 6, 21), np.linspace(-4, 6, 401)
    middle = (fine[1:] + fine[:-1]) / 2
    at = jnp.stack(jnp.meshgrid(middle, middle, indexing="ij"), axis=-1)
    coded, untold = (np.asarray(jax.jit(log_density)(m, at), np.float64) for m in (CODED, UNTOLD))
    # the paper's temperature, by scipy: logits are divided by it, variances multiplied
    base = np.zeros_like(coded)
    for share, mean, sigma, rho in zip(
        softmax(TOLD.logits / temperature), TOLD.mean, TOLD.sigma, TOLD.rho, strict=True
    ):
        covariance = temperature * np.diag(sigma) @ [[1, rho], [rho, 1]] @ np.diag(sigma)
        base += share * stats.multivariate_normal(mean, covariance).pdf(at)
    density = base * np.exp(weight * (coded - untold))
    wanted = (density / density.sum()).reshape(20, 20, 20, 20).sum(axis=(1, 3))
    rows = led(weight, temperature)
    apart = 0.5 * np.abs(shares(rows[rows[:, 4] == 0, :2], edges) - wanted).sum()
    # as above: of so many proposals the best may not be among them
    assert apart < (0.03, 0.05, 0.09)[int(weight)]


@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_pen_states_that_a_code_leads_are_weighed_exactly(temperature: float) -> None:
    base, coded, untold = (log_softmax(np.asarray(m.pen_logits)) for m in (TOLD, CODED, UNTOLD))
    wanted = softmax((base + 1.5 * (coded - untold)) / pen_temperature(temperature))
    seen = led(1.5, temperature)[:, 2:].sum(axis=0)
    assert stats.chisquare(seen, wanted * MANY).pvalue > 1e-3


@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_pen_states_are_weighed_exactly(temperature: float) -> None:
    told, untold = (log_softmax(np.asarray(m.pen_logits)) for m in (TOLD, UNTOLD))
    wanted = softmax((told + 1.5 * (told - untold)) / pen_temperature(temperature))
    seen = drawn(1.5, temperature)[:, 2:].sum(axis=0)
    assert stats.chisquare(seen, wanted * MANY).pvalue > 1e-3


def test_every_proposal_is_as_random_as_the_first_and_they_lie_apart() -> None:
    noise = make_noise(2, [0], 4000)
    uniform, normal = guidance.proposed(jnp.asarray(noise.uniform[:, 0, 0]), jnp.asarray(noise.normal[:, 0]))
    uniform, normal = np.asarray(uniform), np.asarray(normal)
    assert uniform.shape == (guidance.PROPOSALS, 4000) and normal.shape == (guidance.PROPOSALS, 4000, 2)
    np.testing.assert_allclose(uniform[0], noise.uniform[:, 0, 0], atol=1e-6)
    np.testing.assert_allclose(normal[0], noise.normal[:, 0], atol=2e-3)
    for one in range(guidance.PROPOSALS):
        assert stats.kstest(uniform[one], "uniform").pvalue > 1e-4
        for axis in range(2):
            assert stats.kstest(normal[one, :, axis], "norm").pvalue > 1e-4
        assert abs(np.corrcoef(normal[one].T)[0, 1]) < 0.08
    # one in every sixteenth
    np.testing.assert_array_equal(np.sort((uniform * guidance.PROPOSALS).astype(int), axis=0)[:, 7], np.arange(16))


def test_what_is_told_and_untold_alike_is_led_nowhere() -> None:
    np.testing.assert_allclose(_alike(5.0), _alike(0.0))


def _alike(weight: float) -> jax.Array:
    once = jax.tree.map(lambda value: value[None], TOLD)
    return jax.jit(guidance.sample_guided)(once, once, jnp.full((1, 3), 0.2), jnp.ones((1, 2)), 1.0, weight)


@pytest.mark.parametrize(("cell", "lower"), [("lstm", 0), ("stacked", 20)])
def test_the_decoder_with_drawings_as_columns_draws_the_same(cell: str, lower: int) -> None:
    model, rng = to_model(random_bundle(decoder_cell=cell, lower_size=lower)), np.random.default_rng(3)
    told, untold = rng.normal(0, 1, (2, 4, model.config.condition_size)).astype(np.float32)
    sizes = model.decoder.cell.state_sizes * 2  # of those that are told, and of those that are not
    state = tuple(rng.normal(0, 0.5, (4, size)).astype(np.float32) for size in sizes)
    over, noise = np.array([False, True, False, False]), make_noise(4, range(4), 9)
    temperature, weight = (np.linspace(low, high, 4, dtype=np.float32)[:, None] for low, high in ((0.3, 1), (0, 4)))

    def drawn(form_of, weights):
        form, sampling = led_by_category(form_of(weights)), Sampling(temperature, weight)
        return draw_points(form, Drawn(state, over), noise, (told, untold), sampling, 9)

    (after, done), rows = jax.jit(partial(drawn, columns.form))(columns.pack(model.decoder))
    wanted, theirs = jax.jit(partial(drawn, decoding.form))(model)
    np.testing.assert_allclose(rows, theirs, atol=1e-5)
    np.testing.assert_array_equal(done, wanted.over)
    for ours, whole in zip(after, wanted.state, strict=True):
        np.testing.assert_allclose(ours[~over], whole[~over], atol=1e-5)
