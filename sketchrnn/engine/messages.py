"""What the window and the model say to each other: immutable values, with the request's id on every answer.

The engine is behind three calls: `submit(Ask | Look | Cancel)`, `poll() -> list[Message]`, `close()`. One question is
in flight, the newest wins; an answer whose id is not the newest is stale, and `app.update` drops it.

All coordinates are page units: those of the sketch that was asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from sketchrnn.sketch.types import Sketch, Stroke

MAX_ENDINGS = 16
DEFAULT_TEMPERATURE = 0.5
TEMPERATURES = (0.01, 1.0)
DEFAULT_MAX_POINTS = 200
MOST_POINTS = 1000
MAX_CANDIDATES = 64
DEFAULT_CANDIDATES = 8
DEFAULT_GUIDANCE = 2.0
MAX_GUIDANCE = 10.0
DEFAULT_CLOSENESS = 0.8
MOST_BETWEEN = 1000


@dataclass(frozen=True)
class CompletionRequest:
    """Everything that decides a completion: equal requests have equal answers.

    Args:
        prefix: what the person drew, page units; empty to draw a whole sketch.
        category: a category that the model knows, or None for auto: the model guesses.
        endings: how many, 1 to 16; drawn in one batch.
        seed: of the sampling, 0 to 2^32 - 1; ending i of a request is the same whatever `endings` is, but for the last
            digits, as many drawn side by side are summed otherwise than one.
        temperature: of the mixture, 0.01 to 1 (paper, equation 8; DESIGN: the pen has a gentler one of its own).
        max_points: points after which an ending is cut off, if it has not ended by itself; 1 to 1000.
        page_scale: sketch units (0..255 box) per page unit at the page's own scale: 255 / side of the page's square;
            of a drawing that may be in any unit, as an SVG's, `frame.page_scale_of`.
        scale: sketch units per page unit, if known (1 for drawings in Quick, Draw!'s box); None infers it from the
            prefix, with a prior at `page_scale`: within a factor of 2.8 of that.
        candidates: how many are drawn for the first ending, 1 to 64, an eighth of them for each further one, and where
            endings are short up to twice and four times as many: the one that the model's recogniser takes most surely
            for the category is the ending; a further one may also be of those that were left before it, and should look
            otherwise than these (`engine.choosing`). A model without a recogniser draws one.
        guidance: 0 draws as people do, 10 only what is far more usual of the category than of others
            (`model.guidance`). A model that was always told the category in training, or knows none, draws without.

    Raises:
        ValueError: a number outside its range.
    """

    prefix: Sketch
    category: str | None = None
    endings: int = 1
    seed: int = 0
    temperature: float = DEFAULT_TEMPERATURE
    max_points: int = DEFAULT_MAX_POINTS
    page_scale: float = 1.0
    scale: float | None = None
    candidates: int = DEFAULT_CANDIDATES
    guidance: float = DEFAULT_GUIDANCE

    def __post_init__(self):
        _check("endings", self.endings, 1, MAX_ENDINGS)
        _check("candidates", self.candidates, 1, MAX_CANDIDATES)
        _check("guidance", self.guidance, 0, MAX_GUIDANCE)
        _check_sampled(self)


@dataclass(frozen=True)
class RedrawRequest:
    """Everything that decides how a whole drawing is drawn anew through its latent code, where it is and as large.

    Args:
        sketch: what is drawn, page units; at least one stroke, the pen lifted.
        category: what it is; None for auto: the model guesses, and its likeliest guess is what it draws.
        endings: how many drawings, 1 to 16; called so since they are shown, taken and kept like endings.
        seed: of the codes and of the sampling; drawing i is the same whatever `endings` is, as in `CompletionRequest`.
        temperature: as in `CompletionRequest`; as far as `closeness` leaves it, see there.
        max_points: points after which a drawing is cut off.
        page_scale, scale: as in `CompletionRequest`, for the guess.
        closeness: 1 draws from the posterior's mean, at a fifth of the temperature; towards 0 the code is more and more
            a random one, and the temperature all of it. Where the model recognises drawings, each is the best of a few.

    Raises:
        ValueError: nothing is drawn, the pen is down, or a number is outside its range.
    """

    sketch: Sketch
    category: str | None = None
    endings: int = 1
    seed: int = 0
    temperature: float = DEFAULT_TEMPERATURE
    max_points: int = DEFAULT_MAX_POINTS
    page_scale: float = 1.0
    scale: float | None = None
    closeness: float = DEFAULT_CLOSENESS

    def __post_init__(self):
        _check("endings", self.endings, 1, MAX_ENDINGS)
        _check("closeness", self.closeness, 0.0, 1.0)
        _check_redrawn(self)


@dataclass(frozen=True)
class MorphRequest:
    """Everything that decides the drawings on the way from one to another, both ends included.

    Each lies where the first one is, its middle there, a drawing's box of 255 as large as the first one.

    Args:
        sketch, other: from this drawing to that one, each in units of its own; at least one stroke, the pen lifted.
        category, other_category: what they are; None for auto. On the way one becomes the other.
        endings: how many drawings, 1 to 1000, with both ends; one is the first end.
        seed: of the sampling, the same for all of them: they differ in what they show and not by chance.
        temperature: as in `RedrawRequest` at a closeness of 1.
        max_points: points after which a drawing is cut off.
        page_scale, scale: of the first one, as in `CompletionRequest`, for the guess.

    Raises:
        ValueError: nothing is drawn, a pen is down, or a number is outside its range.
    """

    sketch: Sketch
    other: Sketch
    category: str | None = None
    other_category: str | None = None
    endings: int = 9
    seed: int = 0
    temperature: float = DEFAULT_TEMPERATURE
    max_points: int = DEFAULT_MAX_POINTS
    page_scale: float = 1.0
    scale: float | None = None

    def __post_init__(self):
        _check("endings", self.endings, 1, MOST_BETWEEN)
        _check_drawn("the other drawing", self.other)
        _check_redrawn(self)


Request = CompletionRequest | RedrawRequest | MorphRequest
"""What is answered by a Guess, Chunks and Done."""


@dataclass(frozen=True)
class LookRequest:
    """Everything that decides what the model sees in a drawing, and what it may draw next: equal ones, equal answers.

    Args:
        prefix: what is drawn, page units; at least one stroke, the pen lifted.
        category: what it is, if the person said so; None for auto: the model guesses, and what may come is of its
            likeliest guess.
        page_scale, scale: as in `CompletionRequest`.
        ghost: whether the likeliest next stroke is wanted.
        heat: whether it is wanted where the next stroke may start.

    Raises:
        ValueError: nothing is drawn, the pen is down, or a number is outside its range.
    """

    prefix: Sketch
    category: str | None = None
    page_scale: float = 1.0
    scale: float | None = None
    ghost: bool = False
    heat: bool = False

    def __post_init__(self):
        _check_drawn("a drawing to look at", self.prefix)
        _check_scales(self.page_scale, self.scale)


@dataclass(frozen=True)
class Ask:
    """To the engine: answer this request; whatever was asked before is given up."""

    id: int
    request: Request


@dataclass(frozen=True)
class Look:
    """To the engine: look at this drawing: answered by a Guess and then Seen; what was asked before is given up."""

    id: int
    request: LookRequest


@dataclass(frozen=True)
class Cancel:
    """To the engine: give up the request of this id; nothing more is said about it."""

    id: int


@dataclass(frozen=True)
class Loading:
    """The engine is starting; `stage` is fit to be shown ("loading the model", "warming up")."""

    stage: str


@dataclass(frozen=True)
class Ready:
    """The engine can answer: said once after each start.

    Args:
        model: the bundle's name.
        categories: names that the model knows, in its own order.
        seconds: from the engine's start to now.
        can_guess: whether `auto` has a recogniser or a category head to guess with.
        has_latent: whether the model has a latent code (reconstruct, morph, "mine again").
        max_points: the longest drawing that the model was trained on.
    """

    model: str
    categories: tuple[str, ...]
    seconds: float
    can_guess: bool = True
    has_latent: bool = False
    max_points: int = 250


@dataclass(frozen=True)
class Guess:
    """What the model takes the prefix for: (category, probability) pairs, likeliest first; comes before all else."""

    id: int
    categories: tuple[tuple[str, float], ...]
    scale: float = 1.0
    """Sketch units per page unit that the drawing is read at (given or inferred)."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """The next points of every ending.

    Args:
        rows: one (n_i, 3) float32 array per ending, rows (x, y, pen_lifted), x and y absolute in page units;
            an ending that is over gets an empty one. See `continue_strokes` for how they join the prefix; what is drawn
            anew takes the drawing's place.
        over: per ending, whether it needs no more points after these.
    """

    id: int
    rows: tuple[np.ndarray, ...]
    over: tuple[bool, ...]


@dataclass(frozen=True)
class Done:
    """All endings are over.

    Args:
        ended: per ending, True where the model ended the drawing itself, False where it ran into `max_points`.
        categories: per ending, the category that it was drawn with (None: drawn without one).
    """

    id: int
    ended: tuple[bool, ...]
    categories: tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class Heat:
    """Where the next stroke may start, as a grid over the page; see `engine.looking`.

    Args:
        corner: (left, top) of the grid, page units.
        cell: side of its square cells, page units.
        share: (rows, columns) float32, how likely the next stroke, if there is one, starts in each cell, from the top
            left; the sum is what lies on the grid, at most 1.
        finished: how likely there is no next stroke: the drawing is done.
    """

    corner: tuple[float, float]
    cell: float
    share: np.ndarray
    finished: float


@dataclass(frozen=True, eq=False)
class Seen:
    """All that was to be seen has been told.

    Args:
        ghost: (n, 3) float32 rows as in `Chunk`, the likeliest next stroke; none where it was not asked for, or where
            the drawing is likeliest done.
        heat: None where it was not asked for.
    """

    id: int
    ghost: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    heat: Heat | None = None


@dataclass(frozen=True)
class Failed:
    """The request could not be answered; the engine lives on."""

    id: int
    message: str


@dataclass(frozen=True)
class Down:
    """The engine died or could not start; `restarting` says whether it will be tried again by itself."""

    message: str
    restarting: bool


Message = Loading | Ready | Guess | Chunk | Done | Seen | Failed | Down


class Engine(Protocol):
    """What the window needs of an engine; a worker process, a thread or a fake.

    `submit` and `poll` never wait; all three are called from one thread.
    """

    def submit(self, message: Ask | Look | Cancel) -> None: ...

    def poll(self) -> list[Message]: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Completion:
    """One ending, beside the sketch until it is kept.

    Args:
        request: what was asked.
        ending: which of the request's endings, from 0.
        sketch: the prefix and the model's strokes, page units (see `continue_strokes`).
        ended: whether the model ended the drawing itself.
        category: the category that it was drawn with.
    """

    request: CompletionRequest
    ending: int
    sketch: Sketch
    ended: bool = True
    category: str | None = field(default=None)


def asked_about(request: Request) -> Sketch:
    """The drawing that a request is about: the start of it, or all of it."""
    return request.prefix if isinstance(request, CompletionRequest) else request.sketch


def continue_strokes(prefix: Sketch, rows: np.ndarray) -> Sketch:
    """The prefix with a completion's rows drawn on.

    If the prefix's pen is down, the rows up to the first pen-up go on with its last stroke: as a stroke of the model's
    that begins at the prefix's last point. Otherwise the first row begins a new stroke.

    Args:
        prefix: page units.
        rows: (n, 3) float32, absolute x, y and pen_lifted, page units, as in `Chunk`.

    Returns:
        The prefix's strokes and then the model's; its pen is down if the last row's pen is.
    """
    if len(rows) == 0:
        return prefix
    points = np.asarray(rows[:, :2], np.float32)
    parts = np.split(points, np.flatnonzero(rows[:, 2] > 0.5) + 1)
    parts = [part for part in parts if len(part)]
    if prefix.pen_down:
        parts[0] = np.concatenate([prefix.strokes[-1].points[-1:], parts[0]])
    drawn = tuple(Stroke(part, "model") for part in parts)
    return prefix.with_strokes(prefix.strokes + drawn, pen_down=not rows[-1, 2] > 0.5)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"expected {name} between {low:g} and {high:g}, got {value!r}")


def _check_drawn(what: str, sketch: Sketch) -> None:
    if not sketch.strokes or sketch.pen_down:
        raise ValueError(
            f"expected {what}, got {'one under a pen that is down' if sketch.pen_down else 'an empty one'}"
        )


def _check_redrawn(request: RedrawRequest | MorphRequest) -> None:
    _check_drawn("a drawing to draw anew", request.sketch)
    _check_sampled(request)


def _check_sampled(request: Request) -> None:
    _check("temperature", request.temperature, *TEMPERATURES)
    _check("max_points", request.max_points, 1, MOST_POINTS)
    _check("seed", request.seed, 0, 2**32 - 1)
    _check_scales(request.page_scale, request.scale)


def _check_scales(page_scale: float, scale: float | None) -> None:
    _check("page_scale", page_scale, 1e-4, 1e4)
    if scale is not None:
        _check("scale", scale, 1e-4, 1e4)
