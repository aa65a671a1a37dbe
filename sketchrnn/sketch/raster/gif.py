"""Animated GIF (GIF89a): each frame holds only the rectangle that changed."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np

from sketchrnn.sketch.frame import Box
from sketchrnn.sketch.palette import PAPER, Colour
from sketchrnn.sketch.prefix import first_part
from sketchrnn.sketch.raster.lines import rasterise
from sketchrnn.sketch.raster.png import write_binary
from sketchrnn.sketch.types import Sketch


def animation_frames(
    sketch: Sketch,
    size: int | tuple[int, int],
    *,
    frames: int = 48,
    line_width: float | None = None,
    background: Colour = PAPER,
    margin: float | None = None,
    page: Box | None = None,
) -> list[np.ndarray]:
    """Pictures of the drawing being drawn at an even speed.

    Args:
        sketch: in any unit. What the hand drew before the model's first stroke is there from the first frame on,
            unless the hand drew all of it.
        size: (width, height) in px, or the side of a square.
        frames: how many, at least 2.
        line_width: in px, as in `rasterise`.
        background: of the page.
        margin: in px, as in `rasterise`.
        page: (left, top, right, bottom) in the sketch's units; the whole drawing's bounds if None.

    Returns:
        (h, w, 3) uint8 each; the last shows all of it.
    """
    if frames < 2:
        raise ValueError(f"expected at least 2 frames, got {frames}")
    page = page or sketch.bounds()
    parts = np.linspace(_given(sketch), 1, frames)
    looks = {"line_width": line_width, "background": background, "margin": margin, "page": page}
    return [rasterise(first_part(sketch, float(part)), size, **looks) for part in parts]


def write_gif(
    target: str | os.PathLike[str] | BinaryIO, frames: Sequence[np.ndarray], *, frame_ms: int = 50, last_ms: int = 2500
) -> None:
    """Write an animation to a file, whole or not at all, or to a stream; arguments as `gif_bytes`.

    Raises:
        SketchRNNError: the file could not be written.
    """
    write_binary(target, gif_bytes(frames, frame_ms=frame_ms, last_ms=last_ms))


def gif_bytes(frames: Sequence[np.ndarray], *, frame_ms: int = 50, last_ms: int = 2500) -> bytes:
    """An animation as a GIF file that repeats for ever.

    Args:
        frames: (h, w, 3) uint8 each, all of one size, at least one. Colours beyond 256 are brought together.
        frame_ms: how long a frame is shown; GIF counts hundredths of a second, browsers none below two.
        last_ms: how long the last one is shown.

    Raises:
        ValueError: no frame, or frames of other shapes.
    """
    if not len(frames) or any(f.shape != frames[0].shape or f.dtype != np.uint8 or f.ndim != 3 for f in frames):
        raise ValueError("expected at least one frame, all (h, w, 3) uint8 of one size")
    colours, indices = _palette(np.stack(frames)[..., :3])
    height, width = indices.shape[1:]
    bits = max(1, int(len(colours) - 1).bit_length())
    table = colours.astype(np.uint8).tobytes().ljust(3 << bits, b"\0")
    parts = [b"GIF89a", struct.pack("<HHBBB", width, height, 0xF0 | (bits - 1), 0, 0), table]
    parts.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")
    for number, (left, top, patch) in enumerate(_changes(indices)):
        wait = (last_ms if number == len(indices) - 1 else frame_ms) // 10
        parts.append(b"\x21\xf9\x04\x04" + struct.pack("<H", wait) + b"\0\0")
        parts.append(b"\x2c" + struct.pack("<HHHHB", left, top, patch.shape[1], patch.shape[0], 0))
        parts.append(_compressed(patch.ravel().tolist(), max(2, bits)))
    return b"".join(parts) + b"\x3b"


def _given(sketch: Sketch) -> float:
    """The part of the line's length that lies before the model's first stroke."""
    lines = [stroke.points.astype(np.float64) for stroke in sketch.strokes]
    lengths = [float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines]
    first = next((n for n, stroke in enumerate(sketch.strokes) if stroke.author == "model"), 0)
    return sum(lengths[:first]) / sum(lengths) if sum(lengths) > 0 else 0.0


def _palette(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most 256 colours, (c, 3), and each pixel's index among them, (n, h, w) uint8."""
    codes = frames.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    seen, where, counts = np.unique(codes, return_inverse=True, return_counts=True)
    for dropped in range(8):
        mask = (0xFF << dropped) & 0xFF
        bins, group = np.unique(seen & (mask * 0x010101), return_inverse=True)
        if len(bins) <= 256:
            break
    # a bin shows as its most frequent colour, so that the page keeps its own
    order = np.lexsort((counts, group))
    chosen = seen[order[np.append(np.flatnonzero(np.diff(group[order])), len(order) - 1)]]
    colours = np.stack([chosen >> 16, (chosen >> 8) & 255, chosen & 255], axis=1)
    return colours, group[where].reshape(codes.shape).astype(np.uint8)


def _changes(frames: np.ndarray) -> Iterator[tuple[int, int, np.ndarray]]:
    """Of each frame the smallest rectangle that holds all changes: left, top, pixels."""
    yield 0, 0, frames[0]
    for before, after in zip(frames[:-1], frames[1:], strict=True):
        rows, columns = np.nonzero(before != after)
        if not len(rows):
            yield 0, 0, after[:1, :1]
            continue
        top, left = rows.min(), columns.min()
        yield int(left), int(top), after[top : rows.max() + 1, left : columns.max() + 1]


def _compressed(pixels: list[int], bits: int) -> bytes:
    """Pixels as GIF's image data: the code size, LZW codes in blocks of at most 255 bytes, an empty block."""
    data = _packed(_codes(pixels, bits))
    blocks = (data[first : first + 255] for first in range(0, len(data), 255))
    return bytes([bits]) + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def _codes(pixels: list[int], bits: int) -> Iterator[tuple[int, int]]:
    """LZW codes with the number of bits of each (Welch 1984; codes grow to 12 bits, then the table starts anew)."""
    clear, end = 1 << bits, (1 << bits) + 1
    yield clear, bits + 1
    table: dict[int, int] = {}
    width, following = bits + 1, end + 1
    prefix = pixels[0]
    for pixel in pixels[1:]:
        key = prefix << 8 | pixel
        known = table.get(key)
        if known is not None:
            prefix = known
            continue
        yield prefix, width
        prefix = pixel
        if following == 4096:
            yield clear, width
            table, width, following = {}, bits + 1, end + 1
            continue
        table[key] = following
        width += following == 1 << width
        following += 1
    yield prefix, width
    # a decoder has entered one more code by now, and may read the end with one bit more
    yield end, width + (following == 1 << width and width < 12)


def _packed(codes: Iterator[tuple[int, int]]) -> bytes:
    """Codes in bytes, the lowest bits first."""
    out = bytearray()
    held, count = 0, 0
    for code, width in codes:
        held |= code << count
        count += width
        while count >= 8:
            out.append(held & 255)
            held >>= 8
            count -= 8
    if count:
        out.append(held)
    return bytes(out)
