"""The decoder: stroke-5 rows and a condition in, hidden states and mixtures out."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx

from sketchrnn.model.cells import State, dropout_factors, make_cell, zero_state
from sketchrnn.model.config import STROKE5, ModelConfig
from sketchrnn.model.mixture import Mixture, split_output


class Decoder(nnx.Module):
    """An LSTM over stroke-5 rows; z and the category embedding enter at every step and make the first state.

    Example:
        A drawing, point by point; rows in model units, the last one says the end:

        >>> condition = model.condition(jnp.array([bundle.category_index("cat")]))
        >>> state, constant = model.decoder.start(condition, 1), model.decoder.cell.constant(condition)
        >>> noise, rows = make_noise(seed=7, endings=[0], points=250), [jnp.array([START_TOKEN])]
        >>> while rows[-1][0, 4] == 0 and len(rows) <= 250:
        ...     state = model.decoder.step(state, rows[-1], constant)
        ...     uniform, normal = (part[len(rows) - 1] for part in noise)
        ...     rows.append(sample(model.decoder.mixture(state[0]), uniform, normal, temperature=0.5))

    Reference:
        Ha & Eck 2017, section 3.2: S_t = decoder([S_{t-1}; z], h_{t-1}), h_0 = tanh(W z + b).
    """

    def __init__(self, config: ModelConfig, *, rngs: nnx.Rngs):
        self.keep = config.recurrent_keep
        self.cell = make_cell(config.decoder_cell, STROKE5 + config.condition_size, config.decoder_size, config, rngs)
        narrow = nnx.initializers.normal(0.001)
        units, width = sum(self.cell.state_sizes), config.condition_size
        self.initial = nnx.Linear(width, units, kernel_init=narrow, rngs=rngs) if width else None
        self.out = nnx.Linear(config.decoder_size, config.output_size, rngs=rngs)
        self.head = nnx.Linear(config.decoder_size, config.categories, rngs=rngs) if config.category_head else None

    def start(self, condition: jax.Array | None, batch: int) -> State:
        """The state before the first row; condition (B, K), or None only for a decoder without one (ValueError)."""
        if self.initial is None:
            return zero_state(self.cell, batch)
        if condition is None:
            raise ValueError("expected a condition for a decoder that starts from one, got None")
        values = jnp.tanh(self.initial(condition))
        cuts = [sum(self.cell.state_sizes[: i + 1]) for i in range(len(self.cell.state_sizes) - 1)]
        return tuple(jnp.split(values, cuts, axis=-1))

    def hidden_states(
        self, rows: jax.Array, condition: jax.Array | None, key: jax.Array | None = None, count=None
    ) -> jax.Array:
        """h after each row.

        Args:
            rows: (T, B, 5) stroke-5, model units, what the decoder reads.
            condition: (B, K) or None.
            key: for recurrent dropout; None drops nothing.
            count: () int32, how many rows are of interest; None for all.

        Returns:
            (T, B, H); what stands after `count` is not to be used.
        """
        keep = None if key is None else dropout_factors(key, (*rows.shape[:2], self.cell.size), self.keep)
        state = self.start(condition, rows.shape[1])
        return self.cell.read(state, rows, self.cell.constant(condition), keep, count)

    def step(self, state: State, row: jax.Array, constant) -> State:
        """The state after one more row (B, 5); `constant` is `cell.constant(condition)`, taken once before a loop."""
        return self.cell.step(state, self.cell.project(row, constant))

    def mixture(self, h: jax.Array) -> Mixture:
        """What is expected next, from h (..., H)."""
        return split_output(self.out(h))

    def category_logits(self, h: jax.Array) -> jax.Array:
        """What is being drawn, (..., C) logits, from h (..., H).

        Raises:
            ValueError: the model has no category head.
        """
        if self.head is None:
            raise ValueError("expected a model with a category head, got one without")
        return self.head(h)
