"""Trainings whose drawings stand end to end: resumed as unbroken, refused where they cannot be, and Muon's steps."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from tiny_training import CONFIG, POINTS, TINY_DECODER, corpus_of, dataset_of, write_corpus

from sketchrnn.cli.main import build_parser
from sketchrnn.data.batches import PlannedBatch, assemble
from sketchrnn.data.report import Report
from sketchrnn.errors import SketchRNNError
from sketchrnn.model.losses import clean_rows
from sketchrnn.model.packed import packed_rows
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.training.config import ACCELERATED, TrainConfig
from sketchrnn.training.dataset import Dataset, load_dataset, split_dataset
from sketchrnn.training.feed import Feed, batches_per_epoch, packed_batches
from sketchrnn.training.fields import with_fields
from sketchrnn.training.fit import train
from sketchrnn.training.folder import RunFolder, read_metrics
from sketchrnn.training.log import Plain
from sketchrnn.training.packed import each_by_itself, from_zeros, lay, make_packed_step
from sketchrnn.training.schedules import KERNELS, make_optimiser
from sketchrnn.training.step import begin, to_rows
from sketchrnn.weights import load_bundle, parameters

PACKED: TrainConfig = replace(CONFIG, row_points=20, max_points=20, optimiser="muon")
SEEN: TrainConfig = replace(PACKED, model=replace(CONFIG.model, recogniser_size=8, viewer_channels=4), learn="viewer")
DATA = dataset_of()
SELDOM = {"save_every": 20, "evaluate_every": 20}
"""A checkpoint takes longer than all steps of these trainings until the next."""


def easy() -> Dataset:
    """Drawings of which a category's go one way."""
    corpus = corpus_of([POINTS] * 200)
    points = np.array(corpus.points)
    points[:, :2] = np.array([(9, 0), (0, 9), (6, -6)])[np.repeat(corpus.labels[:], POINTS)]
    return split_dataset(replace(corpus, points=points), Report(kept=200))


EASY = easy()


def losses_of(folder: RunFolder) -> dict[int, float]:
    return {line["step"]: line["loss"] for line in read_metrics(folder.metrics) if "loss" in line}


def test_a_run_learns_and_goes_on_as_an_unbroken_one(tmp_path: Path) -> None:
    whole, parts, text = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "parts"), io.StringIO()
    config = replace(PACKED, steps=40, **SELDOM)
    outcome = train(config, whole, DATA, log=Plain(text))
    train(replace(config, steps=10), parts, DATA)
    train(config, parts, DATA, resume=True)
    assert losses_of(parts) == losses_of(whole) and outcome.step == 40
    figures = losses_of(whole)
    assert np.mean(list(figures.values())[-5:]) < np.mean(list(figures.values())[:5]) - 0.1
    assert "points/s" in text.getvalue() and "40 steps of 4 rows of 20 points" in text.getvalue()
    bundle = load_bundle(whole.model)
    # a drawing begins from zeros, when it is learnt and when it is drawn
    assert not bundle.params["decoder.initial.kernel"].any() and not bundle.params["decoder.initial.bias"].any()


def test_codes_are_learnt_in_some_rows_and_what_they_cost_is_told(tmp_path: Path) -> None:
    network = replace(PACKED.model, conditional=True, latent_optional=True, encoder_size=8, latent_size=4)
    config = replace(PACKED, model=network, coded_share=0.75, kl_weight=0.5, kl_start=0.1, kl_decay=0.5, log_every=1)
    whole, parts = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "parts")
    train(replace(config, steps=6), whole, DATA)
    train(replace(config, steps=2), parts, DATA)
    train(replace(config, steps=6), parts, DATA, resume=True)
    assert losses_of(parts) == losses_of(whole)
    lines = [line for line in read_metrics(whole.metrics) if "loss" in line]
    assert [line["kl_weight"] for line in lines] == pytest.approx([0.5 - 0.4 * 0.5**taken for taken in range(6)])
    # three rows of four, of as many drawings each
    costs = [0.75 * line["kl_loss"] * network.latent_size / POINTS for line in lines]
    assert [line["kl_per_point"] for line in lines] == pytest.approx(costs) and min(costs) > 0
    bundle, before = load_bundle(whole.model), parameters(make_model(config.network(3), config.seed))
    assert all((bundle.params[name] != value).any() for name, value in before.items() if name.startswith("encoder."))


def test_a_state_to_begin_from_that_was_learnt_is_let_go() -> None:
    model = make_model(TINY_DECODER, 2)
    initial = model.decoder.initial
    assert initial is not None and initial.bias is not None
    initial.bias[...] = jnp.ones_like(initial.bias[...])
    before = parameters(model)
    after = parameters(from_zeros(model))
    changed = {name for name, values in after.items() if not np.array_equal(values, before[name])}
    assert changed == {"decoder.initial.kernel", "decoder.initial.bias"}
    assert not any(after[name].any() for name in changed)


