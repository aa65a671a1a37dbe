"""Files, autosave and settings for real: saved and read back, with disks that fail, and after a killed process."""

from __future__ import annotations

import errno
import gzip
import io
import os
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from systems import needs_links

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Confirm, Entry, FilePanel, Recovery
from sketchrnn.app.documents import OWN_PAGE, document_text, exported_page, read_document, seen_box
from sketchrnn.app.effects import (
    AddToData,
    Autosave,
    EndAutosave,
    ListFolder,
    Quit,
    ReadFile,
    SetAsideLost,
    StoreSettings,
    WriteFile,
)
from sketchrnn.app.effects_io import find_lost, run_effect, svg_text
from sketchrnn.app.events import (
    Choose,
    Dropped,
    Event,
    FileFailed,
    FileRead,
    FileWritten,
    FolderListed,
    Key,
    Notice,
    Pan,
    Recovered,
    SetCategory,
    Typed,
)
from sketchrnn.app.file_worker import FileWorker
from sketchrnn.app.questions import category_text, is_dirty, lies_outside
from sketchrnn.app.session import DAMAGED, SET_ASIDE, Session, autosave_folder
from sketchrnn.app.settings import Settings, from_table, load_settings, settings_file, store_settings, to_toml
from sketchrnn.app.state import AppState
from sketchrnn.cli.arguments import Drawing
from sketchrnn.cli.asking import scales_of
from sketchrnn.sketch.kinds import FORMATS, KNOWN, READABLE, Options
from sketchrnn.sketch.types import Sketch, Stroke
from tests.app_driver import CODECS, Driver
from tests.fake_engine import FakeEngine

SILENT = AppState(settings=replace(AppState().settings, model_on=False))


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session()
    yield session
    session.close()


def drawing(seed: int = 0, strokes: int = 3) -> Sketch:
    random = np.random.default_rng(seed)
    authors = ("hand", "model")
    return Sketch(tuple(Stroke(random.uniform(0, 600, (9, 2)), authors[i % 2]) for i in range(strokes)), "cat")


def autosaves() -> list[Path]:
    return sorted(autosave_folder().glob("*.svg"))


