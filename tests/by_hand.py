"""What a model's recogniser and viewer say of one drawing, put together step by step."""

from __future__ import annotations

import numpy as np
from flax import nnx
from scipy.special import log_softmax

from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.model.together import READ, SEEN


@nnx.jit
def _said_by(part: nnx.Module, rows: np.ndarray, lengths: np.ndarray):
    return part(rows, lengths)


def seen_by_hand(model: SketchRNN, rows: np.ndarray) -> np.ndarray:
    """(categories,) log probabilities of a drawing (n, 5) stroke-5, model units."""
    parts = [_said_by(part, rows[:, None], np.array([len(rows)]))[0] for part in (model.recogniser, model.viewer)]
    return log_softmax(np.average(log_softmax(parts, axis=1), axis=0, weights=(READ, SEEN)))
