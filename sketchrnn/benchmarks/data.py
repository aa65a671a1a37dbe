"""How fast drawings come from files to batches, how much memory they take, and how it grows with their number.

All of it runs on one core. Files were just written: they come from the system's memory, not from the disk. Processor
seconds are what is left to compare by where other programs run, too.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from sketchrnn.data.augment import Augmentation
from sketchrnn.data.batches import PlannedBatch, epoch_batches, plan_epoch
from sketchrnn.data.cache import read_kept
from sketchrnn.data.corpus import Corpus
from sketchrnn.data.report import MAX_POINTS
from sketchrnn.errors import SketchRNNError
from sketchrnn.training.dataset import split_dataset

SIZES = (10_000, 50_000, 250_000, 1_000_000)
BATCH = 100
"""Drawings in the batches of an epoch."""
BATCH_SIZES = (64, BATCH)
MEDIAN_POINTS, SPREAD = 37, 0.486
"""Lengths of Quick, Draw!'s simplified drawings: log-normal; median 37, mean 41.6, 90 % under 69, 99 % under 115."""
AUGMENTATIONS = {"jitter": Augmentation(0.5, 0.05), "all": Augmentation(0.5, 0.15, 0.1)}
"""What the presets change at random: jitter and scale; the paper's, which leaves out points, with jitter."""

_TOGETHER = 50_000
_Made = TypeVar("_Made")


