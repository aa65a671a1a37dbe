"""How fast training is here: points per second, beside what the processor's matrix product reaches in the same process.

Drawings are random, with the lengths of Quick, Draw!'s (`synthetic_corpus`), so that nothing must be there; what they
show changes no time. A "real" point is one of a drawing, a "padded" one may be padding.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sketchrnn.benchmarks.data import quick_draw_lengths
from sketchrnn.benchmarks.train_split import clocks, split_step
from sketchrnn.data.batches import assemble, plan_epoch
from sketchrnn.data.corpus import Corpus
from sketchrnn.model.config import STROKE5, ModelConfig
from sketchrnn.model.losses import Learnt, Rows
from sketchrnn.model.recogniser import FEATURES
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.model.viewer import products
from sketchrnn.training.config import PRESETS, TrainConfig
from sketchrnn.training.devices import all_devices
from sketchrnn.training.feed import Feed, all_batches, batches_per_epoch
from sketchrnn.training.fit import step_options
from sketchrnn.training.schedules import kl_schedule, make_optimiser
from sketchrnn.training.step import begin, make_gradient, make_update, to_rows

SCALE = 30.0
"""Sketch units per model unit."""
SIZES = (256, 512, 1024, 2048)
"""Decoders of the table of step times."""
Rates = tuple[float, float]
"""By the wall's clock and by the processor's."""
MATRIX = 2048


def measure(
    preset: str = "everything",
    precision: str | None = None,
    seconds: float = 20.0,
    *,
    sizes: Sequence[int] = (),
    config: TrainConfig | None = None,
    corpus: Corpus | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Train for some seconds and count; then take a step apart.

    A process that keeps its memory as `sketchrnn train` does (`training.memory`) must have been told so before.

    Args:
        preset: of `training.config`.
        precision: "float32" or "bfloat16" of the products; None as the preset has it.
        seconds: how long steps are timed, after all shapes are compiled.
        sizes: of the decoder, for a table of step times.
        config: instead of the preset.
        corpus: drawings to train on; synthetic ones by default.
        say: told what is being measured.

    Returns:
        `real_points_per_second`, `padded_points_per_second`, `padding_waste` (share of padded points that are none),
        `matmul_float32_gflops` (a 2048^3 float32 product before and after, the better), `gflops_of_real_points` (what
        the network must compute for a point, forward and backward, times real points per second),
        `fraction_of_float32_matmul` (the latter over the former), `fraction_by_cpu_time` (the same with processor
        seconds for seconds: what it would be were nothing else running; on processors only), `peak_memory_mib` (of the
        process, or of the accelerator, in training), `compile_seconds` (all shapes), `shapes`, `waiting_share` (of the
        time, for a batch), `assembly_ms` (of a batch, by a thread beside the steps), `assembled_sketches_per_second`,
        `precision`, `preset`, `batch_size`, `points_padded_to` (of the batch whose step is taken apart), `seconds`,
        `device`; tables `split` (see `benchmarks.train_split`) and, with sizes, `sizes`: `size`, `step_ms`, `cpu_ms`,
        `gflops` (of padded points), `fraction_of_float32_matmul` (measured beside it), `compile_seconds`.
    """
    config = config or PRESETS[preset]
    if precision is not None:
        config = replace(config, model=replace(config.model, precision=precision))
    corpus = corpus or synthetic_corpus(64 * config.batch_size, categories=config.model.categories)
    run = Training(config, corpus)
    say("compiling")
    products = [matmul_gflops()]
    compile_seconds, shapes = _compile(run)
    say("training")
    points, padded, taken = _timed(run, seconds)
    figures: dict[str, Any] = _rates(points, padded, taken, [*products, matmul_gflops()], run)
    figures |= {"peak_memory_mib": peak_memory_mib(), "compile_seconds": compile_seconds, "shapes": shapes}
    figures |= {"precision": config.model.precision, "preset": preset, "batch_size": config.batch_size}
    figures |= {"seconds": taken.wall, "device": jax.devices()[0].device_kind, **_assembly(run)}
    say("the parts of a step")
    length, figures["split"] = run.split()
    figures["points_padded_to"] = length
    if sizes:
        figures["sizes"] = [_size_row(config, corpus, size, say) for size in sizes]
    return figures


def flops_per_point(
    config: ModelConfig, untold_share: float = 0.0, learn: Learnt = "all", coded_share: float = 1.0
) -> float:
    """Floating-point operations that one point costs in training: matrix products, two for each weight that it meets,
    forward once and backward twice. What is the same for all points of a drawing (z, category) is not counted, and of
    the cells' own work only the products are. The encoder reads the share of drawings that have a latent code.
    """
    decoder = _cell_products(config.decoder_cell, STROKE5, config.decoder_size, config)
    decoder += config.decoder_size * (config.output_size + untold_share * config.categories * config.category_head)
    encoder = 2 * _cell_products(config.encoder_cell, STROKE5, config.encoder_size, config)
    prior = _cell_products("lstm", STROKE5, config.prefix_prior_size, config) if config.prefix_prior_size else 0
    drawing = decoder + (coded_share * (encoder + prior) if config.conditional else 0)
    # two directions, one step for each group of points
    inputs, size = FEATURES * config.recogniser_patch, config.recogniser_size
    recogniser = 2 * _cell_products("lstm", inputs, size, config) / config.recogniser_patch
    return 3 * 2 * (drawing * (learn in ("all", "decoder")) + recogniser * (learn in ("all", "recogniser")))


