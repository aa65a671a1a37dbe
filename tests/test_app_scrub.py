"""A part of a completion is taken: the playback is held, moved along, and what is shown is kept."""

from __future__ import annotations

import numpy as np
import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.events import PenDown, PenUp, Scrub, SetSpeed
from sketchrnn.app.playback import shown_points, stroke_ends, visible_rows
from sketchrnn.app.questions import activity, is_enabled, next_wake, play_speed, shown_rows, shows_continue, status_text
from sketchrnn.app.state import Activity
from tests.app_driver import Driver
from tests.fake_engine import FakeEngine
from tests.test_app_model import asked, authors, offered


def shown(driver: Driver) -> float:
    return shown_points(driver.state.offer, driver.now, play_speed(driver.state))


@pytest.mark.parametrize("share", [0.0, 0.25, 0.4, 0.999, 1.0])
def test_a_share_is_shown_and_stays(share: float) -> None:
    driver = offered()
    driver.do(Scrub(share))
    assert shown(driver) == pytest.approx(24 * share)
    driver.wait(2)
    assert shown(driver) == pytest.approx(24 * share)
    assert activity(driver.state, driver.now) is Activity.OFFERED and next_wake(driver.state, driver.now) is None


@pytest.mark.parametrize(("share", "expected"), [(-3, 0), (7, 24), (float("inf"), 24), (float("nan"), 24)])
def test_a_share_beyond_the_ends_is_an_end(share: float, expected: int) -> None:
    driver = offered()
    driver.do(Scrub(share))
    assert shown(driver) == expected


@pytest.mark.parametrize("share", [0.1, 0.3, 1 / 3, 0.5, 0.77, 1.0])
def test_what_is_shown_is_kept_as_one_step_and_the_rest_goes(share: float) -> None:
    driver = offered()
    rows = driver.state.offer.endings[0].rows
    driver.do(Scrub(share))
    expected = visible_rows(rows, 24 * share)
    driver.do(Command.KEEP_HERE)
    kept = driver.state.sketch.strokes[1:]
    assert np.array_equal(np.concatenate([stroke.points for stroke in kept]), expected[:, :2])
    assert len(kept) == len(stroke_ends(expected)) and set(authors(driver.state.sketch)[1:]) == {"model"}
    assert driver.state.offer is None and not driver.state.sketch.pen_down
    driver.draw((9, 9), (20, 20))
    driver.wait(1)
    assert asked(driver)[-1].request.prefix.strokes == driver.state.sketch.strokes, "it goes on from there"
    driver.do(Command.ESCAPE, Command.UNDO, Command.UNDO)
    assert authors(driver.state.sketch) == ["hand"]
    driver.do(Command.REDO)
    assert driver.state.sketch.strokes[1:] == kept


def test_nothing_is_kept_of_nothing() -> None:
    driver = offered()
    driver.do(Scrub(0.0))
    before = driver.state
    assert driver.do(Command.KEEP_HERE) is before
    nine = offered()
    nine.do(Command.NINE)
    nine.wait(2)
    before = nine.state
    for event in (Command.KEEP_HERE, Command.PLAY, Scrub(0.5), Command.POINT_BACK, Command.STROKE_ON):
        assert nine.do(event) is before, "of nine, one is taken first"
    assert Driver().do(Command.KEEP_HERE, Command.PLAY, Scrub(0.5), Command.STROKE_BACK).offer is None


def test_a_moving_completion_is_kept_as_far_as_it_is_seen() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=60))
    driver.draw((0, 0), (50, 50))
    while not driver.state.offer or shown(driver) < 20:
        driver.frame()
    assert activity(driver.state, driver.now) is Activity.ANIMATING
    expected = shown_rows(driver.state, driver.now)[0]
    driver.do(Command.KEEP_HERE)
    assert np.array_equal(np.concatenate([s.points for s in driver.state.sketch.strokes[1:]]), expected[:, :2])


