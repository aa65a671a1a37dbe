"""The playback by hand: hold it, go on, and move along the one completion shown, by a share, a point or a stroke."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor, isfinite

from sketchrnn.app import playback
from sketchrnn.app.events import Scrub
from sketchrnn.app.questions import can_scrub, play_speed
from sketchrnn.app.state import AppState, Playback
from sketchrnn.app.steps import Step
from sketchrnn.app.update_asking import replay

NEAR = 1e-6
"""Points that are no way to go."""


def scrub(state: AppState, event: Scrub, now: float) -> Step:
    """That share of what has come is shown, and no more until it is told to play; all of it plays on as it comes."""
    if state.offer is None or not isfinite(event.share):
        return state, ()
    return _show(state, event.share * playback.longest(state.offer), now)


def play(state: AppState, now: float) -> Step:
    """Hold the playback; go on with it; from the beginning where all has been shown."""
    if not can_scrub(state) or state.offer is None:
        return state, ()
    offer, speed = state.offer, play_speed(state)
    shown = playback.shown_points(offer, now, speed)
    if shown >= playback.longest(offer):
        return replay(state, now), ()
    held = not offer.playback.held
    return replace(state, offer=replace(offer, playback=Playback(now, shown, held))), ()


def by_points(state: AppState, points: int, now: float) -> Step:
    """So many whole points on, or back."""
    if state.offer is None:
        return state, ()
    shown = playback.shown_points(state.offer, now, play_speed(state))
    near = floor(shown + NEAR) if points > 0 else ceil(shown - NEAR)
    return _show(state, near + points, now)


def by_stroke(state: AppState, forward: bool, now: float) -> Step:
    """To the next end of a stroke, or the one before; the beginning is one, too."""
    if state.offer is None:
        return state, ()
    shown = playback.shown_points(state.offer, now, play_speed(state))
    ends = [0, *playback.stroke_ends(state.offer.endings[0].rows)]
    ahead = [end for end in ends if end > shown + NEAR] if forward else [end for end in ends if end < shown - NEAR]
    return _show(state, (min if forward else max)(ahead, default=shown), now)


def _show(state: AppState, points: float, now: float) -> Step:
    if not can_scrub(state) or state.offer is None:
        return state, ()
    most = float(playback.longest(state.offer))
    points = min(max(float(points), 0.0), most)
    play = Playback(now, points, held=points < most)
    return replace(state, offer=replace(state.offer, playback=play)), ()
