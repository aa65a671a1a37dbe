"""A tiny network learns eight sketches by heart in seconds: the lines, what they are, what a start foretells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from tiny_training import on_device, random_drawings, rows_of

from sketchrnn.model.config import TINY
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.training.step import StepOptions, TrainState, begin, make_step, make_update

STEPS = 400
LABELS = [0, 1, 2, 0, 1, 2, 0, 1]
UNTOLD = 4
ROWS = rows_of(random_drawings([6, 5, 4, 6, 5, 4, 6, 3], seed=1), LABELS, 6, [3] * UNTOLD + LABELS[UNTOLD:])


@pytest.fixture(scope="module")
def stepping() -> tuple[Callable, Callable[[], TrainState]]:
    """A step, compiled once, and what gives a state to begin with."""
    model = make_model(replace(TINY, decoder_size=48), 0)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-2))
    options = StepOptions(untold=UNTOLD, head_weight=0.5, kl_floor=0.0, average_decay=0.9)
    step = make_step(model, optimiser, lambda taken: jnp.float32(0.01), options)
    state = begin(model, optimiser)
    return step, lambda: jax.tree.map(jnp.copy, state)  # a step gives its state's memory away


@pytest.fixture(scope="module")
def learned(stepping) -> tuple[list[dict], TrainState]:
    """The metrics of every step, and the last state."""
    step, start = stepping
    rows, state, metrics = on_device(ROWS), start(), []
    for _ in range(STEPS):
        state, figures = step(state, rows, jax.random.key(0))
        metrics.append(figures)
    return jax.device_get(metrics), state


def mean(metrics: list[dict], name: str) -> float:
    return float(np.mean([figures[name] for figures in metrics]))


def test_it_knows_the_sketches_by_heart(learned) -> None:
    metrics, state = learned
    points = metrics[0]["points"]
    assert mean(metrics[:5], "offset_loss") / points > 1.5
    assert mean(metrics[-20:], "offset_loss") / points < -2  # a density: below 0 is sharper than one unit
    assert mean(metrics[-20:], "pen_loss") / points < 0.15
    assert int(state.skipped) == 0 and int(state.step) == STEPS


def test_the_head_says_what_it_sees(learned) -> None:
    metrics, _ = learned
    assert mean(metrics[:5], "head_accuracy") < 0.7
    assert mean(metrics[-20:], "head_accuracy") > 0.9


def test_the_prefix_prior_foretells_the_code(learned) -> None:
    metrics, _ = learned
    # the code moves away from N(0, I); the prior, which has seen the start, follows it part of the way
    assert mean(metrics[-100:], "prior_loss") < 0.8 * mean(metrics[-100:], "kl_loss")


def test_the_average_follows(learned) -> None:
    _, state = learned
    for average, params in zip(jax.tree.leaves(state.average), jax.tree.leaves(state.params), strict=True):
        assert 0 < np.abs(average - params).max() < 0.5


def test_each_step_draws_numbers_of_its_own(stepping) -> None:
    """With the same weights, drawings and key, the codes are others."""
    step, start = stepping
    states = [start()._replace(step=jnp.int32(taken)) for taken in range(3)]
    losses = [float(step(state, on_device(ROWS), jax.random.key(0))[1]["offset_loss"]) for state in states]
    assert len(set(losses)) == 3


def test_the_average_follows_quickly_at_first() -> None:
    """As TensorFlow's ExponentialMovingAverage with num_updates n: its decay is at most (1 + n) / (10 + n)."""
    descend = optax.sgd(1.0)
    update, average = make_update(descend, 0.2), np.zeros(3)
    start, zeros = jnp.arange(3.0), [jnp.zeros((), jnp.int32) for _ in range(3)]
    state = TrainState({"w": start}, {"w": jnp.zeros(3)}, descend.init({"w": start}), *zeros)
    for taken, decay in enumerate((1 / 10, 2 / 11, 0.2, 0.2), start=1):
        state, _ = update(state, {"w": jnp.full(3, -1.0)}, jnp.float32(0))
        average = decay * average + (1 - decay) * (np.arange(3) + taken)
        np.testing.assert_allclose(state.average["w"], average, rtol=1e-5)


def test_a_step_without_a_number_changes_no_weight(stepping) -> None:
    step, start = stepping
    state = start()
    broken = np.array(ROWS.rows)
    broken[1, 0, 0] = np.nan
    before = jax.device_get(state[:3])
    for skipped in (1, 2):
        state, metrics = step(state, on_device(ROWS._replace(rows=broken)), jax.random.key(0))
        assert int(metrics["skipped"]) == int(metrics["skipped_in_a_row"]) == int(state.skipped) == skipped
    # nor their average, nor what the optimiser remembers: what is no number there would never go again
    jax.tree.map(np.testing.assert_array_equal, jax.device_get(state[:3]), before)
    state, metrics = step(state, on_device(ROWS), jax.random.key(0))
    assert (int(state.skipped), int(state.skipped_in_a_row), int(state.step)) == (2, 0, 3)
    assert np.isfinite(metrics["loss"])


@pytest.mark.parametrize(("loss", "slope"), [(0.5, np.nan), (0.5, -np.inf), (np.nan, 1.0), (np.inf, 1.0)])
def test_neither_loss_nor_gradient_may_be_without_a_number(loss: float, slope: float) -> None:
    adam, start = optax.adam(1e-2), {"w": jnp.arange(3.0)}
    zeros = [jnp.zeros((), jnp.int32) for _ in range(3)]
    state = TrainState(start, {"w": jnp.ones(3)}, adam.init(start), *zeros)
    before = jax.device_get(state[:3])
    state, metrics = make_update(adam, 0.9)(state, {"w": jnp.array([1.0, slope, 1.0])}, jnp.float32(loss))
    jax.tree.map(np.testing.assert_array_equal, jax.device_get(state[:3]), before)
    assert int(metrics["skipped"]) == int(metrics["skipped_in_a_row"]) == int(state.step) == 1
