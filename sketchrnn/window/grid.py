"""Nine endings side by side, each a picture of its own that is filled in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pygame

from sketchrnn.app.questions import activity, pen_tips, shown_rows
from sketchrnn.app.state import GRID_ENDINGS, PAGE_SIDE, Activity, AppState, Camera, Ending, Offer
from sketchrnn.app.through import grid_ground
from sketchrnn.sketch.types import Sketch
from sketchrnn.window.ink import InkPicture
from sketchrnn.window.layout import Box
from sketchrnn.window.page import SketchLines, Thumbnail, draw_tip, fit, ink_width, row_lines
from sketchrnn.window.theme import Theme

ASTRAY = 2  # of nine endings that may be too large for the size that the others are shown at
STEP = 40.0  # page units that the bounds of what is shown in small are rounded to
GRID_RATE = 30  # pictures a second of each of nine endings
STALE = 0.125  # seconds after which a cell's picture is of something else: the grid was closed in between
GRID_INK = 1.5  # how much wider than to scale it is in small pictures

_Cameras = tuple[Camera, list[Camera]]


@dataclass
class _Half:
    """Every other cell, as it was painted last.

    Args:
        at: when, seconds.
        fits: the size and the look that it was painted in, and for how many cells.
        prefix, ground, key: what the endings go on from, its picture in the size that most of them have, and all that
            it depends on.
        width: of the ink in it, px.
        tips: where the model's pen is in each cell, px of the cell; None where it is in none.
    """

    at: float = -math.inf
    fits: tuple = ()
    prefix: InkPicture = field(default_factory=InkPicture)
    ground: pygame.Surface | None = None
    key: tuple = ()
    width: float = 0.0
    tips: dict[int, tuple[float, float] | None] = field(default_factory=dict)


class GridView:
    """Nine endings side by side, each a picture of its own.

    They show the drawing at one size, so that they can be compared, but for the one or two that go farthest astray.
    While they are drawn, every other one is painted in every other frame: half the work, and the eye does not see it.
    """

    def __init__(self):
        self._inks = [InkPicture() for _ in range(GRID_ENDINGS)]
        self._pictures = [pygame.Surface((1, 1))] * GRID_ENDINGS
        self._lines = [SketchLines() for _ in range(GRID_ENDINGS)]
        self._halves, self._prefix_lines = (_Half(), _Half()), SketchLines()
        self._large, self._large_lines = InkPicture(), SketchLines()
        self._ground: tuple[object, pygame.Surface] | None = None
        self._still = [Thumbnail(), Thumbnail()]
        self._cameras: tuple[tuple, _Cameras] = ((None, None, None), (Camera(), []))

    def ground(self, key: object, paint: Callable[[], pygame.Surface]) -> pygame.Surface:
        """What the cells lie on: painted anew where `key` is another than the last time."""
        if self._ground is None or self._ground[0] != key:
            self._ground = (key, paint())
        return self._ground[1]

    def draw(self, surface: pygame.Surface, state: AppState, now: float, look: Theme, boxes: Sequence[Box]) -> None:
        """Draws the endings into boxes of one size on the paper."""
        size, moving = (boxes[0].w, boxes[0].h), activity(state, now) is Activity.ANIMATING
        fits = size, look.name, len(boxes)
        for k in self._due(now, moving, fits):
            self._paint(k, state, _turn(now, k) if moving else now, look, size, len(boxes))
            self._halves[k].at, self._halves[k].fits = now, fits
        for i, box in enumerate(boxes):
            half = self._halves[i % 2]
            surface.blit(self._pictures[i], (box.x, box.y))
            tip = half.tips[i]
            if tip is not None:
                draw_tip(surface, (tip[0] + box.x, tip[1] + box.y), look, half.width * 1.5, box)

    def _due(self, now: float, moving: bool, fits: tuple) -> list[int]:
        # one half in a frame, also when an answer begins: that is when all nine cost most
        if not moving or any(half.fits != fits or now - half.at > STALE for half in self._halves):
            return [0, 1]
        due = [k for k, half in enumerate(self._halves) if _turn(now, k) != _turn(half.at, k)]
        return [min(due, key=lambda k: self._halves[k].at)] if due else []

    def _paint(self, k: int, state: AppState, at: float, look: Theme, size: tuple[int, int], cells: int) -> None:
        half, (common, cameras) = self._halves[k], self._cameras_for(state, size)
        prefix, rows, tips = grid_ground(state), shown_rows(state, at), pen_tips(state, at)
        half.width = _cell_width(state, common)
        ground = self._prefix(k, prefix, common, look, size)
        for i in range(k, cells, 2):
            camera = cameras[i]
            ending = row_lines(rows[i], camera, look.accent, _cell_width(state, camera)) if i < len(rows) else []
            if camera == common:
                self._pictures[i] = self._inks[i].show(ending, size, look.paper, half.key, ground)
            else:
                own = self._lines[i].of(prefix, camera, look, _cell_width(state, camera))
                self._pictures[i] = self._inks[i].show(own + ending, size, look.paper, (camera, look.name))
            tip = tips[i] if i < len(tips) else None
            half.tips[i] = None if tip is None else camera.to_screen(*tip)

    def _prefix(self, k: int, prefix: Sketch, common: Camera, look: Theme, size: tuple[int, int]) -> pygame.Surface:
        half, other = self._halves[k], self._halves[1 - k]
        key = (common, look.name, prefix.strokes, size, half.width)
        if half.ground is None or half.key != key:
            if other.ground is not None and other.key == key:
                half.ground = other.ground.copy()
            else:
                lines = self._prefix_lines.of(prefix, common, look, half.width)
                half.ground = half.prefix.show(lines, size, look.paper, (common, look.name))
            half.key = key
        return half.ground

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

    def _cameras_for(self, state: AppState, size: tuple[int, int]) -> _Cameras:
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


def _turn(now: float, half: int) -> float:
    # when the half was last due to be painted
    return (math.floor(now * GRID_RATE - half / 2) + half / 2) / GRID_RATE
