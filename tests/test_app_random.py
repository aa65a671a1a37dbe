"""Anything in any order: hundreds of seeded random runs, after each event of which everything must hold together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchrnn.app.commands import Command
from sketchrnn.app.dialogs import Entry, Lost
from sketchrnn.app.effects import Autosave, Submit
from sketchrnn.app.events import (
    BringBack,
    Choose,
    Event,
    FileFailed,
    FileRead,
    FileWritten,
    FolderListed,
    FromEngine,
    Key,
    Notice,
    Pan,
    PenCancel,
    PenDown,
    PenMove,
    PenUp,
    Recovered,
    Resized,
    Scrolled,
    Scrub,
    SetAlong,
    SetCategory,
    SetCloseness,
    SetPause,
    SetSeed,
    SetSpeed,
    SetTemperature,
    TakeEnding,
    Typed,
    Zoom,
)
from sketchrnn.app.questions import (
    activity,
    category_text,
    ending_sketch,
    guesses,
    in_gesture,
    is_enabled,
    next_wake,
    pen_tips,
    shown_ghost,
    shown_heat,
    shown_rows,
    status_text,
    window_title,
)
from sketchrnn.app.seen import current
from sketchrnn.app.state import Activity, AppState
from sketchrnn.app.through import kept_ground, replaces
from sketchrnn.app.update import update
from sketchrnn.engine.messages import Cancel, Chunk, Done, Failed, Guess, Look, Seen
from sketchrnn.sketch.types import Sketch, Stroke
from tests.app_driver import Driver
from tests.fake_engine import CATEGORIES, FakeEngine

FILE = Path("/home/somebody/x.svg")
OTHERS = Sketch((Stroke(np.array([[1, 2], [3, 4]])),), "cat")
# what may take strokes away; everything else may only add some
TAKES_AWAY = {Command.DELETE, Command.UNDO, Command.REDO, Command.CLEAR, Command.NEW, Command.OPEN, Command.QUIT}
# what puts others in their place
MOVES = {Command.MOVE_LEFT, Command.MOVE_RIGHT, Command.MOVE_UP, Command.MOVE_DOWN, Command.GROW, Command.SHRINK}
TAKING = (FileRead, FileWritten, Choose, Key)  # answers to questions about the drawing
DOCUMENTS = {Command.NEW, Command.OPEN, Command.QUIT, Command.SAVE, Command.SAVE_AS, Command.EXPORT}


def random_event(random: np.random.Generator, documents: bool) -> Event:
    """One event, drawing and the model's commands the likeliest."""
    x, y, step = float(random.uniform(-50, 650)), float(random.uniform(-50, 650)), int(random.integers(-3, 12))
    number = int(random.integers(1, 30))
    rows = random.normal(0, 50, (3, 3)).astype(np.float32)
    commands = [command for command in Command if documents or command not in DOCUMENTS]
    likely = [PenDown((x, y)), PenMove(((x, y), (x + 5, y - 5))), PenUp(), commands[random.integers(len(commands))]] * 4
    rare: list[Event] = [
        PenCancel(),
        Command.KEEP,
        Command.KEEP_STROKE,
        Command.NINE,
        Command.ANOTHER,
        Command.EARLIER,
        Command.ERASER,
        Command.PEN,
        Command.SELECT,
        Command.SELECT,
        Command.SELECT_ALL,
        Command.MOVE_LEFT,
        PenDown((x, y), adds=bool(step % 2)),
        PenMove(((x, y), (y, x), (x + 200, y), (x, y + 200))),
        Command.ESCAPE,
        TakeEnding(step),
        BringBack(step),
        Scrub(x / 600),
        Command.KEEP_HERE,
        Command.AGAIN,
        Command.BETWEEN,
        SetCloseness(x / 300),
        SetAlong(step),
        FileRead(FILE, (OTHERS,) * (1 + step % 2), beside=True),
        Command.PLAY,
        SetCategory([None, *CATEGORIES, "unicorn"][random.integers(12)]),
        SetTemperature(x / 300),
        SetSpeed(x),
        SetPause(y / 1000),
        SetSeed(number),
        Zoom((x, y), float(random.uniform(0.3, 3))),
        Pan(x, y),
        Resized((int(x) + 60, int(y) + 60), (0, 48, x + 60, y + 60)),
        Typed("ca/t. "[step % 6 :]),
        list(Key)[step % len(Key)],
        Choose(step),
        Scrolled(step),
        Notice("something"),
        FromEngine(Guess(number, (("cat", 0.5),))),
        FromEngine(Chunk(number, (rows,), (bool(step % 2),))),
        FromEngine(Done(number, (True,), (None,))),
        FromEngine(Failed(number, "no")),
        FromEngine(Seen(number, rows)),
        Command.TOGGLE_GHOST,
        Command.TOGGLE_HEAT,
        Command.TAKE_GUESS,
        FolderListed((Path("~"), FILE.parent)[step % 2], FILE.parent, (Entry("..", True), Entry("x.svg", False))),
        FileFailed(FILE, "no", exists=bool(step % 2), reads=not step % 2),
        Recovered((Lost(FILE, OTHERS, "yesterday"),)),
    ]
    if documents:
        rare += [FileRead(FILE, (OTHERS,) * (1 + step % 2), own=True), FileWritten(FILE, OTHERS)]
    both = likely + rare
    return both[random.integers(len(both))]


