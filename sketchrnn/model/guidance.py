"""Guidance: drawing what a category, or a latent code, has beyond what any drawing has.

A decoder that was told no category for some of its drawings knows two distributions of the next point: p(x | c), of a
drawing of category c, and p(x), of any drawing. What is drawn with guidance w is of density proportional to
p(x | c) (p(x | c) / p(x))^w (Ho & Salimans 2022, arXiv 2207.12598, equation 6; of what is drawn token by token: Sanchez
et al. 2023, arXiv 2306.17806). The power of a mixture is no mixture: several offsets are drawn from p(x | c), at the
sampling's temperature, and one of them is taken with a chance in proportion to (p(x | c) / p(x))^w (sampling importance
resampling, Rubin 1988). The pen's three states are weighed exactly.

What leads need not be what draws: with an expert p+ and an anti-expert p-, of another network, what is drawn is of
density proportional to p(x) (p+(x) / p-(x))^w (Liu et al. 2021, arXiv 2105.03023, section 2.1). What an expert that was
told more than p wants may lie where p alone seldom proposes anything, so that it proposes as many offsets itself.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from sketchrnn.model.mixture import Mixture, log_density
from sketchrnn.model.sampling import choose, point_row, sample_offset, tempered

PROPOSALS = 16
"""Offsets of which one is taken."""
_PLASTIC = 1.3247179572447460
_STEPS = np.arange(PROPOSALS)[:, None] * (1 / PROPOSALS, 1 / _PLASTIC, 1 / _PLASTIC**2) % 1
"""(PROPOSALS, 3): a lattice that fills the unit cube evenly (Roberts 2018, R2, beside equal steps)."""
_LEAST = 2.0**-24


def sample_guided(
    told: Mixture,
    untold: Mixture,
    uniform: jax.Array,
    normal: jax.Array,
    temperature: jax.Array | float,
    guidance: jax.Array | float,
) -> jax.Array:
    """One stroke-5 row from each pair of mixtures.

    Args:
        told: (K, M) components, of the next point where the category is given.
        untold: the same where none is.
        uniform, normal: (K, 3) and (K, 2), see `Noise`.
        temperature: as of `sample`; () or (K, 1) or a number.
        guidance: w, at least 0; 0 draws as `sample` does, by other chance. () or (K, 1) or a number.

    Returns:
        (K, 5) float32, model units; offset 0 in an end row.
    """
    offsets = sample_offset(told, *proposed(uniform[:, 0], normal), temperature)
    gain = guidance * (log_density(told, offsets) - log_density(untold, offsets)).T
    pen, pen_untold = jax.nn.log_softmax(told.pen_logits), jax.nn.log_softmax(untold.pen_logits)
    return _row(offsets, gain, pen + guidance * (pen - pen_untold), uniform, temperature)


def sample_led(
    base: Mixture,
    expert: Mixture,
    anti_expert: Mixture,
    uniform: jax.Array,
    normal: jax.Array,
    temperature: jax.Array | float,
    guidance: jax.Array | float,
) -> jax.Array:
    """One stroke-5 row from each triple of mixtures: of `base`, led by the other two.

    Args:
        base: (K, M) components, of the next point; of density p at the sampling's temperature.
        expert: p+, of what is wanted; of as many components as it has.
        anti_expert: p-, of the same network where nothing is wanted.
        uniform, normal, temperature: as of `sample_guided`.
        guidance: w, at least 0.

    Returns:
        (K, 5) float32, model units; offset 0 in an end row.
    """
    noise = proposed(uniform[:, 0], normal)
    offsets = jnp.concatenate([sample_offset(mixture, *noise, temperature) for mixture in (base, expert)])
    own, theirs = (log_density(tempered(mixture, temperature), offsets).T for mixture in (base, expert))
    led = guidance * (log_density(expert, offsets) - log_density(anti_expert, offsets)).T
    # half of them are of either, all of them of density (p + p+) / 2 (balance heuristic: Veach & Guibas 1995)
    gain = own + led - jnp.logaddexp(own, theirs)
    pen, pen_expert, pen_anti = (jax.nn.log_softmax(mixture.pen_logits) for mixture in (base, expert, anti_expert))
    return _row(offsets, gain, pen + guidance * (pen_expert - pen_anti), uniform, temperature)


def _row(offsets: jax.Array, gain: jax.Array, pen: jax.Array, uniform: jax.Array, temperature) -> jax.Array:
    """Rows of one of the offsets (P, K, 2) each, by their logits (K, P), with pen states by theirs (K, 3)."""
    taken = offsets[choose(gain, uniform[:, 2]), jnp.arange(len(uniform))]
    return point_row(taken, pen, uniform[:, 1], temperature)


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
