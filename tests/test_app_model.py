"""The model's part: when it is asked, what is shown, what is kept, and what is dropped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Confirm
from sketchrnn.app.effects import StoreSettings, Submit
from sketchrnn.app.events import (
    FromEngine,
    Pan,
    PenCancel,
    PenDown,
    PenMove,
    PenUp,
    Resized,
    SetCategory,
    SetSeed,
    SetSpeed,
    SetTemperature,
    TakeEnding,
)
from sketchrnn.app.playback import pen_tip, visible_rows
from sketchrnn.app.questions import (
    activity,
    category_text,
    cut_off,
    ending_sketch,
    is_enabled,
    next_wake,
    shown_rows,
    shows_continue,
    status_text,
)
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import PAGE_SCALE, Activity, AppState, Camera, Ending, EngineStatus, Offer, Playback
from sketchrnn.app.update_keep import with_model_strokes
from sketchrnn.engine.messages import (
    DEFAULT_GUIDANCE,
    DEFAULT_TEMPERATURE,
    Ask,
    Cancel,
    Chunk,
    CompletionRequest,
    Done,
    Failed,
    Guess,
    Ready,
)
from sketchrnn.sketch.types import Sketch, Stroke
from tests.app_driver import Driver
from tests.fake_engine import CATEGORIES, FakeEngine, fake_rows


def offered(**engine) -> Driver:
    """A driver with one stroke drawn and its completion shown whole."""
    driver = Driver(engine=FakeEngine(loading=0, **engine))
    driver.draw((10, 10), (60, 60))
    driver.wait(3)
    assert activity(driver.state, driver.now) is Activity.OFFERED
    return driver


def asked(driver: Driver) -> list[Ask]:
    return [effect.message for effect in driver.took(Submit) if isinstance(effect.message, Ask)]


def authors(sketch: Sketch) -> list[str]:
    return [stroke.author for stroke in sketch.strokes]


def test_a_completion_from_pen_up_to_kept() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=24, chunk=8))
    driver.draw((10, 10), (60, 60))
    assert activity(driver.state, driver.now) is Activity.WAITING
    driver.wait(Settings().pause - 0.05)
    assert asked(driver) == []
    driver.wait(0.1)
    request = asked(driver)[0].request
    assert request.prefix.strokes == driver.state.sketch.strokes
    assert (request.endings, request.category, request.scale) == (1, None, None)
    assert request.page_scale == pytest.approx(PAGE_SCALE)
    assert request.temperature == Settings().temperature
    while driver.state.offer is None:
        assert activity(driver.state, driver.now) is Activity.THINKING
        driver.frame()
    assert activity(driver.state, driver.now) is Activity.ANIMATING
    assert category_text(driver.state) == "auto: cat 70 %"
    counts = []
    while activity(driver.state, driver.now) is Activity.ANIMATING:
        driver.frame()
        counts.append(len(shown_rows(driver.state, driver.now)[0]))
    assert counts == sorted(counts) and counts[-1] == 24
    assert 24 / 60 * 60 <= len(counts) + 2 <= 24 / 60 * 60 + 8, "60 points a second"
    expected = ending_sketch(driver.state, 0)
    driver.do(Command.KEEP)
    assert driver.state.sketch.strokes == expected.strokes
    assert authors(driver.state.sketch) == ["hand", "model", "model", "model"]
    rows = np.concatenate([s.points for s in driver.state.sketch.strokes[1:]])
    assert np.array_equal(rows, fake_rows(request, 0)[:, :2])
    notes = dict(driver.state.sketch.provenance)
    assert float(notes.pop("scale")) == PAGE_SCALE
    assert notes == {
        "model": "fake",
        "seed": "1",
        "ending": "0",
        "temperature": f"{DEFAULT_TEMPERATURE:g}",
        "category": "cat",
        "guidance": f"{DEFAULT_GUIDANCE:g}",
    }
    assert driver.state.sketch.category == "cat"
    assert (driver.state.offer, driver.state.pending, driver.state.ask_at) == (None, None, None)
    driver.wait(3)
    assert len(asked(driver)) == 1, "what is kept asks nothing"
    driver.do(Command.UNDO)
    assert authors(driver.state.sketch) == ["hand"]
    driver.do(Command.REDO)
    assert driver.state.sketch.strokes == expected.strokes


def test_a_stroke_within_the_pause_asks_once_for_both() -> None:
    driver = Driver()
    driver.draw((0, 0), (5, 5))
    driver.wait(0.2)
    driver.draw((10, 0), (15, 5))
    driver.wait(0.3)
    assert asked(driver) == []
    driver.wait(0.2)
    assert [len(ask.request.prefix.strokes) for ask in asked(driver)] == [2]


def test_a_new_stroke_interrupts_at_once() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=200, chunk=4))
    driver.draw((0, 0), (50, 50))
    driver.wait(0.6)
    first = driver.state.pending.id
    assert driver.state.offer is not None
    driver.do(PenDown((5, 5)))
    assert driver.took(Submit)[-1].message == Cancel(first)
    assert (driver.state.offer, driver.state.pending) == (None, None)
    late = Chunk(first, (np.ones((3, 3), np.float32),), (False,))
    before = driver.state
    assert driver.do(FromEngine(late)) is before
    driver.do(PenUp())
    driver.wait(0.6)
    assert asked(driver)[-1].id > first
    assert len(driver.state.sketch.strokes) == 2


@pytest.mark.parametrize(
    "message",
    [
        Guess(77, (("dog", 1.0),)),
        Chunk(77, (np.zeros((1, 3), np.float32),), (True,)),
        Done(77, (True,), (None,)),
        Failed(77, "late"),
    ],
)
def test_stale_answers_change_nothing(message) -> None:
    waiting = Driver(engine=FakeEngine(loading=0, hold=True))
    waiting.draw((0, 0), (1, 1))
    waiting.wait(1)
    for driver in (Driver(), waiting, offered()):
        before = driver.state
        assert driver.do(FromEngine(message)) is before


def test_another_is_the_next_seed_and_the_old_one_stays_until_it_comes() -> None:
    driver = offered()
    first = driver.state.offer
    driver.do(Command.ANOTHER)
    assert driver.state.offer.endings[0].rows is first.endings[0].rows, "no flicker"
    assert asked(driver)[-1].request == replace(asked(driver)[0].request, seed=2)
    driver.wait(2)
    assert not np.array_equal(driver.state.offer.endings[0].rows, first.endings[0].rows)
    driver.do(Command.ANOTHER, Command.ANOTHER, Command.ANOTHER)
    assert driver.state.pending.request.seed == 5
    driver.wait(2)
    assert driver.state.offer.request.seed == 5, "the newest wins"


def test_another_on_an_empty_page_draws_a_whole_one() -> None:
    driver = Driver()
    driver.do(Command.ANOTHER)
    assert asked(driver)[0].request.prefix == Sketch()
    driver.wait(2)
    driver.do(Command.KEEP)
    assert authors(driver.state.sketch) == ["model"] * 3


def test_keeping_stroke_by_stroke_asks_nothing_and_gives_the_whole() -> None:
    driver = offered()
    whole = ending_sketch(driver.state, 0)
    for count in (2, 3):
        driver.do(Command.KEEP_STROKE)
        assert driver.state.sketch.strokes == whole.strokes[:count]
        assert ending_sketch(driver.state, 0).strokes == whole.strokes
        assert driver.state.offer.prefix is driver.state.sketch
    driver.do(Command.KEEP_STROKE)
    assert driver.state.sketch.strokes == whole.strokes
    assert driver.state.offer is None
    assert len(asked(driver)) == 1
    for count in (3, 2, 1):
        driver.do(Command.UNDO)
        if driver.state.offer is None and len(driver.state.sketch.strokes) != count:
            driver.do(Command.UNDO)
        assert len(driver.state.sketch.strokes) == count


def test_what_is_left_after_a_kept_stroke_plays_on_from_where_it_was() -> None:
    driver = offered(points=60)
    driver.do(SetSpeed(10.0))
    driver.wait(2.5)
    before = len(shown_rows(driver.state, driver.now)[0])
    assert 24 <= before <= 26
    driver.do(Command.KEEP_STROKE)
    assert len(driver.state.sketch.strokes[-1]) == 20
    assert before - 21 <= len(shown_rows(driver.state, driver.now)[0]) <= before - 19


def test_the_next_stroke_can_be_wished_for_before_it_has_come() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=5))
    driver.draw((0, 0), (50, 50))
    while driver.state.offer is None:
        driver.frame()
    driver.do(Command.KEEP_STROKE)
    assert authors(driver.state.sketch) == ["hand"]
    driver.wait(2)
    assert authors(driver.state.sketch) == ["hand", "model"]
    assert len(driver.state.sketch.strokes[1]) == 20
    assert len(driver.state.offer.endings[0].rows) == 40
    assert len(asked(driver)) == 1


def test_keeping_before_all_has_come_keeps_all() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=5))
    driver.draw((0, 0), (50, 50))
    while driver.state.offer is None:
        driver.frame()
    driver.do(Command.KEEP)
    driver.wait(1)
    assert driver.state.offer is None
    assert sum(len(s) for s in driver.state.sketch.strokes[1:]) == 60


@pytest.mark.parametrize("wish", [Command.KEEP, Command.KEEP_STROKE])
def test_a_slider_that_has_not_settled_takes_no_wish_back(wish: Command) -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=2))
    driver.draw((0, 0), (50, 50))
    while driver.state.offer is None:
        driver.frame()
    driver.do(SetTemperature(0.9), wish)
    driver.wait(2)
    assert authors(driver.state.sketch)[:2] == ["hand", "model"] and len(asked(driver)) == 1


def test_strokes_kept_as_they_come_until_there_are_no_more() -> None:
    driver = Driver(engine=FakeEngine(loading=0, hold=True))
    driver.draw((0, 0), (1, 1))
    driver.wait(1)
    number = driver.state.pending.id
    rows = np.array([[1, 2, 0], [3, 4, 1]], np.float32)
    driver.do(FromEngine(Chunk(number, (rows,), (False,))), Command.KEEP_STROKE, Command.KEEP_STROKE)
    driver.do(FromEngine(Chunk(number, (rows[:0],), (True,))), FromEngine(Done(number, (True,), ("cat",))))
    assert authors(driver.state.sketch) == ["hand", "model"]
    assert driver.state.offer is None and "nothing more" in driver.state.toasts[-1].text


@pytest.mark.parametrize("command", [Command.NEW, Command.OPEN, Command.QUIT])
def test_leaving_after_a_wish_asks_about_what_has_come(command: Command) -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=5))
    driver.do(Command.ANOTHER)
    while driver.state.offer is None:
        driver.frame()
    driver.do(Command.KEEP, command)
    assert isinstance(driver.state.dialog, Confirm) and authors(driver.state.sketch) == ["model"]


def test_drawing_on_after_a_wish_keeps_what_has_come() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=5))
    driver.draw((0, 0), (50, 50))
    while driver.state.offer is None:
        driver.frame()
    driver.do(Command.KEEP, PenDown((100, 100)), PenMove(((110, 110),)), PenUp())
    assert authors(driver.state.sketch) == ["hand", "model", "hand"]
    assert not driver.state.sketch.pen_down


def test_nine_and_taking_one() -> None:
    driver = offered()
    single = driver.state.offer.endings[0].rows
    driver.do(Command.NINE)
    assert asked(driver)[-1].request == replace(asked(driver)[0].request, endings=9)
    driver.wait(3)
    assert len(driver.state.offer.endings) == 9
    assert np.array_equal(driver.state.offer.endings[0].rows, single)
    rows = driver.state.offer.endings[4].rows
    before = driver.state
    assert driver.do(TakeEnding(9)) is before
    driver.do(TakeEnding(4))
    assert not driver.state.grid
    assert np.array_equal(np.concatenate([s.points for s in driver.state.sketch.strokes[1:]]), rows[:, :2])
    assert driver.state.sketch.note("ending") == "4"
    assert len(driver.state.history.past) == 2
    driver.do(Command.UNDO)
    assert authors(driver.state.sketch) == ["hand"]


def in_sight(driver: Driver) -> bool:
    """Whether the canvas shows the drawing and the ending on it."""
    left, top, right, bottom = ending_sketch(driver.state, 0).bounds() or (0, 0, 0, 0)
    x, y, width, height = driver.state.view.canvas
    camera = driver.state.view.camera
    (least_x, least_y), (most_x, most_y) = camera.to_screen(left, top), camera.to_screen(right, bottom)
    return x <= least_x and y <= least_y and most_x <= x + width and most_y <= y + height


def test_an_ending_beyond_the_view_comes_into_sight_and_one_within_moves_nothing() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=10, chunk=10))
    before = driver.state.view.camera
    driver.draw((200, 200), (300, 300))
    driver.wait(2)
    assert driver.state.offer is not None and driver.state.view.camera == before and in_sight(driver)
    driver = Driver(engine=FakeEngine(loading=0, points=400, chunk=400))
    driver.draw((300, 500), (300, 610))
    driver.wait(2)
    camera = driver.state.view.camera
    assert camera.zoom < before.zoom and driver.state.view.fitted and in_sight(driver)
    driver.do(Command.KEEP)
    assert driver.state.view.camera == camera, "what is kept stays where it is"
    driver.do(PenDown((10, 10)), PenMove(((20, 20),)), PenUp())
    assert driver.state.view.camera == camera, "nothing moves under the pen"


def below_chips(*stroke: tuple[float, float]) -> tuple[Camera, Camera, float, float]:
    """The camera before and after an ending to this stroke; where all that is drawn begins and ends then, px down."""
    driver = Driver(engine=FakeEngine(loading=0, points=10, chunk=10))
    driver.do(Resized((1280, 800), (0, 48, 1280, 720), (12, 50, 100, 90)))
    before = driver.state.view.camera
    driver.draw(*stroke)
    driver.wait(2)
    assert driver.state.offer is not None and driver.state.view.fitted
    _, top, _, bottom = ending_sketch(driver.state, 0).bounds() or (0, 0, 0, 0)
    after = driver.state.view.camera
    return before, after, after.to_screen(0, top)[1], after.to_screen(0, bottom)[1]


def test_an_ending_comes_out_from_under_chips_and_a_hand_s_own_stroke_moves_nothing() -> None:
    before, after, top, _ = below_chips((200, 2), (300, 300))
    assert after == before and top < 48 + 50
    before, after, top, _ = below_chips((200, 300), (300, 30))
    assert after.zoom == before.zoom and after.offset[0] == before.offset[0], "it steps aside"
    assert top == pytest.approx(48 + 50)
    before, after, _, bottom = below_chips((200, 300), (300, 570))
    assert after.zoom == before.zoom and bottom == pytest.approx(768 - 90)
    before, after, top, bottom = below_chips((200, 2), (300, 570))
    assert after.zoom < before.zoom, "it goes farther away where there is no room aside"
    assert (top, bottom) == (pytest.approx(48 + 50), pytest.approx(768 - 90))


def test_a_view_that_was_chosen_is_left_alone() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=400, chunk=400))
    driver.do(Pan(3, 0))
    before = driver.state.view.camera
    driver.draw((300, 500), (300, 610))
    driver.wait(2)
    assert driver.state.offer is not None and not in_sight(driver) and driver.state.view.camera == before
    driver.do(Command.FIT)
    assert in_sight(driver)


def test_one_of_nine_comes_into_sight_when_it_is_taken() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=10, chunk=10))
    driver.draw((300, 500), (300, 610))
    driver.wait(2)
    driver.engine.points = 400
    driver.do(Command.NINE, Command.ANOTHER)
    driver.wait(8)
    before = driver.state.view.camera
    driver.do(TakeEnding(4))
    assert driver.state.view.camera.zoom < before.zoom and in_sight(driver)


@pytest.mark.parametrize("back", [Command.ONE, Command.ESCAPE])
def test_from_nine_back_to_the_first_without_asking(back: Command) -> None:
    driver = offered()
    driver.do(Command.NINE)
    driver.wait(3)
    first = driver.state.offer.endings[0]
    count = len(asked(driver))
    driver.do(back)
    assert driver.state.offer.endings == (first,)
    assert not driver.state.grid and len(asked(driver)) == count
    driver.do(Command.ESCAPE)
    assert driver.state.offer is None, "a second Esc stops the model"


def test_nine_again_are_nine_others() -> None:
    driver = offered()
    driver.do(Command.NINE)
    driver.wait(3)
    before = [ending.rows for ending in driver.state.offer.endings]
    driver.do(Command.NINE)
    assert driver.state.grid and asked(driver)[-1].request == replace(asked(driver)[-2].request, seed=2)
    assert [ending.rows for ending in driver.state.offer.endings] == before, "no flicker"
    driver.wait(3)
    after = [ending.rows for ending in driver.state.offer.endings]
    assert len(after) == 9 and not any(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("seconds", [0.15, 3])
def test_nine_one_and_nine_are_nine(seconds: float) -> None:
    driver = offered(points=60)
    driver.do(Command.NINE)
    driver.wait(seconds)
    assert len(driver.state.offer.endings) == 9
    driver.do(Command.ONE, Command.NINE)
    driver.wait(4)
    assert driver.state.grid and [len(ending.rows) for ending in driver.state.offer.endings] == list(range(60, 69))


@pytest.mark.parametrize("presses", [1, 2, 3])
def test_nine_given_up_before_they_come_leave_the_one_as_it_is(presses: int) -> None:
    driver = offered()
    shown = driver.state.offer.endings[0].rows
    driver.do(*[Command.NINE] * presses)
    pending = driver.state.pending
    driver.do(Command.ONE)
    assert driver.took(Submit)[-1].message == Cancel(pending.id) and len(asked(driver)) == 1 + presses
    driver.wait(1)
    assert driver.state.offer.endings[0].rows is shown and driver.state.pending is None
    assert driver.state.seed == driver.state.offer.request.seed == 1
    assert activity(driver.state, driver.now) is Activity.OFFERED, "it is not drawn again"


def test_other_nine_given_up_before_they_come_leave_the_first_of_those_shown() -> None:
    driver = offered()
    driver.do(Command.NINE)
    driver.wait(3)
    first = driver.state.offer.endings[0].rows
    driver.do(Command.NINE, Command.ESCAPE)
    driver.wait(1)
    assert [ending.rows is first for ending in driver.state.offer.endings] == [True]
    assert driver.state.pending is None and not driver.state.grid


def test_nine_given_up_before_anything_has_come_leave_nothing() -> None:
    driver = Driver(engine=FakeEngine(loading=0, hold=True))
    driver.draw((0, 0), (1, 1))
    driver.do(Command.NINE, Command.ESCAPE)
    driver.engine.release()
    driver.wait(1)
    assert driver.state.offer is None and not driver.state.grid


def test_taking_one_of_nine_while_they_stream() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=40, chunk=5))
    driver.draw((0, 0), (9, 9))
    driver.do(Command.NINE)
    while driver.state.offer is None:
        driver.frame()
    driver.do(TakeEnding(6))
    driver.wait(1)
    expected = fake_rows(asked(driver)[-1].request, 6, 46)
    assert np.array_equal(np.concatenate([s.points for s in driver.state.sketch.strokes[1:]]), expected[:, :2])
    assert not driver.state.grid


@pytest.mark.parametrize("restarting", [True, False])
def test_nine_never_keep_the_person_from_drawing(restarting: bool) -> None:
    loading = Driver(engine=FakeEngine(loading=100))
    loading.draw((0, 0), (1, 1))
    loading.do(Command.NINE)
    assert not loading.state.grid and loading.state.toasts
    driver = Driver(engine=FakeEngine(loading=0, hold=True))
    driver.draw((0, 0), (1, 1))
    driver.do(Command.NINE)
    assert driver.state.grid
    driver.engine.die(restarting=restarting)
    driver.frame()
    assert not driver.state.grid


@pytest.mark.parametrize("restarting", [True, False])
def test_nine_that_cannot_be_brought_back_leave_room_to_draw(restarting: bool) -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=2))
    driver.draw((0, 0), (1, 1))
    driver.do(Command.NINE)
    driver.wait(0.2)
    assert len(driver.state.offer.endings) == 9
    driver.do(Command.UNDO)
    driver.engine.die(restarting=restarting)
    driver.frame()
    driver.do(Command.REDO)
    assert not driver.state.grid
    driver.wait(2)
    assert (driver.state.offer is not None) is restarting, "one is asked for instead"


def test_drawing_on_leaves_the_nine() -> None:
    driver = offered()
    driver.do(Command.NINE)
    driver.wait(2)
    driver.draw((1, 1), (2, 2))
    driver.wait(1)
    assert asked(driver)[-1].request.endings == 1


def test_undo_dismisses_the_completion_first_and_redo_brings_it_back() -> None:
    driver = offered()
    rows = driver.state.offer.endings[0].rows
    driver.do(Command.UNDO)
    assert driver.state.offer is None and len(driver.state.sketch.strokes) == 1
    driver.do(Command.REDO)
    assert driver.state.offer.endings[0].rows is rows
    assert activity(driver.state, driver.now) is Activity.OFFERED
    driver.do(Command.UNDO, Command.UNDO)
    assert driver.state.sketch == Sketch()
    driver.do(Command.REDO)
    assert len(driver.state.sketch.strokes) == 1 and driver.state.offer is None
    driver.wait(3)
    assert len(asked(driver)) == 1, "undo and redo ask nothing"


def test_undo_stops_a_question_that_shows_nothing_yet() -> None:
    driver = Driver(engine=FakeEngine(loading=0, hold=True))
    driver.draw((0, 0), (1, 1))
    driver.wait(1)
    pending = driver.state.pending
    driver.do(Command.UNDO)
    assert driver.state.sketch == Sketch() and driver.state.pending is None
    assert driver.took(Submit)[-1].message == Cancel(pending.id)


def test_escape_dismisses_and_another_asks_for_the_next() -> None:
    driver = offered()
    driver.do(Command.ESCAPE)
    assert driver.state.offer is None
    driver.wait(2)
    assert len(asked(driver)) == 1
    driver.do(Command.ANOTHER)
    assert asked(driver)[-1].request.seed == 2


def test_a_cancelled_gesture_brings_the_completion_back() -> None:
    driver = offered()
    rows = driver.state.offer.endings[0].rows
    driver.do(PenDown((1, 1)))
    assert driver.state.offer is None
    driver.do(PenCancel())
    assert driver.state.offer.endings[0].rows is rows
    assert len(driver.state.sketch.strokes) == 1


def test_a_cancelled_gesture_asks_again_what_it_stopped() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=100, chunk=2))
    driver.draw((0, 0), (1, 1))
    driver.wait(0.7)
    assert driver.state.pending is not None and driver.state.offer is not None
    driver.do(PenDown((1, 1)), PenCancel())
    driver.wait(3)
    assert asked(driver)[0].request == asked(driver)[1].request
    assert len(driver.state.offer.endings[0].rows) == 100


def test_off_means_off() -> None:
    driver = offered()
    driver.do(Command.TOGGLE_MODEL)
    assert driver.state.offer is None
    driver.draw((1, 1), (2, 2))
    driver.do(Command.ANOTHER, Command.NINE, Command.CONTINUE, SetCategory("dog"), SetTemperature(0.9), SetSeed(4))
    driver.wait(3)
    assert len(asked(driver)) == 1
    assert driver.state.toasts
    assert not is_enabled(driver.state, Command.ANOTHER)
    driver.do(Command.TOGGLE_MODEL)
    driver.wait(1)
    assert asked(driver)[-1].request.prefix.strokes == driver.state.sketch.strokes


@pytest.mark.parametrize("before", [(), (Command.ESCAPE,)])
def test_off_nothing_of_the_model_s_is_brought_back(before: tuple[Command, ...]) -> None:
    driver = offered()
    driver.do(*before, Command.TOGGLE_MODEL)
    assert not is_enabled(driver.state, Command.REDO)
    driver.do(Command.REDO)
    assert driver.state.offer is None


def test_off_while_it_streams() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=100, chunk=2))
    driver.draw((0, 0), (1, 1))
    driver.wait(0.7)
    driver.do(Command.TOGGLE_MODEL)
    assert isinstance(driver.took(Submit)[-1].message, Cancel)
    driver.wait(1)
    assert driver.state.offer is None


def test_category_and_temperature_ask_again_for_the_same_seed() -> None:
    driver = offered()
    driver.do(SetCategory("dog"))
    driver.wait(2)
    assert asked(driver)[-1].request == replace(asked(driver)[0].request, category="dog")
    for value in (0.6, 0.7, 0.8):
        driver.do(SetTemperature(value))
        driver.frame()
    driver.wait(2)
    assert len(asked(driver)) == 3, "a slider asks when it rests"
    assert asked(driver)[-1].request == replace(asked(driver)[1].request, temperature=0.8)
    driver.do(SetTemperature(7.0))
    assert driver.state.settings.temperature == 1.0
    driver.do(SetCategory("unicorn"))
    assert driver.state.category == "dog"
    driver.do(Command.AUTO_CATEGORY)
    driver.wait(2)
    assert asked(driver)[-1].request.category is None


def test_the_same_question_is_not_asked_twice() -> None:
    driver = offered()
    driver.do(SetTemperature(0.5), SetTemperature(Settings().temperature))
    driver.wait(2)
    assert len(asked(driver)) == 1


def test_a_seed_can_be_set() -> None:
    driver = offered()
    driver.do(SetSeed(41))
    driver.wait(2)
    assert driver.state.offer.request.seed == 41
    driver.do(SetSeed(-1), Command.ANOTHER)
    assert driver.state.seed == 0


def test_random_category_is_another_each_time_and_asks() -> None:
    driver = Driver()
    seen = set()
    for _ in range(30):
        before = driver.state.category
        driver.frame()
        driver.do(Command.RANDOM_CATEGORY)
        assert driver.state.category in CATEGORIES and driver.state.category != before
        seen.add(driver.state.category)
    assert len(seen) > 5
    assert asked(driver) == [], "nothing is drawn yet"
    driver.draw((0, 0), (1, 1))
    driver.wait(1)
    assert asked(driver)[0].request.category == driver.state.category


def test_what_is_drawn_while_it_loads_is_completed_when_it_is_ready() -> None:
    driver = Driver(engine=FakeEngine(loading=100))
    assert driver.state.engine.status is EngineStatus.LOADING
    driver.draw((0, 0), (1, 1))
    driver.wait(1)
    assert asked(driver) == [] and activity(driver.state, driver.now) is Activity.WAITING
    assert next_wake(driver.state, driver.now) is None, "nothing to wake for but the engine"
    driver.wait(2)
    assert len(asked(driver)) == 1


def test_when_it_dies_the_drawing_stays_and_it_is_asked_once_more() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=100, chunk=2))
    driver.draw((0, 0), (1, 1))
    driver.wait(0.7)
    sketch = driver.state.sketch
    driver.engine.die()
    driver.frame()
    assert driver.state.engine.status is EngineStatus.DOWN
    assert "starting it again" in status_text(driver.state, driver.now)
    driver.wait(3)
    assert driver.state.sketch is sketch
    assert len(asked(driver)) == 2
    assert len(driver.state.offer.endings[0].rows) == 100
    driver.do(Command.ANOTHER)
    driver.engine.die()
    driver.wait(1)
    driver.engine.die()
    driver.wait(1)
    assert len(asked(driver)) == 4, "not for ever"
    assert driver.state.pending is None and driver.state.ask_at is None


def test_when_it_is_gone_for_good_drawing_goes_on() -> None:
    driver = offered()
    driver.engine.die("no memory", restarting=False)
    driver.wait(1)
    assert any(toast.error and "no memory" in toast.text for toast in driver.state.toasts)
    driver.do(Command.KEEP)
    assert authors(driver.state.sketch) == ["hand", "model", "model", "model"]
    driver.draw((1, 1), (2, 2))
    driver.do(Command.ANOTHER, Command.TOGGLE_MODEL, Command.TOGGLE_MODEL)
    driver.wait(1)
    assert len(asked(driver)) == 1
    assert len(driver.state.sketch.strokes) == 5
    assert activity(driver.state, driver.now) is Activity.IDLE, "nothing is waited for"


def test_a_failure_is_said_and_leaves_what_is_shown() -> None:
    driver = offered()
    rows = driver.state.offer.endings[0].rows
    driver.engine.fail_next("numbers\nwent wrong")
    driver.do(Command.NINE)
    driver.wait(0.5)
    assert driver.state.offer.endings[0].rows is rows
    assert not driver.state.grid and driver.state.pending is None
    assert driver.state.toasts[-1].error


@pytest.mark.parametrize("rows", [(), (np.zeros((2, 3)), np.zeros((2, 3)))])
def test_an_answer_of_another_shape_is_a_failure(rows) -> None:
    driver = Driver(engine=FakeEngine(loading=0, hold=True))
    driver.draw((0, 0), (1, 1))
    driver.wait(1)
    driver.do(FromEngine(Chunk(driver.state.pending.id, rows, (False,) * len(rows))))
    assert driver.state.pending is None and driver.state.toasts[-1].error


def test_rows_that_are_no_numbers_end_the_ending() -> None:
    driver = Driver(engine=FakeEngine(loading=0, hold=True))
    driver.draw((0, 0), (1, 1))
    driver.wait(1)
    number = driver.state.pending.id
    rows = np.array([[1, 2, 0], [3, 4, 0], [np.nan, 5, 0], [6, 7, 1]], np.float32)
    driver.do(FromEngine(Chunk(number, (rows,), (False,))), FromEngine(Chunk(number, (rows[:1],), (True,))))
    driver.do(FromEngine(Done(number, (True,), (None,))), Command.KEEP)
    assert driver.state.sketch.strokes[1].points.tolist() == [[1, 2], [3, 4]]


def test_nothing_to_add_is_said() -> None:
    driver = Driver(engine=FakeEngine(loading=0, hold=True))
    driver.draw((0, 0), (1, 1))
    driver.wait(1)
    number = driver.state.pending.id
    driver.do(FromEngine(Chunk(number, (np.zeros((0, 3), np.float32),), (True,))))
    driver.do(FromEngine(Done(number, (True,), ("cat",))))
    assert driver.state.offer is None and "nothing" in driver.state.toasts[-1].text
    assert activity(driver.state, driver.now) is Activity.IDLE


def test_continue_draws_on_where_it_was_cut_off() -> None:
    driver = offered(cut_off=True, points=20)
    assert cut_off(driver.state) and is_enabled(driver.state, Command.CONTINUE)
    first = driver.state.offer.endings[0].rows
    driver.do(Command.CONTINUE)
    assert not cut_off(driver.state)
    request = driver.state.pending.request
    assert request.prefix.strokes == ending_sketch(driver.state, 0).strokes
    assert request.scale == pytest.approx(255 / 600), "the scale that it was drawn at"
    driver.wait(3)
    rows = driver.state.offer.endings[0].rows
    assert len(rows) == 40 and np.array_equal(rows[:20], first)
    driver.do(Command.KEEP)
    assert driver.state.sketch.point_count == 42
    driver.do(Command.UNDO)
    assert driver.state.sketch.point_count == 2


def test_continue_is_offered_when_all_of_a_cut_off_ending_is_seen() -> None:
    driver = Driver(engine=FakeEngine(loading=0, cut_off=True, points=40, chunk=40))
    driver.draw((10, 10), (60, 60))
    moving = []
    while activity(driver.state, driver.now) is not Activity.OFFERED:
        driver.frame()
        moving.append(cut_off(driver.state))
        assert shows_continue(driver.state, driver.now) is (activity(driver.state, driver.now) is Activity.OFFERED)
    assert any(moving[:-1]), "it was cut off before all of it was seen"
    assert shows_continue(driver.state, driver.now)
    driver.do(Command.CONTINUE)
    assert not shows_continue(driver.state, driver.now)


def test_continue_goes_on_with_one_of_nine_that_was_cut_off_by_a_failure() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=40, chunk=5))
    driver.draw((0, 0), (9, 9))
    driver.do(Command.NINE)
    while driver.state.offer is None:
        driver.frame()
    driver.do(TakeEnding(6), FromEngine(Failed(driver.state.pending.id, "no memory")))
    begun = driver.state.offer.endings[0].rows
    driver.do(Command.CONTINUE)
    driver.wait(2)
    (ending,) = driver.state.offer.endings
    assert np.array_equal(ending.rows[: len(begun)], begun) and len(ending.rows) == len(begun) + 40
    assert ending.ended and ending.index == 6


def test_continue_does_nothing_where_it_ended() -> None:
    driver = offered()
    before = driver.state
    assert driver.do(Command.CONTINUE) is before


def test_the_scale_is_kept_once_the_model_has_drawn() -> None:
    driver = offered()
    driver.do(Command.KEEP)
    driver.draw((9, 9), (10, 10))
    driver.wait(1)
    assert asked(driver)[-1].request.scale == pytest.approx(255 / 600)
    driver.do(Command.CLEAR)
    driver.draw((9, 9), (10, 10))
    driver.wait(1)
    assert asked(driver)[-1].request.scale is None


def test_a_category_that_a_new_model_does_not_know_is_let_go() -> None:
    driver = Driver()
    driver.do(SetCategory("dog"))
    driver.do(FromEngine(Ready("other", ("cat",), 0.1)))
    assert driver.state.category is None


def test_speed_is_seen_at_once() -> None:
    driver = offered(points=100)
    driver.do(SetSpeed(10.0))
    assert activity(driver.state, driver.now) is Activity.ANIMATING
    driver.wait(2)
    assert 20 <= len(shown_rows(driver.state, driver.now)[0]) <= 22
    driver.do(Command.TOGGLE_MOTION)
    assert len(shown_rows(driver.state, driver.now)[0]) == 100


def test_a_late_chunk_is_not_made_up_for_by_a_jump() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=100, chunk=10))
    driver.draw((0, 0), (1, 1))
    while driver.state.offer is None:
        driver.frame()
    driver.engine.hold = True
    driver.wait(5)
    assert len(shown_rows(driver.state, driver.now)[0]) == 10
    driver.engine.release()
    driver.frame()
    driver.frame()
    assert len(shown_rows(driver.state, driver.now)[0]) <= 12


def test_visible_rows_goes_smoothly_from_nothing_to_all() -> None:
    rows = np.array([[0, 0, 0], [10, 0, 1], [20, 0, 0], [20, 10, 1]], np.float32)
    assert visible_rows(rows, 0).shape == (0, 3)
    assert visible_rows(rows, 0.5).shape == (0, 3)
    assert visible_rows(rows, 1.5).tolist() == [[0, 0, 0], [5, 0, 0]]
    assert visible_rows(rows, 2.5).tolist() == rows[:2].tolist(), "nothing is drawn while the pen travels lifted"
    assert visible_rows(rows, 3.25).tolist() == [*rows[:3].tolist(), [20, 2.5, 0]]
    for shown in (4, 4.5, 99):
        assert visible_rows(rows, shown).tolist() == rows.tolist()
    assert visible_rows(rows[:0], 3).shape == (0, 3)
    assert pen_tip(rows, 0.5) is None
    assert pen_tip(rows, 2.5) == (15, 0)
    assert pen_tip(rows, 99) == (20, 10)


def test_idle_wakes_for_nothing_but_what_is_due() -> None:
    driver = Driver()
    assert next_wake(driver.state, driver.now) is None
    driver.draw((0, 0), (1, 1))
    assert next_wake(driver.state, driver.now) == pytest.approx(Settings().pause)
    driver.wait(0.6)
    assert next_wake(driver.state, driver.now) == 0.0
    driver.wait(3)
    assert next_wake(driver.state, driver.now) is None


def test_every_state_has_its_words() -> None:
    driver = Driver(AppState(), FakeEngine(loading=3))
    seen = {status_text(driver.state, driver.now)}
    driver.wait(0.2)
    seen.add(status_text(driver.state, driver.now))
    driver.draw((0, 0), (1, 1))
    for _ in range(200):
        seen.add(status_text(driver.state, driver.frame() and driver.now))
    assert len(seen) >= 6 and all(seen)


def test_a_touch_that_is_no_stroke_after_a_wish_asks_for_nothing_more() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=2))
    driver.draw((10, 10), (60, 60))
    driver.wait(0.9)
    assert driver.state.pending is not None and len(driver.state.offer.endings[0].rows) > 0
    driver.do(Command.KEEP, PenDown((200, 200)))
    kept, before = driver.state.sketch, len(asked(driver))
    assert authors(kept)[-1] == "model"
    driver.do(PenCancel())
    driver.wait(2)
    assert driver.state.sketch == kept and len(asked(driver)) == before
    assert (driver.state.offer, driver.state.pending, driver.state.ask_at) == (None, None, None)


@pytest.mark.parametrize("scale", [0.0, -1.0, 1e9, float("inf"), float("nan")])
def test_a_scale_that_cannot_be_is_not_taken_over(scale: float) -> None:
    driver = Driver(engine=FakeEngine(loading=0, hold=True))
    driver.draw((10, 10), (60, 60))
    driver.wait(Settings().pause + 0.1)
    driver.do(FromEngine(Guess(asked(driver)[-1].id, (("cat", 1.0),), scale)))
    assert driver.state.scale is None
    driver.engine.release()
    driver.wait(3)
    driver.do(FromEngine(Guess(asked(driver)[-1].id, (("cat", 1.0),), scale)), Command.KEEP)
    driver.do(Command.ANOTHER)
    driver.wait(0.1)
    assert authors(asked(driver)[-1].request.prefix)[-1] == "model", "it goes on from what was kept"


def test_an_engine_that_dies_of_it_again_is_not_asked_a_third_time() -> None:
    driver = Driver(engine=FakeEngine(loading=0, hold=True))
    driver.draw((0, 0), (1, 1))
    driver.wait(1)
    for times in (1, 2):
        assert len(asked(driver)) == times and driver.state.pending is not None, "it dies while it answers"
        driver.engine.die()
        driver.wait(1)
    assert len(asked(driver)) == 2
    assert driver.state.pending is None and driver.state.ask_at is None
    driver.engine.release()
    driver.do(Command.ANOTHER)
    driver.wait(3)
    assert len(asked(driver)) == 3 and driver.state.offer.whole, "whoever asks is answered"


def test_a_drawing_that_says_what_it_is_keeps_that_whatever_the_model_took_it_for() -> None:
    driver = offered()
    driver.do(Command.ESCAPE)
    driver.state = replace(driver.state, sketch=replace(driver.state.sketch, category="house"))
    driver.do(Command.ANOTHER)
    driver.wait(3)
    assert asked(driver)[-1].request.category is None
    driver.do(Command.KEEP)
    assert driver.state.sketch.category == "house" and driver.state.sketch.note("category") == "cat"


@pytest.mark.parametrize("event", [SetTemperature(0.9), SetSeed(77), SetCategory("dog")])
def test_a_control_set_after_a_wish_takes_it_not_back(event) -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=2))
    driver.draw((10, 10), (60, 60))
    driver.wait(0.9)
    request = asked(driver)[-1].request
    driver.do(Command.KEEP, event)
    driver.wait(3)
    assert [ask.request for ask in asked(driver)] == [request]
    rows = np.concatenate([stroke.points for stroke in driver.state.sketch.strokes[1:]])
    assert np.array_equal(rows, fake_rows(request, 0, 60)[:, :2]), "what was wished for"


def test_a_setting_that_waits_to_be_stored_wakes_the_program() -> None:
    driver = Driver(AppState(settings=Settings(model_on=False)))
    assert next_wake(driver.state, driver.now) is None
    driver.do(SetSpeed(200.0))
    wake = next_wake(driver.state, driver.now)
    assert wake is not None and 0 < wake <= 2
    driver.frame(wake)
    assert len(driver.took(StoreSettings)) == 1 and next_wake(driver.state, driver.now) is None


def test_notes_are_those_of_what_was_kept_last_and_the_drawing_keeps_its_word() -> None:
    rows = np.array([[1, 1, 0], [9, 9, 1]], np.float32)
    before = Sketch((Stroke([[0, 0], [5, 5]]),), "cat", (("model", "other"), ("seed", "1"), ("key_id", "7")))
    offer = Offer(1, CompletionRequest(before, seed=2), before, (), Playback(0.0), "mine")
    drawn = with_model_strokes(before, rows, offer, Ending(0, rows, category="dog"))
    assert (drawn.note("seed"), drawn.note("key_id"), drawn.category) == ("2", "7", "cat")
    assert drawn.note("category") == "dog" and len(drawn.strokes) == 2
