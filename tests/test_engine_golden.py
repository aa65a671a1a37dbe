"""The whole program on one line: `sketchrnn complete in.svg --seed 7`, against a file that was looked at.

`SKETCHRNN_MAKE_GOLDEN=1 pytest tests/test_engine_golden.py` makes the golden files anew; look at them before keeping.
Points differ between machines by rounding, so they are compared within a tolerance (measured here: 0; between one
and two threads: 2e-4 px), everything else exactly.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from engine_models import SMALL, half_a_face

from sketchrnn.cli.main import main
from sketchrnn.sketch.svg import read_svg, write_svg
from sketchrnn.sketch.types import Sketch

GOLDEN = Path(__file__).parent / "fixtures" / "golden"
MAKE = "SKETCHRNN_MAKE_GOLDEN"
TOLERANCE = 0.02  # px of a drawing 255 px wide

CASES = {
    "face-seed-7": ["--seed", "7", "--temperature", "0.25"],
    "face-star-scale-1": ["--seed", "7", "--category", "star", "--scale", "1", "--temperature", "0.5"],
}


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn, out = tmp_path / "in.svg", tmp_path / "out.svg"
    drawn.write_text(write_svg(half_a_face()))
    assert main(["complete", str(drawn), *CASES[name], "--model", str(SMALL), "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    golden = GOLDEN / f"{name}.svg"
    if os.environ.get(MAKE):
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(out.read_bytes())
    compare(out.read_text(), golden.read_text())


def compare(ours: str, theirs: str) -> None:
    new, old = read_svg(ours), read_svg(theirs)
    assert shape(new) == shape(old)
    np.testing.assert_allclose(new.points(), old.points(), atol=TOLERANCE)
    assert without_numbers(ours) == without_numbers(theirs)


def shape(sketch: Sketch) -> tuple:
    strokes = [(stroke.author, len(stroke)) for stroke in sketch.strokes]
    return strokes, sketch.category, sketch.provenance, sketch.pen_down


def without_numbers(document: str) -> str:
    """The document with the numbers of its paths and its view left out."""
    return re.sub(r'( d| viewBox| stroke-width| width| height)="[^"]*"', r'\1=""', document)
