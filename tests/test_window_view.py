"""The view: the same pixels for the same state whatever was drawn before, and nothing of the state is changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest
from app_driver import Driver
from fake_engine import FakeEngine
from pilot import Pilot
from shown_states import STATES, made
from test_app_random import FILE, OTHERS, random_event

from sketchrnn.app.commands import Command
from sketchrnn.app.events import FileRead, Pan, Resized, SetCategory
from sketchrnn.app.questions import activity, status_text
from sketchrnn.app.selection import handles_of, selected_box
from sketchrnn.app.settings import SMALLEST, Settings, scale_of
from sketchrnn.app.state import Activity, AppState, Sight, Toast, Tool
from sketchrnn.app.state import View as SeenView
from sketchrnn.app.update import update
from sketchrnn.engine.messages import Heat, LookRequest
from sketchrnn.window import view as view_module
from sketchrnn.window import widgets
from sketchrnn.window.brush import Brush
from sketchrnn.window.chosen import FINISH, outline
from sketchrnn.window.layout import CONTINUE, Box, Control, Kind, canvas_of, layout
from sketchrnn.window.overlays import draw_toasts
from sketchrnn.window.panels import panel
from sketchrnn.window.pointer import Pointer
from sketchrnn.window.scene import draw_corner, draw_empty
from sketchrnn.window.seen import SETTLED
from sketchrnn.window.theme import LIGHT, S
from sketchrnn.window.view import View, render
from sketchrnn.window.widgets import Look

CAT = [(150, 300), (150, 180), (190, 230), (260, 230), (300, 180), (300, 300)]


@pytest.fixture
def pilot():
    one = Pilot(FakeEngine(), settings=Settings(pause=0.0, speed=60.0, even_ink=True)).start()
    yield one
    one.close()


def pixels(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).astype(int)


def life(p: Pilot):
    """A session, state by state: after each of these the picture must be right."""
    yield "empty"
    p.stroke(CAT[:3], lift=False)
    yield "drawing"
    p.up(p.to_screen(CAT[2]))
    p.step()
    for turn in range(30):
        p.step()
        if turn % 7 == 0:
            yield f"animating {turn}"
    p.settle()
    yield "offered"
    p.press(Command.STROKE_BACK)
    yield "held"
    p.press(Command.PLAY)
    p.settle()
    for command in (
        Command.KEEP_STROKE,
        Command.UNDO,
        Command.REDO,
        Command.ANOTHER,
        Command.TOGGLE_THEME,
        Command.NINE,
    ):
        p.press(command)
        for turn in range(25):
            p.step()
            if turn % 8 == 0:
                yield f"{command.value} {turn}"
    p.settle()
    p.move((500, 300))
    p.step()
    yield "one of nine is larger"
    p.press(Command.NINE)
    p.settle()
    yield "nine others"
    p.key("4")
    yield "took one of nine"
    for command in (Command.UI_LARGER, Command.THICKER, Command.ZOOM_IN, Command.HELP, Command.ESCAPE, Command.PICKER):
        p.press(command)
        yield command.value
    p.write("s")
    yield "searching"
    p.key("escape")
    for name, command in (("all selected", Command.SELECT_ALL), ("moved by a key", Command.MOVE_DOWN)):
        p.press(command)
        p.settle()
        yield name
    middle = tuple(np.mean(np.reshape(selected_box(p.state), (2, 2)), axis=0))
    for name, at in (("moving", middle), ("scaling", handles_of(p.state, selected_box(p.state))["ne"])):
        p.stroke([at, (at[0] + 20, at[1] - 20), (at[0] + 30, at[1] - 25)], lift=False)
        yield name
        p.up(p.to_screen((at[0] + 30, at[1] - 25)))
        p.step()
    p.stroke([(-30, -30), (40, 600), (90, 300)], lift=False)
    yield "lasso"
    p.up(p.to_screen((90, 300)))
    p.step()
    pygame.display.set_mode((800, 600), pygame.RESIZABLE)
    p.step()
    yield "resized"
    p.press(Command.CLEAR)
    yield "cleared"


def test_what_was_drawn_before_is_not_seen(pilot) -> None:
    names = []
    for name in life(pilot):
        names.append(name)
        kept = pygame.Surface(pilot.state.view.size)
        # while something moves, small pictures come a little later than what they show, and are there when asked again
        for now in (pilot.clock(), *[pilot.clock() + 1.1 * SETTLED] * 2):
            pilot.program.view.draw(kept, pilot.state, now, pilot.program.pointer)
        fresh = render(pilot.state, now, pilot.program.pointer)
        apart = np.abs(pixels(kept) - pixels(fresh)).max(2)
        # a line that grew is cut at other places than one painted at once: single pixels on its edge differ a little
        assert (apart > 90).mean() < 1e-4 and apart.mean() < 0.02, name
    assert len(names) > 25


def test_a_grid_that_is_opened_again_shows_nothing_of_before(pilot) -> None:
    """Also in its first frame, when no answer's cells are painted all at once."""
    view, kept = View(), pygame.Surface(pilot.state.view.size)
    pilot.stroke(CAT)
    for _ in range(2):  # nine, and nine others
        pilot.settle()
        pilot.press(Command.NINE)
        pilot.until(lambda: activity(pilot.state, pilot.clock()) is Activity.ANIMATING)
        for _ in range(30):
            pilot.step()
        view.draw(kept, pilot.state, pilot.clock())
    fresh = pixels(render(pilot.state, pilot.clock()))
    cells = [c.box for c in view.layout(pilot.state).controls if c.kind is Kind.CELL]
    assert len(cells) == 9
    for box in cells:
        here = slice(box.x, box.right), slice(box.y, box.bottom)
        assert (np.abs(pixels(kept)[here] - fresh[here]).max(2) > 90).mean() < 1e-3


