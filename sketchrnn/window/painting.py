"""Painting lines: smooth, anti-aliased, with round caps and joins.

Strokes are drawn four times too large, as hard-edged quads and discs, and scaled down tile by tile. pygame's own
anti-aliased lines have no caps and darken where they overlap, which dense hand-drawn points do all the time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import pygame

from sketchrnn.window.curve import FLAT, REACH, curves
from sketchrnn.window.theme import Colour, Theme

OVERSIZE = 4  # samples per pixel and axis
COARSE = 2  # the same of what is only a tint beneath ink,
ROUGH = 0.5  # and pixels that its outline may stray: the tint is six times as much wider than the ink
TILE = 128  # pixels; what is scaled down at once
FAR = 4000  # pixels from the corner; a line that goes there is cut before it is drawn
LOOSE = 3  # points at the end that may still move: the tip of a completion, what the pen steadies
SPIKE = 0.2  # samples that a bend may stand out where its quads are lengthened to meet; where it is more, it is a disc


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


def extent_of(lines: Sequence[Line]) -> pygame.Rect:
    """The pixels that lines can touch, their curves too: one bulges past its points by less than half of a chord."""
    chords = max(float(np.abs(line.points[1:] - line.points[:-1]).max(initial=0)) for line in lines)
    return extent(np.concatenate([line.points for line in lines]), max(line.widest for line in lines) + chords)


def extent(points: np.ndarray, width: float) -> pygame.Rect:
    """The pixels that straight lines of this width through these points can touch."""
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
    return paint_all(surface, [line], within)


def paint_all(
    surface: pygame.Surface, lines: Sequence[Line], within: pygame.Rect | None = None, oversize: int = OVERSIZE
) -> pygame.Rect:
    """Paints lines, bottom to top; those of one colour that follow each other as one shape.

    Many at once cost much less than one after the other.

    Args:
        surface: any surface; the lines' coordinates are its pixels.
        lines: any number.
        within: paint only here.
        oversize: samples per pixel and axis; `COARSE` does for what lies beneath other ink.

    Returns:
        What was painted on, clipped to the surface.
    """
    painted = pygame.Rect(0, 0, 0, 0)
    lines = lines if within is None else [_near(line, within) for line in lines]
    for colour, some in groupby(lines, key=lambda line: line.colour):
        group = list(some)
        flat = ROUGH if oversize < OVERSIZE else FLAT
        path, widths, of = curves([line.points for line in group], [line.widths for line in group], flat)
        radii = np.array([line.width / 2 for line in group])[of] * widths
        area = _paint_shape(surface, path, radii, of, colour, within, oversize)
        painted = area if not painted.size[0] else painted.union(area)
    return painted


def _near(line: Line, within: pygame.Rect) -> Line:
    # without what comes before and after all that can be seen there; the curve of the rest is the same
    points = line.points
    margin = np.abs(points[1:] - points[:-1]).max(initial=0) + line.widest + 2
    low, high = (within.left - margin, within.top - margin), (within.right + margin, within.bottom + margin)
    near = np.flatnonzero(((points >= low) & (points <= high)).all(1))
    first, last = (max(near[0] - REACH, 0), near[-1] + REACH + 1) if len(near) else (0, 1)
    if first == 0 and last >= len(points):
        return line
    return replace(line, points=points[first:last], widths=None if line.widths is None else line.widths[first:last])


def paint_path(surface: pygame.Surface, path: np.ndarray, colour: Colour, width: float) -> pygame.Rect:
    """Paints straight lines through the vertices of a path, (m, 2) pixels, `width` pixels wide, with round caps."""
    of = np.zeros(len(path), int)
    return _paint_shape(surface, path, np.full(len(path), width / 2), of, colour, None, OVERSIZE)


def _paint_shape(
    surface: pygame.Surface,
    path: np.ndarray,
    radii: np.ndarray,
    of: np.ndarray,
    colour: Colour,
    within: pygame.Rect | None,
    oversize: int,
) -> pygame.Rect:
    # path (m, 2) and radii (m,) in pixels; of (m,): which line a vertex is of, ascending
    area = extent(path, 2 * float(radii.max())).clip(surface.get_rect())
    if within is not None:
        area = area.clip(within)
    segments = _segments(of)
    boxes = _boxes(path, radii, segments)
    joints = _joints(path, radii * oversize, segments)
    for tile in _tiles(area):
        touched = segments[:, _within(boxes, tile)]
        if touched.size:
            large = pygame.Surface((tile.w * oversize, tile.h * oversize), pygame.SRCALPHA, 32)
            large.fill((*colour, 0))
            _draw_segments(large, path, radii, touched, joints, colour, tile, oversize)
            surface.blit(pygame.transform.smoothscale(large, tile.size), tile)
    return area


def _segments(of: np.ndarray) -> np.ndarray:
    # (2, s): the vertices that each straight piece goes from and to; a line of one vertex has a piece from it to itself
    joined = of[1:] == of[:-1]
    alone = ~(np.concatenate([[False], joined]) | np.concatenate([joined, [False]]))
    first, single = np.flatnonzero(joined), np.flatnonzero(alone)
    return np.stack([np.concatenate([first, single]), np.concatenate([first + 1, single])])


def _boxes(path: np.ndarray, radii: np.ndarray, segments: np.ndarray) -> np.ndarray:
    # (4, s): left, top, right, bottom of every segment
    start, end = path[segments[0]].T, path[segments[1]].T
    margin = np.maximum(radii[segments[0]], radii[segments[1]]) + 1
    return np.concatenate([np.minimum(start, end) - margin, np.maximum(start, end) + margin])


def _joints(path: np.ndarray, radii: np.ndarray, segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # per vertex: whether there is a disc, as at the ends of a line and at bends; where there is none, how much longer
    # the two quads are so that they meet at the outside of the bend. Radii and lengths in samples
    discs, longer = np.ones(len(path), bool), np.zeros(len(path))
    follows = np.flatnonzero(segments[0][1:] == segments[1][:-1])  # segments that another one goes on from
    along = path[segments[1]] - path[segments[0]]
    squares, middle = (along * along).sum(1), segments[1][follows]
    turned = (along[follows] * along[follows + 1]).sum(1)
    lengths = np.sqrt(squares[follows] * squares[follows + 1])
    # one over the squared cosine of half the angle by which the line turns
    bent = 2 / np.maximum(1 + turned / np.maximum(lengths, 1e-12), 1e-12)
    discs[middle] = sharp = (radii[middle] * (np.sqrt(bent) - 1) > SPIKE) | (lengths < 1e-9)
    longer[middle] = np.where(sharp, 0, radii[middle] * np.sqrt(np.maximum(bent - 1, 0)))
    return discs, longer


def _tiles(area: pygame.Rect) -> Iterator[pygame.Rect]:
    for y in range(area.top, area.bottom, TILE):
        for x in range(area.left, area.right, TILE):
            yield pygame.Rect(x, y, TILE, TILE).clip(area)


def _within(boxes: np.ndarray, tile: pygame.Rect) -> np.ndarray:
    # the segments that a tile can see something of
    left, top, right, bottom = boxes
    return np.flatnonzero((left < tile.right) & (right > tile.x) & (top < tile.bottom) & (bottom > tile.y))


def _draw_segments(
    large: pygame.Surface,
    path: np.ndarray,
    radii: np.ndarray,
    segments: np.ndarray,
    joints: tuple[np.ndarray, np.ndarray],
    colour: Colour,
    tile: pygame.Rect,
    oversize: int,
) -> None:
    opaque, (discs, longer) = (*colour, 255), joints
    # x, y, radius: samples of the tile; nothing is drawn thinner than a pixel
    start, end = (
        np.column_stack([(path[at] - tile.topleft) * oversize, np.maximum(radii[at], 0.5) * oversize])
        for at in segments
    )
    widest = max(start[:, 2].max(), end[:, 2].max())
    low, high = np.full(2, -2 * widest), np.array(large.get_size()) + 2 * widest
    centres = np.concatenate([start[discs[segments[0]]], end[discs[segments[1]]]])
    for x, y, radius in centres[((centres[:, :2] > low) & (centres[:, :2] < high)).all(1)].tolist():
        pygame.draw.circle(large, opaque, (x, y), radius)
    start, end = _lengthened(start, end, longer[segments[0]], longer[segments[1]])
    if np.abs(start).max() > FAR * oversize or np.abs(end).max() > FAR * oversize:
        start, end = _clip(start, end, low, high)
    for quad in _quads(start, end):
        pygame.draw.polygon(large, opaque, quad)


def _lengthened(
    start: np.ndarray, end: np.ndarray, before: np.ndarray, after: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    along = end[:, :2] - start[:, :2]
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    start[:, :2] -= along * before[:, None]
    end[:, :2] += along * after[:, None]
    return start, end


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
