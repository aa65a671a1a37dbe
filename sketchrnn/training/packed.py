"""The step of a training whose drawings are made to rows, end to end or one each, on the device that they lie on."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from sketchrnn.data.corpus import Corpus
from sketchrnn.model.losses import LossWeights, Rows, losses
from sketchrnn.model.packed import Lying, PackedRows, packed_losses, packed_rows
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.schedules import kl_schedule
from sketchrnn.training.step import TrainState, make_update


def lay(corpus: Corpus) -> Lying:
    """The drawings of a corpus as numpy arrays, numbered as it numbers them: 6 bytes a point."""
    starts, lengths, labels = corpus.located(np.arange(len(corpus)))
    numbers = (values.astype(np.int32) for values in (starts, lengths, labels))
    return Lying(np.ascontiguousarray(corpus.points), *numbers)


def from_zeros(model: SketchRNN) -> SketchRNN:
    """The network with a decoder whose drawings begin from a state of zeros, as they do where they stand end to end."""
    initial = model.decoder.initial
    if initial is not None:
        assert initial.bias is not None
        for parameter in (initial.kernel, initial.bias):
            parameter[...] = jnp.zeros_like(parameter[...])
    return model


def each_by_itself(rows: PackedRows) -> Rows:
    """Rows that hold one drawing each, as one batch of drawings."""
    end = jnp.zeros_like(rows.read[:1]).at[..., -1].set(1)
    lengths = rows.inside.sum(axis=0, dtype=jnp.int32)
    return Rows(jnp.concatenate([rows.read, end]), lengths, rows.given[0], rows.labels[0])


def make_packed_step(
    model: SketchRNN, optimiser: optax.GradientTransformation, config: TrainConfig, scale_factor: float, lying: Lying
) -> Callable[[TrainState, jax.Array, jax.Array], tuple[TrainState, dict[str, jax.Array]]]:
    """A function (state, drawings (B, S), key) -> (state, metrics), as `step.make_step` makes one of rows.

    Args:
        model: gives the structure; its weights are not used.
        optimiser: optax transformation, its learning-rate schedule inside.
        config: what rows are made of.
        scale_factor: sketch units per model unit.
        lying: all drawings, on the devices.
    """
    graph, _, rest = nnx.split(model, nnx.Param, ...)
    untold, kl_weight = config.untold, kl_schedule(config)

    def loss_of(params, weights: LossWeights, lying: Lying, drawings: jax.Array, key: jax.Array):
        whole = nnx.merge(graph, params, rest)
        of_rows, own = jax.random.split(key)
        rows = packed_rows(
            lying,
            drawings,
            of_rows,
            row_length=config.row_points,
            untold=untold,
            no_category=whole.no_category,
            scale_factor=scale_factor,
            jitter=config.jitter,
            random_scale=config.random_scale,
        )
        if not config.end_to_end:
            return losses(whole, each_by_itself(rows), weights, own, learnt=config.learn)
        return packed_losses(whole, rows, weights, own, untold=untold, coded=config.coded)

    @jax.jit
    def differentiate(params, taken: jax.Array, lying: Lying, drawings: jax.Array, key: jax.Array):
        weights = LossWeights(kl_weight(taken), config.kl_floor, config.head_weight)
        key = jax.random.fold_in(key, taken)
        (loss, metrics), gradient = jax.value_and_grad(loss_of, has_aux=True)(params, weights, lying, drawings, key)
        return gradient, metrics | {"loss": loss, "kl_weight": weights.kl}

    update = make_update(optimiser, config.average_decay)

    def step(state: TrainState, drawings: jax.Array, key: jax.Array):
        gradient, metrics = differentiate(state.params, state.step, lying, drawings, key)
        new, more = update(state, gradient, metrics["loss"])
        return new, metrics | more

    return step
