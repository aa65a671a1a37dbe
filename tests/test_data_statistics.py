"""What is in a corpus, counted against a plain loop."""

from __future__ import annotations

import json

import numpy as np
import pytest
from random_sketches import simplified_sketches

from sketchrnn.data.corpus import Corpus
from sketchrnn.data.read import read_corpus, write_sketches
from sketchrnn.data.statistics import statistics, stroke_counts


@pytest.fixture
def corpus(tmp_path) -> Corpus:
    write_sketches(tmp_path / "some.ndjson", simplified_sketches(0, 400))
    return read_corpus([tmp_path], max_points=1000)[0]


def test_every_number_is_what_a_loop_counts(corpus):
    counted = statistics(corpus)
    splits = {name: {rows.tobytes() for rows in _drawings(corpus.split(name))} for name in ("train", "valid", "test")}
    assert [category.name for category in counted.categories] == list(corpus.categories)
    for number, category in enumerate(counted.categories):
        drawings = [corpus.drawing(i) for i in range(len(corpus)) if corpus.labels[i] == number]
        lengths = sorted(map(len, drawings))
        strokes = sorted(int(rows[:, 2].sum()) for rows in drawings)
        assert (category.drawings, category.points) == (len(drawings), sum(lengths))
        for spread, values in ((category.length, lengths), (category.strokes, strokes)):
            assert spread.max == values[-1] and spread.mean == pytest.approx(np.mean(values), abs=0.01)
            for share, value in ((0.1, spread.p10), (0.5, spread.p50), (0.9, spread.p90), (0.99, spread.p99)):
                assert sum(v <= value for v in values) >= share * len(values) > sum(v < value for v in values)
        for name in splits:
            assert getattr(category, name) == sum(rows.tobytes() in splits[name] for rows in drawings)
    assert counted.overall.drawings == len(corpus) == sum(category.drawings for category in counted.categories)
    assert counted.overall.points == len(corpus.points)


def test_part_of_a_corpus_is_counted_as_such(corpus):
    part = corpus.select(np.arange(0, len(corpus), 3))
    assert statistics(part).overall.drawings == len(part)
    assert stroke_counts(part).tolist() == [int(rows[:, 2].sum()) for rows in _drawings(part)]


def test_strokes_are_counted_the_same_in_pieces_of_any_size(corpus, monkeypatch):
    whole = stroke_counts(corpus).tolist()
    for size in (1, 7, len(corpus)):
        monkeypatch.setattr("sketchrnn.data.statistics._TOGETHER", size)
        assert stroke_counts(corpus).tolist() == whole


def test_a_drawing_cut_before_its_last_pen_up_has_that_stroke_too():
    points = np.array([[0, 0, 1], [1, 1, 0], [2, 2, 0], [5, 5, 1]], np.int16)
    cut = Corpus(points, np.array([0, 3, 4]), np.zeros(2, np.int16), ("cat",))
    assert stroke_counts(cut).tolist() == [2, 1]


def test_nothing_at_all_is_counted_as_nothing():
    empty = Corpus(np.zeros((0, 3), np.int16), np.zeros(1, np.int64), np.zeros(0, np.int16), ("cat",))
    counted = statistics(empty)
    assert counted.overall.drawings == 0 and counted.categories[0].length.max == 0
    assert counted.lines()


def test_the_table_and_the_json_say_the_same(tmp_path):
    write_sketches(tmp_path / "some.ndjson", simplified_sketches(0, 50))
    corpus, report = read_corpus([tmp_path], max_points=100)
    counted = statistics(corpus, report)
    lines = counted.lines()
    assert lines[0].split()[:3] == ["category", "drawings", "points"]
    assert lines[len(corpus.categories) + 1].split()[:2] == ["all", str(len(corpus))]
    assert len({len(line) for line in lines[: len(corpus.categories) + 2]}) == 1  # columns stand below each other
    assert any("dropped: over 100 points" in line for line in lines)
    values = json.loads(json.dumps(counted.as_dict()))
    assert values["overall"]["drawings"] == values["report"]["kept"] == len(corpus)
    assert values["overall"]["length"]["max"] == corpus.lengths.max()
    assert values["report"]["dropped"]["over 100 points"] == report.read - report.kept


def _drawings(corpus: Corpus) -> list[np.ndarray]:
    return [corpus.drawing(index) for index in range(len(corpus))]
