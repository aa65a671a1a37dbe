"""Blocks of drawings computed side by side: how many at once, that they are, and that answers stay the same."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest
from engine_models import half_a_face, random_bundle, small
from test_engine_completer import ask, rows_of

from sketchrnn.engine.completer import Completer
from sketchrnn.engine.crew import MOST, Crew, cores, suitable
from sketchrnn.engine.recognition import BLOCK, Recognition
from sketchrnn.model.config import STROKE5
from sketchrnn.sketch.types import Sketch
from sketchrnn.weights import to_model

PATIENCE = 60.0


@pytest.mark.parametrize(("count", "threads"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (64, MOST)])
def test_threads_that_suit_a_machine(count: int, threads: int) -> None:
    assert suitable(count) == threads


def test_cores_are_those_that_this_process_may_use() -> None:
    assert cores(lambda process: {3, 5, 8} if process == 0 else set()) == 3
    assert cores(None) == (os.cpu_count() or 1)
    assert Crew().threads == suitable(cores())


def test_calls_run_at_once() -> None:
    # each waits for the other: one after the other they would never meet
    meeting = threading.Barrier(2)
    Crew(2).do([lambda: meeting.wait(PATIENCE)] * 2)  # pyright: ignore[reportArgumentType]
    assert not meeting.broken


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_call_is_made_once(threads: int, count: int) -> None:
    done: list[int] = []
    Crew(threads).do((lambda number=number: done.append(number)) for number in range(count))
    assert sorted(done) == list(range(count))


def test_an_error_is_raised_when_all_are_done() -> None:
    done = []

    def fail() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        Crew(2).do([fail, lambda: done.append(1), lambda: done.append(2)])
    assert sorted(done) == [1, 2]


def test_answers_are_the_same_on_any_number_of_threads() -> None:
    """To the last bit: the same functions compute the same blocks."""
    one, three = (Completer(small().bundle, threads) for threads in (1, 3))
    requests = [
        ask(endings=9),
        ask(endings=16, category=None, scale=None),
        ask(prefix=Sketch(), endings=13),
        ask(prefix=Sketch(half_a_face().strokes[:1]), endings=1),
    ]
    for request in requests:
        for ours, theirs in zip(rows_of(three, request), rows_of(one, request), strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("count", [1, 2, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
def test_drawings_are_recognised_alike_on_any_number_of_threads(count: int) -> None:
    rng, model = np.random.default_rng(0), to_model(random_bundle())
    drawings = [np.eye(STROKE5, dtype=np.float32)[rng.integers(2, 4, n)] for n in rng.integers(1, 60, count)]
    seen = [Recognition(model, Crew(threads)).probabilities(drawings) for threads in (1, 3)]
    assert seen[0].shape == (count, model.config.categories)
    np.testing.assert_array_equal(seen[0], seen[1])
