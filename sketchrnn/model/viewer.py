"""A picture of strokes -> what they show: convolutions, beside the recogniser that reads the strokes in their order.

The decoder draws every stroke in its category's manner, and a network that reads strokes knows them by that manner,
whether or not they come together to a picture. This one sees only where the ink is.
"""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
from flax import nnx

from sketchrnn.model.config import ModelConfig
from sketchrnn.model.picture import CHANNELS, SIDE, picture
from sketchrnn.model.recogniser import category_loss, random_cuts
from sketchrnn.model.scan import product

TURN = 0.2
"""Largest angle that drawings are turned by in training, radians."""
STRETCH = 0.2
"""Largest |log| of the factors that their sides are stretched by."""
_KERNEL = 3


class Convolution(nnx.Module):
    """3 x 3, padded, one product of matrices over all pixels; then a rectifier.

    Args:
        inputs, outputs: channels.
        rngs: key stream `params`.
    """

    def __init__(self, inputs: int, outputs: int, *, rngs: nnx.Rngs):
        make = nnx.initializers.he_normal()
        self.kernel = nnx.Param(make(rngs.params(), (_KERNEL * _KERNEL * inputs, outputs), jnp.float32))
        self.bias = nnx.Param(jnp.zeros(outputs))

    def __call__(self, x: jax.Array, precision: str) -> jax.Array:
        """(B, h, w, inputs) -> (B, h, w, outputs)."""
        batch, height, width, _ = x.shape
        padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        places = [(i, j) for i in range(_KERNEL) for j in range(_KERNEL)]
        around = jnp.concatenate([padded[:, i : i + height, j : j + width] for i, j in places], axis=-1)
        sums = product(around.reshape(batch * height * width, -1), self.kernel[...], precision)
        return jax.nn.relu(sums.reshape(batch, height, width, -1) + self.bias[...])


class Viewer(nnx.Module):
    """Four convolutions over 12, 6, 6 and 3 pixels a side; mean and largest of what is left make the logits.

    Args:
        config: `viewer_channels` (of the first convolution; the others have 2, 3 and 4 times as many), `categories`.
        rngs: key stream `params`.
    """

    def __init__(self, config: ModelConfig, *, rngs: nnx.Rngs):
        self.precision = config.precision
        self.layers = nnx.List([Convolution(n, m, rngs=rngs) for n, m in _widths(config)])
        self.out = nnx.Linear(2 * _widths(config)[-1][1], config.categories, rngs=rngs)

    def __call__(self, rows: jax.Array, lengths: jax.Array) -> jax.Array:
        """Logits (B, categories).

        Args:
            rows: (T, B, 5) float32 stroke-5, model units; what stands after a drawing's end is not read.
            lengths: (B,) int32, rows of each drawing; at least 1.
        """
        x = _fours(picture(rows, lengths, self.precision))
        first, second, third, fourth = self.layers
        x = _halved(first(x, self.precision))
        x = _halved(third(second(x, self.precision), self.precision))
        x = fourth(x, self.precision)
        return self.out(jnp.concatenate([x.mean(axis=(1, 2)), x.max(axis=(1, 2))], axis=-1))


def products(config: ModelConfig) -> list[tuple[int, int, int]]:
    """The products of matrices that a drawing takes: rows, and rows and columns of the weights."""
    pixels = [side**2 for side in (SIDE // 2, SIDE // 4, SIDE // 4, SIDE // 8)]
    layers = [(rows, _KERNEL**2 * n, m) for rows, (n, m) in zip(pixels, _widths(config), strict=True)]
    return [*layers, (1, 2 * layers[-1][2], config.categories)]


def _widths(config: ModelConfig) -> list[tuple[int, int]]:
    """Channels that each convolution reads and makes."""
    widths = [4 * CHANNELS, *(config.viewer_channels * times for times in (1, 2, 3, 4))]
    return list(pairwise(widths))


def viewer_loss(
    viewer: Viewer, rows: jax.Array, lengths: jax.Array, labels: jax.Array, key: jax.Array | None
) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy, nats, mean over drawings, and how many of them are recognised, ().

    Args:
        viewer: it.
        rows: (T, B, 5) stroke-5.
        lengths: (B,) int32.
        labels: (B,) int32, what the drawings show.
        key: for random cuts, turns and stretches; None for drawings as they are.
    """
    if key is not None:
        cut, turn = jax.random.split(key)
        lengths, rows = random_cuts(cut, lengths), turned(turn, rows)
    return category_loss(viewer(rows, lengths), labels, jnp.ones_like(labels, bool))


def turned(key: jax.Array, rows: jax.Array) -> jax.Array:
    """The drawings (T, B, 5), each stretched along its sides and turned by a little."""
    numbers = jax.random.uniform(key, (3, rows.shape[1]), minval=-1)
    angle, stretch = numbers[0] * TURN, jnp.exp(numbers[1:] * STRETCH)
    x, y = rows[..., 0] * stretch[0], rows[..., 1] * stretch[1]
    across, down = x * jnp.cos(angle) - y * jnp.sin(angle), x * jnp.sin(angle) + y * jnp.cos(angle)
    return jnp.concatenate([jnp.stack([across, down], axis=-1), rows[..., 2:]], axis=-1)


def _fours(x: jax.Array) -> jax.Array:
    """(B, h, w, C) -> (B, h / 2, w / 2, 4 C): each four pixels as one."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // 2, 2, width // 2, 2, channels).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, height // 2, width // 2, 4 * channels)


def _halved(x: jax.Array) -> jax.Array:
    """The largest of each four pixels, (B, h / 2, w / 2, C)."""
    batch, height, width, channels = x.shape
    return x.reshape(batch, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))
