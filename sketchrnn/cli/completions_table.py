"""The table of `sketchrnn evaluate --completions`; what its columns mean stands in the verb's help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sketchrnn.engine.figures import Figures


def table(tried: Mapping[str, Mapping[float, Figures]]) -> list[str]:
    """A line for each way of finishing the drawings and each fraction that was given, below the columns' heads.

    Args:
        tried: name of the way -> fraction -> figures.
    """
    width = max(len(name) for name in tried) + (2 if len(tried) > 1 else 0)
    head = (
        f"{'':{width}}{'given':>6}{'ended':>9}{'own word':>10}{'points / human':>20}{'ink / human':>20}"
        f"{'in the box':>12}{'human':>8}{'diversity':>11}{'human':>8}{'share':>8}"
    )
    rows = [
        f"{name:{width}}{fraction:>6.0%}{_row(value)}"
        for name, figures in tried.items()
        for fraction, value in figures.items()
    ]
    return [head, *rows]


def _row(figures: Figures) -> str:
    cells = [f"{share(figures.ended):>9}{share(figures.own_category):>10}"]
    for spread in (figures.points_ratio, figures.ink_ratio):
        text = f"{spread.low:.2f} {spread.median:.2f} {spread.high:.2f}" if spread else "-"
        cells.append(f"{text:>20}")
    cells.append(f"{share(figures.overlap):>12}{share(figures.human_overlap):>8}")
    for value, width in ((figures.diversity, 11), (figures.human_diversity, 8)):
        cells.append(f"{value:>{width}.2f}" if value is not None else f"{'-':>{width}}")
    cells.append(f"{share(figures.diversity_ratio):>8}")
    return "".join(cells)


def share(value: float | None) -> str:
    """A share as a table shows it; a dash where there is none."""
    return "-" if value is None else f"{value:.1%}"
