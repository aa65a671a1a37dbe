"""The worker as the window sees it: starts, and the time to the first point of an answer."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator

import numpy as np

from sketchrnn.app.state import PAGE_SCALE
from sketchrnn.engine.messages import (
    MAX_ENDINGS,
    Ask,
    Chunk,
    CompletionRequest,
    Done,
    Down,
    Failed,
    Guess,
    Look,
    LookRequest,
    Message,
    Ready,
    Seen,
)
from sketchrnn.engine.worker import start_worker
from sketchrnn.errors import EngineError
from sketchrnn.sketch.simplify import resample
from sketchrnn.sketch.types import Sketch, Stroke

PATIENCE = 600.0  # seconds that anything may take
LENGTHS = (5, 40, 120, 250)
"""Points of the prefixes that `first_points_by_length` asks for."""
STROKE_POINTS = 5
HAND_SPACING = 4.0  # page units between the points of ink as a hand draws it


class Watched:
    """A worker whose messages are waited for.

    Args:
        bundle: a model's file or name; None for the bundled model.
        threads: of `start_worker`.
    """

    def __init__(self, bundle: str | os.PathLike[str] | None = None, threads: int | None = None):
        self.began = time.perf_counter()
        self._worker = start_worker(bundle, threads=threads)
        self._held: deque[Message] = deque()
        self._number = 0

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_) -> None:
        self._worker.close()

    def ready(self) -> tuple[Ready, float]:
        """What it says when it is ready, and seconds from the start."""
        for message in self._messages():
            if isinstance(message, Ready):
                return message, time.perf_counter() - self.began
        raise AssertionError("unreachable")

    def ask(self, request: CompletionRequest) -> tuple[list[Chunk], float]:
        """The chunks of an answer, and milliseconds to the first of them."""
        self._number += 1
        began, first, chunks = time.perf_counter(), 0.0, []
        self._worker.submit(Ask(self._number, request))
        for message in self._messages():
            if isinstance(message, Chunk):
                first = first or 1e3 * (time.perf_counter() - began)
                chunks.append(message)
            if isinstance(message, Done):
                return chunks, first
        raise AssertionError("unreachable")

    def look(self, prefix: Sketch) -> float:
        """Milliseconds from a look at a drawing, as the window takes one when the pen lifts, to the guess."""
        self._number += 1
        began, guessed = time.perf_counter(), 0.0
        self._worker.submit(Look(self._number, LookRequest(prefix, page_scale=PAGE_SCALE)))
        for message in self._messages():
            if isinstance(message, Guess):
                guessed = 1e3 * (time.perf_counter() - began)
            if isinstance(message, Seen):
                return guessed
        raise AssertionError("unreachable")

    def _messages(self) -> Iterator[Message]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self._held.extend(self._worker.poll())
            while self._held:
                message = self._held.popleft()
                if isinstance(message, Down | Failed):
                    raise EngineError(message.message)
                yield message
            time.sleep(0.0005)
        raise TimeoutError(f"the engine said nothing for {PATIENCE:g} s")


def start_seconds(bundle: str | os.PathLike[str] | None, threads: int | None = None) -> float:
    """Seconds from the start of a worker to ready; everything is compiled when it returns."""
    with Watched(bundle, threads) as watched:
        seconds = watched.ready()[1]
        _ask_for_most(watched)
    return seconds


def _ask_for_most(watched: Watched) -> None:
    """When this is answered nothing is left to warm up."""
    watched.ask(CompletionRequest(Sketch(), endings=MAX_ENDINGS, max_points=30, candidates=2))


def first_points(
    bundle: str | os.PathLike[str] | None, requests: int, threads: int | None = None
) -> tuple[list[float], list[float]]:
    """Milliseconds from the lift of the pen to the guess, and from asking to the first chunk.

    As in the window: hand ink that grows stroke by stroke, nothing known of it, is looked at when the pen lifts, and an
    ending is asked for after the pause.
    """
    guesses: list[float] = []
    times: list[float] = []
    with Watched(bundle, threads) as watched:
        categories = watched.ready()[0].categories
        _ask_for_most(watched)
        for seed in range(requests):
            whole = _drawing(watched, seed, categories[seed % len(categories)] if categories else None)
            for strokes in range(1, len(whole.strokes) + 1):
                prefix = Sketch(whole.strokes[:strokes])
                guesses.append(watched.look(prefix))
                times.append(watched.ask(CompletionRequest(prefix, page_scale=PAGE_SCALE, seed=seed))[1])
            if len(times) >= requests:
                break
    return guesses[:requests], times[:requests]


def first_points_by_length(
    bundle: str | os.PathLike[str] | None, repeats: int, threads: int | None = None
) -> dict[int, list[float]]:
    """Milliseconds to the first chunk after prefixes of `LENGTHS` points, looked at when the pen lifted, all but their
    last stroke asked before.
    """
    times: dict[int, list[float]] = {length: [] for length in LENGTHS}
    with Watched(bundle, threads) as watched:
        watched.ready()
        _ask_for_most(watched)
        for seed in range(repeats):
            for length in LENGTHS:
                strokes = _zigzags(seed, length)
                for prefix in (Sketch(strokes[:-1]), Sketch(strokes)):
                    if prefix.strokes:
                        watched.look(prefix)
                    first = watched.ask(CompletionRequest(prefix, page_scale=PAGE_SCALE, seed=seed))[1]
                times[length].append(first)
    return times


def _zigzags(seed: int, points: int) -> tuple[Stroke, ...]:
    """Strokes of five corners each at random places, as a hand draws them, `points` corners in all; page units."""
    random = np.random.default_rng(seed)
    corners = np.array([[0, 0], [60, 40], [0, 80], [60, 120], [0, 160]][:STROKE_POINTS])
    places = random.uniform(0, 420, (points // STROKE_POINTS, 1, 2))
    return tuple(Stroke(resample(corners + place, HAND_SPACING)) for place in places)


def _drawing(watched: Watched, seed: int, category: str | None) -> Sketch:
    """A drawing of the model's own as a hand would draw it: dense points, page units."""
    request = CompletionRequest(Sketch(), category, seed=seed, page_scale=PAGE_SCALE, max_points=60, candidates=1)
    points = np.concatenate([chunk.rows[0] for chunk in watched.ask(request)[0]])
    strokes = np.split(points[:, :2], np.flatnonzero(points[:, 2] > 0.5) + 1)
    return Sketch(tuple(Stroke(resample(stroke, HAND_SPACING)) for stroke in strokes if len(stroke)))
