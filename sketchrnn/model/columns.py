"""A decoder of plain or stacked LSTMs for a few drawings side by side: what completions spend their time in.

A step multiplies each recurrent kernel by a few vectors, and its time is that of going through the kernels once. The
drawings are the columns here, the transpose of everywhere else: with eight of them XLA's product reaches 78 GFLOP/s on
one core of two, as rows 38 (Zen 3; nine columns again 34, so more are taken eight at a time). What an LSTM reads, the
row and the h of the LSTM below, rides along in the same product. Loops end with the longest drawing, so one compiled
size serves every length.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sketchrnn.model.cells import LSTMCell, StackedLSTMCell, State
from sketchrnn.model.config import STROKE5
from sketchrnn.model.decoder import Decoder
from sketchrnn.model.mixture import log_density, pen_log_probability, split_output
from sketchrnn.model.points import Form
from sketchrnn.model.scan import FORGET_BIAS

BLOCK = 8
"""Drawings side by side that a product does best with; also what its inner length is rounded up to."""


class Layer(NamedTuple):
    """One LSTM's weights as this module multiplies them, float32.

    Args:
        kernel: (4 H, H + I + zeros), recurrent kernel, the input kernel's part for what it reads at every step (the h
            of the LSTM below, the stroke-5 row), and columns of zeros up to a multiple of eight.
        condition: (4 H, C), the input kernel's other part.
        bias: (4 H, 1), with the forget gate's.
    """

    kernel: jax.Array
    condition: jax.Array
    bias: jax.Array


class Columns(NamedTuple):
    """The decoder's weights as this module multiplies them, float32.

    Args:
        layers: from the lowest LSTM to the one whose h makes the mixture.
        out: (O, H).
        out_bias: (O, 1).
    """

    layers: tuple[Layer, ...]
    out: jax.Array
    out_bias: jax.Array


def packs(decoder: Decoder) -> bool:
    """Whether its cell is one that this module knows."""
    return isinstance(decoder.cell, LSTMCell | StackedLSTMCell)


def pack(decoder: Decoder) -> Columns:
    """The weights of a decoder.

    Raises:
        ValueError: its cell is neither a plain LSTM nor two stacked.
    """
    cell = decoder.cell
    if isinstance(cell, StackedLSTMCell):
        layers = _layer(cell.below, STROKE5), _layer(cell.above, cell.lower + STROKE5)
    elif isinstance(cell, LSTMCell):
        layers = (_layer(cell, STROKE5),)
    else:
        raise ValueError(f"expected a decoder of plain LSTM cells, got {type(cell).__name__}")
    out, out_bias = (np.asarray(array) for array in (decoder.out.kernel[...], decoder.out.bias))
    return Columns(layers, *jax.device_put([np.ascontiguousarray(out.T), out_bias[:, None]]))


def _layer(cell: LSTMCell, read: int) -> Layer:
    """The weights of an LSTM that reads so many numbers at every step."""
    # in numpy: jax would compile each of these steps
    recurrent, inputs, bias = (np.asarray(array[...]) for array in (cell.kernel, cell.input_kernel, cell.bias))
    zeros = np.zeros((-(cell.size + read) % BLOCK, 4 * cell.size), np.float32)
    kernel = np.concatenate([recurrent, inputs[:read], zeros])
    forget = np.repeat(np.array([0, 0, FORGET_BIAS, 0], np.float32), cell.size)
    packed = kernel.T, inputs[read:].T, (bias + forget)[:, None]
    return Layer(*jax.device_put([np.ascontiguousarray(array) for array in packed]))


def read(
    columns: Columns, state: State, rows: jax.Array, lengths: jax.Array, condition: jax.Array
) -> tuple[State, jax.Array]:
    """Read rows on from a state, and score them.

    Args:
        columns: the weights.
        state: the decoder's before the first of the rows, (K, H) each.
        rows: (T, K, 5) float32 stroke-5, model units.
        lengths: (K,), how many of the rows to read, 0 to T.
        condition: (K, C); C may be 0.

    Returns:
        The state after them, and (T, K) log p of each row given those before it, model units; 0 beyond `lengths`.
    """
    constant = _constant(columns, condition)
    outputs = jnp.zeros((rows.shape[0], columns.out.shape[0], rows.shape[1]))

    def step(number, carry):
        state, outputs = carry
        outputs = outputs.at[number].set(_output(columns, state))
        new = _step(columns, state, rows[number].T, constant)
        read = number < lengths
        return tuple(jnp.where(read, after, before) for after, before in zip(new, state, strict=True)), outputs

    state, outputs = jax.lax.fori_loop(0, lengths.max(), step, (_turned(state), outputs))
    mixture = split_output(outputs.transpose(0, 2, 1))
    nats = log_density(mixture, rows[..., :2]) + pen_log_probability(mixture, rows[..., 2:])
    return _turned(state), jnp.where(jnp.arange(rows.shape[0])[:, None] < lengths, nats, 0)


def form(columns: Columns) -> Form:
    """A decoder as the loop that draws needs it; conditions (K, C), C may be 0."""
    return Form(
        _turned,
        _turned,
        lambda condition: _constant(columns, condition),
        lambda state: split_output(_output(columns, state).T),
        lambda state, row, constant: _step(columns, state, row.T, constant),
    )


def _turned(state: State) -> State:
    return tuple(part.T for part in state)


def _constant(columns: Columns, condition: jax.Array) -> list[jax.Array]:
    # (4 H, K) of each layer, what is the same at every step
    return [layer.condition @ condition.T + layer.bias for layer in columns.layers]


def _output(columns: Columns, state: State) -> jax.Array:
    return columns.out @ state[0] + columns.out_bias


def _step(columns: Columns, state: State, row: jax.Array, constant: list[jax.Array]) -> State:
    # the state's h and c (H, K) of each layer, the highest first, and row (5, K) -> the state
    below: tuple[jax.Array, ...] = ()
    after: State = ()
    for number, layer in enumerate(columns.layers):
        place = len(state) - 2 * number
        h, c = state[place - 2 : place]
        read = jnp.concatenate([h, *below, row])
        rest = jnp.zeros((layer.kernel.shape[1] - len(read), h.shape[1]))
        gates = layer.kernel @ jnp.concatenate([read, rest]) + constant[number]
        i, g, f, o = jnp.split(gates, 4)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        below, after = (h,), (h, c, *after)
    return after
