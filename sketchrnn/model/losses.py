"""What training minimises and evaluation reports.

Reductions, stated once: `offset_loss` and `pen_loss` are sums of nats over the real points of the batch (the padding
after a drawing's end row counts nothing), `kl_loss` is the paper's mean over the latent dimensions and drawings.
`total_loss` divides the two sums by the number of real points ("points"), or by the paper's constant
`max_points` * drawings ("max_points": equation 9's N_max, under which the KL weight means what it does in the paper).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp

from sketchrnn.model.config import STROKE5, Learnt, learns
from sketchrnn.model.encoder import Gaussian, kl_between, kl_to_standard
from sketchrnn.model.mixture import log_density, pen_log_probability
from sketchrnn.model.recogniser import category_loss, recogniser_loss
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.model.viewer import viewer_loss

Reduction = Literal["points", "max_points"]


class Rows(NamedTuple):
    """A batch as the model reads it.

    Args:
        rows: (T + 1, B, 5) float32 stroke-5, model units; row 0 is the first point with its offset zeroed (the start
            token, for a drawing whose first point is pen-down), row n of an n-point drawing is the end row.
        lengths: (B,) int32, points n of each drawing, 1 to T.
        given: (B,) int32, category that the model is told, `no_category` where it is told none.
        labels: (B,) int32, category that it is.
    """

    rows: jax.Array
    lengths: jax.Array
    given: jax.Array
    labels: jax.Array


class LossWeights(NamedTuple):
    """How the terms add up.

    Args:
        kl: weight of the KL term (annealed by the schedule; paper, equation 11).
        kl_floor: KL below this is not pushed further down (paper's KL_min), nats per latent dimension.
        head: weight of the category head's cross-entropy, per point.
        prior: weight of the prefix prior's term.
        recogniser: weight of the recogniser's and the viewer's cross-entropy; they share no weights with the others.
    """

    kl: jax.Array | float = 0.5
    kl_floor: float = 0.2
    head: float = 0.0
    prior: float = 1.0
    recogniser: float = 1.0


def point_log_likelihood(model: SketchRNN, batch: Rows, hs: jax.Array) -> tuple[jax.Array, jax.Array]:
    """log p of every point given those before it.

    Args:
        model: the network.
        batch: T + 1 rows.
        hs: (T, B, H), the decoder's h after each of the first T rows.

    Returns:
        offset: (T, B) log density of the offset of point t + 1, over model units; over sketch units it is less by
            2 ln `scale_factor`. 0 at the end row and after.
        pen: (T, B) log probability of its pen state, the end row's too; 0 after it.

    Reference:
        Ha & Eck 2017, equation 9, but that its L_p goes on after the end. The first point is given and not scored. What
        models are compared by: `training.density`.
    """
    mixture = model.decoder.mixture(hs)
    steps = jnp.arange(hs.shape[0])[:, None]
    target = batch.rows[1:]
    offset = jnp.where(steps < batch.lengths - 1, log_density(mixture, target[..., :2]), 0)
    pen = jnp.where(steps < batch.lengths, pen_log_probability(mixture, target[..., 2:]), 0)
    return offset, pen


def losses(
    model: SketchRNN,
    batch: Rows,
    weights: LossWeights,
    key: jax.Array,
    *,
    train: bool = True,
    reduction: Reduction = "points",
    max_points: int = 250,
    untold: int | None = None,
    coded: int | None = None,
    learnt: Learnt = "all",
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """The loss of a batch and its parts.

    Args:
        model: the network.
        batch: drawings; what stands in `rows` after an end row changes nothing.
        weights: how the terms add up.
        key: for z, dropout and the cuts of the prefix prior, and what recogniser and viewer change in drawings.
        train: with dropout.
        reduction: see above.
        max_points: the paper's N_max, for reduction "max_points".
        untold: only the first so many drawings can be told no category (`data.batches` puts them first); None for all.
        coded: the last so many drawings are drawn from their latent codes, the others without one (where it is
            optional); None for all.
        learnt: what is trained; the parts of what is not are 0.

    Returns:
        total loss () and the parts, each (): `offset_loss`, `pen_loss` (nats, sums over points), `kl_loss` (nats per
        latent dimension, mean), `prior_loss`, `head_loss`, `head_accuracy`, `points`, `drawings`, `recogniser_loss`
        (nats, mean over drawings), `recogniser_accuracy`, `viewer_loss`, `viewer_accuracy`, `coded` (drawings).
    """
    batch = batch._replace(rows=clean_rows(batch))
    # each part has keys of its own, so that its noise is the same with and without the others, and is none of theirs
    keys = jax.random.split(key, 6)
    seen = _recognised(model, batch, keys[4:] if train else None, learnt)
    if not learns(learnt, "decoder"):
        total, parts = jnp.float32(0), {name: jnp.float32(0) for name in _DRAWING_LOSSES}
    else:
        total, parts = _drawing_losses(model, batch, weights, keys[:4], train, reduction, max_points, untold, coded)
    total = total + weights.recogniser * (seen["recogniser_loss"] + seen["viewer_loss"])
    counts = {"points": batch.lengths.sum().astype(jnp.float32), "drawings": jnp.float32(batch.lengths.shape[0])}
    return total, parts | seen | counts


_DRAWING_LOSSES = ("offset_loss", "pen_loss", "kl_loss", "prior_loss", "head_loss", "head_accuracy", "coded")


def _recognised(model: SketchRNN, batch: Rows, keys: jax.Array | None, learnt: Learnt) -> dict[str, jax.Array]:
    """Loss and accuracy of recogniser and viewer, of a key (2,) each; 0 of what is not there or not learnt."""
    losses = {"recogniser": (model.recogniser, recogniser_loss), "viewer": (model.viewer, viewer_loss)}
    parts = {}
    for number, (name, (network, loss_of)) in enumerate(losses.items()):
        loss = accuracy = jnp.float32(0)
        if network is not None and learns(learnt, name):
            own = None if keys is None else keys[number]
            loss, accuracy = loss_of(network, batch.rows[:-1], batch.lengths, batch.labels, own)
        parts |= {f"{name}_loss": loss, f"{name}_accuracy": accuracy}
    return parts


def _drawing_losses(
    model: SketchRNN,
    batch: Rows,
    weights: LossWeights,
    keys: jax.Array,
    train: bool,
    reduction: Reduction,
    max_points: int,
    untold: int | None,
    coded: int | None,
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """`losses` without the recogniser, of cleaned rows and four keys."""
    rows = batch.rows
    z, kl, prior = None, jnp.float32(0), jnp.float32(0)
    count = batch.lengths.shape[0]
    coded = count if coded is None else coded
    if model.encoder is not None and coded:
        own = Rows(rows[:, count - coded :], *(values[count - coded :] for values in batch[1:]))
        posterior = model.encoder(own.rows[:-1], own.lengths, keys[0] if train else None)
        z = posterior.at(jax.random.normal(keys[1], posterior.mean.shape))
        z = jnp.concatenate([jnp.zeros((count - coded, z.shape[1])), z])
        kl = kl_to_standard(posterior).mean() / model.config.latent_size
        prior = prefix_prior_loss(model, own, posterior, keys[2])
    dropping = keys[3] if train else None
    hs = model.decoder.hidden_states(rows[:-1], model.condition(batch.given, z), dropping, batch.lengths.max())
    offset, pen = (-values.sum() for values in point_log_likelihood(model, batch, hs))
    head, accuracy = head_loss(model, batch, hs, untold)
    points = batch.lengths.sum().astype(jnp.float32)
    divisor = points if reduction == "points" else jnp.float32(max_points * count)
    total = (offset + pen) / divisor
    if z is not None:
        total = total + coded / count * weights.kl * jnp.maximum(kl, weights.kl_floor)
    total = total + weights.head * head + weights.prior * prior
    return total, {
        "offset_loss": offset,
        "pen_loss": pen,
        "kl_loss": kl,
        "prior_loss": prior,
        "head_loss": head,
        "head_accuracy": accuracy,
        "coded": jnp.float32(0 if z is None else coded),
    }


def clean_rows(batch: Rows) -> jax.Array:
    """The rows with everything after each drawing's last point replaced by end rows."""
    end = jnp.zeros(STROKE5).at[-1].set(1)
    steps = jnp.arange(batch.rows.shape[0])[:, None]
    return jnp.where((steps < batch.lengths)[..., None], batch.rows, end)


def prefix_prior_loss(model: SketchRNN, batch: Rows, posterior: Gaussian, key: jax.Array) -> jax.Array:
    """KL(q(z given drawing) || p(z given a random cut of it)), nats per latent dimension, mean over drawings.

    The posterior is held fixed: the prior learns to foretell it and never pulls at it.
    """
    if model.prefix_prior is None:
        return jnp.float32(0)
    share = jax.random.uniform(key, batch.lengths.shape)
    cuts = jnp.floor(share * (batch.lengths + 1)).astype(jnp.int32)
    prior = model.prefix_prior(batch.rows[:-1], cuts, model.embed(batch.given))
    return kl_between(jax.lax.stop_gradient(posterior), prior).mean() / model.config.latent_size


def head_loss(model: SketchRNN, batch: Rows, hs: jax.Array, untold: int | None = None) -> tuple[jax.Array, jax.Array]:
    """Cross-entropy of the category head, mean over the points of drawings that were told no category, and accuracy.

    A drawing that was told its category would teach the head to repeat it. The head's product is taken for the first
    `untold` drawings only.
    """
    if not model.config.category_head or untold == 0:
        return jnp.float32(0), jnp.float32(0)
    given, labels, lengths = (values[:untold] for values in (batch.given, batch.labels, batch.lengths))
    steps = jnp.arange(hs.shape[0])[:, None]
    mask = (steps < lengths) & (given == model.no_category)
    return category_loss(model.decoder.category_logits(hs[:, :untold]), labels[None], mask)
