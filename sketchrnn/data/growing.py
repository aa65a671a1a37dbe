"""An array in the making that grows at its end, in place where the system can."""

from __future__ import annotations

from typing import Protocol

import numpy as np

LEAST = 1 << 16


class Points(Protocol):
    """Where the points of a corpus in the making lie: in memory (`Growing`), or in a file (`stored.PointsFile`)."""

    def __len__(self) -> int: ...

    def append(self, rows: np.ndarray) -> None:
        """Put (n, 3) int16 rows at the end."""
        ...

    def piece(self, first: int, last: int) -> np.ndarray:
        """Rows first..last-1, to be read before anything else is done."""
        ...

    def put(self, first: int, rows: np.ndarray) -> None:
        """Overwrite rows from `first` on."""
        ...

    def cut(self, count: int) -> None:
        """Forget all but the first so many rows."""
        ...

    def values(self) -> np.ndarray:
        """All of it, (N, 3) int16; nothing may be put in after."""
        ...


class Growing:
    """In memory: one array from the start, so that nothing is held twice.

    Args:
        dtype: of the values.
        shape: of one value.
        expected: how many there will be, more or less: memory that is not written to costs nothing.
    """

    def __init__(self, dtype: type, shape: tuple[int, ...] = (), expected: int = 0):
        self._array = np.empty((max(expected, LEAST), *shape), dtype)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    def append(self, rows: np.ndarray) -> None:
        need = self._used + len(rows)
        if need > len(self._array):
            self._array.resize((need + need // 4, *self._array.shape[1:]), refcheck=False)
        self._array[self._used : need] = rows
        self._used = need

    def piece(self, first: int, last: int) -> np.ndarray:
        return self._array[first:last]

    def put(self, first: int, rows: np.ndarray) -> None:
        self._array[first : first + len(rows)] = rows

    def cut(self, count: int) -> None:
        self._used = count

    def values(self) -> np.ndarray:
        # not resized: numpy 2.5 copies what it makes smaller, and what was never written to costs nothing
        return self._array[: self._used]
