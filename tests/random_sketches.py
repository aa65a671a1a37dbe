"""Seeded random drawings for round trips: the degenerate ones among them."""

from __future__ import annotations

import numpy as np

from sketchrnn.sketch.types import Sketch, Stroke

WORDS = (None, "cat", "The Eiffel Tower", "Käse", "日本", 'a "quoted" \\ word', "t-shirt")


def simplified_sketches(seed: int, count: int = 60) -> list[Sketch]:
    """Whole coordinates in 0..255; strokes of 1, 2, equal and many points; every kind of word."""
    return [_sketch(rng, rng.integers(0, 256, (600, 2))) for rng in np.random.default_rng(seed).spawn(count)]


def wild_sketches(seed: int, count: int = 60) -> list[Sketch]:
    """Any float32 coordinates up to the limit, tiny and negative ones too."""
    drawings = []
    for rng in np.random.default_rng(seed).spawn(count):
        size = 10.0 ** rng.integers(-3, 6)
        drawings.append(_sketch(rng, rng.normal(0, size, (600, 2)).clip(-1e6, 1e6)))
    return drawings


def _sketch(rng: np.random.Generator, points: np.ndarray) -> Sketch:
    lengths = rng.choice([1, 1, 2, 3, 10, 40, 120], size=rng.integers(1, 6))
    cuts = np.cumsum(lengths)[:-1]
    parts = np.split(points[: lengths.sum()], cuts)
    if rng.random() < 0.3:
        parts[0] = np.repeat(parts[0][:1], len(parts[0]), axis=0)  # equal points
    return Sketch(tuple(map(Stroke, parts)), WORDS[rng.integers(len(WORDS))])
