"""Captions without a font file: letters of single strokes, drawn for this project, as lines that can be rasterised.

A glyph is its width and its lines; two digits are a point (x to the right, y down: capitals begin at 0, small
letters at 2, both stand on 6, tails reach 8). Lines are rounded by cutting corners; a corner that is to stay sharp
ends one line and begins the next.
"""

from __future__ import annotations

import numpy as np

_CAPITAL = 6
"""Height of a capital letter in the glyphs' units."""
_GAP = 1.8
_SPACE = 2.6
_BOWL = "42 43 32 12 03 05 16 36 45 44"
_GLYPHS = {
    "a": f"4;{_BOWL[3:]};42 46",
    "b": "4;00 06;03 12 32 43 45 36 16 05",
    "c": "4;43 32 12 03 05 16 36 45",
    "d": "4;43 32 12 03 05 16 36 45;40 46",
    "e": "4;04 44;44 43 32 12 03 05 16 36 45",
    "f": "3;30 20 11 16;02 32",
    "g": "4;43 32 12 03 05 16 36 45;42 47 38 18 07",
    "h": "4;00 06;04 03 12 32 43 46",
    "i": "0;02 06;00 00",
    "j": "1;12 17 08;10 10",
    "k": "4;00 06;42 04;14 46",
    "l": "0;00 06",
    "m": "6;02 06;04 03 12 22 33 36;34 33 42 52 63 66",
    "n": "4;02 06;04 03 12 32 43 46",
    "o": "4;22 12 03 05 16 36 45 43 32 22",
    "p": "4;02 08;03 12 32 43 45 36 16 05",
    "q": "4;43 32 12 03 05 16 36 45;42 48",
    "r": "3;02 06;04 03 12 32",
    "s": "4;43 32 12 03 14 34 45 36 16 05",
    "t": "3;10 15 26 36;02 32",
    "u": "4;02 05 16 36 45 44;42 46",
    "v": "4;02 26;26 42",
    "w": "6;02 16;16 32;32 56;56 62",
    "x": "4;02 46;42 06",
    "y": "4;02 26;42 18",
    "z": "4;02 42;42 06;06 46",
    "A": "4;06 20;20 46;14 34",
    "B": "4;00 06;00 30 41 42 33 03;03 33 44 45 36 06",
    "C": "4;41 30 10 01 05 16 36 45",
    "D": "4;00 06;00 20 42 44 26 06",
    "E": "4;40 00;00 06;06 46;03 33",
    "F": "4;40 00;00 06;03 33",
    "G": "4;41 30 10 01 05 16 36 45 44;43 46;23 43",
    "H": "4;00 06;40 46;03 43",
    "I": "0;00 06",
    "J": "3;30 35 26 16 05",
    "K": "4;00 06;40 04;13 46",
    "L": "4;00 06;06 46",
    "M": "6;06 00;00 34;34 60;60 66",
    "N": "4;06 00;00 46;46 40",
    "O": "4;20 10 01 05 16 36 45 41 30 20",
    "P": "4;06 00;00 30 41 42 33 03",
    "Q": "4;20 10 01 05 16 36 45 41 30 20;34 47",
    "R": "4;06 00;00 30 41 42 33 03;23 46",
    "S": "4;41 30 10 01 02 13 33 44 45 36 16 05",
    "T": "4;00 40;20 26",
    "U": "4;00 05 16 36 45 40",
    "V": "4;00 26;26 40",
    "W": "6;00 16;16 31;31 56;56 60",
    "X": "4;00 46;40 06",
    "Y": "4;00 23;40 23;23 26",
    "Z": "4;00 40;40 06;06 46",
    "0": "4;20 10 01 05 16 36 45 41 30 20",
    "1": "2;01 20;20 26",
    "2": "4;01 10 30 41 42 06;06 46",
    "3": "4;01 10 30 41 42 33 13;13 33 44 45 36 16 05",
    "4": "4;36 30;30 04;04 44",
    "5": "4;40 00;00 03;03 12 32 43 45 36 16 05",
    "6": "4;40 20 02 05 16 36 45 44 33 13 04",
    "7": "4;00 40;40 16",
    "8": "4;20 10 01 02 13 33 44 45 36 16 05 04 13 33 42 41 30 20",
    "9": "4;42 33 13 02 01 10 30 41 44 26 06",
    ".": "0;06 06",
    ",": "1;16 07",
    ":": "0;03 03;06 06",
    ";": "1;13 13;16 07",
    "!": "0;00 04;06 06",
    "?": "4;01 10 30 41 42 23 24;26 26",
    "'": "0;00 01",
    '"': "2;00 01;20 21",
    "-": "3;04 34",
    "+": "4;04 44;22 26",
    "=": "4;03 43;05 45",
    "_": "4;07 47",
    "/": "3;30 06",
    "(": "1;10 02 04 16",
    ")": "1;00 12 14 06",
    "<": "3;32 04;04 36",
    ">": "3;02 34;34 06",
    "%": "4;40 06;01 01;45 45",
    "*": "4;22 26;13 35;33 15",
    "#": "4;10 16;30 36;02 42;04 44",
}
_UNKNOWN = "4;02 42;42 46;46 06;06 02"


def lettering(text: str, capital: float) -> tuple[list[np.ndarray], float]:
    """The lines of a text.

    Args:
        text: one line; what there is no letter for shows as a box.
        capital: height of a capital letter, in px.

    Returns:
        The lines, (n, 2) float64 each in px, the top of the capitals at y = 0 and the text beginning at x = 0,
        and the text's width in px.
    """
    unit = capital / _CAPITAL
    lines: list[np.ndarray] = []
    x = 0.0
    for letter in text:
        if letter.isspace():
            x += _SPACE
            continue
        width, *strokes = _GLYPHS.get(letter, _UNKNOWN).split(";")
        lines += [(_rounded(stroke) + (x, 0)) * unit for stroke in strokes]
        x += int(width) + _GAP
    return lines, max(0.0, x - _GAP) * unit


def _rounded(stroke: str) -> np.ndarray:
    """A line's points with its corners cut twice (Chaikin 1974), its ends kept."""
    points = np.array([(int(pair[0]), int(pair[1])) for pair in stroke.split()], np.float64)
    for _ in range(2 if len(points) > 2 else 0):
        before, after = points[:-1], points[1:]
        cut = np.stack([0.75 * before + 0.25 * after, 0.25 * before + 0.75 * after], axis=1).reshape(-1, 2)
        points = np.concatenate([points[:1], cut[1:-1], points[-1:]])
    return points