def test_bars_that_were_painted_in_parts_are_as_if_painted_at_once(pilot) -> None:
    view, state = View(), pilot.state
    kept, random = pygame.Surface(state.view.size), np.random.default_rng(0)
    names = [control.name for control in view.layout(state).controls]
    for _ in range(40):
        over, held = random.choice(names, 2)
        pointer = Pointer(over=str(over), held=str(held) if random.random() < 0.5 else "", since=1e9)
        settings = replace(
            state.settings,
            temperature=float(random.choice([0.05, 1.0, random.uniform(0.05, 1)])),
            ink=str(random.choice(["", "teal"])),
            model_on=bool(random.random() < 0.5),
        )
        state = replace(state, settings=settings, tool=random.choice(list(Tool)))
        view.draw(kept, state, 0.0, pointer)
        assert np.array_equal(pixels(kept), pixels(render(state, 0.0, pointer)))


OF_THE_LAYOUT = (
    SetCategory("cat"),
    SetCategory(None),
    Command.ANOTHER,
    Command.KEEP,
    Command.ESCAPE,
    Command.NINE,
    Command.AGAIN,
    Command.BETWEEN,
    Command.TOGGLE_MODEL,
    Command.UI_LARGER,
    Command.UI_SMALLER,
    FileRead(FILE, (OTHERS,), beside=True),
    Resized((1280, 800), (52, 52, 1228, 684)),
)
"""Events that change much of what lies in the window."""


@pytest.mark.parametrize("seed", range(16))
def test_a_layout_that_was_kept_is_as_if_made_anew(seed: int) -> None:
    random, view = np.random.default_rng(seed), View()
    driver = Driver(engine=FakeEngine(loading=0, latent=bool(seed % 2), cut_off=bool(seed % 3)))
    for _ in range(200):
        often = OF_THE_LAYOUT[random.integers(len(OF_THE_LAYOUT))]
        driver.do(often if random.random() < 0.4 else random_event(random, documents=False))
        driver.frame(float(random.uniform(0, 0.8)))
        state, now = driver.state, driver.now
        assert view.layout(state, now) == layout(state, view.brush(state).measure, now)


