"""Drawings through their latent code: drawn again, and what lies between two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchrnn.engine.placing import centred
from sketchrnn.engine.prefix import prefix_of
from sketchrnn.engine.programs import MANY, Programs
from sketchrnn.errors import EngineError
from sketchrnn.model.config import STROKE5
from sketchrnn.sketch.frame import box_scale, to_model_units
from sketchrnn.sketch.preprocess import preprocess
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.weights import WeightBundle


def require_latent(bundle: WeightBundle) -> None:
    """Raises EngineError for a model without a latent code."""
    if not bundle.config.conditional:
        raise EngineError(
            f"the model {bundle.name!r} has no latent code, which redrawing and morphing need",
            hint="Train one that has (sketchrnn train --preset paper) and name it with --model.",
        )


def require_code_of(bundle: WeightBundle, *sketches: Sketch) -> None:
    """Raises EngineError for a model without a latent code, and for an empty sketch."""
    require_latent(bundle)
    if not all(sketch.strokes for sketch in sketches):
        raise EngineError("an empty drawing has no latent code")


def encode(programs: Programs, bundle: WeightBundle, sketches: Sequence[Sketch]) -> np.ndarray:
    """The mean of q(z given sketch) of drawings in any unit, (K, Z) float32.

    Raises:
        EngineError: the model has no latent code, or a sketch is empty.
    """
    require_code_of(bundle, *sketches)
    return codes_of(
        programs, [to_model_units(prefix_of(preprocess(s), 1.0).rows, bundle.scale_factor) for s in sketches]
    )


def codes_of(programs: Programs, rows: Sequence[np.ndarray]) -> np.ndarray:
    """`encode` of drawings as the model reads them, (n, 5) stroke-5 rows in model units."""
    codes = []
    for start in range(0, len(rows), MANY):
        part = rows[start : start + MANY]
        padded = np.zeros((max(map(len, part)), len(part), STROKE5), np.float32)
        for i, own in enumerate(part):
            padded[: len(own), i] = own
        codes.append(programs.posterior(padded, np.array(list(map(len, part)))).mean)
    return np.concatenate(codes)


def placed_like(rows: np.ndarray, sketch: Sketch, scale_factor: float, page_scale: float = 1.0) -> np.ndarray:
    """A whole drawing in the place of a sketch: its middle there, its box of 255 as large.

    Args:
        rows: (n, 3) stroke-3 after the first point, which is given; model units.
        sketch: any unit, at least one stroke.
        scale_factor: sketch units per model unit.
        page_scale: sketch units per unit of the sketch, where that has no extent.

    Returns:
        (n + 1, 3) float32 absolute rows, units of the sketch.
    """
    bounds = sketch.points().astype(np.float64)
    middle = (bounds.min(0) + bounds.max(0)) / 2
    return centred(rows, box_scale(sketch, page_scale) / scale_factor, middle)


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(K,) of the angles between codes, (K, Z) each; 0 where one has no direction."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return (a * b).sum(axis=1) / np.maximum(lengths, 1e-9)


def between(a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
    """Codes from a to b, both included, (steps, Z), along the sphere between them."""
    return at_share(a, b, np.linspace(0, 1, steps))


def at_share(a: np.ndarray, b: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """Codes at shares of the way from a to b, (K, Z): what lies between is as long as codes are.

    Args:
        a, b: (Z,).
        share: (K,), 0 for a, 1 for b.

    Reference:
        White 2016 (arXiv 1609.04468), spherical interpolation; Ha & Eck 2017, section 4.2.
    """
    parts = np.atleast_1d(np.asarray(share, np.float64))[:, None]
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    angle = np.arccos(np.clip(a @ b / lengths, -1, 1)) if lengths else 0.0
    if np.sin(angle) < 1e-6:
        return (1 - parts) * a + parts * b
    return (np.sin((1 - parts) * angle) * a + np.sin(parts * angle) * b) / np.sin(angle)


def strokes_of(rows: np.ndarray) -> Sketch:
    """The drawing of absolute rows (n, 3), all of it the model's."""
    cuts = np.flatnonzero(rows[:, 2] > 0.5) + 1
    return Sketch(tuple(Stroke(part[:, :2], "model") for part in np.split(rows, cuts) if len(part)))
