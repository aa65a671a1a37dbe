"""Selected strokes in the window: carried and scaled as a picture they are where they will be, and cursors say what a
press does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest

from sketchrnn.app.events import PenDown, PenMove
from sketchrnn.app.selection import Selection, handles_of, selected_box
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import AppState, Camera, EngineState, EngineStatus, Sight, Tool, View
from sketchrnn.engine.messages import Heat, LookRequest
from sketchrnn.sketch.selecting import Transform
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.window import ink, picked
from sketchrnn.window.chosen import outline
from sketchrnn.window.layout import canvas_of
from sketchrnn.window.painting import COARSE, Line, paint_all
from sketchrnn.window.picked import MovedStrokes, Tints, cursor_of, on_screen, tint_colour, tints
from sketchrnn.window.theme import DARK, LIGHT
from sketchrnn.window.view import View as ScreenView
from tests.test_app_select import click, drawn

SIZE = (300, 240)


def a_line() -> Line:
    turn = np.linspace(0, 5, 60)
    return Line(np.stack([80 + 40 * np.cos(turn), 90 + 50 * np.sin(turn)], axis=1), LIGHT.ink, 3.0)


def shown(few: int, transform: Transform, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    monkeypatch.setattr(picked, "FEW", few)
    surface = pygame.Surface(SIZE)
    surface.fill(LIGHT.paper)
    MovedStrokes().draw(surface, [a_line()], transform, LIGHT, "key")
    return pygame.surfarray.array3d(surface).astype(int)


@pytest.mark.parametrize(
    "points, widths",
    [
        ([(100, 100), (140, 60), (200, 60), (240, 100), (230, 180), (110, 180), (100, 100)], None),
        ([(60, 180), (120, 80), (190, 80), (250, 180)], None),
        ([(80, 120), (220, 121)], [6.0, 5.0]),
        ([(80, 120), (220, 121)], [0.2, 0.3]),
    ],
    ids=["house", "arch", "wide", "thin"],
)
def test_strokes_that_are_moved_are_whole(points, widths) -> None:
    """Where a curve is beyond its points, too: carried to nowhere they are what is painted in their place."""
    line = Line(np.array(points, float), LIGHT.ink, 3.0, None if widths is None else np.array(widths))
    moved, painted = pygame.Surface(SIZE), pygame.Surface(SIZE)
    for surface in (moved, painted):
        surface.fill(LIGHT.paper)
    MovedStrokes().draw(moved, [line], Transform(), LIGHT, "key")
    paint_all(painted, tints([line], LIGHT), oversize=COARSE)
    paint_all(painted, [line])
    apart = np.subtract(*(pygame.surfarray.array3d(surface).astype(int) for surface in (moved, painted)))
    assert np.abs(apart).max() < 40


@pytest.mark.parametrize(
    "transform",
    [
        Transform(scale=(1.5, 1.5), about=(40, 40)),
        Transform(scale=(0.4, 0.4), about=(120, 140)),
        Transform(scale=(1.0, 1.4), about=(0, 40)),
    ],
    ids=["larger", "smaller", "taller"],
)
def test_a_scaled_picture_is_where_the_strokes_will_be(transform: Transform, monkeypatch: pytest.MonkeyPatch) -> None:
    exact, picture = shown(10**6, transform, monkeypatch), shown(0, transform, monkeypatch)
    paper = np.array(LIGHT.paper)
    where = [np.argwhere((np.abs(image - paper) > 60).any(2)) for image in (exact, picture)]
    for one, two in zip(*[(w.min(0), w.max(0), w.mean(0)) for w in where], strict=True):
        assert np.abs(one - two).max() <= 3
    assert picture.min(2).max() <= max(LIGHT.paper), "edges fade to paper"


def test_a_moved_picture_is_the_same_at_another_place(monkeypatch: pytest.MonkeyPatch) -> None:
    still = shown(0, Transform(), monkeypatch)
    moved = shown(0, Transform(by=(30, 12)), monkeypatch)
    assert np.array_equal(moved[30:, 12:], still[:-30, :-12])


@pytest.mark.parametrize("scale", [(1e-3, 1e-3), (20, 20), (20, 1e-3)])
def test_however_it_is_scaled_there_is_a_picture(scale, monkeypatch: pytest.MonkeyPatch) -> None:
    for few in (0, 10**6):
        assert np.isfinite(shown(few, Transform(scale=scale, about=(9, 9)), monkeypatch)).all()


def test_a_transform_of_the_page_is_one_of_the_screen() -> None:
    camera, transform = Camera(2.0, (7.0, -3.0)), Transform((5, 6), (3, 0.5), (10, 20))
    points = np.array([[1, 2], [30, 40]])
    expected = transform.of(points) * 2 + camera.offset
    assert np.allclose(on_screen(transform, camera).of(points * 2 + camera.offset), expected)


def test_the_frame_and_its_handles_follow_the_gesture() -> None:
    driver = drawn()
    assert outline(driver.state) is None
    click(driver, (35, 35))
    (corner, _), handles = outline(driver.state)
    assert len(handles) == 8 and corner == min(handles)
    driver.do(PenDown((30, 60)), PenMove(((130, 60),)))
    (moved, _), _ = outline(driver.state)
    zoom = driver.state.view.camera.zoom
    assert moved == pytest.approx((corner[0] + 100 * zoom, corner[1]))


def test_the_cursor_says_what_a_press_does() -> None:
    driver = drawn()
    assert cursor_of(AppState(), (5, 5)) == pygame.SYSTEM_CURSOR_CROSSHAIR
    click(driver, (35, 35))
    state = driver.state
    assert cursor_of(state, (300, 300)) == pygame.SYSTEM_CURSOR_CROSSHAIR
    assert cursor_of(state, (30, 60)) == pygame.SYSTEM_CURSOR_SIZEALL
    names = {name: cursor_of(state, at) for name, at in handles_of(state, selected_box(state)).items()}
    assert names["nw"] == names["se"] != names["ne"] and len(set(names.values())) == 4
    assert cursor_of(replace(state, tool=Tool.PEN), (30, 60)) == pygame.SYSTEM_CURSOR_CROSSHAIR


def page_of(dark: bool) -> AppState:
    box = canvas_of((640, 480), 1.0)
    turn = np.linspace(0, 6, 50)
    strokes = [Stroke(np.stack([200 + 20 * i + 90 * np.cos(turn), 180 + 80 * np.sin(turn)], axis=1)) for i in range(5)]
    view = View((640, 480), (box.x, box.y, box.w, box.h), Camera(1.0, (60, 60)))
    map_ = Heat((0, 0), 100.0, np.full((4, 4), 1 / 16, np.float32), 0)
    sight = Sight(LookRequest(Sketch(strokes), heat=True), heat=map_)
    return AppState(
        sketch=Sketch(strokes),
        view=view,
        settings=Settings(dark=dark),
        engine=EngineState(EngineStatus.READY),
        sight=sight,
    )


@pytest.mark.parametrize("dark", [False, True])
def test_neither_selecting_nor_the_heat_map_paints_the_page_again(dark: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, surface, painted = ScreenView(), pygame.Surface((640, 480)), []
    plain = page_of(dark)
    looks.draw(surface, plain, 0.0)
    for name in ("paint", "paint_all"):
        monkeypatch.setattr(ink, name, lambda *args: painted.append(args))
    before = pygame.surfarray.array3d(surface).astype(int)
    hot = replace(plain, settings=replace(plain.settings, heat=True))
    for state in (replace(plain, selection=Selection((1, 3))), hot, plain):
        looks.draw(surface, state, 0.0)
        changed = np.abs(pygame.surfarray.array3d(surface).astype(int) - before).max(2) > 20
        assert changed.any() == (state is not plain)
    assert painted == []


def test_a_stroke_that_goes_takes_only_its_own_place_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    turn, size = np.linspace(0, 6, 30), (600, 200)
    arcs = [np.stack([60 + 100 * i + 30 * np.cos(turn), 90 + 40 * np.sin(turn)], axis=1) for i in range(5)]
    lines = [Line(arc, LIGHT.ink, 3.0) for arc in arcs]
    picture, painted = ink.InkPicture(), []
    picture.show(lines, size, LIGHT.paper)
    paint, paint_all = ink.paint, ink.paint_all
    monkeypatch.setattr(ink, "paint", lambda *args: painted.append(args[1]) or paint(*args))
    monkeypatch.setattr(ink, "paint_all", lambda *args: painted.extend(args[1]) or paint_all(*args))
    shown = picture.show([lines[0], *lines[2:]], size, LIGHT.paper)
    assert lines[3] not in painted and lines[0] not in painted
    fresh = ink.InkPicture().show([lines[0], *lines[2:]], size, LIGHT.paper)
    assert np.array_equal(pygame.surfarray.array3d(shown), pygame.surfarray.array3d(fresh))


@pytest.mark.parametrize("points", [[[40, 40]], [[40, 40], [40, 40]], [[-900, 40], [900, 41]]])
@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_a_tint_lies_around_the_ink_and_not_on_it(points, look) -> None:
    line = Line(np.array(points, float), look.ink, 6.0)
    page = ink.InkPicture().show([line], SIZE, look.paper).copy()
    Tints().draw(page, [line], look)
    assert page.get_at((40, 40))[:3] == look.ink, "ink stays"
    assert np.abs(np.array(page.get_at((40, 45))[:3]) - tint_colour(look)).max() < 12, "beside it lies the tint"
    assert page.get_at((40, 60))[:3] == look.paper
