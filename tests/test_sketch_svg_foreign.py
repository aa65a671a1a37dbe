"""SVGs from other programs, and ones that mean harm."""

from __future__ import annotations

import builtins

import numpy as np
import pytest

from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.sketch.svg import read_svg, write_svg
from sketchrnn.sketch.types import Sketch, Stroke

pytest.importorskip("svgelements", reason="the extra svg is not installed")


def _svg(body: str, attributes: str = 'width="100" height="100" viewBox="0 0 100 100"') -> str:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {names} {attributes}>{body}</svg>"


def _lines(body: str, *attributes: str) -> list[list[list[float]]]:
    return [stroke.points.astype(float).round(3).tolist() for stroke in read_svg(_svg(body, *attributes)).strokes]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ('<path d="M1 2L3 4 5 6"/>', [[[1, 2], [3, 4], [5, 6]]]),
        ('<path d="m1,2l2,2h4v-1H0V9z"/>', [[[1, 2], [3, 4], [7, 4], [7, 3], [0, 3], [0, 9], [1, 2]]]),
        ('<path d="M1 2L3 4M5 6L7 8"/>', [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        ('<polyline points="1,2 3,4 5,6"/>', [[[1, 2], [3, 4], [5, 6]]]),
        ('<polygon points="1,2 3,4 5,6"/>', [[[1, 2], [3, 4], [5, 6], [1, 2]]]),
        ('<line x1="1" y1="2" x2="3" y2="4"/>', [[[1, 2], [3, 4]]]),
        ('<rect x="1" y="2" width="3" height="4"/>', [[[1, 2], [4, 2], [4, 6], [1, 6], [1, 2]]]),
        ('<g transform="translate(10 20) scale(2)"><path d="M1 2L3 4"/></g>', [[[12, 24], [16, 28]]]),
        ('<path transform="rotate(90)" d="M1 2L3 4"/>', [[[-2, 1], [-4, 3]]]),
        ('<path transform="matrix(1 0 1 1 5 0)" d="M1 2L3 4"/>', [[[8, 2], [12, 4]]]),
        ('<defs><path id="p" d="M0 0L1 1"/></defs><use href="#p" x="5"/>', [[[5, 0], [6, 1]]]),
        ('<symbol id="p"><path d="M0 0L1 1"/></symbol><use xlink:href="#p" y="5"/>', [[[0, 5], [1, 6]]]),
        ('<path d="M3 3L3 3"/>', [[[3, 3], [3, 3]]]),
        ('<path d="M3 3z"/>', [[[3, 3], [3, 3]]]),
        ('<path d="M0 0L10 20M3 3"/>', [[[0, 0], [10, 20]]]),
        ('<path d="M5 5M0 0L10 20"/>', [[[0, 0], [10, 20]]]),
        ('<path d="M0 0Lnan 5"/><path d="Z"/><path d="M1 1L2 2ZZM9 9"/>', [[[1, 1], [2, 2], [1, 1]]]),
        ('<path d="M1 1L5 5h"/><path d="M2 2L6 6 v z L9 9"/>', [[[1, 1], [5, 5]], [[2, 2], [6, 6]]]),
        ('<path d="M1 1L2 2L3 1ZL9 9"/>', [[[1, 1], [2, 2], [3, 1], [1, 1]], [[1, 1], [9, 9]]]),
        ('<path d="M4 4h8v8zh-5z"/>', [[[4, 4], [12, 4], [12, 12], [4, 4]], [[4, 4], [-1, 4], [4, 4]]]),
        ('<path transform="translate(5)" d="M1 1L2 2zl9 9"/>', [[[6, 1], [7, 2], [6, 1]], [[6, 1], [15, 10]]]),
    ],
)
def test_commands_shapes_and_transforms(body, lines):
    assert _lines(body) == lines


