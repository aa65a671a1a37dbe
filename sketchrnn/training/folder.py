"""A run folder: what lies where.

RUN/
  config.toml          every field of the training, as it was last resumed; `--config` reads it
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

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sketchrnn.data.lines import bounded_lines
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.sketch.files import make_folder, open_regular, read_bounded, write_atomically
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.fields import read_config, to_toml, with_fields
from sketchrnn.weights import RUN_MODEL

BEGIN_AFRESH = "Start anew with another --run; --from RUN/model.safetensors begins with its weights."
"""What is left to do where a run cannot be gone on with."""
_MOST_ABOUT = 4 << 20
_MOST_METRICS = 64 << 10
"""Bytes: of the description, and of a line of metrics."""


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
            SketchRNNError: a run lies there already, or what is left of one, or the folder cannot be made.
        """
        if self.begun:
            raise SketchRNNError(
                "holds a training already", file=self.path, hint="Give --resume to go on with it, or another --run."
            )
        self._refuse_leftovers()
        make_folder(self.path)
        self.require_own_files()
        write_atomically(self.about, json.dumps(about, indent=1) + "\n")
        write_atomically(self.config, to_toml(config))  # last: from here on the run has begun

    def withdraw(self) -> None:
        """Let a run begin here after one that ended before its first checkpoint: there is nothing to go on from."""
        with contextlib.suppress(OSError):  # what ended the run is to be told, not this
            if not self._has_checkpoints():
                self.config.unlink()

    def go_on(self, config: TrainConfig) -> None:
        """Keep the config that the run goes on with: it may be stopped again, and goes on with the same then.

        Raises:
            SketchRNNError: it cannot be written.
        """
        if config != self.read_config():
            write_atomically(self.config, to_toml(config))

    def read_config(self) -> TrainConfig:
        """The run's config.

        Raises:
            BadFile: no run lies there, its config cannot be read, or a link leads out of it.
        """
        if not self.begun:
            self._refuse_leftovers()
            raise BadFile("holds no training to go on with", file=self.path, hint="Without --resume one begins there.")
        self.require_own_files()
        return with_fields(TrainConfig(), read_config(self.config), self.config)

    def _refuse_leftovers(self) -> None:
        # another run's checkpoints would take their places, one by one
        if self._has_checkpoints():
            what = f"holds checkpoints of a training without its {self.config.name}"
            raise BadFile(what, file=self.path, hint=BEGIN_AFRESH)

    def _has_checkpoints(self) -> bool:
        return any(path.name.isdigit() for path in self.checkpoints.glob("*/*"))  # others were never finished

    def read_about(self) -> dict[str, Any]:
        """What `begin` was told about the data."""
        try:
            about = json.loads(read_bounded(self.about, _MOST_ABOUT))
        except (ValueError, RecursionError) as error:
            raise BadFile(f"cannot be read: {error}", file=self.about) from error
        return about if isinstance(about, dict) else {}

    def require_own_files(self) -> None:
        """Refuse a folder out of which links lead: a training in it would write to what they name.

        Raises:
            BadFile: it names the link.
        """
        home = os.path.realpath(self.path)
        for folder, names, files in os.walk(home):
            for path in (os.path.join(folder, name) for name in (*names, *files)):
                if os.path.islink(path) and os.path.commonpath([home, os.path.realpath(path)]) != home:
                    hint = "Put what it names in its place, or train in a folder of your own."
                    raise BadFile("is a link out of the run's folder, which could be written to", file=path, hint=hint)


def read_metrics(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a metrics.jsonl; a last line that was cut off is passed over."""
    if not path.exists():
        return
    with open_regular(path) as stream:
        for _, line in bounded_lines(stream, _MOST_METRICS):
            try:
                values = json.loads(line or b"")
            except (ValueError, RecursionError):
                continue
            if isinstance(values, dict) and isinstance(values.get("step"), int):
                yield values


def forget_metrics_after(path: Path, step: int) -> None:
    """Drop the lines of steps that a run which goes on from `step` will take again."""
    lines = [json.dumps(values) for values in read_metrics(path) if values["step"] <= step]
    write_atomically(path, "".join(line + "\n" for line in lines))
