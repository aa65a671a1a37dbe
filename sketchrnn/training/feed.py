"""Batches made ahead of time by a thread; of each, the drawings that lie on this host's devices."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from sketchrnn.data.augment import Augmentation
from sketchrnn.data.batches import Batch, epoch_batches
from sketchrnn.data.corpus import Corpus
from sketchrnn.data.packing import one_a_row, pack, rows_packed
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.devices import Devices
from sketchrnn.training.step import to_rows

AHEAD = 8
"""Batches that wait to be used, at most."""


class Fed(NamedTuple):
    """A batch on the devices (its rows, or which drawings its rows hold end to end), and the points to which all hosts'
    drawings are padded together."""

    rows: Any
    padded: int


class Feed:
    """An iterator over the batches of a training from number `first` on, across epochs, made ahead by a thread.

    Batch k is the same wherever one starts. A context manager: leaving it ends the thread. `next` is called from one
    thread only; an error in the making of a batch is raised there.

    Args:
        corpus: all drawings, the same on every host.
        config: what batches are made of.
        scale_factor: sketch units per model unit.
        first: the batch to start with.
        devices: where they are dealt to; None for the default device.
    """

    def __init__(
        self, corpus: Corpus, config: TrainConfig, scale_factor: float, first: int = 0, devices: Devices | None = None
    ):
        self._queue: queue.Queue[Fed | BaseException] = queue.Queue(AHEAD)
        self._over = threading.Event()
        self._devices = devices
        arguments = (corpus, config, scale_factor, first)
        self._thread = threading.Thread(target=self._make, args=arguments, name="batches", daemon=True)

    def __enter__(self) -> Feed:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        while self._thread.is_alive():
            self._empty()
            self._thread.join(timeout=0.05)

    def __iter__(self) -> Iterator[Fed]:
        return self

    def __next__(self) -> Fed:
        made = self._queue.get()
        if isinstance(made, BaseException):
            raise made
        return made

    def _make(self, corpus: Corpus, config: TrainConfig, scale_factor: float, first: int) -> None:
        try:
            make = self._packed if config.row_points else self._padded
            for fed in make(corpus, config, scale_factor, first):
                self._put(fed)
                if self._over.is_set():
                    return
        except BaseException as error:
            self._put(error)

    def _padded(self, corpus: Corpus, config: TrainConfig, scale_factor: float, first: int) -> Iterator[Fed]:
        share = None if self._devices is None else self._devices.share
        for batch in all_batches(corpus, config, first, share):
            rows = to_rows(batch, scale_factor)
            rows = jax.device_put(rows) if self._devices is None else self._devices.deal(rows)
            yield Fed(rows, rows.rows.shape[1] * (rows.rows.shape[0] - 1))

    def _packed(self, corpus: Corpus, config: TrainConfig, scale_factor: float, first: int) -> Iterator[Fed]:
        share = slice(0, config.batch_size) if self._devices is None else self._devices.share
        for drawings in packed_batches(corpus.lengths, config, first):
            own = drawings[share]
            dealt = jax.device_put(own) if self._devices is None else self._devices.deal_drawings(own)
            yield Fed(dealt, config.row_points * config.batch_size)

    def _put(self, made: Fed | BaseException) -> None:
        while not self._over.is_set():
            try:
                return self._queue.put(made, timeout=0.1)
            except queue.Full:
                continue

    def _empty(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()


def all_batches(corpus: Corpus, config: TrainConfig, first: int = 0, share: slice | None = None) -> Iterator[Batch]:
    """The batches of a training from number `first` on, without end; of each, the drawings in `share`."""
    augmentation = Augmentation(config.jitter, config.random_scale, config.drop_points)
    epoch, first = divmod(first, batches_per_epoch(corpus, config))
    while True:
        yield from epoch_batches(
            corpus, config.batch_size, config.seed, epoch, augmentation, config.untold, first=first, share=share
        )
        epoch, first = epoch + 1, 0


def packed_batches(lengths: np.ndarray, config: TrainConfig, first: int = 0) -> Iterator[np.ndarray]:
    """Which drawings the rows of each batch hold end to end, (B, S) int32, from number `first` on, without end.

    Args:
        lengths: (D,), points of each drawing.
        config: `row_points` and `batch_size`, in rows, and whether a row holds several.
        first: the batch to start with; batch k is the same wherever one starts.
    """
    epoch, first = divmod(first, rows_held(lengths, config) // config.batch_size)
    while True:
        rng = np.random.default_rng([config.seed, epoch])
        packed = pack(lengths, config.row_points, rng) if config.end_to_end else one_a_row(lengths, rng)
        packed = packed.astype(np.int32)
        for start in range(first * config.batch_size, len(packed) - config.batch_size + 1, config.batch_size):
            yield packed[start : start + config.batch_size]
        epoch, first = epoch + 1, 0


def batches_per_epoch(corpus: Corpus, config: TrainConfig) -> int:
    return rows_held(corpus.lengths, config) // config.batch_size


def rows_held(lengths: np.ndarray, config: TrainConfig) -> int:
    """How many rows drawings of these lengths fill."""
    return rows_packed(lengths, config.row_points) if config.end_to_end else len(lengths)
