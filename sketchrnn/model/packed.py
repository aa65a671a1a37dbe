"""Drawings that stand end to end in rows, as an accelerator learns them: made on it, read by LSTMs that begin anew.

Everything of a step happens where the drawings lie: the host names which drawings each row holds and nothing more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx

from sketchrnn.model.cells import AnyCell, LSTMCell, StackedLSTMCell
from sketchrnn.model.config import PEN_STATES
from sketchrnn.model.encoder import Posterior, kl_to_standard
from sketchrnn.model.losses import LossWeights
from sketchrnn.model.mixture import log_density, pen_log_probability, split_output
from sketchrnn.model.recogniser import category_loss
from sketchrnn.model.restarting import dense, read_restarting
from sketchrnn.model.sketchrnn import SketchRNN

STEEPEST = 100.0
"""Largest derivative of the loss, summed over points, with respect to what goes into an LSTM's gates, as in Graves 2013
(arXiv 1308.0850, section 4.2). Far above what is usual; without a bound a few rows, through which it grows from step to
step, can make a whole batch's gradient theirs."""


class Lying(NamedTuple):
    """All drawings, where they are learnt.

    Args:
        points: (N, 3) int16 rows (dx, dy, pen_lifted), sketch units, as in `data.corpus`.
        starts: (D,) int32, where each drawing begins.
        lengths: (D,) int32, its points.
        labels: (D,) int32, its category.
    """

    points: Any
    starts: Any
    lengths: Any
    labels: Any


class PackedRows(NamedTuple):
    """Drawings end to end, one row a column of each array; model units.

    Args:
        read: (T, B, 5) stroke-5 rows that the decoder reads: of each drawing its points, the first one's offset zeroed.
        next: (T, B, 5), what it is to foretell: the point after, the end row after the last one.
        begins: (T, B) bool, the first row of a drawing.
        inside: (T, B) bool, a row of a drawing at all.
        slot: (T, B) int32, which of its row's S drawings it is of.
        lengths: (B, S) int32, points of each row's drawings; 0 where there is none.
        given: (T, B) int32, category that the model is told.
        labels: (T, B) int32, category that it is.
    """

    read: jax.Array
    next: jax.Array
    begins: jax.Array
    inside: jax.Array
    slot: jax.Array
    lengths: jax.Array
    given: jax.Array
    labels: jax.Array

    @property
    def last(self) -> jax.Array:
        """(T, B) bool, the last row of a drawing."""
        return self.inside & (self.next[..., -1] > 0)


def packed_rows(
    lying: Lying,
    drawings: jax.Array,
    key: jax.Array,
    *,
    row_length: int,
    untold: int,
    no_category: int,
    scale_factor: float,
    jitter: float,
    random_scale: float,
) -> PackedRows:
    """The rows that hold these drawings, their points jittered and scaled at random as `data.augment` does.

    Args:
        lying: all drawings.
        drawings: (B, S) int32, which ones each row holds; negative where there is none.
        key: of the jitter and the scales.
        row_length: T.
        untold: the drawings of the first so many rows are told no category.
        no_category: the category that says so.
        scale_factor: sketch units per model unit.
        jitter, random_scale: see `data.augment.Augmentation`.
    """
    counts = jnp.where(drawings >= 0, lying.lengths[drawings], 0)
    ends = jnp.cumsum(counts, axis=1)
    steps = jnp.arange(row_length)[:, None]
    slot = (steps[..., None] >= ends).sum(axis=-1)
    inside = steps < ends[:, -1]
    slot = jnp.minimum(slot, drawings.shape[1] - 1)
    rows = jnp.arange(drawings.shape[0])
    drawing = drawings[rows, slot]
    place = steps - (ends - counts)[rows, slot]
    begins, last = inside & (place == 0), inside & (place == counts[rows, slot] - 1)
    points = lying.points[jnp.where(inside, lying.starts[drawing] + place, 0)]
    noise_key, scale_key = jax.random.split(key)
    noise = jax.random.uniform(noise_key, (row_length, drawings.shape[0], 2), minval=-jitter, maxval=jitter)
    factors = jax.random.uniform(scale_key, (*drawings.shape, 2), minval=1 - random_scale, maxval=1 + random_scale)
    moved = points[..., :2] + noise - jnp.roll(noise, 1, axis=0)
    offsets = jnp.where((inside & ~begins)[..., None], moved * factors[rows, slot] / scale_factor, 0)
    lifted = (points[..., 2] != 0) & inside
    pen = jnp.stack([inside & ~lifted, lifted, ~inside], axis=-1)
    end = jnp.arange(PEN_STATES) == PEN_STATES - 1
    after = jnp.where(last[..., None], end, jnp.roll(pen, -1, axis=0))
    next_offsets = jnp.where(last[..., None], 0, jnp.roll(offsets, -1, axis=0))
    labels = jnp.where(inside, lying.labels[drawing], 0)
    return PackedRows(
        jnp.concatenate([offsets, pen], axis=-1),
        jnp.concatenate([next_offsets, after], axis=-1),
        begins,
        inside,
        slot,
        counts,
        jnp.where(rows < untold, no_category, labels),
        labels,
    )


