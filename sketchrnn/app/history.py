"""Undo and redo: sketches before and after the present one, hand and model in one timeline."""

from __future__ import annotations

from dataclasses import dataclass

from sketchrnn.sketch.types import Sketch

LIMIT = 1000
"""Steps that can be undone; the oldest are forgotten first."""


@dataclass(frozen=True)
class History:
    """What can be undone and redone.

    Args:
        past: sketches before the present one, oldest first, at most `LIMIT`.
        future: sketches that were undone, the next one to redo last.
    """

    past: tuple[Sketch, ...] = ()
    future: tuple[Sketch, ...] = ()


def record(history: History, before: Sketch, after: Sketch) -> History:
    """The history once `before` has become `after`; the same history if nothing that is drawn changed."""
    if before.strokes == after.strokes:
        return history
    return History((*history.past, before)[-LIMIT:])


def undo(history: History, present: Sketch) -> tuple[History, Sketch]:
    """One step back; unchanged where there is none."""
    if not history.past:
        return history, present
    return History(history.past[:-1], (*history.future, present)), history.past[-1]


def redo(history: History, present: Sketch) -> tuple[History, Sketch]:
    """One step forward; unchanged where there is none."""
    if not history.future:
        return history, present
    return History((*history.past, present)[-LIMIT:], history.future[:-1]), history.future[-1]
