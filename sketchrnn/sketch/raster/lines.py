"""Anti-aliased round lines: the coverage of a pixel is how far its middle lies inside the line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import numpy as np

from sketchrnn.sketch.frame import Box, Frame
from sketchrnn.sketch.palette import COLOURS, PAPER, Colour, colour_of
from sketchrnn.sketch.types import Author, Sketch, Stroke

LARGEST = 16384
"""Pixels of a picture's side at most."""
_PIECE = 14.0
"""Lines are cut into pieces of about this length in px, so that each touches a small square of equal size."""
_AT_ONCE = 2**21
"""Pixels of such squares that are worked on together."""


def rasterise(
    sketch: Sketch,
    size: int | tuple[int, int],
    *,
    line_width: float | None = None,
    colours: Mapping[Author, Colour] = COLOURS,
    background: Colour | None = PAPER,
    margin: float | None = None,
    page: Box | None = None,
) -> np.ndarray:
    """The sketch as a picture, centred and as large as it goes.

    Args:
        sketch: in any unit, y down.
        size: (width, height) of the picture in px, or the side of a square one.
        line_width: in px; 1.25 % of the smaller side, at least 1.5, if None.
        colours: of hand and model.
        background: of the page; transparent if None.
        margin: left free on every side in px; room for the lines if None.
        page: (left, top, right, bottom) in the sketch's units to be shown; the drawing's own bounds if None.

    Returns:
        (height, width, 3) uint8, or (height, width, 4) with straight alpha on a transparent background.

    Raises:
        ValueError: a size or a width that cannot be.
    """
    width, height = checked_size(size)
    line_width = max(1.5, 0.0125 * min(width, height)) if line_width is None else line_width
    if not 0 < line_width < LARGEST:
        raise ValueError(f"expected a line width above 0, got {line_width}")
    margin = line_width + 0.03 * min(width, height) if margin is None else margin
    frame = Frame.fitting(page or sketch.bounds(), (0, 0, width, height), margin, most=_most(sketch, page, width))
    layers = (
        (colour, _covered(list(run), frame, (width, height), line_width))
        for colour, run in groupby(sketch.strokes, key=lambda stroke: colour_of(stroke, colours))
    )
    return painted(layers, (width, height), background)


def painted(
    layers: Iterable[tuple[Colour, np.ndarray]], size: tuple[int, int], background: Colour | None
) -> np.ndarray:
    """Layers of one colour each, (height, width) coverages 0..1, painted over each other from the first to the last.

    Returns:
        As `rasterise`.
    """
    width, height = size
    alpha = np.full((height, width), 0 if background is None else 1, np.float32)
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = (0, 0, 0) if background is None else background
    picture *= alpha[..., None]
    for colour, covered in layers:
        rows, columns = np.nonzero(covered)  # a few percent of the pixels
        part, under = covered[rows, columns], picture[rows, columns]
        picture[rows, columns] = under + part[:, None] * (np.array(colour, np.float32) - under)
        alpha[rows, columns] += part * (1 - alpha[rows, columns])
    if background is not None:
        return np.rint(picture).astype(np.uint8)
    picture /= np.maximum(alpha, 1e-6)[..., None]  # colours were weighted by alpha
    return np.rint(np.concatenate([picture, 255 * alpha[..., None]], axis=2)).clip(0, 255).astype(np.uint8)


