"""The LSTM's own gradient against the one that jax takes of a plain loop, and against finite differences."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchrnn.model.scan import FORGET_BIAS, lstm_hidden, lstm_sequence, product

STEPS, BATCH, SIZE, INPUTS = 5, 3, 4, 2


def arguments(seed: int = 0, dropout: bool = False):
    rng = np.random.default_rng(seed)
    shapes = ((STEPS, BATCH, 4 * SIZE), (SIZE, 4 * SIZE), (BATCH, SIZE), (BATCH, SIZE))
    arrays = [jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in shapes]
    factors = jnp.asarray((rng.random((STEPS, BATCH, SIZE)) < 0.7) / 0.7, jnp.float32)
    return [*arrays, factors if dropout else None]


def plain(projected, kernel, h, c, keep):
    """h after each step, written as the equations are (Hochreiter & Schmidhuber 1997)."""
    hs = [jnp.zeros((0, *h.shape))]
    for step in range(len(projected)):
        i, g, f, o = jnp.split(projected[step] + h @ kernel, 4, axis=-1)
        candidate = jnp.tanh(g) * (1 if keep is None else keep[step])
        c = jax.nn.sigmoid(f + FORGET_BIAS) * c + jax.nn.sigmoid(i) * candidate
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        hs.append(h[None])
    return jnp.concatenate(hs)


def loss_of(function):
    weights = jnp.asarray(np.random.default_rng(9).normal(size=(STEPS, BATCH, SIZE)), jnp.float32)

    def loss(*args):
        hs = function(*args)
        return (hs * weights[: len(hs)]).sum()

    return loss


@pytest.mark.parametrize("dropout", [False, True])
def test_gradient_is_autodiffs(dropout: bool) -> None:
    args = arguments(dropout=dropout)
    ours = jax.jit(jax.value_and_grad(loss_of(lstm_hidden), argnums=(0, 1, 2, 3)))(*args)
    theirs = jax.jit(jax.value_and_grad(loss_of(plain), argnums=(0, 1, 2, 3)))(*args)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), ours, theirs)


@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("steps", [0, 1, STEPS])
@pytest.mark.parametrize("each", [False, True])
def test_inputs_read_in_the_loop_change_nothing(each: bool, steps: int, dropout: bool) -> None:
    rng = np.random.default_rng(3)
    constant = jnp.asarray(rng.normal(size=(BATCH, 4 * SIZE) if each else 4 * SIZE), jnp.float32)
    x = jnp.asarray(rng.normal(size=(steps, BATCH, INPUTS)), jnp.float32)
    input_kernel = jnp.asarray(rng.normal(size=(INPUTS, 4 * SIZE)), jnp.float32)
    _, kernel, h, c, keep = arguments(dropout=dropout)
    keep = None if keep is None else keep[:steps]

    def before_the_loop(x, constant, input_kernel, *rest):
        return plain(x @ input_kernel + constant, *rest, keep)

    def inside(*args):
        return lstm_sequence(*args, keep)

    args = (x, constant, input_kernel, kernel, h, c)
    ours = jax.jit(jax.value_and_grad(loss_of(inside), argnums=range(6)))(*args)
    theirs = jax.jit(jax.value_and_grad(loss_of(before_the_loop), argnums=range(6)))(*args)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), ours, theirs)


def test_bfloat16_gradient_is_near() -> None:
    args = arguments(dropout=True)
    exact = jax.jit(jax.grad(loss_of(plain), argnums=(0, 1, 2, 3)))(*args)
    rough = jax.jit(jax.grad(loss_of(lambda *a: lstm_hidden(*a, "bfloat16")), argnums=(0, 1, 2, 3)))(*args)
    for near, wanted in zip(rough, exact, strict=True):
        assert near.dtype == jnp.float32
        distance = np.linalg.norm(near - wanted) / np.linalg.norm(wanted)
        assert 1e-6 < distance < 0.03  # measured: 0.003 to 0.008; not the float32 one by mistake


def test_gradient_is_that_of_finite_differences() -> None:
    args = arguments(dropout=True)
    loss = jax.jit(loss_of(lstm_hidden))
    gradients = jax.jit(jax.grad(loss_of(lstm_hidden), argnums=(0, 1, 2, 3)))(*args)
    rng = np.random.default_rng(1)
    for place, gradient in enumerate(gradients):
        direction = rng.normal(size=gradient.shape).astype(np.float32)
        direction /= np.linalg.norm(direction)
        step = 1e-2
        moved = [[*args[:place], args[place] + sign * step * direction, *args[place + 1 :]] for sign in (1, -1)]
        slope = (loss(*moved[0]) - loss(*moved[1])) / (2 * step)
        assert float(slope) == pytest.approx(float((gradient * direction).sum()), rel=2e-2, abs=2e-3)


def test_products_add_in_float32() -> None:
    a, b = jnp.full((1, 4096), 1.0), jnp.full((4096, 1), 1.0)
    assert float(product(a, b, "bfloat16")[0, 0]) == 4096  # a bfloat16 sum stops at 256
