"""The export panel: a format, what can be chosen for it, then a file's name or the clipboard."""

from __future__ import annotations

from dataclasses import replace

from sketchrnn.app.dialogs import Export, Purpose
from sketchrnn.app.questions import document_name
from sketchrnn.app.state import AppState
from sketchrnn.app.steps import Step, toast
from sketchrnn.app.update_files import copy, open_panel
from sketchrnn.sketch.kinds import FORMATS, OPTIONS


def open_export(state: AppState, now: float) -> Step:
    """The panel, with what was chosen last."""
    if not state.sketch.strokes:
        return toast(state, now, "There is nothing to export yet"), ()
    return replace(state, dialog=Export(state.export, selected=list(FORMATS).index(state.export.format))), ()


def moved(dialog: Export, selected: int) -> Export:
    """The arrows go to a row: a format is chosen by that."""
    formats = list(FORMATS)
    if selected >= len(formats):
        return replace(dialog, selected=selected)
    return replace(dialog, selected=selected, options=replace(dialog.options, format=formats[selected]))


def enter(state: AppState, dialog: Export, now: float) -> Step:
    """ENTER exports, but on a choice, which it changes, and on another button."""
    if dialog.selected < len(FORMATS):
        return _to_file(state, dialog)
    return take(state, dialog, dialog.selected, now)


def take(state: AppState, dialog: Export, index: int, now: float) -> Step:
    """A click on a row or a button."""
    if index < len(FORMATS):
        return replace(state, dialog=moved(dialog, index)), ()
    index -= len(FORMATS)
    if index < len(dialog.choices):
        return replace(state, dialog=_with_next(dialog, dialog.choices[index])), ()
    button = dialog.buttons[index - len(dialog.choices)]
    if button == Export.TO_FILE:
        return _to_file(state, dialog)
    state = replace(state, dialog=None, export=dialog.options)
    return copy(state, now) if button == Export.COPY else (state, ())


def _with_next(dialog: Export, name: str) -> Export:
    values = list(OPTIONS[name].values)
    now = values.index(getattr(dialog.options, name))
    return replace(dialog, options=replace(dialog.options, **{name: values[(now + 1) % len(values)]}))


def _to_file(state: AppState, dialog: Export) -> Step:
    state = replace(state, export=dialog.options)
    stem = document_name(state).removesuffix(".svg")
    # an export beside the drawing's own file does not offer to take its place
    suffix = dialog.options.kind.suffix
    name = f"{stem}-export{suffix}" if suffix == ".svg" and state.path is not None else f"{stem}{suffix}"
    return open_panel(state, Purpose.EXPORT, name)