def coverage(
    lines: Sequence[np.ndarray],
    size: tuple[int, int],
    line_width: float,
    factors: Sequence[np.ndarray | None] | None = None,
) -> np.ndarray:
    """How much of each pixel the lines cover.

    Args:
        lines: (n, 2) points each, in px, the middle of the first pixel at (0.5, 0.5); one point is a dot.
        size: (width, height) in px.
        line_width: in px; thinner than a pixel gets fainter instead.
        factors: of each line, (n,) of the width at each point, or None for an even one; all are even if None.

    Returns:
        (height, width) float32 in 0..1.
    """
    width, height = size
    strength = min(line_width, 1.0)
    starts, ends = _segments(lines, factors or [None] * len(lines), max(line_width, 1.0) / 2)
    radius = float(max(starts[:, 2].max(initial=0.5), ends[:, 2].max(initial=0.5)))
    starts, ends = _clipped(starts, ends, (width, height), radius + 1)
    piece = max(_PIECE, 2 * radius)
    starts, ends = _pieces(starts, ends, piece)
    side = int(np.ceil(piece + 2 * radius)) + 3
    # a border as wide as a square, so that no square has to be cut
    canvas = np.zeros((height + 2 * side, width + 2 * side), np.float32)
    step = max(1, _AT_ONCE // side**2)
    for first in range(0, len(starts), step):
        _stamp(canvas, starts[first : first + step], ends[first : first + step], side)
    return canvas[side:-side, side:-side] * np.float32(strength)


def checked_size(size: int | tuple[int, int]) -> tuple[int, int]:
    """(width, height) of a size in px.

    Raises:
        ValueError: a size that is not above zero, or far too large.
    """
    width, height = (size, size) if isinstance(size, int) else size
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise ValueError(f"expected a size of 1 to {LARGEST} px, got {size}")
    return int(width), int(height)


def _covered(strokes: list[Stroke], frame: Frame, size: tuple[int, int], line_width: float) -> np.ndarray:
    lines = [frame.points_from_sketch_units(stroke.points) for stroke in strokes]
    return coverage(lines, size, line_width, [stroke.widths for stroke in strokes])


def _most(sketch: Sketch, page: Box | None, width: int) -> float:
    """The largest scale: a drawing that is hardly more than a dot is not blown up to fill the page."""
    return np.inf if page is not None or sketch.point_count > 2 else float(width)


def _segments(
    lines: Sequence[np.ndarray], factors: Sequence[np.ndarray | None], radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of every segment, (n, 3) float64 each: x, y, radius. A line of one point has one without length."""
    rounds = [
        np.column_stack([line, np.full(len(line), radius) if factor is None else radius * factor.astype(np.float64)])
        for line, factor in zip(lines, factors, strict=True)
        if len(line)
    ]
    rounds = [line if len(line) > 1 else line[[0, 0]] for line in rounds]
    if not rounds:
        return np.zeros((0, 3)), np.zeros((0, 3))
    return np.concatenate([line[:-1] for line in rounds]), np.concatenate([line[1:] for line in rounds])


def _clipped(
    starts: np.ndarray, ends: np.ndarray, size: tuple[int, int], reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """The parts of segments that can be seen in the picture (Liang and Barsky 1984), others left out."""
    along = ends - starts
    enter, leave = np.zeros(len(starts)), np.ones(len(starts))
    for axis in (0, 1):
        moving = along[:, axis] != 0
        step = np.where(moving, along[:, axis], 1)
        low, high = (-reach - starts[:, axis]), (size[axis] + reach - starts[:, axis])
        first, second = np.minimum(low / step, high / step), np.maximum(low / step, high / step)
        inside = (low <= 0) & (high >= 0)
        enter = np.where(moving, np.maximum(enter, first), np.where(inside, enter, 2))
        leave = np.where(moving, np.minimum(leave, second), leave)
    seen = enter <= leave
    enter, leave = enter[seen, None], leave[seen, None]
    return starts[seen] + along[seen] * enter, starts[seen] + along[seen] * leave


def _pieces(starts: np.ndarray, ends: np.ndarray, longest: float) -> tuple[np.ndarray, np.ndarray]:
    """Segments cut into equal parts, none longer than `longest` px."""
    counts = np.maximum(1, np.ceil(np.hypot(*(ends - starts)[:, :2].T) / longest)).astype(np.int64)
    which = np.repeat(np.arange(len(starts)), counts)
    part = (np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts))[:, None]
    step = (ends - starts)[which] / counts[which, None]
    return starts[which] + step * part, starts[which] + step * (part + 1)


def _stamp(canvas: np.ndarray, starts: np.ndarray, ends: np.ndarray, side: int) -> None:
    """Raise the canvas to what each piece covers in the square of pixels around it."""
    radii = starts[:, 2].astype(np.float32), ends[:, 2].astype(np.float32)
    starts, ends = starts[:, :2], ends[:, :2]
    corner = np.floor(np.minimum(starts, ends) - np.maximum(*radii)[:, None] - 1).astype(np.int64)
    pixels = np.arange(side, dtype=np.float32) + np.float32(0.5)
    begin = (starts - corner).astype(np.float32)
    along = (ends - starts).astype(np.float32)
    x, y = pixels - begin[:, :1], pixels - begin[:, 1:]  # (n, side) each
    length = np.maximum((along * along).sum(1), np.float32(1e-12))[:, None]
    part = (x * (along[:, :1] / length))[:, None, :] + (y * (along[:, 1:] / length))[:, :, None]
    np.clip(part, 0, 1, out=part)
    dx = x[:, None, :] - part * along[:, 0, None, None]
    dy = y[:, :, None] - part * along[:, 1, None, None]
    radius = radii[0][:, None, None] + part * (radii[1] - radii[0])[:, None, None]
    covered = np.clip(radius + np.float32(0.5) - np.sqrt(dx * dx + dy * dy), 0, 1)
    # the squares overlap: a plain assignment would let the last one win
    rows = (corner[:, 1, None] + side + np.arange(side))[:, :, None]
    columns = (corner[:, 0, None] + side + np.arange(side))[:, None, :]
    touched = covered > 0
    np.maximum.at(canvas.reshape(-1), (rows * canvas.shape[1] + columns)[touched], covered[touched])
