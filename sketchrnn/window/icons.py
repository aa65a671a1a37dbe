"""Icons, drawn by us as strokes in a box of 24 x 24, and the app's own icon.

`python -m sketchrnn.window.icons FILE` writes the app's icon as a PNG.
"""

from __future__ import annotations

import sys
from functools import cache

import numpy as np
import pygame

from sketchrnn.sketch.types import Author
from sketchrnn.window import painting
from sketchrnn.window.theme import LIGHT, Colour

BOX = 24
PEN = 1.9  # width of the strokes, in units of the box

Path = list[tuple[float, float]]


def arc(x: float, y: float, radius: float, start: float, end: float, steps: int = 28) -> Path:
    """Part of a circle; degrees, clockwise on the screen, 0 to the right."""
    angles = np.radians(np.linspace(start, end, steps))
    return list(zip((x + radius * np.cos(angles)).tolist(), (y + radius * np.sin(angles)).tolist(), strict=True))


def box(x: float, y: float, width: float, height: float, radius: float = 2) -> Path:
    """A rectangle with rounded corners."""
    right, bottom = x + width, y + height
    path = arc(right - radius, y + radius, radius, -90, 0, 6) + arc(right - radius, bottom - radius, radius, 0, 90, 6)
    path += arc(x + radius, bottom - radius, radius, 90, 180, 6) + arc(x + radius, y + radius, radius, 180, 270, 6)
    return [*path, path[0]]


ICONS: dict[str, list[Path]] = {
    "pen": [[(4, 20), (5.2, 15.4), (15.8, 4.8), (19.2, 8.2), (8.6, 18.8), (4, 20)], [(13.4, 7.2), (16.8, 10.6)]],
    "eraser": [
        [(8.4, 19), (4.2, 14.8), (13.8, 5.2), (19.8, 11.2), (12, 19), (8.4, 19)],
        [(9, 10), (15, 16)],
        [(12, 19), (20, 19)],
    ],
    "select": [
        *[arc(11, 9.5, 7, start, start + 38, 8) for start in range(60, 420, 60)],
        [(15.5, 12.5), (15.5, 21), (17.8, 18.4), (21, 18), (15.5, 12.5)],
    ],
    "undo": [[(8.5, 4.5), (4, 9), (8.5, 13.5)], [(4, 9), (14, 9), *arc(14, 14.2, 5.2, -90, 90), (9, 19.4)]],
    "redo": [[(15.5, 4.5), (20, 9), (15.5, 13.5)], [(20, 9), (10, 9), *arc(10, 14.2, 5.2, 270, 90), (15, 19.4)]],
    "clear": [
        [(4.5, 6.5), (19.5, 6.5)],
        [(6.5, 6.5), (7.4, 20), (16.6, 20), (17.5, 6.5)],
        [(9.2, 6.5), (9.2, 3.8), (14.8, 3.8), (14.8, 6.5)],
        [(10.2, 10.5), (10.5, 16)],
        [(13.8, 10.5), (13.5, 16)],
    ],
    "random": [
        box(4, 4, 16, 16, 3.5),
        [(8.6, 8.6)],
        [(15.4, 8.6)],
        [(12, 12)],
        [(8.6, 15.4)],
        [(15.4, 15.4)],
    ],
    "new": [
        [(13.5, 3.5), (6, 3.5), (6, 20.5), (18, 20.5), (18, 8), (13.5, 3.5), (13.5, 8), (18, 8)],
        [(12, 11.5), (12, 17.5)],
        [(9, 14.5), (15, 14.5)],
    ],
    "file": [[(13.5, 3.5), (6, 3.5), (6, 20.5), (18, 20.5), (18, 8), (13.5, 3.5), (13.5, 8), (18, 8)]],
    "blank": [],
    "open": [[(3.5, 19), (3.5, 5.5), (9.5, 5.5), (11.5, 8), (20.5, 8), (20.5, 19), (3.5, 19)]],
    "save": [[(12, 4), (12, 14.5)], [(7.5, 10.5), (12, 15), (16.5, 10.5)], [(4, 16), (4, 20), (20, 20), (20, 16)]],
    "help": [
        arc(12, 12, 8.6, 0, 360, 48),
        [*arc(12, 9.7, 2.6, 190, 395, 16), (12, 12.6), (12, 13.6)],
        [(12, 16.7)],
    ],
    "info": [arc(12, 12, 8.6, 0, 360, 48), [(12, 11.2), (12, 16.4)], [(12, 7.8)]],
    "search": [arc(10.5, 10.5, 6, 0, 360, 40), [(15, 15), (20, 20)]],
    "close": [[(6, 6), (18, 18)], [(18, 6), (6, 18)]],
    "back": [[(10.5, 5.5), (4, 12), (10.5, 18.5)], [(4, 12), (20, 12)]],
    "down": [[(6.5, 9.5), (12, 15), (17.5, 9.5)]],
    "check": [[(4.5, 12.5), (9.5, 17.5), (19.5, 7)]],
    "another": [
        [*arc(12, 12, 7.6, -60, 210, 36)],
        [(15.3, 1.9), (15.9, 5.6), (12.2, 6.4)],
    ],
    "nine": [box(x, y, 4.2, 4.2, 1) for y in (3.4, 9.9, 16.4) for x in (3.4, 9.9, 16.4)],
    "again": [
        [(3.5, 8.5), *arc(7.5, 8.5, 4, 180, 300, 10), *arc(14.5, 6, 3, 120, 0, 10), (20.5, 5)],
        [(3.5, 14), *arc(7.5, 14, 4, 180, 300, 10), *arc(14.5, 11.5, 3, 120, 0, 10), (20.5, 10.5)],
        [(3.5, 19.5), *arc(7.5, 19.5, 4, 180, 300, 10), *arc(14.5, 17, 3, 120, 0, 10), (20.5, 16)],
    ],
    "between": [arc(5, 12, 3, 0, 360, 24), [(10.3, 12)], [(13.7, 12)], box(16.4, 9, 6, 6, 0.8)],
    "keep": [[(2.5, 12.5), (7, 17), (14.5, 8)], [(11.5, 16), (12.5, 17), (21.5, 7)]],
    "stroke": [[(3.5, 11), (7, 14.5), (13, 6.5)], [(4, 20), *arc(9, 20, 0.1, 180, 360, 2), (13, 20), (20, 14)]],
    "fit": [
        [(4, 9), (4, 4), (9, 4)],
        [(15, 4), (20, 4), (20, 9)],
        [(20, 15), (20, 20), (15, 20)],
        [(9, 20), (4, 20), (4, 15)],
    ],
    "ghost": [
        [(4, 16), (4.2, 13.4), (5, 10.8)],
        [(7.4, 7.4), (9, 6.9), (10.6, 8)],
        [(11.8, 11.6), (12.4, 14), (13.2, 15.8)],
        [(16, 17), (18, 15.6), (19.4, 13.2)],
        [(20, 9.4), (20.2, 8)],
    ],
    "heat": [
        arc(12, 12, 8.6, 0, 360, 48),
        [*arc(11, 12.8, 3.6, 0, 360, 24)],
        [(11, 12.8)],
    ],
    "theme": [arc(12, 12, 8, 0, 360, 44), *[[(12 + d, 12 - h), (12 + d, 12 + h)] for d, h in ((2, 7), (5, 5.4))]],
    "guess": [
        [(12, 3), (13.7, 9.3), (20, 11), (13.7, 12.7), (12, 19), (10.3, 12.7), (4, 11), (10.3, 9.3), (12, 3)],
        [(19, 16.5), (19, 20.5)],
        [(17, 18.5), (21, 18.5)],
    ],
    "image": [box(3.5, 5, 17, 14, 2), [(4, 16.5), (9, 11.5), (13, 15.5), (15.5, 13), (20, 17)], [(15.5, 9)]],
    "play": [[(8, 5), (18.5, 12), (8, 19), (8, 5)]],
    "hold": [[(8.5, 5.5), (8.5, 18.5)], [(15.5, 5.5), (15.5, 18.5)]],
    "here": [[(3.5, 12), (14.5, 12)], [(10.5, 8), (14.5, 12), (10.5, 16)], [(19, 5), (19, 19)]],
    "up": [[(5.5, 11.5), (12, 5), (18.5, 11.5)], [(12, 5), (12, 19)]],
    "warning": [[(12, 4), (21, 19.5), (3, 19.5), (12, 4)], [(12, 10), (12, 14)], [(12, 16.8)]],
    "screen": [
        [(14, 4), (20, 4), (20, 10)],
        [(20, 4), (14, 10)],
        [(10, 20), (4, 20), (4, 14)],
        [(4, 20), (10, 14)],
    ],
    "thicker": [
        [(4, 20), (13, 11)],
        [(4.6, 20), (13.6, 11)],
        [(4, 19.4), (13, 10.4)],
        [(17, 4), (17, 11)],
        [(13.5, 7.5), (20.5, 7.5)],
    ],
    "thinner": [[(4, 20), (14, 10)], [(13.5, 6), (20.5, 6)]],
}

