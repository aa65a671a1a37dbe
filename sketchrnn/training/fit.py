"""The training itself: steps, and every so often a line, a held-out loss, a checkpoint, a sheet.

Batch k is the same wherever a run starts, and so is the noise of step k, so that a run which is broken and resumed
takes the very steps of an unbroken one.
"""

from __future__ import annotations

import datetime
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from sketchrnn.data.corpus import Corpus
from sketchrnn.errors import TrainingStopped
from sketchrnn.model.sketchrnn import SketchRNN, make_model
from sketchrnn.training.checkpoints import Checkpoints, Position
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.curves import write_curves
from sketchrnn.training.dataset import Dataset, offset_deviation
from sketchrnn.training.density import make_scorer, score_corpus
from sketchrnn.training.evaluate import spread
from sketchrnn.training.feed import Fed, Feed, batches_per_epoch
from sketchrnn.training.folder import RunFolder
from sketchrnn.training.interrupt import Interrupt
from sketchrnn.training.log import Log, Silent
from sketchrnn.training.metrics import Window, Writer
from sketchrnn.training.resume import fixed_digest
from sketchrnn.training.schedules import kl_schedule, learning_rate_schedule, make_optimiser
from sketchrnn.training.sheets import make_painter, write_sheets
from sketchrnn.training.start import require_fitting, take_weights
from sketchrnn.training.step import StepOptions, TrainState, begin, make_step
from sketchrnn.weights import WeightBundle, from_model, save_bundle


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Args:
        step: batches taken in all.
        best: the lowest held-out nats per point, None where nothing was held out and scored.
        interrupted: it was asked to stop before its last step.
        model: the bundle of the best weights.
    """

    step: int
    best: float | None
    interrupted: bool
    model: Path


def train(
    config: TrainConfig,
    folder: RunFolder,
    dataset: Dataset,
    *,
    resume: bool = False,
    start: WeightBundle | None = None,
    command: str = "",
    log: Log | None = None,
) -> Outcome:
    """Train, or go on with a training, until its last step or Ctrl-C.

    Args:
        config: what to do.
        folder: where; must not hold a training, or with `resume` must hold this one.
        dataset: what from.
        resume: go on from the newest whole checkpoint.
        start: begin with these weights instead of random ones.
        command: what was typed, for the model's card.
        log: where to report to.

    Raises:
        TrainingStopped: the loss stayed without a number.
        SketchRNNError: the folder, its checkpoints, the weights or the data do not fit.
    """
    log = log or Silent()
    scale = config.scale_factor or offset_deviation(dataset.train)
    model = make_model(config.network(len(dataset.categories)), config.seed)
    if start is not None:
        require_fitting(config, start)
        model = take_weights(model, dataset.categories, start)
    about = _about(config, dataset, scale, command)
    if not resume:
        folder.begin(config, about)
    checkpoints = Checkpoints(folder.checkpoints, log.note)
    try:
        state, position = begin(model, make_optimiser(config)), _first_position(config, dataset)
        if resume:
            state, position = checkpoints.restore(state, position.config, position.fingerprint)
        else:  # a run that is killed in its first minutes can be resumed too
            checkpoints.save(state, position)
        template = WeightBundle(folder.path.name, model.config, {}, scale, dataset.categories, config.max_points, about)
        with Interrupt() as interrupt:
            run = Run(config, folder, dataset, model, template, checkpoints, log, state, position)
            return run.to_the_end(interrupt)
    finally:
        checkpoints.close()
        log.close()


class Run:
    """A training under way; made and used by `train` alone."""

    def __init__(
        self,
        config: TrainConfig,
        folder: RunFolder,
        dataset: Dataset,
        model: SketchRNN,
        template: WeightBundle,
        checkpoints: Checkpoints,
        log: Log,
        state: TrainState,
        position: Position,
    ):
        self.config, self.folder, self.dataset, self.template = config, folder, dataset, template
        self.model, self.checkpoints, self.log, self.state = model, checkpoints, log, state
        self.position = position
        self._held_out = _held_out(dataset, config, log)
        self._step = make_step(model, make_optimiser(config), kl_schedule(config), step_options(config))
        self._scorer, self._painter = make_scorer(model, samples=1), make_painter(model)
        self._rate = learning_rate_schedule(config)
        self._window = Window(template.scale_factor, config.batch_size)
        self._writer = Writer(folder, position.step)
        self._evaluated_at = -1
        self._began = time.monotonic() - position.seconds

    @property
    def step(self) -> int:
        return self.position.step

    def to_the_end(self, interrupt: Interrupt) -> Outcome:
        """All steps that are left, and what is written at the end."""
        key = jax.random.key(self.config.seed)
        self.log.begin(self.config, self._facts(), self.step)
        try:
            with Feed(self.dataset.train, self.config, self.template.scale_factor, self.step) as feed:
                while self.step < self.config.steps and not interrupt.asked:
                    self._take(next(feed), key)
                    self._now_and_then()
            self._finish(interrupted=self.step < self.config.steps)
        finally:
            self._writer.close()
        return Outcome(self.step, self.position.best, self.step < self.config.steps, self.folder.model)

    def _take(self, fed: Fed, key: jax.Array) -> None:
        with jax.transfer_guard("disallow"):  # nothing goes to or from the device unnoticed in the hot loop
            self.state, metrics = self._step(self.state, fed.rows, key)
            self._window.add(metrics, fed)
        self.position = replace(self.position, step=self.step + 1, seconds=time.monotonic() - self._began)

    def _now_and_then(self) -> None:
        if self._due(self.config.log_every):
            self._tell()
        since = time.perf_counter()
        if self._due(self.config.evaluate_every):
            self._evaluate()
        if self._due(self.config.save_every):
            self.checkpoints.save(self.state, self.position)
        if self._due(self.config.sheet_every):
            self._draw()
        self._window.pause(time.perf_counter() - since)

    def _due(self, every: int) -> bool:
        return bool(every) and self.step % every == 0

    def _tell(self) -> None:
        if not len(self._window):
            return
        epoch = self.step / batches_per_epoch(self.dataset.train, self.config)
        line = self._window.line(self.step, epoch, float(self._rate(jnp.asarray(self.step - 1))))
        self._writer.write(line)
        self.log.line(line)
        if line["skipped_in_a_row"] >= self.config.stop_after_skipped:
            raise TrainingStopped(
                f"the loss or its gradient was no number in {line['skipped_in_a_row']} steps in a row, up to step "
                f"{self.step}; the checkpoints before are kept",
                file=self.folder.path,
                hint=f"Go on from there with --resume --learning-rate {self.config.learning_rate / 3:.1g}, and look "
                "with `sketchrnn data show` whether the data holds what it should.",
            )

    def _evaluate(self) -> None:
        """The held-out loss of the averaged weights; the best ones are kept and written as the run's model."""
        nats = score_corpus(self._scorer, self.state.average, self._held_out, self.template.scale_factor)
        points = self._held_out.lengths.sum()
        value = float((nats.offset + nats.pen + nats.kl).sum() / points)
        best = value == value and (self.position.best is None or value < self.position.best)
        line = {"step": self.step, "valid_nats_per_point": value, "best": best}
        self._writer.write(line)
        self.log.line(line)
        self._evaluated_at = self.step
        if best:
            self.position = replace(self.position, best=value)
            self.checkpoints.save(self.state, self.position, best=True)
            self._export(value)

    def _draw(self) -> None:
        scale = self.template.scale_factor
        write_sheets(self.folder, self.step, self._painter, self.state.average, self._held_out, scale)
        write_curves(self.folder.metrics, self.folder.curves)

    def _finish(self, interrupted: bool) -> None:
        self._tell()
        if not interrupted and self._evaluated_at != self.step:
            self._evaluate()
        self.checkpoints.save(self.state, self.position)
        if not self.folder.model.exists():
            self._export(None)
        if not interrupted and self.config.sheet_every:
            self._draw()
        how = f"stopped at step {self.step:,}; --resume goes on" if interrupted else "done"
        self.log.note(f"{how}. The model: {self.folder.model}")

    def _export(self, nats: float | None) -> None:
        graph, _, rest = nnx.split(self.model, nnx.Param, ...)
        averaged = nnx.merge(graph, self.state.average, rest)
        figures = {"step": self.step, "seconds": round(self.position.seconds), "valid_nats_per_point": nats}
        template = replace(self.template, card={**self.template.card, "training": figures})
        bundle = from_model(averaged, template)
        held = all(np.abs(value).max(initial=0) < np.finfo(np.float16).max for value in bundle.params.values())
        save_bundle(bundle, self.folder.model, "float16" if held else "float32")

    def _facts(self) -> dict[str, str]:
        train, size = self.dataset.train, sum(leaf.size for leaf in jax.tree.leaves(self.state.params))
        epochs = self.config.steps / batches_per_epoch(train, self.config)
        return {
            "data": f"{len(train):,} drawings of {len(train.categories)} categories to learn from, "
            f"{len(self._held_out):,} held out and scored now and then",
            "network": f"{size / 1e6:.2f} million weights; scale factor {self.template.scale_factor:.1f}",
            "plan": f"{self.config.steps:,} steps of {self.config.batch_size} drawings, {epochs:.1f} epochs",
            "run folder": str(self.folder.path),
        }


