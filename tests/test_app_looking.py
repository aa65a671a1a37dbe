"""The model looks at the drawing: when it is asked to, what its answers change, what is shown, what is stale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.effects import StoreSettings, Submit
from sketchrnn.app.events import FileRead, FromEngine, PenDown, PenMove, PenUp, SetCategory, Tick
from sketchrnn.app.placing import on_page
from sketchrnn.app.questions import category_text, guesses, is_enabled, shown_ghost, shown_heat, status_text
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import PAGE_SCALE, AppState
from sketchrnn.app.update_asking import known_scale
from sketchrnn.engine.messages import Ask, Cancel, Failed, Guess, Heat, Look, Seen
from sketchrnn.sketch.frame import SCALE_NOTE, noted_scale
from sketchrnn.sketch.types import Sketch, Stroke
from tests.app_driver import Driver
from tests.fake_engine import FakeEngine, fake_seen

BOTH = Settings(ghost=True, heat=True, pause=1.0)
GUESS = (("cat", 0.7), ("dog", 0.2), ("pig", 0.1))


def drawn(settings: Settings | None = None, **engine) -> Driver:
    """A driver with one stroke just drawn, the frame of its pen-up over."""
    driver = Driver(AppState(settings=settings or Settings(pause=1.0)), FakeEngine(loading=0, **engine))
    driver.draw((10, 10), (60, 60))
    driver.do(Tick())
    return driver


def sent(driver: Driver, kind: type = Look) -> list:
    return [effect.message for effect in driver.took(Submit) if isinstance(effect.message, kind)]


# when


def test_the_guess_comes_with_the_pens_lift_and_not_with_the_completion() -> None:
    driver = drawn()
    (look,) = sent(driver)
    assert look.request.prefix.strokes == driver.state.sketch.strokes
    assert (look.request.category, look.request.scale, look.request.ghost, look.request.heat) == (None,) * 2 + (
        False,
    ) * 2
    assert look.request.page_scale == pytest.approx(PAGE_SCALE)
    driver.frame()
    assert guesses(driver.state) == GUESS and category_text(driver.state) == "auto: cat 70 %"
    assert sent(driver, Ask) == [], "the pause has hardly begun"
    driver.wait(3)
    assert len(sent(driver)) == 1 and len(sent(driver, Ask)) == 1, "what was seen is not looked at again"


def test_every_other_drawing_is_looked_at_once() -> None:
    driver = drawn()
    stroke = (PenDown((0, 0)), PenMove(((9, 9),)), PenUp())
    for step, events in enumerate((stroke, (Command.UNDO,), (Command.REDO,), (Command.UNDO,))):
        driver.wait(0.2)
        driver.do(*events)
        driver.wait(0.2)
        looks = sent(driver)
        assert len(looks) == step + 2
        assert looks[-1].request.prefix.strokes == driver.state.sketch.strokes
    assert len({look.id for look in sent(driver)}) == len(sent(driver))


def test_a_completion_that_is_awaited_is_not_ended_by_a_look() -> None:
    driver = drawn(Settings(pause=0.0), hold=True)
    assert [type(effect.message) for effect in driver.took(Submit)] == [Ask], "its answer begins with the guess"
    driver.do(Command.TOGGLE_HEAT)
    driver.wait(0.5)
    assert sent(driver) == []
    driver.engine.release()
    driver.wait(2)
    assert driver.state.pending is None and [look.request.heat for look in sent(driver)] == [True]


def test_a_look_is_given_up_for_a_completion_and_made_up_for_after_it() -> None:
    driver = drawn(BOTH, hold=True)
    assert driver.state.looking is not None
    driver.wait(1.1)
    assert driver.state.looking is None and driver.state.pending is not None
    driver.engine.release()
    driver.wait(3)
    assert driver.state.offer.whole and shown_heat(driver.state) is not None and len(sent(driver)) == 2


def test_nothing_is_looked_at_while_the_pen_is_down_or_the_page_is_empty() -> None:
    driver = Driver(AppState(settings=BOTH))
    driver.wait(0.2)
    driver.do(PenDown((0, 0)), PenMove(((9, 9),)))
    driver.wait(0.2)
    assert sent(driver) == [] and driver.state.looking is None
    driver.do(PenUp())
    driver.wait(0.2)
    assert len(sent(driver)) == 1
    driver.do(Command.CLEAR)
    driver.frame()
    assert (driver.state.sight, driver.state.guess) == (None, ())


@pytest.mark.parametrize("settings", [Settings(), BOTH])
def test_off_means_off(settings: Settings) -> None:
    driver = drawn(replace(settings, model_on=False))
    driver.wait(1)
    assert driver.took(Submit) == [] and guesses(driver.state) == ()
    driver.do(Command.TOGGLE_MODEL)
    driver.wait(0.3)
    assert guesses(driver.state) == GUESS
    driver.do(Command.TOGGLE_MODEL)
    driver.frame()
    assert guesses(driver.state) == () and category_text(driver.state) == "auto"
    assert not len(shown_ghost(driver.state)) and shown_heat(driver.state) is None


def test_turned_off_in_the_middle_of_a_look_it_is_cancelled() -> None:
    driver = drawn(hold=True)
    (look,) = sent(driver)
    driver.do(Command.TOGGLE_MODEL)
    driver.frame()
    assert Cancel(look.id) in sent(driver, Cancel) and driver.state.looking is None


def test_no_guess_is_shown_without_a_model() -> None:
    driver = drawn()
    driver.wait(0.1)
    assert guesses(driver.state)
    driver.engine.die()
    driver.wait(0.02)
    assert guesses(driver.state) == ()
    driver.wait(0.5)
    assert guesses(driver.state) == GUESS, "started again it has not forgotten"


def test_a_look_that_the_engine_died_of_is_made_again() -> None:
    driver = drawn(hold=True)
    driver.engine.die()
    driver.wait(0.1)
    driver.engine.release()
    driver.wait(0.3)
    assert len(sent(driver)) == 2 and guesses(driver.state) == GUESS


def test_a_model_that_cannot_guess_is_not_asked_to_look() -> None:
    driver = Driver(AppState(settings=Settings(pause=1.0)))
    driver.state = replace(driver.state, engine=replace(driver.state.engine, can_guess=False))
    driver.draw((0, 0), (9, 9))
    driver.wait(0.2)
    assert sent(driver) == []
    driver.do(Command.TOGGLE_HEAT)
    driver.wait(0.2)
    assert len(sent(driver)) == 1


# answers


def test_stale_answers_change_nothing() -> None:
    driver = drawn(BOTH, hold=True)
    (first,) = sent(driver)
    driver.draw((0, 0), (9, 9))
    driver.do(Tick())
    before = driver.state
    for stale in (Guess(first.id, (("pig", 1.0),)), fake_seen(first.id, first.request), Failed(first.id, "no")):
        driver.do(FromEngine(stale))
    assert driver.state is before
    driver.engine.release()
    driver.wait(0.2)
    assert guesses(driver.state) == GUESS
    late = driver.state
    driver.do(FromEngine(Seen(sent(driver)[-1].id)))
    assert driver.state is late, "what was answered is over"


def test_a_look_that_fails_is_not_repeated_and_leaves_no_guess() -> None:
    driver = drawn(BOTH, hold=True)
    driver.do(FromEngine(Failed(sent(driver)[0].id, "not finite")))
    driver.wait(0.5)
    assert len(sent(driver)) == 1 and guesses(driver.state) == () and driver.state.toasts == ()
    driver.engine.release()
    driver.draw((0, 0), (9, 9))
    driver.wait(0.2)
    assert guesses(driver.state) == GUESS


def test_a_ghost_that_is_no_number_is_not_shown() -> None:
    driver = drawn(BOTH, hold=True)
    driver.do(FromEngine(Seen(sent(driver)[0].id, np.full((3, 3), np.nan, np.float32))))
    assert not len(shown_ghost(driver.state)) and driver.state.looking is None


# saying that a guess is right


def test_a_chip_fixes_the_category_and_there_is_a_way_back() -> None:
    driver = drawn()
    driver.wait(0.1)
    driver.do(SetCategory("dog"))
    driver.wait(0.1)
    assert driver.state.category == "dog" and guesses(driver.state) == ()
    assert sent(driver, Ask)[-1].request.category == "dog"
    driver.do(Command.AUTO_CATEGORY)
    driver.frame()
    assert driver.state.category is None and guesses(driver.state) == GUESS


def test_a_key_goes_through_the_guesses_and_back_to_auto() -> None:
    driver = drawn()
    assert not is_enabled(driver.state, Command.TAKE_GUESS)
    driver.do(Command.TAKE_GUESS)
    assert driver.state.category is None and "no guess" in driver.state.toasts[-1].text
    driver.wait(0.1)
    said = []
    for _ in range(5):
        driver.do(Command.TAKE_GUESS)
        driver.wait(0.1)
        said.append(driver.state.category)
    assert said == ["cat", "dog", "pig", None, "cat"]
    driver.do(SetCategory("yoga"), Command.TAKE_GUESS)
    assert driver.state.category == "cat", "from what was said otherwise to the likeliest"
    driver.draw((0, 0), (9, 9))
    assert driver.state.guess == (), "with a word nothing is guessed of what is drawn then"
    driver.do(Command.TAKE_GUESS)
    assert driver.state.category is None


def test_what_goes_on_from_an_ending_is_not_what_is_drawn() -> None:
    driver = drawn(Settings(pause=0.0), cut_off=True)
    driver.wait(2)
    driver.engine.guess = (("yoga", 0.9),)
    driver.do(Command.CONTINUE)
    driver.wait(1)
    assert guesses(driver.state) == GUESS


# ghost and heat


@pytest.mark.parametrize("command, name", [(Command.TOGGLE_GHOST, "ghost"), (Command.TOGGLE_HEAT, "heat")])
def test_both_are_off_until_they_are_wished_for_and_remembered(command: Command, name: str) -> None:
    driver = drawn()
    driver.wait(0.2)
    assert not getattr(driver.state.settings, name)
    driver.do(command)
    driver.wait(0.2)
    assert [getattr(look.request, name) for look in sent(driver)] == [False, True]
    assert bool(len(shown_ghost(driver.state))) == (name == "ghost")
    assert (shown_heat(driver.state) is not None) == (name == "heat")
    driver.wait(1.5)
    assert getattr(driver.took(StoreSettings)[-1].settings, name)
    driver.do(command)
    driver.frame()
    assert not len(shown_ghost(driver.state)) and shown_heat(driver.state) is None


def test_they_show_what_comes_next_until_the_pen_comes_down() -> None:
    driver = drawn(BOTH)
    driver.wait(0.1)
    expected = fake_seen(0, sent(driver)[0].request)
    assert np.array_equal(shown_ghost(driver.state), expected.ghost)
    assert np.array_equal(shown_heat(driver.state).share, expected.heat.share)
    driver.do(PenDown((0, 0)))
    assert not len(shown_ghost(driver.state)) and shown_heat(driver.state) is None
    driver.do(PenMove(((9, 9),)), PenUp())
    assert not len(shown_ghost(driver.state)), "of another drawing"
    driver.wait(0.1)
    assert len(shown_ghost(driver.state))


def test_the_ghost_goes_when_the_completion_comes_and_the_map_stays() -> None:
    driver = drawn(BOTH)
    while driver.state.offer is None:
        driver.frame()
        assert driver.state.offer is not None or driver.now < 100.1 or len(shown_ghost(driver.state))
    assert not len(shown_ghost(driver.state)) and shown_heat(driver.state) is not None
    driver.do(Command.ESCAPE)
    driver.wait(0.5)
    assert not len(shown_ghost(driver.state)), "it does not come back for a drawing whose completion was dismissed"
    driver.do(Command.NINE)
    driver.wait(0.5)
    assert shown_heat(driver.state) is None


def test_escape_drops_the_ghost_and_what_it_waits_for() -> None:
    driver = drawn(BOTH)
    driver.wait(0.1)
    driver.do(Command.ESCAPE)
    driver.wait(2)
    assert not len(shown_ghost(driver.state)) and sent(driver, Ask) == []


def test_a_ghost_is_kept_stroke_by_stroke() -> None:
    driver = drawn(BOTH)
    driver.wait(0.1)
    for strokes in (2, 3):
        ghost = shown_ghost(driver.state)
        assert is_enabled(driver.state, Command.KEEP_STROKE)
        driver.do(Command.KEEP_STROKE)
        last = driver.state.sketch.strokes[-1]
        assert len(driver.state.sketch.strokes) == strokes and last.author == "model"
        assert np.array_equal(last.points, ghost[:, :2])
        driver.wait(0.1)
        assert "K keeps the faint stroke" in status_text(driver.state, driver.now)
    notes = dict(driver.state.sketch.provenance)
    assert (notes["model"], notes["category"], float(notes[SCALE_NOTE])) == ("fake", "cat", PAGE_SCALE)
    driver.wait(2)
    assert sent(driver, Ask) == [], "what is kept asks for nothing"
    driver.do(Command.UNDO, Command.UNDO)
    assert [stroke.author for stroke in driver.state.sketch.strokes] == ["hand"]
    driver.do(Command.TOGGLE_GHOST)
    assert not is_enabled(driver.state, Command.KEEP_STROKE)
    before = driver.state
    driver.do(Command.KEEP_STROKE)
    assert driver.state is before


# the scale that the model drew at


def test_the_scale_is_kept_with_what_the_model_drew() -> None:
    driver = drawn(Settings(pause=0.0))
    driver.wait(2)
    assert known_scale(driver.state) is None
    driver.do(Command.KEEP)
    driver.wait(0.1)
    sketch = driver.state.sketch
    assert noted_scale(sketch) == PAGE_SCALE == sent(driver)[-1].request.scale
    opened = Driver(AppState(settings=Settings(pause=1.0)))
    opened.do(FileRead(Path("x.svg"), (sketch,), own=True))
    opened.wait(0.1)
    assert sent(opened)[-1].request.scale == PAGE_SCALE, "also in another run"
    assert noted_scale(sketch.with_strokes(sketch.strokes[:1])) is None, "by hand alone"
    assert noted_scale(on_page(sketch)) is None, "in other units"


@pytest.mark.parametrize("value", ["", "x", "nan", "inf", "-1", "0", "1e9"])
def test_a_scale_that_is_none_is_not_believed(value: str) -> None:
    assert noted_scale(Sketch((Stroke([[0, 0]], "model"),), provenance=((SCALE_NOTE, value),))) is None


def test_heat_and_ghost_are_compared_by_what_was_asked_alone() -> None:
    one, two = (Heat((0, 0), 1.0, np.zeros((2, 2), np.float32), 0.0) for _ in range(2))
    assert one != two and Seen(1, heat=one) != Seen(1, heat=one)


def test_what_was_seen_of_other_strokes_says_nothing_of_those_selected_since() -> None:
    driver = drawn(hold=True)
    driver.draw((300, 10), (350, 60))
    driver.do(Tick())
    before = sent(driver)[-1]
    assert before.request.prefix.strokes == driver.state.sketch.strokes
    driver.do(Command.SELECT, PenDown((35, 35)), PenUp())
    state = driver.state
    assert state.selection is not None and state.selection.indices == (0,)
    assert driver.do(FromEngine(Guess(before.id, (("pig", 1.0),), 0.9))) is state


def test_the_scale_that_a_file_notes_is_believed_and_not_inferred_anew() -> None:
    strokes = (Stroke([[0, 0], [9, 9]]), Stroke([[20, 0], [30, 9]], "model"))
    opened = Driver(AppState(settings=Settings(pause=1.0)))
    opened.do(FileRead(Path("x.svg"), (Sketch(strokes, provenance=((SCALE_NOTE, "0.9"),)),), own=True))
    opened.wait(0.1)
    assert [look.request.scale for look in sent(opened)] == [0.9]
    opened.do(Command.ANOTHER)
    opened.wait(0.1)
    assert [ask.request.scale for ask in sent(opened, Ask)] == [0.9]
