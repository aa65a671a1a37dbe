"""Widgets: pictures of controls in their states. They are drawn by the view and know nothing of what they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pygame

from sketchrnn.window import icons, painting
from sketchrnn.window import theme as t
from sketchrnn.window.brush import Brush
from sketchrnn.window.cards import Field, Listing, Words
from sketchrnn.window.controls import KNOB
from sketchrnn.window.layout import Box, Control, Kind
from sketchrnn.window.theme import Colour
from sketchrnn.window.timeline import run_of


@dataclass(frozen=True)
class Look:
    """The state that a control is drawn in.

    Args:
        hover: the pointer is over it. pressed: it is held down. active: what it stands for is on.
        enabled: it would do something now. focus: ENTER would press it.
    """

    hover: bool = False
    pressed: bool = False
    active: bool = False
    enabled: bool = True
    focus: bool = False


def button(brush: Brush, surface: pygame.Surface, control: Control, look: Look) -> None:
    """An icon, an icon with words, or the primary button."""
    ground, colour = _button_colours(brush.theme, control.kind, look)
    if ground is not None:
        brush.box(surface, control.box, ground, t.RADIUS)
    if not control.label:
        brush.icon(surface, control.icon, control.box.centre, t.ICON, colour)
        return
    x = control.box.x + brush.px(t.M)
    brush.icon(surface, control.icon, (x + brush.px(t.ICON) / 2, control.box.centre[1]), t.ICON, colour)
    start = x + brush.px(t.ICON + t.XS)
    rest = Box(start, control.box.y, control.box.right - start, control.box.h)
    brush.text(surface, control.label, rest, t.BODY, colour)


def _button_colours(theme: t.Theme, kind: Kind, look: Look) -> tuple[Colour | None, Colour]:
    if kind is Kind.PRIMARY and look.enabled:
        ground = t.blend(theme.on_accent, theme.accent, 0.14) if look.hover else theme.accent
        return (t.blend(theme.shade, theme.accent, 0.2) if look.pressed else ground), theme.on_accent
    if not look.enabled:
        return (theme.hover if kind is Kind.PRIMARY else None), t.blend(theme.muted, theme.chrome, 0.45)
    if look.pressed:
        return theme.pressed, theme.text
    if look.active:
        return theme.soft, theme.accent
    return (theme.hover if look.hover else None), theme.text


def chip(brush: Brush, surface: pygame.Surface, control: Control, look: Look) -> None:
    """A small button that lies on the page."""
    theme = brush.theme
    ground = theme.pressed if look.pressed else theme.hover if look.hover else theme.raised
    brush.box(surface, control.box, ground, control.box.h / 2 / brush.scale, theme.line)
    box = control.box
    if control.icon and not control.label:
        brush.icon(surface, control.icon, box.centre, t.ICON, theme.accent)
    elif control.icon:
        mark = brush.px(t.ICON + t.XS)
        start = box.x + (box.w - mark - round(brush.measure(control.label, t.BODY))) // 2
        brush.icon(surface, control.icon, (start + brush.px(t.ICON) / 2, box.centre[1]), t.ICON, theme.accent)
        brush.text(surface, control.label, Box(start + mark, box.y, box.w, box.h), t.BODY, theme.accent)
    else:
        brush.text(surface, control.label, box.inset(brush.px(t.S), 0), t.SMALL, theme.text, align="centre")


def ink_dot(brush: Brush, surface: pygame.Surface, control: Control, look: Look, colour: Colour) -> None:
    """One of the pen's inks; the one in use has a ring."""
    theme, (x, y) = brush.theme, control.box.centre
    at = round(x), round(y)
    radius = brush.px(7 if look.hover else 6)

    def disc(reach: int, fill: Colour) -> None:
        brush.box(surface, Box(at[0] - reach, at[1] - reach, 2 * reach, 2 * reach), fill, reach / brush.scale)

    if look.active:
        disc(radius + brush.px(4), theme.text)
        disc(radius + brush.px(2.4), theme.chrome)
    disc(radius, colour)


