"""Drawings of runs that did not end well: offered, and never deleted."""

from __future__ import annotations

from dataclasses import replace

from sketchrnn.app.dialogs import Recovery
from sketchrnn.app.effects import SetAsideLost
from sketchrnn.app.events import Recovered
from sketchrnn.app.said import with_word_of
from sketchrnn.app.state import AppState
from sketchrnn.app.steps import Step, chain, change_sketch, quiet_model, toast
from sketchrnn.app.update_drawing import finish_gesture
from sketchrnn.app.update_view import fit


def recovered(state: AppState, event: Recovered, now: float) -> Step:
    """Offer what was found, unless something else is open: it is then offered at the next start."""
    if not event.found or state.dialog is not None:
        return state, ()
    state, effects = finish_gesture(state, now)
    return replace(state, dialog=Recovery(event.found)), effects


def take_lost(state: AppState, dialog: Recovery, index: int, now: float) -> Step:
    """A drawing is taken back, as one undo step on top of what is on the page; or a row after the drawings is taken."""
    state = replace(state, dialog=None)
    if index < len(dialog.found):
        lost = dialog.found[index]
        step = chain(quiet_model(with_word_of(state, lost.sketch)), change_sketch, lost.sketch)
        state, effects = chain(step, fit, now)  # it is seen, wherever the page had been moved
        # first it lies in this run's own autosave, then the old one is moved aside
        return toast(state, now, "Your drawing is back"), (*effects, SetAsideLost((lost.path,)))
    if index == len(dialog.found):
        return state, ()
    return toast(state, now, "Moved aside, not deleted"), (SetAsideLost(tuple(lost.path for lost in dialog.found)),)
