"""What can be worked out from the state, for the view and the loop; nothing here changes anything."""

from __future__ import annotations

import numpy as np

from sketchrnn.app import playback
from sketchrnn.app.commands import COMMANDS, Command
from sketchrnn.app.pen import Hand, pen_widths, steadied
from sketchrnn.app.selection import Moving, said_category
from sketchrnn.app.state import Activity, AppState, EngineStatus, Offer, Pending, Tool
from sketchrnn.app.through import kept_ground, on_the_way, replaces
from sketchrnn.engine.messages import Heat, continue_strokes
from sketchrnn.sketch.types import Sketch, Stroke, ink_named

BORDER = 2.0
"""Px that ink may lie outside and is still seen: half of its width."""
GUESSES = 3
"""Shown beside the picker."""
_NOTHING = np.zeros((0, 3), np.float32)


def activity(state: AppState, now: float) -> Activity:
    """What is going on."""
    if in_gesture(state):
        return Activity.DRAWING
    if state.offer is not None and _moves(state.offer, state.pending, now, play_speed(state)):
        return Activity.ANIMATING
    if is_held(state) and (state.pending is None or _comes(state)):
        return Activity.OFFERED
    if state.pending is not None:
        return Activity.THINKING
    if state.ask_at is not None:
        return Activity.WAITING
    return Activity.IDLE if state.offer is None else Activity.OFFERED


def can_scrub(state: AppState) -> bool:
    """Whether there is one completion whose playback can be held and moved."""
    offer = state.offer
    if offer is None or len(offer.endings) != 1 or replaces(offer) or state.grid:
        return False
    return len(offer.endings[0].rows) > 0


def can_take_stroke(offer: Offer) -> bool:
    """Whether one stroke of it can be kept: it is one ending, beside what it goes on from."""
    return len(offer.endings) == 1 and not replaces(offer)


def is_held(state: AppState) -> bool:
    """Whether the playback was told to stand still."""
    return state.offer is not None and state.offer.playback.held


def shows_selection(state: AppState) -> bool:
    """Whether it is offered what to do with selected strokes: nothing is under way, and nothing is offered for them."""
    return state.selection is not None and state.offer is None and not state.grid and not in_gesture(state)


def in_gesture(state: AppState) -> bool:
    """Whether the pen is down, or the eraser, or the select tool."""
    return state.live is not None or state.erasing is not None or state.selecting is not None


def live_stroke(state: AppState, lifted: bool = False) -> Stroke | None:
    """The stroke under the pen, without points that repeat the one before; None while the pen is up.

    Args:
        state: as it is.
        lifted: as it will be when the pen lifts, tapered at its end.
    """
    if state.live is None:
        return None
    zoom, points, widths = state.view.camera.zoom, np.array(state.live), None
    fresh = np.concatenate([[True], np.any(points[1:] != points[:-1], axis=1)])
    points = points[fresh]
    if not state.settings.even_ink:
        hand = Hand(state.settings.ink_width, points_per_unit(state))
        widths = pen_widths(points, np.array(state.live_times)[fresh], hand, lifted)
    return Stroke(steadied(points, zoom), "hand", ink_named(state.settings.ink), widths)


def points_per_unit(state: AppState) -> float:
    """How large a page unit is seen, points: px are as many times smaller as the display is denser."""
    return state.view.camera.zoom / state.settings.ui_scale


def play_speed(state: AppState) -> float:
    """Points per second of the playback; infinity where motion is reduced."""
    return float("inf") if state.settings.reduced_motion else state.settings.speed


def shown_rows(state: AppState, now: float) -> tuple[np.ndarray, ...]:
    """What is to be drawn of each ending of the offer, (m, 3) float32 rows as in `playback.visible_rows`."""
    if state.offer is None:
        return ()
    shown = playback.shown_points(state.offer, now, play_speed(state))
    return tuple(playback.visible_rows(ending.rows, shown) for ending in state.offer.endings)


