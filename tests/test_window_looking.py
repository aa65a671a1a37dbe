"""Guesses as chips, the ghost and the heat map in the real loop: pressed, seen in pixels, gone when the pen is down."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pygame
import pytest
from fake_engine import FakeEngine
from pilot import Pilot

from sketchrnn.app.commands import Command
from sketchrnn.app.questions import shown_ghost, shown_heat
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import Camera
from sketchrnn.engine.messages import Heat
from sketchrnn.window.heat import BANDS, FAINTEST, FINER, heat_ground, strength
from sketchrnn.window.theme import DARK, LIGHT

STROKE = [(60, 60), (160, 60), (160, 110)]


@pytest.fixture(params=["light", "dark"])
def pilot(request) -> Iterator[Pilot]:
    settings = Settings(pause=3.0, ghost=True, heat=True, ink_width=8.0, dark=request.param == "dark")
    one = Pilot(FakeEngine(), settings=settings).start()
    yield one
    one.close()


def colour_at(pilot: Pilot, place: tuple[float, float]) -> np.ndarray:
    return np.array(pilot.screen.surface.get_at(pilot.to_screen(place))[:3])


def seen(pilot: Pilot) -> None:
    pilot.until(lambda: pilot.state.sight is not None and pilot.state.looking is None)
    pilot.step()


def test_the_chips_come_before_the_pause_is_over_and_a_click_fixes_one(pilot) -> None:
    pilot.stroke(STROKE)
    seen(pilot)
    assert pilot.engine.asked == []
    where = pilot.program.view.layout(pilot.state)
    assert [c.label for c in where.controls if c.name.startswith("guess ")] == ["cat 70 %", "dog 20 %", "pig 10 %"]
    pilot.click("guess dog")
    assert pilot.state.category == "dog"
    pilot.until(lambda: bool(pilot.engine.asked))
    assert pilot.engine.asked[-1].request.category == "dog"
    pilot.click(Command.AUTO_CATEGORY.value)
    assert pilot.state.category is None
    pilot.press(Command.TAKE_GUESS)
    assert pilot.state.category == "cat"
    pilot.press(Command.AUTO_CATEGORY)
    assert pilot.state.category is None


def test_ghost_and_map_are_seen_until_the_pen_comes_down(pilot) -> None:
    pilot.stroke(STROKE)
    plain = {place: colour_at(pilot, place) for place in ((300, 200), (300, 400), (220, 170))}
    seen(pilot)
    ghost = shown_ghost(pilot.state)
    assert ghost[1, :2] == pytest.approx([220, 170], abs=1) and shown_heat(pilot.state) is not None
    hot, cold, on_ghost = (colour_at(pilot, place).astype(int) - plain[place] for place in plain)
    assert hot[0] - hot[2] > 25, "the second of four rows of cells, 150 to 300, is hot: warmer than paper"
    assert np.abs(cold).max() < 3
    # the ghost's line through a hot cell is bluer than what is beside it
    beside = colour_at(pilot, (220, 200)).astype(int)
    assert colour_at(pilot, (220, 170))[2] - beside[2] > 25 and np.abs(on_ghost).max() > 25
    pilot.stroke([(20, 20), (40, 20)], lift=False)
    assert all(np.abs(colour_at(pilot, place).astype(int) - plain[place]).max() < 3 for place in plain)


def test_both_are_turned_off_and_on_by_their_buttons(pilot) -> None:
    for command, name in ((Command.TOGGLE_GHOST, "ghost"), (Command.TOGGLE_HEAT, "heat")):
        for on in (False, True):
            pilot.click(command.value)
            assert getattr(pilot.state.settings, name) is on


def test_ink_on_the_map_stays_ink(pilot) -> None:
    theme = DARK if pilot.state.settings.dark else LIGHT
    pilot.stroke([(100, 220), (500, 220)])
    seen(pilot)
    assert np.abs(colour_at(pilot, (300, 220)).astype(int) - theme.ink).max() < 12


def heat(share: np.ndarray, finished: float = 0.0) -> Heat:
    return Heat((0.0, 0.0), 10.0, share.astype(np.float32), finished)


@pytest.mark.parametrize("spread", [1.5, 6.0])
def test_the_bands_hold_the_shares_that_they_say(spread: float) -> None:
    y, x = np.mgrid[:80, :80]
    share = np.exp(-((x - 40) ** 2 + (y - 30) ** 2) / (2 * spread**2))
    share /= share.sum()
    tint, fine = strength(heat(share)), np.repeat(np.repeat(share, FINER, 0), FINER, 1) / FINER**2
    assert tint.shape == (80 * FINER, 80 * FINER)
    for held, part in BANDS:
        # half a cell more or less at the edge
        assert fine[tint >= part].sum() == pytest.approx(held, abs=0.1)
        radius = spread * np.sqrt(-2 * np.log(1 - held))
        assert (tint >= part).sum() / FINER**2 == pytest.approx(np.pi * radius**2, rel=0.3, abs=4)


def test_a_map_of_what_is_likeliest_done_is_faint() -> None:
    share = np.zeros((8, 8))
    share[3, 3] = 1
    sure, done = strength(heat(share)).max(), strength(heat(share, finished=1.0)).max()
    assert done == pytest.approx(FAINTEST * sure) and sure == BANDS[-1][1]


@pytest.mark.parametrize("shape", [(1, 1), (1, 80), (80, 2)])
def test_maps_of_any_shape_and_without_any_chance(shape: tuple[int, int]) -> None:
    assert not strength(heat(np.zeros(shape))).any()
    assert strength(heat(np.full(shape, 1 / np.prod(shape)))).any()


@pytest.mark.parametrize("camera", [Camera(), Camera(40.0, (-16000, -16000)), Camera(0.05), Camera(1, (9e7, -9e7))])
def test_the_map_is_painted_at_every_zoom(camera: Camera) -> None:
    share = np.full((80, 80), 1 / 6400)
    ground = heat_ground(heat(share), camera, LIGHT, (300, 200))
    pixels = pygame.surfarray.array3d(ground)
    left, top = camera.to_screen(0, 0)
    inside = 0 <= 150 - left < 800 * camera.zoom and 0 <= 100 - top < 800 * camera.zoom
    assert (pixels[150, 100] != LIGHT.paper).any() == inside
