"""A corpus in the making: blocks of drawings brought into one form, sifted, and put where the corpus is to lie."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sketchrnn.data.blocks import Block
from sketchrnn.data.categories import WordFilter, in_order
from sketchrnn.data.corpus import Corpus, identity
from sketchrnn.data.growing import Growing, Points
from sketchrnn.data.report import DUPLICATE, EMPTY, UNRECOGNIZED, UNWANTED, Tally, too_long
from sketchrnn.data.simplified import simplified_rows
from sketchrnn.errors import SketchRNNError

_TOGETHER = 1 << 17
_MOST_CATEGORIES = np.iinfo(np.int16).max


class Gatherer:
    """Takes blocks one after the other and gives a corpus at the end.

    No drawing is an object of its own, and nothing is held twice: beside its points one costs 14 bytes.

    Args:
        points: where the points are put.
        max_points: drawings with more points, once simplified, are dropped.
        wanted: says of a word whether its drawings are wanted; all are by default.
        tally: counts what is kept and what is dropped, and why.

    Attributes:
        met: the words of all drawings met, wanted or not.
        guessed: of how many drawings taken, equal ones included, a model alone said the word.
    """

    def __init__(self, points: Points, max_points: int, wanted: WordFilter | None, tally: Tally):
        self._points = points
        self._max_points, self._wanted, self._tally = max_points, wanted, tally
        self._lengths, self._words, self._hashes = Growing(np.int32), Growing(np.int16), Growing(np.uint64)
        self._numbers: dict[str, int] = {}
        self.met: set[str] = set()
        self.guessed = 0

    def __len__(self) -> int:
        return len(self._lengths)

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
        lengths, words = np.diff(offsets)[short], numbers[block.word[short]].astype(np.int16)
        kept = Corpus(rows[np.repeat(short, np.diff(offsets))], _offsets(lengths), words, ())
        self.guessed += 0 if block.guessed is None else int(block.guessed[short].sum())
        self._points.append(kept.points)
        self._lengths.append(lengths)
        self._words.append(words)
        self._hashes.append(identity(kept))

    def corpus(self) -> Corpus:
        """All that was kept, once each, with the categories in Quick, Draw!'s order, others after them.

        Raises:
            SketchRNNError: more categories than can be told apart.
        """
        if len(self._numbers) > _MOST_CATEGORIES:
            raise SketchRNNError(f"{len(self._numbers):,} categories are more than the {_MOST_CATEGORIES:,} possible")
        lengths, word, hashes = self._lengths.values(), self._words.values(), self._hashes.values()
        first = self._first_of_equals(hashes)
        if first is not None:
            self._close_gaps(lengths, first)
            lengths, word, hashes = lengths[first], word[first], hashes[first]
        self._tally.kept = len(lengths)
        met = np.zeros(len(self._numbers), bool)  # np.unique would copy and sort all of them
        met[word] = True
        names = in_order(np.array(list(self._numbers), object)[met]) if len(word) else ()
        table = np.full(len(self._numbers), -1, np.int16)
        table[[self._numbers[name] for name in names]] = np.arange(len(names))
        category = table[word] if len(word) else word
        return Corpus(self._points.values(), _offsets(lengths), category, names, hashes=hashes)

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

    def _first_of_equals(self, hashes: np.ndarray) -> np.ndarray | None:
        """Which drawings are the first of their equals, ascending; None where no two are equal."""
        order = np.argsort(hashes, kind="stable")
        in_turn = hashes[order]
        first = np.ones(len(hashes), bool)
        first[order[1:][in_turn[1:] == in_turn[:-1]]] = False
        self._tally.drop(DUPLICATE, len(hashes) - first.sum())
        return None if first.all() else np.flatnonzero(first)

    def _close_gaps(self, lengths: np.ndarray, kept: np.ndarray) -> None:
        """Move the kept drawings together, some at a time, where they lie."""
        keep = np.zeros(len(lengths), bool)
        keep[kept] = True
        offsets, used, first = _offsets(lengths), 0, 0
        while first < len(lengths):
            last = max(first + 1, int(np.searchsorted(offsets, offsets[first] + _TOGETHER, side="right")) - 1)
            mask = np.repeat(keep[first:last], lengths[first:last])
            rows = self._points.piece(offsets[first], offsets[last])[mask]
            self._points.put(used, rows)
            used, first = used + len(rows), last
        self._points.cut(used)


def _offsets(lengths: np.ndarray) -> np.ndarray:
    offsets = np.zeros(len(lengths) + 1, np.int64)
    offsets[1:] = lengths
    return np.cumsum(offsets, out=offsets)  # in place: of lengths of another type, numpy would make a copy first
