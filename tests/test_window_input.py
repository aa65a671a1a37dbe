"""From pygame's events to the program's: mouse, pen, fingers, wheel and keys, one event at a time."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pygame
import pytest

from sketchrnn.app import events
from sketchrnn.app.commands import COMMANDS, Command
from sketchrnn.app.dialogs import VISIBLE_ROWS, Confirm, FilePanel, Help, Picker, Purpose, Question
from sketchrnn.app.events import (
    Choose,
    Key,
    Pan,
    PenCancel,
    PenDown,
    PenMove,
    PenUp,
    Scrolled,
    SetTemperature,
    TakeEnding,
    Typed,
    Zoom,
)
from sketchrnn.app.selection import Selection
from sketchrnn.app.state import AppState, Camera, View
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.window import keys
from sketchrnn.window.input import WHEEL_ZOOM, Scene, hear
from sketchrnn.window.layout import Kind, canvas_of, layout
from sketchrnn.window.panels import panel
from sketchrnn.window.pointer import Grip, Pointer

SIZE = (1000, 700)
SKETCH = Sketch((Stroke(np.array([[0, 0], [50, 50]])),))
PLACE = (500, 300)  # on the page
CTRL, SHIFT = pygame.KMOD_LCTRL, pygame.KMOD_LSHIFT


def measure(text: str, size: float) -> float:
    return 0.56 * size * len(text)


def page_state(**changes) -> AppState:
    box = canvas_of(SIZE, 1.0)
    return AppState(view=View(SIZE, (box.x, box.y, box.w, box.h), Camera(2.0, (100.0, 60.0))), **changes)


class Hand:
    """Hears one event after the other, as the loop does, but with a state that does not change."""

    def __init__(self, **changes):
        self.state = page_state(**changes)
        self.scene = Scene(layout(self.state, measure), panel(self.state, measure))
        self.pointer = Pointer()
        self.now = 5.0

    def __call__(self, kind: int, **what) -> tuple:
        event = pygame.event.Event(kind, what)
        self.pointer, said = hear(self.pointer, event, self.state, self.scene, self.now)
        return said

    def down(self, at, button=1, touch=False):
        return self(pygame.MOUSEBUTTONDOWN, pos=at, button=button, touch=touch)

    def move(self, at, buttons=(1, 0, 0), touch=False):
        return self(pygame.MOUSEMOTION, pos=at, rel=(0, 0), buttons=buttons, touch=touch)

    def up(self, at, button=1, touch=False):
        return self(pygame.MOUSEBUTTONUP, pos=at, button=button, touch=touch)

    def finger(self, kind, name, at):
        return self(kind, touch_id=1, finger_id=name, x=at[0] / SIZE[0], y=at[1] / SIZE[1], dx=0.0, dy=0.0)

    def key(self, key, mod=0, text=""):
        return self(pygame.KEYDOWN, key=key, mod=mod, unicode=text, scancode=0)

    def box(self, name):
        return self.scene.named(name).box


def page(at) -> tuple[float, float]:
    return page_state().view.camera.to_page(*at)


def test_a_stroke_tells_of_every_motion() -> None:
    hand, ways = Hand(), [(500 + 3 * i, 300 + i) for i in range(20)]
    said = hand.down(PLACE)
    for at in ways:
        said += hand.move(at)
    said += hand.up(ways[-1])
    assert said == (PenDown(page(PLACE)), *(PenMove((page(at),)) for at in ways), PenUp())
    assert hand.pointer.grip is Grip.NONE


def test_the_way_to_where_the_button_came_up_is_drawn() -> None:
    hand = Hand()
    hand.down(PLACE)
    assert hand.up((600, 400)) == (PenMove((page((600, 400)),)), PenUp())


def test_a_stroke_goes_on_outside_the_page_and_the_window() -> None:
    hand = Hand()
    hand.down(PLACE)
    assert hand(pygame.WINDOWLEAVE) == ()
    assert hand.move((-80, 900)) == (PenMove((page((-80, 900)),)),)
    assert hand.up((-80, 900)) == (PenUp(),)


def test_a_button_that_came_up_unheard_ends_the_stroke() -> None:
    hand = Hand()
    hand.down(PLACE)
    assert hand.move((520, 300), buttons=(0, 0, 0)) == (PenUp(),)
    assert hand.move((530, 300), buttons=(0, 0, 0)) == ()


def test_a_button_that_came_up_unheard_ends_what_it_held_and_presses_nothing() -> None:
    hand, at = Hand(), Hand().box("temperature").centre
    hand.down(PLACE, 2)
    assert hand.move((510, 290), (0, 0, 0)) == () == hand.move((520, 290), (0, 0, 0)), "the page followed the pointer"
    hand.down(at)
    assert hand.move((900, 5), (0, 0, 0)) == (), "the slider did"
    undo = hand.box("undo").centre
    hand.down(undo)
    assert hand.move(undo, (0, 0, 0)) == () and hand.pointer == replace(Pointer(), at=undo, over="undo", since=5.0)


@pytest.mark.parametrize("by", ["middle button", "space"])
def test_only_the_button_that_began_to_move_the_page_ends_it(by: str) -> None:
    hand = Hand()
    if by == "space":
        hand.key(pygame.K_SPACE, text=" ")
    button, other = (1, 2) if by == "space" else (2, 1)
    hand.down(PLACE, button)
    assert hand.down(PLACE, other) == () == hand.up(PLACE, other)
    assert hand.move((510, 290), (button == 1, button == 2, 0)) == (Pan(10, -10),)
    assert hand.up((510, 290), button) == () and hand.pointer.grip is Grip.NONE


def test_losing_the_focus_lifts_the_pen_and_lets_go_of_everything() -> None:
    hand = Hand()
    hand.key(pygame.K_SPACE, text=" ")
    hand.pointer = replace(hand.pointer, space=True)
    hand.down((900, 300), button=2)
    assert hand(pygame.WINDOWFOCUSLOST) == () and not hand.pointer.space
    hand.down(PLACE)
    assert hand(pygame.WINDOWFOCUSLOST) == (PenUp(),) and hand.pointer.grip is Grip.NONE


def test_other_buttons_do_not_draw() -> None:
    hand = Hand()
    assert hand.down(PLACE, button=3) == () and hand.up(PLACE, button=3) == ()
    hand.down(PLACE)
    assert hand.down((600, 300), button=2) == () and hand.up((600, 300), button=2) == ()
    assert hand.pointer.grip is Grip.PEN


@pytest.mark.parametrize("by", ["middle button", "space"])
def test_the_page_is_moved(by: str) -> None:
    hand = Hand()
    if by == "space":
        assert hand.key(pygame.K_SPACE, text=" ") == ()
    button = 1 if by == "space" else 2
    assert hand.down(PLACE, button) == ()
    assert hand.move((510, 290), (button == 1, button == 2, 0)) == (Pan(10, -10),)
    assert hand.up((510, 290), button) == ()
    hand(pygame.KEYUP, key=pygame.K_SPACE, mod=0, unicode=" ", scancode=0)
    assert hand.down(PLACE) == (PenDown(page(PLACE)),)


def test_the_wheel_zooms_at_the_pointer() -> None:
    hand = Hand()
    hand.move(PLACE, (0, 0, 0))
    (closer,) = hand(pygame.MOUSEWHEEL, x=0, y=1, precise_y=1.0, flipped=False)
    (farther,) = hand(pygame.MOUSEWHEEL, x=0, y=-1, precise_y=-1.0, flipped=False)
    assert closer.at == PLACE and closer.factor > 1 and closer.factor * farther.factor == pytest.approx(1)
    (little,) = hand(pygame.MOUSEWHEEL, x=0, y=0, precise_y=0.25, flipped=False)
    assert 1 < little.factor < closer.factor
    assert hand(pygame.MOUSEWHEEL, x=1, y=0, precise_y=0.0, flipped=False) == ()
    hand.move((20, 400), (0, 0, 0))
    assert hand(pygame.MOUSEWHEEL, x=0, y=1, precise_y=1.0, flipped=False) == ()  # over a bar


def test_a_button_says_its_command_when_let_go_on_it() -> None:
    hand = Hand()
    at = hand.box("undo").centre
    assert hand.down(at) == () and hand.pointer.held == "undo"
    assert hand.up(at) == (Command.UNDO,)
    hand.down(at)
    hand.move(PLACE)
    assert hand.up(PLACE) == ()  # let go elsewhere: taken back


def test_hovering_is_told_with_its_time() -> None:
    hand = Hand()
    hand.move(hand.box("undo").centre, (0, 0, 0))
    assert (hand.pointer.over, hand.pointer.since) == ("undo", 5.0)
    hand.now = 6.0
    x, y = hand.box("undo").centre
    hand.move((x + 2, y), (0, 0, 0))
    assert hand.pointer.since == 5.0
    hand(pygame.WINDOWLEAVE)
    assert hand.pointer.at is None and hand.pointer.over == ""


def test_a_slider_follows_the_pointer_everywhere() -> None:
    hand, box = Hand(), Hand().box("temperature")
    (first,) = hand.down((box.x + box.w / 2, box.bottom - 10))
    assert isinstance(first, SetTemperature) and 0.4 < first.value < 0.6
    assert hand.move((3000, 5)) == (SetTemperature(1.0),)
    assert hand.move((-50, 5)) == (SetTemperature(0.01),)
    assert hand.up((-50, 5)) == () and hand.pointer.grip is Grip.NONE


# touch


def test_the_echo_of_a_touch_is_not_heard_twice() -> None:
    hand = Hand()
    assert hand.finger(pygame.FINGERDOWN, 7, PLACE) == (PenDown(pytest.approx(page(PLACE))),)
    assert hand.down(PLACE, touch=True) == ()
    assert len(hand.finger(pygame.FINGERMOTION, 7, (510, 300))) == 1
    assert hand.move((510, 300), touch=True) == ()
    assert hand.finger(pygame.FINGERUP, 7, (510, 300)) == (PenUp(),)
    assert hand.up((510, 300), touch=True) == ()


def test_a_second_finger_turns_the_stroke_into_moving_the_page() -> None:
    hand = Hand()
    hand.finger(pygame.FINGERDOWN, 1, (400, 300))
    assert hand.finger(pygame.FINGERDOWN, 2, (600, 300)) == (PenCancel(),)
    pan, zoom = hand.finger(pygame.FINGERMOTION, 2, (800, 300))
    assert pan == Pan(pytest.approx(100), pytest.approx(0))
    assert isinstance(zoom, Zoom) and zoom.factor == pytest.approx(2) and zoom.at == (600, 300)
    assert hand.finger(pygame.FINGERUP, 1, (400, 300)) == ()
    assert hand.finger(pygame.FINGERMOTION, 2, (810, 300)) == ()  # the finger that is left draws nothing
    assert hand.finger(pygame.FINGERUP, 2, (810, 300)) == ()
    assert len(hand.finger(pygame.FINGERDOWN, 3, PLACE)) == 1


def test_a_finger_that_comes_late_or_a_palm_does_not_cost_the_stroke() -> None:
    hand = Hand()
    hand.finger(pygame.FINGERDOWN, 1, PLACE)
    hand.now += 0.5
    hand.finger(pygame.FINGERMOTION, 1, (540, 300))
    hand.finger(pygame.FINGERMOTION, 1, (501, 300))  # back where it began: it is a stroke all the same
    assert hand.finger(pygame.FINGERDOWN, 2, (600, 500)) == ()
    assert hand.finger(pygame.FINGERMOTION, 2, (620, 500)) == ()
    assert hand.finger(pygame.FINGERMOTION, 1, (520, 310)) == (PenMove((pytest.approx(page((520, 310))),)),)
    assert hand.finger(pygame.FINGERUP, 1, (520, 310)) == (PenUp(),)
    (begun,) = hand.finger(pygame.FINGERDOWN, 3, PLACE)
    assert isinstance(begun, PenDown), "what still lies there keeps nobody from drawing on"
    assert hand.finger(pygame.FINGERUP, 2, (620, 500)) == () and hand.pointer.grip is Grip.PEN


@pytest.mark.parametrize(("seconds", "way"), [(0.1, 200), (5.0, 3)])
def test_two_fingers_move_the_page_where_the_first_has_only_just_come_or_rested(seconds: float, way: int) -> None:
    hand = Hand()
    hand.finger(pygame.FINGERDOWN, 1, PLACE)
    hand.finger(pygame.FINGERMOTION, 1, (PLACE[0] + way, PLACE[1]))
    hand.now += seconds
    assert hand.finger(pygame.FINGERDOWN, 2, (600, 500)) == (PenCancel(),) and hand.pointer.grip is Grip.FINGERS


def test_a_finger_presses_buttons_and_leaves_no_hover() -> None:
    hand = Hand()
    at = hand.box("nine").centre
    hand.finger(pygame.FINGERDOWN, 1, at)
    assert hand.finger(pygame.FINGERUP, 1, at) == (Command.NINE,)
    assert hand.pointer.at is None and hand.pointer.over == "" and hand.pointer.fingers == ()


def test_a_mouse_that_moves_after_a_touch_hovers_again() -> None:
    hand, at = Hand(), Hand().box("nine").centre
    hand.finger(pygame.FINGERDOWN, 1, PLACE)
    hand.finger(pygame.FINGERUP, 1, PLACE)
    hand.move(at, (0, 0, 0), touch=True)
    assert hand.pointer.touch and not hand.pointer.over, "the echo of a touch is none"
    hand.move(at, (0, 0, 0))
    assert hand.pointer.over == "nine" and not hand.pointer.touch


def test_a_palm_that_touches_while_a_pen_draws_takes_nothing_from_it() -> None:
    hand, palm = Hand(), (700, 600)
    hand.down(PLACE)
    assert hand.finger(pygame.FINGERDOWN, 1, palm) == ()
    assert hand.finger(pygame.FINGERMOTION, 1, (710, 600)) == ()
    assert hand.move((520, 300)) == (PenMove((page((520, 300)),)),)
    assert hand.finger(pygame.FINGERUP, 1, palm) == ()
    assert hand.up((520, 300)) == (PenUp(),) and hand.pointer == replace(Pointer(), at=(520, 300))


def test_a_mouse_that_moves_while_a_finger_draws_takes_nothing_from_it() -> None:
    hand = Hand()
    hand.finger(pygame.FINGERDOWN, 1, PLACE)
    assert hand.move((900, 600), buttons=(0, 0, 0)) == () == hand.down((900, 600)) + hand.up((900, 600))
    assert hand.finger(pygame.FINGERMOTION, 1, (520, 300)) == (PenMove((page((520, 300)),)),)
    assert hand.finger(pygame.FINGERUP, 1, (520, 300)) == (PenUp(),) and hand.pointer.grip is Grip.NONE


def test_a_finger_that_holds_nothing_does_not_keep_the_mouse_from_drawing() -> None:
    hand = Hand()
    assert hand.finger(pygame.FINGERDOWN, 1, (900, 5)) == () and hand.pointer.grip is Grip.NONE
    assert hand.down(PLACE) == (PenDown(page(PLACE)),)
    assert hand.finger(pygame.FINGERMOTION, 1, (910, 5)) == () == hand.finger(pygame.FINGERUP, 1, (910, 5))
    assert hand.up(PLACE) == (PenUp(),)


def test_unknown_fingers_are_passed_over() -> None:
    hand = Hand()
    assert hand.finger(pygame.FINGERMOTION, 9, PLACE) == () and hand.finger(pygame.FINGERUP, 9, PLACE) == ()


# keys


def pressed(shortcut) -> tuple[int, int, str]:
    named = {name: code for code, name in keys.NAMED.items() if code != pygame.K_KP_ENTER}
    mod = (CTRL if shortcut.ctrl else 0) | (SHIFT if shortcut.shift else 0)
    if shortcut.key in named:
        return named[shortcut.key], mod, ""
    return ord(shortcut.key), mod, "" if shortcut.ctrl else shortcut.key


@pytest.mark.parametrize("command", COMMANDS)
def test_every_shortcut_of_the_table_says_its_command(command: Command) -> None:
    for shortcut in COMMANDS[command].keys:
        hand = Hand(selection=Selection((0,)), sketch=SKETCH) if COMMANDS[command].selected else Hand()
        assert hand.key(*pressed(shortcut)) == (command,), shortcut


def test_keys_are_read_by_character() -> None:
    # on a German board ] is AltGr+9, ? is Shift+ss, / is Shift+7; on a French one digits need Shift
    assert Hand().key(pygame.K_9, pygame.KMOD_MODE | pygame.KMOD_RALT | CTRL, "]") == (Command.THICKER,)
    assert Hand().key(0xDF, SHIFT, "?") == (Command.HELP,)
    assert Hand().key(pygame.K_7, SHIFT, "/") == (Command.PICKER,)
    assert Hand().key(pygame.K_AMPERSAND, SHIFT, "1") == (TakeEnding(0),)
    assert Hand().key(pygame.K_KP3, pygame.KMOD_NUM, "3") == (TakeEnding(2),)
    assert Hand().key(pygame.K_b, pygame.KMOD_CAPS, "B") == (Command.PEN,)


def test_keys_of_the_desktop_and_keys_without_meaning_say_nothing() -> None:
    assert Hand().key(pygame.K_TAB, pygame.KMOD_LALT) == ()
    assert Hand().key(pygame.K_q, 0, "q") == () and Hand().key(pygame.K_LSHIFT, SHIFT) == ()
    assert Hand().key(pygame.K_3, CTRL) == () and Hand().key(pygame.K_0, 0, "0") == ()
    assert Hand().key(0, 0, "") == () and Hand().key(pygame.K_F5) == ()


def test_a_held_key_repeats_only_what_makes_sense() -> None:
    hand = Hand()
    assert hand.key(pygame.K_n, 0, "n") == (Command.NINE,) and hand.key(pygame.K_n, 0, "n") == ()
    hand(pygame.KEYUP, key=pygame.K_n, mod=0, unicode="n", scancode=0)
    assert hand.key(pygame.K_n, 0, "n") == (Command.NINE,)
    assert [hand.key(pygame.K_z, CTRL) for _ in range(3)] == [(Command.UNDO,)] * 3


PICKER = Picker("", ("auto", "cat", "dog"), 1)
LONG = Picker("", tuple(f"name {i}" for i in range(50)), 0)
FILES = FilePanel(Purpose.SAVE, Path("/tmp"))


@pytest.mark.parametrize("dialog", [PICKER, FILES])
def test_a_dialog_with_a_field_takes_text_and_its_keys(dialog) -> None:
    hand = Hand(dialog=dialog)
    assert hand.key(pygame.K_b, 0, "b") == () and hand(pygame.TEXTINPUT, text="b") == (Typed("b"),)
    assert hand.key(pygame.K_1, 0, "1") == () and hand.key(pygame.K_SPACE, 0, " ") == ()
    assert hand.key(pygame.K_RETURN, 0, "\r") == (Key.ENTER,)
    assert hand.key(pygame.K_BACKSPACE, 0, "\b") == (Key.BACKSPACE,)
    assert hand.key(pygame.K_END) == hand.key(pygame.K_RIGHT) == (Key.END,)
    assert hand.key(pygame.K_DOWN) == (Key.DOWN,) and hand.key(pygame.K_PAGEUP) == (Key.PAGE_UP,)
    assert hand.key(pygame.K_ESCAPE, 0, "\x1b") == (Command.ESCAPE,)
    assert hand.key(pygame.K_q, CTRL) == (Command.QUIT,)


def test_text_means_nothing_to_the_page() -> None:
    assert Hand()(pygame.TEXTINPUT, text="b") == ()


def test_a_question_is_walked_through_sideways() -> None:
    hand = Hand(dialog=Confirm(Question.UNSAVED, "Save?", ("Save", "Leave", "Cancel")))
    assert hand.key(pygame.K_RIGHT) == (Key.DOWN,) and hand.key(pygame.K_LEFT) == (Key.UP,)


def test_a_click_outside_closes_a_dialog_and_draws_nothing() -> None:
    hand = Hand(dialog=PICKER)
    assert hand.down((500, 650)) == (Command.ESCAPE,) and hand.pointer.grip is Grip.NONE
    assert hand.down(hand.scene.panel.field.box.centre) == ()


def test_the_wheel_moves_a_list_and_turns_the_helps_pages() -> None:
    assert Hand(dialog=PICKER)(pygame.MOUSEWHEEL, x=0, y=-1, precise_y=-1.0, flipped=False) == (Scrolled(3),)
    assert Hand(dialog=Help())(pygame.MOUSEWHEEL, x=0, y=1, precise_y=1.0, flipped=False) == (Scrolled(-1),)


def test_a_list_s_bar_is_dragged_by_mouse_and_finger_and_chooses_nothing() -> None:
    hand = Hand(dialog=LONG)
    listing, bar = hand.scene.panel.listing, next(c.box for c in hand.scene.controls if c.kind is Kind.BAR)
    handle, hidden = listing.handle(1.0), len(LONG.rows) - VISIBLE_ROWS
    assert bar.holds(handle.centre) and handle.y == listing.box.y
    x = bar.centre[0]
    assert hand.down((x, bar.bottom - 1)) == (Scrolled(hidden),)
    assert hand.move((x + 300, bar.centre[1])) == (Scrolled(hidden // 2),), "it is held beside the bar, too"
    assert hand.move((x, handle.centre[1])) == (Scrolled(0),)
    assert hand.up((x, handle.centre[1])) == ()
    assert hand.finger(pygame.FINGERDOWN, 1, (x, bar.bottom - 1)) == (Scrolled(hidden),)
    scrolled = Hand(dialog=replace(LONG, top=hidden))
    assert scrolled.scene.panel.listing.handle(1.0).bottom == bar.bottom
    assert scrolled.down((x, bar.bottom - handle.h / 2)) == (Scrolled(0),)
    assert Kind.BAR not in {c.kind for c in Hand(dialog=PICKER).scene.controls}, "all of a short list is seen"


def test_a_finger_drags_a_list_and_a_tap_takes_a_row() -> None:
    hand = Hand(dialog=replace(LONG, top=20))
    row, tall = hand.box("row 25").centre, hand.box("row 25").h
    hand.finger(pygame.FINGERDOWN, 1, row)
    assert hand.finger(pygame.FINGERMOTION, 1, (row[0] + 3, row[1] - 6)) == () and hand.pointer.held == "row 25"
    assert hand.finger(pygame.FINGERUP, 1, (row[0], row[1] - 6)) == (Choose(25),), "a tap that strayed a little"
    hand.finger(pygame.FINGERDOWN, 1, row)
    ways = [-20, -40, -60, -100, 30]
    said = [hand.finger(pygame.FINGERMOTION, 1, (row[0], row[1] + way)) for way in ways]
    rows = sum(one.rows for one in sum(said, ()))
    assert said[0] == () and said[1] == (Scrolled(1),) and rows == -int(30 / tall), "up to a row behind the finger"
    assert hand.finger(pygame.FINGERUP, 1, row) == () and hand.pointer.grip is Grip.NONE, "a drag takes nothing"


def test_a_finger_that_strays_over_a_list_that_is_seen_whole_still_taps() -> None:
    hand = Hand(dialog=PICKER)
    x, y = hand.box("row 1").centre
    hand.finger(pygame.FINGERDOWN, 1, (x - 60, y))
    assert hand.finger(pygame.FINGERMOTION, 1, (x, y + 8)) == ()
    assert hand.finger(pygame.FINGERUP, 1, (x, y + 8)) == (Choose(1),)


def test_a_click_turns_the_helps_pages() -> None:
    hand = Hand(dialog=Help())
    turn = next(c.box.centre for c in hand.scene.controls if c.says == Scrolled(1))
    assert hand.down(turn) == () and hand.up(turn) == (Scrolled(1),)
    state = replace(hand.state, view=View((2560, 1440)))
    assert len(panel(state, measure).controls) == 1, "of one page none is turned"


def test_a_touchpad_moves_a_list_and_turns_pages_as_far_as_a_wheel() -> None:
    """SDL tells every tenth of a notch, and in y the whole ones as they are reached (SDL_SendMouseWheel)."""
    for dialog, scrolled in ((PICKER, Scrolled(3)), (Help(), Scrolled(1))):
        hand = Hand(dialog=dialog)
        told = [hand(pygame.MOUSEWHEEL, x=0, y=-(i == 10), precise_y=-0.1, flipped=False) for i in range(1, 15)]
        assert told == [()] * 9 + [(scrolled,)] + [()] * 4


def test_the_window_managers_close_asks_to_quit() -> None:
    assert Hand()(pygame.QUIT) == (Command.QUIT,)


def test_nothing_is_drawn_between_the_nine() -> None:
    hand = Hand(grid=True)
    gap = (hand.box("ending 1").right + 3, hand.box("ending 1").centre[1])
    assert hand.down(gap) == () and hand.pointer.grip is Grip.NONE
    hand.move(gap, (0, 0, 0))
    assert hand(pygame.MOUSEWHEEL, x=0, y=1, precise_y=1.0, flipped=False) == ()


def test_events_of_other_kinds_are_passed_over() -> None:
    for kind in (pygame.ACTIVEEVENT, pygame.JOYAXISMOTION, pygame.USEREVENT, pygame.WINDOWMOVED):
        assert Hand()(kind) == ()


def test_shift_is_told_with_the_pen() -> None:
    hand = Hand()
    hand.key(pygame.K_LSHIFT, SHIFT)
    assert hand.down(PLACE) == (PenDown(page(PLACE), adds=True),)
    hand.up(PLACE)
    hand(pygame.KEYUP, key=pygame.K_LSHIFT, mod=SHIFT, unicode="", scancode=0)
    assert hand.down(PLACE) == (PenDown(page(PLACE)),)


@pytest.mark.parametrize(
    ("key", "mod", "command", "otherwise"),
    [
        (pygame.K_DELETE, 0, Command.DELETE, Command.CLEAR),
        (pygame.K_BACKSPACE, 0, Command.DELETE, None),
        (pygame.K_LEFT, 0, Command.MOVE_LEFT, Command.SLOWER),
        (pygame.K_UP, 0, Command.MOVE_UP, Command.HOTTER),
        (pygame.K_UP, CTRL, Command.GROW, None),
        (pygame.K_LEFT, SHIFT, Command.PAUSE_SHORTER, Command.PAUSE_SHORTER),
        (pygame.K_n, 0, Command.NINE, Command.NINE),
    ],
)
def test_selected_strokes_have_keys_of_their_own(key, mod, command, otherwise) -> None:
    text = chr(key) if key == pygame.K_n else ""
    assert keys.page_event(key, mod, text, selected=True) is command
    assert keys.page_event(key, mod, text) is otherwise


@pytest.mark.parametrize(
    "character,scancode,mod,text,command",
    [
        ("я", pygame.KSCAN_Z, pygame.KMOD_LCTRL, "", Command.UNDO),
        ("Я", pygame.KSCAN_Z, pygame.KMOD_LCTRL | pygame.KMOD_LSHIFT, "", Command.REDO),
        ("ы", pygame.KSCAN_S, pygame.KMOD_LCTRL, "\x13", Command.SAVE),
        ("и", pygame.KSCAN_B, 0, "и", Command.PEN),
        ("ε", pygame.KSCAN_E, 0, "ε", Command.ERASER),
        ("z", pygame.KSCAN_Y, pygame.KMOD_LCTRL, "", Command.UNDO),  # a German board: by its character
        ("a", pygame.KSCAN_Q, 0, "a", Command.AUTO_CATEGORY),  # a French one
        ("ö", pygame.KSCAN_SEMICOLON, 0, "ö", None),
        ("я", 0, pygame.KMOD_LCTRL, "", None),
    ],
)
def test_boards_of_another_script_have_the_latin_letters_keys(character, scancode, mod, text, command) -> None:
    key, text = keys.latin(ord(character.lower()), text, scancode)
    assert keys.page_event(key, mod, text) is command


def test_every_event_is_said_by_something() -> None:
    """By the window, or by what does the effects; a seed is set by whoever drives the app without a window."""
    app = Path(events.__file__).parent
    sources = [path for path in app.glob("*.py") if path.name != "events.py" and not path.name.startswith("update")]
    text = "".join(path.read_text("utf-8") for path in (*sources, *(app.parent / "window").glob("*.py")))
    kinds = {kind.__name__ for kind in get_args(events.Event)} - {"SetSeed"}
    assert {kind for kind in kinds if not re.search(rf"\b{kind}\b", text)} == set()


def test_fingers_that_touch_each_other_move_the_page_and_zoom_nothing() -> None:
    hand = Hand()
    hand.finger(pygame.FINGERDOWN, 1, (400, 300))
    hand.finger(pygame.FINGERDOWN, 2, (404, 300))
    (pan,) = hand.finger(pygame.FINGERMOTION, 2, (420, 300))  # five times as far apart, by a jitter
    assert pan == Pan(pytest.approx(8), pytest.approx(0))
    assert len(hand.finger(pygame.FINGERMOTION, 2, (430, 300))) == 2
    assert hand.finger(pygame.FINGERMOTION, 2, (400, 300)) == (Pan(pytest.approx(-15), pytest.approx(0)),)


def test_however_far_the_wheel_is_said_to_turn_at_once_it_zooms_by_eight_notches() -> None:
    hand = Hand()
    hand.move(PLACE, (0, 0, 0))
    for turned, notches in ((8.0, 8), (500.0, 8), (-500.0, -8)):
        (zoom,) = hand(pygame.MOUSEWHEEL, x=0, y=int(turned), precise_y=turned, flipped=False)
        assert zoom.factor == pytest.approx(WHEEL_ZOOM**notches)
