"""How drawings side by side are divided."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sketchrnn.engine.blocks import BLOCK, GUIDED_BLOCK, IN_LANES, blocks, guided_blocks


@pytest.mark.parametrize("count", [*range(24), 32, 40, 64, 65])
@pytest.mark.parametrize(
    ("how", "sizes"),
    [(blocks, {1, BLOCK}), (guided_blocks, {1, GUIDED_BLOCK, IN_LANES})],
)
def test_blocks_hold_every_drawing_once_in_one_of_few_sizes(count: int, how: Callable, sizes: set[int]) -> None:
    found = list(how(count))
    assert [i for drawings, _ in found for i in range(count)[drawings]] == list(range(count))
    assert {size for _, size in found} <= sizes
    assert all(len(range(count)[drawings]) <= size for drawings, size in found)


@pytest.mark.parametrize(
    ("count", "sizes"), [(2, [1, 1]), (3, [8]), (9, [8, 1]), (12, [8, 8]), (16, [8, 8]), (18, [8, 8, 1, 1])]
)
def test_few_that_are_left_over_go_one_by_one(count: int, sizes: list[int]) -> None:
    assert [size for _, size in blocks(count)] == sizes


@pytest.mark.parametrize(
    ("count", "sizes"), [(2, [1, 1]), (9, [4, 4, 1]), (16, [4] * 4), (17, [8, 9]), (32, [16, 16]), (33, [8] * 3 + [9])]
)
def test_many_guided_endings_share_lanes_in_equal_parts(count: int, sizes: list[int]) -> None:
    assert [len(range(count)[drawings]) for drawings, _ in guided_blocks(count)] == sizes
