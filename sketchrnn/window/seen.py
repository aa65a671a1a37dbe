"""Small pictures of endings seen before: one ending, or nine of them three by three, with the seed below."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pygame

from sketchrnn.app import seen
from sketchrnn.app.events import BringBack
from sketchrnn.app.questions import activity
from sketchrnn.app.state import Activity, AppState, Camera, Offer
from sketchrnn.app.through import shown_ground
from sketchrnn.window import theme as t
from sketchrnn.window.bars import look_of
from sketchrnn.window.brush import Brush
from sketchrnn.window.controls import Box, Control, Kind
from sketchrnn.window.grid import ending_camera
from sketchrnn.window.layout import Layout
from sketchrnn.window.page import THINNEST, row_lines, sketch_lines
from sketchrnn.window.painting import paint
from sketchrnn.window.pointer import Pointer
from sketchrnn.window.theme import Theme

LABEL = 18  # points at the foot of a picture that its seed stands in
SETTLED = 0.15  # seconds without growth after which a picture is painted while something moves: no frame waits for it


@dataclass(frozen=True)
class _Picture:
    """A picture of the strip.

    Args:
        surface: as it was painted last.
        painted: what it shows; None while it is blank.
        key: what it is to show.
        since: when that came to be, seconds.
    """

    surface: pygame.Surface
    painted: tuple | None
    key: tuple
    since: float


class SeenView:
    """Draws the strip; a picture is painted when its ending has come, and when it has grown."""

    def __init__(self):
        self._pictures: dict[object, _Picture] = {}
        self._drawn = False

    def draw(
        self, brush: Brush, surface: pygame.Surface, state: AppState, now: float, where: Layout, pointer: Pointer
    ) -> None:
        """Draws what the layout has of it."""
        shown, current, kept = [c for c in where.controls if c.kind is Kind.SEEN], seen.current(state), {}
        waits = self._drawn and activity(state, now) is Activity.ANIMATING
        for control in shown:
            assert isinstance(control.says, BringBack)
            index = control.says.index
            lit = index == current or look_of(state, control, pointer).hover
            inner = _frame(brush, surface, control, index == current, lit)
            offer = state.seen[index]
            # a completion that grows stays the same picture
            name = (replace(offer.request, endings=2), len(offer.endings))
            kept[name] = self._picture(self._pictures.get(name), offer, (inner.w, inner.h), brush.theme, now, waits)
            surface.blit(kept[name].surface, (inner.x, inner.y))
        self._pictures, self._drawn = kept, True

    def _picture(
        self, kept: _Picture | None, offer: Offer, size: tuple[int, int], look: Theme, now: float, waits: bool
    ) -> _Picture:
        key = (size, look.name, offer.prefix.strokes, offer.endings)
        if kept is None:
            kept = _Picture(_paper(size, look), None, key, now)
        elif kept.key != key:
            kept = replace(kept, key=key, since=now)
        if kept.painted == key or (waits and now - kept.since < SETTLED):
            return kept
        return replace(kept, surface=small_picture(offer, size, look), painted=key)


def _frame(brush: Brush, surface: pygame.Surface, control: Control, current: bool, lit: bool) -> Box:
    # the card, its seed, and what is left for the picture
    theme, box = brush.theme, control.box
    thin = brush.px(2) if current else max(1, round(brush.scale))
    brush.box(surface, box, theme.accent if lit else theme.line, t.RADIUS)
    brush.box(surface, box.inset(thin), theme.paper, t.RADIUS - thin / brush.scale)
    foot = Box(box.x, box.bottom - brush.px(LABEL) - thin, box.w, brush.px(LABEL))
    brush.text(surface, control.label, foot, t.SMALL, theme.accent if current else theme.muted, align="centre")
    inset = brush.px(t.XS)
    return Box(box.x + inset, box.y + inset, box.w - 2 * inset, foot.y - box.y - inset)


def small_picture(offer: Offer, size: tuple[int, int], look: Theme) -> pygame.Surface:
    """What was offered, on paper.

    Args:
        offer: one ending, or several, three in a row.
        size: px.
    """
    picture = _paper(size, look)
    across = 1 if len(offer.endings) == 1 else 3
    cell = size[0] // across, size[1] // across
    paint_ending = _paint_large if across == 1 else _paint_tiny
    for i, ending in enumerate(offer.endings):
        camera = ending_camera(shown_ground(offer.prefix, offer), ending, cell)
        corner = (i % across) * cell[0], (i // across) * cell[1]
        moved = Camera(camera.zoom, (camera.offset[0] + corner[0], camera.offset[1] + corner[1]))
        picture.set_clip((*corner, *cell))
        paint_ending(picture, offer, ending.rows, moved, look)
    picture.set_clip(None)
    return picture


def _paper(size: tuple[int, int], look: Theme) -> pygame.Surface:
    picture = pygame.Surface(size)
    picture.fill(look.paper)
    return picture


def _lines(offer: Offer, rows: np.ndarray, camera: Camera, look: Theme) -> list:
    return sketch_lines(shown_ground(offer.prefix, offer), camera, look, THINNEST) + row_lines(
        rows, camera, look.accent, THINNEST
    )


def _paint_large(picture: pygame.Surface, offer: Offer, rows: np.ndarray, camera: Camera, look: Theme) -> None:
    for line in _lines(offer, rows, camera, look):
        paint(picture, line)


def _paint_tiny(picture: pygame.Surface, offer: Offer, rows: np.ndarray, camera: Camera, look: Theme) -> None:
    # a few px high: hairlines do, and nine of them must not cost a frame
    for line in _lines(offer, rows, camera, look):
        points = line.points.tolist()
        pygame.draw.aalines(picture, line.colour, False, points if len(points) > 1 else points * 2)
