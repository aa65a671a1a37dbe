"""Add to my data set: the drawing goes, with what it shows, where `sketchrnn train --data` finds it."""

from __future__ import annotations

from dataclasses import replace

from sketchrnn.app.dialogs import AUTO_ROW, Picker
from sketchrnn.app.effects import AddToData
from sketchrnn.app.searching import matching
from sketchrnn.app.state import AppState
from sketchrnn.app.steps import Step, chain, toast
from sketchrnn.app.update_drawing import finish_gesture
from sketchrnn.sketch.said import as_said, said_word


def add_to_data(state: AppState, now: float) -> Step:
    """As what the person said it is; where nothing was said, the picker asks."""
    return chain(finish_gesture(state, now), _add_or_ask, now)


def add_as(state: AppState, word: str) -> Step:
    """As that, which the drawing is from now on."""
    sketch = as_said(state.sketch, word)
    return replace(state, sketch=sketch, offer=_on(state, sketch)), (AddToData(sketch, state.settings.data_set),)


def with_new_words(state: AppState) -> AppState:
    """The state with what the model has said since in the open picker; the row that was gone to stays."""
    picker = state.dialog
    if not isinstance(picker, Picker) or not picker.adding:
        return state
    rows = words(state, picker.search)
    if rows == picker.rows:
        return state
    chosen = picker.rows[picker.selected] if picker.selected or picker.search.strip() else None
    selected = rows.index(chosen) if chosen in rows else 0
    top = max(picker.top + selected - picker.selected, 0)
    return replace(state, dialog=replace(picker, rows=rows, selected=selected, top=top))


def words(state: AppState, typed: str) -> tuple[str, ...]:
    """The picker's rows: what was typed, unless it is a category, then the categories that fit, likeliest first.

    What the model drew it as is likeliest of all.
    """
    fitting = tuple(name for name in matching(state.engine.categories, typed) if name != AUTO_ROW)
    own = " ".join(typed.split())
    if own:
        return fitting if own in fitting else (*fitting[:1], own, *fitting[1:])
    drawn_as = () if state.sketch.category is None else (state.sketch.category,)
    guessed = tuple(dict.fromkeys((*drawn_as, *(name for name, _ in state.guess))))
    return (*guessed, *(name for name in fitting if name not in guessed))


def _add_or_ask(state: AppState, now: float) -> Step:
    if not state.sketch.strokes:
        return toast(state, now, "There is nothing to add yet"), ()
    known = state.category or said_word(state.sketch)
    if known is not None:
        return add_as(state, known)
    return replace(state, dialog=Picker(rows=words(state, ""), adding=True)), ()


def _on(state: AppState, sketch):
    # what is offered goes on from the drawing that is shown, which is another value now
    return None if state.offer is None else replace(state.offer, prefix=sketch)
