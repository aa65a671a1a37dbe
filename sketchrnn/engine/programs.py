"""The model's compiled functions: few shapes, each compiled once, numpy arrays in and out.

What is compiled are pure functions with the weights as an argument. Drawings side by side are taken in blocks of few
sizes, and loops end with the longest drawing of a block, so that every shape that a window asks for is compiled by
`warm`. Blocks are computed side by side where there are cores for it, each as it would be alone. What is done once for
an answer, and is no larger than a product with one matrix, is numpy's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, cast

import jax
import numpy as np
from flax import nnx

from sketchrnn.engine.blocks import BLOCK, FEW, GUIDED_BLOCK, IN_LANES, blocks, guided_blocks
from sketchrnn.engine.crew import Crew
from sketchrnn.engine.side_by_side import ROOM, Arrays, draw_blocks, draw_some, padded, put
from sketchrnn.model import columns, decoding
from sketchrnn.model.config import PEN_STATES, STROKE5
from sketchrnn.model.decoding import read, score
from sketchrnn.model.led import led_by_category
from sketchrnn.model.mixture import Mixture
from sketchrnn.model.points import Form
from sketchrnn.model.sampling import Noise
from sketchrnn.model.sketchrnn import SketchRNN

MANY = 64
"""Drawings that are read or drawn at once at most."""
FIRST_CHUNK, CHUNK = 4, 16
"""Points drawn at a time: the first few come soon. After them as many as one call has room for where few drawings are
shown as they come; fewer where many are drawn side by side, each making room when it is over."""
READ_ROWS = 32
"""Rows read at a time at most."""
NEEDED_AT_FIRST = 3
"""Steps of `Programs.warm` before the first answer."""
_LATENT_ROWS = 256
"""Rows that are encoded are padded to a multiple of this: what a window holds is compiled by `warm`, and the loop ends
with the longest drawing on processors."""


class Reading(NamedTuple):
    """What reading rows gave.

    Args:
        state: the decoder's, (K, n) float32 each.
        nats: (T, K) float32, log p of each row given those before it, model units; 0 beyond a drawing's length.
    """

    state: Arrays
    nats: np.ndarray


class Normal(NamedTuple):
    """A diagonal normal over latent codes: mean and log_variance, (K, Z) float32 each."""

    mean: np.ndarray
    log_variance: np.ndarray

    def at(self, noise: np.ndarray) -> np.ndarray:
        """z = mu + sigma * noise (Ha & Eck 2017, equation 2)."""
        return self.mean + np.exp(self.log_variance / 2) * noise


class Packed(NamedTuple):
    """A decoder's weights as its loops take them.

    Args:
        weights: to be given to what is compiled.
        build: what they are parts of.
        packs: whether that is `columns.Columns`; else it is the model.
    """

    weights: list[jax.Array]
    build: Callable
    packs: bool

    @property
    def form(self) -> Callable[..., Form]:
        """Of what is built: the decoder as the loop that draws needs it."""
        return columns.form if self.packs else decoding.form


class Programs:
    """A model, compiled.

    Args:
        model: the network; it is split here and not used again.
        crew: computes blocks side by side; one that suits the machine by default.
    """

    def __init__(self, model: SketchRNN, crew: Crew | None = None):
        self.config = model.config
        self._crew = crew or Crew()
        of_model = partial(_compiled, *_weights_of(model))
        self._prior, self._posterior = of_model(_prior), of_model(_posterior)
        packs = columns.packs(model.decoder)
        self.decoder = Packed(*(_flat(columns.pack(model.decoder)) if packs else _weights_of(model)), packs)
        of_decoder = partial(_compiled, *self.decoder[:2])
        self._read = of_decoder(columns.read if packs else _read)
        self._draw = of_decoder(_drawing(self.decoder.form))
        self._draw_in_lanes = of_decoder(_drawing(self.decoder.form, lanes=GUIDED_BLOCK))
        self.state_sizes = model.decoder.cell.state_sizes
        self._initial = _linear(model.decoder.initial)
        self._head = _linear(model.decoder.head)
        self._out = _linear(model.decoder.out)
        embedding = None if model.embedding is None else model.embedding.embedding[...]
        self._embedding = None if embedding is None else np.asarray(embedding)

    def embed(self, categories: list[int]) -> np.ndarray:
        """(K, E) float32 category embeddings; E is 0 for a model without categories."""
        if self._embedding is None:
            return np.zeros((len(categories), 0), np.float32)
        return self._embedding[categories]

    def plain_condition(self, categories: list[int]) -> np.ndarray:
        """(K, C) float32 conditions of categories; the latent code, where there is one, is 0: its mean, or none."""
        latent = self.config.latent_size if self.config.conditional else 0
        return np.concatenate([self.embed(categories), np.zeros((len(categories), latent), np.float32)], axis=1)

    def untold(self, condition: np.ndarray) -> np.ndarray:
        """The conditions (K, C) with no category instead of theirs."""
        nothing = self.embed([self.config.categories] * len(condition))
        return np.concatenate([nothing, condition[:, nothing.shape[1] :]], axis=1)

    def begin(self, condition: np.ndarray) -> Arrays:
        """The decoder's state before the first row, for conditions (K, C); C may be 0."""
        if self._initial is None:
            return tuple(np.zeros((len(condition), size), np.float32) for size in self.state_sizes)
        values = np.tanh(_through(self._initial, condition))
        return tuple(np.split(values, np.cumsum(self.state_sizes)[:-1], axis=1))

    def read(self, state: Arrays, rows: np.ndarray, lengths: np.ndarray, condition: np.ndarray) -> Reading:
        """Read on from a state.

        Args:
            state: (K, n) each.
            rows: (T, K, 5) float32, model units.
            lengths: (K,), how many rows of each to read.
            condition: (K, C).
        """
        nats = np.zeros(rows.shape[:2], np.float32)
        after = tuple(np.array(part, np.float32) for part in state)
        lengths = np.asarray(lengths, np.int32)

        def read_block(start: int) -> None:
            some = slice(start, start + BLOCK)
            # the few that are longer than all others go on by themselves
            together = np.sort(lengths[some])[::-1][FEW : FEW + 1].max(initial=0)
            self._read_on(after, nats, rows, condition, some, 0, np.minimum(lengths[some], together))
            for i in np.flatnonzero(lengths[some] > together) + start:
                one = slice(i, i + 1)
                self._read_on(after, nats, rows, condition, one, int(together), lengths[one])

        self._crew.do(partial(read_block, start) for start in range(0, len(lengths), BLOCK))
        return Reading(after, nats)

    def _read_on(
        self,
        state: Arrays,
        nats: np.ndarray,
        rows: np.ndarray,
        condition: np.ndarray,
        drawings: slice,
        start: int,
        stop: np.ndarray,
    ) -> None:
        """Read rows `start` to `stop` of some drawings, at most eight, into their states and nats."""
        count = len(stop)
        size = 1 if count == 1 else BLOCK
        own, given = tuple(padded(part[drawings], size) for part in state), padded(condition[drawings], size)
        for first in range(start, int(stop.max()), READ_ROWS):
            known = rows[first : first + READ_ROWS, drawings]
            left = padded(np.clip(stop - first, 0, READ_ROWS), size)
            own, scores = self._read(own, padded(padded(known, READ_ROWS), size, axis=1), left, given)
            read = np.arange(first, first + len(known))[:, None] < stop
            part = nats[first : first + READ_ROWS, drawings]
            np.copyto(part, np.asarray(scores)[: len(known), :count], where=read)
        put(state, drawings, own)

    def draw(
        self,
        state: Arrays,
        over: np.ndarray,
        noise: Noise,
        condition: np.ndarray,
        temperature: np.ndarray,
        guidance: np.ndarray | None = None,
    ) -> tuple[Arrays, np.ndarray, np.ndarray]:
        """Draw on from a state.

        Args:
            state: (K, n) each; with guidance they are followed by those under the conditions `untold`.
            over: (K,) bool, endings that are over.
            noise: of n points, any number.
            condition: (K, C).
            temperature: (K,) float32.
            guidance: (K,) float32, see `guidance.sample_guided`; None draws without.

        Returns:
            See `draw_blocks`.
        """
        count, scalars = len(over), [temperature] if guidance is None else [temperature, guidance]
        of_size = blocks(count) if guidance is None else guided_blocks(count)
        given = condition if guidance is None else (condition, self.untold(condition))
        return draw_blocks(self._crew, of_size, self._drawing, state, over, noise, given, scalars)

    def category_probabilities(self, h: np.ndarray) -> np.ndarray:
        """What is being drawn, (K, categories), from h (K, H).

        Raises:
            ValueError: the model has no category head.
        """
        if self._head is None:
            raise ValueError("expected a model with a category head, got one without")
        logits = _through(self._head, h)
        likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        return likely / likely.sum(axis=1, keepdims=True)

    def mixture(self, h: np.ndarray) -> Mixture:
        """What is expected next, (K, M) components of numpy arrays, from h (K, H); as `mixture.split_output`."""
        assert self._out is not None
        output = _through(self._out, h)
        logits, x, y, log_x, log_y, correlation = np.split(output[:, PEN_STATES:], 6, axis=1)
        mean, log_sigma = np.stack([x, y], axis=-1), np.stack([log_x, log_y], axis=-1)
        parts = logits, mean, log_sigma, correlation, output[:, :PEN_STATES]
        return Mixture(*cast(tuple[jax.Array, ...], parts))

    def prefix_prior(self, rows: np.ndarray, lengths: np.ndarray, embedding: np.ndarray) -> Normal:
        """p(z given prefix) after the first `lengths` of the rows (T, K, 5), model units; N(0, I) without a prior."""
        if not self.config.prefix_prior_size:
            zeros = np.zeros((len(lengths), self.config.latent_size), np.float32)
            return Normal(zeros, zeros)
        return self._latent(self._prior, rows, lengths, embedding)

    def posterior(self, rows: np.ndarray, lengths: np.ndarray) -> Normal:
        """q(z given sketch) of whole drawings (T, K, 5), model units, `lengths` rows of each."""
        return self._latent(self._posterior, rows, lengths)

    def warm(self, leads: bool) -> Iterator[str]:
        """Compile everything that the window can ask for, one step at a time; says what was compiled.

        After the first `NEEDED_AT_FIRST` steps one ending of any drawing needs nothing more. A model that leads draws
        endings with guidance; without, the strokes of a ghost, a block of them, and what it draws from codes.

        Args:
            leads: whether it draws with guidance.
        """
        drawn = [("draw", 1), ("draw", BLOCK)]
        if leads:
            without = drawn if self.config.conditional else [("draw", BLOCK)]
            drawn = [("guided", 1), ("guided", GUIDED_BLOCK), ("guided", IN_LANES), *without]
        for what, size in (("read", 1), drawn[0], ("read", BLOCK), *drawn[1:]):
            if what == "read":
                self._warm_reading(size)
            else:
                self._warm_drawing(size, views=2 if what == "guided" else 1)
            yield f"{what} {size}"
        yield from self.warm_codes()

    def warm_reading(self) -> Iterator[str]:
        """Compile what reads drawings; says what was compiled."""
        for size in (1, BLOCK):
            self._warm_reading(size)
            yield f"read {size}"

    def warm_codes(self) -> Iterator[str]:
        """Compile what makes latent codes; says what was compiled."""
        if self.config.drawn_from_code:
            for size in (1, BLOCK):
                self.prefix_prior(np.zeros((1, size, STROKE5), np.float32), np.ones(size), self.embed([0] * size))
                yield f"prior {size}"
        if self.config.conditional:
            for size in (1, BLOCK):
                self.posterior(np.zeros((1, size, STROKE5), np.float32), np.ones(size))
                yield f"posterior {size}"

    def _warm_reading(self, size: int) -> None:
        condition = np.zeros((size, self.config.condition_size), np.float32)
        self.read(self.begin(condition), np.zeros((1, size, STROKE5), np.float32), np.ones(size, int), condition)

    def _warm_drawing(self, size: int, views: int) -> None:
        # not through `draw`, which takes so many drawings in other blocks
        condition, nothing = np.zeros((size, self.config.condition_size), np.float32), np.zeros(size, bool)
        noise, ones = Noise(*(np.zeros((ROOM, size, n), np.float32) for n in (3, 2))), np.ones((size, 1), np.float32)
        given = condition if views == 1 else (condition,) * views
        self._drawing(size)(self.begin(condition) * views, nothing, noise, np.int32(1), given, *[ones] * views)

    def _drawing(self, size: int) -> Callable:
        return self._draw_in_lanes if size == IN_LANES else self._draw

    def _latent(self, program: Callable, rows: np.ndarray, lengths: np.ndarray, *others: np.ndarray) -> Normal:
        room = -(-max(len(rows), 1) // _LATENT_ROWS) * _LATENT_ROWS
        rows, lengths = padded(np.asarray(rows, np.float32), room), np.asarray(lengths, np.int32)
        parts = []
        for drawings, size in blocks(len(lengths)):
            own = [padded(values[drawings], size) for values in (lengths, *others)]
            result = program(padded(rows[:, drawings], size, axis=1), *own)
            parts.append([np.asarray(part)[: len(lengths[drawings])] for part in result])
        return Normal(*map(np.concatenate, zip(*parts, strict=True)))


def _compiled(weights: list[jax.Array], build: Callable, function: Callable) -> Callable:
    """`function(build(weights), ...)`, compiled, with the weights given."""
    return partial(jax.jit(lambda weights, *arguments: function(build(weights), *arguments)), weights)


def _weights_of(model: SketchRNN) -> tuple[list[jax.Array], Callable]:
    graph, params = nnx.split(model)
    # a list of arrays: taking nnx's own tree apart costs 0.1 ms at every call
    leaves, build = _flat(params)
    return leaves, lambda leaves: nnx.merge(graph, build(leaves))


def _flat(tree) -> tuple[list[jax.Array], Callable]:
    leaves, structure = jax.tree.flatten(tree)
    return jax.device_put(leaves), partial(jax.tree.unflatten, structure)


def _drawing(form_of: Callable, lanes: int | None = None) -> Callable:
    """What draws with a decoder: by itself, or led by its category where there is guidance."""

    def draw(weights, state, over, noise, count, condition, temperature, guidance=None):
        form = form_of(weights) if guidance is None else led_by_category(form_of(weights))
        return draw_some(form, state, over, noise, count, condition, temperature, guidance, lanes)

    return draw


def _read(model: SketchRNN, state, rows, lengths, condition):
    after, hs = read(model, state, rows, lengths, _or_none(condition))
    return after, score(model, state[0], hs, rows, lengths)


def _prior(model: SketchRNN, rows, lengths, embedding):
    assert model.prefix_prior is not None
    return model.prefix_prior(rows, lengths, _or_none(embedding))


def _posterior(model: SketchRNN, rows, lengths):
    assert model.encoder is not None
    return model.encoder(rows, lengths)


def _or_none(condition: jax.Array) -> jax.Array | None:
    return condition if condition.shape[-1] else None


def _linear(layer: nnx.Linear | None) -> tuple[np.ndarray, np.ndarray] | None:
    return None if layer is None else (np.asarray(layer.kernel), np.asarray(layer.bias))


def _through(layer: tuple[np.ndarray, np.ndarray], values: np.ndarray) -> np.ndarray:
    kernel, bias = layer
    return values @ kernel + bias
