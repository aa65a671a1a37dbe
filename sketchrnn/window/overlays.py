"""What lies over page and bars: dialogs, tooltips, toasts."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from sketchrnn.app.commands import COMMANDS, Command
from sketchrnn.app.events import SetCategory, SetInk
from sketchrnn.app.questions import shows_hint, why_no_code
from sketchrnn.app.state import AppState
from sketchrnn.sketch.types import Sketch
from sketchrnn.window import theme as t
from sketchrnn.window import widgets
from sketchrnn.window.brush import Brush
from sketchrnn.window.cards import Panel, wrap
from sketchrnn.window.layout import RAIL, Box, Control, Kind, Layout
from sketchrnn.window.page import Thumbnail
from sketchrnn.window.pointer import Pointer
from sketchrnn.window.values import SCALES
from sketchrnn.window.widgets import Look

TOOLTIP_AFTER = 0.6  # seconds that the pointer rests on a control
BLINK = 1.06  # seconds of one blink of the caret


def draw_panel(
    brush: Brush,
    surface: pygame.Surface,
    state: AppState,
    now: float,
    opened: Panel,
    pointer: Pointer,
    thumbnail: Thumbnail,
) -> None:
    """The open dialog."""
    if opened.modal:
        _shade(brush, surface)
    widgets.card(brush, surface, opened.card)
    for line in opened.words:
        widgets.words(brush, surface, line)
    if opened.field is not None:
        widgets.field(brush, surface, opened.field, now % BLINK < BLINK / 2)
    if opened.listing is not None and opened.listing.count == 0:
        widgets.empty(brush, surface, opened.listing)
    for control in opened.controls:
        _draw_control(brush, surface, opened, control, pointer)
    if opened.preview is not None and opened.listing is not None:
        box, sketches = opened.preview
        sketch = _previewed(sketches, opened.listing.selected, pointer)
        brush.box(surface, box, brush.theme.paper, t.RADIUS, brush.theme.line)
        thumbnail.draw(surface, sketch, brush.theme, box.inset(brush.px(t.XS)))


def _shade(brush: Brush, surface: pygame.Surface) -> None:
    veil = pygame.Surface(surface.get_size())
    veil.fill(brush.theme.shade)
    veil.set_alpha(brush.theme.shade_alpha)
    surface.blit(veil, (0, 0))


def _draw_control(brush: Brush, surface: pygame.Surface, opened: Panel, control: Control, pointer: Pointer) -> None:
    over = pointer.over == control.name and not pointer.touch
    pressed = over and pointer.held == control.name
    if control.kind is Kind.BAR and opened.listing is not None:
        widgets.bar(brush, surface, opened.listing, Look(over, pointer.held == control.name))
    elif control.kind is Kind.ROW:
        chosen = opened.listing is not None and control.name == f"row {opened.listing.selected}"
        widgets.row(brush, surface, control, Look(over, pressed, focus=chosen))
    elif control.kind is Kind.CHOICE:
        widgets.choice(brush, surface, control, Look(over, pressed, focus=control.name == opened.selected))
    else:
        widgets.button(brush, surface, control, Look(over, pressed))


def _previewed(sketches: Sequence[Sketch], selected: int | None, pointer: Pointer) -> Sketch:
    # of the row under the pointer, or of the one that the keys selected
    over = pointer.over.removeprefix("row ") if pointer.over.startswith("row ") and not pointer.touch else ""
    row = int(over) if over else selected
    return sketches[row] if row is not None and row < len(sketches) else Sketch()


def draw_toasts(brush: Brush, surface: pygame.Surface, state: AppState, where: Layout) -> None:
    """Messages that go by themselves, above the status line and the chip there, the newest lowest."""
    bottom = where.canvas.bottom - brush.px(t.XL + t.XXL)
    low = [c.box.y for c in where.controls if c.kind in (Kind.CHIP, Kind.TIMELINE) and c.box.y > where.canvas.centre[1]]
    bottom = min([bottom, *(y - brush.px(t.S) for y in low)])
    for shown in reversed(state.toasts):
        icon = brush.px(t.M + t.ICON + t.S)
        room = min(brush.px(520), where.canvas.w - brush.px(2 * t.L)) - icon - brush.px(t.M)
        lines = wrap(shown.text, room, t.BODY, brush.measure)
        width = round(max(brush.measure(line, t.BODY) for line in lines or [""])) + icon + brush.px(t.L)
        width = min(width, room + icon + brush.px(t.L))
        height = max(brush.px(40), len(lines) * round(brush.px(t.BODY) * 1.45) + brush.px(t.L))
        box = Box(where.canvas.x + (where.canvas.w - width) // 2, bottom - height, width, height)
        widgets.toast(brush, surface, box, lines, shown.error)
        bottom = box.y - brush.px(t.S)


def draw_tooltip(
    brush: Brush, surface: pygame.Surface, state: AppState, now: float, where: Layout, pointer: Pointer
) -> None:
    """What the control under a resting pointer, or with the focus, does."""
    name = pointer.over if tooltip_is_due(pointer, now) else pointer.focus
    control = next((c for c in where.controls if c.name == name), None)
    said = None if control is None else tip_of(control, why_no_code(state))
    if control is None or said is None:
        return
    window = Box(0, 0, *state.view.size)
    beside = control.box.right <= brush.px(RAIL) and control.box.y >= where.canvas.y
    widgets.tooltip(brush, surface, control.box, *said, window, beside)


def draw_focus(brush: Brush, surface: pygame.Surface, controls: Sequence[Control], pointer: Pointer) -> None:
    """A ring around the control that keys press."""
    focused = next((control for control in controls if control.name == pointer.focus), None)
    if focused is not None:
        widgets.ring(brush, surface, focused.box)


def draw_hint(brush: Brush, surface: pygame.Surface, state: AppState, where: Layout) -> None:
    """Once in a life: what becomes of a completion that is left alone, and how it is kept."""
    if shows_hint(state):
        keep = where.named(Command.KEEP.value).box
        text = "This keeps what the model drew. Or just draw on"
        widgets.tooltip(brush, surface, keep, text, COMMANDS[Command.KEEP].key_text(), Box(0, 0, *state.view.size))


def tooltip_at(pointer: Pointer) -> float | None:
    """When the pointer will have rested long enough; None where it is over nothing, holds something, or is a finger."""
    return pointer.since + TOOLTIP_AFTER if pointer.over and not pointer.held and not pointer.touch else None


def tooltip_is_due(pointer: Pointer, now: float) -> bool:
    """Whether the pointer has rested long enough."""
    at = tooltip_at(pointer)
    return at is not None and now >= at


def tip_of(control: Control, why_no_code: str | None = None) -> tuple[str, str] | None:
    """What a tooltip says, and the key that does the same; None where nothing needs to be said.

    Args:
        control: what it is about.
        why_no_code: why nothing goes through the latent code, where it does not.
    """
    if why_no_code is not None and control.says in (Command.AGAIN, Command.BETWEEN):
        return f"{COMMANDS[control.says].label}: {why_no_code}", ""
    if isinstance(control.says, Command):
        return COMMANDS[control.says].text, COMMANDS[control.says].key_text()
    if control.kind is Kind.TIMELINE:
        return "Drag to what is to be kept", COMMANDS[Command.POINT_BACK].key_text()
    if control.kind in (Kind.SLIDER, Kind.PAGE_SLIDER):
        return SCALES[control.name].tip
    if isinstance(control.says, SetInk):
        return f"Draw in {control.says.ink or 'plain ink'}", COMMANDS[Command.NEXT_INK].key_text()
    if control.kind is Kind.SEEN:
        return "Bring this one back", COMMANDS[Command.EARLIER].key_text()
    if isinstance(control.says, SetCategory):
        return f"Say that it is: {control.says.category}", COMMANDS[Command.TAKE_GUESS].key_text()
    return None
