"""Viewports and origins that svgelements passes over or mixes up, written into the elements' transforms and lengths."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from typing import NamedTuple

from sketchrnn.sketch.svg.styles import sheet_rules
from sketchrnn.sketch.svg.xmltext import name_of, view_box

_LENGTH = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*([a-zA-Z]*|%)\s*")
_PIXELS = {"": 1.0, "px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "pt": 96 / 72, "pc": 16.0}
_PIXELS |= {"em": 16.0, "ex": 8.0}  # of a font that nobody has set
_UNKNOWN = 1000.0
"""Pixels of a side of the document that says nothing about it, as svgelements takes it."""
_PLACE = ("x", "y", "width", "height", "viewBox", "preserveAspectRatio")
_SIDES: dict[str, int] = dict.fromkeys(("x", "width", "cx", "rx", "x1", "x2"), 0)
_SIDES |= dict.fromkeys(("y", "height", "cy", "ry", "y1", "y2"), 1) | {"r": 2}
"""What a percentage is of: the viewport's width, height or diagonal."""
_SIZED = {
    "rect": ("x", "y", "width", "height"),
    "circle": ("cx", "cy", "r"),
    "ellipse": ("cx", "cy"),
    "line": ("x1", "y1", "x2", "y2"),
    "use": ("x", "y"),
}
"""What is zero where nothing is said."""
_WORDS = {"left": "0%", "top": "0%", "center": "50%", "right": "100%", "bottom": "100%"}
_TURNING = ("transform", "transform-origin", "transform-box")

_Rules = dict[str, dict[str, str]]


class _View(NamedTuple):
    """A viewport's sides in user units, and the root mean square of both, which is its diagonal to SVG."""

    width: float
    height: float

    def part(self, text: str | None, side: int) -> float | None:
        """A length in user units, of 0 the width, 1 the height, 2 the diagonal; None for what is none."""
        found = _LENGTH.fullmatch(text or "")
        if found is None:
            return None
        unit = found[2].lower()
        whole = (self.width, self.height, math.hypot(*self) / math.sqrt(2))[side]
        pixels = whole / 100 if unit == "%" else _PIXELS.get(unit, math.nan)
        value = float(found[1]) * pixels
        return value if math.isfinite(value) else None


def place(root: ElementTree.Element) -> None:
    """Give every element below the root, in place, a transform that says all of where it stands.

    Nested `svg` and each `use` of a `symbol` with a viewBox get that of their viewport, `transform-origin` becomes part
    of the transform it belongs to, and percentages become numbers. An origin within the shape's own box
    (`transform-box: fill-box`) is left alone.

    Reference: SVG 2, 8.2 (the viewport's transform) and 5.6 (use); CSS Transforms 1, 6 (origins).
    """
    whole, box = _View(_UNKNOWN, _UNKNOWN), view_box(root.attrib)
    if box is None or min(box[2:]) <= 0:  # half a one, or one without room, counts for none
        root.attrib.pop("viewBox", None)
        box = None
    _size(root, box)
    sides = box[2:] if box else (whole.part(root.get(name), _SIDES[name]) or _UNKNOWN for name in ("width", "height"))
    for name in ("x", "y"):  # of no effect here, but svgelements lets what is inside inherit them
        root.attrib.pop(name, None)
    named = {element.get("id", ""): element for element in root.iter()}
    _descend(root, _View(*sides), named, _rules(root))


def _size(root: ElementTree.Element, box: tuple[float, ...] | None) -> None:
    """Give the document its sides in pixels; those that are no length, such as `auto`, become those of its viewBox.

    One side alone, as in Graphviz's documents of a given size, gives the other in the ratio of the viewBox.

    svgelements knows no letters' sizes, in which icons are measured, and takes what is no length for nothing.
    """
    pairs = [part.partition(":")[::2] for part in root.get("style", "").split(";")]
    styled = {name.strip().lower(): value for name, value in pairs}
    for name in ("width", "height"):
        text = styled.pop(name, root.get(name, ""))
        pixels = _View(_UNKNOWN, _UNKNOWN).part(text, _SIDES[name])
        root.attrib.pop(name, None)
        if pixels is not None:
            root.set(name, text if "%" in text else repr(pixels))
    said = [name for name in ("width", "height") if name in root.attrib]
    if box is not None and len(said) == 1 and "%" not in root.attrib[said[0]]:
        scale = float(root.attrib[said[0]]) / box[2 + _SIDES[said[0]]]
        root.attrib |= {"width": repr(scale * box[2]), "height": repr(scale * box[3])}
    root.set("style", ";".join(f"{name}:{value}" for name, value in styled.items()))


def _descend(parent: ElementTree.Element, view: _View, named: dict[str, ElementTree.Element], rules: _Rules) -> None:
    for child in list(parent):
        name = name_of(child)
        if name in _SIZED:
            _resolve(child, _SIZED[name], view)
        symbol = _symbol(child, named) if name == "use" else None
        viewport = child if name == "svg" else symbol
        fitted, inside = ("", view) if viewport is None else _fitted(child, viewport, view)
        if inside is None:  # a side without length: not drawn
            parent.remove(child)
            continue
        if viewport is not None:
            for attribute in _PLACE:
                child.attrib.pop(attribute, None)
        _turn(child, fitted, view, rules)
        box = view_box(child.attrib) if name == "symbol" else None
        _descend(child, _View(*box[2:]) if box else inside, named, rules)


