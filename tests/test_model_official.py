"""Our decoder with Magenta's published weights gives the states, mixtures and likelihoods of an independent reader."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchrnn.errors import BadFile
from sketchrnn.model.cells import State
from sketchrnn.model.losses import LossWeights, Rows, losses
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.weights import load_official, to_model

NAMES = ("cat", "bicycle", "flower")


@pytest.fixture(scope="module")
def generators(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("official")
    for name in NAMES:
        packed = (reference / "official" / f"{name}.gen.json.xz").read_bytes()
        (folder / f"{name}.gen.json").write_bytes(lzma.decompress(packed))
    return folder


def states(model: SketchRNN, rows: np.ndarray) -> list[State]:
    constant = model.decoder.cell.constant(None)
    step = jax.jit(lambda state, row: model.decoder.step(state, row, constant))
    state, found = model.decoder.start(None, 1), []
    for row in rows:
        state = step(state, row[None])
        found.append(state)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_states_mixtures_and_likelihoods(name: str, generators: Path, reference: Path) -> None:
    wanted = json.loads((reference / "official" / f"reference_{name}.json").read_text())
    bundle = load_official(generators / f"{name}.gen.json")
    model = to_model(bundle)
    rows = np.array([[0, 0, 1, 0, 0], *wanted["input_stroke5"]], np.float32)
    rows[:, :2] /= bundle.scale_factor
    mixture_of = jax.jit(model.decoder.mixture)
    for (h, c), step in zip(states(model, rows), wanted["steps"], strict=True):
        mixture = mixture_of(h[0])
        pairs = [
            (h[0, :8], "h8"),
            (c[0, :8], "c8"),
            (mixture.weights, "pi"),
            (mixture.mean[:, 0], "mu1"),
            (mixture.mean[:, 1], "mu2"),
            (mixture.rho, "rho"),
            (mixture.pen, "pen"),
        ]
        for ours, key in pairs:  # measured: 4.4e-6
            np.testing.assert_allclose(ours, step[key], rtol=0, atol=1e-5, err_msg=key)
        # exp of what is as exact as the others: the larger, the farther off; measured: 1.8e-6 of flower's largest, 60
        for axis, key in enumerate(("sigma1", "sigma2")):
            np.testing.assert_allclose(mixture.sigma[:, axis], step[key], rtol=2e-6, atol=1e-6, err_msg=key)
    check_likelihood(model, rows, wanted["nll_float64_start_pen"])


def check_likelihood(model: SketchRNN, rows: np.ndarray, wanted: dict) -> None:
    """The start row stands for a first point that is given, so that all twelve points are scored."""
    whole = np.concatenate([rows, np.array([[0, 0, 0, 0, 1]], np.float32)])[:, None]
    one = jnp.zeros(1, jnp.int32)
    batch = Rows(jnp.asarray(whole), one + len(rows), one, one)
    score = jax.jit(lambda batch: losses(model, batch, LossWeights(), jax.random.key(0), train=False))
    _, parts = score(batch)
    points = wanted["points"]
    assert float(parts["offset_loss"]) / points == pytest.approx(wanted["offset_per_point"], abs=2e-5)
    assert float(parts["pen_loss"]) / points == pytest.approx(wanted["pen_per_point"], abs=2e-5)


@pytest.mark.parametrize("damage", ["cut", "not base64", "other sizes", "not json", "short blob"])
def test_a_damaged_generator_is_refused(damage: str, generators: Path, tmp_path: Path) -> None:
    text = (generators / "cat.gen.json").read_text()
    info, dims, blobs = json.loads(text)
    broken = {
        "cut": text[:-100],
        "not base64": json.dumps([info, dims, ["*" * 8, *blobs[1:]]]),
        "other sizes": json.dumps([info, [[512, 124], *dims[1:]], blobs]),
        "not json": "\0\1",
        "short blob": json.dumps([info, dims, [blobs[0][:-8], *blobs[1:]]]),
    }[damage]
    path = tmp_path / "bad.gen.json"
    path.write_text(broken)
    with pytest.raises(BadFile, match="bad.gen.json"):
        load_official(path)
