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

from sketchrnn.window.theme import Colour

OVERSIZE = 4  # samples per pixel and axis
TILE = 128  # pixels; what is scaled down at once
FLAT = 0.06  # pixels that a smoothed curve's chords may stray from it
FAR = 4000  # pixels from the corner; a line that goes there is cut before it is drawn
MAX_STEPS = 24  # vertices per segment
CORNER = (40.0, 85.0)  # degrees of turn: rounded below the first, kept as a corner above the second
REACH = 3  # points back from the end whose curve a new point can change


@dataclass(frozen=True, eq=False)
class Line:
    """One stroke as it is to be painted.

    Args:
        points: (n, 2) pixels of the picture, n >= 1; a line that grew begins with the points it had, but for the last.
        colour: RGB.
        width: pixels.
    """

    points: np.ndarray
    colour: Colour
    width: float


def smooth(points: np.ndarray) -> np.ndarray:
    """A curve through all the points: centripetal Catmull-Rom, except that sharp turns stay corners.

    It ends exactly at the last point, and a new point changes it only from `REACH` points before on.

    Args:
        points: (n, 2) pixels, n >= 1.

    Returns:
        (m, 2) float64 vertices, closer where the curve bends more; equal neighbours are drawn once.

    Reference: Yuksel, Schaefer, Keyser, "Parameterization and applications of Catmull-Rom curves" (2011).
    """
    points = np.asarray(points, np.float64)
    still = (points[1:] == points[:-1]).all(1)
    if still.any():
        points = np.concatenate([points[:1], points[1:][~still]])
    if len(points) < 3:
        return points
    chords = points[1:] - points[:-1]
    lengths = np.sqrt((chords * chords).sum(1))
    turns = _turns(chords, lengths)
    share = np.minimum(np.maximum((CORNER[1] - turns) / (CORNER[1] - CORNER[0]), 0), 1)
    round_ = share * share * (3 - 2 * share)  # per inner point: 1 where the line goes on smoothly, 0 at a corner
    leaving, arriving = _tangents(chords, lengths, round_[:, None])
    bends = np.radians(turns) * (round_ > 0)
    bends = np.maximum(np.concatenate([bends, [0.0]]), np.concatenate([[0.0], bends]))
    # a curve of length l that turns by a strays l a / 8 n^2 from n chords
    steps = np.minimum(np.ceil(np.sqrt(lengths * bends / (8 * FLAT))), MAX_STEPS).astype(int)
    return _hermite(points, leaving, arriving, np.maximum(steps, 1))