def _resolve(shape: ElementTree.Element, absent: tuple[str, ...], view: _View) -> None:
    """Make lengths numbers, and what is absent or none zero.

    svgelements takes percentages of the viewport that it has seen last, be it over, and what is absent from around. It
    knows no letters' sizes.
    """
    for name, side in _SIDES.items():
        length = view.part(shape.attrib.pop(name, None), side)
        if length is not None:
            shape.set(name, repr(length))
    if name_of(shape) == "ellipse":  # one radius alone is both
        shape.attrib |= {"rx": shape.get("rx", shape.get("ry", "0")), "ry": shape.get("ry", shape.get("rx", "0"))}
    for name in absent:
        shape.attrib.setdefault(name, "0")


def _symbol(use: ElementTree.Element, named: dict[str, ElementTree.Element]) -> ElementTree.Element | None:
    """The symbol with a viewport of its own that is used."""
    reference = use.get("href", use.get("{http://www.w3.org/1999/xlink}href", ""))
    target = named.get(reference[1:])
    return None if target is None or name_of(target) != "symbol" or view_box(target.attrib) is None else target


def _fitted(child: ElementTree.Element, viewport: ElementTree.Element, view: _View) -> tuple[str, _View | None]:
    """The transform from what is inside a viewport to where it stands, and the inner sides; None where it has none."""
    start = [view.part(child.get(name), _SIDES[name]) or 0.0 for name in ("x", "y")]
    sides = [_side((child, viewport), name, view) for name in ("width", "height")]
    *corner, width, height = view_box(viewport.attrib) or (0.0, 0.0, *sides)
    if min(*sides, width, height) <= 0:
        return "", None
    align, *fit = (viewport.get("preserveAspectRatio", "").split() or ["xMidYMid"])[:2]
    scale = sides[0] / width, sides[1] / height
    if align != "none":
        scale = (max(scale) if fit == ["slice"] else min(scale),) * 2
    moved = []
    for axis, inner in enumerate((width, height)):
        rest = sides[axis] - inner * scale[axis]
        moved.append(start[axis] + rest * _before(align, "xy"[axis]) - corner[axis] * scale[axis])
    return f"translate({moved[0]!r} {moved[1]!r}) scale({scale[0]!r} {scale[1]!r})", _View(width, height)


def _side(elements: tuple[ElementTree.Element, ...], name: str, view: _View) -> float:
    """What the first element says that says anything of a side, else all of the viewport around."""
    said = (view.part(element.get(name), _SIDES[name]) for element in elements)
    return next((side for side in said if side is not None), view[_SIDES[name]])


def _before(align: str, axis: str) -> float:
    """The part of the room left over that lies before what is drawn."""
    found = re.search(f"{axis}(mid|max)", align.lower())
    return 0.0 if found is None else {"mid": 0.5, "max": 1.0}[found[1]]


def _turn(element: ElementTree.Element, fitted: str, view: _View, rules: _Rules) -> None:
    """Set an element's transform about its origin, and after it that of its viewport, where nothing overrides it."""
    declared = _declared(element, rules)
    transform = declared.get("transform", "")
    origin = _origin(declared, view) if transform and "transform-origin" in declared else None
    if origin is not None:
        x, y = origin
        transform = f"translate({x!r} {y!r}) {transform} translate({-x!r} {-y!r})"
    if origin is not None or fitted:
        transform = re.sub("[:;]", " ", f"{transform} {fitted}")
        element.set("style", f"{element.get('style', '')};transform:{transform}")


def _origin(declared: dict[str, str], view: _View) -> tuple[float, float] | None:
    words = declared["transform-origin"].lower().split()[:2]
    if not words or declared.get("transform-box", "view-box") != "view-box":
        return None
    if len(words) == 1:
        words = ["center", *words] if words[0] in ("top", "bottom") else [*words, "center"]
    if words[0] in ("top", "bottom") or words[1] in ("left", "right"):
        words.reverse()
    x, y = (view.part(_WORDS.get(word, word), side) for side, word in enumerate(words))
    return None if x is None or y is None else (x, y)


def _declared(element: ElementTree.Element, rules: _Rules) -> dict[str, str]:
    """What is said of turning: by attributes, over them by the selectors svgelements knows, over them by its style."""
    name = name_of(element)
    found = {said: element.attrib[said] for said in _TURNING if said in element.attrib}
    if rules:
        words = dict.fromkeys(element.get("class", "").split())
        classes = (f"{tag}.{word}" for word in words for tag in ("", name))
        for selector in ("*", name, f"#{element.get('id', '')}", *classes):
            found |= rules.get(selector, {})
    return found | _declarations(element.get("style", ""))


def _rules(root: ElementTree.Element) -> _Rules:
    """What style sheets say of turning, by selector."""
    rules: _Rules = {}
    for selector, body in sheet_rules(root):
        said = _declarations(body)
        if said:
            rules[selector] = rules.get(selector, {}) | said
    return rules


def _declarations(text: str) -> dict[str, str]:
    pairs = (part.partition(":")[::2] for part in text.split(";") if "transform" in part)
    return {name.strip(): value.strip() for name, value in pairs if name.strip() in _TURNING}
