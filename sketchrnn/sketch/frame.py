"""Conversions between spaces: canvas px or page units <-> sketch units <-> model units. They live here only."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sketchrnn.sketch.types import Sketch

Box = tuple[float, float, float, float]
"""(left, top, right, bottom), x to the right, y down."""
BOX = 255.0
"""The larger side of a drawing in sketch units: that of Quick, Draw!'s box."""

PAGE_NOTE = "page"
"""Provenance entry of the program's own documents: the side of the page's square, in their units."""
SCALE_NOTE = "scale"
"""Provenance entry of a drawing that a model drew in: sketch units per unit of the drawing, as the model read it."""
_UNIT_NOTES = (PAGE_NOTE, SCALE_NOTE)


def without_unit_notes(sketch: Sketch) -> Sketch:
    """The sketch without what its provenance says of its unit, as it has to be in another; the same object if that is
    nothing.
    """
    notes = tuple(note for note in sketch.provenance if note[0] not in _UNIT_NOTES)
    return sketch if len(notes) == len(sketch.provenance) else replace(sketch, provenance=notes)


def noted_page(sketch: Sketch) -> float | None:
    """The side of the page's square, in the sketch's units; None where it is not known."""
    try:
        side = float(sketch.note(PAGE_NOTE) or 0)
    except ValueError:
        return None
    return side if 0 < side < np.inf else None


def noted_scale(sketch: Sketch) -> float | None:
    """The scale that a model's strokes in the sketch were drawn at; None where there are none, or it is not known."""
    if not any(stroke.author == "model" for stroke in sketch.strokes):
        return None
    try:
        scale = float(sketch.note(SCALE_NOTE) or 0)
    except ValueError:
        return None
    return scale if 1e-4 <= scale <= 1e4 else None


def box_scale(sketch: Sketch, page_scale: float = 1.0) -> float:
    """Sketch units per unit of a whole drawing: its larger side is that of Quick, Draw!'s box.

    Args:
        sketch: at least one stroke.
        page_scale: that of a drawing without extent.
    """
    left, top, right, bottom = sketch.bounds() or (0.0, 0.0, 0.0, 0.0)
    side = max(right - left, bottom - top)
    return min(max(BOX / side, 1e-4), 1e4) if side > 0 else page_scale


def page_scale_of(sketch: Sketch) -> float:
    """Sketch units per unit of a drawing that may be in any, as an SVG's, at its page's own scale.

    The page is a square: the one that the drawing notes, else one of which it takes half; 1 where nothing tells.
    """
    left, top, right, bottom = sketch.bounds() or (0.0, 0.0, 0.0, 0.0)
    side = noted_page(sketch) or 2 * max(right - left, bottom - top)
    return min(max(BOX / side, 1e-4), 1e4) if side > 0 else 1.0


@dataclass(frozen=True)
class Frame:
    """Where sketch units lie in another space (the page's units, the canvas's or an image's pixels).

    Args:
        scale: units of the other space per sketch unit, above 0; the same in x and y.
        origin: the point of the other space where sketch unit (0, 0) lies.

    Raises:
        ValueError: a scale or an origin that cannot be.
    """

    scale: float = 1.0
    origin: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self):
        if not 0 < self.scale < np.inf:
            raise ValueError(f"expected a scale above 0, got {self.scale}")
        if len(self.origin) != 2 or not np.isfinite(self.origin).all():
            raise ValueError(f"expected a finite origin (x, y), got {self.origin}")

    @classmethod
    def fitting(cls, bounds: Box | None, box: Box, margin: float = 0.0, most: float = np.inf) -> Frame:
        """The frame that shows `bounds` as large as they go, centred in `box`.

        Args:
            bounds: what is to be seen, in sketch units; None for nothing, which lies at scale 1 from the box's middle.
            box: where, in the other space.
            margin: left free on every side, in units of the other space.
            most: the largest scale; also the one of bounds without extent, if finite (else those get 1).
        """
        bounds = (0.0, 0.0, 0.0, 0.0) if bounds is None else bounds
        size = np.subtract(bounds[2:], bounds[:2])
        room = np.maximum(np.subtract(box[2:], box[:2]) - 2 * margin, 1e-9)
        scales = [float(space / side) for space, side in zip(room, size, strict=True) if side > 0]
        scale = min([*scales, most])
        scale = scale if np.isfinite(scale) else 1.0
        middle, centre = np.add(bounds[:2], bounds[2:]) / 2, np.add(box[:2], box[2:]) / 2
        x, y = centre - middle * scale
        return cls(scale, (float(x), float(y)))

    def points_to_sketch_units(self, points: np.ndarray) -> np.ndarray:
        """(..., 2) float64 in sketch units of (..., 2) in the other space."""
        return (np.asarray(points, np.float64) - self.origin) / self.scale

    def points_from_sketch_units(self, points: np.ndarray) -> np.ndarray:
        """(..., 2) float64 in the other space of (..., 2) in sketch units."""
        return np.asarray(points, np.float64) * self.scale + self.origin

    def to_sketch_units(self, sketch: Sketch) -> Sketch:
        """The sketch, given in the other space, in sketch units; notes on its unit are left out."""
        return _with_points(sketch, self.points_to_sketch_units)

    def from_sketch_units(self, sketch: Sketch) -> Sketch:
        """The sketch, given in sketch units, in the other space; notes on its unit are left out."""
        return _with_points(sketch, self.points_from_sketch_units)


def to_model_units(rows: np.ndarray, scale_factor: float) -> np.ndarray:
    """Rows with their offsets in model units: sketch units divided by the model's scale factor.

    Args:
        rows: (..., k) stroke-3 or stroke-5 rows, offsets (dx, dy) first, in sketch units.
        scale_factor: sketch units per model unit, above 0 (the standard deviation of the training's offsets).

    Returns:
        The same shape, float32.

    Raises:
        ValueError: a scale factor that is not above zero.
    """
    return _scaled(rows, scale_factor, np.divide)


def from_model_units(rows: np.ndarray, scale_factor: float) -> np.ndarray:
    """Rows with their offsets in sketch units; the inverse of `to_model_units`."""
    return _scaled(rows, scale_factor, np.multiply)


def _scaled(rows: np.ndarray, scale_factor: float, operation: np.ufunc) -> np.ndarray:
    if not 0 < scale_factor < np.inf:
        raise ValueError(f"expected a scale factor above 0, got {scale_factor}")
    rows = np.array(rows, np.float32)
    rows[..., :2] = operation(rows[..., :2], np.float32(scale_factor))
    return rows


def _with_points(sketch: Sketch, convert) -> Sketch:
    strokes = (stroke.with_points(convert(stroke.points)) for stroke in sketch.strokes)
    return without_unit_notes(sketch.with_strokes(strokes, sketch.pen_down))
