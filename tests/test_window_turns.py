"""Short turns on the processor: taken by the thread that asks, and by nobody else."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from sketchrnn.window import turns
from sketchrnn.window.turns import TURN, _Attributes, take_short_turns

GETATTR = {"x86_64": 315, "aarch64": 275}
KNOWN = sys.platform == "linux" and platform.machine() in GETATTR
LINUX = tuple(int(part) for part in platform.release().split(".")[:2]) if KNOWN else (0, 0)
pytestmark = pytest.mark.skipif(not KNOWN, reason="turns are asked for on Linux, x86_64 or aarch64")


def attributes(pid: int = 0) -> _Attributes:
    """What the system says of a thread."""
    found = _Attributes()
    call = ctypes.CDLL(None, use_errno=True).syscall
    assert call(GETATTR[platform.machine()], pid, ctypes.byref(found), ctypes.sizeof(found), 0) == 0
    return found


def in_a_thread(function):
    """Result of it, in a thread of its own: the turns of the tests' own threads stay as they are."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def test_the_thread_that_asks_takes_them_and_keeps_its_rank() -> None:
    def ask():
        before = attributes()
        assert take_short_turns()
        return before, attributes()

    before, after = in_a_thread(ask)
    assert (after.policy, after.nice) == (before.policy, before.nice) == (0, os.getpriority(os.PRIO_PROCESS, 0))
    if LINUX >= (6, 12):
        assert after.runtime == 1e9 * TURN != before.runtime


@pytest.mark.skipif(LINUX < (6, 12), reason="Linux before 6.12 has turns of one length")
def test_who_is_started_by_it_has_the_usual_ones() -> None:
    def ask():
        usual = attributes().runtime
        assert take_short_turns()
        return usual, in_a_thread(attributes).runtime, attributes().runtime

    usual, started, own = in_a_thread(ask)
    assert started == usual != own


def fails(name: str | None) -> None:
    raise OSError("no C library here")


@pytest.mark.parametrize(
    ("whose", "name", "value"),
    [
        (sys, "platform", "win32"),
        (turns, "_SCHED_SETATTR", {}),
        (os, "sched_getscheduler", lambda pid: 1),
        (ctypes, "CDLL", fails),
    ],
)
def test_elsewhere_nothing_is_asked(whose, name: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whose, name, value)
    assert not in_a_thread(take_short_turns)


def test_who_is_refused_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_SCHED_SETATTR", {platform.machine(): -1})
    assert not in_a_thread(take_short_turns)
