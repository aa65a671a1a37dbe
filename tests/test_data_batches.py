"""Batches: planned the same everywhere, each drawing once, padded little, filled by whole-array operations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_training import corpus_of

from sketchrnn.data.augment import DEQUANTISE, NONE, Augmentation, dropped
from sketchrnn.data.batches import (
    EDGES,
    Batch,
    PlannedBatch,
    assemble,
    bucket,
    epoch_batches,
    plan_epoch,
    plan_in_order,
)
from sketchrnn.data.corpus import Corpus


def quick_draw_lengths(count: int, seed: int = 0) -> np.ndarray:
    """Log-normal with Quick, Draw!'s quantiles: median 37, 90 % under 69, 99 % under 115."""
    lengths = np.exp(np.random.default_rng(seed).normal(np.log(37), 0.486, count)).round().astype(np.int64)
    return np.clip(lengths, 2, 250)


def test_a_plan_holds_each_drawing_once_and_is_the_same_again() -> None:
    lengths = quick_draw_lengths(5000)
    plan, again = plan_epoch(lengths, 64, seed=3, epoch=1), plan_epoch(lengths, 64, seed=3, epoch=1)
    indices = np.concatenate([batch.indices for batch in plan])
    assert len(plan) == 5000 // 64 and len(indices) == len(np.unique(indices)) == 64 * len(plan)
    for one, other in zip(plan, again, strict=True):
        assert one.length == other.length and (one.indices == other.indices).all()
    for seed, epoch in ((3, 2), (4, 1)):
        changed = plan_epoch(lengths, 64, seed, epoch)
        assert any((one.indices != other.indices).any() for one, other in zip(plan, changed, strict=True))


@pytest.mark.parametrize("batch_size", [64, 100])
def test_little_is_padded(batch_size: int) -> None:
    lengths = quick_draw_lengths(batch_size * 64 * 3)
    plan = plan_epoch(lengths, batch_size, 0, 0)
    padded = sum(batch.length * batch_size for batch in plan)
    real = sum(lengths[batch.indices].sum() for batch in plan)
    assert 1 - real / padded < 0.12
    assert all(lengths[batch.indices].max() <= batch.length for batch in plan)


def test_what_is_left_over_comes_another_time() -> None:
    plans = [plan_epoch(np.full(10, 5), 4, 0, epoch) for epoch in range(20)]
    assert all(len(plan) == 2 for plan in plans)
    assert len(np.unique(np.concatenate([batch.indices for plan in plans for batch in plan]))) == 10
    assert len(plan_epoch(np.full(4, 5), 4, 0, 0)) == 1, "just enough"
    with pytest.raises(ValueError, match="at least 4 drawings"):
        plan_epoch(np.full(3, 5), 4, 0, 0)


def test_in_order_takes_every_drawing() -> None:
    lengths = quick_draw_lengths(101)
    plan = plan_in_order(lengths, 16)
    assert [len(batch.indices) for batch in plan] == [16] * 6 + [5]
    assert sorted(np.concatenate([batch.indices for batch in plan])) == list(range(101))
    assert plan_in_order(np.zeros(0, np.int64), 4) == []


@given(st.integers(1, 5000))
def test_buckets_hold_their_lengths(length: int) -> None:
    assert length <= bucket(length) < max(length * 1.34, length + 8)
    assert bucket(bucket(length)) == bucket(length)


def test_rows_are_the_drawings() -> None:
    corpus = corpus_of([1, 2, 5, 8])
    batch = assemble(corpus, PlannedBatch(np.array([3, 0, 1, 2]), 8), np.random.default_rng(0), NONE, untold=1)
    assert batch.rows.shape == (9, 4, 5) and batch.rows.dtype == np.float32
    assert batch.lengths.tolist() == [8, 1, 2, 5] and batch.points == 16 and batch.padded_points == 32
    assert batch.labels.tolist() == [0, 0, 1, 2] and batch.given.tolist() == [3, 0, 1, 2]
    for column, drawing in enumerate((3, 0, 1, 2)):
        rows, count = corpus.drawing(drawing), len(corpus.drawing(drawing))
        np.testing.assert_array_equal(batch.rows[1:count, column, :2], rows[1:, :2])
        assert (batch.rows[0, column, :2] == 0).all()
        np.testing.assert_array_equal(batch.rows[:count, column, 3], rows[:, 2])
        np.testing.assert_array_equal(batch.rows[:count, column, 2], 1 - rows[:, 2])
        np.testing.assert_array_equal(batch.rows[count:, column], np.tile([0, 0, 0, 0, 1], (9 - count, 1)))
    assert (batch.rows[..., 2:].sum(axis=-1) == 1).all()


