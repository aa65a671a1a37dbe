"""The real window, drawn in by seeded random hands and killed at random moments: nothing that was finished is lost.

    python -m tests.crashes                     10 lives, with an engine that is a script: what the tests do
    python -m tests.crashes --times 300         the long form
    python -m tests.crashes --engine real       with the model in its process, which is then an orphan to end

One life: a process opens the window (SDL's dummy driver) in the home that the lives before it left, is offered what
they lost, takes it or not, draws, completes, keeps, undoes, erases, saves, resizes, begins anew, and is killed by
SIGKILL. It tells on a pipe which drawing goes to the autosave or to a file when a stroke is finished, and when it has
got there; the kill may fall between the two, a few milliseconds apart, so that of each life one of the drawings told
since the last one on the disk has to be offered at the next start. All SVG files have to be whole all the time, and
those saved by name have to hold what was saved.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from sketchrnn.errors import SketchRNNError
from sketchrnn.sketch.svg import read_svg
from sketchrnn.sketch.types import Sketch

SHORT = 10
NOTHING = "0-"
MOST_TOLD, LONGEST_LIFE = 60, 10.0
"""Lines that a life tells before it is killed, and seconds; one in eight is killed while it starts."""


def digest(sketch: Sketch) -> str:
    """Equal for drawings of equal strokes."""
    parts = [(stroke.points.tobytes(), stroke.author) for stroke in sketch.strokes]
    return f"{len(parts)}-{hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()}"


def _tell(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())  # at once: what is in a buffer dies with its process


# the life of one process


def live(seed: int, engine: str, folder: Path) -> None:
    """Acts until it is killed."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    sys.path.insert(0, str(Path(__file__).parent))
    from fake_engine import FakeEngine
    from pilot import Pilot

    from sketchrnn.app.dialogs import Recovery
    from sketchrnn.engine.worker import start_worker

    pilot = Pilot(FakeEngine(points=12, chunk=6) if engine == "fake" else start_worker())
    _listen(pilot.program.files)
    pilot.program.start(lambda: pilot.engine)
    for _ in range(3):
        pilot.step()
    dialog = pilot.state.dialog
    _tell("offered", *(digest(lost.sketch) for lost in dialog.found) if isinstance(dialog, Recovery) else ())
    hand = Hand(pilot, random.Random(seed), folder)
    while True:
        hand.act()


def _listen(files) -> None:
    """Tell of every drawing that goes to the disk, and of its arrival."""
    from sketchrnn.app.effects import Autosave, EndAutosave, WriteFile

    submit, do = files.submit, files._run

    def name(effect) -> str | None:
        if isinstance(effect, Autosave):
            return f"autosave {digest(effect.sketch)}"
        if isinstance(effect, WriteFile):
            return f"file {digest(effect.sketch)} {effect.path}"
        return f"end {NOTHING}" if isinstance(effect, EndAutosave) else None

    def telling_submit(effect) -> None:
        if name(effect):
            _tell("goes", name(effect))
        submit(effect)

    def telling_do(effect):
        events = do(effect)
        if name(effect) and not any(getattr(event, "message", None) or getattr(event, "error", 0) for event in events):
            _tell("there", name(effect))
        return events

    files.submit, files._run = telling_submit, telling_do


