"""Training runs: what they leave behind, and that a broken one that is resumed is an unbroken one."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image
from systems import needs_signals
from tiny_training import CONFIG, NAMES, POINTS, corpus_of, dataset_of, write_corpus

from sketchrnn.errors import SketchRNNError, TrainingStopped
from sketchrnn.training import keeper
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.dataset import Dataset, load_dataset, offset_deviation, split_dataset
from sketchrnn.training.feed import Feed
from sketchrnn.training.fields import to_toml, with_fields
from sketchrnn.training.fit import Outcome, train
from sketchrnn.training.folder import RunFolder, read_metrics
from sketchrnn.training.interrupt import Interrupt
from sketchrnn.training.log import Plain
from sketchrnn.training.metrics import Line
from sketchrnn.training.start import deepened, like_bundle, require_fitting, take_weights
from sketchrnn.weights import load_bundle, parameters, to_model


def losses_of(folder: RunFolder) -> dict[int, float]:
    return {line["step"]: line["loss"] for line in read_metrics(folder.metrics) if "loss" in line}


def held_out_of(folder: RunFolder) -> dict[int, float]:
    lines = read_metrics(folder.metrics)
    return {line["step"]: line["valid_nats_per_point"] for line in lines if "valid_nats_per_point" in line}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return dataset_of()


@pytest.fixture(scope="module")
def unbroken(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, Outcome, str]:
    folder, text = RunFolder(tmp_path_factory.mktemp("runs") / "unbroken"), io.StringIO()
    config = replace(CONFIG, sheet_every=12)
    outcome = train(config, folder, data, command="sketchrnn train --preset tiny", log=Plain(text))
    return folder, outcome, text.getvalue()


def test_a_run_leaves_all_that_is_promised(unbroken, data: Dataset) -> None:
    folder, outcome, _ = unbroken
    assert outcome.step == 12 and not outcome.interrupted and outcome.model == folder.model
    assert sorted(losses_of(folder)) == [2, 4, 6, 8, 10, 12] and sorted(held_out_of(folder)) == [6, 12]
    assert outcome.best == pytest.approx(min(held_out_of(folder).values()))
    assert folder.read_config() == replace(CONFIG, sheet_every=12)
    assert folder.read_about()["drawings"]["train"] == len(data.train)
    assert sorted(path.name for path in (folder.checkpoints / "last").iterdir()) == ["12", "8"]
    names = [f"00000012-{kind}.{suffix}" for kind in ("completions", "samples") for suffix in ("png", "svg")]
    assert sorted(path.name for path in folder.sheets.iterdir()) == names
    for picture in (folder.curves, folder.sheets / names[0]):
        with Image.open(picture) as image:
            assert image.size[0] > 500
    assert list(folder.tensorboard.glob("events*"))


def test_a_runs_model_is_a_bundle_that_says_what_it_is(unbroken, data: Dataset) -> None:
    folder, outcome, _ = unbroken
    bundle = load_bundle(folder.model)
    assert bundle.categories == NAMES and bundle.config.categories == 3
    assert bundle.scale_factor == pytest.approx(offset_deviation(data.train))
    assert bundle.card["command"] == "sketchrnn train --preset tiny"
    assert bundle.card["training"]["valid_nats_per_point"] == pytest.approx(outcome.best)
    assert all(value.dtype == np.float32 for value in bundle.params.values())


def test_the_log_tells_and_explains(unbroken) -> None:
    _, _, text = unbroken
    for words in ("nats_per_point:", "lower is better", "step 12/12", "points/s", "held out:", "the best so far"):
        assert words in text
    assert "kl_loss" not in text  # a decoder-only model has none


def test_a_run_that_is_resumed_takes_the_steps_of_an_unbroken_one(unbroken, data, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "resumed")
    train(replace(CONFIG, steps=4), folder, data)
    with open(folder.metrics, "a") as stream:
        stream.write('{"step": 6, "loss": 99.0}\n{"step": 7, "lo')  # of steps after the last checkpoint, killed
    train(CONFIG, folder, data, resume=True)
    whole = RunFolder(tmp_path / "whole")
    train(CONFIG, whole, data)
    # the first part ends with a held-out loss of its own
    assert losses_of(folder) == losses_of(whole)
    assert {step: held_out_of(folder)[step] for step in (6, 12)} == held_out_of(whole)
    one, other = load_bundle(folder.model), load_bundle(whole.model)
    assert all(np.array_equal(one.params[name], other.params[name]) for name in one.params)


def test_a_run_is_not_resumed_with_other_data(unbroken) -> None:
    folder, _, _ = unbroken
    with pytest.raises(SketchRNNError, match="other data"):
        train(folder.read_config(), folder, dataset_of(seed=5), resume=True)


@needs_signals
def test_ctrl_c_stops_with_a_checkpoint_to_go_on_from(data: Dataset, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")

    class Presses(Plain):
        def line(self, line: Line) -> None:
            if line["step"] == 6 and "loss" in line:
                os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    outcome = train(replace(CONFIG, steps=500), folder, data, log=Presses(io.StringIO()))
    assert outcome.interrupted and 6 <= outcome.step <= 7 and folder.model.exists()
    assert (folder.checkpoints / "last" / str(outcome.step)).is_dir()
    assert signal.getsignal(signal.SIGINT) is before
    assert train(replace(CONFIG, steps=9), folder, data, resume=True).step == 9


@needs_signals
def test_ctrl_c_that_ends_the_reader_of_its_lines_too_loses_nothing(data: Dataset, tmp_path: Path) -> None:
    """As with `sketchrnn train | tee said.txt`: what could not be said ended it before anything was saved."""
    ours, theirs = os.pipe()

    class Presses(Plain):
        def line(self, line: Line) -> None:
            if line["step"] == 6 and "loss" in line:
                os.close(ours)
                os.kill(os.getpid(), signal.SIGINT)
            super().line(line)

    folder = RunFolder(tmp_path / "run")
    with open(theirs, "w") as stream:
        outcome = train(replace(CONFIG, steps=500), folder, data, log=Presses(stream))
    assert outcome.interrupted and folder.model.exists()
    assert (folder.checkpoints / "last" / str(outcome.step)).is_dir()


def test_a_resumed_run_keeps_what_it_goes_on_with_and_how_it_began(data: Dataset, tmp_path: Path) -> None:
    folder, longer = RunFolder(tmp_path / "run"), replace(CONFIG, steps=4, learning_rate=1e-4)
    train(replace(CONFIG, steps=2), folder, data, command="sketchrnn train --data D")
    about = folder.read_about()
    train(longer, folder, data, resume=True, command="sketchrnn train --resume --steps 4")
    assert folder.read_config() == longer and folder.read_about() == about
    folder.model.unlink()  # so that it is written anew, whichever step was best
    with pytest.raises(SketchRNNError, match="other data"):
        train(replace(longer, steps=8), folder, dataset_of(seed=5), resume=True)
    assert folder.read_config() == longer
    train(folder.read_config(), folder, data, resume=True, command="sketchrnn train --resume")
    card = load_bundle(folder.model).card
    assert (card["begun"], card["command"]) == (about["begun"], "sketchrnn train --data D")
    assert card["resumed"] == "sketchrnn train --resume"


def test_a_second_ctrl_c_does_not_wait() -> None:
    with Interrupt() as interrupt:
        signal.raise_signal(signal.SIGTERM)
        assert interrupt.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows' terminals do not say that they are closed")
@pytest.mark.parametrize("ignored", [False, True], ids=["", "nohup"])
def test_a_terminal_that_is_closed_asks_to_stop_and_what_is_said_then_goes_nowhere(ignored: bool) -> None:
    code = """if True:
        import signal, sys
        from sketchrnn.training.interrupt import Interrupt
        if sys.argv[1] == "True":
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with Interrupt() as interrupt:
            print("ready", flush=True)
            sys.stdin.read(1)
            signal.raise_signal(signal.SIGHUP)
            if interrupt.asked:
                print("saved", flush=True)
        sys.exit(7 if interrupt.asked else 8)
    """
    ours, theirs = os.openpty()
    words = [sys.executable, "-c", code, str(ignored)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        with open(ours, "rb", buffering=0) as terminal:
            assert terminal.readline().strip() == b"ready"  # the whole line: closed within it, the writing would fail
        process.communicate(b"x")
    assert process.returncode == (8 if ignored else 7)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_loss_that_stays_without_a_number_ends_the_run(data: Dataset, tmp_path: Path) -> None:
    config = replace(CONFIG, scale_factor=1e-30, stop_after_skipped=4, steps=40)  # offsets overflow
    with pytest.raises(TrainingStopped, match="in a row.*--resume --learning-rate"):
        train(config, RunFolder(tmp_path / "run"), data)
    last = list(read_metrics(tmp_path / "run" / "metrics.jsonl"))[-1]
    assert last["step"] == 4 and last["loss"] is None


def _steps_kept(folder: RunFolder) -> list[int]:
    return [int(path.name) for path in folder.checkpoints.glob("last/*") if path.name.isdigit()]


def test_killed_without_warning_it_resumes(tmp_path: Path) -> None:
    """SIGKILL at any moment; what was resumed is compared with an unbroken run."""
    drawings = write_corpus(corpus_of([POINTS] * 200), tmp_path / "drawings.npz")
    config = replace(CONFIG, steps=100_000, evaluate_every=1000, data=(str(drawings),))
    (tmp_path / "mine.toml").write_text(to_toml(config))
    folder = RunFolder(tmp_path / "run")
    words = ["train", "--preset", "tiny", "--config", str(tmp_path / "mine.toml"), "--run", str(folder.path)]
    with open(tmp_path / "said.txt", "wb") as said:
        process = subprocess.Popen([sys.executable, "-m", "sketchrnn", *words], stdout=said, stderr=said)
        try:
            while process.poll() is None and max(_steps_kept(folder), default=0) < 10:
                time.sleep(0.05)
            assert process.poll() is None, (tmp_path / "said.txt").read_text()
        finally:
            process.kill()
            process.wait()
    reached = max(_steps_kept(folder))
    config = replace(folder.read_config(), steps=reached + 8)
    dataset = load_dataset(config)
    assert train(config, folder, dataset, resume=True).step == reached + 8
    whole = RunFolder(tmp_path / "whole")
    train(config, whole, dataset)
    assert losses_of(folder) == losses_of(whole)


def test_starting_from_a_bundle_takes_its_weights_by_category(unbroken, tmp_path: Path) -> None:
    bundle = load_bundle(unbroken[0].model)
    names = ("owl", "yak", "cat", "emu")
    config = like_bundle(CONFIG, bundle)
    assert config.scale_factor == bundle.scale_factor and config.model.decoder_size == bundle.config.decoder_size
    from sketchrnn.model.sketchrnn import make_model

    fresh = make_model(config.network(4), 3)
    random = parameters(fresh)
    ours, theirs = parameters(take_weights(fresh, names, bundle)), parameters(to_model(bundle))
    np.testing.assert_array_equal(ours["decoder.cell.kernel"], theirs["decoder.cell.kernel"])
    rows, their_rows = ours["embedding.embedding"], theirs["embedding.embedding"]
    np.testing.assert_array_equal(rows[[0, 2, 4]], their_rows[[2, 0, 3]])  # owl, cat, and "no category"
    np.testing.assert_array_equal(rows[[1, 3]], random["embedding.embedding"][[1, 3]])
    columns, their_columns = ours["decoder.head.kernel"], theirs["decoder.head.kernel"]
    np.testing.assert_array_equal(columns[:, [0, 2]], their_columns[:, [2, 0]])
    with pytest.raises(SketchRNNError, match="decoder_size is 8 there and 16 here"):
        require_fitting(with_fields(config, {"decoder_size": "16"}), bundle)


def test_a_run_from_a_bundle_begins_where_it_ended(unbroken, data: Dataset, tmp_path: Path) -> None:
    bundle = load_bundle(unbroken[0].model)
    config = replace(like_bundle(CONFIG, bundle), steps=2, learning_rate=1e-9)
    outcome = train(config, RunFolder(tmp_path / "run"), data, start=bundle)
    assert outcome.best == pytest.approx(unbroken[1].best, abs=2e-3)


@pytest.mark.parametrize("lower", [0, 5])
def test_a_second_lstm_begins_unheard_and_is_learnt(lower: int, unbroken, data: Dataset, tmp_path: Path) -> None:
    """Net2Net's promise: the grown network draws as the one it was grown from."""
    bundle = load_bundle(unbroken[0].model)
    config = with_fields(
        like_bundle(CONFIG, bundle), {"decoder_cell": "stacked", "lower_size": str(lower), "steps": "2"}
    )
    require_fitting(config, bundle)
    outcome = train(replace(config, learning_rate=1e-9), RunFolder(tmp_path / "still"), data, start=bundle)
    assert outcome.best == pytest.approx(unbroken[1].best, abs=2e-3)
    folder = RunFolder(tmp_path / "run")
    train(replace(config, learning_rate=1e-2), folder, data, start=bundle)
    grown = load_bundle(folder.model)
    assert grown.config.decoder_cell == "stacked"
    heard = grown.params["decoder.cell.above.input_kernel"][: lower or grown.config.decoder_size]
    assert np.abs(heard).max() > 1e-3
    with pytest.raises(ValueError, match="one LSTM, got stacked"):
        deepened(grown)
    with pytest.raises(SketchRNNError, match="decoder_cell is lstm there and hyper here"):
        require_fitting(with_fields(config, {"decoder_cell": "hyper"}), bundle)


