"""New, open, save, and what is asked before a drawing that is not saved is let go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath, PureWindowsPath
from typing import TypeVar

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Confirm, Entry, FilePanel, Purpose, Question, Records
from sketchrnn.app.effects import (
    Copy,
    EndAutosave,
    ListFolder,
    PutOnClipboard,
    Quit,
    ReadFile,
    RememberFile,
    StoreRecent,
    StoreSettings,
    WriteFile,
)
from sketchrnn.app.events import CopyMade, Dropped, FileFailed, FileRead, FileWritten, FolderListed
from sketchrnn.app.history import History
from sketchrnn.app.placing import on_page
from sketchrnn.app.questions import document_name, in_gesture, is_dirty
from sketchrnn.app.recent import with_newest
from sketchrnn.app.said import with_word_of
from sketchrnn.app.state import AppState
from sketchrnn.app.steps import STORE_AFTER, Step, chain, put_sketch, quiet_model, toast
from sketchrnn.app.update_drawing import finish_gesture
from sketchrnn.app.update_keep import keep_wished
from sketchrnn.app.update_through import begin_between
from sketchrnn.app.update_view import fit
from sketchrnn.sketch.kinds import READABLE, SUFFIXES, Options, format_named
from sketchrnn.sketch.said import as_said
from sketchrnn.sketch.types import Sketch

SAVE, DISCARD, CANCEL = range(3)
"""Answers to the question about an unsaved drawing."""
# a second ENTER, after the one that gave the name, must not cost what another program or another day made
_OVERWRITE = Confirm(Question.OVERWRITE, "", ("Replace", "Cancel"), selected=1)
_Path = TypeVar("_Path", bound=PurePath)


def leave_drawing(state: AppState, then: Command, now: float, dropped: Path | None = None) -> Step:
    """NEW, OPEN or QUIT: at once, or after asking what becomes of a drawing that is not saved."""
    step = chain(finish_gesture(replace(state, dropped=dropped), now), keep_wished)
    return chain(step, _ask_or_go, then, now)


def dropped(state: AppState, event: Dropped, now: float) -> Step:
    """A file dropped on the window is opened as by the panel."""
    return leave_drawing(state, Command.OPEN, now, event.path)


def save(state: AppState, now: float) -> Step:
    """To its own file; where it has none yet, the person names one."""
    if state.path is None:
        return save_as(state, now)
    return _write(state, state.path, overwrite=True, unchanged=True)


def save_as(state: AppState, now: float) -> Step:
    return open_panel(state, Purpose.SAVE, str(Path(document_name(state)).with_suffix(".svg")))


def copy(state: AppState, now: float) -> Step:
    if not state.sketch.strokes:
        return toast(state, now, "There is nothing to copy yet"), ()
    return state, (Copy(_described(state), state.export, state.settings.ink_width),)


def copy_made(state: AppState, event: CopyMade, now: float) -> Step:
    return state, (PutOnClipboard(event.text),)


def answer(state: AppState, dialog: Confirm, index: int, now: float) -> Step:
    """A button of a question was pressed."""
    if index >= len(dialog.choices) - 1:
        return call_off(state, dialog)
    state = replace(state, dialog=dialog.panel)
    if dialog.question is Question.OVERWRITE and dialog.path is not None:
        return _write(state, dialog.path, overwrite=True, export=_export_of(state, dialog.path, dialog.export))
    if index == SAVE:
        return save(replace(state, after_save=dialog.then), now)
    return _go(state, Command(dialog.then), now)


def call_off(state: AppState, dialog: Confirm) -> Step:
    """The last answer: where a name was given in a panel, another can be; what waits for the file goes on waiting."""
    panel = dialog.panel
    if panel is None:
        return replace(state, dialog=None, after_save=None), ()
    return replace(state, dialog=panel), () if panel.listed else (ListFolder(panel.folder),)


def take_entry(state: AppState, panel: FilePanel, index: int, now: float) -> Step:
    """A row of a folder was taken: into a folder, or the file."""
    entry = panel.entries[index]
    if entry.is_folder:
        name = "" if panel.purpose.reads else panel.name
        return open_panel(state, panel.purpose, name, panel.folder / entry.name, panel.proposed)
    if not panel.purpose.reads:
        return replace(state, dialog=replace(panel, name=entry.name, proposed=True, error="")), ()
    return state, (read_by(panel, entry.path or panel.folder / entry.name),)


def read_by(panel: FilePanel, path: Path) -> ReadFile:
    """Read what was chosen in a panel, for what it was opened for."""
    return ReadFile(path, beside=panel.purpose is Purpose.BETWEEN)


def take_name(state: AppState, panel: FilePanel, now: float) -> Step:
    """ENTER on a typed name."""
    name = panel.name.strip()
    path, is_folder = typed_path(name, panel.folder)
    if is_folder:
        return open_panel(state, panel.purpose, "", path)
    if path == panel.folder or path.name in ("", "..", "~"):
        return replace(state, dialog=replace(panel, error="A name is needed")), ()
    if panel.purpose.reads:
        return state, (read_by(panel, path),)
    return save_under(state, panel, path)


def typed_path(name: str, folder: _Path) -> tuple[_Path, bool]:
    """Where a name that was typed beside a folder leads, and whether it says that it is a folder's.

    An absolute name, or one that begins at home, leaves the folder; who reads and writes knows where home is.
    """
    separators = ("\\", "/") if isinstance(folder, PureWindowsPath) else ("/",)
    at_home = name.startswith(tuple("~" + separator for separator in separators))
    return type(folder)(name) if at_home else folder / name, name.endswith(separators)


def file_read(state: AppState, event: FileRead, now: float) -> Step:
    """A file was opened: its drawing takes the place of this one, or the person chooses among many.

    One read as the second of two drawings goes to `between`, if its panel is still there.
    """
    if event.beside:
        return _read_beside(state, event, now)
    if not _may_be_replaced(state):
        return toast(state, now, f"{event.path.name} was not opened: what is drawn here is not saved", error=True), ()
    state, effects = _remember(state, event.path, now)
    return chain((state, effects), _show, event, now)


def _read_beside(state: AppState, event: FileRead, now: float) -> Step:
    panel = state.dialog
    if not isinstance(panel, FilePanel) or panel.purpose is not Purpose.BETWEEN:
        return state, ()
    state, effects = _remember(state, event.path, now)
    first, *others = event.sketches
    if others:
        sketches = tuple(on_page(sketch) for sketch in event.sketches)
        return replace(state, dialog=Records(event.path, sketches, more=event.more, beside=True)), effects
    return chain((state, effects), begin_between, first if event.own else on_page(first), now)


def _show(state: AppState, event: FileRead, now: float) -> Step:
    first, *others = event.sketches
    if others:
        sketches = tuple(on_page(sketch) for sketch in event.sketches)
        return replace(state, dialog=Records(event.path, sketches, more=event.more)), ()
    state = with_word_of(state, first)
    if not event.own:
        return _replace_drawing(state, on_page(first), None, event.path.stem, now)
    state, effects = _replace_drawing(state, first, event.path, event.path.stem, now)
    # not before it is taken: another program's change would be replaced unasked by what is drawn here
    return state, (*effects, RememberFile(event.path, event.digest))


def take_record(state: AppState, dialog: Records, index: int, now: float) -> Step:
    """One of a file's many drawings."""
    if dialog.beside:
        return begin_between(state, dialog.sketches[index], now)
    sketch = dialog.sketches[index]
    return _replace_drawing(with_word_of(state, sketch), sketch, None, f"{dialog.path.stem}-{index + 1}", now)


