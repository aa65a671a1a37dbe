"""The colours of drawings on paper, in files and pictures (the window has its own, for light and dark)."""

from __future__ import annotations

from collections.abc import Mapping

from sketchrnn.sketch.types import Author

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

PAPER: Colour = (255, 255, 255)
CAPTION: Colour = (120, 114, 106)
COLOURS: Mapping[Author, Colour] = {"hand": (38, 35, 31), "model": (43, 84, 220)}
"""Who drew it -> the colour of the line."""


def hexadecimal(colour: Colour) -> str:
    """The colour as CSS writes it, `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
