"""The order in which a plotter draws strokes, so that its pen travels little while it is up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_PASSES = 12
"""Rounds of improvement at most; drawings come to rest after two to five."""
_MOST_IMPROVED = 3000
"""Strokes up to which the order is improved; each round compares every pair."""


class Turn(NamedTuple):
    """One stroke in a plotter's order: its index among the strokes, and whether it is drawn from its end."""

    index: int
    backwards: bool


def plotter_order(lines: Sequence[np.ndarray]) -> list[Turn]:
    """An order, and a sense for each line, that shortens the way between them.

    The nearest end next, from the corner with the smallest x and y on; then stretches of the order are turned around
    as long as that helps (2-opt, Croes 1958). Never longer than the order given.

    Args:
        lines: (n, 2) points each, n >= 1.

    Returns:
        Every line once.
    """
    if not lines:
        return []
    ends = np.array([(line[0], line[-1]) for line in lines], np.float64)
    home = np.min([line.min(0) for line in lines], axis=0).astype(np.float64)
    turns = _improved(_nearest_next(ends, home), ends, home)
    given = [Turn(index, False) for index in range(len(lines))]
    return min(given, turns, key=lambda order: _way(order, ends, home))


def pen_up_travel(lines: Sequence[np.ndarray]) -> float:
    """The length of the way between the lines, drawn in the order given, in their unit."""
    return float(sum(np.hypot(*(b[0] - a[-1].astype(np.float64))) for a, b in zip(lines[:-1], lines[1:], strict=True)))


def _nearest_next(ends: np.ndarray, at: np.ndarray) -> list[Turn]:
    left = np.ones(len(ends), bool)
    turns = []
    for _ in range(len(ends)):
        far = np.where(left[:, None], ((ends - at) ** 2).sum(2), np.inf)
        index, backwards = divmod(int(far.argmin()), 2)
        left[index] = False
        turns.append(Turn(index, bool(backwards)))
        at = ends[index, 1 - backwards]
    return turns


def _improved(turns: list[Turn], ends: np.ndarray, home: np.ndarray) -> list[Turn]:
    if len(turns) > _MOST_IMPROVED:
        return turns
    for _ in range(_PASSES):
        before = _way(turns, ends, home)
        for first in range(len(turns)):
            turns = _turned(turns, ends, home, first)
        if _way(turns, ends, home) > before * (1 - 1e-9):
            break
    return turns


def _turned(turns: list[Turn], ends: np.ndarray, home: np.ndarray, first: int) -> list[Turn]:
    """The order with the stretch from `first` to the best last one turned around, if that helps."""
    starts, stops = _placed(turns, ends)
    at = home if first == 0 else stops[first - 1]
    arrives = _apart(at, stops[first:]) - _apart(at, starts[first])
    leaves = np.zeros(len(turns) - first)  # after the last one the pen goes nowhere
    leaves[:-1] = _apart(starts[first], starts[first + 1 :]) - _apart(stops[first:-1], starts[first + 1 :])
    gain = arrives + leaves
    last = int(gain.argmin())
    if gain[last] > -1e-9:
        return turns
    last += first
    stretch = [Turn(turn.index, not turn.backwards) for turn in reversed(turns[first : last + 1])]
    return [*turns[:first], *stretch, *turns[last + 1 :]]


def _way(turns: Sequence[Turn], ends: np.ndarray, home: np.ndarray) -> float:
    starts, stops = _placed(turns, ends)
    return float(_apart(home, starts[0]) + _apart(stops[:-1], starts[1:]).sum())


def _placed(turns: Sequence[Turn], ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the pen comes down and where it lifts, (n, 2) each."""
    index, backwards = (np.array(part) for part in zip(*turns, strict=True))
    senses = backwards.astype(np.int64)
    return ends[index, senses], ends[index, 1 - senses]


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.hypot(*np.moveaxis(a - b, -1, 0))