def test_units_and_view_boxes():
    body = '<path d="M0 0L10 10"/>'
    assert _lines(body, 'width="1in" height="1in" viewBox="0 0 10 10"') == [[[0, 0], [96, 96]]]
    assert _lines(body, 'viewBox="-10 -10 100 100" width="100" height="100"') == [[[10, 10], [20, 20]]]
    for none in ("", "0 0 100", "0 0 0 0", "0 0 -9 9"):
        assert _lines(body, f'viewBox="{none}" width="50" height="50"') == [[[0, 0], [10, 10]]]


_TEN = '<path d="M0 0L10 10"/>'
_SYMBOL = f'<symbol id="s" viewBox="0 0 10 10">{_TEN}</symbol>'


@pytest.mark.parametrize(
    ("body", "lines"),  # in a viewport of 100 x 100; by hand from SVG 2, 8.2
    [
        (f'<svg x="5" y="6">{_TEN}</svg>', [[[5, 6], [15, 16]]]),
        (f'<svg x="1in" y="10%">{_TEN}</svg>', [[[96, 10], [106, 20]]]),
        (f'<svg x="1em" y="2ex">{_TEN}</svg>', [[[16, 16], [26, 26]]]),
        ('<line x1="1em" y1="2EX" x2="0.5in" y2="4foo"/>', [[[16, 16], [48, 0]]]),
        ('<line id="l" x2="1em" y2="10%"/><use href="#l" x="1em"/>', [[[0, 0], [16, 10]], [[16, 0], [32, 10]]]),
        (f'<svg x="36pt" y="3pc">{_TEN}</svg>', [[[48, 48], [58, 58]]]),
        (f'<svg x="25.4mm" y="2.54cm">{_TEN}</svg>', [[[96, 96], [106, 106]]]),
        ('<svg x="5" y="6"><rect width="1" height="2"/></svg>', [[[5, 6], [6, 6], [6, 8], [5, 8], [5, 6]]]),
        (f'<svg transform="scale(2)" x="5" y="6">{_TEN}</svg>', [[[10, 12], [30, 32]]]),
        (f'<svg x="1"><svg y="2">{_TEN}</svg></svg>', [[[1, 2], [11, 12]]]),
        (f'<svg viewBox="0 0 10 10">{_TEN}</svg>', [[[0, 0], [100, 100]]]),
        (f'<svg x="10" y="20" width="40" height="20" viewBox="0 0 10 10">{_TEN}</svg>', [[[20, 20], [40, 40]]]),
        (
            f'<svg x="10" width="40" height="20" viewBox="5 5 10 10" preserveAspectRatio="none">{_TEN}</svg>',
            [[[-10, -10], [30, 10]]],
        ),
        (
            f'<svg width="40" height="20" viewBox="0 0 10 10" preserveAspectRatio="xMinYMax slice">{_TEN}</svg>',
            [[[0, -20], [40, 20]]],
        ),
        ('<svg width="50" height="50" viewBox="0 0 10 10"><line x2="100%" y2="50%"/></svg>', [[[0, 0], [50, 25]]]),
        (f'<svg width="0" viewBox="0 0 9 9">{_TEN}</svg><line x2="50%" y2="100%"/>', [[[0, 0], [50, 100]]]),
        ('<svg viewBox="0 0 9 9"/><line x2="50%" y2="100%"/>', [[[0, 0], [50, 100]]]),
        (f'{_SYMBOL}<use href="#s" x="5" y="6" width="20" height="20"/>', [[[5, 6], [25, 26]]]),
        (f'{_SYMBOL}<use xlink:href="#s" x="5" width="20" height="20"/>', [[[5, 0], [25, 20]]]),
        (
            _SYMBOL.replace(_TEN, '<line x2="100%" y2="50%"/>') + '<use href="#s" width="20" height="20"/>',
            [[[0, 0], [20, 10]]],
        ),
        (f'{_SYMBOL}<use href="#s" width="5"/><use href="#s"/>', [[[0, 47.5], [5, 52.5]], [[0, 0], [100, 100]]]),
        (f'{_SYMBOL}<use href="#s" x="5" width="1" height="1" transform="rotate(90)"/>', [[[0, 5], [-1, 6]]]),
        (f'{_SYMBOL}<use href="#s" width="0"/><path d="M1 1L2 2"/>', [[[1, 1], [2, 2]]]),
        (_SYMBOL.replace("viewBox", 'width="20" height="20" viewBox') + '<use href="#s"/>', [[[0, 0], [20, 20]]]),
    ],
)
def test_viewports_within(body, lines):
    assert _lines(body) == lines