def pen_tips(state: AppState, now: float) -> tuple[tuple[float, float] | None, ...]:
    """Where the model's pen is for each ending, page units; None before its first point and when it is done."""
    if state.offer is None:
        return ()
    shown = playback.shown_points(state.offer, now, play_speed(state))
    return tuple(
        None if ending.over and shown >= len(ending.rows) else playback.pen_tip(ending.rows, shown)
        for ending in state.offer.endings
    )


def ending_sketch(state: AppState, index: int) -> Sketch:
    """The sketch as it would be with ending `index` of the offer, as far as it has come."""
    offer = state.offer
    if offer is None or not 0 <= index < len(offer.endings):
        return state.sketch
    whole = continue_strokes(kept_ground(state.sketch, offer), offer.endings[index].rows)
    return whole.with_strokes(whole.strokes)


def is_dirty(state: AppState) -> bool:
    """Whether the drawing has strokes, or lost some, that its file does not know."""
    return state.sketch.strokes != state.saved.strokes


def document_name(state: AppState) -> str:
    """What the drawing is called, for the window's title and the save panel."""
    return state.path.name if state.path else f"{state.title}.svg"


def window_title(state: AppState) -> str:
    return f"{'*' if is_dirty(state) else ''}{document_name(state)} - sketchrnn"


def category_text(state: AppState) -> str:
    """What stands on the category button: the category, or `auto` with what it guesses."""
    said = said_category(state)
    if said is not None:
        return said
    return "".join([f"auto: {name} {100 * likely:.0f} %" for name, likely in guesses(state)[:1]] or ["auto"])


def guesses(state: AppState) -> tuple[tuple[str, float], ...]:
    """What the drawing may be, (category, probability), likeliest first; none while it is not the model that says."""
    told = said_category(state) is not None or not state.sketch.strokes
    return () if told or not can_answer(state) else state.guess[:GUESSES]


def shown_ghost(state: AppState) -> np.ndarray:
    """The likeliest next stroke, (n, 3) float32 rows, page units, as far as it is to be shown."""
    if not state.settings.ghost or state.offer is not None or not _is_seen(state) or state.sight is None:
        return _NOTHING
    return state.sight.ghost


def shown_heat(state: AppState) -> Heat | None:
    """Where the next stroke may start, where that is to be shown."""
    if not state.settings.heat or not _is_seen(state) or state.sight is None:
        return None
    return state.sight.heat


def _is_seen(state: AppState) -> bool:
    # the pen that is down has answered where the next stroke starts
    sight = state.sight
    seen = sight is not None and sight.request.prefix.strokes == state.sketch.strokes
    return seen and can_answer(state) and not in_gesture(state) and not state.grid


def status_text(state: AppState, now: float) -> str:
    """One line that says what is going on and what can be done."""
    if state.engine.status is EngineStatus.DOWN:
        again = "; starting it again" if state.engine.restarting else "; drawing and saving go on without it"
        return f"The model is not there: {state.engine.message}{again}"
    if state.engine.status is EngineStatus.LOADING:
        return f"{state.engine.stage.capitalize()} ... draw already"
    if not state.settings.model_on:
        return "The model is off"
    return _activity_text(state, activity(state, now))


def is_enabled(state: AppState, command: Command) -> bool:
    """Whether the command would do something now: its button is drawn dim where not."""
    rule = _RULES.get(command)
    return rule is None or rule(state)


def can_ask(state: AppState) -> bool:
    """Whether the model would be asked if asked for: it is on and not gone for good."""
    gone = state.engine.status is EngineStatus.DOWN and not state.engine.restarting
    return state.settings.model_on and not gone


def cut_off(state: AppState) -> bool:
    """Whether the one ending shown, which goes on from the drawing, is over but was not ended by the model."""
    offer = state.offer
    return (
        offer is not None
        and len(offer.endings) == 1
        and not replaces(offer)
        and offer.endings[0].over
        and not offer.endings[0].ended
        and state.pending is None
    )


