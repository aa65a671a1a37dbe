"""Style sheets as plain rules: svgelements takes long over some, and one odd word costs it the rest of a sheet."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import pairwise

from sketchrnn.sketch.svg.xmltext import name_of

_FOUND = re.compile(r"(\*|[\w-]+)?([.#][\w-]+)?")
"""Selectors that svgelements knows."""
_PAINT = re.compile(r"(^|;)\s*(fill|stroke)\s*:", re.IGNORECASE)
_IMPORTANT = re.compile(r"!\s*important", re.IGNORECASE)


def tidy(root: ElementTree.Element) -> None:
    """Give each style sheet one rule a line, in place, and take "!important" from there and from style attributes.

    Comments are left out, and so are @-rules: their blocks hold for paper, dark screens or steps of animations, and
    their words, as the address of an @import, would be taken for the beginning of what follows.
    """
    for element in root.iter():
        if name_of(element) == "style":
            lines = [f"{selectors}{{{body}}}" for selectors, body in _rules(element.text or "")]
            # what // begins is a comment to svgelements, though not to CSS: an address must not swallow a rule's end
            element.text = "\n".join(lines).replace("/", "/ ")
        if "!" in element.get("style", ""):
            element.set("style", _IMPORTANT.sub("", element.get("style", "")))


def sheet_rules(root: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """(selector, declarations) of a tidy document's style sheets, in their order."""
    for element in root.iter():
        if name_of(element) == "style":
            for line in (element.text or "").splitlines():
                selectors, _, body = line.removesuffix("}").partition("{")
                yield from ((selector.strip(), body) for selector in selectors.split(","))


def paints_unseen(root: ElementTree.Element) -> bool:
    """Whether a rule of a tidy document paints what svgelements does not know to be meant, such as `g > path`."""
    return any(_PAINT.search(body) and not _FOUND.fullmatch(selector) for selector, body in sheet_rules(root))


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """(selectors, declarations) of the rules of a sheet that are in no @-rule's block, each without a line's end."""
    first, *commented = text.split("/*")
    parts = "".join([first, *(part.partition("*/")[2] for part in commented)]).split("{")
    depth = 0
    for before, part in pairwise(parts):  # as many as rules are counted before anything is read
        closings = part.count("}")
        selectors = before.rpartition("}")[2].rpartition(";")[2]
        body = _IMPORTANT.sub("", part.partition("}")[0])
        if depth == 0 and closings and selectors.strip() and body.strip():
            yield " ".join(selectors.split()), " ".join(body.split())
        depth = max(0, depth + 1 - closings)
