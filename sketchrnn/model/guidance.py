"""Guidance: drawing what a category has beyond what any drawing has.

A decoder that was told no category for some of its drawings knows two distributions of the next point: p(x | c), of a
drawing of category c, and p(x), of any drawing. What is drawn with guidance w is of density proportional to
p(x | c) (p(x | c) / p(x))^w (Ho & Salimans 2022, arXiv 2207.12598, equation 6; of what is drawn token by token: Sanchez
et al. 2023, arXiv 2306.17806). The power of a mixture is no mixture: several offsets are drawn from p(x | c), at the
sampling's temperature, and one of them is taken with a chance in proportion to (p(x | c) / p(x))^w (sampling importance
resampling, Rubin 1988). The pen's three states are weighed exactly.

What leads need not be what draws: with an expert p+ and an anti-expert p- of another network, what is drawn is of
density proportional to p(x) (p+(x) / p-(x))^w (Liu et al. 2021, arXiv 2105.03023, equation 1).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from sketchrnn.model.mixture import Mixture, log_density
from sketchrnn.model.sampling import choose, point_row, sample_offset

PROPOSALS = 16
"""Offsets of which one is taken."""
_PLASTIC = 1.3247179572447460
_STEPS = np.arange(PROPOSALS)[:, None] * (1 / PROPOSALS, 1 / _PLASTIC, 1 / _PLASTIC**2) % 1
"""(PROPOSALS, 3): a lattice that fills the unit cube evenly (Roberts 2018, R2, beside equal steps)."""
_LEAST = 2.0**-24


def sample_guided(
    drawn: Mixture,
    towards: Mixture,
    away: Mixture,
    uniform: jax.Array,
    normal: jax.Array,
    temperature: jax.Array | float,
    guidance: jax.Array | float,
) -> jax.Array:
    """One stroke-5 row from each triple of mixtures, of which each may have components of its own number.

    Args:
        drawn: (K, M) components, of the next point: p, which offsets are drawn from.
        towards: p+, of the next point as it is wanted; `drawn` itself where the category leads.
        away: p-, of the next point where nothing is wanted.
        uniform, normal: (K, 3) and (K, 2), see `Noise`.
        temperature: as of `sample`; () or (K, 1) or a number.
        guidance: w, at least 0; 0 draws as `sample` does, by other chance. () or (K, 1) or a number.

    Returns:
        (K, 5) float32, model units; offset 0 in an end row.
    """
    offsets = sample_offset(drawn, *proposed(uniform[:, 0], normal), temperature)
    gain = log_density(towards, offsets) - log_density(away, offsets)
    taken = offsets[choose(guidance * gain.T, uniform[:, 2]), jnp.arange(len(uniform))]
    pen, pen_towards, pen_away = (jax.nn.log_softmax(mixture.pen_logits) for mixture in (drawn, towards, away))
    return point_row(taken, pen + guidance * (pen_towards - pen_away), uniform[:, 1], temperature)


def proposed(uniform: jax.Array, normal: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The noise of `PROPOSALS` offsets made of that of one.

    Each by itself is as random as the one; together they are a lattice, moved by it, which leaves fewer gaps than so
    many independent ones (Cranley & Patterson 1976).

    Args:
        uniform: (K,) in [0, 1).
        normal: (K, 2) standard normal.

    Returns:
        (PROPOSALS, K) and (PROPOSALS, K, 2); the first is the one itself.
    """
    to_component, to_radius, to_turn = (jnp.asarray(steps, jnp.float32)[:, None] for steps in _STEPS.T)
    square = (normal * normal).sum(axis=-1)
    # as Box and Muller (1958) have it: exp(-r^2 / 2) is uniform, and so is the angle
    radius = jnp.sqrt(-2 * jnp.log(jnp.maximum((jnp.exp(-square / 2) + to_radius) % 1, _LEAST)))
    larger = radius / jnp.sqrt(jnp.maximum(square, _LEAST))
    cos, sin = jnp.cos(2 * jnp.pi * to_turn), jnp.sin(2 * jnp.pi * to_turn)
    x, y = normal[:, 0], normal[:, 1]
    turned = jnp.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)
    return jnp.minimum((uniform + to_component) % 1, 1 - _LEAST), larger[..., None] * turned
