"""Pictures of strokes against a count by hand, the convolutions against scipy's, and that the viewer learns."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from scipy.signal import correlate
from scipy.special import log_softmax
from tiny_training import on_device, random_drawings, rows_of

from sketchrnn.model.config import TINY, ModelConfig
from sketchrnn.model.picture import CHANNELS, MARGIN, SIDE, picture
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.model.together import READ, SEEN, together
from sketchrnn.model.viewer import STRETCH, TURN, Convolution, turned, viewer_loss

LENGTHS = (8, 1, 2, 5)
DOT = 0.4
"""Pixels of ink that a drawing's first point makes, which no line leads to."""
ALL, ALONG, ACROSS, FALLING, RISING, WHEN = range(CHANNELS)


def drawing(*strokes: list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    """Rows (T, 1, 5) and lengths (1,) of strokes of absolute points."""
    points = np.concatenate([np.asarray(stroke, np.float32) for stroke in strokes])
    rows = np.zeros((len(points), 1, 5), np.float32)
    rows[1:, 0, :2] = np.diff(points, axis=0)
    lifted = np.cumsum([len(stroke) for stroke in strokes]) - 1
    rows[:, 0, 2] = 1
    rows[lifted, 0, 2:4] = (0, 1)
    return rows, np.array([len(points)], np.int32)


def ink(*strokes: list[list[float]]) -> np.ndarray:
    """(CHANNELS, SIDE, SIDE) of one drawing, the tanh undone."""
    return np.arctanh(np.asarray(picture(*drawing(*strokes)))[0]).transpose(2, 0, 1)


def test_a_line_lies_where_it_should_and_is_as_long_as_it_is() -> None:
    seen = ink([[0, 0], [10, 0]])
    middle = (SIDE - 1) / 2
    assert seen[ALL].sum() == pytest.approx(SIDE - 1 - 2 * MARGIN + DOT, rel=1e-4)
    assert np.flatnonzero(seen[ALL].sum(axis=1) > 1e-6).tolist() == [int(middle), int(middle) + 1]
    columns = np.flatnonzero(seen[ALL].sum(axis=0) > 1e-6)
    assert columns[0] == int(MARGIN) and columns[-1] <= SIDE - 1 - int(MARGIN) and len(columns) == 21


@pytest.mark.parametrize(
    "end, channel", [((9, 0), ALONG), ((0, 9), ACROSS), ((9, 9), FALLING), ((9, -9), RISING), ((-9, -9), FALLING)]
)
def test_ink_goes_to_the_channel_of_its_direction(end: tuple[int, int], channel: int) -> None:
    seen = ink([[0, 0], list(end)])
    sums = seen.sum(axis=(1, 2))
    assert sums[channel] == pytest.approx(sums[ALL] - DOT, rel=1e-3)
    others = [other for other in (ALONG, ACROSS, FALLING, RISING) if other != channel]
    assert np.abs(sums[others]).max() < 1e-3 * sums[ALL]


def test_no_ink_lies_between_strokes() -> None:
    apart, joined = ink([[0, 0], [0, 9]], [[9, 0], [9, 9]]), ink([[0, 0], [0, 9], [9, 0], [9, 9]])
    middle = slice(SIDE // 2 - 3, SIDE // 2 + 3)
    assert apart[ALL][:, middle].max() < 1e-6 < 0.3 < joined[ALL][:, middle].max()


def test_later_ink_weighs_more_in_the_channel_of_time() -> None:
    seen = ink([[0, 0], [0, 9]], [[9, 0], [9, 9]])
    left, right = slice(0, SIDE // 2), slice(SIDE // 2, SIDE)
    # of four points the second and the last have a line that leads to them, the first and the third are dots
    ratio = seen[WHEN][:, right].sum() / seen[WHEN][:, left].sum()
    long = (SIDE - 1 - 2 * MARGIN) / DOT
    assert ratio == pytest.approx((2 / 4 + 3 / 4 * long) / (0 / 4 + 1 / 4 * long), rel=1e-3)


def test_a_picture_knows_neither_place_nor_size_nor_what_stands_after_the_end() -> None:
    rows = on_device(rows_of(random_drawings(LENGTHS), [0, 1, 2, 0], 8, given=[3] * 4))
    expected = np.asarray(picture(rows.rows[:-1], rows.lengths))
    assert np.isfinite(expected).all() and expected.min() >= 0 and (expected.sum(axis=(1, 2, 3)) > 0).all()
    larger = np.array(rows.rows[:-1]) * np.array([7, 7, 1, 1, 1], np.float32)
    for d, length in enumerate(LENGTHS):
        larger[length:, d, :2] = 5.0
    longer = np.concatenate([larger, np.ones((40, 4, 5), np.float32)])
    np.testing.assert_allclose(picture(longer, rows.lengths), expected, atol=1e-5)


def test_points_upon_each_other_are_a_dot() -> None:
    seen = ink([[3, 3], [3, 3], [3, 3]])
    assert np.isfinite(seen).all() and seen[ALL].sum() == pytest.approx(3 * DOT, rel=1e-4)
    assert seen[ALL].argmax() in [row * SIDE + column for row in (11, 12) for column in (11, 12)]


def test_a_convolution_is_scipys() -> None:
    layer = Convolution(3, 5, rngs=nnx.Rngs(0))
    x = np.random.default_rng(0).normal(size=(2, 6, 7, 3)).astype(np.float32)
    kernel = np.asarray(layer.kernel[...]).reshape(3, 3, 3, 5)
    layer.bias[...] = jnp.arange(5) / 10
    seen = np.asarray(layer(x, "float32"))
    for b in range(2):
        for out in range(5):
            sums = [correlate(x[b, ..., i], kernel[..., i, out], mode="same") for i in range(3)]
            np.testing.assert_allclose(seen[b, ..., out], np.maximum(np.sum(sums, axis=0) + out / 10, 0), atol=1e-5)


def test_turned_drawings_keep_their_pens_and_stay_near() -> None:
    rows, _ = drawing([[0, 0], [10, 0]])
    many = np.repeat(rows, 500, axis=1)
    new = np.asarray(turned(jax.random.key(0), many))
    np.testing.assert_array_equal(new[..., 2:], many[..., 2:])
    x, y = new[1, :, 0], new[1, :, 1]
    assert np.abs(np.arctan2(y, x)).max() <= TURN + 1e-6 and np.abs(np.arctan2(y, x)).std() > TURN / 5
    assert np.abs(np.log(np.hypot(x, y) / 10)).max() <= STRETCH + 1e-6


def test_loss_is_the_cross_entropy_and_together_the_weighted_geometric_mean() -> None:
    model = make_model(TINY, 3)
    rows = on_device(rows_of(random_drawings(LENGTHS), [0, 1, 2, 0], 8, given=[3] * 4))
    loss, right = nnx.jit(viewer_loss)(model.viewer, rows.rows[:-1], rows.lengths, rows.labels, None)
    logits, labels = np.asarray(model.viewer(rows.rows[:-1], rows.lengths)), np.asarray(rows.labels)
    assert float(loss) == pytest.approx(-log_softmax(logits, axis=1)[range(4), labels].mean(), rel=1e-5)
    assert float(right) == (logits.argmax(1) == labels).mean()
    read = np.asarray(model.recogniser(rows.rows[:-1], rows.lengths))
    mean = SEEN * log_softmax(logits, axis=1) + READ * log_softmax(read, axis=1)
    np.testing.assert_allclose(
        together(model).log_probabilities(rows.rows[:-1], rows.lengths), log_softmax(mean, axis=1), atol=1e-5
    )


def test_it_learns_eight_drawings() -> None:
    model = make_model(replace(TINY, viewer_channels=8, categories=8), 0)
    rows = on_device(rows_of(random_drawings([9] * 8), range(8), 9, given=[8] * 8))
    graph, params = nnx.split(model.viewer)
    optimiser = optax.adam(1e-2)

    @jax.jit
    def step(params, state):
        def loss(params):
            return viewer_loss(nnx.merge(graph, params), rows.rows[:-1], rows.lengths, rows.labels, None)

        (_, right), gradient = jax.value_and_grad(loss, has_aux=True)(params)
        changes, state = optimiser.update(gradient, state, params)
        return optax.apply_updates(params, changes), state, right

    state, shares = optimiser.init(params), []
    for _ in range(40):
        params, state, right = step(params, state)
        shares.append(float(right))
    assert shares[0] < 0.6 and shares[-1] == 1


def test_a_viewer_needs_categories_and_is_not_needed() -> None:
    with pytest.raises(ValueError, match="recogniser"):
        ModelConfig(viewer_channels=8)
    with pytest.raises(ValueError, match="recogniser or a viewer"):
        together(make_model(replace(TINY, recogniser_size=0, viewer_channels=0)))
