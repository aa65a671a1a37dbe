"""One safe pass over an SVG: refuses what could do harm, and notes what is ours and how much work the rest would be.

Only expat's own tokeniser sees the document: a document type that declares anything (and with it every entity, internal
or external) is refused where it begins, depth, size and work have limits, and nothing is ever fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

import numpy as np

from sketchrnn.sketch.frame import Box
from sketchrnn.sketch.svg.write import AUTHORS, PICTURED
from sketchrnn.sketch.svg.xmltext import INKSCAPE, OURS, SVG, restored, view_box
from sketchrnn.sketch.types import Author

MOST_BYTES = 16 * 2**20
DEEPEST = 64
MOST_WORK = 20_000
"""Elements, and 10 tokens of path data count as one: one to two seconds of flattening at most."""
MOST_ELEMENTS = 200_000
MOST_ATTRIBUTES = 500_000
_TOKENS_PER_WORK = 10

_TOO_MUCH = "it holds too many shapes or path commands to be a drawing"
ORDER = re.compile(r"\d{1,9}")
"""A stroke's place in the drawing, as it is written."""
_BARE = {f"{SVG} {name}" for name in ("svg", "g", "title", "desc", "metadata", "style", "defs")}


class Refused(ValueError):
    """The document is not read; the text says why."""


def layer_author(label: str | None, name: str | None) -> Author | None:
    """Whose layer a group is by its label, or by its id, which is what Inkscape's plain SVG leaves; None if nobody's.

    Args:
        label: of Inkscape's.
        name: the id in a document of ours; None in others, where it may mean anything.
    """
    return AUTHORS.get(label or "") or next((author for author in AUTHORS.values() if author == name), None)


@dataclass(frozen=True)
class OwnPath:
    """A path as this project writes it: its place in the drawing, who drew it, its `d`, whether from its end, its ink
    and widths as they are written.
    """

    order: int
    author: Author
    data: str
    backwards: bool = False
    ink: str = ""
    widths: str = ""


@dataclass
class Scan:
    """What one pass found.

    `own` says that the geometry is written as ours is and has not been moved, so that `paths` is all of it. `view` is
    the document's `viewBox`; None if it has none, or if that is not all that places what it holds.
    """

    described: bool = False  # our metadata is there
    own: bool = True
    view: Box | None = None
    category: str | None = None
    pen_down: bool = False
    notes: list[tuple[str, str]] = field(default_factory=list)
    paths: list[OwnPath] = field(default_factory=list)


@dataclass
class _Group:
    """Work that every drawing of an element with an id costs, and what it draws by reference."""

    work: float = 0.0
    uses: list[str] = field(default_factory=list)

    def add(self, other: _Group) -> None:
        self.work += other.work
        self.uses += other.uses


class _Open(NamedTuple):
    """An element that has begun: whose layer it is in, where its work is counted, its id if that is its own group."""

    author: Author
    group: _Group
    name: str | None = None


def scan(data: bytes) -> Scan:
    """Pass over a document.

    Raises:
        Refused: it is no SVG, is damaged, has a document type that declares something, or is too large, too deep or too
            much work.
    """
    if len(data) > MOST_BYTES:
        raise Refused(f"it is larger than {MOST_BYTES // 2**20} MiB")
    if data.count(b"=") > MOST_ATTRIBUTES:  # expat gathers those of one element before anybody is asked
        raise Refused(_TOO_MUCH)
    scanner = _Scanner()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refuse_declarations
    parser.SkippedEntityHandler = _refuse_entity
    parser.StartElementHandler = scanner.start
    parser.EndElementHandler = scanner.end
    parser.CharacterDataHandler = scanner.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Refused(f"it is not well-formed XML ({error})") from error
    except Refused:
        raise
    except (LookupError, ValueError) as error:  # an encoding that is not known, or of more than one byte a character
        raise Refused(f"its text cannot be decoded ({error})") from error
    scanner.finish()
    return scanner.found


def _refuse_declarations(_name: str, _system: str | None, _public: str | None, declares: int) -> None:
    # matplotlib, Graphviz and potrace name SVG's own document type, which is not fetched
    if declares:
        said = "its document type (DTD) declares something, which could be a harmful entity"
        raise Refused(f"{said}; delete its <!DOCTYPE ...>, or save it anew in Inkscape, which leaves that out")


def _refuse_entity(name: str, _parameter: bool) -> None:
    raise Refused(f"it uses &{name}; and does not say what that is")