def shows_continue(state: AppState, now: float) -> bool:
    """Whether it is offered to draw on: the one ending shown was cut off, and all of it is there to be seen."""
    return cut_off(state) and activity(state, now) is Activity.OFFERED and not is_held(state)


def shows_hint(state: AppState) -> bool:
    """Whether the first run's hint stands beside the completion."""
    return state.hint_until is not None and state.offer is not None and not state.grid


def can_answer(state: AppState) -> bool:
    """Whether the model would answer now: only then are panes for nine endings opened, which leave no room to draw."""
    return can_ask(state) and state.engine.status is EngineStatus.READY


def why_no_code(state: AppState) -> str | None:
    """Why the drawing cannot be drawn through the latent code now, one line; None where it can be."""
    if not state.settings.model_on:
        return "The model is off; M turns it on"
    if not can_answer(state):
        return "The model is not ready yet" if can_ask(state) else "The model is not there"
    if not state.engine.has_latent:
        return f"The model {state.engine.model!r} has no latent code to draw through"
    return None if state.sketch.strokes else "Draw something first"


def can_go_on(state: AppState) -> bool:
    """Whether CONTINUE would draw on."""
    return can_answer(state) and cut_off(state)


def shown_extent(state: AppState) -> np.ndarray:
    """(n, 2) points, page units, whose bounds are those of the ink and of the completion on the page; n may be 0."""
    # asked for every picture: of the sketch only what it has worked out once
    bounds = state.sketch.bounds()
    corners = np.zeros((0, 2)) if bounds is None else np.reshape(bounds, (2, 2))
    return np.concatenate([corners, _of_model(state)])


def lies_outside(state: AppState) -> bool:
    """Whether some of the ink, or of the one completion shown, lies where the page is not seen."""
    return _reaches_beyond(state, shown_extent(state), state.view.canvas)


def lies_under_chips(state: AppState) -> bool:
    """Whether some of the one completion shown lies where chips may."""
    return _reaches_beyond(state, _of_model(state), state.view.clear)


def _of_model(state: AppState) -> np.ndarray:
    if state.offer is None or not state.offer.endings or state.grid:
        return _NOTHING[:, :2]
    return state.offer.endings[0].rows[:, :2]


def _reaches_beyond(state: AppState, points: np.ndarray, box: tuple[float, float, float, float]) -> bool:
    if state.grid or in_gesture(state) or not len(points):
        return False
    left, top, width, height = box
    low = state.view.camera.to_page(left - BORDER, top - BORDER)
    high = state.view.camera.to_page(left + width + BORDER, top + height + BORDER)
    return bool((points.min(0) < low).any() or (points.max(0) > high).any())


def next_wake(state: AppState, now: float) -> float | None:
    """Seconds until a `Tick` or a new frame is due though nothing happens; None for never, 0 for the next frame.

    Beyond this the engine must be polled while something is asked of it or the model is loading.
    """
    if activity(state, now) is Activity.ANIMATING:
        return 0.0
    due = [toast.until for toast in state.toasts]
    due += [] if state.hint_until is None else [state.hint_until]
    # a question that waits for the engine or for the pen to lift comes with their event
    waits = state.engine.status is not EngineStatus.READY or in_gesture(state)
    due += [at for at in (None if waits else state.ask_at, state.store_at) if at is not None]
    return max(0.0, min(due) - now) if due else None


def _moves(offer: Offer, pending: Pending | None, now: float, speed: float) -> bool:
    # an offer whose request was superseded before it was whole is shown as far as it came, and does not move
    if offer.playback.held:
        return False
    comes = pending is not None and pending.id == offer.id
    return (comes or all(ending.over for ending in offer.endings)) and not playback.is_over(offer, now, speed)


def _comes(state: AppState) -> bool:
    return state.offer is not None and state.pending is not None and state.pending.id == state.offer.id


