"""`sketchrnn evaluate` on a published generator (`.gen.json`): a made-up one whose every figure is known by hand.

Its weights are all zero, so each offset is standard normal in model units and each pen state has probability 1/3.
"""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path

import numpy as np
import pytest
from tiny_training import corpus_of, write_corpus

from sketchrnn.cli.main import main
from sketchrnn.data.corpus import Corpus
from sketchrnn.data.read import read_sketches
from sketchrnn.weights import OFFICIAL_DIMS

POINTS = 8


def offsets(corpus: Corpus) -> np.ndarray:
    """All offsets but each drawing's first, (n, 2) float64."""
    return np.concatenate([corpus.drawing(i)[1:, :2] for i in range(len(corpus))]).astype(np.float64)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_of([POINTS] * 90, seed=6, names=("cat", "owl"))


@pytest.fixture(scope="module")
def cats(corpus: Corpus) -> Corpus:
    return corpus.select(corpus.labels == 0)


@pytest.fixture(scope="module")
def spread(cats: Corpus) -> float:
    """Root mean square of an offset's coordinates, with the noise by which whole coordinates are made continuous."""
    return math.sqrt((offsets(cats) ** 2).mean() + 2 / 12)


@pytest.fixture(scope="module")
def generator(spread: float, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generator that was made for drawings twice as large."""
    blobs = [base64.b64encode(np.zeros(shape, "<i2").tobytes()).decode() for shape in OFFICIAL_DIMS]
    info = {"name": "cat", "scale_factor": 2 * spread, "max_seq_len": 99}
    path = tmp_path_factory.mktemp("generator") / "cat.gen.json"
    path.write_text(json.dumps([info, OFFICIAL_DIMS, blobs]))
    return path


@pytest.fixture(scope="module")
def data(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(corpus, tmp_path_factory.mktemp("drawings") / "drawings.npz")


def test_figures_and_the_scale_that_suits_it(
    generator: Path, data: Path, cats: Corpus, spread: float, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    words = ["--data", str(data), "--split", "all", "--model", str(generator), "--json", str(tmp_path / "f.json")]
    assert main(["evaluate", *words]) == 0
    said = capsys.readouterr().out
    assert "magenta cat" in said and "times, which suits it best" in said and "left out: 1 category that" in said

    values = json.loads((tmp_path / "f.json").read_text())
    assert (values["model"], values["split"], values["left_out"]) == ("magenta cat", "all", ["owl"])
    assert list(values["categories"]) == ["cat"] and values["overall"] == values["categories"]["cat"]
    assert values["input_scale"] == pytest.approx(2, rel=0.06)  # as near as six golden sections come, on other drawings
    figures = values["overall"]
    assert (figures["drawings"], figures["points"], figures["kl_loss"]) == (len(cats), POINTS * len(cats), 0)
    assert figures["pen_loss"] == pytest.approx(math.log(3), rel=1e-5)
    sigma = 2 * spread / values["input_scale"]  # of the model's normals, in sketch units
    each = math.log(2 * math.pi) + 2 * math.log(sigma) + spread**2 / sigma**2
    # the thousandth of a uniform density, and the noise of this one run, are the tolerance
    assert figures["offset_loss"] == pytest.approx(each * (POINTS - 1) / POINTS, abs=0.01)
    assert figures["nats_per_point"] == pytest.approx(figures["offset_loss"] + figures["pen_loss"])


def test_no_drawing_of_what_it_knows(generator: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    data = write_corpus(corpus_of([12] * 4, names=("owl",)), tmp_path / "owls.ndjson")
    words = ["--data", str(data), "--split", "all", "--model", str(generator)]
    assert main(["evaluate", *words]) == 1
    assert "could be scored on. It knows cat." in capsys.readouterr().err
    assert main(["evaluate", *words, "--completions", str(tmp_path / "out")]) == 1
    assert "none of the 4 held-out drawings is of a category that magenta cat knows" in capsys.readouterr().err


def test_what_it_finishes(generator: Path, tmp_path: Path) -> None:
    """Its sketch units are smaller than the box's: 3.5 of them make one."""
    data = write_corpus(corpus_of([12] * 4, names=("cat", "owl")), tmp_path / "drawings.ndjson")
    words = ["--data", str(data), "--split", "all", "--model", str(generator), "--prefixes", "0.5"]
    assert main(["evaluate", *words, "--per-category", "1", "--completions", str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["model"], report["drawings"], report["left_out"]) == ("magenta cat", 1, ["owl"])
    (done,) = read_sketches(tmp_path / "out" / "completed-0.5.ndjson")
    assert done.note("category") == "cat" and done.point_count > 6


def test_a_damaged_one_is_named(generator: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for name in ("half.gen.json", "HALF.GEN.JSON"):
        (tmp_path / name).write_text(generator.read_text()[:-1000])
        assert main(["evaluate", "--data", str(data), "--model", str(tmp_path / name)]) == 1
        assert f"{name}: not a published generator, or a damaged one" in capsys.readouterr().err
