"""A drawing as a file for elsewhere, in any of the formats (`sketch/kinds.py`). Window and verbs use it alike."""

from __future__ import annotations

from typing import Any

from sketchrnn.sketch.frame import Box
from sketchrnn.sketch.kinds import PAPER_MARGIN, PAPERS, Options
from sketchrnn.sketch.palette import PAPER
from sketchrnn.sketch.raster import animation_frames, gif_bytes, png_bytes, rasterise
from sketchrnn.sketch.svg import write_svg
from sketchrnn.sketch.types import Sketch

PNG_SIDE, GIF_SIDE = 512, 480
"""Pixels of the larger side, of a PNG at 1x."""
MOST_PIXELS = 4096
"""Of a PNG's larger side."""


def exported(
    sketch: Sketch,
    options: Options,
    *,
    page: Box | None = None,
    stroke_width: float | None = None,
    pixels: float | None = None,
) -> str | bytes:
    """The content of a file of one drawing.

    Args:
        sketch: in any unit.
        options: with a format that does not collect.
        page: (left, top, right, bottom) in the sketch's units that is shown; the drawing alone if None, and on paper.
        stroke_width: in the sketch's units; what suits the page if None.
        pixels: per unit of the sketch, for a PNG of a page at 1x; `PNG_SIDE` along the larger side if None.

    Raises:
        ValueError: a format that collects drawings.
    """
    if options.format == "svg-animated":
        return write_svg(sketch, page=page, stroke_width=stroke_width, size_mm=options.size_mm, animated=True)
    if options.format == "svg":
        size_mm = options.size_mm
        if options.paper:
            page, size_mm = sheet_of(sketch, options.paper), PAPERS[options.paper][1]
        how = {"size_mm": size_mm, "plotter": options.plotter, "wide": "wide" in options.choices and options.wide}
        return write_svg(sketch, page=page, stroke_width=stroke_width, **how)
    if options.format == "png":
        side = PNG_SIDE * options.resolution
        scale = None if pixels is None else pixels * options.resolution
        background = None if options.transparent else PAPER
        return png_bytes(rasterise(sketch, background=background, **_frame(page, stroke_width, side, scale)))
    if options.format == "gif":
        return gif_bytes(animation_frames(sketch, **_frame(page, stroke_width, GIF_SIDE, None)))
    raise ValueError(f"expected a format of single drawings, got {options.format!r}")


def sheet_of(sketch: Sketch, paper: str) -> Box:
    """A sheet of paper around a drawing, which lies in its middle and is as large as its margin lets it be.

    Args:
        sketch: in any unit.
        paper: a key of `PAPERS`; it lies across where a drawing is wider than high.

    Returns:
        (left, top, right, bottom) in the sketch's units.
    """
    left, top, right, bottom = sketch.bounds() or (0.0, 0.0, 0.0, 0.0)
    sides = PAPERS[paper] if right - left <= bottom - top else PAPERS[paper][::-1]
    unit = max((right - left) / (sides[0] - 2 * PAPER_MARGIN), (bottom - top) / (sides[1] - 2 * PAPER_MARGIN))
    unit = unit or max(1.0, abs(left) * 1e-3, abs(top) * 1e-3)  # a dot: far from the origin numbers tell less
    x, y, width, height = (left + right) / 2, (top + bottom) / 2, *(side * unit / 2 for side in sides)
    return x - width, y - height, x + width, y + height


def _frame(page: Box | None, stroke_width: float | None, side: int, scale: float | None) -> dict[str, Any]:
    """Size, page, margin and line width of a picture: square around a drawing, or as long as the page is wide."""
    if page is None:
        return {"size": side}
    width, height = page[2] - page[0], page[3] - page[1]
    larger = max(width, height)
    scale = min(side / larger if scale is None else scale, MOST_PIXELS / larger)
    line = {} if stroke_width is None else {"line_width": max(stroke_width * scale, 0.5)}
    return {"size": (max(1, round(width * scale)), max(1, round(height * scale))), "page": page, "margin": 0.0, **line}
