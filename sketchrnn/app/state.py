"""Everything the window shows, as one immutable value; `update` makes the next one, the view draws it.

Page units are the document's own coordinates, x to the right and y down. The page is a square of `PAGE_SIDE` of them
with its corner at (0, 0); ink may leave it. Screen px are the window's pixels; only the `Camera` stands between them.
Times are seconds of one monotonic clock, the `now` that every event comes with.
What can be worked out (activity, what is shown of an ending, whether there is something to save) is not stored: see
`app/questions.py` and `app/playback.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import numpy as np

from sketchrnn.app.dialogs import Dialog
from sketchrnn.app.history import History
from sketchrnn.app.selection import Lasso, Moving, Selection
from sketchrnn.app.settings import Settings
from sketchrnn.app.through import Through
from sketchrnn.engine.messages import Heat, LookRequest, Request
from sketchrnn.sketch.frame import BOX
from sketchrnn.sketch.kinds import Options
from sketchrnn.sketch.types import Sketch

PAGE_SIDE = 600.0
"""Side of the page's square, page units."""
PAGE_SCALE = BOX / PAGE_SIDE
"""Sketch units per page unit at the page's own scale."""
GRID_ENDINGS = 9
ZOOM_RANGE = (0.05, 40.0)


class Tool(Enum):
    PEN = "pen"
    ERASER = "eraser"
    SELECT = "select"


class EngineStatus(Enum):
    LOADING = "loading"
    READY = "ready"
    DOWN = "down"


class Activity(Enum):
    """What is going on, for the status line and the cursor; see `questions.activity`."""

    IDLE = "idle"
    """Nothing happens until the person does something."""
    DRAWING = "drawing"
    """The pen is down, or the eraser, or strokes are selected or moved."""
    WAITING = "waiting"
    """The pen is up; the model is asked after the pause, or as soon as it is ready."""
    THINKING = "thinking"
    """The model is asked and has not said a point yet."""
    ANIMATING = "animating"
    """A completion is being drawn before the person's eyes."""
    OFFERED = "offered"
    """A completion is shown whole and can be kept."""


@dataclass(frozen=True)
class Camera:
    """Page to screen: screen = page * zoom + offset.

    Args:
        zoom: screen px per page unit, within `ZOOM_RANGE`.
        offset: screen px of the page's corner (0, 0).
    """

    zoom: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        return x * self.zoom + self.offset[0], y * self.zoom + self.offset[1]

    def to_page(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.offset[0]) / self.zoom, (y - self.offset[1]) / self.zoom


Canvas = tuple[float, float, float, float]
"""(left, top, width, height) of the part of the window that shows the page, screen px."""


@dataclass(frozen=True)
class View:
    """The window and what of the page it shows.

    Args:
        size: (width, height) of the window, screen px.
        canvas: what the layout leaves free for the page.
        taken: (left, top, right, bottom) of it, screen px from its edges, where chips and small pictures may lie.
        camera: page to screen.
        behind: the canvas that the camera is of where the window's size changed under the pen; None for this one.
        fitted: whether the camera follows the window's size so that the page and all ink are seen; ended by zooming
            and panning, begun again by FIT.
        full_screen: whether the window was told to fill the screen; what a window manager does is not heard of.
    """

    size: tuple[int, int] = (1280, 800)
    canvas: Canvas = (0.0, 0.0, 1280.0, 800.0)
    taken: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    camera: Camera = Camera()
    behind: Canvas | None = None
    fitted: bool = True
    full_screen: bool = False

    @property
    def clear(self) -> tuple[float, float, float, float]:
        """(left, top, width, height) of the canvas where nothing lies on the page, screen px; at least one."""
        (x, y, width, height), (left, top, right, bottom) = self.canvas, self.taken
        return x + left, y + top, max(width - left - right, 1.0), max(height - top - bottom, 1.0)


