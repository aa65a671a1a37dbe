"""Random numbers of a batch of which each host makes its own rows."""

from __future__ import annotations

import numpy as np


class SharedNumbers:
    """The random numbers of some rows of a batch: those that they would get, were the whole batch made at once.

    Numbers of other rows are passed over without being drawn, so that the cost is that of the share.

    Args:
        rng: at the batch's beginning.
        rows: of the whole batch.
        share: which are wanted.
    """

    def __init__(self, rng: np.random.Generator, rows: int, share: slice):
        self._rng, self._rows, self._share = rng, rows, share

    def random(self, shape: tuple[int, ...], dtype: type) -> np.ndarray:
        """What `numpy.random.Generator.random` gives of (rows, ...), in the shared rows; shape is (share, ...)."""
        share = self._share
        row = int(np.prod(shape[1:], dtype=np.int64))
        advance = getattr(self._rng.bit_generator, "advance", None)
        if dtype is not np.float32 or row % 2 or advance is None:
            return self._rng.random((self._rows, *shape[1:]), dtype)[share]
        advance(share.start * row // 2)  # each state of the generator holds two float32
        numbers = self._rng.random(shape, dtype)
        advance((self._rows - share.stop) * row // 2)
        return numbers
