"""What the engine says. The one place where answers to questions that no longer matter are dropped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sketchrnn.app import playback
from sketchrnn.app.events import FromEngine
from sketchrnn.app.questions import play_speed
from sketchrnn.app.selection import subject
from sketchrnn.app.state import AppState, Ending, EngineState, EngineStatus, Looking, Offer, Pending, Playback, Sight
from sketchrnn.app.steps import Step, toast
from sketchrnn.app.update_asking import ask_when_due, superseded
from sketchrnn.app.update_keep import grant_wish
from sketchrnn.app.update_looking import without_ghost
from sketchrnn.engine.messages import Chunk, CompletionRequest, Done, Down, Failed, Guess, Loading, Ready, Seen

MOST_RETRIES = 1
"""How often a request is sent again to an engine that died of it."""


def from_engine(state: AppState, event: FromEngine, now: float) -> Step:
    """Hear one message; stale ones change nothing."""
    message = event.message
    if not isinstance(message, Guess | Chunk | Done | Seen | Failed):
        return _HEAR[type(message)](state, message, now)
    asked = next((asked for asked in (state.pending, state.looking) if asked and asked.id == message.id), None)
    answered = None if asked is None else _ANSWERED[type(asked)].get(type(message))
    return (state, ()) if answered is None else answered(state, message, asked, now)


def _loading(state: AppState, message: Loading, now: float) -> Step:
    engine = replace(state.engine, status=EngineStatus.LOADING, stage=message.stage)
    return replace(state, engine=engine), ()


def _ready(state: AppState, message: Ready, now: float) -> Step:
    engine = EngineState(
        EngineStatus.READY,
        model=message.model,
        categories=message.categories,
        can_guess=message.can_guess,
        has_latent=message.has_latent,
    )
    category = state.category if state.category in message.categories else None
    return ask_when_due(replace(state, engine=engine, category=category), now)


def _down(state: AppState, message: Down, now: float) -> Step:
    """The drawing stays, and so does what the completion had come to; what was asked is asked once more."""
    engine = replace(
        state.engine, status=EngineStatus.DOWN, message=" ".join(message.message.split()), restarting=message.restarting
    )
    grid = state.grid and _shows_nine(state)
    again = state.pending is not None and message.restarting and state.retries < MOST_RETRIES
    again = again and (grid or state.through is None)  # what is not shown any more is not asked for
    if not message.restarting:
        state = toast(state, now, f"The model is not there: {engine.message}", error=True)
    return replace(
        state,
        engine=engine,
        pending=None,
        looking=None,
        offer=superseded(state.offer),
        grid=grid,
        ask_at=(now if again else state.ask_at) if message.restarting else None,
        retries=state.retries + again,
    ), ()


def _guess(state: AppState, message: Guess, asked: Pending | Looking, now: float) -> Step:
    scale = message.scale if 1e-4 <= message.scale <= 1e4 else None
    continues = isinstance(asked, Pending) and asked.continues
    if isinstance(asked, Looking) and asked.request.prefix.strokes != subject(state).strokes:
        return state, ()  # others are selected by now
    if isinstance(asked, Pending) and not isinstance(asked.request, CompletionRequest):
        pass  # drawn anew at another scale: the drawing's once it is kept
    elif state.selection is None:
        state = replace(state, scale=scale)
    else:
        state = replace(state, selection=replace(state.selection, scale=scale))
    # what was told the category guesses nothing, and what goes on from an ending is taken for more than is drawn
    if asked.request.category is not None or continues:
        return state, ()
    return replace(state, guess=tuple(message.categories)), ()


def _seen(state: AppState, message: Seen, looking: Looking, now: float) -> Step:
    ghost = np.asarray(message.ghost, np.float32).reshape(-1, 3)
    if not np.isfinite(ghost).all() or state.offer is not None:  # the completion is there already
        ghost = ghost[:0]
    return replace(state, looking=None, sight=Sight(looking.request, ghost, message.heat, state.engine.model)), ()


def _not_seen(state: AppState, message: Failed, looking: Looking, now: float) -> Step:
    # not asked again until something else is drawn; the completion that is asked for next says what is wrong
    return replace(state, looking=None, sight=Sight(looking.request), guess=()), ()


def _chunk(state: AppState, message: Chunk, pending: Pending, now: float) -> Step:
    count = pending.request.endings
    if len(message.rows) != count or len(message.over) != count:
        return _failed(state, Failed(message.id, "the model's answer does not fit the question"), pending, now)
    offer = state.offer
    if offer is None or offer.id != message.id:
        state = without_ghost(state)
        offer = _new_offer(state, pending, now)
    # from here on at the present pace: what comes late is not made up for by a jump
    play = playback.rebased(offer, now, play_speed(state))
    places = [_place(ending, pending) for ending in offer.endings]
    endings = tuple(_longer(e, message.rows[i], message.over[i]) for e, i in zip(offer.endings, places, strict=True))
    return grant_wish(replace(state, offer=replace(offer, endings=endings, playback=play)), now, done=False)


def _done(state: AppState, message: Done, pending: Pending, now: float) -> Step:
    state = replace(state, pending=None, retries=0)
    offer = state.offer
    if offer is None or offer.id != message.id or not any(len(e.rows) for e in offer.endings):
        state = replace(state, offer=None, grid=False)
        return toast(state, now, "The model has nothing more to add"), ()
    endings = tuple(_finished(ending, message, _place(ending, pending)) for ending in offer.endings)
    return grant_wish(replace(state, offer=replace(offer, endings=endings, whole=True)), now, done=True)


def _failed(state: AppState, message: Failed, pending: Pending, now: float) -> Step:
    state = toast(state, now, f"The model could not answer: {message.message}", error=True)
    grid = state.grid and _shows_nine(state)
    return replace(state, pending=None, offer=superseded(state.offer), grid=grid), ()


def _shows_nine(state: AppState) -> bool:
    return state.offer is not None and len(state.offer.endings) > 1


def _place(ending: Ending, pending: Pending) -> int:
    # of the answer's endings the one that this is; what goes on with one ending is the only one, whichever that was
    return 0 if pending.continues else ending.index


def _new_offer(state: AppState, pending: Pending, now: float) -> Offer:
    endings = tuple(Ending(i) for i in range(pending.request.endings))
    return Offer(
        pending.id, pending.request, state.sketch, endings, Playback(now), state.engine.model, part=pending.part
    )


def _longer(ending: Ending, rows: np.ndarray, over: bool) -> Ending:
    rows = np.asarray(rows, np.float32).reshape(-1, 3)
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(bad):
        rows, over = rows[: bad[0]], True
    if ending.over or not len(rows):
        return replace(ending, over=ending.over or bool(over))
    return replace(ending, rows=np.concatenate([ending.rows, rows]), over=bool(over))


def _finished(ending: Ending, message: Done, place: int) -> Ending:
    if place >= len(message.ended):
        return replace(ending, over=True)
    category = message.categories[place] if place < len(message.categories) else None
    return replace(ending, over=True, ended=bool(message.ended[place]), category=category)


_HEAR = {
    Loading: _loading,
    Ready: _ready,
    Down: _down,
}

_ANSWERED = {
    Pending: {Guess: _guess, Chunk: _chunk, Done: _done, Failed: _failed},
    Looking: {Guess: _guess, Seen: _seen, Failed: _not_seen},
}
