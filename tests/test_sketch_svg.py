"""Our SVG: what it says, that it reads back without loss, and that others read the same lines in it."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchrnn.errors import BadFile
from sketchrnn.sketch.svg import contact_sheet_svg, read_svg, write_svg
from sketchrnn.sketch.svg.paths import parse_path, path_data
from sketchrnn.sketch.svg.write import page_of
from sketchrnn.sketch.types import Sketch, Stroke

SVG = "{http://www.w3.org/2000/svg}"
INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"

_FLOAT = st.floats(width=32, allow_nan=False, allow_infinity=False)
_STROKE = st.builds(
    lambda points, author: Stroke(np.array(points, np.float32), author),
    st.lists(st.tuples(_FLOAT, _FLOAT), min_size=1, max_size=6),
    st.sampled_from(["hand", "model"]),
)
_TEXT = st.text(max_size=12)
_SKETCH = st.builds(
    lambda strokes, category, notes, pen: Sketch(tuple(strokes), category, tuple(notes), pen and bool(strokes)),
    st.lists(_STROKE, max_size=5),
    st.none() | _TEXT,
    st.lists(st.tuples(_TEXT, _TEXT), max_size=3),
    st.booleans(),
)
HALF_A_CAT = Sketch(
    (
        Stroke([(0, 0), (10, 0.5), (10, 20)]),
        Stroke([(5, 5), (7, 5)], "model"),
        Stroke([(3, 3)]),
        Stroke([(4, 4), (4, 4)], "model"),
    ),
    "cat",
    (("model", "everything 1"), ("seed", "7"), ("temperature", "0.25"), ("key_id", "12")),
)


@settings(max_examples=60)
@given(_SKETCH, st.booleans())
def test_every_sketch_reads_back_equal(sketch, animated):
    document = write_svg(sketch, animated=animated, background=(255, 255, 255) if animated else None)
    assert read_svg(document) == sketch
    assert read_svg(document.encode("utf-8")) == sketch


def test_a_thousand_random_floats_survive_bit_for_bit():
    bits = np.random.default_rng(0).integers(0, 2**32, 2400, dtype=np.uint32).view(np.float32)
    points = bits[np.isfinite(bits)][:2000].reshape(-1, 2)
    assert np.array_equal(parse_path(path_data(points)).view(np.uint32), points.view(np.uint32))


def test_dots_are_written_so_that_inkscape_and_vpype_see_them_and_read_as_they_were_written_before():
    for points, data in (([[1, 2]], "M1 2q0 0 0 0"), ([[1, 2]] * 3, "M1 2L1 2L1 2q0 0 0 0")):
        assert path_data(np.array(points, np.float32)) == data
        assert parse_path(data).tolist() == points
    assert parse_path("M1 2Z").tolist() == [[1, 2]]


@pytest.mark.parametrize(
    "data", ["", "M", "M1", "M1 2", "M1 2 3", "M1 2L3", "M1 2LL3 4", "m1 2l3 4", "M1 2L3 4Z", "M1 2C3 4"]
)
def test_paths_that_are_not_ours_are_left_to_the_general_reader(data):
    assert parse_path(data) is None


def test_equal_input_gives_equal_bytes():
    assert write_svg(HALF_A_CAT, animated=True) == write_svg(HALF_A_CAT, animated=True)


def test_what_the_document_says():
    root = ElementTree.fromstring(write_svg(HALF_A_CAT, size_mm=100, page=(-10, -10, 40, 90)))
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("50mm", "100mm", "-10 -10 50 100")
    assert root.find(f"{SVG}title").text == "cat"
    assert root.find(f"{SVG}desc").text == (
        "Strokes: 2 by the hand, 2 by the model; model everything 1; seed 7; temperature 0.25"
    )
    layers = root.findall(f"{SVG}g")
    assert [layer.get(f"{INKSCAPE}label") for layer in layers] == ["1 hand", "2 model"]
    assert {layer.get(f"{INKSCAPE}groupmode") for layer in layers} == {"layer"}
    for layer in layers:
        assert (layer.get("stroke-linecap"), layer.get("stroke-linejoin")) == ("round", "round")
    paths = [path for layer in layers for path in layer]
    assert {path.get("fill") for path in paths} == {"none"}
    assert [path.get("data-order") for path in paths] == ["0", "2", "1", "3"]
    assert paths[0].get("d") == "M0 0L10 0.5L10 20"


def test_the_empty_sketch_has_both_layers_and_reads_back():
    document = write_svg(Sketch((), "cat"))
    assert document.count("<g ") == 2
    assert read_svg(document) == Sketch((), "cat")


def test_the_margin_holds_the_whole_line():
    root = ElementTree.fromstring(write_svg(HALF_A_CAT, stroke_width=6))
    left, top, width, height = map(float, root.get("viewBox").split())
    assert left <= -3 and top <= -3 and left + width >= 13 and top + height >= 23


@pytest.mark.parametrize(
    ("place", "view"), [((0, 0), "-1 -1 2 2"), ((1000, 700), "999 699 2 2"), ((3e7, 0), "29999970 -30 60 60")]
)
def test_a_dot_alone_has_a_page_that_programs_can_count_on(place, view):
    """Its page was a millionth of its place, 0.002 units wide at 1000: Chromium drew nothing there."""
    assert ElementTree.fromstring(write_svg(Sketch((Stroke([place]),)))).get("viewBox") == view


def test_pages_of_equal_size():
    page = page_of([HALF_A_CAT, Sketch((Stroke([(-50, 80)]),)), Sketch()], margin=5)
    assert page == (-55, -5, 15, 85)
    assert page_of([Sketch()]) == (0, 0, 1, 1)
    left, top, right, bottom = page_of([Sketch((Stroke([(3, 3)]),))])
    assert left < 3 < right and top < 3 < bottom


@pytest.mark.parametrize(
    "wrong", [{"page": (0, 0, 0, 1)}, {"page": (0, 0, np.nan, 1)}, {"size_mm": 0}, {"stroke_width": -1}, {"seconds": 0}]
)
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        write_svg(HALF_A_CAT, **wrong)


def test_an_animation_takes_its_time_and_yields_to_reduced_motion():
    document = write_svg(HALF_A_CAT, animated=True, seconds=5)
    times = re.findall(r"animation-delay:([\d.]+)s;animation-duration:([\d.]+)s", document)
    starts, durations = np.array(times, float).T
    drawn = np.argsort(starts)  # the file is sorted by layer, the times by drawing order
    assert [int(order) for order in re.findall(r'data-order="(\d)"', document)] == np.argsort(drawn).tolist()
    assert (np.diff(starts[drawn]) > durations[drawn][:-1]).all()
    assert (starts + durations).max() == pytest.approx(5, abs=0.01)
    plain = document[: document.index("@media (prefers-reduced-motion: no-preference)")]
    assert "animation:" not in plain  # whoever ignores the query sees the whole drawing
    assert re.findall(r'class="(\w+)"', document) == ["line", "dot", "line", "dot"]


def test_another_program_reads_the_same_lines():
    svgelements = pytest.importorskip("svgelements", reason="the extra svg is not installed")
    sketch = Sketch(tuple(Stroke(s.points * 7 - 20, s.author) for s in HALF_A_CAT.strokes))
    document = write_svg(sketch, page=(-100, -100, 156, 156), size_mm=256)
    parsed = svgelements.SVG.parse(io.StringIO(document), ppi=25.4)  # a pixel is a millimetre is a unit
    lines = {
        int(path.values["data-order"]): [(point.x, point.y) for point in path.as_points()]
        for path in parsed.elements()
        if isinstance(path, svgelements.Path)
    }
    for order, stroke in enumerate(sketch.strokes):
        theirs = np.array(lines[order]) - 100
        assert np.abs(theirs[0] - stroke.points[0]).max() < 1e-3
        assert np.abs(theirs[-1] - stroke.points[-1]).max() < 1e-3
        assert len(np.unique(theirs, axis=0)) == len(np.unique(stroke.points, axis=0))


def test_a_file_edited_elsewhere_keeps_metadata_and_layers():
    pytest.importorskip("svgelements", reason="the extra svg is not installed")
    document = write_svg(HALF_A_CAT, page=(0, 0, 96, 96), size_mm=25.4)
    moved = document.replace('<g id="model"', '<g id="model" transform="translate(30 40)"')
    sketch = read_svg(moved)
    assert (sketch.category, sketch.provenance) == ("cat", HALF_A_CAT.provenance)
    assert [stroke.author for stroke in sketch.strokes] == ["hand", "model", "hand", "model"]
    assert sketch.strokes[1].points == pytest.approx(np.array([[35, 45], [37, 45]]), abs=1e-3)
    assert sketch.strokes[0].points == pytest.approx(HALF_A_CAT.strokes[0].points, abs=1e-3)


@pytest.mark.parametrize("moved", [False, True])
def test_inkscapes_plain_svg_keeps_authors(moved):
    """It has no labels, but the ids of the layers."""
    if moved:
        pytest.importorskip("svgelements", reason="the extra svg is not installed")
    sketch = Sketch((Stroke([(0, 0), (9, 9)]), Stroke([(5, 5), (7, 5)], "model"), Stroke([(9, 0), (0, 9)])))
    plain = re.sub(r' inkscape:(groupmode|label)="[^"]*"', "", write_svg(sketch))
    assert "inkscape:" not in plain
    plain = plain.replace('id="model"', 'id="model" transform="scale(1)"') if moved else plain
    assert read_svg(plain) == sketch
    foreign = read_svg(re.sub("(?s)<metadata>.*</metadata>", "", plain))
    assert [stroke.author for stroke in foreign.strokes] == ["hand"] * 3  # there an id may mean anything


def test_a_file_edited_elsewhere_keeps_order_sense_and_widths():
    """As Inkscape writes a plotter's file in which one stroke was moved and one is new."""
    pytest.importorskip("svgelements", reason="the extra svg is not installed")
    far, near = np.array([(90, 90), (50, 60), (2, 2)]), np.array([(0, 0), (1, 1)])
    strokes = (
        Stroke(far, widths=np.array([0.5, 1, 1.5])),
        Stroke(near + 40, "model"),
        Stroke(near, "model", ink="red", widths=np.array([1, 2])),
        Stroke([(70.1, 20.7)], widths=np.array([0.75])),
    )
    document = write_svg(Sketch(strokes, pen_down=True), plotter=True)
    assert re.findall(r'data-order="(\d)"', document) == ["0", "3", "1", "2"]
    assert "data-backwards" in document
    edited = document.replace('d="M40 40L41 41"', 'd="m 40,40 1,2"').replace("</svg>", '<path d="M5 5h9"/></svg>')
    moved, new = Stroke([(40, 40), (41, 42)], "model"), Stroke([(5, 5), (14, 5)])
    assert read_svg(edited) == Sketch((strokes[0], moved, *strokes[2:], new), pen_down=True)


