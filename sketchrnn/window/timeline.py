"""The timeline of the one completion offered: play, a track with the ends of its strokes, and "keep to here". Pure."""

from __future__ import annotations

from collections.abc import Callable

from sketchrnn.app import playback
from sketchrnn.app.commands import COMMANDS, Command
from sketchrnn.app.questions import activity, can_scrub, play_speed
from sketchrnn.app.state import Activity, AppState
from sketchrnn.window.controls import KNOB, Box, Control, Kind, Measure
from sketchrnn.window.strip import WIDTH
from sketchrnn.window.theme import BODY, CONTROL, ICON, XS, XXL, M, S

TIMELINE = "timeline"
"""The name of its track."""
LONGEST = 480  # points from end to end

Px = Callable[[float], int]


def timeline_key(state: AppState, now: float) -> object:
    """What its controls depend on, beside the canvas."""
    return activity(state, now) is Activity.ANIMATING if can_scrub(state) else None


def timeline(px: Px, measure: Measure, state: AppState, now: float, canvas: Box) -> list[Control]:
    """Its three controls, above the status line; none where there is nothing to move along."""
    if not can_scrub(state):
        return []
    whole = ground(px, canvas)
    side, label = px(CONTROL), COMMANDS[Command.KEEP_HERE].label
    keep = round(measure(label, BODY)) + px(ICON + XS + 2 * M)
    icon = "hold" if activity(state, now) is Activity.ANIMATING else "play"
    play = Box(whole.x, whole.y, side, side)
    here = Box(whole.right - keep, whole.y, keep, side)
    track = Box(play.right + px(S), whole.y, here.x - play.right - 2 * px(S), side)
    return [
        Control(Command.PLAY.value, play, Kind.CHIP, Command.PLAY, "", icon),
        Control(TIMELINE, track, Kind.TIMELINE),
        Control(Command.KEEP_HERE.value, here, Kind.CHIP, Command.KEEP_HERE, label, "here"),
    ]


def ground(px: Px, canvas: Box) -> Box:
    """What it takes of the page: in the middle, beside the strip of endings seen."""
    width, height = min(px(LONGEST), canvas.w - 2 * px(WIDTH)), px(CONTROL)
    bottom = canvas.bottom - px(XXL + S)
    return Box(canvas.x + (canvas.w - width) // 2, bottom - height, width, height)


def run_of(box: Box, scale: float) -> Box:
    """Where the knob's centre runs, from left to right; at least a px, also where a small window leaves none."""
    edge = round(KNOB * scale) + round(XS * scale)
    return Box(box.x + edge, box.y, max(box.w - 2 * edge, 1), box.h)


def marks(state: AppState, now: float) -> tuple[float, tuple[float, ...]]:
    """How far it is shown, and where its strokes end: shares of what has come, 0 to 1."""
    if state.offer is None or not can_scrub(state):
        return 0.0, ()
    most = playback.longest(state.offer)
    ends = playback.stroke_ends(state.offer.endings[0].rows)
    shown = playback.shown_points(state.offer, now, play_speed(state))
    return shown / most, tuple(end / most for end in ends[:-1])
