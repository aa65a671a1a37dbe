"""What says what is drawn, together: the recogniser, which reads the strokes, and the viewer, which sees them."""

from __future__ import annotations

import jax
from flax import nnx

from sketchrnn.model.recogniser import Recogniser
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.model.viewer import Viewer


class Together(nnx.Module):
    """A model's recogniser and viewer, or the one of them that it has.

    The geometric mean of their probabilities: each knows what the other does not, and is in doubt where it knows
    nothing.

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
        seen = []
        if self.recogniser is not None:
            seen.append(jax.nn.log_softmax(self.recogniser.recognise(rows, lengths)))
        if self.viewer is not None:
            seen.append(jax.nn.log_softmax(self.viewer(rows, lengths)))
        return jax.nn.log_softmax(sum(seen) / len(seen))


def together(model: SketchRNN) -> Together:
    """What of a model says what is drawn.

    Raises:
        ValueError: nothing does.
    """
    return Together(model.recogniser, model.viewer)
