"""Measures all that the README's "Numbers" say of speed, on one machine, one command after the other.

    python assets/measure.py OUT            about a quarter of an hour; let nothing else run
    python assets/measure.py OUT --short    without preset paper and without the tables: five minutes

Functions are compiled anew, into OUT/home, so that no other run's code is measured. Each command's figures go to
OUT/NAME.json and its words to OUT/NAME.txt; at the end the figures are printed in the README's order. Reading drawings
is measured by itself: `sketchrnn benchmark data --data DRAWINGS`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

TRAIN = ("train", "--seconds", "8")
COMMANDS: dict[str, tuple[str, ...]] = {
    "start": ("start",),
    "frames": ("frames", "--seconds", "15"),
    "frames-one-thread": ("frames", "--seconds", "15", "--threads", "1"),
    "complete": ("complete",),
    "everything-float32": TRAIN,
    "everything-bfloat16": (*TRAIN, "--precision", "bfloat16"),
}
MORE = {
    "paper-float32": (*TRAIN, "--preset", "paper"),
    "paper-float32-200": (*TRAIN, "--preset", "paper", "--batch-size", "200"),
    "paper-bfloat16": (*TRAIN, "--preset", "paper", "--precision", "bfloat16"),
}
TABLES = ("--sizes", "--epochs")
"""Of the first training."""
SHOWN = {
    "start": ("first_frame_s", "drawable_s", "ready_s", "cold_ready_s"),
    "frames": ("p50_ms", "p99_ms", "dense_zoom_ms", "dense_select_ms", "idle_core_fraction"),
    "complete": (
        *("guess_ms_p50", "guess_ms_p95", "first_point_ms_p50", "first_point_ms_p95", "first_point_ms_p95_after_250"),
        *("nine_endings_ms", "nine_endings_one_thread_ms", "numpy_nine_endings_ms", "nine_guided_endings_ms"),
        *("answer_ms_1", "answer_ms_9"),
        *("step_us_1", "step_us_9", "weights_read_us", "weights_read_cached_us", "warm_start_s", "cold_start_s"),
    ),
    "train": (
        *("real_points_per_second", "gflops_of_real_points", "matmul_float32_gflops", "fraction_of_float32_matmul"),
        *(
            "fraction_as_usual",
            "fraction_by_cpu_time",
            "padding_waste",
            "waiting_share",
            "compile_seconds",
            "shapes",
            "peak_memory_mib",
        ),
    ),
}


def main() -> int:
    """Run all, say what came of it; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    commands = dict(COMMANDS)
    if not arguments.short:
        commands["everything-float32"] += TABLES
        commands |= MORE
    failed = False
    for name, words in commands.items():
        print(f"{name}: sketchrnn benchmark {' '.join(words)}", flush=True)
        failed |= not _run(name, words, out)
    for name, words in commands.items():
        _say(name, words[0], out)
    return int(failed)


def _run(name: str, words: tuple[str, ...], out: Path) -> bool:
    """Whether it went well."""
    figures = out / f"{name}.json"
    figures.unlink(missing_ok=True)  # of a time before, which would be told if this one fails
    command = [sys.executable, "-m", "sketchrnn", "benchmark", *words, "--json", str(figures)]
    done = subprocess.run(
        command,
        env={**os.environ, "SKETCHRNN_HOME": str(out / "home")},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    (out / f"{name}.txt").write_text(done.stdout)
    if done.returncode:
        print(f"  failed, see {out / name}.txt")
    return not done.returncode


def _say(name: str, kind: str, out: Path) -> None:
    path = out / f"{name}.json"
    if not path.exists():
        return
    figures = json.loads(path.read_text())
    print(f"\n{name}")
    for key in SHOWN[kind]:
        if figures.get(key) is not None:
            print(f"  {key:32} {figures[key]:.4g}")
    for table in ("split", "sizes", "epochs"):
        for row in figures.get(table, []):
            print("  " + "  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))


if __name__ == "__main__":
    sys.exit(main())
