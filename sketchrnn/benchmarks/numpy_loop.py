"""Completing with plain numpy, one call after the other: what the compiled loop is compared with."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sketchrnn.model.config import ModelConfig


class NumpyDecoder:
    """A decoder with a plain LSTM cell.

    Args:
        config: sizes.
        params: arrays by dotted name, as of a bundle.

    Raises:
        ValueError: another cell.
    """

    def __init__(self, config: ModelConfig, params: Mapping[str, np.ndarray]):
        if config.decoder_cell != "lstm":
            raise ValueError(f"expected a decoder of plain LSTM cells, got {config.decoder_cell!r}")
        get = lambda name: np.ascontiguousarray(params[f"decoder.{name}"], np.float32)  # noqa: E731
        self.kernel, self.inputs, self.bias = get("cell.kernel"), get("cell.input_kernel"), get("cell.bias")
        self.out, self.out_bias = get("out.kernel"), get("out.bias")
        self.size, self.mixtures = config.decoder_size, config.mixtures

    def step(self, h: np.ndarray, c: np.ndarray, row: np.ndarray, constant: np.ndarray):
        """(h, c) after one more row, (K, 5)."""
        gates = h @ self.kernel + row @ self.inputs[:5] + constant
        i, g, f, o = np.split(gates, 4, axis=1)
        c = _sigmoid(f + 1) * c + _sigmoid(i) * np.tanh(g)
        return _sigmoid(o) * np.tanh(c), c

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

    def endings(self, rows: np.ndarray, condition: np.ndarray, count: int, points: int, temperature: float):
        """`count` endings of `points` points after the rows (n, 5), (points, count, 5); condition (C,)."""
        constant = condition @ self.inputs[5:] + self.bias
        h = c = np.zeros((1, self.size), np.float32)
        for row in rows:
            h, c = self.step(h, c, row[None], constant)
        h, c = np.repeat(h, count, axis=0), np.repeat(c, count, axis=0)
        random, drawn = np.random.default_rng(0), []
        for _ in range(points):
            drawn.append(self.sample(h, random, temperature))
            h, c = self.step(h, c, drawn[-1], constant)
        return np.stack(drawn)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def _choose(logits: np.ndarray, random: np.random.Generator) -> np.ndarray:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    total = np.cumsum(weights, axis=1)
    place = random.random((len(logits), 1)) * total[:, -1:]
    return np.minimum((total <= place).sum(axis=1), logits.shape[1] - 1)
