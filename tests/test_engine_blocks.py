"""How drawings side by side are divided."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sketchrnn.engine.blocks import BLOCK, GUIDED_BLOCK, IN_LANES, ROWS, blocks, drawn_blocks, guided_blocks


@pytest.mark.parametrize("count", [*range(24), 32, 40, 64, 65])
@pytest.mark.parametrize(
    ("how", "sizes"),
    [(blocks, {1, BLOCK}), (drawn_blocks, {1, ROWS, BLOCK}), (guided_blocks, {1, GUIDED_BLOCK, IN_LANES})],
)
def test_blocks_hold_every_drawing_once_in_one_of_few_sizes(count: int, how: Callable, sizes: set[int]) -> None:
    found = list(how(count))
    assert [i for drawings, _ in found for i in range(count)[drawings]] == list(range(count))
    assert {size for _, size in found} <= sizes
    assert all(len(range(count)[drawings]) <= size for drawings, size in found)


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(2, [1, 1]), (3, [5]), (9, [5, 5]), (12, [8, 5]), (16, [8, 8]), (32, [8] * 4), (40, [8] * 4 + [5, 5])],
)
def test_endings_are_drawn_in_pairs_of_blocks(count: int, sizes: list[int]) -> None:
    assert [size for _, size in drawn_blocks(count)] == sizes


@pytest.mark.parametrize(
    ("count", "sizes"), [(2, [1, 1]), (9, [4, 4, 1]), (16, [4] * 4), (17, [8, 9]), (32, [16, 16]), (33, [8] * 3 + [9])]
)
def test_many_guided_endings_share_lanes_in_equal_parts(count: int, sizes: list[int]) -> None:
    assert [len(range(count)[drawings]) for drawings, _ in guided_blocks(count)] == sizes
