"""Ctrl-C as a wish to stop soon, with everything saved."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What a person, or a job scheduler, asks to stop with."""


class Interrupt:
    """A context in which the first Ctrl-C only sets `asked`; a second one interrupts as usual.

    Outside of the main thread nothing is caught: signals go there.
    """

    signals: tuple[signal.Signals, ...] = SIGNALS

    def __init__(self):
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in self.signals}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def stops_after(self, step: int) -> bool:
        """Whether the step that was just taken is the last one; asked after every step."""
        return self.asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


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
