"""A long time of drawing at ten times human speed: whether memory or handles grow, and whether frames get slower.

    python -m tests.soak                            five minutes
    python -m tests.soak --minutes 60               the long form
    python -m tests.soak --minutes 0.2 --engine fake    as the tests do

The real window (SDL's dummy driver, the real clock, the engine in its process unless a script is asked for) is drawn
in by `tests.crashes`' seeded hands, which wait between their gestures a tenth of the time that a person would. The
drawing is begun anew now and then, as a person's would be. Memory and handles after the first tenth of the time (five
minutes of an hour) are compared with those at the end; so is the work of frames, in the first and the last third of the
time, by the processor's clock: the wall's tells what other programs do meanwhile, too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

MOST_GROWTH = 20.0
"""MiB between the first tenth and the end."""
MOST_HANDLES = 4
"""More at the end: a file that is being written, a pipe that is being read. Font files are not counted: one is open for
each size of text that is kept, of which there are at most 64."""
MOST_SLOWER, NOTICED = 1.5, 2.0
"""Times as much, and milliseconds more, of the processor's work for the 99th of 100 frames, in the last third against
the first: what is on the page differs, and caches are shared with other programs."""
MANY = 1000
"""Frames in a third of the time: of fewer the 99th of 100 is the slowest, which tells of one gesture or the machine."""
PERSON = 2.0
"""Seconds that a person takes for a gesture and the thought before it."""
SPEED = 10.0


class Passing:
    """The real clock, which a pilot cannot push on."""

    now = 0.0

    def __call__(self) -> float:
        return time.monotonic()


@dataclass(frozen=True)
class Sample:
    """How the window's process stood at a moment.

    Args:
        at: seconds since the start.
        memory: MiB, resident.
        handles: open file descriptors without those of fonts.
        p99: ms of the frames' work since the sample before, 99 of 100 of them at most.
        p99_processor: the same of the processor's time in the window's thread.
        gestures: so far.
        frames: since the sample before.
    """

    at: float
    memory: float
    handles: int
    p99: float
    p99_processor: float
    gestures: int
    frames: int


def soak(minutes: float, engine: str, seed: int = 0, say=lambda sample: None) -> list[Sample]:
    """Draw for so long; a sample at each twentieth of the time.

    Args:
        minutes: of the clock.
        engine: "real" or "fake".
        seed: of the hands.
        say: told of each sample.
    """
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    sys.path.insert(0, str(Path(__file__).parent))
    from fake_engine import FakeEngine
    from pilot import Pilot

    from sketchrnn.engine.worker import start_worker
    from tests.crashes import Hand

    with tempfile.TemporaryDirectory(prefix="sketchrnn-soak-") as folder:
        os.environ["SKETCHRNN_HOME"] = folder
        pilot = Pilot(FakeEngine() if engine == "fake" else start_worker())
        pilot.clock = pilot.program._clock = Passing()
        pilot.program.start(lambda: pilot.engine)
        hand, choice = Hand(pilot, random.Random(seed), Path(folder)), random.Random(seed)
        samples: list[Sample] = []
        begun, work, processor, gestures = time.monotonic(), [], [], 0
        try:
            while (now := time.monotonic() - begun) < 60 * minutes:
                hand.act()
                gestures += 1
                rested = time.monotonic() + choice.expovariate(SPEED / PERSON)
                while time.monotonic() < rested:
                    spent = time.thread_time()
                    frame = pilot.program.step()
                    work += [] if frame is None else [1000 * frame.work]
                    processor += [] if frame is None else [1000 * (time.thread_time() - spent)]
                if now >= 3 * minutes * (len(samples) + 1):
                    times = _p99(work), _p99(processor)
                    samples.append(Sample(round(now, 1), _memory(), _handles(), *times, gestures, len(work)))
                    work, processor = [], []
                    say(samples[-1])
            times = _p99(work), _p99(processor)
            samples.append(Sample(round(now, 1), _memory(), _handles(), *times, gestures, len(work)))
            say(samples[-1])
        finally:
            pilot.close()
    return samples


def judge(samples: list[Sample]) -> list[str]:
    """What is worse at the end than at the beginning, in words."""
    first, last = samples[:2][-1], samples[-1]
    faults = []
    if last.memory - first.memory > MOST_GROWTH:
        faults.append(f"memory grew by {last.memory - first.memory:.1f} MiB")
    if last.handles > first.handles + MOST_HANDLES:
        faults.append(f"{last.handles - first.handles} more handles are open")
    third = len(samples) // 3
    parts = samples[:third], samples[len(samples) - third :]
    if min(sum(sample.frames for sample in part) for part in parts) < MANY:
        return faults
    before, after = (median(sample.p99_processor for sample in part if sample.frames) for part in parts)
    if after > max(MOST_SLOWER * before, before + NOTICED):
        faults.append(f"99 of 100 frames take {after:.1f} ms of the processor instead of {before:.1f}")
    return faults


def _memory() -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _handles() -> int:
    targets = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if _is_open(name)]
    return sum(not target.endswith(".otf") for target in targets)


def _is_open(name: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{name}")  # the folder's own is closed again


def _p99(work: list[float]) -> float:
    return round(sorted(work)[int(0.99 * (len(work) - 1))], 2) if work else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--engine", choices=("real", "fake"), default="real")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write all samples there")
    arguments = parser.parse_args()
    print(" seconds   MiB  handles  frames' p99 ms  of the processor  gestures")

    def say(sample: Sample) -> None:
        print(
            f"{sample.at:8.0f} {sample.memory:5.0f} {sample.handles:8} {sample.p99:15.2f} {sample.p99_processor:17.2f}"
            f"{sample.gestures:10}",
            flush=True,
        )

    samples = soak(arguments.minutes, arguments.engine, arguments.seed, say)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(sample) for sample in samples], indent=1))
    faults = judge(samples)
    print("; ".join(faults) or "nothing grew")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
