"""The curve through a stroke's points, as vertices that are close enough for it to look round. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FLAT = 0.06  # pixels that a smoothed curve's chords may stray from it, so that it looks round
MAX_STEPS = 24  # vertices per segment
CORNER = (40.0, 85.0)  # degrees of turn: rounded below the first, kept as a corner above the second
REACH = 3  # points back from the end whose curve a new point can change


def smooth(points: np.ndarray) -> np.ndarray:
    """A curve through all the points: centripetal Catmull-Rom, except that sharp turns stay corners.

    It ends exactly at the last point, and a new point changes it only from `REACH` points before on.

    Args:
        points: (n, 2) pixels, n >= 1.

    Returns:
        (m, 2) float64 vertices, closer where the curve bends more; equal neighbours are drawn once.

    Reference: Yuksel, Schaefer, Keyser, "Parameterization and applications of Catmull-Rom curves" (2011).
    """
    return curve(points, None)[0]


def curve(points: np.ndarray, widths: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """The vertices of `smooth`, and the widths at them: between two points they change evenly."""
    path, made, _ = curves([points], [widths])
    return path, None if widths is None else made


def curves(
    points: Sequence[np.ndarray], widths: Sequence[np.ndarray | None], flat: float = FLAT
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The curves of many strokes at once.

    Args:
        points: (n, 2) pixels of each, n >= 1.
        widths: (n,) of each; 1 where there are none.
        flat: pixels that the chords may stray from the curves.

    Returns:
        (m, 2) float64 vertices, one stroke's after the other's; (m,) widths at them, which change evenly between two
        points; (m,) which stroke each is of.
    """
    of = np.repeat(np.arange(len(points)), [len(some) for some in points])
    wide = np.concatenate([np.ones(len(some)) if w is None else w for some, w in zip(points, widths, strict=True)])
    places = np.concatenate([np.asarray(some, np.float64) for some in points])
    jumps = of[1:] != of[:-1]
    moved = np.concatenate([[True], (places[1:] != places[:-1]).any(1) | jumps])
    if not moved.all():
        places, wide, of = places[moved], wide[moved], of[moved]
        jumps = of[1:] != of[:-1]
    if len(places) < 3:
        return places, wide, of
    leaving, arriving, steps = _bent(places, jumps, flat)
    segment, t = _parts(steps)
    wide = np.concatenate([wide[:1], wide[segment] * (1 - t) + wide[segment + 1] * t])
    # what leads from one stroke to the next is one segment, which ends at the next one's first point
    return _hermite(places, leaving, arriving, segment, t[:, None]), wide, np.concatenate([of[:1], of[segment + 1]])


def _bent(points: np.ndarray, jumps: np.ndarray, flat: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    # derivatives at the two ends of every segment, and in how many chords each is drawn
    chords = points[1:] - points[:-1]
    chords[jumps] = 1.0  # any length will do
    lengths = np.sqrt((chords * chords).sum(1))
    turns = _turns(chords, lengths)
    share = np.minimum(np.maximum((CORNER[1] - turns) / (CORNER[1] - CORNER[0]), 0), 1)
    round_ = share * share * (3 - 2 * share)  # per inner point: 1 where the line goes on smoothly, 0 at a corner
    round_[jumps[1:] | jumps[:-1]] = 0.0
    leaving, arriving = _tangents(chords, lengths, round_[:, None])
    bends = np.radians(turns) * (round_ > 0)
    bends = np.maximum(np.concatenate([bends, [0.0]]), np.concatenate([[0.0], bends]))
    # a curve of length l that turns by a strays l a / 8 n^2 from n chords
    steps = np.minimum(np.ceil(np.sqrt(lengths * bends / (8 * flat))), MAX_STEPS).astype(int)
    return leaving, arriving, np.where(jumps, 1, np.maximum(steps, 1))


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


def _parts(steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # of every vertex but the first: which segment it ends a part of, and how far along it lies, above 0 to 1
    segment = np.repeat(np.arange(len(steps)), steps)
    first = np.cumsum(steps) - steps
    return segment, (np.arange(len(segment)) - first[segment] + 1) / steps[segment]


def _hermite(
    points: np.ndarray, leaving: np.ndarray, arriving: np.ndarray, segment: np.ndarray, t: np.ndarray
) -> np.ndarray:
    start, end = points[segment], points[segment + 1]
    t2, t3 = t * t, t * t * t
    curve = start * (2 * t3 - 3 * t2 + 1) + leaving[segment] * (t3 - 2 * t2 + t)
    curve += end * (3 * t2 - 2 * t3) + arriving[segment] * (t3 - t2)
    return np.concatenate([points[:1], curve])
