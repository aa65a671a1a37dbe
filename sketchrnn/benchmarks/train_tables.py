"""How the cost of training grows: with the decoder's units, and with the number of drawings."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from sketchrnn.benchmarks.data import epoch_waste
from sketchrnn.benchmarks.operations import flops_of_point, flops_per_drawing
from sketchrnn.benchmarks.train_run import Training, matmul_gflops, synthetic_corpus
from sketchrnn.benchmarks.train_split import clocks
from sketchrnn.data.batches import PlannedBatch, plan_epoch
from sketchrnn.data.corpus import Corpus
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.feed import all_batches

SIZES = (256, 512, 1024, 2048)
"""Decoders of the table of step times."""
EPOCHS = (10_000, 50_000, 250_000, 1_000_000)
"""Drawings of the table of epochs."""
STEPS = 6
"""Steps that an epoch's are estimated from, of the length that is in the middle."""
ASSEMBLED = 100
"""Batches that the assembly of an epoch's is estimated from."""


def size_row(config: TrainConfig, corpus: Corpus, size: int) -> dict[str, Any]:
    """Steps of a middling batch by a decoder of this size, the fastest of a few.

    Returns:
        `size`, `step_ms`, `cpu_ms` (of the processor), `real_points_per_second`, `gflops` (of what these points must
        cost), `fraction_of_float32_matmul` and `fraction_by_cpu_time` (the product measured beside it),
        `compile_seconds`.
    """
    config = replace(config, model=replace(config.model, decoder_size=size))
    run = Training(config, corpus)
    length, rows = run.middle_batch()
    compiling, _ = clocks(lambda: (run.take(rows), run.wait()))
    products = [matmul_gflops(2)]
    times = [clocks(lambda: (run.take(rows), run.wait())) for _ in range(3)]
    products.append(matmul_gflops(2))
    wall, cpu = (min(column) for column in zip(*times, strict=True))
    by_wall, by_cpu = (max(column) for column in zip(*products, strict=True))
    points = int(np.asarray(rows.lengths).sum())
    network = config.network(len(corpus.categories))
    work = flops_of_point(config, network) * points + flops_per_drawing(network, config.learn) * config.batch_size
    work /= 1e9
    return {
        "size": size,
        "step_ms": wall * 1e3,
        "cpu_ms": cpu * 1e3,
        "real_points_per_second": points / wall,
        "gflops": work / wall,
        "fraction_of_float32_matmul": work / wall / by_wall,
        "fraction_by_cpu_time": work / cpu / by_cpu,
        "compile_seconds": compiling - wall,
    }


def epoch_row(run: Training, drawings: int) -> dict[str, Any]:
    """An epoch of so many drawings: planned whole, assembled and trained on in part.

    Args:
        run: a training whose shapes are compiled.
        drawings: how many; a corpus of so many is made.

    Returns:
        `drawings`, `batches`, `plan_s` (which drawings go together), `assemble_s` (all batches, on one core, beside the
        steps; with the plan where there is only one), `steps_s` (all steps, as long by their points as those that were
        taken), `epoch_s` (plan and steps), `us_per_drawing`, `padding_waste`.
    """
    corpus = synthetic_corpus(drawings, categories=len(run.corpus.categories))
    began = time.perf_counter()
    plan = plan_epoch(corpus.lengths, run.config.batch_size, 0, 0)
    planning = time.perf_counter() - began
    padded = sum(planned.length for planned in plan) * run.config.batch_size
    steps = _seconds_per_padded_point(run, corpus, plan) * padded
    batches = all_batches(corpus, run.config, share=run.devices.share)
    next(batches)  # plans the epoch anew; what follows its last one would plan another
    taken = max(1, min(ASSEMBLED, len(plan) - 1))
    assembling, _ = clocks(lambda: [batch.lengths for batch in islice(batches, taken)])
    return {
        "drawings": drawings,
        "batches": len(plan),
        "plan_s": planning,
        "assemble_s": assembling / taken * len(plan),
        "steps_s": steps,
        "epoch_s": planning + steps,
        "us_per_drawing": (planning + steps) / drawings * 1e6,
        "padding_waste": epoch_waste(corpus.lengths, plan),
    }


def _seconds_per_padded_point(run: Training, corpus: Corpus, plan: list[PlannedBatch]) -> float:
    """Of the fastest of a few steps, by batches from all over the corpus."""
    length = sorted(planned.length for planned in plan)[len(plan) // 2]
    alike = [planned for planned in plan if planned.length == length]
    spread = [alike[i] for i in np.linspace(0, len(alike) - 1, STEPS).astype(int)]
    made = [run.made(planned, corpus) for planned in spread]
    times = [clocks(lambda rows=rows: (run.take(rows), run.wait()))[0] for rows in made]
    return min(times) / (length * run.config.batch_size)
