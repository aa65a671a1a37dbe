"""A drawing that draws itself: CSS on the dash offset.

Without CSS animation, or where people asked for less motion, the plain drawing is seen: all of it is inside the
animation's own frames, which apply only before a stroke has been drawn and while it is.
"""

from __future__ import annotations

import numpy as np

_PEN_UP = 0.06
"""The pause between two strokes as a part of the mean stroke's time; a dot takes as long."""


def animation_style() -> list[str]:
    """Lines of a `<style>` for paths with `pathLength="1"` and class `line` or `dot`."""
    return [
        "  <style>",
        "    @keyframes line {",
        # hidden at first: with round caps some renderers show a dot where a dash of no length begins
        "      0% { stroke-dasharray: 1 2; stroke-dashoffset: 1; visibility: hidden }",
        "      0.01% { visibility: visible }",
        "      100% { stroke-dasharray: 1 2; stroke-dashoffset: 0; visibility: visible }",
        "    }",
        "    @keyframes dot { from { visibility: hidden } to { visibility: visible } }",
        "    @media (prefers-reduced-motion: no-preference) {",
        "      .line { animation: line linear backwards }",
        "      .dot { animation: dot step-end backwards }",
        "    }",
        "  </style>",
    ]


def timings(lines: list[np.ndarray], seconds: float) -> list[str]:
    """Attributes of each stroke's path: its class, and when and how long it is drawn.

    Args:
        lines: (n, 2) points of each stroke, in drawing order.
        seconds: how long the whole takes; a stroke's part grows with its length.
    """
    lengths = np.array([_length(line) for line in lines], np.float64)
    mean = lengths.mean() if len(lines) and lengths.any() else 1.0
    durations = np.maximum(lengths / mean, _PEN_UP)
    starts = np.cumsum(durations + _PEN_UP) - durations - _PEN_UP
    whole = float(starts[-1] + durations[-1]) if len(lines) else 1.0
    return [
        f' class="{"line" if length > 0 else "dot"}" pathLength="1"'
        f' style="animation-delay:{start * seconds / whole:.3f}s;animation-duration:{duration * seconds / whole:.3f}s"'
        for length, start, duration in zip(lengths, starts, durations, strict=True)
    ]


def _length(line: np.ndarray) -> float:
    return float(np.hypot(*np.diff(line.astype(np.float64), axis=0).T).sum())