CAT: list[tuple[Path, Author]] = [
    ([(32, 23), (25, 22), (17, 11), (14, 26), (13, 36), (18, 47), (32, 52)], "hand"),
    ([(24.5, 33)], "hand"),
    ([(32, 23), (39, 22), (47, 11), (50, 26), (51, 36), (46, 47), (32, 52)], "model"),
    ([(39.5, 33)], "model"),
    ([(29, 41), (32, 43.5), (35, 41)], "model"),
]
"""A cat's head half by the hand and half by the model, in a box of 64 x 64."""


def draw(surface: pygame.Surface, name: str, centre: tuple[float, float], size: float, colour: Colour) -> None:
    """Draws an icon of `size` pixels at a place. KeyError for a name that is not in `ICONS`."""
    for path in ICONS[name]:
        points = np.asarray(path, np.float64) / BOX * size + np.asarray(centre) - size / 2
        painting.paint_path(surface, points, colour, PEN * size / BOX * (1.15 if len(path) == 1 else 1))


@cache
def app_icon(size: int = 64) -> pygame.Surface:
    """The app's icon: a cat's head half in ink and half in the model's colour, on paper."""
    icon = pygame.Surface((size, size), pygame.SRCALPHA, 32)
    unit = size / 64
    ground = np.array([(12, 12), (52, 12), (52, 52), (12, 52), (12, 12)]) * unit
    pygame.draw.rect(icon, LIGHT.paper, (6 * unit, 6 * unit, 52 * unit, 52 * unit), border_radius=round(12 * unit))
    painting.paint_path(icon, ground, LIGHT.paper, 20 * unit)
    colours = {"hand": LIGHT.ink, "model": LIGHT.accent}
    for path, author in CAT:
        painting.paint(icon, painting.Line(np.asarray(path) * unit, colours[author], 4.2 * unit))
    return icon


if __name__ == "__main__":
    pygame.image.save(app_icon(256), sys.argv[1])
