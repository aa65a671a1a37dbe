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


class _Order(NamedTuple):
    """All turns: (n,) int64 indices, and (n,) int64 ends at which the pen comes down, 0 or 1."""

    index: np.ndarray
    begins: np.ndarray


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
    given = _Order(np.arange(len(lines)), np.zeros(len(lines), np.int64))
    found = _improved(_nearest_next(ends, home), ends, home)
    index, begins = min(given, found, key=lambda order: _way(*_placed(order, ends), home))
    return [Turn(i, bool(end)) for i, end in zip(index.tolist(), begins.tolist(), strict=True)]


def pen_up_travel(lines: Sequence[np.ndarray]) -> float:
    """The length of the way between the lines, drawn in the order given, in their unit."""
    return float(sum(np.hypot(*(b[0] - a[-1].astype(np.float64))) for a, b in zip(lines[:-1], lines[1:], strict=True)))


def _nearest_next(ends: np.ndarray, at: np.ndarray) -> _Order:
    left = np.ones(len(ends), bool)
    nearest = np.empty(len(ends), np.int64)
    for turn in range(len(ends)):
        far = np.where(left[:, None], ((ends - at) ** 2).sum(2), np.inf)
        nearest[turn] = far.argmin()
        index, begin = divmod(int(nearest[turn]), 2)
        left[index] = False
        at = ends[index, 1 - begin]
    return _Order(*np.divmod(nearest, 2))


def _improved(order: _Order, ends: np.ndarray, home: np.ndarray) -> _Order:
    if len(ends) > _MOST_IMPROVED:
        return order
    starts, stops = _placed(order, ends)
    for _ in range(_PASSES):
        before = _way(starts, stops, home)
        for first in range(len(ends)):
            last = _worth_turning(starts, stops, home, first)
            if last is not None:
                _turn_around(order, starts, stops, slice(first, last + 1))
        if _way(starts, stops, home) > before * (1 - 1e-9):
            break
    return order


def _worth_turning(starts: np.ndarray, stops: np.ndarray, home: np.ndarray, first: int) -> int | None:
    """The best last one of a stretch from `first` to be turned around; None where that does not help."""
    at = home if first == 0 else stops[first - 1]
    gain = _apart(at, stops[first:]) - _apart(at, starts[first])
    # after the last one the pen goes nowhere
    gain[:-1] += _apart(starts[first], starts[first + 1 :]) - _apart(stops[first:-1], starts[first + 1 :])
    last = int(gain.argmin())
    return None if gain[last] > -1e-9 else first + last


def _turn_around(order: _Order, starts: np.ndarray, stops: np.ndarray, stretch: slice) -> None:
    # in place: a list of turns made anew for every stroke took n steps of Python for each of n strokes
    order.index[stretch] = order.index[stretch][::-1]
    order.begins[stretch] = 1 - order.begins[stretch][::-1]
    starts[stretch], stops[stretch] = stops[stretch][::-1].copy(), starts[stretch][::-1].copy()


def _way(starts: np.ndarray, stops: np.ndarray, home: np.ndarray) -> float:
    return float(_apart(home, starts[0]) + _apart(stops[:-1], starts[1:]).sum())


def _placed(order: _Order, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the pen comes down and where it lifts, (n, 2) each."""
    return ends[order.index, order.begins], ends[order.index, 1 - order.begins]


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.hypot(*(a - b).T)
