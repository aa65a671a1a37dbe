"""Drawn through the latent code: the drawing nine times anew, and the way from it to another."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from sketchrnn.app.events import SetAlong, SetCloseness
from sketchrnn.app.questions import why_no_code
from sketchrnn.app.settings import CLOSENESSES, clamp
from sketchrnn.app.state import GRID_ENDINGS, AppState
from sketchrnn.app.steps import Step, chain, change_settings, quiet_model, toast
from sketchrnn.app.through import Through, on_the_way, rest_of
from sketchrnn.app.update_asking import SETTLE, another, ask, ask_again
from sketchrnn.sketch.types import Sketch


def again(state: AppState, now: float) -> Step:
    """The drawing, or what is selected of it, nine times anew; nine others where there are nine."""
    why = why_no_code(state)
    if why is not None:
        return toast(state, now, why), ()
    if state.through is not None and state.through.other is None:
        return another(state, now)
    return _begin(state, Through(), now)


def between(state: AppState, now: float) -> Step | None:
    """From the selected strokes to the rest of the page; None where the other drawing is to be asked for."""
    why = why_no_code(state)
    if why is not None:
        return toast(state, now, why), ()
    rest = rest_of(state)
    if rest is None:
        return None
    if on_the_way(state) and state.through is not None and state.through.other == rest:
        return another(state, now)
    return _begin(state, Through(rest), now)


def begin_between(state: AppState, other: Sketch, now: float) -> Step:
    """The way to a drawing that was opened for it, page units; what it is called there is what it is."""
    state = replace(state, dialog=None)
    why = why_no_code(state)
    if why is not None:
        return toast(state, now, why), ()
    known = other.category if other.category in state.engine.categories else None
    return _begin(state, Through(Sketch(other.strokes), known), now)


def set_closeness(state: AppState, event: SetCloseness, now: float) -> Step:
    """Nearer to the drawing or farther from it: the nine are drawn anew, by the same chance."""
    state = change_settings(state, now, closeness=round(clamp(event.value, CLOSENESSES), 3))
    anew = state.through is not None and state.through.other is None
    return (ask_again(state, now + SETTLE) if anew else state), ()


def set_along(state: AppState, event: SetAlong, now: float) -> Step:
    """Another one of the way is shown large."""
    if state.through is None or state.through.other is None or not isfinite(event.at):
        return state, ()
    at = min(max(round(event.at), 0), GRID_ENDINGS - 1)
    return replace(state, through=replace(state.through, at=at)), ()


def step_along(state: AppState, by: int, now: float) -> Step:
    """The one beside it."""
    return (state, ()) if state.through is None else set_along(state, SetAlong(state.through.at + by), now)


def _begin(state: AppState, through: Through, now: float) -> Step:
    # what was shown stays in the strip
    return chain(quiet_model(state), _ask, through, now)


def _ask(state: AppState, through: Through, now: float) -> Step:
    return ask(replace(state, through=through, grid=True), now)
