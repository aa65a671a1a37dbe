"""Where everything lies: rectangles from the window's size and the UI scale, and what a click on them says.

Pure: it knows neither pygame nor the pointer. Lengths in `theme` are points; everything here is in screen px.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sketchrnn.app.commands import COMMANDS, Command
from sketchrnn.app.events import SetCategory, SetInk, TakeEnding
from sketchrnn.app.questions import guesses, shows_continue
from sketchrnn.app.selection import said_category
from sketchrnn.app.settings import scale_of
from sketchrnn.app.state import GRID_ENDINGS, AppState
from sketchrnn.app.through import kept_by_key, on_the_way
from sketchrnn.sketch.types import INK_NAMES
from sketchrnn.window import along, theme
from sketchrnn.window.chosen import chosen, chosen_key
from sketchrnn.window.controls import Box, Control, Kind, Measure
from sketchrnn.window.strip import SIDE, WIDTH, strip, strip_key
from sketchrnn.window.theme import BODY, CONTROL, ICON, XL, XS, L, M, S
from sketchrnn.window.timeline import ground, timeline, timeline_key

TOP, RAIL, BOTTOM = 52, 52, 64  # bars, in points
INK = 24  # height of an ink's place on the rail, in points
GUESS = 28  # height of a guess below the picker, in points
LABELS_FROM = 1080  # points of width from which the model's buttons have words
ALL_LABELS_FROM = 1480  # the same of those that are needed less often
PAUSE_FROM = 1270  # points of width from which there is room for the pause slider
TITLE_FROM = 940
LOOKING_FROM = 720  # from here on ghost and heat have buttons, which leave the picker as wide as it is at its narrowest
ENLARGED = 1.7  # times its cell, an ending under the pointer
CONTINUE = Command.CONTINUE.value  # the name of the chip that draws on


@dataclass(frozen=True)
class Layout:
    """The window at one size, without dialogs.

    Args:
        scale: px per point.
        top, rail, bottom, canvas: the bars and what they leave for the page.
        controls: everything to press, those on top last.
        title: where the drawing's name stands, if there is room.
    """

    scale: float
    top: Box
    rail: Box
    bottom: Box
    canvas: Box
    controls: tuple[Control, ...]
    title: Box | None = None

    def at(self, place: tuple[float, float]) -> Control | None:
        """The topmost control at a place."""
        return next((c for c in reversed(self.controls) if c.box.holds(place)), None)

    def named(self, name: str) -> Control:
        """A control by name; KeyError if it is not there now."""
        for control in self.controls:
            if control.name == name:
                return control
        raise KeyError(name)


ICON_OF = {
    Command.PEN: "pen",
    Command.ERASER: "eraser",
    Command.SELECT: "select",
    Command.THICKER: "thicker",
    Command.THINNER: "thinner",
    Command.UNDO: "undo",
    Command.REDO: "redo",
    Command.CLEAR: "clear",
    Command.FIT: "fit",
    Command.NEW: "new",
    Command.OPEN: "open",
    Command.SAVE: "save",
    Command.EXPORT: "image",
    Command.TOGGLE_THEME: "theme",
    Command.FULL_SCREEN: "screen",
    Command.HELP: "help",
    Command.TOGGLE_MODEL: "guess",
    Command.TOGGLE_GHOST: "ghost",
    Command.TOGGLE_HEAT: "heat",
    Command.ANOTHER: "another",
    Command.NINE: "nine",
    Command.AGAIN: "again",
    Command.BETWEEN: "between",
    Command.KEEP_STROKE: "stroke",
    Command.KEEP: "keep",
    Command.RANDOM_CATEGORY: "random",
    Command.AUTO_CATEGORY: "close",
    Command.PICKER: "down",
    Command.CONTINUE: "another",
}
LABEL_OF = {Command.ANOTHER: "Another ending", Command.NINE: "Nine endings", Command.KEEP: "Keep all"}

MODEL_BUTTONS = (
    Command.TOGGLE_MODEL,
    Command.ANOTHER,
    Command.NINE,
    Command.AGAIN,
    Command.BETWEEN,
    Command.KEEP_STROKE,
    Command.KEEP,
)
LABELLED_LATE = (Command.AGAIN, Command.BETWEEN)
SLIDERS = {"temperature": "Temperature", "speed": "Speed", "pause": "Pause"}


def canvas_of(size: tuple[int, int], ui_scale: float) -> Box:
    """What the bars leave for the page; depends on nothing else."""
    scale = scale_of(size, ui_scale)
    top, rail, bottom = (round(points * scale) for points in (TOP, RAIL, BOTTOM))
    return Box(rail, top, max(size[0] - rail, 1), max(size[1] - top - bottom, 1))


def taken_of(size: tuple[int, int], ui_scale: float) -> tuple[int, int, int, int]:
    """What chips, the status line and the strip may take of the canvas from its left, top, right and bottom, px."""
    scale, canvas = scale_of(size, ui_scale), canvas_of(size, ui_scale)

    def px(points: float) -> int:
        return round(points * scale)

    return px(M), px(M + GUESS + S), px(WIDTH), canvas.bottom - ground(px, canvas).y + px(S)


def field_points(width: float) -> float:
    """Width of the category picker's button in a window of this width, both in points."""
    beside = 5 if width >= LOOKING_FROM else 4
    return min(340, width - 2 * (beside * (CONTROL + XS) + L) - CONTROL - XS)


