"""Who says what a drawing is: the person, or only the model that drew on it. The drawing's own notes tell."""

from __future__ import annotations

from dataclasses import replace

from sketchrnn.sketch.types import Sketch

SAID_NOTE = ("category_by", "person")
"""Stands in the provenance of a drawing that the model drew on, where its category is not the model's word."""


def said_word(sketch: Sketch) -> str | None:
    """What a person said that the drawing is; None where nobody did, or where it may be the model's word.

    A file in which no model drew has its word from a person, whatever program wrote it.
    """
    return sketch.category if sketch.note("model") is None or SAID_NOTE in sketch.provenance else None


def as_said(sketch: Sketch, word: str | None) -> Sketch:
    """The drawing as what the person says that it is; as it was where the person says nothing (None)."""
    if word is None:
        return sketch
    notes = dict(sketch.provenance)
    if "model" in notes:
        notes |= (SAID_NOTE,)
    return replace(sketch, category=word, provenance=tuple(notes.items()))
