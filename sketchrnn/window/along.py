"""Where what goes through the latent code lies: nine with their closeness, or the way between two drawings. Pure."""

from __future__ import annotations

from collections.abc import Callable

from sketchrnn.app.commands import Command
from sketchrnn.app.events import TakeEnding
from sketchrnn.app.state import GRID_ENDINGS
from sketchrnn.window.controls import KNOB, Box, Control, Kind
from sketchrnn.window.theme import M, S

CLOSENESS, ALONG, LARGE = "closeness", "along", "large"
"""The sliders' names, and that of the drawing that is shown large."""
SLIDER = 40  # height of a slider on the page, points
LONGEST = 420  # points of the closeness from end to end
TALLEST = 0.26  # of the room, a drawing of the row
END = 0.23  # of the room's width, each of the two drawings that the way is between

Px = Callable[[float], int]


def closeness(px: Px, room: Box) -> tuple[Box, Control]:
    """What is left of the room for nine drawings, and the slider below them."""
    width, height = min(px(LONGEST), room.w), px(SLIDER)
    box = Box(room.x + (room.w - width) // 2, room.bottom - height, width, height)
    left = Box(room.x, room.y, room.w, room.h - height - px(S))
    return left, Control(CLOSENESS, box, Kind.PAGE_SLIDER, None, "Closeness to yours")


def way(px: Px, room: Box) -> list[Control]:
    """The one shown large, the slider, and the row below it: its knob stands above the one that is meant."""
    cells = _row(px, room)
    first, last = cells[0].box, cells[-1].box
    left, right = round(first.centre[0]) - px(KNOB), round(last.centre[0]) + px(KNOB)
    height = px(SLIDER)
    slider = Box(left, first.y - px(S) - height, right - left, height)
    side = round(END * room.w) + px(M)
    large = Box(room.x + side, room.y, room.w - 2 * side, slider.y - px(S) - room.y)
    return [
        Control(LARGE, large, Kind.LARGE, Command.KEEP),
        Control(ALONG, slider, Kind.PAGE_SLIDER, None, "Between yours and the other"),
        *cells,
    ]


def ends(px: Px, room: Box, large: Box) -> tuple[Box, Box]:
    """Where the two drawings themselves are shown: beside the large one."""
    width = round(END * room.w)
    return Box(room.x, large.y, width, large.h), Box(large.right + px(M), large.y, width, large.h)


def _row(px: Px, room: Box) -> list[Control]:
    gap = px(S)
    width = (room.w - (GRID_ENDINGS - 1) * gap) // GRID_ENDINGS
    height = min(width, round(TALLEST * room.h))
    # the odd pixels are the gaps', so that the row ends where the room does
    step = (room.w - width) / (GRID_ENDINGS - 1)
    boxes = [Box(room.x + round(i * step), room.bottom - height, width, height) for i in range(GRID_ENDINGS)]
    return [Control(f"ending {i + 1}", box, Kind.CELL, TakeEnding(i), f"{i + 1}") for i, box in enumerate(boxes)]
