"""An LSTM over time with its own gradient: the loop that training spends its time in."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

FORGET_BIAS = 1.0
"""Added to the forget gate at run time, not stored (Magenta's convention; Jozefowicz et al. 2015)."""


def product(a: jax.Array, b: jax.Array, precision: str) -> jax.Array:
    """`a @ b` with operands in `precision` and float32 sums."""
    if precision == "bfloat16":
        a, b = a.astype(jnp.bfloat16), b.astype(jnp.bfloat16)
    return jnp.matmul(a, b, preferred_element_type=jnp.float32)


def activate(gates: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Gates i, g, f, o of pre-activations (..., 4 H), in that order (Magenta's)."""
    i, g, f, o = jnp.split(gates, 4, axis=-1)
    return jax.nn.sigmoid(i), jnp.tanh(g), jax.nn.sigmoid(f + FORGET_BIAS), jax.nn.sigmoid(o)


@partial(jax.custom_vjp, nondiff_argnums=(5,))
def lstm_hidden(projected, kernel, h, c, keep, precision="float32"):
    """All hidden states of an LSTM whose input products were taken before the loop.

    The gradient keeps the gates it needs and turns the weight gradients of all steps into one product after the loop.

    Args:
        projected: (T, B, 4 H) float32, x @ W_x + b for every step.
        kernel: (H, 4 H) float32, recurrent weights.
        h, c: (B, H) float32, state before the first step.
        keep: (T, B, H) float32 factors on the candidate g (recurrent dropout), or None.
        precision: of the operands of the products; sums are float32.

    Returns:
        (T, B, H) float32, h after each step.

    Reference:
        Hochreiter & Schmidhuber 1997; Semeniuta et al. 2016 (arXiv 1603.05118), section 3 for `keep`.
    """
    return _forward(projected, kernel, h, c, keep, precision)[0]


def _forward(projected, kernel, h, c, keep, precision):
    kernel = kernel.astype(precision)

    def step(state, inputs):
        h, c = state
        z, factor = inputs
        i, g, f, o = activate(z + product(h, kernel, precision))
        c = f * c + i * (g if factor is None else g * factor)
        h = o * jnp.tanh(c)
        return (h, c), (h, c, jnp.concatenate([i, g, f, o], axis=-1))

    _, (hs, cs, gates) = jax.lax.scan(step, (h, c), (projected, keep))
    return hs, (hs, cs, gates, kernel, h, c, keep)


def _backward(precision, saved, dhs):
    hs, cs, gates, kernel, h0, c0, keep = saved
    before = lambda first, rest: jnp.concatenate([first[None], rest[:-1]])  # noqa: E731

    def step(carry, inputs):
        dh, dc = carry
        dh_out, gates, c, c_before, factor = inputs
        i, g, f, o = jnp.split(gates, 4, axis=-1)
        dh = dh + dh_out
        squashed = jnp.tanh(c)
        dc = dc + dh * o * (1 - squashed * squashed)
        dcand = dc if factor is None else dc * factor
        dz = [
            dcand * g * i * (1 - i),
            dcand * i * (1 - g * g),
            dc * c_before * f * (1 - f),
            dh * squashed * o * (1 - o),
        ]
        dz = jnp.concatenate(dz, axis=-1)
        return (product(dz, kernel.T, precision), dc * f), dz

    inputs = (dhs, gates, cs, before(c0, cs), keep)
    (dh, dc), dz = jax.lax.scan(step, (jnp.zeros_like(h0), jnp.zeros_like(c0)), inputs, reverse=True)
    size = hs.shape[-1]
    flat_h, flat_dz = before(h0, hs).reshape(-1, size), dz.reshape(-1, 4 * size)
    dkernel = product(flat_h.T, flat_dz, precision)
    dkeep = None if keep is None else jnp.zeros_like(keep)  # the dropout mask is given, never learnt
    return dz, dkernel, dh, dc, dkeep


lstm_hidden.defvjp(_forward, _backward)
