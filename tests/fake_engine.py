"""An engine without a model, for tests of the window and of `update`: it answers by a script, one step a poll."""

from __future__ import annotations

import numpy as np

from sketchrnn.engine.messages import (
    Ask,
    Cancel,
    Chunk,
    Done,
    Down,
    Failed,
    Guess,
    Heat,
    Loading,
    Look,
    LookRequest,
    Message,
    Ready,
    RedrawRequest,
    Request,
    Seen,
    asked_about,
)

CATEGORIES = ("bicycle", "cat", "dog", "flower", "house", "pig", "sheep", "sun", "tree", "yoga")


def fake_rows(request: Request, ending: int, points: int = 24, strokes: int = 3) -> np.ndarray:
    """The rows that the fake draws, (points, 3) float32: depend on seed, ending and temperature, not on `endings`.

    They begin where the prefix, or what is drawn anew, ended, in page units, and hold `strokes` strokes; the pen is
    lifted after the last. What is drawn anew depends on its closeness, too.
    """
    closeness = round(1000 * request.closeness) if isinstance(request, RedrawRequest) else 0
    random = np.random.default_rng([request.seed, ending, round(1000 * request.temperature), closeness])
    about = asked_about(request)
    start = about.strokes[-1].points[-1] if about.strokes else np.array([300, 300], np.float32)
    rows = np.zeros((points, 3), np.float32)
    rows[:, :2] = start + np.cumsum(random.normal(0, 12, (points, 2)), axis=0)
    ends = np.linspace(0, points, strokes + 1).astype(int)[1:] - 1
    rows[ends[ends >= 0], 2] = 1
    return rows


def fake_seen(id: int, request: LookRequest) -> Seen:
    """What the fake sees: as the ghost a stroke of five points, and a grid of 4 x 4 that is hot in its second row."""
    ghost = np.zeros((5, 3), np.float32)
    ghost[:, :2] = request.prefix.strokes[-1].points[-1] + 30 * np.arange(1, 6)[:, None]
    ghost[-1, 2] = 1
    share = np.full((4, 4), 0.003, np.float32)
    share[1] = 0.24
    heat = Heat((0.0, 0.0), 150.0, share, 0.1)
    return Seen(id, ghost if request.ghost else ghost[:0], heat if request.heat else None)


class FakeEngine:
    """`submit`, `poll`, `close`; every poll takes one step of the script.

    Args:
        loading: polls that say `Loading` before `Ready`.
        points: of each ending; ending i of several gets i points more, as endings differ in length.
        chunk: rows of each ending per poll.
        guess: what it takes every prefix for; None says nothing.
        cut_off: the model does not end by itself: `Done.ended` is False.
        hold: answers nothing until `release()`.
        latent: whether it has a latent code.
    """

    def __init__(
        self,
        *,
        loading: int = 1,
        points: int = 24,
        chunk: int = 8,
        guess: tuple[tuple[str, float], ...] | None = (("cat", 0.7), ("dog", 0.2), ("pig", 0.1)),
        cut_off: bool = False,
        hold: bool = False,
        latent: bool = True,
    ):
        self.loading, self.points, self.chunk, self.guess = loading, points, chunk, guess
        self.cut_off, self.hold, self.latent = cut_off, hold, latent
        self.asked: list[Ask] = []
        self.looked: list[Look] = []
        self.cancelled: list[int] = []
        self.closed = False
        self.alive = True
        self._say: list[Message] = []
        self._job: list[Message] = []
        self._failing: str | None = None

    def submit(self, message: Ask | Look | Cancel) -> None:
        if isinstance(message, Cancel):
            self.cancelled.append(message.id)
            self._job = []
            return
        if isinstance(message, Look):
            self.looked.append(message)
            guess = [] if self.guess is None else [Guess(message.id, self.guess, 255 / 600)]
            if self.alive:
                self._job = [*guess, fake_seen(message.id, message.request)]
            return
        self.asked.append(message)
        if self.alive:
            self._job = self._answer(message)

    def poll(self) -> list[Message]:
        said, self._say = self._say, []
        if not self.alive or self.closed or any(isinstance(message, Down) for message in said):
            return said
        if self.loading >= 0:
            self.loading -= 1
            stage = Loading("warming up")
            return [*said, stage if self.loading >= 0 else self._ready()]
        if self._job and not self.hold:
            said.append(self._job.pop(0))
        return said

    def close(self) -> None:
        self.closed = True

    def release(self) -> None:
        self.hold = False

    def fail_next(self, message: str = "the numbers went wrong") -> None:
        """The next request is answered by `Failed`."""
        self._failing = message

    def say(self, message: Message) -> None:
        """Said at the next poll, whatever else goes on: for stale and odd messages."""
        self._say.append(message)

    def die(self, message: str = "the model's process ended", restarting: bool = True) -> None:
        """The next poll says `Down`; with `restarting` the ones after it load again."""
        self._job = []
        self._say.append(Down(message, restarting))
        self.alive = restarting
        self.loading = 1

    def _ready(self) -> Ready:
        return Ready("fake", CATEGORIES, 0.1, has_latent=self.latent)

    def _answer(self, ask: Ask) -> list[Message]:
        if self._failing is not None:
            message, self._failing = self._failing, None
            return [Failed(ask.id, message)]
        request = ask.request
        rows = [fake_rows(request, i, self.points + i) for i in range(request.endings)]
        longest = max((len(r) for r in rows), default=0)
        chunks: list[Message] = [
            Chunk(
                ask.id,
                tuple(r[at : at + self.chunk] for r in rows),
                tuple(at + self.chunk >= len(r) for r in rows),
            )
            for at in range(0, longest, self.chunk)
        ]
        guess: list[Message] = [] if self.guess is None else [Guess(ask.id, self.guess, 255 / 600)]
        name = request.category or (self.guess[0][0] if self.guess else None)
        done = Done(ask.id, (not self.cut_off,) * len(rows), (name,) * len(rows))
        return [*guess, *chunks, done]
