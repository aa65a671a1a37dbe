"""Drawings of other programs and of data sets, put on the page."""

from __future__ import annotations

from sketchrnn.app.state import PAGE_SIDE
from sketchrnn.sketch.frame import BOX, Frame
from sketchrnn.sketch.types import Sketch

SHARE = 0.8
"""Of the page's side, that a drawing of a data set's full size takes."""


def on_page(sketch: Sketch) -> Sketch:
    """The sketch in the middle of the page: as large as it is within Quick, Draw!'s box, so that half a drawing stays
    half as large; what is larger than the box is shrunk to fit.

    Args:
        sketch: any units.
    """
    margin = (1 - SHARE) / 2 * PAGE_SIDE
    page = (0.0, 0.0, PAGE_SIDE, PAGE_SIDE)
    frame = Frame.fitting(sketch.bounds(), page, margin, most=SHARE * PAGE_SIDE / BOX)
    return frame.from_sketch_units(sketch)
