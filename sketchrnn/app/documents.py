"""The drawing as a file: what is written under which suffix, and how the program knows its own documents again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from sketchrnn.app.events import FileRead
from sketchrnn.app.state import PAGE_SCALE, PAGE_SIDE
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.sketch.export import exported
from sketchrnn.sketch.files import write_atomically
from sketchrnn.sketch.frame import PAGE_NOTE, Box, Frame
from sketchrnn.sketch.kinds import SUFFIXES, Options
from sketchrnn.sketch.selecting import FARTHEST
from sketchrnn.sketch.svg import write_svg
from sketchrnn.sketch.types import Sketch

OWN_PAGE = (PAGE_NOTE, f"{PAGE_SIDE:g}")
"""Stands in a document's provenance: its coordinates are page units."""
MOST_DRAWINGS = 1000
"""Of a data set that are offered when it is opened."""
PNG_PIXELS = 1.0
"""Per page unit, at 1x."""


@dataclass(frozen=True)
class Codecs:
    """Readers and writers of data sets, handed in: `app` itself knows only its own documents.

    Args:
        read: the drawings of a file of any known kind, one by one; `data.read.read_sketches`.
        write: drawings to an .ndjson or .npz file; `data.read.write_sketches`.
        add: one drawing with its category to a data set's folder; `data.documents.add_drawing`.
    """

    read: Callable[[Path], Iterator[Sketch]]
    write: Callable[[Path, Iterable[Sketch]], None]
    add: Callable[[Sketch, Path], tuple[Path, int, bool]]


def document_text(sketch: Sketch, ink_width: float = 3.0) -> str:
    """The drawing as SVG: the page, and what of the ink lies beyond it.

    Args:
        sketch: page units.
        ink_width: page units.
    """
    noted = replace(sketch, provenance=(*_notes_but_page(sketch), OWN_PAGE))
    return write_svg(noted, page=seen_box(sketch), stroke_width=ink_width)


def seen_box(sketch: Sketch) -> Box:
    """The page and all ink, page units."""
    left, top, right, bottom = sketch.bounds() or (0.0, 0.0, PAGE_SIDE, PAGE_SIDE)
    return min(left, 0.0), min(top, 0.0), max(right, PAGE_SIDE), max(bottom, PAGE_SIDE)


def exported_page(sketch: Sketch, options: Options, ink_width: float = 3.0) -> str | bytes:
    """The page and all ink as the content of a file for elsewhere; `PNG_PIXELS` px per page unit in a PNG at 1x.

    Args:
        sketch: page units.
        options: with a format of single drawings.
        ink_width: page units.
    """
    sketch = replace(sketch, provenance=_notes_but_page(sketch))
    return exported(sketch, options, page=seen_box(sketch), stroke_width=ink_width, pixels=PNG_PIXELS)


def is_own(sketch: Sketch) -> bool:
    """Whether the sketch comes from a document of this program, in page units, and lies where a hand can draw."""
    return OWN_PAGE in sketch.provenance and max(map(abs, sketch.bounds() or (0.0,))) <= FARTHEST


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


def write_document(path: Path, sketch: Sketch, ink_width: float, options: Options | None, codecs: Codecs) -> None:
    """Write the drawing, whole or not at all.

    Args:
        path: where.
        sketch: page units.
        ink_width: page units.
        options: as what, for elsewhere; None for an SVG that holds everything and opens as it was.
        codecs: data sets are in sketch units.

    Raises:
        SketchRNNError: it cannot be written, or its suffix is not one of those that are.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise SketchRNNError(f"cannot write {path.suffix or 'a file without a suffix'}", file=path)
    if options is None:
        write_atomically(path, document_text(sketch, ink_width))
    elif options.kind.collects:
        codecs.write(path, [Frame(1 / PAGE_SCALE).to_sketch_units(sketch)])
    else:
        write_atomically(path, exported_page(sketch, options, ink_width))


def _notes_but_page(sketch: Sketch) -> tuple[tuple[str, str], ...]:
    return tuple(note for note in sketch.provenance if note[0] != PAGE_NOTE)
