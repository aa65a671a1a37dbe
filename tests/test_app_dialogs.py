"""Dialogs, files and view, as events and effects; no file is touched here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import pytest

from sketchrnn.app.commands import BY_KEY, BY_KEY_SELECTED, COMMANDS, GESTURES, SECTIONS, Command, Shortcut
from sketchrnn.app.dialogs import AUTO_ROW, VISIBLE_ROWS, Confirm, Entry, FilePanel, Help, Picker, Purpose, Records
from sketchrnn.app.effects import (
    Copy,
    EndAutosave,
    ListFolder,
    Quit,
    ReadFile,
    SetFullScreen,
    StoreSettings,
    WriteFile,
)
from sketchrnn.app.events import (
    BringBack,
    Choose,
    FileFailed,
    FileRead,
    FileWritten,
    FolderListed,
    Key,
    Notice,
    Pan,
    PenDown,
    PenMove,
    PenUp,
    Resized,
    Scrolled,
    Scrub,
    SetAlong,
    SetCategory,
    SetCloseness,
    SetInk,
    SetPause,
    SetSeed,
    SetSpeed,
    SetTemperature,
    TakeEnding,
    Typed,
    Zoom,
)
from sketchrnn.app.placing import SHARE, on_page
from sketchrnn.app.questions import is_dirty, window_title
from sketchrnn.app.settings import UI_SCALES
from sketchrnn.app.state import PAGE_SIDE, ZOOM_RANGE, AppState
from sketchrnn.app.update_dialogs import matching
from sketchrnn.app.update_files import typed_path
from sketchrnn.sketch.kinds import Options
from sketchrnn.sketch.types import Sketch, Stroke
from tests.app_driver import Driver
from tests.fake_engine import CATEGORIES

HOME, ASKED = Path("/home/somebody"), Path("~")
SILENT = AppState(settings=replace(AppState().settings, model_on=False))


def line(*points: tuple[float, float]) -> Sketch:
    return Sketch((Stroke(np.array(points, float)),))


def drawn() -> Driver:
    driver = Driver(SILENT)
    driver.draw((10, 10), (20, 20))
    return driver


def saving(driver: Driver, *names: str) -> Driver:
    """The save panel is open and shows these names (folders end in a slash)."""
    driver.do(Command.SAVE_AS)
    driver.do(FolderListed(ASKED, HOME, tuple(Entry(name.rstrip("/"), name.endswith("/")) for name in names)))
    return driver


# the table of commands


def test_every_command_is_in_the_table_with_words_and_keys() -> None:
    assert set(COMMANDS) == set(Command)
    assert all(info.label and info.text and info.section in SECTIONS and info.keys for info in COMMANDS.values())
    for table, selected in ((BY_KEY, False), (BY_KEY_SELECTED, True)):
        keys = [key for info in COMMANDS.values() if info.selected is selected for key in info.keys]
        assert len(table) == len(keys), "no key says two things"
    assert all(section in SECTIONS for _, _, section in GESTURES)


@pytest.mark.parametrize(
    ("shortcut", "command"),
    [
        (Shortcut("z", ctrl=True), Command.UNDO),
        (Shortcut("z", ctrl=True, shift=True), Command.REDO),
        (Shortcut("y", ctrl=True), Command.REDO),
        (Shortcut("n", ctrl=True), Command.NEW),
        (Shortcut("o", ctrl=True), Command.OPEN),
        (Shortcut("s", ctrl=True), Command.SAVE),
        (Shortcut("s", ctrl=True, shift=True), Command.SAVE_AS),
        (Shortcut("e", ctrl=True), Command.EXPORT),
        (Shortcut("c", ctrl=True), Command.COPY),
        (Shortcut("0", ctrl=True), Command.FIT),
        (Shortcut("escape"), Command.ESCAPE),
        (Shortcut("f11"), Command.FULL_SCREEN),
        (Shortcut("f1"), Command.HELP),
        (Shortcut("?"), Command.HELP),
        (Shortcut("b"), Command.PEN),
        (Shortcut("e"), Command.ERASER),
        (Shortcut("tab"), Command.KEEP),
        (Shortcut("r"), Command.ANOTHER),
        (Shortcut("["), Command.THINNER),
    ],
)
def test_keys_are_what_hands_expect(shortcut: Shortcut, command: Command) -> None:
    assert BY_KEY[shortcut] is command


def test_keys_are_shown_as_people_write_them() -> None:
    assert COMMANDS[Command.REDO].key_text() == "Ctrl+Shift+Z"
    assert COMMANDS[Command.REDO].key_text(mac=True) == "Cmd+Shift+Z"
    assert COMMANDS[Command.FULL_SCREEN].key_text() == "F11"


def test_every_command_can_be_said_in_every_kind_of_state() -> None:
    for command in Command:
        for driver in (Driver(), Driver(SILENT), drawn(), saving(drawn(), "a.svg")):
            driver.do(command)
            driver.wait(0.1)


# picker and help


def test_search_finds_the_best_first() -> None:
    names = ("cat", "bearcat", "alarm clock", "school bus", "bus", "scatter", "cactus")
    assert matching(names, "") == (AUTO_ROW, *sorted(names))
    assert matching(names, "CAT ") == ("cat", "bearcat", "scatter", "cactus")
    assert matching(names, "bus") == ("bus", "school bus")
    assert matching(names, "clo") == ("alarm clock",)
    assert matching(names, "au")[0] == AUTO_ROW
    assert matching(names, "xyz") == ()


def test_the_picker_is_driven_by_keys() -> None:
    driver = Driver()
    driver.do(Command.PICKER, Typed("d"), Typed("\x08"), Typed("og"))
    assert driver.state.dialog.rows[0] == "dog"
    driver.do(Key.ENTER)
    assert (driver.state.category, driver.state.dialog) == ("dog", None)
    driver.do(Command.PICKER)
    assert driver.state.dialog.rows[driver.state.dialog.selected] == "dog"
    driver.do(Key.PAGE_UP, Key.UP, Key.ENTER)
    assert driver.state.category is None
    driver.do(Command.PICKER, Key.DOWN, Key.DOWN, Key.ENTER)
    assert driver.state.category == CATEGORIES[1]
    driver.do(Command.PICKER, Typed("qqq"), Key.ENTER, Key.DOWN)
    assert driver.state.dialog.rows == ()
    driver.do(Key.BACKSPACE, Key.BACKSPACE, Key.BACKSPACE, Key.BACKSPACE)
    assert len(driver.state.dialog.rows) == len(CATEGORIES) + 1
    driver.do(Command.ESCAPE)
    assert driver.state.dialog is None and driver.state.category == CATEGORIES[1]


def test_the_selected_row_is_always_seen() -> None:
    driver = Driver()
    many = tuple(f"name {i:03}" for i in range(60))
    driver.state = replace(driver.state, engine=replace(driver.state.engine, categories=many))
    driver.do(Command.PICKER)
    for key in [Key.DOWN] * 30 + [Key.PAGE_DOWN] * 9 + [Key.UP] * 30 + [Key.PAGE_UP] * 9:
        driver.do(key)
        dialog = driver.state.dialog
        assert dialog.top <= dialog.selected < dialog.top + VISIBLE_ROWS
    assert (dialog.selected, dialog.top) == (0, 0)
    driver.do(Scrolled(1000))
    assert driver.state.dialog.top == 61 - VISIBLE_ROWS
    driver.do(Scrolled(-5000), Choose(3))
    assert driver.state.category == "name 002"


def test_the_picker_waits_for_the_model() -> None:
    driver = Driver(SILENT)
    driver.state = replace(driver.state, engine=replace(driver.state.engine, categories=()))
    driver.do(Command.PICKER)
    assert driver.state.dialog is None and driver.state.toasts


def test_help_opens_turns_and_closes() -> None:
    driver = Driver()
    driver.do(Command.HELP, Key.DOWN, Key.DOWN, Key.UP, Scrolled(-9), Choose(0), Typed("x"))
    assert driver.state.dialog == Help(0)
    driver.do(Command.HELP)
    assert driver.state.dialog is None
    driver.do(Command.HELP, Key.ENTER)
    assert driver.state.dialog is None


def test_an_open_dialog_keeps_everything_from_the_page() -> None:
    driver = drawn()
    driver.do(Command.HELP)
    before = driver.state
    for event in (PenDown((1, 1)), PenMove(((2, 2),)), PenUp(), Command.UNDO, Command.CLEAR, Command.ERASER):
        assert driver.do(event) is before
    for event in (TakeEnding(0), Zoom((1, 1), 2.0), Pan(1, 1), SetTemperature(0.9), Command.SAVE, Command.KEEP):
        assert driver.do(event) is before


# save


def test_saving_asks_for_a_name_once() -> None:
    driver = saving(drawn(), "notes/", "old.svg")
    assert driver.took(ListFolder)[-1] == ListFolder(Path("~"))
    assert driver.state.dialog.name == "drawing.svg"
    driver.do(Typed("half a cat"), Key.ENTER)
    written = driver.took(WriteFile)[-1]
    assert (written.path, written.overwrite) == (HOME / "half a cat.svg", False)
    driver.do(FileWritten(written.path, written.sketch))
    assert driver.state.dialog is None and not is_dirty(driver.state)
    assert window_title(driver.state) == "half a cat.svg - sketchrnn"
    assert driver.state.settings.folder == str(HOME)
    driver.draw((0, 0), (1, 1))
    assert window_title(driver.state).startswith("*")
    driver.do(Command.SAVE)
    written = WriteFile(HOME / "half a cat.svg", driver.state.sketch, overwrite=True, unchanged=True)
    assert driver.took(WriteFile)[-1] == written


def test_what_is_typed_takes_the_place_of_a_name_that_is_proposed_and_follows_one_that_was_typed() -> None:
    driver = saving(drawn(), "notes/", "old.svg")
    driver.do(Typed("a"), Typed("b"))
    assert driver.state.dialog.name == "ab"
    driver.do(Key.DOWN, Key.DOWN)  # onto old.svg
    assert driver.state.dialog.name == "old.svg"
    driver.do(Typed("new"))
    assert driver.state.dialog.name == "new"
    driver.do(Choose(1), Key.BACKSPACE)
    assert driver.state.dialog.name == ""
    driver.do(Choose(1), Key.END, Typed("2"))
    assert driver.state.dialog.name == "old.svg2"
    driver.do(Choose(0))  # into another folder, under what was typed
    driver.do(FolderListed(HOME / "notes", HOME / "notes", ()), Key.BACKSPACE, Typed("3"))
    assert driver.state.dialog.name == "old.svg3"


def test_what_is_there_is_replaced_only_when_asked() -> None:
    driver = saving(drawn(), "drawing.svg")
    driver.do(Key.ENTER)
    assert isinstance(driver.state.dialog, Confirm) and driver.took(WriteFile) == []
    driver.do(Choose(1))
    assert isinstance(driver.state.dialog, FilePanel) and driver.took(WriteFile) == []
    driver.do(Key.ENTER, Key.UP, Key.ENTER)
    assert driver.took(WriteFile)[-1].overwrite


@pytest.mark.parametrize("no", [Choose(1), Command.ESCAPE, Key.ENTER])
def test_what_is_not_to_be_replaced_leaves_the_panel_as_it_was(no) -> None:
    driver = saving(drawn(), "notes/", "cat.svg")
    driver.do(Typed("cat"))
    panel = driver.state.dialog
    driver.do(Key.ENTER)
    assert isinstance(driver.state.dialog, Confirm)
    driver.do(no)
    assert driver.state.dialog == panel
    driver.do(Command.ESCAPE)
    assert driver.state.dialog is None


def test_quit_still_waits_when_another_name_is_given_instead() -> None:
    driver = drawn()
    driver.do(Command.QUIT, Choose(0), FolderListed(ASKED, HOME, (Entry("drawing.svg", False),)), Key.ENTER, Choose(1))
    driver.do(Key.END, *[Key.BACKSPACE] * 4, Typed("2"), Key.ENTER)
    written = driver.took(WriteFile)[-1]
    assert written.path.name == "drawing2.svg" and not driver.has_quit
    driver.do(FileWritten(written.path, written.sketch))
    assert driver.has_quit


def test_a_file_that_cannot_be_replaced_is_said_in_the_panel() -> None:
    driver = saving(drawn(), "drawing.svg")
    driver.do(Key.ENTER, Choose(0), FileFailed(HOME / "drawing.svg", "is read-only"))
    assert driver.state.dialog.error == "is read-only" and driver.state.dialog.name == "drawing.svg"


@pytest.mark.parametrize("name", [".svg", ".PNG", " .svg", "/tmp/.gif"])
def test_a_suffix_is_no_name(name: str) -> None:
    driver = saving(drawn())
    driver.do(Typed(name), Key.ENTER)
    assert driver.took(WriteFile) == [] and driver.state.dialog.error.startswith("A name is needed before .")
    driver.do(Typed("x"), Key.ENTER)
    assert len(driver.took(WriteFile)) == 1


def test_a_name_is_taken_once_while_its_file_is_written() -> None:
    driver = saving(drawn(), "notes/", "old.svg")
    driver.do(Key.ENTER)
    panel = driver.state.dialog
    assert panel.writing and len(driver.took(WriteFile)) == 1
    for event in (Key.ENTER, Typed("x"), Key.BACKSPACE, Key.DOWN, Choose(0), Choose(1), Command.BROWSE):
        driver.do(event)
        assert driver.state.dialog == panel and len(driver.took(WriteFile)) == 1
    driver.do(FileFailed(HOME / "drawing.svg", "is full"))
    assert not driver.state.dialog.writing and driver.state.dialog.error == "is full"
    driver.do(Key.ENTER)
    assert driver.state.dialog.writing and driver.state.dialog.error == "" and len(driver.took(WriteFile)) == 2
    driver.do(FileFailed(HOME / "drawing.svg", "is there", exists=True), Choose(1))
    assert not driver.state.dialog.writing
    driver.do(Key.ENTER)
    written = driver.took(WriteFile)[-1]
    driver.do(FileWritten(written.path, written.sketch))
    assert driver.state.dialog is None and not any(toast.error for toast in driver.state.toasts)


def test_a_file_that_appeared_meanwhile_is_asked_about_too() -> None:
    driver = saving(drawn())
    driver.do(Key.ENTER, FileFailed(HOME / "drawing.svg", "is there", exists=True))
    assert driver.state.dialog.path == HOME / "drawing.svg"


def test_a_failure_to_write_is_shown_where_the_name_is() -> None:
    driver = saving(drawn())
    driver.do(Key.ENTER, FileFailed(HOME / "drawing.svg", "the disk is full"))
    assert driver.state.dialog.error == "the disk is full"
    assert is_dirty(driver.state)
    driver.do(Typed("x"))
    assert driver.state.dialog.error == ""
    driver.do(Command.ESCAPE, FileFailed(HOME / "drawing.svg", "the disk is full"))
    assert driver.state.toasts[-1].error


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a", "a.svg"),
        ("a.SVG", "a.SVG"),
        ("a.v2", "a.v2.svg"),
        ("a.png", "a.png"),
        (" b.ndjson ", "b.ndjson"),
        ("/tmp/c.npz", "/tmp/c.npz"),
        ("sub/d", "sub/d.svg"),
        ("~d", "~d.svg"),
    ],
)
def test_names_and_suffixes(name: str, path: str) -> None:
    driver = saving(drawn())
    driver.do(Typed(name), Key.ENTER)
    assert driver.took(WriteFile)[-1].path == HOME / path


@pytest.mark.parametrize("name", ["", " ", ".", "..", "~", "/.", "~/.", "./.", "a/.."])
def test_no_name_is_no_file(name: str) -> None:
    driver = saving(drawn())
    driver.do(Key.BACKSPACE, Typed(name), Key.ENTER)
    assert driver.took(WriteFile) == [] and driver.state.dialog.error


def test_a_picture_is_not_the_drawing() -> None:
    driver = drawn()
    driver.do(Command.EXPORT, Key.DOWN, Key.DOWN, Key.ENTER, FolderListed(ASKED, HOME, ()), Key.ENTER)
    written = driver.took(WriteFile)[-1]
    assert written.path == HOME / "drawing.png" and written.export == Options("png")
    driver.do(FileWritten(written.path, written.sketch, exported=True))
    assert is_dirty(driver.state) and driver.state.path is None


def test_walking_through_folders() -> None:
    driver = saving(drawn(), "../", "notes/", "old.svg")
    driver.do(Key.DOWN, Key.DOWN, Key.ENTER)
    assert driver.took(ListFolder)[-1] == ListFolder(HOME / "notes")
    assert driver.state.dialog.name == "drawing.svg" and not driver.state.dialog.listed
    driver.do(FolderListed(HOME / "notes", HOME / "notes", (Entry("..", True), Entry("x.svg", False))))
    driver.do(FolderListed(ASKED, HOME, ()))
    assert driver.state.dialog.folder == HOME / "notes", "a late listing changes nothing"
    driver.do(Choose(1))
    assert driver.state.dialog.name == "x.svg"
    driver.do(Choose(0))
    assert driver.took(ListFolder)[-1] == ListFolder(HOME / "notes" / "..")


def test_the_folder_asked_for_last_is_the_one_shown() -> None:
    driver = saving(drawn(), "../", "far/", "near/")
    driver.do(Choose(1))
    driver.do(Key.BACKSPACE, Typed("../near/"), Key.ENTER)  # the network is slow: another is gone to instead
    asked = [effect.folder for effect in driver.took(ListFolder)[-2:]]
    driver.do(FolderListed(asked[0], HOME / "far", (Entry("..", True), Entry("a.svg", False))))
    assert not driver.state.dialog.listed and driver.state.dialog.entries == ()
    driver.do(FolderListed(asked[1], HOME / "near", (Entry("..", True), Entry("b.svg", False))))
    assert driver.state.dialog.folder == HOME / "near" and driver.state.dialog.entries[1].name == "b.svg"


@pytest.mark.parametrize("command", [Command.OPEN, Command.SAVE_AS])
def test_a_typed_folder_is_gone_into(command: Command) -> None:
    driver = Driver(SILENT)
    driver.do(command, FolderListed(ASKED, HOME, ()), Typed("notes/"), Key.ENTER)
    assert driver.took(ListFolder)[-1] == ListFolder(HOME / "notes") and driver.state.dialog.name == ""
    assert driver.took(ReadFile) == driver.took(WriteFile) == []


@pytest.mark.parametrize(
    "name, path",
    [
        ("notes\\", "C:/Users/ada/notes"),
        ("notes/", "C:/Users/ada/notes"),
        ("C:\\Users\\ada\\Desktop\\", "C:/Users/ada/Desktop"),
        ("D:\\", "D:/"),
        ("~\\Desktop\\", "~/Desktop"),
        ("~/Desktop/", "~/Desktop"),
    ],
)
def test_a_folder_is_typed_as_on_windows(name: str, path: str) -> None:
    driver = drawn()
    driver.do(Command.SAVE_AS, FolderListed(ASKED, PureWindowsPath("C:/Users/ada"), ()))
    driver.do(Typed(name), Key.ENTER)
    assert driver.took(ListFolder)[-1].folder == PureWindowsPath(path) and driver.took(WriteFile) == []


def test_a_backslash_is_a_letter_elsewhere() -> None:
    folder = PurePosixPath("/home/ada")
    assert typed_path("a\\", folder) == (folder / "a\\", False)
    assert typed_path("~\\a", folder) == (folder / "~\\a", False)
    assert typed_path("~/a", folder) == (PurePosixPath("~/a"), False)
    assert typed_path("~/a", PureWindowsPath("C:/")) == (PureWindowsPath("~/a"), False)


def test_a_folder_that_cannot_be_listed_can_be_left() -> None:
    driver = saving(drawn(), "../", "secret/")
    driver.do(Choose(1), FolderListed(HOME / "secret", HOME / "secret", (Entry("..", True),), "permission denied"))
    assert driver.state.dialog.listed and driver.state.dialog.error == "permission denied"
    driver.do(Choose(0))
    assert driver.took(ListFolder)[-1] == ListFolder(HOME / "secret" / "..") and driver.state.dialog.error == ""


def test_a_failure_of_another_file_does_not_empty_the_panel() -> None:
    driver = drawn()
    driver.do(Command.SAVE_AS, FileFailed(HOME / "old.svg", "the disk is full"))
    driver.do(FolderListed(ASKED, HOME, (Entry("a.svg", False),)))
    assert driver.state.dialog.entries == (Entry("a.svg", False),)


def test_what_the_person_said_it_is_goes_into_the_file() -> None:
    driver = Driver()
    driver.draw((0, 0), (1, 1))
    driver.do(Command.PICKER, Typed("dog"), Key.ENTER)
    saving(driver).do(Key.ENTER)
    assert driver.took(WriteFile)[-1].sketch.category == "dog"
    driver.do(Command.ESCAPE, Command.COPY)
    assert driver.took(Copy)[-1].sketch.category == "dog"


def test_strokes_drawn_while_it_is_written_are_not_saved_yet() -> None:
    driver = saving(drawn())
    driver.do(Key.ENTER)
    written = driver.took(WriteFile)[-1]
    driver.do(Command.ESCAPE)
    driver.draw((5, 5), (6, 6))
    driver.do(FileWritten(written.path, written.sketch))
    assert is_dirty(driver.state)


def test_a_file_that_is_written_late_is_not_the_next_drawing_s() -> None:
    driver = saving(drawn())
    driver.do(Key.ENTER, Command.ESCAPE)
    written = driver.took(WriteFile)[-1]
    driver.do(Command.NEW, Choose(1), FileWritten(written.path, written.sketch))
    assert driver.state.path is None and not is_dirty(driver.state)
    driver.draw((5, 5), (6, 6))
    driver.do(Command.SAVE)
    assert isinstance(driver.state.dialog, FilePanel), "it has no file yet"


def test_what_another_program_changed_is_not_replaced_by_the_next_drawing() -> None:
    driver = saving(drawn())
    driver.do(Key.ENTER, FileWritten(HOME / "drawing.svg", driver.state.sketch), Command.SAVE, Command.NEW)
    driver.do(FileFailed(HOME / "drawing.svg", "drawing.svg was changed", changed=True))
    assert driver.state.dialog is None and driver.state.toasts[-1].error


def exporting_and_left() -> Driver:
    """An export is being written, whose panel has been left."""
    driver = drawn()
    driver.do(Command.EXPORT, Key.ENTER, Key.ENTER, Command.ESCAPE)
    return driver


def test_an_export_that_is_written_late_closes_no_other_panel_and_does_not_keep_from_leaving() -> None:
    driver = exporting_and_left()
    driver.do(Command.QUIT, Choose(0))
    panel = driver.state.dialog
    driver.do(FileWritten(HOME / "drawing.svg", driver.state.sketch, exported=True))
    assert driver.state.dialog == panel and isinstance(panel, FilePanel)
    driver.do(Typed("cat"), Key.ENTER, FileWritten(HOME / "cat.svg", driver.state.sketch))
    assert driver.has_quit


@pytest.mark.parametrize("command", [Command.SAVE_AS, Command.OPEN])
def test_a_name_that_is_taken_is_asked_about_in_its_own_panel_alone(command: Command) -> None:
    driver = exporting_and_left()
    driver.do(Command.SAVE_AS, Key.ENTER, FileWritten(HOME / "cat.svg", driver.state.sketch), command)
    panel = driver.state.dialog
    driver.do(FileFailed(HOME / "drawing.svg", "drawing.svg is there already", exists=True))
    assert driver.state.dialog == replace(panel, error="drawing.svg is there already")


# open, new, quit


def opening(driver: Driver, *names: str) -> Driver:
    driver.do(Command.OPEN)
    driver.do(FolderListed(ASKED, HOME, tuple(Entry(name.rstrip("/"), name.endswith("/")) for name in names)))
    return driver


def test_opening_an_own_drawing() -> None:
    driver = opening(Driver(SILENT), "..", "cat.svg", "picture.png")
    assert [entry.name for entry in driver.state.dialog.entries] == ["cat.svg"]
    driver.do(Choose(0))
    assert driver.took(ReadFile) == [ReadFile(HOME / "cat.svg")]
    sketch = line((-5, 0), (700, 3))
    driver.do(FileRead(HOME / "cat.svg", (sketch,), own=True))
    assert driver.state.sketch == sketch and driver.state.path == HOME / "cat.svg"
    assert not is_dirty(driver.state) and driver.state.dialog is None
    driver.do(Command.UNDO)
    assert driver.state.sketch == sketch


def test_what_is_opened_is_seen_and_a_new_page_too() -> None:
    driver = opening(Driver(SILENT), "cat.svg")
    driver.do(Zoom((300, 200), 4.0))
    driver.do(FileRead(HOME / "cat.svg", (line((0, 0), (2000, 900)),), own=True))
    camera, (x, y, width, height) = driver.state.view.camera, driver.state.view.canvas
    left, top, right, bottom = (*camera.to_screen(0, 0), *camera.to_screen(2000, 900))
    assert x <= left and y <= top and right <= x + width and bottom <= y + height
    driver.do(Command.NEW)
    assert driver.state.view.camera == Driver(SILENT).state.view.camera


def test_opening_by_typing() -> None:
    driver = opening(Driver(SILENT), "alpha.svg", "cat.svg", "dog.svg")
    driver.do(Typed("d"))
    assert driver.state.dialog.selected == 2
    driver.do(Key.ENTER)
    assert driver.took(ReadFile)[-1] == ReadFile(HOME / "dog.svg")
    driver.do(Typed("/x.svg"), *[Key.BACKSPACE] * 7, Typed("/tmp/x.svg"), Key.ENTER)
    assert driver.took(ReadFile)[-1] == ReadFile(Path("/tmp/x.svg"))
    driver.do(FileFailed(Path("/tmp/x.svg"), "is no SVG"))
    assert driver.state.dialog.error == "is no SVG"


def test_what_is_wrong_with_a_file_of_the_panel_s_folder_is_said_without_the_folder() -> None:
    driver = opening(Driver(SILENT), "cat.svg")
    for path, shown in ((HOME / "cat.svg", "cat.svg"), (Path("/tmp/cat.svg"), "/tmp/cat.svg")):
        driver.do(Choose(0), FileFailed(path, f"{path}, record 3: holds no drawing"))
        assert driver.state.dialog.error == f"{shown}, record 3: holds no drawing"


def test_a_foreign_drawing_is_put_on_the_page_and_not_overwritten() -> None:
    driver = opening(Driver(SILENT), "x.svg")
    driver.do(Choose(0), FileRead(HOME / "x.svg", (line((5000, 5000), (9000, 6000)),)))
    left, top, right, bottom = driver.state.sketch.bounds()
    assert 0 <= left < right <= PAGE_SIDE and 0 <= top < bottom <= PAGE_SIDE
    assert driver.state.path is None
    driver.do(Command.SAVE)
    assert isinstance(driver.state.dialog, FilePanel) and driver.state.dialog.name == "x.svg"


def test_what_is_drawn_after_the_panel_was_left_is_not_replaced() -> None:
    for gesture in ((PenDown((1, 1)), PenUp()), (PenDown((1, 1)),)):
        driver = opening(Driver(SILENT), "x.svg")
        driver.do(Choose(0), Command.ESCAPE, *gesture)
        before = driver.state
        driver.do(FileRead(HOME / "x.svg", (line((0, 0), (1, 1)),) * 2))
        assert replace(driver.state, toasts=()) == before and driver.state.toasts[-1].error


def test_a_file_named_at_the_start_needs_no_panel() -> None:
    driver = Driver(SILENT)
    driver.do(FileRead(HOME / "x.svg", (line((0, 0), (1, 1)),), own=True))
    assert driver.state.path == HOME / "x.svg"


def test_half_a_drawing_of_a_data_set_stays_half_as_large() -> None:
    whole, half = on_page(line((0, 0), (255, 100))), on_page(line((0, 0), (100, 127.5)))
    assert whole.bounds()[2] - whole.bounds()[0] == pytest.approx(SHARE * PAGE_SIDE)
    assert half.bounds()[3] - half.bounds()[1] == pytest.approx(SHARE * PAGE_SIDE / 2)
    point = on_page(line((7, 7)))
    assert point.points().tolist() == [[PAGE_SIDE / 2, PAGE_SIDE / 2]]
    assert on_page(Sketch()) == Sketch()


def test_a_file_of_many_drawings_lets_one_be_chosen() -> None:
    driver = opening(Driver(SILENT), "cats.ndjson")
    sketches = tuple(replace(line((0, 0), (i + 1, 50)), category="cat") for i in range(20))
    driver.do(Choose(0), FileRead(HOME / "cats.ndjson", sketches, more=True))
    assert isinstance(driver.state.dialog, Records) and len(driver.state.dialog.rows) == 20
    driver.do(Key.DOWN, Key.DOWN, Key.ENTER)
    assert driver.state.sketch.strokes == on_page(sketches[2]).strokes
    assert driver.state.title == "cats-3" and not is_dirty(driver.state)


@pytest.mark.parametrize("command", [Command.NEW, Command.OPEN, Command.QUIT])
def test_what_is_not_saved_is_asked_about(command: Command) -> None:
    driver = drawn()
    driver.do(command)
    assert isinstance(driver.state.dialog, Confirm)
    assert driver.took(EndAutosave) == [] and not driver.has_quit
    driver.do(Command.ESCAPE)
    assert driver.state.dialog is None and driver.state.sketch.strokes and not driver.has_quit


def test_quit_saves_first_if_wanted() -> None:
    driver = drawn()
    driver.do(Command.QUIT, Choose(0), FolderListed(ASKED, HOME, ()), Key.ENTER)
    assert not driver.has_quit
    written = driver.took(WriteFile)[-1]
    driver.do(FileWritten(written.path, written.sketch))
    assert driver.has_quit
    assert driver.took(EndAutosave) == [EndAutosave(saved=True)]
    assert isinstance(driver.effects[-1], Quit) and driver.took(StoreSettings)


def test_quit_stays_if_saving_fails_or_is_given_up() -> None:
    driver = drawn()
    driver.do(
        Command.QUIT, Choose(0), FolderListed(ASKED, HOME, ()), Key.ENTER, FileFailed(HOME / "drawing.svg", "full")
    )
    driver.do(Command.ESCAPE, Command.SAVE_AS, FolderListed(ASKED, HOME, ()), Key.ENTER)
    written = driver.took(WriteFile)[-1]
    driver.do(FileWritten(written.path, written.sketch))
    assert not driver.has_quit


@pytest.mark.parametrize("changed", [False, True])
def test_quit_stays_if_its_own_file_cannot_be_written_or_is_not_to_be(changed: bool) -> None:
    """A full disk, or another program's change that is not to be replaced; what is saved later does not quit."""
    driver = saving(drawn())
    driver.do(Key.ENTER, FileWritten(HOME / "drawing.svg", driver.state.sketch))
    driver.draw((0, 0), (1, 1))
    driver.do(Command.QUIT, Choose(0), FileFailed(HOME / "drawing.svg", "drawing.svg was changed", changed=changed))
    if changed:
        driver.do(Command.ESCAPE)
    assert driver.state.dialog is None and not driver.has_quit
    driver.do(Command.SAVE)
    written = driver.took(WriteFile)[-1]
    driver.do(FileWritten(written.path, written.sketch))
    assert not driver.has_quit and not is_dirty(driver.state)


