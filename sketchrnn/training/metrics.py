"""What a training has to say of itself: a window of steps as one line of figures, and where the lines go."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

from sketchrnn.training.config import ALL, TrainConfig
from sketchrnn.training.feed import Fed
from sketchrnn.training.folder import RunFolder, forget_metrics_after

Line = dict[str, Any]


def told(config: TrainConfig) -> set[str]:
    """Names of the figures that a training has; of what it does not learn, or has not, there is nothing to tell."""
    names, network = {"loss", "gradient_norm"}, config.network(ALL)  # how many does not matter here
    if config.learns("decoder"):
        names |= {"nats_per_point", "offset_loss", "pen_loss"}
        names |= {"kl_loss", "kl_per_point", "kl_weight"} if network.conditional else set()
        names |= {"prior_loss"} if network.conditional and network.prefix_prior_size else set()
        names |= {"head_loss", "head_accuracy"} if network.category_head and config.untold else set()
    for name, size in (("recogniser", network.recogniser_size), ("viewer", network.viewer_channels)):
        names |= {f"{name}_loss", f"{name}_accuracy"} if size and config.learns(name) else set()
    return names


def recognised(config: TrainConfig) -> bool:
    """Whether held-out drawings are shown to recogniser and viewer now and then."""
    return config.network(ALL).recognises and config.learn != "decoder"


class Window:
    """Collects the metrics of steps on the device and turns them into one line.

    Offsets are in model units there; here they are told in sketch units, where an offset costs 2 ln(scale factor) more,
    so that figures compare between runs whatever their scale.

    Args:
        config: of the training.
        scale_factor: sketch units per model unit.
    """

    def __init__(self, config: TrainConfig, scale_factor: float):
        self._config, self._told, self._extra = config, told(config), 2 * math.log(scale_factor)
        self._metrics: list[Mapping[str, jax.Array]] = []
        self._padded = 0
        self._since = time.perf_counter()

    def __len__(self) -> int:
        return len(self._metrics)

    def add(self, metrics: Mapping[str, jax.Array], fed: Fed) -> None:
        """Take a step's metrics; waits for the step before it, so that no more than one is under way."""
        if self._metrics:
            jax.block_until_ready(self._metrics[-1]["loss"])
        self._metrics.append(metrics)
        self._padded += fed.padded

    def line(self, step: int, epoch: float, rate: Callable[[int], float]) -> Line:
        """The line of the steps since the last one; figures that the training has not are not in it.

        `nats_per_point` is offset and pen, and what the latent codes cost, as in the held-out figure: nats per real
        point, offsets in sketch units. `skipped_in_a_row` is the most at any of the steps.

        Args:
            step: how many there were in all.
            epoch: how many times all drawings were seen.
            rate: the learning rate after so many steps; steps that were skipped do not count.
        """
        taken = jax.device_get(self._metrics)
        columns = {name: np.array([metrics[name] for metrics in taken], np.float64) for name in taken[0]}
        figures = {name: columns[name].mean() for name in _MEANS if name in columns} | self._nats(columns)
        seconds = max(time.perf_counter() - self._since, 1e-9)
        line = {
            "step": step,
            "epoch": round(epoch, 4),
            **{name: value for name, value in figures.items() if name in self._told},
            "skipped_in_a_row": int(columns["skipped_in_a_row"].max()),
            "learning_rate": rate(max(step - 1 - int(columns["skipped"][-1]), 0)),
            "points_per_second": columns["points"].sum() / seconds,
            "padded_points_per_second": self._padded / seconds,
        }
        self.clear()
        return {name: value if isinstance(value, int) else float(value) for name, value in line.items()}

    def _nats(self, columns: Mapping[str, np.ndarray]) -> dict[str, float]:
        """What a point costs, and its parts, of columns with a row for each step."""
        points, drawings = columns["points"].sum(), columns["drawings"].sum()
        # a drawing's first point is given
        offset = (columns["offset_loss"].sum() + self._extra * (points - drawings)) / points
        pen = columns["pen_loss"].sum() / points
        kl = 0.0
        if "kl_per_point" in self._told:
            kl = (columns["kl_loss"] * self._config.model.latent_size * columns["coded"]).sum() / points
        return {"nats_per_point": offset + pen + kl, "offset_loss": offset, "pen_loss": pen, "kl_per_point": kl}

    def clear(self) -> None:
        """Forget what was collected, and begin to count time anew."""
        self._metrics, self._padded, self._since = [], 0, time.perf_counter()

    def pause(self, seconds: float) -> None:
        """Leave out time that was spent on something else than steps."""
        self._since += seconds


_MEANS = ("loss", "kl_loss", "prior_loss", "head_loss", "head_accuracy", "recogniser_loss", "recogniser_accuracy")
_MEANS += ("viewer_loss", "viewer_accuracy", "gradient_norm", "kl_weight")


class Writer:
    """Writes lines into metrics.jsonl, and as TensorBoard events where tensorboardX is installed.

    Args:
        folder: the run.
        step: where the run goes on from; lines of later steps are dropped.
    """

    def __init__(self, folder: RunFolder, step: int):
        forget_metrics_after(folder.metrics, step)
        self._stream = open(folder.metrics, "a", encoding="utf-8")
        self._events = _event_writer(folder, step)

    def write(self, line: Line) -> None:
        """Append a line; a figure that is not finite is written as null, which JSON knows."""
        finite = {name: value if math.isfinite(value) else None for name, value in line.items()}
        self._stream.write(json.dumps(finite) + "\n")
        self._stream.flush()
        if self._events is not None:
            for name, value in line.items():
                if name != "step":
                    self._events.add_scalar(name, value, line["step"])

    def close(self) -> None:
        self._stream.close()
        if self._events is not None:
            self._events.close()


def _event_writer(folder: RunFolder, step: int) -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder.tensorboard), purge_step=step + 1)