def test_the_outermost_viewport_has_sides_and_no_place():
    """SVG 2, 8.2: x and y have no effect there; without a viewBox its sides are what percentages are of."""
    assert _lines('<line x2="50%" y2="10%"/>', 'x="5" y="6" width="200" height="300"') == [[[0, 0], [100, 30]]]
    assert _lines(_TEN, 'x="5" y="6" width="100" height="100" viewBox="0 0 100 100"') == [[[0, 0], [10, 10]]]


@pytest.mark.parametrize(
    ("sides", "end"),
    [
        ('width="1em" height="1em"', 16),  # icons' sizes follow the letters around them: 16 px, an ex half of that
        ('width="10ex" height="10EX"', 80),
        ('style="fill:none;width:200px;height:200px" width="1" height="1" stroke="red"', 200),
        ('width="auto" height="auto"', 10),
        ('style="width:100%;height:auto" width="10"', 10),
        ('width="calc(1em + 2px)" height="1lh"', 10),
        ("", 10),
    ],
)
def test_the_documents_sides_are_taken_as_browsers_take_them_or_else_from_its_view_box(sides, end):
    assert _lines(_TEN, f'{sides} viewBox="0 0 10 10"') == [[[0, 0], [end, end]]]


def test_a_path_without_a_line_is_passed_over():
    """As matplotlib writes the space between two words."""
    words = '<defs><path id="space" transform="scale(0.01)"/></defs><use xlink:href="#space"/>'
    assert _lines(f"<path/>{words}{_TEN}") == [[[0, 0], [10, 10]]]


def test_a_radius_is_a_part_of_the_viewports_diagonal():
    """SVG 2, 8.9: of the root of the mean of both sides' squares."""
    circle = np.array(_lines('<svg width="30" height="40"><circle r="10%"/></svg>')[0])
    np.testing.assert_allclose(np.ptp(circle, axis=0) / 2, np.sqrt((30**2 + 40**2) / 2) / 10, rtol=1e-3)


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        ('transform="rotate(90)" transform-origin="10 0"', [[10, -10], [10, 0]]),
        ('transform="rotate(90)" style="transform-origin:center"', [[100, 0], [100, 10]]),
        ('style="transform:rotate(90deg);transform-origin:top right"', [[100, -100], [100, -90]]),
        ('style="transform:rotate(180deg);transform-origin:bottom"', [[100, 200], [90, 200]]),
        ('transform="rotate(90)" style="transform-origin:10px 0px 0px"', [[10, -10], [10, 0]]),
        ('class="a b" transform="rotate(180)"', [[100, 0], [90, 0]]),
        ('class="c"', [[-10, -10], [10, -10]]),
        ('transform-origin="10 0"', [[0, 0], [10, 0]]),
        ('transform="rotate(180)"', [[0, 0], [-10, 0]]),
    ],
)
def test_a_transform_turns_about_its_origin(origin, line):
    """The origin o and the matrix m put p at o + m (p - o), percentages and words being of the viewport."""
    sheet = (
        "<style>/* .b{} */ .b{transform-origin:50% 0px} path.c{transform:scale(2); transform-origin:10px 10px}</style>"
    )
    assert _lines(f'<style>{sheet}</style><path d="M0 0L10 0" {origin}/>') == [line]


def test_an_origin_in_a_shapes_own_box_is_not_taken_of_the_viewport():
    """Where the middle of the box is where the axes begin, so that the transform alone is right too."""
    turned = '<path d="M-5 -5L5 5" transform="rotate(180)" style="transform-origin:center;transform-box:fill-box"/>'
    assert _lines(turned) == [[[5, 5], [-5, -5]]]


