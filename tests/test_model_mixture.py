"""The mixture's density against scipy's bivariate normal, its integral, and its edges."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal

from sketchrnn.model.mixture import Mixture, log_density, pen_log_probability, split_output
from sketchrnn.model.sampling import choose, pen_temperature, point_row, sample_offset

density = jax.jit(log_density)


def mixture(seed: int, components: int = 5, shape: tuple[int, ...] = ()) -> Mixture:
    rng = np.random.default_rng(seed)
    return Mixture(
        *(
            jnp.asarray(rng.normal(0, scale, (*shape, *size)), jnp.float32)
            for scale, size in ((1, (components,)), (1, (components, 2)), (0.5, (components, 2)), (0.8, (components,)))
        ),
        jnp.asarray(rng.normal(size=(*shape, 3)), jnp.float32),
    )


def by_scipy(mixture: Mixture, offsets: np.ndarray) -> np.ndarray:
    """log p of offsets (n, 2), float64."""
    mean, sigma = np.asarray(mixture.mean, np.float64), np.exp(np.asarray(mixture.log_sigma, np.float64))
    rho = np.tanh(np.asarray(mixture.correlation_logit, np.float64))
    logs = []
    for m, s, r in zip(mean, sigma, rho, strict=True):
        covariance = [[s[0] ** 2, r * s[0] * s[1]], [r * s[0] * s[1], s[1] ** 2]]
        logs.append(multivariate_normal(m, covariance).logpdf(offsets))
    weights = softmax(np.asarray(mixture.logits, np.float64))
    return logsumexp(np.log(weights)[:, None] + np.array(logs), axis=0)


@pytest.mark.parametrize("seed", range(4))
def test_density_is_scipys(seed: int) -> None:
    offsets = np.random.default_rng(seed).normal(0, 3, (50, 2)).astype(np.float32)
    # measured: 4e-6
    np.testing.assert_allclose(density(mixture(seed), offsets), by_scipy(mixture(seed), offsets), rtol=2e-5, atol=2e-5)


def test_density_integrates_to_one() -> None:
    side = np.linspace(-12, 12, 961)
    grid = np.stack(np.meshgrid(side, side), axis=-1).astype(np.float32)
    values = np.exp(np.asarray(density(mixture(1), grid), np.float64))
    assert values.sum() * (side[1] - side[0]) ** 2 == pytest.approx(1, abs=1e-4)


def test_a_strong_correlation_is_scipys() -> None:
    sharp = mixture(2)._replace(correlation_logit=jnp.full(5, 3.0))
    offsets = np.random.default_rng(0).normal(0, 0.5, (20, 2)).astype(np.float32)
    np.testing.assert_allclose(density(sharp, offsets), by_scipy(sharp, offsets), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    "change",
    [
        {"log_sigma": jnp.full((5, 2), -80.0)},
        {"log_sigma": jnp.full((5, 2), 80.0)},
        {"correlation_logit": jnp.full(5, 60.0)},
        {"correlation_logit": jnp.full(5, -60.0)},
        {"logits": jnp.array([500.0, -500, 0, 0, 0])},
    ],
)
def test_extreme_mixtures_give_numbers_and_gradients(change: dict) -> None:
    extreme = mixture(3)._replace(**change)
    offset = jnp.array([0.3, -0.2])
    value, gradient = jax.value_and_grad(log_density)(extreme, offset)
    assert np.isfinite(value)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


def test_output_columns_are_magentas() -> None:
    columns = jnp.arange(3 + 6 * 2.0)
    parts = split_output(columns)
    assert parts.pen_logits.tolist() == [0, 1, 2]
    assert parts.logits.tolist() == [3, 4]
    assert parts.mean.tolist() == [[5, 7], [6, 8]]  # mu_x of both, then mu_y of both
    assert parts.log_sigma.tolist() == [[9, 11], [10, 12]]
    assert parts.correlation_logit.tolist() == [13, 14]


def test_pen_probabilities_sum_to_one() -> None:
    states = [float(pen_log_probability(mixture(0), jnp.eye(3)[index])) for index in range(3)]
    assert np.exp(states).sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("temperature", [0.04, 0.25, 1.0])
def test_temperature_multiplies_the_variance(temperature: float) -> None:
    """Ha & Eck 2017, equation 8, against numpy's Cholesky factor of the covariance."""
    one = jax.tree.map(lambda leaf: leaf[None], mixture(1))._replace(logits=jnp.array([[-90.0, -90, 0, -90, -90]]))
    sx, sy = np.asarray(one.sigma, np.float64)[0, 2]
    across = float(one.rho[0, 2]) * sx * sy
    root = np.linalg.cholesky(temperature * np.array([[sx**2, across], [across, sy**2]]))
    for normal in np.random.default_rng(0).normal(size=(5, 2)):
        offset = sample_offset(one, jnp.array([0.5]), jnp.asarray(normal[None], jnp.float32), temperature)
        np.testing.assert_allclose(offset[0], np.asarray(one.mean)[0, 2] + root @ normal, rtol=1e-4, atol=1e-5)


def test_the_pen_is_less_cold_than_the_offset() -> None:
    logits, uniform = jnp.array([[0.0, 1.0, -2.0]]), np.linspace(0, 1, 100, endpoint=False)
    for temperature, divisor in ((1.0, 1.0), (0.5, 0.75), (0.01, 0.505)):
        assert pen_temperature(temperature) == pytest.approx(divisor)
        rows = [point_row(jnp.ones((1, 2)), logits, jnp.array([u], jnp.float32), temperature)[0] for u in uniform]
        shares = np.mean(np.array(rows)[:, 2:], axis=0)
        expected = np.exp(np.array([0, 1, -2]) / divisor)
        np.testing.assert_allclose(shares, expected / expected.sum(), atol=0.02)


def test_what_is_chosen_has_a_chance() -> None:
    never = jnp.array([[-jnp.inf, 0.0, 0.0, -jnp.inf]])
    assert choose(never, jnp.array([0.0])).tolist() == [1]
    assert choose(never, jnp.array([1 - 2.0**-24])).tolist() == [2]
    # sums of float32 that end below the largest uniform number: the last component has no chance all the same
    rng = np.random.default_rng(0)
    logits = jnp.asarray(np.append(rng.normal(0, 2, (500, 40)), np.full((500, 1), -np.inf), axis=1), jnp.float32)
    chosen = choose(logits, jnp.full(500, 1 - 2.0**-24, jnp.float32))
    assert chosen.max() < 40
