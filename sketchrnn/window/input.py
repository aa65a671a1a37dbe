"""From pygame's events to the program's: mouse, pen, fingers, wheel and keys. No event is polled for, none is missed.

`hear(pointer, event, state, scene, now)` answers the new pointer and what happened; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pygame

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import VISIBLE_ROWS, FilePanel, Picker
from sketchrnn.app.events import (
    Dropped,
    Event,
    Pan,
    PenCancel,
    PenDown,
    PenMove,
    PenUp,
    Scrolled,
    Scrub,
    Typed,
    Zoom,
)
from sketchrnn.app.state import AppState
from sketchrnn.app.through import on_the_way
from sketchrnn.window import keys
from sketchrnn.window.bars import DRAGGED
from sketchrnn.window.cards import BAR, Panel
from sketchrnn.window.focus import focus_key
from sketchrnn.window.layout import Control, Kind, Layout
from sketchrnn.window.pointer import Grip, Place, Pointer
from sketchrnn.window.timeline import run_of
from sketchrnn.window.values import SCALES, value_at
from sketchrnn.window.widgets import track_of

WHEEL_ZOOM = 1.15  # factor of one notch
SHIFTS = (pygame.K_LSHIFT, pygame.K_RSHIFT)
WHEEL_ROWS = 3  # of a list, per notch
TAP = 10.0  # points that a finger may stray before it draws, or drags, and is no half of a pinch or tap any more
PINCH = 0.25  # seconds after the first finger within which a second always makes a pinch of it

Heard = tuple[Pointer, tuple[Event, ...]]


@dataclass(frozen=True)
class Scene:
    """What lies on the screen now: the layout, and the open dialog's if there is one."""

    layout: Layout
    panel: Panel | None

    @property
    def controls(self) -> tuple[Control, ...]:
        """What can be pressed now."""
        return self.layout.controls if self.panel is None else self.panel.controls

    def control(self, at: Place) -> Control | None:
        """What a press at a place would press."""
        return self.layout.at(at) if self.panel is None else self.panel.at(at)

    def named(self, name: str) -> Control | None:
        return next((control for control in self.controls if control.name == name), None)


def hear(pointer: Pointer, event: pygame.Event, state: AppState, scene: Scene, now: float) -> Heard:
    """What an event of the window means.

    Args:
        pointer: what the pointer did before.
        event: any event of pygame's.
        state, scene: what is shown.
        now: seconds.

    Returns:
        The pointer after it and the app's events, in order.
    """
    listener = _LISTENERS.get(event.type)
    if listener is None or (event.type in _MOUSE and getattr(event, "touch", False)):
        return pointer, ()  # a touch comes as finger events; the mouse events made of it are its echo
    return listener(pointer, event, state, scene, now)


# the mouse, and pens, which come as mice


