"""Text, icons and rounded boxes on a surface, each drawn once and kept: what the widgets are made of."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pygame

from sketchrnn.errors import SketchRNNError
from sketchrnn.paths import assets_folder
from sketchrnn.window import icons
from sketchrnn.window.layout import Box
from sketchrnn.window.theme import REGULAR, SEMIBOLD, Colour, Theme
from sketchrnn.window.wording import shown

KEPT = 1024  # pictures of text and icons that are kept; a window shows about a hundred


class Brush:
    """Draws in one theme at one UI scale. Sizes and radii are points; places and boxes are px."""

    def __init__(self, theme: Theme, scale: float):
        self.theme = theme
        self.scale = scale
        self._text = lru_cache(KEPT)(self._render)
        self._icon = lru_cache(KEPT)(self._draw_icon)
        self._short = lru_cache(KEPT)(self._shorten)

    def px(self, points: float) -> int:
        return round(points * self.scale)

    def measure(self, text: str, size: float, strong: bool = False) -> float:
        """Width of a text, px."""
        return _width(text, self.px(size), strong)

    def text(
        self,
        surface: pygame.Surface,
        text: str,
        box: Box,
        size: float,
        colour: Colour,
        *,
        strong: bool = False,
        align: str = "left",
    ) -> int:
        """Draws one line in the middle of a box, shortened by an ellipsis where it does not fit.

        Args:
            align: "left", "centre" or "right".

        Returns:
            The x at which the text ends.
        """
        picture = self._text(self._short(text, size, strong, box.w), size, colour, strong)
        width, height = picture.get_size()
        x = {"left": box.x, "centre": box.x + (box.w - width) // 2, "right": box.right - width}[align]
        surface.blit(picture, (x, box.y + (box.h - height) // 2))
        return x + width

    def icon(
        self, surface: pygame.Surface, name: str, centre: tuple[float, float], size: float, colour: Colour
    ) -> None:
        """Draws an icon of `size` points around a place."""
        picture = self._icon(name, self.px(size), colour)
        width, height = picture.get_size()
        surface.blit(picture, (round(centre[0] - width / 2), round(centre[1] - height / 2)))

    def box(self, surface: pygame.Surface, box: Box, fill: Colour, radius: float, border: Colour | None = None) -> None:
        """Draws a rounded box, with a hairline inside its edge if a border is given."""
        if border is not None:
            rounded(surface, box, border, self.px(radius))
            edge = max(1, round(self.scale))
            rounded(surface, box.inset(edge), fill, self.px(radius) - edge)
        else:
            rounded(surface, box, fill, self.px(radius))

    def shadow(self, surface: pygame.Surface, box: Box, radius: float, reach: float = 18) -> None:
        """Darkens softly around a box; draw it before the box."""
        spread, theme = self.px(reach), self.theme
        picture = _shadow(box.w, box.h, self.px(radius), spread, theme.shade, theme.shadow_alpha)
        surface.blit(picture, (box.x - spread, box.y - spread + spread // 4))

    def _render(self, text: str, size: float, colour: Colour, strong: bool) -> pygame.Surface:
        return font(self.px(size), strong).render(shown(text), True, colour)

    def _shorten(self, text: str, size: float, strong: bool, width: int) -> str:
        if self.measure(text, size, strong) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.measure(text[:middle].rstrip() + "…", size, strong) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return text[:low].rstrip() + "…"

    def _draw_icon(self, name: str, size: int, colour: Colour) -> pygame.Surface:
        picture = pygame.Surface((size + 4, size + 4), pygame.SRCALPHA, 32)
        picture.fill((*colour, 0))
        icons.draw(picture, name, (size / 2 + 2, size / 2 + 2), size, colour)
        return picture


@lru_cache(4096)
def _width(text: str, size: int, strong: bool) -> int:
    return font(size, strong).size(shown(text))[0]


@lru_cache(64)
def font(size: int, strong: bool = False) -> pygame.font.Font:
    """The window's typeface, `size` px.

    Raises:
        SketchRNNError: the font file is not there: the installation is damaged.
    """
    if not pygame.font.get_init():
        pygame.font.init()
        font.cache_clear()
    path = assets_folder() / "fonts" / (SEMIBOLD if strong else REGULAR)
    try:
        return pygame.font.Font(str(path), max(size, 1))
    except (OSError, pygame.error) as error:
        hint = "Install the program again"
        raise SketchRNNError(f"the font could not be read ({error})", file=path, hint=hint) from error


def rounded(surface: pygame.Surface, box: Box, fill: Colour, radius: int) -> None:
    """Draws a box with smooth round corners of `radius` px."""
    radius = max(0, min(radius, box.w // 2, box.h // 2))
    if radius == 0:
        surface.fill(fill, (box.x, box.y, box.w, box.h))
        return
    disc = _disc(radius, fill)
    surface.fill(fill, (box.x + radius, box.y, box.w - 2 * radius, box.h))
    surface.fill(fill, (box.x, box.y + radius, radius, box.h - 2 * radius))
    surface.fill(fill, (box.right - radius, box.y + radius, radius, box.h - 2 * radius))
    for x, from_x in ((box.x, 0), (box.right - radius, radius)):
        for y, from_y in ((box.y, 0), (box.bottom - radius, radius)):
            surface.blit(disc, (x, y), (from_x, from_y, radius, radius))


@lru_cache(256)
def _disc(radius: int, fill: Colour) -> pygame.Surface:
    # coverage of a disc of this radius whose square is 2 radius wide
    centres = np.arange(2 * radius) + 0.5 - radius
    distance = np.hypot(centres[:, None], centres[None, :])
    return _tinted(np.clip(radius - distance + 0.5, 0, 1) * 255, fill)


@lru_cache(32)
def _shadow(width: int, height: int, radius: int, spread: int, colour: Colour, alpha: int) -> pygame.Surface:
    def outside(length: int) -> np.ndarray:
        half = length / 2 - radius
        return np.maximum(np.abs(np.arange(length + 2 * spread) + 0.5 - length / 2 - spread) - half, 0)

    distance = np.hypot(outside(width)[:, None], outside(height)[None, :]) - radius
    share = np.clip(0.5 - distance / (2 * spread), 0, 1)
    return _tinted(alpha * share * share * (3 - 2 * share), colour)


def _tinted(alpha: np.ndarray, colour: Colour) -> pygame.Surface:
    picture = pygame.Surface(alpha.shape, pygame.SRCALPHA, 32)
    picture.fill((*colour, 0))
    view = pygame.surfarray.pixels_alpha(picture)
    view[:] = np.rint(alpha).astype(np.uint8)
    del view
    return picture
