"""The drawings of `--data` that every kind of `sketchrnn evaluate` takes: of a split, and some of each category."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING

from sketchrnn.errors import SketchRNNError

if TYPE_CHECKING:
    from sketchrnn.cli.progress import Progress
    from sketchrnn.data.corpus import Corpus
    from sketchrnn.sketch.types import Sketch
    from sketchrnn.training.dataset import Dataset
    from sketchrnn.weights import WeightBundle

_PER_CATEGORY = 10
"""Where `--per-category` does not say."""


def split_of(arguments: argparse.Namespace, progress: Progress) -> tuple[Corpus, Dataset]:
    """The drawings of `--data` that are in the `--split`, and all of them.

    Raises:
        SketchRNNError: there are none.
    """
    from sketchrnn.data.cache import read_kept
    from sketchrnn.training.dataset import split_dataset

    corpus, report = read_kept(arguments.data, arguments.categories, progress=progress.reading)
    dataset = split_dataset(corpus, report)
    chosen = corpus if arguments.split == "all" else getattr(dataset, arguments.split)
    if not len(chosen):
        raise SketchRNNError(
            f"none of the {len(corpus):,} drawings is in the {arguments.split} split",
            hint="It is a fixed 2 % (train: 96 %) of all drawings; give more, or --split all.",
        )
    return chosen, dataset


def held_out(
    arguments: argparse.Namespace, bundle: WeightBundle, progress: Progress
) -> tuple[list[Sketch], list[Sketch], list[str]]:
    """`--per-category` drawings of each category, some of the same to compare with, and the categories the model lacks.

    Raises:
        SketchRNNError: there are none.
    """
    from sketchrnn.data.heldout import LEAST_POINTS, MOST_POINTS, pick
    from sketchrnn.engine.trial import ENDINGS

    per_category = arguments.per_category or _PER_CATEGORY
    split, _ = split_of(arguments, progress)
    every = pick(split, max(per_category, ENDINGS))
    people = [drawing for drawing in every if not bundle.categories or drawing.category in bundle.categories]
    if not people:
        some = f" of a category that {bundle.name} knows" if every else f" of {LEAST_POINTS} to {MOST_POINTS} points"
        raise SketchRNNError(f"none of the {len(split):,} held-out drawings is{some}")
    left_out = sorted({drawing.category or "" for drawing in every} - {drawing.category or "" for drawing in people})
    return list(_first_of_each(people, per_category)), people, left_out


def left_out_lines(names: Sequence[str]) -> list[str]:
    """What a report for people says of categories that the model lacks; no line where there are none."""
    from sketchrnn.data.categories import some_of
    from sketchrnn.data.report import counted

    count = counted(len(names), "category", "categories")
    return [f"left out: {count} that it does not know: {some_of(names)}"] if names else []


def _first_of_each(drawings: Iterable[Sketch], count: int) -> Iterator[Sketch]:
    for _, group in groupby(drawings, key=lambda drawing: drawing.category):
        yield from islice(group, count)
