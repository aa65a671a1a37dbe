"""Where the next stroke may start, as a tint of the paper: half of the chance in the strong one, 90 % in both."""

from __future__ import annotations

import math

import numpy as np
import pygame

from sketchrnn.app.state import Camera
from sketchrnn.engine.messages import Heat
from sketchrnn.window.theme import Theme

BANDS = ((0.9, 0.3), (0.5, 0.72))  # (share of the chance, how much of its colour the tint has), the inner last
FAINTEST = 0.35  # how much of that is left where the drawing is likeliest done
FINER = 3  # how many times finer than the grid the bands' edges are drawn; odd, so that cells' middles are among them


def heat_ground(heat: Heat, camera: Camera, look: Theme, size: tuple[int, int]) -> pygame.Surface:
    """The paper with the map on it, for ink to be drawn on.

    Args:
        heat: the map.
        camera: page units to px of the picture.
        look: colours.
        size: of the picture, px.
    """
    ground = pygame.Surface(size)
    ground.fill(look.paper)
    side = heat.cell * camera.zoom / FINER
    x, y = camera.to_screen(*heat.corner)
    tint = strength(heat)
    rows, columns = _visible(-y, size[1], side, tint.shape[0]), _visible(-x, size[0], side, tint.shape[1])
    tint = tint[rows, columns]
    if not tint.any():
        return ground
    cells = pygame.Surface(tint.shape[::-1])
    pygame.surfarray.blit_array(cells, _colours(tint.T, look))
    scaled = max(1, round(side * tint.shape[1])), max(1, round(side * tint.shape[0]))
    at = round(x + side * columns.start), round(y + side * rows.start)
    ground.blit(pygame.transform.smoothscale(cells, scaled), at)
    return ground


def _colours(tint: np.ndarray, look: Theme) -> np.ndarray:
    """(w, h, 3) uint8, the paper with so much of the map's colour."""
    paper, heat = np.array(look.paper, np.float32), np.array(look.heat, np.float32)
    return (paper + 0.5 + tint[..., None].astype(np.float32) * (heat - paper)).astype(np.uint8)


def strength(heat: Heat) -> np.ndarray:
    """How much of the map's colour the paper has, (rows, columns) float64, 0 to 1, `FINER` times finer than the grid.

    The part of each band is the smallest that holds its share of the chance: a small dark spot where the model is sure,
    a large one where it is not. The less it expects another stroke at all, the fainter.
    """
    likely = np.sort(heat.share, axis=None)[::-1].astype(np.float64)
    before = np.cumsum(likely) - likely
    fine = _finer(_finer(heat.share).T).T
    tint = np.zeros(fine.shape)
    for share, part in BANDS:
        least = likely[np.flatnonzero(before < share)[-1]]
        tint[(fine >= least) & (fine > 0)] = part
    return (FAINTEST + (1 - FAINTEST) * (1 - min(max(heat.finished, 0.0), 1.0))) * tint


def _finer(values: np.ndarray) -> np.ndarray:
    """(FINER * n, m) of (n, m): between the middles of cells linear, and beyond the last middle as there."""
    # products of matrices would start threads, which a frame then waits for
    count = len(values)
    at = np.clip((np.arange(FINER * count, dtype=np.float32) + 0.5) / FINER - 0.5, 0, count - 1)
    low = at.astype(int)
    part = (at - low)[:, None]
    return (1 - part) * values[low] + part * values[np.minimum(low + 1, count - 1)]


def _visible(start: float, length: float, side: float, count: int) -> slice:
    """The cells along one axis of which something is seen, and one more on each side."""
    first = min(max(math.floor(start / side) - 1, 0), count)
    return slice(first, max(first, min(math.ceil((start + length) / side) + 1, count)))
