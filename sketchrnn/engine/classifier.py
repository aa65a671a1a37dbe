"""What a drawing shows, from the start of it to the whole.

Three opinions are multiplied, each raised to a power of its own:

- recogniser and viewer, which are best at whole drawings (`engine.recognition`);
- the decoder's category head, which learnt from every start of every drawing;
- the decoder itself, as a generative classifier (Ng & Jordan 2001): log p of the strokes given a category, p being the
  density that completes drawings (Ha & Eck 2017, equation 9). It is asked about the categories that the first two find
  likeliest, and deals out anew what these have together.

How far a drawing is, and so which of the first two knows more, is told by the decoder's own probability of its end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchrnn.engine.prefix import Read, StateCache
from sketchrnn.engine.programs import Programs
from sketchrnn.engine.recognition import Recognition, logarithms

SHORTLIST = 8
"""Categories that the decoder is asked about, one block of drawings side by side; 16 to 48 are not right more often."""
BEGUN, DONE = (0.2, 0.85, 0.17), (0.6, 0.5, 0.18)
"""Powers of recogniser and viewer, of the head and of the strokes' likelihood, for a drawing of which the end is out of
sight and for one that may end here. A likelihood's factors, one a point, are far from independent, hence so little."""
OUT_OF_SIGHT = -14.0
"""log p(end) of the first of these, nats; 0 is the other's."""
HEAD_BESIDE = 0.8
"""Of the head's power, what is left of it beside the likelihood, which the same state gives."""
# all fitted on drawings of the valid split of which a tenth to all was shown; `evaluate --guesses` measures them


class Classifier:
    """Says what drawings show.

    Args:
        programs: the model, compiled.
        states: of what was read.
        recognition: recogniser and viewer; None for a model without.
    """

    def __init__(self, programs: Programs, states: StateCache, recognition: Recognition | None):
        self._programs, self._states, self._recognition = programs, states, recognition

    @property
    def possible(self) -> bool:
        """Whether the model can say what it sees."""
        return self._recognition is not None or self._programs.config.category_head

    def probabilities(self, drawings: Sequence[np.ndarray], keep: bool = True) -> np.ndarray:
        """(K, categories) float32, of drawings (n, 5) stroke-5, model units, n >= 1 each.

        Args:
            drawings: K of them.
            keep: whether states are kept for later.
        """
        untold = self._programs.plain_condition([self._programs.config.categories] * len(drawings))
        reads = self._states.read(drawings, untold, keep)
        recognised, headed, power = self._opinions(drawings, reads)
        found = _log_normalised(recognised + headed)
        if self._generative:
            most = min(SHORTLIST, found.shape[1])
            listed = np.argpartition(-found, most - 1, axis=1)[:, :most]
            scores = np.take_along_axis(recognised + HEAD_BESIDE * headed, listed, axis=1)
            scores = scores + power * self._likelihoods(drawings, listed, keep)
            together = np.logaddexp.reduce(np.take_along_axis(found, listed, axis=1), axis=1, keepdims=True)
            np.put_along_axis(found, listed, _log_normalised(scores) + together, axis=1)
        return np.exp(found).astype(np.float32)

    @property
    def _generative(self) -> bool:
        # drawn from a code, strokes have no density of their own without one
        return not self._programs.config.drawn_from_code

    def _opinions(self, drawings: Sequence[np.ndarray], reads: Sequence[Read]) -> tuple[np.ndarray, ...]:
        """(K, categories) each, of 0 where there is no such part: powers times log probabilities of recogniser and
        viewer, and of the head; and (K, 1), the power of the likelihood."""
        h = np.stack([read.state[0] for read in reads])
        recognition, head, likelihood = _powers(_log_normalised(np.asarray(self._programs.mixture(h).pen_logits))[:, 2])
        config = self._programs.config
        nothing = np.zeros((len(drawings), config.categories))
        recognised = nothing if self._recognition is None else logarithms(self._recognition.guess(drawings))
        headed = logarithms(self._programs.category_probabilities(h)) if config.category_head else nothing
        if recognised is nothing or headed is nothing:
            return recognised, headed, likelihood
        return recognition * recognised, head * headed, likelihood

    def _likelihoods(self, drawings: Sequence[np.ndarray], categories: np.ndarray, keep: bool) -> np.ndarray:
        """(K, n) log p of each drawing's strokes given each of its (K, n) categories, nats, model units."""
        each = categories.shape[1]
        conditions = self._programs.plain_condition(categories.ravel().tolist())
        repeated = [drawing for drawing in drawings for _ in range(each)]
        reads = self._states.read(repeated, conditions, keep)
        return np.array([read.nats[1:].sum() for read in reads]).reshape(categories.shape)


def _powers(log_end: np.ndarray) -> list[np.ndarray]:
    """Of the three opinions, (K, 1) each, by log p(end), (K,) nats."""
    share = 1 - np.clip(log_end / OUT_OF_SIGHT, 0, 1)[:, None]
    return [begun + (done - begun) * share for begun, done in zip(BEGUN, DONE, strict=True)]


def _log_normalised(logits: np.ndarray) -> np.ndarray:
    """Logits (K, n) less the logarithm of the sum of their exponentials: logarithms of probabilities."""
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
