"""What goes through the latent code in the window: nine anew with their slider, the way between two drawings."""

from __future__ import annotations

import pygame
import pytest
from fake_engine import FakeEngine
from pilot import Pilot

from sketchrnn.app.commands import Command
from sketchrnn.app.questions import is_enabled
from sketchrnn.app.selection import Selection
from sketchrnn.app.settings import Settings
from sketchrnn.engine.messages import MorphRequest, RedrawRequest
from sketchrnn.window.along import ALONG, CLOSENESS, LARGE
from sketchrnn.window.controls import KNOB, Kind
from sketchrnn.window.overlays import tip_of

CAT = [(150, 300), (150, 180), (190, 230), (260, 230), (300, 180), (300, 300)]
DOT = [(420, 420), (440, 430), (430, 450)]


def pilot_of(**engine) -> Pilot:
    pilot = Pilot(FakeEngine(**engine), (1280, 800), Settings(pause=0.0, speed=500.0)).start()
    for stroke in (CAT, DOT):
        pilot.stroke(stroke)
        pilot.settle()
    pilot.press(Command.ESCAPE)
    return pilot


@pytest.fixture
def pilot():
    one = pilot_of()
    yield one
    one.close()


def control(p: Pilot, name: str):
    return p.program.view.layout(p.state, p.clock()).named(name)


def pixels(p: Pilot, name: str) -> bytes:
    p.step()
    box = control(p, name).box
    return pygame.image.tobytes(p.screen.surface.subsurface((box.x, box.y, box.w, box.h)), "RGB")


def drag(p: Pilot, at: tuple[float, float], to: tuple[float, float]) -> None:
    p.down(at)
    p.move(to, (1, 0, 0))
    p.step()
    p.up(to)
    p.step()


def test_the_closeness_is_dragged_and_a_cell_is_taken(pilot: Pilot) -> None:
    pilot.key("l")
    pilot.settle()
    first = pilot.engine.asked[-1].request
    assert isinstance(first, RedrawRequest) and pilot.state.grid
    shown = pixels(pilot, "ending 5")
    slider = control(pilot, CLOSENESS)
    assert slider.kind is Kind.PAGE_SLIDER
    y = slider.box.bottom - 11
    drag(pilot, (slider.box.centre[0], y), (slider.box.x + 7, y))
    pilot.settle()
    asked = pilot.engine.asked[-1].request
    assert isinstance(asked, RedrawRequest) and asked.closeness == 0.0 and asked.seed == first.seed
    assert pixels(pilot, "ending 5") != shown, "they are others"
    pilot.click("ending 5")
    pilot.settle()
    assert not pilot.state.grid and pilot.state.sketch.note("closeness") == "0"
    pilot.key("z", pygame.KMOD_LCTRL)
    assert len(pilot.state.sketch.strokes) == 2


def test_along_the_row_by_keys_slider_and_pointer_and_the_large_one_is_taken(pilot: Pilot) -> None:
    pilot.program.state = pilot.state.__class__(**{**vars(pilot.state), "selection": Selection((0,))})
    pilot.key("x")
    pilot.settle()
    assert isinstance(pilot.engine.asked[-1].request, MorphRequest)
    shown = [pixels(pilot, LARGE)]
    pilot.key("right")
    assert pilot.state.through is not None and pilot.state.through.at == 1
    shown.append(pixels(pilot, LARGE))
    cell = control(pilot, "ending 7").box
    knob = control(pilot, ALONG).box.bottom - 11
    drag(pilot, (control(pilot, ALONG).box.x + KNOB, knob), (cell.centre[0], knob))
    assert pilot.state.through.at == 6, "the knob stands above the one that is meant"
    shown.append(pixels(pilot, LARGE))
    pilot.move(control(pilot, "ending 3").box.centre)
    shown.append(pixels(pilot, LARGE))
    assert pilot.state.through.at == 6 and len(set(shown)) == 4, "the pointer shows another one large, and no more"
    pilot.click(LARGE)
    pilot.settle()
    assert not pilot.state.grid and pilot.state.sketch.note("between") == "7 of 9"


def test_every_control_is_reached_by_keys_and_enter_takes_one(pilot: Pilot) -> None:
    pilot.program.state = pilot.state.__class__(**{**vars(pilot.state), "selection": Selection((0,))})
    pilot.key("x")
    pilot.settle()
    names = {c.name for c in pilot.program.view.layout(pilot.state, pilot.clock()).controls if c.kind is not Kind.CHIP}
    seen: list[str] = []
    for _ in range(60):
        pilot.key("tab", pygame.KMOD_LCTRL)
        seen.append(pilot.program.pointer.focus)
        if pilot.program.pointer.focus == ALONG:
            pilot.key("right")
            pilot.key("right")
    assert {ALONG, LARGE, *(f"ending {i}" for i in range(1, 10))} <= names & set(seen)
    assert seen.index(LARGE) > seen.index(Command.KEEP.value), "what lies on the page comes after the bars"
    assert pilot.state.through is not None and pilot.state.through.at >= 2
    at = pilot.state.through.at
    pilot.key("escape")
    pilot.key("return")
    pilot.settle()
    assert pilot.state.sketch.note("between") == f"{at + 1} of 9"


def test_selected_strokes_are_offered_both(pilot: Pilot) -> None:
    pilot.program.state = pilot.state.__class__(**{**vars(pilot.state), "selection": Selection((0,))})
    names = [c.name for c in pilot.program.view.layout(pilot.state, pilot.clock()).controls]
    assert {"again selected", "between selected"} <= set(names)
    pilot.program.state = pilot.state.__class__(**{**vars(pilot.state), "selection": Selection((0, 1))})
    pilot.step()
    names = [c.name for c in pilot.program.view.layout(pilot.state, pilot.clock()).controls]
    assert "again selected" in names and "between selected" not in names, "there is no rest"


def test_without_a_code_the_buttons_are_dim_and_say_why() -> None:
    pilot = pilot_of(latent=False)
    try:
        for command in (Command.AGAIN, Command.BETWEEN):
            button = control(pilot, command.value)
            assert not is_enabled(pilot.state, command)
            said = tip_of(button, "no code")
            assert said is not None and "no code" in said[0]
            pilot.click(command.value)
            pilot.settle()
            assert not pilot.state.grid and "no latent code" in pilot.state.toasts[-1].text
    finally:
        pilot.close()
