"""What lies open over the page: lists and typed text. What rows do when they are taken is in the parts they belong to.

While a dialog is open the page takes nothing; of the commands only those in `ALLOWED` are heard.
"""

from __future__ import annotations

from dataclasses import replace

from sketchrnn.app import update_collect as collect
from sketchrnn.app import update_export as export
from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import (
    AUTO_ROW,
    VISIBLE_ROWS,
    Confirm,
    Dialog,
    Export,
    FilePanel,
    Help,
    Picker,
    Records,
    Recovery,
)
from sketchrnn.app.events import Choose, Key, Scrolled, Typed
from sketchrnn.app.searching import matching
from sketchrnn.app.selection import said_category
from sketchrnn.app.state import AppState
from sketchrnn.app.steps import Step, toast
from sketchrnn.app.update_asking import set_category
from sketchrnn.app.update_files import answer, call_off, take_entry, take_name, take_record
from sketchrnn.app.update_recovery import take_lost

ALLOWED = frozenset(
    {
        Command.ESCAPE,
        Command.QUIT,
        Command.FULL_SCREEN,
        Command.TOGGLE_THEME,
        Command.TOGGLE_MOTION,
        Command.UI_LARGER,
        Command.UI_SMALLER,
        Command.HELP,
        Command.PICKER,
        Command.BROWSE,
    }
)
LONGEST_TEXT = 200
_List = Picker | FilePanel | Confirm | Recovery | Records | Export
_MOVES = {Key.UP: -1, Key.DOWN: 1, Key.PAGE_UP: -VISIBLE_ROWS, Key.PAGE_DOWN: VISIBLE_ROWS}


def toggle_help(state: AppState, now: float) -> Step:
    if isinstance(state.dialog, Help):
        return replace(state, dialog=None), ()
    return (replace(state, dialog=Help()) if state.dialog is None else state), ()


def toggle_picker(state: AppState, now: float) -> Step:
    """The category picker, with the present category selected."""
    if state.dialog is not None:
        return (replace(state, dialog=None) if isinstance(state.dialog, Picker) else state), ()
    if not state.engine.categories:
        return toast(state, now, "The categories come with the model, which is not there yet"), ()
    rows = matching(state.engine.categories, "")
    said = said_category(state)
    picker = Picker(rows=rows, selected=rows.index(said) if said in rows else 0)
    return replace(state, dialog=_seen(picker)), ()


def typed(state: AppState, event: Typed, now: float) -> Step:
    """Text for the dialog that is open."""
    if _is_writing(state):
        return state, ()
    text = "".join(c for c in event.text if c.isprintable())
    if isinstance(state.dialog, Picker | FilePanel) and text:
        return _with_text(state, state.dialog, (_text(state.dialog) + text)[:LONGEST_TEXT]), ()
    return state, ()


def key(state: AppState, event: Key, now: float) -> Step:
    """A key for the dialog that is open."""
    if state.dialog is None or _is_writing(state):
        return state, ()
    if event is Key.ENTER:
        return _enter(state, state.dialog, now)
    if event is Key.BACKSPACE:
        return _backspace(state), ()
    if event is Key.END:
        return replace(state, dialog=_kept(state.dialog)), ()
    return replace(state, dialog=_moved(state.dialog, _MOVES[event])), ()


def choose(state: AppState, event: Choose, now: float) -> Step:
    """A click on a row or a button."""
    dialog = state.dialog
    if dialog is None or _is_writing(state) or isinstance(dialog, Help) or not 0 <= event.index < row_count(dialog):
        return state, ()
    dialog = replace(dialog, selected=event.index)
    return _take(replace(state, dialog=dialog), dialog, event.index, now)


def scrolled(state: AppState, event: Scrolled, now: float) -> Step:
    """The wheel over a list or its bar, or a page of the help turned."""
    dialog = state.dialog
    if isinstance(dialog, Help):
        return replace(state, dialog=_moved(dialog, event.rows)), ()
    if dialog is None or isinstance(dialog, Confirm | Export):
        return state, ()
    top = min(max(dialog.top + event.rows, 0), max(row_count(dialog) - VISIBLE_ROWS, 0))
    return replace(state, dialog=replace(dialog, top=top)), ()


def close(state: AppState, now: float) -> Step:
    """ESCAPE: the dialog goes as if it had not been."""
    if isinstance(state.dialog, Confirm):
        return call_off(state, state.dialog)
    return replace(state, dialog=None, after_save=None), ()


