"""How fast the engine answers, beside what the machine's memory allows and a plain numpy loop, in one run.

Medians, because other programs run, too. One thread for each product, as in the worker; blocks of drawings take as many
as suit the machine (`engine.crew`).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np

from sketchrnn.engine.bundled import find_bundle
from sketchrnn.engine.messages import (
    DEFAULT_CANDIDATES,
    DEFAULT_GUIDANCE,
    DEFAULT_MAX_POINTS,
    DEFAULT_TEMPERATURE,
    Chunk,
    CompletionRequest,
)
from sketchrnn.engine.servant import limit_threads
from sketchrnn.paths import HOME_VARIABLE
from sketchrnn.sketch.types import Sketch, Stroke

if TYPE_CHECKING:
    from sketchrnn.engine.completer import Completer
    from sketchrnn.weights import WeightBundle

PREFIX_POINTS, ENDING_POINTS, NINE = 40, 60, 9
SHOWN = ("cat", "bicycle", "flower", "house", "face", "airplane")
"""Categories that whole answers are asked for, where the model knows them."""
COPIES_BYTES = 192 << 20
"""What the copies of the weights that are read in turn take together: more than caches hold."""


def measure(
    bundle: str | os.PathLike[str] | None = None, repeats: int = 20, threads: int | None = None
) -> dict[str, float]:
    """Measure everything.

    Args:
        bundle: a model's file or name; None for the bundled model.
        repeats: of each timing; five times as many requests go through the worker.
        threads: that blocks of drawings are computed on at once; None for as many as suit the machine.

    Returns:
        guess_ms_p50, guess_ms_p95: from the lift of the pen to what the worker takes hand ink for that grows stroke by
        stroke, category and scale unknown; first_point_ms_p50, first_point_ms_p95: from asking it for an ending, after
        that look, to its first chunk; first_point_ms_p95_after_5 (_40, _120) and first_point_ms_p95_after_250: that
        after prefixes of so many points whose last five are new; step_us_1, step_us_9: one point of one and of nine
        endings; weights_read_us: the decoder's weights read once from memory by one thread, another copy of them each
        time; weights_read_cached_us: the same copy each time, which lies in the last cache where that is large enough,
        as it does between two steps; nine_endings_ms: nine endings of 60 points, one candidate each and without
        guidance, after a 40-point prefix that was not read before, category and scale given; nine_guided_endings_ms:
        with guidance; numpy_nine_endings_ms: without, in a plain numpy loop (NaN for other cells than LSTMs);
        nine_endings_one_thread_ms: as nine_endings_ms, block after block; answer_ms_1, answer_ms_9: the whole answer of
        one and of nine endings as the window asks for them, candidates and choice included, median over some
        categories; threads: how many there were; cold_start_s, warm_start_s: from the worker's start to ready, without
        and with a compilation cache.
    """
    return with_limited_threads(_measure, bundle, repeats, threads)


def with_limited_threads(function: Callable[..., Any], *arguments: object) -> Any:
    """What a function gives in a process of its own, in which each product takes one thread.

    Here it would be too late to say so: numpy was told how many when it was imported, which the words of a command line
    need already. With as many as there are cores a plain loop of small products takes far longer where other programs
    run, too. The process here keeps the environment that says so.
    """
    limit_threads()
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        return alone.submit(function, *arguments).result()


def _measure(bundle: str | os.PathLike[str] | None, repeats: int, threads: int | None) -> dict[str, float]:
    from sketchrnn.benchmarks.answers import first_points, first_points_by_length, start_seconds
    from sketchrnn.engine.completer import Completer
    from sketchrnn.weights import load_any

    with _empty_home():
        cold, warm = start_seconds(bundle, threads), start_seconds(bundle, threads)
        guesses, first = first_points(bundle, 5 * repeats, threads)
        by_length = first_points_by_length(bundle, repeats, threads)
        model = load_any(find_bundle(bundle))
        completer, alone = (_warmed(Completer(never_ending(model), count)) for count in (threads, 1))
        whole = _warmed(Completer(model, threads))
        result = {
            "guess_ms_p50": float(np.percentile(guesses, 50)),
            "guess_ms_p95": float(np.percentile(guesses, 95)),
            "first_point_ms_p50": float(np.percentile(first, 50)),
            "first_point_ms_p95": float(np.percentile(first, 95)),
            **{f"first_point_ms_p95_after_{n}": float(np.percentile(ms, 95)) for n, ms in by_length.items()},
            "step_us_1": _step_us(completer, 1, repeats),
            "step_us_9": _step_us(completer, NINE, repeats),
            "weights_read_us": 1e6 * _median(_reader(completer, COPIES_BYTES), 5 * repeats),
            "weights_read_cached_us": 1e6 * _median(_reader(completer, 0), 5 * repeats),
            "nine_endings_ms": 1e3 * _median(lambda: nine_endings(completer), repeats),
            "nine_endings_one_thread_ms": 1e3 * _median(lambda: nine_endings(alone), repeats),
            "nine_guided_endings_ms": 1e3 * _median(lambda: nine_endings(completer, DEFAULT_GUIDANCE), repeats),
            "numpy_nine_endings_ms": _numpy_ms(completer, max(3, repeats // 4)),
            "answer_ms_1": 1e3 * _answers(whole, 1, repeats),
            "answer_ms_9": 1e3 * _answers(whole, NINE, repeats),
            "threads": completer.threads,
            "cold_start_s": cold,
            "warm_start_s": warm,
        }
    return {name: round(value, 3) for name, value in result.items()}


def never_ending(bundle: WeightBundle) -> WeightBundle:
    """The model with its end made impossible, so that every ending has the same length."""
    bias = np.array(bundle.params["decoder.out.bias"], np.float32)
    bias[2] -= 50
    return replace(bundle, params={**bundle.params, "decoder.out.bias": bias})


def nine_endings(completer: Completer, guidance: float = 0.0) -> list[int]:
    """Nine endings of 60 points after a 40-point prefix that is read anew; how many points each has."""
    completer.states.clear()
    request = replace(_request(completer), guidance=guidance)
    chunks = [message for message in completer.stream(request) if isinstance(message, Chunk)]
    return [sum(len(chunk.rows[i]) for chunk in chunks) for i in range(NINE)]


def _warmed(completer: Completer) -> Completer:
    for _ in completer.warm():
        pass
    return completer


def _answers(completer: Completer, endings: int, repeats: int) -> float:
    """Seconds of a whole answer with all its candidates, to the circle of `nine_endings`, each time another seed."""
    names = [name for name in SHOWN if name in completer.bundle.categories] or [None]
    seeds = iter(range(repeats + 1))

    def answer() -> list[object]:
        seed = next(seeds)
        completer.states.clear()
        request = replace(_request(completer), category=names[seed % len(names)], endings=endings, seed=seed)
        led = replace(request, candidates=DEFAULT_CANDIDATES, guidance=DEFAULT_GUIDANCE)
        return list(completer.stream(replace(led, max_points=DEFAULT_MAX_POINTS)))

    answer()  # the first one may compile
    return _median(answer, repeats)


def _request(completer: Completer) -> CompletionRequest:
    turn = np.linspace(0, 2 * np.pi, PREFIX_POINTS - 1)
    circle = np.round(128 + 100 * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    # a stroke of 38 points and a dot of two: simplification keeps every one of them
    prefix = Sketch((Stroke(circle[:-1]), Stroke(circle[[0, 0]])))
    names = completer.bundle.categories
    return CompletionRequest(
        prefix, names[0] if names else None, NINE, max_points=ENDING_POINTS, scale=1.0, candidates=1, guidance=0.0
    )


def _step_us(completer: Completer, count: int, repeats: int) -> float:
    from sketchrnn.engine.side_by_side import ROOM
    from sketchrnn.model.sampling import make_noise

    programs = completer.programs
    condition = np.zeros((count, programs.config.condition_size), np.float32)
    state, noise = programs.begin(condition), make_noise(0, range(count), ROOM)
    temperature = np.full(count, DEFAULT_TEMPERATURE, np.float32)
    step = lambda: programs.draw(state, np.zeros(count, bool), noise, condition, temperature)  # noqa: E731
    return 1e6 * _median(step, 5 * repeats) / ROOM


def _reader(completer: Completer, copies_bytes: int) -> Callable[[], object]:
    """Reads the weights that a decoder's step needs, the next of several copies at every call.

    Args:
        completer: whose.
        copies_bytes: of all copies together; at more than caches hold, none is in a cache when its turn comes.
    """
    arrays = [
        value for name, value in completer.bundle.params.items() if name.startswith(("decoder.cell", "decoder.out"))
    ]
    weights = np.concatenate([np.asarray(value, np.float32).ravel() for value in arrays])
    copies = np.tile(weights, (max(1, copies_bytes // weights.nbytes), 1))
    number = 0

    def read() -> float:
        nonlocal number
        number = (number + 1) % len(copies)
        return float(np.dot(copies[number], copies[number]))

    return read


def _numpy_ms(completer: Completer, repeats: int) -> float:
    from sketchrnn.benchmarks.numpy_loop import CELLS, NumpyDecoder
    from sketchrnn.engine.prefix import prefix_of

    config = completer.bundle.config
    if config.decoder_cell not in CELLS:
        return float("nan")
    decoder = NumpyDecoder(config, completer.bundle.params)
    rows = prefix_of(_request(completer).prefix, 1.0).rows
    condition = np.zeros(config.condition_size, np.float32)
    return 1e3 * _median(lambda: decoder.endings(rows, condition, NINE, ENDING_POINTS, DEFAULT_TEMPERATURE), repeats)


def _median(call: Callable[[], object], repeats: int) -> float:
    """Seconds of a call."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return float(np.median(times))


@contextmanager
def _empty_home() -> Iterator[None]:
    """The user's folders somewhere empty, so that nothing was compiled before."""
    before = os.environ.get(HOME_VARIABLE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[HOME_VARIABLE] = folder
        try:
            yield
        finally:
            os.environ.pop(HOME_VARIABLE)
            if before is not None:
                os.environ[HOME_VARIABLE] = before