def file_written(state: AppState, event: FileWritten, now: float) -> Step:
    """Saved. What was exported is not the drawing's own file."""
    if event.exported:
        left = _without_panel(state)
        # what waits for the drawing's own file waits on, but where this was to be it
        state = _remember_folder(replace(left, after_save=state.after_save if left is state else None), event.path, now)
        return toast(state, now, f"Exported {event.path.name}"), ()
    return chain(_remember(_without_panel(state), event.path, now), _saved, event, now)


def _saved(state: AppState, event: FileWritten, now: float) -> Step:
    state = toast(state, now, f"Saved {event.path.name}")
    if not state.written:  # the drawing before this one: its file is none of this one's
        return state, ()
    state, then = replace(state, path=event.path, saved=event.sketch, title=event.path.stem), state.after_save
    if then is None or is_dirty(state):
        return replace(state, after_save=None), ()
    return _go(replace(state, after_save=None), Command(then), now)


def file_failed(state: AppState, event: FileFailed, now: float) -> Step:
    """Nothing was lost; say why, or ask whether to replace what is there. What cannot be opened is no longer recent."""
    if event.reads and event.path in state.recent:
        left = tuple(file for file in state.recent if file != event.path)
        return chain((replace(state, recent=left), (StoreRecent(left),)), _failed, event, now)
    return _failed(state, event, now)


