"""Blocks of drawings that do not depend on one another, computed on a few threads at once.

The compiled functions let go of the interpreter while they run, and each is one thread's work (`limit_threads`): so two
cores draw two blocks in the time of one, with the same numbers, and nobody waits for anybody within a step.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

MOST = 4
"""Threads at most: the 16 candidates of nine endings, each of two drawings, are four blocks."""

_AFFINITY = getattr(os, "sched_getaffinity", None)


class Crew:
    """Does independent calls side by side. Used from one thread.

    Args:
        threads: how many at once; None for as many as suit the cores that this process may use.
    """

    def __init__(self, threads: int | None = None):
        self.threads = suitable(cores()) if threads is None else threads
        # its threads are started when there is something for them
        self._pool = ThreadPoolExecutor(self.threads, "blocks") if self.threads > 1 else None

    def do(self, calls: Iterable[Callable[[], None]]) -> None:
        """All of the calls, in any order; returns when they are done.

        Raises:
            Exception: what one of them raised.
        """
        calls = list(calls)
        if self._pool is None or len(calls) < 2:
            for call in calls:
                call()
            return
        # all are waited for before the first error is raised: none may write after this has returned
        running = [self._pool.submit(call) for call in calls]
        errors = [error for error in [done.exception() for done in running] if error is not None]
        if errors:
            raise errors[0]


def suitable(count: int) -> int:
    """Threads for so many cores: two of two, since the window comes first whatever runs (`nice`); else all but one."""
    return min(max(count - 1, min(count, 2)), MOST)


def cores(affinity: Callable[[int], set[int]] | None = _AFFINITY) -> int:
    """Cores that this process may use; all of the machine's where the system cannot say (macOS, Windows)."""
    return (os.cpu_count() or 1) if affinity is None else len(affinity(0))
