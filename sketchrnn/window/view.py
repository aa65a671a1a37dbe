"""The view: the whole window drawn from the state, on any surface. Nothing in it changes state.

`View.draw` answers the same pixels for the same state, time and pointer; what a `View` keeps is only pictures that it
need not paint again. A window and a PNG are two hosts of it.
"""

from __future__ import annotations

import math

import pygame

from sketchrnn.app.settings import scale_of
from sketchrnn.app.state import AppState
from sketchrnn.app.through import on_the_way
from sketchrnn.window.bars import Bars
from sketchrnn.window.brush import Brush
from sketchrnn.window.cards import Panel
from sketchrnn.window.grid import GridView
from sketchrnn.window.layout import Layout, layout, layout_key
from sketchrnn.window.overlays import draw_focus, draw_hint, draw_panel, draw_toasts, draw_tooltip
from sketchrnn.window.page import PageView, Thumbnail
from sketchrnn.window.panels import panel
from sketchrnn.window.picked import draw_selection
from sketchrnn.window.pointer import Pointer
from sketchrnn.window.scene import draw_cells, draw_chips, draw_corner, draw_empty, draw_eraser, draw_status
from sketchrnn.window.seen import SeenView
from sketchrnn.window.theme import DARK, LIGHT, Theme
from sketchrnn.window.way import draw_way


class View:
    """Draws states; keeps what it painted."""

    def __init__(self):
        self._brush: Brush | None = None
        self._layout: tuple[object, Layout] | None = None
        self._panel: tuple[AppState | None, Panel | None] = (None, None)
        self._bars = Bars()
        self._page = PageView()
        self._grid = GridView()
        self._seen = SeenView()
        self._thumbnail = Thumbnail()

    def draw(self, surface: pygame.Surface, state: AppState, now: float, pointer: Pointer | None = None) -> None:
        """Draws the window, all of it.

        Args:
            surface: of the size `state.view.size`.
            state: what to show.
            now: seconds, the clock that the state's times are of.
            pointer: for what is hovered and held; none in a still picture.
        """
        pointer = pointer or Pointer()
        brush, where = self.brush(state), self.layout(state, now)
        below = pointer if state.dialog is None else Pointer()
        if state.grid:
            draw = draw_way if on_the_way(state) else draw_cells
            draw(brush, surface, state, now, where, below, self._grid)
            draw_chips(brush, surface, state, now, where, below)
        elif where.canvas.right <= surface.get_width() and where.canvas.bottom <= surface.get_height():
            # in a window of a few px the bars leave no place for it
            self._draw_page(brush, surface, state, now, where, below)
        self._seen.draw(brush, surface, state, now, where, below)
        self._bars.draw(brush, surface, state, where, below)
        opened = self.panel(state)
        if opened is not None:
            draw_panel(brush, surface, state, now, opened, pointer, self._thumbnail)
            draw_focus(brush, surface, opened.controls, pointer)
        else:
            draw_hint(brush, surface, state, where)
            draw_focus(brush, surface, where.controls, pointer)
            draw_tooltip(brush, surface, state, now, where, pointer)
        draw_toasts(brush, surface, state, where)

    def brush(self, state: AppState) -> Brush:
        """What this state is drawn with."""
        theme, scale = theme_of(state), scale_of(state.view.size, state.settings.ui_scale)
        if self._brush is None or (self._brush.theme, self._brush.scale) != (theme, scale):
            self._brush = Brush(theme, scale)
        return self._brush

    def layout(self, state: AppState, now: float = math.inf) -> Layout:
        """Where things lie in this state; by default when all that moves has come to rest."""
        key = layout_key(state, now)
        if self._layout is None or self._layout[0] != key:
            self._layout = (key, layout(state, self.brush(state).measure, now))
        return self._layout[1]

    def panel(self, state: AppState) -> Panel | None:
        """Where the parts of the open dialog lie."""
        # asked for every move of the pointer, and the help's many words take as long as a frame
        if self._panel[0] is not state:
            self._panel = (state, panel(state, self.brush(state).measure))
        return self._panel[1]

    def _draw_page(self, brush, surface, state, now, where, pointer) -> None:
        self._page.draw(surface, state, now, brush.theme, where.canvas, brush.scale)
        if is_blank(state):
            draw_empty(brush, surface, state, where.canvas)
        draw_status(brush, surface, state, now, where.canvas)
        draw_corner(brush, surface, state, now, where.canvas)
        draw_selection(brush, surface, state, where.canvas)
        draw_chips(brush, surface, state, now, where, pointer)
        draw_eraser(brush, surface, state, where, pointer)


def is_blank(state: AppState) -> bool:
    """Whether the page shows the invitation to draw."""
    return not state.sketch.strokes and state.live is None and state.offer is None and state.pending is None


def theme_of(state: AppState) -> Theme:
    return DARK if state.settings.dark else LIGHT


def render(state: AppState, now: float = 0.0, pointer: Pointer | None = None) -> pygame.Surface:
    """The state as a picture, without a window: for documents and tests."""
    surface = pygame.Surface(state.view.size)
    View().draw(surface, state, now, pointer)
    return surface
