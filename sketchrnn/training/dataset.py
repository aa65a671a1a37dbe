"""The drawings of a training: read, split, measured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sketchrnn.data.cache import read_kept
from sketchrnn.data.corpus import SPLIT_EDGES, Corpus, Split, evenly, identity
from sketchrnn.data.download import Progress as DownloadProgress
from sketchrnn.data.download import download
from sketchrnn.data.read import Progress as ReadProgress
from sketchrnn.data.report import Report
from sketchrnn.errors import SketchRNNError
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.feed import rows_held

SCALE_DRAWINGS = 50_000
"""Drawings of which the offsets' standard deviation is taken, evenly spread, at most."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Drawings, split by their identity.

    Args:
        train, valid, test: share their arrays.
        fingerprint: of all drawings, their order and their categories: equal data, equal batches.
        report: what became of what was read.
    """

    train: Corpus
    valid: Corpus
    test: Corpus
    fingerprint: str
    report: Report

    @property
    def categories(self) -> tuple[str, ...]:
        return self.train.categories


def load_dataset(
    config: TrainConfig, on_read: ReadProgress | None = None, on_download: DownloadProgress | None = None
) -> Dataset:
    """Read what the config names; categories without data are downloaded from where Google publishes them.

    What was read once is kept, and mapped the next time (`data.cache`).

    Raises:
        SketchRNNError: neither data nor categories, no drawings, less to learn from than a batch.
    """
    if not config.data and not config.categories:
        hint = "Give --data with files or folders, or --categories with names to download."
        raise SketchRNNError("there is nothing to learn from", hint=hint)
    paths: list[str | Path] = list(config.data) or list(download(config.categories, progress=on_download))
    names = config.categories or None
    corpus, report = read_kept(paths, names, max_points=config.max_points, progress=on_read)
    dataset = split_dataset(corpus, report)
    count, what = rows_held(dataset.train.lengths, config), "rows of drawings" if config.end_to_end else "drawings"
    if count < config.batch_size:
        raise SketchRNNError(
            f"{count} {what} to learn from are fewer than a batch of {config.batch_size}",
            hint="Give more data or a smaller --batch-size.",
        )
    return dataset


def split_dataset(corpus: Corpus, report: Report) -> Dataset:
    """The corpus split as `Corpus.split` does, hashing each drawing once."""
    hashes = identity(corpus)
    place = hashes % np.uint64(1000)

    def part(name: Split) -> Corpus:
        low, high = SPLIT_EDGES[name]
        return corpus.select((place >= low) & (place < high))

    digest = hashlib.blake2b(hashes.tobytes(), digest_size=16)
    digest.update(corpus.labels.astype(np.int16).tobytes())
    digest.update("\n".join(corpus.categories).encode())
    return Dataset(part("train"), part("valid"), part("test"), digest.hexdigest(), report)


def offset_deviation(train: Corpus) -> float:
    """The standard deviation of the offsets, sketch units, x and y together; first points are places, not offsets.

    Reference:
        Ha & Eck 2017, appendix: offsets are normalised to standard deviation 1.
    """
    drawings = [train.drawing(index)[1:, :2] for index in evenly(len(train), SCALE_DRAWINGS)]
    offsets = np.concatenate(drawings).astype(np.float64)
    deviation = float(offsets.std()) if len(offsets) else 0.0
    return deviation if deviation > 0 else 1.0
