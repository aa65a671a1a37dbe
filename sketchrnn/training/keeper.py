"""What a training leaves behind: lines, held-out losses, checkpoints, sheets and the model. The first host's work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
from flax import nnx

from sketchrnn.data.corpus import Corpus
from sketchrnn.data.report import counted
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.training.checkpoints import Checkpoints, Position
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.curves import write_curves
from sketchrnn.training.dataset import Dataset
from sketchrnn.training.density import make_scorer, score_corpus
from sketchrnn.training.devices import Devices
from sketchrnn.training.evaluate import spread
from sketchrnn.training.feed import batches_per_epoch
from sketchrnn.training.folder import RunFolder
from sketchrnn.training.log import Log
from sketchrnn.training.metrics import Line, Writer, recognised
from sketchrnn.training.recognised import make_recogniser, score_recogniser
from sketchrnn.training.sheets import make_painter, write_sheets
from sketchrnn.training.step import TrainState
from sketchrnn.weights import WeightBundle, from_model, save_bundle


class Keeper:
    """Writes into a run's folder and tells the log. Scoring and painting is done on this host's first device.

    Args:
        config: what is due when.
        folder: where to.
        dataset: drawings of it that are held out are scored now and then.
        model: gives the structure; its weights are not used.
        template: the bundle that the run's model becomes, without weights.
        devices: where the state lies.
        log: what is told.
    """

    def __init__(
        self,
        config: TrainConfig,
        folder: RunFolder,
        dataset: Dataset,
        model: SketchRNN,
        template: WeightBundle,
        devices: Devices,
        log: Log,
    ):
        self._config, self._folder, self._dataset, self._template = config, folder, dataset, template
        self._model, self._devices, self._log = model, devices, log
        self._held_out = _held_out(dataset, config, log)
        self._checkpoints = Checkpoints(folder.checkpoints, log.note)
        self._writer: Writer | None = None
        self._scorer, self._painter = make_scorer(model, samples=1), make_painter(model)
        self._recognise = make_recogniser(model)
        self._tells = not config.learns("decoder")  # all that is learnt is to say what is drawn
        self._evaluated_at = -1

    def begin(self, state: TrainState, position: Position, resume: bool) -> tuple[TrainState, Position]:
        """Where the run starts: as given, or with `resume` at its newest whole checkpoint.

        Raises:
            SketchRNNError: there is none, or it is of another network or other data.
        """
        if resume:
            state, position = self._checkpoints.restore(state, position.config, position.fingerprint)
            self._folder.go_on(self._config)
        else:  # a run that is killed in its first minutes can be resumed too
            self._checkpoints.save(state, position)
        self._writer = Writer(self._folder, position.step)
        self._log.begin(self._config, self._facts(state))
        return state, position

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._checkpoints.close()
        self._log.close()

    def write(self, line: Line) -> None:
        """A line of figures, into the folder and to the log."""
        if self._writer is not None:
            self._writer.write(line)
        self._log.line(line)

    def now_and_then(self, state: TrainState, position: Position) -> Position:
        """What is due after a step; the position with the best held-out loss so far."""
        if _due(self._config.evaluate_every, position):
            position = self._evaluate(state, position)
        if _due(self._config.save_every, position):
            self._checkpoints.save(state, position)
        if _due(self._config.sheet_every, position):
            self._draw(state, position)
        return position

    def finish(self, state: TrainState, position: Position, interrupted: bool) -> Position:
        """What is written at the end, or where the run was asked to stop."""
        if not interrupted and self._evaluated_at != position.step:
            position = self._evaluate(state, position)
        self._checkpoints.save(state, position)
        if not self._folder.model.exists():
            self._export(state, position, {})
        if not interrupted and self._config.sheet_every:
            self._draw(state, position)
        how = f"stopped at step {position.step:,}; --resume goes on" if interrupted else "done"
        self._log.note(f"{how}. The model: {self._folder.model}")
        return position

    def _evaluate(self, state: TrainState, position: Position) -> Position:
        """Held-out figures of the averaged weights; the best ones are kept and written as the run's model."""
        figures = self._held_out_figures(self._devices.here(state.average))
        value = figures["valid_recogniser_loss" if self._tells else "valid_nats_per_point"]
        best = value == value and (position.best is None or value < position.best)
        self.write({"step": position.step, **figures, "best": best})
        self._evaluated_at = position.step
        if best:
            position = replace(position, best=value)
            # the model first: a run that ends between the two takes this step again, and writes both
            self._export(state, position, figures)
            self._checkpoints.save(state, position, best=True)
        return position

    def _held_out_figures(self, average: Any) -> dict[str, float]:
        """What is learnt, scored on the held-out drawings."""
        scale, figures = self._template.scale_factor, {}
        if not self._tells:
            nats = score_corpus(self._scorer, average, self._held_out, scale)
            total = (nats.offset + nats.pen + nats.kl).sum()
            figures["valid_nats_per_point"] = float(total / self._held_out.lengths.sum())
        if recognised(self._config):
            loss, share = score_recogniser(self._recognise, average, self._held_out, scale)
            figures |= {"valid_recogniser_loss": loss, "valid_recognised": share}
        return figures

    def _draw(self, state: TrainState, position: Position) -> None:
        average, scale = self._devices.here(state.average), self._template.scale_factor
        write_sheets(self._folder, position.step, self._painter, average, self._held_out, scale)
        write_curves(self._folder.metrics, self._folder.curves)

    def _export(self, state: TrainState, position: Position, held_out: dict[str, float]) -> None:
        graph, _, rest = nnx.split(self._model, nnx.Param, ...)
        averaged = nnx.merge(graph, self._devices.here(state.average), rest)
        figures = {"step": position.step, "seconds": round(position.seconds), **held_out}
        template = replace(self._template, card={**self._template.card, "training": figures})
        bundle = from_model(averaged, template)
        # as exact as they are: a training may begin with them; `models export` halves them
        save_bundle(bundle, self._folder.model, "float32")

    def _facts(self, state: TrainState) -> dict[str, str]:
        train, size = self._dataset.train, sum(leaf.size for leaf in jax.tree.leaves(state.params))
        epochs = self._config.steps / batches_per_epoch(train, self._config)
        of_what = f"rows of {self._config.row_points} points" if self._config.end_to_end else "drawings"
        facts = {
            "data": f"{counted(len(train), 'drawing')} of {counted(len(train.categories), 'category', 'categories')} "
            f"to learn from, {len(self._held_out):,} held out and scored now and then",
            "network": f"{size / 1e6:.2f} million weights; scale factor {self._template.scale_factor:.1f}",
            "plan": f"{self._config.steps:,} steps of {self._config.batch_size} {of_what}, {epochs:.1f} epochs",
            "run folder": str(self._folder.path),
        }
        return facts if self._devices.mesh.size == 1 else facts | {"devices": str(self._devices)}


def _held_out(dataset: Dataset, config: TrainConfig, log: Log) -> Corpus:
    if len(dataset.valid):
        return spread(dataset.valid, max(config.evaluate_drawings, 1))
    log.note("the data is too little to hold any out for validation: train drawings are scored instead")
    return spread(dataset.train, max(config.evaluate_drawings, 1))


def _due(every: int, position: Position) -> bool:
    return bool(every) and position.step % every == 0