_PAGE = (("page", "600"), ("scale", "0.6"))
_RELATIVE = ("M100 100L500 500", "m 100,100 400,400")


@pytest.mark.parametrize("page", [(0, 0, 600, 600), (-100, 0, 700, 600), (0, -0.5, 600, 1200)], ids=str)
@pytest.mark.parametrize(
    "edit",
    [
        [_RELATIVE],
        [('id="hand"', 'id="hand" transform="translate(10 -4)"')],
        [_RELATIVE, ('width="', 'preserveAspectRatio="none" width="9')],
        [_RELATIVE, ('width="', 'style="width:99px;height:300px" width="')],
    ],
    ids=["relative", "moved", "wider", "styled"],
)
def test_a_file_edited_elsewhere_keeps_its_unit(page, edit):
    pytest.importorskip("svgelements", reason="the extra svg is not installed")
    strokes = Stroke([(100, 100), (500, 500)]), Stroke([(-100, 500), (500, 100)], "model")
    document = write_svg(Sketch(strokes, provenance=_PAGE), page=page)
    for before, after in edit:
        assert before in document
        document = document.replace(before, after, 1)
    moved = np.array([(10, -4) if "translate" in document else (0, 0), (0, 0)])
    sketch = read_svg(document)
    assert sketch.provenance == _PAGE
    for stroke, original, by in zip(sketch.strokes, strokes, moved, strict=True):
        assert stroke == Stroke(original.points + by, original.author)


