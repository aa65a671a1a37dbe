"""Names, views and text in an SVG's XML; text goes in and comes back without loss, also what XML 1.0 cannot write."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

SVG = "http://www.w3.org/2000/svg"
INKSCAPE = "http://www.inkscape.org/namespaces/inkscape"
OURS = "urn:sketchrnn:sketch:1"

_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_SPECIAL = re.compile('[&<>"\t\n\r]')
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def name_of(element: Element) -> str:
    """An element's name, without SVG's namespace where it is of that."""
    return str(element.tag).removeprefix(f"{{{SVG}}}")


def view_box(attributes: Mapping[str, str]) -> tuple[float, float, float, float] | None:
    """Left, top, width, height that an element's `viewBox` says; None where it says none."""
    try:
        left, top, width, height = map(float, attributes.get("viewBox", "").replace(",", " ").split())
    except ValueError:
        return None
    finite = math.isfinite(left + width) and math.isfinite(top + height)
    return (left, top, width, height) if finite else None


def escaped(text: str) -> str:
    """Text for an element or an attribute; characters that XML forbids become question marks."""
    return _SPECIAL.sub(lambda match: _REFERENCES[match[0]], _FORBIDDEN.sub("?", text))


def exact(text: str) -> tuple[str, bool]:
    """Text for an element or an attribute that `restored` gives back, and whether it had to be put in JSON."""
    if _FORBIDDEN.search(text):
        return escaped(json.dumps(text)), True
    return escaped(text), False


def restored(text: str, in_json: bool) -> str:
    """What `exact` was given.

    Raises:
        ValueError: the text is marked as JSON and is none, or no string.
    """
    if not in_json:
        return text
    value = json.loads(text)
    if not isinstance(value, str):
        raise ValueError(f"expected a string in JSON, got {text[:40]!r}")
    return value
