"""The same ink as another hand might have drawn it: larger, shakier, in another order, with more points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sketchrnn.sketch.simplify import resample
from sketchrnn.sketch.types import Sketch

JITTER = 2.0
"""Standard deviation of the jitter of each coordinate, in sketch units (the 255 box)."""
SPACING = 2.0
"""Between the points of a resampled line, in sketch units: a simplified one has its points some ten times as far."""


@dataclass(frozen=True)
class Perturbation:
    """A change of a drawing's start that leaves what it shows.

    Args:
        name: fit for a folder's name.
        change: (sketch in sketch units, seed) -> the sketch changed.
        unit: units of the result per sketch unit.
    """

    name: str
    change: Callable[[Sketch, int], Sketch]
    unit: float = 1.0


def scaled(factor: float) -> Perturbation:
    """Everything enlarged by a factor, from the origin."""
    return Perturbation(f"scaled-{factor:g}", lambda sketch, _: _moved(sketch, lambda p: p * factor), factor)


def jittered(sketch: Sketch, seed: int) -> Sketch:
    """Every point moved by a little normal noise, each coordinate for itself."""
    rng = np.random.default_rng(seed)
    return _moved(sketch, lambda points: points + rng.normal(0, JITTER, points.shape))


def order_reversed(sketch: Sketch) -> Sketch:
    """The last stroke first; each is still drawn from its own first point. A single stroke stays as it is."""
    if len(sketch.strokes) < 2:
        return sketch
    return sketch.with_strokes(sketch.strokes[::-1])  # where the pen was down is no longer the end


def backwards(sketch: Sketch) -> Sketch:
    """From the last point to the first; the pen is lifted at the end."""
    return sketch.with_strokes(stroke.with_points(stroke.points[::-1]) for stroke in sketch.strokes[::-1])


def resampled(sketch: Sketch) -> Sketch:
    """Points at even, small spacing along every line; the lines are the same."""
    return _moved(sketch, lambda points: resample(points, SPACING) if len(points) > 1 else points)


PERTURBATIONS: tuple[Perturbation, ...] = (
    Perturbation("unchanged", lambda sketch, _: sketch),
    *(scaled(factor) for factor in (0.5, 0.71, 1.41, 2.0)),
    Perturbation("jittered", jittered),
    Perturbation("order-reversed", lambda sketch, _: order_reversed(sketch)),
    Perturbation("backwards", lambda sketch, _: backwards(sketch)),
    Perturbation("resampled", lambda sketch, _: resampled(sketch)),
)
"""All of them; the first shows what it costs that the scale is not told."""


def _moved(sketch: Sketch, convert: Callable[[np.ndarray], np.ndarray]) -> Sketch:
    strokes = [stroke.with_points(convert(stroke.points.astype(np.float64))) for stroke in sketch.strokes]
    return sketch.with_strokes(strokes, sketch.pen_down)
