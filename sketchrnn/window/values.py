"""What the sliders' places mean: from a value to a share of the way and back. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sketchrnn.app.events import Event, SetAlong, SetCloseness, SetPause, SetSpeed, SetTemperature
from sketchrnn.app.settings import CLOSENESSES, PAUSES, SPEEDS
from sketchrnn.app.state import GRID_ENDINGS, AppState
from sketchrnn.engine.messages import TEMPERATURES


@dataclass(frozen=True)
class Scale:
    """A slider's scale.

    Args:
        span: values at its two ends.
        even: whether equal ways are equal factors (speed) and not equal steps.
        step: values are multiples of it.
        says: the event of a value.
        text: how a value is shown.
        tip: one sentence for the tooltip, and the keys that do the same.
    """

    span: tuple[float, float]
    even: bool
    step: float
    says: Callable[[float], Event]
    text: Callable[[float], str]
    tip: tuple[str, str]


SCALES = {
    "temperature": Scale(
        TEMPERATURES, False, 0.01, SetTemperature, lambda v: f"{v:.2f}", ("Low is safe, high is wild", "Up, Down")
    ),
    "speed": Scale(
        SPEEDS, True, 5.0, SetSpeed, lambda v: f"{v:.0f} points/s", ("How fast the model draws", "Left, Right")
    ),
    "pause": Scale(
        PAUSES,
        False,
        0.1,
        SetPause,
        lambda v: f"{v:.1f} s",
        ("How long the model waits after your pen lifts", "Shift+Left, Right"),
    ),
    "closeness": Scale(
        CLOSENESSES, False, 0.01, SetCloseness, lambda v: f"{v:.2f}", ("1 is yours once more, 0 hardly like it", "")
    ),
    "along": Scale(
        (0.0, GRID_ENDINGS - 1.0),
        False,
        1.0,
        SetAlong,
        lambda v: f"{v + 1:.0f} of {GRID_ENDINGS}",
        ("From your drawing to the other one", "Left, Right"),
    ),
}


def share_of(name: str, value: float) -> float:
    """Where a value lies on its slider, 0 to 1."""
    low, high = SCALES[name].span
    value = min(max(value, low), high)
    return math.log(value / low) / math.log(high / low) if SCALES[name].even else (value - low) / (high - low)


def value_at(name: str, share: float) -> float:
    """The value at a share of the slider's way, which may lie outside 0 to 1; rounded to the scale's step."""
    scale, share = SCALES[name], min(max(share, 0.0), 1.0)
    low, high = scale.span
    value = low * (high / low) ** share if scale.even else low + share * (high - low)
    return min(max(round(value / scale.step) * scale.step, low), high)


def current(state: AppState, name: str) -> float:
    """The slider's value now."""
    if name == "along":
        return float(0 if state.through is None else state.through.at)
    return getattr(state.settings, name)
