"""Fifteen states of the window, each made by the app's own `update` from events, as a person would come to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from app_driver import Driver
from fake_engine import FakeEngine

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Entry
from sketchrnn.app.events import (
    FileFailed,
    FileRead,
    FileWritten,
    FolderListed,
    Key,
    PenDown,
    PenMove,
    PenUp,
    Resized,
    SetAlong,
    SetInk,
    Typed,
)
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import AppState
from sketchrnn.engine.messages import (
    Ask,
    Chunk,
    CompletionRequest,
    Done,
    Guess,
    Message,
    RedrawRequest,
    Request,
)
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.window.icons import CAT
from sketchrnn.window.layout import canvas_of, taken_of

HOUSE = (
    [(32, 12), (14, 26), (14, 52), (32, 52)],
    [(22, 32), (26, 32), (26, 37), (22, 37), (22, 32)],
    [(32, 12), (50, 26), (50, 52), (32, 52)],
    [(38, 32), (42, 32), (42, 37), (38, 37), (38, 32)],
    [(29, 52), (29, 43), (35, 43), (35, 52)],
)
"""Stroke by stroke what becomes of the cat, on the way to a house."""
SCALE, CORNER = 11.0, (-50.0, -30.0)
PAUSE = 0.4


class CatEngine(FakeEngine):
    """Finishes the half of a cat that `draw_half` draws, each ending in its own way; draws cats anew, and houses."""

    def _answer(self, ask: Ask) -> list[Message]:
        rows = [_drawn(ask.request, i) for i in range(ask.request.endings)]
        guess = Guess(ask.id, (("cat", 0.71), ("tiger", 0.14), ("dog", 0.06)), 255 / 600)
        sent = [Chunk(ask.id, tuple(r[:9] for r in rows), (False,) * len(rows))]
        sent.append(Chunk(ask.id, tuple(r[9:] for r in rows), (True,) * len(rows)))
        return [guess, *sent, Done(ask.id, (True,) * len(rows), ("cat",) * len(rows))]


def _places(path, wobble: float = 0.0, seed: int = 0) -> np.ndarray:
    corners = np.asarray(path, np.float64) * SCALE + CORNER
    return corners + np.random.default_rng(seed).normal(0, wobble, corners.shape)


def _drawn(request: Request, ending: int) -> np.ndarray:
    if isinstance(request, CompletionRequest):
        halves = [(path, 4.0 + 3.0 * (ending > 0)) for path, author in CAT if author == "model"]
        return _rows([_places(p, wobble, 100 * request.seed + 10 * ending + i) for i, (p, wobble) in enumerate(halves)])
    if isinstance(request, RedrawRequest):
        wobble = 3.0 + 20.0 * (1 - request.closeness)
        return _rows([_places(path, wobble, 100 * request.seed + 10 * ending + i) for i, (path, _) in enumerate(CAT)])
    share = ending / (request.endings - 1)
    return _rows(
        [(1 - share) * _along(cat) + share * _along(house) for (cat, _), house in zip(CAT, HOUSE, strict=True)]
    )


def _along(path, count: int = 12) -> np.ndarray:
    places = _places(path)
    at = np.linspace(0, len(places) - 1, count)
    return np.column_stack([np.interp(at, np.arange(len(places)), places[:, axis]) for axis in (0, 1)])


def _rows(strokes: list[np.ndarray]) -> np.ndarray:
    lifted = [np.arange(len(points)) == len(points) - 1 for points in strokes]
    return np.column_stack([np.concatenate(strokes), np.concatenate(lifted)]).astype(np.float32)


class Person(Driver):
    """Sits before a window of this size and looks."""

    def __init__(self, size: tuple[int, int], dark: bool, **engine):
        state = AppState(settings=Settings(dark=dark, pause=PAUSE, speed=60.0, folder="/home/ada/drawings"))
        super().__init__(state, CatEngine(**engine))
        box = canvas_of(size, 1.0)
        self.do(Resized(size, (box.x, box.y, box.w, box.h), taken_of(size, 1.0)))

    def draw_half(self, paths: int = 2) -> None:
        """The half of a cat's face, at a hand's speed."""
        for path in [path for path, author in CAT if author == "hand"][:paths]:
            corners = _places(path)
            self.do(PenDown(tuple(corners[0])))
            self.along(corners)
            self.do(PenUp())

    def along(self, corners: np.ndarray) -> None:
        for a, b in zip(corners[:-1], corners[1:], strict=True):
            for part in np.linspace(0, 1, max(2, int(np.hypot(*(b - a)) / 12)))[1:]:
                self.do(PenMove((tuple(a + part * (b - a)),)))
                self.frame()

    def offered(self) -> None:
        self.draw_half()
        self.wait(PAUSE + 2.0)


def _empty(p: Person) -> None:
    p.wait(0.1)


def _drawing(p: Person) -> None:
    p.do(SetInk("teal"))
    corners = _places(CAT[0][0])
    p.do(PenDown(tuple(corners[0])))
    p.along(corners[:5])


def _loading(p: Person) -> None:
    p.draw_half(1)


def _no_model(p: Person) -> None:
    p.draw_half()
    p.engine.die("the model's file is damaged: cat.safetensors", restarting=False)
    p.wait(0.1)


def _seen(p: Person) -> None:
    settings = replace(p.state.settings, ghost=True, heat=True)
    p.state = replace(p.state, settings=settings)
    p.draw_half(1)
    p.wait(0.2)


def _thinking(p: Person) -> None:
    p.draw_half()
    p.wait(PAUSE + 0.2)


def _animating(p: Person) -> None:
    p.draw_half()
    p.wait(PAUSE + 0.2)


def _offered(p: Person) -> None:
    p.offered()


def _nine(p: Person) -> None:
    p.offered()
    p.do(Command.NINE)
    p.wait(2.0)


def _again(p: Person) -> None:
    p.offered()
    p.do(Command.KEEP, Command.AGAIN)
    p.wait(2.0)
    p.do(Command.AGAIN)
    p.wait(2.0)


def _between(p: Person) -> None:
    p.offered()
    p.do(Command.KEEP, Command.BETWEEN)
    house = Sketch([Stroke(np.asarray(path, np.float32)) for path in HOUSE], "house")
    p.do(FileRead(Path("/home/ada/drawings/house.ndjson"), (house,), beside=True))
    p.wait(2.0)
    p.do(SetAlong(3))


def _saved(p: Person) -> None:
    p.offered()
    p.do(Command.KEEP, Command.SAVE)
    path = Path("/home/ada/drawings/drawing.svg")
    p.do(FolderListed(path.parent, path.parent, (Entry("..", True),)), Key.ENTER)
    p.do(FileWritten(path, p.state.sketch))


def _failed(p: Person) -> None:
    p.offered()
    p.do(Command.KEEP)
    p.do(FileFailed(Path("/mnt/full/cat.svg"), "cat.svg cannot be written: No space left on device"))


def _picker(p: Person) -> None:
    p.offered()
    p.do(Command.PICKER, Typed("s"))


def _export(p: Person) -> None:
    p.offered()
    p.do(Command.KEEP, Command.EXPORT)


STATES: dict[str, Callable[[Person], None]] = {
    "empty": _empty,
    "drawing": _drawing,
    "loading": _loading,
    "no-model": _no_model,
    "seen": _seen,
    "thinking": _thinking,
    "animating": _animating,
    "offered": _offered,
    "nine": _nine,
    "again": _again,
    "between": _between,
    "saved": _saved,
    "error": _failed,
    "picker": _picker,
    "export": _export,
}


def made(name: str, size: tuple[int, int], dark: bool) -> tuple[AppState, float]:
    """The state, and the time at which it is seen."""
    person = Person(size, dark, loading=9999 if name == "loading" else 0, hold=name == "thinking")
    STATES[name](person)
    state = person.state
    return replace(state, view=replace(state.view, size=size)), person.now