def _turns(chords: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    # degrees between each chord and the next
    cosine = (chords[:-1] * chords[1:]).sum(1) / (lengths[:-1] * lengths[1:])
    return np.degrees(np.arccos(np.minimum(np.maximum(cosine, -1), 1)))


def _tangents(chords: np.ndarray, lengths: np.ndarray, round_: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # derivatives at the two ends of every segment, over a parameter from 0 to 1
    spans = np.sqrt(lengths)[:, None]
    slopes = chords / spans
    shared = (slopes[:-1] * spans[1:] + slopes[1:] * spans[:-1]) / (spans[:-1] + spans[1:])
    arriving, leaving = slopes.copy(), slopes.copy()
    arriving[:-1] += round_ * (shared - slopes[:-1])
    leaving[1:] += round_ * (shared - slopes[1:])
    return leaving * spans, arriving * spans


def _hermite(points: np.ndarray, leaving: np.ndarray, arriving: np.ndarray, steps: np.ndarray) -> np.ndarray:
    segment = np.repeat(np.arange(len(steps)), steps)
    first = np.cumsum(steps) - steps
    t = ((np.arange(len(segment)) - first[segment] + 1) / steps[segment])[:, None]
    start, end = points[segment], points[segment + 1]
    t2, t3 = t * t, t * t * t
    curve = start * (2 * t3 - 3 * t2 + 1) + leaving[segment] * (t3 - 2 * t2 + t)
    curve += end * (3 * t2 - 2 * t3) + arriving[segment] * (t3 - t2)
    return np.concatenate([points[:1], curve])


def extent(points: np.ndarray, width: float) -> pygame.Rect:
    """The pixels that a line of these points and this width can touch."""
    margin = width / 2 + 1.5
    # a drawing can lie anywhere; rectangles hold 32-bit integers
    left, top = (math.floor(max(x - margin, -1e6)) for x in points.min(0).tolist())
    right, bottom = (math.ceil(min(x + margin, 1e6)) for x in points.max(0).tolist())
    return pygame.Rect(left, top, max(right - left, 0), max(bottom - top, 0))


def paint(surface: pygame.Surface, line: Line, within: pygame.Rect | None = None) -> pygame.Rect:
    """Paints a line on a surface.

    Args:
        surface: any surface; the line's coordinates are its pixels.
        within: paint only here.

    Returns:
        What was painted on, clipped to the surface.
    """
    return paint_path(surface, smooth(line.points), line.colour, line.width, within)


def paint_path(
    surface: pygame.Surface, path: np.ndarray, colour: Colour, width: float, within: pygame.Rect | None = None
) -> pygame.Rect:
    """Paints straight lines through the vertices of a path, (m, 2) pixels, with round caps and joins."""
    area = extent(path, width).clip(surface.get_rect())
    if within is not None:
        area = area.clip(within)
    boxes = _segment_boxes(path, width / 2 + 1)
    for tile in _tiles(area):
        touched = np.flatnonzero(
            (boxes[:, 0] < tile.right) & (boxes[:, 2] > tile.x) & (boxes[:, 1] < tile.bottom) & (boxes[:, 3] > tile.y)
        )
        if len(touched):
            surface.blit(_coverage(path, touched, colour, width, tile), tile)
    return area


def _segment_boxes(path: np.ndarray, margin: float) -> np.ndarray:
    # (m - 1 or 1, 4): left, top, right, bottom of every segment
    start, end = (path, path) if len(path) == 1 else (path[:-1], path[1:])
    return np.concatenate([np.minimum(start, end) - margin, np.maximum(start, end) + margin], axis=1)


def _tiles(area: pygame.Rect) -> Iterator[pygame.Rect]:
    for y in range(area.top, area.bottom, TILE):
        for x in range(area.left, area.right, TILE):
            yield pygame.Rect(x, y, TILE, TILE).clip(area)


def _coverage(path: np.ndarray, segments: np.ndarray, colour: Colour, width: float, tile: pygame.Rect):
    large = pygame.Surface((tile.w * OVERSIZE, tile.h * OVERSIZE), pygame.SRCALPHA, 32)
    large.fill((*colour, 0))
    opaque, radius = (*colour, 255), max(width * OVERSIZE / 2, OVERSIZE / 2)
    last = len(path) - 1
    start, end = ((path[np.minimum(segments + step, last)] - tile.topleft) * OVERSIZE for step in (0, 1))
    low, high = np.full(2, -2 * radius), np.array(large.get_size()) + 2 * radius
    centres = np.concatenate([start, end[-1:], end[:-1][np.diff(segments) > 1]])
    for centre in centres[((centres > low) & (centres < high)).all(1)].tolist():
        pygame.draw.circle(large, opaque, centre, radius)
    if np.abs(path).max() > FAR:
        start, end = _clip(start, end, low, high)
    for quad in _quads(start, end, radius):
        pygame.draw.polygon(large, opaque, quad)
    return pygame.transform.smoothscale(large, tile.size)


def _clip(start: np.ndarray, end: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # the parts of the segments within a box: a line deep in a zoomed drawing can be a million pixels long
    along = end - start
    along = np.where(np.abs(along) < 1e-9, 1e-9, along)
    sides = np.stack([(low - start) / along, (high - start) / along])
    enter = np.maximum(sides.min(0).max(1), 0)
    leave = np.minimum(sides.max(0).min(1), 1)
    inside = enter < leave
    start, along = start[inside], along[inside]
    return start + along * enter[inside, None], start + along * leave[inside, None]


def _quads(start: np.ndarray, end: np.ndarray, radius: float) -> list[list[list[float]]]:
    along = end - start
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    # pygame fills a polygon's edge, too, and counts from pixels' corners: half a sample less, half a sample up and left
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / length * (radius - 0.5)
    start, end = start - 0.5, end - 0.5
    return np.stack([start + across, end + across, end - across, start - across], axis=1).tolist()


_NEVER = object()


class InkPicture:
    """A picture of lines on paper that is brought up to date with as little painting as the change needs.

    Lines that were there stay; new ones are painted on top; a last line that grew is repainted near its end; anything
    else starts over. What it shows depends only on what `show` was last given.
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
            self._closed, self._picture = pygame.Surface(size), pygame.Surface(size)
            self._clear(paper, ground)
            self._key = key
        elif not self._continues(lines):
            self._clear(paper, ground)
        self._extend(lines)
        return self._picture

    def _clear(self, paper: Colour, ground: pygame.Surface | None) -> None:
        for picture in (self._closed, self._picture):
            if ground is None:
                picture.fill(paper)
            else:
                picture.blit(ground, (0, 0))
        self._lines = ()

    def _continues(self, lines: tuple[Line, ...]) -> bool:
        kept = len(self._lines)
        if len(lines) < kept:
            return False
        same = all(_same(old, new) for old, new in zip(self._lines[:-1], lines, strict=False))
        return same and (kept == 0 or _grew(self._lines[-1], lines[kept - 1]))

    def _extend(self, lines: tuple[Line, ...]) -> None:
        kept = len(self._lines)
        if kept and not _same(self._lines[-1], lines[kept - 1]):
            self._grow(self._lines[-1], lines[kept - 1])
        for index in range(kept, len(lines)):
            if index > 0:
                self._closed.blit(self._picture, self._last, self._last)
            self._last = paint(self._picture, lines[index])
        self._lines = lines

    def _grow(self, old: Line, new: Line) -> None:
        first = max(0, len(old.points) - 2 - REACH)
        tail = np.concatenate([new.points[first:], old.points[-1:]])
        chords = np.abs(tail[1:] - tail[:-1]).max(initial=0)
        # a curve bulges past its points by less than the longest of its chords
        area = extent(tail, new.width + chords).clip(self._picture.get_rect())
        self._picture.blit(self._closed, area, area)
        painted = paint_path(self._picture, smooth(new.points), new.colour, new.width, area)
        self._last = self._last.union(painted)


def _same(a: Line, b: Line) -> bool:
    if a is b:
        return True
    return _styled_alike(a, b) and np.array_equal(a.points, b.points)


def _grew(old: Line, new: Line) -> bool:
    # the last point may have moved: a point on its way is drawn between its neighbours
    count = len(old.points)
    if len(new.points) < count or not _styled_alike(old, new):
        return False
    return np.array_equal(old.points[:-1], new.points[: count - 1])


def _styled_alike(a: Line, b: Line) -> bool:
    return a.colour == b.colour and a.width == b.width
