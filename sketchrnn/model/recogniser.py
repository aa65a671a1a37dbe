"""Strokes -> what they show: a network of its own beside the decoder, for guesses and for choosing between endings.

The decoder's state says what comes next and only in passing what is drawn; a network that has nothing else to do,
reads the drawing in both directions and costs a tenth as much tells it far better.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx

from sketchrnn.model.cells import LSTMCell, Pair, zero_state
from sketchrnn.model.config import ModelConfig
from sketchrnn.model.encoder import reverse_rows

FEATURES = 6
"""Of a point: offset, place relative to the first point, pen down, pen lifted."""
PLACE = 0.3
"""Factor on places: drawings are some seven model units wide, offsets are about one."""
CUT_SHARE = 0.6
"""Share of the drawings that are cut at a random point in training, so that starts are recognised too."""


class Recogniser(nnx.Module):
    """A bidirectional LSTM over groups of points; largest and mean h of each direction make the logits.

    Groups of `recogniser_patch` points are read at once: as many steps fewer, at the same number of products.

    Args:
        config: `recogniser_size` (units of each direction), `recogniser_patch`, `categories`.
        rngs: key stream `params`.
    """

    def __init__(self, config: ModelConfig, *, rngs: nnx.Rngs):
        self.patch = config.recogniser_patch
        inputs, size = FEATURES * self.patch, config.recogniser_size
        self.forward = LSTMCell(inputs, size, rngs=rngs, precision=config.precision)
        self.backward = LSTMCell(inputs, size, rngs=rngs, precision=config.precision)
        self.out = nnx.Linear(4 * size, config.categories, rngs=rngs)

    def __call__(self, rows: jax.Array, lengths: jax.Array) -> jax.Array:
        """Logits (B, categories).

        Args:
            rows: (T, B, 5) float32 stroke-5, model units; what stands after a drawing's end is not read.
            lengths: (B,) int32, rows of each drawing; at least 1.
        """
        groups = in_groups(features(rows, lengths), self.patch)
        count = -(-lengths // self.patch)
        both = jnp.stack([groups, reverse_rows(groups, count)], axis=1)
        hs = Pair(self.forward, self.backward).hidden_states(both, count=count.max(), narrow=False)
        inside = (jnp.arange(len(groups))[:, None] < count)[:, None, :, None]
        most = jnp.where(inside, hs, -1).max(axis=0)
        mean = jnp.where(inside, hs, 0).sum(axis=0) / jnp.maximum(count, 1)[:, None]
        return self.out(jnp.concatenate([most[0], mean[0], most[1], mean[1]], axis=-1))

    def recognise(self, rows: jax.Array, lengths: jax.Array) -> jax.Array:
        """The same logits in a loop that ends with the longest drawing: for few compiled shapes; has no gradient."""
        groups = in_groups(features(rows, lengths), self.patch)
        count = -(-lengths // self.patch)
        seen = [
            *_pooled_to_the_longest(self.forward, groups, count),
            *_pooled_to_the_longest(self.backward, reverse_rows(groups, count), count),
        ]
        return self.out(jnp.concatenate(seen, axis=-1))


def _pooled_to_the_longest(cell: LSTMCell, groups: jax.Array, count: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Largest and mean h over a drawing's groups, (B, H) each."""
    constant, start = cell.constant(None), zero_state(cell, groups.shape[1])

    def step(t, carry):
        state, most, total = carry
        state = cell.step(state, cell.project(groups[t], constant))
        inside = (t < count)[:, None]
        h = state[0]
        return state, jnp.where(inside, jnp.maximum(most, h), most), total + jnp.where(inside, h, 0)

    carry = (start, jnp.full_like(start[0], -1), jnp.zeros_like(start[0]))
    _, most, total = jax.lax.fori_loop(0, count.max(), step, carry)
    return most, total / jnp.maximum(count, 1)[:, None]


def features(rows: jax.Array, lengths: jax.Array) -> jax.Array:
    """(T, B, 5) stroke-5 rows -> (T, B, 6): offset, place, pen down, pen lifted; zero after a drawing's end."""
    inside = (jnp.arange(rows.shape[0])[:, None] < lengths)[..., None]
    rows = jnp.where(inside, rows, 0)
    place = jnp.cumsum(rows[..., :2], axis=0) * PLACE
    return jnp.where(inside, jnp.concatenate([rows[..., :2], place, rows[..., 2:4]], axis=-1), 0)


def in_groups(points: jax.Array, patch: int) -> jax.Array:
    """(T, B, F) -> (ceil(T / patch), B, patch F), the last group filled up with zeros."""
    steps, batch, width = points.shape
    points = jnp.pad(points, ((0, -steps % patch), (0, 0), (0, 0)))
    return points.reshape(-1, patch, batch, width).swapaxes(1, 2).reshape(-1, batch, patch * width)


def random_cuts(key: jax.Array, lengths: jax.Array) -> jax.Array:
    """(B,) int32 lengths, `CUT_SHARE` of them cut anywhere from 1 to the whole."""
    which, where = jax.random.uniform(key, (2, *lengths.shape))
    cut = jnp.maximum(jnp.ceil(lengths * where), 1).astype(lengths.dtype)
    return jnp.where(which < CUT_SHARE, cut, lengths)


def category_loss(logits: jax.Array, labels: jax.Array, counted: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy of categories, nats, and the share of them that is told rightly, ().

    -mean of log softmax(logits)[label] over what is counted; 0 where nothing is.

    Args:
        logits: (..., C).
        labels: (...) int32, or what broadcasts to it.
        counted: (...) bool.
    """
    picked = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], axis=-1)[..., 0]
    hits = logits.argmax(axis=-1) == labels
    count = jnp.maximum(counted.sum(), 1)
    return -jnp.where(counted, picked, 0).sum() / count, jnp.where(counted, hits, 0).sum() / count


def recogniser_loss(
    recogniser: Recogniser, rows: jax.Array, lengths: jax.Array, labels: jax.Array, key: jax.Array | None
) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy, nats, mean over drawings, and how many of them are recognised, ().

    Args:
        recogniser: it.
        rows: (T, B, 5) stroke-5, model units.
        lengths: (B,) int32.
        labels: (B,) int32, what the drawings show.
        key: for random cuts; None for whole drawings.
    """
    read = lengths if key is None else random_cuts(key, lengths)
    return category_loss(recogniser(rows, read), labels, jnp.ones_like(labels, bool))
