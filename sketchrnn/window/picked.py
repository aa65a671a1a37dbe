"""Selected strokes on the page: a tint beneath them, their box, the lasso, and the strokes while they are moved."""

from __future__ import annotations

import numpy as np
import pygame

from sketchrnn.app.selection import MOVE, Lasso, Moving, grip_at
from sketchrnn.app.state import AppState, Camera, Tool
from sketchrnn.sketch.selecting import Point, Transform
from sketchrnn.window import theme as t
from sketchrnn.window.brush import Brush
from sketchrnn.window.chosen import outline
from sketchrnn.window.controls import Box
from sketchrnn.window.painting import COARSE, Line, beneath, extent_of, paint_all
from sketchrnn.window.theme import Colour, Theme

TINT = 6.0  # px that the tint is wider than the ink
TINT_SHARE = 0.35  # of the accent over the paper
FEW = 120  # points that are painted within a frame
LARGEST = 8000  # px of a picture that is scaled
HANDLE = 9  # side of a handle, points
CURSORS = {
    MOVE: pygame.SYSTEM_CURSOR_SIZEALL,
    **dict.fromkeys(("nw", "se"), pygame.SYSTEM_CURSOR_SIZENWSE),
    **dict.fromkeys(("ne", "sw"), pygame.SYSTEM_CURSOR_SIZENESW),
    **dict.fromkeys("ns", pygame.SYSTEM_CURSOR_SIZENS),
    **dict.fromkeys("ew", pygame.SYSTEM_CURSOR_SIZEWE),
}
DASH = 6  # px of the lasso's closing line, and between


class Tints:
    """What lies beneath selected strokes: painted when others are selected; the page need not be painted again."""

    def __init__(self):
        self._key: object = None
        self._kept: list[Line] = []
        self._picture = pygame.Surface((1, 1))
        self._area = pygame.Rect(0, 0, 1, 1)

    def draw(self, surface: pygame.Surface, lines: list[Line], look: Theme) -> None:
        """Draws the tints of lines onto the page's picture."""
        key = (tuple(id(line.points) for line in lines), lines[0].width, look.name, surface.get_size())
        if key != self._key:
            self._paint(lines, surface.get_rect(), look)
            self._key, self._kept = key, lines  # as long as they are kept no other array has their id
        surface.blit(self._picture, self._area, special_flags=beneath(look))

    def _paint(self, lines: list[Line], seen: pygame.Rect, look: Theme) -> None:
        self._area = extent_of(tints(lines, look)).clip(seen)
        self._picture = pygame.Surface((max(self._area.w, 1), max(self._area.h, 1)))
        self._picture.fill(look.paper)
        moved = [Line(line.points - np.array(self._area.topleft), line.colour, line.width) for line in lines]
        paint_all(self._picture, tints(moved, look), oversize=COARSE)


class MovedStrokes:
    """Strokes that are moved or scaled are painted once and carried along; a few are painted anew when scaled."""

    def __init__(self):
        self._key: object = None
        self._picture = pygame.Surface((1, 1))
        self._area = pygame.Rect(0, 0, 1, 1)

    def draw(self, surface: pygame.Surface, lines: list[Line], transform: Transform, look: Theme, key: object) -> None:
        """Draws lines on their tint, transformed.

        Args:
            surface: the page's picture.
            lines: as they were when the pen came down.
            transform: px.
            look: colours.
            key: what the lines depend on beside their points.
        """
        scaled = transform.scale != (1.0, 1.0)
        if scaled and sum(len(line.points) for line in lines) <= FEW:
            anew = [Line(transform.of(line.points), line.colour, line.width, line.widths) for line in lines]
            paint_all(surface, tints(anew, look), oversize=COARSE)
            paint_all(surface, anew)
            return
        if key != self._key:
            self._paint(lines, surface.get_rect(), look)
            self._key = key
        corners = transform.of(np.array([self._area.topleft, self._area.bottomright]))
        if not scaled:
            surface.blit(self._picture, corners[0].tolist())
            return
        place = pygame.Rect(
            *corners[0].round().astype(int), *np.ptp(corners, axis=0).round().astype(int).clip(1, LARGEST)
        )
        surface.blit(pygame.transform.smoothscale(self._picture, place.size), place)

    def _paint(self, lines: list[Line], seen: pygame.Rect, look: Theme) -> None:
        # ink may lie far outside; what is more than a window away does not come into view in one gesture
        area = extent_of([*tints(lines, look), *lines])
        self._area = area.clip(seen.inflate(2 * seen.w, 2 * seen.h))
        self._picture = pygame.Surface((max(self._area.w, 1), max(self._area.h, 1)), pygame.SRCALPHA, 32)
        self._picture.fill((*look.paper, 0))  # so that edges fade to paper, and not to black
        corner = np.array(self._area.topleft)
        moved = [Line(line.points - corner, line.colour, line.width, line.widths) for line in lines]
        paint_all(self._picture, tints(moved, look), oversize=COARSE)
        paint_all(self._picture, moved)