def do(effect, session: Session):
    return run_effect(effect, session, CODECS)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond a few bytes."""
    resource = pytest.importorskip("resource", reason="a limit of files' sizes stands in for a full disk")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


# documents


@pytest.mark.parametrize("strokes", [0, 1, 3])
def test_a_document_comes_back_as_it_was(strokes: int, session: Session, tmp_path: Path) -> None:
    sketch = drawing(strokes=strokes)
    path = tmp_path / "a.svg"
    assert do(WriteFile(path, sketch), session) == (FileWritten(path, sketch),)
    if strokes:
        (read,) = do(ReadFile(path), session)
        assert read.own and read.sketches[0].strokes == sketch.strokes and read.sketches[0].category == "cat"
        assert document_text(read.sketches[0]) == path.read_text("utf-8"), "saved again it is the same file"
    else:
        assert do(ReadFile(path), session) == (FileFailed(path, f"{path}: holds no drawing", reads=True),)


def test_a_document_shows_the_page_and_ink_beyond_it() -> None:
    root = ElementTree.fromstring(svg_text(drawing()))
    assert [float(number) for number in root.get("viewBox").split()] == [0, 0, 600, 600]
    far = Sketch((Stroke(np.array([[-50, 10], [900, 10]])),))
    assert seen_box(far) == (-50, 0, 900, 600)
    assert picture(far).shape == (1200, 1900, 3)
    assert picture(Sketch()).shape == (1200, 1200, 3)
    assert max(picture(Sketch((Stroke(np.array([[1e5, 0]])),))).shape) == 4096


def picture(sketch: Sketch, ink_width: float = 3.0, **chosen) -> np.ndarray:
    """The exported PNG, read by a reader that is not ours."""
    content = exported_page(sketch, Options("png", **chosen), ink_width)
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


def test_sizes_and_paper_of_a_picture() -> None:
    assert [picture(drawing(), resolution=size).shape for size in (1, 4)] == [(600, 600, 3), (2400, 2400, 3)]
    clear = picture(drawing(), resolution=1, transparent=True)
    assert clear.shape == (600, 600, 4) and (clear[..., 3] == 0).mean() > 0.8 and clear[..., 3].max() == 255
    solid = clear[..., 3] == 255
    assert np.array_equal(clear[solid][:, :3], picture(drawing(), resolution=1)[solid])


def test_ink_width_is_seen_in_files() -> None:
    dark = [(picture(drawing(), width) < 128).sum() for width in (1.0, 3.0, 12.0)]
    assert dark[0] < dark[1] < dark[2]
    assert svg_text(drawing(), 3.0) != svg_text(drawing(), 5.0)


@pytest.mark.parametrize("format", FORMATS)
def test_every_form_is_written(format: str, session: Session, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("sketchrnn.sketch.export.GIF_SIDE", 64)  # time for other tests
    path = tmp_path / f"a{FORMATS[format].suffix}"
    effect = WriteFile(path, drawing(), export=Options(format))
    assert do(effect, session) == (FileWritten(path, drawing(), exported=True),)
    if not FORMATS[format].collects:
        magic = {".png": b"\x89PNG\r\n\x1a\n", ".gif": b"GIF89a", ".svg": b"<?xml"}[path.suffix]
        assert path.read_bytes().startswith(magic)
        return
    (read,) = do(ReadFile(path), session)
    assert not read.own and [len(stroke) for stroke in read.sketches[0].strokes] == [9, 9, 9]
    found = read.sketches[0].points() - read.sketches[0].points()[0]
    wanted = (drawing().points() - drawing().points()[0]) * 255 / 600
    assert np.abs(found - wanted).max() < 1e-2


def test_an_own_document_edited_elsewhere_opens_as_large_as_it_was(session: Session, tmp_path: Path) -> None:
    pytest.importorskip("svgelements", reason="the extra svg is not installed")
    path = tmp_path / "a.svg"
    text = document_text(drawing(strokes=1))
    path.write_text(text.replace('id="hand"', 'id="hand" transform="translate(3 4)"'), "utf-8")
    (read,) = do(ReadFile(path), session)
    assert read.own, "it is saved where it came from"
    assert np.abs(read.sketches[0].points() - drawing(strokes=1).points() - (3, 4)).max() < 1e-3
    text = text.replace('viewBox="0 0 600 600"', 'viewBox="0 0 100 100"')
    path.write_text(text.replace('id="hand"', 'id="hand" transform="scale(0.16666667)"'), "utf-8")
    (read,) = do(ReadFile(path), session)
    assert not read.own, "in units of another program, and not to be written over"


def test_a_data_sets_unit_is_known(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    opened = replace(drawing(), provenance=(("seed", "7"), OWN_PAGE, ("scale", "0.6")))
    do(WriteFile(path, opened, export=Options("ndjson")), session)
    (read,) = CODECS.read(path)
    assert read.provenance == (("seed", "7"),)
    assert scales_of(Drawing(read, "a", path), None, 1.0) == (1.0, 1.0)


def test_a_foreign_svg_of_ours_in_other_units_is_not_an_own_document(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    sketch = replace(drawing(), provenance=(("seed", "7"), OWN_PAGE))
    path.write_text(document_text(sketch).replace('value="600"', 'value="255"'), "utf-8")
    do(WriteFile(tmp_path / "b.svg", sketch), session)
    assert do(ReadFile(tmp_path / "b.svg"), session)[0].own
    from sketchrnn.sketch.svg import write_svg

    path.write_text(write_svg(drawing()), "utf-8")
    assert not do(ReadFile(path), session)[0].own


def test_a_data_set_is_read_up_to_a_limit(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "many.ndjson"
    CODECS.write(path, [drawing(i) for i in range(1003)])
    read = read_document(path, CODECS)
    assert len(read.sketches) == 1000 and read.more
    CODECS.write(path, [drawing(i) for i in range(1000)])
    assert not read_document(path, CODECS).more


def test_a_file_read_as_a_second_drawing_does_not_hide_that_another_program_wrote_it(
    session: Session, tmp_path
) -> None:
    path = tmp_path / "a.svg"
    do(WriteFile(path, drawing()), session)
    path.write_text(document_text(drawing(1)))
    assert isinstance(do(ReadFile(path, beside=True), session)[0], FileRead)
    assert do(WriteFile(path, drawing(), overwrite=True, unchanged=True), session)[0].changed


def test_a_file_read_and_not_taken_does_not_hide_that_another_program_wrote_it(
    session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "a.svg"
    path.write_text(document_text(drawing()))
    driver = Driver(replace(AppState(), settings=Settings(model_on=False)), session=session)
    driver.do(*do(ReadFile(path), session))
    assert driver.state.path == path
    theirs = document_text(drawing(1))
    path.write_text(theirs)
    (read,) = do(ReadFile(path), session)
    driver.draw((1, 1), (20, 2))
    driver.do(read, Command.SAVE)
    assert isinstance(driver.state.dialog, Confirm) and path.read_text() == theirs
    driver.do(Key.ENTER)
    assert driver.state.dialog is None and path.read_text() == theirs, "Enter alone replaces nothing"
    driver.do(Command.SAVE, Choose(0))
    assert not is_dirty(driver.state) and path.read_text() != theirs


def test_nothing_is_overwritten_unasked(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_text("mine")
    (failed,) = do(WriteFile(path, drawing()), session)
    assert failed.exists and path.read_text() == "mine"
    assert isinstance(do(WriteFile(path, drawing(), overwrite=True), session)[0], FileWritten)
    if os.name != "nt":  # a link that leads nowhere, say to a disk that is not there now, is a file, too
        (tmp_path / "link.svg").symlink_to(tmp_path / "elsewhere.svg")
        assert do(WriteFile(tmp_path / "link.svg", drawing()), session)[0].exists


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b"<svg"),
        ("a.svg", b""),
        ("a.ndjson", b"{}\n"),
        ("a.npz", b"PK\x03\x04 no archive"),
        ("a.bin", b"\x00"),
        ("a.txt", b"hello"),
        ("no such file.svg", None),
    ],
)
def test_damaged_files_are_events(name: str, content: bytes | None, session: Session, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    (failed,) = do(ReadFile(path), session)
    assert isinstance(failed, FileFailed) and not failed.exists and "\n" not in failed.message and failed.message


def test_places_that_cannot_be_written_to_are_events(session: Session, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "no folder" / "a.svg", tmp_path / "file" / "a.svg", tmp_path / "a.xyz"):
        (failed,) = do(WriteFile(path, drawing()), session)
        assert isinstance(failed, FileFailed) and not failed.exists and failed.message
    (tmp_path / "folder.svg").mkdir()
    assert isinstance(do(WriteFile(tmp_path / "folder.svg", drawing(), overwrite=True), session)[0], FileFailed)


@pytest.mark.parametrize("name", ["a.svg", "a.png", "a.ndjson"])
def test_a_full_disk_is_an_event_and_the_old_file_stays(name: str, session: Session, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("the old one")
    with full_disk():
        (failed,) = do(WriteFile(path, drawing(), overwrite=True), session)
    assert isinstance(failed, FileFailed) and "large" in failed.message
    assert path.read_text() == "the old one" and os.listdir(tmp_path) == [name]


@contextmanager
def nobody_special() -> Iterator[None]:
    """Without root's rights, for which nothing is read-only."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions are another matter here")
    before = os.geteuid()
    os.seteuid(65534 if before == 0 else before)
    try:
        yield
    finally:
        os.seteuid(before)


