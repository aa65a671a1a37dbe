"""The engine in a process of its own. The only module of the package with concurrency.

The contract:

- `start_worker` returns at once; the process imports jax, loads the model and warms up by itself.
- `submit`, `poll` and `close` are called from one thread, the window's; none of them waits for the model. `close`
  returns within a second, also in the middle of a request; the process is killed if it does not go by itself.
- One request at a time, the newest wins: a newer `Ask`, or a `Cancel` of it, ends a request at its next chunk. Of a
  request that was given up, messages may still come; their id tells.
- An error in a request is a `Failed`, and the process lives on. If the process dies, `poll` says `Down`, and it is
  started again after a while, a few times; what was asked of it is lost, the asker asks again after `Ready`. If it says
  itself why it cannot start (no model, a damaged one), it is not started again.
- If the parent dies, however it dies, the process ends: it sees its pipe close.

Here, one thread (`_Supervisor`) starts the process and does all sending and receiving; `submit` and `poll` only touch a
slot and a queue. There, one thread receives, so that a newer question is seen in the middle of an older one; the main
thread computes. The process takes one core at most and steps back behind the window (`nice`).

A script that calls this needs the usual `if __name__ == "__main__":`, since the process imports the script anew.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from multiprocessing import connection
from typing import TYPE_CHECKING

from sketchrnn.engine.bundled import find_bundle
from sketchrnn.engine.messages import Ask, Cancel, Done, Down, Failed, Loading, Message, Ready
from sketchrnn.errors import SketchRNNError
from sketchrnn.paths import cache_folder

if TYPE_CHECKING:
    from sketchrnn.engine.completer import Completer

RESTART_AFTER = (0.5, 1.0, 2.0, 4.0)
"""Seconds to wait before each start anew; after the last one the engine stays down. A whole answer begins them anew."""
SECONDS_TO_GO = 0.4
"""That a process is given to end by itself."""
NICENESS = 5

_ENVIRONMENT = {
    # a few multiplications of small matrices: a second core gains little, and it is the window's
    "NPROC": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # a step is smaller than a graphics card's overhead
    "JAX_PLATFORMS": "cpu",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def limit_threads() -> None:
    """One thread for products, on the processor; before numpy and jax are imported."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def start_worker(
    bundle: str | os.PathLike[str] | None = None, restart_after: tuple[float, ...] = RESTART_AFTER
) -> Worker:
    """Start the engine's process.

    Args:
        bundle: a bundle's file or a model's name; None for the bundled model.
        restart_after: see `RESTART_AFTER`.
    """
    return Worker(None if bundle is None else os.fspath(bundle), restart_after)


class Worker:
    """An `Engine` (see `messages`) whose model lives in a process of its own. Made by `start_worker`."""

    def __init__(self, bundle: str | None, restart_after: tuple[float, ...]):
        self._supervisor = _Supervisor(bundle, restart_after)
        self._supervisor.start()

    def submit(self, message: Ask | Cancel) -> None:
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

    def __init__(self, bundle: str | None, restart_after: tuple[float, ...]):
        super().__init__(name="sketchrnn-engine", daemon=True)
        self.said: deque[Message] = deque()
        self.process: multiprocessing.process.BaseProcess | None = None
        self._bundle, self._restart_after, self._failures = bundle, restart_after, 0
        self._slot: deque[Ask | Cancel] = deque()
        self._closing = False
        self._context = multiprocessing.get_context("spawn")
        self._bell, self._ring = self._context.Pipe(duplex=False)

    def send(self, message: Ask | Cancel) -> None:
        if isinstance(message, Ask):
            self._slot.clear()
        self._slot.append(message)
        self._ring_bell()

    def close(self) -> None:
        self._closing = True
        self._ring_bell()
        self.join(2 * SECONDS_TO_GO)
        self.said.clear()

    def run(self) -> None:
        again = True
        while again and not self._closing:
            self._slot.clear()  # asked of a process that is gone
            again = self._one_life()
        if self.process is not None:
            _end(self.process)

    def _ring_bell(self) -> None:
        try:
            self._ring.send_bytes(b"!")
        except OSError:
            pass  # at the interpreter's end

    def _one_life(self) -> bool:
        """One process from its start to its end; whether another is to follow."""
        here, there = self._context.Pipe()
        try:
            self.process = self._context.Process(target=_serve, args=(there, self._bundle), daemon=True)
            self.process.start()
        except (OSError, RuntimeError) as error:
            self.said.append(Down(f"the model's process cannot be started: {error}", restarting=False))
            return False
        finally:
            there.close()
        with here:
            reason = self._carry(here)
        if self._closing:
            return False
        _end(self.process)
        return self._went_down(reason, self.process.exitcode)

    def _carry(self, here: connection.Connection) -> str | None:
        """Carry messages until the process is gone; what it said about it, if it did."""
        reason = None
        while not self._closing:
            ready = connection.wait([here, self._bell])
            try:
                if self._bell in ready:
                    self._bell.recv_bytes()
                    while self._slot and not self._closing:
                        here.send(self._slot.popleft())
                if here in ready:
                    message = here.recv()
                    if isinstance(message, Down):
                        reason = message.message
                    else:
                        self._failures = 0 if isinstance(message, Done) else self._failures
                        self.said.append(message)
            except (EOFError, OSError):
                break
        return reason

    def _went_down(self, reason: str | None, exitcode: int | None) -> bool:
        restarting = reason is None and self._failures < len(self._restart_after)
        self.said.append(Down(reason or f"the model's process ended ({_how(exitcode)})", restarting))
        if not restarting:
            return False
        until = time.monotonic() + self._restart_after[self._failures]
        self._failures += 1
        while not self._closing and (left := until - time.monotonic()) > 0:
            if self._bell.poll(left):
                self._bell.recv_bytes()
        return True


