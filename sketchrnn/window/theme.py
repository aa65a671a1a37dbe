"""How the window looks: spacing, type and the named colours of light and dark. Values only, all in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from sketchrnn.sketch.palette import INKS
from sketchrnn.sketch.types import InkName

Colour = tuple[int, int, int]

# spacing, in points (pixels at a UI scale of 1): distances are steps of this scale and nothing else
XS, S, M, L, XL, XXL = 4, 8, 12, 16, 24, 32

# type sizes, in points
SMALL, BODY, STRONG, TITLE, DISPLAY = 12, 13, 15, 18, 24

CONTROL = 36  # height of buttons and fields
RADIUS = 8  # corners of buttons and fields
CARD_RADIUS = 14  # corners of cards, dialogs and overlays
ICON = 20  # side of an icon
MODEL_FADE = 0.72  # how much of its colour a completion that is not kept yet shows over the paper
GHOST_FADE = 0.45  # the same of the ghost of the likeliest next stroke

REGULAR, SEMIBOLD = "Inter-Regular.otf", "Inter-SemiBold.otf"


@dataclass(frozen=True)
class Theme:
    """Named colours, RGB 0..255.

    Args:
        paper: what is drawn on. chrome: bars. raised: cards, dialogs, fields. line: hairlines around them.
        hover, pressed: a control's ground under the pointer and held down.
        text, muted: first and second text; both legible (4.5 : 1) on paper, chrome, raised, hover and pressed.
        ink: the hand's strokes. accent: the model's strokes and whatever is active; legible as text, too.
        soft: a tint of the accent, the ground of what is active. on_accent: text on the accent.
        danger: errors, as text. shade: what darkens the page behind a dialog, at `shade_alpha` of 255.
        heat: what tints the paper where the next stroke may start.
        inks: the pen's other inks, by name; legible on paper, and none taken for the model's.
    """

    name: str
    paper: Colour
    chrome: Colour
    raised: Colour
    line: Colour
    hover: Colour
    pressed: Colour
    text: Colour
    muted: Colour
    ink: Colour
    accent: Colour
    soft: Colour
    on_accent: Colour
    danger: Colour
    shade: Colour
    heat: Colour
    inks: Mapping[InkName, Colour]
    shade_alpha: int = 64
    shadow_alpha: int = 26


LIGHT = Theme(
    name="light",
    paper=(251, 249, 244),
    chrome=(244, 241, 234),
    raised=(255, 254, 251),
    line=(224, 218, 207),
    hover=(235, 231, 222),
    pressed=(226, 220, 209),
    text=(38, 35, 31),
    muted=(92, 86, 77),
    ink=(38, 35, 31),
    accent=(43, 84, 220),
    soft=(224, 231, 252),
    on_accent=(255, 255, 255),
    danger=(176, 32, 28),
    shade=(54, 48, 38),
    heat=(255, 190, 98),
    inks=INKS,
)

DARK = Theme(
    name="dark",
    paper=(28, 29, 33),
    chrome=(36, 37, 42),
    raised=(45, 47, 53),
    line=(66, 68, 76),
    hover=(55, 57, 64),
    pressed=(64, 67, 75),
    text=(238, 236, 231),
    muted=(184, 182, 178),
    ink=(238, 236, 231),
    accent=(146, 172, 255),
    soft=(50, 60, 96),
    on_accent=(20, 24, 40),
    danger=(255, 154, 143),
    shade=(8, 8, 10),
    heat=(140, 84, 26),
    inks={
        "red": (255, 112, 104),
        "orange": (248, 184, 88),
        "green": (124, 208, 140),
        "teal": (92, 206, 212),
        "magenta": (246, 142, 212),
    },
    shade_alpha=120,
    shadow_alpha=70,
)


def blend(over: Colour, under: Colour, share: float) -> Colour:
    """`share` of one colour over another."""
    return tuple(round(a * share + b * (1 - share)) for a, b in zip(over, under, strict=True))  # type: ignore[return-value]


def contrast(a: Colour, b: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21.

    Reference: WCAG 2.1, "contrast ratio" and "relative luminance".
    """
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(theme: Theme) -> dict[str, Colour]:
    """The theme's colours by name."""
    return {f.name: getattr(theme, f.name) for f in fields(theme) if isinstance(getattr(theme, f.name), tuple)}


def _luminance(colour: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
