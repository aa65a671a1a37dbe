"""The training itself: step after step, with a line of figures now and then, until the last one or Ctrl-C.

Every host runs the same loop on its share of each batch. Batch k is the same wherever a run starts, and so is the noise
of step k, so that a run which is broken and resumed takes the very steps of an unbroken one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from sketchrnn.errors import TrainingStopped
from sketchrnn.training.checkpoints import Position
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.dataset import Dataset
from sketchrnn.training.devices import Devices
from sketchrnn.training.feed import Fed, Feed, batches_per_epoch
from sketchrnn.training.folder import RunFolder
from sketchrnn.training.interrupt import Interrupt
from sketchrnn.training.keeper import Keeper
from sketchrnn.training.metrics import Window
from sketchrnn.training.schedules import learning_rate_schedule
from sketchrnn.training.step import TrainState

Step = Callable[[TrainState, Any, jax.Array], tuple[TrainState, Mapping[str, jax.Array]]]


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Args:
        step: batches taken in all.
        best: the lowest held-out loss (see `Position`), None where nothing was held out and scored, and on hosts after
            the first.
        interrupted: it was asked to stop before its last step.
        model: the bundle of the best weights.
    """

    step: int
    best: float | None
    interrupted: bool
    model: Path


class Run:
    """A training under way; made and used by `fit.train` alone.

    Args:
        config: what to do.
        folder: where it is kept.
        dataset: what from, the same on every host.
        scale: sketch units per model unit.
        devices: where.
        step: takes one.
        keeper: writes and tells; None on every host but the first.
    """

    def __init__(
        self,
        config: TrainConfig,
        folder: RunFolder,
        dataset: Dataset,
        scale: float,
        devices: Devices,
        step: Step,
        keeper: Keeper | None,
    ):
        self._config, self._folder, self._dataset, self._scale = config, folder, dataset, scale
        self._devices, self._step, self._keeper = devices, step, keeper
        self._rate = learning_rate_schedule(config)
        self._window, self._per_epoch = Window(config, scale), batches_per_epoch(dataset.train, config)

    def to_the_end(self, state: TrainState, position: Position, interrupt: Interrupt) -> Outcome:
        """All steps that are left, and what is written at the end."""
        self._state, self._position = state, position
        self._began = time.monotonic() - position.seconds
        key, stopped = self._devices.make(lambda: jax.random.key(self._config.seed)), False
        with Feed(self._dataset.train, self._config, self._scale, position.step, self._devices) as feed:
            self._window.clear()
            while self._position.step < self._config.steps and not stopped:
                self._take(next(feed), key)
                self._now_and_then()
                stopped = interrupt.stops_after(self._position.step)
        return self._finish()

    def _take(self, fed: Fed, key: jax.Array) -> None:
        with jax.transfer_guard("disallow"):  # nothing goes to or from the device unnoticed in the hot loop
            self._state, metrics = self._step(self._state, fed.rows, key)
            self._window.add(metrics, fed)
        seconds = time.monotonic() - self._began
        self._position = replace(self._position, step=self._position.step + 1, seconds=seconds)

    def _now_and_then(self) -> None:
        step = self._position.step
        if step % self._config.log_every == 0:
            self._tell()
        if self._keeper is not None:
            since = time.perf_counter()
            self._position = self._keeper.now_and_then(self._state, self._position)
            self._window.pause(time.perf_counter() - since)

    def _tell(self) -> None:
        if not len(self._window):
            return
        step = self._position.step
        epoch = step / self._per_epoch
        line = self._window.line(step, epoch, lambda taken: float(self._rate(jnp.asarray(taken))))
        if self._keeper is not None:
            self._keeper.write(line)
        if line["skipped_in_a_row"] >= self._config.stop_after_skipped:
            self._stop(line["skipped_in_a_row"])

    def _stop(self, skipped: int) -> None:
        raise TrainingStopped(
            f"the loss or its gradient was no number in {skipped} steps in a row, up to step {self._position.step}; "
            "the checkpoints before are kept",
            file=self._folder.path,
            hint=f"Go on from there with --resume --learning-rate {self._config.learning_rate / 3:.1g}, and look "
            "with `sketchrnn data show` whether the data holds what it should.",
        )

    def _finish(self) -> Outcome:
        self._tell()
        interrupted = self._position.step < self._config.steps
        if self._keeper is not None:
            self._position = self._keeper.finish(self._state, self._position, interrupted)
        return Outcome(self._position.step, self._position.best, interrupted, self._folder.model)
