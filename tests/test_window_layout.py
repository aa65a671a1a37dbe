"""Where things lie: inside the window, never over each other, at every size; pure, without pygame."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from sketchrnn.app.commands import COMMANDS, Command
from sketchrnn.app.dialogs import (
    Confirm,
    Entry,
    Export,
    FilePanel,
    Help,
    Lost,
    Picker,
    Purpose,
    Question,
    Records,
    Recovery,
)
from sketchrnn.app.events import BringBack, Choose, TakeEnding
from sketchrnn.app.selection import REACH, Selection
from sketchrnn.app.settings import Settings, scale_of
from sketchrnn.app.state import AppState, Ending, EngineState, EngineStatus, Offer, Playback, View
from sketchrnn.app.through import Through
from sketchrnn.engine.messages import CompletionRequest
from sketchrnn.sketch.kinds import Options
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.window.cards import wrap
from sketchrnn.window.chosen import FINISH, outline
from sketchrnn.window.layout import (
    CONTINUE,
    Box,
    Kind,
    canvas_of,
    enlarged,
    layout,
    layout_key,
    room_of,
    taken_of,
)
from sketchrnn.window.panels import panel
from sketchrnn.window.strip import window
from sketchrnn.window.timeline import TIMELINE, marks, run_of
from sketchrnn.window.values import SCALES, share_of, value_at

SIZES = [(800, 600), (1280, 800), (1920, 1080), (3840, 2160), (640, 480), (1024, 1400), (400, 300), (2560, 700)]
SCALES_OF_UI = [0.75, 1.0, 1.5, 3.0]
SKETCH = Sketch((Stroke(np.array([[0, 0], [500, 500]])),))
GUESS = (("The Eiffel Tower", 0.411), ("cat", 0.3), ("paint can", 0.1), ("dog", 0.05))

DIALOGS = {
    "help": Help(),
    "picker": Picker("", tuple(f"category {i}" for i in range(40)), 3, 0),
    "nothing found": Picker("xyz", (), 0, 0),
    "open": FilePanel(Purpose.OPEN, Path("/tmp"), tuple(Entry(f"file {i}.svg", False) for i in range(30)), 2),
    "save": FilePanel(Purpose.SAVE, Path("/a" * 90), (), None, 0, "name" * 30, True, "why not " * 5),
    "long reason": FilePanel(Purpose.OPEN, Path("/tmp"), (), None, 0, "x", True, "/a/folder/that/is/far" * 9),
    "own word": Picker("", (), 0, 0, adding=True),
    "writing": FilePanel(Purpose.SAVE, Path("/tmp"), (), None, 0, "cat.svg", True, writing=True),
    "confirm": Confirm(Question.UNSAVED, "The drawing is not saved. " * 3, ("Save", "Do not save", "Cancel"), 1),
    "recovery": Recovery((Lost(Path("x"), SKETCH, "today"),) * 14, 12, 6),
    "export": Export(Options("png"), 7),
    "export as SVG": Export(Options("svg"), 10),
    "records": Records(Path("many.ndjson"), (SKETCH,) * 30, 4),
}


def measure_at(scale: float):
    return lambda text, size: 0.56 * size * scale * len(text)


def state_of(size, ui_scale=1.0, **changes) -> AppState:
    box = canvas_of(size, ui_scale)
    view = View(size, (box.x, box.y, box.w, box.h))
    given = {"settings": Settings(ui_scale=ui_scale), "engine": EngineState(EngineStatus.READY)} | changes
    return AppState(view=view, sketch=SKETCH, guess=GUESS, **given)


def seen_offers(count: int) -> tuple[Offer, ...]:
    ending = Ending(0, np.array([[1, 2, 0], [3, 4, 1]], np.float32))
    asked = [CompletionRequest(SKETCH, seed=seed) for seed in range(count)]
    return tuple(Offer(i, request, SKETCH, (ending,), Playback(0.0)) for i, request in enumerate(asked))


AGAIN = {"grid": True, "through": Through()}
BETWEEN = {"grid": True, "through": Through(SKETCH)}
PICKED = {"selection": Selection((0,), "cat")}
CUT_OFF = tuple(replace(offer, endings=(replace(offer.endings[0], over=True),)) for offer in seen_offers(1))


def test_a_panel_says_that_its_file_is_being_written() -> None:
    opened = panel(state_of((800, 600), dialog=DIALOGS["writing"]), measure_at(1))
    said = opened.words[-1]
    assert (said.text, said.danger) == ("Writing ...", False) and said.box.y >= opened.field.box.bottom


@pytest.mark.parametrize("length, lines", [(10, 1), (130, 2), (900, 2)])
def test_a_panel_says_why_in_two_lines_at_most(length, lines) -> None:
    reason = " ".join(["/a/long/path:", *["why"] * (length // 4)])
    dialog = replace(DIALOGS["open"], error=reason)
    said = [words.text for words in panel(state_of((800, 600), dialog=dialog), measure_at(1)).words if words.danger]
    assert len(said) == lines and " ".join(said) == reason


def test_where_no_category_is_known_an_own_word_is_asked_for() -> None:
    opened = panel(state_of((800, 600), dialog=DIALOGS["own word"]), measure_at(1))
    assert "word of yours" in opened.listing.empty
    opened = panel(state_of((800, 600), dialog=DIALOGS["nothing found"]), measure_at(1))
    assert opened.listing.empty == "No category of this name"


def overlap(a: Box, b: Box) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


def within(inner: Box, outer: Box) -> bool:
    return inner.x >= outer.x and inner.y >= outer.y and inner.right <= outer.right and inner.bottom <= outer.bottom


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("ui_scale", SCALES_OF_UI)
@pytest.mark.parametrize(
    "changes",
    [{}, {"grid": True}, AGAIN, BETWEEN, {"category": "cat"}, PICKED],
    ids=["one", "nine", "again", "between", "told", "selected"],
)
@pytest.mark.parametrize("count", [0, 1, 40])
@pytest.mark.parametrize("offer", [None, *CUT_OFF], ids=["nothing offered", "cut off"])
def test_controls_lie_in_the_window_and_not_over_each_other(size, ui_scale, changes, count, offer) -> None:
    state = state_of(size, ui_scale, seen=seen_offers(count), offer=offer, **changes)
    where = layout(state, measure_at(scale_of(size, ui_scale)))
    assert any(control.kind is Kind.SEEN for control in where.controls) is (count > (offer is not None))
    names = [control.name for control in where.controls]
    assert (FINISH in names) is (changes is PICKED and offer is None)
    assert {TIMELINE, CONTINUE} & set(names) == ({TIMELINE, CONTINUE} if offer and not state.grid else set())
    window = Box(0, 0, *size)
    for control in where.controls:
        assert within(control.box, window) and control.box.w > 8 and control.box.h > 8, control
        on_page = control.kind in (Kind.CELL, Kind.LARGE, Kind.PAGE_SLIDER, Kind.CHIP, Kind.SEEN, Kind.TIMELINE)
        assert within(control.box, where.canvas) if on_page else not overlap(control.box, where.canvas), control
    for a, b in combinations(where.controls, 2):
        assert not overlap(a.box, b.box), (a, b)
    assert where.canvas == canvas_of(size, ui_scale)
    assert where.title is None or not any(overlap(where.title, c.box) for c in where.controls)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("ui_scale", SCALES_OF_UI)
def test_guesses_timeline_and_endings_seen_lie_where_a_fitted_view_leaves_room(size, ui_scale) -> None:
    for offer in (None, *CUT_OFF):
        state = state_of(size, ui_scale, seen=seen_offers(40), offer=offer)
        where = layout(state, measure_at(scale_of(size, ui_scale)))
        left, top, right, bottom = taken_of(size, ui_scale)
        free = where.canvas
        free = Box(free.x + left, free.y + top, free.w - left - right, free.h - top - bottom)
        assert free.w > 0.7 * where.canvas.w and free.h > 0.5 * where.canvas.h
        lying = [c for c in where.controls if overlap(c.box, where.canvas)]
        assert {Kind.CHIP, Kind.SEEN} <= {c.kind for c in lying}
        assert not [c for c in lying if overlap(c.box, free)]


def picked_at(size, ui_scale, left, top, right, bottom) -> AppState:
    """The select tool has picked a stroke between these shares of the canvas, as it lies on the screen."""
    box = canvas_of(size, ui_scale)
    corners = np.array([[left, top], [right, bottom]]) * (box.w, box.h) + (box.x, box.y)
    return replace(state_of(size, ui_scale, **PICKED), sketch=Sketch((Stroke(corners),)))


def clear_of_frame(state: AppState, where) -> bool:
    """Whether no button of the row lies on the frame or where a handle is taken."""
    (left, top), (right, bottom) = outline(state)[0]
    reach = round(REACH * where.scale)
    frame = Box(
        round(left) - reach, round(top) - reach, round(right - left) + 2 * reach, round(bottom - top) + 2 * reach
    )
    return not any(overlap(frame, control.box) for control in row_of(where))


def row_of(where) -> list:
    first = where.named(FINISH).box
    return [c for c in where.controls if c.kind is Kind.CHIP and c.box.y == first.y]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("ui_scale", SCALES_OF_UI)
def test_what_can_be_done_with_strokes_does_not_lie_on_them(size, ui_scale) -> None:
    measure = measure_at(scale_of(size, ui_scale))
    usual = row_of(layout(picked_at(size, ui_scale, 0.45, 0.3, 0.55, 0.4), measure))[0].box.y
    for top, bottom in ((0.75, 0.85), (0.6, 0.97), (0.45, 0.95)):
        state = picked_at(size, ui_scale, 0.45, top, 0.55, bottom)
        where = layout(state, measure)
        assert len(row_of(where)) >= 2 and clear_of_frame(state, where), (top, bottom)
        assert row_of(where)[0].box.y <= usual and all(within(c.box, where.canvas) for c in row_of(where))
    for left, right in ((0.001, 0.01), (0.99, 0.999)):
        where = layout(picked_at(size, ui_scale, left, 0.5, right, 0.95), measure)
        assert row_of(where)[0].box.y == usual, "beside them it is where it always is"
    everywhere = layout(picked_at(size, ui_scale, -0.1, -0.1, 1.1, 1.1), measure)
    assert row_of(everywhere)[0].box.y == usual, "there is no other place"


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("ui_scale", SCALES_OF_UI)
def test_what_can_be_done_with_some_strokes_does_not_lie_on_endings_seen(size, ui_scale) -> None:
    measure = measure_at(scale_of(size, ui_scale))
    state = picked_at(size, ui_scale, 0.45, 0.45, 0.55, 0.95)
    engine = EngineState(EngineStatus.READY, has_latent=True)
    state = replace(state, sketch=Sketch((*state.sketch.strokes, *SKETCH.strokes)), engine=engine)
    for seen in (seen_offers(40), ()):
        where = layout(replace(state, seen=seen), measure)
        assert not [pair for pair in combinations([c.box for c in where.controls], 2) if overlap(*pair)]
        assert len(row_of(where)) == 4 and clear_of_frame(state, where)


def test_bars_and_page_fill_the_window() -> None:
    where = layout(state_of((1280, 800)), measure_at(1))
    assert where.top.h + where.canvas.h + where.bottom.h == 800 and where.rail.w + where.canvas.w == 1280


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("ui_scale", SCALES_OF_UI)
@pytest.mark.parametrize("dialog", DIALOGS.values(), ids=DIALOGS)
def test_dialogs_fit_the_window(size, ui_scale, dialog) -> None:
    measure = measure_at(scale_of(size, ui_scale))
    opened = panel(state_of(size, ui_scale, dialog=dialog), measure)
    assert within(opened.card, Box(0, 0, *size))
    parts = [c.box for c in opened.controls] + [line.box for line in opened.words]
    parts += [opened.field.box] if opened.field else []
    parts += [opened.preview[0]] if opened.preview else []
    slack = Box(opened.card.x, opened.card.y, opened.card.w, opened.card.h + 2)  # rounding of many lines
    assert all(within(box, slack) for box in parts)
    solid = [c.box for c in opened.controls] + ([opened.field.box] if opened.field else [])
    assert not any(overlap(a, b) for a, b in combinations(solid, 2))


@pytest.mark.parametrize("size", [(800, 600), (1280, 800), (1920, 1080)], ids=str)
def test_the_help_shows_every_command_with_every_key(size) -> None:
    shown: list[str] = []
    for page in range(5):
        opened = panel(state_of(size, dialog=Help(page)), measure_at(1))
        shown += [line.text for line in opened.words]
    for command, info in COMMANDS.items():
        assert {key.text() for key in info.keys} <= set(shown), command
        assert all(word in " ".join(shown) for word in info.text.split()), command


@pytest.mark.parametrize("size", [*SIZES, (900, 700), (700, 540)], ids=str)
@pytest.mark.parametrize("ui_scale", SCALES_OF_UI)
def test_every_page_of_the_help_lies_on_its_card(size, ui_scale) -> None:
    for page in range(9):
        opened = panel(state_of(size, ui_scale, dialog=Help(page)), measure_at(scale_of(size, ui_scale)))
        assert max(line.box.bottom for line in opened.words) <= opened.card.bottom


def test_no_word_of_the_help_is_wider_than_its_place() -> None:
    for size in SIZES[:3]:
        opened = panel(state_of(size, dialog=Help()), measure_at(1))
        for line in opened.words:
            assert measure_at(1)(line.text, line.size) <= line.box.w + 8 or line.key, line


def test_clicks_mean_what_is_shown() -> None:
    where = layout(state_of((1280, 800), grid=True), measure_at(1))
    for control in where.controls:
        assert where.at(control.box.centre) is control
    assert where.named("ending 7").says == TakeEnding(6)
    assert where.named(Command.UNDO.value).says is Command.UNDO
    opened = panel(state_of((1280, 800), dialog=DIALOGS["recovery"]), measure_at(1))
    assert [c.says for c in opened.controls if c.kind is Kind.ROW] == [Choose(i) for i in range(6, 16)]
    with pytest.raises(KeyError):
        where.named("no such control")


def test_every_command_for_the_model_has_a_button() -> None:
    said = {control.says for control in layout(state_of((1280, 800)), measure_at(1)).controls}
    wanted = {Command.PICKER, Command.RANDOM_CATEGORY, Command.ANOTHER, Command.NINE, Command.KEEP, Command.KEEP_STROKE}
    wanted |= {
        Command.UNDO,
        Command.REDO,
        Command.CLEAR,
        Command.ERASER,
        Command.PEN,
        Command.SELECT,
        Command.NEW,
        Command.OPEN,
    }
    assert wanted | {Command.SAVE, Command.HELP, Command.FIT, Command.FULL_SCREEN, Command.TOGGLE_THEME} <= said


@pytest.mark.parametrize("points", [720, 768, 800, 853, 910, 939, 940, 1280])
def test_ghost_and_heat_are_pressed_in_every_window_but_the_narrowest(points: int) -> None:
    where = layout(state_of((points, 600)), measure_at(1))
    assert {Command.TOGGLE_GHOST, Command.TOGGLE_HEAT} <= {control.says for control in where.controls}
    narrowest = layout(state_of((640, 600)), measure_at(1)).named("picker").box.w
    assert where.named("picker").box.w >= narrowest
    for a, b in combinations(where.controls, 2):
        assert not overlap(a.box, b.box), (a, b)


def test_a_small_window_gets_a_smaller_scale_and_a_large_one_what_was_asked() -> None:
    assert scale_of((1280, 800), 1.0) == 1.0 and scale_of((1920, 1080), 2.0) == 2.0
    assert scale_of((800, 600), 3.0) == 1.25 and scale_of((320, 240), 1.0) == 0.5


@pytest.mark.parametrize("name", [name for name in SCALES if name != "along"])
def test_sliders_say_the_value_they_show(name) -> None:
    low, high = SCALES[name].span
    assert value_at(name, -3) == pytest.approx(low) and value_at(name, 7) == pytest.approx(high)
    for share in np.linspace(0, 1, 23):
        value = value_at(name, share)
        assert value_at(name, share_of(name, value)) == pytest.approx(value)
        assert share_of(name, value) == pytest.approx(share, abs=0.5 if share < 0.2 else 0.08)
    values = [value_at(name, share) for share in np.linspace(0, 1, 50)]
    assert values == sorted(values) and len(set(values)) > 20
    event = SCALES[name].says(values[10])
    assert event.value == values[10]


def test_the_row_s_slider_stands_at_each_of_nine() -> None:
    assert [value_at("along", share_of("along", at)) for at in range(9)] == list(range(9))
    assert SCALES["along"].text(3.0) == "4 of 9"


def test_wrapped_lines_hold_all_words_and_fit() -> None:
    text = "one two three " * 9 + "a-word-that-is-longer-than-any-line-may-be four"
    lines = wrap(text, 160, 10, measure_at(1))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(measure_at(1)(line, 10) <= 160 for line in lines) and not any(line != line.strip() for line in lines)
    assert lines[0] == "one two three one two three", "what fits is not broken"
    assert wrap("", 100, 10, measure_at(1)) == []
    assert wrap("ab", 1, 10, measure_at(1)) == ["a", "b"], "a letter at least"


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_a_path_that_is_longer_than_a_line_goes_on_after_a_folder(separator) -> None:
    path = separator.join(["", "home", "somebody", "a-folder", "x" * 40, "cat.svg"])
    lines = wrap(f"2 drawings in {path}", 160, 10, measure_at(1))
    assert "".join(lines[1:]) == path and lines[0] == "2 drawings in"
    assert lines[1] == path[:24] and lines[1].endswith(separator) and lines[-1].endswith(f"x{separator}cat.svg")


def test_layout_needs_no_pygame() -> None:
    names = ("cards", "help", "layout", "panels", "pointer", "theme", "values")
    code = "import sys; sys.modules['pygame'] = None\n" + "\n".join(f"import sketchrnn.window.{name}" for name in names)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_guesses_are_offered_only_while_it_is_left_to_the_model() -> None:
    names = [c.name for c in layout(state_of((1280, 800)), measure_at(1)).controls]
    assert [name for name in names if name.startswith("guess")] == [f"guess {name}" for name, _ in GUESS[:3]]
    for changes in ({"category": "cat"}, {"engine": EngineState()}, {"settings": Settings(model_on=False)}):
        other = layout(state_of((1280, 800), **changes), measure_at(1)).controls
        assert not [c for c in other if c.name.startswith("guess")], changes


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", ["The Great Wall of China", "a word of somebody's own that goes on and on and on"])
def test_guesses_with_long_names_stay_beside_the_endings_seen(size, name: str) -> None:
    for guess in ((name, "aircraft carrier", "animal migration"), (name,), ("cat", name, name + "?")):
        state = replace(state_of(size, seen=seen_offers(9)), guess=tuple((one, 0.2) for one in guess))
        where = layout(state, measure_at(scale_of(size, 1.0)))
        chips = [c.box for c in where.controls if c.name.startswith("guess")]
        left, _, right, _ = taken_of(size, 1.0)
        assert len(chips) == len(guess) and all(box.w > 8 for box in chips)
        assert chips[0].x >= where.canvas.x + left and chips[-1].right <= where.canvas.right - right
        assert not any(overlap(a, b) for a, b in pairwise(chips))


def test_stepping_through_what_was_seen_shows_all_of_it() -> None:
    offers, shown = seen_offers(30), set()
    for index in range(30):
        where = layout(state_of((1280, 800), seen=offers, offer=offers[index]), measure_at(1))
        indices = [c.says.index for c in where.controls if isinstance(c.says, BringBack)]
        assert index in indices and indices == list(range(indices[0], indices[-1] + 1))
        shown |= set(indices)
    assert shown == set(range(30))
    alone = layout(state_of((1280, 800), seen=offers[:1], offer=offers[0]), measure_at(1))
    assert not any(c.kind is Kind.SEEN for c in alone.controls), "it is there to be seen"


@pytest.mark.parametrize(("count", "fitting"), [(0, 5), (1, 0), (3, 5), (9, 4), (9, 9)])
def test_the_window_of_the_strip_is_full_and_within_it(count: int, fitting: int) -> None:
    for current in (None, *range(count)):
        first, last = window(count, current, fitting)
        assert 0 <= first <= last <= count and last - first == min(count, fitting)
        assert current is None or not fitting or first <= current < last


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_an_ending_under_the_pointer_is_larger_and_stays_among_the_nine(size) -> None:
    cells = [c.box for c in layout(state_of(size, grid=True), measure_at(scale_of(size, 1.0))).controls]
    cells = cells[-10:-1]
    room = Box(cells[0].x, cells[0].y, cells[-1].right - cells[0].x, cells[-1].bottom - cells[0].y)
    for cell in cells:
        large = enlarged(cell, room)
        assert within(large, room) and large.w > 1.6 * cell.w and overlap(large, cell)
        assert large.w / large.h == pytest.approx(cell.w / cell.h, rel=0.02)


@pytest.mark.parametrize(
    ("changes", "keep", "nine"),
    [
        ({}, "Keep all", "Nine endings"),
        ({"grid": True}, "Keep 1", "Nine others"),
        (AGAIN, "Keep 1", "Nine endings"),
        (BETWEEN, "Keep 1", "Nine endings"),
        ({"grid": True, "through": Through(SKETCH, at=3)}, "Keep 4", "Nine endings"),
    ],
    ids=["one", "nine", "again", "between", "along"],
)
def test_the_buttons_say_what_they_would_do_beside_nine(changes, keep: str, nine: str) -> None:
    state = state_of((1280, 800), **changes)
    where = layout(state, measure_at(1))
    assert (where.named(Command.KEEP.value).label, where.named(Command.NINE.value).label) == (keep, nine)
    small = layout(state_of((640, 480), **changes), measure_at(1))
    assert (small.named(Command.KEEP.value).label, small.named(Command.NINE.value).label) == (keep, "")
    first = layout_key(state_of((1280, 800), **BETWEEN))
    assert layout_key(state_of((1280, 800), grid=True, through=Through(SKETCH, at=3))) != first


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_way_s_row_ends_where_the_drawings_above_it_do(size) -> None:
    where = layout(state_of(size, **BETWEEN), measure_at(scale_of(size, 1.0)))
    row = [c.box for c in where.controls if c.kind is Kind.CELL]
    room = room_of(lambda points: round(points * where.scale), where.canvas)
    assert len(row) == 9 and (row[0].x, row[-1].right) == (room.x, room.right)
    gaps = [b.x - a.right for a, b in pairwise(row)]
    assert max(gaps) - min(gaps) <= 1 and len({(box.w, box.h, box.y) for box in row}) == 1


def test_a_category_that_was_said_is_taken_back_beside_it() -> None:
    where = layout(state_of((1280, 800), category="cat"), measure_at(1))
    back, picker = where.named(Command.AUTO_CATEGORY.value), where.named("picker")
    assert back.says is Command.AUTO_CATEGORY and 0 < back.box.x - picker.box.right < 10
    with pytest.raises(KeyError):
        layout(state_of((1280, 800)), measure_at(1)).named(Command.AUTO_CATEGORY.value)


def test_the_timeline_shows_where_strokes_end_and_how_far_it_is_played() -> None:
    rows = np.zeros((8, 3), np.float32)
    rows[[1, 5, 7], 2] = 1
    (offer,) = seen_offers(1)
    offer = replace(offer, endings=(replace(offer.endings[0], rows=rows),), playback=Playback(0.0, 2.0, held=True))
    share, ends = marks(state_of((1280, 800), offer=offer), 9.0)
    assert share == 0.25 and ends == (0.25, 0.75)
    assert marks(state_of((1280, 800)), 9.0) == (0.0, ())
    where = layout(state_of((1280, 800), offer=offer), measure_at(1))
    box = where.named(TIMELINE).box
    assert within(run_of(box, 1.0), box) and run_of(box, 1.0).w > 200
