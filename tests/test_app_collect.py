"""Add to my data set: asked for its category where none is known, in a folder that training reads, never twice."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Picker
from sketchrnn.app.effects import AddToData
from sketchrnn.app.events import Key, SetCategory, Typed
from sketchrnn.app.session import Session
from sketchrnn.app.state import AppState
from sketchrnn.data.read import read_corpus
from sketchrnn.paths import my_data_folder
from tests.app_driver import Driver

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


def test_nothing_is_not_added() -> None:
    driver = Driver(SILENT)
    driver.do(Command.ADD_TO_DATA)
    assert driver.state.dialog is None and driver.took(AddToData) == [] and driver.state.toasts
