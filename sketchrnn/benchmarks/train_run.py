"""What the benchmark of training trains, and the product of matrices that it is compared with."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sketchrnn.benchmarks.data import quick_draw_lengths
from sketchrnn.benchmarks.train_split import clocks, split_step
from sketchrnn.data.batches import PlannedBatch, assemble, plan_epoch
from sketchrnn.data.corpus import Corpus
from sketchrnn.model.losses import Rows
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.devices import all_devices
from sketchrnn.training.feed import Feed
from sketchrnn.training.fit import step_options
from sketchrnn.training.schedules import kl_schedule, make_optimiser
from sketchrnn.training.step import begin, make_gradient, make_update, to_rows

SCALE = 30.0
"""Sketch units per model unit."""
Rates = tuple[float, float]
"""By the wall's clock and by the processor's."""
MATRIX = 2048


def synthetic_corpus(drawings: int, categories: int = 3, seed: int = 0) -> Corpus:
    """Random walks with Quick, Draw!'s lengths.

    Args:
        drawings: how many.
        categories: of how many categories.
        seed: of all of it.
    """
    rng = np.random.default_rng(seed)
    lengths = quick_draw_lengths(drawings, rng)
    points = np.empty((int(lengths.sum()), 3), np.int16)
    points[:, :2] = rng.normal(0, 28, (len(points), 2)).round()
    points[:, 2] = rng.random(len(points)) < 0.15
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    points[offsets[1:] - 1, 2] = 1
    labels = rng.integers(0, max(categories, 1), drawings).astype(np.int16)
    return Corpus(points, offsets, labels, tuple(f"category {index}" for index in range(max(categories, 1))))


def matmul_gflops(repeats: int = 5) -> Rates:
    """10^9 operations per second of a 2048^3 float32 product, by the wall's clock and by the processor's, the best of a
    few.
    """
    a = jnp.ones((MATRIX, MATRIX), jnp.float32)
    _multiply(a, a).block_until_ready()
    times = [clocks(lambda: _multiply(a, a)) for _ in range(repeats)]
    work = 2 * MATRIX**3 / 1e9
    return work / min(wall for wall, _ in times), work / max(min(cpu for _, cpu in times), 1e-9)


@jax.jit
def _multiply(a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.matmul(a, b, precision="highest")


def peak_memory_mib() -> float:
    """The most memory so far: of the accelerator where there is one, else of this process; NaN where unknown."""
    statistics = jax.devices()[0].memory_stats() if jax.default_backend() != "cpu" else None
    if statistics:
        return statistics["peak_bytes_in_use"] / 2**20
    try:
        import resource
    except ImportError:  # Windows has none
        return math.nan
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


class Taken(NamedTuple):
    """Seconds of steps: by the wall's clock, by the processor's, and waited for batches."""

    wall: float
    cpu: float
    waited: float


class Training:
    """A training without its run folder.

    Args:
        config: what to do.
        corpus: drawings to train on.
    """

    def __init__(self, config: TrainConfig, corpus: Corpus):
        self.config, self.corpus = config, corpus
        self.devices = all_devices(config.batch_size)
        self._model = make_model(config.network(len(corpus.categories)), config.seed)
        self._options, optimiser = step_options(config), make_optimiser(config)
        self._differentiate = make_gradient(self._model, kl_schedule(config), self._options)
        self._update = make_update(optimiser, config.average_decay)
        # copies: the state's memory is given away, the model's is needed to the end
        self._state = self.devices.everywhere(jax.tree.map(jnp.copy, begin(self._model, optimiser)))
        self._key = self.devices.make(lambda: jax.random.key(0))

    def feed(self) -> Feed:
        """The batches, from the first on."""
        return Feed(self.corpus, self.config, SCALE, devices=self.devices)

    def take(self, rows: Rows) -> None:
        """One step."""
        state = self._state
        gradient, metrics = self._differentiate(state.params, state.step, rows, self._key)
        self._state, _ = self._update(state, gradient, metrics["loss"])
        jax.block_until_ready(metrics["loss"])

    def wait(self) -> None:
        """Until the last step is done."""
        jax.block_until_ready(self._state)

    def middle_batch(self) -> tuple[int, Rows]:
        """The batch of an epoch that is in the middle by length, and the length that it is padded to."""
        planned = middle(plan_epoch(self.corpus.lengths, self.config.batch_size, 0, 0))
        return planned.length, self.made(planned)

    def made(self, planned: PlannedBatch, corpus: Corpus | None = None) -> Rows:
        """A batch, on the device; of another corpus, if one is given."""
        batch = assemble(corpus or self.corpus, planned, np.random.default_rng(0), untold=self.config.untold)
        return self.devices.deal(to_rows(batch, SCALE))

    def split(self) -> tuple[int, list[dict[str, Any]]]:
        """The length of a batch, and the parts of its step."""
        length, rows = self.middle_batch()
        functions = self._differentiate, self._update
        self._state, parts = split_step(self._model, *functions, self._state, rows, self._options)
        return length, parts


def middle(plan: Sequence[PlannedBatch]) -> PlannedBatch:
    """The batch that is in the middle by length."""
    return sorted(plan, key=lambda planned: planned.length)[len(plan) // 2]
