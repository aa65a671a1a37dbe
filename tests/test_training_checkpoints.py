"""Checkpoints: whole or passed over, the last two and the best, of this run and no other."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import optax
import orbax.checkpoint as ocp
import pytest
from systems import needs_signals
from tiny_training import TINY_DECODER

from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.training.checkpoints import Checkpoints, Position
from sketchrnn.training.step import TrainState, begin

POSITION = Position(0, "data", "config", 7.5, 3.0)


def state_of(seed: int) -> TrainState:
    return begin(make_model(TINY_DECODER, seed), optax.adam(1e-3))


@pytest.fixture(scope="module")
def states() -> list[TrainState]:
    return [state_of(seed) for seed in range(4)]


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def checkpoints(tmp_path: Path, notes: list[str], states: list[TrainState]):
    kept = Checkpoints(tmp_path / "checkpoints", notes.append)
    for index, state in enumerate(states[:3], start=1):
        kept.save(state, replace(POSITION, step=10 * index))
    kept.save(states[0], replace(POSITION, step=10, best=1.0), best=True)
    yield kept
    kept.close()


def same(one: TrainState, other: TrainState) -> bool:
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in pairs)


def folders(tmp_path: Path) -> list[str]:
    return sorted(f"{path.parent.name}/{path.name}" for path in (tmp_path / "checkpoints").glob("*/*"))


def test_the_last_two_and_the_best_are_kept(checkpoints: Checkpoints, tmp_path: Path, states) -> None:
    assert folders(tmp_path) == ["best/10", "last/20", "last/30"]
    state, position = checkpoints.restore(states[3], "config", "data")
    assert position == replace(POSITION, step=30) and same(state, states[2])


def corrupt(folder: Path) -> None:
    """Turn over a byte in the middle of the largest file."""
    file = max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


def put_for(folder: Path, other: Path) -> None:
    """Readable, and of the same shapes, but not what was written."""
    shutil.rmtree(folder)
    shutil.copytree(other, folder)


DAMAGES = {
    "half deleted": lambda folder: shutil.rmtree(folder / "state"),
    "arrays emptied": lambda folder: [p.write_bytes(b"") for p in (folder / "state").rglob("*") if p.is_file()],
    "position lost": lambda folder: shutil.rmtree(folder / "position"),
    "a byte turned over": corrupt,
    "arrays of another step": lambda folder: put_for(folder / "state", folder.parent / "20" / "state"),
}


@needs_signals
def test_ctrl_c_is_heard_when_it_is_written(checkpoints: Checkpoints, tmp_path: Path, states, monkeypatch) -> None:
    whole = ocp.CheckpointManager.save

    def pressed(*given, **named):
        os.kill(os.getpid(), signal.SIGINT)
        return whole(*given, **named)

    monkeypatch.setattr(ocp.CheckpointManager, "save", pressed)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.save(states[3], replace(POSITION, step=40))
    assert folders(tmp_path) == ["best/10", "last/30", "last/40"]
    assert same(checkpoints.restore(states[0], "config", "data")[0], states[3])


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_one_is_passed_over_with_a_message(damage, checkpoints, tmp_path, notes, states) -> None:
    DAMAGES[damage](tmp_path / "checkpoints" / "last" / "30")
    state, position = checkpoints.restore(states[3], "config", "data")
    assert position.step == 20 and same(state, states[1])
    assert len(notes) == 1 and "step 30 is damaged" in notes[0]
    checkpoints.save(states[2], replace(POSITION, step=30))  # its place can be taken again
    assert checkpoints.restore(states[3], "config", "data")[1].step == 30


def test_one_damaged_copy_of_two_of_a_step_leaves_the_other(checkpoints, tmp_path, notes, states) -> None:
    checkpoints.save(states[2], replace(POSITION, step=30, best=0.5), best=True)
    shutil.rmtree(tmp_path / "checkpoints" / "last" / "30" / "state")
    state, position = checkpoints.restore(states[3], "config", "data")
    assert position == replace(POSITION, step=30, best=0.5) and same(state, states[2]) and len(notes) == 1
    assert folders(tmp_path) == ["best/30", "last/20"]


def test_when_all_are_damaged_it_says_what_to_do(checkpoints, tmp_path, notes, states) -> None:
    for folder in (tmp_path / "checkpoints").glob("*/*"):
        shutil.rmtree(folder / "state")
    with pytest.raises(BadFile, match="none of its 3 checkpoints can be read.*--from"):
        checkpoints.restore(states[3], "config", "data")
    assert len(notes) == 3


def test_nothing_to_go_on_from(tmp_path: Path, states) -> None:
    empty = Checkpoints(tmp_path / "none")
    with pytest.raises(BadFile, match="no checkpoint"):
        empty.restore(states[3], "config", "data")
    empty.close()


def test_other_data_or_another_config_is_refused(checkpoints, states) -> None:
    with pytest.raises(SketchRNNError, match="other data"):
        checkpoints.restore(states[3], "config", "other")
    with pytest.raises(SketchRNNError, match="another network"):
        checkpoints.restore(states[3], "other", "data")


def test_data_of_another_number_of_categories_is_other_data_and_no_damage(checkpoints, notes) -> None:
    larger = make_model(replace(TINY_DECODER, categories=TINY_DECODER.categories + 1), 0)
    with pytest.raises(SketchRNNError, match="other data"):
        checkpoints.restore(begin(larger, optax.adam(1e-3)), "config", "other")
    assert notes == []


def test_a_state_that_is_restored_is_its_own_copy(checkpoints, states) -> None:
    state, _ = checkpoints.restore(states[3], "config", "data")
    donated = jax.jit(lambda s: jax.tree.map(lambda leaf: leaf + 1, s), donate_argnums=0)(state)
    jax.block_until_ready(donated)
    again, _ = checkpoints.restore(states[3], "config", "data")
    assert same(again, states[2])
