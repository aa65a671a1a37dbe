"""What draws from latent codes: the network that has them, or a model that draws better, led by that network."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import jax
import numpy as np

from sketchrnn.engine.blocks import BLOCK, blocks
from sketchrnn.engine.crew import Crew
from sketchrnn.engine.prefix import StateCache
from sketchrnn.engine.programs import Arrays, Programs
from sketchrnn.engine.side_by_side import draw_blocks, draw_some
from sketchrnn.model.led import led_by_code
from sketchrnn.model.sampling import Noise, make_noise
from sketchrnn.sketch.formats import START_TOKEN

LEADING = 2.0
"""Guidance by a code: the power of how much likelier it makes a point. With less, what is drawn is less like the
drawing, with more, fewer are recognised."""


class Coded:
    """A network that draws from its own codes.

    Args:
        programs: the network.
    """

    guidance = 0.0
    """Of the drawings that are begun."""

    def __init__(self, programs: Programs):
        self.programs = programs

    def begin(self, ends: tuple[int, int], share: np.ndarray, codes: np.ndarray) -> tuple[list[Arrays], np.ndarray]:
        """Whole drawings before their first point.

        Args:
            ends: the embeddings' rows that they go from and to.
            share: (K,), how far on that way each is.
            codes: (K, Z).

        Returns:
            The states, (units,) each, and the conditions, (K, C).
        """
        condition = np.concatenate([_embedded(self.programs, ends, share), codes], axis=1, dtype=np.float32)
        return _started(self.programs, condition), condition

    def draw(
        self, state: Arrays, over: np.ndarray, noise: Noise, condition: np.ndarray, temperature, guidance
    ) -> tuple[Arrays, np.ndarray, np.ndarray]:
        """As `Programs.draw`, of states and conditions as `begin` makes them."""
        return self.programs.draw(state, over, noise, condition, temperature, guidance)

    def warm(self) -> Iterator[str]:
        """Compile what a request can need; says what was compiled."""
        yield from self.programs.warm(leads=False)


class Led(Coded):
    """A model that draws from the codes of a network beside it: both read what is drawn, and the model is led towards
    what the other expects with the code, away from what it expects without (`model.led`).

    Args:
        drawing: the model.
        programs: the network with the codes, which may be left out.
        crew: computes blocks side by side.
    """

    guidance = LEADING

    def __init__(self, drawing: Programs, programs: Programs, crew: Crew):
        super().__init__(programs)
        self._drawing, self._crew = drawing, crew
        self._latent, self._own = programs.config.latent_size, drawing.config.condition_size
        decoders = drawing.decoder, programs.decoder
        parts = len(drawing.state_sizes)

        def draw(weights, *arguments):
            base, expert = (d.form(d.build(own)) for d, own in zip(decoders, weights, strict=True))
            return draw_some(led_by_code(base, parts, expert), *arguments)

        self._program = partial(jax.jit(draw), [decoder.weights for decoder in decoders])

    def begin(self, ends: tuple[int, int], share: np.ndarray, codes: np.ndarray) -> tuple[list[Arrays], np.ndarray]:
        own = _embedded(self._drawing, ends, share)
        coded, condition = super().begin(ends, share, codes)
        uncoded = _started(self.programs, self._without(condition))
        together = zip(_started(self._drawing, own), coded, uncoded, strict=True)
        states = [base + with_code + without for base, with_code, without in together]
        return states, np.concatenate([own, condition], axis=1)

    def _without(self, condition: np.ndarray) -> np.ndarray:
        """No code is a code of zeros."""
        return np.concatenate([condition[:, : -self._latent], np.zeros_like(condition[:, -self._latent :])], axis=1)

    def draw(
        self, state: Arrays, over: np.ndarray, noise: Noise, condition: np.ndarray, temperature, guidance
    ) -> tuple[Arrays, np.ndarray, np.ndarray]:
        own, coded = condition[:, : self._own], condition[:, self._own :]
        told = own, coded, self._without(coded)
        program = lambda size: self._program  # noqa: E731
        return draw_blocks(self._crew, blocks(len(over)), program, state, over, noise, told, (temperature, guidance))

    def warm(self) -> Iterator[str]:
        """Compile what a request can need beside what the model by itself reads with; says what was compiled."""
        yield from self.programs.warm_reading()
        yield from self.programs.warm_codes()
        for size in (1, BLOCK):
            states, condition = self.begin((0, 0), np.zeros(size), np.zeros((size, self._latent), np.float32))
            state, ones = tuple(map(np.stack, zip(*states, strict=True))), np.ones(size, np.float32)
            self.draw(state, ones > 0, make_noise(0, range(size), 1), condition, ones, ones)
            yield f"led {size}"


def mixed(ends: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Rows at shares (n,) of the way from the first of two rows to the second, (n, columns)."""
    return (1 - share[:, None]) * ends[0] + share[:, None] * ends[1]


def _embedded(programs: Programs, ends: tuple[int, int], share: np.ndarray) -> np.ndarray:
    return mixed(programs.embed(list(ends)), share).astype(np.float32)


def _started(programs: Programs, condition: np.ndarray) -> list[Arrays]:
    """The states after the start token under conditions (K, C)."""
    reads = StateCache(programs).read([START_TOKEN[None]] * len(condition), condition, keep=False)
    return [read.state for read in reads]
