"""What every test stands on: a home of its own, jax on the processor, and the reference drawings if they are here."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# before jax or pygame is imported by any test: figures are compared with references made on a processor, nothing greets
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

# most of the suite's time goes into compiling: what one test compiled the others, and their processes, take from here
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    compiled = tempfile.mkdtemp(prefix="sketchrnn-tests-")
    atexit.register(shutil.rmtree, compiled, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = compiled
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

# nothing locks it: what another process is writing is read half, and compiled anew
HALF_WRITTEN = "ignore:Error reading persistent compilation cache entry"
os.environ.setdefault("PYTHONWARNINGS", HALF_WRITTEN)

# the suite compiles more than it computes: a third of its time is saved by what is compiled quickly instead of well
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")

# and most of the rest goes into XLA's newer way of writing loops out; its older one takes a third of the time
QUICKER = "--xla_cpu_use_fusion_emitters=false"


def is_known(flag: str) -> bool:
    """Whether XLA has such a flag: it ends the process that is given one that it has not, or not any more."""
    words = [sys.executable, "-c", "from jaxlib.xla_client import make_cpu_client; make_cpu_client()"]
    return subprocess.run(words, env=os.environ | {"XLA_FLAGS": flag}, capture_output=True).returncode == 0


if "XLA_FLAGS" not in os.environ:
    os.environ["XLA_FLAGS"] = QUICKER if is_known(QUICKER) else ""

# no test times anything, every run tries the same examples, and no database is kept beside the tests
settings.register_profile("sketchrnn", deadline=None, derandomize=True, database=None)
settings.load_profile("sketchrnn")

REFERENCE_VARIABLE = "SKETCHRNN_REFERENCE"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("filterwarnings", HALF_WRITTEN)  # where all others are errors


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that holds the user's folders (cache, data, config) in this test; subprocesses inherit it."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SKETCHRNN_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """What a window froze for the collector is thawed again: older hypotheses look for who refers to what."""
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with `real/`, `official/`, `data/` and `judge/`; the test is skipped where there is none."""
    named = os.environ.get(REFERENCE_VARIABLE)
    if not named:
        pytest.skip(f"{REFERENCE_VARIABLE} names no folder with real/, official/, data/ and judge/")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"{REFERENCE_VARIABLE} names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The small files that come with the tests."""
    return Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The project's root."""
    return Path(__file__).resolve().parent.parent
