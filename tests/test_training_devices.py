"""Training on several devices of one machine: the same steps as on one, whatever their number; evenly dealt, or not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_training import CONFIG, corpus_of

from sketchrnn.data.batches import plan_epoch
from sketchrnn.data.shared_numbers import SharedNumbers
from sketchrnn.errors import SketchRNNError
from sketchrnn.training.devices import all_devices, require_even
from sketchrnn.training.feed import all_batches


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("devices")
    script = Path(__file__).with_name("four_devices.py")
    environment = os.environ | {"SKETCHRNN_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, str(script), str(folder)], env=environment, capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "results.json").read_text())


def test_four_devices_take_the_steps_of_one(results: dict) -> None:
    assert len(results["one"]) == 20
    np.testing.assert_allclose(results["four"], results["one"], atol=1e-5)


def test_a_run_goes_on_with_another_number_of_devices(results: dict) -> None:
    np.testing.assert_allclose(results["moved"], results["one"], atol=1e-5)


def test_drawings_end_to_end_are_learnt_alike_on_any_devices(results: dict) -> None:
    assert len(results["packed"]) == 12
    np.testing.assert_allclose(results["packed moved"], results["packed"], atol=1e-5)


def test_each_device_holds_its_drawings(results: dict) -> None:
    assert results["dealt"] == {"same": True, "shapes": [[9, 2, 5]] * 4}
    assert results["said"] == "4 x cpu, 2 drawings of each batch on each"


def test_no_device_shares_memory_with_another(results: dict) -> None:
    assert results["kept"] == {"source": 64 * 64, "copies": [2 * 64 * 64] * 4, "here": 1}


def test_a_batch_that_cannot_be_dealt_evenly_is_refused_with_numbers() -> None:
    for good in ((64, 1), (64, 4), (4, 4)):
        require_even(*good)
    with pytest.raises(SketchRNNError, match="batch of 64 .* over 6 devices.*--batch-size 60 or 66.*1 or 2 or 4"):
        require_even(64, 6)
    with pytest.raises(SketchRNNError, match="batch of 4 .* 8 devices of 2 hosts.*--batch-size 8, or use 1 or 2 or 4 "):
        require_even(4, 8, hosts=2)


def test_alone_everything_is_here() -> None:
    devices = all_devices(5)
    assert devices.hosts == 1 and devices.first_host and devices.share == slice(0, 5)
    assert devices.mesh.size == 1  # the tests run on one


AUGMENTED = replace(CONFIG, batch_size=6, jitter=0.5, random_scale=0.1, drop_points=0.2, untold_share=0.5)


@pytest.mark.parametrize("hosts", [1, 2, 3, 6])
@pytest.mark.parametrize("drop", [0.0, 0.2])
def test_the_shares_of_hosts_are_the_batch_of_one(hosts: int, drop: float) -> None:
    """Rows, noise, and which drawings are told nothing; of every length, so that no host's padding differs."""
    corpus, config = corpus_of(np.random.default_rng(1).integers(1, 40, 60)), replace(AUGMENTED, drop_points=drop)
    each = config.batch_size // hosts
    shares = [slice(host * each, (host + 1) * each) for host in range(hosts)]
    made = [all_batches(corpus, config, 7, share) for share in shares]
    for _, whole in zip(range(5), all_batches(corpus, config, 7), strict=False):  # across the end of an epoch
        parts = [next(batches) for batches in made]
        np.testing.assert_array_equal(np.concatenate([part.rows for part in parts], axis=1), whole.rows)
        for name in ("lengths", "given", "labels"):
            np.testing.assert_array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name))


@pytest.mark.parametrize("shape", [(8, 6, 2), (8, 1, 2), (8, 5), (8, 0, 2), (8, 4)])
def test_numbers_of_other_rows_are_passed_over(shape: tuple[int, ...]) -> None:
    for dtype in (np.float32, np.float64):
        whole = np.random.default_rng([1, 2])
        part = SharedNumbers(np.random.default_rng([1, 2]), 8, slice(3, 5))
        for _ in range(3):  # one after the other: both generators stand at the same place in between
            np.testing.assert_array_equal(part.random((2, *shape[1:]), dtype), whole.random(shape, dtype)[3:5])


def test_every_host_plans_the_same() -> None:
    lengths = np.random.default_rng(0).integers(1, 40, 500)
    for one, other in zip(plan_epoch(lengths, 8, 3, 2), plan_epoch(lengths, 8, 3, 2), strict=True):
        np.testing.assert_array_equal(one.indices, other.indices)
