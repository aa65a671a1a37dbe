"""The way between two drawings: both of them, the one that is meant large between them, and the row of all below."""

from __future__ import annotations

import pygame

from sketchrnn.app.selection import subject
from sketchrnn.app.state import AppState
from sketchrnn.sketch.types import Sketch
from sketchrnn.window import along
from sketchrnn.window import theme as t
from sketchrnn.window.bars import look_of
from sketchrnn.window.brush import Brush
from sketchrnn.window.grid import GridView
from sketchrnn.window.layout import Box, Kind, Layout, room_of
from sketchrnn.window.pointer import Pointer
from sketchrnn.window.scene import cells_ground, draw_corner, draw_number, draw_status

CAPTION = 20  # height of the words above the two drawings, points


def draw_way(
    brush: Brush, surface: pygame.Surface, state: AppState, now: float, where: Layout, pointer: Pointer, grid: GridView
) -> None:
    """All of it; a drawing of the row under the pointer is shown large, too."""
    if state.through is None:
        return
    cells, large = [c for c in where.controls if c.kind is Kind.CELL], where.named(along.LARGE).box
    hovered = [look_of(state, cell, pointer).hover for cell in cells]
    shown = hovered.index(True) if True in hovered else state.through.at
    sides = along.ends(brush.px, room_of(brush.px, where.canvas), large)
    boxes, lit = [large, *sides, *(cell.box for cell in cells)], [True, False, False, *_only(shown, len(cells))]
    key = (tuple(boxes), shown, brush.theme.name, "way")
    ground = grid.ground(key, lambda: cells_ground(brush, where.canvas, boxes, lit))
    surface.blit(ground, (where.canvas.x, where.canvas.y))
    inset = brush.px(t.CARD_RADIUS / 2)
    grid.draw(surface, state, now, brush.theme, [cell.box.inset(inset) for cell in cells])
    grid.draw_large(surface, state, now, brush.theme, shown, large.inset(inset))
    other = state.through.other or Sketch()
    for place, (box, sketch, said) in enumerate(
        zip(sides, (subject(state), other), ("Yours", "The other"), strict=True)
    ):
        _draw_end(brush, surface, grid, place, box.inset(inset), sketch, said)
    draw_number(brush, surface, large, cells[shown].label, True)
    draw_status(brush, surface, state, now, where.canvas)
    draw_corner(brush, surface, state, now, where.canvas)


def _only(index: int, count: int) -> list[bool]:
    return [i == index for i in range(count)]


def _draw_end(
    brush: Brush, surface: pygame.Surface, grid: GridView, place: int, box: Box, sketch: Sketch, said: str
) -> None:
    words = Box(box.x + brush.px(t.XS), box.y, box.w, brush.px(CAPTION))
    brush.text(surface, said, words, t.SMALL, brush.theme.muted)
    picture = Box(box.x, words.bottom, box.w, box.h - words.h)
    grid.draw_still(surface, place, sketch, brush.theme, picture)
