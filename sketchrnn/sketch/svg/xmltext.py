"""Text into XML and back without loss, also what XML 1.0 has no way to write."""

from __future__ import annotations

import json
import re

SVG = "http://www.w3.org/2000/svg"
INKSCAPE = "http://www.inkscape.org/namespaces/inkscape"
OURS = "urn:sketchrnn:sketch:1"

_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_SPECIAL = re.compile('[&<>"\t\n\r]')
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
