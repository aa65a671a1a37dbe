"""What `update` wants done. Results come back as events; nothing here is done by `app` while it updates.

The window does `Submit`, `SetFullScreen`, `PutOnClipboard`, `AskSystem` and `Quit` itself and gives all others to
`effects_io.run_effect`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sketchrnn.app.dialogs import Purpose
from sketchrnn.app.settings import Settings
from sketchrnn.engine import messages
from sketchrnn.sketch.kinds import Options
from sketchrnn.sketch.types import Sketch


@dataclass(frozen=True)
class Submit:
    """Give this to the engine."""

    message: messages.Ask | messages.Look | messages.Cancel


@dataclass(frozen=True)
class Autosave:
    """Put this drawing where a crash cannot reach it."""

    sketch: Sketch


@dataclass(frozen=True)
class EndAutosave:
    """The drawing is done with (new one, or quit): its autosave file ends.

    Args:
        saved: whether all of it lies in a file of the person's own; if not, the autosave is moved aside, not deleted.
    """

    saved: bool


@dataclass(frozen=True)
class SetAsideLost:
    """Recovered or discarded: move these autosaves out of the way, without deleting them."""

    paths: tuple[Path, ...]


@dataclass(frozen=True)
class ReadFile:
    """Open: answered by `FileRead` or `FileFailed`.

    Args:
        path: which file.
        beside: as the second of two drawings (`FileRead.beside`).
    """

    path: Path
    beside: bool = False


@dataclass(frozen=True)
class RememberFile:
    """The drawing is that of a file that was read, which `WriteFile.unchanged` knows by this digest of its content."""

    path: Path
    digest: str


@dataclass(frozen=True)
class WriteFile:
    """Write the drawing; answered by `FileWritten` or `FileFailed`.

    Args:
        export: as what and how, for elsewhere; None for the drawing's own file, an SVG that holds all of it.
        overwrite: whether a file that is there is replaced; if not, `FileFailed.exists`.
        unchanged: replace it only if it is as this window opened or saved it last; if not, `FileFailed.changed`.
    """

    path: Path
    sketch: Sketch
    overwrite: bool = False
    export: Options | None = None
    ink_width: float = 3.0
    unchanged: bool = False


@dataclass(frozen=True)
class ListFolder:
    """Answered by `FolderListed`."""

    folder: Path


@dataclass(frozen=True)
class AskSystem:
    """Open the desktop's own file dialog; answered by `SystemChose`, whenever that may be.

    Args:
        purpose: of the panel that it stands beside.
        folder: where it begins.
        name: what is typed already.
    """

    purpose: Purpose
    folder: Path
    name: str = ""


@dataclass(frozen=True)
class StoreSettings:
    """Write the settings file."""

    settings: Settings


@dataclass(frozen=True)
class AddToData:
    """Add the drawing, with its category, to the person's data set; answered by a `Notice`.

    Args:
        folder: of the data set; empty for the one under the user's data folder.
    """

    sketch: Sketch
    folder: str = ""


@dataclass(frozen=True)
class StoreRecent:
    """Write the list of files opened or saved lately."""

    files: tuple[Path, ...]


@dataclass(frozen=True)
class Copy:
    """Make what is to be copied of the drawing, SVG text (`effects_io.svg_text`); answered by `CopyMade`."""

    sketch: Sketch
    export: Options = Options()
    ink_width: float = 3.0


@dataclass(frozen=True)
class PutOnClipboard:
    """Put this text on the clipboard; answered by a `Notice`."""

    text: str


@dataclass(frozen=True)
class SetFullScreen:
    on: bool


@dataclass(frozen=True)
class Quit:
    """Leave the loop; nothing is left to be asked."""


Effect = (
    Submit
    | Autosave
    | EndAutosave
    | SetAsideLost
    | ReadFile
    | RememberFile
    | WriteFile
    | ListFolder
    | AskSystem
    | StoreSettings
    | StoreRecent
    | AddToData
    | Copy
    | PutOnClipboard
    | SetFullScreen
    | Quit
)