@dataclass(frozen=True)
class EngineState:
    """What is known of the engine.

    Args:
        status: LOADING shows `stage`; DOWN shows `message` and, if `restarting`, that it is tried again.
        stage: what loading is at, fit to be shown.
        message: why it is down, one line.
        restarting: whether the engine starts again by itself.
        model: the bundle's name; None until ready.
        categories: what the model knows, in the model's own order; stays known while the engine restarts.
        can_guess: whether `auto` guesses.
        has_latent: whether drawings can be drawn anew through a latent code.
    """

    status: EngineStatus = EngineStatus.LOADING
    stage: str = "starting the model"
    message: str = ""
    restarting: bool = False
    model: str | None = None
    categories: tuple[str, ...] = ()
    can_guess: bool = True
    has_latent: bool = False


@dataclass(frozen=True)
class Pending:
    """The one request in flight.

    Args:
        id: the newest id given out; answers with another are stale.
        request: what was asked.
        continues: whether the answer's points go on the shown ending (CONTINUE) instead of replacing the offer.
        part: indices of the strokes that it is about; empty for the whole drawing.
    """

    id: int
    request: Request
    continues: bool = False
    part: tuple[int, ...] = ()


@dataclass(frozen=True)
class Looking:
    """The look in flight: its id, and what was asked."""

    id: int
    request: LookRequest


@dataclass(frozen=True, eq=False)
class Sight:
    """What the model last told of a drawing that it looked at, beside the guess.

    Args:
        request: what it looked at.
        ghost: (n, 3) float32 rows, the likeliest next stroke, page units; none where there is nothing to show.
        heat: where the next stroke may start; None where that was not asked.
        model: the bundle that looked.
    """

    request: LookRequest
    ghost: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    heat: Heat | None = None
    model: str | None = None


@dataclass(frozen=True, eq=False)
class Ending:
    """One completion as far as it has come.

    Args:
        index: which of the request's endings, from 0.
        rows: (n, 3) float32, absolute x, y in page units and pen_lifted; the first row begins a new stroke.
        over: no more rows come.
        ended: the model ended it; False while it is not over, and where it was cut off (CONTINUE draws on).
        category: what it was drawn as; known when it is over.
    """

    index: int
    rows: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    over: bool = False
    ended: bool = False
    category: str | None = None


class Wish(Enum):
    """What was asked to be kept before all of it had come."""

    ALL = "all"
    STROKE = "stroke"


@dataclass(frozen=True)
class Playback:
    """How far a completion has been played: `base` points were shown at `started`; see `app/playback.py`.

    Held, it stands there until it is told to go on.
    """

    started: float
    base: float = 0.0
    held: bool = False


@dataclass(frozen=True, eq=False)
class Offer:
    """A completion, or nine, shown beside the sketch until one is kept or the person draws on.

    So is what is drawn through the latent code: the one kept of these takes its subject's place (`app/through.py`).

    Args:
        id: of the request that its points come from.
        request: what was asked.
        prefix: the sketch that the endings go on from: always the state's own sketch.
        endings: one or more; after KEEP_STROKE the one whose stroke was kept.
        playback: how far it has been played; one clock for all endings.
        model: the bundle that drew it.
        wish: what to keep, of the first ending, when enough of it has come.
        whole: whether all of the answer has come; never, where a newer request superseded it.
        part: indices of the strokes that it completes; empty for the whole drawing.
    """

    id: int
    request: Request
    prefix: Sketch
    endings: tuple[Ending, ...]
    playback: Playback
    model: str | None = None
    wish: Wish | None = None
    whole: bool = False
    part: tuple[int, ...] = ()


@dataclass(frozen=True)
class Erasing:
    """An eraser's gesture while it is down: what was there before, and where the eraser is, page units."""

    before: Sketch
    at: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Nudged:
    """A selection moved or scaled by keys: the drawing since, and until when another press is the same undo step."""

    sketch: Sketch
    until: float


