"""A training killed by SIGKILL again and again, and resumed each time: its losses are those of an unbroken one.

python -m tests.training_kills                  killed once, as in the tests
python -m tests.training_kills --times 20       the long form
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

SHORT = 1
STEPS = 200


def losses_of(folder: Path) -> dict[int, float]:
    """The loss of every step that was logged."""
    from sketchrnn.training.folder import read_metrics

    return {line["step"]: line["loss"] for line in read_metrics(folder / "metrics.jsonl") if "loss" in line}


def run(times: int, seed: int, place: Path, say=lambda text: None) -> list[str]:
    """Train once unbroken, once killed so many times.

    Args:
        times: kills.
        seed: of the moments.
        place: an empty folder.
        say: told of each kill.

    Returns:
        What went wrong, in words.
    """
    sys.path.insert(0, str(Path(__file__).parent))
    from tiny_training import CONFIG, POINTS, corpus_of, write_corpus

    from sketchrnn.training.fields import to_toml

    drawings = write_corpus(corpus_of([POINTS] * 200), place / "drawings.npz")
    steps = STEPS * (times + 1)
    config = replace(CONFIG, steps=steps, save_every=20, evaluate_every=100, log_every=20, data=(str(drawings),))
    (place / "mine.toml").write_text(to_toml(config))
    begin = ["--preset", "tiny", "--config", str(place / "mine.toml")]
    choice, broken, killed = random.Random(seed), place / "broken", 0
    finished = False
    while killed < times and not finished:
        words = ["--resume"] if (broken / "config.toml").exists() else begin
        wanted = _newest(broken) + choice.randint(0, 8) * 20
        finished = _train(place, ["--run", str(broken), *words], choice.uniform(0, 0.2), wanted)
        killed += not finished
        say(f"killed {killed} of {times} at step {_newest(broken)}")
    faults = [] if _train(place, ["--run", str(broken), "--resume"]) else ["it could not be resumed"]
    faults += [] if _train(place, ["--run", str(place / "whole"), *begin]) else ["the unbroken one failed"]
    if faults:
        return [*faults, (place / "said.txt").read_text()[-2000:]]
    one, other = losses_of(broken), losses_of(place / "whole")
    if set(one) != set(other) or steps not in one:
        faults.append(f"other steps were logged: {sorted(set(one) ^ set(other))[:9]}")
    faults += [f"step {step}: {one[step]} instead of {other[step]}" for step in one if one[step] != other.get(step)]
    return faults


def _newest(folder: Path) -> int:
    found = [int(path.name) for path in folder.glob("checkpoints/last/*") if path.name.isdigit()]
    return max(found, default=0)


def _train(place: Path, words: list[str], delay: float = 0.0, until: int | None = None) -> bool:
    """One process; killed a moment after the checkpoint `until`, if it is given. Whether it ended well by itself."""
    with open(place / "said.txt", "ab") as said:
        process = subprocess.Popen([sys.executable, "-m", "sketchrnn", "train", *words], stdout=said, stderr=said)
        if until is not None:
            folder = Path(words[words.index("--run") + 1])
            while process.poll() is None and _newest(folder) < until:
                time.sleep(0.005)
            time.sleep(delay)
            process.kill()
        return process.wait() == 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.training_kills", description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=SHORT, help=f"kills (default: {SHORT})")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    with tempfile.TemporaryDirectory(prefix="sketchrnn-kills-") as place:
        faults = run(arguments.times, arguments.seed, Path(place), lambda text: print(text, flush=True))
    for fault in faults:
        print(fault)
    print(f"killed {arguments.times} times: {'the losses are those of an unbroken run' if not faults else 'faults'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
