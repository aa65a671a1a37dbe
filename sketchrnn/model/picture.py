"""Strokes -> a small picture of them, for a network that looks at drawings as people do.

Lines keep their direction: each channel takes the ink that runs one way, so that few pixels tell much (the directional
feature maps of handwriting recognition: Bai & Huo 2005, "A study on the use of 8-directional features for online
handwritten Chinese character recognition").
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from sketchrnn.model.scan import product

SIDE = 24
"""Pixels of a picture's side."""
MARGIN = 1.5
"""Pixels that stay free at the longer side of a drawing's box."""
CHANNELS = 6
"""All ink; ink along and across, and along the two diagonals; ink weighted by when it was drawn, from 0 to 1."""
_SAMPLES = 12
"""Places along a line at which its ink lies: a line as long as the picture has one in every second pixel."""
_DOT = 0.4
"""Pixels of ink of a point that no line leads to."""
_ROWS = 16
"""Rows that are drawn at once."""
_SMALLEST = 1e-3
"""A smaller drawing, model units, is not enlarged to fill the picture: it is a point, and rounding would tear it up."""


def picture(rows: jax.Array, lengths: jax.Array, precision: str = "float32") -> jax.Array:
    """Drawings fitted into a square by their own bounding boxes, centred, as ink per pixel and direction.

    Args:
        rows: (T, B, 5) stroke-5, model units; what stands after a drawing's end is not drawn.
        lengths: (B,) int32, rows of each drawing; at least 1.
        precision: of the operands of products.

    Returns:
        (B, SIDE, SIDE, CHANNELS) float32, y first, in [0, 1]: tanh of the ink, pixels long. It has no gradient.
    """
    rows = jnp.pad(jax.lax.stop_gradient(rows), ((0, -len(rows) % _ROWS), (0, 0), (0, 0)))
    inside = jnp.arange(len(rows))[:, None] < lengths
    ends, starts = _lines(rows, inside)
    ink = _ink(starts, ends, jnp.arange(len(rows))[:, None] / lengths, inside)

    def draw(part, total):
        from_row, to_row, of_row = (
            jax.lax.dynamic_slice_in_dim(values, part * _ROWS, _ROWS) for values in (starts, ends, ink)
        )
        return total + _drawn(from_row, to_row, of_row, precision)

    nothing = jnp.zeros((rows.shape[1], SIDE, SIDE * CHANNELS), jnp.float32)
    total = jax.lax.fori_loop(0, -(-lengths.max() // _ROWS), draw, nothing)
    return jnp.tanh(total).reshape(-1, SIDE, SIDE, CHANNELS)


def _lines(rows: jax.Array, inside: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Where the line to each point ends and starts, (T, B, 2), pixels; a point that none leads to starts at itself."""
    places = jnp.cumsum(jnp.where(inside[..., None], rows[..., :2], 0), axis=0)
    low = jnp.where(inside[..., None], places, jnp.inf).min(axis=0)
    high = jnp.where(inside[..., None], places, -jnp.inf).max(axis=0)
    side = jnp.maximum((high - low).max(axis=-1, keepdims=True), _SMALLEST)
    ends = (places - (low + high) / 2) * ((SIDE - 1 - 2 * MARGIN) / side) + (SIDE - 1) / 2
    led_to = jnp.concatenate([jnp.zeros_like(rows[:1, :, 2]), rows[:-1, :, 2]]) > 0.5
    before = jnp.concatenate([ends[:1], ends[:-1]])
    return ends, jnp.where(led_to[..., None], before, ends)


def _ink(starts: jax.Array, ends: jax.Array, when: jax.Array, inside: jax.Array) -> jax.Array:
    """(T, B, CHANNELS): pixels of ink that each line puts into each channel."""
    offset = ends - starts
    # what is shorter than a dot is one, and has the less direction the shorter it is
    long = jnp.maximum(jnp.sqrt((offset**2).sum(axis=-1)), _DOT)
    # twice the angle: a line has a direction, but no way
    along = (offset[..., 0] ** 2 - offset[..., 1] ** 2) / long**2
    slanted = 2 * offset[..., 0] * offset[..., 1] / long**2
    ways = [jax.nn.relu(value) for value in (along, -along, slanted, -slanted)]
    return jnp.stack([jnp.ones_like(long), *ways, when], axis=-1) * jnp.where(inside, long, 0)[..., None]


def _drawn(starts: jax.Array, ends: jax.Array, ink: jax.Array, precision: str) -> jax.Array:
    """Ink of some lines, (B, SIDE, SIDE * CHANNELS): each sample is dealt over the four pixels about it.

    A sum over samples of products of what falls to a row and to a column: one product of matrices for a drawing, where
    adding pixel by pixel would be a scattered write for each.
    """
    share = (jnp.arange(_SAMPLES) + 0.5) / _SAMPLES
    places = starts[:, None] + share[:, None, None] * (ends - starts)[:, None]
    places = places.transpose(2, 0, 1, 3).reshape(starts.shape[1], -1, 2)
    across, down = (jax.nn.relu(1 - jnp.abs(places[..., i : i + 1] - jnp.arange(SIDE))) for i in (0, 1))
    weights = jnp.repeat(ink.transpose(1, 0, 2), _SAMPLES, axis=1) / _SAMPLES
    coloured = (across[..., None] * weights[:, :, None]).reshape(*across.shape[:2], SIDE * CHANNELS)
    return product(down.swapaxes(1, 2), coloured, precision)
