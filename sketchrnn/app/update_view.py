"""What of the page is seen, and how the window looks."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

import numpy as np

from sketchrnn.app.effects import SetFullScreen
from sketchrnn.app.events import OnDisplay, Pan, Resized, SetInk, Zoom
from sketchrnn.app.questions import lies_outside, lies_under_chips, shown_extent
from sketchrnn.app.settings import INK_WIDTHS, UI_SCALES, clamp
from sketchrnn.app.state import PAGE_SIDE, ZOOM_RANGE, AppState, Camera, Canvas, Tool
from sketchrnn.app.steps import Step, change_settings, toast
from sketchrnn.sketch.types import INK_NAMES, ink_named

MARGIN = 0.04
"""Of the canvas, free on each side of what is fitted."""
ZOOM_STEP = 1.25
HINT_SECONDS = 20.0
_INK = "The ink is as wide as "


def resized(state: AppState, event: Resized, now: float) -> Step:
    """The window has another size; what it shows of the page follows as soon as the pen is up."""
    old = state.view
    canvas, taken = tuple(map(float, event.canvas)), tuple(map(float, event.taken))
    behind = old.canvas if old.behind is None else old.behind
    return replace(state, view=replace(old, size=tuple(event.size), canvas=canvas, taken=taken, behind=behind)), ()


def following(state: AppState, now: float) -> AppState:
    """After another size: a fitted view stays fitted; another keeps the page's point in the middle of the canvas where
    it is. Not while the pen is down: the page stays under it.
    """
    view = state.view
    if view.behind is None:
        return state
    state = replace(state, view=replace(view, behind=None))
    if view.fitted:
        return fit(state, now)[0]
    (x, y), (was_x, was_y) = _middle(view.canvas), _middle(view.behind)
    return _moved(state, x - was_x, y - was_y)


def fit(state: AppState, now: float) -> Step:
    """The page and all ink, the shown ending's too, in the middle of the canvas, or as little aside as keeps ink from
    under chips; paper may lie there.
    """
    view, ink = state.view, shown_extent(state)
    seen = np.concatenate([[(0.0, 0.0), (PAGE_SIDE, PAGE_SIDE)], ink])
    room = np.maximum(view.canvas[2:], 1) * (1 - 2 * MARGIN)
    zoom = (room / np.ptp(seen, axis=0)).min()
    corner, clear = np.reshape(view.clear, (2, 2))
    if len(ink):
        zoom = min(zoom, (clear / np.maximum(np.ptp(ink, axis=0), 1e-9)).min())
    zoom = clamp(float(zoom), ZOOM_RANGE)
    offset = _middle(view.canvas) - zoom * (seen.min(0) + seen.max(0)) / 2
    if len(ink):
        at = zoom * ink + offset
        offset += np.clip(0, corner - at.min(0), corner + clear - at.max(0))
    x, y = offset.tolist()
    return replace(state, view=replace(view, camera=Camera(zoom, (x, y)), fitted=True)), ()


def with_model_in_sight(before: AppState, state: AppState, now: float) -> AppState:
    """A fitted view goes farther away, or aside, when the model draws beyond it or under chips; it does not come back
    by itself, and whoever has zoomed or panned sees what they chose to see. Call it after every event but those of a
    gesture.
    """
    other = state.offer is not before.offer or (before.grid and not state.grid)
    if state.view.fitted and other and (lies_outside(state) or lies_under_chips(state)):
        return fit(state, now)[0]
    return state


def zoom(state: AppState, event: Zoom, now: float) -> Step:
    """What is under the pointer stays there."""
    camera = state.view.camera
    if not (isfinite(event.factor) and event.factor > 0):
        return state, ()
    factor = clamp(camera.zoom * event.factor, ZOOM_RANGE) / camera.zoom
    x, y = event.at
    offset = (x - factor * (x - camera.offset[0]), y - factor * (y - camera.offset[1]))
    view = replace(state.view, camera=Camera(camera.zoom * factor, offset), fitted=False, behind=None)
    return replace(state, view=view), ()


def zoom_step(state: AppState, steps: int, now: float) -> Step:
    """Closer or farther at the canvas's middle."""
    return zoom(state, Zoom(_middle(state.view.canvas), ZOOM_STEP**steps), now)


