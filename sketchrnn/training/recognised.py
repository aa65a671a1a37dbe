"""How well a network's recogniser and viewer, together, tell whole held-out drawings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from sketchrnn.data.batches import PlannedBatch, assemble, plan_in_order
from sketchrnn.data.corpus import Corpus
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.model.together import together

BATCH = 256

Recognise = Callable[[Any, Any, Any], jax.Array]


def make_recogniser(model: SketchRNN) -> Recognise:
    """A compiled function (params, rows (T, B, 5) in model units, lengths (B,)) -> log probabilities (B, categories).

    Args:
        model: gives the structure; its weights are not used.
    """
    graph, _, rest = nnx.split(model, nnx.Param, ...)

    @jax.jit
    def recognise(params: Any, rows: jax.Array, lengths: jax.Array) -> jax.Array:
        return together(nnx.merge(graph, params, rest)).log_probabilities(rows, lengths)

    return recognise


def score_recogniser(recognise: Recognise, params: Any, corpus: Corpus, scale_factor: float) -> tuple[float, float]:
    """Cross-entropy, nats, mean over drawings, and the share that is recognised at first choice.

    Args:
        recognise: from `make_recogniser`.
        params: weights.
        corpus: drawings whose labels count along the model's categories; at least one.
        scale_factor: sketch units per model unit.
    """
    nats, right = np.zeros(len(corpus)), np.zeros(len(corpus), bool)
    for planned in plan_in_order(corpus.lengths, BATCH):
        full = PlannedBatch(np.resize(planned.indices, BATCH), planned.length)
        batch = assemble(corpus, full, np.random.default_rng(0))
        rows = batch.rows[:-1] / np.array([scale_factor, scale_factor, 1, 1, 1], np.float32)
        log_p = np.asarray(recognise(params, jnp.asarray(rows), jnp.asarray(batch.lengths)))[: len(planned.indices)]
        labels = corpus.labels[planned.indices]
        nats[planned.indices] = -log_p[np.arange(len(labels)), labels]
        right[planned.indices] = log_p.argmax(axis=1) == labels
    return float(nats.mean()), float(right.mean())
