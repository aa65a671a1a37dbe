"""Numbers out of a pickle, without letting it run anything.

Sketch-RNN's data sets were published as numpy object arrays, which are pickles (from Python 2, protocol 2), and a
pickle may call whatever it names. Here it may name only what numpy's arrays are made of, and even that is answered by
stand-ins: no numpy function is called before shapes and sizes have been compared with the bytes that are there.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

_OPCODES = frozenset(
    "PROTO FRAME STOP MARK POP GLOBAL STACK_GLOBAL REDUCE BUILD MEMOIZE BINPUT LONG_BINPUT BINGET LONG_BINGET "
    "EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST APPEND APPENDS NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 "
    "LONG1 BINSTRING SHORT_BINSTRING BINUNICODE SHORT_BINUNICODE BINBYTES SHORT_BINBYTES BINBYTES8".split()
)
"""What numpy's arrays need, and no more: no dictionaries, no instances, no persistent ids."""

_FEW = 10_000
"""Instructions of which nothing is asked; beyond them each must stand for two bytes at least, and there must be no more
than the array's elements need: 18 in the published files, 23 to 29 as Python 3 writes them. A million take half a
second of a processor, so that what takes long holds what it says."""
_EACH = 64
MOST_ARRAYS = 500_000
"""Quick, Draw!'s largest category has 340,029 drawings."""
_REPEATED = 32 << 20
"""Bytes that arrays named several times may make beyond those that are there."""
_NUMBER = re.compile(r"[iuf][1248]")
_MOST_DIMENSIONS = 4
_WRONG = (pickle.UnpicklingError, ValueError, TypeError, LookupError, AttributeError, EOFError, OverflowError)


class Refused(Exception):
    """The pickle asks for something that no array of numbers needs, or is damaged; the text says what."""


def load_arrays(data: bytes, count: int) -> list[np.ndarray]:
    """The arrays of numbers in a pickled object array.

    Args:
        data: the pickle, without the `.npy` header before it.
        count: how many arrays that header promises.

    Returns:
        The elements in C order, each an array of integers or floats in the machine's byte order.

    Raises:
        Refused: the pickle names anything but numpy's constructors, or is damaged.
    """
    if count > MOST_ARRAYS:
        raise Refused(f"it promises {count:,} drawings, more than {MOST_ARRAYS:,} are not read from a pickle")
    try:
        _examine(data, _FEW + _EACH * count)
        outer = _Unpickler(io.BytesIO(data), encoding="latin1").load()
        if not isinstance(outer, _Array):
            raise Refused("the pickle holds no array")
        if len(outer.items()) != count:
            raise Refused("the pickled array is damaged (its header and its contents differ)")
        return _all_numbers(outer.items(), len(data))
    except _WRONG as error:
        raise Refused(f"the pickled array is damaged ({error})") from None
    except RecursionError:
        raise Refused("the pickled array is nested too deeply") from None


def _examine(data: bytes, most: int) -> None:
    """Look at every instruction, `most` at most, before any is carried out: kinds, lengths, places in the memo."""
    odd = None
    for count, (opcode, argument, place) in enumerate(_instructions(data)):
        if count > min(_FEW + (place or 0) // 2, most):
            raise Refused("the pickle holds more instructions than arrays need")
        if opcode == "GLOBAL":
            _admitted(*argument.split(" ", 1))
        if opcode == "LONG_BINPUT" and argument > count:
            raise Refused("the pickled array is damaged (a place in its memo is out of range)")
        if opcode not in _OPCODES:
            odd = odd or opcode  # told last: what code it would run says more
    if odd:
        raise Refused(f"the pickle holds the instruction {odd}, which no array of numbers needs")


def _instructions(data: bytes) -> Iterator[tuple[str, Any, int | None]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of backslashes in names
        for opcode, argument, place in pickletools.genops(data):
            yield opcode.name, argument, place


def _admitted(module: str, name: str) -> object:
    try:
        return _ADMITTED[module, name]
    except KeyError:
        raise Refused(f"the pickle asks for {module}.{name}, which could run code, and was refused") from None


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        return _admitted(module, name)


@dataclass
class _Dtype:
    """Stands in for numpy.dtype."""

    code: object
    align: object = False
    copy: object = False
    order: object = "="

    def __setstate__(self, state: tuple) -> None:
        self.order = state[1]

    @property
    def holds_objects(self) -> bool:
        return isinstance(self.code, str) and self.code[:1] == "O"

    def real(self) -> np.dtype:
        if not isinstance(self.code, str) or not _NUMBER.fullmatch(self.code) or self.order not in ("<", ">", "=", "|"):
            raise Refused("the pickle holds values that are not numbers")
        return np.dtype(self.order + self.code)


class _Array:
    """Stands in for numpy.ndarray: keeps what it is told until it has been checked."""

    def __init__(self):
        self.shape, self.dtype, self.fortran, self.content = (0,), None, False, []

    def __setstate__(self, state: tuple) -> None:
        _, shape, dtype, fortran, content = state
        if not isinstance(shape, tuple) or len(shape) > _MOST_DIMENSIONS or not all(type(n) is int for n in shape):
            raise Refused("the pickle holds an array without a sane shape")
        if min(shape, default=0) < 0 or not isinstance(dtype, _Dtype):
            raise Refused("the pickle holds an array without a sane shape")
        self.shape, self.dtype, self.fortran, self.content = shape, dtype, bool(fortran), content

    def items(self) -> list:
        """The elements of an object array."""
        if self.dtype is None or not self.dtype.holds_objects or not isinstance(self.content, list):
            raise Refused("the pickle holds no array of arrays")
        if len(self.content) != math.prod(self.shape):
            raise Refused("the pickled array is damaged (its shape and its contents differ)")
        return self.content

    def numbers(self) -> np.ndarray:
        """The array itself, of numbers."""
        dtype = self.dtype.real() if self.dtype is not None else np.dtype(np.int16)
        content = self.content.encode("latin-1") if isinstance(self.content, str) else self.content
        if not isinstance(content, bytes) or len(content) != math.prod(self.shape) * dtype.itemsize:
            raise Refused("the pickled array is damaged (its shape and its contents differ)")
        array = np.frombuffer(content, dtype).reshape(self.shape, order="F" if self.fortran else "C")
        return array.astype(dtype.newbyteorder("="))


def _all_numbers(items: list, size: int) -> list[np.ndarray]:
    """The arrays; one that is named several times is made once, and all of them are not much more than was read."""
    made: dict[int, np.ndarray] = {}
    for item in items:
        if id(item) not in made:
            made[id(item)] = _numbers(item)
    if sum(made[id(item)].nbytes for item in items) > size + _REPEATED:
        raise Refused("the pickle names its arrays again and again")
    return [made[id(item)] for item in items]


def _numbers(item: object) -> np.ndarray:
    if not isinstance(item, _Array):
        raise Refused("the pickle holds an element that is no array")
    return item.numbers()


def _reconstruct(kind: object, shape: object, code: object) -> _Array:
    """Stands in for numpy's constructor of empty arrays."""
    if kind is not _NDARRAY:
        raise Refused("the pickle reconstructs something that is no array")
    return _Array()


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """Stands in for `_codecs.encode`, by which Python 3 writes bytes in protocol 2."""
    if encoding not in ("latin1", "latin-1"):
        raise Refused(f"the pickle holds text encoded as {encoding}")
    return text.encode("latin-1")


_NDARRAY = object()
_ADMITTED = {
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("_codecs", "encode"): _encode,
}
