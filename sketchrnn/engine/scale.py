"""How large the hand draws: the prefix read at a handful of scales, and what speaks for each of them.

The same ink becomes other points at every scale, fewer at a smaller one, so likelihoods of the points alone do not
compare. Compared is the length of a description of the *ink*, to some fine precision d in page units: the n - 1
offsets at scale s cost -(log p + 2 (n - 1) ln(s d)), and the ink's other degrees of freedom, M - 2 (n - 1) of them,
lie anywhere within the tolerance of 2 sketch units, ln(4 / (s d)) each. d drops out:

    evidence(s) = log p + 2 (n - 1) ln 4 + M ln s        (p a density over sketch units)

with M a multiple of the mean number of points over all scales. The likelihood is tempered, the model being too sure;
beside it stand the page's own scale and how large starts of drawings are in the box of 255. The weights are fitted to
raw ink of 120 people's drawings (first 15, 30 and 50 % of the line, pages off by up to an octave; fitted to one half,
the other half comes out the same). There the scale is within half an octave of the truth in 88 % (by the page alone
in 60 %) and within an octave in 99 %; in a drawing that grows stroke by stroke it changes once in four drawings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sketchrnn.engine.prefix import Prefix, Read
from sketchrnn.sketch.frame import BOX
from sketchrnn.sketch.types import Sketch

OCTAVES = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
"""Scales that are tried, in octaves from the page's own."""
PAGE_OCTAVES = 0.7
"""Standard deviation of the prior at the page's own scale, octaves."""
STEADY = 0.8
"""Nats by which another scale must be better than the one held so far."""

_LIKELIHOOD, _POINT, _INK = 0.110, 0.235, 0.395
_SIZE, _SIZE_WEIGHT, _TOO_LARGE = 0.464, 1.70, 5.0


def candidates(page_scale: float) -> tuple[float, ...]:
    """The scales to read a prefix at, sketch units per page unit, ascending; the page's own is among them."""
    return tuple(page_scale * 2**octave for octave in OCTAVES)


def choose(sketch: Sketch, prefixes: Sequence[Prefix], reads: Sequence[Read], scale_factor: float, box: float) -> int:
    """Which of the candidates the hand draws at: a function of the drawing so far, steady while it goes on.

    The choice is made anew after every stroke and changes only for one that is better by `STEADY`, so it depends on
    the drawing alone and not on what was asked before.

    Args:
        sketch: the prefix, page units, not empty.
        prefixes: it at each candidate.
        reads: what reading these gave.
        scale_factor: sketch units per model unit.
        box: the page's square in page units: the box of 255 at the page's own scale.
    """
    bounds = _extents(sketch)
    held = None
    for stroke, extent in enumerate(bounds):
        counts = np.array([max(prefix.ends[stroke] - 1, 0) for prefix in prefixes])
        nats = np.array([read.nats[1 : count + 1].sum() for read, count in zip(reads, counts, strict=True)])
        scores = evidence(nats - 2 * math.log(scale_factor) * counts, counts, extent / box)
        best = int(np.argmax(scores))
        if held is None or scores[best] > scores[held] + STEADY:
            held = best
    return OCTAVES.index(0.0) if held is None else held


def evidence(nats: np.ndarray, counts: np.ndarray, extent: float) -> np.ndarray:
    """What speaks for each candidate, nats; see the module's docstring.

    Args:
        nats: (S,) log p of the offsets and pen states, offsets in sketch units.
        counts: (S,) offsets scored.
        extent: the larger side of the prefix by the box of 255, at the page's own scale.
    """
    octaves = np.array(OCTAVES)
    log_scale = octaves * math.log(2)
    size = math.log(max(extent, 1 / BOX)) + log_scale
    with np.errstate(over="ignore", invalid="ignore"):
        ink = _LIKELIHOOD * nats + _POINT * counts + _INK * (counts.mean() + 1) * log_scale
        hand = -_SIZE_WEIGHT * (size - math.log(_SIZE)) ** 2 - _TOO_LARGE * np.maximum(size, 0)
    page = -0.5 * (octaves / PAGE_OCTAVES) ** 2
    return np.nan_to_num(ink, nan=-1e30, neginf=-1e30, posinf=1e30) + hand + page


def _extents(sketch: Sketch) -> np.ndarray:
    """The larger side of the drawing after each stroke, page units."""
    low = np.minimum.accumulate([stroke.points.min(0) for stroke in sketch.strokes])
    high = np.maximum.accumulate([stroke.points.max(0) for stroke in sketch.strokes])
    return (high - low).max(axis=1).astype(np.float64)
