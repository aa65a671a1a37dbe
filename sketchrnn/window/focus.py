"""Reaching every control with keys alone: Ctrl+Tab (or F6) goes from one to the next, arrows too, Enter presses.

Tab itself keeps a completion. The control that has the focus has a ring and its tooltip; a click takes the ring away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pygame

from sketchrnn.app.commands import Command
from sketchrnn.app.events import Event
from sketchrnn.app.questions import is_enabled
from sketchrnn.app.state import AppState
from sketchrnn.window.layout import Control, Kind
from sketchrnn.window.pointer import Pointer
from sketchrnn.window.values import SCALES, current, share_of, value_at

ON_PAGE = (Kind.CHIP, Kind.CELL, Kind.LARGE, Kind.SEEN, Kind.TIMELINE, Kind.PAGE_SLIDER)
"""They come after those of the bars."""
STEPS = 20
"""Presses of an arrow from one end of a slider to the other."""
_ARROWS = {pygame.K_LEFT: -1, pygame.K_UP: -1, pygame.K_RIGHT: 1, pygame.K_DOWN: 1}
_ON_SLIDER = {pygame.K_LEFT: -1, pygame.K_DOWN: -1, pygame.K_RIGHT: 1, pygame.K_UP: 1}
_PRESS = (pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_SPACE)


def focus_key(
    pointer: Pointer, key: int, mod: int, state: AppState, controls: Sequence[Control]
) -> tuple[Pointer, tuple[Event, ...]] | None:
    """What a key means to the focus.

    Args:
        pointer: has the focus.
        key, mod: pygame's.
        state: what is shown.
        controls: what can be pressed now: the window's, or the open dialog's.

    Returns:
        The pointer after it and what it says; None for a key that has nothing to do with it.
    """
    in_order = reachable(state, controls)
    step = _step(key, mod)
    if step:
        return replace(pointer, focus=_next(in_order, pointer.focus, step)), ()
    focused = next((control for control in in_order if control.name == pointer.focus), None)
    if focused is None or mod & (pygame.KMOD_CTRL | pygame.KMOD_META | pygame.KMOD_ALT):
        return None
    if key == pygame.K_ESCAPE:
        return replace(pointer, focus=""), ()
    if focused.kind in (Kind.SLIDER, Kind.PAGE_SLIDER) and key in _ON_SLIDER:
        return pointer, (_slid(state, focused, _ON_SLIDER[key]),)
    if focused.kind is Kind.TIMELINE and key in _ON_SLIDER:
        return pointer, (Command.POINT_ON if _ON_SLIDER[key] > 0 else Command.POINT_BACK,)
    if key in _PRESS:
        # a held key is one press, as a button held down is
        again = pointer.key == key
        return replace(pointer, key=key), () if again or focused.says is None else (focused.says,)
    if key in _ARROWS:
        if state.dialog is not None:
            return None  # a list's arrows are the list's
        return replace(pointer, focus=_next(in_order, pointer.focus, _ARROWS[key])), ()
    return None


def reachable(state: AppState, controls: Sequence[Control]) -> list[Control]:
    """The controls that would do something, as they are read; a list's rows are reached by its own arrows."""
    there = [control for control in controls if control.kind not in (Kind.ROW, Kind.BAR) and _works(state, control)]
    return sorted(there, key=lambda control: (control.kind in ON_PAGE, *_place(control)))


def _works(state: AppState, control: Control) -> bool:
    return not isinstance(control.says, Command) or state.dialog is not None or is_enabled(state, control.says)


def _place(control: Control) -> tuple[int, int]:
    # rows of controls whose middles are equally high, but for odd pixels, from the left
    return round(control.box.centre[1] / 4), control.box.x


def _step(key: int, mod: int) -> int:
    cycles = key == pygame.K_F6 or (key == pygame.K_TAB and mod & pygame.KMOD_CTRL)
    return 0 if not cycles else -1 if mod & pygame.KMOD_SHIFT else 1


def _next(controls: Sequence[Control], name: str, step: int) -> str:
    if not controls:
        return ""
    names = [control.name for control in controls]
    if name not in names:
        return names[0 if step > 0 else -1]
    return names[(names.index(name) + step) % len(names)]


def _slid(state: AppState, control: Control, step: int) -> Event:
    scale, value = SCALES[control.name], current(state, control.name)
    moved = value_at(control.name, share_of(control.name, value) + step / STEPS)
    if abs(moved - value) < scale.step / 2:  # the scale's own step is larger than one of these
        moved = min(max(value + step * scale.step, scale.span[0]), scale.span[1])
    return scale.says(moved)
