"""The next offset as a mixture of bivariate normals, in log space (Graves 2013; Ha & Eck 2017, equations 3 to 7)."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from sketchrnn.model.config import PEN_STATES

LOG_TWO_PI = math.log(2 * math.pi)
MIN_LOG_SIGMA = -16.0
"""Floor of the density's log sigma, model units: a component that narrows onto one point must not reach infinity.

Published generators, trained on integers, go down to -14.3; at -16 every square still is a float32."""
MAX_CORRELATION_LOGIT = 7.0
"""Bound of the density's atanh rho: here 1 - rho is 28 steps of a float32, so that distances stay above 0."""


class Mixture(NamedTuple):
    """What the decoder says about the next point; M components, offsets in model units.

    Args:
        logits: (..., M), of the components' weights, not normalised.
        mean: (..., M, 2).
        log_sigma: (..., M, 2).
        correlation_logit: (..., M), atanh of rho.
        pen_logits: (..., 3), pen down, up, end, not normalised.
    """

    logits: jax.Array
    mean: jax.Array
    log_sigma: jax.Array
    correlation_logit: jax.Array
    pen_logits: jax.Array

    @property
    def weights(self) -> jax.Array:
        return jax.nn.softmax(self.logits)

    @property
    def sigma(self) -> jax.Array:
        return jnp.exp(self.log_sigma)

    @property
    def rho(self) -> jax.Array:
        return jnp.tanh(self.correlation_logit)

    @property
    def pen(self) -> jax.Array:
        return jax.nn.softmax(self.pen_logits)


def split_output(output: jax.Array) -> Mixture:
    """The mixture of the decoder's output (..., 3 + 6 M).

    Columns as in Magenta's: 3 pen logits, then M each of mixture logits, mu_x, mu_y, log sigma_x, log sigma_y and
    atanh rho.
    """
    parts = jnp.split(output[..., PEN_STATES:], 6, axis=-1)
    mean, log_sigma = jnp.stack(parts[1:3], axis=-1), jnp.stack(parts[3:5], axis=-1)
    return Mixture(parts[0], mean, log_sigma, parts[5], output[..., :PEN_STATES])


def log_density(mixture: Mixture, offset: jax.Array) -> jax.Array:
    """log p of offsets under the mixture.

    Args:
        mixture: (..., M) components.
        offset: (..., 2), model units.

    Returns:
        (...), nats; of a density over model units.

    Reference:
        Ha & Eck 2017, equation 3; Graves 2013 (arXiv 1308.0850), equations 24 and 25.
    """
    log_sigma = jnp.maximum(mixture.log_sigma, MIN_LOG_SIGMA)
    logit = jnp.clip(mixture.correlation_logit, -MAX_CORRELATION_LOGIT, MAX_CORRELATION_LOGIT)
    rho = jnp.tanh(logit)
    # 1 - rho^2 = sech^2 without the cancellation
    magnitude = jnp.abs(logit)
    log_one_minus_rho2 = 2 * (math.log(2) - magnitude - jnp.log1p(jnp.exp(-2 * magnitude)))
    scaled = (offset[..., None, :] - mixture.mean) * jnp.exp(-log_sigma)
    x, y = scaled[..., 0], scaled[..., 1]
    distance = (x * x + y * y - 2 * rho * x * y) * jnp.exp(-log_one_minus_rho2)
    component = -0.5 * distance - LOG_TWO_PI - log_sigma.sum(axis=-1) - 0.5 * log_one_minus_rho2
    return jax.nn.logsumexp(jax.nn.log_softmax(mixture.logits) + component, axis=-1)


def pen_log_probability(mixture: Mixture, pen: jax.Array) -> jax.Array:
    """log p of pen states.

    Args:
        mixture: pen logits (..., 3).
        pen: (..., 3), one-hot.

    Returns:
        (...), nats.
    """
    return (jax.nn.log_softmax(mixture.pen_logits) * pen).sum(axis=-1)
