"""An LSTM over time with its own gradient: the loop that training spends its time in.

What bounds it are the products with the recurrent weights and, as much on a processor, passes over memory. Hence:

- A gate needs one tanh: sigmoid(a) = (tanh(a / 2) + 1) / 2. The halves are put into the weights before the loop, so
  that one tanh over all four gates' columns is all that follows the product, and what it gives is what is kept for the
  gradient.
- The few columns of the input share the product with h; what is the same at every step is added to it. So nothing of
  the gates' size is made before the loop.
- Weight gradients of all steps are one product after the loop; sums over time are taken inside of it, while what they
  add is near.
- LSTMs side by side, as the two directions of an encoder, share one loop: what follows their products is done for all
  of them at once, and small passes cost threads more to begin than to do.
- bfloat16 products reach a processor's matrix units (AMX) only as (m, k) @ (k, n) with both operands laid out so: XLA
  takes a transposed operand's product in float32, at a fifth of the speed. So operands are transposed as a step of
  their own, in a form that XLA does not fold into the product, and k is filled up to whole tiles.
"""

from __future__ import annotations

from functools import partial
from typing import Any

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
    if kernel.ndim == 2:
        keep = None if keep is None else keep[:, None]
        one = x[:, None], constant, input_kernel[None], kernel[None], h[None], c[None], keep
        return lstm_sequence(*one, precision, count)[:, 0]
    weights = _halved(jnp.concatenate([kernel, input_kernel], axis=1))
    added = jnp.broadcast_to(_halved(constant, FORGET_BIAS), (*h.shape[:2], kernel.shape[2]))
    return _steps(x, added, weights, h, c, keep, precision, count)


def lstm_hidden(projected, kernel, h, c, keep=None, precision: str = "float32", count=None) -> jax.Array:
    """All hidden states of an LSTM whose input products were taken before the loop: for inputs of many columns.

    Args:
        projected: (T, B, 4 H) float32, x @ W_x + b for every step; (T, D, B, 4 H) of D LSTMs side by side.
        kernel, h, c, keep, precision, count: see `lstm_sequence`.

    Returns:
        (T, B, H) or (T, D, B, H) float32, h after each step; what stands after `count` of them is not to be used.
    """
    if kernel.ndim == 2:
        keep = None if keep is None else keep[:, None]
        return lstm_hidden(projected[:, None], kernel[None], h[None], c[None], keep, precision, count)[:, 0]
    nothing = jnp.zeros((*projected.shape[:3], 0), jnp.float32)
    return _steps(nothing, _halved(projected, FORGET_BIAS), _halved(kernel), h, c, keep, precision, count)


def _halved(values: jax.Array, forget: float = 0.0) -> jax.Array:
    """Pre-activations, or weights that make them, (..., 4 H) as they stand inside of tanh; `forget` added to f's."""
    size = values.shape[-1] // 4
    gate = jnp.arange(4 * size) // size
    return (values + jnp.where(gate == 2, forget, 0.0)) * jnp.asarray(_HALF, jnp.float32)[gate]


def _steps(x, added, weights, h, c, keep, precision, count) -> Any:
    if not len(x):
        return jnp.zeros((0, *h.shape), jnp.float32)
    # a loop that ends where a number on the device says is asked about by the host at every step: on a processor only
    if jax.default_backend() != "cpu":
        count = None
    return _run(x, added, weights, h, c, keep, count, precision)


@partial(jax.custom_vjp, nondiff_argnums=(7,))
def _run(x, added, weights, h, c, keep, count, precision):
    """The loop, in terms of what stands inside of tanh, of D LSTMs.

    Args:
        x: (T, D, B, I).
        added: (D, B, 4 H), or (T, D, B, 4 H) for each step its own.
        weights: (D, H + I, 4 H), of h and x.
        h, c, keep, precision: see `lstm_sequence`.
        count: () steps to make; None for T, which the compiler then knows.
    """
    return _forward(x, added, weights, h, c, keep, count, precision)[0]


