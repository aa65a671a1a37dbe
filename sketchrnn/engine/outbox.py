"""Questions on their way to the engine's process; `worker` tells who may call what."""

from __future__ import annotations

import threading
from collections import deque
from multiprocessing import connection

from sketchrnn.engine.messages import Ask, Cancel, Look

Question = Ask | Look | Cancel
MOST_WAITING = 8


class Outbox(threading.Thread):
    """Sends in a thread of its own: a pipe holds some hundred kilobytes, and who writes more waits for its reader.

    The newest question wins here too: one that waits behind a pipe that is full makes way for a newer one.

    Args:
        pipe: to the process, one for each.
    """

    def __init__(self, pipe: connection.Connection):
        super().__init__(name="outbox", daemon=True)
        self._pipe = pipe
        self._changed = threading.Condition()
        self._waiting: deque[Question] = deque()
        self._over = False

    def put(self, message: Question) -> None:
        """Have it sent after what is being sent. Never waits."""
        with self._changed:
            enqueue(self._waiting, message)
            self._changed.notify()

    def end(self, timeout: float) -> bool:
        """Send no more; whether nothing is in the middle of it, so that the pipe can be closed."""
        with self._changed:
            self._over = True
            self._changed.notify()
        self.join(timeout)
        return not self.is_alive()

    def run(self) -> None:
        while (message := self._next()) is not None:
            try:
                self._pipe.send(message)
            except OSError:
                return  # the process is gone, which who receives from it sees too

    def _next(self) -> Question | None:
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._waiting)
            return None if self._over else self._waiting.popleft()


def enqueue(waiting: deque[Question], message: Question) -> None:
    """Add a question to those that wait: a newer `Ask` or `Look` takes the place of all before it.

    Where many a `Cancel` waits already another is passed over: it saves computing, nothing depends on it.
    """
    if not isinstance(message, Cancel):
        waiting.clear()
    if len(waiting) < MOST_WAITING:
        waiting.append(message)
