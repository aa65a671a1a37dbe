"""The real program in a real window: Xvfb shows it, xdotool moves the pointer and types, and a fake engine answers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pygame
import pytest

from sketchrnn.app.session import autosave_folder
from sketchrnn.sketch.svg import read_svg

pytestmark = pytest.mark.display

NEEDED = ("Xvfb", "xdotool")
SIZE = (1000, 700)
PATIENCE = 60.0  # seconds that a loaded machine has for what takes one
# the whole program by its own entry; only what starts the model is another, and it tells that it takes text
HOST = """
import pathlib, sys, types
sys.path.insert(0, "tests")
from fake_engine import FakeEngine
sys.modules["sketchrnn.engine.worker"] = types.SimpleNamespace(start_worker=lambda bundle: FakeEngine())
from sketchrnn.window.screen import Screen
take_text = Screen.take_text
def telling(screen, typing):
    take_text(screen, typing)
    if typing:
        pathlib.Path.home().joinpath("takes text").touch()
Screen.take_text = telling
from sketchrnn.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
# the window alone: how large the X server and the program take it to be, as opened, filling the screen, and back
SCREEN = """
import subprocess, time
from sketchrnn.window.screen import Screen
import pygame
screen = Screen((1000, 700))
def sizes():
    pygame.event.get()
    pygame.display.flip()
    window = str(pygame.display.get_wm_info()["window"])
    said = subprocess.run(["xdotool", "getwindowgeometry", "--shell", window], capture_output=True, text=True).stdout
    shown = dict(line.split("=") for line in said.split())
    return screen.surface.get_size(), (int(shown["WIDTH"]), int(shown["HEIGHT"]))
for full, size in ((None, (1000, 700)), (True, (1100, 800)), (False, (1000, 700))):
    if full is not None:
        screen.fill_screen(full)
    end = time.monotonic() + PATIENCE
    # without a window manager the server's own idea of it does not change
    while not (sizes()[0] == size and (full or sizes()[1] == size)) and time.monotonic() < end:
        time.sleep(0.02)
    for _ in range(10):  # so it stays
        sizes()
    print(*sizes())
"""
WAY = [(300, 420), (300, 250), (345, 300), (420, 300), (470, 250), (470, 420)]  # px of the window


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1100x800x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as number:
        name = f":{number.readline().strip()}"
    if name == ":":
        server.wait()
        pytest.skip("Xvfb is installed, but does not start")
    yield name
    server.terminate()
    server.wait()


class Window:
    """The program as a process, and the desk before it."""

    def __init__(self, display: str, folder: Path):
        self.log, self.folder = folder / "frames.log", folder
        self.environment = {**os.environ, "DISPLAY": display, "HOME": str(folder)}
        self.environment.pop("SDL_VIDEODRIVER", None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOST, "draw", "--size", "1000x700", "--frame-log", str(self.log)],
            cwd=Path(__file__).resolve().parent.parent,
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.until(lambda: self.frames() and self.frames()[-1][4] == "ready")
        shell = self.desk("getwindowfocus", "getwindowgeometry", "--shell")
        values = dict(line.split("=") for line in shell.split())
        self.corner = int(values["X"]), int(values["Y"])

    def desk(self, *words: object) -> str:
        """One call of xdotool."""
        command = ["xdotool", *map(str, words)]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout

    def draw(self, way) -> None:
        places = [(x + self.corner[0], y + self.corner[1]) for x, y in way]
        self.desk("mousemove", *places[0], "mousedown", 1)
        for place in places[1:]:
            self.desk("mousemove", *place)
        self.says("drawing")
        self.desk("mouseup", 1)

    def frames(self) -> list[list[str]]:
        lines = self.log.read_text().splitlines()[1:] if self.log.exists() else []
        return [line.split("\t") for line in lines if line.count("\t") == 4]

    def until(self, reached: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not reached():
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < end, self.frames()[-3:]
            time.sleep(0.05)

    def says(self, state: str) -> None:
        """Waits until that is what goes on."""
        self.until(lambda: self.frames()[-1][3] == state)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.process.stderr.close()
        return code


@pytest.fixture
def window(display, tmp_path) -> Iterator[Window]:
    shown = Window(display, tmp_path)
    yield shown
    if shown.process.poll() is None:
        shown.end(signal.SIGKILL)


def test_half_a_cat_is_drawn_finished_kept_and_saved(window, tmp_path) -> None:
    window.draw(WAY)
    window.says("offered")
    assert {"drawing", "animating"} <= {frame[3] for frame in window.frames()}
    window.desk("key", "Tab")
    window.says("idle")
    window.desk("key", "ctrl+s")
    window.until((tmp_path / "takes text").exists)
    window.desk("key", *["BackSpace"] * 20)
    window.desk("type", "--delay", 20, str(tmp_path / "cat"))
    window.desk("key", "Return")
    path = tmp_path / "cat.svg"
    window.until(path.exists)
    sketch = read_svg(path.read_bytes(), path)
    assert [stroke.author for stroke in sketch.strokes] == ["hand", "model", "model", "model"]
    drawn = sketch.strokes[0].points
    # page units are px, moved and scaled: the same shape
    zoom = np.ptp(np.array(WAY)[:, 0]) / np.ptp(drawn[:, 0])
    moved = (drawn - drawn[0]) * zoom + WAY[0]
    assert np.abs(moved[-1] - WAY[-1]).max() < 1.5
    for corner in WAY:
        assert np.abs(moved - corner).max(1).min() < 1.5
    assert window.end() == 128 + signal.SIGTERM


def test_the_window_shows_what_is_drawn(window, tmp_path) -> None:
    window.draw(WAY)
    window.says("offered")
    assert window.end(signal.SIGINT) == 128 + signal.SIGINT
    again = subprocess.run(
        [sys.executable, "-c", HOST, "draw", *_autosaved(), "--size", "1000x700", "--screenshot", tmp_path / "w.png"],
        cwd=Path(__file__).resolve().parent.parent,
        env=window.environment,
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stderr
    picture = pygame.image.load(str(tmp_path / "w.png"))
    assert picture.get_size() == SIZE
    for x, y in WAY:
        assert min(sum(picture.get_at((x + dx, y + dy))[:3]) for dx in (-1, 0, 1) for dy in (-1, 0, 1)) < 380


def test_a_killed_program_has_lost_nothing(window) -> None:
    window.draw(WAY)
    window.says("offered")
    window.until(_autosaved)
    window.end(signal.SIGKILL)
    (path,) = _autosaved()
    assert len(read_svg(path.read_bytes(), path).strokes) == 1


def test_full_screen_and_back_leaves_the_window_as_it_was(display) -> None:
    environment = {**os.environ, "DISPLAY": display}
    environment.pop("SDL_VIDEODRIVER", None)
    command = [sys.executable, "-W", "error", "-c", f"PATIENCE = {PATIENCE}\n{SCREEN}"]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    opened, full, back = done.stdout.splitlines()[-3:]
    assert opened == back == f"{SIZE} {SIZE}"
    assert full.startswith("(1100, 800) ")


def _autosaved() -> list[Path]:
    return sorted(autosave_folder().glob("drawing *.svg"))
