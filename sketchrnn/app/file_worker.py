"""Files beside the frames: a drawing of 5,000 points takes 13 ms to write, a data set that is opened takes seconds."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from sketchrnn.app.effects import Autosave, Effect, EndAutosave, ReadFile, SetAsideLost, WriteFile
from sketchrnn.app.events import Event, FileFailed, Notice

_OF_THE_AUTOSAVE = (Autosave, EndAutosave, SetAsideLost)

_Run = Callable[[Effect], tuple[Event, ...]]


class FileWorker:
    """Does effects in two threads: the autosave's one after the other, and all others one after the other.

    So a stroke is never saved late because a large file is being read, or because a folder lies on a slow network.

    Who may call what: all methods are called from one thread, the window's; `run` is called in the workers' threads
    alone, and what it closes over (the session) keeps what belongs to the autosave apart from the rest, so that no lock
    is needed. `submit` and `poll` never wait; `close` waits until everything submitted is done.

    Of autosaves that wait in a row only the newest is done: it holds what the others would have saved.

    Args:
        run: does one effect and returns what came of it; an exception of it becomes a `FileFailed` of a file that was
            to be read or written, and else a `Notice`.
    """

    def __init__(self, run: _Run):
        self._run = run
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._autosave, self._others = (_Lane(name, self._do) for name in ("autosave", "files"))

    @property
    def busy(self) -> bool:
        """Whether something submitted is not done yet; its events may still be to be polled when it no longer is."""
        return self._autosave.busy or self._others.busy

    def submit(self, effect: Effect) -> None:
        """Have an effect done after those of its kind before it."""
        lane = self._autosave if isinstance(effect, _OF_THE_AUTOSAVE) else self._others
        lane.submit(effect)

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
        until = None if timeout is None else time.monotonic() + timeout
        lanes = (self._autosave, self._others)
        for lane in lanes:
            lane.submit(None)
        for lane in lanes:
            lane.thread.join(None if until is None else max(until - time.monotonic(), 0.0))
        return not any(lane.thread.is_alive() for lane in lanes)

    def _do(self, effect: Effect) -> None:
        try:
            events = self._run(effect)
        except Exception as error:  # the thread has to live on: the next autosave needs it
            events = (_gone_wrong(effect, error),)
        for event in events:
            self._events.put(event)


def _gone_wrong(effect: Effect, error: Exception) -> Event:
    why = f"{type(effect).__name__} went wrong: {' '.join(str(error).split()) or type(error).__name__}"
    if isinstance(effect, ReadFile | WriteFile):  # a panel waits for an answer, and so may what follows the saving
        return FileFailed(effect.path, why, reads=isinstance(effect, ReadFile))
    return Notice(why, error=True)


class _Lane:
    """Effects that are done one after the other."""

    def __init__(self, name: str, do: Callable[[Effect], None]):
        self._do = do
        self._wanted: queue.SimpleQueue[Effect | None] = queue.SimpleQueue()
        self._submitted = self._finished = 0
        self.thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.thread.start()

    @property
    def busy(self) -> bool:
        return self._finished < self._submitted

    def submit(self, effect: Effect | None) -> None:
        """Have it done after those before it; None ends the thread."""
        self._submitted += effect is not None
        self._wanted.put(effect)

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
