"""Kinds of files that a drawing can become, and what can be chosen for each. No numpy: verbs read it for their help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Format:
    """One kind of file.

    Args:
        suffix: how its files' names end.
        label: for people.
        takes: names of the fields of `Options` that mean something for it.
        collects: one file holds all drawings of a set; written by `data.read.write_sketches`, in sketch units.
    """

    suffix: str
    label: str
    takes: tuple[str, ...] = ()
    collects: bool = False


FORMATS: Mapping[str, Format] = {
    "svg": Format(".svg", "SVG", ("paper", "size_mm", "plotter", "wide")),
    "svg-animated": Format(".svg", "Animated SVG", ("size_mm",)),
    "png": Format(".png", "PNG picture", ("resolution", "transparent")),
    "gif": Format(".gif", "GIF animation"),
    "ndjson": Format(".ndjson", "Quick, Draw! ndjson", collects=True),
    "npz": Format(".npz", "Stroke-3 npz", collects=True),
}
"""By name; the first of a suffix is meant where only a file's name is given."""
SUFFIXES = tuple(dict.fromkeys(kind.suffix for kind in FORMATS.values()))
"""Of files that drawings are written to by `FORMATS`."""
SVG_SUFFIXES = (".svg", ".svgz")
"""Of SVG, plain and compressed; what begins otherwise than its name says is read all the same."""
READABLE = (*SVG_SUFFIXES, ".ndjson", ".npz", ".bin")
"""Of files that drawings are read from."""
KNOWN = tuple(dict.fromkeys(SUFFIXES + READABLE))
"""Of all files that have to do with drawings."""


@dataclass(frozen=True)
class Option:
    """What can be chosen.

    Args:
        label: for people.
        values: those offered, with their words.
    """

    label: str
    values: Mapping[Any, str]


PAPERS: Mapping[str, tuple[float, float]] = {
    "a5": (148.0, 210.0),
    "a4": (210.0, 297.0),
    "a3": (297.0, 420.0),
    "letter": (215.9, 279.4),
}
"""Sheets that a plotter takes: the shorter and the longer side, millimetres (ISO 216, ANSI/ASME Y14.1)."""
PAPER_MARGIN = 10.0
"""Of a sheet, millimetres on each side, where nothing is drawn: many plotters hold it there."""
OPTIONS: Mapping[str, Option] = {
    "paper": Option("Paper", {"": "as the drawing is", **{name: name.capitalize() for name in PAPERS}}),
    "size_mm": Option("Larger side", {float(mm): f"{mm} mm" for mm in (50, 100, 150, 200, 280)}),
    "plotter": Option("Order of strokes", {False: "as drawn", True: "for a plotter"}),
    "wide": Option("Lines", {False: "centre lines", True: "as wide as drawn"}),
    "resolution": Option("Size", {1: "1x", 2: "2x", 4: "4x"}),
    "transparent": Option("Background", {False: "paper", True: "transparent"}),
}
"""By the name of the field of `Options`."""


@dataclass(frozen=True)
class Options:
    """How a drawing is written.

    Args:
        format: a key of `FORMATS`.
        size_mm: the larger side of an SVG's page, millimetres, where `paper` does not say it.
        plotter: an SVG's layers are pens, one for each ink; in each the strokes in an order, and each in a sense, that
            shortens the pen's way while it is up.
        wide: an SVG's lines as wide as the hand drew them: filled shapes, for looking at, and not for a plotter, which
            would draw their outlines. Else centre lines of one width, for whoever edits or plots them.
        resolution: a PNG's size, 1, 2 or 4.
        transparent: a PNG without paper.
        paper: a key of `PAPERS`, the sheet that an SVG's page is, turned as it is filled best; "" for a page that is as
            wide and high as what it shows.
    """

    format: str = "svg"
    size_mm: float = 100.0
    plotter: bool = False
    wide: bool = False
    resolution: int = 2
    transparent: bool = False
    paper: str = ""

    @property
    def kind(self) -> Format:
        return FORMATS[self.format]

    @property
    def choices(self) -> tuple[str, ...]:
        """Names of the fields that mean something as the others are."""
        idle = {"size_mm": self.paper, "wide": self.plotter}
        return tuple(name for name in self.kind.takes if not idle.get(name))


def format_named(suffix: str, preferred: str = "svg") -> str | None:
    """The format of files that end with `suffix`; the preferred one where it fits; None where none does."""
    fitting = [name for name, kind in FORMATS.items() if kind.suffix == suffix.lower()]
    return preferred if preferred in fitting else fitting[0] if fitting else None
