"""Completions that were seen stay within reach until the drawing changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sketchrnn.app import seen
from sketchrnn.app.commands import Command
from sketchrnn.app.events import BringBack, PenCancel, PenDown, PenMove, PenUp, SetTemperature, TakeEnding
from sketchrnn.app.questions import activity, ending_sketch, is_enabled
from sketchrnn.app.seen import MOST_SEEN, covers, is_shown, remember
from sketchrnn.app.state import Activity, Ending, Offer, Playback
from sketchrnn.app.update import update
from sketchrnn.engine.messages import DEFAULT_TEMPERATURE, CompletionRequest
from sketchrnn.sketch.types import Sketch
from tests.app_driver import Driver
from tests.fake_engine import FakeEngine
from tests.test_app_model import asked, offered


def an_offer(seed: int, lengths: tuple[int, ...] = (5,), **more) -> Offer:
    endings = tuple(Ending(i, np.zeros((n, 3), np.float32)) for i, n in enumerate(lengths))
    return Offer(
        1, CompletionRequest(Sketch(), endings=len(lengths), seed=seed), Sketch(), endings, Playback(0), **more
    )


def seeds(driver: Driver) -> list[tuple[int, int]]:
    return [(offer.request.seed, len(offer.endings)) for offer in driver.state.seen]


def test_every_ending_that_was_shown_is_seen() -> None:
    driver = offered()
    assert seeds(driver) == [(1, 1)] and not is_shown(driver.state), "there is nothing else to go back to"
    for _ in range(3):
        driver.do(Command.ANOTHER)
        driver.wait(2)
    assert seeds(driver) == [(1, 1), (2, 1), (3, 1), (4, 1)] and seen.current(driver.state) == 3
    driver.do(Command.NINE)
    driver.wait(2)
    assert seeds(driver) == [(1, 1), (2, 1), (3, 1), (4, 9)], "the first of nine is the one that was shown"
    driver.do(Command.ONE)
    assert seeds(driver) == [(1, 1), (2, 1), (3, 1), (4, 9)] and seen.current(driver.state) == 3
    driver.do(Command.ESCAPE)
    assert len(seeds(driver)) == 4 and seen.current(driver.state) is None and is_shown(driver.state)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_one_is_brought_back_as_the_offer_without_asking(index: int) -> None:
    driver = offered()
    for command in (Command.ANOTHER, Command.NINE, Command.NINE):
        driver.do(command)
        driver.wait(3)
    count, before = len(asked(driver)), driver.state.seen[index]
    driver.do(BringBack(index))
    offer = driver.state.offer
    assert offer.request == before.request and offer.endings == before.endings
    assert driver.state.grid is (index > 0) and driver.state.seed == before.request.seed
    assert activity(driver.state, driver.now) is Activity.OFFERED and len(asked(driver)) == count
    expected = ending_sketch(driver.state, len(offer.endings) - 1)
    driver.do(TakeEnding(len(offer.endings) - 1))
    assert driver.state.sketch.strokes == expected.strokes
    assert driver.state.sketch.note("seed") == str(before.request.seed)
    assert driver.state.seen == ()


def test_the_keys_go_back_and_forth() -> None:
    driver = offered()
    for _ in range(2):
        driver.do(Command.ANOTHER)
        driver.wait(2)
    shown = []
    for command in [Command.EARLIER] * 3 + [Command.LATER] * 3:
        driver.do(command)
        shown.append(driver.state.offer.request.seed)
    assert shown == [2, 1, 1, 2, 3, 3]
    driver.do(Command.EARLIER, Command.ANOTHER)
    assert driver.state.seed == 4, "another is one that was not seen"
    driver.do(Command.ESCAPE, Command.EARLIER)
    assert driver.state.offer.request.seed == 3, "the last one seen comes first"


def test_what_had_not_come_whole_is_drawn_again_by_its_seed() -> None:
    driver = offered(points=60, chunk=3)
    driver.do(Command.NINE)
    driver.wait(0.1)
    rows = driver.state.offer.endings[3].rows
    assert 0 < len(rows) < 60
    driver.do(Command.NINE)
    driver.wait(2)
    assert [o.whole for o in driver.state.seen] == [True, False, True]
    wanted = driver.state.seen[1].request
    driver.do(BringBack(1))
    assert asked(driver)[-1].request == wanted and driver.state.offer.endings[3].rows is rows, "no flicker"
    driver.wait(2)
    assert driver.state.offer.whole and len(driver.state.offer.endings[3].rows) == 63
    assert np.array_equal(driver.state.offer.endings[3].rows[: len(rows)], rows)
    assert seeds(driver) == [(1, 9), (2, 9)], "now the nine hold the one"


def test_another_drawing_has_its_own() -> None:
    driver = offered()
    driver.do(Command.ANOTHER)
    driver.wait(2)
    driver.draw((5, 5), (80, 90))
    assert driver.state.seen == ()
    driver.wait(3)
    assert seeds(driver) == [(2, 1)]
    driver.do(Command.UNDO, Command.UNDO)
    assert driver.state.seen == ()


def test_a_gesture_that_was_none_loses_nothing() -> None:
    driver = offered()
    driver.do(Command.ANOTHER)
    driver.wait(2)
    before = driver.state.seen
    driver.do(PenDown((1, 1)), PenCancel())
    assert driver.state.seen is before
    driver.do(Command.ERASER, PenDown((10, 10)), PenMove(((60, 60),)))
    assert not driver.state.sketch.strokes
    driver.do(BringBack(0), Command.EARLIER)
    assert driver.state.offer is None, "not while the eraser is down"
    driver.do(PenCancel())
    assert driver.state.seen is before
    driver.do(PenDown((10, 10)), PenUp())
    assert driver.state.seen == ()


def test_off_means_off() -> None:
    driver = offered()
    driver.do(Command.ANOTHER)
    driver.wait(2)
    driver.do(Command.TOGGLE_MODEL)
    assert not is_shown(driver.state) and not is_enabled(driver.state, Command.EARLIER)
    driver.do(BringBack(0), Command.EARLIER)
    assert driver.state.offer is None


def test_no_such_number_changes_nothing() -> None:
    driver = offered()
    before = driver.state
    for index in (-1, 1, 99):
        assert update(before, BringBack(index), driver.now)[0] is before


def test_it_is_brought_back_while_the_model_is_away() -> None:
    driver = offered()
    driver.do(Command.ANOTHER)
    driver.wait(2)
    driver.engine.die(restarting=False)
    driver.frame()
    driver.do(Command.EARLIER)
    assert driver.state.offer.request.seed == 1


def test_a_kept_stroke_begins_a_new_list_with_the_rest() -> None:
    driver = offered()
    driver.do(Command.ANOTHER)
    driver.wait(2)
    driver.do(Command.KEEP_STROKE)
    assert len(driver.state.seen) == 1 and driver.state.seen[0] is driver.state.offer
    rest = driver.state.offer.endings[0].rows
    driver.do(Command.ANOTHER)
    driver.wait(2)
    driver.do(Command.EARLIER)
    assert driver.state.offer.endings[0].rows is rest


def test_one_of_another_temperature_is_another() -> None:
    driver = offered()
    driver.do(SetTemperature(0.9))
    driver.wait(2)
    assert [o.request.temperature for o in driver.state.seen] == [DEFAULT_TEMPERATURE, 0.9]


def test_what_is_held_already_is_not_held_twice() -> None:
    one, more = an_offer(1), an_offer(1, (7,))
    assert covers(more, one) and not covers(one, more) and not covers(more, an_offer(2, (1,)))
    assert remember((one,), more) == (more,) and remember((more,), one) == (more,)
    nine = an_offer(1, (5,) * 9)
    assert remember((an_offer(2), one, an_offer(3)), nine)[1] is nine
    kept = remember((nine,), more)
    assert kept == (nine, more), "an ending that went on is more than the first of nine"
    assert remember((one,), replace(one, whole=True))[0].whole
    assert remember((), an_offer(1, (0, 0))) == (), "nothing of it was seen"


def test_the_oldest_go_first() -> None:
    kept: tuple[Offer, ...] = ()
    for seed in range(MOST_SEEN + 5):
        kept = remember(kept, an_offer(seed))
    assert [offer.request.seed for offer in kept] == list(range(5, MOST_SEEN + 5))


def test_a_wish_that_waits_is_not_brought_back_with_it() -> None:
    driver = Driver(engine=FakeEngine(loading=0, points=60, chunk=2))
    driver.draw((0, 0), (50, 50))
    while driver.state.offer is None:
        driver.frame()
    driver.do(Command.KEEP, Command.ESCAPE, Command.EARLIER)
    assert driver.state.offer.wish is None
    driver.wait(2)
    assert len(driver.state.sketch.strokes) == 1
