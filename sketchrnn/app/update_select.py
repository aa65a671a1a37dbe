"""The select tool: a click or a lasso picks strokes, the box around them moves and scales them, keys do it, too.

Every move, scaling and deletion is one undo step; presses of keys that follow each other closely are one together.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sketchrnn.app.events import Point
from sketchrnn.app.history import History
from sketchrnn.app.selection import (
    CLICK,
    MOVE,
    Lasso,
    Moving,
    Selection,
    grip_at,
    moved_sketch,
    page_units,
    selected_box,
)
from sketchrnn.app.state import AppState, Nudged, Tool
from sketchrnn.app.steps import Step, chain, change_sketch, put_sketch, quiet_model
from sketchrnn.sketch.selecting import Transform, stroke_at, transformed, within_lasso, without
from sketchrnn.sketch.types import Sketch

HIT = 8.0
"""Points from a stroke within which a click takes it."""
NUDGE = 3.0
"""Page units that a key moves the selection."""
STEP = 1.05
"""The factor by which a key scales it."""
TOGETHER = 0.6
"""Seconds between presses of keys that are one undo step."""
ROUNDED = 1e-3
"""Page units that a point may be off where presses of keys have undone each other."""


def begin(state: AppState, at: Point, adds: bool) -> AppState:
    """The pen comes down: on a handle, in the box around the selection, or elsewhere, to pick strokes."""
    grip = None if adds else grip_at(state, at)
    return replace(state, selecting=Lasso((at,), adds) if grip is None else Moving(grip, at, at))


def go(state: AppState, points: tuple[Point, ...]) -> AppState:
    """The pen moves on."""
    if isinstance(state.selecting, Lasso):
        return replace(state, selecting=replace(state.selecting, points=state.selecting.points + points))
    if isinstance(state.selecting, Moving) and points:
        return replace(state, selecting=replace(state.selecting, at=points[-1]))
    return state


def end(state: AppState) -> Step | None:
    """The pen lifts: strokes are picked, moved or scaled; None where that changes nothing."""
    gesture, sketch = state.selecting, moved_sketch(state)
    after = replace(state, selecting=None, interrupted=False)
    if isinstance(gesture, Lasso):
        picked = _picked(state, gesture)
    elif isinstance(gesture, Moving) and gesture.grip == MOVE and _is_click(state, (gesture.begin, gesture.at)):
        picked = _clicked(state, gesture.begin, adds=False)
    else:
        return None if sketch.strokes == state.sketch.strokes else change_sketch(_unscaled(after), sketch)
    return None if picked == _indices(state) else (replace(after, selection=_selected(picked)), ())


def select_all(state: AppState, now: float) -> Step:
    """All strokes are selected, and the select tool is at hand."""
    everything = tuple(range(len(state.sketch.strokes)))
    if not everything:
        return state, ()
    state, effects = (state, ()) if _indices(state) == everything else quiet_model(state)
    kept = state.selection if _indices(state) == everything else Selection(everything)
    return replace(state, tool=Tool.SELECT, selection=kept), effects


def let_go(state: AppState) -> Step:
    """No stroke is selected; what the model draws for those that were goes, too."""
    if state.selection is None:
        return state, ()
    of_part = any(asked is not None and asked.part for asked in (state.pending, state.offer))
    step = quiet_model(state) if of_part or state.ask_at is not None else (state, ())
    return replace(step[0], selection=None), step[1]


def delete(state: AppState, now: float) -> Step:
    """The selected strokes go, as one undo step."""
    if state.selection is None:
        return state, ()
    sketch = without(state.sketch, state.selection.indices)
    step = chain(quiet_model(state), change_sketch, sketch)
    return replace(step[0], selection=None), step[1]


def nudge(state: AppState, dx: float, dy: float, now: float) -> Step:
    """Move the selection by so many steps of the keys."""
    return _by_keys(state, Transform(by=(NUDGE * dx, NUDGE * dy)), now)


def grow(state: AppState, steps: int, now: float) -> Step:
    """Scale the selection about its middle."""
    box = selected_box(state)
    if box is None:
        return state, ()
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    factor = STEP**steps
    return _by_keys(_unscaled(state), Transform(scale=(factor, factor), about=middle), now)


def _by_keys(state: AppState, transform: Transform, now: float) -> Step:
    if state.selection is None:
        return state, ()
    sketch = transformed(state.sketch, state.selection.indices, transform)
    if sketch.strokes == state.sketch.strokes:
        return state, ()
    last = state.nudged
    goes_on = last is not None and last.sketch is state.sketch and now <= last.until
    step = quiet_model(state)
    if goes_on and _as_before(state, sketch):  # the presses have undone each other: there is nothing to be undone
        *past, before = state.history.past
        return chain((replace(step[0], history=History(tuple(past)), nudged=None), step[1]), put_sketch, before)
    step = chain(step, put_sketch if goes_on else change_sketch, sketch)
    return replace(step[0], nudged=Nudged(sketch, now + TOGETHER)), step[1]


def _as_before(state: AppState, sketch: Sketch) -> bool:
    # but for what is rounded on the way there and back
    before = state.history.past[-1].points()
    return np.allclose(sketch.points(), before, rtol=1e-6, atol=ROUNDED)


def _picked(state: AppState, lasso: Lasso) -> tuple[int, ...]:
    if _is_click(state, lasso.points):
        return _clicked(state, lasso.points[0], lasso.adds)
    caught = within_lasso(state.sketch, lasso.points)
    return tuple(sorted({*caught, *_indices(state)})) if lasso.adds else caught


def _clicked(state: AppState, at: Point, adds: bool) -> tuple[int, ...]:
    before, hit = _indices(state), stroke_at(state.sketch, at, page_units(state, HIT))
    if hit is None:
        return before if adds else ()
    return tuple(sorted({*before} ^ {hit})) if adds else (hit,)


def _is_click(state: AppState, points: tuple[Point, ...]) -> bool:
    (x, y), most = points[0], page_units(state, CLICK)
    return all(max(abs(px - x), abs(py - y)) <= most for px, py in points)


def _indices(state: AppState) -> tuple[int, ...]:
    return () if state.selection is None else state.selection.indices


def _selected(indices: tuple[int, ...]) -> Selection | None:
    return Selection(indices) if indices else None


def _unscaled(state: AppState) -> AppState:
    # at another size the model is to find the scale anew
    return state if state.selection is None else replace(state, selection=replace(state.selection, scale=None))
