"""What the model reads of a drawing's start, and the states that were read already."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sketchrnn.engine.programs import MANY, Arrays, Programs
from sketchrnn.model.config import STROKE5
from sketchrnn.sketch.formats import START_TOKEN, point_rows, to_stroke3
from sketchrnn.sketch.preprocess import simplify_ink
from sketchrnn.sketch.types import Sketch, Stroke

MOST_ROWS = 2000
"""Rows that are read of a longer prefix: its last ones."""
SIMPLIFIED_ALREADY = 0.8
"""Whole coordinates at scale 1 of which simplification would keep this share are in the simplified form already."""
_STATES = 512
"""Kept: a look reads a drawing at seven scales, and at the chosen one for nine conditions."""


@dataclass(frozen=True, eq=False)
class Prefix:
    """The start of a drawing as the model reads it.

    Args:
        rows: (n, 5) float32 stroke-5, sketch units, n >= 1; row 0 is the first point with its offset zeroed, or the
            start token where nothing is drawn (a point under a pen that is down: the same row).
        ends: (strokes,) how many rows there are up to the end of each stroke.
        points: how many points these rows stand for; 0 for an empty prefix.
    """

    rows: np.ndarray
    ends: np.ndarray
    points: int


@dataclass(frozen=True, eq=False)
class Read:
    """A state after rows.

    Args:
        rows: (n, 5) float32, model units, what was read.
        state: (units,) float32 each.
        nats: (n,) float32, log p of each row given those before it, model units; row 0's means nothing.
    """

    rows: np.ndarray
    state: Arrays
    nats: np.ndarray


def prefix_of(sketch: Sketch, scale: float) -> Prefix:
    """The drawing simplified at a scale (sketch units per unit of the sketch), as rows.

    Whole coordinates at scale 1 that are hardly simplified any further, as those of data sets, are taken as they are.
    """
    if not sketch.strokes:
        return Prefix(START_TOKEN[None].copy(), np.zeros(0, np.int64), 0)
    last = len(sketch.strokes) - 1
    strokes = [
        simplified_stroke(stroke, scale, sketch.pen_down and i == last) for i, stroke in enumerate(sketch.strokes)
    ]
    if scale == 1 and _simplified_already(sketch, sum(map(len, strokes))):
        strokes = list(sketch.strokes)
    stroke3 = to_stroke3(sketch.with_strokes(strokes, sketch.pen_down))
    stroke3[0, :2] = 0
    rows = point_rows(stroke3)
    ends = np.cumsum([len(stroke) for stroke in strokes])
    if len(rows) > MOST_ROWS:
        rows, ends = rows[-MOST_ROWS:].copy(), np.maximum(ends - (len(rows) - MOST_ROWS), 0)
        rows[0, :2] = 0
    return Prefix(rows, ends, len(stroke3))


@lru_cache(maxsize=8192)
def simplified_stroke(stroke: Stroke, scale: float, cut: bool) -> Stroke:
    """One stroke in the simplified form at a scale, by itself: what comes after a stroke does not change it."""
    return simplify_ink(Sketch((stroke,), pen_down=cut), scale).strokes[0]


def _simplified_already(sketch: Sketch, simplified: int) -> bool:
    points = sketch.points()
    return simplified >= SIMPLIFIED_ALREADY * len(points) and bool((points == np.rint(points)).all())


class StateCache:
    """States after prefixes, by condition and rows: a drawing that goes on is read from where it was.

    Not for several threads at once.

    Args:
        programs: what reads.
        size: how many states are kept; the oldest unused go first.
    """

    def __init__(self, programs: Programs, size: int = _STATES):
        self._programs, self._size = programs, size
        self._kept: OrderedDict[tuple[bytes, bytes], Read] = OrderedDict()
        self._lengths: dict[bytes, Counter[int]] = {}  # of the bytes kept for each condition: how often each occurs
        self.rows_read = 0

    def read(self, rows: Sequence[np.ndarray], conditions: np.ndarray, keep: bool = True) -> list[Read]:
        """The states after each of these rows.

        Args:
            rows: K arrays (n_i, 5), model units, n_i >= 1.
            conditions: (K, C) float32.
            keep: whether they are kept for later.

        Returns:
            K of them, in the order given.
        """
        keys = [(condition.tobytes(), part.tobytes()) for condition, part in zip(conditions, rows, strict=True)]
        first = {key: i for i, key in reversed(list(enumerate(keys)))}
        known = {key: self._longest(*key) if keep else None for key in first}
        done = {key: read for key, read in known.items() if read and len(read.rows) == len(rows[first[key]])}
        todo = sorted(set(first) - set(done), key=lambda key: (len(rows[first[key]]), first[key]))
        for start in range(0, len(todo), MANY):
            part = todo[start : start + MANY]
            which = [first[key] for key in part]
            results = self._extend([known[key] for key in part], [rows[i] for i in which], conditions[which])
            done |= zip(part, results, strict=True)
        if keep:
            self._keep(done)
        return [done[key] for key in keys]

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._lengths.clear()

    def _longest(self, condition: bytes, rows: bytes) -> Read | None:
        """The kept state after the longest start of these rows."""
        lengths = sorted(self._lengths.get(condition, ()), reverse=True)
        starts = (self._kept.get((condition, rows[:length])) for length in lengths if length <= len(rows))
        return next((read for read in starts if read is not None), None)

    def _extend(self, known: list[Read | None], rows: list[np.ndarray], conditions: np.ndarray) -> list[Read]:
        new = [part[0 if read is None else len(read.rows) :] for read, part in zip(known, rows, strict=True)]
        lengths = np.array([len(part) for part in new])
        padded = np.zeros((lengths.max(), len(rows), STROKE5), np.float32)
        for i, part in enumerate(new):
            padded[: len(part), i] = part
        state = tuple(part.copy() for part in self._programs.begin(conditions))
        for i, read in enumerate(known):
            if read is not None:
                for whole, part in zip(state, read.state, strict=True):
                    whole[i] = part
        reading = self._programs.read(state, padded, lengths, conditions)
        self.rows_read += int(lengths.sum())
        results = []
        for i, (read, part) in enumerate(zip(known, rows, strict=True)):
            nats = reading.nats[: lengths[i], i]
            nats = nats if read is None else np.concatenate([read.nats, nats])
            results.append(Read(part, tuple(whole[i] for whole in reading.state), nats))
        return results

    def _keep(self, found: dict[tuple[bytes, bytes], Read]) -> None:
        for key, read in found.items():
            if self._kept.pop(key, None) is None:
                self._lengths.setdefault(key[0], Counter())[len(key[1])] += 1
            self._kept[key] = read
        while len(self._kept) > self._size:
            self._forget(*self._kept.popitem(last=False)[0])

    def _forget(self, condition: bytes, rows: bytes) -> None:
        lengths = self._lengths[condition]
        lengths[len(rows)] -= 1
        if not lengths[len(rows)]:
            del lengths[len(rows)]
        if not lengths:
            del self._lengths[condition]
