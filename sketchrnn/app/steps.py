"""What the parts of `update` share: a step is a new state and what it wants done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sketchrnn.app import history
from sketchrnn.app.effects import Autosave, Effect, Submit
from sketchrnn.app.selection import said_category
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import AppState, Toast
from sketchrnn.engine.messages import Cancel
from sketchrnn.sketch.said import as_said
from sketchrnn.sketch.types import Sketch

Step = tuple[AppState, tuple[Effect, ...]]

TOAST_SECONDS = 4.0
ERROR_SECONDS = 8.0
MOST_TOASTS = 4
STORE_AFTER = 1.0
"""Seconds from a setting's last change to the writing of the file: a slider is dragged through many values."""


def chain(step: Step, function: Callable[..., Step], *args) -> Step:
    """The step and after it `function(state, *args)`, with the effects of both."""
    state, effects = step
    state, more = function(state, *args)
    return state, effects + more


def toast(state: AppState, now: float, text: str, error: bool = False) -> AppState:
    """The state with a line to be read; the same line is not shown twice."""
    shown = tuple(t for t in state.toasts if t.text != text)[-(MOST_TOASTS - 1) :]
    return replace(state, toasts=(*shown, Toast(text, now + (ERROR_SECONDS if error else TOAST_SECONDS), error)))


def change_sketch(state: AppState, sketch: Sketch, before: Sketch | None = None) -> Step:
    """Another drawing as one undo step, autosaved. Without effect if no stroke differs.

    Args:
        sketch: the new drawing.
        before: what undo goes back to; the state's own sketch if None.
    """
    before = state.sketch if before is None else before
    if before.strokes == sketch.strokes:
        return replace(state, sketch=before), ()
    state = replace(state, history=history.record(state.history, before, sketch))
    return put_sketch(state, sketch)


def put_sketch(state: AppState, sketch: Sketch) -> Step:
    """Another drawing, autosaved, without an undo step (undo and redo themselves). Without strokes it is a new page."""
    # what was guessed stays until the model has looked; where it will not, the person having said what it is, it goes
    guess = state.guess if said_category(state) is None else ()
    state = replace(state, sketch=sketch, set_aside=None, guess=guess)
    if not sketch.strokes:
        # an empty page is not autosaved: what was cleared stays to be found after a crash
        return replace(state, sketch=Sketch(), guess=(), scale=None), ()
    return state, (Autosave(as_said(sketch, state.category)),)


def quiet_model(state: AppState) -> Step:
    """The model stops and its completion goes; `set_aside` keeps it for REDO and for a gesture that was none."""
    effects = () if state.pending is None else (Submit(Cancel(state.pending.id)),)
    aside = state.set_aside if state.offer is None else replace(state.offer, wish=None)
    return replace(state, pending=None, offer=None, ask_at=None, grid=False, set_aside=aside), effects


def model_is_busy(state: AppState) -> bool:
    """Whether the model is asked, is about to be, or has something shown."""
    return state.pending is not None or state.offer is not None or state.ask_at is not None


def change_settings(state: AppState, now: float, **changes) -> AppState:
    """Other settings, stored a moment later."""
    settings: Settings = replace(state.settings, **changes)
    if settings == state.settings:
        return state
    return replace(state, settings=settings, store_at=now + STORE_AFTER)
