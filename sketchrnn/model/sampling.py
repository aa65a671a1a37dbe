"""Reading a prefix into a state, and drawing from the model point by point.

The engine's loop is two functions: `read` (rows -> state) and `draw` (state -> rows, state), both pure, so that many
endings branch from one state and a drawing can be drawn in chunks of any size with the same points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sketchrnn.model.cells import State
from sketchrnn.model.config import PEN_STATES, STROKE5
from sketchrnn.model.mixture import Mixture, log_density, pen_log_probability
from sketchrnn.model.sketchrnn import SketchRNN


class Noise(NamedTuple):
    """All that is random in n points of K endings.

    Args:
        uniform: (n, K, 3) in [0, 1): chooses the component, the pen state and, with guidance, one of several offsets.
        normal: (n, K, 2) standard normal: the offset within the component.
    """

    uniform: jax.Array | np.ndarray
    normal: jax.Array | np.ndarray


class Drawn(NamedTuple):
    """Where a drawing stands.

    Args:
        state: the decoder's, after all rows so far.
        over: (K,) bool, the ending has drawn its end row.
    """

    state: State
    over: jax.Array


def make_noise(seed: int, endings: int, points: int, first_ending: int = 0) -> Noise:
    """The noise of a request: ending i's is the same whatever the number of endings (numpy's Philox, keyed by both)."""
    values = np.empty((points, endings, 5))
    for ending in range(endings):
        rng = np.random.Generator(np.random.Philox(key=[seed, first_ending + ending]))
        values[:, ending] = rng.random((points, 5))
    # Box-Muller by hand: each point takes exactly five numbers, so a longer request begins like a shorter one
    radius, angle = np.sqrt(-2 * np.log1p(-values[..., 3])), 2 * np.pi * values[..., 4]
    uniform = np.minimum(values[..., :3], 1 - 2.0**-24).astype(np.float32)
    normal = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).astype(np.float32)
    return Noise(uniform, normal)


def pen_temperature(temperature: jax.Array | float) -> jax.Array | float:
    """The gentler temperature of the pen: a small divisor would make the rare end rarer (DESIGN, measured)."""
    return 0.5 + 0.5 * temperature


def sample(mixture: Mixture, uniform: jax.Array, normal: jax.Array, temperature: jax.Array | float) -> jax.Array:
    """One stroke-5 row from each mixture.

    Args:
        mixture: (K, M) components.
        uniform, normal: (K, 3) and (K, 2), see `Noise`.
        temperature: divides the mixture's logits, multiplies its variances.

    Returns:
        (K, 5) float32, model units; offset 0 in an end row.

    Reference:
        Ha & Eck 2017, equation 8; Graves 2013, section 4.
    """
    offset = sample_offset(mixture, uniform[:, 0], normal, temperature)
    return point_row(offset, mixture.pen_logits, uniform[:, 1], temperature)


def sample_offset(mixture: Mixture, uniform: jax.Array, normal: jax.Array, temperature: jax.Array | float) -> jax.Array:
    """Offsets from each mixture, (..., K, 2), for uniform (..., K), normal (..., K, 2) and (K, M) components."""
    component = choose(mixture.logits / temperature, uniform)
    values = jnp.concatenate([mixture.mean, mixture.log_sigma, mixture.correlation_logit[..., None]], axis=-1)
    # a sum over one component: of as many as there are components a gather on processors is dearer
    one = jax.nn.one_hot(component, mixture.logits.shape[-1])
    picked = (one[..., None] * values).sum(axis=-2)
    mean, sigma, rho = picked[..., :2], jnp.exp(picked[..., 2:4]), jnp.tanh(picked[..., 4])
    x = normal[..., 0]
    y = rho * x + jnp.sqrt(jnp.maximum(1 - rho * rho, 0)) * normal[..., 1]
    return mean + jnp.sqrt(temperature) * sigma * jnp.stack([x, y], axis=-1)


def point_row(
    offset: jax.Array, pen_logits: jax.Array, uniform: jax.Array, temperature: jax.Array | float
) -> jax.Array:
    """(K, 5) stroke-5 rows of offsets (K, 2), with a pen state drawn by uniform (K,); offset 0 in an end row."""
    pen = jax.nn.one_hot(choose(pen_logits / pen_temperature(temperature), uniform), PEN_STATES)
    return jnp.concatenate([jnp.where(pen[:, 2:] > 0, 0, offset), pen], axis=1)


def choose(logits: jax.Array, uniform: jax.Array) -> jax.Array:
    """Index drawn from softmax(logits) by inverting the distribution function; never runs off the end.

    Args:
        logits: (K, M).
        uniform: (..., K) in [0, 1).

    Returns:
        (..., K) int32 in 0..M-1, of non-zero probability.
    """
    total = jnp.cumsum(jax.nn.softmax(logits), axis=-1)
    # scaled by the last sum, which rounding leaves a little off 1
    place = (uniform * total[:, -1])[..., None]
    return jnp.minimum((total <= place).sum(axis=-1), logits.shape[-1] - 1)


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
) -> tuple[Drawn, jax.Array]:
    """Draw the next n points of K endings, until all of them are over.

    Args:
        model: the network.
        drawn: where they stand.
        noise: for n points.
        condition: (K, C) or None.
        temperature: () or (K, 1) or a number, 0.01 to 1.
        count: how many of the n points to draw; all of them by default.

    Returns:
        Where they stand then, and the rows, (n, K, 5), model units: end rows (0, 0, 0, 0, 1) where an ending is over,
        and after `count`.
    """
    constant = model.decoder.cell.constant(condition)
    mixture = lambda state: model.decoder.mixture(state[0])  # noqa: E731
    point = lambda state, uniform, normal: sample(mixture(state), uniform, normal, temperature)  # noqa: E731
    step = lambda state, row: model.decoder.step(state, row, constant)  # noqa: E731
    return draw_points(point, step, drawn, noise, noise.uniform.shape[0] if count is None else count)


def draw_points(
    point: Callable[[State, jax.Array, jax.Array], jax.Array],
    step: Callable[[State, jax.Array], State],
    drawn: Drawn,
    noise: Noise,
    count: jax.Array | int,
) -> tuple[Drawn, jax.Array]:
    """The loop of `draw`, for a decoder in any form.

    Args:
        point: a row of each ending, (K, 5), in a state with the noise of one point, (K, 3) and (K, 2).
        step: the state after one more row of each ending, (K, 5).
        drawn, noise, count: see `draw`.
    """
    uniform, normal = map(jnp.asarray, noise)
    end = jnp.zeros(STROKE5).at[-1].set(1)

    def goes_on(carry):
        number, drawn, _ = carry
        return (number < count) & ~drawn.over.all()

    def draw_one(carry):
        number, drawn, rows = carry
        row = point(drawn.state, uniform[number], normal[number])
        row = jnp.where(drawn.over[:, None], end, row)
        return number + 1, Drawn(step(drawn.state, row), drawn.over | (row[:, 4] > 0)), rows.at[number].set(row)

    rows = jnp.broadcast_to(end, (*uniform.shape[:2], STROKE5))
    return jax.lax.while_loop(goes_on, draw_one, (0, drawn, rows))[1:]
