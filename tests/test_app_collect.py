"""Add to my data set: asked for its category where none is known, in a folder that training reads, never twice."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Picker
from sketchrnn.app.effects import AddToData
from sketchrnn.app.events import Event, Key, SetCategory, Typed
from sketchrnn.app.session import Session
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import AppState
from sketchrnn.data.documents import add_drawing
from sketchrnn.data.read import read_corpus, read_sketches
from sketchrnn.paths import my_data_folder
from sketchrnn.sketch.said import as_said, said_word
from sketchrnn.sketch.types import Sketch, Stroke
from tests.app_driver import Driver
from tests.fake_engine import CATEGORIES, FakeEngine


def line(*points: tuple[float, float]) -> Sketch:
    return Sketch((Stroke(np.array(points, np.float32)),))


SILENT = AppState(settings=replace(AppState().settings, model_on=False))


@pytest.fixture
def driver():
    session = Session()
    driver = Driver(SILENT, session=session)
    driver.draw((10, 10), (200, 60), (40, 300))
    yield driver
    session.close()


def test_a_known_category_is_not_asked_for(driver: Driver) -> None:
    driver.do(SetCategory("dog"), Command.ADD_TO_DATA)
    assert driver.state.dialog is None
    corpus, report = read_corpus([my_data_folder()])
    assert corpus.categories == ("dog",) and report.kept == 1
    assert "Added to your data set: 1 drawing in" in driver.state.toasts[-1].text


def test_who_said_it_is_noted_only_where_a_model_drew() -> None:
    drawing = line((10, 10), (200, 60))
    assert as_said(drawing, "dog").provenance == () and said_word(as_said(drawing, "dog")) == "dog"
    drawn = replace(drawing, provenance=(("model", "fake"),))
    assert as_said(drawn, "dog").note("category_by") == "person" and said_word(as_said(drawn, "dog")) == "dog"
    assert as_said(drawn, None) == drawn and said_word(replace(drawn, category="dog")) is None


def test_what_a_model_went_on_with_is_a_drawing_like_any_other_and_added_once(tmp_path: Path) -> None:
    by_model = Stroke(np.array([[0, 255], [255, 0]], np.float32), "model")
    drawing = Sketch((*line((0, 0), (255, 255)).strokes, by_model), "dog", (("seed", "3"), ("page", "600")))
    added = [add_drawing(drawing, tmp_path)[1:] for _ in range(2)]
    assert added == [(1, True), (1, False)]
    (found,) = read_sketches(tmp_path / "dog.ndjson")
    assert {stroke.author for stroke in found.strokes} == {"hand"} and found.provenance == ()


def test_an_own_word_is_asked_for_once_and_kept(driver: Driver) -> None:
    driver.do(Command.ADD_TO_DATA)
    assert isinstance(driver.state.dialog, Picker) and driver.state.dialog.adding
    driver.do(Typed("flying ca"), Key.ENTER)
    (line,) = (my_data_folder() / "flying ca.ndjson").read_text().splitlines()
    assert json.loads(line)["word"] == "flying ca"
    driver.do(Command.ADD_TO_DATA)
    assert driver.state.dialog is None and "already: 1 drawing" in driver.state.toasts[-1].text
    driver.draw((100, 100), (150, 160))
    driver.do(Command.ADD_TO_DATA)
    assert len((my_data_folder() / "flying ca.ndjson").read_text().splitlines()) == 2


def test_a_category_that_fits_comes_before_what_was_typed(driver: Driver) -> None:
    driver.do(Command.ADD_TO_DATA, Typed("bicy"))
    assert driver.state.dialog.rows[:2] == ("bicycle", "bicy")
    driver.do(Command.ESCAPE)
    assert driver.took(AddToData) == []


def test_the_folder_can_be_set(driver: Driver, tmp_path: Path) -> None:
    driver.state = replace(driver.state, settings=replace(driver.state.settings, data_set=str(tmp_path / "mine")))
    driver.do(SetCategory("cat"), Command.ADD_TO_DATA)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["cat.ndjson"]


def test_a_damaged_data_set_is_left_as_it_is(driver: Driver) -> None:
    my_data_folder().mkdir(parents=True)
    (my_data_folder() / "cat.ndjson").write_text("{half a rec")
    driver.do(SetCategory("cat"), Command.ADD_TO_DATA)
    assert driver.state.toasts[-1].error and "cat.ndjson" in driver.state.toasts[-1].text
    assert (my_data_folder() / "cat.ndjson").read_text() == "{half a rec"


def kept(*before: Event, settings: Settings | None = None) -> Driver:
    """A stroke, and the model's ending of it, which it takes for a cat."""
    driver = Driver(AppState(settings=settings or Settings()))
    driver.do(*before)
    driver.draw((10, 10), (200, 60), (40, 300))
    driver.wait(3)
    driver.do(Command.KEEP)
    assert driver.state.sketch.category is not None and driver.state.sketch.note("model")
    return driver


def test_what_only_the_model_took_it_for_is_asked_for_and_offered_first() -> None:
    driver = kept()
    driver.state = replace(driver.state, guess=(("dog", 0.8), ("cat", 0.1)))
    driver.do(Command.ADD_TO_DATA)
    assert driver.took(AddToData) == []
    assert isinstance(driver.state.dialog, Picker) and driver.state.dialog.rows[:3] == ("cat", "dog", CATEGORIES[0])
    driver.do(Key.ENTER)
    assert driver.took(AddToData)[-1].sketch.category == "cat"
    driver.do(Command.ADD_TO_DATA)
    assert driver.state.dialog is None and len(driver.took(AddToData)) == 2, "by now the person has said it"