def test_steps_count_the_head_by_its_weight_and_are_jittered_each_otherwise() -> None:
    config = replace(PACKED, head_weight=0.5, untold_share=0.5)
    still, lying = optax.sgd(0.0), jax.device_put(lay(DATA.train))
    drawings = jax.device_put(next(packed_batches(DATA.train.lengths, PACKED)))
    model, offsets = make_model(config.network(3), 0), set()
    state, step = begin(model, still), make_packed_step(model, still, config, 30.0, lying)
    for _ in range(2):  # of the same drawings, with the same weights and the same key
        state, told = step(state, drawings, jax.random.key(0))
        drawn = (told["offset_loss"] + told["pen_loss"]) / told["points"]
        assert told["head_loss"] > 0.1
        np.testing.assert_allclose(told["loss"] - drawn, 0.5 * told["head_loss"], rtol=1e-4)
        offsets.add(float(told["offset_loss"]))
    assert len(offsets) == 2


def test_a_line_tells_what_every_drawing_costs(tmp_path: Path) -> None:
    """Figures of a step that changes nothing are those of the same drawings learnt each by itself."""
    still = {"learning_rate": 1e-12, "warm_up": 0, "jitter": 0.0, "random_scale": 0.0, "log_every": 1, "seed": 3}
    figures = []
    for name, config in (("padded", CONFIG), ("packed", PACKED)):
        folder, each = RunFolder(tmp_path / name), replace(config, untold_share=0.0, **still)
        steps = len(DATA.train) // each.batch_size if name == "padded" else batches_per_epoch(DATA.train, each)
        train(replace(each, steps=steps), folder, DATA)
        lines = [line for line in read_metrics(folder.metrics) if "loss" in line]
        figures.append([np.mean([line[key] for line in lines]) for key in ("nats_per_point", "pen_loss")])
    # the epochs leave out other drawings, and the first state of one is not quite zero
    np.testing.assert_allclose(figures[0], figures[1], rtol=0.02)


@pytest.mark.parametrize("part", ["recogniser", "viewer"])
def test_what_sees_whole_drawings_has_rows_of_one_each(tmp_path: Path, part: Literal["recogniser", "viewer"]) -> None:
    config = replace(SEEN, learn=part, steps=60, learning_rate=1e-2, kernel_decay=0.1, **SELDOM)
    whole, parts, text = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "parts"), io.StringIO()
    train(config, whole, EASY, log=Plain(text))
    train(replace(config, steps=20), parts, EASY)
    train(config, parts, EASY, resume=True)
    assert losses_of(parts) == losses_of(whole) and "60 steps of 4 drawings" in text.getvalue()
    assert "its decoder is not learnt here and stays random" in text.getvalue()
    figures = [line[f"{part}_loss"] for line in read_metrics(whole.metrics) if "loss" in line]
    assert np.mean(figures[-5:]) < 0.6 * np.mean(figures[:5])
    bundle, before = load_bundle(whole.model), parameters(make_model(config.network(3), config.seed))
    changed = {name.split(".")[0] for name in before if not np.array_equal(bundle.params[name], before[name])}
    assert changed == {part}


def test_rows_of_one_drawing_are_those_of_a_padded_batch() -> None:
    corpus = corpus_of([3, 9, 1, 20, 6])
    order = np.array([3, 1, 4, 0, 2])
    drawings = jnp.asarray(order[:, None])
    still: dict[str, Any] = {"jitter": 0.0, "random_scale": 0.0, "scale_factor": 30.0}
    packed = packed_rows(lay(corpus), drawings, jax.random.key(0), row_length=20, untold=0, no_category=3, **still)
    batch = clean_rows(each_by_itself(packed))
    padded = to_rows(assemble(corpus, PlannedBatch(order, 20), np.random.default_rng(0)), 30.0)
    np.testing.assert_allclose(batch, clean_rows(padded), atol=1e-6)
    for ours, theirs in zip(each_by_itself(packed)[1:], padded[1:], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_each_drawing_is_seen_once_an_epoch() -> None:
    config = replace(SEEN, learn="viewer")
    with Feed(DATA.train, config, 30.0) as feed:
        seen = np.concatenate([jax.device_get(next(feed).rows) for _ in range(batches_per_epoch(DATA.train, config))])
    assert seen.shape == (len(DATA.train) // 4 * 4, 1) and len(np.unique(seen)) == len(seen)


def test_batches_are_the_same_wherever_one_starts() -> None:
    def take(first: int, count: int) -> list:
        with Feed(DATA.train, PACKED, 30.0, first) as feed:
            fed = [next(feed) for _ in range(count)]
        assert {each.padded for each in fed} == {20 * PACKED.batch_size}
        return [jax.device_get(each.rows) for each in fed]

    per_epoch = batches_per_epoch(DATA.train, PACKED)
    whole = take(per_epoch - 2, 5)  # across the end of an epoch
    for one, other in zip(take(per_epoch - 1, 4), whole[1:], strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(whole[0], whole[-1])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"max_points": "21"}, "row_points of at least max_points, 21, got 20"),
        ({"decoder_cell": "hyper"}, "decoder_cell lstm or stacked with row_points .*got hyper"),
        ({"conditional": "true", "prefix_prior_size": "8"}, "prefix_prior_size 0 with row_points .*got 8"),
        ({"conditional": "true", "encoder_cell": "layer_norm"}, "encoder_cell lstm with row_points .*got layer_norm"),
        ({"recogniser_size": "8"}, "learn decoder, recogniser or viewer with row_points .*got all"),
        ({"recurrent_keep": "0.9"}, "recurrent_keep 1 "),
        ({"drop_points": "0.1"}, "drop_points 0 "),
        ({"reduction": "max_points"}, "reduction points "),
    ],
)
def test_what_cannot_be_learnt_so_is_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(SketchRNNError, match=said):
        with_fields(PACKED, changes)
    with_fields(replace(PACKED, row_points=0), changes)  # each drawing by itself can


