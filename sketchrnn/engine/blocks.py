"""How drawings side by side are divided: into blocks of few sizes, each of which is compiled once.

Which blocks there are does not depend on how many threads compute them, so neither do the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from sketchrnn.model import columns

BLOCK = columns.BLOCK
"""Drawings side by side are taken so many at a time, or one by itself."""
GUIDED_BLOCK = BLOCK // 2
"""Endings that are led by their category are two drawings each."""
IN_LANES = 16
"""Where there are more than four blocks of these, so many at most share the lanes of one: one that is over makes room.
Fewer gain nothing: nine that are all as long as a call has room for, on four lanes, leave three of these empty for half
of the time.
`evaluate --completions --per-category 3` took 184 s so, and 208 s in blocks of four, one after the other."""
FEW = 2
"""So many drawings are faster one after the other: eight side by side take three times as long as one."""


def blocks(count: int, size: int = BLOCK) -> Iterator[tuple[slice, int]]:
    """How `count` drawings side by side are computed: which, and the size that these are padded to.

    `size` at a time; what is left over goes one by one if it is few, and else is padded to `size`.
    """
    whole = count - count % size if count % size <= FEW else count
    for start in range(0, whole, size):
        yield slice(start, min(start + size, count)), size
    for start in range(whole, count):
        yield slice(start, start + 1), 1


def guided_blocks(count: int) -> Iterator[tuple[slice, int]]:
    """The same of endings that are drawn with guidance: `blocks` of few, and of more an even number of equal parts."""
    if count <= 4 * GUIDED_BLOCK:
        yield from blocks(count, GUIDED_BLOCK)
        return
    parts = 2 * -(-count // (2 * IN_LANES))
    for part in range(parts):
        yield slice(count * part // parts, count * (part + 1) // parts), IN_LANES
