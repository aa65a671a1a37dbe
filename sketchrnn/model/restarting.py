"""An LSTM over rows that hold several drawings: it begins anew with each, in the form that suits an accelerator.

The loop over time has a gradient of its own, as the one in `scan`: large products before and after it, and in it one
product and as few passes over memory as there can be.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from sketchrnn.model.cells import LSTMCell
from sketchrnn.model.scan import FORGET_BIAS

_ALIGNED = 8
"""Columns of bfloat16 that an accelerator's matrix units take at once: products are filled up to their multiples."""
_UNROLL = 4
"""Steps in one round of the loops."""


def read_restarting(
    cell: LSTMCell, read: jax.Array, begins: jax.Array, steepest: jax.Array | float = jnp.inf
) -> jax.Array:
    """The cell's h after each row.

    Args:
        cell: its weights.
        read: (T, B, I) inputs; their type is that of the products and of the answer.
        begins: (T, B) bool, where the state is zeros before the row.
        steepest: see `restarting_lstm`.

    Returns:
        (T, B, H), of the inputs' type.
    """
    forget = jnp.zeros((4, cell.size)).at[2].set(FORGET_BIAS).ravel()
    # the bias is the weights of one more column, so that it shares the product
    weights = jnp.concatenate([cell.input_kernel[...], (cell.bias[...] + forget)[None]])
    read = jnp.concatenate([read, jnp.ones((*begins.shape, 1), read.dtype)], axis=-1)
    goes_on = (~begins).astype(jnp.float32)
    return restarting_lstm(dense(read, weights, read.dtype), cell.kernel[...], goes_on, steepest)


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
