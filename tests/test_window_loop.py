"""The real loop with real SDL events (dummy driver) and a fake engine: what a person does, from the first stroke on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pygame
import pytest
from fake_engine import CATEGORIES, FakeEngine, fake_rows
from pilot import Pilot
from systems import needs_signals

from sketchrnn.app import effects_io
from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Confirm, FilePanel, Picker, Records, Recovery
from sketchrnn.app.effects import ReadFile
from sketchrnn.app.questions import activity
from sketchrnn.app.selection import handles_of, selected_box
from sketchrnn.app.settings import Settings, load_settings
from sketchrnn.app.state import Activity, EngineStatus, Tool
from sketchrnn.cli.main import main
from sketchrnn.sketch.svg import read_svg, write_svg
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.window import run as run_module
from sketchrnn.window.run import run
from sketchrnn.window.timeline import TIMELINE, run_of

HALF_A_CAT = [[(150, 300), (150, 180), (190, 230), (260, 230), (300, 180), (300, 300)], [(190, 280), (192, 284)]]
NO_DISPLAY = {"SDL_VIDEODRIVER": "x11", "DISPLAY": "", "WAYLAND_DISPLAY": ""}


@pytest.fixture
def pilot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made: list[Pilot] = []

    def make(engine=None, **more) -> Pilot:
        made.append(Pilot(engine or FakeEngine(), **more).start())
        return made[-1]

    yield make
    for one in made:
        one.close()


def drawn(state) -> list[np.ndarray]:
    return [stroke.points for stroke in state.sketch.strokes]


def test_what_the_hand_draws_is_the_drawing(pilot) -> None:
    p = pilot()
    ways = [p.stroke(part) for part in HALF_A_CAT]
    assert [s.author for s in p.state.sketch.strokes] == ["hand", "hand"]
    for way, points in zip(ways, drawn(p.state), strict=True):
        assert np.allclose(points, way, atol=1e-3)


def test_a_stroke_is_seen_while_the_pen_moves(pilot) -> None:
    p = pilot(settings=Settings(pause=0.0, even_ink=True))
    before = pygame.surfarray.array3d(p.screen.surface)
    p.stroke(HALF_A_CAT[0][:4], lift=False)
    for place in HALF_A_CAT[0][:4]:
        x, y = p.to_screen(place)
        assert sum(p.screen.surface.get_at((x, y))[:3]) < 250
        assert before[x, y].sum() > 600
    assert activity(p.state, p.clock()) is Activity.DRAWING


def test_the_model_finishes_what_was_begun(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.until(lambda: activity(p.state, p.clock()) is Activity.ANIMATING)
    p.settle()
    assert activity(p.state, p.clock()) is Activity.OFFERED
    asked = p.engine.asked[-1].request
    assert asked.prefix.strokes == p.state.sketch.strokes
    assert np.array_equal(p.state.offer.endings[0].rows, fake_rows(asked, 0))
    # the model's strokes are seen, in another colour than the hand's
    x, y = map(round, p.state.view.camera.to_screen(*fake_rows(asked, 0)[10, :2]))
    assert p.screen.surface.get_at((x, y))[2] > 180


def test_a_new_stroke_interrupts_the_model(pilot) -> None:
    p = pilot(settings=Settings(pause=0.0, speed=5.0))
    p.stroke(HALF_A_CAT[0])
    p.until(lambda: activity(p.state, p.clock()) is Activity.ANIMATING)
    p.stroke(HALF_A_CAT[1], lift=False)
    assert p.state.offer is None and activity(p.state, p.clock()) is Activity.DRAWING
    p.up(p.to_screen(HALF_A_CAT[1][-1]))
    p.until(lambda: p.state.offer is not None)
    assert len(p.engine.asked) == 2 and len(p.engine.asked[1].request.prefix.strokes) == 2


def test_the_pause_before_the_model_is_asked_is_kept(pilot) -> None:
    p = pilot(settings=Settings(pause=1.0))
    p.stroke(HALF_A_CAT[0])
    for _ in range(50):
        p.step()
    assert not p.engine.asked
    for _ in range(20):
        p.step()
    assert len(p.engine.asked) == 1


def test_keep_undo_and_redo_are_one_timeline(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    p.press(Command.KEEP)
    whole = p.state.sketch
    assert [s.author for s in whole.strokes] == ["hand", "model", "model", "model"]
    p.press(Command.UNDO)
    assert len(p.state.sketch.strokes) == 1
    p.click("undo")
    assert not p.state.sketch.strokes
    p.press(Command.REDO)
    p.press(Command.REDO)
    assert p.state.sketch.strokes == whole.strokes


def test_only_the_next_stroke_is_kept(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    p.click("keep stroke")
    p.settle()
    assert [s.author for s in p.state.sketch.strokes] == ["hand", "model"] and p.state.offer is not None
    p.click("keep")
    assert len(p.state.sketch.strokes) == 4


def test_the_timeline_is_dragged_and_what_is_shown_is_kept(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    whole = p.state.offer.endings[0].rows
    run = run_of(p.program.view.layout(p.state).named(TIMELINE).box, 1.0)
    y = round(run.centre[1])
    p.down((run.right, y))
    p.move((run.x - 200, y), (1, 0, 0))
    p.step()
    x, first = map(round, p.state.view.camera.to_screen(*whole[10, :2]))
    assert p.screen.surface.get_at((x, first))[2] - p.screen.surface.get_at((x, first))[0] < 40, "nothing is shown"
    p.move((run.x + round(0.5 * run.w), 10), (1, 0, 0))
    p.up((run.x + round(0.5 * run.w), 10))
    p.step()
    assert p.state.offer.playback.held and p.state.offer.playback.base == pytest.approx(12, abs=0.1)
    p.press(Command.STROKE_BACK)
    p.press(Command.POINT_BACK)
    p.click("keep here")
    assert [len(stroke) for stroke in p.state.sketch.strokes[1:]] == [7] and p.state.offer is None
    p.press(Command.UNDO)
    assert len(p.state.sketch.strokes) == 1


def test_one_of_nine_is_taken_with_a_click_and_with_a_key(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    for take in (lambda: p.click("ending 5"), lambda: p.key("5")):
        p.press(Command.NINE)
        p.settle()
        assert p.state.grid and len(p.state.offer.endings) == 9
        wanted = p.state.offer.endings[4].rows
        take()
        assert not p.state.grid
        kept = np.concatenate(drawn(p.state)[1:])
        assert np.array_equal(kept, wanted[:, :2])
        p.press(Command.UNDO)
        assert len(p.state.sketch.strokes) == 1


def test_nine_others_and_back_to_what_was_seen(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    p.click("nine")
    p.settle()
    wanted = p.state.offer.endings[2].rows
    p.click("nine")
    p.settle()
    assert p.state.grid and not np.array_equal(p.state.offer.endings[2].rows, wanted)
    p.click("seen 1")
    p.settle()
    assert p.state.offer.endings[2].rows is wanted
    p.key("page down")
    assert p.state.offer.request.seed == 2
    strip = p.program.view.layout(p.state).named("seen 1").box
    p.move((round(strip.centre[0]), round(strip.centre[1])))
    p.post(pygame.MOUSEWHEEL, x=0, y=1, precise_y=1.0, flipped=False)
    p.step()
    assert p.state.offer.endings[2].rows is wanted and len(p.engine.asked) == 3
    p.click("one")
    assert not p.state.grid and len(p.state.offer.endings) == 1


def test_the_ending_under_the_pointer_is_shown_larger(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.press(Command.NINE)
    p.settle()
    before = pygame.surfarray.array3d(p.screen.surface)
    cell = p.program.view.layout(p.state).named("ending 5").box
    p.move((round(cell.centre[0]), round(cell.centre[1])))
    p.step()
    changed = np.argwhere((pygame.surfarray.array3d(p.screen.surface) != before).any(2))
    wide, high = np.ptp(changed, axis=0)
    assert wide > 1.5 * cell.w and high > 1.5 * cell.h
    p.move((5, 5))
    p.step()
    assert (pygame.surfarray.array3d(p.screen.surface) == before).mean() > 0.999


def test_strokes_are_selected_moved_scaled_finished_and_deleted(pilot) -> None:
    p = pilot()
    for part in HALF_A_CAT:
        p.stroke(part)
    p.press(Command.TOGGLE_MODEL)
    p.press(Command.TOGGLE_MODEL)
    p.settle()
    p.press(Command.ESCAPE)
    p.click("select")
    assert p.state.tool is Tool.SELECT
    p.stroke([(191, 282)])
    assert p.state.selection.indices == (1,)
    p.post(pygame.KEYDOWN, key=pygame.K_LSHIFT, mod=pygame.KMOD_LSHIFT, unicode="", scancode=0)
    p.stroke([(150, 240)])
    p.post(pygame.KEYUP, key=pygame.K_LSHIFT, mod=0, unicode="", scancode=0)
    p.step()
    assert p.state.selection.indices == (0, 1)
    before, steps = drawn(p.state), len(p.state.history.past)
    p.stroke([(220, 250), (240, 260), (320, 270)], lift=False)
    x, y = p.to_screen((250, 260))  # the left side, 100 to the right and 20 down
    near = [sum(p.screen.surface.get_at((x + dx, y))[:3]) for dx in (-2, -1, 0, 1, 2)]
    assert min(near) < 400, "it is seen where it is moved to"
    p.up(p.to_screen((320, 270)))
    p.step()
    by = drawn(p.state)[0][0] - before[0][0]
    assert np.allclose(by, (100, 20), atol=1.5) and np.allclose(drawn(p.state)[1] - before[1], by, atol=1e-3)
    p.stroke([handles_of(p.state, selected_box(p.state))["se"], (500, 500)])
    assert np.ptp(drawn(p.state)[0][:, 0]) > 1.3 * np.ptp(before[0][:, 0])
    assert len(p.state.history.past) == steps + 2
    p.click("finish selected")
    p.settle()
    assert p.engine.asked[-1].request.prefix.strokes == p.state.sketch.strokes
    p.press(Command.KEEP)
    assert p.state.selection.indices == (0, 1, 2, 3, 4)
    p.key("delete")
    assert not p.state.sketch.strokes
    p.press(Command.UNDO)
    assert len(p.state.sketch.strokes) == 5


def test_another_ending_is_another(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    first = p.state.offer
    p.key("r")
    p.settle()
    assert p.state.offer.request.seed != first.request.seed
    assert not np.array_equal(p.state.offer.endings[0].rows, first.endings[0].rows)


def test_what_is_saved_is_what_was_drawn(pilot, tmp_path) -> None:
    p = pilot()
    ways = [p.stroke(part) for part in HALF_A_CAT]
    p.settle()
    p.press(Command.KEEP)
    p.press(Command.SAVE)
    p.until(lambda: isinstance(p.state.dialog, FilePanel) and p.state.dialog.listed)
    for _ in range(40):
        p.key("backspace")
    p.write(str(tmp_path / "half a cat.svg"))
    p.click("choice Save")
    p.until(lambda: p.state.dialog is None)
    p.settle()
    path = tmp_path / "half a cat.svg"
    saved = read_svg(path.read_bytes(), path)
    assert [s.author for s in saved.strokes] == ["hand", "hand", "model", "model", "model"]
    for stroke, way in zip(saved.strokes, ways, strict=False):
        assert np.allclose(stroke.points, way, atol=1e-3)
    assert saved.strokes == p.state.sketch.strokes
    assert pygame.display.get_caption()[0].startswith("half a cat.svg")
    p.stroke(HALF_A_CAT[1])
    assert pygame.display.get_caption()[0].startswith("*")


def test_the_timeline_is_held_while_the_window_becomes_small(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    p.down(p.program.view.layout(p.state).named(TIMELINE).box.centre)
    for size in ((300, 240), (150, 100), (60, 60), (1, 1)):
        pygame.display.set_mode(size, pygame.RESIZABLE)
        p.step()
        p.move((size[0] - 1, 0), (1, 0, 0))
        p.step()
    assert p.state.offer.playback.held


@pytest.mark.parametrize("leaving", [False, True])
def test_what_is_copied_is_made_beside_the_frames(pilot, monkeypatch, leaving) -> None:
    made, may_go_on, write = [], threading.Event(), effects_io.exported_page

    def slowly(*args):
        aside = threading.current_thread() is not threading.main_thread()
        assert not aside or may_go_on.wait(60)
        made.append((aside, write(*args)))
        return made[-1][1]

    p = pilot()
    p.stroke(HALF_A_CAT[0])
    monkeypatch.setattr(effects_io, "exported_page", slowly)
    copied: list[str] = []
    monkeypatch.setattr(p.screen, "copy", lambda text: copied.append(text) or True)
    p.press(Command.COPY)
    assert not copied, "the window has waited for it"
    may_go_on.set()
    if leaving:
        p.program.close()
    else:
        p.settle()
        assert any(toast.text == "Copied as SVG" for toast in p.state.toasts)
    ((aside, text),) = made
    assert aside and copied == [text] and len(read_svg(text).strokes) == 1


def test_a_saved_drawing_is_opened_again(pilot, tmp_path) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    p.press(Command.SAVE)
    p.until(lambda: isinstance(p.state.dialog, FilePanel) and p.state.dialog.listed)
    for _ in range(40):
        p.key("backspace")
    p.write(str(tmp_path / "a.svg"))
    p.key("return")
    p.until((tmp_path / "a.svg").exists)
    p.settle()
    other = Pilot(FakeEngine())
    try:
        other.start(tmp_path / "a.svg")
        assert other.state.sketch.strokes == p.state.sketch.strokes
    finally:
        other.close()


def test_a_data_set_is_opened_at_one_of_its_drawings(tmp_path) -> None:
    path = tmp_path / "three.ndjson"
    path.write_text('{"word":"cat","drawing":[[[0,9,255],[0,99,30]]]}\n' * 3)
    p = Pilot(FakeEngine())
    try:
        p.start(path)
        assert isinstance(p.state.dialog, Records) and len(p.state.dialog.sketches) == 3
        p.click("row 1")
        assert len(p.state.sketch.strokes) == 1
    finally:
        p.close()


def test_what_lights_up_under_a_resting_pointer_is_what_a_click_takes(pilot, tmp_path) -> None:
    """A list scrolled under it, and the row that it had been over stayed lit, and its drawing shown, elsewhere."""
    path = tmp_path / "many.ndjson"
    path.write_text('{"word":"cat","drawing":[[[0,9,255],[0,99,30]]]}\n' * 30)
    p = pilot()
    p.program._do((ReadFile(path),))
    p.settle()
    p.move(p.program.view.panel(p.state).controls[4].box.centre)
    p.step()
    assert p.program.pointer.over == "row 4"
    p.post(pygame.MOUSEWHEEL, x=0, y=-1, precise_y=-1.0, flipped=False)
    p.step()
    assert p.program.pointer.over == "row 7" == p.program.view.panel(p.state).at(p.program.pointer.at).name
    p.key("escape")
    assert p.program.pointer.over == ""
    p.press(Command.OPEN)
    p.settle()
    assert p.program.pointer.over == "", "what comes under it by a key waits for its move"


def test_the_category_is_searched_for(pilot) -> None:
    p = pilot()
    p.key("c")
    assert isinstance(p.state.dialog, Picker) and p.state.dialog.search == ""  # the key that opens it is not typed
    p.write("she")
    assert p.state.dialog.rows == ("sheep",)
    p.key("return")
    assert p.state.category == "sheep" and p.state.dialog is None
    p.click("picker")
    p.click("row 0")
    assert p.state.category is None


def test_a_guess_is_taken_with_a_click(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    p.click("guess dog")
    p.settle()
    assert p.state.category == "dog" and p.engine.asked[-1].request.category == "dog"


def test_by_chance_is_a_known_category(pilot) -> None:
    p = pilot()
    p.click("random category")
    assert p.state.category in CATEGORIES


def test_sliders_are_dragged(pilot) -> None:
    p = pilot()
    box = p.program.view.layout(p.state).named("temperature").box
    p.down((box.x + 20, box.bottom - 11))
    p.move((box.right + 200, 3), (1, 0, 0))
    p.up((box.right + 200, 3))
    p.step()
    assert p.state.settings.temperature == 1.0
    for _ in range(90):
        p.step()
    p.settle()
    assert load_settings()[0].temperature == 1.0  # remembered


def test_the_eraser_takes_strokes_away_and_undo_brings_them_back(pilot) -> None:
    p = pilot(settings=Settings(model_on=False))
    for part in HALF_A_CAT:
        p.stroke(part)
    p.key("e")
    p.stroke([(140, 200), (160, 200)])
    assert len(p.state.sketch.strokes) == 1
    p.press(Command.UNDO)
    assert len(p.state.sketch.strokes) == 2


def test_zoom_and_pan_keep_the_drawing_where_it_is(pilot) -> None:
    p = pilot(settings=Settings(model_on=False))
    at = p.to_screen((300, 300))
    p.move(at)
    p.post(pygame.MOUSEWHEEL, x=0, y=3, precise_y=3.0, flipped=False)
    p.step()
    assert p.state.view.camera.zoom > 1 and np.allclose(p.state.view.camera.to_screen(300, 300), at, atol=1.5)
    way = p.stroke([(300, 300), (320, 310)])
    p.press(Command.FIT)
    assert p.state.view.fitted and np.allclose(drawn(p.state)[0], way, atol=1e-3)


def test_the_page_follows_the_windows_size(pilot) -> None:
    p = pilot()
    pygame.display.set_mode((800, 600), pygame.RESIZABLE)
    p.step()
    assert p.state.view.size == (800, 600)
    p.stroke(HALF_A_CAT[0])
    p.press(Command.UI_LARGER)
    left, top, width, height = p.state.view.canvas
    assert left > 52 and left + width == 800 and top + height < 600 - 64


def test_nothing_is_drawn_when_nothing_changes(pilot) -> None:
    p = pilot()
    p.settle()
    frames = p.frames
    for _ in range(60):
        p.step()
    assert p.frames == frames
    for at in ((400, 300), (410, 305), (420, 310)):
        p.move(at)
        p.step()
    p.key(" ")
    assert p.frames == frames, "the pointer is the system's picture"
    undo = p.program.view.layout(p.state).named("undo").box
    for at in (undo.centre, (undo.x + 2, undo.y + 2)):
        p.move(at)
        p.step()
    assert p.frames == frames + 1, "what it is over lights up"
    p.press(Command.ERASER)
    frames = p.frames
    for at in ((400, 300), (410, 305), (420, 310)):
        p.move(at)
        p.step()
    assert p.frames == frames + 3, "the eraser's ring goes with it"


def test_a_dead_engine_is_said_and_drawing_goes_on(pilot) -> None:
    p = pilot()
    p.engine.die("it fell over", restarting=False)
    p.until(lambda: p.state.engine.status is EngineStatus.DOWN)
    p.stroke(HALF_A_CAT[0])
    p.settle()
    assert len(p.state.sketch.strokes) == 1 and p.state.offer is None


def test_an_engine_that_cannot_be_started_leaves_a_drawing_program(tmp_path) -> None:
    p = Pilot(None)

    def broken():
        raise OSError("no such file: weights")

    try:
        p.program.start(broken)
        p.step()
        assert p.state.engine.status is EngineStatus.DOWN and "weights" in p.state.engine.message
        p.stroke(HALF_A_CAT[0])
        assert len(p.state.sketch.strokes) == 1
    finally:
        p.close()


def test_leaving_asks_about_what_is_not_saved(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    p.post(pygame.QUIT)
    p.step()
    assert isinstance(p.state.dialog, Confirm) and not p.program.over
    p.key("escape")
    assert p.state.dialog is None
    p.post(pygame.QUIT)
    p.step()
    p.click(f"choice {p.state.dialog.choices[1]}")
    assert p.program.over


def test_a_drawing_is_found_again_after_the_program_was_gone(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    p.program.session.close()  # as a kill does: the lock goes, the file stays
    other = Pilot(FakeEngine()).start()
    try:
        assert isinstance(other.state.dialog, Recovery)
        other.key("return")
        other.settle()
        assert other.state.sketch.strokes == p.state.sketch.strokes
    finally:
        other.close()


def test_a_drawing_that_is_named_comes_before_those_that_were_lost(pilot, tmp_path) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    p.program.session.close()
    named = tmp_path / "named.svg"
    named.write_text(write_svg(Sketch((Stroke([(0, 0), (9, 9)]),))))
    other = Pilot(FakeEngine()).start(named)
    try:
        assert other.state.dialog is None and other.state.sketch.point_count == 2
        assert any("without a file" in toast.text for toast in other.state.toasts)
    finally:
        other.close()
    # and the lost one is still there
    third = Pilot(FakeEngine()).start()
    try:
        assert isinstance(third.state.dialog, Recovery)
    finally:
        third.close()


def test_focus_lost_lifts_the_pen(pilot) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0], lift=False)
    p.post(pygame.WINDOWFOCUSLOST)
    p.step()
    assert p.state.live is None and len(p.state.sketch.strokes) == 1


def test_touch_draws_once_though_the_mouse_echoes_it(pilot) -> None:
    p = pilot()
    width, height = p.state.view.size
    for kind, mouse, at in [
        (pygame.FINGERDOWN, pygame.MOUSEBUTTONDOWN, (400, 300)),
        (pygame.FINGERMOTION, pygame.MOUSEMOTION, (450, 320)),
        (pygame.FINGERUP, pygame.MOUSEBUTTONUP, (450, 320)),
    ]:
        p.post(kind, touch_id=1, finger_id=4, x=at[0] / width, y=at[1] / height, dx=0.0, dy=0.0)
        p.post(mouse, pos=at, rel=(0, 0), button=1, buttons=(1, 0, 0), touch=True)
        p.step()
    assert len(p.state.sketch.strokes) == 1 and len(p.state.sketch.strokes[0]) == 2


def test_the_pointer_has_the_shape_of_what_a_press_would_do(pilot, monkeypatch: pytest.MonkeyPatch) -> None:
    p, shapes = pilot(), []
    monkeypatch.setattr(p.screen, "point_with", shapes.append)

    def shape_at(at: tuple[float, float], buttons: tuple[int, int, int] = (0, 0, 0)) -> int:
        p.move(at, buttons)
        p.step()
        return shapes[-1]

    p.stroke(HALF_A_CAT[0])
    p.settle()
    where = p.program.view.layout(p.state, p.clock())
    chip, bar, page = where.named("timeline").box.centre, where.named("undo").box.centre, (600, 120)
    assert (shape_at(chip), shape_at(bar)) == (pygame.SYSTEM_CURSOR_ARROW,) * 2
    assert shape_at(page) == pygame.SYSTEM_CURSOR_CROSSHAIR
    p.post(pygame.KEYDOWN, key=pygame.K_SPACE, mod=0, unicode=" ", scancode=0)
    assert (shape_at(page), shape_at(chip)) == (pygame.SYSTEM_CURSOR_SIZEALL,) * 2
    assert shape_at(bar) == pygame.SYSTEM_CURSOR_ARROW, "nothing is moved from there"
    p.post(pygame.KEYUP, key=pygame.K_SPACE, mod=0, unicode=" ", scancode=0)
    p.press(Command.KEEP)
    guess = p.program.view.layout(p.state, p.clock()).named("guess cat").box.centre
    assert shape_at(guess) == pygame.SYSTEM_CURSOR_ARROW
    shape_at(page)
    p.down(page)
    assert shape_at(guess, (1, 0, 0)) == pygame.SYSTEM_CURSOR_CROSSHAIR, "a stroke goes on there"
    p.post(pygame.KEYDOWN, key=pygame.K_SPACE, mod=0, unicode=" ", scancode=0)
    assert shape_at(page, (1, 0, 0)) == pygame.SYSTEM_CURSOR_CROSSHAIR, "and Space moves nothing meanwhile"
    p.post(pygame.KEYUP, key=pygame.K_SPACE, mod=0, unicode=" ", scancode=0)
    p.up(guess)
    p.press(Command.NINE)
    p.settle()
    p.post(pygame.KEYDOWN, key=pygame.K_SPACE, mod=0, unicode=" ", scancode=0)
    assert shape_at(p.program.view.layout(p.state).named("ending 5").box.centre) == pygame.SYSTEM_CURSOR_HAND


def test_random_hands_break_nothing(pilot) -> None:
    p, random = pilot(), np.random.default_rng(7)
    p.program.screen.fill_screen = lambda on: None
    commands = [c for c in Command if c is not Command.QUIT]
    for _ in range(250):
        x, y = int(random.integers(-20, 1020)), int(random.integers(-20, 720))
        what = random.integers(8)
        if what == 0:
            p.press(commands[random.integers(len(commands))])
        elif what == 1:
            p.move((x, y), (int(random.integers(2)), 0, 0))
        elif what == 2:
            p.down((x, y), int(random.integers(1, 4)))
        elif what == 3:
            p.up((x, y), int(random.integers(1, 4)))
        elif what == 4:
            p.post(pygame.MOUSEWHEEL, x=0, y=int(random.integers(-3, 4)), precise_y=0.0, flipped=False)
        elif what == 5:
            p.key(str(random.integers(10)))
        elif what == 6:
            p.post(pygame.WINDOWFOCUSLOST)
        p.step()
        if p.program.over:
            break
    p.key("escape")
    p.step()


# `run`: the whole program


@needs_signals
def test_run_opens_draws_and_ends_by_a_signal(tmp_path, monkeypatch) -> None:
    log, stops = tmp_path / "frames.log", iter(range(12))

    class Stopping(FakeEngine):
        def poll(self):
            if next(stops) == 5:
                os.kill(os.getpid(), signal.SIGTERM)
            return super().poll()

    before = signal.getsignal(signal.SIGTERM)
    engine = Stopping()
    assert run(lambda: engine, frame_log=log, size=(800, 600)) == 128 + signal.SIGTERM
    assert engine.closed and signal.getsignal(signal.SIGTERM) is before
    header, *frames = log.read_text().splitlines()
    assert header.split("\t") == ["seconds", "work_ms", "frame_ms", "state", "engine"]
    rows = [line.split("\t") for line in frames]
    assert rows[0][4] == "loading" and rows[-1][4] == "ready"
    times = [float(row[0]) for row in rows]
    assert times == sorted(times) and all(float(row[1]) >= 0 and float(row[2]) >= 0 for row in rows)


def test_run_writes_a_picture_of_the_window(tmp_path) -> None:
    picture = tmp_path / "window.shot"  # whatever it is called
    assert run(FakeEngine, size=(640, 480), theme="dark", screenshot=picture) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    surface = pygame.image.load(str(picture))
    assert surface.get_size() == (640, 480) and sum(surface.get_at((300, 200))[:3]) < 200


def test_the_window_is_opened_as_the_words_say(tmp_path, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(run_module, "run", lambda factory, **how: asked.append((factory.args, how)) or 130)
    monkeypatch.chdir(tmp_path)
    for name in ("log", "shot"):
        Path(name).write_text("of a run before")
    words = (
        "draw cat.svg --model mine --size 300X200 --ui-scale 2 --theme dark --frame-log log --screenshot shot --force"
    )
    assert main(words.split()) == 130 and main(["draw"]) == 130
    how = {"open_file": Path("cat.svg"), "frame_log": Path("log"), "screenshot": Path("shot")}
    look = {"size": (300, 200), "ui_scale": 2.0, "theme": "dark"}
    assert asked == [((Path("mine"),), how | look), ((None,), dict.fromkeys(how | look))]


def test_run_says_what_is_wrong_with_the_log(tmp_path) -> None:
    with pytest.raises(run_module.SketchRNNError, match="cannot be written"):
        run(FakeEngine, frame_log=tmp_path / "no" / "such" / "folder.log")


def test_without_a_display_there_is_one_plain_line(tmp_path) -> None:
    code = "import sys; from sketchrnn.cli.main import main; sys.exit(main(['draw']))"
    environment = {**os.environ, **NO_DISPLAY}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and "no window can be opened" in done.stderr


def test_the_window_starts_without_jax(tmp_path) -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); sys.modules['jax'] = None\n"
        "from sketchrnn.window.run import run\nfrom fake_engine import FakeEngine\nfrom pathlib import Path\n"
        f"run(FakeEngine, size=(640, 480), screenshot=Path({str(tmp_path / 'w.png')!r}))\n"
        "assert not {'scipy', 'PIL', 'flax'} & set(sys.modules)"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "w.png").exists()


def test_settings_of_the_command_line_win(tmp_path) -> None:
    settings = run_module._with(Settings(), 2.0, "dark")
    assert settings == replace(Settings(), ui_scale=2.0, dark=True, follow_display=False)


@pytest.mark.skipif(sys.platform != "linux", reason="only there may a name be of any bytes")
def test_names_that_no_font_can_show_are_shown_without(pilot, tmp_path, monkeypatch) -> None:
    """A zero byte or half a character in a name ended the program when it was drawn."""
    monkeypatch.chdir(tmp_path)
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    (odd / os.fsdecode(b"\xff.ndjson")).write_text('{"word":"a\\u0000b\\ud800","drawing":[[[1,200],[3,40]]]}\n' * 2)
    one = pilot(settings=replace(Settings(pause=0.0, speed=500.0), folder=str(odd)))
    one.press(Command.OPEN)
    one.settle()
    assert isinstance(one.state.dialog, FilePanel) and len(one.state.dialog.entries) == 2
    one.program._do((ReadFile(odd / os.fsdecode(b"\xff.ndjson")),))
    one.settle()
    assert isinstance(one.state.dialog, Records)
    one.key("return")
    one.settle()
    assert one.state.category is not None or one.state.sketch.category == "a\0b\ud800"
    one.stroke(HALF_A_CAT[0])
    one.settle()
    one.press(Command.COPY)
    one.settle()


@pytest.mark.parametrize("follows", [True, False])
def test_on_another_display_buttons_are_as_large_as_it_asks(pilot, monkeypatch, follows: bool) -> None:
    """A window that was moved from a laptop's dense display to a projector kept buttons twice as large there."""
    for name in ("GDK_SCALE", "QT_SCALE_FACTOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pygame.display, "get_desktop_sizes", lambda: [(3840, 2160), (1366, 768)])
    p, scales = pilot(size=(1280, 960), settings=Settings(follow_display=follows, ui_scale=1.25)), []
    for display in (0, 1, 2):
        p.post(pygame.WINDOWDISPLAYCHANGED, display_index=display)
        p.step()
        scales.append(p.program.view.layout(p.state).scale)
    assert scales == ([2.0, 1.0, 2.0] if follows else [1.25] * 3), "the third is gone by now"


@pytest.mark.parametrize(("key", "mod", "opened"), [("c", 0, Picker), ("s", pygame.KMOD_LCTRL, FilePanel)])
def test_a_key_that_opens_a_field_and_is_held_on_is_not_typed_in_it(pilot, key: str, mod: int, opened) -> None:
    p = pilot()
    p.stroke(HALF_A_CAT[0])
    p.settle()
    text = "" if mod else key
    p.post(pygame.KEYDOWN, key=ord(key), mod=mod, unicode=text, scancode=0)
    p.step()
    p.settle()
    assert isinstance(p.state.dialog, opened)
    before = p.state.dialog
    for _ in range(3):  # Ctrl may have come up before the letter
        p.post(pygame.KEYDOWN, key=ord(key), mod=0, unicode=key, scancode=0)
        p.post(pygame.TEXTINPUT, text=key)
        p.step()
    assert p.state.dialog == before
    p.post(pygame.KEYUP, key=ord(key), mod=0, unicode=key, scancode=0)
    p.write(key + "a")
    assert key + "a" in (getattr(p.state.dialog, "search", ""), getattr(p.state.dialog, "name", ""))
