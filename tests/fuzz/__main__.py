"""Coverage-guided fuzzing of every reader, with atheris (`pip install -e '.[test,svg,fuzz]'`).

    python -m tests.fuzz --jobs 2                   every target for 20 seconds, two at a time: what `.ci/run` does
    python -m tests.fuzz --seconds 600              the long form
    python -m tests.fuzz svg npz --seconds 60       some of them
    python -m tests.fuzz svg --keep                 and keep what reached new code in `corpus/`, as few as cover it

Each target runs in a process of its own, which may use 600 MB beside what it begins with, and 25 seconds by the clock
for one input, since other programs may take the processor meanwhile.
What breaks is written to --faults (default: ./fuzz-faults), and the exit code is 1.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.targets import TARGETS

KEPT = Path(__file__).parent / "corpus"
MOST_KEPT, LONGEST_KEPT = 60, 1024
LONGEST = 4096
ONE_INPUT, MEMORY = 25, 600
SHORT = 20
INSTRUMENTED = ["sketchrnn", "svgelements", "tomllib", "zipfile", "pickletools"]


def kept(target: str) -> list[bytes]:
    """Inputs that reached code of their own in earlier runs, and all that once broke something."""
    path = KEPT / f"{target}.json"
    return [base64.b64decode(text) for text in json.loads(path.read_text())] if path.exists() else []


def _serve(target: str, flags: list[str]) -> None:
    """The process of one target: never returns."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        import svgelements  # noqa: F401

        import sketchrnn.data.read
        import tests.readers  # noqa: F401

        if TARGETS[target].heavy:
            import sketchrnn.training.folder
            import sketchrnn.weights  # noqa: F401
    folder = Path(tempfile.mkdtemp(prefix="sketchrnn-fuzz-"))  # in TMPDIR, which the parent deletes
    atheris.Setup([sys.argv[0], *flags], lambda data: TARGETS[target].run(data, folder))
    atheris.Fuzz()


def _fuzz(target: str, seconds: int, faults: Path, keep: bool) -> tuple[int, bool]:
    """Run one target; returns how many inputs were tried, and whether all went well."""
    from tests.fuzz.seeds import seeds

    with tempfile.TemporaryDirectory(prefix="sketchrnn-fuzz-") as name:
        corpus = Path(name) / "corpus"
        corpus.mkdir()
        for number, data in enumerate([*seeds(target), *kept(target)]):
            (corpus / f"{number:04}").write_bytes(data)
        environment = os.environ | {"SKETCHRNN_HOME": name, "JAX_PLATFORMS": "cpu", "TMPDIR": name}
        flags = [f"-timeout={ONE_INPUT}", f"-rss_limit_mb={MEMORY + (500 if TARGETS[target].heavy else 200)}"]
        flags += [f"-artifact_prefix={faults}/{target}-", f"-max_len={LONGEST}", "-verbosity=1", "-print_final_stats=1"]
        command = [sys.executable, "-m", "tests.fuzz", "--serve", target, "--"]
        done = subprocess.run(
            [*command, *flags, f"-max_total_time={seconds}", str(corpus)],
            env=environment,
            capture_output=True,
            text=True,
        )
        tried = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
        good = done.returncode == 0
        if not good:
            print(_what_broke(done.stdout + done.stderr), f"\nended with code {done.returncode}", flush=True)
        if keep and good:
            _keep(target, corpus)
        return int(tried[1]) if tried else 0, good


def _keep(target: str, corpus: Path) -> None:
    """Of what reached code of its own, which libFuzzer has made small, some of each size; and what broke.

    The smallest alone are refused at once: what gets far is larger.
    """
    found = sorted({path.read_bytes() for path in corpus.iterdir()}, key=lambda data: (len(data), data))
    fitting = [data for data in found if len(data) <= LONGEST_KEPT]
    every = max(len(fitting) / MOST_KEPT, 1.0)
    chosen = [fitting[int(number * every)] for number in range(min(len(fitting), MOST_KEPT))]
    KEPT.mkdir(exist_ok=True)
    lines = [base64.b64encode(data).decode() for data in dict.fromkeys([*chosen, *_broke(target)])]
    (KEPT / f"{target}.json").write_text(json.dumps(lines, indent=0) + "\n")


def _broke(target: str) -> list[bytes]:
    return [data for data in kept(target) if len(data) > LONGEST_KEPT]


def _what_broke(text: str) -> str:
    lines = text.splitlines()
    begins = next((n for n, line in enumerate(lines) if "Traceback" in line or "ERROR: libFuzzer" in line), 0)
    return "\n".join(lines[begins:][-40:])


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=SHORT, help=f"for each target (default: {SHORT})")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time (default: 1)")
    parser.add_argument("--faults", type=Path, default=Path("fuzz-faults"), help="where inputs that break are put")
    parser.add_argument("--keep", action="store_true", help="keep what reached new code in the repository")
    arguments = parser.parse_args(words)
    if unknown := set(arguments.targets) - set(TARGETS):
        parser.error(f"no target {unknown.pop()!r}")
    arguments.faults.mkdir(parents=True, exist_ok=True)
    bad, targets = [], arguments.targets or list(TARGETS)

    def fuzz(target: str) -> tuple[int, bool]:
        return _fuzz(target, arguments.seconds, arguments.faults.absolute(), arguments.keep)

    with ThreadPoolExecutor(arguments.jobs) as pool:
        for target, (tried, good) in zip(targets, pool.map(fuzz, targets), strict=True):
            print(f"{target:10} {tried:10,} inputs in {arguments.seconds} s{'' if good else '  BROKEN'}", flush=True)
            bad += [] if good else [target]
    if not any(arguments.faults.iterdir()):
        arguments.faults.rmdir()
    print("no faults" if not bad else f"faults in {', '.join(bad)}: see {arguments.faults}")
    return 1 if bad else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        _serve(sys.argv[2], sys.argv[4:])
    sys.exit(main(sys.argv[1:]))
