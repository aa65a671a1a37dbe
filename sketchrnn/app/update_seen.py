"""Completions that were seen before, brought back: as they were, without asking the model where they had come whole."""

from __future__ import annotations

from dataclasses import replace

from sketchrnn.app import playback, seen
from sketchrnn.app.events import BringBack
from sketchrnn.app.questions import can_answer, in_gesture
from sketchrnn.app.selection import subject, with_part
from sketchrnn.app.state import AppState, Offer, Playback
from sketchrnn.app.steps import Step, chain, quiet_model
from sketchrnn.app.update_asking import submit
from sketchrnn.engine.messages import RedrawRequest, asked_about


def bring_back(state: AppState, event: BringBack, now: float) -> Step:
    """The offer of that number is shown again, whole; what had not come of it is drawn again by its own seed."""
    if not state.settings.model_on or in_gesture(state) or not 0 <= event.index < len(state.seen):
        return state, ()
    offer = state.seen[event.index]
    if state.offer is not None and state.pending is None and _alike(state.offer, offer):
        return state, ()
    step = quiet_model(state)
    offer = replace(offer, prefix=state.sketch, wish=None, playback=Playback(now, float(playback.longest(offer))))
    grid = len(offer.endings) > 1
    state = replace(step[0], offer=offer, grid=grid, seed=offer.request.seed, set_aside=None)
    state = with_part(state, offer)
    if isinstance(offer.request, RedrawRequest):
        state = replace(state, settings=replace(state.settings, closeness=offer.request.closeness))
    if offer.whole or not can_answer(state) or asked_about(offer.request).strokes != subject(state).strokes:
        return state, step[1]
    return chain((state, step[1]), submit, offer.request)


def step_back(state: AppState, steps: int, now: float) -> Step:
    """The offer seen `steps` before the one shown (after it, below zero); the last one where none is shown."""
    here = seen.current(state)
    index = len(state.seen) - 1 if here is None else here - steps
    return bring_back(state, BringBack(index), now)


def _alike(shown: Offer, offer: Offer) -> bool:
    return len(shown.endings) == len(offer.endings) and seen.covers(shown, offer)
