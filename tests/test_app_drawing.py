"""Pen, eraser, undo and redo, as lists of events and the state that results."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.effects import Autosave
from sketchrnn.app.events import PenCancel, PenDown, PenMove, PenUp
from sketchrnn.app.history import LIMIT, History, record, redo, undo
from sketchrnn.app.questions import activity, is_dirty, lies_outside
from sketchrnn.app.state import Activity, AppState, Tool
from sketchrnn.app.update_drawing import ERASER_RADIUS
from sketchrnn.sketch.erasing import erase, touches
from sketchrnn.sketch.types import Sketch, Stroke
from tests.app_driver import Driver
from tests.fake_engine import FakeEngine

SILENT = AppState(settings=replace(AppState().settings, model_on=False))


def strokes(driver: Driver) -> list[list[tuple[float, float]]]:
    return [[tuple(map(float, point)) for point in stroke.points] for stroke in driver.state.sketch.strokes]


def test_a_stroke_is_what_the_pen_did() -> None:
    driver = Driver(SILENT)
    driver.do(PenDown((10, 20)))
    assert activity(driver.state, driver.now) is Activity.DRAWING
    assert driver.state.live == ((10, 20),)
    driver.do(PenMove(((31, 20), (52, 41.5))), PenMove(()), PenMove(((73, 63),)))
    assert driver.state.live == ((10, 20), (31, 20), (52, 41.5), (73, 63))
    assert driver.state.sketch.strokes == ()
    driver.do(PenUp())
    assert strokes(driver) == [[(10, 20), (31, 20), (52, 41.5), (73, 63)]]
    assert driver.state.live is None
    assert driver.state.sketch.strokes[0].author == "hand"
    assert driver.took(Autosave) == [Autosave(driver.state.sketch)]
    assert is_dirty(driver.state)


def test_points_that_repeat_or_make_no_sense_are_left_out() -> None:
    driver = Driver(SILENT)
    driver.do(PenDown((math.nan, 0)))
    assert driver.state.live is None
    driver.draw((1, 1), (1, 1), (1, 1))
    driver.draw((1, 1), (math.inf, 2), (22, 2), (22, 2), (1e9, 0), (1, 1))
    assert strokes(driver) == [[(1, 1)], [(1, 1), (22, 2), (1, 1)]]


def test_events_out_of_order_change_nothing() -> None:
    driver = Driver(SILENT)
    before = driver.state
    assert driver.do(PenUp(), PenMove(((1, 1),)), PenCancel()) is before
    driver.do(PenDown((1, 1)), PenDown((5, 5)), PenUp(), PenUp())
    assert strokes(driver) == [[(1, 1)]]


def test_a_cancelled_stroke_was_none() -> None:
    driver = Driver(SILENT)
    driver.do(PenDown((1, 1)), PenMove(((2, 2),)), PenCancel())
    assert driver.state.sketch == Sketch()
    assert driver.state.history == History()
    assert driver.took(Autosave) == []


def test_a_stroke_of_many_points() -> None:
    driver = Driver(SILENT)
    points = [(float(i), float(i % 7)) for i in range(20_000)]
    driver.do(PenDown(points[0]), *(PenMove(tuple(points[i : i + 100])) for i in range(1, 20_000, 100)), PenUp())
    assert driver.state.sketch.point_count == 20_000


def test_undo_and_redo_walk_through_all_that_was_drawn() -> None:
    driver = Driver(SILENT)
    seen = [driver.state.sketch.strokes]
    for i in range(5):
        driver.draw((i, 0), (i, 10))
        seen.append(driver.state.sketch.strokes)
    for expected in reversed(seen[:-1]):
        assert driver.do(Command.UNDO).sketch.strokes == expected
    nothing_left = driver.state
    assert driver.do(Command.UNDO) is not None
    assert driver.state.sketch == nothing_left.sketch
    for expected in seen[1:]:
        assert driver.do(Command.REDO).sketch.strokes == expected
    assert driver.do(Command.REDO).sketch.strokes == seen[-1]


def test_a_new_stroke_ends_redo() -> None:
    driver = Driver(SILENT)
    driver.draw((0, 0), (1, 1))
    driver.do(Command.UNDO)
    driver.draw((5, 5), (6, 6))
    assert strokes(driver) == [[(5, 5), (6, 6)]]
    driver.do(Command.REDO)
    assert strokes(driver) == [[(5, 5), (6, 6)]]


@pytest.mark.parametrize("command", [Command.UNDO, Command.REDO, Command.CLEAR, Command.NEW, Command.SAVE])
def test_nothing_is_replaced_under_the_pen(command: Command) -> None:
    driver = Driver(SILENT)
    driver.draw((0, 0), (1, 1))
    driver.draw((2, 2), (3, 3))
    driver.do(Command.UNDO, PenDown((9, 9)))
    before = driver.state
    assert driver.do(command) is before


def test_clear_is_one_step_and_can_be_undone() -> None:
    driver = Driver(SILENT)
    driver.draw((0, 0), (1, 1))
    driver.draw((2, 2), (3, 3))
    before = strokes(driver)
    assert driver.do(Command.CLEAR).sketch == Sketch()
    assert all(effect.sketch.strokes for effect in driver.took(Autosave)), "the last drawing stays to be recovered"
    driver.do(Command.UNDO)
    assert strokes(driver) == before
    driver.do(Command.CLEAR, Command.CLEAR, Command.UNDO)
    assert strokes(driver) == before


def test_an_eraser_gesture_is_one_step() -> None:
    driver = Driver(SILENT)
    for x in (0, 100, 200, 300):
        driver.draw((x, 0), (x, 100))
    before = strokes(driver)
    driver.do(Command.ERASER, PenDown((90, 50)), PenMove(((110, 50),)))
    assert len(driver.state.sketch.strokes) == 3
    driver.do(Command.PEN)  # the eraser stays until it lifts
    driver.do(PenMove(((210, 50),)), PenUp())
    assert strokes(driver) == [before[0], before[3]]
    assert driver.state.tool is Tool.PEN
    driver.do(Command.UNDO)
    assert strokes(driver) == before
    driver.do(Command.REDO)
    assert strokes(driver) == [before[0], before[3]]


def test_a_cancelled_eraser_brings_everything_back() -> None:
    driver = Driver(SILENT)
    driver.draw((0, 0), (0, 100))
    before = driver.state.sketch
    driver.do(Command.ERASER, PenDown((0, 50)))
    assert driver.state.sketch == Sketch()
    driver.do(PenCancel())
    assert driver.state.sketch == before
    assert len(driver.state.history.past) == 1


def test_the_eraser_is_as_large_on_the_screen_at_every_zoom() -> None:
    for zoom, scale in ((0.5, 1.0), (1.0, 1.0), (8.0, 1.0), (1.0, 1.5)):
        for points, gone in ((ERASER_RADIUS - 1, True), (ERASER_RADIUS + 1, False)):
            driver = Driver(SILENT)
            driver.draw((0, 0), (0, 100))
            camera = replace(driver.state.view.camera, zoom=zoom)
            settings = replace(driver.state.settings, ui_scale=scale)
            driver.state = replace(driver.state, view=replace(driver.state.view, camera=camera), settings=settings)
            driver.do(Command.ERASER)
            driver.draw((points * scale / zoom, 50))
            assert (driver.state.sketch == Sketch()) is gone


def test_touching_agrees_with_a_dense_walk() -> None:
    random = np.random.default_rng(0)
    for _ in range(300):
        points = random.uniform(0, 100, (random.integers(1, 6), 2))
        a, b = random.uniform(0, 100, (2, 2))
        if random.random() < 0.2:
            b = a
        radius = float(random.uniform(1, 20))
        fine = np.concatenate(
            [np.linspace(p, q, 400) for p, q in zip(points, np.roll(points, -1, 0), strict=True)][:-1] or [points]
        )
        way = np.linspace(a, b, 400)
        distance = np.sqrt(((fine[:, None] - way[None]) ** 2).sum(-1)).min()
        if abs(distance - radius) > 0.3:
            assert touches(Stroke(points), tuple(a), tuple(b), radius) is bool(distance < radius)


def test_an_eraser_looks_at_no_points_of_strokes_that_lie_elsewhere() -> None:
    sketch = Sketch((Stroke(np.array([(0, 0), (30, 40)], float)),))
    sketch.strokes[0].bounds()
    object.__setattr__(sketch.strokes[0], "points", None)
    for begin, end in [((-9, 0), (-9, 40)), ((39, 0), (50, 90)), ((0, -9), (30, -12)), ((99, 49), (-99, 49))]:
        assert erase(sketch, begin, end, 8.0) is sketch
    with pytest.raises(AttributeError):
        erase(sketch, (-9, -9), (1, 1), 8.0)


@pytest.mark.parametrize("points", [[(5, 5)], [(5, 5), (5, 5)], [(0, 5), (10, 5)]])
def test_short_strokes_can_be_erased(points) -> None:
    sketch = Sketch((Stroke(np.array(points, float)),))
    assert erase(sketch, (5, 4), (5, 4), 2).strokes == ()
    assert erase(sketch, (5, -90), (5, -50), 2) is sketch
    assert erase(sketch, (5, 3), (5, 3), 2).strokes == (), "as far as it reaches"
    assert erase(Sketch(), (0, 0), (1, 1), 5) == Sketch()


def test_an_eraser_crossing_between_points_touches() -> None:
    sketch = Sketch((Stroke(np.array([(0, 0), (1000, 0)], float)),))
    assert erase(sketch, (500, -200), (500, 200), 1).strokes == ()


def test_an_eraser_that_touches_nothing_leaves_the_completion() -> None:
    driver = Driver(engine=FakeEngine(loading=0))
    driver.draw((0, 0), (50, 50))
    driver.wait(3)
    offered = driver.state.offer.endings[0].rows
    driver.do(Command.ERASER)
    driver.draw((-300, -300), (-310, -300))
    assert np.array_equal(driver.state.offer.endings[0].rows, offered)
    assert len(driver.state.history.past) == 1


def test_history_is_capped_and_skips_what_is_the_same() -> None:
    one = Sketch((Stroke(np.zeros((1, 2))),))
    assert record(History(), one, replace(one, category="cat")) == History()
    history, sketch = History(), Sketch()
    for i in range(LIMIT + 5):
        following = Sketch((Stroke(np.full((1, 2), i)),))
        history, sketch = record(history, sketch, following), following
    assert len(history.past) == LIMIT
    back, previous = undo(history, sketch)
    assert previous.strokes[0].points[0, 0] == LIMIT + 3
    assert redo(back, previous) == (history, sketch)
    assert undo(History(), one) == (History(), one)
    assert redo(History(), one) == (History(), one)


@pytest.mark.parametrize("at, outside", [((300, 300), False), ((300, -400), True), ((4000, 300), True)])
def test_it_is_said_where_ink_lies_outside_of_what_is_seen(at, outside: bool) -> None:
    driver = Driver()
    assert not lies_outside(driver.state)
    driver.draw(at, (at[0] + 5, at[1]))
    assert lies_outside(driver.state) is outside
    driver.do(Command.FIT)
    assert not lies_outside(driver.state)


def test_on_an_empty_page_the_inks_width_is_said() -> None:
    driver = Driver()
    driver.do(Command.THICKER, Command.THICKER)
    assert [toast.text for toast in driver.state.toasts] == ["The ink is as wide as 5, of 1 to 16"]
    driver.draw((1, 1), (9, 9))
    driver.wait(9.0)
    driver.do(Command.THINNER)
    assert not driver.state.toasts, "it is seen on what is drawn"
