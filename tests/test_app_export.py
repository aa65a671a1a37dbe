"""The export panel: what it offers, by keys and by clicks, and what it has written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import VISIBLE_ROWS, Confirm, Entry, Export, FilePanel
from sketchrnn.app.effects import Copy, WriteFile
from sketchrnn.app.events import Choose, FileFailed, FileWritten, FolderListed, Key, Typed
from sketchrnn.app.questions import is_dirty
from sketchrnn.app.state import AppState
from sketchrnn.sketch.export import exported
from sketchrnn.sketch.kinds import FORMATS, Options
from tests.app_driver import Driver

HOME, ASKED = Path("/home/somebody"), Path("~")
SILENT = AppState(settings=replace(AppState().settings, model_on=False))


@pytest.fixture
def driver() -> Driver:
    driver = Driver(SILENT)
    driver.draw((10, 10), (200, 60))
    driver.do(Command.EXPORT)
    return driver


def click(driver: Driver, *labels: str) -> Driver:
    """Clicks on the rows and buttons that begin so, one after the other."""
    for words in labels:
        dialog = driver.state.dialog
        driver.do(Choose(next(i for i, text in enumerate((*dialog.rows, *dialog.buttons)) if text.startswith(words))))
    return driver


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_reached_by_keys_and_by_clicks(driver: Driver, format: str) -> None:
    by_keys = Driver(driver.state)
    by_keys.do(*[Key.DOWN] * list(FORMATS).index(format), Key.ENTER)
    click(driver, FORMATS[format].label, "Export")
    for one in (by_keys, driver):
        one.do(FolderListed(ASKED, HOME, ()), Key.ENTER)
        (written,) = one.took(WriteFile)
        assert written.path == HOME / f"drawing{FORMATS[format].suffix}"
        assert written.export == Options(format) and not written.overwrite


def test_choices_turn_round_and_are_remembered(driver: Driver) -> None:
    click(driver, "PNG", "Size", "Background")
    assert driver.state.dialog.options == Options("png", resolution=4, transparent=True)
    click(driver, "Size", "Cancel").do(Command.EXPORT)
    assert driver.state.dialog.options == Options("png", resolution=1, transparent=True)


def test_a_sheet_of_paper_has_a_size_of_its_own(driver: Driver) -> None:
    assert "Larger side\t100 mm" in driver.state.dialog.rows
    click(driver, "Paper", "Paper")
    assert driver.state.dialog.options == Options(paper="a4")
    assert not any(row.startswith("Larger side") for row in driver.state.dialog.rows)
    click(driver, "Order", "Paper", "Paper", "Paper")
    assert driver.state.dialog.options == Options(plotter=True)
    assert "Larger side\t100 mm" in driver.state.dialog.rows


def test_a_plotter_is_given_no_shapes(driver: Driver) -> None:
    click(driver, "Lines", "Order")
    assert driver.state.dialog.options == Options(plotter=True, wide=True)
    assert not any(row.startswith("Lines") for row in driver.state.dialog.rows)
    swift = replace(driver.state.sketch.strokes[0], widths=np.array([2.0, 3.0]))
    sketch = driver.state.sketch.with_strokes((swift,))
    assert exported(sketch, Options(plotter=True, wide=True)) == exported(sketch, Options(plotter=True))
    assert exported(sketch, Options(wide=True)) != exported(sketch, Options())


def test_a_choice_is_changed_by_enter(driver: Driver) -> None:
    click(driver, "PNG", "Size").do(Key.ENTER)
    assert driver.state.dialog.options.resolution == 1


def test_every_row_is_visible(driver: Driver) -> None:
    assert all(len(Export(Options(format)).rows) <= VISIBLE_ROWS for format in FORMATS)


def test_copying_takes_the_options_of_the_panel(driver: Driver) -> None:
    click(driver, "Order", "Copy")
    (copied,) = driver.took(Copy)
    assert copied.export.plotter and driver.state.dialog is None


def test_an_export_is_not_the_drawings_own_file(driver: Driver) -> None:
    driver.do(Key.ENTER, FolderListed(ASKED, HOME, ()), Key.ENTER)
    (written,) = driver.took(WriteFile)
    driver.do(FileWritten(written.path, written.sketch, exported=True))
    assert driver.state.path is None and is_dirty(driver.state) and driver.state.dialog is None


@pytest.mark.parametrize("known", [True, False])
def test_what_is_there_is_replaced_only_when_asked(driver: Driver, known: bool) -> None:
    """The file is in the list, or is only found when it is written."""
    entries = (Entry("drawing.svg", False),) if known else ()
    click(driver, "Animated", "Export").do(FolderListed(ASKED, HOME, entries), Key.ENTER)
    if not known:
        driver.do(FileFailed(HOME / "drawing.svg", "there", exists=True))
    assert isinstance(driver.state.dialog, Confirm)
    driver.do(Choose(0))
    written = driver.took(WriteFile)[-1]
    assert written.overwrite and written.export == Options("svg-animated")


def test_the_name_offered_is_not_that_of_the_drawings_own_file(driver: Driver) -> None:
    driver.do(Command.ESCAPE, Command.SAVE_AS, FolderListed(ASKED, HOME, ()), Key.ENTER)
    driver.do(FileWritten(HOME / "drawing.svg", driver.state.sketch))
    for label, name in (("SVG", "drawing-export.svg"), ("Animated", "drawing-export.svg"), ("PNG", "drawing.png")):
        driver.do(Command.ESCAPE, Command.EXPORT)
        click(driver, label, "Export")
        assert driver.state.dialog.name == name


def test_a_typed_suffix_says_the_format(driver: Driver) -> None:
    driver.do(Key.ENTER, FolderListed(ASKED, HOME, ()), Typed("cat.gif"), Key.ENTER)
    assert driver.took(WriteFile)[-1].export == Options("gif")


def test_nothing_is_not_exported() -> None:
    driver = Driver(SILENT)
    driver.do(Command.EXPORT)
    assert driver.state.dialog is None and driver.state.toasts
    assert not isinstance(driver.state.dialog, FilePanel)
