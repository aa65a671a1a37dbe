"""Drawings end to end in rows of one length: batches without padding, all of one shape.

What an accelerator is slow at is not arithmetic but steps and shapes: each padded length is a program to compile, and
short drawings leave it idle. Whole drawings put together to rows of a few hundred points fill 99 % of each.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

NOTHING = -1
"""Stands where a row holds no further drawing."""


def pack(lengths: np.ndarray, row_length: int, rng: np.random.Generator) -> np.ndarray:
    """Which drawings each row holds, (R, S) int64 positions in `lengths`, `NOTHING` where there is none.

    Every drawing is in one row. Which lengths go together is decided for all drawings of a length at once, the longest
    first, each where it leaves least; which drawings they are, and the rows' order, is drawn at random.

    Args:
        lengths: (D,), points of each drawing, 1 to `row_length`.
        row_length: points of a row.
        rng: of the order.

    Raises:
        ValueError: a drawing is longer than a row, or holds no point.

    Reference:
        Krell et al. 2021 (arXiv 2107.02027): packing by the histogram of lengths; best fit decreasing.
    """
    patterns = _patterns_of(lengths, row_length)
    rows = sum(count for count, _ in patterns)
    width = max((len(pattern) for _, pattern in patterns), default=1)
    wanted = np.zeros((rows, width), np.int64)
    first = 0
    for count, pattern in patterns:
        wanted[first : first + count, : len(pattern)] = pattern
        first += count
    wanted = wanted[rng.permutation(rows)]
    # drawings in the order of their lengths, equal ones shuffled, go where these lengths are wanted
    shuffled = rng.permutation(len(lengths))
    drawings = shuffled[np.argsort(lengths[shuffled], kind="stable")]
    places = np.flatnonzero(wanted)
    packed = np.full(wanted.size, NOTHING, np.int64)
    packed[places[np.argsort(wanted.ravel()[places], kind="stable")]] = drawings
    return packed.reshape(wanted.shape)


def one_a_row(lengths: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As `pack`, for networks that see one drawing at a time: each row holds one, (D, 1), in random order."""
    return rng.permutation(len(lengths))[:, None]


def rows_packed(lengths: np.ndarray, row_length: int) -> int:
    """How many rows `pack` puts drawings of these lengths into; arguments and errors as there."""
    return sum(count for count, _ in _patterns_of(lengths, row_length))


def _patterns_of(lengths: np.ndarray, row_length: int) -> list[tuple[int, tuple[int, ...]]]:
    if len(lengths) and not 1 <= lengths.min() <= lengths.max() <= row_length:
        raise ValueError(f"expected lengths from 1 to {row_length}, got {lengths.min()} to {lengths.max()}")
    return list(_patterns(np.bincount(lengths, minlength=row_length + 1), row_length))


def _patterns(histogram: np.ndarray, row_length: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """How many rows hold which lengths: (count, lengths)."""
    # rows not yet full, by the points that are free in them
    open_rows: list[list[tuple[int, tuple[int, ...]]]] = [[] for _ in range(row_length + 1)]
    for length in range(row_length, 0, -1):
        left = int(histogram[length]) if length < len(histogram) else 0
        while left:
            free = next((free for free in range(length, row_length) if open_rows[free]), row_length)
            # rows that are open already, or new ones as full of this length as can be
            count, pattern = open_rows[free].pop() if free < row_length else (left, ())
            each = max(min(free // length, left // count if pattern else left), 1)
            used = min(count, left // each)
            if pattern and used < count:
                open_rows[free].append((count - used, pattern))
            open_rows[free - each * length].append((used, (*pattern, *(length,) * each)))
            left -= used * each
    for rows in open_rows:
        yield from rows