def layout_key(state: AppState, now: float = math.inf) -> object:
    """What `layout` depends on: it answers the same wherever this does."""
    return (
        state.view.size,
        state.settings.ui_scale,
        said_category(state) is None,
        (state.grid, state.through is None, on_the_way(state), kept_by_key(state)),
        guesses(state),
        shows_continue(state, now),
        chosen_key(state),
        timeline_key(state, now),
        strip_key(state),
    )


def layout(state: AppState, measure: Measure, now: float = math.inf) -> Layout:
    """Where the bars, their controls, and what lies on the page are.

    Args:
        state: what is shown.
        measure: how wide words are.
        now: seconds; by default when all that moves has come to rest.
    """
    size, scale = state.view.size, scale_of(state.view.size, state.settings.ui_scale)
    canvas = canvas_of(size, state.settings.ui_scale)
    top = Box(0, 0, size[0], canvas.y)
    rail = Box(0, canvas.y, canvas.x, canvas.h)
    bottom = Box(0, canvas.bottom, size[0], size[1] - canvas.bottom)
    maker = _Maker(scale, size[0] / scale, measure)
    bars, title = _top_controls(maker, top, told=said_category(state) is not None)
    on_page = _side_by_side(maker, state, canvas) if state.grid else _chips(maker, state, now, canvas)
    on_page += strip(maker.px, state, canvas)
    controls = (*bars, *_rail_controls(maker, rail), *_bottom_controls(maker, bottom, _other_labels(state)), *on_page)
    return Layout(scale, top, rail, bottom, canvas, controls, title)


@dataclass(frozen=True)
class _Maker:
    scale: float
    points: float  # the window's width in points
    measure: Measure

    def px(self, points: float) -> int:
        return round(points * self.scale)

    def button(self, command: Command, x: int, y: int, kind: Kind = Kind.ICON) -> Control:
        side = self.px(CONTROL)
        label = "" if kind is Kind.ICON else LABEL_OF.get(command, COMMANDS[command].label)
        width = self.width(label) if label else side
        return Control(command.value, Box(x, y, width, side), kind, command, label, ICON_OF[command])

    def width(self, label: str) -> int:
        return round(self.measure(label, BODY)) + self.px(ICON + XS + 2 * M)


def _row(maker: _Maker, commands, x: int, y: int, gap: int = XS) -> list[Control]:
    controls = []
    for command in commands:
        controls.append(maker.button(command, x, y))
        x = controls[-1].box.right + maker.px(gap)
    return controls


