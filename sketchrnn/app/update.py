"""`update(state, event, now) -> (state, effects)`: what happens when. Pure: time comes in, effects go out.

This file only says which small function hears what; they lie in `update_drawing` (pen, eraser, undo), `update_asking`
(when the model is asked, and what), `update_looking` (when it looks), `update_engine` (what it answers), `update_seen`,
`update_scrub`, `update_keep`, `update_through`, `update_select`, `update_view`, `update_dialogs`, `update_files`,
`update_export`, `update_collect` (to the person's data set), `update_system` (the desktop's own dialog),
`update_recovery`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sketchrnn.app import update_asking as asking
from sketchrnn.app import update_dialogs as dialogs
from sketchrnn.app import update_drawing as drawing
from sketchrnn.app import update_files as files
from sketchrnn.app import update_keep as keeping
from sketchrnn.app import update_looking as looking
from sketchrnn.app import update_scrub as scrubbing
from sketchrnn.app import update_seen as earlier
from sketchrnn.app import update_select as select
from sketchrnn.app import update_through as through
from sketchrnn.app import update_view as view
from sketchrnn.app.commands import Command
from sketchrnn.app.effects import Effect, SetFullScreen, StoreSettings
from sketchrnn.app.events import (
    BringBack,
    Choose,
    CopyMade,
    Dropped,
    Event,
    FileFailed,
    FileRead,
    FileWritten,
    FolderListed,
    FromEngine,
    Key,
    Notice,
    OnDisplay,
    Pan,
    PenCancel,
    PenDown,
    PenMove,
    PenUp,
    Recovered,
    Resized,
    Scrolled,
    Scrub,
    SetAlong,
    SetCategory,
    SetCloseness,
    SetInk,
    SetPause,
    SetSeed,
    SetSpeed,
    SetTemperature,
    SystemChose,
    TakeEnding,
    Tick,
    Typed,
    Zoom,
)
from sketchrnn.app.questions import in_gesture, shown_ghost
from sketchrnn.app.seen import remembered
from sketchrnn.app.selection import after_change
from sketchrnn.app.state import AppState, Tool
from sketchrnn.app.steps import Step, chain, model_is_busy, quiet_model, toast
from sketchrnn.app.through import kept_by_key, on_the_way
from sketchrnn.app.update_collect import add_to_data, with_new_words
from sketchrnn.app.update_engine import from_engine
from sketchrnn.app.update_export import open_export
from sketchrnn.app.update_recovery import recovered
from sketchrnn.app.update_system import ask_system, system_chose

TEMPERATURE_STEP = 0.05
PAUSE_STEP = 0.1
SPEED_FACTOR = 1.25


def update(state: AppState, event: Event, now: float) -> Step:
    """The state after an event, and what is to be done.

    Args:
        state: as it is.
        event: what happened.
        now: when, seconds of a monotonic clock; never less than at the last call.

    Returns:
        The new state, and the effects in the order in which they are to be done.
    """
    if state.dialog is not None and type(event) in _OF_THE_PAGE:
        return state, ()
    after, effects = _heard(state, event, now)
    if after.through is not None and not after.grid:
        after = replace(after, through=None)
    if not in_gesture(after):
        after = remembered(after_change(state, view.following(after, now)))
        after = view.with_model_in_sight(state, after, now)
    return after, effects


def _heard(state: AppState, event: Event, now: float) -> Step:
    if isinstance(event, Command):
        return _command(state, event, now)
    return _HEAR[type(event)](state, event, now)


def _command(state: AppState, command: Command, now: float) -> Step:
    if state.dialog is not None and command not in dialogs.ALLOWED:
        return state, ()
    if command is Command.ESCAPE and state.selecting is not None:
        return drawing.pen_cancel(state, PenCancel(), now)
    if in_gesture(state) and command not in _DURING_A_GESTURE:
        return state, ()
    return _DO[command](state, now)


def _tick(state: AppState, event: Tick, now: float) -> Step:
    if any(t.until <= now for t in state.toasts):
        state = replace(state, toasts=tuple(t for t in state.toasts if t.until > now))
    effects: tuple[Effect, ...] = ()
    if state.store_at is not None and now >= state.store_at:
        state, effects = replace(state, store_at=None), (StoreSettings(state.settings),)
    step = chain((view.with_hint(state, now), effects), asking.ask_when_due, now)
    return chain(step, looking.look_when_due, now)


def _escape(state: AppState, now: float) -> Step:
    """Whatever is nearest: the dialog, then nine endings, the model, the selection, full screen."""
    if state.dialog is not None:
        return dialogs.close(state, now)
    if state.grid:
        return asking.one(state, now)
    if model_is_busy(state) or len(shown_ghost(state)):
        return quiet_model(looking.without_ghost(state))
    if state.selection is not None:
        return select.let_go(state)
    if state.view.full_screen:
        return replace(state, view=replace(state.view, full_screen=False)), (SetFullScreen(False),)
    return state, ()


def _with_tool(tool: Tool, state: AppState, now: float) -> Step:
    if in_gesture(state):  # what is under way goes on with what it was begun with
        return replace(state, tool=tool), ()
    step = (state, ()) if tool is Tool.SELECT else select.let_go(state)
    return replace(step[0], tool=tool), step[1]


def _leave(command: Command, state: AppState, now: float) -> Step:
    return files.leave_drawing(state, command, now)


def _hotter(by: float, state: AppState, now: float) -> Step:
    return asking.set_temperature(state, state.settings.temperature + by, now)


def _faster(factor: float, state: AppState, now: float) -> Step:
    return asking.set_speed(state, state.settings.speed * factor, now)


def _longer_pause(by: float, state: AppState, now: float) -> Step:
    return asking.set_pause(state, state.settings.pause + by, now)


def _by_point(by: int, state: AppState, now: float) -> Step:
    return through.step_along(state, by, now) if on_the_way(state) else scrubbing.by_points(state, by, now)


def _from_engine(state: AppState, event: FromEngine, now: float) -> Step:
    state, effects = from_engine(state, event, now)
    return with_new_words(state), effects


def _notice(state: AppState, event: Notice, now: float) -> Step:
    return toast(state, now, event.text, event.error), ()


_DO = {
    Command.KEEP: lambda state, now: keeping.keep(state, kept_by_key(state), now),
    Command.KEEP_STROKE: keeping.keep_stroke,
    Command.KEEP_HERE: keeping.keep_here,
    Command.PLAY: scrubbing.play,
    Command.POINT_BACK: partial(_by_point, -1),
    Command.POINT_ON: partial(_by_point, 1),
    Command.STROKE_BACK: lambda state, now: scrubbing.by_stroke(state, False, now),
    Command.STROKE_ON: lambda state, now: scrubbing.by_stroke(state, True, now),
    Command.ANOTHER: asking.another,
    Command.NINE: asking.nine,
    Command.AGAIN: through.again,
    Command.BETWEEN: lambda state, now: through.between(state, now) or files.open_other(state),
    Command.ONE: asking.one,
    Command.EARLIER: lambda state, now: earlier.step_back(state, 1, now),
    Command.LATER: lambda state, now: earlier.step_back(state, -1, now),
    Command.CONTINUE: asking.go_on,
    Command.ESCAPE: _escape,
    Command.TOGGLE_MODEL: asking.toggle_model,
    Command.PICKER: dialogs.toggle_picker,
    Command.RANDOM_CATEGORY: asking.random_category,
    Command.AUTO_CATEGORY: lambda state, now: asking.set_category(state, None, now),
    Command.TAKE_GUESS: looking.take_guess,
    Command.TOGGLE_GHOST: looking.toggle_ghost,
    Command.TOGGLE_HEAT: looking.toggle_heat,
    Command.HOTTER: partial(_hotter, TEMPERATURE_STEP),
    Command.COOLER: partial(_hotter, -TEMPERATURE_STEP),
    Command.FASTER: partial(_faster, SPEED_FACTOR),
    Command.SLOWER: partial(_faster, 1 / SPEED_FACTOR),
    Command.PAUSE_LONGER: partial(_longer_pause, PAUSE_STEP),
    Command.PAUSE_SHORTER: partial(_longer_pause, -PAUSE_STEP),
    Command.PEN: partial(_with_tool, Tool.PEN),
    Command.ERASER: partial(_with_tool, Tool.ERASER),
    Command.SELECT: partial(_with_tool, Tool.SELECT),
    Command.SELECT_ALL: select.select_all,
    Command.DELETE: select.delete,
    Command.MOVE_LEFT: lambda state, now: select.nudge(state, -1, 0, now),
    Command.MOVE_RIGHT: lambda state, now: select.nudge(state, 1, 0, now),
    Command.MOVE_UP: lambda state, now: select.nudge(state, 0, -1, now),
    Command.MOVE_DOWN: lambda state, now: select.nudge(state, 0, 1, now),
    Command.GROW: lambda state, now: select.grow(state, 1, now),
    Command.SHRINK: lambda state, now: select.grow(state, -1, now),
    Command.THICKER: lambda state, now: view.widen_ink(state, 1.0, now),
    Command.THINNER: lambda state, now: view.widen_ink(state, -1.0, now),
    Command.NEXT_INK: view.next_ink,
    Command.EVEN_INK: view.toggle_even_ink,
    Command.UNDO: drawing.undo,
    Command.REDO: drawing.redo,
    Command.CLEAR: drawing.clear,
    Command.NEW: partial(_leave, Command.NEW),
    Command.OPEN: partial(_leave, Command.OPEN),
    Command.QUIT: partial(_leave, Command.QUIT),
    Command.SAVE: files.save,
    Command.SAVE_AS: files.save_as,
    Command.EXPORT: open_export,
    Command.BROWSE: ask_system,
    Command.COPY: files.copy,
    Command.ADD_TO_DATA: add_to_data,
    Command.FIT: view.fit,
    Command.ZOOM_IN: lambda state, now: view.zoom_step(state, 1, now),
    Command.ZOOM_OUT: lambda state, now: view.zoom_step(state, -1, now),
    Command.FULL_SCREEN: view.toggle_full_screen,
    Command.TOGGLE_THEME: view.toggle_theme,
    Command.UI_LARGER: lambda state, now: view.scale_ui(state, 1, now),
    Command.UI_SMALLER: lambda state, now: view.scale_ui(state, -1, now),
    Command.TOGGLE_MOTION: view.toggle_motion,
    Command.HELP: dialogs.toggle_help,
}

_HEAR = {
    PenDown: drawing.pen_down,
    PenMove: drawing.pen_move,
    PenUp: drawing.pen_up,
    PenCancel: drawing.pen_cancel,
    TakeEnding: lambda state, event, now: keeping.keep(state, event.index, now),
    BringBack: earlier.bring_back,
    Scrub: scrubbing.scrub,
    SetCategory: lambda state, event, now: asking.set_category(state, event.category, now),
    SetTemperature: lambda state, event, now: asking.set_temperature(state, event.value, now),
    SetSpeed: lambda state, event, now: asking.set_speed(state, event.value, now),
    SetCloseness: through.set_closeness,
    SetAlong: through.set_along,
    SetPause: lambda state, event, now: asking.set_pause(state, event.value, now),
    SetInk: view.set_ink,
    SetSeed: lambda state, event, now: asking.set_seed(state, event.value, now),
    Zoom: view.zoom,
    Pan: view.pan,
    Resized: view.resized,
    OnDisplay: view.on_display,
    Typed: dialogs.typed,
    Key: dialogs.key,
    Choose: dialogs.choose,
    Scrolled: dialogs.scrolled,
    FromEngine: _from_engine,
    FileRead: files.file_read,
    Dropped: files.dropped,
    FileWritten: files.file_written,
    FileFailed: files.file_failed,
    CopyMade: files.copy_made,
    FolderListed: files.folder_listed,
    SystemChose: system_chose,
    Recovered: recovered,
    Notice: _notice,
    Tick: _tick,
}

_OF_THE_PAGE = frozenset(
    {
        PenDown,
        TakeEnding,
        BringBack,
        Scrub,
        SetCategory,
        SetTemperature,
        SetSpeed,
        SetPause,
        SetCloseness,
        SetAlong,
        SetInk,
        SetSeed,
        Zoom,
        Pan,
    }
)
"""Events that an open dialog keeps from the page. A gesture that is under way goes on."""

_DURING_A_GESTURE = frozenset(
    {
        Command.PEN,
        Command.ERASER,
        Command.SELECT,
        Command.FULL_SCREEN,
        Command.TOGGLE_THEME,
        Command.TOGGLE_MOTION,
        Command.UI_LARGER,
        Command.UI_SMALLER,
        Command.THICKER,
        Command.THINNER,
        Command.NEXT_INK,
        Command.EVEN_INK,
        Command.HOTTER,
        Command.COOLER,
        Command.FASTER,
        Command.SLOWER,
        Command.PAUSE_LONGER,
        Command.PAUSE_SHORTER,
        Command.QUIT,
    }
)
"""Commands that are heard while the pen is down; undo, for one, is refused."""
