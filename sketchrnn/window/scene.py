"""What lies on the page beside ink: the invitation, status line, guesses, the eraser, and the cells of nine endings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pygame

from sketchrnn.app.questions import activity, lies_outside, points_per_unit, shown_heat, status_text
from sketchrnn.app.state import Activity, AppState, EngineStatus, Tool
from sketchrnn.app.update_drawing import ERASER_RADIUS
from sketchrnn.window import painting, widgets
from sketchrnn.window import theme as t
from sketchrnn.window.bars import look_of
from sketchrnn.window.brush import Brush
from sketchrnn.window.cards import wrap
from sketchrnn.window.grid import GridView
from sketchrnn.window.icons import CAT
from sketchrnn.window.layout import Box, Control, Kind, Layout, enlarged
from sketchrnn.window.pointer import Grip, Pointer
from sketchrnn.window.timeline import marks
from sketchrnn.window.values import SCALES, current, share_of

STATUS_HEIGHT = 28  # points
PULSE = 1.1  # seconds of one beat of the dot while the model thinks
ON_PAGE = (Kind.CHIP, Kind.TIMELINE, Kind.PAGE_SLIDER)
CORNER_GAP = "   "
LEFT_OUT = ("seed", "heat", "outside")  # of the corner's words, first to last, where there is no room: the zoom stays
HINTS = (("Tab", "keeps it"), ("R", "another ending"), ("N", "nine endings"), ("?", "all keys"))


def draw_empty(brush: Brush, surface: pygame.Surface, state: AppState, canvas: Box) -> None:
    """The invitation to the first stroke, in the middle of the page."""
    theme, side = brush.theme, brush.px(112)
    height = side + brush.px(t.XL + 36 + 26 + t.XL + 24)
    y = canvas.y + max(brush.px(t.L), (canvas.h - height) // 2 - brush.px(t.L))
    _draw_cat(brush, surface, (canvas.x + (canvas.w - side) / 2, y), side)
    y += side + brush.px(t.XL)
    first = Box(canvas.x, y, canvas.w, brush.px(36))
    brush.text(surface, "Draw the start of something", first, t.DISPLAY, theme.text, strong=True, align="centre")
    second = Box(canvas.x, first.bottom, canvas.w, brush.px(26))
    brush.text(surface, _promise(state), second, t.STRONG, theme.muted, align="centre")
    hints = HINTS if state.settings.model_on else HINTS[-1:]
    _draw_hints(brush, surface, Box(canvas.x, second.bottom + brush.px(t.XL), canvas.w, brush.px(24)), hints)


def _promise(state: AppState) -> str:
    if not state.settings.model_on:
        return "The model is off: you draw alone."
    return "Lift the pen, and the model goes on from there."


def _draw_cat(brush: Brush, surface: pygame.Surface, corner: tuple[float, float], side: int) -> None:
    theme = brush.theme
    colours = {"hand": t.blend(theme.ink, theme.paper, 0.75), "model": t.blend(theme.accent, theme.paper, 0.75)}
    for path, author in CAT:
        points = (np.asarray(path, np.float64) - (13, 9)) * (side / 40) + corner
        painting.paint(surface, painting.Line(points, colours[author], brush.px(3)))


def _draw_hints(brush: Brush, surface: pygame.Surface, line: Box, hints: Sequence[tuple[str, str]]) -> None:
    theme, gap = brush.theme, brush.px(t.S)
    sizes = [(round(brush.measure(k, t.SMALL)) + brush.px(t.M), round(brush.measure(w, t.SMALL))) for k, w in hints]
    x = line.x + (line.w - sum(k + gap + w for k, w in sizes) - (len(hints) - 1) * brush.px(t.XL)) // 2
    for (key, word), (key_width, word_width) in zip(hints, sizes, strict=True):
        cap = Box(x, line.y + brush.px(1), key_width, brush.px(22))
        brush.box(surface, cap, theme.chrome, 5, theme.line)
        brush.text(surface, key, cap, t.SMALL, theme.text, align="centre")
        x = cap.right + gap
        brush.text(surface, word, Box(x, line.y, word_width + 2, line.h), t.SMALL, theme.muted)
        x += word_width + brush.px(t.XL)


def draw_status(brush: Brush, surface: pygame.Surface, state: AppState, now: float, canvas: Box) -> None:
    """What is going on, in one quiet line at the bottom left of the page; what went wrong, in as many as it needs."""
    theme, edge, line = brush.theme, brush.px(t.S), round(brush.px(t.SMALL) * 1.45)
    failed = state.engine.status is EngineStatus.DOWN
    corner = _width(brush, _corner_text(brush, state, now, canvas))
    lines = wrap(status_text(state, now), _beside_dot(brush, canvas) - corner, t.SMALL, brush.measure)
    width = round(max(brush.measure(part, t.SMALL) for part in lines)) + 2
    height = max(brush.px(STATUS_HEIGHT), len(lines) * line + brush.px(t.M))
    box = Box(canvas.x + edge, canvas.bottom - edge - height, width + brush.px(3 * t.M + 8), height)
    brush.box(surface, box, theme.chrome if state.grid else theme.paper, STATUS_HEIGHT / 2)
    dot = theme.danger if failed else _dot_colour(brush, state, now)
    y = box.y + (height - len(lines) * line) // 2
    pygame.draw.aacircle(surface, dot, (box.x + brush.px(t.M + 2), y + line / 2), brush.px(4))
    for part in lines:
        at = Box(box.x + brush.px(t.M + 8 + t.S), y, width, line)
        brush.text(surface, part, at, t.SMALL, theme.danger if failed else theme.muted)
        y += line


def _dot_colour(brush: Brush, state: AppState, now: float) -> t.Colour:
    theme, doing = brush.theme, activity(state, now)
    if state.engine.status is EngineStatus.LOADING or doing in (Activity.THINKING, Activity.WAITING):
        beat = 0.5 - 0.5 * math.cos(2 * math.pi * now / PULSE)
        return t.blend(theme.accent, theme.line, 0.25 + 0.75 * beat)
    if doing is Activity.DRAWING:
        return theme.ink
    return theme.accent if doing in (Activity.ANIMATING, Activity.OFFERED) else theme.line


def draw_corner(brush: Brush, surface: pygame.Surface, state: AppState, now: float, canvas: Box) -> None:
    """At the bottom right: whether more is to be seen, what the heat map says, the seed of what is shown, the zoom; as
    much of it as leaves the status line in one line.
    """
    text, height, edge = _corner_text(brush, state, now, canvas), brush.px(STATUS_HEIGHT), brush.px(t.S)
    if not text:
        return
    width = _width(brush, text)
    box = Box(canvas.right - edge - width, canvas.bottom - edge - height, width, height)
    brush.box(surface, box, brush.theme.chrome if state.grid else brush.theme.paper, STATUS_HEIGHT / 2)
    brush.text(surface, text, box, t.SMALL, brush.theme.muted, align="centre")


def _corner_text(brush: Brush, state: AppState, now: float, canvas: Box) -> str:
    heat, parts = shown_heat(state), {}
    if lies_outside(state):
        parts["outside"] = "Ctrl+0 shows all of it"
    if heat is not None:
        parts["heat"] = f"next stroke: dark 50 %, light 90 %; none {100 * heat.finished:.0f} %"
    if state.offer is not None:
        parts["seed"] = f"seed {state.offer.request.seed}"
    if not state.grid:
        parts["zoom"] = f"{100 * points_per_unit(state):.0f} %"
    room = _beside_dot(brush, canvas) - brush.measure(status_text(state, now), t.SMALL)
    for name in LEFT_OUT:
        if len(parts) > 1 and _width(brush, CORNER_GAP.join(parts.values())) > room:
            parts.pop(name, None)
    return CORNER_GAP.join(parts.values())


def _width(brush: Brush, text: str) -> int:
    # of the corner with these words
    return round(brush.measure(text, t.SMALL)) + brush.px(2 * t.M) if text else 0


def _beside_dot(brush: Brush, canvas: Box) -> int:
    # what the status line and the corner have together
    return canvas.w - 3 * brush.px(t.S) - brush.px(3 * t.M + 8)


def draw_chips(
    brush: Brush, surface: pygame.Surface, state: AppState, now: float, where: Layout, pointer: Pointer
) -> None:
    """What can be pressed on the page: the guesses, `continue`, the completion's timeline, sliders."""
    for control in where.controls:
        if control.kind not in ON_PAGE:
            continue
        look = look_of(state, control, pointer)
        if control.kind is Kind.CHIP:
            widgets.chip(brush, surface, control, look)
        elif control.kind is Kind.TIMELINE:
            widgets.timeline(brush, surface, control, look, *marks(state, now))
        else:
            value = current(state, control.name)
            text = SCALES[control.name].text(value)
            widgets.slider(brush, surface, control, look, share_of(control.name, value), text)


