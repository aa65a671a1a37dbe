"""From the model's offsets to points on the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchrnn.sketch.frame import BOX
from sketchrnn.sketch.types import Sketch


@dataclass(eq=False)
class Placed:
    """Where an ending's pen is.

    Args:
        point: (2,) float64, page units.
        scale: model units per page unit.
    """

    point: np.ndarray
    scale: float

    @classmethod
    def after(cls, prefix: Sketch, scale: float) -> Placed:
        """Where the pen is after a prefix: at its last point as it was drawn, not as it was simplified."""
        return cls(prefix.strokes[-1].points[-1].astype(np.float64), scale)

    def next(self, rows: np.ndarray) -> np.ndarray:
        """(n, 3) float32 absolute rows, page units, of the next stroke-3 rows, model units."""
        points = self.point + np.cumsum(rows[:, :2].astype(np.float64) / self.scale, axis=0)
        if len(points):
            self.point = points[-1]
        placed = np.empty((len(rows), 3), np.float32)
        placed[:, :2], placed[:, 2] = points, rows[:, 2]
        return placed


def centred(rows: np.ndarray, scale: float, middle: tuple[float, float] | np.ndarray) -> np.ndarray:
    """A whole drawing around a place.

    Args:
        rows: (n, 3) stroke-3 after the first point, which is given; model units.
        scale: model units per page unit.
        middle: where the middle of its bounds lies, page units.

    Returns:
        (n + 1, 3) float32 absolute rows, page units, that begin with the given point.
    """
    first = np.zeros((1, 3), np.float32)
    placed = np.concatenate([first, Placed(np.zeros(2), scale).next(rows)])
    here = (placed[:, :2].min(0) + placed[:, :2].max(0)) / 2
    placed[:, :2] += np.asarray(middle, np.float32) - here
    return placed


def page_middle(page_scale: float) -> tuple[float, float]:
    """The middle of the page, a square from (0, 0) that is 255 sketch units wide; page units."""
    return BOX / page_scale / 2, BOX / page_scale / 2
