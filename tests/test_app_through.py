"""Drawn through the latent code: "mine again" and "between", as a person does it, on the fake engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Entry, FilePanel, Purpose, Records
from sketchrnn.app.effects import ReadFile
from sketchrnn.app.events import (
    BringBack,
    Choose,
    FileRead,
    FolderListed,
    FromEngine,
    PenDown,
    PenUp,
    SetAlong,
    SetCategory,
    SetCloseness,
    SetTemperature,
    TakeEnding,
)
from sketchrnn.app.questions import is_enabled, status_text
from sketchrnn.app.selection import Selection
from sketchrnn.app.settings import Settings, from_table
from sketchrnn.app.state import PAGE_SCALE
from sketchrnn.app.through import grid_ground
from sketchrnn.engine.messages import CompletionRequest, Failed, MorphRequest, RedrawRequest
from sketchrnn.sketch.types import Sketch, Stroke
from tests.app_driver import Driver
from tests.fake_engine import FakeEngine, fake_rows

ROBOT = Path("/home/ada/robot.svg")
OTHER = Sketch((Stroke(np.array([[10, 10], [60, 90]], np.float32)),), "dog")


def drawn(strokes: int = 2, **engine) -> Driver:
    """A person who has drawn, and whose model was asked and has answered."""
    driver = Driver(engine=FakeEngine(loading=0, **engine))
    for i in range(strokes):
        driver.draw((100 + 150 * i, 100), (150 + 150 * i, 200), (120 + 150 * i, 260))
    driver.do(Command.TOGGLE_MODEL, Command.TOGGLE_MODEL, Command.ESCAPE)
    driver.wait(1.0)
    driver.do(Command.ESCAPE)
    return driver


def asked(driver: Driver):
    return driver.engine.asked[-1].request


def test_mine_again_shows_nine_and_one_takes_the_drawings_place_as_one_step() -> None:
    driver = drawn()
    before = driver.state.sketch
    driver.do(Command.AGAIN)
    request = asked(driver)
    assert isinstance(request, RedrawRequest) and request.endings == 9 and request.closeness == 0.8
    assert request.sketch.strokes == before.strokes and driver.state.grid
    assert grid_ground(driver.state).strokes == (), "nothing of the drawing lies beneath those that come"
    driver.wait(2.0)
    assert driver.state.offer is not None and len(driver.state.offer.endings) == 9
    assert driver.state.sketch is before, "nothing is taken unasked"
    driver.do(TakeEnding(3))
    sketch = driver.state.sketch
    wanted = fake_rows(request, 3, 24 + 3)
    np.testing.assert_array_equal(sketch.points(), wanted[:, :2])
    assert {stroke.author for stroke in sketch.strokes} == {"model"}
    assert sketch.note("closeness") == "0.8" and sketch.note("ending") == "3" and sketch.note("seed") == "1"
    assert float(sketch.note("scale") or 0) == pytest.approx(255 / 200), "its larger side is the box's"
    assert not driver.state.grid and driver.state.through is None and driver.state.offer is None
    driver.do(Command.UNDO)
    assert driver.state.sketch.strokes == before.strokes, "one undo step brings the old back"
    driver.do(Command.REDO)
    assert driver.state.sketch.strokes == sketch.strokes


def test_a_second_press_brings_nine_others_and_the_first_stay_in_the_strip() -> None:
    driver = drawn()
    driver.do(Command.AGAIN)
    driver.wait(2.0)
    first = asked(driver)
    driver.do(Command.AGAIN)
    driver.wait(2.0)
    assert asked(driver) == replace(first, seed=first.seed + 1)
    shown = len(driver.engine.asked)
    index = next(i for i, offer in enumerate(driver.state.seen) if offer.request == first)
    driver.do(BringBack(index))
    assert len(driver.engine.asked) == shown, "it is shown again without asking"
    assert driver.state.offer is not None and driver.state.offer.request == first and driver.state.through is not None
    driver.do(Command.ANOTHER)
    driver.wait(2.0)
    assert asked(driver) == replace(first, seed=first.seed + 2), "R brings nine others, too"


def test_the_slider_draws_the_nine_anew_by_the_same_chance() -> None:
    driver = drawn()
    driver.do(SetCloseness(0.7))
    driver.wait(0.5)
    assert not driver.engine.asked or isinstance(asked(driver), CompletionRequest), (
        "nothing is shown that it would change"
    )
    driver.do(Command.AGAIN)
    driver.wait(2.0)
    first = asked(driver)
    driver.do(SetCloseness(0.31), SetCloseness(0.3), SetCloseness(-4))
    driver.wait(2.0)
    assert asked(driver) == replace(first, closeness=0.0) and first.closeness == 0.7
    assert driver.state.offer is not None and driver.state.offer.request.seed == first.seed
    driver.do(SetTemperature(0.9))
    driver.wait(2.0)
    assert asked(driver) == replace(first, closeness=0.0, temperature=0.9)
    driver.do(SetCategory("dog"))
    driver.wait(2.0)
    assert asked(driver).category == "dog"
    driver.do(BringBack(next(i for i, offer in enumerate(driver.state.seen) if offer.request == first)))
    assert driver.state.settings.closeness == 0.7, "the slider shows what is shown"


def test_escape_drops_them_and_redo_brings_them_back() -> None:
    driver = drawn()
    before = driver.state.sketch
    driver.do(Command.AGAIN)
    driver.wait(2.0)
    driver.do(Command.ESCAPE)
    state = driver.state
    assert state.sketch is before and state.offer is None and not state.grid and state.through is None
    driver.do(Command.REDO)
    assert driver.state.grid and driver.state.through is not None and driver.state.offer is not None
    driver.do(Command.ONE)
    assert driver.state.offer is None and driver.state.sketch is before
    driver.do(Command.AGAIN, Command.ESCAPE)
    assert driver.engine.cancelled, "also before they have come"


def test_endings_and_mine_again_take_turns() -> None:
    driver = drawn()
    driver.do(Command.NINE)
    driver.wait(2.0)
    driver.do(Command.AGAIN)
    assert isinstance(asked(driver), RedrawRequest) and driver.state.offer is None
    driver.wait(2.0)
    driver.do(Command.NINE)
    assert isinstance(asked(driver), CompletionRequest) and driver.state.through is None
    driver.wait(2.0)
    driver.do(Command.ESCAPE)
    assert driver.state.offer is not None and len(driver.state.offer.endings) == 1


def test_taken_before_it_has_come_whole() -> None:
    driver = drawn()
    driver.engine.chunk = 4
    driver.do(Command.AGAIN)
    driver.frame()
    driver.frame()
    assert driver.state.pending is not None and driver.state.offer is not None
    driver.do(TakeEnding(2))
    driver.do(Command.KEEP_STROKE, Command.KEEP_HERE)
    assert driver.state.offer is not None, "half of a drawing does not take the place of a whole one"
    driver.wait(2.0)
    assert driver.state.offer is None and driver.state.sketch.point_count == 24 + 2
    driver = drawn()
    driver.engine.chunk = 4
    before = driver.state.sketch
    driver.do(Command.AGAIN)
    driver.frame()
    driver.frame()
    driver.do(TakeEnding(2), PenDown((400, 400)), PenUp())
    assert driver.state.sketch.strokes[: len(before.strokes)] == before.strokes, "nor where the person draws on"


def test_what_is_cut_off_in_the_place_of_the_drawing_is_not_gone_on_with() -> None:
    """Of the nine one was taken, and the model failed before it had come whole."""
    driver = drawn()
    driver.engine.chunk = 4
    driver.do(Command.AGAIN)
    driver.frame()
    driver.frame()
    driver.do(TakeEnding(2), FromEngine(Failed(driver.state.pending.id, "there is not enough memory")))
    assert driver.state.offer is not None and driver.state.pending is None
    assert not is_enabled(driver.state, Command.CONTINUE) and "Cut off" not in status_text(driver.state, driver.now + 9)
    asked_before = len(driver.engine.asked)
    driver.do(Command.CONTINUE)
    assert len(driver.engine.asked) == asked_before


def test_of_a_selection_its_strokes_alone_are_drawn_anew_and_stay_selected() -> None:
    driver = drawn(3)
    driver.state = replace(driver.state, selection=Selection((0, 1)))
    strokes = driver.state.sketch.strokes
    driver.do(Command.AGAIN)
    assert asked(driver).sketch.strokes == strokes[:2]
    driver.wait(2.0)
    assert grid_ground(driver.state).strokes == strokes[2:]
    driver.do(Command.KEEP)
    after = driver.state.sketch.strokes
    assert after[0] == strokes[2] and {stroke.author for stroke in after[1:]} == {"model"}
    assert driver.state.selection is not None
    assert driver.state.selection.indices == tuple(range(1, len(after)))
    assert driver.state.selection.scale == pytest.approx(255 / 200)
    assert driver.state.sketch.note("scale") is None, "what some strokes were drawn at is not the drawing's"
    driver.do(Command.MOVE_LEFT)
    assert driver.state.sketch.strokes[0] == strokes[2], "the new ones move, the others stay"
    driver.do(Command.UNDO, Command.UNDO)
    assert driver.state.sketch.strokes == strokes


def test_between_what_is_selected_and_the_rest() -> None:
    driver = drawn(3)
    driver.state = replace(driver.state, selection=Selection((0,)))
    strokes = driver.state.sketch.strokes
    driver.do(Command.BETWEEN)
    request = asked(driver)
    assert isinstance(request, MorphRequest) and request.endings == 9
    assert request.sketch.strokes == strokes[:1] and request.other.strokes == strokes[1:]
    driver.wait(2.0)
    assert grid_ground(driver.state).strokes == (), "the way alone is shown"
    driver.do(Command.POINT_ON, Command.POINT_ON, Command.POINT_BACK, Command.POINT_ON)
    assert driver.state.through is not None and driver.state.through.at == 2
    driver.do(SetAlong(99))
    assert driver.state.through.at == 8
    driver.do(SetAlong(float("nan")), SetAlong(4.4))
    assert driver.state.through.at == 4
    driver.do(Command.KEEP)
    after = driver.state.sketch
    assert after.strokes[:2] == strokes[1:], "the rest stays"
    np.testing.assert_array_equal(
        np.concatenate([s.points for s in after.strokes[2:]]), fake_rows(request, 4, 28)[:, :2]
    )
    assert after.note("between") == "5 of 9"
    driver.do(Command.UNDO)
    assert driver.state.sketch.strokes == strokes
    driver.state = replace(driver.state, selection=Selection((0,)))
    driver.do(Command.BETWEEN)
    driver.wait(2.0)
    first = asked(driver)
    driver.do(Command.BETWEEN)
    driver.wait(2.0)
    assert asked(driver) == replace(first, seed=first.seed + 1)


def test_between_the_drawing_and_a_file() -> None:
    driver = drawn()
    driver.state = replace(driver.state, recent=(ROBOT,))
    before = driver.state.sketch
    driver.do(Command.BETWEEN)
    assert isinstance(driver.state.dialog, FilePanel) and driver.state.dialog.purpose is Purpose.BETWEEN
    driver.do(FolderListed(Path("~"), Path("/home/ada"), (Entry("..", True), Entry("notes.txt", False))))
    assert [entry.name for entry in driver.state.dialog.entries] == ["robot.svg", ".."], "files of late come first"
    driver.do(Choose(0))
    assert driver.took(ReadFile) == [ReadFile(ROBOT, beside=True)]
    driver.do(FileRead(ROBOT, (OTHER,), own=True, beside=True))
    assert driver.state.dialog is None and driver.state.sketch is before and driver.state.path is None
    request = asked(driver)
    assert isinstance(request, MorphRequest) and request.other.strokes == OTHER.strokes
    assert (request.category, request.other_category) == (None, "dog") and request.page_scale == PAGE_SCALE
    driver.wait(2.0)
    assert "go along" in status_text(driver.state, driver.now)
    driver.do(TakeEnding(8))
    assert driver.state.sketch.strokes != before.strokes
    driver.do(Command.UNDO)
    assert driver.state.sketch.strokes == before.strokes


def test_a_file_of_many_is_asked_about_and_one_that_comes_too_late_is_nothing() -> None:
    driver = drawn()
    before = driver.state.sketch
    driver.do(Command.BETWEEN, FileRead(ROBOT, (OTHER, OTHER), beside=True))
    assert isinstance(driver.state.dialog, Records)
    driver.do(Choose(1))
    assert isinstance(asked(driver), MorphRequest) and driver.state.sketch is before
    driver.wait(2.0)
    driver.do(Command.ESCAPE)
    count = len(driver.engine.asked)
    driver.do(Command.BETWEEN, Command.ESCAPE, FileRead(ROBOT, (OTHER,), beside=True))
    driver.do(Command.OPEN, FileRead(ROBOT, (OTHER,), beside=True))
    assert driver.state.sketch is before and len(driver.engine.asked) == count


@pytest.mark.parametrize("command", [Command.AGAIN, Command.BETWEEN])
def test_where_there_is_no_code_it_is_said_and_nothing_happens(command: Command) -> None:
    driver = drawn(latent=False)
    assert not is_enabled(driver.state, command)
    count = len(driver.engine.asked)
    driver.do(command)
    assert "no latent code" in driver.state.toasts[-1].text and driver.state.dialog is None
    assert len(driver.engine.asked) == count and not driver.state.grid
    driver.do(Command.TOGGLE_MODEL, command)
    assert "off" in driver.state.toasts[-1].text
    empty = Driver(engine=FakeEngine(loading=0))
    empty.do(command)
    assert "Draw something" in empty.state.toasts[-1].text
    loading = Driver(engine=FakeEngine(loading=9999))
    loading.draw((1, 1), (9, 9))
    loading.do(command)
    assert "not ready" in loading.state.toasts[-1].text


@pytest.mark.parametrize("points", [1, 2, 300])
def test_a_dot_and_a_long_line_are_drawn_anew_too(points: int) -> None:
    driver = Driver(engine=FakeEngine(loading=0))
    driver.draw(*[(100.0 + i % 17, 100.0 + i) for i in range(points)])
    driver.do(Command.AGAIN)
    driver.wait(2.0)
    driver.do(Command.KEEP)
    assert {stroke.author for stroke in driver.state.sketch.strokes} == {"model"}


def test_an_engine_that_dies_of_it_is_asked_once_more_only_for_what_is_shown() -> None:
    driver = drawn()
    driver.do(Command.AGAIN)
    driver.engine.die()
    count = len(driver.engine.asked)
    driver.wait(2.0)
    assert not driver.state.grid and driver.state.through is None and len(driver.engine.asked) == count
    driver.do(Command.AGAIN)
    driver.wait(2.0)
    driver.do(SetCloseness(0.1))
    driver.wait(0.2)
    driver.engine.die()
    driver.wait(2.0)
    assert driver.state.offer is not None and driver.state.through is not None
    assert driver.state.offer.request.closeness == 0.1


def test_the_closeness_is_remembered() -> None:
    assert from_table({"closeness": 0.25}).closeness == 0.25
    assert from_table({"closeness": 7}).closeness == 1.0 and Settings().closeness == 0.8
