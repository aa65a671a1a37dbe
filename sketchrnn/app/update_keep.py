"""Keeping a completion, all of it, stroke by stroke or as far as it is shown.

Each is one undo step, and the model's strokes say so.

What was asked to be kept before it had come is a `Wish`; it is granted as soon as enough has come, or with what there
is when the person draws on.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sketchrnn.app import playback
from sketchrnn.app.questions import play_speed, shown_ghost
from sketchrnn.app.state import PAGE_SCALE, AppState, Ending, Offer, Playback, Wish
from sketchrnn.app.steps import Step, chain, change_sketch, quiet_model
from sketchrnn.app.through import kept_ground, replaces
from sketchrnn.engine.messages import MorphRequest, RedrawRequest, asked_about, continue_strokes
from sketchrnn.sketch.frame import SCALE_NOTE, box_scale
from sketchrnn.sketch.said import as_said, said_word
from sketchrnn.sketch.types import Sketch


def keep(state: AppState, index: int, now: float) -> Step:
    """Keep ending `index` of those shown; once it has come whole, if it has not."""
    offer = state.offer
    if offer is None or not 0 <= index < len(offer.endings):
        return state, ()
    ending = offer.endings[index]
    if _is_streaming(state) and not ending.over:
        return _wish(state, replace(offer, endings=(ending,)), Wish.ALL), ()
    return _commit(state, offer, ending)


def keep_here(state: AppState, now: float) -> Step:
    """Keep what is shown of the one ending and let the rest go."""
    offer = state.offer
    if offer is None or len(offer.endings) != 1 or replaces(offer):
        return state, ()
    ending, shown = offer.endings[0], playback.shown_points(offer, now, play_speed(state))
    rows = playback.visible_rows(ending.rows, shown)
    if len(rows) == 0:
        return state, ()
    return _commit(state, offer, replace(ending, rows=rows))


def keep_stroke(state: AppState, now: float) -> Step:
    """Keep the next stroke of the one ending shown; the rest stays offered, without asking again. Or keep the ghost."""
    offer = state.offer
    if offer is None:
        return _keep_ghost(state)
    if len(offer.endings) != 1 or replaces(offer):
        return state, ()
    ending = offer.endings[0]
    length = _first_stroke(ending)
    if length == 0:
        waits = _is_streaming(state) and not ending.over
        return (_wish(state, offer, Wish.STROKE) if waits else state), ()
    if length == len(ending.rows) and (ending.over or not _is_streaming(state)):
        return _commit(state, offer, ending)
    return _take_stroke(state, offer, length, now)


def keep_wished(state: AppState) -> Step:
    """What was asked to be kept, as far as it has come: the person draws on and waits no longer."""
    offer = state.offer
    if offer is None or offer.wish is None or len(offer.endings[0].rows) == 0:
        return state, ()
    if replaces(offer) and not offer.endings[0].over:
        return state, ()  # half of a drawing does not take the place of a whole one
    return _commit(state, offer, offer.endings[0])


def grant_wish(state: AppState, now: float, done: bool) -> Step:
    """Keep what was asked for, if enough of it has come."""
    offer = state.offer
    if offer is None or offer.wish is None:
        return state, ()
    if offer.wish is Wish.ALL:
        return keep(state, 0, now) if done else (state, ())
    if _first_stroke(offer.endings[0]) == 0:
        return state, ()
    return keep_stroke(replace(state, offer=replace(offer, wish=None)), now)


def with_model_strokes(
    sketch: Sketch, rows: np.ndarray, offer: Offer, ending: Ending, scale: float | None = None
) -> Sketch:
    """The sketch with rows of an ending drawn on, and notes on which model drew them and how to draw them again.

    What is drawn through the latent code comes instead of what it was drawn after.

    Args:
        sketch: what the ending goes on from.
        rows: (n, 3) float32, absolute x, y and pen_lifted, page units.
        scale: sketch units per page unit that they were drawn at, if known.
    """
    category = ending.category or offer.request.category
    notes = {
        "model": offer.model or "unknown",
        "seed": str(offer.request.seed),
        "ending": str(ending.index),
        "temperature": f"{offer.request.temperature:g}",
        "category": category or "auto",
    }
    if isinstance(offer.request, RedrawRequest):
        notes["closeness"] = f"{offer.request.closeness:g}"
    elif isinstance(offer.request, MorphRequest):
        notes["between"] = f"{ending.index + 1} of {offer.request.endings}"
    else:
        notes["guidance"] = f"{offer.request.guidance:g}"
    drawn = continue_strokes(kept_ground(sketch, offer), rows)
    if not offer.part:
        # on the way between two drawings it is no more what the first one was said to be
        said = None if isinstance(offer.request, MorphRequest) else offer.request.category
        return _noted(drawn, sketch, (said, category), notes, scale)
    # what some of the strokes are is not what the drawing is, and its scale may be another
    return _noted(drawn, sketch, (None, None), notes | {"part": " ".join(map(str, offer.part))}, None)


def _noted(
    drawn: Sketch, before: Sketch, words: tuple[str | None, str | None], notes: dict[str, str], scale: float | None
) -> Sketch:
    # the words: what the person said that it is, and what the model drew it as
    said, drawn_as = words
    notes = dict(before.provenance) | notes | ({} if scale is None else {SCALE_NOTE: repr(scale)})
    sketch = Sketch(drawn.strokes, before.category or drawn_as, tuple(notes.items()))
    return as_said(sketch, said_word(before) or said)


def _wish(state: AppState, offer: Offer, wish: Wish) -> AppState:
    # what is wished for is not asked for anew, whatever a slider has just been set to
    return replace(state, offer=replace(offer, wish=wish), grid=False, ask_at=None)


def _commit(state: AppState, offer: Offer, ending: Ending) -> Step:
    if len(ending.rows) == 0:
        return quiet_model(state)
    scale = box_scale(asked_about(offer.request), PAGE_SCALE) if replaces(offer) else state.scale
    sketch = with_model_strokes(state.sketch, ending.rows, offer, ending, scale)
    step = chain(quiet_model(state), change_sketch, sketch)
    if not replaces(offer):
        return _joined(step[0], offer, sketch), step[1]
    return _in_place(step[0], offer, sketch, scale), step[1]


def _in_place(state: AppState, offer: Offer, sketch: Sketch, scale: float | None) -> AppState:
    # what took the place of the selected strokes is selected; else it is all there is
    if state.selection is None or not offer.part:
        return replace(state, scale=scale)
    new = tuple(range(len(kept_ground(offer.prefix, offer).strokes), len(sketch.strokes)))
    return replace(state, selection=replace(state.selection, indices=new, scale=scale))


def _keep_ghost(state: AppState) -> Step:
    ghost, sight = shown_ghost(state), state.sight
    if sight is None or len(ghost) == 0:
        return state, ()
    said = sight.request.category
    category = said or next((name for name, _ in state.guess), None)
    notes = {"model": sight.model or "unknown", "ending": "likeliest stroke", "category": category or "auto"}
    sketch = _noted(continue_strokes(state.sketch, ghost), state.sketch, (said, category), notes, state.scale)
    return chain(quiet_model(state), change_sketch, sketch)


def _take_stroke(state: AppState, offer: Offer, length: int, now: float) -> Step:
    ending, streaming = offer.endings[0], _is_streaming(state)
    sketch = with_model_strokes(state.sketch, ending.rows[:length], offer, ending, state.scale)
    shown = playback.shown_points(offer, now, play_speed(state))
    rest = replace(
        offer,
        prefix=sketch,
        endings=(replace(ending, rows=ending.rows[length:]),),
        playback=Playback(now, max(0.0, shown - length), offer.playback.held),
        part=_with_new(offer, sketch),
    )
    step = (state, ()) if streaming else quiet_model(state)
    step = chain(step, change_sketch, sketch)
    return replace(_joined(step[0], offer, sketch), offer=rest), step[1]


def _joined(state: AppState, offer: Offer, sketch: Sketch) -> AppState:
    # what was drawn for the selected strokes is one of them
    if state.selection is None or not offer.part:
        return state
    return replace(state, selection=replace(state.selection, indices=_with_new(offer, sketch)))


def _with_new(offer: Offer, sketch: Sketch) -> tuple[int, ...]:
    # the part and the strokes drawn for it; the prefix is what was there before
    if not offer.part:
        return ()
    return (*offer.part, *range(len(offer.prefix.strokes), len(sketch.strokes)))


def _first_stroke(ending: Ending) -> int:
    """Rows of the ending's first stroke; 0 while its pen-up has not come."""
    lifts = np.flatnonzero(ending.rows[:, 2] > 0.5)
    if len(lifts):
        return int(lifts[0]) + 1
    return len(ending.rows) if ending.over else 0


def _is_streaming(state: AppState) -> bool:
    return state.pending is not None and state.offer is not None and state.pending.id == state.offer.id
