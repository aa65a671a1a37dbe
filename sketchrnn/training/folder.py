"""A run folder: what lies where.

RUN/
  config.toml          every field of the training; `--config` reads it
  about.json           the data: categories, counts, fingerprint, what was left out; the scale factor
  metrics.jsonl        a line every `log_every` steps, one for each held-out loss
  checkpoints/last/N/  orbax: all that `--resume` needs; the last two are kept
  checkpoints/best/N/  the one of the lowest held-out loss
  model.safetensors    its averaged weights as a bundle: what the app and `evaluate` load
  sheets/              contact sheets, PNG and SVG: samples, and completions of held-out drawings
  curves.png           the curves so far (with matplotlib)
  tensorboard/         event files (with tensorboardX)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.sketch.files import write_atomically
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.fields import read_config, to_toml, with_fields
from sketchrnn.weights import RUN_MODEL


@dataclass(frozen=True)
class RunFolder:
    """The paths of a run."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    @property
    def about(self) -> Path:
        return self.path / "about.json"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        return self.path / RUN_MODEL

    @property
    def sheets(self) -> Path:
        return self.path / "sheets"

    @property
    def curves(self) -> Path:
        return self.path / "curves.png"

    @property
    def tensorboard(self) -> Path:
        return self.path / "tensorboard"

    @property
    def begun(self) -> bool:
        """Whether a training lies there."""
        return self.config.exists()

    def begin(self, config: TrainConfig, about: Mapping[str, Any]) -> None:
        """Make the folder and say in it what the run is.

        Raises:
            SketchRNNError: a run lies there already, or the folder cannot be made.
        """
        if self.begun:
            raise SketchRNNError(
                "holds a training already", file=self.path, hint="Give --resume to go on with it, or another --run."
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SketchRNNError(f"cannot be made a folder: {error.strerror or error}", file=self.path) from error
        write_atomically(self.about, json.dumps(about, indent=1) + "\n")
        write_atomically(self.config, to_toml(config))  # last: from here on the run has begun

    def read_config(self) -> TrainConfig:
        """The run's config.

        Raises:
            BadFile: no run lies there, or its config cannot be read.
        """
        if not self.begun:
            raise BadFile("holds no training to go on with", file=self.path)
        return with_fields(TrainConfig(), read_config(self.config), self.config)

    def read_about(self) -> dict[str, Any]:
        """What `begin` was told about the data."""
        try:
            about = json.loads(self.about.read_text(encoding="utf-8"))
            return about if isinstance(about, dict) else {}
        except (OSError, ValueError) as error:
            raise BadFile(f"cannot be read: {error}", file=self.about) from error


def read_metrics(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a metrics.jsonl; a last line that was cut off is passed over."""
    if not path.exists():
        return
    with open(path, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                values = json.loads(line)
            except ValueError:
                continue
            if isinstance(values, dict) and isinstance(values.get("step"), int):
                yield values


def forget_metrics_after(path: Path, step: int) -> None:
    """Drop the lines of steps that a run which goes on from `step` will take again."""
    lines = [json.dumps(values) for values in read_metrics(path) if values["step"] <= step]
    write_atomically(path, "".join(line + "\n" for line in lines))
