"""Endings that share lanes, against the same endings side by side, and against Graham's bound on how long they take."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from engine_models import random_bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchrnn.model import columns, decoding
from sketchrnn.model.led import led_by_category
from sketchrnn.model.mixture import Mixture
from sketchrnn.model.points import END, Drawn, Form, Sampling, draw_points
from sketchrnn.model.sampling import Noise, make_noise
from sketchrnn.weights import to_model

POINTS = 12


@partial(jax.jit, static_argnames=("form_of", "lanes"))
def some_points(weights, drawn, noise, condition, sampling, count, form_of, lanes):
    form = form_of(weights) if sampling.guidance is None else led_by_category(form_of(weights))
    return draw_points(form, drawn, noise, condition, sampling, count, lanes)


@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("as_columns", [False, True])
@pytest.mark.parametrize(("lanes", "count"), [(1, 9), (4, 9), (8, 9), (4, 1), (4, 0)])
def test_sharing_lanes_changes_no_ending(lanes: int, count: int, as_columns: bool, guided: bool) -> None:
    model, rng = to_model(random_bundle(decoder_cell="stacked", lower_size=20)), np.random.default_rng(5)
    over = np.array([False, True, False, False, False, True, False, False, False])
    told, untold = jnp.asarray(rng.normal(0, 1, (2, 9, model.config.condition_size)), jnp.float32)
    sizes = model.decoder.cell.state_sizes * (1 + guided)
    state = tuple(rng.normal(0, 0.5, (9, size)).astype(np.float32) for size in sizes)
    temperature, weight = (jnp.linspace(low, high, 9)[:, None] for low, high in ((0.3, 1), (0, 4)))
    noise, sampling = make_noise(4, range(9), 9), Sampling(temperature, weight if guided else None)
    form_of, weights = (columns.form, columns.pack(model.decoder)) if as_columns else (decoding.form, model)
    given = weights, Drawn(state, over), noise, (told, untold) if guided else told, sampling, count, form_of

    ((after, done), rows), ((wanted, wanted_done), theirs) = (some_points(*given, these) for these in (lanes, None))
    np.testing.assert_allclose(rows, theirs, atol=1e-5)
    np.testing.assert_array_equal(done, wanted_done)
    if count == 9:
        assert over.sum() < np.sum(done) < 9, "some end on the way and some go on"
    kept = ~np.asarray(done)
    for ours, whole in zip(after, wanted, strict=True):
        np.testing.assert_allclose(ours[kept], whole[kept], atol=1e-5)


CLOCK: list[int] = []
"""How many lanes each step of `counted` had."""


@partial(jax.jit, static_argnames="lanes")
def counted(drawn: Drawn, noise: Noise, count: int, lanes: int) -> tuple[Drawn, jax.Array]:
    """Points of a decoder whose state is how many are left; each step is counted in the clock."""

    def mixture(state):
        left = state[0][:, 0]
        component = jnp.zeros((len(left), 1))
        pen = jnp.where((left > 0)[:, None], jnp.array([[0, -jnp.inf, -jnp.inf]]), jnp.array([[-jnp.inf, -jnp.inf, 0]]))
        return Mixture(component, jnp.stack([component] * 2, -1), jnp.stack([component] * 2, -1), component, pen)

    def step(state, rows, constant):
        jax.debug.callback(lambda: CLOCK.append(len(rows)))
        return (state[0] - 1,)

    form = Form(tuple, tuple, lambda condition: None, mixture, step)
    return draw_points(form, drawn, noise, None, Sampling(1.0), count, lanes)


@settings(max_examples=40)
@given(
    lengths=st.sampled_from([4, 7, 12]).flatmap(lambda n: st.lists(st.integers(0, POINTS + 3), min_size=n, max_size=n)),
    over=st.integers(0, 2**12 - 1),
    lanes=st.integers(1, 3),
    count=st.integers(0, POINTS),
)
def test_lanes_take_no_longer_than_list_scheduling_may(lengths: list[int], over: int, lanes: int, count: int) -> None:
    done = np.array([over >> i & 1 for i in range(len(lengths))], bool)
    left = np.array(lengths, np.float32)[:, None]
    noise = Noise(*(np.full((POINTS, len(lengths), n), 0.5, np.float32) for n in (3, 2)))
    CLOCK.clear()
    after, rows = counted(Drawn((left,), done), noise, count, lanes)
    jax.effects_barrier()
    steps = np.where(done, 0, np.minimum(np.array(lengths) + 1, count))  # its end row is drawn, too
    assert set(CLOCK) <= {lanes}
    # Graham 1969: sum of all / m + (1 - 1 / m) * the longest
    assert steps.sum() / lanes <= len(CLOCK) <= steps.sum() / lanes + (1 - 1 / lanes) * steps.max()
    points = np.arange(POINTS)[:, None] < np.where(done, 0, np.minimum(lengths, count))
    np.testing.assert_array_equal(np.asarray(rows)[..., 2], points)
    np.testing.assert_array_equal(np.asarray(rows)[~points], np.broadcast_to(END, ((~points).sum(), 5)))
    np.testing.assert_array_equal(after.over, done | (np.array(lengths) < count))
    goes_on = ~np.asarray(after.over)
    np.testing.assert_array_equal(after.state[0][goes_on, 0], left[goes_on, 0] - count)
