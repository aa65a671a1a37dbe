"""A sketch as SVG: layers for hand and model, everything that is known about it, equal bytes for equal input."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from sketchrnn.sketch.frame import Box
from sketchrnn.sketch.palette import COLOURS, INKS, Colour, hexadecimal
from sketchrnn.sketch.plotting import Turn, plotter_order
from sketchrnn.sketch.svg.animation import animation_style, timings
from sketchrnn.sketch.svg.paths import number, path_data, shape_data, width_data
from sketchrnn.sketch.svg.xmltext import INKSCAPE, OURS, SVG, escaped, exact
from sketchrnn.sketch.types import INK_NAMES, Author, InkName, Sketch, Stroke

LAYERS: Mapping[Author, str] = {"hand": "1 hand", "model": "2 model"}
"""Labels of the layers; they begin with a number because vpype and plotters go by it."""
AUTHORS: Mapping[str, Author] = {label: author for author, label in LAYERS.items()}
"""Whose layer has which label."""
PENS: Mapping[InkName, str] = {ink: f"{place} {ink}" for place, ink in enumerate(INK_NAMES, len(LAYERS) + 1)}
"""Labels of a plotter's layers of the other inks: each has its number whichever of them a drawing has."""
PICTURED = ("paper", "width")
"""The `data-role` of what is seen and is no line of the drawing."""
MILLIMETRES = 100.0
LINE_PART = 0.008
"""The width of a line, if none is given, as a part of the page's larger side (2 units in a box of 255)."""


def write_svg(
    sketch: Sketch,
    *,
    page: Box | None = None,
    size_mm: float = MILLIMETRES,
    stroke_width: float | None = None,
    animated: bool = False,
    seconds: float = 4.0,
    plotter: bool = False,
    wide: bool = False,
    title: str | None = None,
    colours: Mapping[Author, Colour] = COLOURS,
    background: Colour | None = None,
) -> str:
    """The sketch as an SVG document.

    Args:
        sketch: in any unit, y down.
        page: (left, top, right, bottom) in the sketch's units that the picture shows, for exports of equal size;
            the drawing with a margin if None.
        size_mm: the larger side of the page in millimetres.
        stroke_width: in the sketch's units; 0.8 % of the page's larger side if None.
        animated: let the drawing draw itself, once, where CSS animation works and motion is wanted.
        seconds: how long that takes.
        plotter: a layer for each pen, the authors' own and those of other inks; in each the strokes in an order, and
            each in a sense, that shortens the pen's way while it is up. Attributes keep the author, the order and the
            sense in which they were drawn.
        wide: lines of changing width are shown so, as filled shapes; the lines themselves stay in the document, unseen.
        title: for people; the category, else "Sketch", if None.
        colours: of hand and model.
        background: of the page; none (transparent) if None.

    Returns:
        The document, which `read_svg` turns into an equal sketch.

    Raises:
        ValueError: a page without area, a size, width or time that is not above zero, or an animation in another order
            or of shapes.
    """
    if animated and (plotter or wide):
        raise ValueError("expected an animation of lines in the order of drawing, got a plotter's, or shapes")
    left, top, width, height = _view(sketch, page, stroke_width)
    larger = max(width, height)
    stroke_width = larger * LINE_PART if stroke_width is None else stroke_width
    for name, value in (("size_mm", size_mm), ("stroke_width", stroke_width), ("seconds", seconds)):
        if not 0 < value < math.inf:
            raise ValueError(f"expected {name} above 0, got {value}")
    # attributes of the whole document, then what it says, then what it shows
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="{SVG}" xmlns:inkscape="{INKSCAPE}" xmlns:sketchrnn="{OURS}"',
        f'     width="{number(width / larger * size_mm)}mm" height="{number(height / larger * size_mm)}mm"'
        f' viewBox="{_exact(left)} {_exact(top)} {_exact(width)} {_exact(height)}">',
        *_description(sketch, title),
        *(animation_style() if animated else ()),
        *_paper(background, (left, top, width, height)),
        *_layers(sketch, stroke_width, colours, seconds if animated else None, plotter, wide),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _view(sketch: Sketch, page: Box | None, stroke_width: float | None) -> tuple[float, float, float, float]:
    """What the document shows: left, top, width, height."""
    if page is None:
        left, top, right, bottom = sketch.bounds() or (0.0, 0.0, 1.0, 1.0)
        # far from the origin a margin of one unit may be less than the numbers can tell
        least = max(map(abs, (left, top, right, bottom))) * 1e-6
        margin = max(max(max(right - left, bottom - top) * 0.04, stroke_width or 0.0) or 1.0, least)
        left, top, right, bottom = left - margin, top - margin, right + margin, bottom + margin
    else:
        left, top, right, bottom = page
    width, height = right - left, bottom - top
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise ValueError(f"expected a page (left, top, right, bottom) with an area, got {page}")
    return left, top, width, height


def _exact(value: float) -> str:
    return f"{value:.9g}"  # as many digits as a float32 has


