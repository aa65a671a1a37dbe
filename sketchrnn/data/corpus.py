"""Many drawings as flat arrays: the ragged int16 corpus that training reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Split = Literal["train", "valid", "test"]

SPLIT_EDGES = {"train": (0, 960), "valid": (960, 980), "test": (980, 1000)}
"""Which thousandths of the identity hash belong to which split. Fixed for ever: models are compared by them."""

_TOGETHER = 1 << 14


@dataclass(frozen=True, eq=False)
class Corpus:
    """Drawings in sketch units (0..255 box), ragged.

    Args:
        points: (N, 3) int16 rows (dx, dy, pen_lifted); the first row of a drawing is its absolute first point.
        offsets: (D + 1,) int64; drawing d is `points[offsets[d]:offsets[d + 1]]`, never empty.
        category: (D,) int16, index into `categories`.
        categories: names.
        indices: (D,) int64 or None: which drawings of the flat arrays are in, in order (a split shares the arrays).
        hashes: (D,) uint64 or None: the identities of the drawings of the flat arrays, where they are known.

    The arrays may be mapped from a file (`data.cache`): then they are read when they are touched, and cost no memory.
    """

    points: np.ndarray
    offsets: np.ndarray
    category: np.ndarray
    categories: tuple[str, ...]
    indices: np.ndarray | None = None
    hashes: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1 if self.indices is None else len(self.indices)

    @property
    def starts(self) -> np.ndarray:
        """(D,) int64: where each drawing begins in `points`."""
        return self.offsets[:-1] if self.indices is None else self.offsets[self.indices]

    @property
    def lengths(self) -> np.ndarray:
        """(D,) int64: points in each drawing."""
        ends = self.offsets[1:] if self.indices is None else self.offsets[self.indices + 1]
        return ends - self.starts

    @property
    def labels(self) -> np.ndarray:
        """(D,) int16: category index of each drawing."""
        return self.category if self.indices is None else self.category[self.indices]

    def located(self, which: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Starts, lengths and labels of some drawings, (B,) each: what it costs does not depend on how many there are.

        Args:
            which: (B,) int64, positions as in `drawing`.
        """
        place = which if self.indices is None else self.indices[which]
        starts = self.offsets[place]
        return starts, self.offsets[place + 1] - starts, self.category[place]

    def drawing(self, index: int) -> np.ndarray:
        """The stroke-3 rows of one drawing, (n, 3) int16, a view."""
        place = range(len(self))[index] if self.indices is None else self.indices[index]
        return self.points[self.offsets[place] : self.offsets[place + 1]]

    def select(self, which: np.ndarray) -> Corpus:
        """The drawings at these positions (or under this mask), sharing the flat arrays."""
        every = np.arange(len(self.offsets) - 1) if self.indices is None else self.indices
        return replace(self, indices=every[which])

    def split(self, name: Split) -> Corpus:
        """The drawings of one split, by a hash of their identity: the same drawing is in the same split for ever."""
        low, high = SPLIT_EDGES[name]
        place = identity(self) % np.uint64(1000)
        return self.select((place >= low) & (place < high))


def evenly(length: int, count: int) -> np.ndarray:
    """At most `count` of so many indices, evenly spread from the first to the last; (min(length, count),) int64."""
    return np.linspace(0, max(length - 1, 0), min(length, count)).round().astype(np.int64)


def identity(corpus: Corpus) -> np.ndarray:
    """A hash of each drawing's rows, (D,) uint64: equal drawings have equal identities, whatever their file.

    A polynomial in an odd constant over the rows, each row mixed on its own first; made of whole-array operations.
    Those that the corpus knows already are not made again.
    """
    hashes = _all_hashes(corpus) if corpus.hashes is None else corpus.hashes
    return hashes if corpus.indices is None else hashes[corpus.indices]


def _all_hashes(corpus: Corpus) -> np.ndarray:
    hashes = np.empty(len(corpus.offsets) - 1, np.uint64)
    for first in range(0, len(hashes), _TOGETHER):
        last = min(first + _TOGETHER, len(hashes))
        hashes[first:last] = _hashes(corpus, first, last)
    return hashes


def _hashes(corpus: Corpus, first: int, last: int) -> np.ndarray:
    """The identities of drawings first..last-1: some at a time, or all points at once would take gigabytes."""
    offsets = corpus.offsets[first : last + 1]
    rows = corpus.points[offsets[0] : offsets[-1]].astype(np.int64)
    lengths, offsets = np.diff(offsets), offsets - offsets[0]
    mixed = _mix((rows[:, 0] << 34 ^ (rows[:, 1] & 0xFFFF) << 8 ^ rows[:, 2]).astype(np.uint64))
    place = np.arange(len(rows), dtype=np.int64) - np.repeat(offsets[:-1], lengths)
    mixed *= _mix(place.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)) | np.uint64(1)
    totals = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
    return _mix(totals[offsets[1:]] - totals[offsets[:-1]] + lengths.astype(np.uint64))


def _mix(values: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64 (Steele, Lea & Flood 2014), elementwise; uint64 in and out, wrapping."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def concatenate(parts: Sequence[Corpus]) -> Corpus:
    """One corpus of several, with the union of their categories in order of first appearance.

    Raises:
        ValueError: no parts.
    """
    if not parts:
        raise ValueError("expected at least one corpus, got none")
    names = tuple(dict.fromkeys(name for part in parts for name in part.categories))
    number = {name: index for index, name in enumerate(names)}
    category = [np.array([number[name] for name in p.categories] or [0], np.int16)[p.category] for p in parts]
    shifts = np.cumsum([0] + [len(part.points) for part in parts])
    offsets = [part.offsets[:-1] + shift for part, shift in zip(parts, shifts[:-1], strict=True)]
    return Corpus(
        np.concatenate([part.points for part in parts]),
        np.concatenate([*offsets, shifts[-1:]]).astype(np.int64),
        np.concatenate(category),
        names,
    )


def with_categories(corpus: Corpus, names: Sequence[str]) -> Corpus:
    """The drawings of these categories only, numbered in this order."""
    number = {name: index for index, name in enumerate(names)}
    table = np.array([number.get(name, -1) for name in corpus.categories] or [-1], np.int16)
    renumbered = replace(corpus, category=table[corpus.category], categories=tuple(names))
    return renumbered.select(renumbered.labels >= 0)