class Hand:
    """Does one thing after the other."""

    def __init__(self, pilot, choice: random.Random, folder: Path):
        self.pilot, self.choice, self.folder = pilot, choice, folder

    def act(self) -> None:
        from sketchrnn.app.dialogs import Confirm, FilePanel, Recovery

        dialog = self.pilot.state.dialog
        if isinstance(dialog, Recovery):
            self._answer_recovery(dialog)
        elif isinstance(dialog, FilePanel):
            self._name_file()
        elif isinstance(dialog, Confirm):
            self.pilot.key("return" if self.choice.random() < 0.8 else "escape")
        elif dialog is not None:
            self.pilot.key("escape")
        else:
            self.choice.choices(*zip(*self._ways(), strict=True))[0]()

    def _ways(self):
        from sketchrnn.app.commands import Command

        press = self.pilot.press
        return [
            (self._draw, 10),
            (self._rest, 6),
            (lambda: press(Command.KEEP), 3),
            (lambda: press(Command.KEEP_STROKE), 2),
            (lambda: press(Command.UNDO), 3),
            (lambda: press(Command.REDO), 1),
            (self._erase, 1),
            (self._resize, 1),
            (lambda: press(Command.SAVE), 1),
            (lambda: press(Command.NEW), 0.3),
        ]

    def _draw(self) -> None:
        count = self.choice.choice([1, 2, 3, 30, 300])
        x, y = self.choice.uniform(50, 500), self.choice.uniform(50, 500)
        way = []
        for _ in range(count):
            x, y = x + self.choice.gauss(0, 8), y + self.choice.gauss(0, 8)
            way.append((x, y))
        self.pilot.stroke(way)

    def _rest(self) -> None:
        for _ in range(self.choice.randint(1, 40)):
            self.pilot.step(1 / 60)

    def _erase(self) -> None:
        from sketchrnn.app.commands import Command

        self.pilot.press(Command.ERASER)
        self._draw()
        self.pilot.press(Command.PEN)

    def _resize(self) -> None:
        import pygame

        pygame.display.set_mode((self.choice.randint(400, 1400), self.choice.randint(300, 900)), pygame.RESIZABLE)
        self.pilot.step()

    def _name_file(self) -> None:
        self.pilot.step()
        for _ in range(60):
            self.pilot.key("backspace")
        self.pilot.write(str(self.folder / f"saved {self.choice.randint(0, 3)}.svg"))
        self.pilot.key("return")
        for _ in range(8):
            self.pilot.step()
            time.sleep(0.002)
        if self.pilot.state.dialog is not None and self.choice.random() < 0.3:
            self.pilot.key("escape")

    def _answer_recovery(self, dialog) -> None:
        way = self.choice.random()
        if way < 0.7:
            index = self.choice.randrange(len(dialog.found))
            _tell("took", digest(dialog.found[index].sketch))  # before it goes to the disk, and may have got there
            self._take_row(index)
        else:
            self._take_row(len(dialog.found))  # not now

    def _take_row(self, index: int) -> None:
        for _ in range(index):
            self.pilot.key("down")  # there may be more rows than are seen
        self.pilot.key("return")


# who watches


@dataclass
class Watcher:
    """What has to be offered, and what was.

    Args:
        waiting: for each life whose drawing has not been taken yet the drawings of which one must be offered.
        saved: for each file the drawings of which it must hold one.
        lives, offered, drawn: counted for the report.
        unfinished: files that were being written when a process was killed, and lie beside the old ones.
        faults: what went wrong, in words.
    """

    waiting: list[set[str]] = field(default_factory=list)
    saved: dict[str, list[str]] = field(default_factory=dict)
    lives: int = 0
    offered: int = 0
    drawn: int = 0
    faults: list[str] = field(default_factory=list)
    unfinished: int = 0

    def watch(self, told: list[str], seed: int) -> None:
        """Judge one life by what it told, in order."""
        self.lives += 1
        recent = [NOTHING]  # what went to the autosave since the last that got there, that one first
        taken = None
        for line in told:
            what, *words = line.split(maxsplit=3)
            if what == "offered":
                self._compare(set(line.split()[1:]), seed)
            elif what == "died":
                self.faults.append(f"life {self.lives} (seed {seed}) ended by itself with code {words[0]}")
            elif what == "took":
                taken = words[0]
            elif words[0] == "file":
                known = self.saved.setdefault(words[2], [])
                self.saved[words[2]] = [*known, words[1]] if what == "goes" else _from(known, words[1])
            elif what == "goes":
                self.drawn += words[0] == "autosave"
                recent.append(words[1])
            else:
                recent = _from(recent, words[1])
                if taken is not None and words[0] == "autosave":
                    self.waiting = [one for one in self.waiting if taken not in one]
                    taken = None
        if not any(name.startswith("0-") for name in recent):  # an empty page is nothing to offer
            self.waiting.append(set(recent))

    def look_at_files(self) -> None:
        """Compare the files that were saved with what was saved."""
        for name, known in self.saved.items():
            path = Path(name)
            if path.exists() and digest(read_svg(path.read_bytes(), path)) not in known:
                self.faults.append(f"life {self.lives}: {path.name} holds none of {known}")

    def _compare(self, offered: set[str], seed: int) -> None:
        self.offered += len(offered)
        for one in self.waiting:
            if not one & offered:
                self.faults.append(f"life {self.lives} (seed {seed}): none of {sorted(one)} was offered again")
        self.waiting = [one for one in self.waiting if one & offered]