def test_it_is_held_and_goes_on() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=60))
    driver.draw((0, 0), (50, 50))
    while not driver.state.offer or shown(driver) < 10:
        driver.frame()
    driver.do(Command.PLAY)
    at = shown(driver)
    driver.wait(1)
    assert shown(driver) == at and "comma" in status_text(driver.state, driver.now)
    driver.do(Command.PLAY)
    driver.wait(0.25)
    assert shown(driver) == pytest.approx(at + 15, abs=1.5)
    driver.wait(2)
    assert activity(driver.state, driver.now) is Activity.OFFERED
    driver.do(Command.PLAY)
    assert shown(driver) == 0 and activity(driver.state, driver.now) is Activity.ANIMATING, "it is played again"


def test_what_comes_while_it_is_held_does_not_move_it() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=2))
    driver.draw((0, 0), (50, 50))
    while not driver.state.offer or shown(driver) < 4:
        driver.frame()
    driver.do(Command.PLAY)
    at = shown(driver)
    assert activity(driver.state, driver.now) is Activity.OFFERED
    driver.wait(1)
    assert len(driver.state.offer.endings[0].rows) == 60 and shown(driver) == at


def test_by_points_and_by_strokes() -> None:
    driver = offered()
    ends = stroke_ends(driver.state.offer.endings[0].rows)
    assert ends == [8, 16, 24]
    seen = []
    for command in [Command.STROKE_BACK] * 4 + [Command.STROKE_ON] * 4:
        driver.do(command)
        seen.append(shown(driver))
    assert seen == [16, 8, 0, 0, 8, 16, 24, 24]
    for command, count in ((Command.POINT_BACK, 23), (Command.POINT_BACK, 22), (Command.POINT_ON, 23)):
        driver.do(command)
        assert shown(driver) == count
    driver.do(Scrub(0.4), Command.POINT_BACK)
    assert shown(driver) == 9
    driver.do(Scrub(0.4), Command.POINT_ON)
    assert shown(driver) == 10
    driver.do(*[Command.POINT_ON] * 30)
    assert shown(driver) == 24 and not driver.state.offer.playback.held


def test_a_kept_stroke_leaves_the_rest_held_where_it_was() -> None:
    driver = offered()
    driver.do(Scrub(0.5), Command.KEEP_STROKE)
    assert shown(driver) == pytest.approx(4) and driver.state.offer.playback.held
    driver.do(Scrub(0.25), Command.KEEP_HERE)
    assert [len(stroke) for stroke in driver.state.sketch.strokes] == [2, 8, 4]


def test_keep_all_keeps_all_wherever_it_is_held() -> None:
    driver = offered()
    driver.do(Scrub(0.3), Command.KEEP)
    assert driver.state.sketch.point_count == 2 + 24


def test_another_speed_and_reduced_motion_leave_the_hold() -> None:
    driver = offered()
    driver.do(Command.TOGGLE_MOTION, Scrub(0.5))
    assert shown(driver) == 12
    driver.do(Command.PLAY)
    assert shown(driver) == 24
    driver.do(Scrub(0.5), SetSpeed(50.0))
    assert not driver.state.offer.playback.held, "it is played again, to be seen"


def test_it_is_not_cut_off_where_it_is_held() -> None:
    driver = offered(cut_off=True)
    assert shows_continue(driver.state, driver.now)
    driver.do(Scrub(0.5))
    assert not shows_continue(driver.state, driver.now)


def test_the_pen_comes_first() -> None:
    driver = offered()
    driver.do(PenDown((3, 3)))
    for command in (Command.KEEP_HERE, Command.PLAY, Command.STROKE_BACK):
        assert not is_enabled(driver.state, command)
    driver.do(Scrub(0.5), Command.KEEP_HERE, PenUp())
    assert authors(driver.state.sketch) == ["hand", "hand"]


def test_the_ends_of_strokes() -> None:
    rows = np.zeros((5, 3), np.float32)
    assert stroke_ends(rows[:0]) == [] and stroke_ends(rows) == [5]
    rows[[0, 3], 2] = 1
    assert stroke_ends(rows) == [1, 4, 5] and stroke_ends(rows[:4]) == [1, 4]
