"""The mixture's density against scipy's bivariate normal, its integral, and its edges."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal

from sketchrnn.model.mixture import Mixture, log_density, pen_log_probability, split_output

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
