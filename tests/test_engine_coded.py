"""A model that draws from the codes of a network beside it, against both networks stepped by hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compilations import compilations
from engine_models import half_a_face, moved, random_bundle

from sketchrnn.engine import drawing
from sketchrnn.engine.coded import LEADING, Coded, Led
from sketchrnn.engine.completer import Completer
from sketchrnn.engine.crew import Crew
from sketchrnn.engine.messages import MorphRequest, RedrawRequest
from sketchrnn.engine.programs import Programs
from sketchrnn.errors import EngineError
from sketchrnn.model.guidance import sample_led
from sketchrnn.model.sampling import Noise, make_noise
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.sketch.formats import START_TOKEN, to_stroke3, to_stroke5
from sketchrnn.sketch.frame import to_model_units
from sketchrnn.sketch.preprocess import preprocess
from sketchrnn.sketch.types import Sketch
from sketchrnn.weights import WeightBundle, save_bundle, to_model

OPTIONAL = {"latent_optional": True, "prefix_prior_size": 0}
CELLS = [("stacked", 20), ("lstm", 0), ("layer_norm", 0)]


def plain(cell: str, lower: int) -> WeightBundle:
    return random_bundle(conditional=False, prefix_prior_size=0, decoder_cell=cell, lower_size=lower)


@cache
def networks(cell: str, lower: int) -> tuple[SketchRNN, SketchRNN, Led]:
    drawing_model, coded = to_model(plain(cell, lower)), to_model(random_bundle(**OPTIONAL))
    crew = Crew(1)
    return drawing_model, coded, Led(Programs(drawing_model, crew), Programs(coded, crew), crew)


@jax.jit
def by_hand(models, conditions, noise: Noise, temperature: float) -> jax.Array:
    """(n, K, 5) rows: what each network expects, in the paper's words; end rows are not looked at."""
    constants = [m.decoder.cell.constant(own) for m, own in zip(models, conditions, strict=True)]

    def point(carry, noise: Noise):
        states, row = carry
        steps = zip(models, states, constants, strict=True)
        states = [m.decoder.step(state, row, constant) for m, state, constant in steps]
        expected = (m.decoder.mixture(state[0]) for m, state in zip(models, states, strict=True))
        row = sample_led(*expected, *noise, temperature, LEADING)
        return (states, row), row

    states = [m.decoder.start(own, own.shape[0]) for m, own in zip(models, conditions, strict=True)]
    row = jnp.tile(jnp.asarray(START_TOKEN), (noise.uniform.shape[1], 1))
    return jax.lax.scan(point, (states, row), noise)[1]


@pytest.mark.parametrize(("cell", "lower"), CELLS)
@pytest.mark.parametrize("count", [1, 9])
def test_a_model_that_is_led_draws_as_both_networks_by_hand(cell: str, lower: int, count: int) -> None:
    base, coded, led = networks(cell, lower)
    codes = np.random.default_rng(4).normal(0, 1, (count, coded.config.latent_size)).astype(np.float32)
    share = np.linspace(0, 1, count).astype(np.float32)
    states, conditions = led.begin((0, 2), share, codes)
    noise = make_noise(6, range(count), 40)
    whole = [
        drawing.Ending(state, own, Noise(noise.uniform[:, i], noise.normal[:, i]), 0.4, 40, led.guidance)
        for i, (state, own) in enumerate(zip(states, conditions, strict=True))
    ]
    for _ in drawing.finish(led, whole):
        pass

    def told(model: SketchRNN) -> jax.Array:
        assert model.embedding is not None
        ends = model.embedding.embedding[...][jnp.array([0, 2])]
        return (1 - share[:, None]) * ends[0] + share[:, None] * ends[1]

    with_code = jnp.concatenate([told(coded), codes], axis=1)
    without = jnp.concatenate([told(coded), jnp.zeros_like(codes)], axis=1)
    rows = np.asarray(by_hand((base, coded, coded), (told(base), with_code, without), noise, 0.4))
    ends = np.where(rows[..., 4].any(axis=0), rows[..., 4].argmax(axis=0), 40)
    assert len(set(ends)) > 1 or count == 1
    for i, ending in enumerate(whole):
        assert ends[i] > 0, "one that ends at once is drawn otherwise"
        np.testing.assert_allclose(ending.all_rows(), rows[: ends[i], i][:, [0, 1, 3]], atol=1e-4)
        assert ending.ended == (ends[i] < 40)