def test_quit_stays_if_what_was_named_is_an_export() -> None:
    driver = drawn()
    driver.do(Command.QUIT, Choose(0), FolderListed(ASKED, HOME, ()), Typed("drawing.gif"), Key.ENTER)
    written = driver.took(WriteFile)[-1]
    driver.do(FileWritten(written.path, written.sketch, exported=written.export is not None))
    saving(driver).do(Key.ENTER, FileWritten(HOME / "drawing.svg", driver.state.sketch))
    assert written.path == HOME / "drawing.gif" and not driver.has_quit and not is_dirty(driver.state)


def test_quit_without_saving_keeps_the_autosave_aside() -> None:
    driver = drawn()
    driver.do(Command.QUIT, Choose(1))
    assert driver.has_quit and driver.took(EndAutosave) == [EndAutosave(saved=False)]


def test_quit_under_the_pen_counts_the_stroke() -> None:
    driver = Driver(SILENT)
    driver.do(PenDown((1, 1)), Command.QUIT)
    assert len(driver.state.sketch.strokes) == 1 and isinstance(driver.state.dialog, Confirm)
    driver.do(Command.QUIT)
    assert isinstance(driver.state.dialog, Confirm) and not driver.has_quit


def test_quit_at_once_where_nothing_is_lost() -> None:
    driver = Driver(SILENT)
    driver.do(Command.QUIT)
    assert driver.has_quit