def test_read_only_folders_are_events(home: Path, session: Session, tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text("the old one")
    for folder in (tmp_path, home):
        folder.chmod(0o500)
    with nobody_special():
        for effect in (
            WriteFile(tmp_path / "b.svg", drawing()),
            WriteFile(tmp_path / "a.svg", drawing(), overwrite=True),
            Autosave(drawing()),
            StoreSettings(Settings()),
        ):
            (said,) = do(effect, session)
            assert isinstance(said, FileFailed) or said.error, effect
        assert find_lost(session) == ()
    for folder in (tmp_path, home):
        folder.chmod(0o700)
    assert (tmp_path / "a.svg").read_text() == "the old one"
    assert os.listdir(tmp_path) == ["a.svg"] and os.listdir(home) == []


@needs_links
def test_a_folder_is_listed_with_what_can_be_opened(session: Session, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "A").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("z.svg", "C.NDJSON", "note.txt", ".x.svg", "p.png"):
        (tmp_path / name).write_text("")
    (tmp_path / "dangling.svg").symlink_to(tmp_path / "nowhere")
    (listed,) = do(ListFolder(tmp_path), session)
    assert listed.folder == tmp_path
    assert [entry.name for entry in listed.entries] == ["..", "A", "b", "C.NDJSON", "dangling.svg", "p.png", "z.svg"]
    assert [entry.is_folder for entry in listed.entries] == [True] * 3 + [False] * 4
    above = tmp_path / "b" / ".."
    assert do(ListFolder(above), session) == (replace(listed, asked=above),)
    (nearest,) = do(ListFolder(tmp_path / "gone" / "for good"), session)
    assert nearest.folder == tmp_path, "a remembered folder may be gone"
    (nearest,) = do(ListFolder(tmp_path / ("x" * 300)), session)
    assert nearest.folder == tmp_path, "a typed one may be no name at all"
    (root,) = do(ListFolder(Path("/")), session)
    assert Entry("..", True) not in root.entries
    (home,) = do(ListFolder(Path("~")), session)
    assert home.folder == Path.home()


def test_every_kind_is_listed_and_what_can_be_read_can_be_opened(session: Session, tmp_path: Path) -> None:
    for suffix in (*KNOWN, ".txt"):
        (tmp_path / f"a{suffix}").write_text("")
    (listed,) = do(ListFolder(tmp_path), session)
    assert {Path(entry.name).suffix for entry in listed.entries if not entry.is_folder} == set(KNOWN)
    driver = Driver(AppState(settings=Settings(folder=str(tmp_path))))
    driver.do(Command.OPEN, listed)
    opened = {Path(entry.name).suffix for entry in driver.state.dialog.entries if not entry.is_folder}
    assert opened == set(READABLE)
    assert set(KNOWN) == {kind.suffix for kind in FORMATS.values()} | set(READABLE)


def test_a_compressed_document_is_read_and_never_written_over(session: Session, tmp_path: Path) -> None:
    path, content = tmp_path / "a.svgz", gzip.compress(document_text(drawing()).encode())
    path.write_bytes(content)
    driver = Driver(SILENT, session=session)
    driver.do(Dropped(path))
    assert len(driver.state.sketch.strokes) == len(drawing().strokes) and driver.state.recent == (path,)
    driver.do(Command.SAVE)
    assert driver.state.dialog.name == "a.svg", "it is no file of its own"
    driver.do(Typed("a.svgz"), Key.ENTER)
    assert driver.state.path == tmp_path / "a.svgz.svg" and path.read_bytes() == content


def test_a_folder_that_may_not_be_listed_can_be_left(session: Session, tmp_path: Path, monkeypatch) -> None:
    def denied(folder):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))

    monkeypatch.setattr(os, "scandir", denied)
    (listed,) = do(ListFolder(tmp_path), session)
    assert listed.folder == tmp_path and listed.entries == (Entry("..", True),)
    assert listed.error == f"{tmp_path} cannot be listed: {os.strerror(errno.EACCES)}"


