"""When the model is asked, and what.

The model is asked a pause after the pen lifts, when a control that decides the answer is changed while an answer is
shown or awaited, and when it is asked for. It is not asked after undo, redo, erasing or keeping: R asks then.
While an answer is awaited the completion before it stays, so that nothing flickers.
"""

from __future__ import annotations

import random
from dataclasses import replace

from sketchrnn.app.effects import Submit
from sketchrnn.app.questions import can_answer, can_ask, can_go_on, in_gesture
from sketchrnn.app.selection import said_category, subject
from sketchrnn.app.settings import PAUSES, SPEEDS, clamp
from sketchrnn.app.state import GRID_ENDINGS, PAGE_SCALE, AppState, EngineStatus, Offer, Pending, Playback
from sketchrnn.app.steps import Step, chain, change_settings, model_is_busy, quiet_model, toast
from sketchrnn.engine.messages import (
    TEMPERATURES,
    Ask,
    Cancel,
    CompletionRequest,
    MorphRequest,
    RedrawRequest,
    Request,
    continue_strokes,
)
from sketchrnn.sketch.frame import noted_scale

SETTLE = 0.15
"""Seconds from a slider's last move to the question."""
SEEDS = 2**32
_SCALES = ("page_scale", "scale")


def ask_when_due(state: AppState, now: float) -> Step:
    """Ask, if it is time to, the pen is up, and the model is there."""
    if state.ask_at is None or now < state.ask_at or in_gesture(state):
        return state, ()
    if state.engine.status is not EngineStatus.READY:
        return state, ()
    return ask(replace(state, ask_at=None), now)


def ask(state: AppState, now: float) -> Step:
    """Ask for the present sketch, unless the very same is awaited or shown; once it is ready, if it is not."""
    if state.engine.status is not EngineStatus.READY:
        return replace(state, ask_at=now), ()
    wanted = request_for(state)
    if _comes(state, wanted):
        return state, ()
    if state.offer is not None and state.offer.whole and state.offer.request == wanted:
        effects = () if state.pending is None else (Submit(Cancel(state.pending.id)),)
        return replace(state, pending=None), effects
    return submit(state, wanted)


def request_for(state: AppState) -> Request:
    """What would be asked now: endings, or what goes through the latent code."""
    through, about = state.through, subject(state)
    if through is None or not about.strokes:
        return completion_for(state)
    asked = completion_for(replace(state, grid=True))
    shared = {name: getattr(asked, name) for name in ("category", "endings", "seed", "temperature", *_SCALES)}
    if through.other is None:
        return RedrawRequest(about, closeness=state.settings.closeness, **shared)
    return MorphRequest(about, through.other, other_category=through.category, **shared)


def completion_for(state: AppState) -> CompletionRequest:
    """The endings that would be asked for now."""
    said = said_category(state)
    return CompletionRequest(
        prefix=subject(state),
        category=said if said in state.engine.categories else None,
        endings=GRID_ENDINGS if state.grid else 1,
        seed=state.seed,
        temperature=state.settings.temperature,
        page_scale=PAGE_SCALE,
        scale=known_scale(state),
    )


def known_scale(state: AppState) -> float | None:
    """Sketch units per page unit, where the model has drawn: what it drew was drawn at a scale that is known."""
    drawn = any(stroke.author == "model" for stroke in subject(state).strokes)
    if state.selection is not None:
        return state.selection.scale if drawn else None
    return noted_scale(state.sketch) or state.scale if drawn else None


def another(state: AppState, now: float) -> Step:
    """The ending of the next seed; of the present one where it has not been asked for with this drawing."""
    if not can_ask(state):
        return _refused(state, now), ()
    asked = state.offer is not None or state.pending is not None or state.set_aside is not None
    return ask(replace(state, seed=_next_seed(state) if asked else state.seed, ask_at=None), now)


def nine(state: AppState, now: float) -> Step:
    """Nine endings side by side, of which the first is the one that was shown; nine others where there are nine."""
    if not can_ask(state):
        return _refused(state, now), ()
    if not can_answer(state):
        return toast(state, now, "The model is not ready yet"), ()
    if state.through is not None:  # endings instead of what goes through the latent code
        step = quiet_model(state)
        return chain((replace(step[0], through=None, grid=True), step[1]), ask, now)
    seed = _next_seed(state) if state.grid else state.seed
    return ask(replace(state, grid=True, seed=seed, ask_at=None), now)


def one(state: AppState, now: float) -> Step:
    """From nine endings back to the one shown before them, or the first; to none where none has come.

    From what goes through the latent code back to the drawing.
    """
    offer, pending = state.offer, state.pending
    if not state.grid:
        return state, ()
    if offer is None or state.through is not None:
        return quiet_model(state)
    state = replace(state, grid=False, ask_at=None, seed=offer.request.seed)
    if len(offer.endings) == 1:
        return ask(state, now) if can_ask(state) else (state, ())
    first = replace(offer, endings=offer.endings[:1], request=replace(offer.request, endings=1))
    state = replace(state, offer=first)
    if pending is None or pending.id == offer.id:
        return state, ()
    return replace(state, pending=None), (Submit(Cancel(pending.id)),)