def test_shares_of_the_view_are_those_of_units():
    pytest.importorskip("svgelements", reason="the extra svg is not installed")
    document = write_svg(Sketch(HALF_A_CAT.strokes, provenance=_PAGE), page=(-100, 0, 600, 600))
    sketch = read_svg(document.replace("</svg>", '<rect width="50%" height="100%"/></svg>'))
    assert sketch.strokes[-1].points.tolist() == [[0, 0], [350, 0], [350, 600], [0, 600], [0, 0]]


@pytest.mark.parametrize(
    ("root", "opening"),
    [
        ('viewBox="0 0 100 100"', '<g transform="scale(0.1666666667)">'),
        ('viewBox="0 0 300 200"', '<g transform="translate(-100 -100)">'),
        ('viewBox="0 0 1200 1200"', '<svg viewBox="0 0 600 600" width="600" height="600">'),
        ('viewBox="0 0 600 600" transform="scale(2)"', "<g>"),
        ('data-box=""', '<g transform="scale(0.6299)">'),
        ('viewBox="0 0 600"', '<g transform="scale(0.6299)">'),
    ],
    ids=["in millimetres", "cut", "within another", "turned as a whole", "without a view", "with half a view"],
)
def test_a_file_counted_or_cut_otherwise_notes_no_unit(root, opening):
    pytest.importorskip("svgelements", reason="the extra svg is not installed")
    sketch = Sketch((Stroke([(0, 0), (600, 600)]),), "cat", (("seed", "7"), *_PAGE))
    document = write_svg(sketch, page=(0, 0, 600, 600)).replace('viewBox="0 0 600 600"', root)
    before, layers, after = document.partition('  <g id="hand"')
    closing = "</svg>" if "<svg" in opening else "</g>"
    found = read_svg(before + opening + layers + after.replace("</svg>", f"{closing}</svg>"))
    assert (found.category, found.provenance) == ("cat", (("seed", "7"),))
    if opening == '<g transform="scale(0.1666666667)">':
        assert found.bounds() == pytest.approx((0, 0, 377.95, 377.95), abs=0.01), "100 mm as CSS has them"


