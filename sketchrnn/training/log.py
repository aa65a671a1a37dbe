"""What a person sees of a training: a live display on a terminal, plain lines elsewhere; every figure explained."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol, TextIO

from sketchrnn.model.recogniser import CUT_SHARE
from sketchrnn.sketch.files import write_nowhere
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.metrics import Line, recognised, told

EXPLAINED = {
    "nats_per_point": "what a point costs, -log p, offsets in sketch units: lower is better; one less: 2.7 x likelier",
    "offset_loss": "its part for where the next point is; a density's, so it may be negative for a scale near 1",
    "pen_loss": "its part for pen down, up or end",
    "kl_per_point": "its part for the latent codes",
    "kl_loss": "nats per dimension of z between what a drawing says and N(0, I); stays near kl_floor at first",
    "head_accuracy": "how often the model says what is drawn, over all points of drawings it was told nothing about",
    "recogniser_accuracy": "how often the recogniser says what is drawn; "
    f"{100 * CUT_SHARE:.0f} % of the drawings are cut short",
    "viewer_accuracy": "the same of the viewer, which sees drawings as pictures",
    "valid_nats_per_point": "the same on held-out drawings, averaged weights: far above the train figure: overfitting",
    "valid_recognised": "how often held-out drawings, whole ones, are recognised",
    "gradient_norm": "how steep; jumps mean that the learning rate is too high",
    "loss": "what is minimised: model units, with the weights of its parts; may be negative, compares in one run only",
}
"""Figures and what they mean, as shown."""


class Log(Protocol):
    """Where a training reports to."""

    def begin(self, config: TrainConfig, facts: Mapping[str, Any]) -> None:
        """The training starts; facts are shown as they are."""

    def line(self, line: Line) -> None:
        """A window of steps, or a held-out loss, is over."""

    def note(self, text: str) -> None:
        """Something to be said once."""

    def close(self) -> None:
        """The training ended."""


class Silent:
    """Says nothing; for tests and benchmarks."""

    def begin(self, config: TrainConfig, facts: Mapping[str, Any]) -> None: ...

    def line(self, line: Line) -> None: ...

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...


class Plain:
    """A line of text for each window."""

    def __init__(self, stream: TextIO | None = None):
        self._stream = stream or sys.stdout
        self._pace = Pace()

    def begin(self, config: TrainConfig, facts: Mapping[str, Any]) -> None:
        self._pace.begin(config.steps)
        for name, value in facts.items():
            self.note(f"{name}: {value}")
        for name in _shown(config):
            self.note(f"  {name}: {EXPLAINED[name]}")

    def line(self, line: Line) -> None:
        self._pace.reached(line["step"])
        self.note("  ".join(_cells(line, self._pace)))

    def note(self, text: str) -> None:
        try:
            print(text, file=self._stream, flush=True)
        except BrokenPipeError:  # Ctrl-C ends its reader, such as tee, too: all is to be saved nevertheless
            write_nowhere(self._stream.fileno())

    def close(self) -> None: ...


class Live:
    """A table that is drawn anew in place.

    Args:
        console: rich's; the terminal by default.
    """

    def __init__(self, console: Any = None):
        from rich.console import Console
        from rich.live import Live as RichLive

        self._console = console or Console(highlight=False)
        self._live = RichLive(console=self._console, refresh_per_second=4, transient=False)
        self._pace = Pace()
        self._now: Line = {}
        self._config = TrainConfig()

    def begin(self, config: TrainConfig, facts: Mapping[str, Any]) -> None:
        self._config = config
        self._pace.begin(config.steps)
        for name, value in facts.items():
            self.note(f"{name}: {value}")
        self._live.start()

    def line(self, line: Line) -> None:
        self._pace.reached(line["step"])
        self._now |= line
        self._live.update(self._table())

    def note(self, text: str) -> None:
        self._console.print(text, markup=False)

    def close(self) -> None:
        self._live.stop()

    def _table(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for name in _shown(self._config):
            if name in self._now:
                table.add_row(name.replace("_", " "), f"{self._now[name]:.4f}", Text(EXPLAINED[name], style="dim"))
        table.add_row("", "", Text("   ".join(_progress_cells(self._now, self._pace))))
        return table


class Pace:
    """How long the rest will take, from the steps since the first line: most of those before it wait for a compiler."""

    def __init__(self):
        self.steps, self._first, self._since = 0, -1, 0.0

    def begin(self, steps: int) -> None:
        self.steps, self._first = steps, -1

    def reached(self, step: int) -> None:
        """A line is told after so many steps."""
        if self._first < 0:
            self._first, self._since = step, time.monotonic()

    def left(self, step: int) -> str:
        """Time to the end as text, "" before there is anything to judge by."""
        taken = step - self._first
        if self._first < 0 or taken <= 0:
            return ""
        return _clock((time.monotonic() - self._since) / taken * (self.steps - step))


def make_log() -> Log:
    """The live display where stdout is a terminal, plain lines elsewhere."""
    return Live() if sys.stdout.isatty() else Plain()


def _shown(config: TrainConfig) -> list[str]:
    has = told(config) | ({"valid_nats_per_point"} if config.learns("decoder") else set())
    has |= {"valid_recognised"} if recognised(config) else set()
    return [name for name in EXPLAINED if name in has]


def _cells(line: Line, pace: Pace) -> list[str]:
    if "best" in line:
        return _held_out_cells(line)
    cells = [f"step {line['step']}/{pace.steps}"]
    if "nats_per_point" in line:  # else drawing is not learnt
        cells += [f"nats {line['nats_per_point']:.4f}"]
        cells += [f"offset {line['offset_loss']:.4f}", f"pen {line['pen_loss']:.4f}"]
    cells += [f"KL {line['kl_loss']:.4f}"] if "kl_loss" in line else []
    cells += [f"head {line['head_accuracy']:.3f}"] if "head_accuracy" in line else []
    cells += [f"recognised {line['recogniser_accuracy']:.3f}"] if "recogniser_accuracy" in line else []
    cells += [f"seen {line['viewer_accuracy']:.3f}"] if "viewer_accuracy" in line else []
    return cells + _progress_cells(line, pace)[1:]


def _held_out_cells(line: Line) -> list[str]:
    best = "  (the best so far)" if line["best"] else ""
    nats = f"{line['valid_nats_per_point']:.4f} nats per point" if "valid_nats_per_point" in line else ""
    seen = f"{100 * line['valid_recognised']:.1f} % recognised" if "valid_recognised" in line else ""
    return [f"step {line['step']}", f"held out: {', '.join(filter(None, (nats, seen)))}{best}"]


def _progress_cells(line: Line, pace: Pace) -> list[str]:
    cells = [f"step {line.get('step', 0):,} of {pace.steps:,}"]
    if "learning_rate" in line:
        cells.append(f"rate {line['learning_rate']:.2e}")
        cells += [f"KL weight {line['kl_weight']:.3f}"] if "kl_loss" in line else []
        cells.append(f"{line['points_per_second']:,.0f} points/s")
    cells += [f"skipped {line['skipped_in_a_row']}"] if line.get("skipped_in_a_row") else []
    left = pace.left(line.get("step", 0))
    return cells + ([f"{left} left"] if left else [])


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(int(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
