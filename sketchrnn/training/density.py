"""Nats of whole drawings under a model, in sketch units: what evaluation sums up.

A drawing of N points costs -log p of its offsets 2..N and of its N pen states (that of point t + 1 after point t, and
the end row), teacher-forced; its first point is given. Drawings are integers made continuous by uniform jitter, and
each offset's density is mixed with a little of a uniform one, so that no model gains without end by narrowing onto
integers, or loses without end by one surprise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from sketchrnn.data.augment import DEQUANTISE
from sketchrnn.data.batches import PlannedBatch, assemble, plan_in_order
from sketchrnn.data.corpus import Corpus
from sketchrnn.model.encoder import Gaussian, kl_to_standard
from sketchrnn.model.losses import Rows, clean_rows
from sketchrnn.model.mixture import log_density, pen_log_probability
from sketchrnn.model.sketchrnn import SketchRNN

UNIFORM_SHARE = 1e-3
"""Weight of the uniform density that every model's offset density is mixed with."""
UNIFORM_REACH = 255.0
"""It lies on [-255, 255] in x and y, sketch units."""
SAMPLES = 16
"""Latent codes of a drawing in the importance-weighted bound."""
JITTER_SEED = 20
"""Of the jitter and the latent codes: the same for every model."""

Progress = Callable[[int, int], None]
"""Called as `progress(drawings done, drawings in all)`."""


class Nats(NamedTuple):
    """Costs of drawings, (D,) each, nats.

    Args:
        offset: of the offsets; the mean over the latent codes for a latent model.
        pen: of the pen states, the same.
        kl: KL of the posterior to N(0, I); 0 for a decoder-only model. offset + pen + kl is the ELBO's.
        best: by the tighter bound: importance-weighted for a latent model, offset + pen for a decoder-only one.
    """

    offset: Any
    pen: Any
    kl: Any
    best: Any


Scorer = Callable[[Any, Rows, Any, jax.Array], Nats]


def make_scorer(model: SketchRNN, samples: int = SAMPLES, coded: bool = False) -> Scorer:
    """A compiled function (params, rows in sketch units, scale factor, key) -> Nats of each drawing of a batch.

    Args:
        model: gives the structure; its weights are not used.
        samples: latent codes of a drawing; one gives the ELBO alone.
        coded: whether drawings are scored by their latent codes where the model could do without.
    """
    by_code = model.config.scored_by_code(coded)
    graph, _, rest = nnx.split(model, nnx.Param, ...)

    @jax.jit
    def score(params: Any, rows: Rows, scale_factor: jax.Array, key: jax.Array) -> Nats:
        whole = nnx.merge(graph, params, rest)
        rows = rows._replace(rows=clean_rows(rows))
        if by_code:
            return _latent_nats(whole, rows, scale_factor, key, samples)
        offset, pen = _nats_given(whole, rows, scale_factor, None)
        return Nats(offset, pen, jnp.zeros_like(offset), offset + pen)

    return score


def score_corpus(
    scorer: Scorer,
    params: Any,
    corpus: Corpus,
    scale_factor: float,
    *,
    told: bool = True,
    batch_size: int = 128,
    progress: Progress | None = None,
) -> Nats:
    """The nats of every drawing, numpy (D,) each, float64.

    Args:
        scorer: from `make_scorer`.
        params: weights.
        corpus: drawings whose labels count along the model's categories.
        scale_factor: sketch units per model unit.
        told: whether the model is told each drawing's category.
        batch_size: drawings at once; changes the noise, and with it the last digits.
        progress: told how far it is.
    """
    result = np.zeros((len(Nats._fields), len(corpus)))
    waiting: list[tuple[np.ndarray, Nats]] = []
    done = 0
    scale = jax.device_put(np.float32(scale_factor))
    for planned, rows, key in _batches(corpus, batch_size, told):
        waiting.append((planned.indices, scorer(params, rows, scale, key)))
        if len(waiting) > 1:  # the next batch is made while this one is computed
            done += _collect(result, *waiting.pop(0))
            if progress is not None:
                progress(done, len(corpus))
    for left in waiting:
        done += _collect(result, *left)
    if progress is not None:
        progress(done, len(corpus))
    return Nats(*result)


