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
    """
    if taken(run) < steps:
        begun = (run / "checkpoints" / "last").exists()
        words = ("--resume",) if begun else (*words, "--steps", str(steps))
        sketchrnn("train", "--data", str(drawings), "--run", str(run), *words)
    return run / "model.safetensors"


def taken(run: Path) -> int:
    """Steps that a run has made."""
    from sketchrnn.training.folder import read_metrics

    return max((line["step"] for line in read_metrics(run / "metrics.jsonl")), default=0)


def sketchrnn(*words: str) -> None:
    """Run a verb, and say which."""
    print("sketchrnn", *words, flush=True)
    subprocess.run([sys.executable, "-m", "sketchrnn", *words], check=True)