def packed_losses(
    model: SketchRNN,
    packed: PackedRows,
    weights: LossWeights,
    key: jax.Array,
    *,
    untold: int,
    coded: int | None = None,
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """What `losses` gives of the same drawings, each begun from a state of zeros.

    Args:
        model: the network; a decoder of one LSTM or of two, an encoder of one each way, without recurrent dropout.
        packed: drawings.
        weights: how the terms add up.
        key: for z.
        untold: the drawings of the first so many rows can be told no category.
        coded: those of the last so many rows are drawn from their latent codes, the others without one; None for all.

    Returns:
        total loss () and its parts, each (): `offset_loss`, `pen_loss` (nats, sums over points), `kl_loss` (nats per
        latent dimension, mean), `head_loss`, `head_accuracy`, `points`, `drawings`, `coded` (drawings).
    """
    points, drawings = (values.sum().astype(jnp.float32) for values in (packed.inside, packed.begins))
    steepest, rows = STEEPEST / points, packed.inside.shape[1]
    coded, told_code = rows if coded is None else coded, jnp.float32(0)
    z, kl = None, jnp.float32(0)
    if model.encoder is not None and coded:
        posterior, lengths = packed_posterior(model, packed, coded, steepest)
        there = lengths > 0
        told_code = there.sum().astype(jnp.float32)
        z = posterior.at(jax.random.normal(key, posterior.mean.shape))
        kl = jnp.where(there, kl_to_standard(posterior), 0).sum() / told_code / model.config.latent_size
    hs = packed_hidden_states(model, packed, z, steepest)
    mixture = split_output(_linear(model.decoder.out, hs))
    scored = packed.inside & ~packed.last
    offset = -jnp.where(scored, log_density(mixture, packed.next[..., :2]), 0).sum()
    pen = -jnp.where(packed.inside, pen_log_probability(mixture, packed.next[..., 2:]), 0).sum()
    head, accuracy = _head_loss(model, packed, hs[:, :untold])
    total = (offset + pen) / points + weights.head * head
    if z is not None:
        total = total + told_code / drawings * weights.kl * jnp.maximum(kl, weights.kl_floor)
    return total, {
        "offset_loss": offset,
        "pen_loss": pen,
        "kl_loss": kl,
        "head_loss": head,
        "head_accuracy": accuracy,
        "points": points,
        "drawings": drawings,
        "coded": told_code,
    }


def packed_hidden_states(
    model: SketchRNN, packed: PackedRows, z: jax.Array | None = None, steepest: jax.Array | float = jnp.inf
) -> jax.Array:
    """The decoder's h after each row, (T, B, H) in the model's precision; outside of drawings it is not to be used.

    Args:
        model: the network.
        packed: drawings.
        z: (B', S, Z), latent codes of the drawings of the last B' rows; those of the others have none.
        steepest: see `restarting_lstm`.

    Raises:
        ValueError: a decoder of another kind.
    """
    cell, dtype = model.decoder.cell, jnp.dtype(model.config.precision)
    parts = [packed.read.astype(dtype)]
    if model.embedding is not None:  # picked by a product, whose gradient is one, too, and no sum row by row
        which = jax.nn.one_hot(packed.given, model.config.categories + 1, dtype=dtype)
        parts.append(dense(which, model.embedding.embedding[...], dtype))
    if model.config.conditional:
        parts.append(_to_each_row(z, packed, model.config.latent_size).astype(dtype))
    read = jnp.concatenate(parts, axis=-1)
    if isinstance(cell, LSTMCell):
        return read_restarting(cell, read, packed.begins, steepest)
    if isinstance(cell, StackedLSTMCell):
        lower = read_restarting(cell.below, read, packed.begins, steepest)
        return read_restarting(cell.above, jnp.concatenate([lower, read], axis=-1), packed.begins, steepest)
    raise ValueError(f"expected a decoder of one or two LSTMs for packed drawings, got {type(cell).__name__}")


def packed_posterior(
    model: SketchRNN, packed: PackedRows, coded: int, steepest: jax.Array | float = jnp.inf
) -> tuple[Posterior, jax.Array]:
    """What the encoder says of each drawing of the last rows.

    Args:
        model: the network, which has one.
        packed: drawings.
        coded: the last so many rows, B'.
        steepest: see `restarting_lstm`.

    Returns:
        posterior: (B', S, Z) each; of what is no drawing it is not to be used.
        lengths: (B', S), points of each drawing; 0 where there is none.

    Raises:
        ValueError: an encoder of another kind.
    """
    encoder, dtype = model.encoder, jnp.dtype(model.config.precision)
    assert encoder is not None
    first = packed.inside.shape[1] - coded
    read, begins, last = (values[:, first:] for values in (packed.read.astype(dtype), packed.begins, packed.last))
    lengths = packed.lengths[first:]
    ends = jnp.cumsum(lengths, axis=1)
    forward = _encoded(encoder.forward, read, begins, steepest)
    # back in time each drawing begins with its last row
    backward = _encoded(encoder.backward, read[::-1], last[::-1], steepest)[::-1]
    h = jnp.concatenate([_picked(forward, ends - 1), _picked(backward, ends - lengths)], axis=-1)
    return Posterior(_linear(encoder.mean, h), _linear(encoder.log_variance, h)), lengths


def _encoded(cell: AnyCell, read: jax.Array, begins: jax.Array, steepest: jax.Array | float) -> jax.Array:
    if not isinstance(cell, LSTMCell):
        raise ValueError(f"expected an encoder of LSTMs for packed drawings, got {type(cell).__name__}")
    return read_restarting(cell, read, begins, steepest)


def _picked(hs: jax.Array, steps: jax.Array) -> jax.Array:
    """(T, B, H) -> (B, S, H), at steps (B, S), of which those of no drawing may lie outside."""
    return hs[jnp.clip(steps, 0, len(hs) - 1), jnp.arange(hs.shape[1])[:, None]]


def _to_each_row(z: jax.Array | None, packed: PackedRows, size: int) -> jax.Array:
    """Codes of the drawings of the last rows, (B', S, Z), as what is read with each of all rows, (T, B, Z)."""
    steps, rows = packed.slot.shape
    if z is None:
        return jnp.zeros((steps, rows, size))
    without = rows - len(z)
    # picked by a product, as embeddings are
    which = jax.nn.one_hot(packed.slot[:, without:], z.shape[1], dtype=z.dtype)
    return jnp.pad(jnp.einsum("tbs,bsz->tbz", which, z), ((0, 0), (without, 0), (0, 0)))


def _linear(layer: nnx.Linear, hs: jax.Array) -> jax.Array:
    assert layer.bias is not None
    return dense(hs, layer.kernel[...], jnp.dtype(jnp.float32)) + layer.bias[...]


def _head_loss(model: SketchRNN, packed: PackedRows, hs: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy of the category head, mean over the points of these rows, and its accuracy."""
    head, untold = model.decoder.head, hs.shape[1]
    if head is None or not untold:
        return jnp.float32(0), jnp.float32(0)
    return category_loss(_linear(head, hs), packed.labels[:, :untold], packed.inside[:, :untold])
