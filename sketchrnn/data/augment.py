"""Random changes to drawings in training: jitter, scale, dropped points. All on padded batches, whole-array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Augmentation:
    """What is changed at random.

    Args:
        jitter: half-width of the uniform noise on absolute coordinates, sketch units. 0.5 turns integers into
            continuous values, which a density needs.
        scale: each axis of a drawing is scaled by a factor in [1 - scale, 1 + scale] (Magenta's random_scale_factor).
        drop: probability with which an inner point of a stroke is left out (Magenta's augment_stroke_prob).
    """

    jitter: float = 0.5
    scale: float = 0.0
    drop: float = 0.0


NONE = Augmentation(jitter=0.0)
DEQUANTISE = Augmentation()
"""What evaluation does: integers become continuous, and nothing else."""


def augment_points(points: np.ndarray, augmentation: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Absolute coordinates (B, T, 2) float32, sketch units, jittered and scaled."""
    if augmentation.jitter:
        noise = rng.random(points.shape, np.float32)
        noise -= np.float32(0.5)
        noise *= np.float32(2 * augmentation.jitter)
        points = np.add(points, noise, out=noise)
    if augmentation.scale:
        factor = 1 + (rng.random((len(points), 1, 2), np.float32) * 2 - 1) * np.float32(augmentation.scale)
        points = points * factor
    return points


def dropped(lifted: np.ndarray, lengths: np.ndarray, probability: float, rng: np.random.Generator) -> np.ndarray:
    """Which points are left out, (B, T) bool: never the first or last of a stroke, nor what stands after the end.

    Args:
        lifted: (B, T) bool, pen lifted after the point.
        lengths: (B,), points of each drawing.
        probability: of an inner point.
        rng: source of randomness.
    """
    first = np.ones_like(lifted)
    first[:, 1:] = lifted[:, :-1]
    inside = np.arange(lifted.shape[1]) < lengths[:, None]
    return inside & ~lifted & ~first & (rng.random(lifted.shape, np.float32) < probability)
