"""The window itself: opening it, its name, cursor, full screen and clipboard. pygame on the main thread only."""

from __future__ import annotations

import contextlib
import warnings

import pygame

from sketchrnn.app.settings import Window
from sketchrnn.errors import SketchRNNError
from sketchrnn.window.display import scale_of_display, system_dpi, window_to_return_to
from sketchrnn.window.icons import app_icon
from sketchrnn.window.wording import printable, shown

DEFAULT_SIZE = (1280, 800)
LEAST = (320, 240)  # px that a hand can make of the window; half of what everything fits into at its usual size
REPEAT = (400, 40)  # ms until a held key repeats, and between its repetitions


class Screen:
    """The one window.

    Args:
        size: px; by default that of the remembered window, or what suits the screen.
        window: the remembered one, (x, y, width, height); it comes back to where it was if it would be seen there.

    Raises:
        SketchRNNError: there is no display.
    """

    def __init__(self, size: tuple[int, int] | None = None, window: Window = ()):
        try:
            # the display alone: pygame.init() would start sound and joysticks, too
            pygame.display.init()
            before = window_to_return_to(window, pygame.display.get_desktop_sizes()) if size is None else None
            size = size or (before[0] if before else _suitable())
            pygame.display.set_icon(app_icon(64))
            pygame.display.set_mode(size, pygame.RESIZABLE)
            if before is not None:
                pygame.display.set_window_position(before[1])
            self._window = _same_window()
            self._window.minimum_size = min(size[0], LEAST[0]), min(size[1], LEAST[1])
        except pygame.error as error:
            pygame.display.quit()
            raise SketchRNNError(
                f"no window can be opened: {error}",
                hint="A display is needed to draw; `sketchrnn complete` finishes drawings without one",
            ) from error
        pygame.key.set_repeat(*REPEAT)
        pygame.key.stop_text_input()
        self._caption = ""
        self._cursor = pygame.SYSTEM_CURSOR_ARROW
        self._typing = False
        self._full = False

    @property
    def window(self) -> Window:
        """Where the window is, (x, y, width, height), px; empty while it fills the screen."""
        if self._full:
            return ()
        with contextlib.suppress(pygame.error):
            return (*pygame.display.get_window_position(), *self.surface.get_size())
        return ()

    @property
    def surface(self) -> pygame.Surface:
        """What is shown at the next flip; another one after the window's size changed."""
        surface = pygame.display.get_surface()
        assert surface is not None  # from the first set_mode to close
        return surface

    def name(self, caption: str) -> None:
        """The window's title."""
        if caption != self._caption:
            pygame.display.set_caption(shown(caption), "sketchrnn")
            self._caption = caption

    def point_with(self, cursor: int) -> None:
        """The pointer's shape, one of pygame's system cursors."""
        if cursor != self._cursor:
            self._cursor = cursor
            with contextlib.suppress(pygame.error):  # a display without a pointer
                pygame.mouse.set_cursor(cursor)

    def take_text(self, typing: bool) -> None:
        """Whether keys come as text, too: only while a field is open, or the key that opens it would be typed in it."""
        if typing != self._typing:
            self._typing = typing
            (pygame.key.start_text_input if typing else pygame.key.stop_text_input)()

    def fill_screen(self, on: bool) -> None:
        """Full screen, on the display that the window is on, and back to where and as large as it was."""
        self._full = on
        if on:
            self._window.set_fullscreen(desktop=True)
        else:
            self._window.set_windowed()

    def copy(self, text: str) -> bool:
        """Puts text on the clipboard; whether that went well."""
        try:
            pygame.scrap.put_text(printable(text))
        except pygame.error:
            return False
        return True

    def pasted(self) -> str:
        """The clipboard's text; empty if there is none."""
        try:
            return pygame.scrap.get_text()
        except pygame.error:
            return ""

    def close(self) -> None:
        pygame.display.quit()


def suiting_scale(display: int = 0) -> float:
    """The UI scale that one of the displays asks for; a window opens on the first."""
    sizes = pygame.display.get_desktop_sizes()
    size = sizes[display if display < len(sizes) else 0]  # it may be gone by the time that this is heard
    return scale_of_display(size, system_dpi(pygame.display.get_driver()))


def _same_window() -> pygame.Window:
    # `set_mode` has no least size, and coming back from full screen leaves the window as large as the screen
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return pygame.Window.from_display_module()


def _suitable() -> tuple[int, int]:
    # the default, or what of it fits the screen
    sizes = pygame.display.get_desktop_sizes()
    if not sizes:
        return DEFAULT_SIZE
    width, height = (min(want, max(round(have * 0.92), 320)) for want, have in zip(DEFAULT_SIZE, sizes[0], strict=True))
    return width, height