def _top_controls(maker: _Maker, bar: Box, told: bool) -> tuple[list[Control], Box | None]:
    side, y = maker.px(CONTROL), maker.px((TOP - CONTROL) / 2)
    left = _row(maker, (Command.NEW, Command.OPEN, Command.SAVE, Command.EXPORT), maker.px(S), y)
    commands = (Command.TOGGLE_THEME, Command.FULL_SCREEN, Command.HELP)
    if maker.points >= LOOKING_FROM:
        commands = (Command.TOGGLE_GHOST, Command.TOGGLE_HEAT, *commands)
    width = len(commands) * side + (len(commands) - 1) * maker.px(XS)
    right = _row(maker, commands, bar.w - maker.px(S) - width, y)
    field = maker.px(field_points(maker.points))
    x = (bar.w - field - side - maker.px(XS)) // 2
    # a category that was said can be taken back beside it
    beside = (Command.AUTO_CATEGORY, Command.RANDOM_CATEGORY) if told else (Command.RANDOM_CATEGORY,)
    width = field - (len(beside) - 1) * (side + maker.px(XS))
    picker = Control("picker", Box(x, y, width, side), Kind.FIELD, Command.PICKER, "", "down")
    others = _row(maker, beside, picker.box.right + maker.px(XS), y)
    start = left[-1].box.right + maker.px(M)
    title = Box(start, y, x - maker.px(L) - start, side) if maker.points >= TITLE_FROM else None
    return [*left, picker, *others, *right], title


def _rail_controls(maker: _Maker, bar: Box) -> list[Control]:
    x, y = maker.px((RAIL - CONTROL) / 2), bar.y + maker.px(S)
    groups = [(Command.PEN, Command.ERASER, Command.SELECT), (Command.UNDO, Command.REDO), (Command.CLEAR,)]
    # what there is room for: inks before widths, which have keys that lie beside each other
    if bar.h >= maker.px(9 * (CONTROL + XS) + 6 * M + 3 * INK):
        groups.insert(1, (Command.THICKER, Command.THINNER))
    controls = []
    for group in groups:
        for command in group:
            controls.append(maker.button(command, x, y))
            y += maker.px(CONTROL + XS)
        y += maker.px(M)
    inks = _inks(maker, bar, y)
    if inks[-1].box.bottom < bar.bottom - maker.px(S + CONTROL + XS):
        controls += inks
    controls.append(maker.button(Command.FIT, x, bar.bottom - maker.px(S + CONTROL)))
    return controls


