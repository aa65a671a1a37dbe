"""Strokes picked out of the drawing, and what is being done to them: values, and what follows from them. Pure.

While there is a selection the model is asked about its strokes alone, with a category of their own; what it draws is
kept into the whole drawing and joins the selection.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sketchrnn.app.settings import scale_of
from sketchrnn.app.through import through_of
from sketchrnn.sketch.frame import Box
from sketchrnn.sketch.selecting import (
    Point,
    Transform,
    bounds_of,
    handle_places,
    scaling,
    transformed,
)
from sketchrnn.sketch.types import Sketch

if TYPE_CHECKING:
    from sketchrnn.app.state import AppState, Offer

PADDING = 8.0
"""Points between the selected ink and the box around it."""
REACH = 10.0
"""Points from a handle's middle within which it is taken."""
CLICK = 4.0
"""Points that a click may stray."""
MOVE = "move"
"""Beside the handles' names: what the inside of the box does."""


@dataclass(frozen=True)
class Selection:
    """Some of the drawing's strokes.

    Args:
        indices: of the strokes, rising; at least one.
        category: what the person says they are; None for auto.
        scale: sketch units per page unit that the model read them at; None when unknown.
    """

    indices: tuple[int, ...]
    category: str | None = None
    scale: float | None = None


@dataclass(frozen=True)
class Lasso:
    """A line drawn around strokes, or a click on one, while the pen is down.

    Args:
        points: page units, oldest first.
        adds: whether what is caught is added to the selection (Shift).
    """

    points: tuple[Point, ...]
    adds: bool = False


@dataclass(frozen=True)
class Moving:
    """The selection is moved, or scaled by a handle, while the pen is down.

    Args:
        grip: a handle's name, or `MOVE`.
        begin, at: where the pen came down and where it is, page units.
    """

    grip: str
    begin: Point
    at: Point

    @property
    def by(self) -> Point:
        """How far it has come."""
        return self.at[0] - self.begin[0], self.at[1] - self.begin[1]


def page_units(state: AppState, points: float) -> float:
    """How long so many points of the window are on the page: what a hand does is as large as the buttons are."""
    return points * scale_of(state.view.size, state.settings.ui_scale) / state.view.camera.zoom


def subject(state: AppState) -> Sketch:
    """What the model is asked about: the selected strokes, or all."""
    if state.selection is None:
        return Sketch(state.sketch.strokes)
    return Sketch(tuple(state.sketch.strokes[i] for i in state.selection.indices))


def said_category(state: AppState) -> str | None:
    """What the person says that the subject is; None for auto."""
    return state.category if state.selection is None else state.selection.category


def with_part(state: AppState, offer: Offer) -> AppState:
    """The state with those strokes selected that an offer is about; none where it is about the drawing."""
    state = replace(state, through=through_of(offer.request))
    part = () if state.selection is None else state.selection.indices
    if offer.part == part:
        return state
    return replace(state, selection=Selection(offer.part, offer.request.category) if offer.part else None)


def transform_of(state: AppState) -> Transform:
    """What the gesture under way does to the selection."""
    box, moving = selected_box(state), state.selecting
    if box is None or not isinstance(moving, Moving):
        return Transform()
    return Transform(by=moving.by) if moving.grip == MOVE else scaling(box, moving.grip, moving.by)


def moved_sketch(state: AppState) -> Sketch:
    """The drawing as the gesture under way would leave it."""
    if state.selection is None or not isinstance(state.selecting, Moving):
        return state.sketch
    return transformed(state.sketch, state.selection.indices, transform_of(state))


def selected_box(state: AppState) -> Box | None:
    """(left, top, right, bottom) of the selected strokes as they lie in the sketch, page units; None for none."""
    return None if state.selection is None else bounds_of(state.sketch, state.selection.indices)


def frame_of(state: AppState, box: Box) -> Box:
    """The box with its padding, page units."""
    by = page_units(state, PADDING)
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def handles_of(state: AppState, box: Box) -> dict[str, Point]:
    """Where the handles of a box are: on its frame, those that have something to scale; page units."""
    left, top, right, bottom = frame_of(state, box)
    able, framed = handle_places(box), handle_places((left, top, right, bottom))
    return {name: framed[name] for name in able}


def grip_at(state: AppState, at: Point) -> str | None:
    """What the pen would take of the selection at a place, page units; None for nothing."""
    box = selected_box(state)
    if box is None:
        return None
    reach = page_units(state, REACH)
    for name, (x, y) in handles_of(state, box).items():
        if max(abs(at[0] - x), abs(at[1] - y)) <= reach:
            return name
    left, top, right, bottom = frame_of(state, box)
    return MOVE if left <= at[0] <= right and top <= at[1] <= bottom else None


def after_change(before: AppState, after: AppState) -> AppState:
    """The state with a selection of the same strokes as before, or with none.

    It stays where its strokes are where they were, and where all others are and as many: it was they that changed.
    Those of its strokes that are gone from the drawing's end leave it. One that was made with the new drawing is of it.
    """
    old, new = before.sketch.strokes, after.sketch.strokes
    if after.selection is None or old is new:
        return after
    if after.selection is not before.selection and after.selection.indices[-1] < len(new):
        return after
    if after.saved is not before.saved:  # another drawing
        return replace(after, selection=None)
    picked = tuple(i for i in after.selection.indices if i < len(new))
    same = {i for i, (one, two) in enumerate(zip(old, new, strict=False)) if one is two or one == two}
    others = set(range(len(old))) - set(picked)
    stays = all(i in same or i >= len(old) for i in picked) or (len(old) == len(new) and others <= same)
    if not picked or not stays:
        return replace(after, selection=None)
    return after if picked == after.selection.indices else replace(after, selection=Selection(picked))