@pytest.mark.parametrize("side", ['width="40"', 'height="20"', 'style="height:20px" width="auto"', 'width="2.5em"'])
def test_one_side_of_the_document_gives_the_other(side):
    """CSS 2.1, 10.3.2 and 10.6.2: by the ratio of the viewBox."""
    assert _lines(_TEN, f'{side} viewBox="0 0 20 10"') == [[[0, 0], [20, 20]]]


def test_curves_lie_on_what_they_say():
    circle, ellipse, arc = (
        np.array(line)
        for line in _lines(
            '<circle cx="50" cy="50" r="40"/><ellipse cx="50" cy="50" rx="40" ry="20"/>'
            '<path d="M90 50A40 40 0 0 1 50 90"/>'
        )
    )
    assert np.hypot(*(circle - 50).T) == pytest.approx(40, abs=1e-2)
    assert np.hypot(*((ellipse - 50) / (40, 20)).T) == pytest.approx(1, abs=1e-3)
    assert np.hypot(*(arc - 50).T) == pytest.approx(40, abs=1e-2)
    assert np.hypot(*np.diff(circle, axis=0).T).max() < 1.5
    cubic, quadratic = (np.array(line) for line in _lines('<path d="M0 0C0 60 90 60 90 0M0 0Q50 100 100 0"/>'))
    t = np.linspace(0, 1, 4001)[:, None]
    exact = 3 * t * (1 - t) ** 2 * (0, 60) + 3 * t**2 * (1 - t) * (90, 60) + t**3 * (90, 0)
    assert max(np.hypot(*(exact - point).T).min() for point in cubic) < 0.05
    exact = 2 * t * (1 - t) * (50, 100) + t**2 * (100, 0)
    assert max(np.hypot(*(exact - point).T).min() for point in quadratic) < 0.05
    assert len(cubic) > 20


def test_a_curve_after_a_closing_begins_where_that_ends():
    curve = np.array(_lines('<path d="M0 0L5 0ZQ50 100 100 0"/>')[1])
    t = curve[:, 0] / 100  # x(t) = 100 t, y(t) = 200 t (1 - t)
    assert curve[0].tolist() == [0, 0]
    assert curve[:, 1] == pytest.approx(200 * t * (1 - t), abs=1e-2)


@pytest.mark.parametrize(
    ("short", "long"),  # by SVG 2, 9.3.6 and 9.3.7; optimisers write the short ones
    [
        ("C0 10 10 10 10 0T20 0T30 5", "C0 10 10 10 10 0Q10 0 20 0Q30 0 30 5"),
        ("Q5 10 10 0S20 10 20 0S9 9 30 5", "Q5 10 10 0C10 0 20 10 20 0C20 -10 9 9 30 5"),
        ("Q5 10 10 0t10 0", "Q5 10 10 0Q15 -10 20 0"),
        ("C0 10 10 10 10 0s10 10 10 0", "C0 10 10 10 10 0C10 -10 20 10 20 0"),
        ("L5 5S20 10 20 0ZT30 5", "L5 5C5 5 20 10 20 0ZQ0 0 30 5"),
    ],
)
def test_smooth_curves_go_on_from_those_of_their_kind_alone(short, long):
    assert _lines(f'<path d="M0 0{short}"/>') == _lines(f'<path d="M0 0{long}"/>')


@pytest.mark.parametrize(
    ("transform", "matrix"),  # the matrix (a c; b d) by hand
    [
        ("skewX(45)", [[1, 1], [0, 1]]),
        ("skewY(45)", [[1, 0], [1, 1]]),
        ("scale(2 1) rotate(30)", [[3**0.5, -1], [0.5, 3**0.5 / 2]]),
        ("rotate(90) scale(3 1)", [[0, -1], [3, 0]]),
        ("scale(1 -1) rotate(45)", [[0.5**0.5, -(0.5**0.5)], [-(0.5**0.5), -(0.5**0.5)]]),
        ("matrix(1 2 3 4 0 0)", [[1, 3], [2, 4]]),
    ],
)
def test_round_shapes_lie_where_a_matrix_puts_them(transform, matrix):
    """Turned back by the inverse, each point is on the ellipse; it reaches as far as the support function says."""
    moved = f'transform="{transform}"'
    ellipse, path, box = _lines(
        f'<ellipse rx="20" ry="10" {moved}/><path d="M20 0A20 10 0 0 1 -20 0A20 10 0 0 1 20 0" {moved}/>'
        f'<rect x="-20" y="-10" width="40" height="20" rx="20" ry="10" {moved}/>'
    )
    furthest = np.hypot(*(np.array(matrix) * (20, 10)).T)
    for line in map(np.array, (ellipse, path, box)):
        assert np.hypot(*(line @ np.linalg.inv(matrix).T / (20, 10)).T) == pytest.approx(1, abs=1e-3)
        assert np.abs(line).max(0) == pytest.approx(furthest, rel=2e-3)
        assert line.min(0) == pytest.approx(-furthest, rel=2e-3)


