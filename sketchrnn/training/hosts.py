"""Several processes that train as one: how they meet, how they part, and what is said when one of them is lost.

One process on each host (or for each of its devices) is started with the same words. jax.distributed brings them
together; from then on each of them waits for all others in every step. Should one die, the rest cannot go on: jax ends
them, with many lines of its own. Here they end with exit code 1 and one line that says what to do.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from sketchrnn.errors import SketchRNNError

SILENCE = 60
"""Seconds without a sign of life after which a host is taken for lost."""
MEETING = 5
"""How many times as long all hosts may take to come together."""
PARTING = 3600
"""Seconds that hosts wait at the end for the one that writes, and at the start for those that still read."""

_SLURM = ("SLURM_JOB_ID", "SLURM_STEP_NODELIST", "SLURM_NTASKS", "SLURM_PROCID", "SLURM_LOCALID")
_KUBERNETES = ("KUBERNETES_SERVICE_HOST", "JOB_COMPLETION_INDEX")
_SIGNS = ("Gloo", "NCCL", "RCCL", "oordination service", "distributed service", "Barrier")
"""What a library's message holds when another host is lost, in a step or at a barrier."""
_ABORTED = b"distributed service detected fatal errors"


@dataclass(frozen=True)
class Hosts:
    """How a process finds those it trains with.

    Args:
        address: NAME:PORT at which host 0 waits for the others; None: jax takes all three from the job's environment.
        index: which host this is, from 0.
        count: how many there are.
        silence: seconds without a sign of life after which a host is taken for lost.
    """

    address: str | None = None
    index: int | None = None
    count: int | None = None
    silence: int = SILENCE

    def __str__(self) -> str:
        return "this host" if self.address is None else f"host {self.index} of {self.count}"


def find_hosts(
    address: str | None,
    index: int | None,
    count: int | None,
    silence: int = SILENCE,
    environment: Mapping[str, str] = os.environ,
) -> Hosts | None:
    """What the flags mean, or without any the environment; None for a training of one process.

    Args:
        address, index, count: of `Hosts`; address "none" for one process, whatever the environment says.
        silence: of `Hosts`.
        environment: of the process. Steps of Slurm jobs with several tasks are found in it, and the pods of indexed
            Kubernetes jobs where jax can ask Kubernetes (`pip install 'jax[k8s]'`).

    Raises:
        ValueError: flags that cannot be meant together.
    """
    if address is None and index is None and count is None:
        return Hosts(silence=silence) if _in_a_job(environment) else None
    if address == "none" and index is None and count is None:
        return None
    if address is None or index is None or count is None:
        raise ValueError("expected --hosts, --host-index and --host-count together")
    if not (address.rpartition(":")[0] and address.rpartition(":")[2].isdigit()):
        raise ValueError(f"expected NAME:PORT of host 0 for --hosts, got {address!r}")
    if not 0 <= index < count:
        raise ValueError(f"expected a --host-index from 0 to {count - 1} for {count} hosts, got {index}")
    return Hosts(address, index, count, silence)


def _in_a_job(environment: Mapping[str, str]) -> bool:
    if all(name in environment for name in _SLURM):
        return environment["SLURM_NTASKS"] != "1"
    return all(name in environment for name in _KUBERNETES) and find_spec("kubernetes") is not None


@contextlib.contextmanager
def joined(hosts: Hosts | None, hint: str) -> Iterator[bool]:
    """Train with other hosts while the context lasts; whether this one is the first, which speaks and writes.

    An error ends this process without waiting for the others, which then find it lost. To be entered once in a process,
    before jax computes anything.

    Args:
        hosts: how to find them; None for a training alone, for which nothing is done.
        hint: what a person can do when a host is lost.

    Raises:
        SketchRNNError: another host is lost, or none can be found.
    """
    if hosts is None:
        yield True
        return
    import jax

    with _last_words(hosts, hint) as words:
        try:
            _meet(hosts)
            words.line = f"{hosts} lost another one, which ended or cannot be reached any more. {hint}"
            yield jax.process_index() == 0
            jax.distributed.shutdown()
        except BaseException as error:
            words.said = True
            _part_alone(error)
            if isinstance(error, Exception) and any(sign in str(error) for sign in _SIGNS):
                raise SketchRNNError(words.line) from error
            raise


def wait_for_all(name: str) -> None:
    """Wait until every host is here, however long some of them take; there may be no more than this process."""
    import jax
    from orbax.checkpoint import multihost

    if jax.process_count() > 1:
        multihost.sync_global_processes(name, timeout=PARTING, processes=set(range(jax.process_count())))


def _meet(hosts: Hosts) -> None:
    import jax

    wait: dict[str, Any] = {
        "heartbeat_timeout_seconds": hosts.silence,
        "initialization_timeout": MEETING * hosts.silence,
        "shutdown_timeout_seconds": PARTING,
    }
    try:
        if hosts.address is None:
            jax.distributed.initialize(**wait)
        else:  # what is said goes before what the environment says
            jax.distributed.initialize(
                hosts.address, hosts.count, hosts.index, cluster_detection_method="deactivate", **wait
            )
    except (ValueError, RuntimeError) as error:
        hint = "Give --hosts NAME:PORT, --host-index and --host-count."
        raise SketchRNNError(f"the hosts cannot be brought together ({error})", hint=hint) from error


def _part_alone(error: BaseException) -> None:
    """End the process, when it comes to that, without jax's wait for hosts that may be dead, or wait for this one."""
    code = 130 if isinstance(error, KeyboardInterrupt) else 1

    def leave() -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)

    atexit.register(leave)  # the last one registered is the first one called


class _Words:
    """What is said on the real stderr should the process be aborted.

    Attributes:
        line: the line.
        said: the process is ending by itself, with a line of its own.
    """

    def __init__(self, line: str):
        self.line, self.said = line, False


@contextlib.contextmanager
def _last_words(hosts: Hosts, hint: str) -> Iterator[_Words]:
    """Keep what native code says on stderr to itself, and say one line instead when it aborts for a lost host.

    jax's client aborts the process from a thread of its own when another host is lost; the handler that it offers for
    this cannot be used from Python (jaxlib 0.10: it ends in std::bad_cast). So SIGABRT is caught; it is raised by the
    aborting thread itself, at a place where Python may run. Aborted for anything else, all that was said is shown.
    """
    seconds = MEETING * hosts.silence
    words = _Words(f"{hosts} did not find all others within {seconds} s. Start them with the same --hosts. {hint}")
    if os.name != "posix":
        yield words
        return
    python_stderr, kept, real = sys.stderr, tempfile.TemporaryFile(), os.dup(2)
    sys.stderr.flush()
    sys.stderr = os.fdopen(real, "w", buffering=1, closefd=False)
    os.dup2(kept.fileno(), 2)
    handler = _catch_aborts(words, kept.fileno(), real)
    yield words  # after an error nothing is put back: the process ends
    os.dup2(real, 2)
    sys.stderr = python_stderr
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    del handler


def _catch_aborts(words: _Words, kept: int, real: int) -> Any:
    def aborted(number: int) -> None:
        heard = os.pread(kept, 1 << 20, 0)
        if _ABORTED not in heard:
            os.write(real, heard)
            os._exit(128 + number)
        if words.said:
            time.sleep(10)  # for the process to end by itself
        os.write(real, f"sketchrnn: {words.line}\n".encode())
        os._exit(1)

    handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(aborted)
    library = ctypes.CDLL(None)
    library.signal.restype, library.signal.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]
    library.signal(signal.SIGABRT, ctypes.cast(handler, ctypes.c_void_p))
    return handler
