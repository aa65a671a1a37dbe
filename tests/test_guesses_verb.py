"""`sketchrnn evaluate --guesses` as typed, and its figures against counting by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engine_models import SMALL, random_bundle, small
from tiny_training import corpus_of, write_corpus

from sketchrnn.cli.main import main
from sketchrnn.data.corpus import Corpus
from sketchrnn.data.heldout import pick
from sketchrnn.engine.guessing import AMONG, TENTHS, GuessFigures, figures_of, places
from sketchrnn.sketch.prefix import prefix_of
from sketchrnn.weights import save_bundle

NAMES = ("circle", "face", "star", "yak")


@pytest.fixture(scope="module", autouse=True)
def compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sketchrnn.engine.completer.Completer", lambda model: small())
        yield


@pytest.fixture(scope="module")
def drawings() -> Corpus:
    return corpus_of([14, 15, 16, 20] * 6, seed=1, names=NAMES)


@pytest.fixture(scope="module")
def data(drawings: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(drawings, tmp_path_factory.mktemp("drawings") / "drawings.ndjson")


def test_the_figures_are_means_over_categories() -> None:
    found = [("cat", 0), ("cat", 0), ("cat", None), ("cat", 2), ("owl", 1)]
    assert figures_of(found) == GuessFigures(5, (0.5 + 0) / 2, (0.75 + 1) / 2)
    assert figures_of([]) == GuessFigures(0, None, None)


def test_what_is_written_is_what_one_would_count(data: Path, drawings: Corpus, tmp_path: Path, capsys) -> None:
    path = tmp_path / "guesses.json"
    words = ["--data", str(data), "--model", str(SMALL), "--split", "all", "--per-category", "3", "--json", str(path)]
    assert main(["evaluate", "--guesses", *words]) == 0
    report, said = json.loads(path.read_text()), capsys.readouterr().out
    assert (report["model"], report["split"], report["left_out"]) == ("small", "all", ["yak"])
    assert (report["drawings"], report["categories"]) == (9, 3)
    assert list(report["guesses"]) == [f"{tenth:g}" for tenth in TENTHS] == [*(f"0.{i}" for i in range(1, 10)), "1"]
    known = [sketch for sketch in pick(drawings, 3) if sketch.category != "yak"]
    for tenth in TENTHS:
        shares: dict[str, list[tuple[bool, bool]]] = {}
        for sketch in known:
            names = [name for name, _ in small().guess(prefix_of(sketch, tenth), 3, scale=1.0)]
            shares.setdefault(sketch.category, []).append((names[0] == sketch.category, sketch.category in names))
        first, among = np.mean([np.mean(part, axis=0) for part in shares.values()], axis=0)
        figures = report["guesses"][f"{tenth:g}"]
        assert figures == {"drawings": 9, "first": pytest.approx(first), "among_three": pytest.approx(among)}
        assert f"{tenth:>6.0%}{first:>9.1%}{among:>13.1%}" in said
        of_star = report["per_category"]["star"][f"{tenth:g}"]
        assert of_star["drawings"] == 3 and of_star["first"] == pytest.approx(np.mean(shares["star"], axis=0)[0])


def test_more_drawings_than_are_read_side_by_side() -> None:
    many = pick(corpus_of([12] * 140, seed=4, names=("circle",)), 140)
    found = list(places(small(), many, 0.5))
    assert [category for category, _ in found] == ["circle"] * 140 and {place for _, place in found} <= {0, 1, 2, None}
    assert found[100:] == list(places(small(), many[100:], 0.5)) and AMONG == 3
    assert list(places(small(), [], 0.5)) == []


@pytest.mark.parametrize(
    "words", ["--prefixes 0.3", "--seed 0", "--curve", "--limit 3", "--untold", "--samples 2", "--completions out"]
)
def test_what_means_nothing_to_it_is_refused(words: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--guesses", "--data", str(data), *words.split()]) == 2
    assert words.split()[0] in capsys.readouterr().err


def test_a_model_that_cannot_guess_says_so(data: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    from sketchrnn.engine import completer

    monkeypatch.undo()
    monkeypatch.setattr(completer, "Completer", type(small()))
    save_bundle(
        random_bundle(category_head=False, recogniser_size=0, viewer_channels=0), tmp_path / "blind.safetensors"
    )
    words = ["--data", str(data), "--model", str(tmp_path / "blind.safetensors"), "--split", "all"]
    assert main(["evaluate", "--guesses", *words]) == 1
    assert "cannot say what it sees" in capsys.readouterr().err
