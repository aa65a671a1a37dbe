"""A pilot: tells a `Program` what a driver would, in pygame's own events, and turns its loop until all is quiet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

os.environ["SDL_VIDEODRIVER"] = "dummy"

import pygame

from sketchrnn.app.commands import COMMANDS, Command
from sketchrnn.app.session import Session
from sketchrnn.app.settings import Settings
from sketchrnn.window.input import takes_text
from sketchrnn.window.program import Program
from sketchrnn.window.screen import Screen

Place = tuple[float, float]
PATIENCE = 120  # seconds; a bound for what hangs, not a measurement

CODES = {
    "tab": pygame.K_TAB,
    "return": pygame.K_RETURN,
    "escape": pygame.K_ESCAPE,
    "delete": pygame.K_DELETE,
    "backspace": pygame.K_BACKSPACE,
    "up": pygame.K_UP,
    "down": pygame.K_DOWN,
    "left": pygame.K_LEFT,
    "right": pygame.K_RIGHT,
    "page up": pygame.K_PAGEUP,
    "page down": pygame.K_PAGEDOWN,
    "f1": pygame.K_F1,
    "f11": pygame.K_F11,
}


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Pilot:
    """Sits before the window. Places are screen px, unless they are said to be of the page.

    Args:
        engine: what the program is given.
        size: of the window.
        settings: of the program; the pause before the model is asked is none by default.
    """

    def __init__(self, engine, size: tuple[int, int] = (1000, 700), settings: Settings | None = None, dialogs=None):
        self.clock = Clock()
        self.engine = engine
        self.screen = Screen(size)
        settings = settings or Settings(pause=0.0, speed=500.0)
        self.program = Program(self.screen, settings, Session(), self.clock, dialogs)
        pygame.event.clear()
        self.frames = 0
        self.step()

    def start(self, open_file: Path | None = None) -> Pilot:
        """The engine is started, and ready."""
        self.program.start(lambda: self.engine, open_file)
        self.settle()
        return self

    @property
    def state(self):
        return self.program.state

    # the loop

    def step(self, seconds: float = 1 / 60) -> None:
        """One turn of the loop, some time later."""
        self.clock.now += seconds
        self.frames += self.program.step(wait=False) is not None

    def settle(self, turns: int = 600) -> None:
        """Turns the loop until nothing happens any more; the test fails if it never comes to rest."""
        quiet = 0
        for _ in range(turns):
            self.step()
            self._await_files()
            quiet = quiet + 1 if self.program.is_quiet() else 0
            if quiet >= 3:
                return
        raise AssertionError(f"never came to rest: {self.state}")

    def until(self, reached: Callable[[], bool], turns: int = 600) -> None:
        """Turns the loop until something is so."""
        for _ in range(turns):
            if reached():
                return
            self.step()
            self._await_files()
        raise AssertionError(f"never came to pass: {self.state}")

    def _await_files(self) -> None:
        """Until those under way are done, for which a disk takes as long as it takes: that costs none of the turns, and
        none of the clock's seconds. What came of them is heard in the next turn."""
        end = time.monotonic() + PATIENCE
        while self.program.files.busy:
            assert time.monotonic() < end, "a file is still under way"
            pygame.time.wait(1)

    # the hand

    def to_screen(self, place: Place) -> Place:
        """Page units to the nearest px, as a mouse has them."""
        x, y = self.state.view.camera.to_screen(*place)
        return round(x), round(y)

    def post(self, kind: int, **what) -> None:
        pygame.event.post(pygame.event.Event(kind, what))

    def down(self, at: Place, button: int = 1) -> None:
        self.post(pygame.MOUSEBUTTONDOWN, pos=at, button=button, touch=False)

    def move(self, at: Place, buttons: tuple[int, int, int] = (0, 0, 0)) -> None:
        self.post(pygame.MOUSEMOTION, pos=at, rel=(0, 0), buttons=buttons, touch=False)

    def up(self, at: Place, button: int = 1) -> None:
        self.post(pygame.MOUSEBUTTONUP, pos=at, button=button, touch=False)

    def stroke(self, places: Iterable[Place], *, lift: bool = True) -> list[Place]:
        """Draws through places of the page; several motions arrive between two frames.

        Returns:
            The places as the mouse had them, page units.
        """
        pixels = [self.to_screen(place) for place in places]
        self.down(pixels[0])
        for i, at in enumerate(pixels[1:]):
            self.move(at, (1, 0, 0))
            if i % 3 == 2:
                self.step()
        if lift:
            self.up(pixels[-1])
        self.step()
        return [self.state.view.camera.to_page(*at) for at in pixels]

    def click(self, name: str) -> None:
        """Presses a control of the window or the open dialog by name."""
        state, view = self.state, self.program.view
        panel = view.panel(state)
        controls = view.layout(state).controls if panel is None else panel.controls
        box = next(control.box for control in controls if control.name == name)
        at = (round(box.centre[0]), round(box.centre[1]))
        self.move(at)
        self.down(at)
        self.up(at)
        self.step()

    # the keyboard

    def key(self, key: str, mod: int = 0, text: str | None = None) -> None:
        """Presses and lets go a key, by its character or name."""
        code = CODES.get(key) or ord(key)
        plain = len(key) == 1 and not mod & (pygame.KMOD_CTRL | pygame.KMOD_META)
        text = (key if plain else "") if text is None else text
        self.post(pygame.KEYDOWN, key=code, mod=mod, unicode=text, scancode=0)
        if text and takes_text(self.state):
            self.post(pygame.TEXTINPUT, text=text)
        self.post(pygame.KEYUP, key=code, mod=mod, unicode=text, scancode=0)
        self.step()

    def press(self, command: Command, which: int = 0) -> None:
        """Presses a command's key, as the table has it."""
        shortcut = COMMANDS[command].keys[which]
        mod = (pygame.KMOD_LCTRL if shortcut.ctrl else 0) | (pygame.KMOD_LSHIFT if shortcut.shift else 0)
        self.key(shortcut.key, mod)

    def write(self, text: str) -> None:
        """Types into a field."""
        for character in text:
            self.key(character)

    def close(self) -> None:
        self.program.close()
        self.screen.close()
