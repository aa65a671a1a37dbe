"""Every control is reached and used by keys alone, and the one that has the focus is seen."""

from __future__ import annotations

import numpy as np
import pygame
import pytest
from fake_engine import FakeEngine
from pilot import Pilot

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Export, Picker
from sketchrnn.app.questions import is_enabled
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import Tool
from sketchrnn.window.layout import Kind

CTRL, SHIFT = pygame.KMOD_LCTRL, pygame.KMOD_LSHIFT
CAT = [(150, 300), (150, 180), (190, 230), (260, 230), (300, 180), (300, 300)]


@pytest.fixture
def pilot():
    one = Pilot(FakeEngine(cut_off=True), (1280, 800), Settings(pause=0.0, speed=500.0)).start()
    yield one
    one.close()


def focus(p: Pilot) -> str:
    return p.program.pointer.focus


def go(p: Pilot, name: str) -> None:
    for _ in range(80):
        if focus(p) == name:
            return
        p.key("tab", CTRL)
    raise AssertionError(f"{name} was not reached")


@pytest.mark.parametrize("grid", [False, True])
def test_every_control_that_works_is_reached_and_comes_round(pilot, grid: bool) -> None:
    pilot.stroke(CAT)
    pilot.settle()
    if grid:
        pilot.press(Command.NINE)
        pilot.settle()
    controls = pilot.program.view.layout(pilot.state, pilot.clock()).controls
    wanted = {c.name for c in controls if not isinstance(c.says, Command) or is_enabled(pilot.state, c.says)}
    assert {c.kind for c in controls} >= {Kind.SLIDER, Kind.INK, Kind.ICON, Kind.CELL if grid else Kind.CHIP}
    seen = []
    for _ in range(len(wanted)):
        pilot.key("tab", CTRL)
        seen.append(focus(pilot))
    assert set(seen) == wanted and len(seen) == len(set(seen))
    pilot.key("tab", CTRL)
    assert focus(pilot) == seen[0]
    pilot.key("tab", CTRL | SHIFT)
    assert focus(pilot) == seen[-1]


def test_enter_and_space_press(pilot) -> None:
    go(pilot, "eraser")
    pilot.key("return")
    assert pilot.state.tool is Tool.ERASER
    go(pilot, "ink teal")
    pilot.post(pygame.KEYDOWN, key=pygame.K_SPACE, mod=0, unicode=" ", scancode=0)
    pilot.step()
    assert pilot.state.settings.ink == "teal" and not pilot.program.pointer.space
    go(pilot, "picker")
    pilot.key("return")
    assert isinstance(pilot.state.dialog, Picker)
    pilot.key("escape")
    assert pilot.state.dialog is None and focus(pilot) == "picker"


@pytest.mark.parametrize("name", ["temperature", "speed", "pause"])
def test_arrows_slide_a_slider_to_both_ends(pilot, name: str) -> None:
    go(pilot, name)
    values = []
    for key in ["left"] * 45 + ["right"] * 45:
        pilot.key(key)
        values.append(getattr(pilot.state.settings, name))
    low, high = {"temperature": (0.01, 1.0), "speed": (5.0, 500.0), "pause": (0.0, 3.0)}[name]
    assert min(values) == pytest.approx(low) and values[-1] == pytest.approx(high)
    rising = np.diff(values[44:])
    assert (rising >= 0).all() and (rising > 0).sum() >= 15


def test_arrows_go_on_and_escape_lets_go(pilot) -> None:
    go(pilot, "pen")
    before = focus(pilot)
    pilot.key("down")
    assert focus(pilot) not in ("", before)
    pilot.key("up")
    assert focus(pilot) == before
    pilot.key("escape")
    assert focus(pilot) == ""
    pilot.key("up")
    assert pilot.state.settings.temperature > 0.25, "without focus an arrow is what it was"


def test_keys_stay_what_they_are_beside_the_focus(pilot) -> None:
    pilot.stroke(CAT)
    pilot.settle()
    go(pilot, "new")
    pilot.key("tab")
    assert len(pilot.state.sketch.strokes) == 4, "Tab keeps"
    pilot.key("e")
    assert pilot.state.tool is Tool.ERASER


def test_a_click_takes_the_ring_away_and_f6_brings_it(pilot) -> None:
    pilot.post(pygame.KEYDOWN, key=pygame.K_F6, mod=0, unicode="", scancode=0)
    pilot.step()
    assert focus(pilot)
    pilot.click("pen")
    assert focus(pilot) == ""


def test_a_dialogs_buttons_are_reached(pilot) -> None:
    pilot.stroke(CAT)
    pilot.settle()
    pilot.press(Command.EXPORT)
    assert isinstance(pilot.state.dialog, Export)
    go(pilot, "choice Cancel")
    pilot.key("return")
    assert pilot.state.dialog is None


def test_the_focus_is_seen(pilot) -> None:
    for dark in (False, True):
        if dark:
            pilot.press(Command.TOGGLE_THEME)
        for name in ("open", "toggle model", "temperature", "ink red", "picker"):
            pilot.key("escape")
            plain = pygame.surfarray.array3d(pilot.screen.surface).astype(int)
            go(pilot, name)
            box = pilot.program.view.layout(pilot.state).named(name).box
            ringed = pygame.surfarray.array3d(pilot.screen.surface).astype(int)
            around = np.zeros(ringed.shape[:2], bool)
            around[max(box.x - 5, 0) : box.right + 5, box.y - 5 : box.bottom + 5] = True
            around[box.x + 2 : box.right - 2, box.y + 2 : box.bottom - 2] = False
            assert ((np.abs(ringed - plain).sum(2) > 100) & around).sum() > box.w, name


def test_arrows_move_along_the_timeline(pilot) -> None:
    pilot.stroke(CAT)
    pilot.settle()
    go(pilot, "timeline")
    for key in ("left", "down", "right", "left"):
        pilot.key(key)
    assert pilot.state.offer.playback.held and pilot.state.offer.playback.base == 22
    go(pilot, "keep here")
    pilot.key("return")
    assert pilot.state.sketch.point_count == len(CAT) + 22
