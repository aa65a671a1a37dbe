"""The short form of `python -m tests.engine_faults`, and that it sees what goes wrong."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from engine_faults import FAULTS, run
from engine_models import SMALL

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits on another process's memory are Linux's")


def test_nothing_is_lost_and_everything_said_whatever_the_engine_does(checkout: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.engine_faults",
        "--model",
        str(SMALL),
        "--seconds",
        "0.5",
        "--patience",
        "1",
    ]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0 and "WRONG" not in done.stdout, done.stdout + done.stderr
    assert all(f"\n{name} " in done.stdout for name in FAULTS)


def test_what_is_not_said_is_seen() -> None:
    (wrong,) = run(replace(FAULTS["killed"], says=("it rains",)), SMALL, 0.1).wrong
    assert wrong.startswith("it was not said") and "SIGKILL" in wrong