def test_new_is_an_empty_page_with_a_fresh_history() -> None:
    driver = drawn()
    driver.do(Command.NEW, Choose(1))
    assert driver.state.sketch == Sketch() and driver.state.path is None
    driver.do(Command.UNDO)
    assert driver.state.sketch == Sketch()
    assert driver.took(EndAutosave) == [EndAutosave(saved=False)]


# window


def test_zoom_keeps_what_is_under_the_pointer() -> None:
    driver = Driver(SILENT)
    before = driver.state.view.camera.to_page(300, 200)
    driver.do(Zoom((300, 200), 1.7))
    camera = driver.state.view.camera
    assert camera.to_page(300, 200) == pytest.approx(before)
    assert camera.to_screen(*camera.to_page(12, 34)) == pytest.approx((12, 34))
    for factor in (1e9, 1e-9, 0.0, float("nan"), float("inf"), -1.0):
        driver.do(Zoom((300, 200), factor))
        assert ZOOM_RANGE[0] <= driver.state.view.camera.zoom <= ZOOM_RANGE[1]
    driver.do(Command.FIT, Command.ZOOM_IN, Command.ZOOM_OUT)
    assert driver.state.view.camera.zoom == pytest.approx(Driver(SILENT).state.view.camera.zoom)


@pytest.mark.parametrize("size", [(800, 600), (1280, 800), (1920, 1080), (1, 1)])
def test_fit_shows_the_page_and_all_ink(size) -> None:
    driver = Driver(SILENT)
    driver.draw((-300, 20), (900, 700))
    driver.do(Resized(size, (0, 48, size[0], size[1] - 48)), Command.FIT)
    camera = driver.state.view.camera
    if min(size) > 100:
        left, top = camera.to_screen(-300, 0)
        right, bottom = camera.to_screen(900, 700)
        assert left >= 0 and top >= 48 and right <= size[0] and bottom <= size[1]
        assert (left + right) / 2 == pytest.approx(size[0] / 2)


