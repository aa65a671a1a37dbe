"""Where the pointer is and what it holds: the window's own small state beside `AppState`. Immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

Place = tuple[float, float]


class Grip(Enum):
    """What the pressed button or finger does until it is lifted."""

    NONE = "none"
    PEN = "pen"
    PAN = "pan"
    CONTROL = "control"
    FINGERS = "fingers"
    LIST = "list"


@dataclass(frozen=True)
class Pointer:
    """The pointer, whatever moves it.

    Args:
        at: screen px; None while it is outside the window.
        over: name of the control under it; empty for none.
        since: when it came over that control, seconds of the loop's clock.
        grip: what it holds.
        button: of the mouse, which holds it until it comes up, as pygame counts them; 0 for none.
        held: name of the control that was pressed and is held; empty for none.
        shift: whether Shift is held, so that the select tool adds.
        space: whether Space is held, so that the pointer pans.
        key: the key that went down last and is still held; 0 for none. Its next press is the keyboard's repetition.
        mute: whether `key` went down before there was a field: held on, it comes as text, too, which nobody typed.
        fingers: where each finger is, screen px, by id, in the order they came down.
        came: where the first of them came down, and when, seconds of the loop's clock; of a list that it drags, how far
            that has followed.
        strayed: whether it has gone farther from there than a tap does.
        focus: name of the control that keys press; empty for none.
        touch: whether the last thing that pointed was a finger, which does not hover.
    """

    at: Place | None = None
    over: str = ""
    since: float = 0.0
    grip: Grip = Grip.NONE
    button: int = 0
    held: str = ""
    space: bool = False
    shift: bool = False
    key: int = 0
    mute: bool = False
    fingers: tuple[tuple[int, Place], ...] = field(default=())
    came: tuple[Place, float] = ((0.0, 0.0), 0.0)
    strayed: bool = False
    focus: str = ""
    touch: bool = False
