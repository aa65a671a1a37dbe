"""Trainings that go on where they were stopped, for the scripts beside this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def train(run: Path, drawings: Path, steps: int, *words: str) -> Path:
    """A run's model, trained to its end, wherever it was.

    Args:
        run: the run's folder.
        drawings: what is learnt from.
        steps: in all.
        words: all else that `sketchrnn train` is told when the run begins.

    A run of another number of steps ends the program: its rate fell at another pace, and what was made of it is old.
    """
    begun = (run / "checkpoints" / "last").exists()
    if begun and planned(run) != steps:
        sys.exit(f"{run}: holds a training of {planned(run):,} steps, not {steps:,}. Remove it, or name another.")
    if taken(run) < steps:
        words = ("--resume",) if begun else (*words, "--steps", str(steps))
        sketchrnn("train", "--data", str(drawings), "--run", str(run), *words)
    return run / "model.safetensors"


def planned(run: Path) -> int:
    """Steps that a run is to make in all."""
    from sketchrnn.training.folder import RunFolder

    return RunFolder(run).read_config().steps


def taken(run: Path) -> int:
    """Steps that a run has made."""
    from sketchrnn.training.folder import read_metrics

    return max((line["step"] for line in read_metrics(run / "metrics.jsonl")), default=0)


def sketchrnn(*words: str) -> None:
    """Run a verb, and say which."""
    print("sketchrnn", *words, flush=True)
    subprocess.run([sys.executable, "-m", "sketchrnn", *words], check=True)
