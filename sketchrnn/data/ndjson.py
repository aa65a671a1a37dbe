"""Quick, Draw! `.ndjson`, simplified or raw: one JSON object a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np

from sketchrnn.data.blocks import Block, block_of_sketches, block_of_strokes, indexed
from sketchrnn.data.lines import LINE_LIMIT, bounded_lines
from sketchrnn.data.records import (
    COORDINATE_LIMIT,
    WrongRecord,
    holds_times,
    is_guessed,
    parse_record,
    to_record,
    to_sketch,
    word_of,
)
from sketchrnn.data.report import Tally, complain
from sketchrnn.errors import BadFile
from sketchrnn.sketch.files import open_regular
from sketchrnn.sketch.types import Sketch

Source = str | os.PathLike[str] | BinaryIO
_TOGETHER, _BYTES_TOGETHER = 2048, 8 << 20


def read_ndjson(source: Source, tally: Tally | None = None, *, line_limit: int = LINE_LIMIT) -> Iterator[Sketch]:
    """The drawings of a file or of a stream of bytes, one at a time, in the record's own coordinates.

    Args:
        source: a path, or anything with `read(n)` that gives bytes.
        tally: counts damaged records, which are then passed over; without one the first damaged record raises.
        line_limit: bytes that a record may have.

    Raises:
        BadFile: a damaged record (no tally given), named by its line number; a file that cannot be opened.
    """
    with opened(source) as stream:
        yield from _sketches(source, bounded_lines(stream, line_limit), tally, line_limit)


def read_ndjson_blocks(source: Source, tally: Tally | None = None, *, line_limit: int = LINE_LIMIT) -> Iterator[Block]:
    """The drawings of a file as flat arrays, about 2,000 at a time; arguments and errors as `read_ndjson`."""
    with opened(source) as stream:
        lines = bounded_lines(stream, line_limit)
        while batch := _some(lines):
            try:
                yield _packed(line for _, line in batch)
            except (_Irregular, WrongRecord):
                block = block_of_sketches(_sketches(source, batch, tally, line_limit))
                if block is not None:
                    yield block


def ndjson_bytes(sketches: Iterable[Sketch]) -> Iterator[bytes]:
    """The lines of an `.ndjson` file that holds these drawings, one record each."""
    for sketch in sketches:
        yield json.dumps(to_record(sketch), separators=(",", ":"), ensure_ascii=False).encode(errors="replace") + b"\n"


def _some(lines: Iterator[tuple[int, bytes | None]]) -> list[tuple[int, bytes | None]]:
    """The next lines, as many as are packed together."""
    batch, size = [], 0
    for number, line in lines:
        batch.append((number, line))
        size += len(line or b"")
        if len(batch) == _TOGETHER or size > _BYTES_TOGETHER:
            break
    return batch


class _Irregular(Exception):
    """Records that need a closer look than whole arrays allow."""


def _sketches(
    source: Source, lines: Iterable[tuple[int, bytes | None]], tally: Tally | None, line_limit: int
) -> Iterator[Sketch]:
    for number, line in lines:
        try:
            if line is None:
                raise WrongRecord(f"the record is longer than {line_limit >> 20} MiB")
            sketch = to_sketch(parse_record(line))
        except WrongRecord as wrong:
            complain(BadFile(str(wrong), file=name_of(source), record=number), tally)
        else:
            yield sketch


def _packed(lines: Iterable[bytes | None]) -> Block:
    """The block of well-formed records, each of them let go before the next is parsed.

    Raises:
        _Irregular, WrongRecord: one of them is not well-formed.
    """
    x: list = []
    y: list = []
    lengths: list[int] = []
    counts: list[int] = []
    words: list[str | None] = []
    recognized: list[bool] = []
    guessed: list[bool] = []
    for line in lines:
        line = line or b""
        record = parse_record(line)
        # numpy takes true for 1: where it is not that of `recognized`, it may be a coordinate
        if line.count(b"true") + line.count(b"false") > isinstance(record.get("recognized"), bool):
            raise _Irregular
        for stroke in record["drawing"]:
            x_of, y_of = _plain_stroke(stroke)
            x += x_of
            y += y_of
            lengths.append(len(x_of))
        if not record["drawing"] or holds_times(record):
            raise _Irregular
        counts.append(len(record["drawing"]))
        words.append(word_of(record))
        recognized.append(record.get("recognized") is not False)
        guessed.append("model" in record and is_guessed(record))
    rows, offsets = block_of_strokes(_numbers(x), _numbers(y), lengths, counts)
    names, word = indexed(words)
    return Block(rows, offsets, names, word, np.array(recognized), np.zeros(len(counts), bool), np.array(guessed))


def _plain_stroke(stroke: object) -> list[list]:
    if type(stroke) is list and len(stroke) == 2 and type(stroke[0]) is type(stroke[1]) is list:
        if 0 < len(stroke[0]) == len(stroke[1]):
            return stroke
    raise _Irregular


def _numbers(values: list) -> np.ndarray:
    try:
        numbers = np.array(values)
    except ValueError:
        raise _Irregular from None
    if numbers.dtype.kind not in "if" or numbers.ndim != 1 or not (np.abs(numbers) <= COORDINATE_LIMIT).all():
        raise _Irregular
    return numbers


def name_of(source: Source) -> str:
    """The name by which messages call a source."""
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    return str(getattr(source, "name", "stream"))


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """The source as a stream of bytes, closed afterwards if it was opened here.

    Raises:
        BadFile: it cannot be opened or read.
    """
    if not isinstance(source, str | os.PathLike):
        yield source
        return
    try:
        with open_regular(source) as stream:
            yield stream
    except OSError as error:
        raise BadFile(f"cannot be read: {error.strerror or error}", file=source) from error
