"""One point from the model: what is random about it, and the row that comes of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sketchrnn.model.config import PEN_STATES
from sketchrnn.model.mixture import Mixture


class Noise(NamedTuple):
    """All that is random in n points of K endings.

    Args:
        uniform: (n, K, 3) in [0, 1): chooses the component, the pen state and, with guidance, one of several offsets.
        normal: (n, K, 2) standard normal: the offset within the component.
    """

    uniform: jax.Array | np.ndarray
    normal: jax.Array | np.ndarray


def make_noise(seed: int, endings: Sequence[int], points: int) -> Noise:
    """The noise of some of a request's endings, by their numbers: each one's is the same whatever the others are
    (numpy's Philox, keyed by seed and number)."""
    values = np.empty((len(endings), points, 5))
    for ending, own in zip(endings, values, strict=True):
        np.random.Generator(np.random.Philox(key=[seed, ending])).random(out=own)
    values = values.swapaxes(0, 1)
    # Box-Muller by hand: each point takes exactly five numbers, so a longer request begins like a shorter one
    radius, angle = np.sqrt(-2 * np.log1p(-values[..., 3])), 2 * np.pi * values[..., 4]
    uniform = np.minimum(values[..., :3], 1 - 2.0**-24).astype(np.float32)
    normal = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).astype(np.float32)
    return Noise(uniform, normal)


def pen_temperature(temperature: jax.Array | float) -> jax.Array | float:
    """The gentler temperature of the pen: a small divisor would make the rare end rarer (DESIGN, measured)."""
    return 0.5 + 0.5 * temperature


def sample(mixture: Mixture, uniform: jax.Array, normal: jax.Array, temperature: jax.Array | float) -> jax.Array:
    """One stroke-5 row from each mixture.

    Args:
        mixture: (K, M) components.
        uniform, normal: (K, 3) and (K, 2), see `Noise`.
        temperature: divides the mixture's logits, multiplies its variances; above 0.

    Returns:
        (K, 5) float32, model units; offset 0 in an end row.

    Reference:
        Ha & Eck 2017, equation 8, but that the pen's logits are divided by `pen_temperature`; Graves 2013, section 4.
    """
    offset = sample_offset(mixture, uniform[:, 0], normal, temperature)
    return point_row(offset, mixture.pen_logits, uniform[:, 1], temperature)


def sample_offset(mixture: Mixture, uniform: jax.Array, normal: jax.Array, temperature: jax.Array | float) -> jax.Array:
    """Offsets from each mixture, (..., K, 2), for uniform (..., K), normal (..., K, 2) and (K, M) components."""
    component = choose(mixture.logits / temperature, uniform)
    values = jnp.concatenate([mixture.mean, mixture.log_sigma, mixture.correlation_logit[..., None]], axis=-1)
    picked = values[jnp.arange(len(values)), component]
    mean, sigma, rho = picked[..., :2], jnp.exp(picked[..., 2:4]), jnp.tanh(picked[..., 4])
    x = normal[..., 0]
    y = rho * x + jnp.sqrt(jnp.maximum(1 - rho * rho, 0)) * normal[..., 1]
    return mean + jnp.sqrt(temperature) * sigma * jnp.stack([x, y], axis=-1)


def tempered(mixture: Mixture, temperature: jax.Array | float) -> Mixture:
    """What `sample_offset` draws from: (K, M) components at a temperature, () or (K, 1) or a number."""
    narrower = mixture.log_sigma + 0.5 * jnp.log(jnp.asarray(temperature))[..., None]
    return mixture._replace(logits=mixture.logits / temperature, log_sigma=narrower)


def point_row(
    offset: jax.Array, pen_logits: jax.Array, uniform: jax.Array, temperature: jax.Array | float
) -> jax.Array:
    """(K, 5) stroke-5 rows of offsets (K, 2), with a pen state drawn by uniform (K,); offset 0 in an end row."""
    pen = jax.nn.one_hot(choose(pen_logits / pen_temperature(temperature), uniform), PEN_STATES)
    return jnp.concatenate([jnp.where(pen[:, 2:] > 0, 0, offset), pen], axis=1)


def choose(logits: jax.Array, uniform: jax.Array) -> jax.Array:
    """Index drawn from softmax(logits) by inverting the distribution function; never runs off the end.

    Args:
        logits: (K, M).
        uniform: (..., K) in [0, 1).

    Returns:
        (..., K) int32 in 0..M-1, of non-zero probability.
    """
    total = jnp.cumsum(jax.nn.softmax(logits), axis=-1)
    # scaled by the last sum, which rounding leaves a little off 1
    place = (uniform * total[:, -1])[..., None]
    return jnp.minimum((total <= place).sum(axis=-1), logits.shape[-1] - 1)