def _failed(state: AppState, event: FileFailed, now: float) -> Step:
    if event.changed and state.dialog is None and event.path == state.path:  # else it is that of a drawing before
        text = f"{event.message} meanwhile. Replace what it wrote?"
        return replace(state, dialog=replace(_OVERWRITE, text=text, path=event.path)), ()
    panel = state.dialog if isinstance(state.dialog, FilePanel) else None
    if panel is not None:
        waited = panel.writing and not event.reads  # or it was named in a panel that has been left
        panel = replace(panel, writing=panel.writing and event.reads)
        if event.exists and waited:
            return replace(state, dialog=_overwrite_question(event.path, panel)), ()
        # its folder stands above: what is wrong has the room
        shown = str(event.path.name if event.path.parent == panel.folder else event.path)
        return replace(state, dialog=replace(panel, error=event.message.replace(str(event.path), shown))), ()
    return replace(toast(state, now, event.message, error=True), after_save=None), ()


def folder_listed(state: AppState, event: FolderListed, now: float) -> Step:
    panel = state.dialog
    if not isinstance(panel, FilePanel) or panel.listed or event.asked != panel.folder:  # or gone on from
        return state, ()
    entries = event.entries
    if panel.purpose.reads:
        entries = tuple(e for e in entries if e.is_folder or Path(e.name).suffix.lower() in READABLE)
        entries = tuple(Entry(path.name, False, path) for path in panel.recent) + entries
    panel = replace(panel, folder=event.folder, entries=entries, selected=None, top=0, listed=True, error=event.error)
    return replace(state, dialog=panel), ()


def _ask_or_go(state: AppState, then: Command, now: float) -> Step:
    if not is_dirty(state):
        return _go(state, then, now)
    if isinstance(state.dialog, Confirm) and state.dialog.then == then.value:
        return state, ()
    text = f"{document_name(state)} is not saved. Save it first?"
    confirm = Confirm(Question.UNSAVED, text, ("Save", "Don't save", "Cancel"), then=then.value)
    return replace(state, dialog=confirm, after_save=None), ()


def _go(state: AppState, then: Command, now: float) -> Step:
    if then is Command.NEW:
        return _replace_drawing(state, Sketch(), None, "drawing", now)
    if then is Command.OPEN:
        return _open(state)
    step = quiet_model(replace(state, dialog=None, store_at=None))
    return step[0], (*step[1], _end_autosave(state), StoreSettings(state.settings), Quit())


def _open(state: AppState) -> Step:
    """The panel; over it a dropped file is read at once, so that a failure is said where another can be chosen."""
    file = state.dropped
    folder = file.parent if file else None
    state, effects = _with_recent(open_panel(replace(state, dropped=None), Purpose.OPEN, "", folder))
    return state, effects + ((ReadFile(file),) if file else ())


def open_other(state: AppState) -> Step:
    """The panel for the second of two drawings; this one stays as it is."""
    return _with_recent(open_panel(state, Purpose.BETWEEN, ""))


def _with_recent(step: Step) -> Step:
    state, effects = step
    if isinstance(state.dialog, FilePanel):
        state = replace(state, dialog=replace(state.dialog, recent=state.recent))
    return state, effects


def _may_be_replaced(state: AppState) -> bool:
    # the open panel comes after the question; it may have been left, and more been drawn, before the file was read
    asked = isinstance(state.dialog, FilePanel) and state.dialog.purpose is Purpose.OPEN
    return asked or not (in_gesture(state) or is_dirty(state))


