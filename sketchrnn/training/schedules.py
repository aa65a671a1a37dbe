"""Learning rate and KL weight by step, elementwise, and the optimiser they drive."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import jax
import jax.numpy as jnp
import optax

from sketchrnn.training.config import TrainConfig

Schedule = Callable[[jax.Array], jax.Array]


def warm_up(step: jax.Array, steps: int) -> jax.Array:
    """Factor on the learning rate at the start: 1/n, 2/n, ... 1 over the first n steps; 1 where n is 0."""
    return jnp.minimum((step + 1) / max(steps, 1), 1.0)


def linear_decay(step: jax.Array, steps: int, share: float) -> jax.Array:
    """Factor on the learning rate: 1, and over the last `share` of `steps` a line that reaches 0 at `steps`."""
    left = jnp.clip((steps - step) / max(steps * share, 1e-9), 0.0, 1.0)
    return jnp.where(step >= steps, 0.0, left)


def exponential_decay(step: jax.Array, first: float, last: float, rate: float) -> jax.Array:
    """From `first` towards `last`: (first - last) rate^step + last (Ha & Eck 2017, section 4; Magenta's code)."""
    return (first - last) * _power(rate, step) + last


def annealed(step: jax.Array, first: float, last: float, rate: float) -> jax.Array:
    """From `first` up to `last`: last - (last - first) rate^step (Ha & Eck 2017, equation 11's eta times w_KL)."""
    return last - (last - first) * _power(rate, step)


def learning_rate_schedule(config: TrainConfig) -> Schedule:
    """step () int -> learning rate () float32."""

    def schedule(step: jax.Array) -> jax.Array:
        start = warm_up(step, config.warm_up)
        if config.decay == "linear":
            return config.learning_rate * start * linear_decay(step, config.steps, config.decay_share)
        first, last = config.learning_rate, min(config.min_learning_rate, config.learning_rate)
        return start * exponential_decay(step, first, last, config.decay_rate)

    return schedule


def kl_schedule(config: TrainConfig) -> Schedule:
    """step () int -> weight of the KL term () float32."""
    return lambda step: annealed(step, min(config.kl_start, config.kl_weight), config.kl_weight, config.kl_decay)


def make_optimiser(config: TrainConfig) -> optax.GradientTransformation:
    """Adam behind a clipped gradient, with the learning rate's schedule inside."""
    clip = optax.clip_by_global_norm if config.clip == "norm" else optax.clip
    return optax.chain(clip(config.clip_at), optax.adam(cast(optax.Schedule, learning_rate_schedule(config))))


def _power(rate: float, step: jax.Array) -> jax.Array:
    """rate^step; a rate near 1 keeps the digits that it would lose as a float32."""
    return jnp.exp(math.log(max(rate, 1e-30)) * jnp.asarray(step, jnp.float32))
