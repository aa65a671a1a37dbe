"""The loop that draws point after point, for a decoder in any form.

Drawings side by side are of different lengths, and a loop over all of them goes on for the longest. Where there are
more of them than a step does best with, they share few lanes instead: one that is over makes room for the next, within
the same compiled loop (list scheduling: Graham 1969, "Bounds on multiprocessing timing anomalies").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from sketchrnn.model.cells import State
from sketchrnn.model.config import STROKE5
from sketchrnn.model.guidance import sample_guided, sample_led
from sketchrnn.model.mixture import Mixture
from sketchrnn.model.sampling import Noise, sample

END = (0.0,) * (STROKE5 - 1) + (1.0,)


Condition = jax.Array | None | tuple[jax.Array, ...]
"""(K, C) of K drawings; None for a decoder that has none; of several decoders, one for each."""


Expected = Mixture | tuple[Mixture, Mixture] | tuple[Mixture, Mixture, Mixture]
"""What is expected next: of one decoder, or as `sample_guided` or `sample_led` take it."""


class Form(NamedTuple):
    """A decoder as the loop needs it, or several that read the same drawings.

    Args:
        turned: states as they lie outside of the loop, (K, n) each, to what `mixture` and `step` take.
        turned_back: the inverse.
        constant: of conditions, what is the same at every step.
        mixture: what is `Expected` next in a state.
        step: the state after one more row (K, 5) of each drawing that it is of; takes state, rows and constant.
    """

    turned: Callable[[State], State]
    turned_back: Callable[[State], State]
    constant: Callable[[Any], Any]
    mixture: Callable[[State], Any]
    step: Callable[[State, jax.Array, Any], State]


class Drawn(NamedTuple):
    """Where drawings stand.

    Args:
        state: the decoder's, after all rows so far, (K, n) each; of several, one after the other.
        over: (K,) bool, the ending has drawn its end row.
    """

    state: State
    over: jax.Array


class Sampling(NamedTuple):
    """How points are drawn.

    Args:
        temperature: () or (K, 1) or a number, 0.01 to 1.
        guidance: () or (K, 1) or a number, see `sample_guided`, `sample_led`; None for a form that expects one mixture.
    """

    temperature: jax.Array | float
    guidance: jax.Array | float | None = None

    def of(self, drawings: jax.Array) -> Sampling:
        """That of some of the drawings, (W,) their numbers."""
        chosen = lambda value: value[drawings] if jnp.ndim(value) else value  # noqa: E731
        return Sampling(chosen(self.temperature), None if self.guidance is None else chosen(self.guidance))

    def __call__(self, expected: Expected, uniform: jax.Array, normal: jax.Array) -> jax.Array:
        """(K, 5) rows, of what is expected of K drawings, and noise (K, 3) and (K, 2)."""
        if isinstance(expected, Mixture):
            return sample(expected, uniform, normal, self.temperature)
        assert self.guidance is not None
        drawn_with = uniform, normal, self.temperature, self.guidance
        return sample_guided(*expected, *drawn_with) if len(expected) == 2 else sample_led(*expected, *drawn_with)


def draw_points(
    form: Form,
    drawn: Drawn,
    noise: Noise,
    condition: Condition,
    sampling: Sampling,
    count: jax.Array | int,
    lanes: int | None = None,
) -> tuple[Drawn, jax.Array]:
    """Draw the next n points of K endings, until all of them are over.

    Args:
        form: the decoder, or decoders.
        drawn: where they stand.
        noise: for n points.
        condition: what the decoder is told of each.
        sampling: how.
        count: how many of the n points to draw, 0 to n.
        lanes: how many are drawn side by side at most; all by default. An ending's points are the same whatever the
            number, but for rounding where a product's depends on its shape.

    Returns:
        Where they stand then, and the rows, (n, K, 5), model units: end rows (0, 0, 0, 0, 1) where an ending is over,
        and after `count`. The state of an ending that is over may be that of any of its end rows.
    """
    drawn = Drawn(tuple(map(jnp.asarray, drawn.state)), jnp.asarray(drawn.over))
    if lanes is None or lanes >= noise.uniform.shape[1]:
        return _side_by_side(form, drawn, noise, condition, sampling, count)
    return _in_lanes(form, drawn, noise, condition, sampling, count, lanes)


def _side_by_side(
    form: Form, drawn: Drawn, noise: Noise, condition: Condition, sampling: Sampling, count: jax.Array | int
) -> tuple[Drawn, jax.Array]:
    constant, end, (uniform, normal) = form.constant(condition), jnp.array(END), map(jnp.asarray, noise)

    def goes_on(carry):
        number, drawn, _ = carry
        return (number < count) & ~drawn.over.all()

    def point(carry):
        number, (state, over), rows = carry
        row = sampling(form.mixture(state), uniform[number], normal[number])
        row = jnp.where(over[:, None], end, row)
        state = form.step(state, row, constant)
        return number + 1, Drawn(state, over | (row[:, 4] > 0)), rows.at[number].set(row)

    rows = jnp.broadcast_to(end, (*uniform.shape[:2], STROKE5))
    start = Drawn(form.turned(drawn.state), drawn.over)
    _, (state, over), rows = jax.lax.while_loop(goes_on, point, (0, start, rows))
    return Drawn(form.turned_back(state), over), rows


class _Lanes(NamedTuple):
    """The drawings that are drawn just now.

    Args:
        drawing: (W,) their numbers; K where there is none.
        at: (W,) the number of the next point of each.
        over: (W,) bool.
        taken: (), how many drawings have had a lane.
    """

    drawing: jax.Array
    at: jax.Array
    over: jax.Array
    taken: jax.Array | int


def _in_lanes(
    form: Form,
    drawn: Drawn,
    noise: Noise,
    condition: Condition,
    sampling: Sampling,
    count: jax.Array | int,
    width: int,
) -> tuple[Drawn, jax.Array]:
    uniform, normal = map(jnp.asarray, noise)
    endings = uniform.shape[1]
    # those that are not over come first, and are taken in this order
    order = jnp.argsort(drawn.over, stable=True)
    waiting = jnp.where(jnp.asarray(count) > 0, (~drawn.over).sum(), 0)

    def at_work(lanes: _Lanes) -> jax.Array:
        return (lanes.drawing < endings) & ~lanes.over & (lanes.at < count)

    def filled(lanes: _Lanes) -> _Lanes:
        """The lanes where nothing goes on begin the next drawings."""
        free = ~at_work(lanes)
        place = lanes.taken + jnp.cumsum(free) - 1
        begun = jnp.where(place < waiting, order[jnp.minimum(place, endings - 1)], endings)
        drawing, at = jnp.where(free, begun, lanes.drawing), jnp.where(free, 0, lanes.at)
        return _Lanes(drawing, at, lanes.over & ~free, lanes.taken + free.sum())

    def until_one_is_over(carry):
        lanes, (states, over), rows = carry
        lanes = filled(lanes)
        drawing = lanes.drawing
        sampled, begun = sampling.of(drawing), at_work(lanes)
        constant = form.constant(jax.tree.map(lambda told: told[drawing], condition))

        def all_go_on(carry):
            return (at_work(carry[0]) == begun).all()

        def point(carry):
            lanes, state, rows = carry
            row = sampled(form.mixture(state), uniform[lanes.at, drawing], normal[lanes.at, drawing])
            state = form.step(state, row, constant)
            rows = rows.at[lanes.at, drawing].set(row, mode="drop")
            return lanes._replace(at=lanes.at + 1, over=row[:, 4] > 0), state, rows

        state = form.turned(tuple(part[drawing] for part in states))
        lanes, state, rows = jax.lax.while_loop(all_go_on, point, (lanes, state, rows))
        of_lanes = zip(states, form.turned_back(state), strict=True)
        states = tuple(whole.at[drawing].set(part, mode="drop") for whole, part in of_lanes)
        return lanes, Drawn(states, over.at[drawing].set(lanes.over, mode="drop")), rows

    nothing = _Lanes(jnp.full(width, endings), jnp.zeros(width, int), jnp.zeros(width, bool), 0)
    rows = jnp.broadcast_to(jnp.array(END), (*uniform.shape[:2], STROKE5))
    goes_on = lambda carry: at_work(carry[0]).any() | (carry[0].taken < waiting)  # noqa: E731
    _, drawn, rows = jax.lax.while_loop(goes_on, until_one_is_over, (nothing, drawn, rows))
    return drawn, rows
