"""What says what is drawn, together: the recogniser, which reads the strokes, and the viewer, which sees them."""

from __future__ import annotations

import jax
from flax import nnx

from sketchrnn.model.recogniser import Recogniser
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.model.viewer import Viewer

READ, SEEN = 0.4, 0.6
"""Weights of recogniser and viewer; fitted by likelihood on whole drawings that neither was trained on."""


class Together(nnx.Module):
    """A model's recogniser and viewer, or the one of them that it has.

    The weighted geometric mean of their probabilities: each knows what the other does not, and is in doubt where it
    knows nothing.

    Args:
        recogniser: or None.
        viewer: or None.

    Raises:
        ValueError: neither.
    """

    def __init__(self, recogniser: Recogniser | None, viewer: Viewer | None):
        if recogniser is None and viewer is None:
            raise ValueError("expected a model with a recogniser or a viewer, got one without")
        self.recogniser, self.viewer = recogniser, viewer

    def log_probabilities(self, rows: jax.Array, lengths: jax.Array) -> jax.Array:
        """What drawings show, (B, categories) log probabilities; has no gradient.

        Args:
            rows: (T, B, 5) float32 stroke-5, model units; what stands after a drawing's end is not read.
            lengths: (B,) int32, rows of each drawing; at least 1.
        """
        weighed = []
        if self.recogniser is not None:
            weighed.append((READ, self.recogniser.recognise(rows, lengths)))
        if self.viewer is not None:
            weighed.append((SEEN, self.viewer(rows, lengths)))
        total = sum(weight for weight, _ in weighed)
        return jax.nn.log_softmax(sum(weight / total * jax.nn.log_softmax(logits) for weight, logits in weighed))


def together(model: SketchRNN) -> Together:
    """What of a model says what is drawn.

    Raises:
        ValueError: nothing does.
    """
    return Together(model.recogniser, model.viewer)
