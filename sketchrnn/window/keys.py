"""From keys to commands: by the character a key gives, so that Z is where each keyboard's owner looks for it."""

from __future__ import annotations

import pygame

from sketchrnn.app.commands import BY_KEY, BY_KEY_BETWEEN, BY_KEY_SELECTED, Command, Shortcut
from sketchrnn.app.events import Event, Key, TakeEnding

NAMED = {
    pygame.K_TAB: "tab",
    pygame.K_RETURN: "return",
    pygame.K_KP_ENTER: "return",
    pygame.K_ESCAPE: "escape",
    pygame.K_DELETE: "delete",
    pygame.K_BACKSPACE: "backspace",
    pygame.K_UP: "up",
    pygame.K_DOWN: "down",
    pygame.K_LEFT: "left",
    pygame.K_RIGHT: "right",
    pygame.K_PAGEUP: "page up",
    pygame.K_PAGEDOWN: "page down",
    pygame.K_END: "end",
    pygame.K_F1: "f1",
    pygame.K_F11: "f11",
}
IN_DIALOG = {
    pygame.K_BACKSPACE: Key.BACKSPACE,
    pygame.K_UP: Key.UP,
    pygame.K_DOWN: Key.DOWN,
    pygame.K_PAGEUP: Key.PAGE_UP,
    pygame.K_PAGEDOWN: Key.PAGE_DOWN,
    pygame.K_RETURN: Key.ENTER,
    pygame.K_KP_ENTER: Key.ENTER,
    pygame.K_END: Key.END,
}
SIDEWAYS = {pygame.K_LEFT: Key.UP, pygame.K_RIGHT: Key.DOWN}  # the buttons of a question lie beside each other
_KEYPAD = {pygame.K_KP_PLUS: "+", pygame.K_KP_MINUS: "-", **{getattr(pygame, f"K_KP{i}"): str(i) for i in range(10)}}

REPEATED = frozenset(
    {
        Command.UNDO,
        Command.REDO,
        Command.HOTTER,
        Command.COOLER,
        Command.FASTER,
        Command.SLOWER,
        Command.PAUSE_LONGER,
        Command.PAUSE_SHORTER,
        Command.MOVE_LEFT,
        Command.MOVE_RIGHT,
        Command.MOVE_UP,
        Command.MOVE_DOWN,
        Command.GROW,
        Command.SHRINK,
        Command.THICKER,
        Command.THINNER,
        Command.ZOOM_IN,
        Command.POINT_BACK,
        Command.POINT_ON,
        Command.STROKE_BACK,
        Command.STROKE_ON,
        Command.EARLIER,
        Command.LATER,
        Command.ZOOM_OUT,
    }
)
"""Commands that a held key says again and again."""


def repeats(event: Event) -> bool:
    """Whether a held key says this again and again."""
    return event in REPEATED if isinstance(event, Command) else isinstance(event, Key) and event is not Key.ENTER


def latin(key: int, text: str, scancode: int) -> tuple[int, str]:
    """The key and its text; on a board with another script, of the Latin letter that is printed beside its own.

    Args:
        key, text: as in `page_event`.
        scancode: the key's place, pygame's number; 0 for none.
    """
    character = _character(key, text)
    first = pygame.KSCAN_A
    if character.isascii() or not character.isalpha() or not first <= scancode <= pygame.KSCAN_Z:
        return key, text
    letter = chr(ord("a") + scancode - first)
    return ord(letter), letter if text and text.isprintable() else ""


def page_event(key: int, mod: int, text: str, selected: bool = False, between: bool = False) -> Event | None:
    """What a key says while no dialog is open; None for a key without a meaning.

    Args:
        key: pygame's key code, which follows the keyboard's layout.
        mod: pygame's modifiers.
        text: the characters that the key gives with its modifiers; empty for none.
        selected: whether strokes are selected, which have keys of their own.
        between: whether the way between two drawings is shown, which comes before those.
    """
    special = BY_KEY_BETWEEN if between else BY_KEY_SELECTED if selected else {}
    command = command_of(key, mod, text, special) or command_of(key, mod, text)
    if command is not None:
        return command
    digit = _character(key, text)
    if len(digit) == 1 and digit in "123456789" and not _ctrl(mod):
        return TakeEnding(int(digit) - 1)
    return None


def dialog_event(key: int, mod: int, text: str, takes_text: bool) -> Event | None:
    """What a key says to an open dialog.

    Args:
        key, mod, text: as in `page_event`.
        takes_text: whether the dialog has a field; characters then come as text and mean nothing here.
    """
    if key in IN_DIALOG and not _ctrl(mod):
        return IN_DIALOG[key]
    if key in SIDEWAYS:
        return Key.END if takes_text else SIDEWAYS[key]
    plain = not _ctrl(mod) and key not in NAMED
    if takes_text and plain:
        return None
    return command_of(key, mod, text)


def command_of(key: int, mod: int, text: str, table: dict[Shortcut, Command] = BY_KEY) -> Command | None:
    """The command whose shortcut this is."""
    if mod & pygame.KMOD_ALT and not text.strip():
        return None  # Alt+Tab and its like belong to the desktop
    ctrl, shift = _ctrl(mod), bool(mod & pygame.KMOD_SHIFT)
    character = _character(key, text)
    tried = [Shortcut(NAMED[key], ctrl, shift)] if key in NAMED else [Shortcut(character, ctrl, shift)]
    if not character.isalpha() and key not in NAMED:
        tried.append(Shortcut(character, ctrl, False))  # "?" needs Shift on most boards
    return next((table[shortcut] for shortcut in tried if shortcut in table), None)


def _ctrl(mod: int) -> bool:
    # AltGr comes as Ctrl+Alt on some systems: it makes characters, not commands
    held = bool(mod & (pygame.KMOD_CTRL | pygame.KMOD_META))
    return held and not mod & (pygame.KMOD_MODE | pygame.KMOD_ALT)


def _character(key: int, text: str) -> str:
    if key in _KEYPAD:
        return _KEYPAD[key]
    if text and text.isprintable():
        return text.lower()
    # with Ctrl there is no text, or a control code: the key code is the character without modifiers
    return chr(key).lower() if 32 < key < 0x110000 and key < 0x40000000 else ""
