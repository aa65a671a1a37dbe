"""What may come next: the likeliest next stroke, and where the next stroke may start."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sketchrnn.engine.blocks import BLOCK
from sketchrnn.engine.messages import CompletionRequest, Heat, LookRequest
from sketchrnn.engine.placing import Placed
from sketchrnn.engine.plan import Plan
from sketchrnn.engine.programs import CHUNK, Programs
from sketchrnn.errors import EngineError
from sketchrnn.model.mixture import MIN_LOG_SIGMA, Mixture
from sketchrnn.model.sampling import Noise, make_noise
from sketchrnn.sketch.frame import BOX
from sketchrnn.sketch.types import Sketch

GRID = 80
"""Cells of the heat map along its longer side."""
MARGIN = 0.25
"""Of the page's side, that the map goes beyond the page and its ink on each side: so does the pen."""
BLUR = 0.5
"""Standard deviation, in cells, of the normal that the density is seen through: a narrow component falls between the
cells' middles otherwise."""
STROKES = BLOCK
"""Next strokes that are drawn to find the likeliest; so many side by side cost little more than one."""
TEMPERATURE = 0.25
"""Of these strokes: calmer than an ending's, which is one of many and is chosen."""
COMPARED = 16
"""Points of each that are compared."""
MOST_POINTS = 4 * CHUNK
"""Of a ghost; a stroke that goes on is cut off there."""
_MOST_LOG_SIGMA = 12.0


def asked(request: LookRequest) -> CompletionRequest:
    """What a completion of the same drawing would begin with."""
    return CompletionRequest(
        request.prefix,
        request.category,
        max_points=MOST_POINTS,
        page_scale=request.page_scale,
        scale=request.scale,
        candidates=1,
        guidance=0.0,
    )


def ghost(programs: Programs, plan: Plan) -> np.ndarray:
    """The likeliest next stroke after a prefix: of several that the model draws the one that is nearest to the others.

    Taking of each mixture the likeliest component instead goes round in circles: the likeliest next point is seldom
    the last one of a stroke.

    Returns:
        (n, 3) float32 rows, absolute x, y and pen_lifted, page units; none where the drawing is likeliest done.

    Raises:
        EngineError: the model gave numbers that are none.
    """
    strokes = next_strokes(programs, plan)
    drawn = [stroke for stroke in strokes if len(stroke)]
    likeliest = drawn[nearest_to_all(drawn)] if 2 * len(drawn) > len(strokes) else strokes[0][:0]
    return Placed.after(plan.request.prefix, plan.rows_per_page_unit).next(likeliest)


def next_strokes(programs: Programs, plan: Plan) -> list[np.ndarray]:
    """`STROKES` next strokes, (n, 3) float32 stroke-3 rows, model units, each; none where the drawing ended there."""
    ending, rows = plan.endings[0], np.zeros((0, STROKES, 5), np.float32)
    state = tuple(np.repeat(part[None], STROKES, axis=0) for part in ending.state)
    condition = np.repeat(ending.condition[None], STROKES, axis=0)
    temperature, over = np.full(STROKES, TEMPERATURE, np.float32), np.zeros(STROKES, bool)
    noise = make_noise(0, range(STROKES), MOST_POINTS)
    while len(rows) < MOST_POINTS and not rows[..., 3:].any(axis=(0, 2)).all():
        part = Noise(*(values[len(rows) : len(rows) + CHUNK] for values in noise))
        state, over, drawn = programs.draw(state, over, part, condition, temperature)
        rows = np.concatenate([rows, drawn])
    _check_finite(rows)
    return [_first_stroke(rows[:, number]) for number in range(STROKES)]


def _first_stroke(rows: np.ndarray) -> np.ndarray:
    """The stroke-3 rows up to the first pen-up or before the end, the last one with the pen lifted."""
    lift, end = (int(np.flatnonzero(np.append(rows[:, column], 1) > 0.5)[0]) for column in (3, 4))
    stroke = rows[: min(lift + 1, end)][:, [0, 1, 3]]
    stroke[-1:, 2] = 1
    return stroke


def nearest_to_all(strokes: Sequence[np.ndarray]) -> int:
    """Which of these strokes is nearest to all of them: the least sum of the distances between points that are as far
    along their strokes.

    Args:
        strokes: (n, 3) stroke-3 rows each, n >= 1, from one point.

    Reference:
        Kumar & Byrne 2004, minimum Bayes-risk decoding.
    """
    points = np.stack([_along(np.cumsum(stroke[:, :2].astype(np.float64), axis=0)) for stroke in strokes])
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1).mean(axis=-1)
    return int(np.argmin(apart.sum(axis=0)))