def test_the_ghost_is_taken_for_something_by_the_model_alone() -> None:
    driver = Driver(AppState(settings=Settings(ghost=True, pause=2.0)))
    driver.draw((10, 10), (200, 60), (40, 300))
    driver.wait(1)
    driver.do(Command.KEEP_STROKE)
    assert [stroke.author for stroke in driver.state.sketch.strokes] == ["hand", "model"]
    driver.do(Command.ADD_TO_DATA)
    assert driver.took(AddToData) == [] and driver.state.dialog.rows[0] == "cat"


@pytest.mark.parametrize("typed", [(), (Typed(" "),)])
@pytest.mark.parametrize("loading", [0, 5])
def test_what_the_model_guesses_while_it_is_asked_for_comes_first(loading: int, typed: tuple[Typed, ...]) -> None:
    driver = Driver(engine=FakeEngine(loading=loading))
    driver.draw((10, 10), (200, 60), (40, 300))
    driver.do(Command.ADD_TO_DATA, *typed)
    assert driver.state.dialog.rows == (CATEGORIES if loading == 0 else ())
    driver.wait(1)
    assert driver.state.dialog.rows[:4] == ("cat", "dog", "pig", CATEGORIES[0]) and driver.state.dialog.selected == 0
    driver.do(Key.ENTER)
    assert driver.took(AddToData)[-1].sketch.category == "cat"


def test_a_guess_that_comes_takes_nobody_to_another_row() -> None:
    driver = Driver(engine=FakeEngine(loading=5))
    driver.draw((10, 10), (200, 60), (40, 300))
    driver.do(Command.ADD_TO_DATA, Typed("bicy"))
    driver.wait(1)
    assert driver.state.dialog.rows == ("bicycle", "bicy") and driver.state.dialog.selected == 1
    driver.do(Command.ESCAPE)
    driver.draw((100, 100), (150, 160))
    driver.state = replace(driver.state, guess=())
    driver.do(Command.ADD_TO_DATA, *[Key.DOWN] * 3)
    driver.wait(1)
    picker = driver.state.dialog
    assert picker.rows[:5] == ("cat", "dog", "pig", "bicycle", "flower") and picker.selected == 4
    driver.do(Key.ENTER)
    assert driver.took(AddToData)[-1].sketch.category == "flower"


def test_what_the_person_said_is_still_said_once_the_model_has_drawn() -> None:
    driver = kept(SetCategory("dog"))
    assert driver.state.sketch.category == "dog" and said_word(driver.state.sketch) == "dog"
    driver.do(SetCategory(None), Command.ADD_TO_DATA)
    assert driver.state.dialog is None and driver.took(AddToData)[-1].sketch.category == "dog"


def test_a_word_of_the_file_is_not_the_model_s_once_the_model_has_drawn() -> None:
    driver = Driver()
    driver.state = replace(driver.state, sketch=replace(line((0, 0), (90, 50)), category="flying car"))
    driver.do(Command.ANOTHER)
    driver.wait(3)
    driver.do(Command.KEEP, Command.ADD_TO_DATA)
    assert driver.state.sketch.note("model") and driver.took(AddToData)[-1].sketch.category == "flying car"


def test_an_old_file_that_a_model_drew_in_is_asked_about() -> None:
    sketch = Sketch(line((0, 0), (90, 50)).strokes, "barn", (("model", "old"), ("category", "barn")))
    assert said_word(sketch) is None and said_word(as_said(sketch, "house")) == "house"
    assert as_said(sketch, None) is sketch
    assert said_word(replace(sketch, provenance=(("key_id", "5"),))) == "barn", "a data set's word is a person's"


def erased(driver: Driver) -> None:
    driver.do(Command.ERASER)
    for stroke in driver.state.sketch.strokes:
        driver.draw(*map(tuple, stroke.points))
    driver.do(Command.PEN)


@pytest.mark.parametrize(
    "emptied",
    [
        erased,
        lambda driver: driver.do(Command.SELECT_ALL, Command.DELETE),
        lambda driver: driver.do(Command.CLEAR),
    ],
    ids=["erased", "deleted", "cleared"],
)
def test_an_emptied_page_is_taken_for_nothing(emptied) -> None:
    driver = kept(settings=Settings(pause=2.0))
    before = driver.state.sketch
    emptied(driver)
    assert driver.state.sketch == Sketch()
    driver.do(Command.UNDO)
    assert driver.state.sketch.strokes and driver.state.sketch.category == before.category == "cat"
    driver.do(Command.REDO)
    while driver.state.sketch.strokes:
        driver.do(Command.REDO)
    assert driver.state.sketch == Sketch()
    driver.do(Command.PEN)
    driver.draw((300, 300), (400, 300), (350, 200))
    driver.do(Command.ADD_TO_DATA)
    assert driver.took(AddToData) == [] and driver.state.dialog.rows[0] == CATEGORIES[0]


def test_a_completion_brought_back_goes_on_from_the_drawing_with_its_new_word() -> None:
    driver = Driver()
    driver.draw((10, 10), (200, 60), (40, 300))
    driver.wait(3)
    driver.do(Command.ESCAPE, Command.ADD_TO_DATA, Typed("dog"), Key.ENTER, Command.REDO)
    assert driver.state.sketch.category == "dog" and driver.state.offer.prefix is driver.state.sketch


def test_nothing_is_not_added() -> None:
    driver = Driver(SILENT)
    driver.do(Command.ADD_TO_DATA)
    assert driver.state.dialog is None and driver.took(AddToData) == [] and driver.state.toasts


def test_what_the_person_says_it_is_goes_before_what_its_file_said(driver: Driver) -> None:
    driver.state = replace(driver.state, sketch=replace(driver.state.sketch, category="cat"))
    driver.do(SetCategory("dog"), Command.ADD_TO_DATA)
    assert read_corpus([my_data_folder()])[0].categories == ("dog",)
