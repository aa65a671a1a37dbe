"""The pen, the eraser, the select tool, undo and redo.

A gesture that turns out to be none (cancelled, or an eraser that touched nothing) leaves everything as it was before,
the completion too. Undo and redo never ask the model: a person who takes a stroke back is about to draw another.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from sketchrnn.app import history, playback
from sketchrnn.app import update_select as select
from sketchrnn.app.events import PenCancel, PenDown, PenMove, PenUp, Point
from sketchrnn.app.questions import can_answer, can_ask, in_gesture, live_stroke
from sketchrnn.app.selection import page_units, with_part
from sketchrnn.app.state import AppState, Erasing, Playback, Tool
from sketchrnn.app.steps import Step, chain, change_sketch, model_is_busy, put_sketch, quiet_model
from sketchrnn.app.update_keep import keep_wished
from sketchrnn.sketch.erasing import erase
from sketchrnn.sketch.selecting import FARTHEST
from sketchrnn.sketch.types import Sketch

ERASER_RADIUS = 8.0
"""Points."""


def pen_down(state: AppState, event: PenDown, now: float) -> Step:
    """A gesture begins; the model stops at once, and its completion goes unless it was to be kept."""
    if in_gesture(state) or not _sane(event.at):
        return state, ()
    wished = state.offer is not None and state.offer.wish is not None
    busy = model_is_busy(state) and not wished
    state, effects = chain(keep_wished(state), quiet_model)
    state = replace(state, interrupted=busy)
    if state.tool is Tool.SELECT:
        return select.begin(state, _plain(event.at), event.adds), effects
    state = replace(state, selection=None)
    if state.tool is Tool.PEN:
        return replace(state, live=(_plain(event.at),), live_times=(now,)), effects
    return _erase_to(state, Erasing(state.sketch, event.at), event.at), effects


def pen_move(state: AppState, event: PenMove, now: float) -> Step:
    """The gesture goes on."""
    points = tuple(_plain(point) for point in event.points if _sane(point))
    if state.live is not None:
        return replace(state, live=state.live + points, live_times=state.live_times + (now,) * len(points)), ()
    if state.selecting is not None:
        return select.go(state, points), ()
    for point in points:
        if state.erasing is not None:
            state = _erase_to(state, state.erasing, point)
    return state, ()


def pen_up(state: AppState, event: PenUp, now: float) -> Step:
    """The gesture ends: a stroke is drawn, or strokes are gone; one undo step either way."""
    stroke = live_stroke(state, lifted=True)
    if stroke is not None:
        sketch = state.sketch.with_strokes((*state.sketch.strokes, stroke))
        state = replace(state, live=None, live_times=(), interrupted=False)
        state = replace(state, ask_at=now + state.settings.pause if can_ask(state) else None)
        return change_sketch(state, sketch)
    if state.selecting is not None:
        return select.end(state) or pen_cancel(state, PenCancel(), now)
    if state.erasing is None:
        return state, ()
    if state.erasing.before is state.sketch:
        return pen_cancel(state, PenCancel(), now)
    before, state = state.erasing.before, replace(state, erasing=None, interrupted=False)
    return change_sketch(state, state.sketch, before)


def pen_cancel(state: AppState, event: PenCancel, now: float) -> Step:
    """The gesture was none."""
    if not in_gesture(state):
        return state, ()
    sketch = state.sketch if state.erasing is None else state.erasing.before
    interrupted = state.interrupted
    state = replace(state, live=None, live_times=(), erasing=None, selecting=None, sketch=sketch)
    state = replace(state, interrupted=False)
    return (bring_back(state, now) if interrupted else state), ()


def finish_gesture(state: AppState, now: float) -> Step:
    """As if the pen had been lifted, if it is down: before something that replaces the drawing or leaves."""
    return pen_up(state, PenUp(), now)


def undo(state: AppState, now: float) -> Step:
    """The completion that is shown goes first, as the last thing that appeared; then step by step."""
    if state.offer is not None:
        return quiet_model(state)
    previous, sketch = history.undo(state.history, state.sketch)
    step = chain((state, ()), quiet_model)
    if previous is state.history:
        return step
    state, effects = step
    return chain((replace(state, history=previous), effects), put_sketch, sketch)


def redo(state: AppState, now: float) -> Step:
    """A dismissed completion comes back first, then step by step."""
    if state.offer is None and state.set_aside is not None:
        return bring_back(state, now), ()
    following, sketch = history.redo(state.history, state.sketch)
    if following is state.history:
        return state, ()
    step = quiet_model(state)
    return chain((replace(step[0], history=following), step[1]), put_sketch, sketch)


def clear(state: AppState, now: float) -> Step:
    """An empty page, as one undo step."""
    step = quiet_model(state)
    return chain(step, change_sketch, Sketch())


def bring_back(state: AppState, now: float) -> AppState:
    """The completion that was set aside, shown whole; asked for again where it had not come whole."""
    offer = state.set_aside
    state = state if offer is None else with_part(state, offer)
    grid = offer is not None and len(offer.endings) > 1
    if offer is None or not offer.whole:
        return replace(state, ask_at=now if can_ask(state) else None, grid=grid and can_answer(state), set_aside=None)
    offer = replace(offer, prefix=state.sketch, playback=Playback(now, float(playback.longest(offer))))
    return replace(state, offer=offer, grid=grid, set_aside=None)


def _erase_to(state: AppState, erasing: Erasing, point: Point) -> AppState:
    sketch = erase(state.sketch, erasing.at, point, page_units(state, ERASER_RADIUS))
    return replace(state, sketch=sketch, erasing=replace(erasing, at=point))


def _sane(point: Point) -> bool:
    x, y = point
    return isfinite(x) and isfinite(y) and max(abs(x), abs(y)) <= FARTHEST  # beyond: a driver's mistake


def _plain(point: Point) -> Point:
    return float(point[0]), float(point[1])
