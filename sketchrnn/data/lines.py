"""Lines of a text file of any size, in memory that does not grow with the length of a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 1 << 20
LINE_LIMIT = 16 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def bounded_lines(stream: BinaryIO, limit: int = LINE_LIMIT) -> Iterator[tuple[int, bytes | None]]:
    """The lines of a stream that are not blank, with their 1-based numbers, read a chunk at a time.

    Args:
        stream: anything with `read(n)` that gives bytes.
        limit: bytes; of a longer line only its number is given.

    Yields:
        (number, line) without line end and byte order mark; (number, None) for a line over the limit, as soon as it is
        known to be, and the rest of that line is passed over without being kept.
    """
    number, rest, passing = 1, b"", False
    while chunk := stream.read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if not passing:
                yield from _line(number, line, limit)
            number, passing = number + 1, False
        if len(rest) > limit and not passing:
            passing = True
            yield number, None
        if passing:
            rest = b""
    if not passing:
        yield from _line(number, rest, limit)


def _line(number: int, line: bytes, limit: int) -> Iterator[tuple[int, bytes | None]]:
    if number == 1:
        line = line.removeprefix(_BYTE_ORDER_MARK)
    line = line.strip()
    if line:
        yield number, line if len(line) <= limit else None
