"""How long a person waits for the window, from the start of the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from sketchrnn.engine.bundled import find_bundle
from sketchrnn.errors import SketchRNNError
from sketchrnn.paths import HOME_VARIABLE
from sketchrnn.weights import load_any

PATIENCE = 300.0  # seconds that a start may take
READY = "ready"


def measure(bundle: str | os.PathLike[str] | None = None, repeats: int = 3) -> dict[str, float]:
    """Starts the program as a person does and watches its frame log.

    Without a display it draws into memory (SDL's dummy driver).

    Args:
        bundle: a model's file or name; None for the bundled model.
        repeats: of the warm start; medians are given.

    Returns:
        first_frame_s: until the window shows; drawable_s: until its loop runs, which takes the pen; ready_s: until the
        model is ready; cold_ready_s: that at the first start of all, when the model's functions are compiled.

    Raises:
        SketchRNNError: the model cannot be read, or the window closed by itself.
    """
    load_any(find_bundle(bundle))  # a window without its model stays open, and would be waited for
    with tempfile.TemporaryDirectory() as home:
        cold = _start(home, bundle)
        warm = [_start(home, bundle) for _ in range(repeats)]
    first, drawable, ready = np.median(np.array(warm), axis=0)
    result = {"first_frame_s": first, "drawable_s": drawable, "ready_s": ready, "cold_ready_s": cold[2]}
    return {name: round(float(value), 3) for name, value in result.items()}


def _start(home: str, bundle) -> tuple[float, float, float]:
    """Seconds to the first frame, the second (the loop runs) and the one that shows that the model is ready."""
    log = Path(home) / "frames.tsv"
    log.unlink(missing_ok=True)
    words = [sys.executable, "-m", "sketchrnn", "draw", "--frame-log", str(log)]
    words += [] if bundle is None else ["--model", os.fspath(bundle)]
    environment = {**os.environ, HOME_VARIABLE: home}
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("win32", "darwin")):
        environment.setdefault("SDL_VIDEODRIVER", "dummy")
    began = time.monotonic()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return _watch(log, process, began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _watch(log: Path, process: subprocess.Popen, began: float) -> tuple[float, float, float]:
    seen: list[float] = []
    while time.monotonic() - began < PATIENCE:
        if process.poll() is not None:
            hint = "Open it with `sketchrnn` to see why."
            raise SketchRNNError(f"the window closed by itself (exit code {process.returncode})", hint=hint)
        lines = log.read_text(encoding="utf-8").splitlines()[1:] if log.exists() else []
        now = time.monotonic() - began
        seen += [now] * (min(len(lines), 2) - len(seen))
        if len(seen) == 2 and any(line.split("\t")[-1:] == [READY] for line in lines):
            return seen[0], seen[1], now
        time.sleep(0.002)
    raise TimeoutError(f"the model was not ready within {PATIENCE:g} s")