def mixed_with_uniform(log_p: jax.Array, offset: jax.Array) -> jax.Array:
    """log of (1 - s) p + s u, both densities over sketch units.

    Args:
        log_p: (...), log p of the offsets.
        offset: (..., 2), sketch units.
    """
    inside = (jnp.abs(offset) <= UNIFORM_REACH).all(axis=-1)
    uniform = math.log(UNIFORM_SHARE) - 2 * math.log(2 * UNIFORM_REACH)
    return jnp.logaddexp(math.log1p(-UNIFORM_SHARE) + log_p, jnp.where(inside, uniform, -jnp.inf))


def _nats_given(model: SketchRNN, batch: Rows, scale: jax.Array, z: jax.Array | None) -> tuple[jax.Array, jax.Array]:
    """Costs of offsets and pen states of each drawing, (B,) each, given z."""
    read = batch.rows.at[..., :2].divide(scale)
    hs = model.decoder.hidden_states(read[:-1], model.condition(batch.given, z), count=batch.lengths.max())
    mixture = model.decoder.mixture(hs)
    steps = jnp.arange(hs.shape[0])[:, None]
    log_p = log_density(mixture, read[1:, :, :2]) - 2 * jnp.log(scale)  # a density over sketch units
    offset = jnp.where(steps < batch.lengths - 1, mixed_with_uniform(log_p, batch.rows[1:, :, :2]), 0)
    pen = jnp.where(steps < batch.lengths, pen_log_probability(mixture, batch.rows[1:, :, 2:]), 0)
    return -offset.sum(axis=0), -pen.sum(axis=0)


def _latent_nats(model: SketchRNN, batch: Rows, scale: jax.Array, key: jax.Array, samples: int) -> Nats:
    """ELBO and importance-weighted bound (Burda et al. 2016, arXiv 1509.00519, equation 8)."""
    if model.encoder is None:
        raise ValueError("expected a model with an encoder, got a decoder-only one")
    posterior = model.encoder(batch.rows[:-1].at[..., :2].divide(scale), batch.lengths)
    prior = Gaussian(jnp.zeros_like(posterior.mean), jnp.zeros_like(posterior.mean))

    def one(noise: jax.Array):
        z = posterior.at(noise)
        return *_nats_given(model, batch, scale, z), posterior.log_density(z) - prior.log_density(z)

    noise = jax.random.normal(key, (samples, *posterior.mean.shape))
    offset, pen, ratio = jax.lax.map(one, noise)
    best = math.log(samples) - jax.nn.logsumexp(-(offset + pen) - ratio, axis=0)
    return Nats(offset.mean(axis=0), pen.mean(axis=0), kl_to_standard(posterior), best)


def _batches(corpus: Corpus, batch_size: int, told: bool) -> Iterator[tuple[PlannedBatch, Rows, jax.Array]]:
    base = jax.random.key(JITTER_SEED)
    plan = plan_in_order(corpus.lengths, batch_size)
    # an accelerator is quick to read what is padded and slow to compile
    longest = 0 if jax.default_backend() == "cpu" else max((planned.length for planned in plan), default=0)
    for number, planned in enumerate(plan):
        # a last batch that is not full is filled up: one shape less to compile
        full = PlannedBatch(np.resize(planned.indices, batch_size), max(planned.length, longest))
        untold = 0 if told else batch_size
        batch = assemble(corpus, full, np.random.default_rng([JITTER_SEED, number]), DEQUANTISE, untold)
        rows = Rows._make((batch.rows, batch.lengths, batch.given, batch.labels))
        yield planned, jax.device_put(rows), jax.random.fold_in(base, number)


def _collect(result: np.ndarray, indices: np.ndarray, nats: Nats) -> int:
    for row, values in zip(result, jax.device_get(nats), strict=True):
        row[indices] = values[: len(indices)]
    return len(indices)
