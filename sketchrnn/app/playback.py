"""How much of a completion is shown: a pure function of what has come, when it began, and the speed.

Shown points are a float: 3.5 means three points and half of the way to the fourth, so that slow playback is smooth.
"""

from __future__ import annotations

import numpy as np

from sketchrnn.app.state import Offer, Playback


def longest(offer: Offer) -> int:
    """Points of the ending that has most of them so far."""
    return max((len(ending.rows) for ending in offer.endings), default=0)


def shown_points(offer: Offer, now: float, speed: float) -> float:
    """Points of every ending that are shown, at most as many as have come.

    Args:
        offer: the completion.
        now: seconds.
        speed: points per second; infinity shows all at once.
    """
    play = offer.playback
    if play.held:
        return min(play.base, float(longest(offer)))
    if speed == float("inf"):
        return float(longest(offer))
    return min(play.base + max(0.0, now - play.started) * speed, float(longest(offer)))


def rebased(offer: Offer, now: float, speed: float) -> Playback:
    """The playback that goes on from what is shown now: so that a pause in the stream is not made up for by a jump,
    and a new speed holds from now on.
    """
    return Playback(now, shown_points(offer, now, speed), offer.playback.held)


def is_over(offer: Offer, now: float, speed: float) -> bool:
    """Whether all that will come has come and is shown."""
    return all(ending.over for ending in offer.endings) and shown_points(offer, now, speed) >= longest(offer)


def stroke_ends(rows: np.ndarray) -> list[int]:
    """How many rows are shown at the end of each stroke, the one that is not lifted yet among them.

    Args:
        rows: (n, 3) float32, absolute x, y and pen_lifted.
    """
    ends = (np.flatnonzero(rows[:, 2] > 0.5) + 1).tolist()
    return ends if not len(rows) or (ends and ends[-1] == len(rows)) else [*ends, len(rows)]


def visible_rows(rows: np.ndarray, shown: float) -> np.ndarray:
    """The rows to draw: whole ones, and the one on its way as a point between its neighbours.

    Args:
        rows: (n, 3) float32, absolute x, y and pen_lifted.
        shown: how many, 0 to n or more.

    Returns:
        (m, 3) float32, m <= n. Where the pen travels lifted to the next stroke, nothing is drawn on the way.
    """
    whole = min(int(shown), len(rows))
    part = shown - whole
    if whole == 0 or whole == len(rows) or part <= 0 or rows[whole - 1, 2] > 0.5:
        return rows[:whole]
    on_the_way = rows[whole].copy()
    on_the_way[:2] = (1 - part) * rows[whole - 1, :2] + part * rows[whole, :2]
    on_the_way[2] = 0
    return np.concatenate([rows[:whole], on_the_way[None]])


def pen_tip(rows: np.ndarray, shown: float) -> tuple[float, float] | None:
    """Where the model's pen is, page units, lifted or not; None before the first point."""
    whole = min(int(shown), len(rows))
    if whole == 0:
        return None
    here = rows[whole - 1, :2]
    there = rows[min(whole, len(rows) - 1), :2]
    at = here + np.float32(min(shown - whole, 1.0)) * (there - here)
    return float(at[0]), float(at[1])
