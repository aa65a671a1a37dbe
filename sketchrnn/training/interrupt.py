"""Ctrl-C as a wish to stop soon, with everything saved."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from sketchrnn.sketch.files import write_nowhere

_HANGUP = getattr(signal, "SIGHUP", None)  # Windows has none
SIGNALS = tuple(number for number in (signal.SIGINT, signal.SIGTERM, _HANGUP) if number is not None)
"""What a person, a job scheduler, or a terminal that is closed asks to stop with."""


class Interrupt:
    """A context in which the first Ctrl-C only sets `asked`; a second one interrupts as usual.

    A closed terminal asks, too, unless that is ignored (nohup); what is said from then on goes nowhere. Outside of the
    main thread nothing is caught: signals go there.
    """

    signals: tuple[signal.Signals, ...] = SIGNALS

    def __init__(self):
        self.asked = False
        self._before: dict[int, Any] = {}
        self._terminals = [number for number in (1, 2) if os.isatty(number)]

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            for number in self.signals:
                if number != _HANGUP or signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def stops_after(self, step: int) -> bool:
        """Whether the step that was just taken is the last one; asked after every step."""
        return self.asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if number == _HANGUP:
            self._leave_terminals()
        elif self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def _leave_terminals(self) -> None:
        # writing to one that is gone fails, and what fails would not be saved
        for number in self._terminals:
            write_nowhere(number)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Ctrl-C is heard when this is over: threads of what it broke off would go on, and fail with their tracebacks."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        signal.raise_signal(signal.SIGINT)


class SharedInterrupt(Interrupt):
    """The same on several hosts: asked on any of them, all stop after the same step.

    jax's own notice of preemption carries the wish: it waits for SIGTERM, tells the others beside the training, and
    names a step that none of them has taken yet. Ctrl-C is turned into that signal.
    """

    signals = (signal.SIGINT,)

    def stops_after(self, step: int) -> bool:
        from jax.experimental import multihost_utils

        return multihost_utils.reached_preemption_sync_point(step)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        super()._ask(number, frame)
        signal.raise_signal(signal.SIGTERM)
