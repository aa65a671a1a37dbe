"""What can be pressed: boxes and the kinds of controls in them. Pure; lengths are screen px."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sketchrnn.app.events import Event

Measure = Callable[[str, float], float]
"""(text, points) -> its width in px at the UI scale."""
KNOB = 7  # radius of what is dragged along a track, points: its middle runs as far from the ends of the control's box


@dataclass(frozen=True)
class Box:
    """A rectangle, screen px; right and bottom are outside."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        return self.x + self.w

    @property
    def bottom(self) -> int:
        return self.y + self.h

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2

    def holds(self, at: tuple[float, float]) -> bool:
        return self.x <= at[0] < self.right and self.y <= at[1] < self.bottom

    def inset(self, by: int, down: int | None = None) -> Box:
        down = by if down is None else down
        return Box(self.x + by, self.y + down, max(self.w - 2 * by, 0), max(self.h - 2 * down, 0))


class Kind(Enum):
    ICON = "icon"  # a button without words
    BUTTON = "button"  # a button with an icon and words
    PRIMARY = "primary"  # the one button that matters most
    FIELD = "field"  # the category picker's button
    CHIP = "chip"  # a small button on the page
    SLIDER = "slider"
    PAGE_SLIDER = "page slider"  # one that lies on the page
    CELL = "cell"  # one of nine endings
    LARGE = "large"  # the one of them that is shown large
    INK = "ink"  # one of the pen's inks
    TIMELINE = "timeline"  # the track of a completion's playback
    SEEN = "seen"  # a small picture of what was seen before
    ROW = "row"  # a row of a dialog's list
    CHOICE = "choice"  # a button of a dialog
    BAR = "bar"  # what scrolls a dialog's list


@dataclass(frozen=True)
class Control:
    """Something that can be pressed.

    Args:
        name: which; stays the same while the window changes size.
        box: where.
        kind: how it looks and behaves.
        says: what a click means; None for a slider or a bar, which say a value.
        label: its words; empty for an icon.
        icon: its picture, a name in `icons.ICONS`; empty for none.
    """

    name: str
    box: Box
    kind: Kind
    says: Event | None = None
    label: str = ""
    icon: str = ""
