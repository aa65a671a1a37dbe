"""Recurrent cells: plain LSTM, two of them stacked, LSTM with layer normalisation, HyperLSTM.

Each cell takes the products of its input outside of the loop (`constant` of what is the same at every step, `project`
of the rest), makes single steps (`step`) and runs over whole sequences (`hidden_states`, or `read` for both at once).
A state is a tuple of (B, n) arrays whose first is h.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx

from sketchrnn.model.config import Cell, ModelConfig
from sketchrnn.model.scan import activate, lstm_hidden, lstm_sequence, product

State = tuple[jax.Array, ...]
_HALF_WORD = 2**16
"""Values of half a random word."""


class LSTMCell(nnx.Module):
    """LSTM with gates in the order i, g, f, o and a forget bias of 1 added at run time.

    Args:
        inputs: columns of the input.
        size: units.
        rngs: key stream `params`.
        precision: of the operands of products, but for that of `step`, which is float32.
    """

    def __init__(self, inputs: int, size: int, *, rngs: nnx.Rngs, precision: str = "float32"):
        self.size, self.precision = size, precision
        self.input_kernel = nnx.Param(_uniform(rngs.params(), inputs, 4 * size))
        self.kernel = nnx.Param(_orthogonal_gates(rngs.params(), size))
        self.bias = nnx.Param(jnp.zeros(4 * size))

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return (self.size, self.size)

    def constant(self, condition: jax.Array | None):
        """The part of the input product that is the same at every step: of the condition (B, K), or None."""
        return project_constant(condition, self.input_kernel[...], self.precision) + self.bias[...]

    def project(self, x: jax.Array, constant):
        """The input product of x (..., B, I), on top of `constant`."""
        return project(x, constant, self.input_kernel[...], self.precision)

    def step(self, state: State, projected, keep: jax.Array | None = None) -> State:
        """One step: state and projected input -> state; keep (B, H) factors on the candidate."""
        h, c = state
        i, g, f, o = activate(projected + product(h, self.kernel[...], "float32"))
        c = f * c + i * (g if keep is None else g * keep)
        return o * jnp.tanh(c), c

    def hidden_states(self, state: State, projected, keep: jax.Array | None = None, count=None) -> jax.Array:
        """h after each of T steps, (T, B, H), from projected inputs (T, B, 4 H); see `read`."""
        h, c = state
        return lstm_hidden(projected, self.kernel[...], h, c, keep, self.precision, count)

    def read(self, state: State, x: jax.Array, constant, keep: jax.Array | None = None, count=None) -> jax.Array:
        """h after each of T steps, (T, B, H), from inputs (T, B, I) of few columns: `project` and `hidden_states`.

        Of interest are `count` () of them, None for all; what stands after these is not to be used.
        """
        h, c = state
        inputs = self.input_kernel[: x.shape[-1]]
        return lstm_sequence(x, constant, inputs, self.kernel[...], h, c, keep, self.precision, count)


class StackedLSTMCell(nnx.Module):
    """Two LSTMs, the upper of which reads the input and the h of the lower (Graves 2013, equations 1 and 2).

    Args:
        inputs: columns of the input.
        size: units of the upper one, whose h is the cell's; dropout leaves out candidates of this one alone.
        lower: units of the lower one.
        rngs: key stream `params`.
        precision: of the operands of products in `read`.
    """

    def __init__(self, inputs: int, size: int, lower: int, *, rngs: nnx.Rngs, precision: str = "float32"):
        self.size, self.lower, self.precision = size, lower, precision
        self.below = LSTMCell(inputs, lower, rngs=rngs, precision=precision)
        self.above = LSTMCell(lower + inputs, size, rngs=rngs, precision=precision)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return (self.size, self.size, self.lower, self.lower)

    def constant(self, condition: jax.Array | None):
        return self.below.constant(condition), self.above.constant(condition)

    def project(self, x: jax.Array, constant):
        # the upper one's product waits for the lower one's h
        return self.below.project(x, constant[0]), x, constant[1]

    def step(self, state: State, projected, keep: jax.Array | None = None) -> State:
        h, c, lower_h, lower_c = state
        projected, x, constant = projected
        lower_h, lower_c = self.below.step((lower_h, lower_c), projected)
        return *self.above.step((h, c), self._project_above(lower_h, x, constant), keep), lower_h, lower_c

    def hidden_states(self, state: State, projected, keep: jax.Array | None = None, count=None) -> jax.Array:
        projected, x, constant = projected
        lower = self.below.hidden_states(state[2:], projected, None, count)
        return self.above.hidden_states(state[:2], self._project_above(lower, x, constant), keep, count)

    def read(self, state: State, x: jax.Array, constant, keep: jax.Array | None = None, count=None) -> jax.Array:
        lower = self.below.read(state[2:], x, constant[0], None, count)
        return self.above.hidden_states(state[:2], self._project_above(lower, x, constant[1]), keep, count)

    def _project_above(self, lower_h: jax.Array, x: jax.Array, constant):
        return self.above.project(jnp.concatenate([lower_h, x], axis=-1), constant)


class LayerNormLSTMCell(nnx.Module):
    """LSTM with layer normalisation of each gate and of the cell (Ba et al. 2016; as in Ha et al. 2016, appendix A)."""

    def __init__(self, inputs: int, size: int, *, rngs: nnx.Rngs, precision: str = "float32"):
        self.size, self.precision = size, precision
        self.input_kernel = nnx.Param(_uniform(rngs.params(), inputs, 4 * size))
        self.kernel = nnx.Param(_orthogonal_gates(rngs.params(), size))
        self.gate_gain = nnx.Param(jnp.ones((4, size)))
        self.gate_bias = nnx.Param(jnp.zeros((4, size)))
        self.cell_gain = nnx.Param(jnp.ones(size))
        self.cell_bias = nnx.Param(jnp.zeros(size))

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return (self.size, self.size)

    def constant(self, condition: jax.Array | None):
        return project_constant(condition, self.input_kernel[...], self.precision)

    def project(self, x: jax.Array, constant):
        return project(x, constant, self.input_kernel[...], self.precision)

    def step(self, state: State, projected, keep: jax.Array | None = None) -> State:
        h, c = state
        return self.update(projected + product(h, self.kernel[...], self.precision), c, keep)

    def update(self, gates: jax.Array, c: jax.Array, keep: jax.Array | None) -> State:
        """Pre-activations (B, 4 H) -> (h, c), normalising each gate on its own."""
        gates = gates.reshape(*gates.shape[:-1], 4, self.size)
        gates = layer_norm(gates, self.gate_gain[...], self.gate_bias[...])
        i, g, f, o = activate(gates.reshape(*c.shape[:-1], 4 * self.size))
        c = f * c + i * (g if keep is None else g * keep)
        return o * jnp.tanh(layer_norm(c, self.cell_gain[...], self.cell_bias[...])), c

    def hidden_states(self, state: State, projected, keep: jax.Array | None = None, count=None) -> jax.Array:
        return _scan_steps(self, state, projected, keep)

    def read(self, state: State, x: jax.Array, constant, keep: jax.Array | None = None, count=None) -> jax.Array:
        return self.hidden_states(state, self.project(x, constant), keep)


class HyperLSTMCell(nnx.Module):
    """LSTM whose gates are rescaled at every step by a smaller LSTM (Ha, Dai & Le 2016, arXiv 1609.09106, appendix A).

    The small LSTM reads the input and h; linear embeddings of its h scale the input product, the recurrent product
    and make the bias of each gate. Layer normalisation as in the paper's experiments.

    Reference:
        Ha, Dai & Le 2016, appendix A.2.2, but that what scales is the small LSTM's h after the step, as in Magenta's
        code, and not (equation 11) the one before it.
    """

    def __init__(self, inputs: int, size: int, small: int, embedding: int, *, rngs: nnx.Rngs, precision="float32"):
        self.size, self.small, self.precision = size, small, precision
        self.main = LayerNormLSTMCell(inputs, size, rngs=rngs, precision=precision)
        self.hyper = LayerNormLSTMCell(inputs, small, rngs=rngs, precision=precision)
        self.hidden_kernel = nnx.Param(_uniform(rngs.params(), size, 4 * small))
        # three roles (input scale, recurrent scale, bias) for each of four gates; scales start at 0.1 as in the paper
        self.embed = nnx.Param(jax.random.normal(rngs.params(), (3, small, 4 * embedding)) * 0.01)
        self.embed_bias = nnx.Param(jnp.stack([jnp.ones(4 * embedding)] * 2 + [jnp.zeros(4 * embedding)]))
        self.expand = nnx.Param(
            jnp.stack([jnp.full((4, embedding, size), 0.1 / embedding)] * 2 + [jnp.zeros((4, embedding, size))])
        )

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return (self.size, self.size, self.small, self.small)

    def constant(self, condition: jax.Array | None):
        return self.main.constant(condition), self.hyper.constant(condition)

    def project(self, x: jax.Array, constant):
        return self.main.project(x, constant[0]), self.hyper.project(x, constant[1])

    def step(self, state: State, projected, keep: jax.Array | None = None) -> State:
        h, c, small_h, small_c = state
        main, small = projected
        small = small + product(h, self.hidden_kernel[...], self.precision)
        small_h, small_c = self.hyper.step((small_h, small_c), small)
        by_input, by_state, bias = self._factors(small_h)
        gates = by_input * main + by_state * product(h, self.main.kernel[...], self.precision) + bias
        return *self.main.update(gates, c, keep), small_h, small_c

    def _factors(self, small_h: jax.Array) -> jax.Array:
        """(B, S) -> (3, B, 4 H)."""
        codes = jnp.einsum("bs,rse->rbe", small_h, self.embed[...]) + self.embed_bias[...][:, None]
        codes = codes.reshape(3, small_h.shape[0], 4, -1)
        return jnp.einsum("rbge,rgeh->rbgh", codes, self.expand[...]).reshape(3, small_h.shape[0], 4 * self.size)

    def hidden_states(self, state: State, projected, keep: jax.Array | None = None, count=None) -> jax.Array:
        return _scan_steps(self, state, projected, keep)

    def read(self, state: State, x: jax.Array, constant, keep: jax.Array | None = None, count=None) -> jax.Array:
        return self.hidden_states(state, self.project(x, constant), keep)


AnyCell = LSTMCell | StackedLSTMCell | LayerNormLSTMCell | HyperLSTMCell


class Pair(nnx.Module):
    """Two cells of one kind and size, each over a sequence of its own, as the two directions of an encoder: for as long
    as it is needed, since bundles know the cells by their own names.

    Plain LSTMs share one loop; others run one after the other. Arrays have an axis of two before B: inputs are
    (T, 2, B, I), states (2, B, n).
    """

    def __init__(self, first: AnyCell, second: AnyCell):
        self.first, self.second, self.size = first, second, first.size

    def hidden_states(self, x: jax.Array, keep=None, count=None, *, narrow: bool = True) -> jax.Array:
        """h after each of T steps, (T, 2, B, H), from states of zeros.

        Args:
            x: (T, 2, B, I), what the cells read.
            keep: (T, 2, B, H) factors on the candidates (recurrent dropout), or None.
            count: () int32, how many steps are of interest; what stands after these is not to be used.
            narrow: I is small: plain LSTMs read x inside of their loop.
        """
        first, second = self.first, self.second
        if not (isinstance(first, LSTMCell) and isinstance(second, LSTMCell)):
            keeps = (None, None) if keep is None else (keep[:, 0], keep[:, 1])
            return jnp.stack([_read(cell, x[:, i], keeps[i]) for i, cell in enumerate((first, second))], axis=1)
        pairs = zip(_weights_of(first), _weights_of(second), strict=True)
        kernel, inputs, bias = (jnp.stack([one[...], other[...]]) for one, other in pairs)
        start = jnp.zeros((2, x.shape[2], self.size))
        if narrow:
            return lstm_sequence(x, bias[:, None], inputs, kernel, start, start, keep, first.precision, count)
        projected = jnp.stack([product(x[:, i], inputs[i], first.precision) for i in range(2)], axis=1)
        return lstm_hidden(projected + bias[:, None], kernel, start, start, keep, first.precision, count)


def _weights_of(cell: LSTMCell) -> tuple:
    return cell.kernel, cell.input_kernel, cell.bias


def _read(cell: AnyCell, x: jax.Array, keep: jax.Array | None) -> jax.Array:
    return cell.read(zero_state(cell, x.shape[1]), x, cell.constant(None), keep)


def make_cell(kind: Cell, inputs: int, size: int, config: ModelConfig, rngs: nnx.Rngs) -> AnyCell:
    """The cell of this kind."""
    if kind == "hyper":
        small, embedding = config.hyper_size, config.hyper_embedding
        return HyperLSTMCell(inputs, size, small, embedding, rngs=rngs, precision=config.precision)
    if kind == "stacked":
        return StackedLSTMCell(inputs, size, config.lower_units(size), rngs=rngs, precision=config.precision)
    make = LSTMCell if kind == "lstm" else LayerNormLSTMCell
    return make(inputs, size, rngs=rngs, precision=config.precision)


def zero_state(cell: AnyCell, batch: int) -> State:
    """A state of zeros."""
    return tuple(jnp.zeros((batch, size), jnp.float32) for size in cell.state_sizes)


def project(x: jax.Array, constant: jax.Array, kernel: jax.Array, precision: str) -> jax.Array:
    """x @ kernel's first rows + constant: (..., B, I), (B, n) or (n,), (I + K, n) -> (..., B, n)."""
    return product(x, kernel[: x.shape[-1]], precision) + constant


