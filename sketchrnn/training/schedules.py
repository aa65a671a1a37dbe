"""Learning rate and KL weight by step, elementwise, and the optimiser they drive."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

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
    """From `first` towards `last`: (first - last) rate^step + last (Magenta's code)."""
    return (first - last) * _power(rate, step) + last


def annealed(step: jax.Array, first: float, last: float, rate: float) -> jax.Array:
    """From `first` up to `last`: last - (last - first) rate^step (Ha & Eck 2017, appendix: eta w_KL)."""
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
    """Adam or Muon behind a clipped gradient, with the learning rate's schedule inside."""
    clip = optax.clip_by_global_norm if config.clip == "norm" else optax.clip
    schedule = cast(optax.Schedule, learning_rate_schedule(config))
    learn = _muon(config, schedule) if config.optimiser == "muon" else optax.adam(schedule, b2=config.adam_b2)
    return optax.chain(clip(config.clip_at), learn)


KERNELS = ("decoder.cell.kernel", "decoder.cell.above.kernel", "decoder.cell.above.input_kernel")
KERNELS += ("decoder.cell.below.kernel",)
"""The weights whose steps Muon makes: what multiplies an LSTM's h, (n, 4 H)."""
_GATES = 4


def _muon(config: TrainConfig, schedule: optax.Schedule) -> optax.GradientTransformation:
    """Muon for the decoder's recurrent kernels, gate by gate, and Adam with Nesterov's momentum for all else.

    Reference:
        Jordan et al. 2024 (Muon); Liu et al. 2025 (arXiv 2502.16982), section 2.2, for steps as long as Adam's.
    """

    def dimensions(params):
        by_gate = optax.contrib.MuonDimensionNumbers(reduction_axis=0, output_axis=2)
        return {name: by_gate if name in KERNELS else None for name in params}

    inner = optax.contrib.muon(
        lambda step: config.kernel_rate * schedule(step),
        weight_decay=config.kernel_decay if config.learns("decoder") else 0.0,
        adam_learning_rate=schedule,
        adam_b2=config.adam_b2,
        consistent_rms=0.2,
        muon_weight_dimension_numbers=dimensions,
    )

    def update(gradient: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        given = _by_name(gradient)
        changes: Any
        changes, state = inner.update(given, state, None if params is None else _by_name(params))
        leaves, tree = jax.tree.flatten(gradient)
        shaped = [changes[name].reshape(leaf.shape) for name, leaf in zip(given, leaves, strict=True)]
        return jax.tree.unflatten(tree, shaped), state

    return optax.GradientTransformation(lambda params: inner.init(_by_name(params)), cast(Any, update))


def _by_name(tree) -> dict[str, jax.Array]:
    """The arrays of a network by their names, those of `KERNELS` gate by gate, (n, 4, H)."""
    named = {".".join(_names(path)): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(tree)}
    return {n: leaf.reshape(len(leaf), _GATES, -1) if n in KERNELS else leaf for n, leaf in named.items()}


def _names(path) -> list[str]:
    """Of a path in nnx's state: its keys, without the variable's own."""
    keys = [str(getattr(key, "key", getattr(key, "name", key))) for key in path]
    return keys[:-1] if keys[-1] == "value" else keys


def _power(rate: float, step: jax.Array) -> jax.Array:
    """rate^step; a rate near 1 keeps the digits that it would lose as a float32."""
    return jnp.exp(math.log(max(rate, 1e-30)) * jnp.asarray(step, jnp.float32))
