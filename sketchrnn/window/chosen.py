"""Selected strokes: what can be done with them, in a row above the status line, and the box around them. Pure."""

from __future__ import annotations

from collections.abc import Callable

from sketchrnn.app.commands import COMMANDS, Command
from sketchrnn.app.questions import shows_selection, why_no_code
from sketchrnn.app.selection import frame_of, handles_of, selected_box, transform_of
from sketchrnn.app.state import AppState
from sketchrnn.app.through import rest_of
from sketchrnn.sketch.selecting import Point
from sketchrnn.window.controls import Box, Control, Kind, Measure
from sketchrnn.window.theme import BODY, ICON, XS, M, S
from sketchrnn.window.timeline import ground

FINISH = "finish selected"
"""The name of the button that has the model finish them alone."""

Px = Callable[[float], int]


def chosen_key(state: AppState) -> object:
    """What the row depends on, beside the canvas."""
    return (why_no_code(state) is None, rest_of(state) is None) if shows_selection(state) else None


def chosen(px: Px, measure: Measure, state: AppState, canvas: Box) -> list[Control]:
    """The row; none while something else has its place or the pen is down."""
    if not shows_selection(state):
        return []
    row = ground(px, canvas)
    parts = [
        (FINISH, Command.ANOTHER, "Finish alone", "guess"),
        *_through_code(state),
        (Command.DELETE.value, Command.DELETE, COMMANDS[Command.DELETE].label, "clear"),
    ]
    widths = [round(measure(label, BODY)) + px(ICON + XS + 2 * M) for _, _, label, _ in parts]
    x = canvas.x + (canvas.w - sum(widths) - px(S)) // 2
    controls = []
    for (name, says, label, icon), width in zip(parts, widths, strict=True):
        controls.append(Control(name, Box(x, row.y, width, row.h), Kind.CHIP, says, label, icon))
        x += width + px(S)
    return controls


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
