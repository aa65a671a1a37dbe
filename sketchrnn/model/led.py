"""Decoders that are led: by what they are told, or by the latent code of another network.

Each is a form of several decoders that read the same drawings; `guidance` says how what they expect becomes a point.
"""

from __future__ import annotations

from collections.abc import Iterable

import jax
import jax.numpy as jnp

from sketchrnn.model.cells import State
from sketchrnn.model.mixture import Mixture
from sketchrnn.model.points import Form


def led_by_category(form: Form) -> Form:
    """A decoder that is told each drawing's category, and led away from the same one that is told none.

    States and conditions are those of the one that is told, and then those of the other. Both go through the weights
    side by side, as twice as many drawings.
    """

    def turned(state: State) -> State:
        parts = len(state) // 2
        return form.turned(tuple(map(_together, state[:parts], state[parts:])))

    def turned_back(state: State) -> State:
        told, untold = zip(*(jnp.split(part, 2) for part in form.turned_back(state)), strict=True)
        return (*told, *untold)

    def mixture(state: State) -> tuple[Mixture, Mixture]:
        parts = (jnp.split(part, 2) for part in form.mixture(state))
        told, untold = (Mixture(*own) for own in zip(*parts, strict=True))
        return told, untold

    return Form(
        turned,
        turned_back,
        lambda condition: form.constant(_together(*condition)),
        mixture,
        lambda state, row, constant: form.step(state, _together(row, row), constant),
    )


def led_by_code(form: Form, parts: int, coded: Form) -> Form:
    """A decoder that is led by the latent codes of another, towards it with them and away from it without.

    States and conditions are those of the one that draws, those of the other with its codes, and those without.

    Args:
        form: what draws.
        parts: that its state has.
        coded: what leads.

    Reference:
        Liu et al. 2021 (arXiv 2105.03023), section 2.1: a base model, an expert and an anti-expert.
    """
    of_three = form, coded, coded

    def apart(state: State) -> tuple[State, State, State]:
        rest = (len(state) - parts) // 2
        return state[:parts], state[parts : parts + rest], state[parts + rest :]

    def turned(state: State) -> State:
        return _all(one.turned(own) for one, own in zip(of_three, apart(state), strict=True))

    def turned_back(state: State) -> State:
        return _all(one.turned_back(own) for one, own in zip(of_three, apart(state), strict=True))

    def step(state: State, row: jax.Array, constant: tuple) -> State:
        each = zip(of_three, apart(state), constant, strict=True)
        return _all(one.step(own, row, fixed) for one, own, fixed in each)

    return Form(
        turned,
        turned_back,
        lambda condition: tuple(one.constant(own) for one, own in zip(of_three, condition, strict=True)),
        lambda state: tuple(one.mixture(own) for one, own in zip(of_three, apart(state), strict=True)),
        step,
    )


def _all(states: Iterable[State]) -> State:
    return tuple(part for state in states for part in state)


def _together(one: jax.Array, other: jax.Array) -> jax.Array:
    return jnp.concatenate([one, other])