def test_a_resized_window_keeps_what_it_shows() -> None:
    driver = Driver(SILENT)
    assert driver.state.view.fitted
    driver.do(Pan(30, 10))
    middle = driver.state.view.camera.to_page(640, 408)
    driver.do(Resized((1000, 700), (0, 48, 1000, 600)))
    assert driver.state.view.camera.to_page(500, 348) == pytest.approx(middle)
    driver.do(Pan(float("nan"), 0))
    assert driver.state.view.camera.to_page(500, 348) == pytest.approx(middle)


@pytest.mark.parametrize("moved", [False, True], ids=["fitted", "moved"])
def test_the_page_stays_under_a_pen_that_is_down_while_the_window_changes(moved: bool) -> None:
    driver, resized = Driver(SILENT), Resized((1000, 700), (0, 48, 1000, 600))
    driver.do(*[Pan(30, 10)] * moved)
    camera = driver.state.view.camera
    driver.do(PenDown((100, 100)), Resized((900, 650), (0, 48, 900, 550)), resized, PenMove(((120, 100),)))
    assert driver.state.view.camera == camera and driver.state.view.size == (1000, 700)
    driver.do(PenUp())
    other = Driver(SILENT)
    other.do(*[Pan(30, 10)] * moved, resized)
    assert driver.state.view == other.state.view, "then it follows, from where it was"


