"""The LSTM's own gradient against the one that jax takes of a plain loop, and against finite differences."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy import stats
from scipy.special import expit

from sketchrnn.model.cells import (
    HyperLSTMCell,
    LayerNormLSTMCell,
    LSTMCell,
    Pair,
    StackedLSTMCell,
    dropout_factors,
    zero_state,
)
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


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("count", [1, 3, STEPS, None])
def test_two_side_by_side_are_each_alone(count: int | None, narrow: bool) -> None:
    """States, and the gradients of weights and inputs, with steps left out at the end as without them."""
    cells = tuple(LSTMCell(INPUTS, SIZE, rngs=nnx.Rngs(seed)) for seed in (1, 2))
    for cell, seed in zip(cells, (3, 4), strict=True):
        cell.bias[...] = jax.random.normal(jax.random.key(seed), (4 * SIZE,))
    x = jax.random.normal(jax.random.key(5), (STEPS, 2, BATCH, INPUTS))
    keep = dropout_factors(jax.random.key(6), (STEPS, 2, BATCH, SIZE), 0.7)
    made, weights = STEPS if count is None else count, jax.random.normal(jax.random.key(7), (STEPS, 2, BATCH, SIZE))
    graph, params = nnx.split(Pair(*cells))

    @jax.jit
    def together(params, x, count):
        hs = nnx.merge(graph, params).hidden_states(x, keep, count, narrow=narrow)
        return (hs * weights)[:made].sum(), hs

    @jax.jit
    def alone(params, x, _):
        pair = nnx.merge(graph, params)
        each = []
        for i, cell in enumerate((pair.first, pair.second)):
            projected = x[:, i] @ cell.input_kernel[...] + cell.bias[...]
            each.append(plain(projected, cell.kernel[...], *zero_state(cell, BATCH), keep[:, i]))
        hs = jnp.stack(each, axis=1)
        return (hs * weights)[:made].sum(), hs

    ended = None if count is None else jnp.int32(count)
    ours, theirs = (jax.grad(f, argnums=(0, 1), has_aux=True)(params, x, ended) for f in (together, alone))
    np.testing.assert_allclose(ours[1][:made], theirs[1][:made], rtol=1e-5, atol=1e-6)
    if jax.default_backend() == "cpu":
        assert not ours[1][made:].any(), "the loop has ended"
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), ours[0], theirs[0])


OTHERS = [
    lambda *a, rngs: StackedLSTMCell(*a, 3, rngs=rngs),
    LayerNormLSTMCell,
    lambda *a, rngs: HyperLSTMCell(*a, 3, 2, rngs=rngs),
]


@pytest.mark.parametrize("make", OTHERS)
def test_two_of_another_kind_are_each_alone(make) -> None:
    cells = tuple(make(INPUTS, SIZE, rngs=nnx.Rngs(seed)) for seed in (1, 2))
    x = jax.random.normal(jax.random.key(5), (STEPS, 2, BATCH, INPUTS))
    hs = Pair(*cells).hidden_states(x, count=jnp.int32(2))
    for number, cell in enumerate(cells):
        state = zero_state(cell, BATCH)
        for step in range(STEPS):
            state = cell.step(state, cell.project(x[step, number], cell.constant(None)))
            np.testing.assert_allclose(hs[step, number], state[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dropout", [False, True])
def test_stacked_lstms_are_graves(dropout: bool) -> None:
    """Equations 1 and 2 of Graves 2013: the upper reads the input, the condition and the lower one's h."""
    lower_size = 6
    cell = StackedLSTMCell(INPUTS + 3, SIZE, lower_size, rngs=nnx.Rngs(4))
    keys = jax.random.split(jax.random.key(6), 3)
    x, condition = jax.random.normal(keys[0], (STEPS, BATCH, INPUTS)), jax.random.normal(keys[1], (BATCH, 3))
    cuts = (SIZE, 2 * SIZE, 2 * SIZE + lower_size)
    state = tuple(jnp.split(jax.random.normal(keys[2], (BATCH, 2 * (SIZE + lower_size))), cuts, axis=1))
    keep = arguments(dropout=dropout)[-1]
    given = jnp.broadcast_to(condition, (STEPS, BATCH, 3))

    def one(lstm, x, h, c, keep):
        inputs = jnp.concatenate([x, given], axis=-1)
        return plain(inputs @ lstm.input_kernel[...] + lstm.bias[...], lstm.kernel[...], h, c, keep)

    lower = one(cell.below, x, *state[2:], None)
    wanted = one(cell.above, jnp.concatenate([lower, x], axis=-1), *state[:2], keep)
    constant = cell.constant(condition)
    np.testing.assert_allclose(cell.read(state, x, constant, keep), wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(cell.hidden_states(state, cell.project(x, constant), keep), wanted, rtol=1e-5, atol=1e-6)
    for step in range(STEPS):
        state = cell.step(state, cell.project(x[step], constant), None if keep is None else keep[step])
        np.testing.assert_allclose(state[0], wanted[step], rtol=1e-5, atol=1e-6)


def test_hyper_lstms_are_the_papers() -> None:
    """Appendix A.2.2 of Ha, Dai & Le 2016, equations 10 to 12, drawing by drawing and gate by gate, in float64."""
    small, embedding, rng = 3, 2, np.random.default_rng(3)
    shapes = nnx.eval_shape(lambda: HyperLSTMCell(INPUTS, SIZE, small, embedding, rngs=nnx.Rngs(0)))
    graph, params, rest = nnx.split(shapes, nnx.Param, ...)
    cell = nnx.merge(graph, jax.tree.map(lambda leaf: rng.normal(0, 0.5, leaf.shape).astype(np.float32), params), rest)
    value = lambda param: np.asarray(param[...], np.float64)  # noqa: E731

    def normal(x, gain, bias):
        return (x - x.mean()) / np.sqrt(x.var() + 1e-6) * gain + bias

    def lstm(part, gates, c, keep=1.0):
        gates = zip(np.split(gates, 4), value(part.gate_gain), value(part.gate_bias), strict=True)
        i, g, f, o = (normal(*gate) for gate in gates)
        c = expit(f + FORGET_BIAS) * c + expit(i) * np.tanh(g) * keep
        return expit(o) * np.tanh(normal(c, value(part.cell_gain), value(part.cell_bias))), c

    def step(x, h, c, h_small, c_small, keep):
        inside = x @ value(cell.hyper.input_kernel) + h @ value(cell.hidden_kernel) + h_small @ value(cell.hyper.kernel)
        h_small, c_small = lstm(cell.hyper, inside, c_small)
        codes = (h_small @ value(cell.embed) + value(cell.embed_bias)).reshape(3, 4, embedding)
        by_x, by_h, bias = (
            np.concatenate([z @ w for z, w in zip(*role, strict=True)])
            for role in zip(codes, value(cell.expand), strict=True)
        )
        gates = by_h * (h @ value(cell.main.kernel)) + by_x * (x @ value(cell.main.input_kernel)) + bias
        return *lstm(cell.main, gates, c, keep), h_small, c_small

    x, state = rng.normal(size=(STEPS, BATCH, INPUTS)), [rng.normal(size=(BATCH, n)) for n in cell.state_sizes]
    keep = (rng.random((STEPS, BATCH, SIZE)) < 0.7) / 0.7
    hs = jax.jit(lambda *read: cell.read(*read[:2], cell.constant(None), read[2]))(tuple(state), x, keep)
    for drawing in range(BATCH):
        own = [part[drawing] for part in state]
        for number in range(STEPS):
            own = step(x[number, drawing], *own, keep[number, drawing])
            np.testing.assert_allclose(hs[number, drawing], own[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("keep", "units"), [(0.9, 64), (0.5, 63), (0.05, 1)])
def test_units_are_dropped_as_often_as_said_and_on_their_own(keep: float, units: int) -> None:
    factors = np.asarray(dropout_factors(jax.random.key(3), (50, 40, units), keep))
    kept = factors > 0
    assert np.allclose(factors[kept], 1 / keep, rtol=1e-3)
    assert stats.binomtest(int(kept.sum()), kept.size, keep).pvalue > 1e-4
    # units differ as binomial counts do, and two that one random word decides agree as often as strangers
    each, half = 50 * 40, (units + 1) // 2
    squares = (kept.reshape(each, units).sum(axis=0) - each * keep) ** 2 / (each * keep * (1 - keep))
    assert 1e-4 < stats.chi2.sf(squares.sum(), units) < 1 - 1e-4
    for number in range(units - half):
        both = int((kept[..., number] & kept[..., half + number]).sum())
        assert stats.binomtest(both, each, keep**2).pvalue > 1e-5


def test_nothing_is_dropped_where_all_is_kept() -> None:
    assert dropout_factors(jax.random.key(3), (2, 3, 4), 1.0) is None


@pytest.mark.parametrize("count", [None, 3])
def test_only_a_loop_that_may_end_early_has_an_unknown_end(count: int | None) -> None:
    """A graphics card asks its host after every step of one, so that it must be known to the compiler elsewhere."""
    projected, *rest = arguments()
    gradient = jax.grad(lambda projected, count: lstm_hidden(projected, *rest, count=count).sum())
    loops = str(jax.make_jaxpr(gradient)(projected, count))
    assert ("while[" in loops) == (count is not None and jax.default_backend() == "cpu")


def test_products_add_in_float32() -> None:
    a, b = jnp.full((1, 4096), 1.0), jnp.full((4096, 1), 1.0)
    assert float(product(a, b, "bfloat16")[0, 0]) == 4096  # a bfloat16 sum stops at 256
