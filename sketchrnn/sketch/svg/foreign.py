"""Drawings from other programs as lines: every command, shape, unit and transform, through svgelements."""

from __future__ import annotations

import io
import math
import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from sketchrnn.errors import SketchRNNError
from sketchrnn.sketch.frame import Box
from sketchrnn.sketch.svg.paths import parse_widths
from sketchrnn.sketch.svg.scan import ORDER, Refused, layer_author
from sketchrnn.sketch.svg.styles import paints_unseen, tidy
from sketchrnn.sketch.svg.viewports import place
from sketchrnn.sketch.svg.write import PICTURED
from sketchrnn.sketch.svg.xmltext import INKSCAPE, SVG, name_of
from sketchrnn.sketch.types import Author, Stroke, ink_named

_PIXELS_PER_INCH = 96.0
_CHORD = 1 / 200
"""Length of a curve's chords as a part of the drawing's larger side."""
_FEWEST, _MOST = 4, 64
"""Chords of one curve."""
_MARK, _PAINTED = "data-author", "data-painted"
_SLACK = 1e-3
"""Of the page's larger side, by which its paper may miss its edges."""
_HANDLES = {"QuadraticBezier": ("control", "control"), "CubicBezier": ("control1", "control2")}
"""What bends a curve at its begin and at its end."""
_FARTHEST = 1e9
"""Pixels: a map in metres has seven digits; what goes far beyond that is no drawing."""
_BARE = re.compile(r"[hv](?!\s*[-+.\d])")
"""A command that no number follows: an error, with which the path ends."""
_ZERO = re.compile(r"\s*[0.]+%?\s*")
_NOT_DRAWN = {"filter", "foreignObject", "script", "metadata", "text", "image"}
_NOT_DRAWN |= {"flowRoot"}  # Inkscape's text in a box
_USED = {"symbol", "clipPath", "mask", "marker", "pattern"}
"""What is drawn, in itself or in its parts, only where it is used."""
_NO_BRANCH = {"foreignObject", "title", "desc", "metadata", "script", "style", "defs"}
"""What is no choice in a switch: it draws nothing, or nothing that is read here, so that the next branch is taken."""


class _Outline(NamedTuple):
    """A subpath: its segments as they are written, the matrix that places them, its element's attributes with what
    they inherit, and whether it is filled or stroked.
    """

    segments: list[Any]
    matrix: Any
    values: Any
    painted: bool


def flatten(
    data: bytes, file: str | os.PathLike[str] | None, view: Box | None = None, ours: bool = False
) -> list[Stroke]:
    """The strokes of a document that `scan` has let pass, in the order of the document.

    Args:
        data: the document.
        file: its name, for errors.
        view: its `viewBox`, for strokes in user units; they are in CSS pixels if None.
        ours: it was written here and edited elsewhere: strokes are in the order in which they were drawn, what came to
            it since is last.

    What is neither filled nor stroked, or both without opacity, as the box around an icon, is left out, and so is
    paper: a box that is filled, not stroked, and as large as the page. But not where that is all there is: who opens a
    drawing wants its lines rather than none, and the colours may come from where svgelements does not look.

    Raises:
        Refused: svgelements cannot make sense of it, or its numbers are too large.
        SketchRNNError: svgelements is not installed.
    """
    try:
        import svgelements  # pyright: ignore[reportMissingImports]  (an extra)
    except ImportError as error:
        raise SketchRNNError(
            "an SVG from another program needs the package svgelements",
            file=file,
            hint='Install it with: pip install "sketchrnn[svg]"',
        ) from error
    try:
        outlines = list(_outlines(svgelements, _cleaned(data, view, ours)))
        outlines = [outline for outline in outlines if outline.painted] or outlines
        if ours:
            outlines.sort(key=_place)
        chord = _extent([_corners(outline) for outline in outlines]) * _CHORD
        lines = [(_line(outline, chord), outline.values) for outline in outlines]
    except (SketchRNNError, Refused, MemoryError):
        raise
    except Exception as error:  # its parser meets bad numbers with whatever Python raises
        raise Refused(f"its shapes make no sense ({type(error).__name__}: {error})") from error
    return [_stroke(points, values) for points, values in lines if len(points)]


