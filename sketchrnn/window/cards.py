"""What dialogs are made of: words, a field, a list, a picture and buttons on a card. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import VISIBLE_ROWS
from sketchrnn.app.events import Event
from sketchrnn.sketch.types import Sketch
from sketchrnn.window.layout import Box, Control, Measure
from sketchrnn.window.theme import BODY, L

LINE = 1.45  # line height over type size
BAR = "bar"  # the name of what scrolls a list; there where not all of its rows are seen


@dataclass(frozen=True)
class Words:
    """One line of text in a box, left and middle."""

    box: Box
    text: str
    size: int = BODY
    muted: bool = False
    strong: bool = False
    danger: bool = False
    key: bool = False  # drawn as a key cap


@dataclass(frozen=True)
class Field:
    """A text field that always has the keyboard; of a text that is `chosen` what is typed takes the place."""

    box: Box
    text: str
    hint: str
    icon: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Listing:
    """A list's frame and how far it is scrolled."""

    box: Box
    top: int
    count: int
    selected: int | None
    empty: str = ""

    def handle(self, scale: float) -> Box | None:
        """Of the bar beside it, the part that stands for the rows that are seen; None where all of them are."""
        hidden = self.count - VISIBLE_ROWS
        if hidden <= 0:
            return None
        height = max(round(20 * scale), self.box.h * VISIBLE_ROWS // self.count)
        at = (self.box.h - height) * min(self.top, hidden) // hidden
        return Box(self.box.right + round(2 * scale), self.box.y + at, max(2, round(4 * scale)), height)

    def top_at(self, y: float, scale: float) -> int:
        """The first row that is seen when the handle's middle is dragged to `y` px."""
        handle = self.handle(scale)
        if handle is None:
            return 0
        share = (y - self.box.y - handle.h / 2) / max(self.box.h - handle.h, 1)
        return round(min(max(share, 0.0), 1.0) * (self.count - VISIBLE_ROWS))


@dataclass(frozen=True)
class Panel:
    """An open dialog.

    Args:
        scale: px per point.
        card: the ground of it all; a click outside says `outside`.
        modal: whether the page behind is darkened.
        controls: rows and buttons.
        selected: the name of the control that ENTER presses, if it is a button.
        preview: where a row's drawing is shown, and the drawings, row by row; rows after them have none.
    """

    scale: float
    card: Box
    modal: bool = True
    words: tuple[Words, ...] = ()
    field: Field | None = None
    listing: Listing | None = None
    controls: tuple[Control, ...] = ()
    selected: str = ""
    preview: tuple[Box, tuple[Sketch, ...]] | None = None
    outside: Event | None = Command.ESCAPE

    def at(self, place: tuple[float, float]) -> Control | None:
        """The control at a place."""
        return next((c for c in reversed(self.controls) if c.box.holds(place)), None)


@dataclass(frozen=True)
class Desk:
    """The window's size, px, its scale, and how wide words are: what a card is laid out for."""

    size: tuple[int, int]
    scale: float
    measure: Measure

    def px(self, points: float) -> int:
        return round(points * self.scale)

    def card(self, width: float, height: float, y: int | None = None) -> Box:
        w, h = min(self.px(width), self.size[0] - self.px(L)), min(self.px(height), self.size[1] - self.px(L))
        return Box((self.size[0] - w) // 2, (self.size[1] - h) // 2 if y is None else y, w, h)

    def line(self, box: Box, y: int, size: float) -> Box:
        return Box(box.x, y, box.w, round(self.px(size) * LINE))


def wrap(text: str, width: float, size: float, measure: Measure) -> list[str]:
    """The text in lines no wider than `width` px, broken between words, and where a word is longer within it."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer, size) <= width:
            lines[-1] = longer
        else:
            lines += _pieces(word, width, size, measure)
    return lines


def _pieces(word: str, width: float, size: float, measure: Measure) -> list[str]:
    # a path goes on after one of its folders
    pieces: list[str] = []
    while len(word) > 1 and measure(word, size) > width:
        fits = max(1, bisect_right(range(1, len(word)), width, key=lambda count: measure(word[:count], size)))
        cut = max(word.rfind(separator, 1, fits) for separator in "/\\") + 1 or fits
        pieces.append(word[:cut])
        word = word[cut:]
    return [*pieces, word]
