"""What can lie open over the page. At most one does; it takes keys and text until it closes.

Lists show `VISIBLE_ROWS` rows beginning with row `top`; `selected` is the row that ENTER takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import ClassVar

from sketchrnn.sketch.kinds import FORMATS, OPTIONS, Options
from sketchrnn.sketch.types import Sketch

VISIBLE_ROWS = 10
AUTO_ROW = "auto"
"""The picker's first row: let the model guess."""


@dataclass(frozen=True)
class Help:
    """All keys (`commands.COMMANDS`, `commands.GESTURES`).

    Args:
        page: for windows too small for all of it, from 0; UP and DOWN turn it, the view wraps it to what there is.
    """

    page: int = 0


@dataclass(frozen=True)
class Picker:
    """The category picker: typed text narrows the rows.

    Where it asks for the data set (`adding`), what was typed is a row too: own words are welcome, `auto` is none.

    Args:
        search: what was typed.
        rows: category names that fit, best first; `AUTO_ROW` first while nothing is typed.
        selected: index into `rows`.
        top: the first visible row.
        adding: whether it asks what the drawing is that goes into the data set.
    """

    search: str = ""
    rows: tuple[str, ...] = (AUTO_ROW,)
    selected: int = 0
    top: int = 0
    adding: bool = False


class Purpose(Enum):
    OPEN = "open"
    SAVE = "save"
    EXPORT = "export"
    BETWEEN = "between"

    @property
    def reads(self) -> bool:
        """Whether it takes a file that exists."""
        return self in (Purpose.OPEN, Purpose.BETWEEN)


@dataclass(frozen=True)
class Entry:
    """One row of a folder: its name as shown, and whether it is a folder (".." is the one above).

    `path` is that of a file opened lately, wherever it lies; None for what lies in the folder.
    """

    name: str
    is_folder: bool
    path: Path | None = None


@dataclass(frozen=True)
class FilePanel:
    """Open or save, without the system's dialogs.

    Args:
        purpose: OPEN takes a file that exists; so does BETWEEN, for the second of two drawings, and what is said here
            of OPEN holds for it, too. SAVE takes `name`, typed; so does EXPORT, with the state's options.
        folder: which is shown.
        entries: its rows, folders first; empty until listed. OPEN: only files that can be opened.
        selected: index into `entries`; None for none. ENTER on a folder goes into it.
        top: the first visible row.
        name: what was typed. SAVE, EXPORT: the file's name, perhaps without suffix. OPEN: narrows nothing, but may be a
            path.
        proposed: whether nobody typed `name`: what is typed then comes in its place, unless END keeps it.
        recent: OPEN: files that are listed before the folder's own.
        listed: whether `entries` is what `folder` holds.
        error: why the folder could not be listed or the name not be taken, one line.
        writing: SAVE, EXPORT: whether the file is being written; until then only ESCAPE is heard.
    """

    purpose: Purpose
    folder: Path
    entries: tuple[Entry, ...] = ()
    selected: int | None = None
    top: int = 0
    name: str = ""
    listed: bool = False
    error: str = ""
    recent: tuple[Path, ...] = ()
    writing: bool = False
    proposed: bool = False


class Question(Enum):
    UNSAVED = "unsaved"
    OVERWRITE = "overwrite"


@dataclass(frozen=True)
class Confirm:
    """A question with a few answers as buttons; ENTER takes the selected one, ESCAPE the last, which does nothing.

    Args:
        question: which.
        text: what is asked.
        choices: the buttons' labels; `Choose(i)` presses one.
        selected: index into `choices`.
        then: UNSAVED: the name of the command that waits.
        path: OVERWRITE: the file.
        export: OVERWRITE: whether it is an export, not the drawing's own file.
        panel: OVERWRITE: the panel that it was named in, to which the last answer goes back; None for none.
    """

    question: Question
    text: str
    choices: tuple[str, ...]
    selected: int = 0
    then: str = ""
    path: Path | None = None
    export: bool = False
    panel: FilePanel | None = None


@dataclass(frozen=True)
class Lost:
    """A drawing found after a crash: where its autosave lies, what it holds, and when it was last touched."""

    path: Path
    sketch: Sketch
    when: str


@dataclass(frozen=True)
class Recovery:
    """Drawings of runs that did not end well.

    Args:
        found: newest first.
        selected: index of the row that is taken back; rows after the drawings: "not now" and "discard all".
        top: the first visible row.
    """

    found: tuple[Lost, ...]
    selected: int = 0
    top: int = 0

    @property
    def rows(self) -> tuple[str, ...]:
        """Labels of all rows: each drawing, then the two ways out."""
        drawings = tuple(f"{lost.when}: {_count(lost.sketch)}" for lost in self.found)
        return (*drawings, "Not now (offer again next time)", "Discard (moved aside, not deleted)")


@dataclass(frozen=True)
class Records:
    """A file with many drawings: which one?

    Args:
        path: the file.
        sketches: its drawings, page units.
        selected, top: as in every list.
        more: whether the file holds drawings beyond these.
        beside: it is asked for as the second of two drawings.
    """

    path: Path
    sketches: tuple[Sketch, ...]
    selected: int = 0
    top: int = 0
    more: bool = False
    beside: bool = False

    @property
    def rows(self) -> tuple[str, ...]:
        """Labels of all rows."""
        return tuple(f"{i + 1}: {s.category or 'drawing'}, {_count(s)}" for i, s in enumerate(self.sketches))


@dataclass(frozen=True)
class Export:
    """How the drawing is to be written for elsewhere: rows of formats and of what can be chosen, then buttons.

    Args:
        options: as chosen so far.
        selected: index of a row, or after the rows of a button. All rows fit, so that none scrolls.
    """

    TO_FILE: ClassVar[str] = "Export ..."
    COPY: ClassVar[str] = "Copy"
    CANCEL: ClassVar[str] = "Cancel"

    options: Options
    selected: int = 0

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be chosen as the other choices are: names of fields of `Options`."""
        return self.options.choices

    @property
    def rows(self) -> tuple[str, ...]:
        """Labels of all rows; a choice's value stands after a tab."""
        return (*(kind.label for kind in FORMATS.values()), *map(self._choice, self.choices))

    @property
    def buttons(self) -> tuple[str, ...]:
        """Labels of the buttons."""
        return (self.CANCEL, *((self.COPY,) if self.options.format == "svg" else ()), self.TO_FILE)

    def _choice(self, name: str) -> str:
        option = OPTIONS[name]
        return f"{option.label}\t{option.values[getattr(self.options, name)]}"


Dialog = Help | Picker | FilePanel | Confirm | Recovery | Records | Export


def _count(sketch: Sketch) -> str:
    strokes = len(sketch.strokes)
    return f"{strokes} stroke{'' if strokes == 1 else 's'}"