def test_a_folder_within_one_that_may_not_be_seen_is_an_event(session: Session, tmp_path: Path) -> None:
    (tmp_path / "secret" / "deeper").mkdir(parents=True)
    (tmp_path / "secret").chmod(0)
    with nobody_special():
        (said,) = do(ListFolder(tmp_path / "secret" / "deeper"), session)
    (tmp_path / "secret").chmod(0o700)
    assert isinstance(said, FolderListed) and tmp_path.is_relative_to(said.folder.parent)


def test_draw_save_open_through_update_and_files(session: Session, tmp_path: Path) -> None:
    driver = Driver(replace(AppState(), settings=Settings(folder=str(tmp_path))), FakeEngine(loading=0), session)
    driver.draw((10, 10), (60, 60.25))
    driver.wait(3)
    driver.do(Command.KEEP, Command.SAVE, Typed("half a cat"), Key.ENTER)
    path = tmp_path / "half a cat.svg"
    assert driver.state.path == path and not is_dirty(driver.state) and driver.state.dialog is None
    kept = driver.state.sketch
    driver.draw((1, 1), (2, 2))
    driver.do(Command.SAVE)
    assert len(ElementTree.parse(path).getroot().findall(".//{*}path")) == len(kept.strokes) + 1
    driver.do(Command.NEW, Command.OPEN)
    assert isinstance(driver.state.dialog, FilePanel)
    driver.do(Typed("half"), Key.ENTER)
    assert driver.state.sketch.strokes[:-1] == kept.strokes
    assert driver.state.sketch.note("seed") == "1" and driver.state.path == path
    driver.do(Command.QUIT)
    assert driver.has_quit


# autosave


def test_every_stroke_is_autosaved(session: Session) -> None:
    driver = Driver(SILENT, session=session)
    assert autosaves() == []
    for i in range(3):
        driver.draw((i, 0), (i, 10))
        (path,) = autosaves()
        assert read_document(path, CODECS).sketches[0].strokes == driver.state.sketch.strokes
    driver.do(Command.UNDO)
    assert len(read_document(path, CODECS).sketches[0].strokes) == 2
    driver.do(Command.CLEAR)
    assert len(read_document(path, CODECS).sketches[0].strokes) == 2, "what was cleared is still there"


def test_two_windows_do_not_clash(session: Session) -> None:
    other = Session()
    try:
        session.save(drawing(1))
        other.save(drawing(2))
        assert len(autosaves()) == 2
        assert session.lost_drawings() == ((), ()) and other.lost_drawings() == ((), ())
        third = Session()
        assert find_lost(third) == ()
    finally:
        other.close()
    (recovered,) = find_lost(session)
    assert [lost.sketch.strokes for lost in recovered.found] == [drawing(2).strokes]


