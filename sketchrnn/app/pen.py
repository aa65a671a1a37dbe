"""How the pen draws: steadily; wider where it is slow, narrower where it is fast and at both ends. Plain arithmetic.

A point's width follows from the points before it alone and from where the stroke begins, so that nothing already drawn
changes under the pen; the taper at the end comes when the pen lifts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LOOKED_BACK = 0.08
"""Seconds over which the pen's speed is taken: some frames, so that a late one does not show."""
ONE_FRAME = 0.004
"""Seconds within which events come together: a window hears of several motions at once."""
SLOW, FAST = 100.0, 2200.0
"""Points per second: the pen is at its widest below the first, at its narrowest above the second."""
WIDEST, NARROWEST = 1.2, 0.5
"""Factors of the ink's width."""
TAPER = 2.5
"""Length of a taper in widths of the ink; no more than a third of the stroke."""
TIP = 0.45
"""Of the width, at the very end of a taper."""

NEAR = 10.0
"""Screen px between points of a hand's line; those farther apart are where somebody wanted them."""
STEADIED = 0.75
"""Screen px that a point is moved at most: a mouse knows whole px, and corners are to stay."""


@dataclass(frozen=True)
class Hand:
    """What a stroke depends on beside its points.

    Args:
        width: of the ink, page units.
        zoom: points per page unit: a hand is as fast on a page that is looked at closely, and on a dense display.
    """

    width: float
    zoom: float


def steadied(points: np.ndarray, zoom: float) -> np.ndarray:
    """The points without the steps of the px that they were measured in; both ends stay exactly where they are.

    A point's place follows from the two points before and the two after it: under the pen only the end still moves.

    Args:
        points: (n, 2) page units.
        zoom: screen px per page unit.

    Returns:
        (n, 2) float64, each at most `STEADIED` px away.
    """
    points = np.asarray(points, np.float64)
    moved = _between_neighbours(_between_neighbours(points, zoom), zoom) - points
    length = np.hypot(*moved.T)[:, None] * zoom
    return points + moved * np.minimum(1.0, STEADIED / np.maximum(length, 1e-9))


def _between_neighbours(points: np.ndarray, zoom: float) -> np.ndarray:
    if len(points) < 3:
        return points
    near = np.hypot(*np.diff(points, axis=0).T) * zoom < NEAR
    share = np.where(near[:-1] & near[1:], 0.25, 0.0)[:, None]
    inner = points[1:-1] * (1 - 2 * share) + (points[:-2] + points[2:]) * share
    return np.concatenate([points[:1], inner, points[-1:]])


def pen_widths(points: np.ndarray, times: np.ndarray, hand: Hand, lifted: bool) -> np.ndarray:
    """Factors of the ink's width at each point.

    Args:
        points: (n, 2) page units, n >= 1; equal points may follow each other.
        times: (n,) seconds at which they were heard of, never falling.
        hand: the ink's width and the zoom.
        lifted: whether the stroke is whole, and tapers at its end, too.

    Returns:
        (n,) float32, in hundredths, above 0; all 1 for a dot.
    """
    points = np.asarray(points, np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    if along[-1] <= hand.width:
        return np.ones(len(points), np.float32)
    fast = (_speeds(along * hand.zoom, np.asarray(times, np.float64)) - SLOW) / (FAST - SLOW)
    widths = WIDEST + (NARROWEST - WIDEST) * _eased(fast)
    taper = TAPER * hand.width
    if lifted:
        taper = min(taper, along[-1] / 3)
        widths *= TIP + (1 - TIP) * _eased((along[-1] - along) / taper)
    widths *= TIP + (1 - TIP) * _eased(along / taper)
    return np.round(widths, 2).astype(np.float32)


def _speeds(along: np.ndarray, times: np.ndarray) -> np.ndarray:
    # points per second over the time looked back on; 0 at the first point
    times = _spread(times)
    before = np.interp(times - LOOKED_BACK, times, along)
    return (along - before) / LOOKED_BACK


def _spread(times: np.ndarray) -> np.ndarray:
    # motions that were heard of together lay evenly between the ones heard of before and these
    last = np.flatnonzero(np.append(np.diff(times) > ONE_FRAME, True))
    at = np.arange(len(times))
    known = np.concatenate([[times[0] - ONE_FRAME], times[last]])
    return np.interp(at, np.concatenate([[-1], last]), known)


def _eased(share: np.ndarray) -> np.ndarray:
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)