def test_who_zooms_while_the_pen_is_down_in_a_window_that_changed_sees_what_was_chosen() -> None:
    driver = Driver(SILENT)
    driver.do(PenDown((100, 100)), Resized((1000, 700), (0, 48, 1000, 600)), Zoom((300, 300), 1.5))
    camera = driver.state.view.camera
    driver.do(PenUp())
    assert driver.state.view.camera == camera


def test_escape_closes_then_stops_then_leaves_full_screen() -> None:
    driver = Driver()
    driver.do(Command.FULL_SCREEN)
    driver.draw((0, 0), (1, 1))
    driver.wait(3)
    driver.do(Command.HELP, Command.ESCAPE)
    assert driver.state.dialog is None and driver.state.offer is not None
    driver.do(Command.ESCAPE)
    assert driver.state.offer is None and driver.state.view.full_screen
    driver.do(Command.ESCAPE)
    assert [effect.on for effect in driver.took(SetFullScreen)] == [True, False]


def test_settings_are_stored_when_they_rest() -> None:
    driver = Driver(SILENT)
    for _ in range(20):
        driver.do(SetPause(driver.state.settings.pause + 0.01))
        driver.frame()
    assert driver.took(StoreSettings) == []
    driver.wait(1.1)
    assert driver.took(StoreSettings) == [StoreSettings(driver.state.settings)]


