"""The decoder with drawings as columns, against the decoder as it is trained."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from engine_models import random_bundle

from sketchrnn.benchmarks.numpy_loop import NumpyDecoder
from sketchrnn.model import columns, decoding
from sketchrnn.model.points import Drawn, Sampling, draw_points
from sketchrnn.model.sampling import Noise, make_noise
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.weights import to_model

TOLERANCE = 1e-5  # measured: 1e-6


@pytest.fixture(scope="module", params=[("lstm", 0), ("stacked", 0), ("stacked", 20)])
def model(request) -> SketchRNN:
    cell, lower = request.param
    return to_model(random_bundle(decoder_cell=cell, lower_size=lower))


@jax.jit
def read_and_score(model: SketchRNN, state, rows, lengths, condition):
    after, hs = decoding.read(model, state, rows, lengths, condition)
    return after, decoding.score(model, state[0], hs, rows, lengths)


@jax.jit
def draw(packed: columns.Columns, drawn: Drawn, noise: Noise, condition, temperature, count):
    return draw_points(columns.form(packed), drawn, noise, condition, Sampling(temperature), count)


@jax.jit
def draw_as_trained(model: SketchRNN, drawn: Drawn, noise: Noise, condition, temperature, count):
    return draw_points(decoding.form(model), drawn, noise, condition, Sampling(temperature), count)


read = jax.jit(columns.read)


def start(model: SketchRNN, count: int, seed: int = 0):
    """A condition and a state that nothing is special about."""
    rng = np.random.default_rng(seed)
    condition = rng.normal(0, 1, (count, model.config.condition_size)).astype(np.float32)
    sizes = model.decoder.cell.state_sizes
    return condition, tuple(rng.normal(0, 0.5, (count, size)).astype(np.float32) for size in sizes)


def some_rows(length: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(length)
    rows = np.zeros((length, count, 5), np.float32)
    rows[..., :2] = rng.normal(0, 1, (length, count, 2))
    np.put_along_axis(rows[..., 2:], rng.integers(0, 3, (length, count, 1)), 1, axis=2)
    return rows


@pytest.mark.parametrize("lengths", [[0] * 8, [1] * 8, [12, 0, 1, 5, 12, 2, 3, 12]])
def test_reading_is_the_decoders(lengths: list[int], model: SketchRNN) -> None:
    condition, state = start(model, len(lengths))
    rows, counts = some_rows(12, len(lengths)), np.array(lengths)
    after, nats = read(columns.pack(model.decoder), state, rows, counts, condition)
    wanted, scores = read_and_score(model, state, rows, counts, condition)
    for ours, theirs in zip(after, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=TOLERANCE)
    np.testing.assert_allclose(nats, scores, rtol=TOLERANCE, atol=10 * TOLERANCE)


@pytest.mark.parametrize("count", [9, 4, 1, 0])
def test_drawing_is_the_decoders(count: int, model: SketchRNN) -> None:
    condition, state = start(model, 8)
    over = np.arange(8) % 3 == 2
    noise, temperature = make_noise(4, range(8), 9), np.linspace(0.2, 1, 8, dtype=np.float32)[:, None]
    begin = Drawn(state, over)
    (after, done), rows = draw(columns.pack(model.decoder), begin, noise, condition, temperature, count)
    wanted, theirs = draw_as_trained(model, begin, noise, condition, temperature, count)
    np.testing.assert_allclose(rows, theirs, atol=TOLERANCE)
    np.testing.assert_array_equal(done, wanted.over)
    for ours, whole in zip(after, wanted.state, strict=True):
        np.testing.assert_allclose(ours[~over], whole[~over], atol=TOLERANCE)


def test_counting_is_drawing_fewer(model: SketchRNN) -> None:
    condition, state = start(model, 8)
    noise, temperature = make_noise(4, range(8), 9), np.full((8, 1), 0.5, np.float32)
    fewer = Noise(noise.uniform[:4], noise.normal[:4])
    begin = Drawn(state, np.zeros(8, bool))
    some, rows = draw_as_trained(model, begin, noise, condition, temperature, 4)
    wanted, theirs = draw_as_trained(model, begin, fewer, condition, temperature, 4)
    np.testing.assert_allclose(rows[:4], theirs, atol=TOLERANCE)
    np.testing.assert_array_equal(rows[4:], np.broadcast_to([0, 0, 0, 0, 1], (5, 8, 5)))
    for ours, whole in zip(some.state, wanted.state, strict=True):
        np.testing.assert_allclose(ours, whole, atol=TOLERANCE)


def test_nothing_is_drawn_when_all_are_over(model: SketchRNN) -> None:
    condition, state = start(model, 8)
    noise, ones = make_noise(4, range(8), 9), np.ones((8, 1), np.float32)
    begin = Drawn(state, np.ones(8, bool))
    (after, over), rows = draw(columns.pack(model.decoder), begin, noise, condition, ones, 9)
    np.testing.assert_array_equal(rows, np.broadcast_to([0, 0, 0, 0, 1], (9, 8, 5)))
    np.testing.assert_array_equal(after[0], state[0])
    assert over.all()


def test_a_model_without_a_condition() -> None:
    model = to_model(random_bundle(conditional=False, categories=0, category_head=False, recogniser_size=0))
    condition, state = start(model, 2)
    rows, counts = some_rows(6, 2), np.array([6, 3])
    after, _ = read(columns.pack(model.decoder), state, rows, counts, condition)
    wanted, _ = read_and_score(model, state, rows, counts, None)
    np.testing.assert_allclose(after[0], wanted[0], atol=TOLERANCE)


@pytest.mark.parametrize(("cell", "lower"), [("lstm", 0), ("stacked", 20)])
def test_the_plain_loop_that_it_is_measured_beside_reads_alike(cell: str, lower: int) -> None:
    bundle = random_bundle(decoder_cell=cell, lower_size=lower)
    model, plain = to_model(bundle), NumpyDecoder(bundle.config, bundle.params)
    condition, state = start(model, 1)
    rows, nothing = some_rows(6, 1), tuple(np.zeros_like(part) for part in state)
    after, _ = read(columns.pack(model.decoder), nothing, rows, np.array([6]), condition)
    theirs = [part for layer in reversed(plain.read(rows[:, 0], plain.constants(condition[0]))) for part in layer]
    for ours, wanted in zip(after, theirs, strict=True):
        np.testing.assert_allclose(ours, wanted, atol=TOLERANCE)
    assert plain.endings(rows[:, 0], condition[0], 3, 4, 0.5).shape == (4, 3, 5)


@pytest.mark.parametrize("cell", ["layer_norm", "hyper"])
def test_other_cells_are_refused(cell: str) -> None:
    bundle = random_bundle(decoder_cell=cell)
    with pytest.raises(ValueError, match="plain LSTM"):
        columns.pack(to_model(bundle).decoder)
    with pytest.raises(ValueError, match="stacked LSTM"):
        NumpyDecoder(bundle.config, bundle.params)
