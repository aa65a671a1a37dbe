"""Many drawings at once, as flat arrays: what the fast readers hand on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sketchrnn.data.records import INK
from sketchrnn.sketch.formats import from_stroke3
from sketchrnn.sketch.said import said_word
from sketchrnn.sketch.types import Sketch

NOT_RECOGNIZED = ("recognized", "false")


@dataclass(frozen=True, eq=False)
class Block:
    """Some drawings of one file.

    Args:
        rows: (N, 3) integer or float stroke-3 rows, the first row of each drawing its absolute first point.
        offsets: (D + 1,) int64, from 0 to N: where each drawing begins.
        names: the words that occur, None for drawings without one.
        word: (D,) int64 index into `names`.
        recognized: (D,) bool, False where Quick, Draw! did not recognise the drawing.
        raw: (D,) bool, True for ink that was never simplified, whatever its coordinates look like.
        guessed: (D,) bool, True where a model alone said the word; None where no drawing tells of a model.
    """

    rows: np.ndarray
    offsets: np.ndarray
    names: tuple[str | None, ...]
    word: np.ndarray
    recognized: np.ndarray
    raw: np.ndarray
    guessed: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def lengths(self) -> np.ndarray:
        """Points of each drawing, (D,) int64."""
        return np.diff(self.offsets)

    @cached_property
    def points(self) -> np.ndarray:
        """Absolute points, (N, 2) in column order, int64 for whole rows and float64 otherwise."""
        kind = np.int64 if self.rows.dtype.kind in "iu" else np.float64
        some = self.lengths() > 0
        starts, lengths = self.offsets[:-1][some], self.lengths()[some]
        points = np.empty((2, len(self.rows)), kind)
        for total, moves in zip(points, self.rows.T, strict=False):  # one axis at a time: twice as fast as both
            np.cumsum(moves, dtype=kind, out=total)
            total -= np.repeat(total[starts] - moves[starts], lengths)
        return points.T

    def select(self, which: np.ndarray) -> Block:
        """The drawings under a mask (D,) bool."""
        lengths = self.lengths()
        return replace(
            self,
            rows=self.rows[np.repeat(which, lengths)],
            offsets=np.concatenate([[0], np.cumsum(lengths[which], dtype=np.int64)]),
            word=self.word[which],
            recognized=self.recognized[which],
            raw=self.raw[which],
            guessed=None if self.guessed is None else self.guessed[which],
        )

    def sketches(self) -> Iterator[Sketch]:
        """The drawings one by one."""
        for index in range(len(self)):
            rows = self.rows[self.offsets[index] : self.offsets[index + 1]]
            notes = (() if self.recognized[index] else (NOT_RECOGNIZED,)) + ((INK,) if self.raw[index] else ())
            yield replace(from_stroke3(rows, category=self.names[self.word[index]]), provenance=notes)


def plain_block(rows: np.ndarray, offsets: np.ndarray, name: str | None) -> Block:
    """A block of recognised drawings that all have the same word."""
    count = len(offsets) - 1
    none = np.zeros(count, bool)
    return Block(rows, offsets, (name,), np.zeros(count, np.int64), ~none, none)


def block_of_strokes(
    x: np.ndarray, y: np.ndarray, stroke_lengths: Sequence[int], stroke_counts: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and offsets of drawings given as absolute coordinates.

    Args:
        x, y: (N,) coordinates of all points.
        stroke_lengths: (S,) points of each stroke, none of them 0.
        stroke_counts: (D,) strokes of each drawing, none of them 0.

    Returns:
        (N, 3) rows, int32 for whole coordinates and float64 otherwise, and (D + 1,) int64 offsets.
    """
    ends = np.cumsum(stroke_lengths, dtype=np.int64)
    offsets = np.concatenate([[0], ends[np.cumsum(stroke_counts, dtype=np.int64) - 1]]).astype(np.int64)
    whole = x.dtype.kind in "iu" and y.dtype.kind in "iu"
    rows = np.zeros((len(x), 3), np.int32 if whole else np.float64)
    for column, axis in enumerate((x, y)):
        absolute = axis.astype(rows.dtype)
        rows[1:, column] = np.diff(absolute)
        rows[offsets[:-1], column] = absolute[offsets[:-1]]
    rows[ends - 1, 2] = 1
    return rows, offsets


def block_of_sketches(sketches: Iterable[Sketch]) -> Block | None:
    """The block of sketches with points, or None when there are none."""
    kept = [sketch for sketch in sketches if sketch.strokes]
    if not kept:
        return None
    parts = [exact_rows(sketch) for sketch in kept]
    names, word = indexed([sketch.category for sketch in kept])
    recognized = np.array([NOT_RECOGNIZED not in sketch.provenance for sketch in kept])
    raw = np.array([INK in sketch.provenance for sketch in kept])
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    guessed = np.array([sketch.category != said_word(sketch) for sketch in kept])
    return Block(np.concatenate(parts), offsets, names, word, recognized, raw, guessed)


def exact_rows(sketch: Sketch) -> np.ndarray:
    """Stroke-3 rows in float64, from which the float32 points come back exactly."""
    points = sketch.points().astype(np.float64)
    rows = np.zeros((len(points), 3))
    rows[:, :2] = np.diff(points, axis=0, prepend=np.zeros((1, 2)))
    rows[np.cumsum([len(stroke) for stroke in sketch.strokes], dtype=np.int64) - 1, 2] = 1
    if sketch.pen_down:
        rows[-1, 2] = 0
    return rows


def indexed(words: Sequence[str | None]) -> tuple[tuple[str | None, ...], np.ndarray]:
    """The distinct words in the order in which they first occur, and (D,) indices into them."""
    first = dict.fromkeys(words)
    index = {word: number for number, word in enumerate(first)}
    return tuple(first), np.array([index[word] for word in words], np.int64)
