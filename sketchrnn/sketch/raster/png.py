"""PNG, written with zlib alone."""

from __future__ import annotations

import os
import struct
import zlib
from typing import BinaryIO

import numpy as np

from sketchrnn.sketch.files import write_atomically

_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}


def write_png(target: str | os.PathLike[str] | BinaryIO, image: np.ndarray) -> None:
    """Write a picture to a file, whole or not at all, or to a stream.

    Args:
        target: a path or a binary stream.
        image: as `png_bytes`.

    Raises:
        SketchRNNError: the file could not be written.
    """
    write_binary(target, png_bytes(image))


def png_bytes(image: np.ndarray) -> bytes:
    """A picture as a PNG file.

    Args:
        image: (h, w) or (h, w, 1) grey, (h, w, 3) RGB or (h, w, 4) RGBA, uint8.

    Raises:
        ValueError: another shape or dtype.
    """
    image = np.asarray(image)
    image = image[..., None] if image.ndim == 2 else image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in _COLOUR_TYPES or 0 in image.shape:
        raise ValueError(f"expected uint8 (h, w), (h, w, 3) or (h, w, 4), got {image.dtype} {image.shape}")
    height, width, channels = image.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row begins with its filter: 0, none
    rows[:, 1:] = image.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def write_binary(target: str | os.PathLike[str] | BinaryIO, data: bytes) -> None:
    """Bytes to a stream, or to a file that is replaced whole or not at all."""
    if isinstance(target, str | os.PathLike):
        write_atomically(target, data)
    else:
        target.write(data)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
