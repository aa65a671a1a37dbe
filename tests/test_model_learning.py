"""A tiny network learns eight sketches by heart in seconds: the lines, what they are, what a start foretells."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from tiny_training import on_device, random_drawings, rows_of

from sketchrnn.model.config import TINY
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.training.step import StepOptions, TrainState, begin, make_step

STEPS = 400
LABELS = [0, 1, 2, 0, 1, 2, 0, 1]
UNTOLD = 4


@pytest.fixture(scope="module")
def learned() -> tuple[list[dict], TrainState]:
    """The metrics of every step, and the last state."""
    model = make_model(replace(TINY, decoder_size=48), 0)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-2))
    options = StepOptions(untold=UNTOLD, head_weight=0.5, kl_floor=0.0, average_decay=0.9)
    step = make_step(model, optimiser, lambda taken: jnp.float32(0.01), options)
    given = [3] * UNTOLD + LABELS[UNTOLD:]
    rows = on_device(rows_of(random_drawings([6, 5, 4, 6, 5, 4, 6, 3], seed=1), LABELS, 6, given))
    state, metrics = begin(model, optimiser), []
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


def test_a_step_without_a_number_changes_no_weight() -> None:
    model = make_model(TINY, 0)
    optimiser = optax.adam(1e-2)
    step = make_step(model, optimiser, lambda taken: jnp.float32(0.5), StepOptions(untold=2))
    rows = rows_of(random_drawings([6, 5, 4]), [0, 1, 2], 6, [3, 3, 2])
    broken = np.array(rows.rows)
    broken[1, 0, 0] = np.nan
    state = begin(model, optimiser)
    before = jax.device_get(state.params)
    for skipped in (1, 2):
        state, metrics = step(state, on_device(rows._replace(rows=broken)), jax.random.key(0))
        assert int(metrics["skipped"]) == int(metrics["skipped_in_a_row"]) == int(state.skipped) == skipped
    jax.tree.map(np.testing.assert_array_equal, jax.device_get(state.params), before)
    state, metrics = step(state, on_device(rows), jax.random.key(0))
    assert (int(state.skipped), int(state.skipped_in_a_row), int(state.step)) == (2, 0, 3)
    assert np.isfinite(metrics["loss"])
