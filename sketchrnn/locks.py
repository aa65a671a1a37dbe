"""Locks that a process holds on a file as long as it lives: the one place where systems differ in it.

Where the file system knows none, as those of some networks, everybody gets them: the drawing is kept all the same.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import IO, Any

_AGAIN_AFTER = 0.5
_HELD = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK)
"""What systems answer where another holds the lock; Windows the first."""


def take_lock(
    path: Path, platform: str = sys.platform, module: Callable[[str], Any] = import_module
) -> IO[bytes] | None:
    """The lock's open file, which holds it until it is closed or the process dies; None if another holds it.

    Args:
        path: the lock's file, which is made.
        platform: as `sys.platform` names it.
        module: imports the system's module of locks.

    Raises:
        OSError: the file cannot be made.
    """
    stream = open(path, "ab")
    try:
        _lock(stream, platform, module)
    except OSError as error:
        if error.errno in _HELD:
            stream.close()
            return None
    return stream


@contextlib.contextmanager
def alone(
    path: Path,
    sleep: Callable[[float], None] = time.sleep,
    platform: str = sys.platform,
    module: Callable[[str], Any] = import_module,
) -> Iterator[bool]:
    """A context in which no other program holds the lock; its value is whether one did, and was waited for.

    The lock's file is gone afterwards.

    Args:
        path: the lock's file.
        sleep: waits between attempts, in seconds.
        platform, module: as of `take_lock`.

    Raises:
        OSError: the file cannot be made.
    """
    waited = False
    while (stream := _ours(path, platform, module)) is None:
        waited = True
        sleep(_AGAIN_AFTER)
    try:
        yield waited
    finally:
        with contextlib.suppress(OSError):  # Windows keeps what is open
            path.unlink()
        stream.close()


def _ours(path: Path, platform: str, module: Callable[[str], Any]) -> IO[bytes] | None:
    stream = take_lock(path, platform, module)
    if stream is None:
        return None
    with contextlib.suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(stream.fileno()), os.stat(path)):
            return stream
    stream.close()  # the one before has removed the file, and a third may have made it anew
    return None


def _lock(stream: IO[bytes], platform: str, module: Callable[[str], Any]) -> None:
    """Raises OSError where another holds it, or there are no locks."""
    if platform == "win32":
        msvcrt = module("msvcrt")
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl = module("fcntl")
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
