"""Several things on one page: strokes are picked, moved, scaled, deleted, and finished alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.effects import Autosave, Submit
from sketchrnn.app.events import BringBack, PenCancel, PenDown, PenMove, PenUp, Scrub, SetCategory, SetInk, TakeEnding
from sketchrnn.app.questions import activity, category_text, ending_sketch, in_gesture, is_enabled, status_text
from sketchrnn.app.selection import (
    CLICK,
    MOVE,
    REACH,
    after_change,
    grip_at,
    handles_of,
    moved_sketch,
    selected_box,
)
from sketchrnn.app.state import Activity, AppState, Tool
from sketchrnn.app.update_select import HIT, NUDGE
from sketchrnn.engine.messages import Ask, Look
from sketchrnn.sketch.types import Sketch, Stroke
from tests.app_driver import Driver
from tests.fake_engine import FakeEngine

LEFT = ((10, 10), (60, 60), (10, 110))
RIGHT = ((300, 10), (350, 60), (300, 110))
DOT = ((200, 300),)


def drawn(*strokes, **engine) -> Driver:
    """A driver with strokes, nothing offered, and the select tool at hand."""
    driver = Driver(engine=FakeEngine(loading=0, **engine))
    for stroke in strokes or (LEFT, RIGHT, DOT):
        driver.draw(*stroke)
    driver.wait(3)
    driver.do(Command.ESCAPE, Command.SELECT)
    driver.wait(0.2)
    return driver


def click(driver: Driver, at, adds: bool = False) -> tuple[int, ...]:
    driver.do(PenDown(at, adds), PenUp())
    return picked(driver)


def lasso(driver: Driver, left, top, right, bottom, adds: bool = False) -> tuple[int, ...]:
    way = ((left, top), (right, top), (right, bottom), (left, bottom))
    driver.do(PenDown(way[0], adds), PenMove(way[1:]), PenUp())
    return picked(driver)


def picked(driver: Driver) -> tuple[int, ...]:
    selection = driver.state.selection
    return () if selection is None else selection.indices


def asked(driver: Driver, kind: type = Ask) -> list:
    return [effect.message for effect in driver.took(Submit) if isinstance(effect.message, kind)]


def points(driver: Driver) -> list:
    return [stroke.points.tolist() for stroke in driver.state.sketch.strokes]


def test_clicks_pick_strokes_and_shift_adds_and_lets_go() -> None:
    driver = drawn()
    before = driver.state.sketch
    assert click(driver, (35, 35)) == (0,) and click(driver, (325, 36)) == (1,)
    assert click(driver, (35, 35), adds=True) == (0, 1)
    assert click(driver, (325, 36), adds=True) == (0,)
    assert click(driver, (450, 450), adds=True) == (0,), "nothing is there to be added"
    assert click(driver, (200, 302)) == (2,), "a dot"
    assert click(driver, (450, 450)) == ()
    assert driver.state.sketch is before and len(driver.state.history.past) == 3


def test_a_lasso_picks_what_it_holds() -> None:
    driver = drawn()
    assert lasso(driver, 0, 0, 100, 200) == (0,)
    assert lasso(driver, 280, 0, 400, 200, adds=True) == (0, 1)
    assert lasso(driver, 150, 250, 260, 350) == (2,)
    assert lasso(driver, 400, 400, 500, 500, adds=True) == (2,)
    assert lasso(driver, 400, 400, 500, 500) == ()
    driver.do(PenDown((0, 0)), PenMove(((500, 0),)))
    assert in_gesture(driver.state) and activity(driver.state, driver.now) is Activity.DRAWING
    driver.do(PenMove(((500, 500), (0, 500))), PenUp())
    assert picked(driver) == (0, 1, 2)


def test_the_selection_is_moved_as_one_step() -> None:
    driver = drawn()
    lasso(driver, 0, 0, 400, 200)
    before = driver.state.sketch
    driver.do(PenDown((30, 60)), PenMove(((40, 80), (50, 100))))
    assert driver.state.sketch is before, "until the pen lifts"
    assert moved_sketch(driver.state).strokes[0].points[0].tolist() == [30, 50]
    driver.do(PenUp())
    assert points(driver)[0] == [[30, 50], [80, 100], [30, 150]] and points(driver)[1][0] == [320, 50]
    assert points(driver)[2] == [[200, 300]] and picked(driver) == (0, 1)
    assert driver.took(Autosave)[-1].sketch is driver.state.sketch
    driver.do(Command.UNDO)
    assert driver.state.sketch is before and picked(driver) == (0, 1), "only its strokes changed"
    driver.do(Command.REDO)
    assert points(driver)[0][0] == [30, 50]


def test_a_corner_scales_and_a_side_stretches() -> None:
    driver = drawn()
    click(driver, (35, 35))
    handles = handles_of(driver.state, selected_box(driver.state))
    x, y = handles["se"]
    driver.do(PenDown((x, y)), PenMove(((x + 50, y + 100),)), PenUp())
    assert np.allclose(points(driver)[0], [[10, 10], [110, 110], [10, 210]], atol=1e-3)
    assert len(driver.state.history.past) == 4 and points(driver)[1] == [list(p) for p in RIGHT]
    x, y = handles_of(driver.state, selected_box(driver.state))["w"]
    driver.do(PenDown((x, y)), PenMove(((x - 100, y + 9),)), PenUp())
    assert np.allclose(points(driver)[0], [[-90, 10], [110, 110], [-90, 210]], atol=1e-3)
    driver.do(Command.UNDO, Command.UNDO)
    assert points(driver)[0] == [list(p) for p in LEFT]


def test_what_the_pen_would_take() -> None:
    driver = drawn()
    assert grip_at(driver.state, (35, 35)) is None
    click(driver, (35, 35))
    box = selected_box(driver.state)
    assert grip_at(driver.state, (35, 60)) == MOVE and grip_at(driver.state, (200, 60)) is None
    assert {grip_at(driver.state, at) for at in handles_of(driver.state, box).values()} == {
        *"nesw",
        "ne",
        "nw",
        "se",
        "sw",
    }
    click(driver, (200, 300))
    assert handles_of(driver.state, selected_box(driver.state)) == {} and grip_at(driver.state, (203, 297)) == MOVE


@pytest.mark.parametrize("ends", [PenCancel(), Command.ESCAPE])
def test_a_gesture_that_is_given_up_leaves_all_as_it_was(ends) -> None:
    driver = drawn()
    lasso(driver, 0, 0, 400, 200)
    before = driver.state.sketch
    for at in ((30, 60), handles_of(driver.state, selected_box(driver.state))["nw"], (450, 450)):
        driver.do(PenDown(at), PenMove(((at[0] + 40, at[1] + 40), (0, 0))), ends)
        assert not in_gesture(driver.state) and driver.state.sketch is before and picked(driver) == (0, 1)
        driver.do(PenMove(((99, 99),)), PenUp())
        assert driver.state.sketch is before and picked(driver) == (0, 1), "what comes after it is nothing"


def test_undo_is_refused_while_it_is_moved() -> None:
    driver = drawn()
    click(driver, (35, 35))
    driver.do(PenDown((30, 60)), PenMove(((60, 90),)))
    during = driver.state
    for command in (Command.UNDO, Command.REDO, Command.DELETE, Command.CLEAR, Command.MOVE_LEFT, Command.SELECT_ALL):
        assert driver.do(command) is during
    driver.do(PenUp())
    assert points(driver)[0][0] == [40, 40]


def test_a_click_within_the_box_picks_the_stroke_there() -> None:
    driver = drawn(((0, 0), (100, 100)), ((80, 20), (90, 20)))
    lasso(driver, -20, -20, 120, 120)
    assert picked(driver) == (0, 1)
    assert click(driver, (85, 21)) == (1,)
    driver.do(Command.SELECT_ALL)
    assert click(driver, (20, 80)) == ()


def test_keys_move_and_scale_it_and_those_that_follow_are_one_step() -> None:
    driver = drawn()
    click(driver, (35, 35))
    for command in (Command.MOVE_RIGHT, Command.MOVE_RIGHT, Command.MOVE_DOWN):
        driver.do(command)
        driver.wait(0.2)
    assert points(driver)[0][0] == [10 + 2 * NUDGE, 10 + NUDGE] and len(driver.state.history.past) == 4
    assert driver.took(Autosave)[-1].sketch is driver.state.sketch
    driver.wait(1)
    driver.do(Command.MOVE_LEFT)
    assert len(driver.state.history.past) == 5
    driver.do(Command.UNDO)
    assert points(driver)[0][0] == [10 + 2 * NUDGE, 10 + NUDGE]
    driver.do(Command.MOVE_UP)
    assert len(driver.state.history.past) == 5, "after an undo a new step begins"
    driver.wait(1)
    width = np.ptp(driver.state.sketch.strokes[0].points[:, 0])
    driver.do(Command.GROW)
    assert np.ptp(driver.state.sketch.strokes[0].points[:, 0]) == pytest.approx(1.05 * width, rel=1e-4)
    driver.do(Command.SHRINK)
    assert np.ptp(driver.state.sketch.strokes[0].points[:, 0]) == pytest.approx(width, rel=1e-4)
    assert picked(driver) == (0,)


@pytest.mark.parametrize(
    "there, back",
    [
        ([Command.MOVE_RIGHT], [Command.MOVE_LEFT]),
        ([Command.MOVE_DOWN] * 7, [Command.MOVE_UP] * 7),
        ([Command.GROW, Command.MOVE_LEFT, Command.GROW], [Command.SHRINK, Command.MOVE_RIGHT, Command.SHRINK]),
    ],
)
def test_keys_that_undo_each_other_leave_nothing_to_undo(there, back) -> None:
    driver = drawn()
    click(driver, (35, 35))
    before = driver.state
    driver.do(*there)
    assert len(driver.state.history.past) == len(before.history.past) + 1
    driver.do(*back)
    assert driver.state.sketch is before.sketch and driver.state.history == before.history
    assert driver.took(Autosave)[-1].sketch.strokes == before.sketch.strokes and picked(driver) == (0,)
    driver.do(*there)
    assert len(driver.state.history.past) == len(before.history.past) + 1, "what comes next can be undone"
    driver.do(Command.UNDO)
    assert driver.state.sketch.strokes == before.sketch.strokes


def test_a_drag_back_to_where_it_began_leaves_nothing_to_undo() -> None:
    driver = drawn()
    click(driver, (35, 35))
    before = driver.state
    driver.draw((35, 35), (90, 70), (35, 35))
    assert driver.state.sketch.strokes == before.sketch.strokes and driver.state.history == before.history


def test_delete_takes_it_away_as_one_step() -> None:
    driver = drawn()
    lasso(driver, 0, 0, 400, 200)
    driver.do(Command.DELETE)
    assert points(driver) == [[[200, 300]]] and picked(driver) == ()
    driver.do(Command.UNDO)
    assert len(driver.state.sketch.strokes) == 3
    driver.do(Command.DELETE)
    assert len(driver.state.sketch.strokes) == 3, "nothing is selected"


def test_escape_and_the_other_tools_end_it() -> None:
    for last in (Command.ESCAPE, Command.PEN, Command.ERASER):
        driver = drawn()
        assert click(driver, (35, 35)) == (0,)
        driver.do(last)
        assert picked(driver) == ()
        driver.do(Command.SELECT_ALL)
        assert driver.state.tool is Tool.SELECT and picked(driver) == (0, 1, 2)
    empty = Driver()
    empty.do(Command.SELECT_ALL, Command.SELECT, PenDown((5, 5)), PenMove(((50, 50), (5, 50))), PenUp())
    assert empty.state.selection is None


def test_another_drawing_has_no_selection_of_the_one_before() -> None:
    driver = drawn()
    lasso(driver, 0, 0, 400, 200)
    driver.do(Command.UNDO)
    assert len(driver.state.sketch.strokes) == 2 and picked(driver) == (0, 1), "the dot was not selected"
    driver.do(Command.UNDO)
    assert picked(driver) == (0,)
    driver.do(Command.UNDO)
    assert picked(driver) == ()
    driver.do(Command.REDO, Command.SELECT_ALL, Command.CLEAR)
    assert picked(driver) == ()
    driver = drawn(LEFT)
    driver.do(Command.SELECT_ALL)
    other = Sketch((Stroke(np.array(RIGHT, np.float32)),))
    before = driver.state
    opened = after_change(before, replace(before, sketch=other, saved=other))
    assert opened.selection is None, "though it has as many strokes"
    assert after_change(before, replace(before, sketch=other)).selection is not None


def test_the_model_finishes_the_selected_strokes_alone_as_something_of_their_own() -> None:
    driver = drawn()
    driver.do(SetCategory("house"))
    driver.wait(2)
    driver.do(Command.ESCAPE)
    click(driver, (325, 36))
    assert category_text(driver.state).startswith("auto")
    driver.do(SetCategory("cat"))
    assert driver.state.category == "house" and category_text(driver.state) == "cat"
    driver.wait(3)
    request = asked(driver)[-1].request
    assert request.prefix.strokes == driver.state.sketch.strokes[1:2] and request.category == "cat"
    assert activity(driver.state, driver.now) is Activity.OFFERED
    expected = ending_sketch(driver.state, 0).strokes
    driver.do(Command.KEEP)
    assert driver.state.sketch.strokes == expected and len(expected) == 6
    assert picked(driver) == (1, 3, 4, 5), "what was drawn for them is one of them"
    assert driver.state.sketch.category is None and driver.state.sketch.note("part") == "1"
    assert driver.state.sketch.note("category") == "cat"
    driver.do(Command.UNDO)
    assert len(driver.state.sketch.strokes) == 3 and picked(driver) == (1,)
    driver.do(Command.ESCAPE)
    assert category_text(driver.state) == "house"
    driver.do(Command.ANOTHER)
    driver.wait(0.1)
    assert asked(driver)[-1].request.prefix.strokes == driver.state.sketch.strokes
    assert asked(driver)[-1].request.category == "house"


def test_it_is_taken_in_parts_and_one_of_nine_like_any_completion() -> None:
    driver = drawn()
    click(driver, (35, 35))
    driver.do(Command.ANOTHER)
    driver.wait(3)
    driver.do(Command.KEEP_STROKE)
    assert picked(driver) == (0, 3) and driver.state.offer is not None
    driver.do(Scrub(0.25), Command.KEEP_HERE)
    assert picked(driver) == (0, 3, 4) and driver.state.offer is None
    driver.do(Command.NINE)
    driver.wait(3)
    assert asked(driver)[-1].request.prefix.strokes == tuple(driver.state.sketch.strokes[i] for i in (0, 3, 4))
    driver.do(TakeEnding(4))
    assert picked(driver) == (0, 3, 4, 5, 6, 7)


def test_it_goes_on_where_it_was_cut_off() -> None:
    driver = drawn(cut_off=True, points=20)
    click(driver, (35, 35))
    driver.do(Command.ANOTHER)
    driver.wait(3)
    rows = driver.state.offer.endings[0].rows
    driver.do(Command.CONTINUE)
    prefix = asked(driver)[-1].request.prefix
    assert prefix.strokes[0] == driver.state.sketch.strokes[0] and len(prefix.strokes) == 4
    driver.wait(3)
    assert np.array_equal(driver.state.offer.endings[0].rows[:20], rows)
    driver.do(Command.KEEP)
    assert len(driver.state.sketch.strokes) == 3 + 6 and picked(driver)[0] == 0


def test_the_model_looks_at_what_is_selected() -> None:
    driver = drawn()
    looked = asked(driver, Look)[-1].request.prefix.strokes
    assert looked == driver.state.sketch.strokes
    click(driver, (35, 35))
    driver.wait(0.2)
    assert asked(driver, Look)[-1].request.prefix.strokes == driver.state.sketch.strokes[:1]
    scale = driver.state.scale
    assert driver.state.selection.scale == pytest.approx(255 / 600)
    driver.do(Command.ESCAPE)
    driver.wait(0.2)
    assert asked(driver, Look)[-1].request.prefix.strokes == looked and driver.state.scale == scale


def test_ending_the_selection_ends_what_is_drawn_for_it() -> None:
    driver = drawn(points=60, chunk=2)
    click(driver, (35, 35))
    driver.do(Command.ANOTHER)
    driver.wait(0.2)
    assert driver.state.offer.part == (0,)
    driver.do(Command.PEN)
    assert (driver.state.offer, driver.state.pending, picked(driver)) == (None, None, ())


def test_escape_ends_the_completion_first() -> None:
    driver = drawn()
    click(driver, (35, 35))
    driver.do(Command.ANOTHER)
    driver.wait(3)
    driver.do(Command.ESCAPE)
    assert driver.state.offer is None and picked(driver) == (0,)
    driver.do(Command.REDO)
    assert driver.state.offer is not None and picked(driver) == (0,)
    driver.do(Command.ESCAPE, Command.ESCAPE)
    assert picked(driver) == ()


def test_what_was_seen_is_brought_back_with_its_strokes() -> None:
    driver = drawn()
    for at in ((35, 35), (325, 36)):
        click(driver, at)
        driver.do(Command.ANOTHER)
        driver.wait(3)
    driver.do(Command.ESCAPE, Command.ESCAPE)
    parts = [offer.part for offer in driver.state.seen]
    assert parts == [(), (0,), (1,)]
    for index, part in enumerate(parts):
        driver.do(BringBack(index))
        assert picked(driver) == part and driver.state.offer.part == part


def test_a_click_that_picks_nothing_else_leaves_the_completion() -> None:
    driver = drawn()
    click(driver, (35, 35))
    driver.do(Command.ANOTHER)
    driver.wait(3)
    rows = driver.state.offer.endings[0].rows
    click(driver, (35, 35))
    assert driver.state.offer.endings[0].rows is rows
    driver.do(PenDown((30, 60)), PenMove(((60, 60),)), PenUp())
    assert driver.state.offer is None, "it does not fit any more"


def test_words_for_what_is_selected() -> None:
    driver = drawn()
    words = {status_text(driver.state, driver.now)}
    click(driver, (35, 35))
    words.add(status_text(driver.state, driver.now))
    driver.do(Command.SELECT_ALL)
    words.add(status_text(driver.state, driver.now))
    driver.do(PenDown((450, 450)))
    words.add(status_text(driver.state, driver.now))
    driver.do(PenUp(), Command.SELECT_ALL, PenDown((30, 60)))
    words.add(status_text(driver.state, driver.now))
    assert len(words) == 5
    driver.do(PenUp(), Command.ESCAPE)
    assert not is_enabled(driver.state, Command.DELETE) and is_enabled(driver.state, Command.SELECT_ALL)
    assert not is_enabled(AppState(), Command.SELECT_ALL)


def test_nothing_goes_out_of_reach() -> None:
    driver = drawn()
    driver.do(Command.SELECT_ALL)
    for _ in range(4):
        driver.do(PenDown((100, 60)), PenMove(((9e5, 9e5),)), PenUp())
        driver.do(*[Command.GROW] * 300)
    assert np.abs(driver.state.sketch.points()).max() <= 1e6 and np.isfinite(driver.state.sketch.points()).all()
    driver.do(*[Command.SHRINK] * 900)
    assert np.isfinite(driver.state.sketch.points()).all()


def test_drawing_on_with_an_ink_that_was_just_taken_ends_it() -> None:
    driver = drawn()
    assert click(driver, (35, 35)) == (0,)
    driver.do(SetInk("teal"))
    assert driver.state.tool is Tool.PEN
    driver.draw((400, 10), (450, 60))
    assert picked(driver) == ()
    driver.wait(2)
    assert asked(driver)[-1].request.prefix.strokes == driver.state.sketch.strokes, "asked about all of the drawing"


def seen_at(state: AppState, zoom: float, ui_scale: float) -> AppState:
    camera, settings = replace(state.view.camera, zoom=zoom), replace(state.settings, ui_scale=ui_scale)
    return replace(state, view=replace(state.view, camera=camera, size=(1280, 800)), settings=settings)


@pytest.mark.parametrize(("ui_scale", "scale"), [(1.0, 1.0), (1.5, 1.5), (3.0, 800 / 480)])
@pytest.mark.parametrize("zoom", [0.5, 1.0, 8.0])
def test_a_click_reaches_as_far_on_the_screen_at_every_zoom(zoom: float, ui_scale: float, scale: float) -> None:
    """In points: where these are many px, as on a tablet's fine screen, a hand strays by more of them, too."""
    for points, hit in ((HIT - 1, True), (HIT + 1, False)):
        driver = drawn(((0, 0), (0, 100)))
        driver.state = seen_at(driver.state, zoom, ui_scale)
        at, strayed = points * scale / zoom, (CLICK - 0.5) * scale / zoom
        assert (click(driver, (at, 50)) == (0,)) is hit
        driver.draw((at, 50), (at, 50 + strayed))
        assert (picked(driver) == (0,)) is hit, "a click that strays is one"
    driver.do(Command.SELECT_ALL)
    left, top = handles_of(driver.state, selected_box(driver.state))["nw"]
    grips = [grip_at(driver.state, (left, top - points * scale / zoom)) for points in (REACH - 1, REACH + 1)]
    assert grips == ["nw", None]