def ring(brush: Brush, surface: pygame.Surface, box: Box) -> None:
    """The ring around what has the keyboard's focus: seen on bars, page, cards and the accent's own ground."""
    around = box.inset(-brush.px(2))
    radius = min(brush.px(t.RADIUS + 2), around.h / 2)
    path = np.array(icons.box(around.x, around.y, around.w, around.h, radius))
    for colour, width in ((brush.theme.raised, 4.5), (brush.theme.accent, 2.25)):
        painting.paint_path(surface, path, colour, width * brush.scale)


def picker_field(
    brush: Brush, surface: pygame.Surface, control: Control, look: Look, text: str, model_on: bool
) -> None:
    """The button that shows the category."""
    theme, box = brush.theme, control.box
    ground = theme.pressed if look.pressed else theme.hover if look.hover else theme.raised
    border = theme.accent if look.focus else theme.line
    brush.box(surface, box, ground, t.RADIUS, border)
    name, guessed = text.removeprefix("auto: "), text.startswith("auto")
    colour = theme.text if look.enabled else theme.muted
    start, height = box.x + brush.px(t.M), box.h
    if guessed:
        mark = theme.accent if model_on and look.enabled else theme.muted
        brush.icon(surface, "guess", (start + brush.px(9), box.centre[1]), 18, mark)
        start += brush.px(18 + t.S)
        word = "auto" if name == "auto" else "auto:"
        start = brush.text(surface, word, Box(start, box.y, box.w, height), t.STRONG, theme.muted) + brush.px(5)
    end = box.right - brush.px(t.M + t.ICON)
    if name != "auto":
        brush.text(surface, name, Box(start, box.y, end - start, height), t.STRONG, colour, strong=not guessed)
    brush.icon(surface, control.icon, (end + brush.px(t.S), box.centre[1]), 16, theme.muted)


def slider(brush: Brush, surface: pygame.Surface, control: Control, look: Look, share: float, value: str) -> None:
    """A slider at `share` (0 to 1) of its way, with its name and value above the track."""
    theme, box = brush.theme, control.box
    top = Box(box.x, box.y, box.w, round(brush.px(t.SMALL) * 1.5))
    brush.text(surface, control.label, top, t.SMALL, theme.muted)
    brush.text(surface, value, top, t.SMALL, theme.text, align="right")
    track = track_of(box, brush.scale)
    thick = max(2, brush.px(4))
    y = round(track.centre[1] - thick / 2)
    brush.box(surface, Box(track.x, y, track.w, thick), theme.line, 2)
    x = round(track.x + share * track.w)
    if x > track.x:
        brush.box(surface, Box(track.x, y, x - track.x, thick), theme.accent, 2)
    knob(brush, surface, (x, round(track.centre[1])), look)


