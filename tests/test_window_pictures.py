"""Pictures of fifteen states in both themes and two sizes against references; looked at when they were made.

Made again, after a change that is meant, by

    SKETCHRNN_REMAKE_PICTURES=1 python -m pytest tests/test_window_pictures.py

and then looked at: `tests/fixtures/pictures/` is in the repository. They are kept at half their size in few colours, so
that odd pixels of another font library do not count, and that all together stay small.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pygame
import pytest
from PIL import Image
from shown_states import STATES, made

from sketchrnn.window.view import render

FOLDER = Path(__file__).parent / "fixtures" / "pictures"
REMAKE = bool(os.environ.get("SKETCHRNN_REMAKE_PICTURES"))
SIZES = {"wide": (1200, 760), "small": (700, 540)}
STEP = 16
"""Of 255, between the values that are kept."""
APART = 40
"""Of 255, in any channel: more is another pixel."""
TOLERATED = 0.002
"""Share of other pixels."""
BLOCK, ODD = 10, 0.18
"""Px of a square, and the share of other pixels that is too many in one: an icon is too small to count in the whole."""


def small(surface: pygame.Surface) -> Image.Image:
    """Half the size."""
    whole = Image.fromarray(pygame.surfarray.array3d(surface).swapaxes(0, 1))
    return whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.BOX)


def differences(shown: Image.Image, wanted: Image.Image) -> np.ndarray:
    """Which pixels are others, (height, width) bool."""
    a, b = (np.asarray(image.convert("RGB"), int) for image in (shown, wanted))
    return np.abs(a - b).max(2) > APART


def blocks(other: np.ndarray) -> np.ndarray:
    """The share of other pixels in each square."""
    height, width = (side // BLOCK * BLOCK for side in other.shape)
    return other[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean((1, 3))


def report(shown: Image.Image, wanted: Image.Image, other: np.ndarray, path: Path) -> str:
    """Wanted, shown and where they differ, side by side in one picture, and what there is to read about it."""
    marked = np.asarray(shown.convert("L").convert("RGB")) // 2 + 127
    marked[other] = (220, 0, 0)
    sheet = Image.new("RGB", (3 * shown.width + 20, shown.height), (128, 128, 128))
    for place, image in enumerate((wanted.convert("RGB"), shown, Image.fromarray(marked.astype(np.uint8)))):
        sheet.paste(image, (place * (shown.width + 10), 0))
    sheet.save(path)
    rows, columns = np.nonzero(other)
    where = f"x {2 * columns.min()} to {2 * columns.max()}, y {2 * rows.min()} to {2 * rows.max()} of the window"
    return (
        f"{100 * other.mean():.2f} % of the pixels differ from the reference, at {where}\n"
        f"wanted | shown | difference: {path}\n"
        "if the change is meant: SKETCHRNN_REMAKE_PICTURES=1 python -m pytest tests/test_window_pictures.py, and look"
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STATES)
def test_the_window_looks_as_it_was_looked_at(name: str, size: str, dark: bool, tmp_path: Path) -> None:
    shown = small(render(*made(name, SIZES[size], dark)))
    reference = FOLDER / f"{name}-{size}-{'dark' if dark else 'light'}.png"
    if REMAKE:
        FOLDER.mkdir(exist_ok=True)
        few = Image.fromarray(np.asarray(shown) // STEP * STEP + STEP // 2)
        few.quantize(256, dither=Image.Dither.NONE).save(reference, optimize=True)
    assert reference.exists(), "no reference: make it with SKETCHRNN_REMAKE_PICTURES=1"
    with Image.open(reference) as stored:
        wanted = stored.convert("RGB")
    assert wanted.size == shown.size
    other = differences(shown, wanted)
    if other.mean() > TOLERATED or blocks(other).max() > ODD:
        pytest.fail(report(shown, wanted, other, tmp_path / f"{reference.stem}-differs.png"), pytrace=False)


def test_a_missing_icon_and_a_moved_line_are_found(tmp_path: Path) -> None:
    surface = render(*made("offered", SIZES["wide"], False))
    wanted = small(surface)
    surface.fill((244, 241, 234), (60, 16, 24, 24))  # the folder
    other = differences(small(surface), wanted)
    assert blocks(other).max() > ODD
    said = report(small(surface), wanted, other, tmp_path / "report.png")
    assert "x 60 to 7" in said
    with Image.open(tmp_path / "report.png") as sheet:
        assert sheet.width == 3 * wanted.width + 20


def test_the_references_are_those_of_the_states_and_small() -> None:
    files = {path.stem for path in FOLDER.glob("*.png")}
    assert files == {f"{name}-{size}-{theme}" for name in STATES for size in SIZES for theme in ("light", "dark")}
    assert sum(path.stat().st_size for path in FOLDER.glob("*.png")) < 600_000