class _Scanner:
    """Expat's handlers: a stack of the open elements, and the sums over them."""

    def __init__(self):
        self.found = Scan()
        self.whole = _Group()
        self.open: list[_Open] = [_Open("hand", self.whole)]
        self.named: dict[str, _Group] = {}
        self.elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._refuse_excess(name)
        if name.removeprefix(f"{SVG} ") == "svg":  # one within another has a unit of its own
            self.found.view = _view(attributes) if self.elements == 1 else None
        own_name = attributes.get("id") if self.found.described else None
        author = layer_author(attributes.get(f"{INKSCAPE} label"), own_name) or self.open[-1].author
        if name.startswith(OURS):
            self._ours(name.removeprefix(OURS + " "), attributes)
        else:
            self._own_or_not(name, attributes, author)
        self.open.append(_Open(author, *self._group(attributes)))
        self._count(name, attributes)

    def end(self, _name: str) -> None:
        closed = self.open.pop()
        if closed.name is None:
            return
        self.open[-1].group.add(closed.group)
        if self.named[closed.name] is not closed.group:  # an id given twice
            self.named[closed.name].add(closed.group)

    def text(self, text: str) -> None:
        self.open[-1].group.work += text.count("{")  # rules of a style sheet

    def _refuse_excess(self, name: str) -> None:
        if not self.elements and name not in (f"{SVG} svg", "svg"):
            raise Refused("it is no SVG document")
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise Refused(f"it has more than {MOST_ELEMENTS:,} elements")
        if len(self.open) > DEEPEST:
            raise Refused(f"its elements are nested more than {DEEPEST} deep")

    def finish(self) -> None:
        """Refuse the documents that would be too much work for the general reader, if it is needed."""
        if self.found.own and self.found.described:
            return
        if _work(self.whole, self.named, {}, ()) > MOST_WORK:
            raise Refused(_TOO_MUCH)

    def _ours(self, name: str, attributes: dict[str, str]) -> None:
        try:
            if name == "sketch":
                self.found.described = True
                self.found.pen_down = attributes.get("pen") == "down"
                self.found.category = _restored(attributes, "category")
            elif name == "note":
                entry = (_restored(attributes, "name"), _restored(attributes, "value"))
                self.found.notes.append((entry[0] or "", entry[1] or ""))
        except ValueError as error:
            raise Refused(f"its metadata is damaged ({error})") from error

    def _own_or_not(self, name: str, attributes: dict[str, str], author: Author) -> None:
        found = self.found
        order = attributes.get("data-order", "")
        moved = "transform" in attributes or (name == f"{SVG} svg" and self.elements > 1)
        hidden = "display" in attributes or "display" in attributes.get("style", "")
        if moved or hidden:
            found.own = False
        elif name == f"{SVG} path" and ORDER.fullmatch(order):
            backwards = "data-backwards" in attributes
            author = layer_author(None, attributes.get("data-author")) or author  # a plotter's pens are no author's
            look = attributes.get("data-ink", ""), attributes.get("data-widths", "")
            found.paths.append(OwnPath(int(order), author, attributes.get("d", ""), backwards, *look))
        elif name.startswith(SVG) and name not in _BARE and attributes.get("data-role") not in PICTURED:
            found.own = False

    def _group(self, attributes: dict[str, str]) -> tuple[_Group, str | None]:
        """The group that an element's work is counted in, and its name if the element has one of its own."""
        name = attributes.get("id")
        if name is None:
            return self.open[-1].group, None
        group = _Group()
        self.named.setdefault(name, group)
        return group, name

    def _count(self, name: str, attributes: dict[str, str]) -> None:
        group = self.open[-1].group
        drawn = attributes.get("d") or attributes.get("points") or ""
        group.work += 1 + (_tokens(drawn) / _TOKENS_PER_WORK if drawn else 0)
        group.work += attributes.get("transform", "").count("(") + attributes.get("style", "").count(";") / 2
        if group.work > MOST_WORK and not self.found.own:
            raise Refused(_TOO_MUCH)  # no need to see the rest
        reference = attributes.get("href") or attributes.get("http://www.w3.org/1999/xlink href") or ""
        if name.endswith("use") and reference.startswith("#"):
            group.uses.append(reference[1:])


def _view(attributes: dict[str, str]) -> Box | None:
    left, top, width, height = view_box(attributes) or (0.0, 0.0, 0.0, 0.0)
    good = width > 0 and height > 0 and "transform" not in attributes
    return (left, top, left + width, top + height) if good else None


def _restored(attributes: dict[str, str], name: str) -> str | None:
    text = attributes.get(name)
    return None if text is None else restored(text, f"{name}-json" in attributes)


def _tokens(text: str) -> int:
    """Commands and runs of digits in path data: at least one for each number."""
    codes = np.frombuffer(text.encode("ascii", "replace"), np.uint8)
    digits = (codes >= ord("0")) & (codes <= ord("9"))
    return int((digits[1:] & ~digits[:-1]).sum() + (codes >= ord("A")).sum()) + 1


def _work(group: _Group, named: dict[str, _Group], known: dict[str, float], inside: tuple[str, ...]) -> float:
    """The work of a group with everything that it draws by reference, which may again draw by reference."""
    total = group.work
    for name in group.uses:
        if name in inside or len(inside) > DEEPEST:
            raise Refused("it draws an element inside itself")
        if name in named and name not in known:
            known[name] = _work(named[name], named, known, (*inside, name))
        total += known.get(name, 0.0)
    return total