def project_constant(condition: jax.Array | None, kernel: jax.Array, precision: str) -> jax.Array:
    """condition @ kernel's last rows: (B, K), (I + K, n) -> (B, n); zeros (n,) where there is no condition."""
    if condition is None:
        return jnp.zeros(kernel.shape[1], jnp.float32)
    return product(condition, kernel[-condition.shape[-1] :], precision)


def layer_norm(x: jax.Array, gain: jax.Array, bias: jax.Array, epsilon: float = 1e-6) -> jax.Array:
    """Normalise the last axis to mean 0 and variance 1 (Ba et al. 2016, equation 3), then scale and shift."""
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon) * gain + bias


def dropout_factors(key: jax.Array, shape: tuple[int, ...], keep: float) -> jax.Array | None:
    """Factors 0 or 1 / keep, float32; None where nothing is dropped.

    A random word of 32 bits decides for two units, since drawing words is what takes the time: `keep` is rounded to
    1 / 65536, in the factors, too.
    """
    if keep >= 1:
        return None
    kept = max(round(keep * _HALF_WORD), 1)
    *others, units = shape
    words = jax.random.bits(key, (*others, (units + 1) // 2), jnp.uint32)
    halves = jnp.concatenate([words % _HALF_WORD, words // _HALF_WORD], axis=-1)[..., :units]
    return (halves < kept).astype(jnp.float32) * (_HALF_WORD / kept)


def _scan_steps(cell: AnyCell, state: State, projected, keep: jax.Array | None) -> jax.Array:
    def step(state, inputs):
        state = cell.step(state, *inputs)
        return state, state[0]

    return jax.lax.scan(step, state, (projected, keep))[1]


def _uniform(key: jax.Array, inputs: int, outputs: int) -> jax.Array:
    return nnx.initializers.glorot_uniform()(key, (inputs, outputs), jnp.float32)


def _orthogonal_gates(key: jax.Array, size: int) -> jax.Array:
    """(H, 4 H): an orthogonal matrix for each gate (Saxe et al. 2014)."""
    make = nnx.initializers.orthogonal()
    return jnp.concatenate([make(k, (size, size), jnp.float32) for k in jax.random.split(key, 4)], axis=1)
