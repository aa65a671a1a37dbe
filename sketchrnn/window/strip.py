"""The strip of endings seen before, at the right edge of the page: where its small pictures lie. Pure."""

from __future__ import annotations

from collections.abc import Callable

from sketchrnn.app import seen
from sketchrnn.app.commands import Command
from sketchrnn.app.events import BringBack
from sketchrnn.app.state import AppState
from sketchrnn.window.controls import Box, Control, Kind
from sketchrnn.window.theme import CONTROL, XL, L, M, S

SIDE = 92  # of a small picture, points
WIDTH = SIDE + 2 * M  # of the strip and what is free beside it, points

Px = Callable[[float], int]
"""Points -> px."""


def strip_key(state: AppState) -> object:
    """What the strip depends on, beside the canvas."""
    seeds = tuple(offer.request.seed for offer in state.seen)
    return state.grid, (seeds, seen.current(state)) if seen.is_shown(state) else None


def strip(px: Px, state: AppState, canvas: Box) -> list[Control]:
    """The small pictures and, beside nine endings, the way back to one.

    As many pictures are there as fit, the shown one among them: stepping through them reaches all.
    """
    room = Box(canvas.right - px(M + SIDE), canvas.y + px(M), px(SIDE), canvas.h - px(M + XL + L + S))
    controls = [_back(px, room)] if state.grid else []
    if not seen.is_shown(state):
        return controls
    y = controls[-1].box.bottom + px(S) if controls else room.y
    step = px(SIDE) + px(S)
    first, last = window(len(state.seen), seen.current(state), max((room.bottom - y + px(S)) // step, 0))
    for place, index in enumerate(range(first, last)):
        box = Box(room.x, y + place * step, px(SIDE), px(SIDE))
        label = f"seed {state.seen[index].request.seed}"
        controls.append(Control(f"seen {index + 1}", box, Kind.SEEN, BringBack(index), label))
    return controls


def window(count: int, current: int | None, fitting: int) -> tuple[int, int]:
    """First and last (outside) of the pictures shown: the current one in the middle, the newest where there is none.

    Args:
        count: of all.
        current: index; None for none.
        fitting: how many can be shown.
    """
    fitting = min(fitting, count)
    middle = count - 1 if current is None else current
    first = min(max(middle - fitting // 2, 0), count - fitting)
    return first, first + fitting


def _back(px: Px, room: Box) -> Control:
    return Control(Command.ONE.value, Box(room.x, room.y, room.w, px(CONTROL)), Kind.CHIP, Command.ONE, "Back", "back")