@cache
def beside(folder: Path, **changes) -> Completer:
    """A completer of a model with a network with codes beside it."""
    path = folder / "model.safetensors"
    (folder / "again").mkdir()
    save_bundle(plain("stacked", 20), path, "float32")
    save_bundle(random_bundle(**(OPTIONAL | changes)), folder / "again" / path.name, "float32")
    return Completer(path)


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> Completer:
    return beside(tmp_path_factory.mktemp("pair"))


def test_a_code_that_may_be_left_out_leads(pair: Completer, tmp_path: Path) -> None:
    assert isinstance(pair._redrawer.coded, Led)
    alone = beside(tmp_path, latent_optional=False)
    assert type(alone._redrawer.coded) is Coded, "what never drew without a code cannot say what the code changes"
    assert alone.reconstruct(half_a_face(), "owl", max_points=12)


def test_each_drawing_is_the_same_whatever_others_there_are(pair: Completer) -> None:
    face = moved(half_a_face(), 2.0, by=50)
    three, one = (pair.reconstruct(face, "owl", endings=n, seed=1, max_points=30) for n in (3, 1))
    assert len({sketch.strokes for sketch in three}) == 3
    np.testing.assert_allclose(one[0].points(), three[0].points(), atol=1e-3)


def test_codes_are_those_of_the_network_that_has_them(pair: Completer) -> None:
    other = moved(Sketch(half_a_face().strokes[:2]), 3.0, by=20)
    codes = pair.encode([half_a_face(), other])
    network = to_model(random_bundle(**OPTIONAL))
    for code, sketch in zip(codes, (half_a_face(), other), strict=True):
        rows = to_stroke5(to_stroke3(preprocess(sketch)))[:-1]
        rows[0, :2] = 0
        rows = to_model_units(rows, pair.bundle.scale_factor)[:, None]
        np.testing.assert_allclose(code, network.encoder(rows, np.array([len(rows)])).mean[0], atol=1e-5)
    assert codes.shape == (2, network.config.latent_size) and codes.dtype == np.float32
    with pytest.raises(EngineError, match="empty"):
        pair.encode([half_a_face(), Sketch()])
    with pytest.raises(EngineError, match="no latent code"):
        Completer(plain("stacked", 20)).encode([half_a_face()])


def test_each_attempt_is_told_its_category_twice_and_its_code(pair: Completer) -> None:
    plan = pair._redrawer.plan(RedrawRequest(half_a_face(), "owl", endings=2, seed=1, max_points=30))
    drawn = [ending.condition for ending in plan.endings]
    size = plan.codes.shape[1]
    np.testing.assert_allclose([own[-size:] for own in drawn], np.repeat(plan.codes, plan.attempts, axis=0))
    owl = pair.bundle.categories.index("owl")
    embedded = np.concatenate([pair.programs.embed([owl])[0], pair._redrawer.coded.programs.embed([owl])[0]])
    np.testing.assert_allclose([own[:-size] for own in drawn], np.tile(embedded, (len(drawn), 1)), atol=1e-6)


def test_nothing_more_is_compiled_after_warming(tmp_path: Path) -> None:
    completer = beside(tmp_path)
    said = list(completer.warm())
    assert said[-2:] == ["again: led 1", "again: led 8"]
    with compilations() as count:
        completer.redraw(RedrawRequest(half_a_face(), "owl", endings=9, seed=3, max_points=20))
        completer.redraw(RedrawRequest(half_a_face(), "owl", endings=1, seed=3, max_points=20))
        completer.redraw(MorphRequest(half_a_face(), moved(half_a_face(), 2.0), endings=3, seed=3, max_points=20))
    assert count.now == 0
