"""Drawings that stand end to end in rows, as an accelerator learns them: made on it, read by LSTMs that begin anew.

Everything of a step happens where the drawings lie: the host names which drawings each row holds and nothing more. The
loop over time has a gradient of its own, as the one in `scan`, in the form that suits an accelerator: large products
before and after it, and in it one product and as few passes over memory as there can be.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx

from sketchrnn.model.cells import LSTMCell, StackedLSTMCell
from sketchrnn.model.config import PEN_STATES
from sketchrnn.model.mixture import log_density, pen_log_probability, split_output
from sketchrnn.model.recogniser import category_loss
from sketchrnn.model.scan import FORGET_BIAS
from sketchrnn.model.sketchrnn import SketchRNN

_ALIGNED = 8
"""Columns of bfloat16 that an accelerator's matrix units take at once: products are filled up to their multiples."""
_UNROLL = 4
"""Steps in one round of the loops."""
STEEPEST = 100.0
"""Largest derivative of the loss, summed over points, with respect to what goes into an LSTM's gates, as in Graves 2013
(arXiv 1308.0850, section 4.2). Far above what is usual; without a bound a few rows, through which it grows from step to
step, can make a whole batch's gradient theirs."""


class Lying(NamedTuple):
    """All drawings, where they are learnt.

    Args:
        points: (N, 3) int16 rows (dx, dy, pen_lifted), sketch units, as in `data.corpus`.
        starts: (D,) int32, where each drawing begins.
        lengths: (D,) int32, its points.
        labels: (D,) int32, its category.
    """

    points: Any
    starts: Any
    lengths: Any
    labels: Any


class PackedRows(NamedTuple):
    """Drawings end to end, one row a column of each array; model units.

    Args:
        read: (T, B, 5) stroke-5 rows that the decoder reads: of each drawing its points, the first one's offset zeroed.
        next: (T, B, 5), what it is to foretell: the point after, the end row after the last one.
        begins: (T, B) bool, the first row of a drawing.
        inside: (T, B) bool, a row of a drawing at all.
        given: (T, B) int32, category that the model is told.
        labels: (T, B) int32, category that it is.
    """

    read: jax.Array
    next: jax.Array
    begins: jax.Array
    inside: jax.Array
    given: jax.Array
    labels: jax.Array


def packed_rows(
    lying: Lying,
    drawings: jax.Array,
    key: jax.Array,
    *,
    row_length: int,
    untold: int,
    no_category: int,
    scale_factor: float,
    jitter: float,
    random_scale: float,
) -> PackedRows:
    """The rows that hold these drawings, their points jittered and scaled at random as `data.augment` does.

    Args:
        lying: all drawings.
        drawings: (B, S) int32, which ones each row holds; negative where there is none.
        key: of the jitter and the scales.
        row_length: T.
        untold: the drawings of the first so many rows are told no category.
        no_category: the category that says so.
        scale_factor: sketch units per model unit.
        jitter, random_scale: see `data.augment.Augmentation`.
    """
    counts = jnp.where(drawings >= 0, lying.lengths[drawings], 0)
    ends = jnp.cumsum(counts, axis=1)
    steps = jnp.arange(row_length)[:, None]
    slot = (steps[..., None] >= ends).sum(axis=-1)
    inside = steps < ends[:, -1]
    slot = jnp.minimum(slot, drawings.shape[1] - 1)
    rows = jnp.arange(drawings.shape[0])
    drawing = drawings[rows, slot]
    place = steps - (ends - counts)[rows, slot]
    begins, last = inside & (place == 0), inside & (place == counts[rows, slot] - 1)
    points = lying.points[jnp.where(inside, lying.starts[drawing] + place, 0)]
    noise_key, scale_key = jax.random.split(key)
    noise = jax.random.uniform(noise_key, (row_length, drawings.shape[0], 2), minval=-jitter, maxval=jitter)
    factors = jax.random.uniform(scale_key, (*drawings.shape, 2), minval=1 - random_scale, maxval=1 + random_scale)
    moved = points[..., :2] + noise - jnp.roll(noise, 1, axis=0)
    offsets = jnp.where((inside & ~begins)[..., None], moved * factors[rows, slot] / scale_factor, 0)
    lifted = (points[..., 2] != 0) & inside
    pen = jnp.stack([inside & ~lifted, lifted, ~inside], axis=-1)
    end = jnp.arange(PEN_STATES) == PEN_STATES - 1
    after = jnp.where(last[..., None], end, jnp.roll(pen, -1, axis=0))
    next_offsets = jnp.where(last[..., None], 0, jnp.roll(offsets, -1, axis=0))
    labels = jnp.where(inside, lying.labels[drawing], 0)
    return PackedRows(
        jnp.concatenate([offsets, pen], axis=-1),
        jnp.concatenate([next_offsets, after], axis=-1),
        begins,
        inside,
        jnp.where(rows < untold, no_category, labels),
        labels,
    )


