"""One Quick, Draw! record (a JSON object) <-> one sketch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np

from sketchrnn.data.report import EMPTY
from sketchrnn.sketch.said import said_word
from sketchrnn.sketch.types import Sketch, Stroke

COORDINATE_LIMIT = 1e6
"""Coordinates beyond this are taken for damage: float32 still tells their hundredths apart."""

INK = ("ink", "raw")
"""Provenance entry of a sketch whose record held times: ink as it was drawn, not yet simplified."""

_LARGE = 1 << 20
_MOST_POINTS, _MOST_LISTS, _MOST_NAMES = 500_000, 200_000, 10_000
"""Of a record of more than `_LARGE` bytes; a smaller one costs little, whatever it holds."""

_LARGEST_WHOLE = 1 << 53
"""Beyond it whole numbers are not told apart."""

_RESERVED = ("word", "drawing", "pen_down")
_NUMBERS = {"seed": int, "prefix_points": int, "candidates": int, "max_points": int, "temperature": float}


class WrongRecord(ValueError):
    """What is wrong with a record, in words without numbers, so that equal faults can be counted together."""


def parse_record(line: bytes) -> dict:
    """The JSON object of one line, known to have a list as its `drawing`.

    Raises:
        WrongRecord: no such object.
    """
    if len(line) > _LARGE and _holds_too_much(line):
        raise WrongRecord("the record holds far more than a drawing")
    try:
        record = json.loads(line.decode("utf-8"))
    except RecursionError:
        raise WrongRecord("the record is nested too deeply") from None
    except ValueError:
        raise WrongRecord("the line is not valid JSON, it may be cut short") from None
    if not isinstance(record, dict) or not isinstance(record.get("drawing"), list):
        raise WrongRecord("the record is not an object with a drawing")
    return record


def _holds_too_much(line: bytes) -> bool:
    """Whether a line would grow manyfold when it is parsed: counted before anything is made of it."""
    numbers, lists, names = line.count(b","), line.count(b"[") + line.count(b"{"), line.count(b":")
    return numbers > 3 * _MOST_POINTS or lists > _MOST_LISTS or names > _MOST_NAMES


def to_sketch(record: dict) -> Sketch:
    """The sketch of a record in the record's own coordinates; strokes without points are left out.

    The word becomes the category, every other simple value (`key_id`, `countrycode`, ...) becomes provenance.

    Raises:
        WrongRecord: strokes that are no lists of coordinates, differ in length, or hold what is no sane number.
    """
    strokes = tuple(Stroke(points) for points in map(stroke_points, record["drawing"]) if len(points))
    if not strokes:
        raise WrongRecord(EMPTY)
    timed = (INK,) if holds_times(record) else ()
    return Sketch(strokes, word_of(record), tuple(_notes(record)) + timed, record.get("pen_down") is True)


def holds_times(record: dict) -> bool:
    """Whether the strokes come with times, as raw ink does."""
    return any(len(stroke) > 2 for stroke in record["drawing"]) or record.get(INK[0]) == INK[1]


def word_of(record: dict) -> str | None:
    """The record's word, None without one."""
    word = record.get("word")
    return word if isinstance(word, str) and word else None


def is_guessed(record: dict) -> bool:
    """Whether the record has a word, and a model alone said it."""
    sketch = Sketch((), word_of(record), tuple(_notes(record)))
    return sketch.category != said_word(sketch)


def stroke_points(stroke: object) -> np.ndarray:
    """Points (n, 2) float64 of `[[x...], [y...]]` or `[[x...], [y...], [t...]]`.

    Raises:
        WrongRecord: as `to_sketch`.
    """
    if not isinstance(stroke, list) or len(stroke) < 2 or not all(isinstance(axis, list) for axis in stroke):
        raise WrongRecord("a stroke is not a list of x and y lists")
    if len({len(axis) for axis in stroke}) != 1:
        raise WrongRecord("the lists of a stroke differ in length")
    values = stroke[0] + stroke[1]
    if not all(type(value) in (int, float) for value in values):
        raise WrongRecord("a coordinate is not a number")
    if not all(abs(value) <= COORDINATE_LIMIT for value in values):  # NaN fails the comparison too
        raise WrongRecord("a coordinate is not finite or far too large")
    return np.array(stroke[:2], np.float64).T


def to_record(sketch: Sketch) -> dict:
    """The record of a sketch: the word, provenance in its order, and the drawing; whole coordinates as integers."""
    record: dict = {} if sketch.category is None else {"word": sketch.category}
    record |= {name: _plain(name, value) for name, value in sketch.provenance if name not in _RESERVED}
    if sketch.pen_down:
        record["pen_down"] = True
    return record | {"drawing": [[_values(axis) for axis in stroke.points.T] for stroke in sketch.strokes]}


def _notes(record: dict) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if name in _RESERVED or (name, value) == INK or not isinstance(value, str | int | float):
            continue
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def _plain(name: str, value: str) -> object:
    """The value as JSON has it: `recognized` as a truth value, known numbers as numbers."""
    if name == "recognized" and value in ("true", "false"):
        return value == "true"
    try:
        number = _NUMBERS.get(name, str)(value)
    except ValueError:
        return value
    if isinstance(number, float):
        return number if math.isfinite(number) else value  # JSON has no word for it
    return number if str(number) == value else value  # not what only Python takes for a number, such as 1_0


def _values(axis: np.ndarray) -> list[int] | list[float]:
    if (axis == np.rint(axis)).all() and np.abs(axis).max() < _LARGEST_WHOLE:
        return axis.astype(np.int64).tolist()
    return [float(str(value)) for value in axis]  # the shortest decimals that give the same float32
