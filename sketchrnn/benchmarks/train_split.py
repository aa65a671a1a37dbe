"""Where the time of a training step goes.

The parts of a step are timed as functions of their own, compiled apart, on the same shapes; the whole step beside them.
What XLA merges in the step is written and read once more here, so the parts need not add up to it: what is left over,
which may be less than nothing, is the part `rest` (dropout, cleaning, the losses of z).

Calls alternate and the fastest of each part counts, so that other programs' turns are left out as well as may be. The
processor's time, of all threads, stands beside the wall's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from sketchrnn.model.cells import AnyCell, LSTMCell, Pair, State, dropout_factors, zero_state
from sketchrnn.model.config import learns
from sketchrnn.model.encoder import reverse_rows
from sketchrnn.model.losses import Rows, head_loss, point_log_likelihood
from sketchrnn.model.recogniser import features, in_groups
from sketchrnn.model.scan import weight_gradients
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.model.viewer import Viewer, viewer_loss
from sketchrnn.training.step import StepOptions, TrainState

PARTS = ("input product", "forward scan", "backward scan", "weight gradients", "mixture", "viewer", "optimiser")
PARTS += ("rest", "step")
"""In the order of the table; the last is the whole step. `input product` is what stands before the loop of one cell:
the plain LSTM reads its few input columns inside of it, and only what is the same at every step is multiplied before;
of two directions it is part of their scans. `weight gradients` are those of the recurrent weights where they are one
product after the loop (the plain LSTM's), `mixture` is the output layer, densities and category head, `viewer` all of
it, forward and backward."""

Clocks = tuple[float, float]
"""Seconds of the wall's clock and of the processor's."""


@dataclass(frozen=True)
class Loop:
    """A cell that runs over a batch.

    Args:
        cell: it.
        x: (T, B, I), what it reads.
        condition: (B, K) or None.
        state: before the first step, (B, n) each.
        keep: (T, B, H) factors on the candidate, or None.
        count: () steps until all drawings are over.
    """

    cell: AnyCell
    x: jax.Array
    condition: jax.Array | None
    state: State
    keep: jax.Array | None
    count: jax.Array

    @property
    def reads_inside(self) -> bool:
        return isinstance(self.cell, LSTMCell)


@dataclass(frozen=True)
class Both:
    """Two directions over a batch.

    Args:
        cells: they.
        x: (T, 2, B, I), what they read.
        keep: (T, 2, B, H) factors on the candidates, or None.
        count: () steps until all drawings are over.
        narrow: x has few columns.
    """

    cells: tuple[AnyCell, AnyCell]
    x: jax.Array
    keep: jax.Array | None
    count: jax.Array
    narrow: bool


def split_step(
    model: SketchRNN, differentiate: Callable, update: Callable, state: TrainState, rows: Rows, options: StepOptions
) -> tuple[TrainState, list[dict[str, Any]]]:
    """Time the parts of a step.

    Args:
        model: the network; the state must not hold its very arrays.
        differentiate: of `training.step.make_gradient`.
        update: of `training.step.make_update`.
        state: is given away.
        rows: the batch.
        options: those of the step.

    Returns:
        The state after some steps, and a row for each of `PARTS`: `part`, `ms`, `cpu_ms`, `share` of the whole step's
        wall time.
    """
    whole = _Whole(state, differentiate, update, rows)
    calls = [("gradient", whole.differentiate), ("optimiser", whole.update)]
    for loop in loops_of(model, rows, options):
        calls += _calls_of_both(loop) if isinstance(loop, Both) else _loop_calls(loop)
    if learns(options.learnt, "decoder"):
        calls.append(("mixture", _mixture_call(model, rows, options)))
    if model.viewer is not None and learns(options.learnt, "viewer"):
        calls.append(("viewer", _viewer_call(model.viewer, rows)))
    rows_of_table = _table(_fastest(calls))
    return whole.state, rows_of_table


def loops_of(model: SketchRNN, rows: Rows, options: StepOptions) -> Iterator[Loop | Both]:
    """Every recurrent pass of a step."""
    if learns(options.learnt, "decoder"):
        yield from _drawing_loops(model, rows, options.coded)
    if model.recogniser is not None and learns(options.learnt, "recogniser"):
        groups = in_groups(features(rows.rows[:-1], rows.lengths), model.recogniser.patch)
        count = -(-rows.lengths // model.recogniser.patch)
        x = jnp.stack([groups, reverse_rows(groups, count)], axis=1)
        yield Both((model.recogniser.forward, model.recogniser.backward), x, None, count.max(), narrow=False)


def _drawing_loops(model: SketchRNN, rows: Rows, coded: int | None) -> Iterator[Loop | Both]:
    x, key, count = rows.rows[:-1], jax.random.key(0), jnp.max(rows.lengths)
    batch, z = x.shape[1], None
    if model.encoder is not None:
        z = jnp.zeros((batch, model.config.latent_size))
        first = 0 if coded is None else batch - coded
        both = jnp.stack([x[:, first:], reverse_rows(x[:, first:], rows.lengths[first:])], axis=1)
        encoder = model.encoder
        keep = _dropped(encoder.forward, both, encoder.keep, key)
        yield Both((encoder.forward, encoder.backward), both, keep, jnp.max(rows.lengths[first:]), narrow=True)
    if model.prefix_prior is not None:
        cell = model.prefix_prior.cell
        yield Loop(cell, x, model.embed(rows.given), zero_state(cell, batch), None, count)
    decoder, condition = model.decoder, model.condition(rows.given, z)
    keep = _dropped(decoder.cell, x, decoder.keep, key)
    yield Loop(decoder.cell, x, condition, decoder.start(condition, batch), keep, count)


def _dropped(cell: AnyCell, x: jax.Array, keep: float, key: jax.Array) -> jax.Array | None:
    return dropout_factors(key, (*x.shape[:-1], cell.size), keep)


def _loop_calls(loop: Loop) -> list[tuple[str, Callable[[], Any]]]:
    """Names and functions without arguments; the backward one gives all gradients."""
    graph, params = nnx.split(loop.cell)

    def before(params, x):
        cell = nnx.merge(graph, params)
        constant = cell.constant(loop.condition)
        return constant if loop.reads_inside else cell.project(x, constant)

    def run(params, state, given, x):
        cell = nnx.merge(graph, params)
        if loop.reads_inside:
            return cell.read(state, x, given, loop.keep, loop.count)
        return cell.hidden_states(state, given, loop.keep, loop.count)

    def both_ways(params, x, d):
        constant, pull = jax.vjp(lambda p: before(p, x), params)
        return constant, pull(d)  # what is not given back is not computed

    given, inputs = jax.jit(before)(params, loop.x), jax.jit(both_ways)
    forward = jax.jit(lambda p, s, g, x: jax.vjp(lambda p, s, g: run(p, s, g, x), p, s, g))
    backward = jax.jit(lambda pull, d: pull(d))
    hs, pull = forward(params, loop.state, given, loop.x)
    calls = [
        ("input product", lambda: inputs(params, loop.x, given)),
        ("forward scan", lambda: forward(params, loop.state, given, loop.x)),
        ("backward", lambda: backward(pull, hs)),
    ]
    if isinstance(loop.cell, LSTMCell):
        calls.append(("weight gradients", _weight_gradients_call(loop.cell, hs, loop.x)))
    return calls


def _calls_of_both(loop: Both) -> list[tuple[str, Callable[[], Any]]]:
    """The same of two directions."""
    graph, params = nnx.split(Pair(*loop.cells))

    def run(params):
        return nnx.merge(graph, params).hidden_states(loop.x, loop.keep, loop.count, narrow=loop.narrow)

    forward = jax.jit(lambda params: jax.vjp(run, params))
    backward = jax.jit(lambda pull, d: pull(d))
    hs, pull = forward(params)
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("forward scan", lambda: forward(params)),
        ("backward", lambda: backward(pull, hs)),
    ]
    for number, cell in enumerate(loop.cells):
        if isinstance(cell, LSTMCell):
            read = loop.x[:, number] if loop.narrow else loop.x[:, number, :, :0]
            calls.append(("weight gradients", _weight_gradients_call(cell, hs[:, number], read)))
    return calls


def _weight_gradients_call(cell: LSTMCell, hs: jax.Array, x: jax.Array) -> Callable[[], Any]:
    """The product of all steps' inputs and all steps' gradients of pre-activations, as after the plain LSTM's loop; x
    (T, B, I) is what the loop reads beside h.
    """
    steps, batch, size = hs.shape
    dz = jnp.ones((steps, batch, 4 * size))

    @jax.jit
    def weigh(hs, x, dz):
        before = jnp.concatenate([jnp.zeros((1, batch, size)), hs])[:steps]
        return weight_gradients(jnp.concatenate([before, x], axis=-1), dz, cell.precision)

    return lambda: weigh(hs, x, dz)


def _mixture_call(model: SketchRNN, rows: Rows, options: StepOptions) -> Callable[[], Any]:
    def is_output(path, _) -> bool:
        return tuple(path[:2]) in (("decoder", "out"), ("decoder", "head"))

    graph, params, rest = nnx.split(model, is_output, ...)
    steps, batch = rows.rows.shape[0] - 1, rows.rows.shape[1]
    hs = jax.random.normal(jax.random.key(0), (steps, batch, model.decoder.cell.size)) / 4

    @jax.jit
    @jax.value_and_grad
    def cost(given, rest, rows):
        whole = nnx.merge(graph, given[0], rest)
        offset, pen = point_log_likelihood(whole, rows, given[1])
        return -(offset + pen).sum() / batch + options.head_weight * head_loss(whole, rows, given[1], options.untold)[0]

    return lambda: cost((params, hs), rest, rows)


def _viewer_call(viewer: Viewer, rows: Rows) -> Callable[[], Any]:
    graph, params = nnx.split(viewer)

    @jax.jit
    @jax.grad
    def cost(params, rows):
        return viewer_loss(nnx.merge(graph, params), rows.rows[:-1], rows.lengths, rows.labels, jax.random.key(0))[0]

    return lambda: cost(params, rows)


class _Whole:
    """The two functions of a real step, on a state that goes on."""

    def __init__(self, state: TrainState, differentiate: Callable, update: Callable, rows: Rows):
        self.state, self._differentiate, self._update = state, differentiate, update
        self._rows, self._key = rows, jax.random.key(0)

    def differentiate(self) -> Any:
        self._gradient, self._metrics = self._differentiate(self.state.params, self.state.step, self._rows, self._key)
        return self._gradient

    def update(self) -> Any:
        self.state, _ = self._update(self.state, self._gradient, self._metrics["loss"])
        return self.state


def clocks(call: Callable[[], Any]) -> Clocks:
    """What a call takes, with all that it starts on the device."""
    wall, cpu = time.perf_counter(), time.process_time()
    jax.block_until_ready(call())
    return time.perf_counter() - wall, time.process_time() - cpu


def _fastest(calls: list[tuple[str, Callable[[], Any]]], rounds: int = 5) -> dict[str, Clocks]:
    """The fastest of a few calls of each, by either clock; the same name's add up."""
    taken: list[list[Clocks]] = [[] for _ in calls]
    for number in range(rounds + 1):
        for times, (_, call) in zip(taken, calls, strict=True):
            took = clocks(call)
            if number:  # the first compiles
                times.append(took)
    sums: dict[str, Clocks] = {}
    for times, (name, _) in zip(taken, calls, strict=True):
        wall, cpu = sums.get(name, (0.0, 0.0))
        sums[name] = wall + min(wall for wall, _ in times), cpu + min(cpu for _, cpu in times)
    return sums


def _table(measured: dict[str, Clocks]) -> list[dict[str, Any]]:
    seconds = {name: np.asarray(measured.get(name, (0.0, 0.0))) for name in (*PARTS, "gradient", "backward")}
    seconds["backward scan"] = seconds["backward"] - seconds["weight gradients"]
    seconds["step"] = seconds["gradient"] + seconds["optimiser"]
    seconds["rest"] = seconds["step"] - sum(seconds[name] for name in PARTS[:-2])
    whole = float(seconds["step"][0])
    return [_row(name, float(seconds[name][0]), float(seconds[name][1]), whole) for name in PARTS]


def _row(part: str, wall: float, cpu: float, whole: float) -> dict[str, Any]:
    return {"part": part, "ms": wall * 1e3, "cpu_ms": cpu * 1e3, "share": wall / whole}
