"""The look: text is legible, the typeface is there with its licence, every icon is drawn inside its box."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pygame
import pytest

from sketchrnn.paths import assets_folder
from sketchrnn.sketch.palette import COLOURS, INKS, PAPER
from sketchrnn.sketch.types import INK_NAMES
from sketchrnn.window import icons, theme
from sketchrnn.window.brush import Brush, font
from sketchrnn.window.layout import ICON_OF, Box
from sketchrnn.window.theme import DARK, LIGHT, contrast

GROUNDS = ("paper", "chrome", "raised", "hover", "pressed")


@pytest.fixture(autouse=True, scope="module")
def _font():
    pygame.font.init()


def test_contrast_is_what_the_standard_says() -> None:
    # figures from WCAG's own examples
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.005)
    assert contrast((255, 0, 0), (255, 255, 255)) == pytest.approx(4.0, abs=0.005)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_all_text_is_legible(look: theme.Theme) -> None:
    named = theme.colours(look)
    pairs = [(text, ground) for text in ("text", "muted", "danger") for ground in GROUNDS[:3]]
    pairs += [("text", "hover"), ("text", "pressed"), ("muted", "hover"), ("accent", "soft"), ("accent", "paper")]
    pairs += [("accent", "raised"), ("on_accent", "accent"), ("ink", "paper"), ("raised", "text")]
    bad = {pair: contrast(named[pair[0]], named[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in bad.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_all_inks_are_legible_and_none_is_the_models(look: theme.Theme) -> None:
    assert tuple(look.inks) == INK_NAMES
    for name, colour in look.inks.items():
        assert contrast(colour, look.paper) >= 4.5, name
        # two of them side by side, and the model's, differ by more than a shade
        others = [look.accent, look.ink, *(other for key, other in look.inks.items() if key != name)]
        assert min(sum(abs(a - b) for a, b in zip(colour, other, strict=True)) for other in others) > 90, name
    assert all(contrast(colour, PAPER) >= 4.5 for colour in (*INKS.values(), *COLOURS.values()))


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_a_completion_is_seen_before_it_is_kept(look: theme.Theme) -> None:
    # the standard asks for 3 : 1 of what is not text
    assert contrast(theme.blend(look.accent, look.paper, theme.MODEL_FADE), look.paper) >= 3


def test_the_typeface_comes_with_its_licence() -> None:
    folder = assets_folder() / "fonts"
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "OFL.txt").read_text()
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000
    for strong in (False, True):
        widths = [font(15, strong).size(text)[0] for text in ("i", "W", "Ünïcödé – …", "Ωж")]
        assert min(widths) > 0 and font(30, strong).size("W")[0] > widths[1]


def test_every_icon_is_drawn_inside_its_box() -> None:
    for name in icons.ICONS:
        surface = pygame.Surface((60, 60))
        icons.draw(surface, name, (30, 30), 40, (255, 255, 255))
        marked = np.argwhere(pygame.surfarray.array3d(surface)[:, :, 0] > 40)
        if name == "blank":
            assert len(marked) == 0
            continue
        assert len(marked) > 40, name
        assert marked.min() >= 8 and marked.max() <= 51, name


def test_every_button_has_an_icon_that_exists() -> None:
    assert set(ICON_OF.values()) <= set(icons.ICONS)


def test_every_icon_and_every_colour_is_used() -> None:
    texts = {path.name: path.read_text("utf-8") for path in Path(icons.__file__).parent.glob("*.py")}
    elsewhere = "".join(text for name, text in texts.items() if name not in ("icons.py", "theme.py"))
    assert [name for name in icons.ICONS if f'"{name}"' not in elsewhere] == []
    assert [name for name in theme.colours(LIGHT) if not re.search(rf"\.{name}\b", elsewhere)] == []


def test_the_icon_file_is_the_drawn_one() -> None:
    stored = pygame.image.load(str(assets_folder() / "icon.png"))
    drawn = icons.app_icon(256)
    assert stored.get_size() == drawn.get_size()
    apart = pygame.surfarray.array3d(stored).astype(int) - pygame.surfarray.array3d(drawn)
    assert np.abs(apart).mean() < 1  # made by `python -m sketchrnn.window.icons assets/icon.png`


@pytest.mark.parametrize("width", [12, 40, 90, 400])
def test_text_never_leaves_its_box(width: int) -> None:
    brush, surface = Brush(LIGHT, 1.0), pygame.Surface((500, 40))
    brush.text(surface, "a drawing with a very long name.svg", Box(20, 0, width, 40), 15, (255, 255, 255))
    marked = np.argwhere(pygame.surfarray.array3d(surface)[:, :, 0] > 0)
    assert marked[:, 0].max() <= 20 + width and marked[:, 0].min() >= 19
