"""Nats per point: against a plain numpy sum, with its changes of variables, its bounds and its table."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.special import log_softmax
from scipy.stats import multivariate_normal, norm
from tiny_training import NAMES, TINY_DECODER, corpus_of, on_device, random_drawings, rows_of, write_corpus

from sketchrnn.cli import evaluate as verb
from sketchrnn.cli.main import main
from sketchrnn.data.augment import DEQUANTISE
from sketchrnn.data.batches import assemble, plan_in_order
from sketchrnn.data.corpus import SPLIT_EDGES, Corpus, identity
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.model.config import TINY
from sketchrnn.model.losses import Rows
from sketchrnn.model.sketchrnn import SketchRNN, make_model
from sketchrnn.training.density import JITTER_SEED, Nats, make_scorer, mixed_with_uniform, score_corpus
from sketchrnn.training.evaluate import Evaluation, Figures, best_input_scale, evaluate, spread, table
from sketchrnn.weights import WeightBundle, load_any, parameters, save_bundle

SCALE = 60.0


def bundle_of(model: SketchRNN, names: tuple[str, ...] = NAMES, scale: float = SCALE) -> WeightBundle:
    return WeightBundle("tiny", model.config, parameters(model), scale, names)


@pytest.fixture(scope="module")
def decoder() -> SketchRNN:
    return make_model(TINY_DECODER, 2)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_of([8, 1, 2, 7, 8, 5])


@pytest.fixture(scope="module")
def evaluation(decoder: SketchRNN, corpus: Corpus) -> Evaluation:
    return evaluate(bundle_of(decoder), corpus, batch_size=4)


def by_hand(model: SketchRNN, corpus: Corpus) -> tuple[np.ndarray, np.ndarray]:
    """Offset and pen nats of each drawing, float64, from the decoder's mixtures and scipy's normals."""
    offset, pen = np.zeros(len(corpus)), np.zeros(len(corpus))
    for number, planned in enumerate(plan_in_order(corpus.lengths, 4)):
        full = replace(planned, indices=np.resize(planned.indices, 4))
        batch = assemble(corpus, full, np.random.default_rng([JITTER_SEED, number]), DEQUANTISE)
        rows = jnp.asarray(batch.rows).at[..., :2].divide(SCALE)
        mixture = model.decoder.mixture(
            model.decoder.hidden_states(rows[:-1], model.condition(jnp.asarray(batch.given)))
        )
        for column, drawing in enumerate(planned.indices):
            for t in range(int(batch.lengths[column])):
                here = jax.tree.map(lambda leaf, t=t, column=column: np.asarray(leaf[t, column], np.float64), mixture)
                pen[drawing] -= log_softmax(here.pen_logits) @ batch.rows[t + 1, column, 2:]
                if t + 1 < batch.lengths[column]:
                    offset[drawing] -= np.log(density(here, batch.rows[t + 1, column, :2]))
    return offset, pen


def density(mixture, offset: np.ndarray) -> float:
    """Of an offset in sketch units: the mixture's, over SCALE^2, and a thousandth of a uniform one."""
    total = 0.0
    for weight, mean, sigma, logit in zip(
        np.exp(log_softmax(mixture.logits)),
        mixture.mean,
        np.exp(mixture.log_sigma),
        mixture.correlation_logit,
        strict=True,
    ):
        across = math.tanh(logit) * sigma[0] * sigma[1]
        normal = multivariate_normal(mean, [[sigma[0] ** 2, across], [across, sigma[1] ** 2]])
        total += weight * normal.pdf(offset / SCALE)
    inside = (np.abs(offset) <= 255).all()
    return 0.999 * total / SCALE**2 + 0.001 * inside / 510**2


