"""How pictures follow each other while a completion is drawn, on a clock that only sleep and painting turn on."""

from __future__ import annotations

import pygame
import pytest

from sketchrnn.app.events import PenDown, PenMove, PenUp
from sketchrnn.app.session import Session
from sketchrnn.app.settings import Settings
from sketchrnn.benchmarks.frames import STROKE, Feed
from sketchrnn.window import program as program_module
from sketchrnn.window.program import QUIET_POLL, SLOT, Program
from sketchrnn.window.screen import Screen
from sketchrnn.window.view import View

GLANCE = 1e-5  # seconds that looking at the clock takes
OVERSLEPT = 3e-4  # seconds that a sleep takes longer than it was told to


class Clock:
    """Seconds; every look takes a moment, so that waiting awake ends."""

    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        self.now += GLANCE
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds + OVERSLEPT

    def work(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(program_module.time, "sleep", clock.sleep)
    return clock


def frames(clock: Clock, folder, monkeypatch, paints: list[float]) -> list:
    """Those of a completion whose pictures take so many seconds in turn, from the first on."""
    drawn = iter(paints * 100)
    screen = Screen((800, 600))
    program = Program(screen, Settings(pause=0.0, speed=60.0), Session(folder), clock=clock)
    try:
        program.step(wait=False)
        program.start(Feed)
        for event in (PenDown(STROKE[0]), PenMove(tuple(STROKE[1:])), PenUp()):
            program.say(event)
        while program.state.offer is None:
            program.step()
        monkeypatch.setattr(View, "draw", lambda *_, **__: clock.work(next(drawn)))
        shown = [program.step() for _ in range(60)]
    finally:
        program.close()
        screen.close()
    assert all(frame is not None and frame.name == "animating" for frame in shown)
    return [frame for frame in shown if frame is not None]


def test_pictures_come_evenly_however_long_each_takes(clock, tmp_path, monkeypatch) -> None:
    shown = frames(clock, tmp_path, monkeypatch, [0.003, 0.013, 0.004, 0.012, 0.002])
    assert [frame.interval for frame in shown[2:]] == pytest.approx([SLOT] * 58, abs=20 * GLANCE)


def test_one_that_takes_too_long_delays_only_itself(clock, tmp_path, monkeypatch) -> None:
    shown = frames(clock, tmp_path, monkeypatch, [0.003, 0.004, 0.025, 0.003, 0.015])
    intervals = [frame.interval for frame in shown[2:]]
    late = [interval for interval in intervals if interval > SLOT + 20 * GLANCE]
    assert len(late) == 12 and late == pytest.approx([0.025] * 12, abs=2 * OVERSLEPT)
    assert all(interval == pytest.approx(SLOT, abs=20 * GLANCE) for interval in intervals if interval not in late)


@pytest.mark.parametrize("by", ["mouse", "finger"])
def test_a_control_that_is_held_still_lets_the_program_sleep(clock, tmp_path, by: str) -> None:
    screen = Screen((800, 600))
    program = Program(screen, Settings(model_on=False), Session(tmp_path), clock=clock)
    try:
        program.step(wait=False)
        program.start(Feed)
        while not program.is_quiet():
            program.step()
        x, y = map(round, program.view.layout(program.state).named("undo").box.centre)
        if by == "mouse":
            pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=(x, y), button=1, touch=False))
        else:
            pygame.event.post(pygame.event.Event(pygame.FINGERDOWN, touch_id=1, finger_id=1, x=x / 800, y=y / 600))
        program.step()
        assert program.pointer.held == "undo"
        program.step()
        begun = clock.now
        for _ in range(8):
            assert program.step() is None
        assert clock.now - begun >= 7 * QUIET_POLL
    finally:
        program.close()
        screen.close()
