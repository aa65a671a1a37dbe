"""How fast training is here: points per second, beside what the processor's matrix product reaches in the same process.

Drawings are random, with the lengths of Quick, Draw!'s (`synthetic_corpus`), so that nothing must be there; what they
show changes no time. A "real" point is one of a drawing, a "padded" one may be padding.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from sketchrnn.data.corpus import Corpus
from sketchrnn.model.config import STROKE5, ModelConfig
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.training.config import PRESETS, TrainConfig
from sketchrnn.training.feed import Fed, Feed
from sketchrnn.training.fit import step_options
from sketchrnn.training.schedules import kl_schedule, make_optimiser
from sketchrnn.training.step import begin, make_step

MEDIAN_POINTS, SPREAD, MOST_POINTS = 37, 0.486, 250
"""Lengths of Quick, Draw!'s simplified drawings: log-normal; median 37, mean 41.6, 90 % under 69, 99 % under 115."""
MATRIX = 2048


def measure(
    preset: str = "everything",
    precision: str | None = None,
    seconds: float = 20.0,
    *,
    config: TrainConfig | None = None,
    corpus: Corpus | None = None,
) -> dict[str, Any]:
    """Train for some seconds and count.

    Args:
        preset: of `training.config`.
        precision: "float32" or "bfloat16" of the products; None as the preset has it.
        seconds: how long steps are timed, after all shapes are compiled.
        config: instead of the preset.
        corpus: drawings to train on; synthetic ones by default.

    Returns:
        `real_points_per_second`, `padded_points_per_second`, `matmul_float32_gflops` (a 2048^3 float32 product before
        and after, the better), `gflops_of_real_points` (what the network must compute for a point, forward and
        backward, times real points per second), `fraction_of_float32_matmul` (the latter over the former),
        `peak_memory_mib` (of the process, or of the accelerator), `compile_seconds` (all shapes), `shapes`,
        `precision`, `preset`, `batch_size`, `seconds`, `device`.
    """
    config = config or PRESETS[preset]
    if precision is not None:
        config = replace(config, model=replace(config.model, precision=precision))
    corpus = corpus or synthetic_corpus(64 * config.batch_size, categories=config.model.categories)
    run = _prepared(config, corpus)
    fastest = matmul_gflops()
    compile_seconds, shapes = _compile(run, corpus, config)
    points, padded, taken = _timed(run, corpus, config, seconds)
    fastest = max(fastest, matmul_gflops())
    useful = flops_per_point(config.network(len(corpus.categories)), config.untold / config.batch_size)
    return {
        "real_points_per_second": points / taken,
        "padded_points_per_second": padded / taken,
        "matmul_float32_gflops": fastest,
        "gflops_of_real_points": useful * points / taken / 1e9,
        "fraction_of_float32_matmul": useful * points / taken / 1e9 / fastest,
        "peak_memory_mib": peak_memory_mib(),
        "compile_seconds": compile_seconds,
        "shapes": shapes,
        "precision": config.model.precision,
        "preset": preset,
        "batch_size": config.batch_size,
        "seconds": taken,
        "device": jax.devices()[0].device_kind,
    }


def flops_per_point(config: ModelConfig, untold_share: float = 0.0) -> float:
    """Floating-point operations that one point costs in training: matrix products, two for each weight that it meets,
    forward once and backward twice. What is the same for all points of a drawing (z, category) is not counted, and of
    the cells' own work only the products are.
    """
    decoder = _cell_products(config.decoder_cell, STROKE5, config.decoder_size, config)
    decoder += config.decoder_size * (config.output_size + untold_share * config.categories * config.category_head)
    encoder = 2 * _cell_products(config.encoder_cell, STROKE5, config.encoder_size, config)
    prior = _cell_products("lstm", STROKE5, config.prefix_prior_size, config) if config.prefix_prior_size else 0
    return 3 * 2 * (decoder + (encoder + prior if config.conditional else 0))


def synthetic_corpus(drawings: int, categories: int = 3, seed: int = 0) -> Corpus:
    """Random walks with Quick, Draw!'s lengths.

    Args:
        drawings: how many.
        categories: of how many categories.
        seed: of all of it.
    """
    rng = np.random.default_rng(seed)
    lengths = np.exp(rng.normal(math.log(MEDIAN_POINTS), SPREAD, drawings)).round().astype(np.int64)
    lengths = np.clip(lengths, 2, MOST_POINTS)
    points = np.empty((int(lengths.sum()), 3), np.int16)
    points[:, :2] = rng.normal(0, 28, (len(points), 2)).round()
    points[:, 2] = rng.random(len(points)) < 0.15
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    points[offsets[1:] - 1, 2] = 1
    labels = rng.integers(0, max(categories, 1), drawings).astype(np.int16)
    return Corpus(points, offsets, labels, tuple(f"category {index}" for index in range(max(categories, 1))))


def matmul_gflops(repeats: int = 5) -> float:
    """10^9 operations per second of a 2048^3 float32 product, the best of a few."""
    a = jnp.ones((MATRIX, MATRIX), jnp.float32)
    multiply = jax.jit(lambda a, b: jnp.matmul(a, b, precision="highest"))
    multiply(a, a).block_until_ready()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        multiply(a, a).block_until_ready()
        times.append(time.perf_counter() - start)
    return 2 * MATRIX**3 / min(times) / 1e9


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


class _Run:
    """A state and the function that takes it on."""

    def __init__(self, state: Any, step: Callable, key: jax.Array):
        self.state, self._step, self._key = state, step, key

    def take(self, fed: Fed) -> None:
        self.state, metrics = self._step(self.state, fed.rows, self._key)
        jax.block_until_ready(metrics["loss"])


def _prepared(config: TrainConfig, corpus: Corpus) -> _Run:
    model = make_model(config.network(len(corpus.categories)), config.seed)
    optimiser = make_optimiser(config)
    step = make_step(model, optimiser, kl_schedule(config), step_options(config))
    return _Run(begin(model, optimiser), step, jax.random.key(0))


def _compile(run: _Run, corpus: Corpus, config: TrainConfig) -> tuple[float, int]:
    """Take a step of each padded length that an epoch holds; seconds, and how many lengths."""
    seen: set[int] = set()
    spent = 0.0
    with Feed(corpus, config, scale_factor=30.0) as feed:
        for _ in range(len(corpus) // config.batch_size):
            fed = next(feed)
            if fed.rows.rows.shape[0] not in seen:
                seen.add(fed.rows.rows.shape[0])
                start = time.perf_counter()
                run.take(fed)
                spent += time.perf_counter() - start
    return spent, len(seen)


def _timed(run: _Run, corpus: Corpus, config: TrainConfig, seconds: float) -> tuple[int, int, float]:
    """Real points, padded points and seconds of steps over the same epoch, again and again."""
    points = padded = 0
    start = time.perf_counter()
    while True:
        with Feed(corpus, config, scale_factor=30.0) as feed:
            for _ in range(len(corpus) // config.batch_size):
                fed = next(feed)
                run.take(fed)
                points, padded = points + fed.points, padded + fed.padded
                if time.perf_counter() - start >= seconds:
                    return points, padded, time.perf_counter() - start


def _cell_products(cell: str, inputs: int, size: int, config: ModelConfig) -> int:
    """Multiplications of one step of a cell."""
    main = (inputs + size) * 4 * size
    if cell != "hyper":
        return main
    small, codes = config.hyper_size, 3 * 4 * config.hyper_embedding
    return main + (inputs + size + small) * 4 * small + small * codes + codes * size
