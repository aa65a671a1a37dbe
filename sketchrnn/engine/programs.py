"""The model's compiled functions: few shapes, each compiled once, numpy arrays in and out.

The nnx module is split once; what is compiled are pure functions with the weights as an argument. Numbers of endings
and of points are padded to the next of a few sizes, so that every shape that a window asks for is compiled by `warm`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import jax
import numpy as np
from flax import nnx

from sketchrnn.model.config import STROKE5
from sketchrnn.model.sampling import Drawn, Noise, draw, read, score
from sketchrnn.model.sketchrnn import SketchRNN

ENDINGS = (1, 9, 16)
"""Sizes that drawings side by side are padded to; the engine's requests have at most 16 endings."""
MANY = 64
"""The size for whole files: drawings read or drawn at once; not warmed."""
FIRST_CHUNK, CHUNK = 4, 16
"""Points drawn at a time: the first few come soon, the others cost fewer calls."""
READ_PIECES = (32, 8)
"""Rows read at a time: a prefix is cut into as many of the larger piece as fit, then into smaller ones."""
NEEDED_AT_FIRST = 4
"""Steps of `Programs.warm` before the first answer."""
_LATENT_ROWS = 64

Arrays = tuple[np.ndarray, ...]


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


class Programs:
    """A model, compiled.

    Args:
        model: the network; it is split here and not used again.
    """

    def __init__(self, model: SketchRNN):
        self.config = model.config
        graph, params = nnx.split(model)
        # a list of arrays: taking nnx's own tree apart costs 0.1 ms at every call
        leaves, tree = jax.tree.flatten(params)
        leaves = jax.device_put(leaves)
        compiled = lambda function: partial(jax.jit(partial(_merged, function, graph, tree)), leaves)  # noqa: E731
        self._begin, self._read, self._draw = compiled(_begin), compiled(_read), compiled(_draw)
        self._logits, self._prior, self._posterior = compiled(_logits), compiled(_prior), compiled(_posterior)
        embedding = None if model.embedding is None else model.embedding.embedding[...]
        self._embedding = None if embedding is None else np.asarray(embedding)

    def embed(self, categories: list[int]) -> np.ndarray:
        """(K, E) float32 category embeddings; E is 0 for a model without categories."""
        if self._embedding is None:
            return np.zeros((len(categories), 0), np.float32)
        return self._embedding[categories]

    def begin(self, condition: np.ndarray) -> Arrays:
        """The decoder's state before the first row, for conditions (K, C); C may be 0."""
        size = padded_size(len(condition))
        return _cut(self._begin(_padded(condition, size)), len(condition))

    def read(self, state: Arrays, rows: np.ndarray, lengths: np.ndarray, condition: np.ndarray) -> Reading:
        """Read on from a state.

        Args:
            state: (K, n) each.
            rows: (T, K, 5) float32, model units.
            lengths: (K,), how many rows of each to read.
            condition: (K, C).
        """
        count, size = len(condition), padded_size(len(condition))
        state, condition = tuple(_padded(part, size) for part in state), _padded(condition, size)
        lengths, nats = _padded(np.asarray(lengths, np.int32), size), []
        for start, stop in pieces(int(lengths.max(initial=0))):
            piece = np.zeros((stop - start, size, STROKE5), np.float32)
            known = rows[start:stop]
            piece[: len(known), :count] = known
            state, scores = self._read(state, piece, np.maximum(lengths - start, 0), condition)
            nats.append(np.asarray(scores)[: len(known), :count])
        nothing = np.zeros((0, count), np.float32)
        return Reading(_cut(state, count), np.concatenate([nothing, *nats]))

    def draw(
        self,
        state: Arrays,
        over: np.ndarray,
        noise: Noise,
        condition: np.ndarray,
        temperature: np.ndarray,
    ) -> tuple[Arrays, np.ndarray, np.ndarray]:
        """Draw on from a state.

        Args:
            state: (K, n) each.
            over: (K,) bool, endings that are over.
            noise: of n points; n is `FIRST_CHUNK`, `CHUNK` or any number that may be compiled anew.
            condition: (K, C).
            temperature: (K,) float32.

        Returns:
            state, over, and the rows drawn, (n, K, 5) float32, model units.
        """
        count, size = len(condition), padded_size(len(condition))
        noise = Noise(*(_padded(np.asarray(part, np.float32), size, axis=1) for part in noise))
        temperature = _padded(np.asarray(temperature, np.float32), size, fill=1)[:, None]
        state = tuple(_padded(part, size) for part in state)
        over = _padded(over, size, fill=True)
        state, over, rows = self._draw(state, over, noise, _padded(condition, size), temperature)
        return _cut(state, count), np.asarray(over)[:count], np.asarray(rows)[:, :count]

    def category_probabilities(self, h: np.ndarray) -> np.ndarray:
        """What is being drawn, (K, categories), from h (K, H).

        Raises:
            ValueError: the model has no category head.
        """
        return np.asarray(self._logits(_padded(h, padded_size(len(h)))))[: len(h)]

    def prefix_prior(self, rows: np.ndarray, lengths: np.ndarray, embedding: np.ndarray) -> Normal:
        """p(z given prefix) after the first `lengths` of the rows (T, K, 5), model units; N(0, I) without a prior."""
        if not self.config.prefix_prior_size:
            zeros = np.zeros((len(lengths), self.config.latent_size), np.float32)
            return Normal(zeros, zeros)
        return self._latent(self._prior, rows, lengths, embedding)

    def posterior(self, rows: np.ndarray, lengths: np.ndarray) -> Normal:
        """q(z given sketch) of whole drawings (T, K, 5), model units, `lengths` rows of each."""
        return self._latent(self._posterior, rows, lengths)

    def warm(self) -> Iterator[str]:
        """Compile everything that a request can need, one step at a time; says what was compiled.

        After the first `NEEDED_AT_FIRST` steps one ending of any drawing needs nothing more.
        """
        for size in ENDINGS[:2]:
            self._warm_reading(size)
            yield f"reading {size}"
        self._warm_drawing(1)
        yield "drawing 1"
        self._warm_guessing()
        yield "guessing"
        for size in ENDINGS[1:]:
            self._warm_drawing(size)
            yield f"drawing {size}"
        for size in ENDINGS[2:]:
            self._warm_reading(size)
            yield f"reading {size}"

    def _warm_reading(self, size: int) -> None:
        condition = np.zeros((size, self.config.condition_size), np.float32)
        state = self.begin(condition)
        for length in READ_PIECES:
            self.read(state, np.zeros((length, size, STROKE5), np.float32), np.full(size, length), condition)

    def _warm_drawing(self, size: int) -> None:
        condition = np.zeros((size, self.config.condition_size), np.float32)
        state = self.begin(condition)
        for points in (FIRST_CHUNK, CHUNK):
            noise = Noise(*np.zeros((2, points, size, 2), np.float32))
            self.draw(state, np.zeros(size, bool), noise, condition, np.ones(size, np.float32))

    def _warm_guessing(self) -> None:
        if self.config.category_head:
            self.category_probabilities(np.zeros((1, self.config.decoder_size), np.float32))
        if self.config.conditional:
            for size in ENDINGS:
                self.prefix_prior(np.zeros((1, size, STROKE5), np.float32), np.ones(size), self.embed([0] * size))

    def _latent(self, program, rows: np.ndarray, lengths: np.ndarray, *others: np.ndarray) -> Normal:
        count, size = len(lengths), padded_size(len(lengths))
        room = -(-max(len(rows), 1) // _LATENT_ROWS) * _LATENT_ROWS
        rows = _padded(_padded(np.asarray(rows, np.float32), room), size, axis=1)
        lengths = _padded(np.asarray(lengths, np.int32), size)
        result = program(rows, lengths, *(_padded(other, size) for other in others))
        return Normal(*(np.asarray(part)[:count] for part in result))


def padded_size(count: int) -> int:
    """How many drawings side by side are computed for `count` of them.

    Raises:
        ValueError: more than `MANY`.
    """
    for size in (*ENDINGS, MANY):
        if count <= size:
            return size
    raise ValueError(f"expected at most {MANY} drawings at once, got {count}")


def pieces(length: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of the pieces that `length` rows are read in; the last may reach beyond."""
    start = 0
    for size in READ_PIECES:
        last = size == READ_PIECES[-1]
        while length - start > (0 if last else size - READ_PIECES[-1]):
            yield start, start + size
            start += size


def _merged(function, graph, tree, leaves, *arguments):
    return function(nnx.merge(graph, jax.tree.unflatten(tree, leaves)), *arguments)


def _begin(model: SketchRNN, condition):
    return model.decoder.start(_or_none(condition), condition.shape[0])


def _read(model: SketchRNN, state, rows, lengths, condition):
    after, hs = read(model, state, rows, lengths, _or_none(condition))
    return after, score(model, state[0], hs, rows, lengths)


def _draw(model: SketchRNN, state, over, noise, condition, temperature):
    drawn, rows = draw(model, Drawn(state, over), noise, _or_none(condition), temperature)
    return drawn.state, drawn.over, rows


def _logits(model: SketchRNN, h):
    return jax.nn.softmax(model.decoder.category_logits(h))


def _prior(model: SketchRNN, rows, lengths, embedding):
    assert model.prefix_prior is not None
    return model.prefix_prior(rows, lengths, _or_none(embedding))


def _posterior(model: SketchRNN, rows, lengths):
    assert model.encoder is not None
    return model.encoder(rows, lengths)


def _or_none(condition: jax.Array) -> jax.Array | None:
    return condition if condition.shape[-1] else None


def _padded(values, size: int, axis: int = 0, fill: float = 0) -> np.ndarray:
    values = np.asarray(values)
    missing = size - values.shape[axis]
    if missing == 0:
        return values
    room = [(0, missing if i == axis else 0) for i in range(values.ndim)]
    return np.pad(values, room, constant_values=fill)


def _cut(parts, count: int) -> Arrays:
    return tuple(np.asarray(part)[:count] for part in parts)
