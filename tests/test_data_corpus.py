"""The corpus: selections share arrays, splits are fixed for ever, categories are matched by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny_training import corpus_of

import sketchrnn.data.corpus
from sketchrnn.data.corpus import SPLIT_EDGES, Corpus, concatenate, evenly, identity, with_categories


def drawing(*rows: tuple[int, int, int]) -> Corpus:
    return Corpus(np.array(rows, np.int16), np.array([0, len(rows)]), np.zeros(1, np.int16), ("cat",))


GOLDEN = [
    (drawing((0, 0, 1)), 11138695919110525633),
    (drawing((1, 2, 0), (3, 4, 1)), 10819075041516550946),
    (drawing((255, 0, 0), (-255, 255, 1), (128, -7, 0), (0, 0, 1)), 8034137758103182019),
]


def test_identities_and_splits_are_those_of_the_first_day() -> None:
    """Models are compared by the splits: a change of these numbers would mix what was learned with what is held out."""
    assert [int(identity(corpus)[0]) for corpus, _ in GOLDEN] == [number for _, number in GOLDEN]
    assert SPLIT_EDGES == {"train": (0, 960), "valid": (960, 980), "test": (980, 1000)}


def test_hashing_some_at_a_time_is_hashing_all(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = corpus_of(np.random.default_rng(1).integers(1, 30, 50))
    whole = identity(corpus)
    monkeypatch.setattr(sketchrnn.data.corpus, "_TOGETHER", 7)
    np.testing.assert_array_equal(identity(corpus), whole)


def test_identity_depends_on_the_rows_alone() -> None:
    corpus = corpus_of(np.random.default_rng(0).integers(1, 40, 200))
    whole = identity(corpus)
    assert len(np.unique(whole)) == 200
    for index in (0, 7, 199):
        rows = corpus.drawing(index)
        alone = Corpus(rows.copy(), np.array([0, len(rows)]), np.zeros(1, np.int16), ("other",))
        assert identity(alone)[0] == whole[index]
    np.testing.assert_array_equal(identity(corpus.select(np.array([5, 3]))), whole[[5, 3]])


@pytest.mark.parametrize("change", [(0, 0, 1), (0, 1, -1), (3, 2, 1)])
def test_identity_sees_every_number(change: tuple[int, int, int]) -> None:
    corpus = corpus_of([6, 6], seed=4)
    points = corpus.points.copy()
    row, column, by = change
    points[row, column] = points[row, column] + by if column < 2 else 1 - points[row, column]
    changed = identity(replace(corpus, points=points))
    assert changed[0] != identity(corpus)[0] and changed[1] == identity(corpus)[1]


def test_identity_sees_the_order_of_rows() -> None:
    one, other = drawing((1, 2, 0), (3, 4, 0), (5, 6, 1)), drawing((3, 4, 0), (1, 2, 0), (5, 6, 1))
    assert identity(one) != identity(other)


def test_splits_are_apart_and_have_their_shares() -> None:
    corpus = corpus_of([4] * 20_000, seed=2)
    parts = [corpus.split(name) for name in ("train", "valid", "test")]
    together = np.concatenate([part.indices for part in parts])
    assert sorted(together) == list(range(20_000))
    shares = [len(part) / 20_000 for part in parts]
    assert shares == pytest.approx([0.96, 0.02, 0.02], abs=0.004)
    assert parts[0].points is corpus.points


def test_a_selection_of_a_selection() -> None:
    corpus = corpus_of([3, 4, 5, 6])
    some = corpus.select(np.array([3, 1, 0])).select(np.array([True, False, True]))
    assert some.lengths.tolist() == [6, 3] and some.labels.tolist() == [0, 0]
    np.testing.assert_array_equal(some.drawing(0), corpus.drawing(3))
    assert len(corpus.select(np.zeros(0, np.int64))) == 0


def test_drawings_are_located_as_the_whole_arrays_say() -> None:
    corpus = corpus_of(np.random.default_rng(3).integers(1, 9, 40))
    for some in (corpus, corpus.select(np.random.default_rng(4).permutation(40)[:25])):
        which = np.array([0, 24, 7, 7])
        for found, every in zip(some.located(which), (some.starts, some.lengths, some.labels), strict=True):
            np.testing.assert_array_equal(found, every[which])
        ends = some.starts + some.lengths
        for index in (0, 24, -1):
            np.testing.assert_array_equal(some.drawing(index), some.points[some.starts[index] : ends[index]])
        with pytest.raises(IndexError):
            some.drawing(len(some))


def test_known_identities_are_not_made_again() -> None:
    corpus = corpus_of([3, 4, 5, 6])
    known = replace(corpus, hashes=np.arange(4, dtype=np.uint64)).select(np.array([2, 0]))
    assert identity(known).tolist() == [2, 0]
    assert len(with_categories(known, ("dog",))) == 0 and identity(with_categories(known, ("owl",))).tolist() == [2]


def test_one_corpus_of_several() -> None:
    one, other = corpus_of([2, 3], names=("cat", "dog")), corpus_of([4, 1], seed=1, names=("dog", "owl"))
    both = concatenate([one, other])
    assert both.categories == ("cat", "dog", "owl")
    assert [both.categories[label] for label in both.labels] == ["cat", "dog", "dog", "owl"]
    np.testing.assert_array_equal(both.drawing(3), other.drawing(1))
    with pytest.raises(ValueError, match="at least one"):
        concatenate([])


def test_categories_are_numbered_as_asked() -> None:
    corpus = corpus_of([1, 2, 3, 4])
    some = with_categories(corpus, ("owl", "yak", "cat"))
    assert some.lengths.tolist() == [1, 3, 4] and some.labels.tolist() == [2, 0, 2]


def test_evenly_spread_indices_are_each_there_once():
    assert evenly(3, 10).tolist() == [0, 1, 2] and evenly(1, 1).tolist() == [0] and evenly(0, 5).tolist() == []
    some = evenly(1000, 7)
    assert some[0] == 0 and some[-1] == 999 and set(np.diff(some).tolist()) <= {166, 167}
