"""The desktop's own file dialog: which there is, what it is told, and that the window goes on beside it."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from pilot import Pilot

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import FilePanel, Purpose
from sketchrnn.app.effects import AskSystem
from sketchrnn.app.events import SystemChose
from sketchrnn.app.settings import Settings
from sketchrnn.sketch.svg import read_svg
from sketchrnn.window.system_dialog import FOLDER, NAME, Dialogs, desktop

CAT = [(150, 300), (150, 180), (190, 230), (260, 230), (300, 180), (300, 300)]
ODD = 'a "b"; $(touch x) \'é'


class Fake:
    """Stands where the desktop's dialogs do."""

    def __init__(self):
        self.asked: list[AskSystem] = []
        self.answer: SystemChose | None = None
        self.closed = False

    def ask(self, asked: AskSystem) -> None:
        self.asked.append(asked)

    def poll(self) -> SystemChose | None:
        answer, self.answer = self.answer, None
        return answer

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def dialogs() -> Fake:
    return Fake()


@pytest.fixture
def pilot(dialogs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = Pilot(FakeEngine(), settings=Settings(model_on=False), dialogs=dialogs).start()
    one.stroke(CAT)
    yield one
    one.close()
    assert dialogs.closed


def test_a_file_chosen_there_is_saved_to_and_replaced_unasked(pilot, dialogs, tmp_path: Path) -> None:
    path = tmp_path / "mine.svg"
    path.write_text("the old one")
    pilot.press(Command.SAVE)
    pilot.settle()
    pilot.click("choice Browse ...")
    assert dialogs.asked == [AskSystem(Purpose.SAVE, pilot.state.dialog.folder, "drawing.svg")]
    dialogs.answer = SystemChose(Purpose.SAVE, path)
    pilot.until(lambda: pilot.state.path == path)
    assert read_svg(path.read_text()).strokes == pilot.state.sketch.strokes and pilot.state.dialog is None


def test_a_name_that_gets_our_suffix_is_asked_about(pilot, dialogs, tmp_path: Path) -> None:
    (tmp_path / "mine.svg").write_text("the old one")
    pilot.press(Command.SAVE)
    pilot.settle()
    pilot.press(Command.BROWSE)
    dialogs.answer = SystemChose(Purpose.SAVE, tmp_path / "mine")
    pilot.settle()
    assert (tmp_path / "mine.svg").read_text() == "the old one" and "Replace it?" in pilot.state.dialog.text


def test_a_file_chosen_there_is_opened(pilot, dialogs, tmp_path: Path) -> None:
    pilot.press(Command.SAVE)
    pilot.settle()
    dialogs.answer = SystemChose(Purpose.SAVE, tmp_path / "one.svg")
    pilot.until(lambda: pilot.state.path is not None)
    pilot.press(Command.NEW)
    pilot.press(Command.OPEN)
    pilot.settle()
    pilot.press(Command.BROWSE)
    dialogs.answer = SystemChose(Purpose.OPEN, tmp_path / "one.svg")
    pilot.until(lambda: len(pilot.state.sketch.strokes) == 1)


@pytest.mark.parametrize("left", [False, True])
def test_nothing_chosen_or_the_panel_left_changes_nothing(pilot, dialogs, tmp_path: Path, left: bool) -> None:
    pilot.press(Command.SAVE)
    pilot.settle()
    pilot.press(Command.BROWSE)
    if left:
        pilot.key("escape")
    dialogs.answer = SystemChose(Purpose.SAVE, tmp_path / "a.svg" if left else None)
    pilot.settle()
    assert not (tmp_path / "a.svg").exists() and isinstance(pilot.state.dialog, FilePanel) is not left


def test_a_dialog_that_fails_says_so_and_the_panel_stays(pilot, dialogs) -> None:
    pilot.press(Command.SAVE)
    dialogs.answer = SystemChose(Purpose.SAVE, None, "zenity: no display")
    pilot.settle()
    assert "no display" in pilot.state.toasts[-1].text and isinstance(pilot.state.dialog, FilePanel)


def test_without_one_there_is_no_button() -> None:
    one = Pilot(FakeEngine()).start()
    one.press(Command.OPEN)
    one.settle()
    one.press(Command.BROWSE)
    names = [control.name for control in one.program.view.panel(one.state).controls]
    one.close()
    assert "choice Browse ..." not in names and "choice Cancel" in names


@pytest.mark.parametrize(
    "platform,there,environment,program",
    [
        ("linux", {"zenity"}, {}, "zenity"),
        ("linux", {"zenity", "kdialog"}, {"XDG_CURRENT_DESKTOP": "GNOME"}, "zenity"),
        ("linux", {"zenity", "kdialog"}, {"XDG_CURRENT_DESKTOP": "KDE"}, "kdialog"),
        ("linux", {"kdialog"}, {}, "kdialog"),
        ("darwin", {"osascript"}, {}, "osascript"),
        ("win32", {"powershell"}, {}, "powershell"),
        ("linux", {"osascript", "powershell"}, {}, None),
        ("win32", set(), {}, None),
    ],
)
@pytest.mark.parametrize("purpose", Purpose)
def test_each_desktop_has_its_own(platform, there, environment, program, purpose) -> None:
    asks = desktop(platform, lambda name: name if name in there else None, environment)
    if program is None:
        assert asks is None
        return
    command, said = asks(AskSystem(purpose, Path("/home/a b"), ODD))
    assert command[0] == program
    if said:  # a script: names are told beside it, never in it
        assert (said[FOLDER], said[NAME]) == (str(Path("/home/a b")), ODD)
        assert not any(ODD in word for word in command)
    elif not purpose.reads:
        assert any(word.endswith(ODD) for word in command)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
@pytest.mark.parametrize("code,path", [(0, ODD), (1, None), (3, None)])
def test_the_real_process_is_asked_without_waiting(tmp_path: Path, monkeypatch, code: int, path: str | None) -> None:
    (tmp_path / "bin").mkdir()
    program, go = tmp_path / "bin" / "zenity", tmp_path / "go"
    lines = ["#!/bin/sh", f'while [ ! -e "{go}" ]; do sleep 0.02; done', 'printf "%s\\n" "$WANTED"', f"exit {code}"]
    program.write_text("\n".join(lines) + "\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("WANTED", str(tmp_path / ODD))
    asks = desktop("linux", lambda name: name if name == "zenity" else None, {})
    dialogs = Dialogs(asks)
    dialogs.ask(AskSystem(Purpose.SAVE, tmp_path, "x.svg"))
    dialogs.ask(AskSystem(Purpose.OPEN, tmp_path, "another while it is open"))
    assert dialogs.poll() is None
    go.touch()
    end, answer = time.monotonic() + 60, None
    while answer is None and time.monotonic() < end:
        answer = dialogs.poll()
    assert answer is not None and answer.purpose is Purpose.SAVE
    assert answer.path == (None if path is None else tmp_path / path) and bool(answer.error) is (code == 3)
    dialogs.close()


def test_a_program_that_is_gone_is_an_answer_and_an_open_one_goes_with_the_window(tmp_path: Path) -> None:
    gone = Dialogs(lambda asked: ([str(tmp_path / "none")], {}))
    gone.ask(AskSystem(Purpose.OPEN, tmp_path))
    assert gone.poll().error and gone.poll() is None
    stays = Dialogs(lambda asked: ([sys.executable, "-c", "import time; time.sleep(600)"], {}))
    stays.ask(AskSystem(Purpose.OPEN, tmp_path))
    stays.close()
    assert stays.poll() is None
