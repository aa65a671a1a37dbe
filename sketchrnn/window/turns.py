"""Turns on the processor: short ones for the window, so that it is woken in time while the engine has every core.

Linux gives a thread the processor for a turn of some 3 ms before another one's comes, and, since 6.12, lets one with
shorter turns begin within another's. Measured, with the engine at work on both of two cores (`benchmark frames`): 99 %
of the frames come within 16.0 to 16.5 ms with turns of 1 ms, within 16.0 to 18.4 as it was; with turns of 0.1 ms the
window is interrupted within a frame, and 99 % come within 16 to 20.
"""

from __future__ import annotations

import ctypes
import os
import sys

TURN = 0.001
"""Seconds."""
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
"""Number of the system call, which not every C library has a function for."""
_OTHER, _RESET_ON_FORK = 0, 1


class _Attributes(ctypes.Structure):
    """`struct sched_attr` of Linux, sched_setattr(2); times in nanoseconds."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def take_short_turns() -> bool:
    """Give the calling thread turns of `TURN`; threads and processes that it starts have the usual ones.

    Nothing else changes: its share of the processor stays what it is.

    Returns:
        Whether the system was told so; false on other systems, and where it is scheduled in another way or may not ask.
        Before Linux 6.12 it is told and takes no notice.
    """
    if sys.platform != "linux" or os.sched_getscheduler(0) != _OTHER:
        return False
    number = _SCHED_SETATTR.get(os.uname().machine)
    if number is None:
        return False
    wanted = _Attributes(ctypes.sizeof(_Attributes), _OTHER, _RESET_ON_FORK, os.getpriority(os.PRIO_PROCESS, 0))
    wanted.runtime = int(1e9 * TURN)
    try:
        return ctypes.CDLL(None).syscall(number, 0, ctypes.byref(wanted), 0) == 0
    except (OSError, AttributeError):  # a C library that is not found, or has no such function
        return False