def test_figures_are_those_of_a_plain_sum(decoder: SketchRNN, corpus: Corpus, evaluation: Evaluation) -> None:
    offset, pen = by_hand(decoder, corpus)
    assert set(evaluation.categories) == set(NAMES)
    for index, name in enumerate(NAMES):
        mine, figures = corpus.labels == index, evaluation.categories[name]
        points = corpus.lengths[mine].sum()
        assert (figures.drawings, figures.points) == (mine.sum(), points)
        assert figures.offset_loss == pytest.approx(offset[mine].sum() / points, rel=1e-5)
        assert figures.pen_loss == pytest.approx(pen[mine].sum() / points, rel=1e-5)
        assert figures.nats_per_point == pytest.approx(figures.elbo_nats_per_point, rel=1e-12)
        assert figures.nats_per_point == pytest.approx(figures.offset_loss + figures.pen_loss)
    overall = evaluation.overall
    assert (overall.drawings, overall.points, overall.kl_loss) == (6, corpus.lengths.sum(), 0)
    mean = np.mean([figures.nats_per_point for figures in evaluation.categories.values()])
    assert overall.nats_per_point == pytest.approx(mean)


def test_uniform_share_bounds_what_a_surprise_costs() -> None:
    offsets = jnp.array([[0.0, 0.0], [255.0, -255.0], [256.0, 0.0], [0.0, 0.0]])
    values = mixed_with_uniform(jnp.array([-1e9, -1e9, -5.0, 3.0]), offsets)
    floor = math.log(0.001 / 510**2)
    assert np.asarray(values) == pytest.approx([floor, floor, math.log(0.999) - 5, math.log(0.999) + 3], rel=1e-6)


def test_enlarging_what_is_read_is_dividing_the_scale(decoder: SketchRNN, corpus: Corpus, evaluation) -> None:
    enlarged = evaluate(bundle_of(decoder, scale=2 * SCALE), corpus, input_scale=2.0, batch_size=4)
    assert enlarged.overall.nats_per_point == pytest.approx(evaluation.overall.nats_per_point, rel=1e-6)
    assert enlarged.input_scale == 2.0


def test_the_best_input_scale_is_found(decoder: SketchRNN, corpus: Corpus) -> None:
    # random weights expect offsets of about one model unit, so that the best scale undoes a wrong one
    first = best_input_scale(bundle_of(decoder, scale=100.0), corpus, batch_size=4)
    second = best_input_scale(bundle_of(decoder, scale=200.0), corpus, batch_size=4)
    assert second / first == pytest.approx(2.0, rel=0.05)


def test_told_nothing_costs_otherwise(decoder: SketchRNN, corpus: Corpus, evaluation: Evaluation) -> None:
    untold = evaluate(bundle_of(decoder), corpus, told=False, batch_size=4)
    assert abs(untold.overall.nats_per_point - evaluation.overall.nats_per_point) > 1e-7
    assert not untold.told and evaluation.told


def test_a_model_is_scored_on_what_it_knows(decoder: SketchRNN, corpus: Corpus, evaluation: Evaluation) -> None:
    renamed = bundle_of(decoder, ("owl", "yak", "cat"))
    result = evaluate(renamed, corpus, batch_size=4)
    assert list(result.categories) == ["owl", "cat"] and result.left_out == ("dog",)
    with pytest.raises(SketchRNNError, match="no drawing.*It knows emu, gnu, yak"):
        evaluate(bundle_of(decoder, ("emu", "gnu", "yak")), corpus)


def test_weights_without_numbers_are_refused(decoder: SketchRNN, corpus: Corpus) -> None:
    bundle = bundle_of(decoder)
    bias = bundle.params["decoder.out.bias"].copy()
    bias[:3] = [3e38, -3e38, -3e38]  # pen logits that are further apart than a float32 reaches
    with pytest.raises(SketchRNNError, match="no number"):
        evaluate(replace(bundle, params=dict(bundle.params) | {"decoder.out.bias": bias}), corpus, batch_size=4)


