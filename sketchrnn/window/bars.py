"""The bars around the page: controls in the state that they are in."""

from __future__ import annotations

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

DRAGGED = (Kind.SLIDER, Kind.PAGE_SLIDER, Kind.TIMELINE)  # followed wherever the pointer goes
ON_BARS = (Kind.ICON, Kind.BUTTON, Kind.PRIMARY, Kind.FIELD, Kind.SLIDER, Kind.INK)


class Bars:
    """The bars' picture: painted again only when a control looks different."""

    def __init__(self):
        self._picture = pygame.Surface((1, 1))
        self._key: object = None
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
        controls = [c for c in where.controls if c.kind in ON_BARS]
        looks = tuple(look_of(state, c, pointer) for c in controls)
        said = (category_text(state), state.settings, document_name(state), is_dirty(state))
        key = (where.top, where.bottom, where.controls, brush.theme.name, looks, said)
        if key != self._key:
            self._picture = _paint(brush, state, where, controls, looks)
            self._key = key


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


def _paint(brush: Brush, state: AppState, where: Layout, controls, looks) -> pygame.Surface:
    theme, hair = brush.theme, max(1, round(brush.scale))
    picture = pygame.Surface(state.view.size)
    picture.fill(theme.chrome)
    canvas = where.canvas
    picture.fill(theme.line, (0, canvas.y - hair, state.view.size[0], hair))
    picture.fill(theme.line, (0, canvas.bottom, state.view.size[0], hair))
    picture.fill(theme.line, (canvas.x - hair, canvas.y, hair, canvas.h))
    for control, look in zip(controls, looks, strict=True):
        _paint_control(brush, picture, state, control, look)
    if where.title is not None:
        mark = "• " if is_dirty(state) else ""
        brush.text(picture, mark + document_name(state), where.title, t.BODY, theme.muted)
    return picture


def _paint_control(brush: Brush, picture: pygame.Surface, state: AppState, control: Control, look: Look) -> None:
    if control.kind is Kind.SLIDER:
        value = current(state, control.name)
        widgets.slider(brush, picture, control, look, share_of(control.name, value), SCALES[control.name].text(value))
    elif control.kind is Kind.FIELD:
        widgets.picker_field(brush, picture, control, look, category_text(state), state.settings.model_on)
    elif isinstance(control.says, SetInk):
        ink = ink_named(control.says.ink)
        widgets.ink_dot(brush, picture, control, look, brush.theme.ink if ink is None else brush.theme.inks[ink])
    else:
        widgets.button(brush, picture, control, look)
