"""What may happen to a drawing while it is drawn: full disks, folders that go, other programs, clocks, long sleep."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_engine import FakeEngine
from pilot import Pilot
from small_disks import small_disk

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Confirm, FilePanel
from sketchrnn.app.effects import ReadFile
from sketchrnn.app.session import Session
from sketchrnn.app.update_files import SAVE
from sketchrnn.sketch.svg import read_svg, write_svg
from sketchrnn.sketch.types import Sketch, Stroke

LINES = [[(100, 100), (200, 240), (240, 110)], [(50, 400), (90, 300)], [(400, 400), (420, 300)], [(7, 7), (80, 9)]]


@pytest.fixture
def pilot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    monkeypatch.chdir(tmp_path)
    made: list[Pilot] = []

    def make(**more) -> Pilot:
        made.append(Pilot(FakeEngine(), **more).start())
        return made[-1]

    yield make
    for one in made:
        one.close()


def autosaved(p: Pilot) -> int:
    """Strokes in this window's autosave."""
    path = p.program.session.path
    return len(read_svg(path.read_bytes(), path).strokes)


def errors(p: Pilot) -> list[str]:
    return [toast.text for toast in p.state.toasts if toast.error]


def save_as(p: Pilot, path: Path) -> None:
    p.press(Command.SAVE_AS)
    p.until(lambda: isinstance(p.state.dialog, FilePanel) and p.state.dialog.listed)
    for _ in range(60):
        p.key("backspace")
    p.write(str(path))
    p.key("return")
    p.until(lambda: p.state.dialog is None)
    p.settle()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "128k") as place:
        yield place


def test_a_full_disk_is_said_once_and_what_was_drawn_meanwhile_is_kept(pilot, disk, monkeypatch) -> None:
    monkeypatch.setenv("SKETCHRNN_HOME", str(disk))
    p = pilot()
    p.stroke(LINES[0])
    p.settle()
    assert autosaved(p) == 1
    with open(disk / "full", "wb") as stream, pytest.raises(OSError):
        while True:
            os.write(stream.fileno(), bytes(1024))
    for line in LINES[1:3]:
        p.stroke(line)
        p.settle()
    assert len(p.state.sketch.strokes) == 3 and autosaved(p) == 1, "the old one is whole"
    assert len(errors(p)) == 1 and "No space left on device" in errors(p)[0]
    assert not list(p.program.session.folder.glob("*.part"))
    save_as_fails(p, disk / "mine.svg")
    (disk / "full").unlink()
    p.stroke(LINES[3])
    p.settle()
    assert autosaved(p) == 4


def save_as_fails(p: Pilot, path: Path) -> None:
    p.press(Command.SAVE_AS)
    p.until(lambda: isinstance(p.state.dialog, FilePanel) and p.state.dialog.listed)
    for _ in range(60):
        p.key("backspace")
    p.write(str(path))
    p.key("return")
    p.until(lambda: isinstance(p.state.dialog, FilePanel) and bool(p.state.dialog.error))
    assert "No space left on device" in p.state.dialog.error and not path.exists()
    p.key("escape")
    p.settle()


@pytest.mark.parametrize("what", ["folder", "everything in it", "home"])
def test_a_folder_deleted_while_it_is_used_is_made_again(what: str, pilot, home: Path) -> None:
    """The autosave went on into a folder that was not there any more, and no stroke was saved from then on."""
    p = pilot()
    p.stroke(LINES[0])
    p.settle()
    folder = p.program.session.folder
    if what == "everything in it":
        for path in folder.iterdir():
            path.unlink()
    else:
        shutil.rmtree(folder if what == "folder" else home)
    p.stroke(LINES[1])
    p.settle()
    assert autosaved(p) == 2 and not errors(p)
    other = Session()
    assert other.lost_drawings() == ((), ()), "and its lock is held: another window does not take it for lost"
    other.close()


@pytest.mark.skipif(sys.platform == "win32", reason="who may write is another matter there")
def test_a_folder_that_becomes_read_only_is_said_and_then_used_again(pilot) -> None:
    if os.geteuid() == 0:
        pytest.skip("nothing is read-only for root; see test_app_files for that")
    p = pilot()
    p.stroke(LINES[0])
    p.settle()
    p.program.session.folder.chmod(0o500)
    p.stroke(LINES[1])
    p.settle()
    assert errors(p) and autosaved(p) == 1
    p.program.session.folder.chmod(0o700)
    p.stroke(LINES[2])
    p.settle()
    assert autosaved(p) == 3


