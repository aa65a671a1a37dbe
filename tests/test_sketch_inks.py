"""Inks and widths of strokes: kept in files and conversions, seen in pictures, and not in data sets."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from sketchrnn.data.read import read_sketches, write_sketches
from sketchrnn.sketch.export import exported
from sketchrnn.sketch.frame import Frame
from sketchrnn.sketch.kinds import Options
from sketchrnn.sketch.palette import COLOURS, INKS, PAPER, colour_of, hexadecimal
from sketchrnn.sketch.prefix import first_part, first_points
from sketchrnn.sketch.raster import rasterise
from sketchrnn.sketch.svg import read_svg, write_svg
from sketchrnn.sketch.svg.paths import shape_data
from sketchrnn.sketch.types import INK_NAMES, Sketch, Stroke


def inked(seed: int) -> Sketch:
    """Strokes of 1, 2, equal and many points in every ink, half of them of uneven width."""
    random = np.random.default_rng(seed)
    strokes = []
    for count in (1, 2, 3, 40, 260):
        points = random.normal(0, 80, (count, 2)) if count != 3 else np.zeros((3, 2))
        widths = random.uniform(0.1, 1.5, count).astype(np.float32) if random.random() < 0.6 else None
        author = "hand" if random.random() < 0.7 else "model"
        strokes.append(Stroke(points, author, random.choice([None, *INK_NAMES]), widths))
    return Sketch(tuple(strokes), "cat")


@pytest.mark.parametrize(
    "options", [{}, {"plotter": True}, {"animated": True}, {"wide": True}, {"wide": True, "plotter": True}], ids=str
)
@pytest.mark.parametrize("seed", range(12))
def test_ink_and_widths_come_back_from_an_svg(seed: int, options: dict[str, bool]) -> None:
    sketch = inked(seed)
    assert read_svg(write_svg(sketch, **options)) == sketch


def test_lines_as_wide_as_drawn_are_shapes_and_the_lines_stay() -> None:
    points, widths = np.array([[0, 0], [40, 0], [40, 0], [40, 30]]), np.array([1, 0.5, 0.5, 2], np.float32)
    sketch = Sketch((Stroke(points, ink="teal", widths=widths), Stroke(points + 50)))
    text = write_svg(sketch, wide=True, stroke_width=8)
    assert text.count('data-role="width"') == 1, "an even line is one anyway"
    assert f'<path data-role="width" fill="{hexadecimal(INKS["teal"])}" stroke="none" d="M-4 0A4 4' in text
    assert 'data-order="0" stroke="none"' in text and "data-role" not in write_svg(sketch, stroke_width=8)
    with pytest.raises(ValueError, match="animation"):
        write_svg(sketch, wide=True, animated=True)


def test_a_shape_covers_what_the_line_does() -> None:
    svgelements = pytest.importorskip("svgelements")
    turn = np.linspace(0, 5, 20)
    points, radii = 60 * np.stack([np.cos(turn), np.sin(turn)], axis=1), np.linspace(1, 6, 20)
    left, top, right, bottom = svgelements.Path(shape_data(points, radii)).bbox()
    low, high = (points - radii[:, None]).min(0), (points + radii[:, None]).max(0)
    assert np.allclose([left, top, right, bottom], [*low, *high], atol=0.02)
    for subpath in svgelements.Path(shape_data(points, radii)).as_subpaths():
        drawn = [segment for segment in subpath if segment.start is not None and segment.end is not None]
        corners = np.array([(segment.point(t).x, segment.point(t).y) for segment in drawn for t in (0.0, 0.5)])
        x, y = corners.T
        assert (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() > 0, "all turn the same way, so that overlaps are filled"


def test_a_browser_is_told_the_inks_colour() -> None:
    text = write_svg(Sketch((Stroke(np.array([[0, 0], [9, 9]]), ink="teal"),)))
    assert re.search(rf'<path fill="none" data-order="0" stroke="{hexadecimal(INKS["teal"])}" data-ink="teal"', text)


def test_what_others_wrote_about_ink_is_no_harm() -> None:
    text = write_svg(Sketch((Stroke(np.array([[0, 0], [9, 9]]), "hand", "red", np.array([1, 0.5])),)))
    for data in ("", "1", "1 nan", "1 1e39", "1 -1", "1 0", "one two", "1 0.5 1"):
        (stroke,) = read_svg(
            text.replace('widths="1 0.5"', f'widths="{data}"').replace('ink="red"', 'ink="puce"')
        ).strokes
        assert stroke.ink is None and stroke.widths is None


def test_an_edited_file_of_shapes_is_read_as_lines() -> None:
    pytest.importorskip("svgelements")
    sketch = Sketch((Stroke(np.array([[0, 0], [9, 9]]), ink="green", widths=np.array([1, 0.5])),))
    moved = write_svg(sketch, wide=True).replace('id="hand"', 'id="hand" transform="translate(3 4)"')
    (stroke,) = read_svg(moved).strokes
    assert stroke.ink == "green" and len(stroke) == 2
    both = Sketch((*sketch.strokes, Stroke(np.array([[5, 0], [9, 1]]))))  # one line unseen, the other stroked
    moved = write_svg(both, wide=True).replace('id="hand"', 'id="hand" transform="translate(3 4)"')
    assert [stroke.ink for stroke in read_svg(moved).strokes] == ["green", None]


def test_an_edited_file_keeps_its_inks() -> None:
    pytest.importorskip("svgelements")
    text = write_svg(Sketch((Stroke(np.array([[0, 0], [9, 9]]), ink="green"), Stroke(np.array([[5, 0], [9, 1]])))))
    moved = text.replace('id="hand"', 'id="hand" transform="translate(3 4)"')
    assert [stroke.ink for stroke in read_svg(moved).strokes] == ["green", None]


@pytest.mark.parametrize("ink", [None, *INK_NAMES])
def test_pictures_have_the_inks_colour(ink, monkeypatch) -> None:
    monkeypatch.setattr("sketchrnn.sketch.export.GIF_SIDE", 60)  # time for other tests
    sketch = Sketch((Stroke(np.array([[0, 0], [100, 0]]), "hand", ink),))
    middle = tuple(rasterise(sketch, 101, line_width=9)[50, 50].tolist())
    assert middle == (COLOURS["hand"] if ink is None else INKS[ink])
    for format in ("png", "gif"):
        picture = Image.open(io.BytesIO(exported(sketch, Options(format), page=(-10, -10, 110, 10), stroke_width=4)))
        picture.seek(getattr(picture, "n_frames", 1) - 1)
        seen = {colour for _, colour in picture.convert("RGB").getcolors(9999)}
        assert {middle, PAPER} <= seen, format


def test_a_line_is_as_wide_as_its_widths() -> None:
    ends = np.array([[10, 50], [90, 50]])
    even, cone = (Sketch((Stroke(ends, widths=widths),)) for widths in (None, np.array([0.2, 1.0])))
    frame = {"size": 100, "page": (0, 0, 100, 100), "margin": 0.0, "line_width": 20.0}
    dark = [(255 - rasterise(sketch, **frame)[:, :, 0].astype(float)).sum(0) / (255 - 38) for sketch in (even, cone)]
    assert dark[0][30] == pytest.approx(20, abs=0.1)
    for x in (20, 50, 80):  # (an exact cone is a little wider across its axis)
        assert dark[1][x] == pytest.approx(20 * (0.2 + 0.8 * (x + 0.5 - 10) / 80), abs=0.4)


def test_conversions_keep_ink_and_widths() -> None:
    sketch = inked(3)
    there = Frame(2.0, (5.0, 6.0)).from_sketch_units(sketch)
    for new, old in zip(there.strokes, sketch.strokes, strict=True):
        assert (new.ink, new.author) == (old.ink, old.author)
        assert (new.widths is None) == (old.widths is None)
        assert new.widths is None or np.array_equal(new.widths, old.widths)
    for part in (first_points(sketch, 170), first_part(sketch, 0.6)):
        last = part.strokes[-1]
        assert last.ink == sketch.strokes[len(part.strokes) - 1].ink
        assert all(s.widths is None or len(s.widths) == len(s) for s in part.strokes)
    assert sketch.strokes[4].with_points(np.zeros((2, 2))).widths is None


def test_data_sets_hold_lines_alone(tmp_path) -> None:
    path = tmp_path / "cat.ndjson"
    write_sketches(path, [inked(1)])
    (back,) = read_sketches(path)
    assert {(stroke.ink, stroke.widths) for stroke in back.strokes} == {(None, None)}


def test_strokes_of_other_ink_or_width_are_other_strokes() -> None:
    points = np.array([[0, 0], [1, 1]])
    kinds = [Stroke(points), Stroke(points, ink="red"), Stroke(points, widths=[1, 1]), Stroke(points, widths=[1, 0.5])]
    assert len(set(kinds)) == 4
    assert Stroke(points, widths=[1, 0.5]) == kinds[3] and colour_of(kinds[1]) == INKS["red"]
    for bad in ([1], [1, 0], [1, -1], [1, np.nan], [[1, 1]]):
        with pytest.raises(ValueError, match="widths above 0"):
            Stroke(points, widths=bad)
    with pytest.raises(ValueError, match="expected an ink"):
        Stroke(points, ink="puce")
