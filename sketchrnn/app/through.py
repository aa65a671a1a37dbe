"""What is drawn through the latent code instead of endings: the drawing anew, or what lies between two. Pure values.

Such drawings are shown, remembered and kept as endings are, but that the one kept takes the place of what it was drawn
after, and not a place beside it.

The second drawing of two is named by what is at hand. Where some strokes are selected, it is the rest of the page: the
selection says which one, what is left says the other, and both are in view. Else it is a file: a page has one drawing,
so another one can only come from outside, and that panel, with the files of late first, is where drawings come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sketchrnn.engine.messages import CompletionRequest, MorphRequest, Request
from sketchrnn.sketch.selecting import without
from sketchrnn.sketch.types import Sketch

if TYPE_CHECKING:
    from sketchrnn.app.state import AppState, Offer


@dataclass(frozen=True)
class Through:
    """What the latent code is asked for.

    Args:
        other: the drawing at the way's other end, page units; None: the drawing anew.
        category: what that one is, if it says so.
        at: which of the drawings on the way is shown large, from 0.
    """

    other: Sketch | None = None
    category: str | None = None
    at: int = 0


def through_of(request: Request) -> Through | None:
    """What a request asks of the latent code; None for endings."""
    if isinstance(request, CompletionRequest):
        return None
    return Through(request.other, request.other_category) if isinstance(request, MorphRequest) else Through()


def replaces(offer: Offer) -> bool:
    """Whether what is kept of it takes the place of what it was drawn after."""
    return not isinstance(offer.request, CompletionRequest)


def kept_ground(sketch: Sketch, offer: Offer | None) -> Sketch:
    """What is left of a drawing when an offer's ending is drawn onto it."""
    if offer is None or not replaces(offer):
        return sketch
    return without(sketch, offer.part or range(len(sketch.strokes)))


def shown_ground(sketch: Sketch, offer: Offer | None) -> Sketch:
    """What endings side by side are shown on: of a way between two drawings nothing else is shown."""
    if offer is not None and isinstance(offer.request, MorphRequest):
        return sketch.with_strokes(())
    return kept_ground(sketch, offer)


def grid_ground(state: AppState) -> Sketch:
    """What endings side by side are shown on now: of those that go through the latent code also before they come."""
    if state.offer is None and state.through is not None:
        part = () if state.selection is None or state.through.other is not None else state.selection.indices
        return without(state.sketch, part or range(len(state.sketch.strokes)))
    return shown_ground(state.sketch, state.offer)


def on_the_way(state: AppState) -> bool:
    """Whether the way between two drawings is shown, or asked for."""
    return state.through is not None and state.through.other is not None


def kept_by_key(state: AppState) -> int:
    """Which one KEEP keeps: of endings side by side the first, on the way between two drawings the one shown large."""
    return 0 if state.through is None else state.through.at


def rest_of(state: AppState) -> Sketch | None:
    """What is not selected, as the other drawing; None where nothing is selected, or everything."""
    if state.selection is None:
        return None
    rest = without(state.sketch, state.selection.indices)
    return Sketch(rest.strokes) if rest.strokes else None
