"""Which drawings completions are tried on: the same ones for every model, wherever they lie in the files."""

from __future__ import annotations

import numpy as np

from sketchrnn.data.corpus import Corpus, identity
from sketchrnn.sketch.formats import from_stroke3
from sketchrnn.sketch.types import Sketch

LEAST_POINTS, MOST_POINTS = 12, 120
"""Points of the drawings that are picked: there is something to be cut, and it is no outlier."""
KEY = "key_id"
"""Provenance entry of a picked drawing: its identity, a whole number of 64 bits."""


def pick(corpus: Corpus, per_category: int) -> list[Sketch]:
    """At most so many drawings of each category.

    Of a category those whose identity hash, beyond what decides the split, is lowest: the choice is as good as random,
    needs no seed, and hangs neither on the model nor on the drawings' order nor on which other categories there are.

    Args:
        corpus: held-out drawings.
        per_category: how many of each; one that has fewer gives what it has.

    Returns:
        Sketches with category and `key_id`, category by category, in sketch units.
    """
    fitting = np.flatnonzero((corpus.lengths >= LEAST_POINTS) & (corpus.lengths <= MOST_POINTS))
    drawings = _on_its_own(corpus.select(fitting))
    hashes, labels = identity(drawings), drawings.labels
    order = np.lexsort((hashes // np.uint64(1000), labels))
    rank = np.arange(len(order)) - np.searchsorted(labels[order], labels[order], side="left")
    return [_sketch(drawings, int(index), int(hashes[index])) for index in order[rank < per_category]]


def _on_its_own(corpus: Corpus) -> Corpus:
    """The same drawings in arrays that hold no others: these are few, and work on all of them would take long."""
    lengths = corpus.lengths
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    rows = np.arange(offsets[-1]) + np.repeat(corpus.starts - offsets[:-1], lengths)
    return Corpus(corpus.points[rows], offsets, corpus.labels, corpus.categories)


def _sketch(corpus: Corpus, index: int, key: int) -> Sketch:
    drawing = from_stroke3(corpus.drawing(index), category=corpus.categories[corpus.labels[index]])
    return Sketch(drawing.strokes, drawing.category, ((KEY, str(key)),))