@pytest.mark.parametrize("first", [0, 1, 5])
def test_an_epoch_is_the_same_from_the_middle(first: int) -> None:
    corpus = corpus_of(quick_draw_lengths(40))
    arguments = (corpus, 4, 7, 2, Augmentation(0.5, 0.1, 0.2), 1)
    whole = list(epoch_batches(*arguments))
    rest = list(epoch_batches(*arguments, first=first))
    assert len(whole) == 10 and len(rest) == 10 - first
    for one, other in zip(whole[first:], rest, strict=True):
        for name in ("rows", "lengths", "given", "labels"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def digest_of(batches: Iterable[Batch]) -> str:
    """Of dtypes, shapes and bytes."""
    digest = hashlib.blake2b(digest_size=8)
    for batch in batches:
        for array in (batch.rows, batch.lengths, batch.given, batch.labels):
            digest.update(repr((array.dtype.str, array.shape)).encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def corpus_of_all_lengths() -> Corpus:
    lengths = np.random.default_rng(11).integers(1, 90, 92)
    return corpus_of(np.concatenate([[1, 1, 2, 2, 3, 250, 251, 300], lengths]), seed=5)


@pytest.mark.parametrize(
    ("augmentation", "untold", "some", "digest"),
    [
        (NONE, 0, False, "0aa893831aa2ff1f"),
        (DEQUANTISE, 2, False, "9381cb0a11a68163"),
        (Augmentation(0.5, 0.15, 0.1), 2, False, "0f21a7dc397cc220"),
        (Augmentation(0.5, 0.15, 0.1), 4, True, "ba64aae96b8b8f9e"),
        (Augmentation(0.0, 0.2, 0.0), 1, True, "294fe22a99c3c275"),
        (Augmentation(0.0, 0.0, 0.3), 0, False, "593a748c60330b11"),
    ],
)
def test_the_bytes_of_batches_are_those_of_the_first_day(
    augmentation: Augmentation, untold: int, some: bool, digest: str
) -> None:
    """A run that is resumed with a newer version takes the very batches that it would have taken."""
    corpus = corpus_of_all_lengths()
    if some:
        corpus = corpus.select(np.flatnonzero(np.arange(100) % 7 != 0))
    assert digest_of(epoch_batches(corpus, 8, 3, 1, augmentation, untold)) == digest


def test_the_bytes_of_what_evaluation_scores_are_those_of_the_first_day() -> None:
    corpus = corpus_of_all_lengths()
    plan = enumerate(plan_in_order(corpus.lengths, 16))
    batches = (assemble(corpus, planned, np.random.default_rng([20, n]), DEQUANTISE) for n, planned in plan)
    assert digest_of(batches) == "79fbf95415820608"


def one_batch(augmentation: Augmentation, lengths=(30, 12, 2, 1), seed: int = 0):
    corpus = corpus_of(lengths)
    plan = PlannedBatch(np.arange(len(lengths)), bucket(max(lengths)))
    return corpus, assemble(corpus, plan, np.random.default_rng(seed), augmentation)


def places(rows: np.ndarray, column: int, count: int) -> np.ndarray:
    return np.cumsum(rows[:count, column, :2].astype(np.float64), axis=0)


def test_jitter_moves_places_and_does_not_add_up() -> None:
    _, plain = one_batch(NONE)
    _, moved = one_batch(DEQUANTISE)
    for column, count in enumerate(plain.lengths):
        away = places(moved.rows, column, count) - places(plain.rows, column, count)
        assert np.abs(away).max() <= 1.0 + 1e-3  # the point's own half, and the first point's
        assert count == 1 or np.abs(away).max() > 0
    np.testing.assert_array_equal(moved.rows[..., 2:], plain.rows[..., 2:])


def test_scaling_is_one_factor_for_each_axis_of_a_drawing() -> None:
    _, plain = one_batch(NONE)
    _, scaled = one_batch(Augmentation(0.0, 0.15))
    factors = []
    for column, count in enumerate(plain.lengths[:2]):
        for axis in (0, 1):
            before, after = plain.rows[1:count, column, axis], scaled.rows[1:count, column, axis]
            ratio = after[before != 0] / before[before != 0]
            assert ratio.min() == pytest.approx(ratio.max(), rel=1e-3) and 0.85 <= ratio.mean() <= 1.15
            factors.append(ratio.mean())
    assert len(np.unique(np.round(factors, 4))) == 4


def test_dropping_keeps_ends_of_strokes_and_closes_gaps() -> None:
    corpus, batch = one_batch(Augmentation(0.0, 0.0, 0.5), lengths=(60, 40, 2, 1))
    assert (batch.lengths[:2] < [60, 40]).all() and batch.lengths[2:].tolist() == [2, 1]
    for column in range(4):
        count, rows = batch.lengths[column], corpus.drawing(column)
        whole = np.cumsum(rows[:, :2].astype(np.int64), axis=0)
        kept = places(batch.rows, column, count) + whole[0]
        starts = np.append(True, rows[:-1, 2] == 1)
        for point in whole[(rows[:, 2] == 1) | starts]:
            assert (np.abs(kept - point).max(axis=1) < 1e-3).any()
        assert batch.rows[:count, column, 3].sum() == rows[:, 2].sum()
        assert batch.rows[count:, column, 4].all() and not batch.rows[:count, column, 4].any()


def test_dropping_leaves_out_its_share() -> None:
    lifted = np.zeros((50, 100), bool)
    lifted[:, -1] = True
    out = dropped(lifted, np.full(50, 100), 0.3, np.random.default_rng(0))
    assert not out[:, 0].any() and not out[:, -1].any()
    assert out[:, 1:-1].mean() == pytest.approx(0.3, abs=0.02)


def test_lengths_that_occur_are_few_shapes() -> None:
    assert len({bucket(length) for length in range(1, 251)}) <= len(EDGES) <= 25
    assert {bucket(length) for length in range(257, 1025)} == set(range(320, 1025, 64))
