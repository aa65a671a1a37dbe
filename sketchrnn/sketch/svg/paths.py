"""The lines of our own SVGs: one absolute `M` and `L`s, every coordinate as short as float32 allows, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

_OURS = re.compile(r"M[-+.\dL\se]+Z?")


def path_data(points: np.ndarray) -> str:
    """The `d` of a stroke.

    Args:
        points: (n, 2) float32, n >= 1.

    Returns:
        `M1 2L3 4...`; one point alone as `M1 2Z`, which renderers show as a dot (a lone `M` they do not).
    """
    pairs = ["".join((x, " ", y)) for x, y in _shortest(points)]
    return f"M{pairs[0]}Z" if len(pairs) == 1 else "M" + "L".join(pairs)


def parse_path(data: str) -> np.ndarray | None:
    """The points of a `d` that `path_data` wrote, (n, 2) float32, or None if it is written otherwise."""
    if not _OURS.fullmatch(data):
        return None
    pairs = data.removesuffix("Z")[1:].split("L")
    if data.endswith("Z") != (len(pairs) == 1):
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


def parse_widths(data: str, count: int) -> np.ndarray | None:
    """What `width_data` wrote for `count` points, (count,) float32; None if it is none of that: an even line."""
    try:
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
