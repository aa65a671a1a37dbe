"""Completing with plain numpy, one call after the other: what the compiled loop is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sketchrnn.model.config import STROKE5, ModelConfig

CELLS = {"lstm": ("cell",), "stacked": ("cell.below", "cell.above")}
"""Kinds of cells that this module knows, and their LSTMs by name, the lowest first."""
PARTS = "kernel", "input_kernel", "bias"


class Layer(NamedTuple):
    """One LSTM's weights: kernel (H, 4 H), inputs (I, 4 H), bias (4 H,), float32."""

    kernel: np.ndarray
    inputs: np.ndarray
    bias: np.ndarray


State = list[tuple[np.ndarray, np.ndarray]]
"""(h, c) of each LSTM, (K, H) each, the lowest first."""


class NumpyDecoder:
    """A decoder of one plain LSTM or of two stacked ones.

    Args:
        config: sizes.
        params: arrays by dotted name, as of a bundle.

    Raises:
        ValueError: another cell.
    """

    def __init__(self, config: ModelConfig, params: Mapping[str, np.ndarray]):
        if config.decoder_cell not in CELLS:
            raise ValueError(f"expected a decoder of plain or stacked LSTM cells, got {config.decoder_cell!r}")
        get = lambda name: np.ascontiguousarray(params[f"decoder.{name}"], np.float32)  # noqa: E731
        self.layers = [Layer(*(get(f"{cell}.{part}") for part in PARTS)) for cell in CELLS[config.decoder_cell]]
        self.out, self.out_bias = get("out.kernel"), get("out.bias")
        self.mixtures = config.mixtures

    def step(self, state: State, row: np.ndarray, constants: Sequence[np.ndarray]) -> State:
        """The state after one more row, (K, 5); constants (4 H,) of each LSTM, what is the same at every step."""
        read, after = row, []
        for layer, (h, c), constant in zip(self.layers, state, constants, strict=True):
            gates = h @ layer.kernel + read @ layer.inputs[: read.shape[1]] + constant
            i, g, f, o = np.split(gates, 4, axis=1)
            c = _sigmoid(f + 1) * c + _sigmoid(i) * np.tanh(g)
            h = _sigmoid(o) * np.tanh(c)
            after.append((h, c))
            read = np.concatenate([h, row], axis=1)
        return after

    def sample(self, h: np.ndarray, random: np.random.Generator, temperature: float) -> np.ndarray:
        """A row for each h, (K, 5)."""
        y = h @ self.out + self.out_bias
        parts = y[:, 3:].reshape(len(h), 6, self.mixtures)
        at = np.arange(len(h)), _choose(parts[:, 0] / temperature, random)
        mean, sigma = parts[:, 1:3][at[0], :, at[1]], np.exp(parts[:, 3:5][at[0], :, at[1]])
        rho = np.tanh(parts[:, 5][at])
        x, noise = random.standard_normal((2, len(h)))
        skewed = np.stack([x, rho * x + np.sqrt(1 - rho * rho) * noise], axis=1)
        pen = np.eye(3, dtype=np.float32)[_choose(y[:, :3] / (0.5 + 0.5 * temperature), random)]
        return np.concatenate([mean + np.sqrt(temperature) * sigma * skewed, pen], axis=1).astype(np.float32)

    def constants(self, condition: np.ndarray) -> list[np.ndarray]:
        """What a condition (C,) adds to the gates of each LSTM, (4 H,)."""
        below = [0, *(len(layer.kernel) for layer in self.layers[:-1])]
        pairs = zip(self.layers, below, strict=True)
        return [condition @ layer.inputs[size + STROKE5 :] + layer.bias for layer, size in pairs]

    def read(self, rows: np.ndarray, constants: Sequence[np.ndarray]) -> State:
        """The state of one drawing after its rows, (n, 5)."""
        zeros = (np.zeros((1, len(layer.kernel)), np.float32) for layer in self.layers)
        state = [(nothing, nothing) for nothing in zeros]
        for row in rows:
            state = self.step(state, row[None], constants)
        return state

    def endings(self, rows: np.ndarray, condition: np.ndarray, count: int, points: int, temperature: float):
        """`count` endings of `points` points after the rows (n, 5), (points, count, 5); condition (C,)."""
        constants = self.constants(condition)
        state = [(h.repeat(count, axis=0), c.repeat(count, axis=0)) for h, c in self.read(rows, constants)]
        random, drawn = np.random.default_rng(0), []
        for _ in range(points):
            drawn.append(self.sample(state[-1][0], random, temperature))
            state = self.step(state, drawn[-1], constants)
        return np.stack(drawn)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def _choose(logits: np.ndarray, random: np.random.Generator) -> np.ndarray:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    total = np.cumsum(weights, axis=1)
    place = random.random((len(logits), 1)) * total[:, -1:]
    return np.minimum((total <= place).sum(axis=1), logits.shape[1] - 1)
