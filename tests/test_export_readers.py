"""Exports as others read them: Chromium (where it is installed) and svgelements, with the geometry that was written."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sketchrnn.sketch.export import exported, sheet_of
from sketchrnn.sketch.kinds import PAPER_MARGIN, PAPERS, Options
from sketchrnn.sketch.types import Sketch, Stroke

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PX_PER_MM = 96 / 25.4
PAGE = (0.0, 0.0, 200.0, 100.0)
MM = 120.0
PX = MM * PX_PER_MM / 200
"""CSS pixels per unit of the sketch."""
HAND, MODEL = np.array([[10, 10], [60.5, 40], [20, 90]]), np.array([[190, 5], [120, 95.25]])
SKETCH = Sketch((Stroke(HAND), Stroke(MODEL, "model"), Stroke(np.array([[100, 50]]))), "cat")

ASK = """<!doctype html><meta charset="utf-8"><style>body{margin:0}</style>%s<pre id="said"></pre><script>
const svg = document.querySelector("svg"), box = svg.getBoundingClientRect()
const paths = [...svg.querySelectorAll("path")].map(path => {
  const m = path.getScreenCTM(), n = path.getTotalLength()
  const at = s => { const p = path.getPointAtLength(s * n).matrixTransform(m); return [p.x - box.x, p.y - box.y] }
  return {layer: path.parentNode.getAttribute("inkscape:label"), points: [0, 0.25, 0.5, 0.75, 1].map(at)}
})
document.querySelector("pre").textContent = JSON.stringify({width: box.width, height: box.height, paths})
</script>"""


def along(line: np.ndarray) -> np.ndarray:
    """Points at quarters of a polyline's length, in CSS pixels."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    at = np.linspace(0, steps.sum(), 5)
    reached = np.concatenate([[0], np.cumsum(steps)])
    return np.stack([np.interp(at, reached, line[:, axis]) for axis in (0, 1)], axis=1) * PX


