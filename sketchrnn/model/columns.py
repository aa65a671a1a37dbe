"""A decoder of plain LSTM cells for a few drawings side by side: what completions spend their time in.

A step multiplies the recurrent kernel by a few vectors, and its time is that of going through the kernel once. The
drawings are the columns here, the transpose of everywhere else: with eight of them XLA's product reaches 78 GFLOP/s on
one core of two, as rows 38 (Zen 3; nine columns again 34, so more are taken eight at a time). Up to five drawings do
better as rows (`sampling`). The input's five columns ride along in the same product. Loops end with the longest
drawing, so one compiled size serves every length.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sketchrnn.model.cells import LSTMCell, State
from sketchrnn.model.config import STROKE5
from sketchrnn.model.decoder import Decoder
from sketchrnn.model.mixture import Mixture, log_density, pen_log_probability, split_output
from sketchrnn.model.sampling import Drawn, Noise, draw_points
from sketchrnn.model.scan import FORGET_BIAS

BLOCK = 8
"""Drawings side by side that a product does best with; also what its inner length is rounded up to."""


class Columns(NamedTuple):
    """The decoder's weights as this module multiplies them, float32.

    Args:
        kernel: (4 H, H + 8), recurrent kernel, the input kernel's stroke-5 part, and columns of zeros.
        condition: (4 H, C), the input kernel's other part.
        bias: (4 H, 1), with the forget gate's.
        out: (O, H).
        out_bias: (O, 1).
    """

    kernel: jax.Array
    condition: jax.Array
    bias: jax.Array
    out: jax.Array
    out_bias: jax.Array


def pack(decoder: Decoder) -> Columns:
    """The weights of a decoder.

    Raises:
        ValueError: its cell is no plain LSTM.
    """
    cell = decoder.cell
    if not isinstance(cell, LSTMCell):
        raise ValueError(f"expected a decoder of plain LSTM cells, got {type(cell).__name__}")
    # in numpy: jax would compile each of these steps
    recurrent, inputs, bias = (np.asarray(array[...]) for array in (cell.kernel, cell.input_kernel, cell.bias))
    zeros = np.zeros((-(cell.size + STROKE5) % BLOCK, 4 * cell.size), np.float32)
    kernel = np.concatenate([recurrent, inputs[:STROKE5], zeros])
    forget = np.repeat(np.array([0, 0, FORGET_BIAS, 0], np.float32), cell.size)
    out, out_bias = (np.asarray(array) for array in (decoder.out.kernel[...], decoder.out.bias))
    packed = kernel.T, inputs[STROKE5:].T, (bias + forget)[:, None], out.T, out_bias[:, None]
    return Columns(*jax.device_put([np.ascontiguousarray(array) for array in packed]))


def read(
    columns: Columns, state: State, rows: jax.Array, lengths: jax.Array, condition: jax.Array
) -> tuple[State, jax.Array]:
    """Read rows on from a state, and score them.

    Args:
        columns: the weights.
        state: h and c before the first of the rows, (K, H) each.
        rows: (T, K, 5) float32 stroke-5, model units.
        lengths: (K,), how many of the rows to read, 0 to T.
        condition: (K, C); C may be 0.

    Returns:
        The state after them, and (T, K) log p of each row given those before it, model units; 0 beyond `lengths`.
    """
    constant = _constant(columns, condition)
    outputs = jnp.zeros((rows.shape[0], columns.out.shape[0], rows.shape[1]))

    def step(number, carry):
        h, c, outputs = carry
        outputs = outputs.at[number].set(_output(columns, h))
        new_h, new_c = _step(columns, h, c, rows[number].T, constant)
        read = number < lengths
        return jnp.where(read, new_h, h), jnp.where(read, new_c, c), outputs

    h, c, outputs = jax.lax.fori_loop(0, lengths.max(), step, (state[0].T, state[1].T, outputs))
    mixture = split_output(outputs.transpose(0, 2, 1))
    nats = log_density(mixture, rows[..., :2]) + pen_log_probability(mixture, rows[..., 2:])
    return (h.T, c.T), jnp.where(jnp.arange(rows.shape[0])[:, None] < lengths, nats, 0)


def draw(
    columns: Columns,
    state: State,
    over: jax.Array,
    noise: Noise,
    count: jax.Array,
    condition: jax.Array,
    temperature: jax.Array,
) -> tuple[State, jax.Array, jax.Array]:
    """Draw the next points of K endings, until all of them are over.

    Args:
        columns: the weights.
        state: h and c, (K, H) each.
        over: (K,) bool, endings that have drawn their end row.
        noise: of n points.
        count: (), how many of these points to draw, 0 to n.
        condition: (K, C); C may be 0.
        temperature: (K, 1), 0.01 to 1.

    Returns:
        state, over and (n, K, 5) rows, model units: end rows (0, 0, 0, 0, 1) where an ending is over, and after
        `count`.
    """
    constant = _constant(columns, condition)
    mixture = lambda state: _mixture(columns, state[0])  # noqa: E731
    step = lambda state, row: _step(columns, state[0], state[1], row.T, constant)  # noqa: E731
    drawn = Drawn((state[0].T, state[1].T), jnp.asarray(over))
    ((h, c), over), rows = draw_points(mixture, step, drawn, noise, temperature, count)
    return (h.T, c.T), over, rows


def _constant(columns: Columns, condition: jax.Array) -> jax.Array:
    # (4 H, K), what is the same at every step
    return columns.condition @ condition.T + columns.bias


def _output(columns: Columns, h: jax.Array) -> jax.Array:
    return columns.out @ h + columns.out_bias


def _mixture(columns: Columns, h: jax.Array) -> Mixture:
    return split_output(_output(columns, h).T)


def _step(columns: Columns, h: jax.Array, c: jax.Array, row: jax.Array, constant: jax.Array):
    # h, c (H, K) and row (5, K) -> h, c
    rest = jnp.zeros((columns.kernel.shape[1] - len(h) - STROKE5, h.shape[1]))
    gates = columns.kernel @ jnp.concatenate([h, row, rest]) + constant
    i, g, f, o = jnp.split(gates, 4)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c