def test_what_cannot_be_seen_is_left_out():
    hidden = "".join(
        f"<{tag}><path d='M0 0L1 1'/></{tag}>" for tag in ("clipPath", "mask", "marker", "pattern", "defs")
    )
    hidden += "<path display='none' d='M0 0L1 1'/><path style='visibility:hidden' d='M0 0L1 1'/>"
    hidden += "<g style='display:none'><path d='M0 0L1 1'/></g><symbol><path d='M0 0L1 1'/></symbol>"
    hidden += "<image href='file:///etc/passwd' width='9' height='9'/><text>words</text>"
    assert _lines(hidden + '<path d="M2 2L3 3"/>') == [[[2, 2], [3, 3]]]
    with pytest.raises(BadFile, match="holds no line"):
        read_svg(_svg(hidden))


@pytest.mark.parametrize(
    "unpainted",
    [
        '<path d="M0 0h24v24H0z" fill="none"/>',
        '<rect width="24" height="24" style="fill: none; stroke: none"/>',
        '<g fill="none"><path d="M0 0h24v24H0z"/></g>',
        '<g stroke="red"><path d="M0 0h24v24H0z" fill="none" stroke="none"/></g>',
        '<style>.box{fill:none}</style><path class="box" d="M0 0h24v24H0z"/>',
        '<path d="M0 0h24v24H0z" fill="transparent"/>',
        '<rect width="24" height="24" opacity="0"/>',
        '<g opacity="0.0"><rect width="24" height="24" stroke="red"/></g>',
        '<rect width="24" height="24" style="fill:#fff; fill-opacity: 0"/>',
        '<rect width="24" height="24" stroke="red" stroke-opacity="0%" fill="none"/>',
        '<style>.box{opacity:0}</style><path class="box" d="M0 0h24v24H0z"/>',
    ],
)
def test_what_is_not_painted_is_left_out(unpainted):
    assert _lines(unpainted + '<path d="M2 2L3 3"/>') == [[[2, 2], [3, 3]]]


@pytest.mark.parametrize(
    ("paper", "attributes"),
    [  # as Excalidraw, matplotlib, Graphviz, and plotutils write it
        ('<rect x="0" y="0" width="230.5" height="120" fill="#ffffff"/>', 'viewBox="0 0 230.5 120" width="461"'),
        (
            '<g><path d="M 0 345.6 L 460.8 345.6 L 460.8 0 L 0 0 z" style="fill: #ffffff"/></g>',
            'width="460.8pt" height="345.6pt" viewBox="0 0 460.8 345.6"',
        ),
        (
            '<g transform="scale(1 1) rotate(0) translate(4 96)">'
            '<polygon fill="white" stroke="transparent" points="-4,4 -4,-96 196,-96 196,4 -4,4"/></g>',
            'width="200pt" height="100pt" viewBox="0.00 0.00 200.00 100.00"',
        ),
        (
            '<rect x="0" y="0" width="1" height="1" style="stroke:none;fill:white;"/>',
            'width="8in" height="8in" viewBox="0 0 1 1" preserveAspectRatio="none"',
        ),
        ('<rect width="100%" height="100%"/>', ""),
        ('<rect x="-20" y="-10" width="40" height="20"/>', 'width="30mm" height="30mm" viewBox="-20 -10 40 20"'),
    ],
)
def test_paper_is_no_line(paper, attributes):
    line = '<path d="M.1 .2L.3 .5" stroke="red"/>'
    assert _lines(paper + line, attributes) == _lines(line, attributes)
    framed = f'<g stroke="black">{paper.replace("stroke", "data-was")}</g>'
    assert len(_lines(framed + line, attributes)) == 2  # its edge is seen
    assert len(_lines(paper, attributes)) == 1  # better than no line