def _cleaned(data: bytes, view: Box | None, ours: bool) -> bytes:
    """The document without what is not drawn where it stands (svgelements draws some of it), its layers marked, a pixel
    a user unit if a view is given.
    """
    root = ElementTree.fromstring(data)
    if view is not None:
        _show_at_unit_scale(root, view)
    tidy(root)
    if paints_unseen(root):
        root.set(_PAINTED, "")
    place(root)
    for parent in list(root.iter()):
        author = layer_author(parent.get(f"{{{INKSCAPE}}}label"), parent.get("id") if ours else None)
        if author is not None:
            parent.set(_MARK, author)
        if name_of(parent) == "switch":
            _choose(parent)
        for child in list(parent):
            name = name_of(child)
            if name in _NOT_DRAWN or child.get("data-role") in PICTURED:
                parent.remove(child)
            elif name in _USED and not str(parent.tag).endswith("defs"):
                _wrap(parent, child)
            elif name == "path":  # svgelements fails at a bare h, and without d, as matplotlib leaves what has no line
                child.set("d", _BARE.sub("!", child.get("d", "")))
    return ElementTree.tostring(root, encoding="utf-8")


def _show_at_unit_scale(root: ElementTree.Element, view: Box) -> None:
    """Make the picture as many pixels as its view is units; shares of its size stay what they are."""
    width, height = (f"{end - start:.9g}" for start, end in zip(view[:2], view[2:], strict=True))
    root.attrib.pop("preserveAspectRatio", None)
    sides = f"width:{width};height:{height}"  # after what the style says, which goes before attributes
    root.attrib |= {"style": f"{root.get('style', '')};{sides}", "viewBox": f"0 0 {width} {height}"}


def _choose(switch: ElementTree.Element) -> None:
    """Leave the first branch of a switch that applies, in English as all that is said here, to be drawn where it is."""
    branches = [child for child in switch if name_of(child) not in _NO_BRANCH]
    chosen = next((branch for branch in branches if _applies(branch)), None)
    definitions = ElementTree.Element(f"{{{SVG}}}defs")  # what is not drawn here may be used elsewhere
    definitions.extend(child for child in switch if child is not chosen)
    switch[:] = [definitions] if chosen is None else [definitions, chosen]


def _applies(branch: ElementTree.Element) -> bool:
    """Whether a branch of a switch asks for no extension, and for no other language."""
    languages = branch.get("systemLanguage", "en").lower().split(",")
    english = any(language.strip().partition("-")[0] == "en" for language in languages)
    return english and "requiredExtensions" not in branch.attrib


def _wrap(parent: ElementTree.Element, symbol: ElementTree.Element) -> None:
    """Put a symbol into definitions, where only `use` draws it."""
    place = list(parent).index(symbol)
    parent.remove(symbol)
    definitions = ElementTree.Element(f"{{{SVG}}}defs")
    definitions.append(symbol)
    parent.insert(place, definitions)


def _outlines(svgelements: Any, data: bytes) -> Iterator[_Outline]:
    """Each subpath of each visible shape."""
    # not reified: svgelements' arc times a matrix is wrong under a skew, so that points are placed, not segments
    document = svgelements.SVG.parse(io.BytesIO(data), reify=False, ppi=_PIXELS_PER_INCH)
    view, fitted = document.viewbox or document, svgelements.Matrix(document.viewbox_transform)
    page = _placed([(view.x, view.y), (view.x + view.width, view.y + view.height)], fitted)
    for element in document.elements():
        if not isinstance(element, svgelements.Shape) or element.values.get("visibility") in ("hidden", "collapse"):
            continue
        if isinstance(element, svgelements.Rect) and min(element.width, element.height) < 0:
            continue
        if isinstance(element, svgelements.Circle) and element.rx < 0:
            continue
        for subpath in svgelements.Path(element).as_subpaths():
            segments = [segment for segment in subpath if segment.end is not None]
            # an M alone, or a Z after a Z, draws nothing; a line or a Z without length is a dot where caps are round
            if len(segments) > 1 or (segments and type(segments[0]).__name__ not in ("Move", "Close")):
                _join(segments)
                outline = _Outline(segments, element.transform, element.values, _painted(element.values))
                yield outline._replace(painted=False) if _is_paper(outline, page) else outline


def _join(segments: list[Any]) -> None:
    """Bend S and T as what is before them only where that is a curve of their kind, in place; svgelements takes any.

    Reference: SVG 2, 9.3.6 and 9.3.7: else the control point is where the curve begins.
    """
    for before, segment in zip([None, *segments], segments, strict=False):
        begin, end = _HANDLES.get(type(segment).__name__, ("", ""))
        if begin and segment.smooth:
            alike = type(before) is type(segment)
            handle = getattr(before, end).reflected_across(segment.start) if alike else segment.start
            setattr(segment, begin, handle)