def packed_losses(
    model: SketchRNN, packed: PackedRows, *, untold: int, head_weight: float
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """What `losses` gives of a decoder-only network and the same drawings, each begun from a state of zeros.

    Args:
        model: the network; a decoder of one LSTM or of two, without recurrent dropout.
        packed: drawings.
        untold: those of the first so many rows can be told no category.
        head_weight: of the category head's loss.

    Returns:
        total loss () and its parts, each (): `offset_loss`, `pen_loss` (nats, sums over points), `head_loss`,
        `head_accuracy`, `points`, `drawings`.
    """
    points = packed.inside.sum().astype(jnp.float32)
    hs = packed_hidden_states(model, packed, STEEPEST / points)
    mixture = split_output(_linear(model.decoder.out, hs))
    scored = packed.inside & (packed.next[..., -1] == 0)
    offset = -jnp.where(scored, log_density(mixture, packed.next[..., :2]), 0).sum()
    pen = -jnp.where(packed.inside, pen_log_probability(mixture, packed.next[..., 2:]), 0).sum()
    head, accuracy = _head_loss(model, packed, hs[:, :untold])
    total = (offset + pen) / points + head_weight * head
    return total, {
        "offset_loss": offset,
        "pen_loss": pen,
        "head_loss": head,
        "head_accuracy": accuracy,
        "points": points,
        "drawings": packed.begins.sum().astype(jnp.float32),
    }


def packed_hidden_states(model: SketchRNN, packed: PackedRows, steepest: jax.Array | float = jnp.inf) -> jax.Array:
    """The decoder's h after each row, (T, B, H) in the model's precision; outside of drawings it is not to be used.

    Args:
        model: the network.
        packed: drawings.
        steepest: see `restarting_lstm`.

    Raises:
        ValueError: a decoder of another kind.
    """
    cell, dtype = model.decoder.cell, jnp.dtype(model.config.precision)
    parts = [packed.read.astype(dtype)]
    if model.embedding is not None:  # picked by a product, whose gradient is one, too, and no sum row by row
        which = jax.nn.one_hot(packed.given, model.config.categories + 1, dtype=dtype)
        parts.append(dense(which, model.embedding.embedding[...], dtype))
    read = jnp.concatenate([*parts, jnp.ones((*packed.given.shape, 1), dtype)], axis=-1)
    goes_on = (~packed.begins).astype(jnp.float32)
    if isinstance(cell, LSTMCell):
        return _read(cell, read, goes_on, steepest)
    if isinstance(cell, StackedLSTMCell):
        lower = _read(cell.below, read, goes_on, steepest)
        return _read(cell.above, jnp.concatenate([lower, read], axis=-1), goes_on, steepest)
    raise ValueError(f"expected a decoder of one or two LSTMs for packed drawings, got {type(cell).__name__}")


def _read(cell: LSTMCell, read: jax.Array, goes_on: jax.Array, steepest: jax.Array | float) -> jax.Array:
    """h after each of the inputs (T, B, I + 1), the last of which is 1."""
    forget = jnp.zeros((4, cell.size)).at[2].set(FORGET_BIAS).ravel()
    weights = jnp.concatenate([cell.input_kernel[...], (cell.bias[...] + forget)[None]])
    return restarting_lstm(dense(read, weights, read.dtype), cell.kernel[...], goes_on, steepest)


def _linear(layer: nnx.Linear, hs: jax.Array) -> jax.Array:
    assert layer.bias is not None
    return dense(hs, layer.kernel[...], jnp.dtype(jnp.float32)) + layer.bias[...]


def _head_loss(model: SketchRNN, packed: PackedRows, hs: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy of the category head, mean over the points of these rows, and its accuracy."""
    head, untold = model.decoder.head, hs.shape[1]
    if head is None or not untold:
        return jnp.float32(0), jnp.float32(0)
    return category_loss(_linear(head, hs), packed.labels[:, :untold], packed.inside[:, :untold])


def dense(a: jax.Array, b: jax.Array, dtype: jnp.dtype) -> jax.Array:
    """(..., n) @ (n, m) as `dtype`, with operands of a's type and float32 sums, the gradients' products too."""
    return jnp.asarray(_dense(a, b, dtype))


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def _dense(a, b, dtype):
    return _product(a, b.astype(a.dtype), dtype)


def _dense_forward(a, b, dtype):
    return _dense(a, b, dtype), (a, b)


def _dense_backward(dtype, saved, d):
    a, b = saved
    d, rows = d.astype(a.dtype), tuple(range(a.ndim - 1))
    db = jax.lax.dot_general(a, d, ((rows, rows), ((), ())), preferred_element_type=jnp.float32)
    return _product(d, b.astype(a.dtype).T, a.dtype), db


_dense.defvjp(_dense_forward, _dense_backward)


def _product(a, b, dtype):
    """a @ b, filled up with zeros to sizes that matrix units take."""
    inner, columns = -len(b) % _ALIGNED, b.shape[1]
    a = jnp.pad(a, (*[(0, 0)] * (a.ndim - 1), (0, inner)))
    b = jnp.pad(b, ((0, inner), (0, -columns % _ALIGNED)))
    return jnp.matmul(a, b, preferred_element_type=dtype)[..., :columns]


def restarting_lstm(
    projected: jax.Array, kernel: jax.Array, goes_on: jax.Array, steepest: jax.Array | float = jnp.inf
) -> jax.Array:
    """h after each step of an LSTM whose state is now and then made zero.

    Args:
        projected: (T, B, 4 H), x @ W_x + b for every step, the forget gate's 1 included; its type is that of the
            products and of what is kept for the gradient. Sums and the state are float32.
        kernel: (H, 4 H) float32, recurrent weights.
        goes_on: (T, B) float32, 0 where a step starts from zeros and 1 elsewhere; the first one always does.
        steepest: (), going back through time, the derivative with respect to what goes into the gates is cut off here.

    Returns:
        (T, B, H), of the same type.
    """
    return jnp.asarray(_restarting(projected, kernel, goes_on, jnp.asarray(steepest, jnp.float32)))


@jax.custom_vjp
def _restarting(projected, kernel, goes_on, steepest):
    return _forward(projected, kernel, goes_on, steepest)[0]


def _forward(projected, kernel, goes_on, steepest):
    dtype = projected.dtype
    kernel = kernel.astype(dtype)

    def step(carry, inputs):
        h, c = carry
        added, on = inputs
        i, g, f, o = _squashed(added + jnp.matmul(h, kernel, preferred_element_type=jnp.float32))
        c = f * c + i * g
        h = o * jnp.tanh(c)
        kept = h.astype(dtype), c.astype(dtype), jnp.concatenate([i, g, f, o], axis=-1).astype(dtype)
        return ((h * on).astype(dtype), c * on), kept

    shape = (projected.shape[1], len(kernel))
    begun = jnp.zeros(shape, dtype), jnp.zeros(shape, jnp.float32)
    _, (hs, cs, gates) = jax.lax.scan(step, begun, (projected, _next(goes_on)), unroll=_UNROLL)
    return hs, (hs, cs, gates, kernel, goes_on, steepest)


def _squashed(gates):
    i, g, f, o = jnp.split(gates, 4, axis=-1)
    return jax.nn.sigmoid(i), jnp.tanh(g), jax.nn.sigmoid(f), jax.nn.sigmoid(o)


def _next(goes_on):
    """(T, B, 1): whether the state goes on after each step."""
    return jnp.concatenate([goes_on[1:], jnp.zeros_like(goes_on[:1])])[..., None]


def _backward(saved, dhs):
    hs, cs, gates, kernel, goes_on, steepest = saved
    transposed = kernel.T

    def step(carry, inputs):
        dh, dc = carry
        dout, c, c_before, kept, on = inputs
        i, g, f, o = jnp.split(kept.astype(jnp.float32), 4, axis=-1)
        outer = jnp.tanh(c.astype(jnp.float32))
        dh = dout + dh * on
        dc = dc * on + dh * o * (1 - outer * outer)
        parts = dc * g * i * (1 - i), dc * i * (1 - g * g), dc * c_before * f * (1 - f), dh * outer * o * (1 - o)
        dz = jnp.clip(jnp.concatenate(parts, axis=-1), -steepest, steepest).astype(kernel.dtype)
        return (jnp.matmul(dz, transposed, preferred_element_type=jnp.float32), dc * f), dz

    before = partial(_before, goes_on=goes_on)
    begun = (jnp.zeros(hs.shape[1:], jnp.float32),) * 2
    inputs = dhs, cs, before(cs), gates, _next(goes_on)
    dzs = jax.lax.scan(step, begun, inputs, reverse=True, unroll=_UNROLL)[1]
    dkernel = jax.lax.dot_general(before(hs), dzs, (((0, 1), (0, 1)), ((), ())), preferred_element_type=jnp.float32)
    return dzs, dkernel, jnp.zeros_like(goes_on), jnp.zeros_like(steepest)


def _before(values, goes_on):
    """What each step starts from, of what stands after each step: (T, B, n) -> (T, B, n)."""
    moved = jnp.concatenate([jnp.zeros_like(values[:1]), values[:-1]])
    return moved * goes_on[..., None].astype(values.dtype)


_restarting.defvjp(_forward, _backward)
