"""A corpus in the making: blocks of drawings brought into one form, sifted, and kept in one growing array."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sketchrnn.data.blocks import Block
from sketchrnn.data.categories import WordFilter, in_order
from sketchrnn.data.corpus import Corpus, identity
from sketchrnn.data.report import DUPLICATE, EMPTY, UNRECOGNIZED, UNWANTED, Tally, too_long
from sketchrnn.data.simplified import simplified_rows
from sketchrnn.errors import SketchRNNError

_LEAST = 1 << 16
_TOGETHER = 1 << 20
_MOST_CATEGORIES = np.iinfo(np.int16).max


class Gatherer:
    """Takes blocks one after the other and gives a corpus at the end.

    The points lie in one int16 array from the start, so that nothing is held twice.

    Args:
        points: how many points are expected; more are taken too, by growing.
        max_points: drawings with more points, once simplified, are dropped.
        wanted: says of a word whether its drawings are wanted; all are by default.
        tally: counts what is kept and what is dropped, and why.

    Attributes:
        met: the words of all drawings met, wanted or not.
    """

    def __init__(self, points: int, max_points: int, wanted: WordFilter | None, tally: Tally):
        self._points = np.empty((max(points, _LEAST), 3), np.int16)
        self._used = 0
        self._max_points, self._wanted, self._tally = max_points, wanted, tally
        self._lengths: list[np.ndarray] = []
        self._words: list[np.ndarray] = []
        self._hashes: list[np.ndarray] = []
        self._numbers: dict[str, int] = {}
        self.met: set[str] = set()

    def __len__(self) -> int:
        return sum(map(len, self._lengths))

    def add(self, block: Block, fallback: str) -> None:
        """Take what is fit to be learned from a block; drawings without a word get the fallback as theirs."""
        names = [name or fallback for name in block.names]
        self.met.update(names)
        block = self._sifted(block, names)
        if not len(block):
            return
        rows, offsets = simplified_rows(block)
        short = np.diff(offsets) <= self._max_points
        self._tally.drop(too_long(self._max_points), len(short) - short.sum())
        numbers = np.array([self._numbers.setdefault(name, len(self._numbers)) for name in names], np.int64)
        lengths = np.diff(offsets)[short]
        self._store(rows[np.repeat(short, np.diff(offsets))])
        self._lengths.append(lengths)
        self._words.append(numbers[block.word[short]].astype(np.int16))
        self._hashes.append(identity(self._view(lengths, self._used - int(lengths.sum()))))

    def corpus(self) -> Corpus:
        """All that was kept, once each, with the categories in Quick, Draw!'s order, others after them.

        Raises:
            SketchRNNError: more categories than can be told apart.
        """
        if len(self._numbers) > _MOST_CATEGORIES:
            raise SketchRNNError(f"{len(self._numbers):,} categories are more than the {_MOST_CATEGORIES:,} possible")
        lengths, word = _joined(self._lengths, np.int64), _joined(self._words, np.int16)
        first = self._first_of_equals(_joined(self._hashes, np.uint64))
        if first is not None:
            self._close_gaps(lengths, first)
            lengths, word = lengths[first], word[first]
        self._points.resize((self._used, 3), refcheck=False)
        self._tally.kept = len(lengths)
        names = in_order(np.array(list(self._numbers), object)[np.unique(word)]) if len(word) else ()
        table = np.full(len(self._numbers), -1, np.int16)
        table[[self._numbers[name] for name in names]] = np.arange(len(names))
        return Corpus(self._points, _offsets(lengths), table[word] if len(word) else word, names)

    def _sifted(self, block: Block, names: list[str]) -> Block:
        for reason, keep in self._sieves(block, names):
            if not keep.all():
                self._tally.drop(reason, len(keep) - keep.sum())
                return self._sifted(block.select(keep), names)
        return block

    def _sieves(self, block: Block, names: list[str]) -> Iterator[tuple[str, np.ndarray]]:
        yield EMPTY, block.lengths() > 0
        if self._wanted is not None:
            yield UNWANTED, np.array([self._wanted(name) for name in names], bool)[block.word]
        yield UNRECOGNIZED, block.recognized

    def _store(self, rows: np.ndarray) -> None:
        need = self._used + len(rows)
        if need > len(self._points):  # grown in place where the system can: no second array of all points
            self._points.resize((need + need // 4, 3), refcheck=False)
        self._points[self._used : need] = rows
        self._used = need

    def _view(self, lengths: np.ndarray, start: int) -> Corpus:
        points = self._points[start : self._used]
        return Corpus(points, _offsets(lengths), np.zeros(len(lengths), np.int16), ("",))

    def _first_of_equals(self, hashes: np.ndarray) -> np.ndarray | None:
        """Which drawings are the first of their equals, ascending; None where no two are equal."""
        _, first = np.unique(hashes, return_index=True)
        self._tally.drop(DUPLICATE, len(hashes) - len(first))
        return None if len(first) == len(hashes) else np.sort(first)

    def _close_gaps(self, lengths: np.ndarray, kept: np.ndarray) -> None:
        """Move the kept drawings together, some at a time, within the array itself."""
        keep = np.zeros(len(lengths), bool)
        keep[kept] = True
        offsets, self._used = _offsets(lengths), 0
        first = 0
        while first < len(lengths):
            last = max(first + 1, int(np.searchsorted(offsets, offsets[first] + _TOGETHER, side="right")) - 1)
            mask = np.repeat(keep[first:last], lengths[first:last])
            rows = self._points[offsets[first] : offsets[last]][mask]
            self._points[self._used : self._used + len(rows)] = rows
            self._used += len(rows)
            first = last


def _joined(parts: list[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def _offsets(lengths: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