def _along(points: np.ndarray) -> np.ndarray:
    """(COMPARED, 2) points at equal ways along a line (n, 2)."""
    way = np.append(0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    at = np.linspace(0, way[-1], COMPARED)
    return np.stack([np.interp(at, way, points[:, axis]) for axis in (0, 1)], axis=1)


def heat(programs: Programs, plan: Plan) -> Heat:
    """Where the next stroke after a prefix may start, and how sure the model is.

    Raises:
        EngineError: the model gave numbers that are none.
    """
    mixture = programs.mixture(plan.endings[0].state[0][None])
    _check_finite(*map(np.asarray, mixture))
    one = Mixture(*(part[0] for part in mixture))
    prefix = plan.request.prefix
    share, corner, cell = start_shares(
        one, prefix.strokes[-1].points[-1], plan.rows_per_page_unit, page_box(prefix, plan.request.page_scale)
    )
    likely = np.exp(one.pen_logits - np.max(one.pen_logits))
    return Heat(corner, cell, share, float(likely[2] / likely.sum()))


def page_box(sketch: Sketch, page_scale: float) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of the page's square and the ink that leaves it, with a margin, page units."""
    side = BOX / page_scale
    left, top, right, bottom = sketch.bounds() or (0.0, 0.0, 0.0, 0.0)
    margin = MARGIN * side
    return min(left, 0.0) - margin, min(top, 0.0) - margin, max(right, side) + margin, max(bottom, side) + margin


def start_shares(
    mixture: Mixture, pen: np.ndarray, scale: float, box: tuple[float, float, float, float]
) -> tuple[np.ndarray, tuple[float, float], float]:
    """How likely the next point lies in each cell of a grid: the mixture's density in the cell's middle, seen through a
    normal of half a cell, times the cell's area.

    Args:
        mixture: of the next offset, (M,) components, model units.
        pen: (2,), where the pen was lifted, page units.
        scale: model units per page unit.
        box: (left, top, right, bottom), what the grid covers, page units.

    Returns:
        (rows, columns) float32, from the top left; the grid's corner and its cell's side, page units.

    Reference:
        Ha & Eck 2017, equation 3; the sum of two independent normals is one, with the sum of their covariances.
    """
    left, top, right, bottom = map(float, box)
    cell = max(right - left, bottom - top) / GRID
    columns, rows = (max(1, math.ceil(round(side / cell, 6))) for side in (right - left, bottom - top))
    x = (left + cell * (np.arange(columns) + 0.5) - float(pen[0])) * scale
    y = (top + cell * (np.arange(rows) + 0.5) - float(pen[1])) * scale
    side = cell * scale
    share = side**2 * _blurred_density(mixture, x[None, :, None], y[:, None, None], BLUR * side)
    return share.astype(np.float32), (left, top), cell


def _blurred_density(mixture: Mixture, x: np.ndarray, y: np.ndarray, blur: float) -> np.ndarray:
    """The density at offsets x, y (model units, broadcast against (M,)) of the mixture plus a round normal."""
    logits, mean, logs, correlation = (np.asarray(part, np.float64) for part in mixture[:4])
    weights = np.exp(logits - logits.max())
    sigma = np.exp(np.clip(logs, MIN_LOG_SIGMA, _MOST_LOG_SIGMA))
    across = np.tanh(correlation) * sigma[:, 0] * sigma[:, 1]
    var_x, var_y = sigma[:, 0] ** 2 + blur**2, sigma[:, 1] ** 2 + blur**2
    determinant = var_x * var_y - across**2
    dx, dy = x - mean[:, 0], y - mean[:, 1]
    distance = (var_y * dx**2 - 2 * across * dx * dy + var_x * dy**2) / determinant
    component = weights / weights.sum() / (2 * np.pi * np.sqrt(determinant))
    return (component * np.exp(-distance / 2)).sum(axis=-1)


def _check_finite(*arrays: np.ndarray) -> None:
    if not all(np.isfinite(array).all() for array in arrays):
        raise EngineError("the model gave numbers that are not finite", hint="Its weights may be damaged.")
