"""The bars around the page: controls in the state that they are in."""

from __future__ import annotations

from typing import Any

import pygame

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Picker
from sketchrnn.app.events import SetInk
from sketchrnn.app.questions import category_text, document_name, is_dirty, is_enabled, lies_outside
from sketchrnn.app.state import AppState, Tool
from sketchrnn.app.through import on_the_way
from sketchrnn.sketch.types import ink_named
from sketchrnn.window import theme as t
from sketchrnn.window import widgets
from sketchrnn.window.brush import Brush
from sketchrnn.window.layout import Control, Kind, Layout
from sketchrnn.window.pointer import Pointer
from sketchrnn.window.values import SCALES, current, share_of
from sketchrnn.window.widgets import Look

DRAGGED = (Kind.SLIDER, Kind.PAGE_SLIDER, Kind.TIMELINE, Kind.BAR)  # followed wherever the pointer goes
ON_BARS = (Kind.ICON, Kind.BUTTON, Kind.PRIMARY, Kind.FIELD, Kind.SLIDER, Kind.INK)
BEYOND = 8  # points that a control may stand out of its box, left and right together: a slider's knob at its end does

_Face = tuple[Look, Any]
"""How a control looks, and the value that it shows."""


class Bars:
    """The bars' picture: a control is painted again only when it looks different."""

    def __init__(self):
        self._picture = pygame.Surface((1, 1))
        self._ground: object = None
        self._faces: dict[Control, _Face] = {}
        self._asked: tuple[object, ...] = (None,) * 4

    def draw(self, brush: Brush, surface: pygame.Surface, state: AppState, where: Layout, pointer: Pointer) -> None:
        """Draws all bars; the page between them stays as it is."""
        asked = (state, where, pointer, brush)
        # while nothing happens but that a completion is drawn, the state is one and the same object
        if any(a is not b for a, b in zip(asked, self._asked, strict=True)):
            self._update(brush, state, where, pointer)
            self._asked = asked
        for bar in (where.top, where.rail, where.bottom):
            area = (bar.x, bar.y, bar.w, bar.h)
            surface.blit(self._picture, area, area)

    def _update(self, brush: Brush, state: AppState, where: Layout, pointer: Pointer) -> None:
        faces = {c: _face(state, c, look_of(state, c, pointer)) for c in where.controls if c.kind in ON_BARS}
        said = document_name(state), is_dirty(state)
        ground = (state.view.size, where.canvas, where.title, said, brush.theme.name, brush.scale)
        if ground != self._ground:
            self._picture, self._ground = pygame.Surface(state.view.size), ground
            areas = [self._picture.get_rect()]
        else:
            # a knob stands out of its control's box
            before, edge = self._faces, brush.px(BEYOND)
            changed = [c for c in {**before, **faces} if before.get(c) != faces.get(c)]
            areas = [pygame.Rect(c.box.x, c.box.y, c.box.w, c.box.h).inflate(edge, edge) for c in changed]
        for area in areas:
            _paint(brush, self._picture, area, state, where, faces)
        self._faces = faces


def look_of(state: AppState, control: Control, pointer: Pointer) -> Look:
    """How a control of the bars or the page looks now."""
    command = control.says if isinstance(control.says, Command) else None
    over = pointer.over == control.name and not pointer.touch
    return Look(
        hover=over and pointer.held in ("", control.name),
        pressed=pointer.held == control.name and (pointer.over == control.name or control.kind in DRAGGED),
        active=_is_active(state, command) if command is not None else _is_dipped(state, control),
        enabled=command is None or is_enabled(state, command),
        # what is picked is of the selected strokes while there are any
        focus=control.kind is Kind.FIELD and (isinstance(state.dialog, Picker) or state.selection is not None),
    )


def _is_active(state: AppState, command: Command) -> bool:
    if command is Command.FIT:
        return lies_outside(state)
    return {
        Command.PEN: state.tool is Tool.PEN,
        Command.ERASER: state.tool is Tool.ERASER,
        Command.SELECT: state.tool is Tool.SELECT,
        Command.NINE: state.grid and state.through is None,
        Command.AGAIN: state.through is not None and not on_the_way(state),
        Command.BETWEEN: on_the_way(state),
        Command.TOGGLE_MODEL: state.settings.model_on,
        Command.TOGGLE_GHOST: state.settings.ghost,
        Command.TOGGLE_HEAT: state.settings.heat,
        Command.FULL_SCREEN: state.view.full_screen,
    }.get(command, False)


def _is_dipped(state: AppState, control: Control) -> bool:
    return isinstance(control.says, SetInk) and control.says.ink == (ink_named(state.settings.ink) or "")


def _face(state: AppState, control: Control, look: Look) -> _Face:
    # all that a control's picture depends on beside the control itself
    if control.kind is Kind.SLIDER:
        return look, current(state, control.name)
    return look, (category_text(state), state.settings.model_on) if control.kind is Kind.FIELD else None


def _paint(
    brush: Brush,
    picture: pygame.Surface,
    area: pygame.Rect,
    state: AppState,
    where: Layout,
    faces: dict[Control, _Face],
) -> None:
    # what lies in an area, and nothing outside of it
    theme, hair, canvas = brush.theme, max(1, round(brush.scale)), where.canvas
    picture.set_clip(area)
    picture.fill(theme.chrome)
    picture.fill(theme.line, (0, canvas.y - hair, state.view.size[0], hair))
    picture.fill(theme.line, (0, canvas.bottom, state.view.size[0], hair))
    picture.fill(theme.line, (canvas.x - hair, canvas.y, hair, canvas.h))
    edge = brush.px(BEYOND)
    for control, (look, value) in faces.items():
        box = control.box
        if area.colliderect(pygame.Rect(box.x, box.y, box.w, box.h).inflate(edge, edge)):
            _paint_control(brush, picture, state, control, look, value)
    if where.title is not None:
        mark = "• " if is_dirty(state) else ""
        brush.text(picture, mark + document_name(state), where.title, t.BODY, theme.muted)
    picture.set_clip(None)


def _paint_control(brush: Brush, picture: pygame.Surface, state: AppState, control: Control, look: Look, value) -> None:
    if control.kind is Kind.SLIDER:
        widgets.slider(brush, picture, control, look, share_of(control.name, value), SCALES[control.name].text(value))
    elif control.kind is Kind.FIELD:
        widgets.picker_field(brush, picture, control, look, *value)
    elif isinstance(control.says, SetInk):
        ink = ink_named(control.says.ink)
        widgets.ink_dot(brush, picture, control, look, brush.theme.ink if ink is None else brush.theme.inks[ink])
    else:
        widgets.button(brush, picture, control, look)
