"""How good a model is: nats per point on held-out drawings, per category and as the mean over categories."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from flax import nnx

from sketchrnn.data.categories import some_of
from sketchrnn.data.corpus import Corpus, evenly, with_categories
from sketchrnn.errors import SketchRNNError
from sketchrnn.training.density import SAMPLES, Nats, Progress, Scorer, make_scorer, score_corpus
from sketchrnn.weights import WeightBundle, to_model

SCALES = tuple(2.0 ** (k / 2) for k in range(-1, 7))
"""Input scales that a published generator is first tried at; the best is then refined between its neighbours."""
SCALE_DRAWINGS = 256
"""Drawings on which they are tried."""


@dataclass(frozen=True)
class Figures:
    """What a model costs on some drawings: sums over the drawings divided by the sum of their points.

    Args:
        nats_per_point: the figure that counts; for latent models the importance-weighted bound.
        elbo_nats_per_point: offset_loss + pen_loss + kl_loss; the same figure for decoder-only models.
        offset_loss, pen_loss, kl_loss: its parts, nats per point, offsets in sketch units.
        drawings, points: how many were scored.
    """

    nats_per_point: float
    elbo_nats_per_point: float
    offset_loss: float
    pen_loss: float
    kl_loss: float
    drawings: int
    points: int


@dataclass(frozen=True)
class Evaluation:
    """A model's figures.

    Args:
        model: its name.
        overall: means of the categories' figures, each category counting the same; drawings and points are sums.
        categories: by name.
        told: whether it was told the categories.
        input_scale: factor by which drawings were enlarged before it read them.
        left_out: categories in the data that the model does not know.
    """

    model: str
    overall: Figures
    categories: Mapping[str, Figures]
    told: bool = True
    input_scale: float = 1.0
    left_out: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def evaluate(
    bundle: WeightBundle,
    corpus: Corpus,
    *,
    told: bool = True,
    input_scale: float = 1.0,
    samples: int = SAMPLES,
    coded: bool = False,
    batch_size: int = 128,
    progress: Progress | None = None,
) -> Evaluation:
    """The model's figures on drawings.

    Args:
        bundle: the model. One that knows categories is scored on drawings of those only.
        corpus: held-out drawings.
        told: whether it is told the category of each.
        input_scale: drawings are enlarged by so much before it reads them; the figures stay in sketch units.
        samples: latent codes of a drawing, for latent models.
        coded: whether a model that can do without latent codes is scored by them.
        batch_size: drawings at once.
        progress: told how far it is.

    Raises:
        SketchRNNError: no drawing of a category that the model knows, or weights that give no number.
    """
    drawings = known_drawings(bundle, corpus)
    scorer, params = _prepared(bundle, samples, coded)
    scale = bundle.scale_factor / input_scale
    nats = score_corpus(scorer, params, drawings, scale, told=told, batch_size=batch_size, progress=progress)
    if not bundle.config.scored_by_code(coded):
        nats = nats._replace(best=nats.offset + nats.pen)  # to the last digit
    if not np.isfinite(nats).all():
        raise SketchRNNError(f"the model {bundle.name} gives no number for {int(_odd(nats))} drawings")
    left = tuple(name for name in _names_with_drawings(corpus) if name not in drawings.categories)
    categories = by_category(nats, drawings)
    return Evaluation(bundle.name, mean_over_categories(categories), categories, told, input_scale, left)


def known_drawings(bundle: WeightBundle, corpus: Corpus) -> Corpus:
    """The drawings that a model can be scored on, numbered along its categories.

    Raises:
        SketchRNNError: there are none.
    """
    drawings = with_categories(corpus, bundle.categories) if bundle.categories else corpus
    if not len(drawings):
        hint = f"It knows {some_of(bundle.categories)}." if bundle.categories else None
        raise SketchRNNError(f"the data holds no drawing that {bundle.name} could be scored on", hint=hint)
    return drawings


def best_input_scale(bundle: WeightBundle, corpus: Corpus, batch_size: int = 64) -> float:
    """By how much drawings should be enlarged before the model reads them: the factor of the fewest nats.

    Published generators were trained on larger drawings than a 255 box holds. A grid is tried, then golden sections
    around its best.

    Args:
        bundle: the model.
        corpus: drawings to try on, other than those it will be scored on.
        batch_size: drawings at once.
    """
    drawings = spread(known_drawings(bundle, corpus), SCALE_DRAWINGS)
    scorer, params = _prepared(bundle, 1)

    def cost(scale: float) -> float:
        factor = bundle.scale_factor / scale
        return float(score_corpus(scorer, params, drawings, factor, batch_size=batch_size).best.sum())

    best = min(SCALES, key=cost)
    return _golden(lambda x: cost(math.exp(x)), math.log(best / math.sqrt(2)), math.log(best * math.sqrt(2)))


def spread(corpus: Corpus, count: int) -> Corpus:
    """At most so many drawings, evenly spread over the corpus."""
    if count >= len(corpus):
        return corpus
    return corpus.select(evenly(len(corpus), count))


def by_category(nats: Nats, corpus: Corpus) -> dict[str, Figures]:
    """Figures of each category that has drawings."""
    labels, count = corpus.labels, len(corpus.categories)
    drawings = np.bincount(labels, minlength=count)
    points = np.bincount(labels, corpus.lengths, count)
    sums = np.stack([np.bincount(labels, values, count) for values in nats])
    return {
        name: _figures(sums[:, index], int(drawings[index]), int(points[index]))
        for index, name in enumerate(corpus.categories)
        if drawings[index]
    }


def mean_over_categories(categories: Mapping[str, Figures]) -> Figures:
    """Each category counting the same, however many drawings it has."""
    names = ("nats_per_point", "elbo_nats_per_point", "offset_loss", "pen_loss", "kl_loss")
    means = {name: float(np.mean([getattr(figures, name) for figures in categories.values()])) for name in names}
    totals = {name: sum(getattr(f, name) for f in categories.values()) for name in ("drawings", "points")}
    return Figures(**means, **totals)


def table(evaluations: Sequence[Evaluation], most: int = 400) -> list[str]:
    """Lines for people: a row for each category, a column of nats per point for each model, the mean at the end."""
    names = list(dict.fromkeys(name for evaluation in evaluations for name in evaluation.categories))
    width = max([len("mean over categories"), *map(len, names)])
    columns = [max(len(evaluation.model), 10) for evaluation in evaluations]
    head = "  ".join([f"{'':{width}}", f"{'drawings':>8}"])
    lines = ["  ".join([head, *(f"{e.model:>{c}}" for e, c in zip(evaluations, columns, strict=True))])]
    for name in names[:most]:
        cells = [e.categories.get(name) for e in evaluations]
        lines.append(_line(name, width, cells, columns))
    lines.append(_line("mean over categories", width, [e.overall for e in evaluations], columns))
    return lines


def _line(name: str, width: int, cells: Sequence[Figures | None], columns: Sequence[int]) -> str:
    drawings = max(cell.drawings for cell in cells if cell is not None)
    numbers = [
        f"{cell.nats_per_point:>{column}.4f}" if cell is not None else f"{'-':>{column}}"
        for cell, column in zip(cells, columns, strict=True)
    ]
    return "  ".join([f"{name:{width}}", f"{drawings:>8,}", *numbers])


def _figures(sums: np.ndarray, drawings: int, points: int) -> Figures:
    offset, pen, kl, best = (float(value) / points for value in sums)
    return Figures(best, offset + pen + kl, offset, pen, kl, drawings, points)


def _prepared(bundle: WeightBundle, samples: int, coded: bool = False) -> tuple[Scorer, Any]:
    model = to_model(bundle)
    return make_scorer(model, samples, coded), nnx.state(model, nnx.Param)


def _names_with_drawings(corpus: Corpus) -> list[str]:
    return [corpus.categories[index] for index in np.unique(corpus.labels)]


def _odd(nats: Nats) -> int:
    return (~np.isfinite(nats).all(axis=0)).sum()


def _golden(cost, low: float, high: float, steps: int = 6) -> float:
    """exp of where a function of one valley is lowest between two ends, by golden sections."""
    ratio = (math.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = cost(left), cost(right)
    for _ in range(steps):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = cost(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = cost(right)
    return math.exp((low + high) / 2)