def test_too_few_rows_are_said(tmp_path: Path) -> None:
    few = write_corpus(corpus_of([POINTS] * 5), tmp_path / "few.npz")
    with pytest.raises(SketchRNNError, match="3 rows of drawings .* fewer than a batch of 4"):
        load_dataset(replace(PACKED, data=(str(few),)))


def test_muon_turns_kernels_by_orthogonal_steps_and_leaves_the_rest_to_adam() -> None:
    """Singular values of a step, gate by gate, against Muon's promise; all others against optax's Adam (Nesterov's)."""
    config = replace(PACKED, clip_at=1e9, decay_rate=1.0, learning_rate=1e-3, warm_up=0, kernel_rate=3.0)
    model = make_model(replace(TINY_DECODER, decoder_cell="stacked", lower_size=6), 2)
    params = nnx.state(model, nnx.Param)
    rng = np.random.default_rng(0)
    gradient = jax.tree.map(lambda leaf: jnp.asarray(rng.normal(size=leaf.shape), jnp.float32), params)
    optimiser, adam = make_optimiser(config), optax.nadam(1e-3, b2=config.adam_b2)
    changes: list[Any] = [jax.jit(o.update)(gradient, o.init(params), params)[0] for o in (optimiser, adam)]
    ours, theirs = ({".".join(map(str, p)): v[...] for p, v in nnx.to_flat_state(c)} for c in changes)
    assert set(KERNELS) & set(ours) == set(KERNELS[1:])
    for name, step in ours.items():
        if name not in KERNELS:
            np.testing.assert_allclose(step, theirs[name], rtol=1e-5, err_msg=name)
            continue
        size = step.shape[1] // 4
        for gate in np.split(np.asarray(step), 4, axis=1):
            values = np.linalg.svd(gate, compute_uv=False) / (3e-3 * 0.2 * np.sqrt(max(len(step), size)))
            # Newton-Schulz in five rounds: near 1, as it is published
            assert 0.5 < values.min() and values.max() < 1.3


def test_muons_kernels_shrink_by_a_share_of_their_rate_and_nothing_else_does() -> None:
    config = replace(PACKED, decay_rate=1.0, learning_rate=1e-3, warm_up=0, kernel_rate=3.0)
    params = nnx.state(make_model(TINY_DECODER, 2), nnx.Param)
    gradient = jax.tree.map(lambda leaf: jnp.cos(jnp.arange(leaf.size, dtype=jnp.float32)).reshape(leaf.shape), params)
    steps: list[Any] = []
    for decay in (0.0, 0.25):
        optimiser = make_optimiser(replace(config, kernel_decay=decay))
        steps.append(jax.jit(optimiser.update)(gradient, optimiser.init(params), params)[0])
    plain, shrunk, weights = (
        {".".join(map(str, p)): v[...] for p, v in nnx.to_flat_state(c)} for c in (*steps, params)
    )
    for name, step in plain.items():
        less = 3e-3 * 0.25 * weights[name] if name in KERNELS else 0
        np.testing.assert_allclose(shrunk[name], step - less, atol=1e-8, err_msg=name)


def test_the_accelerators_preset_is_of_the_bundled_decoders_shape() -> None:
    config = ACCELERATED.network(345)
    bundle = load_bundle(Path(__file__).parent.parent / "weights/everything.safetensors")
    # shapes only: to draw so many weights takes seconds
    ours = nnx.to_flat_state(nnx.state(nnx.eval_shape(lambda: make_model(config, 1)), nnx.Param))
    for path, value in ours:
        assert bundle.params[".".join(map(str, path))].shape == value.get_value().shape, path


def test_the_benchmark_takes_apart_padded_batches_only(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser("benchmark").parse_args(["benchmark", "train", "--preset", "accelerated"])
    assert "accelerated" in capsys.readouterr().err
