"""`run`: opens the window, and stays until it is closed."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import pygame

from sketchrnn.app.events import Notice
from sketchrnn.app.settings import Settings, Window, load_settings, store_settings
from sketchrnn.app.state import EngineStatus
from sketchrnn.errors import SketchRNNError
from sketchrnn.sketch.raster import write_png
from sketchrnn.window.program import EngineFactory, Frame, Program
from sketchrnn.window.screen import Screen, suiting_scale
from sketchrnn.window.system_dialog import Dialogs, desktop

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LOG_HEADER = "seconds\twork_ms\tframe_ms\tstate\tengine\n"


def run(
    engine_factory: EngineFactory,
    *,
    open_file: Path | None = None,
    frame_log: Path | None = None,
    size: tuple[int, int] | None = None,
    ui_scale: float | None = None,
    theme: str | None = None,
    screenshot: Path | None = None,
) -> int:
    """Opens the window and stays until it is closed.

    The window is on the screen before the engine is started; this process never imports jax.

    Args:
        engine_factory: starts the engine; `engine.worker.start_worker`, or a fake.
        open_file: a drawing to begin with.
        frame_log: a file that gets one line per frame shown: seconds since the start, ms from the wake-up to the flip,
            ms since the flip before (or the wake-up after a rest), what went on, and the engine's status.
        size: of the window, px.
        ui_scale, theme: instead of those remembered; "light" or "dark".
        screenshot: write a PNG of the window when all has come to rest, and leave.

    Returns:
        The exit code: 0, or 128 and the signal's number where a signal ended it (the autosave stays).

    Raises:
        SketchRNNError: there is no display, or the frame log or the picture cannot be written.
    """
    started = time.perf_counter()  # the program's clock
    settings, complaint = load_settings()
    with _stopped_by_signals() as caught, _log(frame_log) as log:
        screen = Screen(size, settings.window)
        if settings.follow_display:
            settings = replace(settings, ui_scale=suiting_scale())
        asks = desktop()
        dialogs = None if asks is None else Dialogs(asks)
        program = Program(screen, _with(settings, ui_scale, theme), dialogs=dialogs)
        try:
            _note(log, program.step(wait=False), started)
            program.start(engine_factory, open_file)
            if complaint is not None:
                program.say(Notice(complaint, error=True))
            _loop(program, caught, log, started, screenshot)
        finally:
            window = screen.window
            program.close()
            screen.close()
            if size is None and screenshot is None:
                _remember_window(window)
    return 128 + caught[0] if caught else 0


def _loop(program: Program, caught: list[int], log: TextIO | None, started: float, screenshot: Path | None) -> None:
    while not program.over and not caught:
        _note(log, program.step(), started)
        if screenshot is not None and program.is_quiet() and program.state.engine.status is not EngineStatus.LOADING:
            program.step(wait=False)
            write_png(screenshot, pygame.surfarray.array3d(program.screen.surface).swapaxes(0, 1))
            return


def _remember_window(window: Window) -> None:
    # the file as it is now: what was asked for on the command line is for this run alone
    stored, _ = load_settings()
    if window and window != stored.window:
        with contextlib.suppress(SketchRNNError):  # it was said when the settings were stored
            store_settings(replace(stored, window=window))


def _with(settings: Settings, ui_scale: float | None, theme: str | None) -> Settings:
    if ui_scale is not None:
        settings = replace(settings, ui_scale=ui_scale, follow_display=False)
    return settings if theme is None else replace(settings, dark=theme == "dark")


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[list[int]]:
    """While it lasts, signals that end a program are only noted."""
    caught: list[int] = []
    before = {number: signal.signal(number, lambda number, _: caught.append(number)) for number in SIGNALS}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _log(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    try:
        stream = open(path, "w", encoding="utf-8", buffering=1)  # line by line: it can be read while it grows
    except OSError as error:
        raise SketchRNNError(f"cannot be written: {error.strerror or error}", file=path) from error
    with stream:
        stream.write(LOG_HEADER)
        yield stream


def _note(log: TextIO | None, frame: Frame | None, started: float) -> None:
    if log is not None and frame is not None:
        times = f"{frame.at - started:.4f}\t{1000 * frame.work:.2f}\t{1000 * frame.interval:.2f}"
        log.write(f"{times}\t{frame.name}\t{frame.engine}\n")