def _inks(maker: _Maker, bar: Box, y: int) -> list[Control]:
    """The six inks, two in a row: each fills half of the rail, so that a finger finds it."""
    edge, height = maker.px(XS), maker.px(INK)
    half = bar.w // 2 - edge
    controls = []
    for i, name in enumerate(("", *INK_NAMES)):
        box = Box(bar.x + edge + i % 2 * half, y + i // 2 * height, half, height)
        controls.append(Control(f"ink {name or 'plain'}", box, Kind.INK, SetInk(name)))
    return controls


def _kind_of(maker: _Maker, command: Command) -> Kind:
    if command is Command.KEEP:
        return Kind.PRIMARY
    labelled = maker.points >= (ALL_LABELS_FROM if command in LABELLED_LATE else LABELS_FROM)
    return Kind.BUTTON if labelled else Kind.ICON


def _bottom_controls(maker: _Maker, bar: Box, labels: Mapping[Command, str]) -> list[Control]:
    y = bar.y + (bar.h - maker.px(CONTROL)) // 2
    made = [maker.button(command, 0, y, _kind_of(maker, command)) for command in MODEL_BUTTONS]
    gap = maker.px(XS if maker.points < LABELS_FROM else S)
    total = sum(c.box.w for c in made) + gap * (len(made) - 1)
    x = start = (bar.w - total) // 2
    controls = []
    for control in made:
        label = labels.get(Command(control.name), control.label) if control.label else ""
        controls.append(replace(control, box=replace(control.box, x=x), label=label))
        x += control.box.w + gap
    return _sliders(maker, bar, start, x - gap) + controls


def _sliders(maker: _Maker, bar: Box, left_end: int, right_start: int) -> list[Control]:
    edge, between = maker.px(L), maker.px(XL)
    room = left_end - edge - between
    width = min(room, maker.px(220))
    y, height = bar.y + maker.px(S), bar.h - 2 * maker.px(S)
    boxes = {"temperature": Box(edge, y, width, height)}
    right = bar.w - edge
    if maker.points >= PAUSE_FROM:
        half = min((right - right_start - between - maker.px(XL)) // 2, maker.px(160))
        boxes["speed"] = Box(right - 2 * half - maker.px(XL), y, half, height)
        boxes["pause"] = Box(right - half, y, half, height)
    else:
        boxes["speed"] = Box(right - width, y, width, height)
    return [Control(name, box, Kind.SLIDER, None, SLIDERS[name]) for name, box in boxes.items()]


def _chips(maker: _Maker, state: AppState, now: float, canvas: Box) -> list[Control]:
    chips = _guess_chips(maker, state, canvas)
    top = max([canvas.y, *(chip.box.bottom for chip in chips)]) + maker.px(S)
    chips += chosen(maker.px, maker.measure, state, canvas, top)
    chips += timeline(maker.px, maker.measure, state, now, canvas)
    if shows_continue(state, now):
        label = "Continue"
        # beside the timeline, where a fitted view leaves no ink: above it lies what is to go on
        row, width = ground(maker.px, canvas), maker.width(label)
        box = Box(max(row.x - maker.px(S) - width, canvas.x), row.y, width, row.h)
        chips.append(Control(CONTINUE, box, Kind.CHIP, Command.CONTINUE, label, "another"))
    return chips


def _guess_chips(maker: _Maker, state: AppState, canvas: Box) -> list[Control]:
    # what else it could be, to be taken with a click; while it is left to the model
    height, gap, y = maker.px(GUESS), maker.px(S), canvas.y + maker.px(M)
    words = [(name, f"{name} {100 * share:.0f} %") for name, share in guesses(state)]
    widths = [round(maker.measure(text, theme.SMALL)) + maker.px(2 * M) for _, text in words]
    middle, between = state.view.size[0] / 2, gap * (len(words) - 1)
    # beside the endings seen, and as far from the middle at the left
    room = 2 * math.floor(min(middle - canvas.x - maker.px(M), canvas.right - maker.px(WIDTH) - middle)) - between
    if sum(widths) > room:
        widths = [min(width, room // len(widths)) for width in widths]
    x = (state.view.size[0] - sum(widths) - between) // 2
    chips = []
    for (name, text), width in zip(words, widths, strict=True):
        chips.append(Control(f"guess {name}", Box(x, y, width, height), Kind.CHIP, SetCategory(name), text))
        x += width + gap
    return chips


def room_of(px: Callable[[float], int], canvas: Box) -> Box:
    """What is free for endings side by side: the status line and the strip of those seen before stay."""
    room = canvas.inset(px(M))
    return Box(room.x, room.y, room.w - px(SIDE + M), room.h - px(XL + S))


def _other_labels(state: AppState) -> dict[Command, str]:
    # where endings lie side by side, by the number that each has
    if not state.grid:
        return {}
    keep = {Command.KEEP: f"Keep {kept_by_key(state) + 1}"}
    return keep | {Command.NINE: "Nine others"} if state.through is None else keep


def _side_by_side(maker: _Maker, state: AppState, canvas: Box) -> list[Control]:
    room = room_of(maker.px, canvas)
    if on_the_way(state):
        return along.way(maker.px, room)
    if state.through is None:
        return _cells(maker, room)
    room, slider = along.closeness(maker.px, room)
    return [slider, *_cells(maker, room)]


def _cells(maker: _Maker, room: Box) -> list[Control]:
    """Nine cells of one size, three by three."""
    gap = maker.px(M)
    width, height = (room.w - 2 * gap) // 3, (room.h - 2 * gap) // 3
    cells = []
    for index in range(GRID_ENDINGS):
        column, row = index % 3, index // 3
        box = Box(room.x + column * (width + gap), room.y + row * (height + gap), width, height)
        cells.append(Control(f"ending {index + 1}", box, Kind.CELL, TakeEnding(index), str(index + 1)))
    return cells


def enlarged(cell: Box, room: Box) -> Box:
    """Where an ending under the pointer is shown larger: around its cell, within the room."""
    more = min(ENLARGED, room.w / cell.w, room.h / cell.h)
    width, height = round(cell.w * more), round(cell.h * more)
    x, y = round(cell.centre[0] - width / 2), round(cell.centre[1] - height / 2)
    return Box(min(max(x, room.x), room.right - width), min(max(y, room.y), room.bottom - height), width, height)
