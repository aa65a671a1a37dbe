"""Completers that the engine's tests share: compiled once in a test run."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from flax import nnx

from sketchrnn.engine.completer import Completer
from sketchrnn.model.config import TINY
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.weights import WeightBundle

SMALL = Path(__file__).parent / "fixtures" / "small.safetensors"
TINY_CATEGORIES = ("cat", "owl", "bicycle")


@cache
def small() -> Completer:
    """The trained fixture: decoder-only, four categories, a category head (`make_engine_fixture.py`)."""
    return Completer(SMALL)


@cache
def latent() -> Completer:
    """Every part, random weights: latent code, prefix prior, categories, category head."""
    return Completer(random_bundle())


def random_bundle(**changes) -> WeightBundle:
    """A TINY bundle with random weights whose drawings have some length."""
    if changes.get("categories") == 0:
        changes = {"recogniser_size": 0, "viewer_channels": 0, **changes}
    config = replace(TINY, **changes)
    # shapes only: making a model compiles its initialisers, which takes seconds
    shapes = nnx.to_flat_state(nnx.state(nnx.eval_shape(lambda: make_model(config)), nnx.Param))
    rng = np.random.default_rng(3)
    params = {
        ".".join(map(str, path)): _random(rng, variable.get_value().shape).astype(np.float32)
        for path, variable in shapes
    }
    params["decoder.out.bias"][:3] = (1.5, 0.0, -2.5)  # pen down, up, end
    names = TINY_CATEGORIES if config.categories else ()
    return WeightBundle("tiny", config, params, 40.0, names)


def _random(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.normal(0, 1 / np.sqrt(shape[0]), shape) if len(shape) > 1 else np.zeros(shape)


def half_a_face() -> Sketch:
    """An arc and two eyes, whole coordinates in the 0..255 box."""
    turn = np.linspace(0, 1.2 * np.pi, 14)
    arc = np.round(128 + 120 * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    eyes = [[[90, 90], [84, 100], [92, 106]], [[160, 92], [155, 103]]]
    return Sketch([Stroke(arc), *(Stroke(eye) for eye in eyes)])


def moved(sketch: Sketch, factor: float, by: float = 0.0) -> Sketch:
    """The sketch scaled and moved, for other page units."""
    return sketch.with_strokes([Stroke(s.points * factor + by, s.author) for s in sketch.strokes], sketch.pen_down)
