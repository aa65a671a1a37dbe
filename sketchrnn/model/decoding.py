"""Reading a prefix into a state, and drawing from the model point by point.

The engine's loop is two functions: `read` (rows -> state) and `draw` (state -> rows, state), both pure, so that many
endings branch from one state and a drawing can be drawn in chunks of any size with the same points.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from sketchrnn.model.cells import State
from sketchrnn.model.mixture import log_density, pen_log_probability
from sketchrnn.model.points import Drawn, Form, Sampling, draw_points
from sketchrnn.model.sampling import Noise
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


def draw(
    model: SketchRNN,
    drawn: Drawn,
    noise: Noise,
    condition: jax.Array | None,
    temperature: jax.Array | float,
    count: jax.Array | int | None = None,
    guidance: jax.Array | float | None = None,
    lanes: int | None = None,
) -> tuple[Drawn, jax.Array]:
    """Draw the next n points of K endings, until all of them are over.

    Args:
        model: the network.
        drawn: where they stand.
        noise: for n points.
        condition: (K, C) or None; with guidance (2 K, C), as the state.
        temperature: () or (K, 1) or a number, 0.01 to 1.
        count: how many of the n points to draw; all of them by default.
        guidance: () or (K, 1) or a number, see `sample_guided`; None draws without.
        lanes: see `draw_points`, and for what is returned.
    """
    decoder = model.decoder
    mixture = lambda state: decoder.mixture(state[0])  # noqa: E731
    form = Form(tuple, tuple, decoder.cell.constant, mixture, decoder.step)
    wanted = noise.uniform.shape[0] if count is None else count
    return draw_points(form, drawn, noise, condition, Sampling(temperature, guidance), wanted, lanes)
