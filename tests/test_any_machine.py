"""On any machine: each place where systems differ, every branch by substitution; devices; determinism."""

from __future__ import annotations

import errno
import importlib
import os
import re
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from engine_models import half_a_face, small
from test_engine_completer import rows_of

from sketchrnn import paths
from sketchrnn.benchmarks import train_run
from sketchrnn.cli.main import main
from sketchrnn.engine import device
from sketchrnn.engine.messages import CompletionRequest
from sketchrnn.locks import alone, take_lock
from sketchrnn.sketch.files import put_in_place

PACKAGE = Path(__file__).parent.parent / "sketchrnn"


class _Msvcrt:
    """Windows' module, as far as it is used; a lock is held by one stream at a time."""

    LK_NBLCK = 2

    def __init__(self):
        self.calls: list[tuple[int, int]] = []
        self.held = False

    def locking(self, handle: int, mode: int, count: int) -> None:
        self.calls.append((mode, count))
        if self.held:
            raise OSError(13, "Permission denied")
        self.held = True


def test_locks_as_windows_has_them(tmp_path: Path) -> None:
    msvcrt = _Msvcrt()
    first = take_lock(tmp_path / "a.lock", "win32", lambda name: {"msvcrt": msvcrt}[name])
    assert first is not None and take_lock(tmp_path / "a.lock", "win32", lambda name: msvcrt) is None
    assert msvcrt.calls == [(2, 1)] * 2, "without waiting, one byte"
    first.close()


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_locks_as_others_have_them(platform: str, tmp_path: Path) -> None:
    fcntl = types.SimpleNamespace(LOCK_EX=2, LOCK_NB=4, flock=lambda stream, how: calls.append(how))
    calls: list[int] = []
    lock = take_lock(tmp_path / "a.lock", platform, lambda name: {"fcntl": fcntl}[name])
    assert lock is not None and calls == [6]
    lock.close()


@pytest.mark.skipif(sys.platform == "win32", reason="the same with msvcrt is tested by substitution")
def test_a_lock_that_is_held_is_not_taken_and_ends_with_its_stream(tmp_path: Path) -> None:
    lock = take_lock(tmp_path / "a.lock")
    assert lock is not None and take_lock(tmp_path / "a.lock") is None
    lock.close()
    again = take_lock(tmp_path / "a.lock")
    assert again is not None
    again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="locks of Windows are tested by substitution")
def test_one_at_a_time_is_alone(tmp_path: Path) -> None:
    inside, most = [], []

    def enter() -> None:
        with alone(tmp_path / "a.lock", lambda seconds: time.sleep(seconds / 100)):
            inside.append(1)
            time.sleep(0.002)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 20 and not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="an open file is not removed there")
def test_a_lock_on_a_file_that_was_removed_meanwhile_is_none(tmp_path: Path) -> None:
    """Between opening and locking the one before removes its file, and a third makes it anew and holds that."""
    path, real, third = tmp_path / "a.lock", importlib.import_module("fcntl"), []

    def flock(stream: object, how: int) -> None:
        if not third:
            path.unlink()
            third.append(take_lock(path))
        real.flock(stream, how)

    fcntl = types.SimpleNamespace(LOCK_EX=real.LOCK_EX, LOCK_NB=real.LOCK_NB, flock=flock)
    with alone(path, lambda seconds: third[0].close(), module=lambda name: fcntl) as waited:
        assert waited and third[0].closed
    assert not path.exists()