def tints(lines: list[Line], look: Theme) -> list[Line]:
    """What lies beneath selected lines."""
    colour = tint_colour(look)
    return [Line(line.points, colour, line.width + TINT) for line in lines]


def tint_colour(look: Theme) -> Colour:
    return t.blend(look.accent, look.paper, TINT_SHARE)


def gesture_key(state: AppState, here: Camera, look: Theme) -> object:
    """What the picture of moved strokes depends on; it stays while they are moved."""
    return state.sketch, state.selection, here, look.name, state.settings.ink_width


def on_screen(transform: Transform, here: Camera) -> Transform:
    """A transform of page units as one of px."""
    by = transform.by[0] * here.zoom, transform.by[1] * here.zoom
    return Transform(by, transform.scale, here.to_screen(*transform.about))


def cursor_of(state: AppState, at: Point) -> int:
    """The pointer's shape over a place of the page, page units: what a press would do there."""
    if state.tool is not Tool.SELECT:
        return pygame.SYSTEM_CURSOR_CROSSHAIR
    grip = state.selecting.grip if isinstance(state.selecting, Moving) else grip_at(state, at)
    return pygame.SYSTEM_CURSOR_CROSSHAIR if grip is None else CURSORS[grip]


def draw_selection(brush: Brush, surface: pygame.Surface, state: AppState, canvas: Box) -> None:
    """The box with its handles, and the lasso."""
    surface.set_clip((canvas.x, canvas.y, canvas.w, canvas.h))
    frame = outline(state)
    if frame is not None:
        ((left, top), (right, bottom)), handles = frame
        _dashed(surface, brush.theme.accent, [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
        for x, y in handles:
            side = brush.px(HANDLE)
            brush.box(
                surface,
                Box(round(x - side / 2), round(y - side / 2), side, side),
                brush.theme.raised,
                2,
                brush.theme.accent,
            )
    if isinstance(state.selecting, Lasso) and len(state.selecting.points) > 1:
        way = [state.view.camera.to_screen(*point) for point in state.selecting.points]
        pygame.draw.aalines(surface, brush.theme.accent, False, way)
        _dashed(surface, brush.theme.accent, [way[-1], way[0]])
    surface.set_clip(None)


def _dashed(surface: pygame.Surface, colour: Colour, way: list[tuple[float, float]]) -> None:
    seen = surface.get_clip()
    for (ax, ay), (bx, by) in zip(way[:-1], way[1:], strict=True):
        clipped = seen.clipline(ax, ay, bx, by)
        if not clipped:
            continue
        (ax, ay), (bx, by) = clipped
        length = max(np.hypot(bx - ax, by - ay), 1e-9)
        for start in np.arange(0, length, 2 * DASH).tolist():
            end = min(start + DASH, length)
            one, two = ((ax + (bx - ax) * at / length, ay + (by - ay) * at / length) for at in (start, end))
            pygame.draw.aaline(surface, colour, one, two)
