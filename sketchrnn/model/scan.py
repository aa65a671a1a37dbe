"""An LSTM over time with its own gradient: the loop that training spends its time in.

What bounds it are the products with the recurrent weights and, as much on a processor, passes over memory. Hence:

- A gate needs one tanh: sigmoid(a) = (tanh(a / 2) + 1) / 2. The halves are put into the weights before the loop, so
  that one tanh over all four gates' columns is all that follows the product, and what it gives is what is kept for the
  gradient.
- The few columns of the input share the product with h; what is the same at every step is added to it. So nothing of
  the gates' size is made before the loop.
- Weight gradients of all steps are one product after the loop; sums over time are taken inside of it, while what they
  add is near.
- What is kept is put into one array for each gate: XLA puts with one thread, but several arrays at once, and beside the
  product.
- LSTMs side by side, as the two directions of an encoder, share one loop and nothing else: what is one thread's work of
  the one is done beside the other's products.
- bfloat16 products reach a processor's matrix units (AMX) only as (m, k) @ (k, n) with both operands laid out so: XLA
  takes a transposed operand's product in float32, at a fifth of the speed. So operands are transposed as a step of
  their own, in a form that XLA does not fold into the product, and k is filled up to whole tiles.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

FORGET_BIAS = 1.0
"""Added to the forget gate at run time, not stored (Magenta's convention; Jozefowicz et al. 2015)."""
_HALF = (0.5, 1.0, 0.5, 0.5)
"""Of each gate's pre-activation: its factor inside of tanh."""
_TILE = 32
"""Rows of a bfloat16 tile of AMX: the inner axis of a product is filled up to a multiple of it."""


def product(a: jax.Array, b: jax.Array, precision: str) -> jax.Array:
    """`a @ b` with operands in `precision` and float32 sums."""
    if precision == "bfloat16":
        a, b = a.astype(jnp.bfloat16), b.astype(jnp.bfloat16)
    return jnp.matmul(a, b, preferred_element_type=jnp.float32)


def activate(gates: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Gates i, g, f, o of pre-activations (..., 4 H), in that order (Magenta's)."""
    i, g, f, o = jnp.split(gates, 4, axis=-1)
    return jax.nn.sigmoid(i), jnp.tanh(g), jax.nn.sigmoid(f + FORGET_BIAS), jax.nn.sigmoid(o)


def lstm_sequence(
    x, constant, input_kernel, kernel, h, c, keep=None, precision: str = "float32", count=None
) -> jax.Array:
    """All hidden states of an LSTM over inputs of few columns, or of D of them side by side.

    Args:
        x: (T, B, I) float32, what is read at each step; (T, D, B, I) of D LSTMs.
        constant: (B, 4 H) or (4 H,) float32, added to the pre-activations at every step; (D, B, 4 H) or (D, 1, 4 H).
        input_kernel: (I, 4 H) float32, weights of x; (D, I, 4 H).
        kernel: (H, 4 H) float32, recurrent weights; (D, H, 4 H).
        h, c: (B, H) float32, state before the first step; (D, B, H).
        keep: (T, B, H) or (T, D, B, H) float32 factors on the candidate g (recurrent dropout), or None.
        precision: of the operands of the products; sums are float32.
        count: () int32, how many steps are of interest, 0 to T: padding of a whole batch need not be gone through;
            None for T.

    Returns:
        (T, B, H) or (T, D, B, H) float32, h after each step; what stands after `count` of them is not to be used.

    Reference:
        Hochreiter & Schmidhuber 1997; Semeniuta et al. 2016 (arXiv 1603.05118), section 3 for `keep`.
    """
    weights = _halved(jnp.concatenate([kernel, input_kernel], axis=-2))
    added = jnp.broadcast_to(_halved(constant, FORGET_BIAS), (*h.shape[:-1], kernel.shape[-1]))
    return _steps(_LSTM(x, added, weights, h, c, keep), precision, count)


def lstm_hidden(projected, kernel, h, c, keep=None, precision: str = "float32", count=None) -> jax.Array:
    """All hidden states of an LSTM whose input products were taken before the loop: for inputs of many columns.

    Args:
        projected: (T, B, 4 H) float32, x @ W_x + b for every step; (T, D, B, 4 H) of D LSTMs side by side.
        kernel, h, c, keep, precision, count: see `lstm_sequence`.

    Returns:
        (T, B, H) or (T, D, B, H) float32, h after each step; what stands after `count` of them is not to be used.
    """
    nothing = jnp.zeros((*projected.shape[:-1], 0), jnp.float32)
    return _steps(_LSTM(nothing, _halved(projected, FORGET_BIAS), _halved(kernel), h, c, keep), precision, count)


class _LSTM(NamedTuple):
    """One LSTM and what it reads, in terms of what stands inside of tanh; or D of them, see `lstm_sequence`.

    Args:
        x: (T, B, I).
        added: (B, 4 H), or (T, B, 4 H) for each step its own.
        weights: (H + I, 4 H), of h and x.
        h, c: (B, H).
        keep: (T, B, H), or None.
    """

    x: Any
    added: Any
    weights: Any
    h: Any
    c: Any
    keep: Any

    @property
    def size(self) -> int:
        return self.h.shape[-1]

    @property
    def steady(self) -> bool:
        """Whether the same is added at every step."""
        return self.added.ndim == self.h.ndim


def _halved(values: jax.Array, forget: float = 0.0) -> jax.Array:
    """Pre-activations, or weights that make them, (..., 4 H) as they stand inside of tanh; `forget` added to f's."""
    size = values.shape[-1] // 4
    gate = jnp.arange(4 * size) // size
    return (values + jnp.where(gate == 2, forget, 0.0)) * jnp.asarray(_HALF, jnp.float32)[gate]


def _steps(lstm: _LSTM, precision: str, count) -> jax.Array:
    if not len(lstm.x):
        return jnp.zeros((0, *lstm.h.shape), jnp.float32)
    # a loop that ends where a number on the device says is asked about by the host at every step: on a processor only
    if jax.default_backend() != "cpu":
        count = None
    one = lstm.h.ndim == 2
    hs: Any = _run((lstm,) if one else _apart(lstm), count, precision)
    return hs[0] if one else jnp.stack(hs, axis=1)


def _apart(lstms: _LSTM) -> tuple[_LSTM, ...]:
    """D LSTMs as one each."""
    axes = _LSTM(1, 0 if lstms.steady else 1, 0, 0, 0, 1)
    many = len(lstms.h)
    # split, whose gradient is one concatenation; indexed, it would be a sum of padded arrays
    one_by_one = [
        [None] * many if values is None else [part.squeeze(axis) for part in jnp.split(values, many, axis)]
        for values, axis in zip(lstms, axes, strict=True)
    ]
    return tuple(_LSTM(*each) for each in zip(*one_by_one, strict=True))


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def _run(lstms, count, precision):
    """The loop: h after each step, (T, B, H), of each LSTM.

    Args:
        lstms: a tuple of them, of as many steps each.
        count: () steps to make; None for T, which the compiler then knows.
        precision: see `lstm_sequence`.
    """
    return _forward(lstms, count, precision)[0]


def _forward(lstms, count, precision):
    lstms = tuple(lstm._replace(weights=lstm.weights.astype(precision)) for lstm in lstms)
    filled = [_filled(lstm, precision) for lstm in lstms]

    def step_of(number, lstm, h, c, kept):
        x, moved, factor = _at(number, (lstm.x, None if lstm.steady else lstm.added, lstm.keep))
        inside = product(jnp.concatenate([h, x], axis=-1), lstm.weights, precision)
        squashed = jnp.split(jnp.tanh(inside + (lstm.added if moved is None else moved)), 4, axis=-1)
        i, g, f, o = _opened(squashed)
        c = f * c + i * (g if factor is None else g * factor)
        h = o * jnp.tanh(c)
        return h, c, _put(number, kept, (h, c, *squashed))

    def step(number, carry):
        return tuple(step_of(number, lstm, *each) for lstm, each in zip(filled, carry, strict=True))

    steps = len(lstms[0].x)
    begun = tuple((lstm.h, lstm.c, (jnp.zeros((steps, *lstm.h.shape)),) * 6) for lstm in lstms)
    done = jax.lax.fori_loop(0, steps if count is None else count, step, begun)
    kept = tuple(arrays for _, _, arrays in done)
    return tuple(arrays[0] for arrays in kept), (lstms, kept, count)


def _at(number, arrays):
    """Of each array its entry of this number; None of None."""
    take = partial(jax.lax.dynamic_index_in_dim, index=number, keepdims=False)
    return jax.tree.map(take, arrays)


def _put(number, arrays, values):
    """The arrays with these values as their entries of this number."""
    put = partial(jax.lax.dynamic_update_index_in_dim, index=number, axis=0)
    return jax.tree.map(put, arrays, values)


def _filled(lstm: _LSTM, precision: str) -> _LSTM:
    """Its weights with rows of zeros, and its x with as many columns, up to whole tiles."""
    if precision != "bfloat16":
        return lstm
    missing = -len(lstm.weights) % _TILE
    x, weights = jnp.pad(lstm.x, (*[(0, 0)] * 2, (0, missing))), jnp.pad(lstm.weights, ((0, missing), (0, 0)))
    return lstm._replace(x=x, weights=weights)


def _opened(squashed):
    """tanh of the four pre-activations -> i, g, f, o."""
    i, g, f, o = squashed
    return 0.5 * i + 0.5, g, 0.5 * f + 0.5, 0.5 * o + 0.5


def _backward(precision, saved, dhs):
    lstms, kept, count = saved
    steps = len(lstms[0].x)
    made = steps if count is None else count
    transposed = [lstm.weights[: lstm.size].T for lstm in lstms]
    inputs = [
        (dh, *arrays[1:], _before(lstm.c, arrays[1]), lstm.keep)
        for lstm, arrays, dh in zip(lstms, kept, dhs, strict=True)
    ]

    def step_of(number, read, weights, dh, dc, total, dzs):
        dh_out, c, *squashed, c_before, factor = _at(number, read)
        i, g, f, o = _opened(squashed)
        dh, outer = dh + dh_out, jnp.tanh(c)
        dc = dc + dh * o * (1 - outer * outer)
        dcand = dc if factor is None else dc * factor
        opened = 0.5 * dcand * g, dcand * i, 0.5 * dc * c_before, 0.5 * dh * outer
        dz = jnp.concatenate([(1 - s * s) * each for s, each in zip(squashed, opened, strict=True)], axis=-1)
        dh = product(dz, weights, precision)
        return dh, dc * f, None if total is None else total + dz, _put(number, dzs, dz)

    def step(number, carry):
        number = made - 1 - number
        several = zip(inputs, transposed, carry, strict=True)
        return tuple(step_of(number, read, weights, *each) for read, weights, each in several)

    begun = tuple(
        (
            *(jnp.zeros_like(lstm.h) for _ in range(2)),
            jnp.zeros_like(lstm.added) if lstm.steady else None,
            jnp.zeros((steps, len(lstm.h), 4 * lstm.size)),
        )
        for lstm in lstms
    )
    done = jax.lax.fori_loop(0, made, step, begun)
    several = zip(lstms, kept, done, strict=True)
    return tuple(_gradient(precision, lstm, arrays[0], *each) for lstm, arrays, each in several), None


def _gradient(precision, lstm: _LSTM, hs, dh, dc, total, dzs) -> _LSTM:
    """Of all that an LSTM was given, from what the loop found."""
    read = jnp.concatenate([_before(lstm.h, hs), lstm.x], axis=-1)
    dweights = weight_gradients(read, dzs, precision)
    dx = product(dzs, lstm.weights[lstm.size :].T, precision)
    dkeep = None if lstm.keep is None else jnp.zeros_like(lstm.keep)  # the dropout mask is given, never learnt
    return _LSTM(dx, dzs if total is None else total, dweights, dh, dc, dkeep)


def weight_gradients(a, b, precision):
    """Sum over steps and drawings of the outer products of what was read and the pre-activations' gradients.

    Args:
        a: (T, B, n) float32.
        b: (T, B, m) float32.
        precision: of the operands.

    Returns:
        (n, m) float32.
    """
    if precision == "bfloat16":
        a, b = a.astype(jnp.bfloat16), b.astype(jnp.bfloat16)
        if jax.device_count() == 1:
            flat = a.transpose(2, 0, 1).reshape(a.shape[-1], -1)
            return product(flat, b.reshape(-1, b.shape[-1]), precision)
    # both axes stay apart: made one, they could not be dealt over devices, and each would take the whole product
    return jax.lax.dot_general(a, b, (((0, 1), (0, 1)), ((), ())), preferred_element_type=jnp.float32)


def _before(first, rest):
    """What stood before each step: (..., n), (T, ..., n) -> (T, ..., n)."""
    return jnp.concatenate([first[None], rest])[: len(rest)]


_run.defvjp(_forward, _backward)