def test_a_file_changed_by_another_program_is_not_replaced_unasked(pilot, tmp_path: Path) -> None:
    p, path = pilot(), tmp_path / "mine.svg"
    p.stroke(LINES[0])
    save_as(p, path)
    p.stroke(LINES[1])
    p.press(Command.SAVE)
    p.press(Command.SAVE)  # twice in a moment: the first is ours, not somebody else's
    p.settle()
    assert p.state.dialog is None and len(read_svg(path.read_bytes()).strokes) == 2
    os.utime(path, (0, 0))
    p.stroke(LINES[2])
    p.press(Command.SAVE)
    p.settle()
    assert p.state.dialog is None and len(read_svg(path.read_bytes()).strokes) == 3, "its time alone says nothing"
    theirs = write_svg(Sketch((Stroke([(1, 2), (3, 4)]),)))
    path.write_text(theirs)
    p.stroke(LINES[3])
    p.press(Command.SAVE)
    p.until(lambda: isinstance(p.state.dialog, Confirm))
    assert "changed by another program" in p.state.dialog.text and path.read_text() == theirs
    p.key("escape")
    p.settle()
    assert path.read_text() == theirs and len(p.state.sketch.strokes) == 4
    p.press(Command.SAVE)
    p.until(lambda: isinstance(p.state.dialog, Confirm))
    p.click("choice Replace")
    p.until(lambda: p.state.dialog is None)
    p.settle()
    assert len(read_svg(path.read_bytes()).strokes) == 4
    path.unlink()
    p.stroke(LINES[0])
    p.press(Command.SAVE)
    p.settle()
    assert p.state.dialog is None and path.exists(), "what is gone is written again"


def test_saving_before_a_new_drawing_asks_about_a_changed_file_too(pilot, tmp_path: Path) -> None:
    p, path = pilot(), tmp_path / "mine.svg"
    p.stroke(LINES[0])
    save_as(p, path)
    other = pilot()
    other.program._do((ReadFile(path),))
    other.settle()
    other.stroke(LINES[1])
    other.press(Command.SAVE)
    other.settle()
    assert len(read_svg(path.read_bytes()).strokes) == 2
    p.stroke(LINES[2])
    p.press(Command.NEW)
    p.until(lambda: isinstance(p.state.dialog, Confirm))
    p.click(f"choice {p.state.dialog.choices[SAVE]}")
    p.until(lambda: isinstance(p.state.dialog, Confirm) and "another program" in p.state.dialog.text)
    p.click("choice Replace")
    p.until(lambda: p.state.dialog is None and not p.state.sketch.strokes)
    p.settle()
    assert len(read_svg(path.read_bytes()).strokes) == 2


def test_a_clock_that_goes_backwards_mixes_up_nothing(pilot, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = time.localtime(1_000_000_000)
    strftime = time.strftime
    monkeypatch.setattr(time, "strftime", lambda form, when=None: strftime(form, when or stopped))
    one = pilot()
    one.stroke(LINES[0])
    one.settle()
    monkeypatch.setattr(time, "time", lambda: 5.0)
    other = pilot()  # another window of the same second, and of the same process
    other.stroke(LINES[1])
    other.settle()
    assert one.program.session.path != other.program.session.path
    assert autosaved(one) == autosaved(other) == 1
    one.clock.now -= 10_000.0
    for line in LINES:
        one.stroke(line)
    one.settle(2000)
    assert autosaved(one) == 5


def test_a_sleep_of_hours_in_the_middle_of_a_stroke_and_of_a_completion(pilot) -> None:
    p = pilot()
    way = p.stroke(LINES[0], lift=False)
    p.step(5 * 3600.0)
    p.move(p.to_screen((300, 300)), (1, 0, 0))
    p.up(p.to_screen((300, 300)))
    p.step()
    (stroke,) = p.state.sketch.strokes
    assert len(stroke) == len(way) + 1 and np.allclose(stroke.points[-1], (300, 300), atol=1)
    p.until(lambda: p.state.offer is not None)
    p.step(7 * 3600.0)
    p.settle(20)
    p.press(Command.KEEP)
    p.settle()
    assert len(p.state.sketch.strokes) > 1 and autosaved(p) == len(p.state.sketch.strokes)
