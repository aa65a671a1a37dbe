"""The engine in a process of its own. Of the engine only this module, `outbox`, `servant` and `crew` have concurrency.

The contract:

- `start_worker` returns at once; the process imports jax, loads the model and warms up by itself.
- `submit`, `poll` and `close` are called from one thread, the window's; none of them waits for the model. `close`
  returns within a second, also in the middle of a request; the process is killed if it does not go by itself.
- One question at a time, the newest wins: a newer `Ask` or `Look`, or a `Cancel` of it, ends one at its next chunk. Of
  a question that was given up, messages may still come; their id tells.
- An error in a request is a `Failed`, and the process lives on. If the process dies, `poll` says `Down`, and it is
  started again after a while, a few times; what was asked of it is lost, the asker asks again after `Ready`. If it says
  itself why it cannot start (no model, a damaged one), it is not started again. From the third start in a row on it
  does without the cache of compiled functions, which may be what it died of.
- A process that has something to do and says nothing for `PATIENCE` seconds hangs, however often it is asked meanwhile:
  it is killed and started again.
- If the parent dies, however it dies, the process ends: it sees its pipe close.

Here, one thread (`_Supervisor`) starts the process and receives; one (`Outbox`) sends, and may stand before a full pipe
while the process stands still; `submit` and `poll` only touch a slot and a queue. There (`servant`), one thread
receives, so that a newer question is seen in the middle of an older one; the main thread computes, with a few others
where blocks of drawings are independent (`crew`). The process steps back behind the window (`nice`).

A script that calls this needs the usual `if __name__ == "__main__":`, since the process imports the script anew.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from multiprocessing import connection
from multiprocessing.process import BaseProcess

from sketchrnn.engine.messages import Ask, Cancel, Done, Down, Failed, Look, Message, Ready, Seen
from sketchrnn.engine.outbox import Outbox, Question, enqueue
from sketchrnn.engine.servant import serve

RESTART_AFTER = (0.5, 1.0, 2.0, 4.0)
"""Seconds to wait before each start anew; after the last one the engine stays down. A whole answer begins them anew."""
PATIENCE = 60.0
"""Seconds of silence after which a process that was asked, or is starting, is taken to hang: far more than compiling a
function takes on a slow machine, and short enough to wait for."""
STARTING = 5
"""Times as much patience with a process that starts: a disk that is slow or busy takes its time with jax."""
STARTS_WITH_CACHE = 2
_START = -1
SECONDS_TO_GO = 0.4
"""That a process is given to end by itself."""


def start_worker(
    bundle: str | os.PathLike[str] | None = None,
    restart_after: tuple[float, ...] = RESTART_AFTER,
    patience: float = PATIENCE,
    threads: int | None = None,
) -> Worker:
    """Start the engine's process.

    Args:
        bundle: a bundle's file or a model's name; None for the bundled model.
        restart_after: see `RESTART_AFTER`.
        patience: see `PATIENCE`.
        threads: of `Completer`.
    """
    return Worker(None if bundle is None else os.fspath(bundle), restart_after, patience, threads)


class Worker:
    """An `Engine` (see `messages`) whose model lives in a process of its own. Made by `start_worker`."""

    def __init__(
        self, bundle: str | None, restart_after: tuple[float, ...], patience: float, threads: int | None = None
    ):
        self._supervisor = _Supervisor(bundle, restart_after, patience, threads)
        self._supervisor.start()

    def submit(self, message: Ask | Look | Cancel) -> None:
        """Ask, or give up what was asked. Never waits."""
        self._supervisor.send(message)

    def poll(self) -> list[Message]:
        """What came since the last call, in order. Never waits."""
        said = self._supervisor.said
        return [said.popleft() for _ in range(len(said))]

    def close(self) -> None:
        """End the process; nothing is said after it."""
        self._supervisor.close()

    @property
    def process_id(self) -> int | None:
        """Of the process that runs now; None between two."""
        process = self._supervisor.process
        return None if process is None else process.pid


class _Supervisor(threading.Thread):
    """Starts the process, again if it dies, and carries messages."""

    def __init__(self, bundle: str | None, restart_after: tuple[float, ...], patience: float, threads: int | None):
        super().__init__(name="sketchrnn-engine", daemon=True)
        self.said: deque[Message] = deque()
        self.process: BaseProcess | None = None
        self._bundle, self._restart_after, self._failures = bundle, restart_after, 0
        self._patience, self._threads = patience, threads
        self._slot: deque[Question] = deque()
        self._holding_slot = threading.Lock()
        self._closing = self._hung = self._rung = False
        self._context = multiprocessing.get_context("spawn")
        self._bell, self._ring = self._context.Pipe(duplex=False)

    def send(self, message: Question) -> None:
        with self._holding_slot:
            enqueue(self._slot, message)
        self._ring_bell()

    def close(self) -> None:
        self._closing = True
        self._ring_bell()
        self.join(2 * SECONDS_TO_GO)
        self.said.clear()

    def run(self) -> None:
        again = True
        while again and not self._closing:
            self._taken()  # asked of a process that is gone
            again = self._one_life()
        if self.process is not None:
            _end(self.process)

    def _ring_bell(self) -> None:
        if self._rung:
            return  # nobody has heard it yet: one ring is enough, and many would fill the pipe
        self._rung = True
        try:
            self._ring.send_bytes(b"!")
        except OSError:
            pass  # at the interpreter's end

    def _hear_bell(self) -> None:
        self._bell.recv_bytes()
        self._rung = False  # before the slot is looked at: what comes from here on rings again

    def _one_life(self) -> bool:
        """One process from its start to its end; whether another is to follow."""
        here, there = self._context.Pipe()
        try:
            cached = self._failures < STARTS_WITH_CACHE
            process = self._context.Process(
                target=serve, args=(there, self._bundle, cached, self._threads), daemon=True
            )
            process.start()
        except (OSError, RuntimeError) as error:
            self.said.append(Down(f"the model's process cannot be started: {error}", restarting=False))
            return False
        finally:
            there.close()
        self.process = process
        with here:
            outbox = Outbox(here)
            outbox.start()
            reason = self._carry(here, outbox)
            if not outbox.end(SECONDS_TO_GO / 4):
                process.kill()  # it does not read: nothing else ends the sending
                outbox.join()
        if self._closing:
            return False
        _end(process)
        return self._went_down(reason, process.exitcode)

    def _carry(self, here: connection.Connection, outbox: Outbox) -> str | None:
        """Carry messages until the process is gone; what it said about it, if it did."""
        reason = None
        awaited: int | None = _START
        starting = True  # also while something has been asked already
        heard = time.monotonic()  # or when it was first asked after it had nothing to do
        while not self._closing:
            patience = self._patience * (STARTING if starting else 1)
            left = None if awaited is None else max(heard + patience - time.monotonic(), 0.0)
            ready = connection.wait([here, self._bell], left)
            if not ready:
                self._kill_hanging()
                heard = time.monotonic()
                continue  # its pipe closes
            if self._bell in ready:
                heard = time.monotonic() if awaited is None else heard
                awaited = self._hand_over(outbox, awaited)
            if here in ready:
                try:
                    message = here.recv()
                except (EOFError, OSError):
                    break
                heard = time.monotonic()
                starting = starting and not isinstance(message, Ready)
                if awaited is not None and _ends(message) == awaited:
                    awaited = None
                if isinstance(message, Down):
                    reason = message.message
                else:
                    self._failures = 0 if isinstance(message, Done) else self._failures
                    self.said.append(message)
        return reason

    def _taken(self) -> tuple[Question, ...]:
        with self._holding_slot:
            taken = tuple(self._slot)
            self._slot.clear()
            return taken

    def _hand_over(self, outbox: Outbox, awaited: int | None) -> int | None:
        """Send what was asked; whose answer is awaited from then on."""
        self._hear_bell()
        for asked in self._taken():
            outbox.put(asked)
            if not isinstance(asked, Cancel):
                awaited = asked.id
            elif asked.id == awaited:
                awaited = None
        return awaited

    def _kill_hanging(self) -> None:
        if self.process is not None:
            self.process.kill()
            self._hung = True

    def _went_down(self, reason: str | None, exitcode: int | None) -> bool:
        restarting = reason is None and self._failures < len(self._restart_after)
        how = "did not answer any more" if self._hung else f"ended ({_how(exitcode)})"
        self._hung = False
        self.said.append(Down(reason or f"the model's process {how}", restarting))
        if not restarting:
            return False
        until = time.monotonic() + self._restart_after[self._failures]
        self._failures += 1
        while not self._closing and (left := until - time.monotonic()) > 0:
            if self._bell.poll(left):
                self._hear_bell()
        return True


def _ends(message: Message) -> int | None:
    """What the process has done with this message: the id of what was asked, or its start."""
    if isinstance(message, Ready):
        return _START
    return message.id if isinstance(message, Done | Seen | Failed) else None


def _end(process: BaseProcess) -> None:
    process.join(SECONDS_TO_GO)
    if process.is_alive():
        process.kill()
        process.join(SECONDS_TO_GO)


def _how(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        try:
            return signal.Signals(-exitcode).name
        except ValueError:
            return f"signal {-exitcode}"
    return "without a word" if exitcode is None else f"code {exitcode}"
