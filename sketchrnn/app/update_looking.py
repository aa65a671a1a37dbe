"""When the model looks at the drawing: for the guess, the ghost of the next stroke, and where it may start.

It looks at every other drawing as soon as the pen is up, without waiting for the pause before a completion is asked
for; never while a completion is awaited, which a look would end. Nothing says that a look is due but that what would be
asked now differs from what was asked last.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sketchrnn.app.effects import Submit
from sketchrnn.app.questions import GUESSES, can_answer, can_ask, in_gesture
from sketchrnn.app.selection import said_category, subject
from sketchrnn.app.state import PAGE_SCALE, AppState, Looking
from sketchrnn.app.steps import Step, change_settings, toast
from sketchrnn.app.update_asking import known_scale, set_category
from sketchrnn.engine.messages import Cancel, Look, LookRequest


def look_for(state: AppState) -> LookRequest | None:
    """What the model would be asked to look at now; None for nothing."""
    settings, said = state.settings, said_category(state)
    known = said in state.engine.categories
    guessing = not known and state.engine.can_guess
    if not can_ask(state) or not state.sketch.strokes or not (guessing or settings.ghost or settings.heat):
        return None
    return LookRequest(
        subject(state),
        said if known else None,
        page_scale=PAGE_SCALE,
        scale=known_scale(state),
        ghost=settings.ghost,
        heat=settings.heat,
    )


def look_when_due(state: AppState, now: float) -> Step:
    """Have the model look, if it has not seen the drawing yet, the pen is up, and nothing else is asked of it."""
    wanted = look_for(state)
    if wanted is None:
        return _look_away(state)
    last = state.looking or state.sight
    if (last is not None and last.request == wanted) or in_gesture(state) or not can_answer(state):
        return state, ()
    asks = state.ask_at is not None and state.ask_at <= now
    if state.pending is not None or asks:  # its answer begins with the guess, too
        return state, ()
    looking = Looking(state.next_id, wanted)
    return replace(state, looking=looking, next_id=state.next_id + 1), (Submit(Look(looking.id, wanted)),)


def take_guess(state: AppState, now: float) -> Step:
    """The likeliest guess is right; the next one, where it was said already; after the last the model guesses again."""
    names = [name for name, _ in state.guess[:GUESSES]]
    said = said_category(state)
    if not names and said is None:
        return toast(state, now, "The model has no guess yet"), ()
    place = names.index(said) + 1 if said in names else 0
    return set_category(state, names[place] if place < len(names) else None, now)


def toggle_ghost(state: AppState, now: float) -> Step:
    on = not state.settings.ghost
    state = change_settings(state, now, ghost=on)
    return toast(state, now, f"The likeliest next stroke: {'shown' if on else 'not shown'}"), ()


def toggle_heat(state: AppState, now: float) -> Step:
    on = not state.settings.heat
    state = change_settings(state, now, heat=on)
    return toast(state, now, f"Where the next stroke may start: {'shown' if on else 'not shown'}"), ()


def without_ghost(state: AppState) -> AppState:
    """The state without a ghost; it comes again when something else is drawn."""
    if state.sight is None or not len(state.sight.ghost):
        return state
    return replace(state, sight=replace(state.sight, ghost=np.zeros((0, 3), np.float32)))


def _look_away(state: AppState) -> Step:
    if state.looking is None and state.sight is None:
        return state, ()
    effects = () if state.looking is None else (Submit(Cancel(state.looking.id)),)
    return replace(state, looking=None, sight=None), effects