def _from(names: list[str], name: str) -> list[str]:
    """The names from the first of this one on."""
    return names[names.index(name) :] if name in names else names


def one_life(seed: int, engine: str, home: Path, folder: Path) -> list[str]:
    """Let a process live for a while and kill it; returns what it told."""
    choice = random.Random(seed)
    environment = os.environ | {"SKETCHRNN_HOME": str(home), "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
    command = [sys.executable, "-m", "tests.crashes", "--live", str(seed), "--engine", engine, "--folder", str(folder)]
    early = choice.random() < 1 / 8
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        text = b""
        if early:
            time.sleep(choice.uniform(0.1, 0.8))
        else:
            select.select([process.stdout], [], [], 60)
            lines, until = choice.randint(0, MOST_TOLD), time.monotonic() + LONGEST_LIFE
            while text.count(b"\n") < lines and (left := until - time.monotonic()) > 0:
                if select.select([process.stdout], [], [], left)[0]:
                    more = os.read(process.stdout.fileno(), 1 << 16)
                    if not more:
                        break
                    text += more
            time.sleep(choice.uniform(0, 0.02))
        died = process.poll()
        process.send_signal(signal.SIGKILL)
        text += process.stdout.read()
    lines = text.decode().splitlines()
    return [f"died {died}", *lines] if died is not None else lines


def damaged_files(*folders: Path) -> list[str]:
    """Drawings that are not whole."""
    found = []
    for path in (path for folder in folders for path in folder.rglob("*.svg")):
        try:
            read_svg(path.read_bytes(), path)
        except SketchRNNError as error:
            found.append(str(error))
    return found


def run(times: int, seed: int, engine: str, say=lambda text: None) -> Watcher:
    """So many lives, one after the other, in one home.

    Args:
        times: lives.
        seed: of the first; the next has the next.
        engine: "fake" or "real".
        say: told after each.
    """
    watcher = Watcher()
    with tempfile.TemporaryDirectory(prefix="sketchrnn-crashes-") as name:
        home, folder = Path(name) / "home", Path(name) / "saved"
        folder.mkdir(parents=True)
        for number in range(times):
            told = one_life(seed + number, engine, home, folder)
            watcher.watch(told, seed + number)
            watcher.faults += damaged_files(home, folder)
            watcher.look_at_files()
            say(f"{number + 1} of {times}: {watcher.drawn} drawings told, {len(watcher.faults)} faults")
        watcher.unfinished = sum(1 for _ in home.rglob("*.part")) + sum(1 for _ in folder.rglob("*.part"))
    return watcher


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=SHORT, help=f"lives (default: {SHORT})")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", choices=("fake", "real"), default="fake")
    parser.add_argument("--live", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.live is not None:
        live(arguments.live, arguments.engine, arguments.folder)
    watcher = run(arguments.times, arguments.seed, arguments.engine, lambda text: print(text, flush=True))
    for fault in watcher.faults:
        print(fault)
    print(
        f"{watcher.lives} lives killed, {watcher.drawn:,} drawings told, {watcher.offered} offered again, "
        f"{watcher.unfinished} writings cut short, {len(watcher.faults)} faults"
    )
    return 1 if watcher.faults else 0


if __name__ == "__main__":
    sys.exit(main())