def test_batches_are_the_same_wherever_one_starts(data: Dataset) -> None:
    def take(first: int, count: int) -> list:
        with Feed(data.train, CONFIG, 30.0, first) as feed:
            fed = [next(feed) for _ in range(count)]
        # the row before the first point is no point
        assert {each.padded for each in fed} == {POINTS * CONFIG.batch_size}
        return [jax.device_get(each.rows) for each in fed]

    per_epoch = len(data.train) // CONFIG.batch_size
    whole = take(per_epoch - 3, 6)  # across the end of an epoch
    for one, other in zip(take(per_epoch - 1, 4), whole[2:], strict=True):
        jax.tree.map(np.testing.assert_array_equal, one, other)


def test_an_error_in_making_batches_is_raised_where_they_are_used() -> None:
    broken = replace(corpus_of([4] * 40), points=np.zeros((3, 3), np.int16), category=np.zeros(2, np.int16))
    with Feed(broken, CONFIG, 30.0) as feed, pytest.raises(IndexError):
        next(feed)


def test_the_dataset_is_split_and_known_again() -> None:
    one, same, other = dataset_of(), dataset_of(), dataset_of(seed=1)
    assert one.fingerprint == same.fingerprint != other.fingerprint
    corpus = corpus_of(np.random.default_rng(0).integers(1, 30, 300))
    dataset = split_dataset(corpus, one.report)
    for name in ("train", "valid", "test"):
        np.testing.assert_array_equal(getattr(dataset, name).indices, corpus.split(name).indices)
    relabelled = replace(corpus, category=corpus.category[::-1].copy())
    assert split_dataset(relabelled, one.report).fingerprint != dataset.fingerprint


