"""The desktop's own file dialog beside the panel, which stays open: whichever is answered first counts."""

from __future__ import annotations

from dataclasses import replace

from sketchrnn.app.dialogs import FilePanel
from sketchrnn.app.effects import AskSystem
from sketchrnn.app.events import SystemChose
from sketchrnn.app.state import AppState
from sketchrnn.app.steps import Step, toast
from sketchrnn.app.update_files import read_by, save_under


def ask_system(state: AppState, now: float) -> Step:
    """BROWSE: only where a file panel is open and the desktop has a dialog."""
    panel = state.dialog
    if not isinstance(panel, FilePanel) or panel.writing or not state.system_dialogs:
        return state, ()
    return state, (AskSystem(panel.purpose, panel.folder, panel.name.strip()),)


def system_chose(state: AppState, event: SystemChose, now: float) -> Step:
    """What was chosen there, as if it had been here; nothing if the panel has been left, or used, meanwhile."""
    panel = state.dialog
    if event.error:
        text = f"The system's dialog does not work here ({event.error}); this panel does"
        return toast(state, now, text, error=True), ()
    if not isinstance(panel, FilePanel) or panel.purpose is not event.purpose or panel.writing or event.path is None:
        return state, ()
    if panel.purpose.reads:
        return state, (read_by(panel, event.path),)
    # the dialog has asked whether to replace it, but not if our suffix makes another name of it
    return save_under(replace(state, dialog=replace(panel, name=event.path.name)), panel, event.path, asked=True)
