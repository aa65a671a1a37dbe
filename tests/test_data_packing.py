"""Drawings end to end in rows: each in one of them, none cut, hardly a place empty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchrnn.data.packing import NOTHING, pack, rows_packed


@settings(deadline=None)
@given(st.lists(st.integers(1, 20), max_size=120), st.integers(20, 50), st.integers(0, 9))
def test_every_drawing_lies_whole_in_one_row(lengths: list[int], row_length: int, seed: int) -> None:
    given_lengths = np.array(lengths, np.int64)
    packed = pack(given_lengths, row_length, np.random.default_rng(seed))
    there = packed != NOTHING
    assert sorted(packed[there]) == list(range(len(lengths)))
    held = np.where(there, given_lengths[packed] if len(lengths) else 0, 0).sum(axis=1)
    assert (held <= row_length).all() and (held > 0).all()
    assert len(packed) == rows_packed(given_lengths, row_length)
    assert not (there[:, 1:] & ~there[:, :-1]).any()  # what is empty stands at the end


def test_rows_are_nearly_full() -> None:
    """Lengths like Quick, Draw!'s, of which most are short and some very: mean 41.5, 90 % under some 70."""
    lengths = np.clip(np.random.default_rng(0).gamma(3, 41.5 / 3, 60_000), 2, 250).astype(np.int64)
    assert lengths.sum() / (rows_packed(lengths, 256) * 256) > 0.98


def test_what_lies_together_is_drawn_anew_for_each_epoch() -> None:
    lengths = np.random.default_rng(1).integers(2, 60, 500)
    one, same, other = (pack(lengths, 128, np.random.default_rng([7, epoch])) for epoch in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert one.shape == other.shape  # as many rows and places in every epoch: one shape to compile
    beside = [{frozenset(row[row != NOTHING]) for row in packed} for packed in (one, other)]
    assert len(beside[0] & beside[1]) < 0.1 * len(one)


@pytest.mark.parametrize("lengths", [[3, 11], [0, 4]])
def test_what_fits_no_row_is_refused(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match="lengths from 1 to 10, got"):
        pack(np.array(lengths), 10, np.random.default_rng(0))