def _button_down(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    if pointer.grip is not Grip.NONE:
        return pointer, ()
    pointer = replace(pointer, at=event.pos, button=event.button, touch=False, focus="", fingers=())
    pointer = _hover(pointer, scene, now)
    if event.button == 2 or (event.button == 1 and pointer.space and scene.panel is None):
        return _grab(pointer, event.pos, state, scene)
    return _press(pointer, event.pos, state, scene) if event.button == 1 else (pointer, ())


def _grab(pointer: Pointer, at: Place, state: AppState, scene: Scene) -> Heard:
    if scene.panel is not None or not scene.layout.canvas.holds(at) or state.grid:
        return pointer, ()
    return replace(pointer, grip=Grip.PAN), ()


def _press(pointer: Pointer, at: Place, state: AppState, scene: Scene) -> Heard:
    control = scene.control(at)
    if control is not None:
        pointer = replace(pointer, grip=Grip.CONTROL, held=control.name)
        return pointer, _slid(control, at, scene) if control.kind in DRAGGED else ()
    if scene.panel is not None:
        outside = None if scene.panel.card.holds(at) else scene.panel.outside
        return pointer, () if outside is None else (outside,)
    if scene.layout.canvas.holds(at) and not state.grid:
        return replace(pointer, grip=Grip.PEN), (PenDown(state.view.camera.to_page(*at), pointer.shift),)
    return pointer, ()


def _motion(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    if _fingers_hold(pointer):
        return pointer, ()
    pointer = replace(pointer, touch=False)
    if pointer.grip is not Grip.NONE and not event.buttons[pointer.button - 1]:
        # the button came up where nobody told us: nothing is pressed by that
        return _lift(_hover(replace(pointer, at=event.pos, held=""), scene, now), scene)
    return _moved(pointer, event.pos, state, scene, now)


def _moved(pointer: Pointer, at: Place, state: AppState, scene: Scene, now: float) -> Heard:
    before, pointer = pointer.at or at, replace(pointer, at=at)
    if pointer.grip is Grip.PEN:
        return pointer, (PenMove((state.view.camera.to_page(*at),)),)
    if pointer.grip is Grip.PAN:
        return pointer, (Pan(at[0] - before[0], at[1] - before[1]),)
    pointer = _hover(pointer, scene, now)
    held = scene.named(pointer.held) if pointer.grip is Grip.CONTROL else None
    if held is not None and held.kind in DRAGGED:
        return pointer, _slid(held, at, scene)
    return pointer, ()


def _button_up(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    if _fingers_hold(pointer) or event.button != pointer.button:
        return pointer, ()
    moved = () if event.pos == pointer.at else _moved(pointer, event.pos, state, scene, now)[1]
    pointer, events = _lift(_hover(replace(pointer, at=event.pos), scene, now), scene)
    return pointer, moved + events


def _lift(pointer: Pointer, scene: Scene) -> Heard:
    freed = replace(pointer, grip=Grip.NONE, held="", button=0)
    if pointer.grip is Grip.PEN:
        return freed, (PenUp(),)
    if pointer.grip is Grip.CONTROL and pointer.at is not None:
        control = scene.control(pointer.at)
        if control is not None and control.name == pointer.held and control.says is not None:
            return freed, (control.says,)
    return freed, ()


def _slid(control: Control, at: Place, scene: Scene) -> tuple[Event, ...]:
    if control.kind is Kind.BAR and scene.panel is not None and scene.panel.listing is not None:
        listing = scene.panel.listing
        return (Scrolled(listing.top_at(at[1], scene.panel.scale) - listing.top),)
    if control.kind is Kind.TIMELINE:
        run = run_of(control.box, scene.layout.scale)
        return (Scrub((at[0] - run.x) / run.w),)
    track = track_of(control.box, scene.layout.scale)
    return (SCALES[control.name].says(value_at(control.name, (at[0] - track.x) / track.w)),)


def resting(pointer: Pointer, scene: Scene, now: float) -> Pointer:
    """The pointer over what lies under it now: a list scrolls, and cells go, while it does not move.

    What comes under one that was over nothing lights up only when it moves: whoever uses the keys has left it there.
    """
    return _hover(pointer, scene, now) if pointer.over and pointer.grip is Grip.NONE else pointer


def _hover(pointer: Pointer, scene: Scene, now: float) -> Pointer:
    control = None if pointer.at is None else scene.control(pointer.at)
    name = "" if control is None else control.name
    return pointer if name == pointer.over else replace(pointer, over=name, since=now)


def _wheel(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    notches = event.y  # what a touchpad tells by tenths of one, added up by SDL
    if scene.panel is not None:
        step = WHEEL_ROWS if scene.panel.listing is not None else 1  # without a list it turns pages
        return pointer, (Scrolled(-notches * step),) if notches else ()
    control = None if pointer.at is None else scene.control(pointer.at)
    if control is not None and control.kind is Kind.SEEN:
        return pointer, (Command.EARLIER if notches > 0 else Command.LATER,) if notches else ()
    turned = getattr(event, "precise_y", 0.0) or float(notches)
    at = pointer.at
    if at is None or not turned or state.grid or not scene.layout.canvas.holds(at):
        return pointer, ()
    return pointer, (Zoom(at, WHEEL_ZOOM ** max(-8.0, min(turned, 8.0))),)


def _left_window(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    # a stroke that is under way goes on outside: the system keeps telling of the pointer until the button is up
    if pointer.grip is not Grip.NONE:
        return pointer, ()
    return replace(pointer, at=None, over=""), ()


def _lost_focus(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    events = (PenUp(),) if pointer.grip is Grip.PEN else ()
    return Pointer(at=pointer.at), events


# fingers: one draws or presses, two move and zoom the page. What a mouse or pen holds no finger takes from it, such as
# that of the hand that holds the pen; nor the other way round


def _fingers_hold(pointer: Pointer) -> bool:
    return pointer.grip is not Grip.NONE and bool(pointer.fingers)


def _finger_at(event, state: AppState) -> Place:
    return event.x * state.view.size[0], event.y * state.view.size[1]


def _finger_down(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    at = _finger_at(event, state)
    first = not pointer.fingers
    if first and pointer.grip is not Grip.NONE:
        return pointer, ()
    if pointer.grip is Grip.PEN and pointer.strayed and now - pointer.came[1] > PINCH:
        return pointer, ()  # by now it is a stroke, and what comes to lie beside it, such as a palm, must not cost it
    fingers = (*pointer.fingers, (event.finger_id, at))
    pointer = replace(pointer, fingers=fingers, touch=True, focus="", at=at if first else pointer.at)
    if first:
        pointer = replace(pointer, came=(at, now), strayed=False)
        return _press(_hover(pointer, scene, now), at, state, scene)
    if pointer.grip is Grip.PEN and len(fingers) == 2:
        return replace(pointer, grip=Grip.FINGERS), (PenCancel(),)
    return pointer, ()


def _finger_motion(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    at = _finger_at(event, state)
    before = dict(pointer.fingers)
    if event.finger_id not in before:
        return pointer, ()
    moved = tuple((name, at if name == event.finger_id else place) for name, place in pointer.fingers)
    pointer = replace(pointer, fingers=moved, touch=True)
    if pointer.grip is Grip.FINGERS:
        return pointer, _pinched(tuple(before.values())[:2], tuple(place for _, place in moved)[:2])
    if event.finger_id == pointer.fingers[0][0]:
        (x, y), _ = pointer.came
        far = max(abs(at[0] - x), abs(at[1] - y)) > TAP * scene.layout.scale
        pointer = replace(pointer, strayed=pointer.strayed or far)
        if pointer.strayed and _holds_a_row(pointer, scene):
            pointer = replace(pointer, grip=Grip.LIST, held="")
        return _listed(pointer, at, scene) if pointer.grip is Grip.LIST else _moved(pointer, at, state, scene, now)
    return pointer, ()


def _holds_a_row(pointer: Pointer, scene: Scene) -> bool:
    held = scene.named(pointer.held) if pointer.grip is Grip.CONTROL else None
    return held is not None and held.kind is Kind.ROW and scene.named(BAR) is not None


def _listed(pointer: Pointer, at: Place, scene: Scene) -> Heard:
    # the list goes with the finger, by whole rows
    listing = None if scene.panel is None else scene.panel.listing
    if listing is None:
        return pointer, ()
    (x, y), when = pointer.came
    height = listing.box.h / VISIBLE_ROWS
    rows = int((y - at[1]) / height)
    return replace(pointer, came=((x, y - rows * height), when)), (Scrolled(rows),) if rows else ()


def _pinched(before: tuple[Place, ...], after: tuple[Place, ...]) -> tuple[Event, ...]:
    if len(before) < 2:
        return ()
    (was, was_apart), (middle, apart) = (_middle_and_distance(*two) for two in (before, after))
    pan = Pan(middle[0] - was[0], middle[1] - was[1])
    return (pan, Zoom(middle, apart / was_apart)) if was_apart > 8 and apart > 8 else (pan,)


def _middle_and_distance(a: Place, b: Place) -> tuple[Place, float]:
    distance = ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5
    return ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), distance


def _finger_up(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    first = bool(pointer.fingers) and pointer.fingers[0][0] == event.finger_id
    left = tuple((name, place) for name, place in pointer.fingers if name != event.finger_id)
    pointer = replace(pointer, fingers=left)
    if pointer.grip is Grip.FINGERS:
        return (pointer, ()) if left else (replace(pointer, grip=Grip.NONE, at=None, over=""), ())
    if not first:
        return pointer, ()
    pointer, events = _lift(replace(pointer, at=_finger_at(event, state)), scene)
    return replace(pointer, at=None, over=""), events


# keys


def _key_down(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    again = event.key == pointer.key
    pointer = replace(pointer, shift=bool(event.mod & pygame.KMOD_SHIFT) or event.key in SHIFTS)
    pointer = pointer if again else replace(pointer, mute=not takes_text(state))
    focused = focus_key(pointer, event.key, event.mod, state, scene.controls)
    if focused is not None:
        return focused
    if event.key == pygame.K_SPACE and state.dialog is None:
        return replace(pointer, space=True), ()
    key, text = keys.latin(event.key, getattr(event, "unicode", ""), getattr(event, "scancode", 0))
    pointer = replace(pointer, key=event.key)
    if state.dialog is not None:
        said = keys.dialog_event(key, event.mod, text, takes_text(state))
    else:
        said = keys.page_event(key, event.mod, text, state.selection is not None, on_the_way(state))
    if said is None or (again and not keys.repeats(said)):
        return pointer, ()
    return pointer, (said,)


def _key_up(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    pointer = replace(pointer, shift=bool(event.mod & pygame.KMOD_SHIFT) and event.key not in SHIFTS)
    pointer = replace(pointer, key=0) if event.key == pointer.key else pointer
    return (replace(pointer, space=False), ()) if event.key == pygame.K_SPACE else (pointer, ())


def _text(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    mute = pointer.mute and pointer.key != 0
    return pointer, (Typed(event.text),) if takes_text(state) and not mute else ()


def takes_text(state: AppState) -> bool:
    """Whether the open dialog has a text field."""
    return isinstance(state.dialog, Picker | FilePanel)


def _quit(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    return pointer, (Command.QUIT,)


def _drop(pointer: Pointer, event, state: AppState, scene: Scene, now: float) -> Heard:
    return pointer, (Dropped(Path(event.file)),)


Listener = Callable[[Pointer, pygame.Event, AppState, Scene, float], Heard]

_MOUSE = frozenset({pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION})
_LISTENERS: dict[int, Listener] = {
    pygame.MOUSEBUTTONDOWN: _button_down,
    pygame.MOUSEMOTION: _motion,
    pygame.MOUSEBUTTONUP: _button_up,
    pygame.MOUSEWHEEL: _wheel,
    pygame.WINDOWLEAVE: _left_window,
    pygame.WINDOWFOCUSLOST: _lost_focus,
    pygame.FINGERDOWN: _finger_down,
    pygame.FINGERMOTION: _finger_motion,
    pygame.FINGERUP: _finger_up,
    pygame.KEYDOWN: _key_down,
    pygame.KEYUP: _key_up,
    pygame.TEXTINPUT: _text,
    pygame.QUIT: _quit,
    pygame.DROPFILE: _drop,
}
