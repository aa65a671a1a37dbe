"""Drawings end to end against the same ones each by itself, and the LSTM that begins anew against JAX's gradient."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from tiny_training import TINY_DECODER, corpus_of

from sketchrnn.data.augment import NONE
from sketchrnn.data.batches import PlannedBatch, assemble
from sketchrnn.data.packing import pack
from sketchrnn.model.cells import LSTMCell
from sketchrnn.model.config import ModelConfig
from sketchrnn.model.losses import LossWeights, Rows, losses
from sketchrnn.model.packed import PackedRows, packed_losses, packed_posterior, packed_rows
from sketchrnn.model.restarting import dense, restarting_lstm
from sketchrnn.model.sketchrnn import SketchRNN, make_model
from sketchrnn.training.packed import from_zeros, lay
from sketchrnn.training.step import to_rows

LENGTHS = (7, 1, 12, 3, 9, 2, 12, 5, 4, 8, 6)
ROW, SCALE = 16, 30.0
CORPUS = corpus_of(LENGTHS)
PACKED = pack(CORPUS.lengths, ROW, np.random.default_rng(0)).astype(np.int32)
UNTOLD = 2
ROWS = jax.jit(
    packed_rows, static_argnames=("row_length", "untold", "no_category", "scale_factor", "jitter", "random_scale")
)
STACKED = replace(TINY_DECODER, decoder_cell="stacked", lower_size=5)
CODED = replace(STACKED, conditional=True, encoder_size=4, latent_size=3)


def rows(key: int = 0, untold: int = UNTOLD, jitter: float = 0.0, random_scale: float = 0.0) -> PackedRows:
    return ROWS(
        jax.device_put(lay(CORPUS)),
        jnp.asarray(PACKED),
        jax.random.key(key),
        row_length=ROW,
        untold=untold,
        no_category=3,
        scale_factor=SCALE,
        jitter=jitter,
        random_scale=random_scale,
    )


def places() -> dict[int, tuple[int, int]]:
    """Of each drawing its row and where it begins in it."""
    found = {}
    for number, row in enumerate(PACKED):
        start = 0
        for drawing in row[row >= 0]:
            found[int(drawing)] = number, start
            start += LENGTHS[drawing]
    return found


def held(packed: np.ndarray) -> int:
    """How many drawings these rows hold."""
    return int((packed >= 0).sum())


def each_by_itself(untold: int = UNTOLD) -> tuple[np.ndarray, int, Rows]:
    """The drawings, those of the first rows first; how many these are; and the padded rows of all."""
    order = [int(drawing) for row in PACKED for drawing in row[row >= 0]]
    first = held(PACKED[:untold])
    batch = assemble(CORPUS, PlannedBatch(np.array(order), max(LENGTHS)), np.random.default_rng(0), NONE, first)
    return np.array(order), first, to_rows(batch, SCALE)


def test_rows_hold_the_drawings_as_they_are() -> None:
    packed, (order, _, padded) = jax.device_get(rows()), each_by_itself()
    assert packed.inside.sum() == sum(LENGTHS) and packed.begins.sum() == len(LENGTHS)
    for index, drawing in enumerate(order):
        row, start = places()[int(drawing)]
        part, length = slice(start, start + LENGTHS[drawing]), LENGTHS[drawing]
        np.testing.assert_allclose(packed.read[part, row], padded.rows[:length, index], atol=1e-6)
        np.testing.assert_allclose(packed.next[part, row], padded.rows[1 : length + 1, index], atol=1e-6)
        assert (packed.given[part, row] == padded.given[index]).all()
        assert (packed.labels[part, row] == padded.labels[index]).all()
        assert packed.begins[start, row] and not packed.begins[start + 1 : start + length, row].any()


def test_noise_moves_points_and_a_factor_stretches_the_whole_drawing() -> None:
    """What is read is offsets of jittered points; their sums stay within a point's noise of the drawing's own."""
    plain, moved = jax.device_get(rows()), jax.device_get(rows(key=1, jitter=0.5))
    for drawing, (row, start) in places().items():
        part = slice(start, start + LENGTHS[drawing])
        shift = np.cumsum(moved.read[part, row, :2] - plain.read[part, row, :2], axis=0) * SCALE
        assert np.abs(shift).max() <= 1 + 1e-4  # two points' half units
        if len(shift) > 4:
            assert np.abs(shift).max() > 0.05
    np.testing.assert_array_equal(moved.read[..., 2:], plain.read[..., 2:])
    stretched = jax.device_get(rows(key=2, random_scale=0.2))
    for drawing, (row, start) in places().items():
        part = slice(start + 1, start + LENGTHS[drawing])
        before, after = plain.read[part, row, :2], stretched.read[part, row, :2]
        for axis in range(2):
            factors = after[:, axis][before[:, axis] != 0] / before[:, axis][before[:, axis] != 0]
            assert len(factors) == 0 or (0.8 <= factors.min() and factors.max() - factors.min() < 1e-4)


def surely_coded(config: ModelConfig) -> SketchRNN:
    """A network whose codes differ from drawing to drawing and hang on no noise."""
    model = from_zeros(make_model(config, 5))
    if model.encoder is not None:
        mean, log_variance = model.encoder.mean, model.encoder.log_variance
        assert log_variance.bias is not None
        mean.kernel[...] = 2000 * mean.kernel[...]
        log_variance.bias[...] = log_variance.bias[...] - 60
    return model


@pytest.mark.parametrize(
    ("config", "coded"),
    [
        (TINY_DECODER, None),
        (STACKED, None),
        (replace(TINY_DECODER, category_head=False), None),
        (CODED, None),
        (replace(CODED, latent_optional=True), 3),
        (replace(CODED, latent_optional=True), 0),
    ],
    ids=["lstm", "stacked", "headless", "coded", "partly coded", "not coded"],
)
def test_loss_and_gradient_are_those_of_each_drawing_by_itself(config: ModelConfig, coded: int | None) -> None:
    model, (_, first, padded) = surely_coded(config), each_by_itself()
    graph, params, rest = nnx.split(model, nnx.Param, ...)
    weights, drawings = LossWeights(kl=0.2, head=0.1), None if coded is None else held(PACKED[len(PACKED) - coded :])

    def alone(params):
        whole, key = nnx.merge(graph, params, rest), jax.random.key(0)
        return losses(whole, jax.device_put(padded), weights, key, untold=first, coded=drawings)

    def together(params):
        whole = nnx.merge(graph, params, rest)
        return packed_losses(whole, rows(), weights, jax.random.key(1), untold=UNTOLD, coded=coded)

    (wanted, parts), one = jax.jit(jax.value_and_grad(alone, has_aux=True))(params)
    (total, ours), other = jax.jit(jax.value_and_grad(together, has_aux=True))(params)
    assert float(total) == pytest.approx(float(wanted), rel=1e-6, abs=1e-5)
    for name, value in ours.items():
        assert float(value) == pytest.approx(float(parts[name]), rel=1e-5), name
    for (path, a), b in zip(jax.tree_util.tree_leaves_with_path(one), jax.tree.leaves(other), strict=True):
        if "initial" in jax.tree_util.keystr(path):
            assert not b.any()  # the state begins from zeros, whatever is given
        else:
            np.testing.assert_allclose(a, b, atol=2e-5, err_msg=jax.tree_util.keystr(path))


def test_halved_numbers_give_nearly_the_same_loss() -> None:
    exact = from_zeros(make_model(STACKED, 5))
    halved = from_zeros(make_model(replace(STACKED, precision="bfloat16"), 5))
    loss = nnx.jit(lambda model: packed_losses(model, rows(), LossWeights(), jax.random.key(0), untold=UNTOLD)[0])
    values = [float(loss(model)) for model in (exact, halved)]
    assert values[0] != values[1] and values[1] == pytest.approx(values[0], abs=0.03)


def test_a_code_is_drawn_from_the_posterior_by_the_key() -> None:
    model = from_zeros(make_model(CODED, 5))
    loss = nnx.jit(lambda model, key: packed_losses(model, rows(), LossWeights(), key, untold=UNTOLD)[0])
    first, again, other = (float(loss(model, jax.random.key(number))) for number in (0, 0, 1))
    assert first == again and first != other


def test_networks_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="one or two LSTMs for packed drawings, got LayerNorm"):
        other = make_model(replace(TINY_DECODER, decoder_cell="layer_norm"), 1)
        packed_losses(other, rows(), LossWeights(), jax.random.key(0), untold=0)
    with pytest.raises(ValueError, match="an encoder of LSTMs for packed drawings, got LayerNorm"):
        packed_posterior(make_model(replace(CODED, encoder_cell="layer_norm"), 1), rows(), coded=1)


def test_the_lstm_begins_anew_where_it_is_told_to() -> None:
    """Against the cell's own step and JAX's own gradient."""
    rng, steps, batch, size = np.random.default_rng(0), 9, 3, 4
    projected = jnp.asarray(rng.normal(size=(steps, batch, 4 * size)), jnp.float32)
    goes_on = jnp.asarray(rng.random((steps, batch)) < 0.7, jnp.float32)
    weights = jnp.asarray(rng.normal(size=(steps, batch, size)), jnp.float32)
    cell = LSTMCell(2, size, rngs=nnx.Rngs(params=0))
    forget = jnp.zeros((4, size)).at[2].set(1).ravel()

    graph, state, rest = nnx.split(cell, nnx.Param, ...)

    def step_by_step(projected, kernel):
        params = {path: v.replace(kernel) if path == ("kernel",) else v for path, v in nnx.to_flat_state(state)}
        cell: LSTMCell = nnx.merge(graph, nnx.from_flat_state(params), rest)
        return run(cell, projected)

    def run(cell: LSTMCell, projected):
        state, hs = (jnp.zeros((batch, size)),) * 2, []
        for number in range(steps):
            on = (goes_on[number] if number else jnp.zeros(batch))[:, None]
            state = cell.step(tuple(part * on for part in state), projected[number])
            hs.append(state[0])
        return (jnp.stack(hs) * weights).sum(), jnp.stack(hs)

    def ours(projected, kernel):
        hs = restarting_lstm(projected + forget, kernel, goes_on)
        return (hs * weights).sum(), hs

    kernel = cell.kernel[...] * 2
    (_, wanted), want = jax.jit(jax.value_and_grad(step_by_step, argnums=(0, 1), has_aux=True))(projected, kernel)
    (_, got), grads = jax.jit(jax.value_and_grad(ours, argnums=(0, 1), has_aux=True))(projected, kernel)
    np.testing.assert_allclose(got, wanted, atol=1e-6)
    for a, b in zip(want, grads, strict=True):
        np.testing.assert_allclose(b, a, atol=1e-5)


def test_a_derivative_that_grows_through_time_is_cut_off() -> None:
    """The state doubles what it is told where the gates are open: sixty steps back, 2^60 times as steep."""
    steps, size = 60, 4
    kernel = np.zeros((size, 4, size), np.float32)
    kernel[:, 1] = 8 * np.eye(size)  # h -> candidate, past a squashed input gate of 1/2 and an output gate of 1/2
    projected = np.zeros((steps, 2, 4, size), np.float32)
    projected[:, :, 2] = -20  # nothing is kept
    goes_on = np.ones((steps, 2), np.float32)

    def last(projected, steepest):
        hs = restarting_lstm(projected.reshape(steps, 2, -1), kernel.reshape(size, -1), goes_on, steepest)
        return hs[-1, 0].sum()

    free, cut = (np.asarray(jax.grad(last)(jnp.asarray(projected), s)) for s in (np.inf, 100.0))
    assert np.abs(free).max() > 2.0**50 and np.abs(cut).max() == 100
    late = np.abs(free).max(axis=(1, 2, 3)) < 100  # where nothing is cut nothing changes
    assert 2 < late.sum() < steps
    np.testing.assert_array_equal(cut[late], free[late])
    assert not cut[:, 1].any()


def test_a_product_filled_up_is_the_product() -> None:
    rng = np.random.default_rng(2)
    a, b, d = (jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in ((3, 2, 5), (5, 9), (3, 2, 9)))
    wanted, back = jax.vjp(jnp.matmul, a, b)
    got, ours = jax.vjp(lambda a, b: dense(a, b, jnp.dtype(jnp.float32)), a, b)
    np.testing.assert_allclose(got, wanted, atol=1e-5)
    for one, other in zip(back(d), ours(d), strict=True):
        np.testing.assert_allclose(other, one, atol=1e-5)


def test_drawings_are_numbered_as_the_corpus_numbers_them() -> None:
    lying = lay(CORPUS.select(np.array([4, 2])))
    np.testing.assert_array_equal(lying.lengths, [9, 12])
    np.testing.assert_array_equal(lying.labels, CORPUS.labels[[4, 2]])
    first = lying.points[lying.starts[0] : lying.starts[0] + 9]
    np.testing.assert_array_equal(first, CORPUS.drawing(4))


def test_from_zeros_changes_nothing_but_the_first_state() -> None:
    model: SketchRNN = make_model(STACKED, 5)
    before = jax.tree.map(jnp.copy, nnx.state(model, nnx.Param))
    after = nnx.state(from_zeros(model), nnx.Param)
    for (path, a), b in zip(jax.tree_util.tree_leaves_with_path(before), jax.tree.leaves(after), strict=True):
        if "initial" in jax.tree_util.keystr(path):
            assert not b.any()
        else:
            np.testing.assert_array_equal(a, b)