def _replace_drawing(state: AppState, sketch: Sketch, path: Path | None, title: str, now: float) -> Step:
    state, effects = chain(finish_gesture(state, now), quiet_model)
    effects += (_end_autosave(state),)
    state = replace(
        state,
        history=History(),
        guess=(),
        scale=None,
        set_aside=None,
        dialog=None,
        after_save=None,
        path=path,
        saved=sketch,
        written=False,
        title=title,
    )
    step = chain((state, effects), put_sketch, sketch.with_strokes(sketch.strokes))
    return chain(step, fit, now)  # what is opened is seen, wherever its ink lies


def _end_autosave(state: AppState) -> EndAutosave:
    # an empty page may have been cleared a moment ago: what was on it is then moved aside
    return EndAutosave(saved=bool(state.sketch.strokes) and not is_dirty(state))


def open_panel(state: AppState, purpose: Purpose, name: str, folder: Path | None = None, proposed: bool = True) -> Step:
    """The file panel on a folder; by default the drawing's own, or the one last used."""
    if folder is None:
        folder = state.path.parent if state.path else Path(state.settings.folder or "~")
    panel = FilePanel(purpose, folder, name=name, proposed=proposed)
    return replace(state, dialog=panel), (ListFolder(folder),)


def save_under(state: AppState, panel: FilePanel, path: Path, asked: bool = False) -> Step:
    """Save or export; `asked` says that replacing this very file has been agreed to."""
    exporting = panel.purpose is Purpose.EXPORT
    if path.name.lower() in SUFFIXES:  # it would be hidden
        return replace(state, dialog=replace(panel, error=f"A name is needed before {path.name}")), ()
    if path.suffix.lower() not in SUFFIXES:
        path, asked = path.with_name(path.name + (state.export.kind.suffix if exporting else ".svg")), False
    names = {entry.name for entry in panel.entries if not entry.is_folder}
    if path.parent == panel.folder and path.name in names and not asked:
        return replace(state, dialog=_overwrite_question(path, panel)), ()
    return _write(state, path, overwrite=asked, export=_export_of(state, path, exporting))


def _export_of(state: AppState, path: Path, exporting: bool) -> Options | None:
    """How a file is written: a typed suffix says more than the format chosen; a plain SVG is the drawing's own."""
    format = format_named(path.suffix, state.export.format if exporting else "svg")
    own = format is None or (format == "svg" and not exporting)
    return None if own else replace(state.export, format=format)


def _overwrite_question(path: Path, panel: FilePanel) -> Confirm:
    exporting = panel.purpose is Purpose.EXPORT
    text = f"{path.name} is there already. Replace it?"
    return replace(_OVERWRITE, text=text, path=path, export=exporting, panel=panel)


def _write(
    state: AppState, path: Path, overwrite: bool, export: Options | None = None, unchanged: bool = False
) -> Step:
    effect = WriteFile(path, _described(state), overwrite, export, state.settings.ink_width, unchanged)
    panel = state.dialog
    dialog = replace(panel, writing=True, error="") if isinstance(panel, FilePanel) else panel
    return replace(state, written=True, dialog=dialog), (effect,)


def _described(state: AppState) -> Sketch:
    """The drawing with what the person said it is."""
    return as_said(state.sketch, state.category)


def _without_panel(state: AppState) -> AppState:
    # one that waits for no file has been opened since
    waited = isinstance(state.dialog, FilePanel) and state.dialog.writing
    return replace(state, dialog=None) if waited else state


def _remember(state: AppState, path: Path, now: float) -> Step:
    """Folder and file are found again next time."""
    state = _remember_folder(state, path, now)
    recent = with_newest(state.recent, path)
    return (state, ()) if recent == state.recent else (replace(state, recent=recent), (StoreRecent(recent),))


def _remember_folder(state: AppState, path: Path, now: float) -> AppState:
    settings = replace(state.settings, folder=str(path.parent))
    return state if settings == state.settings else replace(state, settings=settings, store_at=now + STORE_AFTER)
