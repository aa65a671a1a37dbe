"""Drawings and configs so small that a training takes seconds: all of one length, so that one shape is compiled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jax
import numpy as np

from sketchrnn.data.corpus import Corpus
from sketchrnn.data.read import write_sketches
from sketchrnn.data.report import Report
from sketchrnn.model.config import ModelConfig
from sketchrnn.model.losses import Rows
from sketchrnn.sketch.formats import from_stroke3
from sketchrnn.training.config import ALL, TINY, TrainConfig
from sketchrnn.training.dataset import Dataset, split_dataset

POINTS = 8
NAMES = ("cat", "dog", "owl")

TINY_DECODER = ModelConfig(
    decoder_size=8,
    mixtures=2,
    conditional=False,
    categories=3,
    category_embedding=4,
    category_head=True,
    recurrent_keep=1.0,
)
# a schedule that does not depend on the number of steps: runs of any length are compiled once
CONFIG: TrainConfig = replace(TINY, model=replace(TINY_DECODER, categories=ALL), steps=12, decay="exponential")


def corpus_of(lengths, seed: int = 0, names: tuple[str, ...] = NAMES) -> Corpus:
    """Random drawings of these lengths within the 255 box; drawing d is of category d modulo their number."""
    rng = np.random.default_rng(seed)
    lengths = np.asarray(lengths, np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    points = np.zeros((int(offsets[-1]), 3), np.int16)
    for start, end in zip(offsets[:-1], offsets[1:], strict=True):
        places = rng.integers(0, 256, (end - start, 2))
        points[start:end, :2] = np.diff(places, axis=0, prepend=0)
        points[start:end, 2] = rng.random(end - start) < 0.2
        points[end - 1, 2] = 1
    category = (np.arange(len(lengths)) % len(names)).astype(np.int16)
    return Corpus(points, offsets, category, names)


def dataset_of(drawings: int = 200, seed: int = 0) -> Dataset:
    """Random drawings of `POINTS` points, split."""
    return split_dataset(corpus_of([POINTS] * drawings, seed), Report(kept=drawings))


def write_corpus(corpus: Corpus, path: Path) -> Path:
    """The drawings as a file that `--data` reads."""
    sketches = [
        from_stroke3(corpus.drawing(index), category=corpus.categories[corpus.labels[index]])
        for index in range(len(corpus))
    ]
    write_sketches(path, sketches)
    return path


def rows_of(drawings, labels, length: int, given=None) -> Rows:
    """Padded rows in the drawings' own units, of stroke-3 drawings, as numpy arrays."""
    rows = np.zeros((length + 1, len(drawings), 5), np.float32)
    rows[..., 4] = 1
    for index, drawing in enumerate(drawings):
        count = len(drawing)
        rows[:count, index, :2] = drawing[:, :2]
        rows[:count, index, 2] = drawing[:, 2] == 0
        rows[:count, index, 3] = drawing[:, 2] != 0
        rows[:count, index, 4] = 0
    rows[0, :, :2] = 0
    labels = np.asarray(labels, np.int32)
    lengths = np.array([len(drawing) for drawing in drawings], np.int32)
    return Rows(rows, lengths, labels if given is None else np.asarray(given, np.int32), labels)


def on_device(rows: Rows) -> Rows:
    return jax.device_put(rows)


def random_drawings(lengths, seed: int = 0) -> list[np.ndarray]:
    """Stroke-3 drawings in model units, float32; the last row lifts the pen."""
    rng = np.random.default_rng(seed)
    drawings = []
    for length in lengths:
        rows = np.concatenate([rng.normal(size=(length, 2)), rng.random((length, 1)) < 0.3], axis=1)
        rows[-1, 2] = 1
        drawings.append(rows.astype(np.float32))
    return drawings
