"""Selected strokes: what can be done with them, in a row, and the box around them. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sketchrnn.app.commands import COMMANDS, Command
from sketchrnn.app.questions import shows_selection, why_no_code
from sketchrnn.app.selection import REACH, frame_of, handles_of, selected_box, transform_of
from sketchrnn.app.state import AppState
from sketchrnn.app.through import rest_of
from sketchrnn.sketch.selecting import Point
from sketchrnn.window.controls import Box, Control, Kind, Measure
from sketchrnn.window.strip import WIDTH
from sketchrnn.window.theme import BODY, ICON, XS, M, S
from sketchrnn.window.timeline import ground

FINISH = "finish selected"
"""The name of the button that has the model finish them alone."""

Px = Callable[[float], int]


def chosen_key(state: AppState) -> object:
    """What the row depends on, beside the canvas."""
    if not shows_selection(state):
        return None
    return why_no_code(state) is None, rest_of(state) is None, state.sketch, state.selection, state.view.camera


def chosen(px: Px, measure: Measure, state: AppState, canvas: Box, top: int) -> list[Control]:
    """The row above the status line, or beside the strokes where these lie there; none while something else has its
    place or the pen is down.

    Args:
        top: above which the page's own chips are, px.
    """
    if not shows_selection(state):
        return []
    row = ground(px, canvas)
    parts = [
        (FINISH, Command.ANOTHER, "Finish alone", "guess"),
        *_through_code(state),
        (Command.DELETE.value, Command.DELETE, COMMANDS[Command.DELETE].label, "clear"),
    ]
    widths = [round(measure(label, BODY)) + px(ICON + XS + 2 * M) for _, _, label, _ in parts]
    if state.seen and _whole(px, widths) > canvas.w - 2 * px(WIDTH):
        # beside the endings seen the longest words have no room: its icon says it, and its tooltip
        longest = max(range(len(parts)), key=widths.__getitem__)
        name, says, _, icon = parts[longest]
        parts[longest], widths[longest] = (name, says, "", icon), row.h
    whole = _whole(px, widths)
    x = canvas.x + (canvas.w - whole) // 2
    y = _clear_of_frame(px, state, Box(x, row.y, whole, row.h), top)
    controls = []
    for (name, says, label, icon), width in zip(parts, widths, strict=True):
        controls.append(Control(name, Box(x, y, width, row.h), Kind.CHIP, says, label, icon))
        x += width + px(S)
    return controls


def _whole(px: Px, widths: Sequence[int]) -> int:
    return sum(widths) + (len(widths) - 1) * px(S)


def _clear_of_frame(px: Px, state: AppState, row: Box, top: int) -> int:
    # where it is, else above the frame and its handles, else at the page's top: where the frame is met least
    frame, reach = outline(state), px(REACH)
    if frame is None:
        return row.y
    (left, upper), (right, lower) = frame[0]
    if left - reach >= row.right or right + reach <= row.x:
        return row.y
    above = math.floor(upper) - reach - px(S) - row.h
    met = {y: min(y + row.h, lower + reach) - max(y, upper - reach) for y in (row.y, above, top) if top <= y <= row.y}
    return min(met, key=lambda y: max(met[y], 0), default=row.y)


def _through_code(state: AppState) -> list[tuple[str, Command, str, str]]:
    if why_no_code(state) is not None:
        return []
    again = ("again selected", Command.AGAIN, "Again", "again")
    to_rest = ("between selected", Command.BETWEEN, "Between it and the rest", "between")
    return [again, to_rest] if rest_of(state) is not None else [again]


def outline(state: AppState) -> tuple[tuple[Point, Point], tuple[Point, ...]] | None:
    """The frame around the selection, where the gesture under way has it: two corners and its handles, screen px."""
    box = selected_box(state)
    if box is None:
        return None
    corners = transform_of(state).of([box[:2], box[2:]]).tolist()  # type: ignore[arg-type]
    here = (*corners[0], *corners[1])
    left, top, right, bottom = frame_of(state, here)
    camera = state.view.camera
    handles = tuple(camera.to_screen(x, y) for x, y in handles_of(state, here).values())
    return (camera.to_screen(left, top), camera.to_screen(right, bottom)), handles
