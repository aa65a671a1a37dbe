"""Whole drawing -> posterior of z, and prefix -> prior of z."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx

from sketchrnn.model.cells import Pair, dropout_factors, make_cell, zero_state
from sketchrnn.model.config import STROKE5, ModelConfig


class Gaussian(NamedTuple):
    """A diagonal normal over z: mean and log_variance, (B, Z) each. `Posterior` and prefix prior alike."""

    mean: jax.Array
    log_variance: jax.Array

    def at(self, noise: jax.Array) -> jax.Array:
        """z = mu + sigma * noise (Ha & Eck 2017, equation 2); noise (..., B, Z) standard normal."""
        return self.mean + jnp.exp(self.log_variance / 2) * noise

    def log_density(self, z: jax.Array) -> jax.Array:
        """log q(z), nats, (..., B)."""
        squares = (z - self.mean) ** 2 * jnp.exp(-self.log_variance)
        return -0.5 * (squares + self.log_variance + jnp.log(2 * jnp.pi)).sum(axis=-1)


Posterior = Gaussian


class Encoder(nnx.Module):
    """Bidirectional LSTM; the posterior's parameters are linear in both last h (Ha & Eck 2017, equations 1 and 2)."""

    def __init__(self, config: ModelConfig, *, rngs: nnx.Rngs):
        self.keep = config.recurrent_keep
        self.forward = make_cell(config.encoder_cell, STROKE5, config.encoder_size, config, rngs)
        self.backward = make_cell(config.encoder_cell, STROKE5, config.encoder_size, config, rngs)
        narrow = nnx.initializers.normal(0.001)
        self.mean = nnx.Linear(2 * config.encoder_size, config.latent_size, kernel_init=narrow, rngs=rngs)
        self.log_variance = nnx.Linear(2 * config.encoder_size, config.latent_size, kernel_init=narrow, rngs=rngs)

    def __call__(self, rows: jax.Array, lengths: jax.Array, key: jax.Array | None = None) -> Posterior:
        """The posterior of drawings.

        Args:
            rows: (T, B, 5) float32 stroke-5, model units; what stands after a drawing's end is not read.
            lengths: (B,) rows of each drawing.
            key: for recurrent dropout; None drops nothing.
        """
        both = jnp.stack([rows, reverse_rows(rows, lengths)], axis=1)
        keep = None if key is None else dropout_factors(key, (*both.shape[:3], self.forward.size), self.keep)
        hs = Pair(self.forward, self.backward).hidden_states(both, keep, lengths.max())
        h = jnp.concatenate([hidden_at(hs[:, direction], lengths) for direction in range(2)], axis=-1)
        return Posterior(self.mean(h), self.log_variance(h))


class PrefixPrior(nnx.Module):
    """p(z given prefix): an LSTM over the prefix and the category; a normal linear in its h at the cut."""

    def __init__(self, config: ModelConfig, *, rngs: nnx.Rngs):
        self.latent_size = config.latent_size
        embedding = config.category_embedding if config.categories else 0
        self.cell = make_cell("lstm", STROKE5 + embedding, config.prefix_prior_size, config, rngs)
        self.out = nnx.Linear(config.prefix_prior_size, 2 * config.latent_size, rngs=rngs)

    def __call__(self, rows: jax.Array, lengths: jax.Array, embedding: jax.Array | None) -> Gaussian:
        """The prior after the first `lengths` rows.

        Args:
            rows: (T, B, 5) stroke-5, model units.
            lengths: (B,), rows that are known, 0 to T.
            embedding: (B, E), category embedding, or None where the model has none.
        """
        hs = self.cell.read(
            zero_state(self.cell, rows.shape[1]), rows, self.cell.constant(embedding), count=lengths.max()
        )
        # the variance is bounded: a prior that is sure of one wrong z would cost without end
        mean, log_variance = jnp.split(self.out(hidden_at(hs, lengths)), 2, axis=-1)
        return Gaussian(mean, jnp.clip(log_variance, -8.0, 2.0))


def hidden_at(hs: jax.Array, lengths: jax.Array) -> jax.Array:
    """h after `lengths` steps: (T, B, H), (B,) -> (B, H); zeros for length 0, the state before the first step."""
    last = jnp.take_along_axis(hs, jnp.maximum(lengths - 1, 0)[None, :, None], axis=0)[0]
    return jnp.where(lengths[:, None] > 0, last, 0)


def reverse_rows(rows: jax.Array, lengths: jax.Array) -> jax.Array:
    """Each drawing's own rows in reverse order, (T, B, 5); the rest stays where it is."""
    steps = jnp.arange(rows.shape[0])[:, None]
    source = jnp.where(steps < lengths, lengths - 1 - steps, steps)
    return jnp.take_along_axis(rows, source[..., None], axis=0)


def kl_to_standard(posterior: Posterior) -> jax.Array:
    """KL(q || N(0, I)), nats per drawing, (B,), summed over z (Ha & Eck 2017, equation 10 before its division)."""
    mean, log_variance = posterior
    return -0.5 * (1 + log_variance - mean**2 - jnp.exp(log_variance)).sum(axis=-1)


def kl_between(q: Gaussian, p: Gaussian) -> jax.Array:
    """KL(q || p) of diagonal normals, nats per drawing, (B,)."""
    ratio = jnp.exp(q.log_variance - p.log_variance)
    distance = (q.mean - p.mean) ** 2 * jnp.exp(-p.log_variance)
    return 0.5 * (p.log_variance - q.log_variance + ratio + distance - 1).sum(axis=-1)
