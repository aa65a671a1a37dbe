"""Many sketches as small pictures to be compared with each other, and how far these lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from sketchrnn.sketch.frame import Frame
from sketchrnn.sketch.types import Sketch

SIZE = 40
"""Pixels along both sides."""
MARGIN = 2.0
"""Left free around the drawing, px."""
_SPACING = 0.5


def thumbnails(sketches: Sequence[Sketch]) -> np.ndarray:
    """Each sketch fitted by its own bounding box, centred, so that place and size do not count.

    Points half a pixel apart along the lines each leave one pixel's ink on the four pixels around them (bilinear), and
    no pixel holds more than 1.

    Returns:
        (D, 40, 40) float32 in 0..1; all 0 for an empty sketch.
    """
    of_each = [_places(sketch) for sketch in sketches]
    places = np.concatenate([np.zeros((0, 2)), *of_each])
    cells = np.floor(places).astype(np.int64)
    part = places - cells
    first = (np.repeat(np.arange(len(sketches)), list(map(len, of_each))) * SIZE + cells[:, 1]) * SIZE + cells[:, 0]
    pixels, ink = [], []
    for down in (0, 1):
        for right in (0, 1):
            pixels.append(first + down * SIZE + right)
            ink.append(np.abs(1 - right - part[:, 0]) * np.abs(1 - down - part[:, 1]))
    total = np.bincount(np.concatenate(pixels), np.concatenate(ink), len(sketches) * SIZE * SIZE)
    return np.minimum(total, 1).astype(np.float32).reshape(-1, SIZE, SIZE)


def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The Euclidean distance of pictures, the root of the summed squares of their pixels' differences.

    Args:
        a, b: (..., 40, 40), any two shapes that numpy brings together.

    Returns:
        (...) float64.
    """
    return np.linalg.norm(a.astype(np.float64) - b.astype(np.float64), axis=(-2, -1))


def diversity(sketches: Sequence[Sketch]) -> float:
    """How different drawings are from each other: the mean distance of their thumbnails, over all pairs.

    Raises:
        ValueError: fewer than two sketches.
    """
    if len(sketches) < 2:
        raise ValueError(f"expected at least 2 sketches, got {len(sketches)}")
    return float(np.mean([distance(a, b) for a, b in combinations(thumbnails(sketches), 2)]))


def _places(sketch: Sketch) -> np.ndarray:
    """Points half a pixel apart along the lines, (n, 2) px, the middle of the first pixel at (0, 0)."""
    high = SIZE - 1.0
    frame = Frame.fitting(sketch.bounds(), (0.0, 0.0, high, high), MARGIN)
    lines = [frame.points_from_sketch_units(stroke.points) for stroke in sketch.strokes]
    starts = np.concatenate([np.zeros((0, 2)), *(line[:-1] if len(line) > 1 else line for line in lines)])
    ends = np.concatenate([np.zeros((0, 2)), *(line[1:] if len(line) > 1 else line for line in lines)])
    counts = np.ceil(np.hypot(*(ends - starts).T) / _SPACING).astype(np.int64) + 1
    which = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    part = (number / np.maximum(counts - 1, 1)[which])[:, None]
    return starts[which] * (1 - part) + ends[which] * part