def test_bounds_of_a_latent_model(corpus: Corpus) -> None:
    model = make_model(TINY, 1)
    graph, params, rest = nnx.split(model, nnx.Param, ...)
    # a posterior that says something: with the first, narrow weights both bounds are the same
    rng = np.random.default_rng(0)
    params = jax.tree.map(lambda leaf: leaf + rng.normal(0, 0.1, leaf.shape).astype(np.float32), params)
    bundle = bundle_of(nnx.merge(graph, params, rest))
    one = evaluate(bundle, corpus, samples=1, batch_size=6).overall
    many = evaluate(bundle, corpus, samples=16, batch_size=6).overall
    assert many.kl_loss == pytest.approx(one.kl_loss) and many.kl_loss > 0.01
    assert many.elbo_nats_per_point == pytest.approx(many.offset_loss + many.pen_loss + many.kl_loss)
    assert many.nats_per_point < many.elbo_nats_per_point  # the tighter bound


def test_an_accelerator_compiles_one_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """And each drawing is among the rows once, whatever they are padded to."""
    drawings = corpus_of(tuple(range(1, 90)))

    def shapes() -> set[tuple[int, ...]]:
        seen: list[tuple[int, ...]] = []

        def scorer(params, rows: Rows, scale, key) -> Nats:
            seen.append(rows.rows.shape)
            return Nats(*[np.asarray(rows.lengths, float)] * 4)

        nats = score_corpus(scorer, None, drawings, 1.0, batch_size=16)
        np.testing.assert_array_equal(nats.best, drawings.lengths)
        return set(seen)

    on_processors = shapes()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert len(on_processors) > 1 and shapes() == {max(on_processors)}


def test_spread_takes_evenly() -> None:
    corpus = corpus_of([3] * 100)
    assert spread(corpus, 200) is corpus
    assert spread(corpus, 5).indices.tolist() == [0, 25, 50, 74, 99]


def test_table_names_every_category(evaluation: Evaluation) -> None:
    other = replace(evaluation, model="another", categories={"cat": evaluation.categories["cat"]})
    lines = table([evaluation, other])
    assert len(lines) == 5 and lines[0].split() == ["drawings", "tiny", "another"]
    assert lines[2].startswith("dog") and lines[2].split()[-1] == "-"
    assert lines[-1].startswith("mean over categories")


def test_what_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no training has written a model there"):
        load_any(tmp_path)


