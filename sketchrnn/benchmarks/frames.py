"""How even the frames are while nine endings are drawn and while somebody draws on the heat map; what a page full of
strokes costs, and what rest costs.

It turns the real loop, without a display (SDL's dummy driver), and draws into memory as it would into a window.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from sketchrnn.engine.messages import Ask, Cancel, Chunk, Done, Engine, Guess, Heat, Look, Message, Ready, Seen
from sketchrnn.errors import EngineError

FEED_POINTS = 240  # of each ending of the fake feed: some seconds of playback
STROKE = [(180, 330), (170, 160), (230, 230), (370, 230), (430, 160), (420, 330)]  # page units: the top of a cat
MOST_STROKES = 30  # of a drawing on the heat map, before the next one
BETWEEN_STROKES = 0.6  # seconds: the map comes back, and a completion is drawn over it
DENSE_STROKES, ZOOMS = 300, 20  # strokes of twenty points on a page, and how often it is zoomed
PRELUDE = 60.0  # seconds that a real engine has to get ready


class Feed:
    """An engine without a model: every ending is a round scribble, given out whole at the next poll."""

    def __init__(self):
        self._said: list[Message] = [Ready("feed", ("cat",), 0.0)]

    def submit(self, message: Ask | Look | Cancel) -> None:
        if isinstance(message, Look):
            heat = _spots(message.id) if message.request.heat else None
            self._said += [Guess(message.id, (("cat", 1.0),)), Seen(message.id, heat=heat)]
        elif isinstance(message, Ask):
            count = message.request.endings
            rows = tuple(_scribble(message.request.seed + i) for i in range(count))
            self._said += [
                Chunk(message.id, rows, (True,) * count),
                Done(message.id, (True,) * count, ("cat",) * count),
            ]

    def poll(self) -> list[Message]:
        said, self._said = self._said, []
        return said

    def close(self) -> None:
        self._said = []


def measure(
    seconds: float = 10.0,
    engine_factory: Callable[[], Engine] = Feed,
    size: tuple[int, int] = (1280, 800),
    idle_seconds: float | None = None,
) -> dict[str, float]:
    """Turns the loop while nine endings are drawn, again and again, then on the heat map, then while nothing happens.

    Args:
        seconds: of drawing, of each kind.
        engine_factory: starts the engine; the fake feed by default, `engine.worker.start_worker` for the model.
        size: of the window, px.
        idle_seconds: of rest; as long as the drawing by default.

    Returns:
        p50_ms, p99_ms, max_ms: time from flip to flip while endings are drawn; work_p50_ms, work_p99_ms: the part of
        it that is spent on a frame; frames: how many; heat_p50_ms, heat_p99_ms, heat_max_ms, heat_frames: the same
        while strokes are drawn with the heat map on, which goes and comes with each, and completions over it;
        dense_zoom_ms, dense_select_ms: work of a frame that shows a page of `DENSE_STROKES` strokes at another zoom,
        and of the one after it that selects all of them (medians);
        idle_core_fraction: processor time of this process per second while nothing moves.

    Raises:
        EngineError: the engine is down, and does not start again by itself.
    """
    with tempfile.TemporaryDirectory() as folder:  # its autosaves are nobody's lost drawings
        frames, heated, dense, idle = _run(Path(folder), seconds, idle_seconds or seconds, engine_factory, size)
    intervals, hot = (np.array([1000 * frame.interval for frame in some]) for some in (frames, heated))
    work = np.array([1000 * frame.work for frame in frames])
    return {
        "p50_ms": float(np.percentile(intervals, 50)),
        "p99_ms": float(np.percentile(intervals, 99)),
        "max_ms": float(intervals.max()),
        "work_p50_ms": float(np.percentile(work, 50)),
        "work_p99_ms": float(np.percentile(work, 99)),
        "frames": len(frames),
        "heat_p50_ms": float(np.percentile(hot, 50)),
        "heat_p99_ms": float(np.percentile(hot, 99)),
        "heat_max_ms": float(hot.max()),
        "heat_frames": len(heated),
        "dense_zoom_ms": float(np.median([zoomed for zoomed, _ in dense])),
        "dense_select_ms": float(np.median([selected for _, selected in dense])),
        "idle_core_fraction": idle,
    }


def _run(
    folder: Path, seconds: float, idle_seconds: float, engine_factory, size
) -> tuple[list, list, list[tuple[float, float]], float]:
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    from sketchrnn.app.session import Session
    from sketchrnn.app.settings import Settings
    from sketchrnn.window.program import Program
    from sketchrnn.window.screen import Screen

    screen = Screen(size)
    program = Program(screen, Settings(pause=0.0, speed=60.0), Session(folder))
    try:
        program.step(wait=False)
        program.start(engine_factory)
        moved, heated = _animate(program, seconds), _draw_on_heat(program, seconds)
        return moved, heated, _fill(program), _rest(program, idle_seconds)
    finally:
        program.close()
        screen.close()


def _animate(program, seconds: float) -> list:
    from sketchrnn.app.commands import Command
    from sketchrnn.app.events import PenDown, PenMove, PenUp
    from sketchrnn.app.state import EngineStatus

    _until(program, lambda: program.state.engine.status is EngineStatus.READY, PRELUDE)
    for event in (PenDown(STROKE[0]), PenMove(tuple(STROKE[1:])), PenUp()):
        program.say(event)
    _until(program, lambda: program.state.offer is not None, PRELUDE)
    program.say(Command.NINE)
    frames, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        frame = program.step()
        if frame is not None and frame.name == "animating":
            frames.append(frame)
        if program.is_quiet():
            program.say(Command.ANOTHER)  # all nine are drawn: nine others
    return frames


def _draw_on_heat(program, seconds: float) -> list:
    from sketchrnn.app.commands import Command
    from sketchrnn.app.events import PenDown, PenMove, PenUp

    for command in (Command.ESCAPE, Command.ESCAPE, Command.CLEAR, Command.TOGGLE_HEAT):
        program.say(command)
    frames, random, end = [], np.random.default_rng(0), time.monotonic() + seconds
    while time.monotonic() < end:
        if len(program.state.sketch.strokes) >= MOST_STROKES:
            program.say(Command.CLEAR)
        way = arc(random)
        program.say(PenDown(way[0]))
        first = len(frames)
        for place in way[1:]:
            program.say(PenMove((place,)))
            frames.append(program.step())
        frames[first] = _without_rest(frames[first])
        program.say(PenUp())
        until = time.monotonic() + BETWEEN_STROKES
        while time.monotonic() < until:
            frames.append(program.step())
    program.say(Command.TOGGLE_HEAT)
    return [frame for frame in frames if frame is not None]


def _without_rest(frame):
    """A pen's first frame: nobody waited for it since the picture before, as the loop, which no event woke, counts."""
    return frame and replace(frame, interval=frame.work)


