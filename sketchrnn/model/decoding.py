"""Reading a prefix into a state, and drawing from the model point by point.

The engine's loop is two functions: `read` (rows -> state) and `draw` (state -> rows, state), both pure, so that many
endings branch from one state and a drawing can be drawn in chunks of any size with the same points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from sketchrnn.model.cells import State
from sketchrnn.model.config import STROKE5
from sketchrnn.model.guidance import sample_guided
from sketchrnn.model.mixture import Mixture, log_density, pen_log_probability
from sketchrnn.model.sampling import Noise, sample
from sketchrnn.model.sketchrnn import SketchRNN


class Drawn(NamedTuple):
    """Where drawings stand.

    Args:
        state: the decoder's, after all rows so far; with guidance that of K drawings whose category is given, and then
            that of the same where none is.
        over: (K,) bool, the ending has drawn its end row.
    """

    state: State
    over: jax.Array


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

    Returns:
        Where they stand then, and the rows, (n, K, 5), model units: end rows (0, 0, 0, 0, 1) where an ending is over,
        and after `count`.
    """
    constant = model.decoder.cell.constant(condition)
    mixture = lambda state: model.decoder.mixture(state[0])  # noqa: E731
    step = lambda state, row: model.decoder.step(state, row, constant)  # noqa: E731
    wanted = noise.uniform.shape[0] if count is None else count
    return draw_points(mixture, step, drawn, noise, temperature, wanted, guidance)


def draw_points(
    mixture: Callable[[State], Mixture],
    step: Callable[[State, jax.Array], State],
    drawn: Drawn,
    noise: Noise,
    temperature: jax.Array | float,
    count: jax.Array | int,
    guidance: jax.Array | float | None = None,
) -> tuple[Drawn, jax.Array]:
    """The loop of `draw`, for a decoder in any form.

    Args:
        mixture: what is expected next in a state.
        step: the state after one more row of each drawing that it is of.
        drawn, noise, temperature, count, guidance: see `draw`.
    """
    uniform, normal = map(jnp.asarray, noise)
    end = jnp.zeros(STROKE5).at[-1].set(1)

    def sampled(expected: Mixture, uniform: jax.Array, normal: jax.Array) -> jax.Array:
        if guidance is None:
            return sample(expected, uniform, normal, temperature)
        told, untold = (Mixture(*parts) for parts in zip(*(jnp.split(part, 2) for part in expected), strict=True))
        return sample_guided(told, untold, uniform, normal, temperature, guidance)

    def goes_on(carry):
        number, drawn, _ = carry
        return (number < count) & ~drawn.over.all()

    def point(carry):
        number, drawn, rows = carry
        row = sampled(mixture(drawn.state), uniform[number], normal[number])
        row = jnp.where(drawn.over[:, None], end, row)
        state = step(drawn.state, row if guidance is None else jnp.concatenate([row, row]))
        return number + 1, Drawn(state, drawn.over | (row[:, 4] > 0)), rows.at[number].set(row)

    rows = jnp.broadcast_to(end, (*uniform.shape[:2], STROKE5))
    return jax.lax.while_loop(goes_on, point, (0, drawn, rows))[1:]
