"""Many sketches on one page, as SVG."""

from __future__ import annotations

from collections.abc import Sequence

from sketchrnn.sketch.frame import Frame
from sketchrnn.sketch.palette import CAPTION, PAPER, colour_of, hexadecimal
from sketchrnn.sketch.svg.paths import number, path_data
from sketchrnn.sketch.svg.xmltext import SVG, escaped
from sketchrnn.sketch.types import Sketch

_CAPTION_PART = 0.09
"""Height of a caption's letters as a part of the cell."""


def contact_sheet_svg(
    sketches: Sequence[Sketch], columns: int, cell: float = 160.0, titles: Sequence[str] | None = None
) -> str:
    """The sketches in rows of `columns`, each as large as its cell allows.

    Args:
        sketches: in any units, each in its own.
        columns: cells in a row, at least 1.
        cell: side of a cell in CSS pixels.
        titles: one caption for each sketch, below it; none if None.

    Returns:
        The document, equal for equal input. It is a picture: `read_svg` sees its lines as one drawing.

    Raises:
        ValueError: no column, a cell that is not above zero, or another number of titles than of sketches.
    """
    if columns < 1 or not cell > 0:
        raise ValueError(f"expected at least one column and a cell above 0, got {columns} and {cell}")
    if titles is not None and len(titles) != len(sketches):
        raise ValueError(f"expected {len(sketches)} titles, got {len(titles)}")
    width, height = columns * cell, max(1, -(-len(sketches) // columns)) * cell
    size = f'width="{number(width)}" height="{number(height)}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="{SVG}" {size} viewBox="0 0 {number(width)} {number(height)}">',
        f'  <rect {size} fill="{hexadecimal(PAPER)}"/>',
    ]
    for index, sketch in enumerate(sketches):
        row, column = divmod(index, columns)
        lines += _cell(sketch, (column * cell, row * cell), cell, titles[index] if titles is not None else "")
    return "\n".join([*lines, "</svg>"]) + "\n"


def _cell(sketch: Sketch, corner: tuple[float, float], cell: float, title: str) -> list[str]:
    left, top = corner
    caption = cell * _CAPTION_PART
    bottom = top + cell - (1.8 * caption if title else 0)
    placed = Frame.fitting(sketch.bounds(), (left, top, left + cell, bottom), cell * 0.08, most=cell)
    width = number(max(1.0, cell * 0.0125))
    lines = [f'  <g fill="none" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round">']
    for stroke in placed.from_sketch_units(sketch).strokes:
        colour = hexadecimal(colour_of(stroke))
        lines.append(f'    <path stroke="{colour}" d="{path_data(stroke.points.round(2))}"/>')
    lines.append("  </g>")
    if title:
        place = f'x="{number(left + cell / 2)}" y="{number(top + cell - caption)}" text-anchor="middle"'
        style = f'font-family="sans-serif" font-size="{number(caption)}" fill="{hexadecimal(CAPTION)}"'
        lines.append(f"  <text {place} {style}>{escaped(title)}</text>")
    return lines