def test_sizes_and_widths_stay_within_their_ranges() -> None:
    driver = Driver(SILENT)
    driver.do(*[Command.UI_LARGER] * 20)
    assert driver.state.settings.ui_scale == UI_SCALES[-1]
    driver.do(*[Command.UI_SMALLER] * 20)
    assert driver.state.settings.ui_scale == UI_SCALES[0]
    for command in (Command.THICKER, Command.THINNER, Command.HOTTER, Command.COOLER, Command.FASTER, Command.SLOWER):
        driver.do(*[command] * 50)
    settings = driver.state.settings
    assert (settings.ink_width, settings.temperature, settings.speed) == (1.0, 0.01, 5.0)


def test_toasts_go_by_themselves_and_are_not_shown_twice() -> None:
    driver = Driver(SILENT)
    driver.do(Notice("a"), Notice("a"), *(Notice(str(i), error=True) for i in range(9)))
    assert len(driver.state.toasts) <= 4
    driver.wait(20)
    assert driver.state.toasts == ()


def test_the_picker_opens_over_nothing_but_the_page() -> None:
    driver = Driver()
    driver.do(Command.HELP, Command.PICKER)
    assert isinstance(driver.state.dialog, Help)
    driver.do(Command.ESCAPE, Command.PICKER, Command.PICKER)
    assert driver.state.dialog is None
    driver.do(Command.PICKER)
    assert isinstance(driver.state.dialog, Picker)
    assert Purpose.OPEN is not Purpose.SAVE