def test_filled_boxes_within_the_page_are_lines():
    for size in ('width="100" height="50"', 'x="1" width="99" height="100"'):
        assert len(_lines(f"<rect {size}/>" + _TEN)) == 2


def test_what_one_of_both_paints_stays():
    painted = '<g fill="none" stroke="red"><path d="M0 0L1 1"/></g><path d="M2 2L3 3" stroke="none" fill="url(#g)"/>'
    painted += '<g fill="none"><path d="M4 4L5 5" style="stroke:blue"/></g>'
    painted += '<path d="M6 6L7 7" fill-opacity="0" stroke="red" opacity=".05"/><path d="M8 8L9 9" stroke-opacity="0"/>'
    assert [line[0] for line in _lines(painted)] == [[0, 0], [2, 2], [4, 4], [6, 6], [8, 8]]


@pytest.mark.parametrize(
    ("selector", "lines"), [("path", 1), ("#b, .c", 1), ("g > path", 2), ("g .c", 2), ("a:hover", 2)]
)
@pytest.mark.parametrize("painted", ["stroke: black", "fill: black", "opacity: 1; FILL : red"])
def test_where_it_is_not_known_what_is_painted_all_is_read(selector, lines, painted):
    style = f"<style>{selector} {{ {painted} }}</style>"
    unpainted = '<path d="M0 0h9v9" fill="none"/><path id="b" class="c" d="M1 1h5" stroke="black"/>'
    if selector == "path":
        style = "<style>path { opacity: 1 }</style>"
    assert len(_lines(style + unpainted)) == lines


def test_a_drawing_of_which_nothing_is_painted_is_read_all_the_same():
    assert _lines('<path d="M0 0L1 1" fill="none"/>') == [[[0, 0], [1, 1]]]


@pytest.mark.parametrize(
    ("sheet", "hidden"),
    [
        (".a{display:none}", True),
        (".a{display:none !important}", True),
        ("path.a , b { fill : red ; display:none!IMPORTANT }", True),
        ("@import url(https://example.org/a.css); .a{display:none}", True),
        (".b{background:url(https://example.org/b.png)} .a{display:none}", True),
        ("@font-face{src:url(data:;base64,T1RU///A)} .a{display:none}", True),
        ("b[href='https://example.org'],.a{display:none} .b{fill:red}", True),
        (".b{} .a{display:none}", True),
        ("@media print{.b{fill:red} .c{fill:red}} .a{display:none}", True),
        ("@media print{.a{display:none}}", False),
        ("@keyframes k{from{opacity:0} to{opacity:1}} .a{display:none}", True),
        ("/* .a{display:none} */", False),
        ("/* { */ .a{display:none} /*", True),
        ("}.a{display:none}", True),
        (".a{", False),
    ],
)
def test_style_sheets_are_read_rule_by_rule(sheet, hidden):
    lines = _lines(f'<style>{sheet}</style><path class="a" d="M0 0L1 1"/><path d="M2 2L3 3"/>')
    assert lines == ([] if hidden else [[[0, 0], [1, 1]]]) + [[[2, 2], [3, 3]]]


def test_a_style_of_importance_counts():
    assert _lines('<path style="display:none ! important" d="M0 0L1 1"/><path d="M2 2L3 3"/>') == [[[2, 2], [3, 3]]]


