"""The benchmark of data: what it counts; its times are whatever they are."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tiny_training import corpus_of, write_corpus

from sketchrnn.benchmarks.data import _assembly, _row, anonymous_mib, measure, quick_draw_lengths
from sketchrnn.cli.main import main
from sketchrnn.data.cache import corpora_folder


def test_lengths_are_quick_draws() -> None:
    lengths = quick_draw_lengths(50_000, np.random.default_rng(0))
    assert np.quantile(lengths, [0.5, 0.9, 0.99]) == pytest.approx([37, 69, 115], rel=0.03)
    assert lengths.mean() == pytest.approx(41.6, rel=0.01) and lengths.min() >= 2


def test_it_measures_what_is_promised() -> None:
    told: list[str] = []
    figures = measure(sizes=(300, 6400), say=told.append)
    assert [row["drawings"] for row in figures["epochs"]] == [300, 6400] and len(told) == 3
    for row in figures["epochs"]:
        assert 35 < row["points"] / row["drawings"] < 48
        assert all(row[name] > 0 for name in ("read_s", "again_s", "split_s", "plan_s", "cpu_s"))
    for size in (64, 100):
        assert 0 < figures[f"padding_waste_{size}"] < 0.12
        for augmentation in ("jitter", "all"):
            assert figures[f"sketches_per_second_{size}_{augmentation}"] > 0
            assert figures[f"sketches_per_cpu_second_{size}_{augmentation}"] > 0
    assert 1.05 < figures["bytes_over_points"] < 1.3 and figures["source"] == "synthetic"
    json.dumps(figures)
    assert not corpora_folder().exists()  # the user's is left alone


def test_figures_by_hand(tmp_path, monkeypatch) -> None:
    corpus = corpus_of([9] * 500)
    data, seconds = write_corpus(corpus, tmp_path / "own.npz"), iter((1.0, 2.0, 3.0, 4.0, 9.0))
    monkeypatch.setattr("sketchrnn.benchmarks.data._timed", lambda make: (next(seconds), make()))
    row, read = _row([data], tmp_path / "kept")
    assert (len(read), row["drawings"], row["points"]) == (500, 500, 4500)
    assert [row[name] for name in ("read_s", "again_s", "split_s", "plan_s", "assemble_s")] == [1, 2, 3, 4, 5]
    assert (row["read_us_each"], row["epoch_us_each"]) == (pytest.approx(2e3), pytest.approx(18e3))
    monkeypatch.setattr("sketchrnn.benchmarks.data._clocks", lambda make: (make(), (0.5, 0.25))[1])
    figures = _assembly(corpus)
    assert (figures["sketches_per_second_64_jitter"], figures["sketches_per_cpu_second_64_jitter"]) == (
        448 / 0.5,
        448 / 0.25,
    )


def test_it_measures_given_drawings(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("sketchrnn.benchmarks.data.SIZES", (150, 1000))
    data = write_corpus(corpus_of(np.random.default_rng(0).integers(5, 60, 500)), tmp_path / "own.npz")
    assert main(["benchmark", "data", "--data", str(data), "--json", str(tmp_path / "out.json")]) == 0
    figures = json.loads((tmp_path / "out.json").read_text())
    assert [row["drawings"] for row in figures["epochs"]] == [150, 500] and figures["source"] == str(data)
    table = capsys.readouterr().out.splitlines()[-3:]
    assert table[0].split()[:3] == ["epochs", "drawings", "points"] and table[2].split()[0] == "500"


def test_fewer_drawings_than_a_batch_are_said(tmp_path, capsys) -> None:
    data = write_corpus(corpus_of([9] * 20), tmp_path / "own.npz")
    assert main(["benchmark", "data", "--data", str(data)]) == 1
    assert "drawings to learn from are fewer than a batch of 100. Give more data." in capsys.readouterr().err


def test_memory_that_is_no_files_is_known_or_not_a_number() -> None:
    held = np.ones(4 << 20)
    with_it = anonymous_mib()
    assert with_it != with_it or with_it > held.nbytes / 2**20
