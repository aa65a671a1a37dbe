"""How fast training is here: points per second, beside what the processor's matrix product reaches in the same process.

Drawings are random, with the lengths of Quick, Draw!'s (`synthetic_corpus`), so that nothing must be there; what they
show changes no time. A "real" point is one of a drawing, a "padded" one may be padding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import jax

from sketchrnn.benchmarks.data import epoch_waste
from sketchrnn.benchmarks.operations import flops_of_point, flops_per_drawing
from sketchrnn.benchmarks.train_run import (
    SCALE,
    Rates,
    Taken,
    Training,
    matmul_gflops,
    peak_memory_mib,
    synthetic_corpus,
)
from sketchrnn.benchmarks.train_split import clocks
from sketchrnn.benchmarks.train_tables import epoch_row, size_row
from sketchrnn.data.batches import WINDOW, plan_epoch
from sketchrnn.data.corpus import Corpus
from sketchrnn.errors import SketchRNNError
from sketchrnn.training.config import PRESETS, TrainConfig
from sketchrnn.training.feed import all_batches, batches_per_epoch
from sketchrnn.training.step import to_rows


def measure(
    preset: str = "everything",
    precision: str | None = None,
    seconds: float = 20.0,
    *,
    batch_size: int | None = None,
    sizes: Sequence[int] = (),
    epochs: Sequence[int] = (),
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
        batch_size: drawings in a batch; None as the preset has it.
        sizes: of the decoder, for a table of step times.
        epochs: numbers of drawings, for a table of how long an epoch of so many takes.
        config: instead of the preset.
        corpus: drawings to train on; synthetic ones by default.
        say: told what is being measured.

    Returns:
        `real_points_per_second`, `padded_points_per_second`, `padding_waste` (share of an epoch's padded points that
        are none; real points are counted by it),
        `matmul_float32_gflops` (a 2048^3 float32 product before and after, the better), `gflops_of_real_points` (what
        the network must compute for a point, forward and backward, times real points per second),
        `fraction_of_float32_matmul` (the latter over the former), `fraction_as_usual` (the same with z and category
        counted at every step, where others multiply them), `fraction_by_cpu_time` (of the former, with processor
        seconds for seconds: what it would be were nothing else running; on processors only), `peak_memory_mib` (of the
        process, or of the accelerator, in training), `compile_seconds` (all shapes), `shapes`, `compiled_before` (how
        many functions so far came from the cache of compiled ones), `waiting_share` (of the time, for a batch),
        `assembly_ms` (of a batch, by a thread beside the steps), `assembled_sketches_per_second`, `precision`,
        `preset`, `batch_size`, `points_padded_to` (of the batch whose step is taken apart), `seconds`, `device`; tables
        `split` (see `benchmarks.train_split`) and, with sizes or epochs, `sizes` and `epochs` (see
        `benchmarks.train_tables`).

    Raises:
        SketchRNNError: an epoch of fewer drawings than a batch.
    """
    config = config or PRESETS[preset]
    if precision is not None:
        config = replace(config, model=replace(config.model, precision=precision))
    if batch_size is not None:
        config = replace(config, batch_size=batch_size)
    few = next((drawings for drawings in epochs if drawings < config.batch_size), None)
    if few is not None:
        raise SketchRNNError(
            f"an epoch of {few:,} drawings is less than a batch of {config.batch_size:,}",
            hint="Give more --epochs or a smaller --batch-size.",
        )
    corpus = corpus or synthetic_corpus(WINDOW * config.batch_size, categories=config.model.categories)
    before, run = _CacheHits(), Training(config, corpus)  # which compiles, too
    say("compiling")
    products = [matmul_gflops()]
    compile_seconds, shapes = _compile(run)
    compiled_before = before.count
    say("training")
    padded, taken = _timed(run, seconds)
    figures: dict[str, Any] = _rates(padded, taken, [*products, matmul_gflops()], run)
    figures |= {"peak_memory_mib": peak_memory_mib(), "compile_seconds": compile_seconds, "shapes": shapes}
    figures["compiled_before"] = compiled_before
    figures |= {"precision": config.model.precision, "preset": preset, "batch_size": config.batch_size}
    figures |= {"seconds": taken.wall, "device": jax.devices()[0].device_kind, **_assembly(run)}
    say("the parts of a step")
    length, figures["split"] = run.split()
    figures["points_padded_to"] = length
    for size in sizes:
        say(f"a decoder of {size} units")
        figures.setdefault("sizes", []).append(size_row(config, corpus, size))
    for drawings in epochs:
        say(f"an epoch of {drawings:,} drawings")
        figures.setdefault("epochs", []).append(epoch_row(run, drawings))
    return figures


class _CacheHits:
    """Counts functions that were compiled before and kept (`engine.compiling.keep_compiled`)."""

    def __init__(self):
        self.count = 0
        jax.monitoring.register_event_listener(self._hear)

    def _hear(self, event: str, **_: Any) -> None:
        self.count += event == "/jax/compilation_cache/cache_hits"


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


def _timed(run: Training, seconds: float) -> tuple[int, Taken]:
    """Padded points of steps over epoch after epoch, and what they took."""
    padded = 0
    with run.feed() as feed:
        start, cpu, waited = time.perf_counter(), time.process_time(), 0.0
        while not padded or time.perf_counter() - start < seconds:
            asked = time.perf_counter()
            fed = next(feed)
            waited += time.perf_counter() - asked
            run.take(fed.rows)
            padded += fed.padded
        run.wait()
        return padded, Taken(time.perf_counter() - start, time.process_time() - cpu, waited)


def _rates(padded: int, taken: Taken, products: list[Rates], run: Training) -> dict[str, float]:
    config, corpus = run.config, run.corpus
    # of the whole epoch: the batches of a few seconds may be long ones, of which there are few and badly filled
    waste = epoch_waste(corpus.lengths, plan_epoch(corpus.lengths, config.batch_size, config.seed, 0))
    points = padded * (1 - waste)
    network, drawings = config.network(len(corpus.categories)), points / float(corpus.lengths.mean())
    rest = drawings * flops_per_drawing(network, config.learn)
    work, usual = ((points * flops_of_point(config, network, each) + rest) / 1e9 for each in (False, True))
    fastest, by_cpu = (max(column) for column in zip(*products, strict=True))
    figures = {
        "real_points_per_second": points / taken.wall,
        "padded_points_per_second": padded / taken.wall,
        "padding_waste": waste,
        "matmul_float32_gflops": fastest,
        "gflops_of_real_points": work / taken.wall,
        "fraction_of_float32_matmul": work / taken.wall / fastest,
        "fraction_as_usual": usual / taken.wall / fastest,
        "waiting_share": taken.waited / taken.wall,
    }
    if jax.default_backend() == "cpu":
        figures["fraction_by_cpu_time"] = work / taken.cpu / by_cpu
    return figures


def _assembly(run: Training, batches: int = 20) -> dict[str, float]:
    """Batches made one after the other, nothing else going on."""
    made = all_batches(run.corpus, run.config, share=run.devices.share)
    next(made)  # plans an epoch, which is far longer than these batches
    wall, _ = clocks(lambda: [run.devices.deal(to_rows(batch, SCALE)) for batch in islice(made, batches)])
    return {
        "assembly_ms": wall / batches * 1e3,
        "assembled_sketches_per_second": batches * run.config.batch_size / wall,
    }
