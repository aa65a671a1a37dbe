"""Ink: smooth, anti-aliased strokes with round caps and joins, and pictures of them that grow instead of being redrawn.

A stroke is drawn four times too large, as hard-edged quads and discs, and scaled down tile by tile. pygame's own
anti-aliased lines have no caps and darken where they overlap, which dense hand-drawn points do all the time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pygame

from sketchrnn.window.curve import REACH, curve
from sketchrnn.window.theme import Colour, Theme

OVERSIZE = 4  # samples per pixel and axis
COARSE = 2  # the same of what is only a tint beneath ink
TILE = 128  # pixels; what is scaled down at once
FAR = 4000  # pixels from the corner; a line that goes there is cut before it is drawn
MOST_PATCHED = 0.6  # of a picture, that is repainted in patches
LOOSE = 3  # points at the end that may still move: the tip of a completion, what the pen steadies


@dataclass(frozen=True, eq=False)
class Line:
    """One stroke as it is to be painted.

    Args:
        points: (n, 2) pixels of the picture, n >= 1; a line that grew begins with the points it had, but for the last
            `LOOSE`.
        colour: RGB.
        width: pixels.
        widths: (n,) of the width at each point as a factor of `width`; None for an even line.
    """

    points: np.ndarray
    colour: Colour
    width: float
    widths: np.ndarray | None = None

    @property
    def widest(self) -> float:
        """Pixels."""
        return self.width if self.widths is None else self.width * float(self.widths.max())


def extent(points: np.ndarray, width: float) -> pygame.Rect:
    """The pixels that a line of these points and this width can touch."""
    margin = width / 2 + 1.5
    # a drawing can lie anywhere; rectangles hold 32-bit integers
    left, top = (math.floor(max(x - margin, -1e6)) for x in points.min(0).tolist())
    right, bottom = (math.ceil(min(x + margin, 1e6)) for x in points.max(0).tolist())
    return pygame.Rect(left, top, max(right - left, 0), max(bottom - top, 0))


def beneath(look: Theme) -> int:
    """How a picture on paper is laid over a page so that it seems to lie beneath the ink there.

    Each pixel becomes the darker one of both, on dark paper the lighter one: the ink where there is ink, the picture
    where there is paper.
    """
    return pygame.BLEND_RGB_MIN if sum(look.paper) > sum(look.ink) else pygame.BLEND_RGB_MAX


def paint(surface: pygame.Surface, line: Line, within: pygame.Rect | None = None) -> pygame.Rect:
    """Paints a line on a surface.

    Args:
        surface: any surface; the line's coordinates are its pixels.
        within: paint only here.

    Returns:
        What was painted on, clipped to the surface.
    """
    path, widths = curve(line.points, line.widths)
    return paint_path(surface, path, line.colour, line.width, within, widths)


def paint_path(
    surface: pygame.Surface,
    path: np.ndarray,
    colour: Colour,
    width: float,
    within: pygame.Rect | None = None,
    widths: np.ndarray | None = None,
) -> pygame.Rect:
    """Paints straight lines through the vertices of a path, (m, 2) pixels, with round caps and joins.

    `width` is in pixels, `widths` are (m,) factors of it.
    """
    widest = width if widths is None else width * float(widths.max())
    area = extent(path, widest).clip(surface.get_rect())
    if within is not None:
        area = area.clip(within)
    boxes = _segment_boxes(path, widest / 2 + 1)
    radii = np.full(len(path), width / 2) if widths is None else width / 2 * widths
    for tile in _tiles(area):
        touched = _within(boxes, tile)
        if len(touched):
            large = _sheet(tile, colour, OVERSIZE)
            _draw_segments(large, path, touched, colour, radii, tile, OVERSIZE)
            surface.blit(pygame.transform.smoothscale(large, tile.size), tile)
    return area


def paint_together(surface: pygame.Surface, lines: Sequence[Line], colour: Colour) -> pygame.Rect:
    """Paints even lines in one colour as one shape, with coarser edges: faster than one by one, for what lies beneath.

    Returns:
        What was painted on, clipped to the surface.
    """
    paths = [(curve(line.points, None)[0], line.width) for line in lines]
    areas = [extent(path, width).clip(surface.get_rect()) for path, width in paths]
    boxes = [_segment_boxes(path, width / 2 + 1) for path, width in paths]
    whole = areas[0].unionall(areas[1:])
    for tile in _tiles(whole):
        large = _sheet(tile, colour, COARSE)
        for (path, width), own, area in zip(paths, boxes, areas, strict=True):
            touched = _within(own, tile) if area.colliderect(tile) else own[:0]
            if len(touched):
                _draw_segments(large, path, touched, colour, np.full(len(path), width / 2), tile, COARSE)
        surface.blit(pygame.transform.smoothscale(large, tile.size), tile)
    return whole


def _segment_boxes(path: np.ndarray, margin: float) -> np.ndarray:
    # (m - 1 or 1, 4): left, top, right, bottom of every segment
    start, end = (path, path) if len(path) == 1 else (path[:-1], path[1:])
    return np.concatenate([np.minimum(start, end) - margin, np.maximum(start, end) + margin], axis=1)


def _tiles(area: pygame.Rect) -> Iterator[pygame.Rect]:
    for y in range(area.top, area.bottom, TILE):
        for x in range(area.left, area.right, TILE):
            yield pygame.Rect(x, y, TILE, TILE).clip(area)


def _within(boxes: np.ndarray, tile: pygame.Rect) -> np.ndarray:
    # the segments that a tile can see something of
    return np.flatnonzero(
        (boxes[:, 0] < tile.right) & (boxes[:, 2] > tile.x) & (boxes[:, 1] < tile.bottom) & (boxes[:, 3] > tile.y)
    )


def _sheet(tile: pygame.Rect, colour: Colour, oversize: int) -> pygame.Surface:
    large = pygame.Surface((tile.w * oversize, tile.h * oversize), pygame.SRCALPHA, 32)
    large.fill((*colour, 0))
    return large


def _draw_segments(
    large: pygame.Surface,
    path: np.ndarray,
    segments: np.ndarray,
    colour: Colour,
    radii: np.ndarray,
    tile: pygame.Rect,
    oversize: int,
) -> None:
    opaque = (*colour, 255)
    # x, y, radius: samples of the tile; nothing is drawn thinner than a pixel
    rounds = np.column_stack([(path - tile.topleft) * oversize, np.maximum(radii, 0.5) * oversize])
    start, end = (rounds[np.minimum(segments + step, len(path) - 1)] for step in (0, 1))
    widest = max(start[:, 2].max(), end[:, 2].max())
    low, high = np.full(2, -2 * widest), np.array(large.get_size()) + 2 * widest
    centres = np.concatenate([start, end[-1:], end[:-1][np.diff(segments) > 1]])
    for x, y, radius in centres[((centres[:, :2] > low) & (centres[:, :2] < high)).all(1)].tolist():
        pygame.draw.circle(large, opaque, (x, y), radius)
    if np.abs(path).max() > FAR:
        start, end = _clip(start, end, low, high)
    for quad in _quads(start, end):
        pygame.draw.polygon(large, opaque, quad)


def _clip(start: np.ndarray, end: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # the parts of the segments within a box: a line deep in a zoomed drawing can be a million pixels long
    along = end - start
    way = np.where(np.abs(along[:, :2]) < 1e-9, 1e-9, along[:, :2])
    sides = np.stack([(low - start[:, :2]) / way, (high - start[:, :2]) / way])
    enter = np.maximum(sides.min(0).max(1), 0)
    leave = np.minimum(sides.max(0).min(1), 1)
    inside = enter < leave
    start, along = start[inside], along[inside]
    return start + along * enter[inside, None], start + along * leave[inside, None]


def _quads(start: np.ndarray, end: np.ndarray) -> list[list[list[float]]]:
    begins, ends = start[:, 2:] - 0.5, end[:, 2:] - 0.5
    start, end = start[:, :2], end[:, :2]
    along = end - start
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    # pygame fills a polygon's edge, too, and counts from pixels' corners: half a sample less, half a sample up and left
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / length
    start, end = start - 0.5, end - 0.5
    sides = [start + across * begins, end + across * ends, end - across * ends, start - across * begins]
    return np.stack(sides, axis=1).tolist()


_NEVER = object()


class InkPicture:
    """A picture of lines on paper that is brought up to date with as little painting as the change needs.

    Lines that were there stay; new ones are painted on top; a last line that grew is repainted near its end; where
    lines came or went below others, only what they touch is repainted. What it shows depends only on what `show` was
    last given.
    """

    def __init__(self):
        self._closed = pygame.Surface((1, 1))  # every line but the last
        self._picture = pygame.Surface((1, 1))  # every line
        self._lines: tuple[Line, ...] = ()
        self._last = pygame.Rect(0, 0, 0, 0)  # where the last line is
        self._key: object = _NEVER

    def show(
        self,
        lines: Sequence[Line],
        size: tuple[int, int],
        paper: Colour,
        key: object = None,
        ground: pygame.Surface | None = None,
    ) -> pygame.Surface:
        """The picture of these lines.

        Args:
            lines: bottom to top.
            size: pixels.
            paper: what they lie on.
            key: what else the pixels depend on (zoom, theme, the ground): with another one, everything is repainted.
            ground: a picture of this size that the lines lie on, instead of plain paper.
        """
        lines, key = tuple(lines), (size, paper, key)
        if key != self._key:
            if self._picture.get_size() != tuple(size):
                self._closed, self._picture = pygame.Surface(size), pygame.Surface(size)
            self._clear(paper, ground)
            self._key = key
        elif not self._continues(lines) and not self._patched(lines, paper, ground):
            self._clear(paper, ground)
        self._extend(lines)
        return self._picture

    def _clear(self, paper: Colour, ground: pygame.Surface | None) -> None:
        for picture in (self._closed, self._picture):
            self._fill(picture, picture.get_rect(), paper, ground)
        self._lines = ()

    def _patched(self, lines: tuple[Line, ...], paper: Colour, ground: pygame.Surface | None) -> bool:
        """Repaint where lines came, went or changed; whether that was worth it, rather than to start over."""
        old, new = {_identity(line) for line in self._lines}, {_identity(line) for line in lines}
        others = [line for line in self._lines if _identity(line) not in new]
        others += [line for line in lines if _identity(line) not in old]
        # which one is last, and so not in the picture of all others, is another one now
        others += [*self._lines[-1:], *lines[-1:]]
        seen = self._picture.get_rect()
        areas = _apart([self._area(line) for line in others])
        if not lines or sum(area.w * area.h for area in areas) > MOST_PATCHED * seen.w * seen.h:
            return False
        whole = [(line, self._area(line)) for line in lines]
        for area in areas:
            self._fill(self._closed, area, paper, ground)
            for line, own in whole[:-1]:
                if own.colliderect(area):
                    paint(self._closed, line, area)
            self._picture.blit(self._closed, area, area)
            if whole[-1][1].colliderect(area):
                paint(self._picture, whole[-1][0], area)
        self._lines, self._last = lines, whole[-1][1]
        return True

    def _area(self, line: Line) -> pygame.Rect:
        chords = np.abs(line.points[1:] - line.points[:-1]).max(initial=0)
        # a curve bulges past its points by less than the longest of its chords
        return extent(line.points, line.widest + chords).clip(self._picture.get_rect())

    @staticmethod
    def _fill(picture: pygame.Surface, area: pygame.Rect, paper: Colour, ground: pygame.Surface | None) -> None:
        if ground is None:
            picture.fill(paper, area)
        else:
            picture.blit(ground, area, area)

    def _continues(self, lines: tuple[Line, ...]) -> bool:
        if len(lines) < len(self._lines):
            return False
        return all(_same(old, new) for old, new in zip(self._lines[:-1], lines, strict=False))

    def _extend(self, lines: tuple[Line, ...]) -> None:
        kept = len(self._lines)
        if kept and not _same(self._lines[-1], lines[kept - 1]):
            self._change(self._lines[-1], lines[kept - 1])
        for index in range(kept, len(lines)):
            if index > 0:
                self._closed.blit(self._picture, self._last, self._last)
            self._last = paint(self._picture, lines[index])
        self._lines = lines

    def _change(self, old: Line, new: Line) -> None:
        if _grew(old, new):
            self._grow(old, new)
            return
        # a stroke gets its taper when the pen lifts; another ending takes this one's place
        self._picture.blit(self._closed, self._last, self._last)
        self._last = paint(self._picture, new)

    def _grow(self, old: Line, new: Line) -> None:
        first = max(0, len(old.points) - 1 - LOOSE - REACH)
        tail = np.concatenate([new.points[first:], old.points[first:]])
        chords = np.abs(tail[1:] - tail[:-1]).max(initial=0)  # as in `_area`
        area = extent(tail, max(old.widest, new.widest) + chords).clip(self._picture.get_rect())
        self._picture.blit(self._closed, area, area)
        self._last = self._last.union(paint(self._picture, new, area))


def _identity(line: Line) -> tuple[int, int, Colour, float]:
    # lines made anew of the same arrays are the same lines
    return id(line.points), id(line.widths), line.colour, line.width


def _apart(areas: list[pygame.Rect]) -> list[pygame.Rect]:
    # the areas as rectangles that do not touch each other
    apart: list[pygame.Rect] = []
    for area in areas:
        while (hit := area.collidelist(apart)) >= 0:
            area = area.union(apart.pop(hit))
        if area.w and area.h:
            apart.append(area)
    return apart


def _same(a: Line, b: Line) -> bool:
    if a is b:
        return True
    return _styled_alike(a, b) and np.array_equal(a.points, b.points) and _equal_widths(a.widths, b.widths)


def _grew(old: Line, new: Line) -> bool:
    kept = max(len(old.points) - LOOSE, 0)
    if len(new.points) < len(old.points) or not _styled_alike(old, new):
        return False
    if not np.array_equal(old.points[:kept], new.points[:kept]):
        return False
    if old.widths is None or new.widths is None:
        return old.widths is new.widths
    return np.array_equal(old.widths[:kept], new.widths[:kept])


def _styled_alike(a: Line, b: Line) -> bool:
    return a.colour == b.colour and a.width == b.width


def _equal_widths(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    return a is b if a is None or b is None else np.array_equal(a, b)
