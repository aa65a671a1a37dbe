"""What a drawing that comes is to be taken for: its word, where a person said it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sketchrnn.sketch.said import said_word
from sketchrnn.sketch.types import Sketch

if TYPE_CHECKING:
    from sketchrnn.app.state import AppState


def with_word_of(state: AppState, sketch: Sketch) -> AppState:
    """The state that takes a drawing that comes for what was said of it, no more for what was said of another.

    What the model does not know stays in the drawing alone; what it knows is known once it is there.
    """
    word, known = said_word(sketch), state.engine.categories
    return replace(state, category=word if not known or word in known else None)
