"""One core, little memory: the window draws as before, completions come. Limits by affinity and by addresses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="affinity and address space are limited as on Linux")

# The window's own work is what is looked at: pictures are made and shown while the engine, on the same core, computes.
# No clock is compared with another machine's: what the window does for a frame is counted in its own processor time.
WINDOW = """
import os, sys, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sys.path.insert(0, sys.argv[1])
from engine_models import SMALL
from pilot import Pilot
from sketchrnn.app.settings import Settings
from sketchrnn.engine.worker import start_worker
if __name__ == "__main__":
    pilot = Pilot(start_worker(SMALL), settings=Settings(pause=0.0, speed=60.0))
    pilot.clock = pilot.program._clock = time.monotonic
    type(pilot).step = lambda self, seconds=0: self.program.step()
    pilot.program.start(lambda: pilot.engine)
    drawn = []
    def turn():
        before = time.thread_time()
        frame = pilot.program.step()
        if frame is not None:
            drawn.append(1000 * (time.thread_time() - before))
    end = time.monotonic() + 240
    pilot.stroke([(100, 100), (150, 60), (200, 240)])
    while pilot.state.offer is None or not all(ending.over for ending in pilot.state.offer.endings):
        assert time.monotonic() < end, pilot.state
        turn()
    for _ in range(30):
        turn()
    drawn.sort()
    print(len(pilot.state.offer.endings[0].rows), len(drawn), drawn[int(0.9 * len(drawn))])
    pilot.close()
"""


def test_on_one_core_the_window_draws_and_completions_come(tmp_path: Path) -> None:
    code = tmp_path / "window.py"
    code.write_text(WINDOW)
    command = [sys.executable, str(code), str(Path(__file__).parent)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    points, frames, work = map(float, done.stdout.split()[-3:])
    assert points > 0 and frames > 10
    assert work < 1000 / 60, "ms of the window's own processor time for a frame, of nine in ten"


LITTLE = """
import resource, sys
def mib(name):
    return int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith(name))) // 1024
from sketchrnn.engine.completer import Completer
from sketchrnn.engine.messages import CompletionRequest
sys.path.insert(0, sys.argv[1])
from engine_models import SMALL, half_a_face
resource.setrlimit(resource.RLIMIT_AS, ((mib("VmSize") + 1536) << 20,) * 2)
endings = Completer(SMALL).complete(CompletionRequest(half_a_face(), "face", endings=9, seed=1, max_points=60))
print(len(endings), mib("VmHWM"))  # ru_maxrss would count the process that started this one, too
"""


def test_nine_endings_take_little_memory() -> None:
    """Beyond what jax takes by being imported: 1.5 GiB of addresses, of which threads' stacks are the most."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent), "NPROC": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", LITTLE, str(Path(__file__).parent)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    endings, resident = map(int, done.stdout.split()[-2:])
    assert endings == 9 and resident < 700, "MiB, jax included"
