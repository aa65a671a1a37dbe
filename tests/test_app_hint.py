"""The hint of the first run: there beside the first completion, gone when one is kept or after a while, for good."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_driver import Driver

from sketchrnn.app.commands import Command
from sketchrnn.app.effects import StoreSettings
from sketchrnn.app.questions import next_wake, shows_hint
from sketchrnn.app.settings import Settings, load_settings, settings_file, store_settings
from sketchrnn.app.state import AppState
from sketchrnn.app.update_view import HINT_SECONDS


def begun(**settings) -> Driver:
    driver = Driver(AppState(settings=replace(Settings(pause=0.0, speed=500.0), **settings)))
    driver.wait(0.2)
    assert not shows_hint(driver.state)
    driver.draw((100, 100), (200, 200))
    driver.wait(1.0)
    return driver


def test_only_a_first_run_is_welcomed() -> None:
    assert not load_settings()[0].welcomed
    store_settings(Settings())
    assert load_settings()[0].welcomed
    settings_file().write_text("dark = true\n")
    assert load_settings()[0].welcomed
    assert not shows_hint(begun().state)


@pytest.mark.parametrize("command", [Command.KEEP, Command.KEEP_STROKE])
def test_it_goes_when_something_is_kept_and_stays_away(command: Command) -> None:
    driver = begun(welcomed=False)
    assert shows_hint(driver.state)
    driver.do(command)
    driver.wait(2.0)
    assert not shows_hint(driver.state) and driver.took(StoreSettings)[-1].settings.welcomed
    driver.do(Command.ANOTHER)
    driver.wait(1.0)
    assert driver.state.offer is not None and not shows_hint(driver.state)


def test_it_goes_by_itself_and_the_window_wakes_for_it() -> None:
    driver = begun(welcomed=False)
    wake = next_wake(driver.state, driver.now)
    assert wake is not None and 0 < wake < HINT_SECONDS
    driver.wait(HINT_SECONDS)
    assert driver.state.offer is not None and not shows_hint(driver.state) and driver.state.settings.welcomed


def test_drawing_on_brings_it_back_beside_the_next_completion() -> None:
    driver = begun(welcomed=False)
    driver.draw((300, 100), (200, 200))
    assert not shows_hint(driver.state)
    driver.wait(1.0)
    assert shows_hint(driver.state)
