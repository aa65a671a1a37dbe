"""The colours of drawings on paper, in files and pictures (the window has its own, for light and dark)."""

from __future__ import annotations

from collections.abc import Mapping

from sketchrnn.sketch.types import Author, InkName, Stroke

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

PAPER: Colour = (255, 255, 255)
CAPTION: Colour = (120, 114, 106)
COLOURS: Mapping[Author, Colour] = {"hand": (38, 35, 31), "model": (43, 84, 220)}
"""Who drew it -> the colour of the line."""
INKS: Mapping[InkName, Colour] = {
    "red": (190, 38, 32),
    "orange": (168, 84, 0),
    "green": (32, 118, 56),
    "teal": (0, 112, 122),
    "magenta": (166, 34, 124),
}
"""The other inks; all can be read on white (4.5 : 1), and none is taken for the model's."""


def colour_of(stroke: Stroke, own: Mapping[Author, Colour] = COLOURS, inks: Mapping[InkName, Colour] = INKS) -> Colour:
    """The colour of a stroke: its ink's, or its author's own."""
    return own[stroke.author] if stroke.ink is None else inks[stroke.ink]


def hexadecimal(colour: Colour) -> str:
    """The colour as CSS writes it, `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
