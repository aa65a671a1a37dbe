"""The engine in its process: answers, gives up, survives errors, is started again, goes when told and when orphaned."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar, cast

import numpy as np
import pytest
from engine_models import SMALL, half_a_face, random_bundle, small
from systems import needs_kill, needs_signals, needs_stopping

from sketchrnn.engine.completer import Completer
from sketchrnn.engine.messages import (
    Ask,
    Cancel,
    Chunk,
    CompletionRequest,
    Done,
    Down,
    Failed,
    Guess,
    Loading,
    Look,
    LookRequest,
    Ready,
    Seen,
)
from sketchrnn.engine.outbox import MOST_WAITING, Outbox, Question, enqueue
from sketchrnn.engine.servant import _Inbox, _ready
from sketchrnn.engine.worker import Worker, start_worker
from sketchrnn.sketch.types import Sketch, Stroke

PATIENCE = 120  # seconds; a bound for what hangs, not a measurement

REQUEST = CompletionRequest(half_a_face(), "face", endings=2, seed=5, max_points=40, scale=1.0)
LONG = CompletionRequest(half_a_face(), None, endings=16, temperature=1.0, max_points=1000)


def wait_for(worker: Worker, wanted: Callable[[object], bool]) -> list:
    """All messages up to the first that is wanted."""
    heard: list = []
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for message in worker.poll():
            heard.append(message)
            if wanted(message):
                return heard
        time.sleep(0.01)
    pytest.fail(f"waited in vain; heard {[type(message).__name__ for message in heard]}")


def until(reached: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > end:
            pytest.fail(otherwise)
        time.sleep(0.01)


def is_a(kind: type, id: int | None = None) -> Callable[[object], bool]:
    return lambda message: isinstance(message, kind) and (id is None or message.id == id)


class Noting(Outbox):
    """Notes what has got into the pipe."""

    sent: ClassVar[list[Question]] = []

    def __init__(self, pipe: Connection):
        def send(message: Question) -> None:
            pipe.send(message)
            self.sent.append(message)

        super().__init__(cast(Connection, SimpleNamespace(send=send)))


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKETCHRNN_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr("sketchrnn.engine.worker.Outbox", Noting)
        worker = start_worker(SMALL, restart_after=(0.05, 0.05))
        heard = wait_for(worker, is_a(Ready))
        assert heard[0] == Loading("loading the model") and all(isinstance(m, Loading) for m in heard[:-1])
        ready = heard[-1]
        assert (ready.model, ready.categories) == ("small", ("circle", "square", "star", "face"))
        assert ready.can_guess and not ready.has_latent and ready.max_points == 80
        yield worker
        worker.close()
        assert worker.poll() == []


def require_alike(ours: object, theirs: object) -> None:
    """Equal; a guess's shares to what is promised, for another process may sum in another order."""
    if isinstance(ours, Guess) and isinstance(theirs, Guess):
        assert [name for name, _ in ours.categories] == [name for name, _ in theirs.categories]
        shares = [[share for _, share in guess.categories] for guess in (ours, theirs)]
        np.testing.assert_allclose(*shares, atol=1e-4)
        ours, theirs = replace(ours, categories=()), replace(theirs, categories=())
    assert ours == theirs


def test_answers_are_those_of_the_completer(worker: Worker) -> None:
    worker.submit(Ask(1, REQUEST))
    heard = wait_for(worker, is_a(Done))
    expected = list(small().stream(REQUEST, 1))
    assert [type(message) for message in heard] == [type(message) for message in expected]
    for ours, theirs in zip(heard, expected, strict=True):
        if isinstance(ours, Chunk):
            for a, b in zip(ours.rows, theirs.rows, strict=True):
                np.testing.assert_allclose(a, b, atol=1e-3)
        else:
            require_alike(ours, theirs)


def test_looks_are_answered_as_the_completer_does(worker: Worker) -> None:
    request = LookRequest(half_a_face(), scale=1.0, ghost=True, heat=True)
    worker.submit(Look(5, request))
    guess, seen = wait_for(worker, is_a(Seen))
    expected = list(small().look(request, 5))
    require_alike(guess, expected[0])
    assert seen.id == 5
    np.testing.assert_allclose(seen.ghost, expected[1].ghost, atol=1e-3)
    np.testing.assert_allclose(seen.heat.share, expected[1].heat.share, atol=1e-6)


def ask_at_once(worker: Worker, *questions: Question) -> None:
    """The engine stands still until the last one is in its pipe, and what came before it, however fast it is."""
    os.kill(worker.process_id, signal.SIGSTOP)
    for asked in questions:
        worker.submit(asked)
    until(lambda: any(sent is questions[-1] for sent in Noting.sent), "it was never sent")
    os.kill(worker.process_id, signal.SIGCONT)


