"""Keeping the memory of one training step for the next.

A step asks for tens to hundreds of megabytes and gives them back. As it comes, glibc returns each large block to the
system at once, and the next step faults it in again, zeroed, in pages of 4 KiB: measured, an eighth of all processor
time of a step. Here the C library is told to keep what it has, and the part that a step uses is asked for in pages of
2 MiB where the system gives them.
"""

from __future__ import annotations

import ctypes
import os
import platform

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -2, -4, -8
"""Of `mallopt` in glibc's malloc.h."""
_MADV_HUGEPAGE = 14
_TOP_PAD = 64 << 20
RESERVED = 1 << 30
"""Bytes that are asked for in large pages: what the longest batches of the presets need. It is room in the address
space; memory is taken as it is used."""


def keep_memory(reserved: int = RESERVED) -> bool:
    """Make this process keep memory that is freed, for good; call it before jax allocates anything large.

    Does nothing where the C library is not glibc (macOS, Windows, musl), or where the person set glibc's own tunables
    (`GLIBC_TUNABLES`, `MALLOC_..._` variables).

    Args:
        reserved: bytes of address space prepared for large pages; 0 for none.

    Returns:
        Whether memory is kept from here on.
    """
    if not _is_glibc() or _tuned_by_hand():
        return False
    library = ctypes.CDLL(None)
    settings = {
        _M_MMAP_MAX: 0,  # large blocks come from the heap, not from a mapping of their own
        _M_TRIM_THRESHOLD: 2**31 - 1,  # the heap does not shrink
        _M_TOP_PAD: _TOP_PAD,  # and grows in few steps
        _M_ARENA_MAX: 1,  # all threads use the one heap: the others cannot hold blocks above 64 MiB
    }
    answers = [library.mallopt(ctypes.c_int(name), ctypes.c_int(value)) for name, value in settings.items()]
    kept = all(answers)
    if kept and reserved:
        _prepare_large_pages(library, reserved)
    return kept


def _prepare_large_pages(library: ctypes.CDLL, size: int) -> None:
    """Grow the heap, mark the new part for large pages and leave it to the heap."""
    if not hasattr(library, "madvise"):
        return
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.restype, library.free.argtypes = None, [ctypes.c_void_p]
    library.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    block = library.malloc(size)
    if not block:  # a limit on the address space; memory is kept all the same
        return
    page = os.sysconf("SC_PAGESIZE")
    first = -(-block // page) * page
    library.madvise(first, (block + size - first) // page * page, _MADV_HUGEPAGE)
    library.free(block)


def _is_glibc() -> bool:
    return os.name == "posix" and platform.libc_ver()[0] == "glibc"


def _tuned_by_hand() -> bool:
    return "glibc.malloc" in os.environ.get("GLIBC_TUNABLES", "") or any(n.startswith("MALLOC_") for n in os.environ)
