"""The engine fails in every way while somebody draws: what the window says, what is lost, and how its frames come.

    python -m tests.engine_faults                          the bundled model, five seconds of drawing after each fault
    python -m tests.engine_faults --only killed hangs
    python -m tests.engine_faults --model FILE --seconds 0.5 --patience 1       as the tests do

The real window (SDL's dummy driver, the real clock) and the real engine in its process; the pen does not rest for the
fault. The exit code tells of strokes that were lost, of faults that were not said, and of a model that did not come
back. How frames came is told and not judged: what else runs on the machine counts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sketchrnn.engine.worker import Worker

RESTART_AFTER = (0.1, 0.1, 0.1)
"""Seconds before each new start of the engine."""
LONGEST = 120.0
"""Seconds that the model is given to be ready, and to be so again."""
BETWEEN = 0.3
"""Seconds that the pen is up after a stroke: the model is asked, and answers."""


@dataclass(frozen=True)
class Fault:
    """One way to fail.

    Args:
        inject: does it, to the engine and the bundle that it was started with.
        says: what the window says of it, in one of these words.
        recovers: whether the model is there again, by itself.
        silent: whether the process lives on without a word.
    """

    inject: Callable[[Worker, Path], None]
    says: tuple[str, ...]
    recovers: bool = True
    silent: bool = False


@dataclass(frozen=True)
class Result:
    """What came of a fault.

    Args:
        intervals: ms from flip to flip while the pen moved and the model drew, after the fault.
        seconds: until a new process had the model ready; None where there was none.
        said: what the window said, in order.
        wrong: in words; empty when all was well.
    """

    intervals: list[float]
    seconds: float | None
    said: list[str]
    wrong: list[str]


def lose_patience(worker: Worker, seconds: float) -> None:
    """With the process that runs now: it is taken to hang after so many seconds without a word. The next one has the
    usual time from its start on, which on a busy machine takes longer than that."""
    supervisor = worker._supervisor
    usual, kill = supervisor._patience, supervisor._kill_hanging

    def kill_and_be_patient() -> None:
        supervisor._patience = usual
        kill()

    supervisor._patience, supervisor._kill_hanging = seconds, kill_and_be_patient


def _process(worker: Worker) -> int:
    assert worker.process_id is not None
    return worker.process_id


def _kill(worker: Worker, bundle: Path) -> None:
    os.kill(_process(worker), signal.SIGKILL)


def _stop(worker: Worker, bundle: Path) -> None:
    os.kill(_process(worker), signal.SIGSTOP)


def _starve(worker: Worker, bundle: Path) -> None:
    import resource  # not on every system, where nothing of this is run

    # it may have no page more than now
    process = _process(worker)
    used = next(line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmSize"))
    limit = int(used.split()[1]) * 1024
    resource.prlimit(process, resource.RLIMIT_AS, (limit, limit))


def _truncate(worker: Worker, bundle: Path) -> None:
    bundle.write_bytes(bundle.read_bytes()[:5000])
    _kill(worker, bundle)


def _spoil(worker: Worker, bundle: Path) -> None:
    whole = bytearray(bundle.read_bytes())
    whole[-2000:] = np.full(1000, np.nan, np.float16).tobytes()
    bundle.write_bytes(whole)
    _kill(worker, bundle)


def _swap(worker: Worker, bundle: Path) -> None:
    shutil.copy(Path(__file__).parent / "fixtures" / "small.safetensors", bundle)
    _kill(worker, bundle)


def _damage_cache(worker: Worker, bundle: Path) -> None:
    from sketchrnn.paths import cache_folder

    compiled = [path for path in cache_folder().rglob("*") if path.is_file() and path.suffix != ".log"]
    assert compiled, "expected compiled functions to damage, got none"
    for path in compiled:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    _kill(worker, bundle)


FAULTS = {
    "none": Fault(lambda worker, bundle: None, ()),
    "killed": Fault(_kill, ("SIGKILL",)),
    "hangs": Fault(_stop, ("did not answer",), silent=True),
    # it answers with what it has, or says that it has not enough
    "no more memory": Fault(_starve, ()),
    "weights truncated": Fault(_truncate, ("damaged",), recovers=False),
    "weights not finite": Fault(_spoil, ("not finite",), recovers=False),
    "weights swapped": Fault(_swap, ("SIGKILL",)),
    "compiled functions damaged": Fault(_damage_cache, ("SIGKILL",)),
}


class Drawing:
    """Somebody draws, stroke after stroke, and looks at what is said."""

    def __init__(self, model: Path, folder: Path):
        from sketchrnn.app.session import Session
        from sketchrnn.app.settings import Settings
        from sketchrnn.engine.worker import start_worker
        from sketchrnn.window.program import Program
        from sketchrnn.window.screen import Screen

        self.screen = Screen((1280, 800))
        self.program = Program(self.screen, Settings(pause=0.0, speed=60.0, welcomed=True), Session(folder))
        self.program.step(wait=False)
        self.worker = start_worker(model, RESTART_AFTER)
        self.program.start(lambda: self.worker)
        self.random, self.strokes = np.random.default_rng(0), 0
        self.said: list[str] = []
        self.went = False

    @property
    def state(self):
        return self.program.state

    def turn(self):
        frame = self.program.step()
        self.went = self.went or not self.is_ready()
        for word in [self.state.engine.message or "", *(toast.text for toast in self.state.toasts)]:
            if word and word not in self.said:
                self.said.append(word)
        return frame

    def stroke(self) -> list[float]:
        """One of a third of a second, and what the model makes of it; ms from flip to flip."""
        from sketchrnn.app.events import PenDown, PenMove, PenUp
        from sketchrnn.benchmarks.frames import arc

        way, frames = arc(self.random), []
        self.program.say(PenDown(way[0]))
        for place in way[1:]:
            self.program.say(PenMove((place,)))
            frames.append(self.turn())
        self.program.say(PenUp())
        self.strokes += 1
        until = time.monotonic() + BETWEEN
        while time.monotonic() < until:
            frames.append(self.turn())
        # before the first one nobody had asked for a picture
        return [1000 * frame.interval for frame in frames[1:] if frame is not None]

    def until(self, reached: Callable[[], bool]) -> bool:
        end = time.monotonic() + LONGEST
        while not reached() and time.monotonic() < end:
            self.turn()
        return reached()

    def is_ready(self) -> bool:
        from sketchrnn.app.state import EngineStatus

        return self.state.engine.status is EngineStatus.READY

    def is_back(self) -> bool:
        """Whether the model is ready after it was not: the process may be another before the window has heard of it."""
        return self.went and self.is_ready()

    def is_over(self) -> bool:
        """Whether no more is said of a fault: the model is back, or stays away."""
        from sketchrnn.app.state import EngineStatus

        engine = self.state.engine
        return self.is_back() or engine.status is EngineStatus.DOWN and not engine.restarting

    def completes(self) -> bool:
        """Whether the model draws something from what is on the page."""
        self.stroke()
        return self.until(lambda: self.state.offer is not None and bool(self.state.offer.endings[0].rows.size))

    def close(self) -> None:
        self.program.close()
        self.screen.close()


def run(fault: Fault, model: Path, seconds: float, patience: float = 1.0) -> Result:
    """Draw, fail, draw on for so long, wait for the model, and have it complete.

    Args:
        fault: how.
        model: a bundle; a copy of it is used.
        seconds: of drawing after the fault.
        patience: seconds without a word after which a process that fails silently is taken to hang.
    """
    from sketchrnn.sketch.svg import read_svg

    with tempfile.TemporaryDirectory(prefix="sketchrnn-faults-") as name:
        folder = Path(name)
        bundle = folder / "mine.safetensors"
        shutil.copy(model, bundle)
        drawing, wrong = Drawing(bundle, folder / "autosave"), []
        try:
            if not drawing.until(drawing.is_ready) or not drawing.completes():
                return Result([], None, drawing.said, ["the model was never ready"])
            drawing.said.clear()
            drawing.went = False
            fault.inject(drawing.worker, bundle)
            if fault.silent:
                lose_patience(drawing.worker, patience)
            failed, intervals, back = time.monotonic(), [], None
            while time.monotonic() - failed < seconds:
                intervals += drawing.stroke()
                if back is None and drawing.is_back():
                    back = time.monotonic() - failed

            def heard() -> bool:
                return not fault.says or any(word in said for word in fault.says for said in drawing.said)

            drawing.until(lambda: heard() or drawing.is_over())
            if not heard():
                wrong.append(f"it was not said: {drawing.said}")
            if fault.recovers and drawing.until(drawing.is_ready):
                if back is None and drawing.is_back():
                    back = time.monotonic() - failed
                if not drawing.completes():
                    wrong.append("the model completes nothing any more")
            elif fault.recovers:
                wrong.append("the model did not come back")
            drawing.until(lambda: not drawing.program.files.busy)
            kept = len(read_svg(drawing.program.session.path.read_bytes()).strokes)
            if not drawing.strokes == len(drawing.state.sketch.strokes) == kept:
                wrong.append(f"{drawing.strokes} strokes: {len(drawing.state.sketch.strokes)} shown, {kept} kept")
        finally:
            drawing.close()
    return Result(intervals, back, drawing.said, wrong)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engine_faults", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="of drawing after each fault (default: 5)")
    parser.add_argument("--patience", type=float, default=10.0, help="with an engine that is silent (default: 10)")
    parser.add_argument("--model", type=Path, help="a bundle (default: the bundled model)")
    parser.add_argument("--only", nargs="+", choices=FAULTS, default=list(FAULTS))
    arguments = parser.parse_args()
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    model = arguments.model
    if model is None:
        from sketchrnn.engine.bundled import find_bundle

        model = find_bundle(None)
    home = tempfile.TemporaryDirectory(prefix="sketchrnn-home-")
    os.environ["SKETCHRNN_HOME"] = home.name  # one for all: what is compiled for the first the others take from there
    os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)  # what lies elsewhere is not this one's to damage
    print(f"{'fault':28}{'frames':>7}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}{'back after s':>14}  said")
    failed = False
    for name in arguments.only:
        result = run(FAULTS[name], model, arguments.seconds, arguments.patience)
        ms = np.percentile(result.intervals or [np.nan], (50, 99, 100))
        back = "" if result.seconds is None else f"{result.seconds:.1f}"
        words = "; ".join([f"WRONG: {w}" for w in result.wrong] + [s.splitlines()[0] for s in result.said[:1]])
        print(f"{name:28}{len(result.intervals):7}{ms[0]:8.1f}{ms[1]:8.1f}{ms[2]:8.1f}{back:>14}  {words}", flush=True)
        failed = failed or bool(result.wrong)
    home.cleanup()
    print("something was lost or not said" if failed else "nothing was lost, everything was said")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