def step_options(config: TrainConfig) -> StepOptions:
    """What of a config is fixed while its step function lives."""
    return StepOptions(
        reduction=config.reduction,
        max_points=config.max_points,
        untold=config.untold,
        head_weight=config.head_weight,
        kl_floor=config.kl_floor,
        average_decay=config.average_decay,
    )


def _held_out(dataset: Dataset, config: TrainConfig, log: Log) -> Corpus:
    if len(dataset.valid):
        return spread(dataset.valid, max(config.evaluate_drawings, 1))
    log.note("the data is too little to hold any out for validation: train drawings are scored instead")
    return spread(dataset.train, max(config.evaluate_drawings, 1))


def _first_position(config: TrainConfig, dataset: Dataset) -> Position:
    return Position(0, dataset.fingerprint, fixed_digest(config))


def _about(config: TrainConfig, dataset: Dataset, scale: float, command: str) -> Mapping[str, Any]:
    parts = {"train": dataset.train, "valid": dataset.valid, "test": dataset.test}
    return {
        "categories": list(dataset.categories),
        "drawings": {name: len(part) for name, part in parts.items()},
        "points": {name: int(part.lengths.sum()) for name, part in parts.items()},
        "fingerprint": dataset.fingerprint,
        "read": dataset.report.as_dict(),
        "scale_factor": scale,
        "command": command,
        "begun": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {"jax": jax.__version__, "python": platform.python_version()},
    }