def draw_eraser(brush: Brush, surface: pygame.Surface, state: AppState, where: Layout, pointer: Pointer) -> None:
    """What the eraser would touch, around the pointer."""
    if state.tool is not Tool.ERASER or pointer.at is None or pointer.over or pointer.grip is Grip.PAN:
        return
    if not where.canvas.holds(pointer.at):
        return
    angles = np.linspace(0, 2 * np.pi, 33)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * ERASER_RADIUS * brush.scale + pointer.at
    painting.paint_path(surface, ring, brush.theme.muted, 1.4 * brush.scale)


def draw_cells(
    brush: Brush, surface: pygame.Surface, state: AppState, now: float, where: Layout, pointer: Pointer, grid: GridView
) -> None:
    """Nine endings in their cells, each with its number."""
    canvas, cells = where.canvas, [c for c in where.controls if c.kind is Kind.CELL]
    lit = tuple(look_of(state, cell, pointer).hover for cell in cells)
    boxes = tuple(cell.box for cell in cells)
    ground = grid.ground((boxes, lit, brush.theme.name), lambda: cells_ground(brush, canvas, boxes, lit))
    surface.blit(ground, (canvas.x, canvas.y))
    grid.draw(surface, state, now, brush.theme, [box.inset(brush.px(t.CARD_RADIUS / 2)) for box in boxes])
    for cell, hovered in zip(cells, lit, strict=True):
        draw_number(brush, surface, cell.box, cell.label, hovered)
    if True in lit and state.offer is not None and lit.index(True) < len(state.offer.endings):
        _draw_large(brush, surface, state, now, cells, lit.index(True), grid)
    draw_status(brush, surface, state, now, canvas)
    draw_corner(brush, surface, state, now, canvas)