def flops_per_drawing(config: ModelConfig, learn: Learnt = "all") -> float:
    """The same of what a drawing costs however many points it has: the viewer's convolutions."""
    if not config.viewer_channels or learn not in ("all", "viewer"):
        return 0.0
    return 3 * 2 * sum(pixels * inputs * outputs for pixels, inputs, outputs in products(config))


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
        plan = plan_epoch(self.corpus.lengths, self.config.batch_size, 0, 0)
        planned = sorted(plan, key=lambda planned: planned.length)[len(plan) // 2]
        batch = assemble(self.corpus, planned, np.random.default_rng(0), untold=self.config.untold)
        return planned.length, self.devices.deal(to_rows(batch, SCALE))

    def split(self) -> tuple[int, list[dict[str, Any]]]:
        """The length of a batch, and the parts of its step."""
        length, rows = self.middle_batch()
        functions = self._differentiate, self._update
        self._state, parts = split_step(self._model, *functions, self._state, rows, self._options)
        return length, parts


def _compile(run: Training) -> tuple[float, int]:
    """Take a step of each padded length that an epoch holds; seconds, and how many lengths."""
    seen: set[int] = set()
    spent = 0.0
    with run.feed() as feed:
        for _ in range(batches_per_epoch(run.corpus, run.config)):
            fed = next(feed)
            if fed.rows.rows.shape[0] not in seen:
                seen.add(fed.rows.rows.shape[0])
                start = time.perf_counter()
                run.take(fed.rows)
                spent += time.perf_counter() - start
    return spent, len(seen)


def _timed(run: Training, seconds: float) -> tuple[int, int, Taken]:
    """Real points and padded points of steps over epoch after epoch, and what they took."""
    points = padded = 0
    with run.feed() as feed:
        start, cpu, waited = time.perf_counter(), time.process_time(), 0.0
        while not points or time.perf_counter() - start < seconds:
            asked = time.perf_counter()
            fed = next(feed)
            waited += time.perf_counter() - asked
            run.take(fed.rows)
            points, padded = points + fed.points, padded + fed.padded
        run.wait()
        return points, padded, Taken(time.perf_counter() - start, time.process_time() - cpu, waited)


def _rates(points: int, padded: int, taken: Taken, products: list[Rates], run: Training) -> dict[str, float]:
    config, corpus = run.config, run.corpus
    network, drawings = config.network(len(corpus.categories)), points / float(corpus.lengths.mean())
    work = points * _flops(config, network) + drawings * flops_per_drawing(network, config.learn)
    work /= 1e9
    fastest, by_cpu = (max(column) for column in zip(*products, strict=True))
    figures = {
        "real_points_per_second": points / taken.wall,
        "padded_points_per_second": padded / taken.wall,
        "padding_waste": 1 - points / padded,
        "matmul_float32_gflops": fastest,
        "gflops_of_real_points": work / taken.wall,
        "fraction_of_float32_matmul": work / taken.wall / fastest,
        "waiting_share": taken.waited / taken.wall,
    }
    if jax.default_backend() == "cpu":
        figures["fraction_by_cpu_time"] = work / taken.cpu / by_cpu
    return figures


def _flops(config: TrainConfig, network: ModelConfig) -> float:
    coded = config.batch_size if config.coded is None else config.coded
    return flops_per_point(network, config.untold / config.batch_size, config.learn, coded / config.batch_size)


def _assembly(run: Training, batches: int = 20) -> dict[str, float]:
    """Batches made one after the other, nothing else going on."""
    made = all_batches(run.corpus, run.config, share=run.devices.share)
    wall, _ = clocks(lambda: [run.devices.deal(to_rows(batch, SCALE)) for batch in islice(made, batches)])
    return {
        "assembly_ms": wall / batches * 1e3,
        "assembled_sketches_per_second": batches * run.config.batch_size / wall,
    }


def _size_row(config: TrainConfig, corpus: Corpus, size: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Steps of a middling batch by a decoder of this size, the fastest of a few."""
    say(f"a decoder of {size} units")
    config = replace(config, model=replace(config.model, decoder_size=size))
    run = Training(config, corpus)
    length, rows = run.middle_batch()
    compiling, _ = clocks(lambda: (run.take(rows), run.wait()))
    products = [matmul_gflops(2)[0]]
    times = [clocks(lambda: (run.take(rows), run.wait())) for _ in range(3)]
    products.append(matmul_gflops(2)[0])
    wall, cpu = min(wall for wall, _ in times), min(cpu for _, cpu in times)
    useful = _flops(config, config.network(len(corpus.categories)))
    gflops = useful * length * config.batch_size / wall / 1e9
    row = {"size": size, "step_ms": wall * 1e3, "cpu_ms": cpu * 1e3, "gflops": gflops}
    return row | {"fraction_of_float32_matmul": gflops / max(products), "compile_seconds": compiling - wall}


def _cell_products(cell: str, inputs: int, size: int, config: ModelConfig) -> int:
    """Multiplications of one step of a cell."""
    main = (inputs + size) * 4 * size
    if cell != "hyper":
        return main
    small, codes = config.hyper_size, 3 * 4 * config.hyper_embedding
    return main + (inputs + size + small) * 4 * small + small * codes + codes * size
