"""Faults of a training: kills, full disks, checkpoints half deleted, data that changes. Resumed, or refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from small_disks import small_disk
from systems import needs_kill
from tiny_training import CONFIG, POINTS, corpus_of, dataset_of, write_corpus
from training_kills import SHORT, losses_of, run

from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.training import keeper
from sketchrnn.training.dataset import load_dataset
from sketchrnn.training.fit import train
from sketchrnn.training.folder import RunFolder
from sketchrnn.training.keeper import Keeper
from sketchrnn.weights import load_bundle


@needs_kill
def test_killed_at_random_moments_it_resumes_as_if_nothing_had_been(tmp_path: Path, home: Path) -> None:
    assert run(SHORT, seed=1, place=tmp_path) == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "1m") as place:
        yield place


def test_a_full_disk_ends_it_in_words_and_it_resumes_when_there_is_room(disk: Path, tmp_path: Path) -> None:
    data, config = dataset_of(), replace(CONFIG, steps=12, save_every=2, sheet_every=0)
    run_folder = RunFolder(disk / "run")
    train(replace(config, steps=4), run_folder, data)
    with open(disk / "full", "wb") as stream, pytest.raises(OSError):
        while True:
            os.write(stream.fileno(), bytes(512))
    with pytest.raises(SketchRNNError) as caught:
        train(config, run_folder, data, resume=True)
    assert "\n" not in str(caught.value) and str(disk) in str(caught.value)
    (disk / "full").unlink()
    assert train(config, run_folder, data, resume=True).step == 12
    whole = RunFolder(tmp_path / "whole")
    train(config, whole, data)
    assert losses_of(run_folder.path) == losses_of(whole.path)


@pytest.mark.parametrize("end", [KeyboardInterrupt(), SketchRNNError("the disk is full")])
def test_ended_before_its_first_checkpoint_it_begins_there_anew(end, tmp_path: Path, monkeypatch) -> None:
    """It could neither be gone on with, nor begun in that folder again."""

    def ended(*_: object) -> None:
        (folder.checkpoints / "last" / "0.orbax-checkpoint-tmp").mkdir()
        raise end

    folder = RunFolder(tmp_path / "run")
    with monkeypatch.context() as patch, pytest.raises(type(end)):
        patch.setattr(keeper.Checkpoints, "save", ended)
        train(CONFIG, folder, dataset_of())
    assert train(replace(CONFIG, steps=2), folder, dataset_of()).step == 2
    with pytest.raises(SketchRNNError, match="other data"):
        train(CONFIG, folder, dataset_of(seed=5), resume=True)
    assert folder.begun


def test_ended_before_its_best_model_is_written_it_writes_that_after_all(tmp_path: Path, monkeypatch) -> None:
    """It went on from the best checkpoint, which knew of the figure, and whatever came after was the model."""
    config, folder, data = replace(CONFIG, sheet_every=0), RunFolder(tmp_path / "run"), dataset_of()
    figures = iter([5.0, 5.0, 6.0])  # of step 6, of step 6 once more, of step 12
    monkeypatch.setattr(Keeper, "_held_out_figures", lambda *_: {"valid_nats_per_point": next(figures)})

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(keeper, "save_bundle", end)
        train(config, folder, data)
    assert train(config, folder, data, resume=True).best == 5.0
    assert load_bundle(folder.model).card["training"]["step"] == 6


def test_data_that_changed_or_is_gone_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    path = write_corpus(corpus_of([POINTS] * 200), tmp_path / "drawings.npz")
    config, folder = replace(CONFIG, steps=4, data=(str(path),)), RunFolder(tmp_path / "run")
    train(config, folder, load_dataset(config))
    write_corpus(corpus_of([POINTS] * 200, seed=1), path)
    with pytest.raises(SketchRNNError, match="other data"):
        train(replace(config, steps=6), folder, load_dataset(config), resume=True)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(BadFile, match=r"drawings\.npz: is no whole \.npz file"):
        load_dataset(config)
    path.unlink()
    with pytest.raises(BadFile, match=r"drawings\.npz: does not exist"):
        load_dataset(config)


def test_a_checkpoints_folder_emptied_while_training_is_said(tmp_path: Path) -> None:
    data, config, folder = dataset_of(), replace(CONFIG, steps=4, save_every=2), RunFolder(tmp_path / "run")
    train(config, folder, data)
    shutil.rmtree(folder.checkpoints / "last")
    outcome = train(replace(config, steps=8), folder, data, resume=True)  # the best one is left
    assert outcome.step == 8
    shutil.rmtree(folder.checkpoints)
    with pytest.raises(BadFile, match="no checkpoint to go on from. Start anew"):
        train(replace(config, steps=10), folder, data, resume=True)


def test_one_damaged_record_among_many_is_counted_and_named(tmp_path: Path) -> None:
    path = tmp_path / "cat.ndjson"
    lines = [f'{{"word":"cat","drawing":[[[0,255,{n % 200}],[0,{n // 200},9]]]}}' for n in range(20_000)]
    lines[12_345] = lines[12_345][:-7]
    path.write_text("\n".join(lines) + "\n")
    dataset = load_dataset(replace(CONFIG, data=(str(path),)))
    (reason, count), *_ = dataset.report.dropped
    assert dataset.report.kept == 19_999 and (reason, count) == ("the line is not valid JSON, it may be cut short", 1)
    assert any("12346" in line.replace(",", "") for line in dataset.report.lines())


@pytest.mark.skipif(sys.platform == "win32", reason="there no file is shortened while it is mapped")
def test_a_kept_corpus_cut_short_while_it_is_used_is_said(tmp_path: Path, home: Path, monkeypatch) -> None:
    """To touch what is gone ended the process with SIGBUS. Each half runs in a process that may do so again."""
    write_corpus(corpus_of([POINTS] * 4000), tmp_path / "drawings.npz")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *sys.path]))
    for wanted in (1, 2000):  # in the middle of an epoch, and at the beginning of the next
        code = _CUT.format(data=str(tmp_path / "drawings.npz"), wanted=wanted)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "was cut short by another program" in done.stdout and "--resume" in done.stdout
        assert done.stdout.endswith("resumed\n")


_CUT = """
import os
from dataclasses import replace
from pathlib import Path
from tiny_training import CONFIG
from sketchrnn.data import cache
from sketchrnn.errors import BadFile
from sketchrnn.training.dataset import load_dataset
from sketchrnn.training.feed import all_batches, batches_per_epoch

cache.LEAST_BYTES = 0
config = replace(CONFIG, data=({data!r},))
dataset = load_dataset(config)
(kept,) = cache.kept_corpora()
batches = all_batches(dataset.train, config)
for number in range(min({wanted}, batches_per_epoch(dataset.train, config))):
    next(batches)
os.truncate(kept.path, 64)
try:
    next(batches)
except BadFile as error:
    print(error)
again = load_dataset(config)
assert again.fingerprint == dataset.fingerprint
print("resumed")
"""