@pytest.mark.parametrize(
    ("branches", "first"),
    [
        ('<path d="M1 1L9 9"/><path d="M2 2L9 9"/>', 1),
        ('<foreignObject><p/></foreignObject><g><path d="M1 1L9 9"/></g><path d="M2 2L9 9"/>', 1),
        ('<g requiredExtensions="http://example.org/1"><path d="M1 1L9 9"/></g><path d="M2 2L9 9"/>', 2),
        ('<g systemLanguage="de, fr"><path d="M1 1L9 9"/></g><path d="M2 2L9 9"/>', 2),
        ('<g systemLanguage="de, en-GB"><path d="M1 1L9 9"/></g><path d="M2 2L9 9"/>', 1),
        ('<g systemLanguage=""><path d="M1 1L9 9"/></g><path d="M2 2L9 9"/>', 2),
        ('<title>t</title><path d="M1 1L9 9"/><path d="M2 2L9 9"/>', 1),
        ('<g systemLanguage="fr"><path id="p" d="M1 1L9 9"/></g><use href="#p"/>', 1),
    ],
)
def test_of_a_switch_the_first_branch_that_applies_is_read(branches, first):
    assert _lines(f'<switch>{branches}</switch><path d="M5 5L6 6"/>') == [[[first, first], [9, 9]], [[5, 5], [6, 6]]]


@pytest.mark.parametrize(
    "shape",
    [
        '<rect x="9" width="-3" height="4"/>',
        '<rect width="3" height="-4" transform="scale(-1)"/>',
        '<circle r="-3"/>',
        '<rect x="9"/>',
        '<rect width="4"/>',
        '<circle cx="9"/>',
        '<circle r="2foo"/>',
        '<ellipse cx="9"/>',
    ],
)
def test_shapes_without_a_size_are_not_drawn(shape):
    assert _lines(f'{shape}<path d="M2 2L3 3"/>') == [[[2, 2], [3, 3]]]


@pytest.mark.parametrize("radii", ['rx="9"', 'ry="9"', 'rx="auto" ry="9"', 'rx="9" ry=""'])
def test_an_ellipse_of_one_radius_is_a_circle(radii):
    """SVG 2, 10.4: the other is auto, which is the same."""
    assert _lines(f'<ellipse cx="5" cy="3" {radii}/>') == _lines('<ellipse cx="5" cy="3" rx="9" ry="9"/>')


@pytest.mark.parametrize("element", ["symbol", "clipPath", "mask", "marker", "pattern"])
@pytest.mark.parametrize("around", ["g", "defs"])
def test_a_part_of_what_is_not_drawn_is_drawn_where_it_is_used(element, around):
    """As in masking-path-07-b of SVG 1.1's test suite, which shows the edges of what clips."""
    hidden = f'<{around}><{element} x="3"><path id="p" d="M0 0L1 1"/><path d="M7 7L8 8"/></{element}></{around}>'
    assert _lines(f'{hidden}<use href="#p" y="5"/>') == [[[0, 5], [1, 6]]]


