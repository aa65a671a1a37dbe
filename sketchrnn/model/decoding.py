"""Reading a prefix into a state, and drawing from the model point by point.

Both `read` (rows -> state) and `points.draw_points` (state -> rows, state) are pure, so that many endings branch from
one state and a drawing can be drawn in chunks of any size with the same points.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from sketchrnn.model.cells import State
from sketchrnn.model.mixture import log_density, pen_log_probability
from sketchrnn.model.points import Form
from sketchrnn.model.sketchrnn import SketchRNN


def read(
    model: SketchRNN, state: State, rows: jax.Array, lengths: jax.Array, condition: jax.Array | None
) -> tuple[State, jax.Array]:
    """Read rows on from a state.

    Args:
        model: the network.
        state: (B, n) each, before the first of the rows.
        rows: (T, B, 5) float32 stroke-5, model units.
        lengths: (B,), how many of the rows to read, 0 to T.
        condition: (B, K) or None.

    Returns:
        The state after them, and h after each row, (T, B, H) (constant beyond `lengths`).
    """
    constant = model.decoder.cell.constant(condition)

    def step(state, inputs):
        number, row = inputs
        new = model.decoder.step(state, row, constant)
        state = tuple(jnp.where((number < lengths)[:, None], n, o) for n, o in zip(new, state, strict=True))
        return state, state[0]

    return jax.lax.scan(step, state, (jnp.arange(rows.shape[0]), rows))


def score(model: SketchRNN, h: jax.Array, hs: jax.Array, rows: jax.Array, lengths: jax.Array) -> jax.Array:
    """log p of rows that were read: each given those before it, model units.

    Args:
        model: the network.
        h: (B, H) before the first row.
        hs: (T, B, H), from `read`.
        rows: (T, B, 5), as read.
        lengths: (B,).

    Returns:
        (T, B) nats, 0 beyond `lengths`.
    """
    before = jnp.concatenate([h[None], hs[:-1]])
    mixture = model.decoder.mixture(before)
    nats = log_density(mixture, rows[..., :2]) + pen_log_probability(mixture, rows[..., 2:])
    return jnp.where(jnp.arange(rows.shape[0])[:, None] < lengths, nats, 0)


def form(model: SketchRNN) -> Form:
    """A model's decoder as the loop that draws needs it; conditions (K, C), C may be 0, or None."""
    decoder = model.decoder

    def constant(condition):
        return decoder.cell.constant(None if condition is None or not condition.shape[-1] else condition)

    return Form(tuple, tuple, constant, lambda state: decoder.mixture(state[0]), decoder.step)
