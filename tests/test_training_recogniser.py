"""A recogniser trained beside the decoder, alone, and on top of a model that has none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from by_hand import seen_by_hand
from flax import nnx
from tiny_training import CONFIG, NAMES, corpus_of, dataset_of

from sketchrnn.errors import SketchRNNError
from sketchrnn.model.config import TINY
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.training.fit import train
from sketchrnn.training.folder import RunFolder, read_metrics
from sketchrnn.training.recognised import make_recogniser, score_recogniser
from sketchrnn.training.start import like_bundle, require_fitting
from sketchrnn.weights import UNTOLD, load_bundle

WITH = replace(CONFIG, model=replace(CONFIG.model, recogniser_size=6), learn="recogniser", evaluate_every=4)


@pytest.fixture(scope="module")
def data():
    return dataset_of(60)


@pytest.fixture(scope="module")
def plain(data, tmp_path_factory: pytest.TempPathFactory):
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "plain")
    train(replace(CONFIG, steps=2), folder, data)
    return load_bundle(folder.model)


def test_a_recogniser_is_learnt_on_top_and_nothing_else_changes(plain, data, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    outcome = train(like_bundle(WITH, plain), folder, data, start=plain)
    bundle = load_bundle(folder.model)
    assert bundle.config == replace(plain.config, recogniser_size=6)
    for name, value in plain.params.items():
        np.testing.assert_array_equal(bundle.params[name], value, err_msg=name)
    lines = list(read_metrics(folder.metrics))
    held_out = [line for line in lines if "valid_recogniser_loss" in line]
    assert [line["step"] for line in held_out] == [4, 8, 12]
    assert outcome.best == pytest.approx(min(line["valid_recogniser_loss"] for line in held_out))
    assert not any("nats_per_point" in name for line in lines for name in line)
    assert bundle.card["training"]["valid_recognised"] in [line["valid_recognised"] for line in held_out]


def test_how_many_were_told_no_category_is_said_by_the_training_of_what_draws(plain, data, tmp_path: Path) -> None:
    assert plain.card[UNTOLD] == CONFIG.untold / CONFIG.batch_size > 0
    always_told = replace(plain, card={UNTOLD: 0.0})
    for start, wanted in ((plain, plain.card[UNTOLD]), (always_told, 0.0)):
        folder, config = RunFolder(tmp_path / str(wanted)), like_bundle(WITH, start)
        train(replace(config, steps=2), folder, data, start=start)
        assert load_bundle(folder.model).card[UNTOLD] == wanted
        train(replace(config, steps=8), folder, data, resume=True)
        assert load_bundle(folder.model).card[UNTOLD] == wanted
        folder.about.unlink()
        assert train(replace(config, steps=12), folder, data, resume=True).step == 12, "it goes on without"


def test_a_viewer_is_learnt_on_top_and_tells_together_with_the_recogniser(plain, data, tmp_path: Path) -> None:
    first = RunFolder(tmp_path / "first")
    train(replace(like_bundle(WITH, plain), steps=2), first, data, start=plain)
    start = load_bundle(first.model)
    config = replace(WITH, learn="viewer", model=replace(WITH.model, viewer_channels=4))
    folder = RunFolder(tmp_path / "run")
    outcome = train(like_bundle(config, start), folder, data, start=start)
    bundle = load_bundle(folder.model)
    assert bundle.config == replace(start.config, viewer_channels=4)
    for name, value in start.params.items():
        np.testing.assert_array_equal(bundle.params[name], value, err_msg=name)
    lines = list(read_metrics(folder.metrics))
    held_out = [line["valid_recogniser_loss"] for line in lines if "valid_recogniser_loss" in line]
    assert outcome.best == pytest.approx(min(held_out)) and len(held_out) == 3
    assert all(line["viewer_loss"] > 0 and "recogniser_loss" not in line for line in lines if "viewer_loss" in line)


def test_a_recogniser_can_stay_as_it_is(plain, data, tmp_path: Path) -> None:
    both = RunFolder(tmp_path / "both")
    train(replace(like_bundle(WITH, plain), steps=2), both, data, start=plain)
    start, folder = load_bundle(both.model), RunFolder(tmp_path / "decoder")
    train(replace(like_bundle(WITH, start), learn="decoder", steps=2, evaluate_every=2), folder, data, start=start)
    after = load_bundle(folder.model)
    changed = {name for name, value in start.params.items() if not np.array_equal(value, after.params[name])}
    assert changed and not any(name.startswith("recogniser.") for name in changed)
    assert all("valid_recogniser_loss" not in line for line in read_metrics(folder.metrics))


def test_without_a_recogniser_there_is_none_to_learn(data, tmp_path: Path) -> None:
    for part in ("recogniser", "viewer"):
        with pytest.raises(SketchRNNError, match=f"no {part}"):
            train(replace(CONFIG, learn=part), RunFolder(tmp_path / part), data)


def test_a_recogniser_of_another_size_does_not_fit(plain) -> None:
    other = replace(plain, config=replace(plain.config, recogniser_size=9))
    with pytest.raises(SketchRNNError, match="recogniser_size is 9 there and 6 here"):
        require_fitting(WITH, other)


def test_held_out_scores_are_the_mean_over_drawings_alone() -> None:
    corpus = corpus_of([5, 9, 1, 30, 12, 7, 2])
    model = make_model(replace(TINY, categories=len(NAMES)), 2)
    nats, share = score_recogniser(make_recogniser(model), nnx.state(model, nnx.Param), corpus, 20.0)
    single = []
    for index in range(len(corpus)):
        drawing = corpus.drawing(index).astype(np.float32)
        rows = np.zeros((len(drawing), 5), np.float32)
        rows[:, :2], rows[:, 2], rows[:, 3] = drawing[:, :2] / 20, drawing[:, 2] == 0, drawing[:, 2] != 0
        rows[0, :2] = 0
        single.append(seen_by_hand(model, rows))
    log_p = np.stack(single)
    assert nats == pytest.approx(-log_p[np.arange(7), corpus.labels].mean(), rel=1e-4)
    assert share == (log_p.argmax(axis=1) == corpus.labels).mean()