@pytest.mark.parametrize("command", [Command.NEW, Command.QUIT])
def test_what_was_on_a_page_that_was_cleared_is_set_aside_and_not_deleted(command: Command) -> None:
    driver = drawn()
    driver.do(Command.CLEAR, command)
    assert driver.state.dialog is None, "an empty page is not asked about"
    assert driver.took(EndAutosave) == [EndAutosave(saved=False)]


def test_an_open_dialog_keeps_every_control_from_the_page() -> None:
    driver = drawn()
    driver.do(Command.HELP)
    before = driver.state
    for event in (
        BringBack(0),
        Scrub(0.5),
        SetAlong(2),
        SetCategory("cat"),
        SetCloseness(0.9),
        SetInk("teal"),
        SetPause(2.5),
        SetSeed(77),
        SetSpeed(300.0),
    ):
        assert driver.do(event) is before, event


@pytest.mark.parametrize("command", [Command.NEW, Command.QUIT])
def test_a_stroke_drawn_while_it_is_saved_before_leaving_is_not_left(command: Command) -> None:
    driver = saving(drawn())
    driver.do(Key.ENTER)
    first = driver.took(WriteFile)[-1]
    driver.do(FileWritten(first.path, first.sketch))
    driver.draw((5, 5), (6, 6))
    driver.do(command, Choose(0))
    written = driver.took(WriteFile)[-1]
    driver.draw((7, 7), (8, 8))
    driver.do(FileWritten(written.path, written.sketch))
    assert len(driver.state.sketch.strokes) == 3 and is_dirty(driver.state) and not driver.has_quit
    driver.do(Command.SAVE)
    last = driver.took(WriteFile)[-1]
    driver.do(FileWritten(last.path, last.sketch))
    assert len(driver.state.sketch.strokes) == 3 and not driver.has_quit, "that was a moment ago"


def test_a_stroke_that_was_moved_is_not_saved_any_more() -> None:
    driver = saving(drawn())
    driver.do(Key.ENTER)
    written = driver.took(WriteFile)[-1]
    driver.do(FileWritten(written.path, written.sketch))
    assert not is_dirty(driver.state)
    driver.do(Command.SELECT_ALL, Command.MOVE_RIGHT)
    assert is_dirty(driver.state) and window_title(driver.state).startswith("*")
    driver.do(Command.QUIT)
    assert isinstance(driver.state.dialog, Confirm) and not driver.has_quit
    driver.do(Command.ESCAPE, Command.UNDO)
    assert not is_dirty(driver.state)