def _description(sketch: Sketch, title: str | None) -> list[str]:
    """Title and description for people, metadata for programs."""
    counts = [(sum(stroke.author == author for stroke in sketch.strokes), author) for author in LAYERS]
    said = ", ".join(f"{count} by the {author}" for count, author in counts if count) or "none"
    known = dict(sketch.provenance)
    made = [f"{name} {known[name]}" for name in ("model", "seed", "temperature") if name in known]
    return [
        f"  <title>{escaped(title or sketch.category or 'Sketch')}</title>",
        f"  <desc>{escaped('; '.join(['Strokes: ' + said, *made]))}</desc>",
        *_metadata(sketch),
    ]


def _metadata(sketch: Sketch) -> list[str]:
    category = "" if sketch.category is None else _attributes("category", sketch.category)
    pen = ' pen="down"' if sketch.pen_down else ""
    notes = (
        f"      <sketchrnn:note{_attributes('name', name)}{_attributes('value', value)}/>"
        for name, value in sketch.provenance
    )
    opening = f"    <sketchrnn:sketch{category}{pen}"
    body = [f"{opening}>", *notes, "    </sketchrnn:sketch>"] if sketch.provenance else [f"{opening}/>"]
    return ["  <metadata>", *body, "  </metadata>"]


def _attributes(name: str, value: str) -> str:
    text, in_json = exact(value)
    return f' {name}="{text}"' + (f' {name}-json="yes"' if in_json else "")


def _paper(background: Colour | None, view: tuple[float, float, float, float]) -> list[str]:
    if background is None:
        return []
    left, top, width, height = map(_exact, view)
    place = f'x="{left}" y="{top}" width="{width}" height="{height}"'
    return [f'  <rect data-role="paper" {place} fill="{hexadecimal(background)}"/>']


def _layers(
    sketch: Sketch,
    stroke_width: float,
    colours: Mapping[Author, Colour],
    seconds: float | None,
    plotter: bool,
    wide: bool,
) -> list[str]:
    """Both authors' layers, the empty one too, and a plotter's other pens; in each the strokes in drawing order or a
    plotter's, with their place in all."""
    times = timings([stroke.points for stroke in sketch.strokes], seconds) if seconds else [""] * len(sketch.strokes)
    layers = [_layer_of(stroke, plotter) for stroke in sketch.strokes]
    every: Mapping[str, Colour] = {**colours, **INKS}
    lines = []
    for layer, label in {**LAYERS, **PENS}.items():
        turns = _turns(sketch, [index for index, own in enumerate(layers) if own == layer], plotter)
        if layer in PENS and not turns:
            continue
        shown = (every[layer], stroke_width) if wide else None
        lines += [
            f'  <g id="{layer}" inkscape:groupmode="layer" inkscape:label="{label}" fill="none"'
            f' stroke="{hexadecimal(every[layer])}" stroke-width="{number(stroke_width)}"'
            ' stroke-linecap="round" stroke-linejoin="round">',
            *(_path(sketch, turn, times[turn.index], shown, layer) for turn in turns),
            "  </g>",
        ]
    return lines


def _layer_of(stroke: Stroke, plotter: bool) -> str:
    """The layer that a stroke is in: its author's, but that a plotter's pens have one each."""
    return stroke.ink if plotter and stroke.ink is not None else stroke.author


def _turns(sketch: Sketch, indices: list[int], plotter: bool) -> list[Turn]:
    """The strokes of a layer as the file has them."""
    if not plotter:
        return [Turn(index, False) for index in indices]
    turns = plotter_order([sketch.strokes[index].points for index in indices])
    return [Turn(indices[turn.index], turn.backwards) for turn in turns]


def _path(sketch: Sketch, turn: Turn, times: str, shown: tuple[Colour, float] | None, layer: str) -> str:
    """A stroke's path in a layer; where it is shown as wide as it was drawn, in (colour, width), its shape first."""
    stroke = sketch.strokes[turn.index]
    step = -1 if turn.backwards else 1
    sense = ' data-backwards="yes"' if turn.backwards else ""
    colour = None if stroke.ink is None else hexadecimal(INKS[stroke.ink])
    # one line of one width for whoever edits or plots it; how wide the hand drew it is kept beside
    wide = "" if stroke.widths is None else f' data-widths="{width_data(stroke.widths[::step])}"'
    shape = ""
    if shown is not None and stroke.widths is not None:
        data = shape_data(stroke.points, stroke.widths * shown[1] / 2)
        filled = hexadecimal(shown[0]) if colour is None else colour
        shape, colour = f'    <path data-role="width" fill="{filled}" stroke="none" d="{data}"/>\n', "none"
    seen = "" if colour is None else f' stroke="{colour}"'
    ink = "" if stroke.ink is None else f' data-ink="{stroke.ink}"'
    author = "" if layer == stroke.author else f' data-author="{stroke.author}"'
    line = f'd="{path_data(stroke.points[::step])}"/>'
    return f'{shape}    <path fill="none" data-order="{turn.index}"{seen}{ink}{author}{sense}{times}{wide} {line}'


def page_of(sketches: list[Sketch], margin: float = 0.0) -> Box:
    """The smallest page that shows all of the sketches, with a margin in their units: for exports of equal size."""
    filled = [sketch.points() for sketch in sketches if sketch.strokes]
    if not filled:
        return (0.0, 0.0, 1.0, 1.0)
    points = np.concatenate(filled).astype(np.float64)
    low, high = points.min(0) - margin, points.max(0) + margin
    flat = high <= low
    low, high = low - flat * 0.5, high + flat * 0.5
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