def _draw_large(
    brush: Brush, surface: pygame.Surface, state: AppState, now: float, cells: list[Control], index: int, grid: GridView
) -> None:
    # the ending under the pointer, over its neighbours
    first, last, theme, thin = cells[0].box, cells[-1].box, brush.theme, brush.px(2)
    box = enlarged(cells[index].box, Box(first.x, first.y, last.right - first.x, last.bottom - first.y))
    brush.shadow(surface, box, t.CARD_RADIUS)
    brush.box(surface, box, theme.accent, t.CARD_RADIUS)
    brush.box(surface, box.inset(thin), theme.paper, t.CARD_RADIUS - thin / brush.scale)
    grid.draw_large(surface, state, now, theme, index, box.inset(brush.px(t.CARD_RADIUS / 2)))
    draw_number(brush, surface, box, cells[index].label, True)


def cells_ground(brush: Brush, canvas: Box, boxes: Sequence[Box], lit: Sequence[bool]) -> pygame.Surface:
    """Cards of paper, those lit with a thicker edge of the accent's; a picture of the canvas."""
    theme, picture = brush.theme, pygame.Surface((canvas.w, canvas.h))
    picture.fill(theme.chrome)
    for box, hovered in zip(boxes, lit, strict=True):
        here = Box(box.x - canvas.x, box.y - canvas.y, box.w, box.h)
        thin = brush.px(2) if hovered else max(1, round(brush.scale))
        brush.box(picture, here, theme.accent if hovered else theme.line, t.CARD_RADIUS)
        brush.box(picture, here.inset(thin), theme.paper, t.CARD_RADIUS - thin / brush.scale)
    return picture


def draw_number(brush: Brush, surface: pygame.Surface, cell: Box, label: str, lit: bool) -> None:
    """A cell's number, which is its key, on a cap in its corner."""
    theme, side, edge = brush.theme, brush.px(22), brush.px(t.S)
    cap = Box(cell.x + edge, cell.y + edge, side, side)
    brush.box(surface, cap, theme.accent if lit else theme.chrome, 5, None if lit else theme.line)
    brush.text(surface, label, cap, t.SMALL, theme.on_accent if lit else theme.text, align="centre", strong=lit)
