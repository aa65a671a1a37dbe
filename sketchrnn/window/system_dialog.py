"""The desktop's own file dialogs, each a program of its own: the window never waits for one.

`desktop()` says which there is; `Dialogs` starts it and is asked once a frame whether it is over. A dialog of the
window's process itself would stop the window, and on macOS ends it (SDL and Tk do not get along).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from sketchrnn.app.dialogs import Purpose
from sketchrnn.app.effects import AskSystem
from sketchrnn.app.events import SystemChose
from sketchrnn.sketch.kinds import READABLE, SUFFIXES

Command = tuple[list[str], Mapping[str, str]]
"""A program with its arguments, and what it finds in its environment: no name of a file is ever part of a script."""
Asks = Callable[[AskSystem], Command]

_TITLES = {
    Purpose.OPEN: "Open a drawing",
    Purpose.BETWEEN: "The other drawing",
    Purpose.SAVE: "Save the drawing",
    Purpose.EXPORT: "Export the drawing",
}
FOLDER, NAME, TITLE = "SKETCHRNN_DIALOG_FOLDER", "SKETCHRNN_DIALOG_NAME", "SKETCHRNN_DIALOG_TITLE"


class FileDialogs(Protocol):
    """What the window needs: both calls answer at once."""

    def ask(self, asked: AskSystem) -> None: ...

    def poll(self) -> SystemChose | None: ...

    def close(self) -> None: ...


class Dialogs:
    """The desktop's dialog, one at a time; a second question while one is open changes nothing.

    Args:
        asks: makes the command, as `desktop` found it.
    """

    def __init__(self, asks: Asks):
        self._asks = asks
        self._open: tuple[AskSystem, subprocess.Popen[str]] | None = None
        self._failed: SystemChose | None = None

    def ask(self, asked: AskSystem) -> None:
        if self._open is not None:
            return
        command, environment = self._asks(asked)
        try:
            process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                errors="surrogateescape",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows would open a console beside it
            )
        except OSError as error:
            self._failed = SystemChose(asked.purpose, None, f"{command[0]}: {error.strerror or error}")
            return
        self._open = (asked, process)

    def poll(self) -> SystemChose | None:
        """What was chosen, once; None while nothing was."""
        failed, self._failed = self._failed, None
        if self._open is None or self._open[1].poll() is None:
            return failed
        (asked, process), self._open = self._open, None
        chosen = process.communicate()[0].strip("\r\n")
        if process.returncode not in (0, 1):  # 1 is what all of them say when nothing was chosen
            return SystemChose(asked.purpose, None, f"it ended with {process.returncode}")
        return SystemChose(asked.purpose, Path(chosen) if chosen and process.returncode == 0 else None)

    def close(self) -> None:
        """The window goes, and the dialog with it."""
        if self._open is not None:
            process = self._open[1]
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=2)
            self._open = None


def desktop(
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
    environment: Mapping[str, str] = os.environ,
) -> Asks | None:
    """Which dialog there is: None where there is none."""
    if platform == "darwin":
        return _mac if which("osascript") else None
    if platform == "win32":
        return _windows if which("powershell") else None
    ours = [("kdialog", _kde), ("zenity", _gtk)]
    if "KDE" not in environment.get("XDG_CURRENT_DESKTOP", "").upper():
        ours.reverse()
    return next((asks for program, asks in ours if which(program)), None)


def _gtk(asked: AskSystem) -> Command:
    start = f"{asked.folder}{os.sep}{asked.name}"
    command = ["zenity", "--file-selection", f"--title={_TITLES[asked.purpose]}", f"--filename={start}"]
    if not asked.purpose.reads:
        command += ["--save", "--confirm-overwrite"]
    patterns = _patterns(asked.purpose)
    return [*command, f"--file-filter={patterns} | {patterns}", "--file-filter=* | *"], {}


def _kde(asked: AskSystem) -> Command:
    what = "--getopenfilename" if asked.purpose.reads else "--getsavefilename"
    start = str(asked.folder) if asked.purpose.reads else str(asked.folder / asked.name)
    return ["kdialog", "--title", _TITLES[asked.purpose], what, start, _patterns(asked.purpose)], {}


def _mac(asked: AskSystem) -> Command:
    place = f'default location POSIX file (system attribute "{FOLDER}")'
    title = f'with prompt (system attribute "{TITLE}")'
    if asked.purpose.reads:
        script = f"POSIX path of (choose file {title} {place})"
    else:
        script = f'POSIX path of (choose file name {title} default name (system attribute "{NAME}") {place})'
    return ["osascript", "-e", script], _said(asked)


def _windows(asked: AskSystem) -> Command:
    kind = "OpenFileDialog" if asked.purpose.reads else "SaveFileDialog"
    patterns = _patterns(asked.purpose).replace(" ", ";")
    script = (
        "[Console]::OutputEncoding = [Text.Encoding]::UTF8; Add-Type -AssemblyName System.Windows.Forms; "
        f"$d = New-Object System.Windows.Forms.{kind}; $d.Title = $env:{TITLE}; $d.FileName = $env:{NAME}; "
        f"$d.InitialDirectory = $env:{FOLDER}; $d.Filter = '{patterns}|{patterns}|*.*|*.*'; "
        "if ($d.ShowDialog() -eq 'OK') { [Console]::Write($d.FileName) } else { exit 1 }"
    )
    return ["powershell", "-NoProfile", "-STA", "-Command", script], _said(asked)


def _said(asked: AskSystem) -> dict[str, str]:
    return {FOLDER: str(asked.folder), NAME: asked.name, TITLE: _TITLES[asked.purpose]}


def _patterns(purpose: Purpose) -> str:
    suffixes: Sequence[str] = (".svg",) if purpose is Purpose.SAVE else READABLE if purpose.reads else SUFFIXES
    return " ".join(f"*{suffix}" for suffix in suffixes)
