"""Schedules as whole tables."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from sketchrnn.training.config import PAPER, TrainConfig
from sketchrnn.training.schedules import (
    annealed,
    kl_schedule,
    learning_rate_schedule,
    linear_decay,
    make_optimiser,
    warm_up,
)
from sketchrnn.training.schedules import exponential_decay as decaying

STEPS = np.arange(13)


def table(schedule, steps=STEPS) -> list[float]:
    return [float(value) for value in jax.vmap(schedule)(jnp.asarray(steps))]


def test_warm_up() -> None:
    assert table(lambda s: warm_up(s, 4)) == [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    assert table(lambda s: warm_up(s, 0)) == [1] * 13


def test_linear_decay() -> None:
    wanted = [1, 1, 1, 1, 1, 1, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6, 0]
    assert table(lambda s: linear_decay(s, 12, 0.5)) == pytest.approx(wanted, abs=1e-6)
    assert table(lambda s: linear_decay(s, 12, 0.0)) == [1] * 12 + [0]
    assert table(lambda s: linear_decay(s, 12, 1.0)) == pytest.approx([(12 - k) / 12 for k in STEPS], abs=1e-6)


def test_exponential_decay() -> None:
    wanted = [(1 - 0.1) * 0.5**k + 0.1 for k in STEPS]
    assert table(lambda s: decaying(s, 1.0, 0.1, 0.5)) == pytest.approx(wanted, rel=1e-5)


def test_annealing() -> None:
    wanted = [0.5 - 0.49 * 0.5**k for k in STEPS]
    assert table(lambda s: annealed(s, 0.01, 0.5, 0.5)) == pytest.approx(wanted, rel=1e-5)


def test_learning_rate_is_warm_up_times_decay() -> None:
    config = TrainConfig(steps=12, learning_rate=2.0, warm_up=2, decay_share=0.25)
    wanted = [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 4 / 3, 2 / 3, 0]
    assert table(learning_rate_schedule(config)) == pytest.approx(wanted, abs=1e-6)


def test_the_papers_schedules() -> None:
    steps = [0, 1, 100, 10_000, 100_000]
    rates = [(0.001 - 0.00001) * 0.9999**k + 0.00001 for k in steps]
    assert table(learning_rate_schedule(PAPER), steps) == pytest.approx(rates, rel=1e-4)
    weights = [0.5 - (0.5 - 0.01) * 0.99995**k for k in steps]
    assert table(kl_schedule(PAPER), steps) == pytest.approx(weights, rel=1e-4)


def test_what_begins_beyond_its_end_stays_at_the_nearer() -> None:
    """A rate that is asked for below the least one does not rise to it, nor does a weight fall that was to grow."""
    steps = [0, 1, 100, 10_000, 100_000]
    assert table(learning_rate_schedule(replace(PAPER, learning_rate=1e-6)), steps) == pytest.approx([1e-6] * 5)
    assert table(kl_schedule(replace(PAPER, kl_weight=0.005)), steps) == pytest.approx([0.005] * 5)


@pytest.mark.parametrize("clip", ["norm", "value"])
def test_the_optimiser_clips_and_then_takes_adams_step(clip: str) -> None:
    config = replace(TrainConfig(), clip=clip, clip_at=0.5, warm_up=4, learning_rate=0.1, decay_share=0.0, adam_b2=0.9)
    optimiser = make_optimiser(config)
    params, gradient = {"w": jnp.zeros(2)}, {"w": jnp.array([3.0, -0.04])}
    state = optimiser.init(params)
    first, state = optimiser.update(gradient, state, params)
    # Adam's first step is the rate times the sign, whatever the gradient's length
    np.testing.assert_allclose(first["w"], [-0.025, 0.025], rtol=1e-3)
    clipped = {"norm": np.array([3.0, -0.04]) * 0.5 / np.hypot(3, 0.04), "value": [0.5, -0.04]}[clip]
    np.testing.assert_allclose(optax.tree_utils.tree_get(state, "mu")["w"], 0.1 * np.array(clipped), rtol=1e-5)
    np.testing.assert_allclose(optax.tree_utils.tree_get(state, "nu")["w"], 0.1 * np.array(clipped) ** 2, rtol=1e-5)