@dataclass(frozen=True)
class Toast:
    """A line that is shown for a while and goes by itself.

    Args:
        text: one line.
        until: when it goes.
        error: whether something went wrong.
    """

    text: str
    until: float
    error: bool = False


@dataclass(frozen=True)
class AppState:
    """The whole program, but for the pixels.

    Args:
        sketch: what is drawn and kept; page units, the pen never down.
        live: points of the stroke under the pen, page units; None while the pen is up. At least one point.
        live_times: seconds at which each of them was heard of.
        selecting: the select tool's gesture; None while it is up. `sketch` is as it was before.
        interrupted: whether the gesture under way stopped the model: if it turns out to be none, the model goes on.
        erasing: the eraser's gesture; None while it is up. `sketch` already lacks what it has touched.
        selection: strokes picked out, which the model is asked about alone.
        nudged: the drawing after the last of a few presses that are one undo step.
        tool: what the pen does when it comes down.
        history: undo and redo.
        settings: what is remembered between runs: temperature, speed, pause, model on or off, theme, UI scale, ...
        category: what the person says it is; None for auto.
        guess: what the model takes it for, (category, probability) pairs, likeliest first; empty when unknown.
        scale: sketch units per page unit that the model last used; None when unknown.
        seed: of the next request, shown and settable.
        engine: what is known of the engine.
        pending: the request in flight.
        looking: the look in flight; never together with a request.
        sight: what the last look told; of the present drawing unless another look is due.
        offer: the completion shown.
        set_aside: a dismissed completion that REDO brings back, as long as nothing else has happened.
        seen: offers of this drawing so far, the present one among them, oldest first; see `app/seen.py`.
        grid: nine endings side by side, shown or asked for.
        through: what they are instead of endings, where they go through the latent code; never without `grid`.
        ask_at: when to ask the model; None when not to.
        next_id: of the next request.
        retries: how often the request was sent again because the engine died of it.
        view: window, canvas, camera.
        dialog: what is open over the page; takes keys and text.
        toasts: oldest first.
        path: the SVG file that SAVE writes; None for a drawing without one.
        saved: the sketch as it was last saved or opened.
        written: whether this drawing was ever given to be written; what is said before is of a drawing before it.
        title: what the drawing is called where it has no path yet, without suffix.
        export: how the drawing was last exported.
        recent: files opened or saved lately, newest first.
        hint_until: when the hint of the first run goes by itself; None while there is none.
        dropped: the file that OPEN opens when it goes on; None for the panel.
        system_dialogs: whether the desktop has a file dialog of its own.
        after_save: what goes on when the drawing has been saved (`Command.NEW`, `OPEN` or `QUIT`, by name).
        store_at: when changed settings are stored.
    """

    sketch: Sketch = Sketch()
    live: tuple[tuple[float, float], ...] | None = None
    live_times: tuple[float, ...] = ()
    erasing: Erasing | None = None
    selecting: Lasso | Moving | None = None
    selection: Selection | None = None
    nudged: Nudged | None = None
    interrupted: bool = False
    tool: Tool = Tool.PEN
    history: History = History()
    settings: Settings = Settings()
    category: str | None = None
    guess: tuple[tuple[str, float], ...] = ()
    scale: float | None = None
    seed: int = 1
    engine: EngineState = EngineState()
    pending: Pending | None = None
    looking: Looking | None = None
    sight: Sight | None = None
    offer: Offer | None = None
    set_aside: Offer | None = None
    seen: tuple[Offer, ...] = ()
    grid: bool = False
    through: Through | None = None
    ask_at: float | None = None
    next_id: int = 1
    retries: int = 0
    view: View = View()
    dialog: Dialog | None = None
    toasts: tuple[Toast, ...] = ()
    path: Path | None = None
    saved: Sketch = Sketch()
    written: bool = False
    title: str = "drawing"
    export: Options = Options()
    recent: tuple[Path, ...] = ()
    hint_until: float | None = None
    dropped: Path | None = None
    system_dialogs: bool = False
    after_save: str | None = None
    store_at: float | None = None