def test_where_the_disk_knows_no_locks_drawings_are_kept_all_the_same(session: Session, monkeypatch) -> None:
    """Homes on some networks: nothing was autosaved, and each stroke left a thousand files of locks behind."""
    fcntl = pytest.importorskip("fcntl")

    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    for strokes in (1, 2):
        assert do(Autosave(drawing(strokes=strokes)), session) == ()
    assert len(list(session.folder.iterdir())) == 2, "the drawing and its lock"
    session.close()
    (recovered,) = find_lost(Session())
    assert isinstance(recovered, Recovered) and len(recovered.found[0].sketch.strokes) == 2


def test_a_saved_drawing_leaves_nothing_and_a_discarded_one_is_set_aside(session: Session) -> None:
    do(EndAutosave(saved=True), session)
    do(Autosave(drawing()), session)
    do(EndAutosave(saved=True), session)
    assert autosaves() == []
    for seed in (1, 2):
        do(Autosave(drawing(seed)), session)
        do(EndAutosave(saved=False), session)
    aside = sorted((autosave_folder() / SET_ASIDE).glob("*.svg"))
    assert autosaves() == [] and len(aside) == 2
    session.close()
    assert list(autosave_folder().glob("*.lock")) == []


def test_a_damaged_autosave_is_put_aside_and_said(session: Session) -> None:
    other = Session()
    other.save(drawing())
    other.path.write_bytes(other.path.read_bytes()[:100])
    other.close()
    events = find_lost(session)
    assert len(events) == 1 and isinstance(events[0], Notice) and DAMAGED in events[0].text
    assert len(list((autosave_folder() / DAMAGED).glob("*.svg"))) == 1
    assert find_lost(session) == ()


def test_an_autosave_that_another_window_takes_away_is_not_damaged(session: Session, monkeypatch) -> None:
    for seed in (1, 2):
        other = Session()
        other.save(drawing(seed))
        other.close()
        os.utime(other.path, (1e9 + seed, 1e9 + seed))
    first = autosaves()[0]
    monkeypatch.setattr(session, "_abandoned", lambda: [first.with_name("drawing gone.svg"), *autosaves()])
    found, notices = session.lost_drawings()
    assert notices == () and [lost.sketch.strokes for lost in found] == [drawing(2).strokes, drawing(1).strokes]


def test_an_autosave_that_fails_is_said_and_drawing_goes_on(home: Path, session: Session) -> None:
    (home / "data").write_text("a file where the folder should be")
    driver = Driver(SILENT, session=session)
    driver.draw((0, 0), (1, 1))
    driver.draw((2, 2), (3, 3))
    assert [toast.error for toast in driver.state.toasts] == [True], "said once, not for every stroke"
    assert len(driver.state.sketch.strokes) == 2
    assert find_lost(session) == ()
    driver.do(Command.QUIT, Choose(1))
    assert driver.has_quit


def test_an_autosave_on_a_full_disk_keeps_the_last_good_one(session: Session) -> None:
    session.save(drawing(1))
    with full_disk():
        (notice,) = do(Autosave(drawing(2)), session)
    assert notice.error
    assert read_document(session.path, CODECS).sketches[0].strokes == drawing(1).strokes