def measure(
    data: Sequence[Path] = (), sizes: Sequence[int] | None = None, say: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Read, map, split, plan and assemble epochs of more and more drawings.

    Args:
        data: files and folders of real drawings; synthetic ones with Quick, Draw!'s lengths by default.
        sizes: numbers of drawings in an epoch, `SIZES` by default; with data those that there are, and all.
        say: told what is being measured.

    Returns:
        `sketches_per_second_B_AUGMENTATION` and `..._per_cpu_second_...`: batches of B made, and nothing else, from
        the largest corpus; `padding_waste_B`: the share of padded points; `bytes_over_points`: all arrays of a split
        corpus over its int16 points; `anonymous_mib`: memory of the process that is no mapped file, more than before
        the largest corpus was opened (NaN where the system does not tell); `points_mib` of that corpus; `source`; and
        `epochs`, a row for each size: `drawings`, `points`, wall seconds `read_s` (the first time: parsed and kept),
        `again_s` (the second time: mapped and checked), `split_s`, `plan_s`, `assemble_s` (all batches of 100, jitter
        and scale), processor seconds of all five `cpu_s`, and, over the drawings, `read_us_each` (the first time) and
        `epoch_us_each` (plan and assemble).

    Raises:
        SketchRNNError: fewer drawings to learn from than a batch.
    """
    with tempfile.TemporaryDirectory(prefix="sketchrnn-benchmark-") as name:
        folder = Path(name)
        rows, largest, sizes = [], None, SIZES if sizes is None else sizes
        if data:
            say("all drawings of the data")
            whole, largest = _row(data, folder / "kept")
            sizes = [size for size in sizes if size < len(largest)]
        for size in sizes:
            say(f"{size:,} drawings")
            files = folder / str(size)
            _write(files, _parts(size) if largest is None or not data else _cuts(largest, size))
            row, corpus = _row([files], folder / "kept")
            rows.append(row)
            largest = largest if data else corpus
        rows += [whole] if data else []
        if largest is None:
            raise ValueError("expected data or at least one size, got neither")
        say("batches")
        figures = {"source": " ".join(map(str, data)) or "synthetic", **_memory(data or [files], folder / "kept")}
        return figures | _padding(largest) | _assembly(largest) | {"epochs": rows}


def quick_draw_lengths(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) int64, points of drawings, spread as Quick, Draw!'s are."""
    lengths = np.exp(rng.normal(math.log(MEDIAN_POINTS), SPREAD, count)).round().astype(np.int64)
    return np.clip(lengths, 2, MAX_POINTS)


def _parts(drawings: int) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Rows and offsets of random drawings in the 255 box, some at a time."""
    for number, first in enumerate(range(0, drawings, _TOGETHER)):
        rng = np.random.default_rng(number)
        lengths = quick_draw_lengths(min(_TOGETHER, drawings - first), rng)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = rng.integers(0, 256, (int(offsets[-1]), 2), np.int16)
        rows = np.zeros((len(places), 3), np.int16)
        rows[:, :2] = np.diff(places, axis=0, prepend=np.zeros((1, 2), np.int16))
        rows[offsets[:-1], :2] = places[offsets[:-1]]
        rows[:, 2] = rng.random(len(rows)) < 0.15
        rows[offsets[1:] - 1, 2] = 1
        yield rows, offsets


def _cuts(corpus: Corpus, drawings: int) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Rows and offsets of some drawings of a corpus, evenly spread."""
    chosen = np.linspace(0, len(corpus) - 1, drawings).round().astype(np.int64)
    for first in range(0, drawings, _TOGETHER):
        some = chosen[first : first + _TOGETHER]
        rows = np.concatenate([corpus.drawing(index) for index in some])
        yield rows, np.concatenate([[0], np.cumsum(corpus.lengths[some])])


def _write(folder: Path, parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> None:
    folder.mkdir()
    for number, (rows, offsets) in enumerate(parts):
        np.savez(folder / f"{number}.npz", points=rows, offsets=offsets)


def _row(paths: Sequence[Path], kept: Path) -> tuple[dict[str, Any], Corpus]:
    """The figures of one size, and its corpus."""
    since = time.process_time()
    read_s, _ = _timed(lambda: read_kept(paths, folder=kept))
    again_s, (corpus, report) = _timed(lambda: read_kept(paths, folder=kept))
    split_s, dataset = _timed(lambda: split_dataset(corpus, report))
    if len(dataset.train) < BATCH:
        few = f"{len(dataset.train)} drawings to learn from are fewer than a batch of {BATCH}"
        raise SketchRNNError(few, hint="Give more data.")
    plan_s, _ = _timed(lambda: plan_epoch(dataset.train.lengths, BATCH, 0, 0))
    epoch_s, _ = _timed(lambda: _points_of_an_epoch(dataset.train, BATCH, "jitter"))
    figures = {"drawings": len(corpus), "points": len(corpus.points), "read_s": read_s, "again_s": again_s}
    figures |= {"split_s": split_s, "plan_s": plan_s, "assemble_s": epoch_s - plan_s}
    figures |= {"cpu_s": time.process_time() - since, "read_us_each": read_s / len(corpus) * 1e6}
    return figures | {"epoch_us_each": epoch_s / len(corpus) * 1e6}, corpus


def _points_of_an_epoch(corpus: Corpus, batch_size: int, augmentation: str) -> int:
    batches = epoch_batches(corpus, batch_size, 0, 0, AUGMENTATIONS[augmentation], batch_size // 5)
    return sum(batch.points for batch in batches)


def _memory(paths: Sequence[Path], kept: Path) -> dict[str, float]:
    """What a corpus takes in memory once it is mapped, split, and a batch was made of it."""
    before = anonymous_mib()
    corpus, report = read_kept(paths, folder=kept)
    dataset = split_dataset(corpus, report)
    next(epoch_batches(dataset.train, BATCH, 0, 0, AUGMENTATIONS["jitter"], BATCH // 5))
    arrays = [corpus.points, corpus.offsets, corpus.category, corpus.hashes]
    arrays += [part.indices for part in (dataset.train, dataset.valid, dataset.test)]
    size = sum(array.nbytes for array in arrays if array is not None)
    return {
        "points_mib": corpus.points.nbytes / 2**20,
        "bytes_over_points": size / corpus.points.nbytes,
        "anonymous_mib": anonymous_mib() - before,
    }


def _padding(corpus: Corpus) -> dict[str, float]:
    """The share of padded points that belong to no drawing."""
    lengths = corpus.lengths
    return {f"padding_waste_{size}": epoch_waste(lengths, plan_epoch(lengths, size, 0, 0)) for size in BATCH_SIZES}


def epoch_waste(lengths: np.ndarray, plan: Sequence[PlannedBatch]) -> float:
    """Share of an epoch's padded points that belong to no drawing; lengths (D,), points of each drawing."""
    real = sum(int(lengths[planned.indices].sum()) for planned in plan)
    return 1 - real / sum(planned.length * len(planned.indices) for planned in plan)


def _assembly(corpus: Corpus, batches: int = 1000) -> dict[str, float]:
    """Drawings a second in batches of each size, by the wall's clock and by the processor's, the best of three."""
    figures = {}
    for size in BATCH_SIZES:
        for name in AUGMENTATIONS:
            count = min(len(corpus), batches * size)
            some = corpus.select(np.linspace(0, len(corpus) - 1, count).round().astype(np.int64))
            taken = [_clocks(partial(_points_of_an_epoch, some, size, name)) for _ in range(3)]
            made = len(some) // size * size
            figures[f"sketches_per_second_{size}_{name}"] = made / min(wall for wall, _ in taken)
            figures[f"sketches_per_cpu_second_{size}_{name}"] = made / min(cpu for _, cpu in taken)
    return figures


def anonymous_mib() -> float:
    """Memory of this process that is no file's, now; NaN where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return math.nan
    return next((int(line.split()[1]) / 2**10 for line in lines if line.startswith("RssAnon")), math.nan)


def _timed(make: Callable[[], _Made]) -> tuple[float, _Made]:
    start = time.perf_counter()
    made = make()
    return time.perf_counter() - start, made


def _clocks(make: Callable[[], object]) -> tuple[float, float]:
    cpu = time.process_time()
    wall, _ = _timed(make)
    return wall, time.process_time() - cpu
