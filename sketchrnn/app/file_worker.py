"""Files beside the frames: a drawing of 5,000 points takes 13 ms to write, a disk that is busy much longer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from sketchrnn.app.effects import Autosave, Effect
from sketchrnn.app.events import Event, Notice


class FileWorker:
    """Does effects one after the other in a thread of its own.

    Who may call what: all methods are called from one thread, the window's; `run` is called in the worker's thread
    alone, so that what it closes over (the session) needs no lock. `submit` and `poll` never wait; `close` waits until
    everything submitted is done.

    Of autosaves that wait in a row only the newest is done: it holds what the others would have saved.

    Args:
        run: does one effect and returns what came of it; an exception of it becomes a `Notice`.
    """

    def __init__(self, run: Callable[[Effect], tuple[Event, ...]]):
        self._run = run
        self._wanted: queue.SimpleQueue[Effect | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._submitted = 0
        self._finished = 0
        self._thread = threading.Thread(target=self._work, name="files", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether something submitted is not done yet; its events may still be to be polled when it no longer is."""
        return self._finished < self._submitted

    def submit(self, effect: Effect) -> None:
        """Have an effect done after those before it."""
        self._submitted += 1
        self._wanted.put(effect)

    def poll(self) -> list[Event]:
        """What came of what has been done since the last call."""
        events = []
        while True:
            try:
                events.append(self._events.get_nowait())
            except queue.Empty:
                return events

    def close(self, timeout: float | None = None) -> bool:
        """Finish what was submitted and stop.

        Args:
            timeout: seconds to wait at most; None for as long as it takes.

        Returns:
            Whether all is done.
        """
        self._wanted.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        effect = self._wanted.get()
        while effect is not None:
            waiting = self._one_waiting() if isinstance(effect, Autosave) else ()
            if not any(isinstance(following, Autosave) for following in waiting):
                self._do(effect)
            self._finished += 1
            effect = waiting[0] if waiting else self._wanted.get()

    def _one_waiting(self) -> tuple[Effect | None, ...]:
        # the next thing wanted; none where nothing waits
        try:
            return (self._wanted.get_nowait(),)
        except queue.Empty:
            return ()

    def _do(self, effect: Effect) -> None:
        try:
            events = self._run(effect)
        except Exception as error:  # the thread has to live on: the next autosave needs it
            events = (Notice(f"{type(effect).__name__} went wrong: {' '.join(str(error).split())}", error=True),)
        for event in events:
            self._events.put(event)