def test_the_verb(decoder: SketchRNN, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    save_bundle(bundle_of(decoder), folder / "model.safetensors")
    data = write_corpus(corpus_of([8] * 60, seed=3), tmp_path / "drawings.npz")
    words = ["evaluate", "--model", str(folder), "--data", str(data), "--split", "all", "--limit", "9"]
    assert main([*words, "--baseline", str(folder / "model.safetensors"), "--json", str(tmp_path / "f.json")]) == 0
    assert "mean over categories" in capsys.readouterr().out
    values = json.loads((tmp_path / "f.json").read_text())
    names = {"nats_per_point", "elbo_nats_per_point", "offset_loss", "pen_loss", "kl_loss", "drawings", "points"}
    assert set(values["overall"]) == names and set(values["categories"]) == set(NAMES)
    assert values["overall"]["drawings"] == 9 and values["overall"]["points"] == 72
    assert values["baselines"][0]["overall"] == values["overall"]
    (tmp_path / "f.json").write_text("precious")
    capsys.readouterr()
    assert main([*words, "--json", str(tmp_path / "f.json")]) == 1 and not capsys.readouterr().out
    assert (tmp_path / "f.json").read_text() == "precious"
    assert main([*words, "--json", str(tmp_path / "f.json"), "--force"]) == 0
    (tmp_path / "empty.json").touch()  # as a temporary file is
    for name in ("empty.json", "new/f.json"):
        assert main([*words, "--json", str(tmp_path / name)]) == 0 and json.loads((tmp_path / name).read_text())
    few = write_corpus(corpus_of([8] * 2, seed=3), tmp_path / "few.npz")
    assert main(["evaluate", "--model", str(folder), "--data", str(few)]) == 1
    assert "test split" in capsys.readouterr().err


def test_all_that_is_said_is_asked_and_each_figure_is_told_under_its_name(
    decoder: SketchRNN, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    asked, devices = [], []

    def scored(bundle: WeightBundle, corpus: Corpus, *, progress, **how) -> Evaluation:
        names = {corpus.categories[label] for label in corpus.labels.tolist()}
        asked.append((bundle.name, names, len(corpus), how))
        figures = Figures(*(len(asked) + part / 8 for part in range(5)), 9, 72)
        return Evaluation(bundle.name, figures, {"cat": figures})

    monkeypatch.setattr("sketchrnn.training.evaluate.evaluate", scored)
    monkeypatch.setattr("sketchrnn.engine.device.use_device", devices.append)
    monkeypatch.chdir(tmp_path)
    for name, model in (("one", decoder), ("two", make_model(replace(TINY, categories=3), 1))):
        save_bundle(replace(bundle_of(model), name=name), f"{name}.safetensors")
    write_corpus(corpus_of([8] * 60, seed=3), Path("drawings.npz"))
    flags = "--split all --categories cat owl --limit 9 --untold --coded --samples 3 --device cpu"
    words = f"evaluate --model one.safetensors --baseline two.safetensors --data drawings.npz {flags} --json f.json"
    assert main(words.split()) == 0
    how = {"told": False, "input_scale": 1.0, "samples": 3, "coded": True}
    assert asked == [(name, {"cat", "owl"}, 9, how) for name in ("one", "two")] and devices == ["cpu"] * 2
    said = "nats per point (offset 1.2500, pen 1.3750, KL 1.5000; ELBO 1.1250) on 9 drawings, 72 points"
    assert f"one: 1.0000 {said}" in capsys.readouterr().out
    values = json.loads(Path("f.json").read_text())
    assert (values["model"], values["split"], [other["model"] for other in values["baselines"]]) == (
        "one",
        "all",
        ["two"],
    )


def test_codes_are_asked_for_of_a_model_that_has_them(decoder: SketchRNN, tmp_path: Path, capsys) -> None:
    path = tmp_path / "tiny.safetensors"
    save_bundle(bundle_of(decoder), path)
    data = write_corpus(corpus_of([8] * 60, seed=3), tmp_path / "drawings.npz")
    assert main(["evaluate", "--model", str(path), "--data", str(data), "--split", "all", "--coded"]) == 2
    assert capsys.readouterr().err == "sketchrnn: --coded means nothing here: tiny has no latent codes\n"


def test_the_tighter_bound_of_one_code_is_scipys() -> None:
    """Burda et al. 2016, equation 8, of one sample: log q(z) - log p(z) is what the code itself costs."""
    model = make_model(TINY, 1)
    graph, params, rest = nnx.split(model, nnx.Param, ...)
    rng = np.random.default_rng(0)
    params = jax.tree.map(lambda leaf: leaf + rng.normal(0, 0.1, leaf.shape).astype(np.float32), params)
    rows, key = on_device(rows_of(random_drawings((6, 3)), [0, 1], 6)), jax.random.key(5)
    nats = make_scorer(model, samples=1)(params, rows, jnp.float32(1.0), key)
    posterior = nnx.merge(graph, params, rest).encoder(rows.rows[:-1], rows.lengths)
    mean, sigma = np.asarray(posterior.mean, np.float64), np.exp(np.asarray(posterior.log_variance, np.float64) / 2)
    z = mean + sigma * np.asarray(jax.random.normal(key, (1, *mean.shape)))[0]
    cost = (norm.logpdf(z, mean, sigma) - norm.logpdf(z)).sum(axis=1)
    np.testing.assert_allclose(nats.best - (nats.offset + nats.pen), cost, rtol=1e-4, atol=2e-4)
    assert np.abs(cost).min() > 0.01


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_input_scales_are_tried_on_drawings_that_are_not_scored(split: str, tmp_path: Path) -> None:
    data = write_corpus(corpus_of([8] * 400, seed=3), tmp_path / "drawings.npz")
    arguments = argparse.Namespace(data=[data], categories=None, split=split, limit=None)
    scored, tried = verb._drawings(arguments, SimpleNamespace(reading=None))
    assert len(scored) and len(tried) and not set(identity(scored).tolist()) & set(identity(tried).tolist())
    low, high = SPLIT_EDGES[split]
    assert all(low <= place < high for place in (identity(scored) % 1000).tolist()), "what was asked for is scored"
