"""What drawings show, by the model's recogniser and viewer: for guesses, and for choosing between candidates."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from sketchrnn.engine.crew import Crew
from sketchrnn.model.config import STROKE5
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.model.together import together

BLOCK = 8
"""Drawings are read one by itself or so many together; 64 together take no less time for each (0.87 and 0.85 ms)."""
ROWS = (320, 1024)
"""Rows are padded to one of these, of which the first holds what a window asks for; few are computed for nothing."""
_KEPT = 64
"""Drawings whose answers are kept: what the window looked at is asked about once more when it is to be finished."""
TURNS = (0.0, 0.14, -0.14)
"""Angles, radians, at which a drawing is looked at for a guess: upright, and turned as far as the viewer has seen them
in training (`viewer.TURN`)."""
MOST_ROWS = ROWS[-1]
"""Rows that are read of a longer drawing: its first ones; it was learnt on drawings of at most 250."""


class Recognition:
    """A model's recogniser and viewer, compiled.

    Args:
        model: with one of them, or both.
        crew: computes blocks side by side; one that suits the machine by default.

    Raises:
        ValueError: it has none.
    """

    def __init__(self, model: SketchRNN, crew: Crew | None = None):
        self._crew = crew or Crew()
        graph, params = nnx.split(together(model))
        self._recognise = partial(jax.jit(partial(_probabilities, graph)), jax.device_put(params))
        self._kept: OrderedDict[bytes, np.ndarray] = OrderedDict()

    def probabilities(self, drawings: Sequence[np.ndarray]) -> np.ndarray:
        """(K, categories) float32, of drawings (n, 5) stroke-5, model units, n >= 1 each, each looked at once."""
        return self._in_blocks(drawings, BLOCK)

    def guess(self, drawings: Sequence[np.ndarray]) -> np.ndarray:
        """`probabilities`, of drawings looked at from a few angles: the geometric mean of what is seen of each."""
        if len(drawings) > 1:
            return self._from_all_angles(drawings, BLOCK)
        key = drawings[0].tobytes()
        known = self._kept.pop(key, None)  # of a drawing that was asked about lately, what was said then
        self._kept[key] = self._from_all_angles(drawings, 1) if known is None else known
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]

    def _from_all_angles(self, drawings: Sequence[np.ndarray], block: int) -> np.ndarray:
        seen = self._in_blocks([turned(rows, angle) for rows in drawings for angle in TURNS], block)
        mean = logarithms(seen).reshape(len(drawings), len(TURNS), -1).mean(axis=1)
        likely = np.exp(mean)
        return likely / likely.sum(axis=1, keepdims=True)

    def _in_blocks(self, drawings: Sequence[np.ndarray], block: int) -> np.ndarray:
        # a block takes as long as its longest drawing, so each has those of about one length; long ones are begun first
        order = np.argsort([-len(rows) for rows in drawings], kind="stable")
        seen: list[np.ndarray] = [np.zeros(0)] * -(-len(drawings) // block)

        def read_block(number: int) -> None:
            seen[number] = self._some([drawings[i] for i in order[number * block : (number + 1) * block]])

        self._crew.do(partial(read_block, number) for number in range(len(seen)))
        return np.concatenate(seen)[np.argsort(order)]

    def warm(self) -> Iterator[str]:
        """Compile for what a window asks for, one step at a time; says what was compiled."""
        for size in (1, BLOCK):
            self._some([np.zeros((1, STROKE5), np.float32)] * size)
            yield f"recognising {size}"

    def _some(self, drawings: Sequence[np.ndarray]) -> np.ndarray:
        size = 1 if len(drawings) == 1 else BLOCK
        lengths = np.ones(size, np.int32)
        lengths[: len(drawings)] = [min(len(rows), MOST_ROWS) for rows in drawings]
        room = next(rows for rows in ROWS if lengths.max() <= rows)
        padded = np.zeros((room, size, STROKE5), np.float32)
        for i, rows in enumerate(drawings):
            padded[: lengths[i], i] = rows[: lengths[i]]
        return np.asarray(self._recognise(padded, lengths))[: len(drawings)]


def logarithms(probabilities: np.ndarray) -> np.ndarray:
    """Of probabilities, of which some may be too small for a float32; finite."""
    return np.log(np.maximum(probabilities, 1e-30))


def turned(rows: np.ndarray, angle: float) -> np.ndarray:
    """Stroke-5 rows (n, 5) turned about their start by an angle, radians."""
    if not angle:
        return rows
    cos, sin = np.cos(angle), np.sin(angle)
    return np.concatenate([rows[:, :2] @ np.array([[cos, sin], [-sin, cos]], np.float32), rows[:, 2:]], axis=1)


def _probabilities(graph, params, rows, lengths):
    return jnp.exp(nnx.merge(graph, params).log_probabilities(rows, lengths))