def test_where_there_are_no_locks_nobody_is_waited_for(tmp_path: Path) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    def locking(*_: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    modules = {"fcntl": types.SimpleNamespace(LOCK_EX=2, LOCK_NB=4, flock=flock)}
    modules["msvcrt"] = types.SimpleNamespace(LK_NBLCK=2, locking=locking)
    for platform in ("linux", "win32"):
        with alone(tmp_path / "a.lock", _never, platform, modules.__getitem__) as waited:
            assert not waited


def _never(seconds: float) -> None:
    pytest.fail("waits")


def test_one_waits_as_long_as_windows_holds_a_lock(tmp_path: Path) -> None:
    msvcrt, slept = _Msvcrt(), []
    msvcrt.held = True

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        msvcrt.held = len(slept) < 3

    with alone(tmp_path / "a.lock", sleep, "win32", lambda name: msvcrt) as waited:
        assert waited and len(slept) == 3


def test_a_file_is_put_in_its_place_when_windows_lets_go_of_the_old_one(tmp_path: Path) -> None:
    slept: list[float] = []
    tries = iter([PermissionError(), PermissionError(), None])

    def replace(beside: str, target: Path) -> None:
        if (error := next(tries)) is not None:
            raise error

    put_in_place("new", tmp_path / "old", "win32", replace, slept.append)
    assert len(slept) == 2 and slept == sorted(slept) and sum(slept) < 1
    for platform, count in (("win32", 5), ("linux", 0)):
        slept.clear()

        def never(beside: str, target: Path) -> None:
            raise PermissionError(13, "Permission denied")

        with pytest.raises(PermissionError):
            put_in_place("new", tmp_path / "old", platform, never, slept.append)
        assert len(slept) == count


def test_files_get_their_names_in_one_place() -> None:
    """On Windows each of the others failed at once while a virus scanner looked at what had just been written."""
    renames = re.compile(r"os\.(replace|rename)\b|\.rename\(")
    found = {path.name for path in PACKAGE.rglob("*.py") if renames.search(path.read_text(encoding="utf-8"))}
    assert found == {"files.py"}


@pytest.mark.parametrize(("platform", "mib"), [("linux", 3072.0), ("darwin", 3.0)])
def test_the_most_memory_is_told_in_the_unit_of_each_system(platform: str, mib: float, monkeypatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrusage", lambda who: types.SimpleNamespace(ru_maxrss=3 << 20))
    monkeypatch.setattr(train_run, "sys", types.SimpleNamespace(platform=platform))
    assert train_run.peak_memory_mib() == mib


def test_folders_are_the_systems_or_all_below_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv(paths.HOME_VARIABLE, "~/mine")
    assert paths.cache_folder() == tmp_path / "mine" / "cache"
    assert paths.my_data_folder() == tmp_path / "mine" / "data" / "my drawings", "not where all can be deleted"
    monkeypatch.delenv(paths.HOME_VARIABLE)
    for name in ("cache", "data", "config"):
        folder = getattr(platformdirs, f"user_{name}_path")("sketchrnn", appauthor=False)
        assert getattr(paths, f"{name}_folder")() == folder


def test_systems_are_told_apart_in_few_places() -> None:
    """Each of these has a test that goes through all its branches; another place needs one, too."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        if re.search(r"sys\.platform|os\.name\b|platform\.system|win32|darwin", path.read_text(encoding="utf-8")):
            found.add(path.relative_to(PACKAGE).as_posix())
    assert found <= {
        "locks.py",
        "sketch/files.py",
        "window/system_dialog.py",
        "window/turns.py",
        "training/hosts.py",  # the signal handlers of a job, where there are any
        "training/memory.py",  # glibc's allocator, where it is that
        "benchmarks/start.py",
        "benchmarks/train_run.py",
    }


# devices


def _jax(monkeypatch: pytest.MonkeyPatch, found: list[str] | Exception, full: bool = False) -> list[tuple[str, str]]:
    """A jax that finds these devices, or none; returns what is set in its config.

    Args:
        full: whether the device has no memory left.
    """
    updates: list[tuple[str, str]] = []

    def devices():
        if isinstance(found, Exception):
            raise found
        return [types.SimpleNamespace(platform=platform) for platform in found]

    def zeros(size: int, kind: str):
        if full:
            raise RuntimeError(f"RESOURCE_EXHAUSTED: Out of memory while trying to allocate {size} bytes.")
        return types.SimpleNamespace(block_until_ready=lambda: None)

    config = types.SimpleNamespace(update=lambda name, value: updates.append((name, value)))
    fake = types.SimpleNamespace(devices=devices, config=config, numpy=types.SimpleNamespace(zeros=zeros))
    monkeypatch.setitem(sys.modules, "jax", fake)
    forget = types.SimpleNamespace(clear_backends=lambda: updates.append(("backends", "forgotten")))
    monkeypatch.setitem(sys.modules, "jax.extend.backend", forget)
    return updates


BROKEN = RuntimeError("Unable to initialize backend 'cuda':\n no driver " + "x" * 900)


@pytest.mark.parametrize(
    ("wanted", "found", "said", "set_to_cpu"),
    [
        ("auto", ["cpu"], None, False),
        ("auto", ["gpu"], None, False),
        ("gpu", ["gpu"], None, False),
        ("gpu", ["cpu"], "none was found", False),
        ("auto", BROKEN, "Unable to initialize backend 'cuda': no driver", True),
        ("gpu", BROKEN, "Unable to initialize backend 'cuda': no driver", True),
        ("cpu", BROKEN, None, True),
    ],
)
def test_a_card_that_is_not_there_or_does_not_start(wanted, found, said, set_to_cpu, monkeypatch) -> None:
    updates, lines = _jax(monkeypatch, found), []
    device.use_device(wanted, lines.append)
    assert updates == ([("jax_platforms", "cpu")] if set_to_cpu else [])
    if said is None:
        assert not lines
    else:
        (line,) = lines
        assert said in line and line.endswith("the processor is") and "\n" not in line and len(line) < 300


@pytest.mark.parametrize("wanted", ["auto", "gpu"])
def test_a_card_whose_memory_others_have_is_done_without(wanted, monkeypatch) -> None:
    updates, lines = _jax(monkeypatch, ["gpu"], full=True), []
    device.use_device(wanted, lines.append)
    assert updates == [("backends", "forgotten"), ("jax_platforms", "cpu")]
    assert lines == ["no graphics card is used (other programs have all its memory); the processor is"]


def test_the_processor_is_found_after_devices_were_forgotten() -> None:
    """The real jax, which has found its devices and used one before."""
    code = (
        "import jax; from sketchrnn.engine import device; jax.numpy.ones(3).sum()\n"
        "def full(*_): raise RuntimeError('RESOURCE_EXHAUSTED: Out of memory')\n"
        "zeros, jax.numpy.zeros, found = jax.numpy.zeros, full, jax.devices\n"
        "jax.devices = lambda: [type('Card', (), {'platform': 'gpu'})]\n"
        "device.use_device('auto', print); jax.numpy.zeros, jax.devices = zeros, found\n"
        "print(jax.devices()[0].platform, jax.jit(lambda x: x.sum())(jax.numpy.ones(3)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "no graphics card is used (other programs have all its memory); the processor is",
        "cpu 3.0",
    ]


def test_a_named_card_that_does_not_start_leaves_a_jax_that_works() -> None:
    """The real one: after its failure the processor can still be had."""
    code = (
        "import jax; from sketchrnn.engine.device import use_device; use_device('auto', print);"
        "print(jax.devices()[0].platform, jax.numpy.ones(3).sum())"
    )
    environment = os.environ | {"JAX_PLATFORMS": "cuda"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    if done.stdout.startswith("gpu"):
        pytest.skip("there is a card")
    assert done.returncode == 0, done.stderr
    assert "the processor is" in done.stdout and "cpu 3.0" in done.stdout


def test_too_little_memory_on_a_card_is_one_line(monkeypatch, capsys) -> None:
    def run(words):
        raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1 GiB")

    monkeypatch.setattr("sketchrnn.cli.main._run", run)
    assert main(["complete"]) == 1
    said = capsys.readouterr().err
    assert "--device cpu" in said and said.count("\n") == 1
    monkeypatch.setattr("sketchrnn.cli.main._run", lambda words: (_ for _ in ()).throw(RuntimeError("a bug")))
    with pytest.raises(RuntimeError):
        main(["complete"])


# determinism


@pytest.mark.parametrize("temperature", [0.1, 0.6])
def test_the_same_request_has_the_same_completion(temperature: float) -> None:
    """In chunks of 1 or 16, alone or in a batch of nine, to 1e-4 of a model unit."""

    def request(endings: int) -> CompletionRequest:
        return CompletionRequest(
            half_a_face(), "face", endings=endings, seed=11, temperature=temperature, max_points=48, scale=1.0
        )

    nine, again = (rows_of(small(), request(9), chunk=chunk) for chunk in (16, 1))
    alone, drop_by_drop = (rows_of(small(), request(1), chunk=chunk)[0] for chunk in (16, 1))
    for one, other in [*zip(nine, again, strict=True), (nine[0], alone), (nine[0], drop_by_drop)]:
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4 * small().bundle.scale_factor)
