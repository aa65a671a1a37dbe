"""Drawings through their latent code: drawn again, and what lies between two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchrnn.engine import drawing
from sketchrnn.engine.endings import noise_of
from sketchrnn.engine.messages import CompletionRequest
from sketchrnn.engine.placing import Placed, centred
from sketchrnn.engine.prefix import StateCache, prefix_of
from sketchrnn.engine.programs import MANY, Programs
from sketchrnn.errors import EngineError
from sketchrnn.model.config import STROKE5
from sketchrnn.sketch.formats import START_TOKEN
from sketchrnn.sketch.frame import to_model_units
from sketchrnn.sketch.preprocess import BOX, preprocess
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.weights import WeightBundle


def require_latent(bundle: WeightBundle) -> None:
    """Raises EngineError for a model without a latent code."""
    if not bundle.config.conditional:
        raise EngineError(
            f"the model {bundle.name!r} has no latent code, which redrawing and morphing need",
            hint="Train one that has (sketchrnn train --preset paper) and name it with --model.",
        )


def encode(programs: Programs, bundle: WeightBundle, sketches: Sequence[Sketch]) -> np.ndarray:
    """The mean of q(z given sketch) of drawings in any unit, (K, Z) float32.

    Raises:
        EngineError: the model has no latent code, or a sketch is empty.
    """
    require_latent(bundle)
    if not all(sketch.strokes for sketch in sketches):
        raise EngineError("an empty drawing has no latent code")
    rows = [to_model_units(prefix_of(preprocess(s), 1.0).rows, bundle.scale_factor) for s in sketches]
    codes = []
    for start in range(0, len(rows), MANY):
        part = rows[start : start + MANY]
        padded = np.zeros((max(map(len, part)), len(part), STROKE5), np.float32)
        for i, own in enumerate(part):
            padded[: len(own), i] = own
        codes.append(programs.posterior(padded, np.array(list(map(len, part)))).mean)
    return np.concatenate(codes)


def decode(
    programs: Programs, bundle: WeightBundle, codes: np.ndarray, category: int, like: CompletionRequest
) -> list[np.ndarray]:
    """Draw from latent codes.

    Args:
        codes: (K, Z).
        category: the embedding's row.
        like: its seed, temperature and max_points count; drawing i gets the noise of ending i modulo its endings.

    Returns:
        K arrays of stroke-3 rows, model units, after the first point, which is given.
    """
    condition = np.concatenate([programs.embed([category] * len(codes)), codes.astype(np.float32)], axis=1)
    reads = StateCache(programs).read([START_TOKEN[None]] * len(codes), condition, keep=False)
    noise = noise_of(like)
    endings = [
        drawing.Ending(read.state, own, noise[i % len(noise)], like.temperature, like.max_points)
        for i, (read, own) in enumerate(zip(reads, condition, strict=True))
    ]
    for _ in drawing.finish(programs, endings):
        pass
    return [ending.all_rows() for ending in endings]


def placed_like(rows: np.ndarray, sketch: Sketch, scale_factor: float) -> Sketch:
    """A redrawn sketch where the sketch is: its first point there, its box of 255 as large."""
    low, high = sketch.points().min(0), sketch.points().max(0)
    unit = float((high - low).max()) / BOX or 1.0
    start = sketch.strokes[0].points[0].astype(np.float64)
    points = Placed(start, 1 / (unit * scale_factor)).next(rows)
    return _drawn(np.concatenate([[[*start, 0]], points]))


def placed_in_box(rows: np.ndarray, scale_factor: float) -> Sketch:
    """A sketch in the middle of the 0..255 box."""
    return _drawn(centred(rows, 1 / scale_factor, 1.0))


def between(a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
    """Codes from a to b, both included, (steps, Z), along the sphere between them.

    Reference:
        White 2016 (arXiv 1609.04468), spherical interpolation; Ha & Eck 2017, section 4.2.
    """
    parts = np.linspace(0, 1, steps)[:, None]
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    angle = np.arccos(np.clip(a @ b / lengths, -1, 1)) if lengths else 0.0
    if np.sin(angle) < 1e-6:
        return (1 - parts) * a + parts * b
    return (np.sin((1 - parts) * angle) * a + np.sin(parts * angle) * b) / np.sin(angle)


def _drawn(rows: np.ndarray) -> Sketch:
    cuts = np.flatnonzero(rows[:, 2] > 0.5) + 1
    return Sketch(tuple(Stroke(part[:, :2], "model") for part in np.split(rows, cuts) if len(part)))