def _painted(values: Any) -> bool:
    """Whether a shape can be seen; lines of our own stay in the document unseen where their shapes are shown."""
    seen = _shows(values, "opacity") and (_paints(values, "fill") or _paints(values, "stroke"))
    return seen or "data-order" in values or _PAINTED in values


def _paints(values: Any, name: str) -> bool:
    colour = str(values.get(name)).strip().lower()
    return colour not in ("none", "transparent") and _shows(values, f"{name}-opacity")


def _shows(values: Any, name: str) -> bool:
    return _ZERO.fullmatch(str(values.get(name))) is None


def _is_paper(outline: _Outline, page: np.ndarray) -> bool:
    """Whether a subpath is what is drawn on: nothing but a filled box from corner to corner of the page, (2, 2)."""
    if not 4 <= len(outline.segments) <= 6 or _PAINTED in outline.values or _paints(outline.values, "stroke"):
        return False
    corners = _corners(outline)
    slack = np.ptp(page, axis=0).max() * _SLACK
    return bool((np.abs(corners[:, None] - page).min(1) <= slack).all() and (np.ptp(corners, axis=0) > slack).all())


def _placed(points: Any, matrix: Any) -> np.ndarray:
    """Points, (n, 2) float64, where a matrix puts them."""
    points = np.asarray(points, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number is refused as a stroke
        moved = points[:, :1] * (matrix.a, matrix.b) + points[:, 1:] * (matrix.c, matrix.d)
        return moved + (matrix.e, matrix.f)


def _corners(outline: _Outline) -> np.ndarray:
    """A subpath's ends of segments, for the drawing's extent."""
    return _placed([(segment.end.x, segment.end.y) for segment in outline.segments], outline.matrix)


def _extent(lines: list[np.ndarray]) -> float:
    if not lines:
        return 1.0
    points = np.concatenate(lines)
    return float(np.ptp(points, axis=0).max()) or 1.0


def _line(outline: _Outline, chord: float) -> np.ndarray:
    """Points of one subpath, (n, 2) float64; equal neighbours are one, but a line without length stays two."""
    first = outline.segments[0]
    start = None if type(first).__name__ == "Move" else first.start  # after Z there need be no M
    parts = [] if start is None else [_placed([(start.x, start.y)], outline.matrix)]
    for segment in outline.segments:
        curve = type(segment).__name__ in ("QuadraticBezier", "CubicBezier", "Arc")
        ends = [(segment.end.x, segment.end.y)]
        parts.append(_curve(segment, outline.matrix, chord) if curve else _placed(ends, outline.matrix))
    points = np.concatenate(parts)
    moved = np.append(True, (np.diff(points, axis=0) != 0).any(1))
    return points[moved] if moved.sum() > 1 or len(points) == 1 else points[:2]


def _curve(segment: Any, matrix: Any, chord: float) -> np.ndarray:
    """Points on a curve after its first; none where it has no length, as what ends our dots."""
    handles = _HANDLES.get(type(segment).__name__)
    if handles and all(getattr(segment, name) == segment.start for name in (*handles, "end")):
        return np.empty((0, 2))
    rough = _placed(segment.npoint(np.linspace(0, 1, _FEWEST + 1)), matrix)
    length = np.hypot(*np.diff(rough, axis=0).T).sum()
    chords = int(np.clip(np.ceil(length / chord), _FEWEST, _MOST)) if np.isfinite(length) else _FEWEST
    return _placed(segment.npoint(np.linspace(0, 1, chords + 1)), matrix)[1:]


def _place(outline: _Outline) -> float:
    """Where a stroke of ours was in the drawing; behind all of them for what is none."""
    order = str(outline.values.get("data-order", ""))
    return int(order) if ORDER.fullmatch(order) else math.inf


def _stroke(points: np.ndarray, values: Any) -> Stroke:
    if not (np.abs(points) <= _FARTHEST).all():
        raise Refused("it holds a coordinate that is no number, or far too large")
    author: Author = "model" if values.get(_MARK) == "model" else "hand"
    widths = parse_widths(str(values.get("data-widths", "")), len(points))
    step = -1 if "data-backwards" in values else 1
    ink = ink_named(str(values.get("data-ink", "")))
    return Stroke(points[::step], author, ink, None if widths is None else widths[::step])
