"""The page: the drawing's ink, the stroke under the pen, and what the model offers."""

from __future__ import annotations

import numpy as np
import pygame

from sketchrnn.app.questions import live_stroke, pen_tips, shown_ghost, shown_heat, shown_rows
from sketchrnn.app.selection import Moving, transform_of
from sketchrnn.app.state import PAGE_SIDE, AppState, Camera
from sketchrnn.app.through import kept_ground, replaces
from sketchrnn.engine.messages import Heat
from sketchrnn.sketch.palette import colour_of
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.window import theme as t
from sketchrnn.window.heat import heat_ground
from sketchrnn.window.ink import InkPicture
from sketchrnn.window.layout import Box
from sketchrnn.window.painting import Line, beneath, paint
from sketchrnn.window.picked import MovedStrokes, Tints, gesture_key, on_screen
from sketchrnn.window.theme import Colour, Theme

THINNEST = 1.2  # px of ink; thinner lines are not legible


class SketchLines:
    """The lines of a sketch's strokes, made once for each stroke as long as the camera and the look stay."""

    def __init__(self):
        self._key: object = None
        self._made: dict[Stroke, Line] = {}

    def of(self, sketch: Sketch, camera: Camera, look: Theme, width: float) -> list[Line]:
        """Lines in the camera's px; `width` px."""
        key = (camera, look.name, width)
        kept = self._made if key == self._key else {}
        made = {stroke: kept.get(stroke) or stroke_line(stroke, camera, look, width) for stroke in sketch.strokes}
        self._key, self._made = key, made
        return [made[stroke] for stroke in sketch.strokes]


def sketch_lines(sketch: Sketch, camera: Camera, look: Theme, width: float) -> list[Line]:
    """The lines of a sketch that is painted once."""
    return [stroke_line(stroke, camera, look, width) for stroke in sketch.strokes]


def to_px(points: np.ndarray, camera: Camera) -> np.ndarray:
    """Page units to px, (n, 2) float64."""
    return np.asarray(points, np.float64).reshape(-1, 2) * camera.zoom + camera.offset


def stroke_line(stroke: Stroke, camera: Camera, look: Theme, width: float) -> Line:
    """The line of a stroke; `width` px."""
    colour = colour_of(stroke, {"hand": look.ink, "model": look.accent}, look.inks)
    return Line(to_px(stroke.points, camera), colour, width, stroke.widths)


def row_lines(rows: np.ndarray, camera: Camera, colour: Colour, width: float) -> list[Line]:
    """The lines of a completion's rows (n, 3): x, y in page units, pen_lifted."""
    if len(rows) == 0:
        return []
    points = to_px(rows[:, :2], camera)
    parts = np.split(points, np.flatnonzero(rows[:-1, 2] > 0.5) + 1)
    return [Line(part, colour, width) for part in parts]


def ink_width(state: AppState, zoom: float) -> float:
    """Px of a stroke at a zoom."""
    return max(state.settings.ink_width * zoom, THINNEST)


def fit(bounds: tuple[float, float, float, float], size: tuple[int, int], margin: float) -> Camera:
    """The camera that shows these bounds (left, top, right, bottom) in the middle of a picture of this size, px."""
    left, top, right, bottom = bounds
    room = max(size[0] - 2 * margin, 1), max(size[1] - 2 * margin, 1)
    zoom = min(room[0] / max(right - left, 1), room[1] / max(bottom - top, 1))
    offset = size[0] / 2 - (left + right) / 2 * zoom, size[1] / 2 - (top + bottom) / 2 * zoom
    return Camera(zoom, offset)


class PageView:
    """The page's picture: it is kept, and only what changed is painted."""

    def __init__(self):
        self._ink = InkPicture()
        self._lines = SketchLines()
        self._moved, self._tints = MovedStrokes(), Tints()
        self._ground: tuple[Heat, object, pygame.Surface] | None = None

    def draw(
        self, surface: pygame.Surface, state: AppState, now: float, look: Theme, canvas: Box, scale: float
    ) -> None:
        """Draws the canvas box of the window."""
        camera = state.view.camera
        here = Camera(camera.zoom, (camera.offset[0] - canvas.x, camera.offset[1] - canvas.y))
        width = ink_width(state, camera.zoom)
        kept = kept_ground(state.sketch, state.offer)
        lines, picked = self._split(state, self._lines.of(kept, here, look, width))
        for rows in shown_rows(state, now)[:1]:
            lines += row_lines(rows, here, t.blend(look.accent, look.paper, t.MODEL_FADE), width)
        stroke = live_stroke(state)
        if stroke is not None:
            lines.append(stroke_line(stroke, here, look, width))
        size, heat = (canvas.w, canvas.h), shown_heat(state)
        surface.blit(self._ink.show(lines, size, look.paper, (here, look.name)), (canvas.x, canvas.y))
        page = surface.subsurface((canvas.x, canvas.y, canvas.w, canvas.h))
        if heat is not None:  # it comes and goes with every stroke: nothing of the page is painted anew for it
            page.blit(self._heated(heat, here, look, size), (0, 0), special_flags=beneath(look))
        for line in row_lines(shown_ghost(state), here, t.blend(look.accent, look.paper, t.GHOST_FADE), width):
            paint(page, line)
        if picked:
            if isinstance(state.selecting, Moving):
                transform = on_screen(transform_of(state), here)
                self._moved.draw(page, picked, transform, look, gesture_key(state, here, look))
            else:
                self._tints.draw(page, picked, look)
        for tip in pen_tips(state, now)[:1]:
            if tip is not None:
                draw_tip(surface, camera.to_screen(*tip), look, max(width, 3 * scale), canvas)

    def _split(self, state: AppState, lines: list[Line]) -> tuple[list[Line], list[Line]]:
        # selected ones too; apart from the others while they are moved
        if state.selection is None or (state.offer is not None and replaces(state.offer)):
            return lines, []
        picked = [lines[i] for i in state.selection.indices]
        if not isinstance(state.selecting, Moving):
            return lines, picked
        kept = set(state.selection.indices)
        return [line for i, line in enumerate(lines) if i not in kept], picked

    def _heated(self, heat: Heat, here: Camera, look: Theme, size: tuple[int, int]) -> pygame.Surface:
        kept, key = self._ground, (here, look.name, size)
        if kept is None or kept[0] is not heat or kept[1] != key:
            kept = self._ground = heat, key, heat_ground(heat, here, look, size)
        return kept[2]


def draw_tip(surface: pygame.Surface, at: tuple[float, float], look: Theme, radius: float, within: Box) -> None:
    """The model's pen."""
    surface.set_clip((within.x, within.y, within.w, within.h))
    pygame.draw.aacircle(surface, look.accent, at, radius)
    surface.set_clip(None)


class Thumbnail:
    """A still picture of a sketch, for dialogs."""

    def __init__(self):
        self._ink = InkPicture()
        self._lines = SketchLines()

    def draw(self, surface: pygame.Surface, sketch: Sketch, look: Theme, box: Box) -> None:
        """Draws the whole sketch into a box; nothing where a small window has left no place for it."""
        if box.w < 1 or box.h < 1:
            return
        bounds = sketch.bounds()
        camera = fit(bounds or (0, 0, PAGE_SIDE, PAGE_SIDE), (box.w, box.h), 0.1 * min(box.w, box.h))
        camera = Camera(min(camera.zoom, 4.0), camera.offset) if bounds is None else camera
        lines = self._lines.of(sketch, camera, look, max(THINNEST, box.h / 130))
        surface.blit(self._ink.show(lines, (box.w, box.h), look.paper, (camera, look.name)), (box.x, box.y))