def _is_writing(state: AppState) -> bool:
    # a name that was typed now, or taken twice, would be that of another file
    return isinstance(state.dialog, FilePanel) and state.dialog.writing


def row_count(dialog: Dialog) -> int:
    """Rows (or buttons) that can be taken."""
    if isinstance(dialog, Confirm):
        return len(dialog.choices)
    if isinstance(dialog, FilePanel):
        return len(dialog.entries)
    if isinstance(dialog, Export):
        return len(dialog.rows) + len(dialog.buttons)
    return 0 if isinstance(dialog, Help) else len(dialog.rows)


def _take(state: AppState, dialog: _List, index: int, now: float) -> Step:
    if isinstance(dialog, Picker):
        name = dialog.rows[index]
        state = replace(state, dialog=None)
        if dialog.adding:
            return collect.add_as(state, name)
        return set_category(state, None if name == AUTO_ROW else name, now)
    if isinstance(dialog, Confirm):
        return answer(state, dialog, index, now)
    if isinstance(dialog, FilePanel):
        return take_entry(state, dialog, index, now)
    if isinstance(dialog, Export):
        return export.take(state, dialog, index, now)
    if isinstance(dialog, Records):
        return take_record(state, dialog, index, now)
    return take_lost(state, dialog, index, now)


def _enter(state: AppState, dialog: Dialog, now: float) -> Step:
    if isinstance(dialog, Help):
        return close(state, now)
    if isinstance(dialog, FilePanel):
        return _enter_panel(state, dialog, now)
    if isinstance(dialog, Export):
        return export.enter(state, dialog, now)
    return _take(state, dialog, dialog.selected, now) if row_count(dialog) else (state, ())


def _enter_panel(state: AppState, panel: FilePanel, now: float) -> Step:
    row = panel.selected
    # what is saved is the typed name; only a folder's row is taken instead
    if row is None or (not panel.purpose.reads and not panel.entries[row].is_folder):
        return take_name(state, panel, now)
    return take_entry(state, panel, row, now)


def _moved(dialog: Dialog, by: int) -> Dialog:
    if isinstance(dialog, Help):
        return replace(dialog, page=max(dialog.page + by, 0))
    count = row_count(dialog)
    if not count:
        return dialog
    begin = dialog.selected if dialog.selected is not None else (-1 if by > 0 else count)
    selected = min(max(begin + by, 0), count - 1)
    if isinstance(dialog, Export):
        return export.moved(dialog, selected)
    if isinstance(dialog, FilePanel) and not dialog.purpose.reads and not dialog.entries[selected].is_folder:
        dialog = replace(dialog, name=dialog.entries[selected].name, proposed=True)
    return _seen(replace(dialog, selected=selected))


def _seen(dialog: Dialog) -> Dialog:
    """The list scrolled so that the selected row is among the visible ones."""
    if isinstance(dialog, Help | Confirm | Export) or dialog.selected is None:
        return dialog
    top = min(max(dialog.top, dialog.selected - VISIBLE_ROWS + 1), dialog.selected)
    return replace(dialog, top=max(top, 0))


def _text(dialog: Picker | FilePanel) -> str:
    """What typing goes on from: nothing where the name is a proposal, as in every desktop's dialog."""
    if isinstance(dialog, Picker):
        return dialog.search
    return "" if dialog.proposed else dialog.name


def _kept(dialog: Dialog) -> Dialog:
    return replace(dialog, proposed=False) if isinstance(dialog, FilePanel) else dialog


def _with_text(state: AppState, dialog: Picker | FilePanel, text: str) -> AppState:
    if isinstance(dialog, Picker):
        rows = collect.words(state, text) if dialog.adding else matching(state.engine.categories, text)
        return replace(state, dialog=Picker(text, rows, adding=dialog.adding))
    selected = _first_fitting(dialog, text) if dialog.purpose.reads and text else None
    return replace(state, dialog=_seen(replace(dialog, name=text, proposed=False, error="", selected=selected)))


def _first_fitting(panel: FilePanel, text: str) -> int | None:
    fitting = (i for i, entry in enumerate(panel.entries) if entry.name.casefold().startswith(text.casefold()))
    return next(fitting, None)


def _backspace(state: AppState) -> AppState:
    if not isinstance(state.dialog, Picker | FilePanel):
        return state
    return _with_text(state, state.dialog, _text(state.dialog)[:-1])
