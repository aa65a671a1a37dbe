"""Pictures of ink that grow instead of being painted anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pygame

from sketchrnn.window.curve import REACH
from sketchrnn.window.painting import LOOSE, Line, extent_of, paint, paint_all
from sketchrnn.window.theme import Colour

MOST_PATCHED = 0.6  # of a picture, that is repainted in patches

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
            paint_all(self._closed, [line for line, own in whole[:-1] if own.colliderect(area)], area)
            self._picture.blit(self._closed, area, area)
            if whole[-1][1].colliderect(area):
                paint(self._picture, whole[-1][0], area)
        self._lines, self._last = lines, whole[-1][1]
        return True

    def _area(self, line: Line) -> pygame.Rect:
        return extent_of([line]).clip(self._picture.get_rect())

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
        if kept < len(lines):
            self._closed.blit(self._picture, self._last, self._last)
            fresh = paint_all(self._picture, lines[kept:-1])
            self._closed.blit(self._picture, fresh, fresh)
            self._last = paint(self._picture, lines[-1])
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
        tails = [replace(line, points=line.points[first:]) for line in (old, new)]
        area = extent_of(tails).clip(self._picture.get_rect())
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