def _fill(program) -> list[tuple[float, float]]:
    # ms of the work of pictures at another zoom, and of those with all selected then
    from sketchrnn.app.commands import Command
    from sketchrnn.app.events import PenDown, PenMove, PenUp

    for command in (Command.ESCAPE, Command.CLEAR, Command.TOGGLE_MODEL):
        program.say(command)
    random = np.random.default_rng(1)
    for _ in range(DENSE_STROKES):
        way = arc(random)
        for event in (PenDown(way[0]), PenMove(tuple(way[1:])), PenUp()):
            program.say(event)
    program.step(wait=False)

    def work(command: Command) -> float:
        program.say(command)
        return 1000 * program.step(wait=False).work

    pairs = []
    for zoom in (Command.ZOOM_OUT, Command.ZOOM_IN) * (ZOOMS // 2):
        pairs.append((work(zoom), work(Command.SELECT_ALL)))
        work(Command.ESCAPE)
    return pairs


def _rest(program, seconds: float) -> float:
    from sketchrnn.app.commands import Command

    program.say(Command.ESCAPE)
    _until(program, program.is_quiet, PRELUDE)
    _turn(program, 1.0)
    used, began = time.process_time(), time.monotonic()
    _turn(program, seconds)
    return (time.process_time() - used) / (time.monotonic() - began)


def _turn(program, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        program.step()


def _until(program, reached: Callable[[], bool], seconds: float) -> None:
    from sketchrnn.app.state import EngineStatus

    end = time.monotonic() + seconds
    while not reached():
        program.step()
        engine = program.state.engine
        if engine.status is EngineStatus.DOWN and not engine.restarting:
            raise EngineError(engine.message)
        if time.monotonic() > end:
            raise TimeoutError(f"the engine did not get there within {seconds:g} s: {engine}")


def _scribble(seed: int) -> np.ndarray:
    # (FEED_POINTS, 3): loops of changing size in strokes of 40 points, page units
    random, turn = np.random.default_rng(seed), np.linspace(0, 12 * np.pi, FEED_POINTS)
    radius = 90 + 60 * np.sin(turn / random.uniform(3, 7)) + random.normal(0, 3, FEED_POINTS)
    drift = np.linspace(-80, 80, FEED_POINTS)
    rows = np.zeros((FEED_POINTS, 3), np.float32)
    rows[:, 0] = 300 + radius * np.cos(turn) + drift
    rows[:, 1] = 330 + radius * np.sin(turn) * 0.8
    rows[39::40, 2] = 1
    return rows


def arc(random: np.random.Generator) -> list[tuple[float, float]]:
    """A stroke somewhere on the page, page units; a place for each of twenty frames."""
    turn = np.linspace(0, random.uniform(1, 5), 20)
    places = random.uniform(120, 480, 2) + random.uniform(20, 110) * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return [(float(x), float(y)) for x, y in places]


def _spots(seed: int) -> Heat:
    # a map as the model's: two spots, on a grid over the page
    at, (x, y) = (np.arange(80) + 0.5) * 7.5, np.random.default_rng(seed).uniform(120, 480, (2, 2))
    share = sum(np.exp(-((at[None] - i) ** 2 + (at[:, None] - j) ** 2) / 5000) for i, j in zip(x, y, strict=True))
    return Heat((0.0, 0.0), 7.5, np.asarray(share / np.sum(share), np.float32), 0.2)
