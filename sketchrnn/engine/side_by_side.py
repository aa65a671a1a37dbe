"""Drawings side by side, drawn on in blocks of few sizes, each by a compiled function that knows only its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import jax
import numpy as np

from sketchrnn.engine.crew import Crew
from sketchrnn.model.config import STROKE5
from sketchrnn.model.points import Drawn, Form, Sampling, draw_points
from sketchrnn.model.sampling import Noise

ROOM = 28
"""Points that one call has room for: some ms of work."""

Arrays = tuple[np.ndarray, ...]


def draw_some(form: Form, state, over, noise, count, condition, temperature, guidance=None, lanes=None):
    """What is compiled: `draw_points`, of a form that takes what is given."""
    sampling = Sampling(temperature, guidance)
    (state, over), rows = draw_points(form, Drawn(state, over), noise, condition, sampling, count, lanes)
    return state, over, rows


def draw_blocks(
    crew: Crew,
    blocks: Iterable[tuple[slice, int]],
    program: Callable[[int], Callable],
    state: Arrays,
    over: np.ndarray,
    noise: Noise,
    condition,
    scalars: Iterable[np.ndarray],
) -> tuple[Arrays, np.ndarray, np.ndarray]:
    """Draw on from a state.

    Args:
        crew: computes blocks side by side.
        blocks: which drawings, and the size that these are padded to.
        program: `draw_some` compiled for that size.
        state: of the form that was compiled, (K, n) each.
        over: (K,) bool, drawings that are over.
        noise: of n points, any number.
        condition: of the form that was compiled, (K, C) each.
        scalars: (K,) float32 each: temperature and, where that is drawn with, guidance.

    Returns:
        state, over, and the rows drawn, (n, K, 5) float32, model units. The state of a drawing that is over, and
        so are those that share its block, may be that of any of its end rows.
    """
    points, count = noise.uniform.shape[:2]
    rows, scalars = np.zeros((points, count, STROKE5), np.float32), tuple(scalars)
    after, over = tuple(np.array(part, np.float32) for part in state), np.array(over, bool)

    def draw_block(drawings: slice, size: int) -> None:
        own, done = tuple(padded(part[drawings], size) for part in after), padded(over[drawings], size, fill=True)
        given = jax.tree.map(lambda part: padded(part[drawings], size), condition)
        fixed = given, *(padded(each[drawings], size, fill=1)[:, None] for each in scalars)
        for start in range(0, points, ROOM):
            part = [noise_of_room(values[start : start + ROOM, drawings], size) for values in noise]
            length = min(ROOM, points - start)
            own, done, new = program(size)(own, done, Noise(*part), np.int32(length), *fixed)
            rows[start : start + length, drawings] = np.asarray(new)[:length, : len(over[drawings])]
        put(after, drawings, own)
        over[drawings] = np.asarray(done)[: len(over[drawings])]

    crew.do(partial(draw_block, *block) for block in blocks)
    return after, over, rows


def noise_of_room(values, size: int) -> np.ndarray:
    """(n, K, m) as (ROOM, size, m)."""
    return padded(padded(np.asarray(values, np.float32), ROOM), size, axis=1)


def put(whole: Arrays, drawings: slice, parts) -> None:
    """Writes what a block gave, (size, n) each, to where its drawings are."""
    for values, part in zip(whole, parts, strict=True):
        values[drawings] = np.asarray(part)[: len(values[drawings])]


def padded(values, size: int, axis: int = 0, fill: float = 0) -> np.ndarray:
    """With as many at the end of an axis that it is of this size."""
    values = np.asarray(values)
    missing = size - values.shape[axis]
    if missing == 0:
        return values
    room = list(values.shape)
    room[axis] = missing
    return np.concatenate([values, np.full(room, fill, values.dtype)], axis=axis)
