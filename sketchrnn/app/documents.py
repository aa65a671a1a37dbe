"""The drawing as a file: what is written under which suffix, and how the program knows its own documents again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from sketchrnn.app.events import FileRead
from sketchrnn.app.state import PAGE_SCALE, PAGE_SIDE
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.sketch import raster
from sketchrnn.sketch.files import write_atomically
from sketchrnn.sketch.frame import Box, Frame
from sketchrnn.sketch.svg import write_svg
from sketchrnn.sketch.types import Sketch

PAGE_NOTE = ("page", f"{PAGE_SIDE:g}")
"""Stands in a document's provenance: its coordinates are page units."""
MOST_DRAWINGS = 1000
"""Of a data set that are offered when it is opened."""
PICTURE_SCALE = 2.0
"""Pixels of a PNG per page unit."""
MOST_PIXELS = 4096
"""Of the larger side of a PNG."""


@dataclass(frozen=True)
class Codecs:
    """Readers and writers of data sets, handed in: `app` itself knows only its own documents.

    Args:
        read: the drawings of a file of any known kind, one by one; `data.read.read_sketches`.
        write: drawings to an .ndjson or .npz file; `data.read.write_sketches`.
    """

    read: Callable[[Path], Iterator[Sketch]]
    write: Callable[[Path, Iterable[Sketch]], None]


def document_text(sketch: Sketch, ink_width: float = 3.0) -> str:
    """The drawing as SVG: the page, and what of the ink lies beyond it.

    Args:
        sketch: page units.
        ink_width: page units.
    """
    notes = tuple(note for note in sketch.provenance if note[0] != PAGE_NOTE[0])
    return write_svg(replace(sketch, provenance=(*notes, PAGE_NOTE)), page=seen_box(sketch), stroke_width=ink_width)


def seen_box(sketch: Sketch) -> Box:
    """The page and all ink, page units."""
    left, top, right, bottom = sketch.bounds() or (0.0, 0.0, PAGE_SIDE, PAGE_SIDE)
    return min(left, 0.0), min(top, 0.0), max(right, PAGE_SIDE), max(bottom, PAGE_SIDE)


def picture(sketch: Sketch, ink_width: float = 3.0) -> np.ndarray:
    """The page and all ink as (h, w, 3) uint8, `PICTURE_SCALE` px per page unit, less where ink lies far away."""
    left, top, right, bottom = seen_box(sketch)
    scale = min(PICTURE_SCALE, MOST_PIXELS / max(right - left, bottom - top))
    size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    page = (left, top, right, bottom)
    return raster.rasterise(sketch, size, line_width=max(ink_width * scale, 0.5), margin=0.0, page=page)


def is_own(sketch: Sketch) -> bool:
    """Whether the sketch comes from a document of this program, in page units."""
    return PAGE_NOTE in sketch.provenance


def read_document(path: Path, codecs: Codecs) -> FileRead:
    """The drawings of a file, at most `MOST_DRAWINGS`.

    Raises:
        BadFile: it cannot be read or holds no drawing.
    """
    drawings = (sketch for sketch in codecs.read(path) if sketch.strokes)
    sketches = tuple(islice(drawings, MOST_DRAWINGS))
    if not sketches:
        raise BadFile("holds no drawing", file=path)
    more = len(sketches) == MOST_DRAWINGS and next(drawings, None) is not None
    own = len(sketches) == 1 and path.suffix.lower() == ".svg" and is_own(sketches[0])
    return FileRead(path, sketches, own=own, more=more)


def write_document(path: Path, sketch: Sketch, ink_width: float, codecs: Codecs) -> None:
    """Write the drawing in the form that the suffix says, whole or not at all.

    .svg holds everything; .png is a picture of the page; .ndjson and .npz are in sketch units, as data sets are.

    Raises:
        SketchRNNError: it cannot be written, or the suffix is not known.
    """
    kind = path.suffix.lower()
    if kind == ".svg":
        write_atomically(path, document_text(sketch, ink_width))
    elif kind == ".png":
        raster.write_png(path, picture(sketch, ink_width))
    elif kind in (".ndjson", ".npz"):
        codecs.write(path, [Frame(1 / PAGE_SCALE).to_sketch_units(sketch)])
    else:
        raise SketchRNNError(f"cannot write {kind or 'a file without a suffix'}", file=path)
