"""Drives `app.update` without a window: events in, effects done by a fake engine and, if wanted, by real files."""

from __future__ import annotations

from sketchrnn.app.documents import Codecs
from sketchrnn.app.effects import Effect, Quit, Submit
from sketchrnn.app.effects_io import run_effect
from sketchrnn.app.events import Event, FromEngine, PenDown, PenMove, PenUp, Point, Resized, Tick
from sketchrnn.app.state import AppState
from sketchrnn.app.update import update
from sketchrnn.data.documents import add_drawing
from sketchrnn.data.read import read_sketches, write_sketches
from tests.fake_engine import FakeEngine

CODECS = Codecs(read_sketches, write_sketches, add_drawing)
FRAME = 1 / 60


class Driver:
    """A program without a window.

    Args:
        state: to begin with.
        engine: answers; a ready one by default.
        session: where files are written; None only notes the effects.
    """

    def __init__(self, state: AppState | None = None, engine: FakeEngine | None = None, session=None):
        self.state = AppState() if state is None else state
        self.engine = FakeEngine(loading=0) if engine is None else engine
        self.session = session
        self.now = 100.0
        self.effects: list[Effect] = []
        self.has_quit = False
        self.do(Resized((1280, 800), (0, 48, 1280, 720)))
        self.frame()

    def do(self, *events: Event) -> AppState:
        """Events, one after the other, at this moment."""
        for event in events:
            self.state, effects = update(self.state, event, self.now)
            for effect in effects:
                self._perform(effect)
        return self.state

    def draw(self, *points: Point) -> AppState:
        """One stroke, or one gesture of the eraser."""
        return self.do(PenDown(points[0]), *(PenMove((point,)) for point in points[1:]), PenUp())

    def frame(self, seconds: float = FRAME) -> AppState:
        """One turn of the loop: time passes, the engine is heard."""
        self.now += seconds
        for message in self.engine.poll():
            self.do(FromEngine(message))
        return self.do(Tick())

    def wait(self, seconds: float) -> AppState:
        """Frames for that long."""
        for _ in range(max(1, round(seconds / FRAME))):
            self.frame()
        return self.state

    def took(self, kind: type) -> list[Effect]:
        """Effects of that kind so far."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def _perform(self, effect: Effect) -> None:
        self.effects.append(effect)
        if isinstance(effect, Submit):
            self.engine.submit(effect.message)
        elif isinstance(effect, Quit):
            self.has_quit = True
        elif self.session is not None:
            self.do(*run_effect(effect, self.session, CODECS))
