"""A plotter's order: every stroke once, in its layer, with less travel, and read back as it was drawn."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import permutations, product

import numpy as np
import pytest

from sketchrnn.sketch import plotting
from sketchrnn.sketch.plotting import Turn, pen_up_travel, plotter_order
from sketchrnn.sketch.svg import read_svg, write_svg
from sketchrnn.sketch.svg.paths import parse_path
from sketchrnn.sketch.types import Sketch, Stroke

SVG = "{http://www.w3.org/2000/svg}"


def scattered(count: int, seed: int) -> list[np.ndarray]:
    """Short lines all over a page."""
    random = np.random.default_rng(seed)
    starts = random.uniform(0, 255, (count, 1, 2))
    return list((starts + np.cumsum(random.normal(0, 8, (count, 4, 2)), axis=1)).astype(np.float32))


def travelled(lines: list[np.ndarray]) -> float:
    """From the corner through all lines, in the order found."""
    placed = [lines[i][::-1] if backwards else lines[i] for i, backwards in plotter_order(lines)]
    return pen_up_travel([np.min([line.min(0) for line in lines], axis=0)[None], *placed])


@pytest.mark.parametrize("seed", range(6))
def test_the_way_is_near_the_shortest_of_all_orders(seed: int) -> None:
    lines = scattered(5, seed)
    home = np.min([line.min(0) for line in lines], axis=0)[None]
    best = min(
        pen_up_travel([home, *(lines[i][::-1] if back else lines[i] for i, back in zip(order, senses, strict=True))])
        for order in permutations(range(5))
        for senses in product((False, True), repeat=5)
    )
    assert best <= travelled(lines) * (1 + 1e-6) <= 1.25 * best


@pytest.mark.parametrize("count", [1, 2, 60, 200])
def test_every_stroke_once_and_less_travel(count: int) -> None:
    lines = scattered(count, count)
    turns = plotter_order(lines)
    assert sorted(turn.index for turn in turns) == list(range(count))
    given = pen_up_travel([np.min([line.min(0) for line in lines], axis=0)[None], *lines])
    assert travelled(lines) <= (0.35 if count >= 60 else 1.0) * given * (1 + 1e-9)


def by_the_book(lines: list[np.ndarray]) -> list[Turn]:
    """The nearest end next, then 2-opt as it is told in books: every stretch is tried by measuring the whole way."""
    home, left, order = np.min([line.min(0) for line in lines], axis=0), set(range(len(lines))), []

    def ends(turn: Turn) -> np.ndarray:
        line = lines[turn.index].astype(np.float64)
        return line[[-1, 0] if turn.backwards else [0, -1]]

    def way(order: list[Turn]) -> float:
        places = np.concatenate([home[None], *map(ends, order)])
        return float(np.hypot(*(places[1::2] - places[:-1:2]).T).sum())

    at = home
    while left:
        free = [Turn(i, back) for i in sorted(left) for back in (False, True)]
        turn = min(free, key=lambda turn: np.hypot(*(ends(turn)[0] - at)))
        order.append(turn)
        left.remove(turn.index)
        at = ends(turn)[1]
    shorter = True
    while shorter:
        shorter = False
        for first in range(len(order)):
            tried = [
                [*order[:first], *(Turn(i, not back) for i, back in reversed(order[first:last])), *order[last:]]
                for last in range(first + 1, len(order) + 1)
            ]
            best = min(tried, key=way)
            if way(best) < way(order) - 1e-9:
                order, shorter = best, True
    return order


@pytest.mark.parametrize("seed", range(4))
def test_the_order_is_that_of_the_nearest_end_and_2_opt(seed: int) -> None:
    lines = scattered(12, seed)
    assert plotter_order(lines) == by_the_book(lines)


def test_the_order_is_improved_without_a_step_of_python_for_each_turn(monkeypatch) -> None:
    made = []
    monkeypatch.setattr(plotting, "Turn", lambda *turn: made.append(turn) or Turn(*turn))
    assert plotter_order(scattered(60, 60)) == made and len(made) == 60


def test_equal_points_dots_and_nothing() -> None:
    assert plotter_order([]) == []
    dots = [np.array([[3.0, 3.0]])] * 4
    assert sorted(turn.index for turn in plotter_order(dots)) == [0, 1, 2, 3]


def test_the_file_reads_back_as_it_was_drawn_and_its_layers_are_ordered() -> None:
    lines = scattered(40, 7)
    sketch = Sketch(tuple(Stroke(line, "hand" if i % 3 else "model") for i, line in enumerate(lines)), "cat")
    text = write_svg(sketch, plotter=True)
    assert read_svg(text) == sketch
    plain = write_svg(sketch)
    for ordered, drawn in zip(*(ElementTree.fromstring(one).findall(f"{SVG}g") for one in (text, plain)), strict=True):
        ways = [pen_up_travel([parse_path(path.get("d")) for path in layer]) for layer in (ordered, drawn)]
        assert ways[0] < 0.6 * ways[1] and len(ordered) == len(drawn)
    with pytest.raises(ValueError, match="animation"):
        write_svg(sketch, plotter=True, animated=True)


def test_a_plotter_has_a_layer_for_each_pen() -> None:
    """Inks lay in the hand's layer, so that one pen drew all of them; a pen's number does not hang on the others."""
    lines = scattered(40, 8)
    pens = [("hand", None), ("model", None), ("hand", "teal"), ("model", "teal"), ("hand", "red")]
    sketch = Sketch(tuple(Stroke(line, *pens[i % 5]) for i, line in enumerate(lines)))
    text = write_svg(sketch, plotter=True)
    assert read_svg(text) == sketch
    layers = ElementTree.fromstring(text).findall(f"{SVG}g")
    label = "{http://www.inkscape.org/namespaces/inkscape}label"
    held = {layer.get(label): len(layer) for layer in layers}
    assert held == {"1 hand": 8, "2 model": 8, "3 red": 8, "6 teal": 16}
    for layer in layers:
        assert {path.get("stroke", layer.get("stroke")) for path in layer} == {layer.get("stroke")}
        drawn = [lines[i] for i in sorted(int(path.get("data-order")) for path in layer)]
        assert pen_up_travel([parse_path(path.get("d")) for path in layer]) < 0.7 * pen_up_travel(drawn)
    assert write_svg(sketch).count("inkscape:label") == 2, "as it was drawn, it is two hands' work"
