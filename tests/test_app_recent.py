"""Recent files and dropped ones: remembered, listed, opened, and never at the cost of an unsaved drawing."""

from __future__ import annotations

import os
from pathlib import Path

import pygame
import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Confirm, FilePanel
from sketchrnn.app.effects import Quit, ReadFile
from sketchrnn.app.events import Choose, Dropped, Key, Typed
from sketchrnn.app.questions import is_dirty
from sketchrnn.app.recent import MOST, load_recent, recent_file, store_recent, with_newest
from sketchrnn.app.session import Session
from sketchrnn.app.state import AppState
from tests.app_driver import Driver
from tests.fake_engine import FakeEngine
from tests.pilot import Pilot


@pytest.fixture
def driver():
    session = Session()
    yield Driver(AppState(), session=session)
    session.close()


def saved(driver: Driver, path: Path) -> Path:
    """A new drawing saved under a name, by the panel."""
    driver.do(Command.NEW)
    driver.draw((10, 10), (60, 90))
    driver.do(Command.SAVE, Typed(str(path)), Key.ENTER)
    assert path.exists()
    return path


def test_what_was_saved_and_opened_is_listed_first_and_opens(driver: Driver, tmp_path: Path) -> None:
    one, two = (saved(driver, tmp_path / name / "cat.svg") for name in _folders(tmp_path, "a", "b"))
    assert driver.state.recent == (two, one) == load_recent()
    driver.do(Command.OPEN)
    rows = driver.state.dialog.entries
    assert [row.path for row in rows[:2]] == [two, one] and all(row.path is None for row in rows[2:])
    driver.do(Choose(1))
    assert driver.state.path == one and load_recent() == (one, two)


def test_a_file_that_is_gone_is_said_and_forgotten(driver: Driver, tmp_path: Path) -> None:
    one = saved(driver, tmp_path / "cat.svg")
    one.unlink()
    driver.do(Command.OPEN, Choose(0))
    assert isinstance(driver.state.dialog, FilePanel) and "cat.svg" in driver.state.dialog.error
    assert driver.state.recent == () == load_recent()


@pytest.mark.parametrize("hindered", ["changed by another program", "full disk"])
def test_a_file_that_cannot_be_written_now_stays_in_the_list(
    driver: Driver, tmp_path: Path, monkeypatch, hindered
) -> None:
    def full(_handle):
        raise OSError(28, "No space left on device")

    one = saved(driver, tmp_path / "cat.svg")
    driver.draw((20, 10), (70, 90))
    if hindered == "full disk":
        monkeypatch.setattr(os, "fsync", full)
    else:
        one.write_text("other")
    driver.do(Command.SAVE)
    assert is_dirty(driver.state), "it was not written"
    assert driver.state.recent == (one,) == load_recent()


def test_the_list_is_short_and_holds_each_once() -> None:
    files: tuple[Path, ...] = ()
    for number in (*range(9), 8, 7):
        files = with_newest(files, Path(f"/tmp/{number}.svg"))
    assert len(files) == MOST and [file.stem for file in files[:3]] == ["7", "8", "6"]
    store_recent(files)
    assert load_recent() == files


@pytest.mark.parametrize("content", ["", "{", '{"a": 1}', '[1, null, "", "relative.svg"]', "[" * 60000, "\0\xff"])
def test_a_damaged_list_is_none(content: str) -> None:
    recent_file().parent.mkdir(parents=True)
    recent_file().write_bytes(content.encode("latin-1"))
    assert load_recent() == ()


def test_a_dropped_file_opens_through_the_real_loop(tmp_path: Path) -> None:
    file = tmp_path / "line.ndjson"
    file.write_text('{"word": "cat", "drawing": [[[0, 50, 90], [0, 20, 80]]]}\n')
    pilot = Pilot(FakeEngine(loading=0)).start()
    pilot.post(pygame.DROPFILE, file=str(file))
    pilot.settle()
    assert len(pilot.state.sketch.strokes) == 1 and pilot.state.dialog is None
    pilot.close()


def test_an_unsaved_drawing_is_asked_about_before_a_dropped_one(driver: Driver, tmp_path: Path) -> None:
    file = tmp_path / "line.ndjson"
    file.write_text('{"word": "cat", "drawing": [[[0, 50, 90], [0, 20, 80]]]}\n')
    driver.draw((10, 10), (60, 90))
    drawn = driver.state.sketch.strokes
    driver.do(Dropped(file))
    assert isinstance(driver.state.dialog, Confirm) and not driver.took(ReadFile)
    driver.do(Command.ESCAPE)
    assert driver.state.sketch.strokes == drawn
    driver.do(Command.OPEN, Choose(1))
    assert not driver.took(ReadFile), "the file of the drop that was called off is forgotten"
    driver.do(Command.ESCAPE, Dropped(file), Choose(1))
    assert driver.state.sketch.category == "cat" and len(driver.state.sketch.strokes) == 1
    assert driver.state.sketch.strokes != drawn and not driver.took(Quit)


def test_a_dropped_file_that_cannot_be_read_costs_nothing(driver: Driver, tmp_path: Path) -> None:
    driver.draw((10, 10), (60, 90))
    driver.do(Dropped(tmp_path / "none.svg"), Choose(1))
    assert driver.state.sketch.strokes and "none.svg" in driver.state.dialog.error


def _folders(root: Path, *names: str) -> tuple[str, ...]:
    for name in names:
        (root / name).mkdir()
    return names
