"""Locks that a process holds on a file as long as it lives: the one place where systems differ in it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import IO, Any


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
        if platform == "win32":
            msvcrt = module("msvcrt")
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl = module("fcntl")
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        return None
    return stream
