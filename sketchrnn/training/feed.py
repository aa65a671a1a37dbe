"""Batches made ahead of time by a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import NamedTuple

import jax

from sketchrnn.data.augment import Augmentation
from sketchrnn.data.batches import Batch, epoch_batches
from sketchrnn.data.corpus import Corpus
from sketchrnn.model.losses import Rows
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.step import to_rows

AHEAD = 8
"""Batches that wait to be used, at most."""


class Fed(NamedTuple):
    """A batch on the device, and how many points it holds and is padded to."""

    rows: Rows
    points: int
    padded: int


class Feed:
    """An iterator over the batches of a training from number `first` on, across epochs, made ahead by a thread.

    Batch k is the same wherever one starts. A context manager: leaving it ends the thread. `next` is called from one
    thread only; an error in the making of a batch is raised there.
    """

    def __init__(self, corpus: Corpus, config: TrainConfig, scale_factor: float, first: int = 0):
        self._queue: queue.Queue[Fed | BaseException] = queue.Queue(AHEAD)
        self._over = threading.Event()
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
            for batch in all_batches(corpus, config, first):
                rows = jax.device_put(to_rows(batch, scale_factor))
                self._put(Fed(rows, batch.points, batch.padded_points))
                if self._over.is_set():
                    return
        except BaseException as error:
            self._put(error)

    def _put(self, made: Fed | BaseException) -> None:
        while not self._over.is_set():
            try:
                return self._queue.put(made, timeout=0.1)
            except queue.Full:
                continue

    def _empty(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()


def all_batches(corpus: Corpus, config: TrainConfig, first: int = 0) -> Iterator[Batch]:
    """The batches of a training from number `first` on, without end."""
    per_epoch = batches_per_epoch(corpus, config)
    epoch, first = divmod(first, per_epoch)
    augmentation = Augmentation(config.jitter, config.random_scale, config.drop_points)
    share = config.untold_share if config.use_categories else 0.0
    while True:
        yield from epoch_batches(corpus, config.batch_size, config.seed, epoch, augmentation, share, first)
        epoch, first = epoch + 1, 0


def batches_per_epoch(corpus: Corpus, config: TrainConfig) -> int:
    return len(corpus) // config.batch_size