def test_a_dialog_is_laid_out_once_for_many_moves_of_the_pointer(pilot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mouse tells of a thousand moves a second; the help was laid out in 15 ms for each of them."""
    laid_out = []
    monkeypatch.setattr(view_module, "panel", lambda state, measure: laid_out.append(state) or panel(state, measure))
    for command in (Command.HELP, Command.TOGGLE_THEME):
        pilot.press(command)
        pilot.step()
        laid_out.clear()
        for x in range(400, 420):
            pilot.move((x, 300))
            pilot.step()
        assert not laid_out
    assert pilot.program.view.panel(pilot.state) == panel(pilot.state, pilot.program.view.brush(pilot.state).measure)


def test_what_was_seen_goes_with_the_model() -> None:
    driver, view = Driver(engine=FakeEngine(loading=0, latent=False)), View()
    driver.do(SetCategory("cat"))
    driver.draw(*CAT)
    driver.wait(5)
    driver.do(Command.ESCAPE)
    assert any(control.kind is Kind.SEEN for control in view.layout(driver.state).controls)
    driver.do(Command.TOGGLE_MODEL)
    assert not any(control.kind is Kind.SEEN for control in view.layout(driver.state).controls)


def test_drawing_twice_gives_the_same_and_changes_nothing(pilot) -> None:
    pilot.stroke(CAT)
    pilot.settle()
    state, view, now = pilot.state, View(), pilot.clock()
    first, second = pygame.Surface(state.view.size), pygame.Surface(state.view.size)
    points = [stroke.points.copy() for stroke in state.sketch.strokes]
    view.draw(first, state, now)
    view.draw(second, state, now)
    assert np.array_equal(pixels(first), pixels(second))
    assert all(np.array_equal(a, s.points) for a, s in zip(points, state.sketch.strokes, strict=True))
    assert pilot.state is state


def test_a_pixel_is_never_left_from_the_surface(pilot) -> None:
    state = pilot.state
    on_red, on_blue = pygame.Surface(state.view.size), pygame.Surface(state.view.size)
    on_red.fill((255, 0, 0))
    on_blue.fill((0, 0, 255))
    for surface in (on_red, on_blue):
        View().draw(surface, state, 0.0)
    assert np.array_equal(pixels(on_red), pixels(on_blue))


def test_light_and_dark_are_light_and_dark(pilot) -> None:
    light = pixels(render(pilot.state)).mean()
    pilot.press(Command.TOGGLE_THEME)
    dark = pixels(render(pilot.state)).mean()
    assert light > 225 and dark < 55


def test_hovered_and_held_controls_look_so(pilot) -> None:
    box = pilot.program.view.layout(pilot.state).named("open").box
    looks = [
        pixels(render(pilot.state, 0.0, pointer))[box.x : box.right, box.y : box.bottom]
        for pointer in (
            Pointer(),
            Pointer(at=box.centre, over="open"),
            Pointer(at=box.centre, over="open", held="open"),
        )
    ]
    assert len({look.tobytes() for look in looks}) == 3
    touched = pixels(render(pilot.state, 0.0, Pointer(over="open", touch=True)))
    assert np.array_equal(touched, pixels(render(pilot.state)))


def test_a_tooltip_comes_after_a_while(pilot) -> None:
    pointer = Pointer(at=(20, 20), over="new", since=10.0)
    soon, later = (pixels(render(pilot.state, now, pointer)) for now in (10.1, 11.0))
    changed = np.argwhere((soon != later).any(2))
    assert len(changed) > 1000 and changed[:, 1].min() >= 40  # below the button


@pytest.mark.parametrize("name", ["drawn", "offered"])
def test_the_models_strokes_have_the_accents_colour(pilot, name: str) -> None:
    pilot.stroke(CAT)
    pilot.settle()
    if name == "drawn":
        pilot.press(Command.KEEP)
    canvas = pilot.program.view.layout(pilot.state).canvas
    picture = pixels(render(pilot.state, pilot.clock()))[canvas.x + 80 : canvas.right - 80, canvas.y + 60 : -120]
    blue = (picture[:, :, 2] - picture[:, :, 0] > 60).sum()
    ink = (picture.sum(2) < 150).sum()
    assert blue > 100 and ink > 300


@pytest.mark.parametrize("text", ["n" * 199 + ".svg is there already", "/of/one/with" + "/folders" * 40, "one " * 60])
@pytest.mark.parametrize("ui_scale", [1.0, 3.0])
def test_a_message_stays_on_its_card(monkeypatch: pytest.MonkeyPatch, text: str, ui_scale: float) -> None:
    size, cards, lines = (800, 600), [], []
    box = canvas_of(size, ui_scale)
    canvas = (box.x, box.y, box.w, box.h)
    state = AppState(toasts=(Toast(text, 9e9),), settings=Settings(ui_scale=ui_scale), view=SeenView(size, canvas))
    brush = Brush(LIGHT, scale_of(size, ui_scale))
    toast, written = widgets.toast, brush.text
    monkeypatch.setattr(widgets, "toast", lambda *args: (cards.append(args[2]), toast(*args)))
    monkeypatch.setattr(brush, "text", lambda on, line, *args: lines.append((line, written(on, line, *args))))
    draw_toasts(brush, pygame.Surface(size), state, layout(state, brush.measure))
    (card,) = cards
    assert "".join(line for line, _ in lines).replace(" ", "") == text.replace(" ", ""), "nothing is cut off"
    assert all(end <= card.right - brush.px(S) for _, end in lines) and card.x >= 0


def test_the_row_under_selected_strokes_goes_where_they_are_not(pilot) -> None:
    pilot.stroke(CAT)
    pilot.settle()
    pilot.press(Command.ESCAPE)
    pilot.press(Command.SELECT_ALL)
    pilot.settle()
    places = []
    for _ in range(2):
        row = pilot.program.view.layout(pilot.state, pilot.clock()).named(FINISH).box
        (_, top), (_, bottom) = outline(pilot.state)[0]
        assert row.bottom <= top or row.y >= bottom
        places.append(row.y)
        canvas = pilot.program.view.layout(pilot.state).canvas
        pilot.program.say(Pan(0, canvas.bottom - 80 - bottom))
        pilot.step()
    assert places[1] < places[0]


@pytest.mark.parametrize("model_on", [True, False])
def test_without_the_model_the_empty_page_names_no_keys_of_its(monkeypatch: pytest.MonkeyPatch, model_on: bool) -> None:
    state, written = AppState(settings=Settings(model_on=model_on)), []
    brush = Brush(LIGHT, 1.0)
    monkeypatch.setattr(brush, "text", lambda surface, text, *args, **how: written.append(text))
    draw_empty(brush, pygame.Surface((800, 600)), state, Box(0, 0, 800, 600))
    assert ("The model is off: you draw alone." in written) is not model_on
    assert ("nine endings" in written) is model_on and "all keys" in written


@pytest.mark.parametrize("name", [name for name in STATES if name != "no-model"])
def test_what_goes_on_is_said_in_one_line_in_the_smallest_window_that_holds_all(monkeypatch, name: str) -> None:
    state, now = made(name, SMALLEST, dark=False)
    view, written = View(), []
    monkeypatch.setattr(view.brush(state), "text", lambda surface, text, *args, **how: written.append(text) or 0)
    view.draw(pygame.Surface(SMALLEST), state, now)
    assert status_text(state, now) in written, "a second line lay on what stands above"


@pytest.mark.parametrize("size", [SMALLEST, (1920, 1080)], ids=str)
def test_the_corner_leaves_what_goes_on_its_line(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    """Beside the heat map's words and a large seed it was written letter below letter."""
    state, now = made("offered", size, dark=False)
    request = replace(state.offer.request, seed=4123456789)
    sight = Sight(LookRequest(state.sketch), heat=Heat((0.0, 0.0), 30.0, np.full((20, 20), 0.0025, np.float32), 0.12))
    state = replace(state, offer=replace(state.offer, request=request), sight=sight)
    state = replace(state, settings=replace(state.settings, heat=True))
    state = update(state, Pan(400, 0), now)[0]
    view, written = View(), []
    monkeypatch.setattr(view.brush(state), "text", lambda surface, text, *args, **how: written.append(text) or 0)
    view.draw(pygame.Surface(size), state, now)
    corner = next(text for text in written if text.endswith(f"{100 * state.view.camera.zoom:.0f} %"))
    assert status_text(state, now) in written
    assert ("next stroke" in corner, "seed 4123456789" in corner) == ((size != SMALLEST,) * 2), corner


def test_the_words_of_a_wide_chip_stand_in_its_middle() -> None:
    state, now = made("nine", (1280, 800), False)
    box = layout(state, lambda text, size: 8.0 * len(text), now).named(Command.ONE.value).box
    inside = pixels(render(state, now))[box.x + 2 : box.right - 2, box.y + 2 : box.bottom - 2]
    (columns,) = np.nonzero((np.abs(inside - LIGHT.accent).max(2) < 60).any(1))
    assert abs(columns[0] - (len(inside) - 1 - columns[-1])) <= 4, "but for what is empty in the icon's square"


def test_a_page_unit_that_is_seen_as_a_point_is_100_percent_on_every_display(monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    for scale in (1, 2):
        size, state = (1280 * scale, 800 * scale), AppState(settings=Settings(ui_scale=float(scale)))
        state, view = resized(state, size, 0.0), View()
        monkeypatch.setattr(view.brush(state), "text", lambda surface, text, *args, **how: said.append(text) or 0)
        draw_corner(view.brush(state), pygame.Surface(size), state, 0.0, canvas_of(size, scale))
    assert said[0] == said[1] == "105 %"


@pytest.mark.parametrize(
    "label", ["cat.svg\t" + 30 * "folder ", 30 * "name " + "\t" + 30 * "folder ", 30 * "name " + "\t9 %"]
)
def test_what_stands_at_the_right_of_a_row_leaves_its_words_their_place(monkeypatch, label: str) -> None:
    """The name of a file opened lately was one ellipsis below that of its folder, where this was long."""
    brush, written = Brush(LIGHT, 1.0), []
    monkeypatch.setattr(brush, "text", lambda surface, text, box, size, *args, **how: written.append((box, text, size)))
    widgets.row(brush, pygame.Surface((600, 30)), Control("row 0", Box(10, 0, 500, 28), Kind.ROW, None, label), Look())
    (right, said, small), (left, words, size) = written
    assert f"{words}\t{said}" == label and left.right <= right.x and right.right <= 510
    assert left.w >= min(brush.measure(words, size), 200) and right.w >= min(brush.measure(said, small), 200)


def test_toasts_lie_above_the_chip_that_draws_on(pilot, monkeypatch: pytest.MonkeyPatch) -> None:
    pilot.stroke(CAT)
    pilot.settle()
    (ending,) = pilot.state.offer.endings
    offer = replace(pilot.state.offer, endings=(replace(ending, ended=False),))
    state = replace(pilot.state, offer=offer, toasts=(Toast("one", 9e9), Toast("two", 9e9)))
    boxes = []
    monkeypatch.setattr(widgets, "toast", lambda brush, surface, box, lines, error: boxes.append(box))
    render(state, pilot.clock())
    chip = layout(state, lambda text, size: 8.0 * len(text)).named(CONTINUE).box
    assert len(boxes) == 2 and boxes[1].bottom < boxes[0].y and boxes[0].bottom < chip.y
    before = pilot.program.view.layout(state, offer.playback.started)
    assert CONTINUE not in [control.name for control in before.controls], "it comes when all is shown"


def resized(state: AppState, size: tuple[int, int], now: float) -> AppState:
    """The state in a window of this size."""
    box = canvas_of(size, state.settings.ui_scale)
    return update(state, Resized(size, (box.x, box.y, box.w, box.h)), now)[0]


@pytest.mark.parametrize("change", [{"ink_width": 14.0}, {"dark": True}], ids=str)
def test_another_look_of_nine_endings_is_all_of_it(change) -> None:
    """Thicker ink came to what the nine go on from only where their endings lie."""
    state, now = made("nine", (1000, 700), False)
    view, kept = View(), pygame.Surface((1000, 700))
    view.draw(kept, state, now)
    state = replace(state, settings=replace(state.settings, **change))
    view.draw(kept, state, now)
    assert (np.abs(pixels(kept) - pixels(render(state, now))).max(2) > 90).mean() < 1e-4


@pytest.mark.parametrize("name", STATES)
def test_a_window_of_a_few_pixels_is_drawn(name: str) -> None:
    state, now = made(name, (1280, 800), False)
    state = replace(state, toasts=(Toast("something to be said", now + 9),))
    pointer = Pointer(at=(0, 0), over="ending 1", focus="keep", since=now - 9)
    for size in ((1, 1), (20, 300), (21, 47), (22, 46), (22, 48), (60, 60), (90, 90), (300, 20), (300, 60)):
        assert render(resized(state, size, now), now, pointer).get_size() == size


@pytest.mark.parametrize("command", [Command.HELP, Command.PICKER, Command.EXPORT, Command.SAVE_AS, Command.NEW])
def test_a_dialog_in_a_window_of_a_few_pixels_is_drawn(command: Command) -> None:
    state, now = made("error", (1280, 800), False)
    state = update(state, command, now)[0]
    assert state.dialog is not None
    for size in ((1, 1), (21, 47), (60, 60), (300, 20)):
        assert render(resized(state, size, now), now).get_size() == size


def test_a_window_is_made_as_small_as_can_be_and_large_again(pilot) -> None:
    pilot.stroke(CAT)
    pilot.settle()
    for command in (Command.NINE, Command.ESCAPE, Command.SELECT_ALL, Command.EXPORT):
        pilot.press(command)
        for size in ((300, 20), (20, 300), (1, 1), (1000, 700)):
            pygame.display.set_mode(size, pygame.RESIZABLE)
            for at in ((0, 0), (size[0] - 1, size[1] - 1)):
                pilot.move(at)
                pilot.step()
                pilot.down(at)
                pilot.up(at)
                pilot.step()
    assert len(pilot.state.sketch.strokes) == 1
