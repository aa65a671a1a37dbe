"""Many sketches in one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchrnn.sketch.palette import CAPTION, PAPER
from sketchrnn.sketch.raster.lettering import lettering
from sketchrnn.sketch.raster.lines import LARGEST, coverage, painted, rasterise
from sketchrnn.sketch.types import Sketch


def contact_sheet(
    sketches: Sequence[Sketch],
    columns: int,
    cell: int = 160,
    titles: Sequence[str] | None = None,
    *,
    line_width: float | None = None,
) -> np.ndarray:
    """The sketches in rows of `columns`, each as large as its cell allows.

    Args:
        sketches: in any units, each in its own.
        columns: cells in a row, at least 1.
        cell: side of a cell in px.
        titles: one caption for each sketch, below it; none if None.
        line_width: in px, as in `rasterise`.

    Returns:
        (rows * cell, columns * cell, 3) uint8.

    Raises:
        ValueError: no column, a sheet too large for a picture, or another number of titles than of sketches.
    """
    rows = max(1, -(-len(sketches) // max(columns, 1)))
    if not (0 < columns * cell <= LARGEST and rows * cell <= LARGEST):
        raise ValueError(f"expected a sheet of 1 to {LARGEST} px a side, got {columns} x {rows} cells of {cell} px")
    if titles is not None and len(titles) != len(sketches):
        raise ValueError(f"expected {len(sketches)} titles, got {len(titles)}")
    sheet = np.full((rows * cell, columns * cell, 3), PAPER, np.uint8)
    capital = max(5.0, cell * 0.05)
    foot = int(2.4 * capital) if titles is not None else 0
    for index, sketch in enumerate(sketches):
        top, left = (part * cell for part in divmod(index, columns))
        width = max(1.3, 0.0125 * cell) if line_width is None else line_width
        picture = rasterise(sketch, (cell, max(1, cell - foot)), line_width=width)
        sheet[top : top + len(picture), left : left + cell] = picture
        if titles is not None and foot < cell:
            sheet[top + cell - foot : top + cell, left : left + cell] = _caption(titles[index], (cell, foot), capital)
    return sheet


def _caption(text: str, size: tuple[int, int], capital: float) -> np.ndarray:
    """One line of text in the middle of a strip, smaller where it would not fit."""
    _, width = lettering(text, capital)
    fits = min(1.0, 0.94 * size[0] / width) if width > 0 else 1.0
    lines, width = lettering(text, capital * fits)
    placed = [line + ((size[0] - width) / 2, 0.4 * capital) for line in lines]
    return painted([(CAPTION, coverage(placed, size, max(1.0, capital * fits * 0.14)))], size, PAPER)