def test_the_boxes_that_inkscapes_text_flows_in_are_not_drawn():
    flowing = '<flowRoot><flowRegion><rect width="9" height="5"/></flowRegion><flowPara>a</flowPara></flowRoot>'
    assert _lines(f'{flowing}<path d="M2 2L3 3"/>') == [[[2, 2], [3, 3]]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(encoding):
    body = _svg('<title>é</title><path d="M0 0L1 1"/>')
    declared = "" if encoding.startswith("utf") else f'<?xml version="1.0" encoding="{encoding}"?>'
    assert read_svg((declared + body).encode(encoding)).point_count == 2
    assert read_svg(f'<?xml version="1.0" encoding="{encoding}"?>\n{body}').point_count == 2  # text is no bytes


_PATH = '<path d="M0 0L1 1"/>'
_TYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">'
BAD = {
    "nothing": "",
    "no XML": b"\x89PNG\r\n\x1a\n\0\0",
    "another document": "<html/>",
    "cut off": _svg(_PATH)[:-4],
    "an unknown encoding": b'<?xml version="1.0" encoding="foo-1"?>' + _svg(_PATH).encode(),
    "an encoding of several bytes": b'<?xml version="1.0" encoding="shift_jis"?>' + _svg(_PATH).encode(),
    "no line": _svg(""),
    "nothing but a place": _svg('<path d="M3 3"/>'),
    "a transform that is none": _svg(f'<g transform="rotate(x)">{_PATH}</g>'),
    "infinite": _svg('<path d="M0 0L1e99 1"/>'),
    "an attribute's default": '<!DOCTYPE svg [<!ATTLIST svg width CDATA "9">]>' + _svg(_PATH),
    "an entity unsaid": _TYPE + _svg("<title>&nbsp;</title>" + _PATH),
    "a billion laughs": '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + _svg("<title>&b;</title>" + _PATH),
    "another file": '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + _svg("<title>&a;</title>" + _PATH),
    "an entity from nowhere": _svg("<title>&a;</title>" + _PATH),
    "deep": _svg("<g>" * 100_000 + _PATH + "</g>" * 100_000),
    "a million commands": _svg(f'<path d="M0 0{"L1.5 2.5" * 1_000_000}"/>'),
    "a million closings": _svg(f'<path d="M0 0{"z" * 1_000_000}"/>'),
    "a million elements": _svg(_PATH * 1_000_000),
    "a million of our points": write_svg(Sketch((Stroke(np.zeros((1_000_000, 2))),))),
    "uses of uses": _svg(
        f'<g id="a0">{_PATH}</g>'
        + "".join(f'<g id="a{n}">{f"""<use href="#a{n - 1}"/>""" * 10}</g>' for n in range(1, 10))
    ),
    "uses of itself": _svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'),
    "an id given twice": _svg(f'<g id="a">{_PATH}</g><g id="a">{_PATH * 9000}</g>' + '<use href="#a"/>' * 1000),
}


@pytest.mark.parametrize("name", BAD)
def test_each_is_refused_with_one_line_that_names_the_file(name):
    with pytest.raises(BadFile) as caught:
        read_svg(BAD[name], file="drawing.svg")
    assert str(caught.value).startswith("drawing.svg: this SVG ")
    assert "\n" not in str(caught.value)


def test_what_to_do_about_declarations_is_said_and_helps():
    bad = BAD["an attribute's default"]
    with pytest.raises(BadFile, match=r"harmful entity; delete its <!DOCTYPE \.\.\.>, or save it anew in Inkscape"):
        read_svg(bad)
    assert read_svg(bad.partition("]>")[2]).point_count == 2


def test_a_document_type_that_is_only_named_is_passed_over_and_not_fetched(tmp_path):
    """As matplotlib, Graphviz and potrace write it; what it names would end the reading, were it read."""
    dtd = tmp_path / "svg.dtd"
    dtd.write_text("<!ELEMENT")
    for where in ("http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd", dtd.as_uri(), str(dtd)):
        assert read_svg(_TYPE.replace("svg11.dtd", where) + _svg(_PATH)).point_count == 2


def test_a_missing_package_is_named_and_ours_needs_none(monkeypatch):
    original = builtins.__import__

    def without(name, *rest, **named):
        if name == "svgelements":
            raise ImportError(name)
        return original(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SketchRNNError, match=r'svgelements\. Install it with: pip install "sketchrnn\[svg\]"'):
        read_svg(_svg(_PATH), file="a.svg")
    ours = Sketch((Stroke([(0, 0), (1, 1)]),))
    assert read_svg(write_svg(ours)) == ours


def test_random_damage_gives_an_error_or_a_drawing():
    rng = np.random.default_rng(0)
    document = write_svg(Sketch((Stroke(rng.uniform(0, 9, (9, 2))), Stroke([(1, 1)], "model")), "cat", (("a", "b"),)))
    content = np.frombuffer(document.encode(), np.uint8)
    for _ in range(200):
        damaged = content.copy()
        where = rng.integers(0, len(damaged), rng.integers(1, 6))
        damaged[where] = rng.integers(0, 256, len(where))
        damaged = damaged[: rng.integers(len(damaged) // 2, 2 * len(damaged))]
        try:
            assert isinstance(read_svg(damaged.tobytes()), Sketch)
        except BadFile:
            pass
