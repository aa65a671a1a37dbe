"""One update of the weights, as a pure compiled function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from sketchrnn.data.batches import Batch
from sketchrnn.model.config import Learnt
from sketchrnn.model.losses import LossWeights, Reduction, Rows, losses
from sketchrnn.model.sketchrnn import SketchRNN


class TrainState(NamedTuple):
    """All that a step changes.

    Args:
        params: the network's weights, a pytree of float32 arrays.
        average: their exponential moving average, what is evaluated and shipped; the same tree.
        optimiser: optax state.
        step: () int32, steps taken, the skipped ones too.
        skipped: () int32, steps whose loss or gradient was not finite, in all.
        skipped_in_a_row: () int32.
    """

    params: Any
    average: Any
    optimiser: Any
    step: jax.Array
    skipped: jax.Array
    skipped_in_a_row: jax.Array


@dataclass(frozen=True)
class StepOptions:
    """What is fixed while a step function lives."""

    reduction: Reduction = "points"
    max_points: int = 250
    untold: int = 0
    coded: int | None = None
    head_weight: float = 0.1
    kl_floor: float = 0.2
    average_decay: float = 0.999
    learnt: Learnt = "all"


def begin(model: SketchRNN, optimiser: optax.GradientTransformation) -> TrainState:
    """The state before the first step."""
    params = nnx.state(model, nnx.Param)
    # copies of their own: the step gives its arguments' memory away
    zeros = [jnp.zeros((), jnp.int32) for _ in range(3)]
    average = jax.tree.map(jnp.copy, params)
    return TrainState(params, average, optimiser.init(params), *zeros)


def make_step(
    model: SketchRNN, optimiser: optax.GradientTransformation, kl_schedule: Callable, options: StepOptions
) -> Callable[[TrainState, Rows, jax.Array], tuple[TrainState, dict[str, jax.Array]]]:
    """A function (state, rows in model units, key) -> (state, metrics), compiled.

    Args:
        model: gives the structure; its weights are not used.
        optimiser: optax transformation, its learning-rate schedule inside.
        kl_schedule: step -> weight of the KL term (paper, equation 11's w_KL, annealed).
        options: what is fixed.

    Returns:
        The function. Metrics are those of `losses`, `loss`, `gradient_norm`, `kl_weight`, `skipped` (steps in all)
        and `skipped_in_a_row`. A loss or gradient that is not finite changes no weight and is counted.
    """
    # two functions: the first is compiled once for each padded length, the second, as long to compile, once
    differentiate, update = make_gradient(model, kl_schedule, options), make_update(optimiser, options.average_decay)

    def step(state: TrainState, rows: Rows, key: jax.Array):
        gradient, metrics = differentiate(state.params, state.step, rows, key)
        new, more = update(state, gradient, metrics["loss"])
        return new, metrics | more

    return step


def make_gradient(model: SketchRNN, kl_schedule: Callable, options: StepOptions) -> Callable:
    """The compiled function (params, steps taken, rows, key) -> (gradient, metrics); arguments as of `make_step`."""
    graph, _, rest = nnx.split(model, nnx.Param, ...)

    def loss_of(params, rows, weights, key):
        whole = nnx.merge(graph, params, rest)
        return losses(
            whole,
            rows,
            weights,
            key,
            reduction=options.reduction,
            max_points=options.max_points,
            untold=options.untold,
            coded=options.coded,
            learnt=options.learnt,
        )

    @jax.jit
    def differentiate(params, taken: jax.Array, rows: Rows, key: jax.Array):
        kl = kl_schedule(taken)
        weights = LossWeights(kl=kl, kl_floor=options.kl_floor, head=options.head_weight)
        key = jax.random.fold_in(key, taken)
        (loss, metrics), gradient = jax.value_and_grad(loss_of, has_aux=True)(params, rows, weights, key)
        return gradient, metrics | {"loss": loss, "kl_weight": kl}

    return differentiate


def make_update(optimiser: optax.GradientTransformation, average_decay: float) -> Callable:
    """The compiled function (state, gradient, loss) -> (state, metrics); gives the old state's memory away."""

    @partial(jax.jit, donate_argnums=0)
    def update(state: TrainState, gradient, loss: jax.Array):
        norm = jnp.sqrt(sum(jnp.vdot(leaf, leaf) for leaf in jax.tree.leaves(gradient)))
        good = jnp.isfinite(loss) & jnp.isfinite(norm)
        new = _update(state, gradient, good, optimiser, average_decay)
        # copies: the state that holds the counts is given away in the next step
        counts = {"skipped": new.skipped + 0, "skipped_in_a_row": new.skipped_in_a_row + 0}
        return new, {"gradient_norm": norm} | counts

    return update


def to_rows(batch: Batch, scale_factor: float) -> Rows:
    """The batch in model units (offsets divided by `scale_factor`), as numpy arrays."""
    rows = batch.rows.copy()
    rows[..., :2] /= scale_factor
    return Rows._make((rows, batch.lengths, batch.given, batch.labels))


def _update(state: TrainState, gradient, good, optimiser, decay: float) -> TrainState:
    changes, optimiser_state = optimiser.update(gradient, state.optimiser, state.params)
    params = optax.apply_updates(state.params, changes)
    # the average follows quickly at first, so that a short training is not held back by its random start
    followed = jnp.minimum(decay, (1 + state.step) / (10 + state.step))
    # in this form a weight that is not learnt stays what it is, to the last bit
    average = jax.tree.map(lambda a, p: a + (1 - followed) * (p - a), state.average, params)
    keep = partial(jax.tree.map, lambda new, old: jnp.where(good, new, old))
    bad = jnp.where(good, 0, 1).astype(jnp.int32)
    return TrainState(
        keep(params, state.params),
        keep(average, state.average),
        keep(optimiser_state, state.optimiser),
        state.step + 1,
        state.skipped + bad,
        (state.skipped_in_a_row + 1) * bad,
    )
