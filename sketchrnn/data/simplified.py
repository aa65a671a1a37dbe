"""Whether drawings are in Quick, Draw!'s simplified form already, and bringing them there where they are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sketchrnn.data.blocks import Block
from sketchrnn.data.records import INK
from sketchrnn.sketch.formats import to_stroke3
from sketchrnn.sketch.frame import BOX, without_unit_notes
from sketchrnn.sketch.preprocess import preprocess
from sketchrnn.sketch.types import Sketch, Stroke


def in_simplified_form(sketch: Sketch, *, strict: bool = False) -> bool:
    """Whether a drawing has whole coordinates in the 0..255 box and is not marked as raw ink.

    Args:
        strict: take only drawings whose larger side is 255, for files (SVG) whose unit could be anything.
    """
    if not sketch.strokes or INK in sketch.provenance:
        return not sketch.strokes
    points = sketch.points()
    if (points != np.rint(points)).any():
        return False
    low, high = points.min(0), points.max(0)
    return bool((low >= 0).all() and (high <= BOX).all() and (not strict or (high - low).max() == BOX))


def simplified(sketch: Sketch, *, strict: bool = False) -> Sketch:
    """The drawing in the simplified form; one that is in it is only moved to the box's top left if it lies elsewhere.

    Args:
        sketch: in any unit.
        strict: as in `in_simplified_form`.
    """
    if in_simplified_form(sketch, strict=strict):
        return without_unit_notes(sketch)  # the box's unit from here on
    points = sketch.points()
    moved = sketch.with_strokes(
        [Stroke(stroke.points - points.min(0), stroke.author) for stroke in sketch.strokes], sketch.pen_down
    )
    # sketch-rnn's published rows are simplified but begin anywhere
    result = without_unit_notes(moved) if in_simplified_form(moved, strict=True) else preprocess(sketch)
    return replace(result, provenance=tuple(note for note in result.provenance if note != INK))


def simplified_rows(block: Block) -> tuple[np.ndarray, np.ndarray]:
    """The drawings of a block in the simplified form.

    Args:
        block: without empty drawings.

    Returns:
        (N, 3) int16 rows, the first row of each drawing its absolute first point, and (D + 1,) offsets. The last row of
        each drawing has its pen lifted, also where the drawing was cut.
    """
    whole = block.rows.dtype.kind in "iu" or (block.rows == np.rint(block.rows)).all()
    if whole and not block.raw.any():
        if block.points.min() >= 0 and block.points.max() <= BOX:
            return _lifted(block.rows.astype(np.int16), block.offsets), block.offsets
        starts = block.offsets[:-1]
        low, high = np.minimum.reduceat(block.points, starts), np.maximum.reduceat(block.points, starts)
        inside = np.all((low >= 0) & (high <= BOX), axis=1)
        if (inside | ((high - low).max(1) == BOX)).all():
            return _placed(block, np.where(inside[:, None], 0, low))
    return _one_by_one(block)


def _placed(block: Block, corner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = block.rows.astype(np.int64)
    rows[block.offsets[:-1], :2] -= corner.astype(np.int64)
    return _lifted(rows.astype(np.int16), block.offsets), block.offsets


def _one_by_one(block: Block) -> tuple[np.ndarray, np.ndarray]:
    parts = [to_stroke3(simplified(sketch)).astype(np.int16) for sketch in block.sketches()]
    offsets = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return _lifted(np.concatenate(parts), offsets), offsets


def _lifted(rows: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    rows[offsets[1:] - 1, 2] = 1
    return rows