def pan(state: AppState, event: Pan, now: float) -> Step:
    if not (isfinite(event.dx) and isfinite(event.dy)):
        return state, ()
    state = _moved(state, event.dx, event.dy)
    return replace(state, view=replace(state.view, fitted=False)), ()


def toggle_full_screen(state: AppState, now: float) -> Step:
    on = not state.view.full_screen
    return replace(state, view=replace(state.view, full_screen=on)), (SetFullScreen(on),)


def scale_ui(state: AppState, steps: int, now: float) -> Step:
    """Buttons and text one size larger or smaller."""
    at = min(range(len(UI_SCALES)), key=lambda i: abs(UI_SCALES[i] - state.settings.ui_scale))
    at = min(max(at + steps, 0), len(UI_SCALES) - 1)
    return change_settings(state, now, ui_scale=UI_SCALES[at], follow_display=False), ()


def on_display(state: AppState, event: OnDisplay, now: float) -> Step:
    """Buttons and text as the window's display asks, unless the person has set them."""
    if not state.settings.follow_display:
        return state, ()
    # not stored: the next start asks again
    return replace(state, settings=replace(state.settings, ui_scale=event.ui_scale)), ()


def widen_ink(state: AppState, by: float, now: float) -> Step:
    width = clamp(state.settings.ink_width + by, INK_WIDTHS)
    state = change_settings(state, now, ink_width=width)
    if state.sketch.strokes:  # it is seen on them
        return state, ()
    state = replace(state, toasts=tuple(t for t in state.toasts if not t.text.startswith(_INK)))
    return toast(state, now, f"{_INK}{width:g}, of {INK_WIDTHS[0]:g} to {INK_WIDTHS[1]:g}"), ()


def with_hint(state: AppState, now: float) -> AppState:
    """The first run's hint beside the first completion: gone when one is kept, or after `HINT_SECONDS`."""
    if state.settings.welcomed:
        return state
    if state.hint_until is None:
        return state if state.offer is None else replace(state, hint_until=now + HINT_SECONDS)
    kept = any(stroke.author == "model" for stroke in state.sketch.strokes)
    if kept or now >= state.hint_until:
        return change_settings(replace(state, hint_until=None), now, welcomed=True)
    return state


def set_ink(state: AppState, event: SetInk, now: float) -> Step:
    """Another ink; whoever takes one means to draw."""
    ink = ink_named(event.ink) or ""
    return change_settings(replace(state, tool=Tool.PEN), now, ink=ink), ()


def next_ink(state: AppState, now: float) -> Step:
    names = ("", *INK_NAMES)
    at = names.index(state.settings.ink) if state.settings.ink in names else 0
    return set_ink(state, SetInk(names[(at + 1) % len(names)]), now)


def toggle_even_ink(state: AppState, now: float) -> Step:
    even = not state.settings.even_ink
    state = toast(state, now, "Ink of even width" if even else "Ink that is thin where the pen is fast")
    return change_settings(state, now, even_ink=even), ()


def toggle_theme(state: AppState, now: float) -> Step:
    return change_settings(state, now, dark=not state.settings.dark), ()


def toggle_motion(state: AppState, now: float) -> Step:
    return change_settings(state, now, reduced_motion=not state.settings.reduced_motion), ()


def _middle(canvas: Canvas) -> tuple[float, float]:
    left, top, width, height = canvas
    return left + width / 2, top + height / 2


def _moved(state: AppState, dx: float, dy: float) -> AppState:
    camera = state.view.camera
    offset = (clamp(camera.offset[0] + dx, (-1e8, 1e8)), clamp(camera.offset[1] + dy, (-1e8, 1e8)))
    return replace(state, view=replace(state.view, camera=Camera(camera.zoom, offset)))
