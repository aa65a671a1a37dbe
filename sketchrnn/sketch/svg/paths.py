"""The lines of our own SVGs: one absolute `M` and `L`s, every coordinate as short as float32 allows, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

_DOT = "q0 0 0 0"
"""How a line without length ends: a curve to where it is. Inkscape draws no dot where `Z` closes a lone `M`, and vpype
leaves out both that and straight lines without length.
"""
_OURS = re.compile(rf"M[-+.\dL\se]+({_DOT}|Z)?")


def path_data(points: np.ndarray) -> str:
    """The `d` of a stroke.

    Args:
        points: (n, 2) float32, n >= 1.

    Returns:
        `M1 2L3 4...`; a dot, be it of one point or of equal ones, as `M1 2q0 0 0 0`.
    """
    pairs = ["".join((x, " ", y)) for x, y in _shortest(points)]
    return "M" + "L".join(pairs) + (_DOT if (points == points[0]).all() else "")


def parse_path(data: str) -> np.ndarray | None:
    """The points of a `d` that `path_data` wrote, (n, 2) float32, or None if it is written otherwise."""
    found = _OURS.fullmatch(data)
    if found is None:
        return None
    pairs = data.removesuffix(found[1] or "")[1:].split("L")
    # dots were written as `M1 2Z` once
    if found[1] is None if len(pairs) == 1 else found[1] == "Z":
        return None
    numbers = " ".join(pairs).split()
    if len(numbers) != 2 * len(pairs):
        return None
    try:
        with np.errstate(over="ignore"):
            points = np.array(numbers, np.float64).reshape(-1, 2).astype(np.float32)
    except ValueError:
        return None
    return points if np.isfinite(points).all() else None


def width_data(widths: np.ndarray) -> str:
    """The widths of a stroke, (n,) float32, as `parse_widths` reads them back."""
    return " ".join(text.removesuffix(".0") for text in np.asarray(widths, np.float32).astype("U32").tolist())


def shape_data(points: np.ndarray, radii: np.ndarray) -> str:
    """The `d` of a line of changing width, to be filled: a disc at each point, and what lies between two.

    All parts turn the same way, so that the usual rule (nonzero) fills what any of them covers.

    Args:
        points: (n, 2), n >= 1.
        radii: (n,), half of the width at each point, in the points' unit.
    """
    points, radii = np.asarray(points, np.float64), np.asarray(radii, np.float64)
    discs = [_disc(x, y, r) for (x, y), r in zip(points.tolist(), radii.tolist(), strict=True)]
    along = np.diff(points, axis=0)
    length = np.hypot(*along.T)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(length, 1e-12)
    sides = across * radii[:-1, None], across * radii[1:, None]
    corners = np.stack(
        [points[:-1] - sides[0], points[1:] - sides[1], points[1:] + sides[1], points[:-1] + sides[0]], 1
    )
    quads = ["M" + "L".join(f"{number(x)} {number(y)}" for x, y in quad) + "Z" for quad in corners[length[:, 0] > 0]]
    return "".join([*discs, *quads])


def _disc(x: float, y: float, radius: float) -> str:
    r, left, right, middle = number(radius), number(x - radius), number(x + radius), number(y)
    return f"M{left} {middle}A{r} {r} 0 0 1 {right} {middle}A{r} {r} 0 0 1 {left} {middle}Z"


def parse_widths(data: str, count: int) -> np.ndarray | None:
    """What `width_data` wrote for `count` points, (count,) float32; None if it is none of that: an even line."""
    try:
        with np.errstate(over="ignore"):
            widths = np.array(data.split(), np.float32)
    except ValueError:
        return None
    good = widths.shape == (count,) and bool((np.isfinite(widths) & (widths > 0)).all())
    return widths if good else None


def number(value: float) -> str:
    """A length for a person and a renderer: at most six significant digits, no exponent within reason."""
    return f"{value:.6g}"


def _shortest(points: np.ndarray) -> Iterable[list[str]]:
    """Pairs of the shortest decimals that float32 reads back exactly."""
    texts = np.asarray(points, np.float32).astype("U32").tolist()
    return ([text.removesuffix(".0") for text in pair] for pair in texts)