@needs_stopping
def test_of_looks_and_completions_the_newest_wins_too(worker: Worker) -> None:
    ask_at_once(worker, Ask(6, LONG), *(Look(number, LookRequest(half_a_face(), scale=1.0)) for number in (7, 8)))
    heard = wait_for(worker, is_a(Seen, 8))
    ids = [message.id for message in heard]
    assert ids == sorted(ids) and 7 not in ids
    worker.submit(Look(9, LookRequest(half_a_face(), "stra")))
    (failed,) = wait_for(worker, is_a(Failed))
    assert failed.id == 9 and "'star'" in failed.message


def test_a_newer_question_takes_the_place_of_all_that_wait() -> None:
    waiting: deque[Question] = deque()
    for asked in (Ask(1, REQUEST), Cancel(1), Ask(2, REQUEST), Cancel(2)):
        enqueue(waiting, asked)
    assert [(type(each), each.id) for each in waiting] == [(Ask, 2), (Cancel, 2)]
    for number in range(1000):
        enqueue(waiting, Cancel(number))
    assert len(waiting) == MOST_WAITING and waiting[0].id == 2
    newest = Look(3, LookRequest(half_a_face(), scale=1.0))
    enqueue(waiting, newest)
    assert list(waiting) == [newest]


@needs_stopping
def test_the_newest_question_wins(worker: Worker) -> None:
    ask_at_once(worker, Ask(10, LONG), *(Ask(number, REQUEST) for number in (11, 12, 13)))
    heard = wait_for(worker, is_a(Done, 13))
    ids = [message.id for message in heard]
    # none goes on after a newer one has begun, and those that a newer one followed at once are not begun
    assert ids == sorted(ids) and not {11, 12} & set(ids)


@needs_stopping
def test_a_cancelled_question_is_not_answered(worker: Worker) -> None:
    never_asked = Cancel(99)
    ask_at_once(worker, Ask(20, LONG), Cancel(20), never_asked, Ask(21, REQUEST))
    heard = wait_for(worker, is_a(Done, 21))
    assert not any(is_a(Done, 20)(message) for message in heard)
    ask_at_once(worker, Ask(22, REQUEST), Cancel(22), Ask(23, REQUEST))
    assert not any(is_a(Done, 22)(message) for message in wait_for(worker, is_a(Done, 23)))


def test_a_model_that_is_told_no_category_knows_none() -> None:
    """Its bundle names all the same what it was trained on."""
    bundle = replace(random_bundle(categories=0, category_head=False), categories=("cat", "dog"))
    completer = SimpleNamespace(bundle=bundle, can_guess=False, has_latent=True)
    assert _ready(cast(Completer, completer), 1.0).categories == ()


@needs_signals
def test_ctrl_c_is_not_for_the_process(worker: Worker) -> None:
    """A terminal sends it to all that it started; the window alone decides."""
    os.kill(worker.process_id, signal.SIGINT)
    worker.submit(Ask(31, REQUEST))
    heard = wait_for(worker, lambda message: is_a(Done, 31)(message) or is_a(Down)(message))
    assert is_a(Done, 31)(heard[-1])


def test_a_question_given_up_before_it_is_begun_is_none() -> None:
    inbox, asked, other = _Inbox(Pipe()[0]), Ask(1, REQUEST), Ask(2, REQUEST)
    with inbox._changed:
        for message in (asked, Cancel(1), Cancel(99)):
            inbox._take_in(message)
    assert inbox.next(wait=False) is None
    with inbox._changed:
        for message in (other, Cancel(1)):
            inbox._take_in(message)
    assert inbox.next(wait=False) is other and not inbox.gave_up(other)
    with inbox._changed:
        inbox._take_in(Cancel(2))
    assert inbox.gave_up(other)


def test_an_error_is_an_answer_and_no_death(worker: Worker) -> None:
    before = worker.process_id
    worker.submit(Ask(30, CompletionRequest(half_a_face(), "stra")))
    (failed,) = wait_for(worker, is_a(Failed))
    assert failed.id == 30 and "'star'" in failed.message
    worker.submit(Ask(31, None))  # type: ignore[arg-type]  # a bug in the asker
    (failed,) = wait_for(worker, is_a(Failed))
    assert "something is wrong in the program" in failed.message and "\n" not in failed.message
    worker.submit(Ask(32, REQUEST))
    wait_for(worker, is_a(Done, 32))
    assert worker.process_id == before


