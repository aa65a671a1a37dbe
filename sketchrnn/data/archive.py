"""Arrays in an `.npz` file (a zip of `.npy` members), looked at before anything of their size is asked of memory."""

from __future__ import annotations

import ast
import io
import math
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast

import numpy as np

from sketchrnn.errors import BadFile
from sketchrnn.sketch.files import open_regular

_MAGIC = b"\x93NUMPY"
_HEADER_LIMIT = 4096
_BOMB_RATIO = 100
_BOMB_SIZE = 16 << 20
"""Drawings compress two- or threefold; what grows a hundredfold to more than this was made to fill the memory."""
_PICKLE_SIZE = 1 << 20
"""The same for a pickle, in which every byte can be an instruction."""
_DIRECTORY_LIMIT = 4 << 20
"""Bytes of a zip's list of members, which Python's reader takes in whole: fifty thousand members."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Header:
    """What an array says of itself.

    Args:
        dtype: its element type; object for a pickled one.
        shape: its shape.
        fortran: True for column order.
        size: bytes of content after the header, as the zip has them.
    """

    dtype: np.dtype
    shape: tuple[int, ...]
    fortran: bool
    size: int


@contextmanager
def open_archive(path: str | os.PathLike[str]) -> Iterator[zipfile.ZipFile]:
    """The zip file, with everything that is wrong with it, or comes up while it is read, told as `BadFile`."""
    try:
        with (
            _Wary(cast(io.FileIO, open_regular(os.fspath(path), buffering=0))) as stream,
            zipfile.ZipFile(stream) as archive,
        ):
            _require_plain(archive)
            stream.most = None
            yield archive
    except OSError as error:
        raise BadFile(f"cannot be read: {error.strerror or error}", file=path) from error
    except _BROKEN as error:
        raise BadFile(f"is no whole .npz file ({error})", file=path) from error


class _Wary(io.BufferedReader):
    """A file of which at first only so much may be asked at once."""

    most: int | None = _DIRECTORY_LIMIT

    def read(self, size: int | None = -1, /) -> bytes:
        if self.most is not None and size is not None and size > self.most:
            raise zipfile.BadZipFile(f"its directory claims {size:,} bytes")
        return super().read(size)


def _require_plain(archive: zipfile.ZipFile) -> None:
    """Refuse what numpy never writes: other ways of packing ask for memory of a size that the file names."""
    for info in archive.infolist():
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(f"{info.filename} is packed in a way that no data set is")


def array_names(archive: zipfile.ZipFile) -> set[str]:
    """The names of the arrays."""
    return {name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")}


@contextmanager
def open_array(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[Header, IO[bytes]]]:
    """The header of an array and the stream of its content, checked against each other.

    Raises:
        BadFile: the header is damaged, promises other than what is there, or the content would fill the memory.
    """
    info = archive.getinfo(f"{name}.npy")
    if info.file_size > _BOMB_SIZE and info.file_size > _BOMB_RATIO * info.compress_size:
        raise BadFile(
            f"grows from {info.compress_size:,} to {info.file_size:,} bytes, which no drawings do; it was not read",
            file=archive.filename,
            record=name,
        )
    with archive.open(info) as stream:
        try:
            header = _header(stream, info.file_size)
        except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
            raise BadFile(f"the array's header is damaged ({error})", file=archive.filename, record=name) from None
        if header.dtype.hasobject and header.size > _PICKLE_SIZE and header.size > _BOMB_RATIO * info.compress_size:
            raise BadFile(
                f"pickles {header.size:,} bytes that are nearly all the same", file=archive.filename, record=name
            )
        yield header, stream


def read_array(archive: zipfile.ZipFile, name: str, kinds: str, dimensions: int) -> np.ndarray:
    """A whole array.

    Args:
        kinds: admitted letters of numpy's `dtype.kind`.
        dimensions: the number of dimensions that it must have.

    Raises:
        BadFile: it is of another kind or shape, or damaged.
    """
    with open_array(archive, name) as (header, stream):
        require(archive, name, header, kinds, dimensions)
        values = np.frombuffer(stream.read(header.size), header.dtype)
        return values.reshape(header.shape, order="F" if header.fortran else "C")


def require(archive: zipfile.ZipFile, name: str, header: Header, kinds: str, dimensions: int) -> None:
    """Refuse an array of another kind or number of dimensions."""
    if header.dtype.kind not in kinds or len(header.shape) != dimensions:
        raise BadFile(
            f"expected {dimensions} dimensions of kind {'/'.join(kinds)}, got {header.dtype} {header.shape}",
            file=archive.filename,
            record=name,
        )


def _header(stream: IO[bytes], file_size: int) -> Header:
    start = stream.read(8)
    if start[:6] != _MAGIC or len(start) < 8:
        raise ValueError("it is no .npy array")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(stream.read(width), "little")
    if length > _HEADER_LIMIT:
        raise ValueError(f"it claims {length:,} bytes")
    text = stream.read(length).decode("latin-1")
    fields = ast.literal_eval(re.sub(r"(\d)L\b", r"\1", text).strip())  # Python 2 wrote 300L
    dtype, shape = _dtype(fields["descr"]), _shape(fields["shape"])
    size = file_size - 8 - width - length
    if not dtype.hasobject and math.prod(shape) * dtype.itemsize != size:
        raise ValueError(f"it promises {shape} of {dtype}, but {size:,} bytes follow")
    return Header(dtype, shape, bool(fields["fortran_order"]), size)


def _dtype(text: object) -> np.dtype:
    if not isinstance(text, str) or not re.fullmatch(r"[<>|=]?(O\d?|b1|[iuf][1248]|[SU]\d{1,4})", text):
        raise ValueError(f"its element type is {text!r}")
    return np.dtype(text)


def _shape(shape: object) -> tuple[int, ...]:
    if not isinstance(shape, tuple) or len(shape) > 4 or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"its shape is {shape!r}")
    return shape