def timeline(
    brush: Brush, surface: pygame.Surface, control: Control, look: Look, share: float, ends: tuple[float, ...]
) -> None:
    """A completion's playback: `share` (0 to 1) of it is shown, and its strokes end at the marks."""
    theme, box = brush.theme, control.box
    ground = theme.hover if look.hover and not look.pressed else theme.raised
    brush.box(surface, box, ground, box.h / 2 / brush.scale, theme.line)
    run, thick, y = run_of(box, brush.scale), max(2, brush.px(4)), box.centre[1]
    x = round(run.x + share * run.w)
    brush.box(surface, Box(run.x, round(y - thick / 2), run.w, thick), theme.line, 2)
    if x > run.x:
        brush.box(surface, Box(run.x, round(y - thick / 2), x - run.x, thick), theme.accent, 2)
    tall, wide = brush.px(12), max(1, brush.px(2))
    for end in ends:
        at = round(run.x + end * run.w)
        surface.fill(theme.accent if at <= x else theme.muted, (at - wide // 2, round(y - tall / 2), wide, tall))
    knob(brush, surface, (x, round(y)), look)


def knob(brush: Brush, surface: pygame.Surface, at: tuple[int, int], look: Look) -> None:
    """What is dragged along a track."""
    theme, radius = brush.theme, brush.px(KNOB + (2 if look.pressed else 1 if look.hover else 0))
    outer = Box(at[0] - radius, at[1] - radius, 2 * radius, 2 * radius)
    brush.box(surface, outer, theme.raised, radius / brush.scale, theme.accent)
    brush.box(surface, outer.inset(max(2, brush.px(3))), theme.accent, radius / brush.scale)


def track_of(box: Box, scale: float) -> Box:
    """Where a slider's knob runs, its centre from left to right."""
    knob, height = round(KNOB * scale), round(22 * scale)
    return Box(box.x + knob, box.bottom - height, max(box.w - 2 * knob, 1), height)


def field(brush: Brush, surface: pygame.Surface, f: Field, caret: bool) -> None:
    """A text field with the keyboard; the end of a text that is too long is shown."""
    theme = brush.theme
    brush.box(surface, f.box, theme.paper, t.RADIUS, theme.accent)
    inner = f.box.inset(brush.px(t.M), 0)
    if f.icon:
        brush.icon(surface, f.icon, (inner.x + brush.px(8), inner.centre[1]), 18, theme.muted)
        inner = Box(inner.x + brush.px(16 + t.S), inner.y, inner.w - brush.px(16 + t.S), inner.h)
    text = f.text
    while text and brush.measure(text, t.STRONG) > inner.w - 4:
        text = text[1:]
    end = inner.x
    if text:
        if f.chosen:
            chosen = Box(inner.x, inner.y, round(brush.measure(text, t.STRONG)), inner.h)
            brush.box(surface, chosen.inset(-brush.px(2), brush.px(t.XS)), theme.soft, t.RADIUS - 2)
        end = brush.text(surface, text, inner, t.STRONG, theme.text)
    else:
        offset = Box(inner.x + brush.px(4), inner.y, inner.w, inner.h)
        brush.text(surface, f.hint, offset, t.BODY, theme.muted)
    if caret:
        height = brush.px(18)
        surface.fill(theme.accent, (end + 1, round(inner.centre[1] - height / 2), max(1, brush.px(1.5)), height))


def row(brush: Brush, surface: pygame.Surface, control: Control, look: Look) -> None:
    """A list's row: icon, words, and what follows a tab at the right."""
    theme, box = brush.theme, control.box
    if look.focus:
        brush.box(surface, box, theme.soft, t.RADIUS - 2)
    elif look.hover:
        brush.box(surface, box, theme.hover, t.RADIUS - 2)
    colour = theme.accent if look.focus else theme.text
    start = box.x + brush.px(t.S)
    if control.icon:
        tint = colour if look.focus else theme.muted
        brush.icon(surface, control.icon, (start + brush.px(t.ICON) / 2, box.centre[1]), 16, tint)
        start += brush.px(t.ICON + t.S)
    left, _, right = control.label.partition("\t")
    inner = Box(start, box.y, box.right - brush.px(t.M) - start, box.h)
    taken = 0
    if right:
        # it has what the words leave, and where both are long half
        least = inner.w - round(brush.measure(left, t.BODY)) - brush.px(t.S)
        room = min(round(brush.measure(right, t.SMALL)), max(least, inner.w // 2))
        brush.text(surface, right, Box(inner.right - room, inner.y, room, inner.h), t.SMALL, theme.muted, align="right")
        taken = room + brush.px(t.S)
    brush.text(surface, left, Box(inner.x, inner.y, inner.w - taken, inner.h), t.BODY, colour)


def empty(brush: Brush, surface: pygame.Surface, shown: Listing) -> None:
    """What stands in the place of rows where there are none."""
    line = Box(shown.box.x, shown.box.y, shown.box.w, shown.box.h // 2)
    brush.text(surface, shown.empty, line, t.BODY, brush.theme.muted, align="centre")


def bar(brush: Brush, surface: pygame.Surface, shown: Listing, look: Look) -> None:
    """Beside a list's rows, which of them are seen."""
    handle = shown.handle(brush.scale)
    if handle is not None:
        brush.box(surface, handle, brush.theme.muted if look.hover or look.pressed else brush.theme.line, 2)


def choice(brush: Brush, surface: pygame.Surface, control: Control, look: Look) -> None:
    """A dialog's button; the one that ENTER presses is filled."""
    theme = brush.theme
    kind = Kind.PRIMARY if look.focus else Kind.BUTTON
    ground, colour = _button_colours(theme, kind, look)
    border = None if look.focus else theme.line
    brush.box(surface, control.box, theme.raised if ground is None else ground, t.RADIUS, border)
    brush.text(surface, control.label, control.box, t.BODY, colour, align="centre", strong=look.focus)


def words(brush: Brush, surface: pygame.Surface, line: Words) -> None:
    """One line of a dialog, or a key cap."""
    theme = brush.theme
    if line.key:
        brush.box(surface, line.box, theme.hover, 5, theme.line)
        brush.text(surface, line.text, line.box, line.size, theme.text, align="centre")
        return
    colour = theme.danger if line.danger else theme.muted if line.muted else theme.text
    brush.text(surface, line.text, line.box, line.size, colour, strong=line.strong)


def card(brush: Brush, surface: pygame.Surface, box: Box) -> None:
    """The ground of a dialog."""
    brush.shadow(surface, box, t.CARD_RADIUS)
    brush.box(surface, box, brush.theme.raised, t.CARD_RADIUS, brush.theme.line)


def toast(brush: Brush, surface: pygame.Surface, box: Box, lines: list[str], error: bool) -> None:
    """A message that goes by itself."""
    theme = brush.theme
    brush.shadow(surface, box, t.RADIUS + 2, 10)
    brush.box(surface, box, theme.raised, t.RADIUS + 2, theme.danger if error else theme.line)
    name, colour = ("warning", theme.danger) if error else ("info", theme.accent)
    brush.icon(surface, name, (box.x + brush.px(t.M + t.ICON / 2), box.centre[1]), t.ICON, colour)
    height = round(brush.px(t.BODY) * 1.45)
    y = box.y + (box.h - len(lines) * height) // 2
    left = box.x + brush.px(t.M + t.ICON + t.S)
    for line in lines:
        at = Box(left, y, box.right - brush.px(t.S) - left, height)
        brush.text(surface, line, at, t.BODY, theme.text)
        y += height


def tooltip(
    brush: Brush, surface: pygame.Surface, near: Box, text: str, key: str, within: Box, beside: bool = False
) -> None:
    """What a control does, and its key, below (or above, or beside) it; it stays inside the window."""
    theme, gap = brush.theme, brush.px(t.S)
    key_width = round(brush.measure(key, t.SMALL)) + 2 * gap if key else 0
    width = round(brush.measure(text, t.SMALL)) + 2 * brush.px(t.M) + (key_width + gap if key else 0)
    width, height = min(width, within.w - 2 * gap), brush.px(32)
    x = near.right + gap if beside else round(near.centre[0] - width / 2)
    x = min(max(x, within.x + gap), within.right - gap - width)
    y = near.bottom + gap if near.bottom + gap + height < within.bottom else near.y - gap - height
    y = round(near.centre[1] - height / 2) if beside else y
    box = Box(x, y, width, height)
    brush.shadow(surface, box, t.RADIUS, 8)
    brush.box(surface, box, theme.text, t.RADIUS)
    inner = box.inset(brush.px(t.M), 0)
    words = Box(inner.x, inner.y, inner.w - (key_width + gap if key else 0), inner.h)
    brush.text(surface, text, words, t.SMALL, theme.raised)
    if key:
        edge = brush.px(6)
        cap = Box(inner.right - key_width + gap // 2, box.y + edge, key_width, box.h - 2 * edge)
        brush.box(surface, cap, t.blend(theme.raised, theme.text, 0.2), 4)
        brush.text(surface, key, cap, t.SMALL, theme.raised, align="centre")