def _end(process: multiprocessing.process.BaseProcess) -> None:
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


# from here on: in the process


def _serve(pipe: connection.Connection, bundle: str | None) -> None:
    """The process: load, warm up, answer until the pipe closes."""
    started = time.monotonic()
    _become_a_servant()
    inbox = _Inbox(pipe)
    inbox.start()
    try:
        find_bundle(bundle)  # before jax is imported: a missing model is said at once
        pipe.send(Loading("loading the model"))
        from sketchrnn.engine.completer import Completer

        completer = Completer(bundle)
        warming = _warm(completer, pipe)
        pipe.send(_ready(completer, time.monotonic() - started))
        while True:
            ask = inbox.next(wait=not warming)
            if ask is not None:
                _answer(completer, ask, inbox, pipe)
            elif next(warming, None) is None:
                warming = None
    except SketchRNNError as error:
        _say(pipe, Down(str(error), restarting=False))
    except (BrokenPipeError, EOFError, ConnectionError):
        pass  # the parent is gone


def _warm(completer: Completer, pipe: connection.Connection):
    """Warm up what the first request needs; the rest is an iterator for idle moments."""
    from sketchrnn.engine.programs import NEEDED_AT_FIRST

    warming = completer.warm()
    for number in range(NEEDED_AT_FIRST):
        pipe.send(Loading(f"warming up, {number + 1} of {NEEDED_AT_FIRST}"))
        next(warming)
    return warming


def _ready(completer: Completer, seconds: float) -> Ready:
    bundle = completer.bundle
    return Ready(
        bundle.name,
        bundle.categories if bundle.config.categories else (),
        seconds,
        can_guess=completer.can_guess,
        has_latent=completer.has_latent,
        max_points=bundle.max_points,
    )


def _answer(completer: Completer, ask: Ask, inbox: _Inbox, pipe: connection.Connection) -> None:
    try:
        for message in completer.stream(ask.request, ask.id, cancelled=lambda: inbox.gave_up(ask)):
            pipe.send(message)
    except SketchRNNError as error:
        pipe.send(Failed(ask.id, str(error)))
    except (BrokenPipeError, ConnectionError):
        raise
    except Exception as error:  # the border: whatever it is, the process lives on
        traceback.print_exc()
        pipe.send(Failed(ask.id, f"something is wrong in the program ({type(error).__name__}: {error})"))


class _Inbox(threading.Thread):
    """Receives questions; holds the newest. Ends the process when the parent is gone."""

    def __init__(self, pipe: connection.Connection):
        super().__init__(name="inbox", daemon=True)
        self._pipe = pipe
        self._changed = threading.Condition()
        self._newest: Ask | None = None
        self._cancelled: int | None = None

    def run(self) -> None:
        while True:
            try:
                message = self._pipe.recv()
            except (EOFError, OSError):
                os._exit(0)  # at once, whatever is being compiled
            with self._changed:
                if isinstance(message, Ask):
                    self._newest = message
                    self._changed.notify()
                elif self._newest is not None and self._newest.id == message.id:
                    self._newest = None
                else:
                    self._cancelled = message.id

    def next(self, wait: bool) -> Ask | None:
        """The newest question, taken; None if there is none and `wait` is False."""
        with self._changed:
            while wait and self._newest is None:
                self._changed.wait()
            ask, self._newest = self._newest, None
            return ask

    def gave_up(self, ask: Ask) -> bool:
        """Whether this question, which was taken, is not to be answered any more."""
        return self._newest is not None or self._cancelled == ask.id


def _become_a_servant() -> None:
    """Before jax is imported: few threads, behind the window, deaf to Ctrl-C, quiet."""
    limit_threads()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        try:
            os.nice(NICENESS)
        except OSError:
            pass
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        log = os.open(cache_folder() / "engine.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError:
        log = os.open(os.devnull, os.O_WRONLY)
    sys.stderr.flush()
    os.dup2(log, 2)
    os.close(log)


def _say(pipe: connection.Connection, message: Message) -> None:
    try:
        pipe.send(message)
    except OSError:
        pass
