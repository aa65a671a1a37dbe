"""A picture of a run's curves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sketchrnn.sketch.files import write_atomically
from sketchrnn.training.folder import read_metrics

PANELS = (
    ("nats per point", ("nats_per_point", "valid_nats_per_point")),
    ("parts, nats per point", ("offset_loss", "pen_loss", "kl_per_point")),
    ("share recognised", ("head_accuracy", "recogniser_accuracy", "viewer_accuracy")),
    ("learning rate", ("learning_rate",)),
)
"""Titles, and which figures of metrics.jsonl each panel shows."""


def write_curves(metrics: Path, picture: Path) -> bool:
    """Draw the curves of a metrics.jsonl as PNG; False where matplotlib is not installed or there is nothing yet."""
    lines = list(read_metrics(metrics))
    if not lines:
        return False
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(11, 7), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (title, names) in zip(figure.subplots(2, 2).flat, PANELS, strict=True):
        _panel(axes, title, names, lines)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=100)
    write_atomically(picture, stream.getvalue())
    return True


def _panel(axes: Any, title: str, names: Sequence[str], lines: Sequence[dict[str, Any]]) -> None:
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("step")
    axes.grid(alpha=0.3)
    for name in names:
        points = [(line["step"], line[name]) for line in lines if line.get(name) is not None]
        if points and any(value for _, value in points):
            axes.plot(*zip(*points, strict=True), label=name.replace("_", " "), marker="." if len(points) < 20 else "")
    if axes.lines:
        axes.legend(fontsize=8)