PERSON = """
import sys, time
from dataclasses import replace
from sketchrnn.app.session import Session
from sketchrnn.app.state import AppState
from sketchrnn.app.settings import Settings
from tests.app_driver import Driver
driver = Driver(AppState(settings=Settings(model_on=False)), session=Session())
for i in range(int(sys.argv[1])):
    driver.draw((i, 0), (i + 5, 50), (i, 100.5))
    print(i, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("strokes", [1, 4])
def test_a_killed_process_loses_no_stroke(strokes: int, checkout: Path, session: Session) -> None:
    command = [sys.executable, "-c", PERSON, str(strokes)]
    with subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, text=True) as person:
        for _ in range(strokes):
            person.stdout.readline()
        assert find_lost(session) == (), "it lives: its drawing is not lost"
        person.kill()
        person.wait()
    events = find_lost(session)
    driver = Driver(SILENT, session=session)
    driver.draw((300, 300), (310, 310))
    driver.do(*events)
    assert isinstance(driver.state.dialog, Recovery) and len(driver.state.dialog.rows) == 3
    (lost,) = driver.state.dialog.found
    assert [stroke.points.tolist() for stroke in lost.sketch.strokes] == [
        [[i, 0], [i + 5, 50], [i, 100.5]] for i in range(strokes)
    ]
    driver.do(Choose(1))
    assert driver.state.dialog is None and find_lost(session) == events, "not now: offered again"
    driver.do(*events, Key.ENTER)
    assert driver.state.sketch.strokes == lost.sketch.strokes and is_dirty(driver.state)
    assert not lost.path.exists() and (lost.path.parent / SET_ASIDE / lost.path.name).exists()
    assert session.path.exists()
    kinds = [type(effect) for effect in driver.effects]
    assert Autosave in kinds[: kinds.index(SetAsideLost)][-1:], "it lies in this run's autosave before the old one goes"
    driver.do(Command.UNDO)
    assert len(driver.state.sketch.strokes) == 1, "and what was on the page is one step back"
    assert find_lost(session) == ()


def test_discarding_what_was_lost_only_moves_it(session: Session) -> None:
    other = Session()
    other.save(drawing())
    other.close()
    driver = Driver(SILENT, session=session)
    driver.do(*find_lost(session), Key.DOWN, Key.DOWN, Key.ENTER)
    assert driver.took(SetAsideLost) and autosaves() == []
    assert (autosave_folder() / SET_ASIDE / other.path.name).exists()
    assert do(SetAsideLost((other.path,)), session) == (), "twice is no fault: another window may have been faster"


def test_a_recovered_drawing_of_a_vanished_file_is_still_taken(session: Session) -> None:
    other = Session()
    other.save(drawing())
    other.close()
    (recovered,) = find_lost(session)
    other.path.unlink()
    driver = Driver(SILENT, session=session)
    driver.do(Recovered(recovered.found), Choose(0))
    assert driver.state.sketch.strokes == drawing().strokes


def test_a_recovered_drawing_is_seen_wherever_the_page_had_been_moved(session: Session) -> None:
    other = Session()
    other.save(drawing())
    other.close()
    driver = Driver(SILENT, session=session)
    driver.do(Pan(-5000, 3000), *find_lost(session), Choose(0))
    assert driver.state.sketch.strokes == drawing().strokes and not lies_outside(driver.state)
    kept = [type(effect) for effect in driver.effects if isinstance(effect, Autosave | SetAsideLost)]
    assert kept == [Autosave, SetAsideLost], "the old one goes when the new one is there"


def test_a_recovered_drawing_is_still_what_the_person_said(session: Session) -> None:
    other = Session()
    driver = Driver(SILENT, session=other)
    driver.do(SetCategory("house"))
    driver.draw((10, 10), (200, 60))
    other.close()  # as if it had been killed
    driver = Driver(SILENT, session=session)
    driver.do(SetCategory("dog"), *find_lost(session), Choose(0))
    assert driver.state.sketch.strokes and driver.state.category == "house"


# what a drawing is


def opened(sketch: Sketch, *before: Event, engine: FakeEngine | None = None, own: bool = True) -> Driver:
    driver = Driver(SILENT, engine)
    driver.do(*before, FileRead(Path("/home/somebody/a.svg"), (sketch,), own=own))
    return driver


def test_what_was_said_comes_back_with_the_file(session: Session, tmp_path: Path) -> None:
    driver = Driver(session=session)
    driver.do(SetCategory("house"))
    driver.draw((10, 10), (200, 60))
    driver.wait(3)
    driver.do(Command.KEEP, Command.SAVE)
    driver.do(Typed(str(tmp_path / "a.svg")), Key.ENTER)
    (read,) = do(ReadFile(tmp_path / "a.svg"), session)
    assert read.sketches[0].note("model") == "fake"
    driver = opened(read.sketches[0], SetCategory("sun"))
    assert driver.state.category == "house" and category_text(driver.state) == "house"
    driver.do(Command.ADD_TO_DATA)
    assert driver.took(AddToData)[-1].sketch.category == "house"


def test_what_was_said_of_another_drawing_is_not_said_of_an_opened_one() -> None:
    sketch = replace(drawing(), category=None)
    driver = opened(sketch, SetCategory("dog"))
    assert driver.state.category is None
    driver.do(Command.NEW, Choose(1))
    driver.do(SetCategory("dog"), Command.NEW)
    assert driver.state.category == "dog", "a new page is for what the person has just said"


def test_a_word_of_the_model_s_stays_the_model_s_when_the_file_is_opened() -> None:
    sketch = replace(drawing(), provenance=(("model", "old"), ("category", "cat")))
    driver = opened(sketch, SetCategory("dog"))
    assert driver.state.category is None and driver.state.sketch.category == "cat"
    driver.do(Command.ADD_TO_DATA)
    assert driver.took(AddToData) == [] and driver.state.dialog.rows[0] == "cat"


def test_a_data_set_s_word_is_the_drawing_s_and_one_that_the_model_does_not_know_stays_with_it() -> None:
    assert opened(drawing(), own=False).state.category == "cat"
    driver = opened(replace(drawing(), category="flying car"), SetCategory("dog"))
    assert driver.state.category is None
    driver.do(Command.ADD_TO_DATA)
    assert driver.took(AddToData)[-1].sketch.category == "flying car"


def test_one_of_many_drawings_brings_its_word() -> None:
    sketches = tuple(replace(drawing(seed), category=word) for seed, word in enumerate(("cat", "sun")))
    driver = Driver(SILENT)
    driver.do(FileRead(Path("/home/somebody/a.ndjson"), sketches), Key.DOWN, Key.ENTER)
    assert driver.state.category == "sun"


@pytest.mark.parametrize("word, known", [("cat", "cat"), ("flying car", None)])
def test_a_file_opened_before_the_model_is_there_keeps_its_word(word: str, known: str | None) -> None:
    driver = opened(replace(drawing(), category=word), engine=FakeEngine(loading=5))
    assert driver.state.engine.categories == () and driver.state.category == word
    driver.wait(0.5)
    assert driver.state.engine.categories and driver.state.category == known
    assert driver.state.sketch.category == word


# settings


def test_settings_come_back(tmp_path: Path, session: Session) -> None:
    look = {"ui_scale": 1.25, "follow_display": False, "window": (3, -4, 800, 600), "ink_width": 4.0, "ink": "teal"}
    look |= {"even_ink": True, "reduced_motion": True, "welcomed": False, "ghost": True, "heat": True}
    settings = Settings(0.5, 33.3, 1.5, False, True, data_set='C:\\a "b"\n\x7fü/ö', **look)
    do(StoreSettings(settings), session)
    assert load_settings() == (settings, None)
    assert load_settings(tmp_path / "none.toml") == (Settings(welcomed=False), None)


@pytest.mark.parametrize("content", [b"temperature = ", b"\xff\xfe\x00", b"a" * 10])
def test_damaged_settings_are_set_aside(content: bytes) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_bytes(content)
    settings, notice = load_settings()
    assert settings == Settings() and "damaged" in notice and "\n" not in notice
    assert settings_file().with_name("settings.toml.damaged").read_bytes() == content
    assert load_settings() == (Settings(welcomed=False), None)


def test_settings_of_other_versions_are_read_as_far_as_they_fit() -> None:
    table = {"temperature": 9, "speed": "fast", "pause": True, "dark": 1, "folder": 3, "unknown": [1], "ui_scale": 1.5}
    assert from_table(table) == Settings(temperature=1.0, ui_scale=1.5)
    assert from_table({"speed": 10**400, "pause": -(10**400), "ink_width": 5}) == Settings(
        speed=500.0, pause=0.0, ink_width=5.0
    )
    assert from_table({"speed": float("nan"), "pause": float("inf")}) == Settings(speed=5.0, pause=3.0)


def test_a_folder_that_toml_cannot_name_is_forgotten_alone(session: Session) -> None:
    settings = Settings(dark=True, folder="/home/ada/M\udce9xico")
    assert do(StoreSettings(settings), session) == ()
    assert load_settings() == (Settings(dark=True), None)


def test_settings_that_cannot_be_stored_are_said(home: Path, session: Session) -> None:
    (home / "config").write_text("a file where the folder should be")
    (notice,) = do(StoreSettings(Settings()), session)
    assert notice.error
    settings, notice = load_settings()
    assert settings == Settings()
    (home / "config").unlink()
    with full_disk(), pytest.raises(Exception, match="large"):
        store_settings(Settings(folder="x" * 100))
    assert to_toml(Settings())


# the worker


def test_the_worker_does_effects_in_order_and_the_newest_autosave_only() -> None:
    begin, done = threading.Event(), []

    def run(effect):
        begin.wait(60)
        done.append(effect)
        return (Notice(type(effect).__name__),)

    worker = FileWorker(run)
    autosaves = [
        SetAsideLost(()),
        *map(Autosave, map(drawing, (1, 2, 3))),
        EndAutosave(saved=True),
        Autosave(drawing(4)),
    ]
    others = [ListFolder(Path("/")), StoreSettings(Settings()), ReadFile(Path("a"))]
    for one, other in zip_longest(autosaves, others):
        worker.submit(one)
        if other is not None:
            worker.submit(other)
    assert worker.busy and worker.poll() == []
    begin.set()
    assert worker.close()
    kinds = (SetAsideLost, Autosave, EndAutosave)
    assert [effect for effect in done if isinstance(effect, kinds)] == [autosaves[0], *autosaves[3:]]
    assert [effect for effect in done if not isinstance(effect, kinds)] == others and not worker.busy
    assert worker.poll() == [Notice(type(effect).__name__) for effect in done]


def test_a_stroke_is_saved_while_a_large_file_is_still_being_read(session: Session) -> None:
    """It waited behind the reading, for as many seconds as a data set takes."""
    reading, go_on = threading.Event(), threading.Event()

    def slow(path: Path) -> Iterator[Sketch]:
        reading.set()
        go_on.wait(60)
        yield drawing()

    codecs = replace(CODECS, read=slow)
    worker = FileWorker(lambda effect: run_effect(effect, session, codecs))
    worker.submit(ReadFile(Path("large.npz")))
    assert reading.wait(60)
    worker.submit(Autosave(drawing(1)))
    end = time.monotonic() + 60
    while not session.path.exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert worker.busy and not worker.close(timeout=0.05), "it is still being read"
    assert read_document(session.path, CODECS).sketches[0].strokes == drawing(1).strokes
    go_on.set()
    assert worker.close()
    (read,) = worker.poll()
    assert isinstance(read, FileRead) and read.sketches == (drawing(),)


def test_the_worker_outlives_an_exception() -> None:
    def run(effect):
        if isinstance(effect, Quit):
            raise RuntimeError("two\nlines")
        return (Notice("fine"),)

    worker = FileWorker(run)
    worker.submit(Quit())
    worker.submit(ListFolder(Path("/")))
    worker.close()
    events = worker.poll()
    assert events == [Notice("Quit went wrong: two lines", error=True), Notice("fine")]


@pytest.mark.parametrize("effect", [ReadFile(Path("/a.svg")), WriteFile(Path("/a.svg"), drawing())])
def test_what_waits_for_a_file_hears_of_an_exception(effect: ReadFile | WriteFile) -> None:
    def run(effect):
        raise MemoryError

    worker = FileWorker(run)
    worker.submit(effect)
    worker.close()
    (failed,) = worker.poll()
    assert isinstance(failed, FileFailed) and failed.path == effect.path and "MemoryError" in failed.message
    assert failed.reads is isinstance(effect, ReadFile)


def test_the_worker_saves_what_was_drawn_before_it_closes(session: Session) -> None:
    worker = FileWorker(lambda effect: run_effect(effect, session, CODECS))
    for seed in range(50):
        worker.submit(Autosave(drawing(seed)))
    worker.submit(ListFolder(Path("/")))
    worker.close()
    assert read_document(session.path, CODECS).sketches[0].strokes == drawing(49).strokes
    assert isinstance(worker.poll()[-1], FolderListed)
    assert isinstance(read_document(session.path, CODECS), FileRead)


def test_what_a_killed_run_was_writing_is_swept_up_a_day_later(session: Session) -> None:
    session.save(drawing())
    old, fresh = session.folder / ".sketchrnn-a.part", session.folder / ".sketchrnn-b.part"
    for path in (old, fresh):
        path.write_text("half")
    os.utime(old, (0, 0))
    assert find_lost(session) == ()
    assert not old.exists() and fresh.exists() and session.path.exists()


def test_what_was_discarded_is_never_deleted_and_named_when_it_has_grown_large(session: Session, monkeypatch) -> None:
    for seed in range(3):
        session.save(drawing(seed))
        session.end(saved=False)
    aside = session.folder / SET_ASIDE
    os.utime(next(aside.iterdir()), (0, 0))
    assert session.put_away() == sum(path.stat().st_size for path in aside.iterdir())
    assert find_lost(session) == ()
    monkeypatch.setattr("sketchrnn.app.effects_io.MOST_PUT_AWAY", 100)
    (notice,) = find_lost(session)
    assert isinstance(notice, Notice) and not notice.error and notice.text.endswith(f"in {aside}")
    assert len(list(aside.iterdir())) == 3
    assert Session(session.folder / "none").put_away() == 0


def test_what_is_found_while_something_else_is_open_waits_for_the_next_start(session: Session) -> None:
    other = Session()
    other.save(drawing())
    other.close()
    driver = Driver(SILENT, session=session)
    driver.do(Command.HELP)
    before = driver.state
    assert driver.do(*find_lost(session)) is before
    assert driver.took(SetAsideLost) == [] and autosaves() == [other.path]


def test_before_the_first_save_nothing_of_that_name_is_this_runs(session: Session) -> None:
    other = Session()
    other.save(drawing())
    other.close()
    for saved in (True, False):
        fresh = Session()
        fresh.path = other.path  # of this second, and the same process number once more
        do(EndAutosave(saved=saved), fresh)
        assert other.path.exists()
