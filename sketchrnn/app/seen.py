"""The completions seen of one drawing: each can be brought back until the drawing changes. Pure."""

from __future__ import annotations

from dataclasses import replace

from sketchrnn.app.state import AppState, Offer

MOST_SEEN = 64
"""Offers that are kept; the oldest go first. Nine endings of 200 points are 22 kB."""


def remembered(state: AppState) -> AppState:
    """The state with its offer among those seen, and without those of another drawing."""
    seen, strokes = state.seen, state.sketch.strokes
    if seen and seen[0].prefix.strokes is not strokes and seen[0].prefix.strokes != strokes:
        seen = ()
    if state.offer is not None:
        seen = remember(seen, state.offer)
    return state if seen is state.seen else replace(state, seen=seen)


def remember(seen: tuple[Offer, ...], offer: Offer) -> tuple[Offer, ...]:
    """The offers with one more, in the place of what it holds already; the same tuple if they hold it.

    Args:
        seen: oldest first.
        offer: as far as it has come; one without a point is not seen yet.
    """
    if any(old.endings is offer.endings and old.whole == offer.whole for old in seen):
        return seen
    if not any(len(ending.rows) for ending in offer.endings):
        return seen
    held = [covers(offer, old) for old in seen]
    if any(covers(old, offer) and not less for old, less in zip(seen, held, strict=True)):
        return seen
    place = held.index(True) if True in held else len(seen)
    left = [old for old, less in zip(seen, held, strict=True) if not less]
    left.insert(place, offer)
    return tuple(left[-MOST_SEEN:])


def covers(offer: Offer, other: Offer) -> bool:
    """Whether the first holds all that has come of the other: the same question's endings, as many and as long."""
    if offer.request.seed != other.request.seed:
        return False
    if replace(offer.request, endings=other.request.endings) != other.request:
        return False
    lengths = {ending.index: len(ending.rows) for ending in offer.endings}
    return all(len(ending.rows) <= lengths.get(ending.index, -1) for ending in other.endings)


def current(state: AppState) -> int | None:
    """Which of those seen is shown now; None for none."""
    offer = state.offer
    if offer is None:
        return None
    return next((i for i, old in enumerate(state.seen) if old is offer or covers(old, offer)), None)


def is_shown(state: AppState) -> bool:
    """Whether there is one to bring back that is not there to be seen anyway."""
    if not state.settings.model_on or not state.seen:
        return False
    return len(state.seen) > 1 or current(state) is None