def _forward(x, added, weights, h, c, keep, count, precision):
    size = h.shape[-1]
    weights = weights.astype(precision)
    steady, moving = (added, None) if added.ndim == 3 else (0.0, added)
    filled, read = _filled(weights, x, precision)

    def step(number, carry):
        h, c, kept = carry
        x, moved, factor = _at(number, (read, moving, keep))
        inside = _products(jnp.concatenate([h, x], axis=-1), filled, precision) + steady
        squashed = jnp.tanh(inside if moved is None else inside + moved)
        i, g, f, o = _opened(squashed, size)
        c = f * c + i * (g if factor is None else g * factor)
        h = o * jnp.tanh(c)
        return h, c, _put(number, kept, (h, c, squashed))

    kept = tuple(jnp.zeros((len(x), *h.shape[:2], width)) for width in (size, size, 4 * size))
    _, _, (hs, cs, squashed) = jax.lax.fori_loop(0, len(x) if count is None else count, step, (h, c, kept))
    return hs, (x, added if added.ndim == 3 else None, weights, hs, cs, squashed, h, c, keep, count)


def _at(number, arrays):
    """Of each array its entry of this number; None of None."""
    take = partial(jax.lax.dynamic_index_in_dim, index=number, keepdims=False)
    return jax.tree.map(take, arrays)


def _put(number, arrays, values):
    """The arrays with these values as their entries of this number."""
    put = partial(jax.lax.dynamic_update_index_in_dim, index=number, axis=0)
    return jax.tree.map(put, arrays, values)


def _products(a, b, precision):
    """(D, m, k) @ (k, n) for each of D: batched, bfloat16 ones would not reach the matrix units. The other operands
    come one by one, since a loop would take them out of a common array at every step.
    """
    return jnp.stack([product(one, other, precision) for one, other in zip(a, b, strict=True)])


def _filled(weights, x, precision):
    """Each of the weights (D, H + I, 4 H) with rows of zeros, and x (T, D, B, I) with as many columns, up to whole
    tiles.
    """
    if precision != "bfloat16":
        return tuple(weights), x
    missing = -weights.shape[1] % _TILE
    return tuple(jnp.pad(weights, ((0, 0), (0, missing), (0, 0)))), jnp.pad(x, (*[(0, 0)] * 3, (0, missing)))


def _opened(squashed, size):
    """tanh of the pre-activations (..., 4 H) -> i, g, f, o, (..., H) each."""
    i, g, f, o = (squashed[..., gate * size : (gate + 1) * size] for gate in range(4))
    return 0.5 * i + 0.5, g, 0.5 * f + 0.5, 0.5 * o + 0.5


def _backward(precision, saved, dhs):
    x, steady, weights, hs, cs, squashed, h0, c0, keep, count = saved
    size, made = h0.shape[-1], len(x) if count is None else count
    transposed = tuple(weights[:, :size].swapaxes(1, 2))
    inputs = (dhs, squashed, cs, _before(c0, cs), keep)

    def step(number, carry):
        dh, dc, total, dzs = carry
        number = made - 1 - number
        dh_out, squashed, c, c_before, factor = _at(number, inputs)
        i, g, f, o = _opened(squashed, size)
        dh, outer = dh + dh_out, jnp.tanh(c)
        dc = dc + dh * o * (1 - outer * outer)
        dcand = dc if factor is None else dc * factor
        # stacked, then multiplied: one pass makes all four gates' columns
        opened = jnp.stack([0.5 * dcand * g, dcand * i, 0.5 * dc * c_before, 0.5 * dh * outer], axis=-2)
        dz = (1 - squashed * squashed) * opened.reshape(squashed.shape)
        dh = _products(dz, transposed, precision)
        return dh, dc * f, None if total is None else total + dz, _put(number, dzs, tuple(dz))

    total = None if steady is None else jnp.zeros_like(steady)
    # each LSTM's dz is kept apart: the products after the loop would take it out of a common array by a copy
    dzs = tuple(jnp.zeros((len(x), *one.shape)) for one in squashed[0])
    dh, dc, total, dzs = jax.lax.fori_loop(0, made, step, (jnp.zeros_like(h0), jnp.zeros_like(c0), total, dzs))
    read = jnp.concatenate([_before(h0, hs), x], axis=-1)
    dweights = jnp.stack([weight_gradients(read[:, one], dz, precision) for one, dz in enumerate(dzs)])
    dx = [product(dz, weights[one, size:].T, precision) for one, dz in enumerate(dzs)]
    dkeep = None if keep is None else jnp.zeros_like(keep)  # the dropout mask is given, never learnt
    return jnp.stack(dx, axis=1), jnp.stack(dzs, axis=1) if total is None else total, dweights, dh, dc, dkeep, None


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
