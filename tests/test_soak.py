"""The short form of `python -m tests.soak`, and that its judge sees growth."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from soak import Sample, judge


@pytest.mark.skipif(sys.platform != "linux", reason="memory and handles are read as Linux tells them")
def test_a_window_that_is_drawn_in_for_a_while_does_not_grow(checkout: Path) -> None:
    command = [sys.executable, "-m", "tests.soak", "--minutes", "0.15", "--engine", "fake"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0 and "nothing grew" in done.stdout, done.stdout + done.stderr


def test_growth_is_seen_from_the_first_tenth_on() -> None:
    samples = [Sample(at, 100.0, 10, 5.0, 4.0, 9, 500) for at in range(20)]
    assert judge(samples) == []
    assert judge([replace(samples[0], memory=10.0, handles=1), *samples[1:]]) == []
    assert judge([*samples, replace(samples[0], memory=121.0)]) == ["memory grew by 21.0 MiB"]
    assert judge([*samples, replace(samples[0], handles=15)]) == ["5 more handles are open"]
    slow, slower = (replace(samples[0], p99_processor=ms) for ms in (5.9, 6.1))
    assert judge([*samples, *[slow] * 12]) == []
    assert judge([*samples, *[slower] * 12]) == ["99 of 100 frames take 6.1 ms of the processor instead of 4.0"]
    assert judge([*samples, *[slower] * 3]) == [], "the median of the last third"
    still = replace(samples[0], p99_processor=0.0, frames=0)
    assert judge([*[still] * 5, *samples]) == [], "where nothing was shown it says nothing"
    few = [replace(sample, frames=50) for sample in samples]
    assert judge([*few, *[replace(slower, frames=50)] * 12]) == [], "the slowest of few frames, not the 99th of 100"
