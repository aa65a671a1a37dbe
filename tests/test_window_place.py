"""What the display asks for, and the window's return to where it was."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from sketchrnn.app.settings import UI_SCALES, Settings, from_table, load_settings, settings_file, store_settings
from sketchrnn.window.display import dpi_in, scale_of_display, system_dpi, window_to_return_to
from sketchrnn.window.screen import Screen

HD, UHD = (1920, 1080), (3840, 2160)


@pytest.mark.parametrize(
    "desktop,dpi,environment,scale",
    [
        (HD, None, {}, 1.0),
        ((2560, 1440), None, {}, 1.0),
        ((2560, 1600), None, {}, 1.5),
        (UHD, None, {}, 2.0),
        ((2160, 3840), None, {}, 2.0),
        (UHD, 96.0, {}, 1.0),
        (HD, 120.0, {}, 1.25),
        (HD, 288.0, {}, 3.0),
        (HD, 9999.0, {}, 1.0),
        (HD, 120.0, {"GDK_SCALE": "2"}, 2.0),
        (HD, None, {"QT_SCALE_FACTOR": "1.6"}, 1.5),
        (HD, None, {"GDK_SCALE": "large", "QT_SCALE_FACTOR": "0"}, 1.0),
        (HD, None, {"GDK_SCALE": "1e9"}, UI_SCALES[-1]),
    ],
)
def test_the_scale_is_what_the_display_asks_for(desktop, dpi, environment, scale) -> None:
    assert scale_of_display(desktop, dpi, environment) == scale


def test_the_resolution_is_read_from_the_servers_resources() -> None:
    assert dpi_in("Xcursor.size:\t24\nXft.dpi:\t144\nXft.hinting:\t1\n") == 144
    assert dpi_in("*Xft.dpi: 144\n") is None and dpi_in("Xft.dpi: many\n") is None and dpi_in("") is None


@pytest.mark.parametrize(
    "driver,said,dpi",
    [
        ("x11", "Xft.dpi:\t192\n", 192),
        ("x11", "", None),
        ("wayland", "Xft.dpi:\t192\n", 96),
        ("cocoa", "", 96),
        ("KMSDRM", "", None),
    ],
)
def test_in_a_wayland_session_a_window_of_x11_follows_x11(driver, said, dpi, monkeypatch) -> None:
    """SDL 2 is X11's there by default (libsdl-org/SDL issue 11748), and KDE, for one, does not enlarge such windows but
    says in Xft.dpi how large they are to be: on a 4K display buttons and text were half as large as all others."""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr("subprocess.run", lambda words, **_: subprocess.CompletedProcess(words, 0, said))
    assert system_dpi(driver) == dpi


@pytest.mark.parametrize(
    "window,back",
    [
        ((), None),
        ((10, 20, 800, 600), True),
        ((-700, 0, 800, 600), True),
        ((-790, 0, 800, 600), None),
        ((1900, 20, 800, 600), None),
        ((10, 1070, 800, 600), None),
        ((10, -50, 800, 600), None),
        ((10, 20, 5000, 600), None),
        ((10, 20, 8, 600), None),
        ((1, 2, 3), None),
    ],
)
def test_a_window_comes_back_where_it_is_seen(window, back) -> None:
    assert window_to_return_to(window, [HD]) == (None if back is None else (window[2:], window[:2]))


def test_a_second_display_may_be_gone() -> None:
    assert window_to_return_to((2500, 20, 800, 600), [HD, HD]) and not window_to_return_to((2500, 20, 800, 600), [HD])
    assert window_to_return_to((2500, 20, 800, 600), []) is None


def test_odd_values_for_the_window_are_none() -> None:
    for value in ([1, 2, 3], [1, 2, 3, "4"], "1 2 3 4", 4, [1.0, 2, 3, 4], [True, 2, 3, 4], [10**30, 2, 3, 4]):
        assert from_table({"window": value}) == Settings()
    assert from_table({"window": [1, 2, 300, 400]}).window == (1, 2, 300, 400)


HOST = """
import os, sys, types
sys.path.insert(0, "tests")
from fake_engine import FakeEngine
from sketchrnn.window.run import run
from sketchrnn.window import program, screen
step, turns = program.Program.step, []
def stepped(self, *args, **more):
    turns.append(self)
    print(self.screen.window, self.state.settings.ui_scale, flush=True) if len(turns) == 3 else None
    self.over = self.over or len(turns) > 5
    return step(self, *args, **more)
program.Program.step = stepped
run(FakeEngine, **eval(sys.argv[1]))
"""


def opened(checkout, **arguments) -> str:
    environment = {**os.environ, "SDL_VIDEODRIVER": "dummy", "GDK_SCALE": "2"}
    command = [sys.executable, "-c", HOST, repr(arguments)]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_the_window_is_remembered_but_not_what_was_asked_for_once(checkout) -> None:
    store_settings(replace(Settings(), window=(11, 12, 640, 500)))
    said = opened(checkout, theme="dark")
    assert "640, 500) 2.0" in said
    stored, complaint = load_settings()
    assert complaint is None and stored.window[2:] == (640, 500) and not stored.dark and stored.ui_scale == 1.0
    assert "500, 400) 1.25" in opened(checkout, size=(500, 400), ui_scale=1.25)
    assert load_settings()[0] == stored
    settings_file().write_text("window = [broken")
    opened(checkout)
    assert load_settings()[0].window[2:] != (640, 500) and settings_file().with_suffix(".toml.damaged").exists()


@pytest.mark.parametrize("size,least", [((1000, 700), (320, 240)), ((200, 260), (200, 240))])
def test_the_window_is_not_made_smaller_than_can_be_used_unless_asked_for(size, least, monkeypatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    screen = Screen(size)
    assert screen._window.minimum_size == least and screen.surface.get_size() == size
    screen.close()
