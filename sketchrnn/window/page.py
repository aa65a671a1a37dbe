"""The page: the drawing's ink, the stroke under the pen, what the model offers, and nine endings side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pygame

from sketchrnn.app.questions import activity, live_stroke, pen_tips, shown_ghost, shown_heat, shown_rows
from sketchrnn.app.selection import Moving, transform_of
from sketchrnn.app.state import GRID_ENDINGS, PAGE_SIDE, Activity, AppState, Camera, Ending, Offer
from sketchrnn.app.through import grid_ground, kept_ground, replaces
from sketchrnn.engine.messages import Heat
from sketchrnn.sketch.palette import colour_of
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.window import theme as t
from sketchrnn.window.heat import heat_ground
from sketchrnn.window.ink import InkPicture, Line, beneath, paint
from sketchrnn.window.layout import Box
from sketchrnn.window.picked import MovedStrokes, Tints, gesture_key, on_screen
from sketchrnn.window.theme import Colour, Theme

THINNEST = 1.2  # px of ink; thinner lines are not legible
ASTRAY = 2  # of nine endings that may be too large for the size that the others are shown at
STEP = 40.0  # page units that the bounds of what is shown in small are rounded to
GRID_RATE = 30  # pictures a second of each of nine endings
GRID_INK = 1.5  # how much wider than to scale it is in small pictures


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


class GridView:
    """Nine endings side by side, each a picture of its own.

    They show the drawing at one size, so that they can be compared, but for the one or two that go farthest astray.
    """

    def __init__(self):
        self._inks = [InkPicture() for _ in range(GRID_ENDINGS)]
        self._lines = [SketchLines() for _ in range(GRID_ENDINGS)]
        self._prefix, self._prefix_lines = InkPicture(), SketchLines()
        self._large, self._large_lines = InkPicture(), SketchLines()
        self._ground: tuple[object, pygame.Surface] | None = None
        self._still = [Thumbnail(), Thumbnail()]
        self._cameras: tuple[tuple, tuple[Camera, list[Camera]]] = ((None, None, None), (Camera(), []))

    def ground(self, key: object, paint: Callable[[], pygame.Surface]) -> pygame.Surface:
        """What the cells lie on: painted anew where `key` is another than the last time."""
        if self._ground is None or self._ground[0] != key:
            self._ground = (key, paint())
        return self._ground[1]

    def draw(self, surface: pygame.Surface, state: AppState, now: float, look: Theme, boxes: Sequence[Box]) -> None:
        """Draws the endings into boxes of one size on the paper."""
        size = boxes[0].w, boxes[0].h
        common, cameras = self._cameras_for(state, size)
        width, prefix = _cell_width(state, common), grid_ground(state)
        lines = self._prefix_lines.of(prefix, common, look, width)
        ground = self._prefix.show(lines, size, look.paper, (common, look.name))
        key = (common, look.name, prefix.strokes)
        turns = [(shown_rows(state, at), pen_tips(state, at)) for at in _turns(state, now)]
        for i, box in enumerate(boxes):
            (rows, tips), camera = turns[i % len(turns)], cameras[i]
            ending = row_lines(rows[i], camera, look.accent, _cell_width(state, camera)) if i < len(rows) else []
            if camera == common:
                picture = self._inks[i].show(ending, size, look.paper, key, ground)
            else:
                own = self._lines[i].of(prefix, camera, look, _cell_width(state, camera))
                picture = self._inks[i].show(own + ending, size, look.paper, (camera, look.name))
            surface.blit(picture, (box.x, box.y))
            tip = tips[i] if i < len(tips) else None
            if tip is not None:
                x, y = camera.to_screen(*tip)
                draw_tip(surface, (x + box.x, y + box.y), look, width * 1.5, box)

    def draw_large(
        self, surface: pygame.Surface, state: AppState, now: float, look: Theme, index: int, box: Box
    ) -> None:
        """Draws one ending as large as the box has room for it and the drawing."""
        endings = () if state.offer is None else state.offer.endings
        prefix, ending = grid_ground(state), endings[index] if index < len(endings) else None
        camera = ending_camera(prefix, ending, (box.w, box.h))
        width = ink_width(state, camera.zoom)
        lines = self._large_lines.of(prefix, camera, look, width)
        for rows in shown_rows(state, now)[index : index + 1]:
            lines += row_lines(rows, camera, look.accent, width)
        picture = self._large.show(lines, (box.w, box.h), look.paper, (camera, look.name, index))
        surface.blit(picture, (box.x, box.y))
        for tip in pen_tips(state, now)[index : index + 1]:
            if tip is not None:
                x, y = camera.to_screen(*tip)
                draw_tip(surface, (x + box.x, y + box.y), look, width * 1.5, box)

    def draw_still(self, surface: pygame.Surface, place: int, sketch: Sketch, look: Theme, box: Box) -> None:
        """Draws a whole drawing beside them, the first or the second of two."""
        self._still[place].draw(surface, sketch, look, box)

    def _cameras_for(self, state: AppState, size: tuple[int, int]) -> tuple[Camera, list[Camera]]:
        key = (state.sketch, state.offer, size)  # both are immutable: the same object means the same bounds
        if any(a is not b for a, b in zip(key[:2], self._cameras[0], strict=False)) or self._cameras[0][2:] != (size,):
            self._cameras = (key, cell_cameras(grid_ground(state), state.offer, size))
        return self._cameras[1]


def _cell_width(state: AppState, camera: Camera) -> float:
    return GRID_INK * ink_width(state, camera.zoom)


def cell_cameras(sketch: Sketch, offer: Offer | None, size: tuple[int, int]) -> tuple[Camera, list[Camera]]:
    """The camera that the cells of nine endings share, and each cell's own.

    They follow from all that has come, shown or not, so that nothing shrinks while it is drawn.

    Args:
        sketch, offer: what the endings go on from, and the endings.
        size: of a cell, px.
    """
    margin = 0.06 * min(size)
    endings = [] if offer is None else [ending.rows[:, :2] for ending in offer.endings]
    bounds = [_bounds([sketch.points(), points]) for points in endings] or [_bounds([sketch.points()])]
    zooms = [fit(b, size, margin).zoom for b in bounds]
    least = sorted(zooms)[min(ASTRAY, len(zooms) - 1)]
    near = np.array([b for b, zoom in zip(bounds, zooms, strict=True) if zoom >= least])
    shared = (*near[:, :2].min(0).tolist(), *near[:, 2:].max(0).tolist())
    common = fit(shared, size, margin)
    cameras = [common if zoom >= least else fit(b, size, margin) for b, zoom in zip(bounds, zooms, strict=True)]
    return common, cameras + [common] * (GRID_ENDINGS - len(cameras))


def ending_camera(sketch: Sketch, ending: Ending | None, size: tuple[int, int]) -> Camera:
    """The camera that shows an ending, all that has come of it, and what it goes on from."""
    parts = [sketch.points(), *([] if ending is None else [ending.rows[:, :2]])]
    return fit(_bounds(parts), size, 0.06 * min(size))


def _bounds(parts: list[np.ndarray]) -> tuple[float, float, float, float]:
    points = np.concatenate(parts)
    if len(points) == 0:
        return 0.0, 0.0, PAGE_SIDE, PAGE_SIDE
    # steps of some units: the next few points seldom change the size of everything
    low, high = np.floor(points.min(0) / STEP) * STEP, np.ceil(points.max(0) / STEP) * STEP
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _turns(state: AppState, now: float) -> tuple[float, float]:
    # while nine are drawn, every other one moves in every other frame: half the work, and the eye does not see it
    if activity(state, now) is not Activity.ANIMATING:
        return now, now
    return math.floor(now * GRID_RATE) / GRID_RATE, (math.floor(now * GRID_RATE - 0.5) + 0.5) / GRID_RATE


class Thumbnail:
    """A still picture of a sketch, for dialogs."""

    def __init__(self):
        self._ink = InkPicture()
        self._lines = SketchLines()

    def draw(self, surface: pygame.Surface, sketch: Sketch, look: Theme, box: Box) -> None:
        """Draws the whole sketch into a box."""
        bounds = sketch.bounds()
        camera = fit(bounds or (0, 0, PAGE_SIDE, PAGE_SIDE), (box.w, box.h), 0.1 * min(box.w, box.h))
        camera = Camera(min(camera.zoom, 4.0), camera.offset) if bounds is None else camera
        lines = self._lines.of(sketch, camera, look, max(THINNEST, box.h / 130))
        surface.blit(self._ink.show(lines, (box.w, box.h), look.paper, (camera, look.name)), (box.x, box.y))