def test_a_stroke_deleted_elsewhere_is_gone():
    document = write_svg(HALF_A_CAT)
    without = re.sub(r'    <path fill="none" data-order="1".*\n', "", document)
    strokes = HALF_A_CAT.strokes
    assert read_svg(without).strokes == (strokes[0], strokes[2], strokes[3])


def test_damaged_metadata_is_refused():
    document = write_svg(Sketch((), "\x00")).replace("\\u0000", "\\u00")
    with pytest.raises(BadFile, match=r"a\.svg: this SVG cannot be read: its metadata is damaged"):
        read_svg(document, file="a.svg")


def test_a_contact_sheet_shows_every_sketch_in_its_cell():
    sketches = [HALF_A_CAT, Sketch(), Sketch((Stroke([(9, 9)]),))]
    document = contact_sheet_svg(sketches, 2, 100, ["a < b", "", "ü"])
    root = ElementTree.fromstring(document)
    assert (root.get("width"), root.get("height")) == ("200", "200")
    assert [text.text for text in root.iter(f"{SVG}text")] == ["a < b", "ü"]
    numbers = [float(n) for n in re.findall(r"[-\d.]+", " ".join(p.get("d") for p in root.iter(f"{SVG}path")))]
    assert 0 <= min(numbers) and max(numbers) <= 200
    for wrong in ({"columns": 0}, {"columns": 2, "cell": 0}, {"columns": 2, "titles": ["one"]}):
        with pytest.raises(ValueError, match="expected"):
            contact_sheet_svg(sketches, **wrong)