def go_on(state: AppState, now: float) -> Step:
    """Draw on where the one ending shown was cut off."""
    offer = state.offer
    if offer is None or not can_go_on(state):
        return state, ()
    ending = offer.endings[0]
    prefix = continue_strokes(subject(state), ending.rows)
    scale = state.scale if state.selection is None else state.selection.scale
    wanted = replace(completion_for(state), prefix=prefix, endings=1, scale=scale)
    return submit(state, wanted, replace(offer, endings=(replace(ending, over=False),), whole=False))


def toggle_model(state: AppState, now: float) -> Step:
    """Off: it stops, and what it shows goes, for REDO, too. On: it is asked about what is drawn."""
    state = change_settings(state, now, model_on=not state.settings.model_on)
    if not state.settings.model_on:
        state, effects = quiet_model(state)
        return replace(state, set_aside=None), effects
    return replace(state, ask_at=now if state.sketch.strokes and can_ask(state) else None), ()


def set_category(state: AppState, category: str | None, now: float) -> Step:
    """Another word for what is drawn: the model is asked again; with nothing drawn yet it waits."""
    if category is not None and category not in state.engine.categories:
        return toast(state, now, f"The model does not know {category!r}", error=True), ()
    if category == said_category(state):
        return state, ()
    if state.selection is not None:
        return ask_again(replace(state, selection=replace(state.selection, category=category)), now), ()
    state = replace(state, category=category)
    if not state.sketch.strokes and not model_is_busy(state):
        hint = "Draw anything; the model guesses" if category is None else f"Draw the start of: {category}"
        return toast(state, now, hint), ()
    return ask_again(state, now), ()


def random_category(state: AppState, now: float) -> Step:
    """Another category by chance; the moment at which it is asked for is the chance."""
    others = [name for name in state.engine.categories if name != said_category(state)]
    if not others:
        return state, ()
    return set_category(state, random.Random(f"{now!r} {state.seed}").choice(others), now)


def set_temperature(state: AppState, value: float, now: float) -> Step:
    state = change_settings(state, now, temperature=round(clamp(value, TEMPERATURES), 3))
    return (ask_again(state, now + SETTLE) if model_is_busy(state) else state), ()


def set_pause(state: AppState, value: float, now: float) -> Step:
    return change_settings(state, now, pause=round(clamp(value, PAUSES), 3)), ()


def set_speed(state: AppState, value: float, now: float) -> Step:
    """Another speed, shown at once: a completion that has been played is played again."""
    state = change_settings(state, now, speed=round(clamp(value, SPEEDS), 1), reduced_motion=False)
    return replay(state, now), ()


def set_seed(state: AppState, value: int, now: float) -> Step:
    state = replace(state, seed=int(value) % SEEDS)
    return (ask_again(state, now + SETTLE) if model_is_busy(state) else state), ()


def replay(state: AppState, now: float) -> AppState:
    """The completion is drawn again from its first point."""
    if state.offer is None:
        return state
    return replace(state, offer=replace(state.offer, playback=Playback(now)))


def ask_again(state: AppState, at: float) -> AppState:
    """The same drawing is asked about again at that time, if the model may be."""
    if not can_ask(state) or (state.offer is not None and state.offer.wish is not None):
        return state
    return replace(state, ask_at=at)


def superseded(offer: Offer | None) -> Offer | None:
    """An offer that nothing more comes for: its endings are over as they are."""
    if offer is None:
        return None
    return replace(offer, endings=tuple(replace(ending, over=True) for ending in offer.endings), wish=None)


def _comes(state: AppState, wanted: Request) -> bool:
    # not where all of its endings but one have been let go
    pending, offer = state.pending, state.offer
    if pending is None or pending.request != wanted:
        return False
    return offer is None or offer.id != pending.id or len(offer.endings) == wanted.endings


def submit(state: AppState, wanted: Request, continued: Offer | None = None) -> Step:
    """This request and no other is in flight from now on; `continued` is the offer that its points go on."""
    part = () if state.selection is None else state.selection.indices
    pending = Pending(state.next_id, wanted, continued is not None, part)
    offer = superseded(state.offer) if continued is None else replace(continued, id=pending.id)
    state = replace(state, pending=pending, offer=offer, set_aside=None, ask_at=None, next_id=state.next_id + 1)
    state = replace(state, looking=None)  # the engine gives the look up for it
    return state, (Submit(Ask(pending.id, wanted)),)


def _next_seed(state: AppState) -> int:
    # one that this drawing has not been completed with: what was brought back stands before others that were seen
    seen = {offer.request.seed for offer in state.seen}
    seed = (state.seed + 1) % SEEDS
    while seed in seen:
        seed = (seed + 1) % SEEDS
    return seed


def _refused(state: AppState, now: float) -> AppState:
    why = "The model is not there" if state.settings.model_on else "The model is off; M turns it on"
    return toast(state, now, why)
