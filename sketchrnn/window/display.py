"""What the display asks for: how large buttons and text are to be, and where a remembered window may come back to."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from sketchrnn.app.settings import UI_SCALES, Window

Size = tuple[int, int]

USUAL_DPI = 96
SEEN = 80
"""Px of a window, in each direction, that must lie on the desktop: enough to take hold of its title."""
_PATIENCE = 1.0  # seconds that a program may take to say the resolution


def scale_of_display(desktop: Size, dpi: float | None, environment: Mapping[str, str] = os.environ) -> float:
    """One of `UI_SCALES`: what the desktop says of itself, or what suits so many px.

    Args:
        desktop: size of the display, px; points where the system scales windows itself.
        dpi: as the system tells it; None where it does not.
        environment: GDK_SCALE and QT_SCALE_FACTOR are heard.
    """
    for name in ("GDK_SCALE", "QT_SCALE_FACTOR"):
        with contextlib.suppress(ValueError):
            if (wanted := float(environment.get(name, ""))) > 0:
                return _nearest(wanted)
    if dpi is not None and 48 <= dpi <= 960:
        return _nearest(dpi / USUAL_DPI)
    height = min(desktop)
    return 2.0 if height >= 2000 else 1.5 if height >= 1600 else 1.0


def system_dpi(driver: str) -> float | None:
    """Dots per inch as the desktop has been told; None where it says nothing.

    Args:
        driver: SDL's name of what shows the window. Within Wayland that is "x11", too, unless the person chose another,
            and X's resources say whether such windows are scaled by the system.
    """
    if driver == "windows":
        return _windows_dpi()
    if driver in ("cocoa", "wayland"):
        return float(USUAL_DPI)  # windows are scaled by the system
    program = shutil.which("xrdb") if driver == "x11" else None
    if program is None:
        return None
    try:
        said = subprocess.run([program, "-query"], capture_output=True, text=True, timeout=_PATIENCE, check=True).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return dpi_in(said)


def dpi_in(resources: str) -> float | None:
    """`Xft.dpi` of a list of X resources."""
    found = re.search(r"^Xft\.dpi:\s*(\d{2,4}(?:\.\d+)?)\s*$", resources, re.MULTILINE)
    return float(found[1]) if found else None


def window_to_return_to(window: Window, desktops: Sequence[Size]) -> tuple[Size, tuple[int, int]] | None:
    """Size and place of a remembered window; None if it would not be seen on the displays that there are now.

    Args:
        window: (x, y, width, height), or empty for none remembered.
        desktops: sizes of all displays, taken to lie beside each other.
    """
    if len(window) != 4 or not desktops:
        return None
    x, y, width, height = window
    whole = sum(size[0] for size in desktops), max(size[1] for size in desktops)
    if not (200 <= width <= whole[0] and 200 <= height <= whole[1]):
        return None
    across = SEEN - width <= x <= whole[0] - SEEN
    return ((width, height), (x, y)) if across and 0 <= y <= whole[1] - SEEN else None


def _nearest(scale: float) -> float:
    return min(UI_SCALES, key=lambda one: abs(one - scale))


def _windows_dpi() -> float | None:
    import ctypes

    try:
        return float(ctypes.windll.user32.GetDpiForSystem())  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return None