@needs_stopping
def test_a_large_question_does_not_wait(worker: Worker) -> None:
    points = np.stack([np.arange(200_000) % 600, np.arange(200_000) % 599], axis=1)
    large = Sketch([Stroke(points)])
    os.kill(worker.process_id, signal.SIGSTOP)  # as if it were compiling
    try:
        worker.submit(Ask(40, CompletionRequest(large, scale=1.0, max_points=4)))
        worker.submit(Ask(41, REQUEST))
        assert worker.poll() == []
    finally:
        os.kill(worker.process_id, signal.SIGCONT)
    wait_for(worker, is_a(Done, 41))


@needs_kill
def test_killed_it_says_so_and_starts_again(worker: Worker) -> None:
    first = worker.process_id
    worker.submit(Ask(50, LONG))
    wait_for(worker, is_a(Guess, 50))
    os.kill(first, signal.SIGKILL)
    down = wait_for(worker, is_a(Down))[-1]
    assert down.restarting and "SIGKILL" in down.message
    wait_for(worker, is_a(Ready))
    assert worker.process_id != first
    worker.submit(Ask(51, REQUEST))
    assert not any(getattr(message, "id", 51) != 51 for message in wait_for(worker, is_a(Done, 51)))


@needs_signals
def test_close_in_the_middle_of_a_request_leaves_no_process(worker: Worker, monkeypatch) -> None:
    """The last test of the module's worker."""
    waited, join = [], worker._supervisor.join
    monkeypatch.setattr(worker._supervisor, "join", lambda seconds: waited.append(seconds) or join(seconds))
    worker.submit(Ask(60, LONG))
    wait_for(worker, is_a(Guess, 60))
    process = worker.process_id
    worker.close()
    assert len(waited) == 1 and waited[0] < 1, "all that it waits for"
    until(lambda: is_gone(process), "the process outlives its worker")
    worker.submit(Ask(61, REQUEST))
    assert worker.poll() == []
    worker.close()


@needs_kill
def test_it_gives_up_after_a_few_deaths_and_says_why_it_cannot_start(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(SMALL.read_bytes()[:5000])
    for bundle, reason in ((tmp_path / "none.safetensors", "there is no such model"), (damaged, "damaged")):
        worker = start_worker(bundle)
        down = wait_for(worker, is_a(Down))[-1]
        assert not down.restarting and reason in down.message and bundle.name in down.message
        worker.close()
    worker = start_worker(SMALL, restart_after=(0.01,))
    for restarting in (True, False):
        wait_for(worker, is_a(Loading))
        os.kill(worker.process_id, signal.SIGKILL)
        assert wait_for(worker, is_a(Down))[-1].restarting is restarting
    worker._supervisor.join(PATIENCE)
    assert worker.poll() == [] and not worker._supervisor.is_alive()
    worker.close()


@needs_signals
def test_an_orphan_ends() -> None:
    code = (
        "import sys, time\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from sketchrnn.engine.messages import Loading\n"
        "from sketchrnn.engine.worker import start_worker\n"
        "if __name__ == '__main__':\n"
        f"    worker = start_worker({str(SMALL)!r})\n"
        "    while not worker.poll(): time.sleep(0.01)\n"
        "    print(worker.process_id, flush=True)\n"
        "    time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    os.kill(child, 0)
    parent.kill()
    parent.communicate()
    until(lambda: is_gone(child), "the process outlives its parent")


def is_gone(process: int) -> bool:
    """Also if nobody has reaped it: where nobody is there to do so it stays, on Linux alone."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] == "Z"
    except OSError:
        return False


def test_a_process_without_stderr_serves_and_keeps_its_log() -> None:
    """What the window's process is where pythonw starts it, on Windows, or a desktop that closes what it does not read:
    there sys.stderr is None (python/cpython issue 75985), and the next file to be opened takes its number."""
    code = (
        "import os, sys\n"
        "os.close(2)\n"
        "sys.stderr = None\n"
        "from sketchrnn.engine.servant import _become_a_servant\n"
        "_become_a_servant()\n"
        "opened = os.open('other', os.O_WRONLY | os.O_CREAT)\n"
        "os.write(2, b'of the libraries\\n')\n"
        "print('of Python', file=sys.stderr)\n"
    )
    home = Path(os.environ["SKETCHRNN_HOME"])
    home.mkdir(exist_ok=True)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    assert subprocess.run([sys.executable, "-c", code], cwd=home, env=environment).returncode == 0
    log = (home / "cache" / "engine.log").read_text(encoding="utf-8")
    assert log.splitlines() == ["of the libraries", "of Python"] and not (home / "other").stat().st_size


def test_starting_and_asking_import_no_jax() -> None:
    code = "import sys\nimport sketchrnn.engine.worker, sketchrnn.engine.messages\nassert 'jax' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
