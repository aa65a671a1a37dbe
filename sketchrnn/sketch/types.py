"""What a drawing is: a sketch of strokes of points, all immutable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np

Author = Literal["hand", "model"]
InkName = Literal["red", "orange", "green", "teal", "magenta"]
INK_NAMES: tuple[InkName, ...] = get_args(InkName)
"""Inks beside the author's own (`palette.INKS` has their colours)."""


def ink_named(name: str) -> InkName | None:
    """The ink of this name; None, the author's own, for any other."""
    return next((ink for ink in INK_NAMES if ink == name), None)


@dataclass(frozen=True, eq=False)
class Stroke:
    """One pen-down-to-pen-up line.

    Args:
        points: (n, 2) float32, n >= 1, finite; x to the right, y down, in whatever space the sketch is in
            (page units in the window, sketch units in data sets). Copied and made read-only.
        author: who drew it.
        ink: the ink's name; None for the author's own. The model ignores it.
        widths: (n,) float32, the line's width at each point as a factor of the drawing's line width, above 0; None for
            an even line. The model ignores them, and plotters do. Copied and made read-only.

    Raises:
        ValueError: points of another shape, none, or not finite; an unknown ink; widths that do not fit.
    """

    points: np.ndarray
    author: Author = "hand"
    ink: InkName | None = None
    widths: np.ndarray | None = None

    def __post_init__(self):
        with np.errstate(over="ignore"):  # beyond float32 becomes infinity, which is refused below
            points = np.array(self.points, np.float32)
        if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
            raise ValueError(f"expected points of shape (n, 2) with n >= 1, got {points.shape}")
        if not np.isfinite(points).all():
            raise ValueError("expected finite points, got NaN or infinity")
        if self.author not in ("hand", "model"):
            raise ValueError(f"expected author 'hand' or 'model', got {self.author!r}")
        if self.ink is not None and self.ink not in INK_NAMES:
            raise ValueError(f"expected an ink of {', '.join(INK_NAMES)}, got {self.ink!r}")
        points.setflags(write=False)
        object.__setattr__(self, "points", points)
        if self.widths is not None:
            object.__setattr__(self, "widths", _checked_widths(self.widths, len(points)))

    def bounds(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of its points; worked out once."""
        return self._bounds

    @cached_property
    def _bounds(self) -> tuple[float, float, float, float]:
        left, top = self.points.min(0).tolist()
        right, bottom = self.points.max(0).tolist()
        return left, top, right, bottom

    def with_points(self, points: np.ndarray) -> Stroke:
        """The same stroke through other points; an even one if there are more or fewer of them."""
        return replace(self, points=points, widths=self.widths if len(points) == len(self.points) else None)

    def __len__(self) -> int:
        return len(self.points)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stroke):
            return NotImplemented
        if (self.author, self.ink) != (other.author, other.ink) or not np.array_equal(self.points, other.points):
            return False
        if self.widths is None or other.widths is None:
            return self.widths is other.widths
        return np.array_equal(self.widths, other.widths)

    def __reduce__(self):
        # made anew in another process: hashes differ there, and arrays of a pickle can be written to
        return Stroke, (self.points, self.author, self.ink, self.widths)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        points = self.points + np.float32(0)  # negative zeros equal others
        digest = hashlib.blake2b(points.tobytes(), digest_size=8).digest()
        return hash((self.author, self.ink, digest))


@dataclass(frozen=True)
class Sketch:
    """A drawing: strokes in the order in which they were drawn.

    Args:
        strokes: the strokes; none for an empty sketch.
        category: the Quick, Draw! category or own word, if known.
        provenance: what is known about where it came from, as (name, value) pairs:
            `key_id`, `model`, `seed`, `temperature`, ...
        pen_down: True when the last stroke was cut before its pen-up (a prefix taken in the middle of a stroke).
    """

    strokes: tuple[Stroke, ...] = ()
    category: str | None = None
    provenance: tuple[tuple[str, str], ...] = field(default=())
    pen_down: bool = False

    def __post_init__(self):
        object.__setattr__(self, "strokes", tuple(self.strokes))
        if self.pen_down and not self.strokes:
            raise ValueError("expected a stroke under a pen that is down, got none")

    @property
    def point_count(self) -> int:
        return sum(len(stroke) for stroke in self.strokes)

    def points(self) -> np.ndarray:
        """All points, (n, 2) float32, in drawing order."""
        if not self.strokes:
            return np.zeros((0, 2), np.float32)
        return np.concatenate([stroke.points for stroke in self.strokes])

    def bounds(self) -> tuple[float, float, float, float] | None:
        """(left, top, right, bottom) of all points, or None for an empty sketch; worked out once."""
        return self._bounds

    @cached_property
    def _bounds(self) -> tuple[float, float, float, float] | None:
        if not self.strokes:
            return None
        points = self.points()
        low, high = points.min(0), points.max(0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def with_strokes(self, strokes: Iterable[Stroke], pen_down: bool = False) -> Sketch:
        """The same sketch with other strokes."""
        return replace(self, strokes=tuple(strokes), pen_down=pen_down)

    def note(self, name: str) -> str | None:
        """The value of one provenance entry, or None."""
        return dict(self.provenance).get(name)


def _checked_widths(widths: np.ndarray, count: int) -> np.ndarray:
    widths = np.array(widths, np.float32)
    if widths.shape != (count,) or not (np.isfinite(widths) & (widths > 0)).all():
        raise ValueError(f"expected {count} finite widths above 0, got {widths.shape}")
    widths.setflags(write=False)
    return widths
