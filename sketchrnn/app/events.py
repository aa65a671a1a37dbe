"""What can happen: the only ways to change the state. A `Command` (see `commands.py`) is an event itself.

Pen events come in page units (`state.view.camera.to_page`); everything that concerns the window in screen px.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Entry, Lost, Purpose
from sketchrnn.engine.messages import Message
from sketchrnn.sketch.types import Sketch

Point = tuple[float, float]


@dataclass(frozen=True)
class PenDown:
    """The pen (or mouse button, or finger) touches the page at `at`, page units; `adds`: with Shift held."""

    at: Point
    adds: bool = False


@dataclass(frozen=True)
class PenMove:
    """The pen moved on through `points`, page units, oldest first: every one that the system told of."""

    points: tuple[Point, ...]


@dataclass(frozen=True)
class PenUp:
    """The pen leaves the page: the stroke is finished."""


@dataclass(frozen=True)
class PenCancel:
    """The gesture was none (a second finger came down, the window lost the pointer): as if it had not begun."""


@dataclass(frozen=True)
class TakeEnding:
    """Keep ending `index` (from 0) of those shown: a click on one of nine, or keys 1 to 9."""

    index: int


@dataclass(frozen=True)
class BringBack:
    """Show completion `index` of those seen of this drawing (`AppState.seen`) again: a click on its small picture."""

    index: int


@dataclass(frozen=True)
class Scrub:
    """The timeline is dragged: show that share, 0 to 1, of the one completion offered, and hold it there."""

    share: float


@dataclass(frozen=True)
class SetCategory:
    """The person says what it is; None for auto."""

    category: str | None


@dataclass(frozen=True)
class SetTemperature:
    """Slider moved; clamped to `engine.messages.TEMPERATURES`."""

    value: float


@dataclass(frozen=True)
class SetSpeed:
    """Slider moved; points per second, clamped to `settings.SPEEDS`."""

    value: float


@dataclass(frozen=True)
class SetPause:
    """Slider moved; seconds between the pen's lift and the question, clamped to `settings.PAUSES`."""

    value: float


@dataclass(frozen=True)
class SetCloseness:
    """Slider moved: how close to the drawing it is drawn anew; clamped to `settings.CLOSENESSES`."""

    value: float


@dataclass(frozen=True)
class SetAlong:
    """Slider moved: show drawing `at` of those between two, from 0; rounded, and clamped to those there are."""

    at: float


@dataclass(frozen=True)
class SetInk:
    """The pen is dipped into another ink: one of `INK_NAMES`, or empty for the plain one."""

    ink: str


@dataclass(frozen=True)
class SetSeed:
    """A seed was typed or given; asks again if a completion is shown."""

    value: int


@dataclass(frozen=True)
class Zoom:
    """Zoom by `factor` so that what is under `at`, screen px, stays there."""

    at: Point
    factor: float


@dataclass(frozen=True)
class Pan:
    """Move the page by (dx, dy) screen px."""

    dx: float
    dy: float


@dataclass(frozen=True)
class Resized:
    """The window has this size now, and its layout leaves `canvas` (left, top, width, height) for the page; screen px.
    Chips lie within `taken` (left, top, right, bottom) of its edges.

    Sent at the start, and again whenever either changes, also because the UI scale did.
    """

    size: tuple[int, int]
    canvas: tuple[float, float, float, float]
    taken: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class OnDisplay:
    """The window has come to another display, which asks for this size of buttons and text: one of `UI_SCALES`."""

    ui_scale: float


@dataclass(frozen=True)
class Typed:
    """Text for the open dialog; ignored where none takes text."""

    text: str


class Key(Enum):
    """Keys for the open dialog."""

    BACKSPACE = "backspace"
    UP = "up"
    DOWN = "down"
    PAGE_UP = "page up"
    PAGE_DOWN = "page down"
    ENTER = "enter"
    END = "end"


@dataclass(frozen=True)
class Choose:
    """A click on row (or button) `index` of the open dialog: selects it and takes it, as ENTER would."""

    index: int


@dataclass(frozen=True)
class Scrolled:
    """The wheel over the open dialog, or a list's bar: the first visible row moves by `rows`, the help turns pages."""

    rows: int


@dataclass(frozen=True)
class FromEngine:
    """What `Engine.poll` returned, one event each, in order."""

    message: Message


@dataclass(frozen=True)
class FileRead:
    """`ReadFile` succeeded.

    Args:
        path: which file.
        sketches: its drawings, at least one, in the file's units.
        own: an SVG that this program wrote: already page units, and SAVE may write it again.
        more: whether the file holds drawings beyond these.
        beside: it was asked for as the second of two drawings, not to take this one's place.
        digest: of its content.
    """

    path: Path
    sketches: tuple[Sketch, ...]
    own: bool = False
    more: bool = False
    beside: bool = False
    digest: str = ""


@dataclass(frozen=True)
class Dropped:
    """A file was dropped on the window: open it, after asking what becomes of an unsaved drawing."""

    path: Path


@dataclass(frozen=True)
class FileWritten:
    """`WriteFile` succeeded: `sketch` lies whole in `path`, which is the drawing's own file unless it was exported."""

    path: Path
    sketch: Sketch
    exported: bool = False


@dataclass(frozen=True)
class FileFailed:
    """A file effect failed; nothing was lost.

    Args:
        path: which file.
        message: one line, fit to be shown.
        exists: only that the file is there already: ask whether to replace it.
        changed: only that it is not as it was opened or saved here: ask, too.
        reads: it was to be read, and so is not there any more or holds no drawing.
    """

    path: Path
    message: str
    exists: bool = False
    changed: bool = False
    reads: bool = False


@dataclass(frozen=True)
class CopyMade:
    """`Copy` is done: what goes on the clipboard."""

    text: str


@dataclass(frozen=True)
class FolderListed:
    """What `ListFolder` found.

    Args:
        asked: the folder that was asked for, as it was.
        folder: the one that is listed, absolute.
        entries: sorted, folders first; only the way up where it cannot be listed.
        error: why it cannot be, one line.
    """

    asked: Path
    folder: Path
    entries: tuple[Entry, ...]
    error: str = ""


@dataclass(frozen=True)
class SystemChose:
    """The desktop's own dialog is over.

    Args:
        purpose: what it was asked for.
        path: what was chosen; None for nothing.
        error: why it could not be asked, one line.
    """

    purpose: Purpose
    path: Path | None
    error: str = ""


@dataclass(frozen=True)
class Recovered:
    """Drawings of runs that did not end well were found; newest first."""

    found: tuple[Lost, ...]


@dataclass(frozen=True)
class Notice:
    """Something to tell the person: a setting that could not be read, a copy made."""

    text: str
    error: bool = False


@dataclass(frozen=True)
class Tick:
    """Time passed. Once a frame, and no later than `questions.next_wake` says."""


Event = (
    Command
    | PenDown
    | PenMove
    | PenUp
    | PenCancel
    | TakeEnding
    | BringBack
    | Scrub
    | SetCategory
    | SetTemperature
    | SetSpeed
    | SetPause
    | SetCloseness
    | SetAlong
    | SetInk
    | SetSeed
    | Zoom
    | Pan
    | Resized
    | OnDisplay
    | Typed
    | Key
    | Choose
    | Scrolled
    | FromEngine
    | FileRead
    | FileWritten
    | Dropped
    | FileFailed
    | CopyMade
    | FolderListed
    | SystemChose
    | Recovered
    | Notice
    | Tick
)
