"""What runs in the engine's process: load, warm up, answer. The contract stands in `worker`."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from multiprocessing import connection
from typing import TYPE_CHECKING

from sketchrnn.engine.bundled import find_bundle
from sketchrnn.engine.messages import Ask, Cancel, Down, Failed, Loading, Look, Message, Ready
from sketchrnn.errors import SketchRNNError
from sketchrnn.paths import cache_folder

if TYPE_CHECKING:
    from sketchrnn.engine.completer import Completer

NICENESS = 5

_ENVIRONMENT = {
    # a multiplication of small matrices gains little from a second thread; independent ones do (`crew`)
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


def serve(pipe: connection.Connection, bundle: str | None, cached: bool = True, threads: int | None = None) -> None:
    """The process: load, warm up, answer until the pipe closes.

    Args:
        pipe: to the window's process.
        bundle: see `find_bundle`.
        cached: whether compiled functions are taken from the cache, and kept in it.
        threads: of `Completer`.
    """
    started = time.monotonic()
    if not cached:
        os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"
    _become_a_servant()
    inbox = _Inbox(pipe)
    inbox.start()
    try:
        find_bundle(bundle)  # before jax is imported: a missing model is said at once
        pipe.send(Loading("loading the model"))
        from sketchrnn.engine.completer import Completer

        completer = Completer(bundle, threads)
        warming: Iterator[str] | None = _warm(completer, pipe)
        pipe.send(_ready(completer, time.monotonic() - started))
        while True:
            ask = inbox.next(wait=warming is None)
            if ask is not None:
                _answer(completer, ask, inbox, pipe)
            elif warming is not None and next(warming, None) is None:
                warming = None
    except SketchRNNError as error:
        _say(pipe, Down(str(error), restarting=False))
    except (BrokenPipeError, EOFError, ConnectionError):
        pass  # the parent is gone


def _warm(completer: Completer, pipe: connection.Connection) -> Iterator[str]:
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


def _answer(completer: Completer, ask: Ask | Look, inbox: _Inbox, pipe: connection.Connection) -> None:
    def gave_up() -> bool:
        return inbox.gave_up(ask)

    try:
        asked = isinstance(ask, Ask)
        said = completer.stream(ask.request, ask.id, gave_up) if asked else completer.look(ask.request, ask.id, gave_up)
        for message in said:
            pipe.send(message)
    except SketchRNNError as error:
        pipe.send(Failed(ask.id, str(error)))
    except (BrokenPipeError, ConnectionError):
        raise
    except Exception as error:  # the border: whatever it is, the process lives on
        traceback.print_exc()
        pipe.send(Failed(ask.id, _what_went_wrong(error)))


def _what_went_wrong(error: Exception) -> str:
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return "there is not enough memory for this; close other programs, or ask for fewer endings"
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return f"something is wrong in the program ({text[:300]})"


class _Inbox(threading.Thread):
    """Receives questions; holds the newest. Ends the process when the parent is gone."""

    def __init__(self, pipe: connection.Connection):
        super().__init__(name="inbox", daemon=True)
        self._pipe = pipe
        self._changed = threading.Condition()
        self._newest: Ask | Look | None = None
        self._cancelled: int | None = None

    def run(self) -> None:
        try:
            while True:
                message = self._pipe.recv()
                with self._changed:
                    self._take_in(message)
                    # all that lies in the pipe, before any is answered: what a newer one follows is not begun
                    while self._pipe.poll():
                        self._take_in(self._pipe.recv())
        except (EOFError, OSError):
            os._exit(0)  # at once, whatever is being compiled

    def _take_in(self, message: Ask | Look | Cancel) -> None:
        if not isinstance(message, Cancel):
            self._newest = message
            self._changed.notify()
        elif self._newest is not None and self._newest.id == message.id:
            self._newest = None
        else:
            self._cancelled = message.id

    def next(self, wait: bool) -> Ask | Look | None:
        """The newest question, taken; None if there is none and `wait` is False."""
        with self._changed:
            while wait and self._newest is None:
                self._changed.wait()
            ask, self._newest = self._newest, None
            return ask

    def gave_up(self, ask: Ask | Look) -> bool:
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
    if log != 2:
        os.dup2(log, 2)
        os.close(log)
    if sys.stderr is None:  # the window was started without one, as by pythonw
        sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _say(pipe: connection.Connection, message: Message) -> None:
    try:
        pipe.send(message)
    except OSError:
        pass