def test_too_little_data_is_said(tmp_path: Path) -> None:
    few = write_corpus(corpus_of([POINTS] * 3), tmp_path / "few.npz")
    with pytest.raises(SketchRNNError, match="fewer than a batch of 4.*--batch-size"):
        load_dataset(replace(CONFIG, data=(str(few),)))
    with pytest.raises(SketchRNNError, match="nothing to learn from.*--data"):
        load_dataset(TrainConfig())


def test_the_deviation_is_that_of_offsets_not_of_first_points() -> None:
    corpus = corpus_of([5, 1, 9])
    offsets = [corpus.drawing(index)[1:, :2] for index in range(3)]
    assert offset_deviation(corpus) == pytest.approx(np.concatenate(offsets).std())
    assert offset_deviation(corpus_of([1, 1])) == 1.0


def test_metrics_are_json_lines(unbroken) -> None:
    lines = [json.loads(line) for line in unbroken[0].metrics.read_text().splitlines()]
    names = {"step", "nats_per_point", "offset_loss", "pen_loss", "learning_rate", "points_per_second", "head_accuracy"}
    assert names <= set(lines[0]) and lines[0]["nats_per_point"] == pytest.approx(
        lines[0]["offset_loss"] + lines[0]["pen_loss"]
    )


def test_a_held_out_loss_without_a_number_is_never_the_best(data: Dataset, tmp_path: Path, monkeypatch) -> None:
    scored, score = [], keeper.score_corpus

    def first_without_a_number(*arguments, **named):
        nats = score(*arguments, **named)
        scored.append(nats)
        return nats._replace(offset=nats.offset * np.nan) if len(scored) == 1 else nats

    monkeypatch.setattr(keeper, "score_corpus", first_without_a_number)
    folder = RunFolder(tmp_path / "run")
    train(replace(CONFIG, sheet_every=0), folder, data)
    lines = [line for line in read_metrics(folder.metrics) if "best" in line]
    assert [(line["step"], bool(line["best"])) for line in lines] == [(6, False), (12, True)]
    assert lines[0]["valid_nats_per_point"] is None
    assert load_bundle(folder.model).card["training"]["step"] == 12


def test_of_equal_held_out_losses_the_first_is_the_best(data: Dataset, tmp_path: Path, monkeypatch) -> None:
    scored, score = [], keeper.score_corpus

    def always_the_first(*arguments, **named):
        scored.append(scored[0] if scored else score(*arguments, **named))
        return scored[-1]

    monkeypatch.setattr(keeper, "score_corpus", always_the_first)
    folder = RunFolder(tmp_path / "run")
    train(replace(CONFIG, sheet_every=0), folder, data)
    lines = [line for line in read_metrics(folder.metrics) if "best" in line]
    assert [(line["step"], bool(line["best"])) for line in lines] == [(6, True), (12, False)]
    assert load_bundle(folder.model).card["training"]["step"] == 6