def _activity_text(state: AppState, doing: Activity) -> str:
    if state.selecting is not None:
        return "Moving" if isinstance(state.selecting, Moving) else "Draw around strokes; Shift adds to those selected"
    if doing is Activity.IDLE and state.selection is not None:
        count = len(state.selection.indices)
        return f"{count} stroke{'s' * (count > 1)} selected: R finishes {'them' if count > 1 else 'it'} alone, Esc ends"
    if doing is Activity.IDLE and state.tool is Tool.SELECT and state.sketch.strokes:
        return "Click on a stroke, or draw around some"
    if doing is Activity.IDLE and not state.sketch.strokes:
        return "Draw the start of something"
    if doing is Activity.IDLE and len(shown_ghost(state)):
        return "Draw on, K keeps the faint stroke, R draws an ending"
    if doing in (Activity.OFFERED, Activity.ANIMATING) and on_the_way(state):
        return "Left, Right go along; Tab or a click takes one instead of yours; Esc drops them"
    if doing in (Activity.OFFERED, Activity.ANIMATING) and state.through is not None:
        return "A click or 1 to 9 takes one instead of yours; L draws nine others, Esc drops them"
    if doing in (Activity.OFFERED, Activity.ANIMATING) and state.grid:
        return "Click an ending or press 1 to 9; N draws nine others, Esc goes back to one"
    if is_held(state) and doing is Activity.OFFERED:
        return "U keeps it to here, Tab keeps it all, comma plays on"
    if doing is Activity.OFFERED and cut_off(state):
        return "Cut off before its end: . goes on, Tab keeps it, R draws another"
    return _TEXTS[doing]


_TEXTS = {
    Activity.IDLE: "Draw on, or press R for an ending",
    Activity.DRAWING: "Drawing",
    Activity.WAITING: "Your turn ends ...",
    Activity.THINKING: "Thinking",
    Activity.ANIMATING: "The model draws; draw on to interrupt it",
    Activity.OFFERED: "Tab keeps it, Shift+Tab keeps a stroke, R draws another, N shows nine",
}

_RULES = {
    Command.KEEP: lambda s: s.offer is not None,
    Command.KEEP_STROKE: lambda s: can_take_stroke(s.offer) if s.offer is not None else len(shown_ghost(s)) > 0,
    Command.KEEP_HERE: can_scrub,
    Command.PLAY: can_scrub,
    Command.POINT_BACK: lambda s: can_scrub(s) or on_the_way(s),
    Command.POINT_ON: lambda s: can_scrub(s) or on_the_way(s),
    Command.STROKE_BACK: can_scrub,
    Command.STROKE_ON: can_scrub,
    Command.ANOTHER: can_ask,
    Command.NINE: can_answer,
    Command.AGAIN: lambda s: why_no_code(s) is None,
    Command.BETWEEN: lambda s: why_no_code(s) is None,
    Command.ONE: lambda s: s.grid,
    Command.EARLIER: lambda s: s.settings.model_on and bool(s.seen),
    Command.LATER: lambda s: s.settings.model_on and bool(s.seen),
    Command.CONTINUE: can_go_on,
    Command.UNDO: lambda s: not in_gesture(s) and (s.offer is not None or bool(s.history.past)),
    Command.REDO: lambda s: not in_gesture(s) and (s.set_aside is not None or bool(s.history.future)),
    Command.CLEAR: lambda s: bool(s.sketch.strokes) or s.offer is not None,
    Command.RANDOM_CATEGORY: lambda s: bool(s.engine.categories),
    Command.PICKER: lambda s: bool(s.engine.categories),
    Command.TAKE_GUESS: lambda s: bool(s.guess) or said_category(s) is not None,
    Command.EXPORT: lambda s: bool(s.sketch.strokes),
    Command.ADD_TO_DATA: lambda s: bool(s.sketch.strokes),
    Command.BROWSE: lambda s: s.system_dialogs,
    Command.SELECT_ALL: lambda s: bool(s.sketch.strokes),
    **dict.fromkeys((c for c, info in COMMANDS.items() if info.selected), lambda s: s.selection is not None),
    Command.COPY: lambda s: bool(s.sketch.strokes),
}