def check(state: AppState, driver: Driver) -> None:
    """What always holds."""
    gestures = (state.live, state.erasing, state.selecting)
    assert state.live != () and sum(gesture is not None for gesture in gestures) <= 1
    if state.selection is not None:
        indices = state.selection.indices
        assert (
            indices
            and list(indices) == sorted(set(indices))
            and 0 <= indices[0] <= indices[-1] < len(state.sketch.strokes)
        )
    for asked_of in (state.offer, state.pending):
        assert asked_of is None or not asked_of.part or max(asked_of.part) < len(state.sketch.strokes)
    assert not state.sketch.pen_down
    offer, pending = state.offer, state.pending
    if offer is not None:
        assert offer.prefix is state.sketch and offer.endings and state.live is None and state.erasing is None
        assert all(ending.rows.dtype == np.float32 and ending.rows.shape[1:] == (3,) for ending in offer.endings)
    asked = [effect.message for effect in driver.took(Submit)]
    numbers = [message.id for message in asked if not isinstance(message, Cancel)]
    assert numbers == sorted(set(numbers)), "ids only grow"
    if pending is not None:
        assert numbers and pending.id == numbers[-1] == state.next_id - 1, "the newest wins"
        assert asked[-1] != Cancel(pending.id)
    if state.looking is not None:
        assert pending is None, "a look would end what is awaited"
        assert asked[-1] == Look(state.looking.id, state.looking.request) and asked[-1].id == state.next_id - 1
    if state.grid:
        nine = offer is not None and len(offer.endings) == 9
        assert nine or pending is not None or state.ask_at is not None, "nine are shown or will be"
        assert nine or pending is None or pending.request.endings == 9
    else:
        assert state.through is None
    if not in_gesture(state):
        assert all(seen.prefix.strokes == state.sketch.strokes for seen in state.seen), "until the drawing changes"
        shown = offer is None or not any(len(ending.rows) for ending in offer.endings)
        assert shown or current(state) is not None, "what is shown is among those seen"
    saved = driver.took(Autosave)
    if state.sketch.strokes and state.erasing is None and saved:
        assert saved[-1].sketch.strokes == state.sketch.strokes, "what is drawn is what is autosaved"


def look(state: AppState, now: float) -> None:
    """Everything the view asks can be answered, and answers agree."""
    doing = activity(state, now)
    assert (doing is Activity.DRAWING) is in_gesture(state)
    assert status_text(state, now) and window_title(state) and category_text(state)
    rows, tips = shown_rows(state, now), pen_tips(state, now)
    assert len(rows) == len(tips) == (0 if state.offer is None else len(state.offer.endings))
    for index in range(len(rows)):
        kept = kept_ground(state.sketch, state.offer).strokes
        assert ending_sketch(state, index).strokes[: len(kept)] == kept
    assert all(isinstance(is_enabled(state, command), bool) for command in Command)
    ghost, heat = shown_ghost(state), shown_heat(state)
    assert not len(ghost) or (state.settings.ghost and state.offer is None and not in_gesture(state))
    assert heat is None or (state.settings.heat and state.sketch.strokes and not in_gesture(state))
    assert len(guesses(state)) <= 3 and (not guesses(state) or state.settings.model_on)
    wake = next_wake(state, now)
    assert wake is None or wake >= 0


@pytest.mark.parametrize("documents", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_any_order_of_events(seed: int, documents: bool) -> None:
    random = np.random.default_rng([seed, documents])
    engine = FakeEngine(
        loading=int(random.integers(0, 5)),
        points=int(random.integers(0, 60)),
        chunk=int(random.integers(1, 20)),
        cut_off=bool(random.integers(2)),
    )
    driver = Driver(engine=engine)
    for _ in range(150):
        before = driver.state
        event = random_event(random, documents)
        driver.do(event)
        check(driver.state, driver)
        look(driver.state, driver.now)
        gone = set(before.sketch.strokes) - set(driver.state.sketch.strokes)
        erases = before.erasing is not None or driver.state.erasing is not None
        moves = event in MOVES or before.selecting is not None
        erases = erases or (before.offer is not None and replaces(before.offer))  # it may have been kept
        if event not in TAKES_AWAY and not isinstance(event, TAKING):
            assert erases or moves or not gone, event
            assert not moves or len(driver.state.sketch.strokes) == len(before.sketch.strokes), "moved, and not lost"
        if before.live is not None and isinstance(event, PenUp):
            assert len(driver.state.sketch.strokes) == len(before.sketch.strokes) + 1
        if random.random() < 0.4:
            driver.frame(float(random.uniform(0, 0.5)))
        if random.random() < 0.01:
            engine.die(restarting=bool(random.integers(10)))
        if random.random() < 0.02:
            engine.fail_next()
    if not documents:
        undo_all(driver)


def undo_all(driver: Driver) -> None:
    """Undo goes back to the empty page, redo from there to the last drawing, through the same drawings."""
    driver.do(PenUp(), Command.ESCAPE, Command.ESCAPE)
    while driver.state.history.future:
        driver.do(Command.REDO)
    driver.do(Command.ESCAPE)
    seen = [driver.state.sketch.strokes]
    while driver.state.history.past:
        driver.do(Command.UNDO)
        seen.append(driver.state.sketch.strokes)
    assert driver.state.sketch.strokes == ()
    for strokes in reversed(seen[:-1]):
        driver.do(Command.ESCAPE, Command.REDO)
        if driver.state.offer is not None:
            driver.do(Command.ESCAPE)
        if driver.state.sketch.strokes != strokes:
            driver.do(Command.REDO)
        assert driver.state.sketch.strokes == strokes


def test_update_is_a_function() -> None:
    random = np.random.default_rng(3)
    driver = Driver()
    for _ in range(300):
        event, before = random_event(random, True), driver.state
        one, two = (update(before, event, driver.now) for _ in range(2))
        assert one[1] == two[1]
        offers = {"offer": None, "set_aside": None, "seen": (), "sight": None}  # these are compared by identity
        assert replace(one[0], **offers) == replace(two[0], **offers)
        driver.do(event)
        driver.frame(0.1)
