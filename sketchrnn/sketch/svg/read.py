"""SVG in: our own files back without loss, drawings from other programs as lines."""

from __future__ import annotations

import os
import zlib

import numpy as np

from sketchrnn.errors import BadFile
from sketchrnn.sketch.frame import Box, noted_page, without_unit_notes
from sketchrnn.sketch.svg.foreign import flatten
from sketchrnn.sketch.svg.paths import parse_path, parse_widths
from sketchrnn.sketch.svg.scan import MOST_BYTES, OwnPath, Refused, Scan, scan
from sketchrnn.sketch.types import Sketch, Stroke, ink_named

MOST_POINTS = 500_000
_GZIP = b"\x1f\x8b"
_ROUNDED = 1e-3
"""Of a page's side, that other programs' rounding may take from a `viewBox`."""


def read_svg(document: str | bytes, file: str | os.PathLike[str] | None = None) -> Sketch:
    """The sketch in an SVG document.

    A file written by `write_svg` comes back equal: strokes, authors, order, category, provenance, pen. Any other is
    flattened, which needs the extra `svg`: each subpath of a visible shape becomes a stroke, transforms and units
    applied, in CSS pixels; colours, fills, text and pictures are left out. A file of ours that was edited elsewhere
    keeps its unit, and what its metadata, its layers and its strokes' attributes say; where its page is no longer seen
    whole, the unit may be another: then it comes in CSS pixels, and without the notes on its unit.

    Args:
        document: the file's content, compressed by gzip (`.svgz`) or not; nothing that it refers to is ever read.
        file: its name, for errors.

    Raises:
        BadFile: it is damaged, no SVG, has a DTD with declarations, holds no line, or is far beyond a drawing.
        SketchRNNError: it needs the extra `svg`, which is not installed.
    """
    try:
        data = _as_bytes(document)
        found = scan(data)
        strokes = _own_strokes(found) if found.own and found.described else None
        view = _own_view(found)
        unit_kept = strokes is not None or view is not None
        if strokes is None:
            strokes = flatten(data, file, view, found.described)
        if sum(len(stroke) for stroke in strokes) > MOST_POINTS:
            raise Refused(f"it holds more than {MOST_POINTS:,} points")
    except Refused as refusal:
        raise BadFile(f"this SVG cannot be read: {refusal}", file=file) from refusal
    if not strokes and not found.described:
        raise BadFile("this SVG holds no line", file=file, hint="Text has to be turned into paths first")
    sketch = Sketch(tuple(strokes), found.category, tuple(found.notes), pen_down=found.pen_down and bool(strokes))
    return sketch if unit_kept else without_unit_notes(sketch)


def _as_bytes(document: str | bytes) -> bytes:
    """UTF-8 bytes of a text, without the declaration of another encoding that it may have had as a file."""
    if isinstance(document, bytes):
        return _unpacked(document) if document.startswith(_GZIP) else document
    text = document.lstrip("\ufeff \t\r\n")
    if text.startswith("<?xml"):
        text = text[text.find("?>") + 2 :] if "?>" in text else text
    return text.encode("utf-8", "replace")


def _unpacked(document: bytes) -> bytes:
    """What gzip has compressed, of which no more is unpacked than shows that it is too much."""
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        data = unpacking.decompress(document, MOST_BYTES + 1)
    except zlib.error as error:
        raise Refused(f"it is damaged where it is compressed ({error})") from error
    if len(data) <= MOST_BYTES and not unpacking.eof:
        raise Refused("it is compressed, and cut short")
    return data


def _own_view(found: Scan) -> Box | None:
    """The view of a document of ours if its user units are the sketch's still, whatever was done within; else None."""
    if not found.described or found.view is None:
        return None
    side = noted_page(Sketch(provenance=tuple(found.notes)))
    if side is None:
        return found.view
    # ours shows all of the page: one that was cut, or is counted in millimetres from now on, does not
    left, top, right, bottom = found.view
    slack = side * _ROUNDED
    return found.view if max(left, top) <= slack and min(right, bottom) >= side - slack else None


def _own_strokes(found: Scan) -> list[Stroke] | None:
    """The strokes in drawing order, or None where a path has been rewritten by another program."""
    if sum(path.data.count("L") for path in found.paths) > MOST_POINTS:
        raise Refused(f"it holds more than {MOST_POINTS:,} points")
    strokes = []
    for path in sorted(found.paths, key=lambda path: path.order):
        points = parse_path(path.data)
        if points is None:
            return None
        strokes.append(_stroke(path, points))
    return strokes


def _stroke(path: OwnPath, points: np.ndarray) -> Stroke:
    step = -1 if path.backwards else 1
    widths = parse_widths(path.widths, len(points)) if path.widths else None
    return Stroke(points[::step], path.author, ink_named(path.ink), None if widths is None else widths[::step])
