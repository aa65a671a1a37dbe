"""Endings being drawn side by side, some points at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import numpy as np

from sketchrnn.engine.programs import CHUNK, MANY, Arrays
from sketchrnn.errors import EngineError
from sketchrnn.model.sampling import Noise

_NOTHING = np.zeros((0, 3), np.float32)


class Draws(Protocol):
    """What draws on: a model, or several together; see `Programs.draw`."""

    def draw(
        self,
        state: Arrays,
        over: np.ndarray,
        noise: Noise,
        condition: np.ndarray,
        temperature: np.ndarray,
        guidance: np.ndarray | None,
    ) -> tuple[Arrays, np.ndarray, np.ndarray]: ...


@dataclass(eq=False)
class Ending:
    """One drawing in the making.

    Args:
        state: the decoder's after all rows so far, (units,) each; of several, one after the other: with guidance it is
            followed by that of the decoder that is told no category.
        condition: (C,).
        noise: of all points that may come, (n, 3) and (n, 2).
        temperature: of the sampling.
        limit: points after which it is cut off.
        guidance: towards its category or its code, see `model.guidance`; 0 for none.
    """

    state: Arrays
    condition: np.ndarray
    noise: Noise
    temperature: float
    limit: int
    guidance: float = 0.0
    drawn: int = 0
    ended: bool = False
    rows: list[np.ndarray] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.ended or self.drawn >= self.limit

    def all_rows(self) -> np.ndarray:
        """(n, 3) float32 stroke-3, model units, drawn so far."""
        return np.concatenate([_NOTHING, *self.rows])


def advance(programs: Draws, endings: Sequence[Ending], points: int) -> list[np.ndarray]:
    """Draw up to `points` more points of each ending.

    An ending that would be over before its first point begins with a point under a pen that is down instead: who asks
    for an ending is not helped by none, and what the model knows is mostly drawings that go on.

    Returns:
        Per ending its new rows, (n, 3) float32 stroke-3, model units; none where it is over.

    Raises:
        EngineError: the model gave numbers that are none.
    """
    new: dict[int, np.ndarray] = {}
    for guided in (False, True):
        alike = [ending for ending in endings if not ending.over and (ending.guidance > 0) == guided]
        if alike:
            new |= zip(map(id, alike), _advance_alike(programs, alike, points), strict=True)
    return [new.get(id(ending), _NOTHING) for ending in endings]


def _advance_alike(programs: Draws, active: Sequence[Ending], points: int) -> list[np.ndarray]:
    """`advance` of endings that are not over and are all drawn with guidance, or all without."""
    state, rows = _draw(programs, active, points)
    silent = [ending for ending, row in zip(active, rows[0], strict=True) if ending.drawn == 0 and row[4] > 0.5]
    if silent:
        for ending in silent:
            ending.noise = _pen_down_first(ending.noise)
        state, rows = _draw(programs, active, points)
    # what is asked of every row is asked of all endings at once: one by one it costs as much as some steps
    over = rows[:, :, 4] > 0.5
    first_ends = np.where(over.any(axis=0), over.argmax(axis=0), len(rows)).tolist()
    drawn = np.ascontiguousarray(rows[:, :, [0, 1, 3]].swapaxes(0, 1))
    return [_take(e, tuple(part[i] for part in state), drawn[i], first_ends[i]) for i, e in enumerate(active)]


def finish(
    programs: Draws,
    endings: Iterable[Ending],
    at_once: int = MANY,
    given_up: Callable[[Ending], bool] = lambda ending: False,
) -> Iterator[None]:
    """Draw all of them to their ends, `at_once` side by side; one that is over or given up makes room for the next."""
    waiting = iter(endings)
    active = list(islice(waiting, at_once))
    while active:
        advance(programs, active, CHUNK)
        active = [ending for ending in active if not ending.over and not given_up(ending)]
        active += islice(waiting, at_once - len(active))
        yield


def _draw(programs: Draws, endings: Sequence[Ending], points: int) -> tuple[Arrays, np.ndarray]:
    """The states after, and the rows of, the next points of each ending: (K, units) each, (points, K, 5)."""
    state = tuple(np.stack(parts) for parts in zip(*(ending.state for ending in endings), strict=True))
    noise = Noise(*(_side_by_side(endings, which, points) for which in range(2)))
    condition = np.stack([ending.condition for ending in endings])
    temperature = np.array([ending.temperature for ending in endings], np.float32)
    guidance = np.array([ending.guidance for ending in endings], np.float32) if endings[0].guidance else None
    state, _, rows = programs.draw(state, np.zeros(len(endings), bool), noise, condition, temperature, guidance)
    if not np.isfinite(rows).all():
        raise EngineError("the model gave numbers that are not finite", hint="Its weights may be damaged.")
    return state, rows


def _pen_down_first(noise: Noise) -> Noise:
    """The noise with the first pen state drawn from the low end of its distribution, where "down" is."""
    uniform = np.array(noise.uniform)
    uniform[0, 1] = 0
    return Noise(uniform, noise.normal)


def _take(ending: Ending, state: Arrays, rows: np.ndarray, first_end: int) -> np.ndarray:
    """What of the rows (n, 3), of which the one at `first_end` ends the drawing, is the ending's."""
    left = ending.limit - ending.drawn
    new = rows[: min(first_end, left)]
    ending.ended = first_end < min(left, len(rows))
    ending.state, ending.drawn = state, ending.drawn + len(new)
    ending.rows.append(new)
    return new


def _side_by_side(endings: Sequence[Ending], which: int, points: int) -> np.ndarray:
    """The noise of the next points of each ending, (points, K, 3) or (points, K, 2)."""
    noise = np.zeros((points, len(endings), endings[0].noise[which].shape[1]), np.float32)
    for i, ending in enumerate(endings):
        part = ending.noise[which][ending.drawn : ending.drawn + points]
        noise[: len(part), i] = part
    return noise
