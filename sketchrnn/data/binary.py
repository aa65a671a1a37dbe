"""Quick, Draw! `.bin`: the simplified drawings of one category, packed.

Little-endian, per drawing: uint64 key_id, 2 letters of country, uint8 recognized, uint32 timestamp (seconds), uint16
strokes; per stroke uint16 points, the x as uint8 each, the y as uint8 each. There is no word in it: the file's name is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import numpy as np

from sketchrnn.data.blocks import Block, block_of_strokes
from sketchrnn.data.ndjson import Source, name_of, opened
from sketchrnn.data.records import INK
from sketchrnn.data.report import EMPTY, Tally, complain
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.sketch.types import Sketch, Stroke

_HEAD = struct.Struct("<Q2sBIH")
_COUNT = struct.Struct("<H")
_TOGETHER = 4 << 20
_LARGEST = 4 << 20
"""Bytes of a drawing: two million points. Without a bound a file could have its reader hold all of it."""
_NO_COUNTRY = "ZZ"


class _Cut(Exception):
    """The bytes at hand end before the drawing does."""


def read_binary(source: Source, tally: Tally | None = None, *, category: str | None = None) -> Iterator[Sketch]:
    """The drawings of a file or stream, one at a time.

    Args:
        source: a path, or anything with `read(n)` that gives bytes.
        tally: counts damaged drawings instead of raising; after one whose length is not known reading ends.
        category: the word that the file is of.

    Raises:
        BadFile: a damaged drawing (no tally given), named by its number; a file that cannot be opened.
    """
    for data, spans in _chunks(source, tally):
        for head, strokes in spans:
            yield Sketch(tuple(_stroke(data, at, count) for at, count in strokes), category, _notes(head))


def read_binary_blocks(source: Source, tally: Tally | None = None, *, category: str | None = None) -> Iterator[Block]:
    """The drawings of a file as flat arrays, some ten thousand at a time; arguments and errors as `read_binary`."""
    for data, spans in _chunks(source, tally):
        at, lengths = np.array([stroke for _, strokes in spans for stroke in strokes], np.int64).T
        begins = np.cumsum(lengths) - lengths
        place = np.repeat(at - begins, lengths) + np.arange(lengths.sum())
        values = np.frombuffer(data, np.uint8)
        x, y = values[place], values[place + np.repeat(lengths, lengths)]
        rows, offsets = block_of_strokes(x, y, lengths, [len(strokes) for _, strokes in spans])
        recognized = np.array([head[2] == 1 for head, _ in spans])
        none = np.zeros(len(spans), bool)
        yield Block(rows, offsets, (category,), none.astype(np.int64), recognized, none)


def binary_bytes(sketches: Iterable[Sketch]) -> Iterator[bytes]:
    """The drawings packed, one piece of bytes each.

    What `.bin` asks for and a sketch does not know becomes key 0, country ZZ, recognised, time 0; its word is lost.

    Raises:
        SketchRNNError: a drawing that is not in the simplified form (whole coordinates in 0..255).
    """
    for number, sketch in enumerate(sketches, 1):
        yield b"".join(_packed(sketch, number))


def _chunks(source: Source, tally: Tally | None) -> Iterator[tuple[bytes, list]]:
    """Pieces of the file, each with the drawings that lie in it whole: (head, [(place of x, points), ...])."""
    with opened(source) as stream:
        number, rest = 0, b""
        while more := stream.read(_TOGETHER):
            data = rest + more
            spans, number, place, broken = _walk(source, data, number, tally)
            if spans:
                yield data, spans
            if broken:
                return
            rest = data[place:]
        if rest:
            complain(_bad("is cut short", source, number + 1), tally)


def _walk(source: Source, data: bytes, number: int, tally: Tally | None) -> tuple[list, int, int, bool]:
    """Find whole drawings; returns them, the number of the last, where the next begins, and whether to give up."""
    spans, place = [], 0
    while place < len(data):
        try:
            head, strokes, end = _drawing(data, place)
        except _Cut:
            if len(data) - place > _LARGEST:
                complain(_bad(f"the drawing is larger than {_LARGEST >> 20} MiB", source, number + 1), tally)
                return spans, number, place, True
            break
        number += 1
        if head[2] > 1 or not head[1].isascii():
            complain(_bad("the drawing's head makes no sense: no Quick, Draw! binary file", source, number), tally)
            return spans, number, place, True
        if strokes:
            spans.append((head, strokes))
        else:
            complain(_bad(EMPTY, source, number), tally)
        place = end
    return spans, number, place, False


def _drawing(data: bytes, place: int) -> tuple[tuple, list[tuple[int, int]], int]:
    if place + _HEAD.size > len(data):
        raise _Cut
    head = _HEAD.unpack_from(data, place)
    place += _HEAD.size
    strokes = []
    for _ in range(head[4]):
        if place + 2 > len(data):
            raise _Cut
        count = data[place] | data[place + 1] << 8
        if count:
            strokes.append((place + 2, count))
        place += 2 + 2 * count
    if place > len(data):
        raise _Cut
    return head, strokes, place


def _stroke(data: bytes, at: int, count: int) -> Stroke:
    return Stroke(np.frombuffer(data, np.uint8, 2 * count, at).reshape(2, count).T)


def _notes(head: tuple) -> tuple[tuple[str, str], ...]:
    key, country, recognized, timestamp, _ = head
    notes = {"countrycode": country.decode("ascii").rstrip("\0"), "timestamp": str(timestamp)}
    return (*notes.items(), ("recognized", "true" if recognized else "false"), ("key_id", str(key)))


def _packed(sketch: Sketch, number: int) -> Iterator[bytes]:
    points = sketch.points()
    if INK in sketch.provenance or (points != np.rint(points)).any() or ((points < 0) | (points > 255)).any():
        raise SketchRNNError(
            "a .bin file holds drawings in the simplified form only", record=number, hint="Leave out --raw."
        )
    if len(sketch.strokes) > 0xFFFF or any(len(stroke) > 0xFFFF for stroke in sketch.strokes):
        raise SketchRNNError("a .bin file holds at most 65,535 strokes of 65,535 points", record=number)
    notes = dict(sketch.provenance)
    yield _HEAD.pack(
        _whole(notes.get("key_id", ""), 1 << 64),
        notes.get("countrycode", _NO_COUNTRY).encode("ascii", "replace"),
        notes.get("recognized") != "false",
        _seconds(notes.get("timestamp", "")),
        len(sketch.strokes),
    )
    for stroke in sketch.strokes:
        yield _COUNT.pack(len(stroke)) + np.ascontiguousarray(stroke.points.T).astype(np.uint8).tobytes()


def _whole(text: str, limit: int) -> int:
    value = int(text) if text.isdecimal() and len(text) < 25 else 0
    return value if value < limit else 0


def _seconds(text: str) -> int:
    """Seconds since 1970 of a timestamp as the binary (seconds) or the `.ndjson` files have it; 0 if neither."""
    if text.isdecimal():
        return _whole(text, 1 << 32)
    try:
        when = datetime.fromisoformat(text.removesuffix(" UTC").split(".")[0]).replace(tzinfo=UTC)
    except ValueError:
        return 0
    return max(0, int(when.timestamp())) % (1 << 32)


def _bad(what: str, source: Source, number: int) -> BadFile:
    return BadFile(what, file=name_of(source), record=number)
