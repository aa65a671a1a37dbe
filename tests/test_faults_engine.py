"""Faults of the engine, injected: it hangs, has no memory, its weights or its compiled functions are damaged."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from multiprocessing import connection
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from engine_faults import lose_patience
from engine_models import SMALL, random_bundle, small
from fake_engine import FakeEngine
from pilot import Pilot
from systems import needs_kill, needs_stopping
from test_engine_worker import PATIENCE, REQUEST, is_a, is_gone, until, wait_for

from sketchrnn.app.state import EngineStatus
from sketchrnn.engine import compiling, servant
from sketchrnn.engine.messages import Ask, Cancel, Chunk, CompletionRequest, Done, Down, Failed, Loading, Ready, Seen
from sketchrnn.engine.worker import start_worker
from sketchrnn.sketch.svg import read_svg
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.weights import save_bundle

HUGE = CompletionRequest(Sketch([Stroke(np.indices((600, 500)).reshape(2, -1).T)]), scale=1.0, max_points=4)
"""2.4 MB: more than a pipe holds."""


@needs_stopping
def test_a_process_that_hangs_is_killed_and_started_again() -> None:
    worker = start_worker(SMALL, restart_after=(0.01,))
    try:
        wait_for(worker, is_a(Ready))
        lose_patience(worker, 0.5)
        os.kill(worker.process_id, signal.SIGSTOP)
        worker.submit(Ask(1, REQUEST))
        down = wait_for(worker, is_a(Down))[-1]
        assert down.restarting and "did not answer any more" in down.message
        wait_for(worker, is_a(Ready))
        worker.submit(Ask(2, REQUEST))
        wait_for(worker, is_a(Done, 2))
        assert not any(is_a(Down)(message) for message in worker.poll()), "at rest nothing is awaited"
    finally:
        worker.close()


@needs_stopping
def test_neither_a_full_pipe_nor_being_asked_again_and_again_hides_that_it_hangs() -> None:
    """Who sent stood before the pipe for ever, and each question began the patience anew."""
    worker = start_worker(SMALL, restart_after=(0.01,))
    try:
        wait_for(worker, is_a(Ready))
        stopped = worker.process_id
        os.kill(stopped, signal.SIGSTOP)
        lose_patience(worker, 0.5)
        heard, numbers, end = [], itertools.count(1), time.monotonic() + PATIENCE
        while not any(map(is_a(Down), heard)) and time.monotonic() < end:
            worker.submit(Ask(next(numbers), HUGE))
            heard += worker.poll()
            time.sleep(0.01)
        (down,) = filter(is_a(Down), heard)
        assert "did not answer any more" in down.message
        wait_for(worker, is_a(Ready))
        worker.submit(Ask(-7, REQUEST))
        wait_for(worker, is_a(Done, -7))
        os.kill(worker.process_id, signal.SIGSTOP)
        worker.submit(Ask(-8, HUGE))
        time.sleep(0.2)  # until the pipe is full
        process = worker.process_id
    finally:
        worker.close()
    until(lambda: is_gone(process), "the process outlives its worker")


def test_a_process_that_starts_may_be_silent_for_longer_also_when_it_was_asked(monkeypatch) -> None:
    """Importing jax from a disk that was busy took more than a minute, and was taken for hanging four times."""
    supervisor = start_worker("no such model")._supervisor
    supervisor.join(PATIENCE)
    waited, now = [], [0.0]

    def wait(pipes, seconds):
        waited.append(None if seconds is None else round(seconds, 3))
        now[0] += 1.0
        return [said.pop(0)] if said else []

    class Pipe:
        def recv(self):
            return messages.pop(0)

    pipe, outbox = Pipe(), SimpleNamespace(put=lambda asked: None)
    ready = Ready("small", ("face",), 1.0, can_guess=True, has_latent=False, max_points=80)
    said, messages = [supervisor._bell, pipe, pipe, supervisor._bell], [Loading("loading"), ready]
    monkeypatch.setattr(connection, "wait", wait)
    monkeypatch.setattr("sketchrnn.engine.worker.time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(supervisor, "_hear_bell", lambda: None)
    monkeypatch.setattr(supervisor, "_kill_hanging", lambda: setattr(supervisor, "_closing", True))
    supervisor._patience = 10.0
    supervisor.send(Ask(1, REQUEST))
    supervisor._carry(pipe, outbox)
    assert waited == [50.0, 49.0, 50.0, 10.0, 9.0]


@pytest.mark.parametrize("end", [Done(1, (True,), (None,)), Seen(1), Failed(1, "it failed"), Cancel(1)])
def test_what_is_answered_or_given_up_is_awaited_no_more(end, monkeypatch) -> None:
    """Else a process at rest would be taken for one that hangs."""
    supervisor = start_worker("no such model")._supervisor
    supervisor.join(PATIENCE)
    ready = Ready("small", ("face",), 1.0, can_guess=True, has_latent=False, max_points=80)
    comes, awaits = [ready, Ask(1, REQUEST), end], []

    class Pipe:
        def recv(self):
            return comes.pop(0)

    def wait(pipes, seconds):
        awaits.append(seconds is not None)
        if comes and isinstance(comes[0], Ask | Cancel):
            supervisor.send(comes.pop(0))
            return [supervisor._bell]
        return [pipe] if comes else []

    pipe, outbox = Pipe(), SimpleNamespace(put=lambda asked: None)
    monkeypatch.setattr(connection, "wait", wait)
    monkeypatch.setattr(supervisor, "_hear_bell", lambda: None)
    monkeypatch.setattr(supervisor, "_kill_hanging", lambda: setattr(supervisor, "_closing", True))
    supervisor._failures = 2
    supervisor._carry(pipe, outbox)
    assert awaits == [True, False, True, False]
    # a whole answer begins the starts anew; to be ready again does not, nor what was given up
    assert supervisor._failures == {Done: 0, Cancel: 2}.get(type(end), supervisor._failures)


def test_questions_that_nobody_takes_do_not_make_the_asker_wait() -> None:
    """The supervisor of an engine that stays down listens no more; 16,000 rings of its bell filled a pipe."""
    supervisor = start_worker("no such model")._supervisor
    supervisor.join(PATIENCE)
    asked = threading.Thread(target=lambda: [supervisor.send(Cancel(number)) for number in range(40_000)], daemon=True)
    asked.start()
    asked.join(PATIENCE)
    assert not asked.is_alive()


@needs_kill
def test_weights_truncated_while_running_are_said_at_the_next_start(tmp_path: Path) -> None:
    bundle = tmp_path / "mine.safetensors"
    shutil.copy(SMALL, bundle)
    worker = start_worker(bundle, restart_after=(0.01, 0.01))
    try:
        wait_for(worker, is_a(Ready))
        bundle.write_bytes(SMALL.read_bytes()[:5000])
        worker.submit(Ask(1, REQUEST))
        wait_for(worker, is_a(Done, 1))  # all of them were read at the start
        os.kill(worker.process_id, signal.SIGKILL)
        wait_for(worker, lambda message: isinstance(message, Down) and message.restarting)
        down = wait_for(worker, is_a(Down))[-1]
        assert not down.restarting and "mine.safetensors" in down.message and "damaged" in down.message
    finally:
        worker.close()


@needs_kill
def test_weights_swapped_while_running_are_taken_at_the_next_start_and_named(tmp_path: Path) -> None:
    bundle = tmp_path / "mine.safetensors"
    shutil.copy(SMALL, bundle)
    worker = start_worker(bundle, restart_after=(0.01,))
    try:
        assert wait_for(worker, is_a(Ready))[-1].model == "small"
        save_bundle(random_bundle(), bundle)
        worker.submit(Ask(1, REQUEST))
        before = [message for message in wait_for(worker, is_a(Done, 1)) if isinstance(message, Chunk)]
        expected = [message for message in small().stream(REQUEST, 1) if isinstance(message, Chunk)]
        for one, other in zip(before, expected, strict=True):
            np.testing.assert_allclose(np.concatenate(one.rows), np.concatenate(other.rows), atol=1e-3)
        os.kill(worker.process_id, signal.SIGKILL)
        ready = wait_for(worker, is_a(Ready))[-1]
        assert ready.model == "tiny" and "face" not in ready.categories, "the window is told what it has now"
        worker.submit(Ask(2, REQUEST))
        assert "'face'" in wait_for(worker, is_a(Failed))[-1].message
    finally:
        worker.close()


def test_what_was_compiled_for_another_processor_or_by_another_compiler_lies_elsewhere(monkeypatch) -> None:
    here = compiling.compilation_cache()
    lines = "model name\t: another\nflags\t\t: sse2\n"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", lambda *_, **__: lines)
        elsewhere = compiling.compilation_cache()
        patch.setattr(Path, "read_text", lambda *_, **__: lines.replace("sse2", "sse2 avx2"))
        assert len({here, elsewhere, compiling.compilation_cache()}) == 3
    for count in (1, 2):
        monkeypatch.setattr(compiling, "cores", lambda count=count: count)
        monkeypatch.delenv("NPROC", raising=False)
        assert compiling.compilation_cache().name.endswith(f"-{count}"), "dealt over as many threads as there were"
    monkeypatch.setenv("NPROC", "7")
    assert compiling.compilation_cache().name.endswith("-7")
    monkeypatch.setattr(compiling.jaxlib.version, "__version__", "0.0.1")
    assert compiling.compilation_cache().name.startswith("jax-0.0.1-")


COMPILES = """
import jax
from sketchrnn.engine.compiling import keep_compiled
counted = []
jax.monitoring.register_event_listener(lambda event, **about: counted.append(event.rpartition("/")[2]))
keep_compiled()
print(float(jax.jit(lambda x: (x @ x.T).sum())(jax.numpy.ones((3, 4)))))
print(counted.count("cache_hits"), counted.count("cache_misses"))
"""


def test_what_was_compiled_is_found_where_the_cache_has_been_moved_to(tmp_path: Path) -> None:
    def compiles(home: Path) -> tuple[int, int]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
        environment |= {"SKETCHRNN_HOME": str(home), "JAX_PLATFORMS": "cpu"}
        done = subprocess.run([sys.executable, "-c", COMPILES], env=environment, capture_output=True, text=True)
        total, counts = done.stdout.splitlines()
        assert float(total) == 36
        hits, misses = map(int, counts.split())
        return hits, misses

    hits, misses = compiles(tmp_path / "here")
    assert hits == 0 and misses > 0
    shutil.copytree(tmp_path / "here" / "cache", tmp_path / "elsewhere" / "cache")
    assert compiles(tmp_path / "elsewhere") == (misses, 0)


@pytest.mark.parametrize("damage", ["cut", "changed", "nonsense"])
def test_a_damaged_cache_of_compiled_functions_costs_time_only(damage: str, tmp_path: Path, monkeypatch) -> None:
    cache = tmp_path / "compiled"
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(cache))
    answers = []
    for _ in range(2):
        worker = start_worker(SMALL)
        try:
            wait_for(worker, is_a(Ready))
            worker.submit(Ask(1, REQUEST))
            answers.append([m.rows for m in wait_for(worker, is_a(Done, 1)) if isinstance(m, Chunk)])
        finally:
            worker.close()
        files = [path for path in cache.rglob("*") if path.is_file()]
        assert files
        for path in files:
            path.write_bytes(_damaged(path.read_bytes(), damage))
    for before, after in zip(*answers, strict=True):
        for one, other in zip(before, after, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-3)


def test_a_function_that_another_process_is_writing_into_the_cache_is_compiled_again_without_a_word() -> None:
    """Nothing locks the cache, and who is killed leaves half of an entry there for ever."""
    import jax

    warnings.simplefilter("error")  # whatever the tests' own settings pass over
    compiling.keep_compiled()
    for _ in range(2):

        @jax.jit
        def half_written(x):
            return 3 * x

        assert half_written(2.0) == 6
        entries = list(Path(jax.config.jax_compilation_cache_dir).glob("jit_half_written-*-cache"))
        if not entries:
            pytest.skip("nothing so small is kept in the cache that was named")
        for entry in entries:
            os.truncate(entry, entry.stat().st_size // 2)
    for entry in entries:
        entry.unlink()


def _damaged(content: bytes, damage: str) -> bytes:
    if damage == "cut":
        return content[: len(content) // 2]
    if damage == "nonsense":
        return b"no compiled function"
    changed = bytearray(content)
    for place in random.Random(0).sample(range(len(content)), min(9, len(content))):
        changed[place] ^= 0xFF
    return bytes(changed)


def test_the_third_start_in_a_row_does_without_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = start_worker(SMALL, restart_after=(0.01, 0.01, 0.01))
    try:
        for _ in range(2):
            wait_for(worker, is_a(Ready))
            os.kill(worker.process_id, signal.SIGTERM)
            wait_for(worker, is_a(Down))
        wait_for(worker, is_a(Ready))
        if sys.platform == "linux":  # what a process sets itself is not seen there: what it was given is
            assert worker._supervisor._failures == 2
        worker.submit(Ask(1, REQUEST))
        wait_for(worker, is_a(Done, 1))
    finally:
        worker.close()


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 99999999 bytes")]
)
def test_out_of_memory_is_an_answer(error: Exception) -> None:
    class Completer:
        def stream(self, *_):
            raise error

    said: list = []
    pipe = type("Pipe", (), {"send": said.append})()
    servant._answer(Completer(), Ask(7, REQUEST), None, pipe)  # type: ignore[arg-type]
    assert isinstance(said[0], Failed) and said[0].id == 7 and "not enough memory" in said[0].message


def test_rows_without_numbers_end_an_ending_and_the_window_lives() -> None:
    pilot = Pilot(FakeEngine(hold=True)).start()
    try:
        pilot.stroke([(100, 100), (200, 200)])
        pilot.until(lambda: pilot.state.pending is not None)
        rows = np.array([[200, 210, 0], [np.nan, 1, 0], [1, 1, 1]], np.float32)
        pilot.engine.say(Chunk(pilot.state.pending.id, (rows,), (False,)))
        pilot.until(lambda: pilot.state.offer is not None)
        pilot.step()
        (ending,) = pilot.state.offer.endings
        assert ending.over and len(ending.rows) == 1
        pilot.stroke([(10, 10), (20, 30)])
        assert len(pilot.state.sketch.strokes) == 2
    finally:
        pilot.close()


@needs_stopping
@pytest.mark.parametrize("fault", ["killed", "hangs"])
def test_the_window_draws_on_says_so_and_has_its_model_again(fault: str) -> None:
    """The real window and the real process: what is drawn meanwhile is on the page and in the autosave."""
    worker = start_worker(SMALL, restart_after=(0.05, 0.05))
    pilot = Pilot(worker)
    end = time.monotonic() + PATIENCE

    def until(reached) -> None:
        while not reached():
            assert time.monotonic() < end, pilot.state
            pilot.step()
            time.sleep(0.002)

    def status() -> EngineStatus:
        return pilot.state.engine.status

    try:
        pilot.program.start(lambda: worker)
        until(lambda: status() is EngineStatus.READY)
        if fault == "hangs":
            lose_patience(worker, 0.5)
        os.kill(worker.process_id, signal.SIGKILL if fault == "killed" else signal.SIGSTOP)
        pilot.stroke([(100, 100), (150, 60), (200, 240)])
        until(lambda: bool(pilot.state.engine.message))  # it stays while the next one loads, which may be heard at once
        assert pilot.state.engine.restarting
        assert ("SIGKILL" if fault == "killed" else "did not answer") in pilot.state.engine.message
        pilot.stroke([(300, 100), (320, 160)])
        until(lambda: not pilot.program.files.busy)
        path = pilot.program.session.path
        assert len(pilot.state.sketch.strokes) == len(read_svg(path.read_bytes()).strokes) == 2
        until(lambda: status() is EngineStatus.READY)
        until(lambda: pilot.state.offer is not None and bool(pilot.state.offer.endings[0].rows.size))
    finally:
        pilot.close()
