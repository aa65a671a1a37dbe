"""Pictures of what a model draws while it learns: samples, and completions of held-out drawings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from sketchrnn.data.corpus import Corpus
from sketchrnn.model.decoding import form, read
from sketchrnn.model.losses import Rows
from sketchrnn.model.points import Drawn, Sampling, draw_points
from sketchrnn.model.sampling import Noise, make_noise
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.sketch.files import write_atomically
from sketchrnn.sketch.raster import contact_sheet, write_png
from sketchrnn.sketch.svg import contact_sheet_svg
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.training.evaluate import spread
from sketchrnn.training.folder import RunFolder

COLUMNS = 8
ROWS = 4
TEMPERATURE = 0.25
PREFIX = 0.3
"""Share of a drawing's points that is given."""
PREFIX_POINTS = 64
"""At most so many of them."""
DRAWN_POINTS = 96
"""A drawing on a sheet ends after so many points that the model drew."""


class Asked(NamedTuple):
    """What is drawn on: prefixes in sketch units as absolute points.

    Args:
        drawings: stroke-3 rows of each, (n, 3); a single row where nothing is given but the start.
        labels: category of each.
    """

    drawings: Sequence[np.ndarray]
    labels: np.ndarray


Painter = Callable[[Any, Asked, float, int], list[Sketch]]


def make_painter(model: SketchRNN) -> Painter:
    """A function (params, asked, scale factor, seed) -> what the model makes of each prefix, as sketches."""
    graph, _, rest = nnx.split(model, nnx.Param, ...)

    @jax.jit
    def finish(params: Any, rows: Rows, noise: Noise, key: jax.Array, temperature: jax.Array) -> jax.Array:
        whole = nnx.merge(graph, params, rest)
        condition = whole.condition(rows.given, _latent(whole, rows, key))
        state = whole.decoder.start(condition, rows.lengths.shape[0])
        state, _ = read(whole, state, rows.rows, rows.lengths, condition)
        over = jnp.zeros(rows.lengths.shape, bool)
        sampling, count = Sampling(temperature), noise.uniform.shape[0]
        return draw_points(form(whole), Drawn(state, over), noise, condition, sampling, count)[1]

    def paint(params: Any, asked: Asked, scale_factor: float, seed: int) -> list[Sketch]:
        rows = _prefix_rows(asked, scale_factor)
        noise = make_noise(seed, range(len(asked.drawings)), DRAWN_POINTS)
        arguments = jax.device_put((rows, noise, np.float32(TEMPERATURE)))
        drawn = finish(params, *arguments[:2], jax.random.key(seed), arguments[2])
        drawn = np.asarray(jax.device_get(drawn)) * np.array([scale_factor, scale_factor, 1, 1, 1], np.float32)
        return [joined(given, drawn[:, index]) for index, given in enumerate(asked.drawings)]

    return paint


def write_sheets(folder: RunFolder, step: int, painter: Painter, params: Any, held_out: Corpus, scale: float) -> None:
    """Write a sheet of samples and one of completions, as PNG and SVG."""
    some = spread(held_out, COLUMNS * ROWS)
    titles = [some.categories[label] for label in some.labels]
    starts = [np.array([[0, 0, 0]], np.float32)] * len(some)
    prefixes = [_prefix(some.drawing(index)) for index in range(len(some))]
    folder.sheets.mkdir(parents=True, exist_ok=True)
    for name, drawings in (("samples", starts), ("completions", prefixes)):
        sketches = painter(params, Asked(drawings, some.labels), scale, 1)
        path = folder.sheets / f"{step:08}-{name}"
        write_png(path.with_suffix(".png"), contact_sheet(sketches, COLUMNS, titles=titles))
        write_atomically(path.with_suffix(".svg"), contact_sheet_svg(sketches, COLUMNS, titles=titles))


def joined(given: np.ndarray, drawn: np.ndarray) -> Sketch:
    """The prefix and what was drawn after it as a sketch; a stroke begun by hand goes on as the model's.

    Args:
        given: (n, 3) stroke-3, n >= 1, sketch units.
        drawn: (m, 5) stroke-5, sketch units; what stands after the first end row is not read.
    """
    ends = np.flatnonzero(drawn[:, 4] > 0)
    drawn = drawn[: ends[0]] if len(ends) else drawn
    points = np.cumsum(np.concatenate([given[:, :2], drawn[:, :2]]).astype(np.float64), axis=0)
    lifted = np.concatenate([given[:, 2], drawn[:, 3]]) > 0
    strokes = _strokes(points[: len(given)], lifted[: len(given)], "hand")
    # a pen that was down draws on from the last point
    first = len(given) - (not lifted[len(given) - 1])
    return Sketch((*strokes, *_strokes(points[first:], lifted[first:], "model")))


def _strokes(points: np.ndarray, lifted: np.ndarray, author: Any) -> list[Stroke]:
    return [Stroke(part, author) for part in np.split(points, np.flatnonzero(lifted) + 1) if len(part)]


def _prefix(rows: np.ndarray) -> np.ndarray:
    count = min(max(2, int(np.ceil(PREFIX * len(rows)))), PREFIX_POINTS, len(rows))
    return rows[:count].astype(np.float32)


def _prefix_rows(asked: Asked, scale_factor: float) -> Rows:
    """Model rows of the prefixes, padded to one length: the first row of each with its offset zeroed."""
    rows = np.zeros((PREFIX_POINTS, len(asked.drawings), 5), np.float32)
    for index, given in enumerate(asked.drawings):
        rows[: len(given), index, :2] = given[:, :2] / scale_factor
        rows[: len(given), index, 2] = given[:, 2] == 0
        rows[: len(given), index, 3] = given[:, 2] != 0
    rows[0, :, :2] = 0
    lengths = np.array([len(given) for given in asked.drawings], np.int32)
    labels = np.asarray(asked.labels, np.int32)
    return Rows._make((rows, lengths, labels, labels))


def _latent(model: SketchRNN, rows: Rows, key: jax.Array) -> jax.Array | None:
    """z from the prefix prior where there is one, else from N(0, I)."""
    if not model.config.drawn_from_code:
        return None
    noise = jax.random.normal(key, (rows.lengths.shape[0], model.config.latent_size))
    if model.prefix_prior is None:
        return noise
    return model.prefix_prior(rows.rows, rows.lengths, model.embed(rows.given)).at(noise)
