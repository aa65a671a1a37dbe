"""Memory that is freed stays in the process, where the C library can be told to; elsewhere nothing happens."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sketchrnn.training import memory

FAULTS = """
import ctypes, resource, sys
from sketchrnn.training.memory import keep_memory
kept = keep_memory(int(sys.argv[2])) if int(sys.argv[1]) else False
library = ctypes.CDLL(None)
library.prctl(41, 1, 0, 0, 0)  # PR_SET_THP_DISABLE: where pages are huge by themselves, a block is a few of them
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]
def once():
    blocks = [library.malloc(40 << 20) for _ in range(2)]
    for block in blocks:
        ctypes.memset(block, 1, 40 << 20)
    for block in blocks:
        library.free(block)
once()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    once()
print(int(kept), resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(keep: bool, reserved: int, **environment: str) -> tuple[bool, int]:
    """Whether memory was kept, and pages faulted in while 80 MiB are taken and freed five times."""
    command = [sys.executable, "-c", FAULTS, str(int(keep)), str(reserved)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    kept, count = done.stdout.split()
    return kept == "1", int(count)


needs_glibc = pytest.mark.skipif(not memory._is_glibc(), reason="the C library is not glibc")


@needs_glibc
@pytest.mark.parametrize("reserved", [0, 1 << 28])
def test_freed_memory_is_not_faulted_in_again(reserved: int) -> None:
    kept, count = faults(True, reserved)
    assert kept and count < 200


@needs_glibc
def test_without_it_all_pages_are_faulted_in_again() -> None:
    # what the setting is for; should the C library mend this by itself, the module can go
    assert faults(False, 0, MALLOC_MMAP_THRESHOLD_="131072")[1] > 5_000


@needs_glibc
def test_a_limit_on_the_address_space_is_no_error() -> None:
    kept, count = faults(True, 1 << 62)
    assert kept and count < 200


@needs_glibc
@pytest.mark.parametrize("name", ["GLIBC_TUNABLES", "MALLOC_TRIM_THRESHOLD_"])
def test_settings_made_by_hand_are_left_alone(name: str) -> None:
    value = "glibc.malloc.trim_threshold=100000" if name == "GLIBC_TUNABLES" else "100000"
    assert not faults(True, 0, **{name: value})[0]


@pytest.mark.parametrize("library", ["", "musl"])
def test_other_c_libraries_are_left_alone(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: (library, ""))
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda *_: pytest.fail("the C library was called"))
    assert not memory.keep_memory()
