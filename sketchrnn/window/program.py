"""The program in its window: events in, `update`, effects out, and a new picture when something looks different.

Everything here happens on the main thread. The engine is a process behind three calls that never wait; files are read
and written by `FileWorker`. `Program.step` is one turn of the loop, and all of the loop: tests call it themselves.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pygame

from sketchrnn.app.documents import Codecs
from sketchrnn.app.effects import AskSystem, Effect, PutOnClipboard, Quit, ReadFile, SetFullScreen, Submit
from sketchrnn.app.effects_io import find_lost, run_effect
from sketchrnn.app.events import CopyMade, Event, FromEngine, Notice, OnDisplay, PenUp, Recovered, Resized, Tick, Typed
from sketchrnn.app.file_worker import FileWorker
from sketchrnn.app.questions import activity, next_wake, window_title
from sketchrnn.app.recent import load_recent
from sketchrnn.app.session import Session
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import Activity, AppState, EngineStatus, Tool
from sketchrnn.app.update import update
from sketchrnn.engine.messages import Down, Engine, Message
from sketchrnn.errors import SketchRNNError
from sketchrnn.sketch.types import Sketch
from sketchrnn.window.input import Scene, hear, resting, takes_text
from sketchrnn.window.keys import latin
from sketchrnn.window.layout import Kind, canvas_of, taken_of
from sketchrnn.window.overlays import BLINK, tooltip_at, tooltip_is_due
from sketchrnn.window.picked import cursor_of
from sketchrnn.window.pointer import Grip, Pointer
from sketchrnn.window.screen import Screen, suiting_scale
from sketchrnn.window.system_dialog import FileDialogs
from sketchrnn.window.turns import take_short_turns
from sketchrnn.window.view import View

FRAMES = 60  # a second at most
SLOT = 0.016  # seconds from flip to flip while something moves by itself, and from turn to turn of the loop at least
AWAKE = 0.001  # seconds before a flip is due that the loop is awake: a sleeper is woken late now and then
SWITCH = 0.001  # seconds after which another thread gives the interpreter back: the picture is due, a file can wait
PULSES = 12  # frames a second while only the status dot beats
# seconds between looks for events by seconds since the last one: a pen moves before it comes down, so what a long rest
# delays is the pointer's first move. A look costs 70 us of waking up, a hundred a second nearly 1 % of a core.
NAPS = ((1.0, 0.004), (4.0, 0.01), (float("inf"), 0.025))
QUIET_POLL = 0.25  # seconds between looks at an engine that has nothing to say
EngineFactory = Callable[[], Engine]


@dataclass(frozen=True)
class Frame:
    """What one turn of the loop showed.

    Args:
        at: seconds of the program's clock at the flip.
        work: seconds from the wake-up that had something to show to the finished picture.
        interval: seconds since the flip before, or since the wake-up where nothing had to be shown in between.
        name: what went on: `activity`'s word.
        engine: the engine's status.
    """

    at: float
    work: float
    interval: float
    name: str
    engine: str


class Program:
    """The running program.

    Args:
        screen: the window.
        settings: those remembered.
        session: this window's autosave.
        clock: seconds, monotonic; not `time.monotonic`, which before Python 3.13 counts 16 ms at a time on Windows.
        dialogs: the desktop's own file dialogs; None where there are none.
    """

    def __init__(
        self,
        screen: Screen,
        settings: Settings | None = None,
        session: Session | None = None,
        clock: Callable[[], float] = time.perf_counter,
        dialogs: FileDialogs | None = None,
    ):
        self.screen = screen
        self.state = AppState(settings=settings or Settings(), recent=load_recent(), system_dialogs=dialogs is not None)
        self.dialogs = dialogs
        self.pointer = Pointer()
        self.view = View()
        self.over = False
        self.session = session or Session()
        self.files = FileWorker(lambda effect: run_effect(effect, self.session, CODECS))
        self.engine: Engine | None = None
        self._clock = clock
        self._shown: object = None
        self._flipped = self._heard = self._turned = self._due = clock()
        self._follow_window()

    def start(self, engine_factory: EngineFactory, open_file: Path | None = None) -> None:
        """Starts the engine and looks for lost drawings; call it when the first frame is on the screen."""
        gc.collect()
        gc.freeze()  # modules, fonts and tables stay for ever: later collections need not walk through them
        sys.setswitchinterval(SWITCH)
        take_short_turns()
        try:
            self.engine = engine_factory()
        except (SketchRNNError, OSError) as error:
            self.say(FromEngine(Down(str(error), restarting=False)))
        lost = find_lost(self.session)
        if open_file is None:
            for event in lost:
                self.say(event)
            return
        self._do((ReadFile(open_file),))
        if any(isinstance(event, Recovered) for event in lost):
            # the drawing that was named comes first; the others stay where they are
            self.say(Notice("Drawings from before are kept: open the window without a file to see them"))

    def say(self, event: Event) -> None:
        """Tells the program of an event."""
        self.state, effects = update(self.state, event, self._clock())
        self._do(effects)

    def step(self, wait: bool = True) -> Frame | None:
        """One turn of the loop.

        Args:
            wait: whether to sleep until something is due; without, it answers at once.

        Returns:
            What was shown; None if nothing looked different.
        """
        if wait:
            self._sleep_until(self._turned + SLOT)
        self._turned = self._clock()
        slept, events = self._sleep() if wait else (False, [])
        woke = self._clock()
        self._listen([*events, *pygame.event.get()])
        self._follow_window()
        now = self._clock()
        self.pointer = resting(self.pointer, self._scene(now), now)
        look = self._look(now)
        if look == self._shown or self.over:
            return None
        self.view.draw(self.screen.surface, self.state, now, self.pointer)
        work = self._clock() - woke
        animating = wait and activity(self.state, now) is Activity.ANIMATING
        if animating and not slept:
            # pictures take 3 to 10 ms each: shown when they are done they would come unevenly
            self._await_slot()
        else:
            self._due = self._clock()
        if animating:
            # the next picture is begun at once and has all of the slot: begun a slot after this one was, it would have
            # what this one took, and be late whenever it takes longer
            self._turned = self._due - SLOT
        pygame.display.flip()
        self._shown = look
        return self._frame(woke, slept, work)

    def is_quiet(self) -> bool:
        """Whether nothing happens until somebody does something: nothing asked, nothing moving, no file under way."""
        state, now = self.state, self._clock()
        if state.engine.status is EngineStatus.LOADING or self.files.busy:
            return False
        waiting = state.ask_at is not None and state.engine.status is EngineStatus.READY
        asked = state.pending is not None or state.looking is not None
        return not asked and not waiting and activity(state, now) is not Activity.ANIMATING

    def close(self, timeout: float = 10.0) -> None:
        """Ends a stroke that is under way, writes what is to be written, and lets go of the engine."""
        self.say(PenUp())
        if self.engine is not None:
            self.engine.close()
        if self.dialogs is not None:
            self.dialogs.close()
        self.files.close(timeout)
        for event in self.files.poll():
            if isinstance(event, CopyMade):  # where the system keeps a clipboard beyond the program
                self.say(event)
        self.session.close()

    def _do(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Submit):
                if self.engine is not None:
                    self.engine.submit(effect.message)
            elif isinstance(effect, SetFullScreen):
                self.screen.fill_screen(effect.on)
            elif isinstance(effect, PutOnClipboard):
                self._copy(effect.text)
            elif isinstance(effect, AskSystem):
                if self.dialogs is not None:
                    self.dialogs.ask(effect)
            elif isinstance(effect, Quit):
                self.over = True
            else:
                self.files.submit(effect)

    def _copy(self, text: str) -> None:
        done = self.screen.copy(text)
        self.say(Notice("Copied as SVG") if done else Notice("The clipboard cannot be written to", error=True))

    def _sleep(self) -> tuple[bool, list[pygame.Event]]:
        # whether it slept at all, rather than that the next frame was due at once; and what woke it
        begun, seconds = self._clock(), self._patience(self._clock())
        while (left := begun + seconds - self._clock()) > 0:
            # pygame.event.wait looks every millisecond, for 3 % of a core, also where SDL could be woken up
            time.sleep(min(_nap(self._clock() - self._heard), left))
            events = pygame.event.get()
            if events:
                self._heard = self._clock()
                return True, events
        return seconds > 0, []

    def _sleep_until(self, then: float) -> None:
        """At most a slot, and not at all when it is past: even sleep(0) gives the core away."""
        left = then - self._clock()
        if left > 0:
            time.sleep(min(left, SLOT))  # not pygame's clock: it counts whole milliseconds

    def _await_slot(self) -> None:
        """Until a slot after the flip before was due, or not at all when that has passed."""
        self._due = max(self._due + SLOT, self._clock())
        self._sleep_until(self._due - AWAKE)
        while self._clock() < self._due:
            pass  # awake: a core that was given away comes back late when the engine has taken it

    def _patience(self, now: float) -> float:
        state = self.state
        if self._look(now) != self._shown:
            return 0.0
        due = [QUIET_POLL, *self._beats(now)]
        wake = next_wake(state, now)
        if wake is not None:
            due.append(wake)
        if state.pending is not None or state.looking is not None or self.files.busy:
            due.append(1 / FRAMES)
        tip = tooltip_at(self.pointer)
        if tip is not None and now < tip:
            due.append(max(tip - now, 0.005))
        return min(due)

    def _beats(self, now: float) -> list[float]:
        beats = [1 / PULSES] if self._pulses(now) else []
        return [*beats, BLINK / 2 - now % (BLINK / 2)] if takes_text(self.state) else beats

    def _pulses(self, now: float) -> bool:
        if self.state.engine.status is EngineStatus.LOADING:
            return True
        return activity(self.state, now) in (Activity.THINKING, Activity.WAITING)

    def _look(self, now: float) -> object:
        # everything that the picture depends on; equal looks are not drawn twice
        state = self.state
        moving = now if activity(state, now) is Activity.ANIMATING else None
        pulse = int(now * PULSES) if self._pulses(now) else None
        caret = int(now / (BLINK / 2)) if takes_text(state) else None
        tip = tooltip_is_due(self.pointer, now)
        pointer = self.pointer
        # where exactly it is shows on the eraser's ring alone, and that moves every time the hand does
        at = pointer.at if state.tool is Tool.ERASER else None
        seen = at, pointer.over, pointer.touch, pointer.grip, pointer.held, pointer.focus
        return _Look(state), seen, moving, pulse, caret, tip, self.screen.surface.get_size()

    def _frame(self, woke: float, slept: bool, work: float) -> Frame:
        now = self._clock()
        interval = now - (woke if slept else self._flipped)
        self._flipped = now
        return Frame(now, work, interval, activity(self.state, now).value, self.state.engine.status.value)

    def _listen(self, events: Iterable[pygame.Event]) -> None:
        for event in events:
            self._hear(event)
        for message in self._polled():
            self.say(FromEngine(message))
        for event in self.files.poll():
            self.say(event)
        chosen = None if self.dialogs is None else self.dialogs.poll()
        if chosen is not None:
            self.say(chosen)
        self.say(Tick())

    def _hear(self, event: pygame.Event) -> None:
        if event.type in _UNCOVERED:
            self._shown = None
            return
        if event.type == pygame.WINDOWDISPLAYCHANGED:
            self.say(OnDisplay(suiting_scale(event.display_index)))
            return
        if _is_paste(event) and takes_text(self.state):
            self.say(Typed(self.screen.pasted()))
            return
        now = self._clock()
        self.pointer, said = hear(self.pointer, event, self.state, self._scene(now), now)
        for one in said:
            self.say(one)

    def _scene(self, now: float) -> Scene:
        return Scene(self.view.layout(self.state, now), self.view.panel(self.state))

    def _polled(self) -> list[Message]:
        return [] if self.engine is None else self.engine.poll()

    def _follow_window(self) -> None:
        state, (width, height) = self.state, self.screen.surface.get_size()
        size = width, height
        box = canvas_of(size, state.settings.ui_scale)
        canvas = (float(box.x), float(box.y), float(box.w), float(box.h))
        if (size, canvas) != (state.view.size, state.view.canvas):
            self.say(Resized(size, canvas, taken_of(size, state.settings.ui_scale)))
        self.screen.name(window_title(self.state))
        self.screen.take_text(takes_text(self.state))
        self.screen.point_with(self._cursor())

    def _cursor(self) -> int:
        state, pointer = self.state, self.pointer
        if pointer.grip is Grip.PAN:
            return pygame.SYSTEM_CURSOR_SIZEALL
        if state.dialog is not None or pointer.at is None:
            return pygame.SYSTEM_CURSOR_ARROW
        where = self.view.layout(state, self._clock())
        on_page = where.canvas.holds(pointer.at) and not state.grid
        if on_page and pointer.space and pointer.grip is Grip.NONE:
            return pygame.SYSTEM_CURSOR_SIZEALL
        control = None if pointer.grip is Grip.PEN else where.at(pointer.at)  # a stroke goes on below chips
        if control is not None:
            return pygame.SYSTEM_CURSOR_HAND if control.kind in (Kind.CELL, Kind.LARGE) else pygame.SYSTEM_CURSOR_ARROW
        if not on_page:
            return pygame.SYSTEM_CURSOR_ARROW
        return cursor_of(state, state.view.camera.to_page(*pointer.at))


class _Look:
    # states are compared by identity: `update` answers the same object where nothing changed
    def __init__(self, state: AppState):
        self.state = state

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Look) and self.state is other.state

    def __hash__(self) -> int:
        return id(self.state)


def _nap(rested: float) -> float:
    return next(nap for until, nap in NAPS if rested < until)


def _is_paste(event: pygame.Event) -> bool:
    if event.type != pygame.KEYDOWN or not event.mod & _CTRL:
        return False
    return latin(event.key, "", getattr(event, "scancode", 0))[0] == pygame.K_v


def _read(path: Path) -> Iterator[Sketch]:
    from sketchrnn.data.read import read_sketches

    return read_sketches(path)


def _write(path: Path, sketches: Iterable[Sketch]) -> None:
    from sketchrnn.data.read import write_sketches

    write_sketches(path, sketches)


def _add(sketch: Sketch, folder: Path) -> tuple[Path, int, bool]:
    from sketchrnn.data.documents import add_drawing

    return add_drawing(sketch, folder)


# the readers of data sets are imported when the first file is read, not before the first frame
CODECS = Codecs(_read, _write, _add)
_CTRL = pygame.KMOD_CTRL | pygame.KMOD_META
_UNCOVERED = (pygame.WINDOWEXPOSED, pygame.WINDOWRESTORED, pygame.WINDOWSHOWN)
