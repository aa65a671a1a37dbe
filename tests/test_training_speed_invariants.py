"""What keeps training fast, none of it timed: nothing is compiled twice, nothing crosses to the device unasked, and
little is padding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compilations import Count, compilations
from tiny_training import CONFIG, corpus_of, dataset_of

from sketchrnn.benchmarks.train_run import synthetic_corpus
from sketchrnn.data.batches import plan_epoch
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.training import fit
from sketchrnn.training.devices import all_devices
from sketchrnn.training.feed import Feed, batches_per_epoch
from sketchrnn.training.folder import RunFolder
from sketchrnn.training.log import Silent
from sketchrnn.training.metrics import Line, Window
from sketchrnn.training.schedules import kl_schedule, make_optimiser
from sketchrnn.training.step import begin, make_step

TWO_LENGTHS = corpus_of([8] * 24 + [12] * 24)


def test_compilations_are_counted() -> None:
    with compilations() as count:
        double = jax.jit(lambda x: 2 * x)
        double(np.ones(3, np.float32))
        assert count.now >= 2
        before = count.now
        double(np.zeros(3, np.float32))
        assert count.now == before
        double(np.ones(4, np.float32))
        assert count.now >= before + 2


def test_each_padded_length_is_compiled_once_and_never_again() -> None:
    devices = all_devices(CONFIG.batch_size)
    model = make_model(CONFIG.network(3), 0)
    step = make_step(model, make_optimiser(CONFIG), kl_schedule(CONFIG), fit.step_options(CONFIG))
    state = devices.everywhere(begin(model, make_optimiser(CONFIG)))
    key, window = devices.make(lambda: jax.random.key(0)), Window(CONFIG, 30.0)
    epoch, seen = batches_per_epoch(TWO_LENGTHS, CONFIG), set()
    with compilations() as count, Feed(TWO_LENGTHS, CONFIG, 30.0, devices=devices) as feed:
        for number in range(3 * epoch):
            before, fed = count.now, next(feed)
            with jax.transfer_guard("disallow"):
                state, metrics = step(state, fed.rows, key)
                window.add(metrics, fed)
            new = fed.rows.rows.shape not in seen
            # the second step is the first whose state a step has made
            assert count.now == before or new or number == 1
            seen.add(fed.rows.rows.shape)
    assert len(seen) == 2


class Noted(Silent):
    """Tracings and compilations before each line of figures."""

    def __init__(self, count: Count):
        self._count, self.counts = count, {}

    def line(self, line: Line) -> None:
        self.counts.setdefault(line["step"], self._count.now)


def test_a_training_compiles_nothing_once_all_of_it_has_happened(tmp_path: Path) -> None:
    # by step 12 losses were held out twice and checkpoints written thrice
    config = replace(CONFIG, steps=28)
    with compilations() as count:
        log = Noted(count)
        fit.train(config, RunFolder(tmp_path / "run"), dataset_of(), log=log)
    assert sorted(log.counts) == list(range(2, 30, 2))
    assert log.counts[12] == log.counts[26]


def with_a_transfer(make: Callable) -> Callable:
    """A maker of steps that read an array of the host's, unasked."""

    def make_step(*arguments):
        step = make(*arguments)

        def leaking(state, rows, key):
            state, metrics = step(state, rows, key)
            return state, metrics | {"leak": jnp.add(metrics["loss"], np.float32(1))}

        return leaking

    return make_step


def test_a_training_refuses_transfers_that_nobody_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "make_step", with_a_transfer(fit.make_step))
    with pytest.raises(Exception, match="Disallowed host-to-device transfer"):
        fit.train(CONFIG, RunFolder(tmp_path / "run"), dataset_of())


@pytest.mark.parametrize("batch_size", [64, 100])
@pytest.mark.parametrize("seed", [0, 1])
def test_less_than_12_percent_of_an_epoch_is_padding(batch_size: int, seed: int) -> None:
    lengths = synthetic_corpus(40_000, seed=seed).lengths
    plan = plan_epoch(lengths, batch_size, seed=seed, epoch=0)
    real = sum(int(lengths[planned.indices].sum()) for planned in plan)
    assert 1 - real / sum(planned.length * batch_size for planned in plan) < 0.12