def browse(page: Path, *flags: str) -> str:
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={page.parent / 'profile'}"]
    done = subprocess.run([*command, *flags, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("options", [Options("svg", MM), Options("svg", MM, plotter=True)], ids=["drawn", "plotter"])
def test_a_browser_sees_the_lines_where_they_were_drawn(tmp_path: Path, options: Options) -> None:
    page = tmp_path / "page.html"
    page.write_text(ASK % exported(SKETCH, options, page=PAGE).split("?>", 1)[1], "utf-8")
    said = re.search(r'<pre id="said">(.+?)</pre>', browse(page, "--dump-dom"))
    seen = json.loads(said[1])
    assert (seen["width"], seen["height"]) == pytest.approx((MM * PX_PER_MM, MM * PX_PER_MM / 2), abs=0.02)
    assert [path["layer"] for path in seen["paths"]] == ["1 hand", "1 hand", "2 model"]
    longest = {path["layer"]: path for path in sorted(seen["paths"], key=lambda path: np.ptp(path["points"]))}
    for label, line in (("1 hand", HAND), ("2 model", MODEL)):
        found = np.array(longest[label]["points"])
        found = found if np.hypot(*(found[0] - line[0] * PX)) < 1 else found[::-1]
        assert np.abs(found - along(line)).max() < 0.02


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("turned", [False, True], ids=["across", "upright"])
def test_svgelements_reads_a_drawing_in_the_middle_of_a_sheet(tmp_path: Path, paper: str, turned: bool) -> None:
    svgelements = pytest.importorskip("svgelements")
    line = np.array([[40, 10], [240, 60], [90, 85]])[:, :: -1 if turned else 1]
    file = tmp_path / "a.svg"
    file.write_text(str(exported(Sketch((Stroke(line),)), Options("svg", paper=paper), page=PAGE)), "utf-8")
    document = svgelements.SVG.parse(str(file), ppi=25.4)  # one pixel is one millimetre
    sides = np.array(PAPERS[paper][:: 1 if turned else -1])
    assert (document.width, document.height) == pytest.approx(sides)
    (path,) = (element for element in document.elements() if isinstance(element, svgelements.Path))
    box = np.array(path.bbox()).reshape(2, 2)
    assert box.sum(axis=0) == pytest.approx(sides, abs=1e-3), "in the middle"
    assert (sides - np.ptp(box, axis=0)).min() == pytest.approx(2 * PAPER_MARGIN, abs=1e-3), "as large as can be"
    assert np.ptp(box, axis=0) / np.ptp(line, axis=0) == pytest.approx(np.ptp(box[:, 0]) / np.ptp(line[:, 0]))


@pytest.mark.parametrize("place", [(0, 0), (1000.3, 700.7), (-3e5, 4e6)], ids=str)
def test_a_dot_lies_in_the_middle_of_a_sheet(place: tuple[float, float]) -> None:
    left, top, right, bottom = sheet_of(Sketch((Stroke(np.array([place])),)), "a5")
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx(place)
    assert (bottom - top) / (right - left) == pytest.approx(210 / 148)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_browser_draws_the_animation_bit_by_bit(tmp_path: Path) -> None:
    """Begun, on the way, over, below each other: by delays moved back in time, as nobody waits."""
    text = str(exported(SKETCH, Options("svg-animated", MM), page=PAGE)).split("?>", 1)[1]
    moments = (0.4, 2.0, 9.0)
    shown = [re.sub(r"(?<=delay:)[\d.]+", lambda m, at=at: f"{float(m[0]) - at:.3f}", text) for at in moments]
    style = "<style>body{margin:0} svg{display:block} path{animation-play-state:paused!important}</style>"
    page, shot = tmp_path / "film.html", tmp_path / "film.png"
    page.write_text(f"<!doctype html>{style}{''.join(shown)}", "utf-8")
    height = round(MM / 2 * PX_PER_MM)
    browse(page, f"--screenshot={shot}", f"--window-size=500,{4 * height}")
    with Image.open(shot) as image:
        dark = np.asarray(image.convert("L")) < 200
    begun, going, over = (int(dark[i * height : (i + 1) * height].sum()) for i in range(3))
    assert 0 < begun < 0.5 * going < going < 0.9 * over


@pytest.mark.parametrize("format", ["svg", "svg-animated"])
def test_svgelements_reads_the_same_lines_in_millimetres(tmp_path: Path, format: str) -> None:
    svgelements = pytest.importorskip("svgelements")
    file = tmp_path / "a.svg"
    file.write_text(str(exported(SKETCH, Options(format, MM), page=PAGE)), "utf-8")
    document = svgelements.SVG.parse(str(file), ppi=25.4)  # one pixel is one millimetre
    paths = [element for element in document.elements() if isinstance(element, svgelements.Path)]
    assert (document.width, document.height) == pytest.approx((MM, MM / 2))
    lines = [np.array([(point.x, point.y) for point in path.as_points()]) for path in paths]
    found = [line[np.insert(np.any(np.diff(line, axis=0) != 0, axis=1), 0, True)] for line in lines if len(line) > 1]
    wanted = [HAND * MM / 200, MODEL * MM / 200]
    found = [line for line in found if len(line) > 1]  # without the dot
    assert len(found) == 2
    for line, expected in zip(found, wanted, strict=True):
        assert line == pytest.approx(expected, abs=1e-4)


def test_vpype_reads_the_same_lines_and_dots(tmp_path: Path) -> None:
    vpype = pytest.importorskip("vpype", reason="vpype is not installed (pip install vpype)")
    file = tmp_path / "a.svg"
    dots = Stroke(np.array([[100, 50]])), Stroke(np.array([[30, 20], [30, 20]]), "model")
    sketch = Sketch((SKETCH.strokes[0], SKETCH.strokes[1], *dots))
    file.write_text(str(exported(sketch, Options("svg", MM), page=PAGE)), "utf-8")
    document = vpype.read_multilayer_svg(str(file), 0.01)
    assert document.page_size == pytest.approx((MM * PX_PER_MM, MM * PX_PER_MM / 2))
    for layer, line, dot in ((1, HAND, dots[0]), (2, MODEL, dots[1])):
        found, point = document.layers[layer]
        assert np.stack([found.real, found.imag], axis=1) == pytest.approx(line * PX, abs=1e-3)
        assert point == pytest.approx(complex(*(dot.points[0] * PX)), abs=1e-3)
