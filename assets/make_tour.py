"""Drives the real window through everything it does, and leaves screenshots and a log of every frame.

    python assets/make_tour.py OUT              all scenes, in OUT/*.png, with OUT/frames.log
    python assets/make_tour.py OUT --only nine  the scenes so named, and "begin", which they stand on
    python assets/make_tour.py OUT --readme     the README's pictures in assets/, too

The window is on a display of its own (Xvfb) and has the bundled model; the pointer and the keys are the X server's,
sent by xdotool, so that strokes have the speed of a hand. A scene is a function of the `Tour` in `SCENES`: to show
another feature, add one.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SIZE = (1280, 800)
CONE = ((530, 330), (585, 465), (640, 610), (695, 465), (750, 330))
SPEED = 700.0  # px per second of a stroke
MOTION = 0.008  # seconds between two motions of the pointer
MOVED, MOST_STILL = 150, 5  # px that differ where something moves; frames that a rest lasts at most
GIF_EVERY = 0.1  # seconds between the film's frames

Place = tuple[float, float]


class Tour:
    """A person before the window: `draw`, `press`, `type`, `click`, `wait`, `shoot`."""

    def __init__(self, out: Path, model: Path | None):
        import pygame

        from sketchrnn.app.settings import Settings
        from sketchrnn.engine.worker import start_worker
        from sketchrnn.window.program import Program
        from sketchrnn.window.run import LOG_HEADER
        from sketchrnn.window.screen import Screen

        self.pygame, self.out, self.started = pygame, out, time.monotonic()
        self.film: list[np.ndarray] = []
        self.filming, self._filmed = False, 0.0
        self.lines, self.intervals = [LOG_HEADER.rstrip()], {}
        settings = Settings(pause=0.3, speed=40.0, folder=os.environ["SKETCHRNN_HOME"], welcomed=True)
        self.program = Program(Screen(SIZE), settings)
        self.turn(wait=False)
        self.program.start(lambda: start_worker(model))

    @property
    def state(self):
        return self.program.state

    # the loop

    def turn(self, wait: bool = True) -> None:
        frame = self.program.step(wait)
        if frame is not None:
            times = f"{frame.at - self.started:.4f}\t{1000 * frame.work:.2f}\t{1000 * frame.interval:.2f}"
            self.lines.append(f"{times}\t{frame.name}\t{frame.engine}")
            self.intervals.setdefault(frame.name, []).append(1000 * frame.interval)
        if self.filming and time.monotonic() - self._filmed >= GIF_EVERY:
            self._filmed = time.monotonic()
            self.film.append(self.pygame.surfarray.array3d(self.program.screen.surface).swapaxes(0, 1))

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()

    def until(self, reached: Callable[[], bool], seconds: float = 90.0) -> None:
        end = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > end:
                raise SystemExit(f"waited {seconds:g} s in vain: {self.state.engine}, {self.state.dialog}")
            self.turn()

    def rest(self) -> None:
        """Until nothing is asked, drawn or written any more."""
        self.until(self.program.is_quiet)
        self.wait(0.2)

    # pointer and keys

    def desk(self, *words: object) -> None:
        """One call of xdotool; the window lives on meanwhile."""
        process = subprocess.Popen(["xdotool", *map(str, words)])
        while process.poll() is None:
            self.turn()
        if process.returncode:
            raise SystemExit(f"xdotool failed: {words}")
        self.wait(0.05)

    def on_screen(self, place: Place) -> tuple[int, int]:
        x, y = self.program.screen.window[:2]
        return round(place[0]) + x, round(place[1]) + y

    def draw(
        self, *places: Place, lift: bool = True, speed: tuple[float, float] = (SPEED, SPEED), button: int = 1
    ) -> None:
        """A stroke through places of the window, px, at a hand's speed, px per second at its begin and end."""
        way = list(between(places, min(speed) / 120))
        script: list[object] = ["mousemove", *self.on_screen(way[0]), "mousedown", button]
        for place in at_speeds(way, speed):
            script += ["mousemove", *self.on_screen(place), "sleep", MOTION]
        self.desk(*script, *(("mouseup", button) if lift else ()))

    def lift(self) -> None:
        self.desk("mouseup", 1)

    def point(self, place: Place) -> None:
        self.desk("mousemove", *self.on_screen(place))

    def away(self) -> None:
        """The pointer where it covers nothing."""
        self.point((SIZE[0] - 300, 26))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.desk("key", key)

    def type(self, text: str) -> None:
        self.desk("type", "--delay", 30, text)

    def where(self, name: str) -> Place:
        """The middle of a control, of the open dialog's or the window's."""
        view, state = self.program.view, self.state
        panel = view.panel(state)
        controls = view.layout(state, time.monotonic()).controls if panel is None else panel.controls
        return next(control.box.centre for control in controls if control.name == name)

    def click(self, name: str) -> None:
        self.desk("mousemove", *self.on_screen(self.where(name)), "click", 1)

    # what comes of it

    def shoot(self, name: str) -> None:
        self.turn()
        self.pygame.image.save(self.program.screen.surface, str(self.out / f"{name}.png"))

    def begin(self) -> None:
        """An empty page and the model at rest, whatever came before."""
        self.press("Escape", "Escape", "Escape", "ctrl+n")
        if self.state.dialog is not None:
            self.click("choice Don't save")
        self.until(lambda: not self.state.sketch.strokes and self.state.dialog is None)

    def cone(self) -> None:
        """The start of an ice cream."""
        self.begin()
        self.say_ice_cream()
        self.draw(*CONE)

    def say_ice_cream(self) -> None:
        self.press("c")
        self.type("ice cream")
        self.press("Return")

    def close(self) -> None:
        self.program.close()
        self.program.screen.close()
        (self.out / "frames.log").write_text("\n".join(self.lines) + "\n", "utf-8")


def between(places: Sequence[Place], spacing: float = 5.0) -> Iterator[Place]:
    """The px that a hand passes through, rounded corners and all (a Catmull-Rom spline through the places)."""
    points = np.array([places[0], *places, places[-1]], float)
    for a, b, c, d in zip(points, points[1:], points[2:], points[3:], strict=False):
        for t in np.linspace(0, 1, max(2, int(np.hypot(*(c - b)) / spacing)), endpoint=False):
            x, y = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            yield float(x), float(y)
    yield float(points[-1][0]), float(points[-1][1])


def at_speeds(way: Sequence[Place], speed: tuple[float, float]) -> Iterator[Place]:
    """Where the pen is after each `MOTION` seconds, and at the end."""
    along, left = 0.0, 0.0
    for number, (before, place) in enumerate(zip(way, way[1:], strict=False)):
        along += float(np.hypot(place[0] - before[0], place[1] - before[1]))
        part = number / len(way)
        if along >= left:
            left = along + MOTION * ((1 - part) * speed[0] + part * speed[1])
            yield place
    yield way[-1]


# the scenes


def begin(tour: Tour) -> None:
    from sketchrnn.app.state import EngineStatus

    tour.shoot("empty-loading")
    tour.until(lambda: tour.state.engine.status is EngineStatus.READY)
    tour.wait(0.3)
    tour.shoot("empty")


def completing(tour: Tour) -> None:
    tour.begin()
    tour.say_ice_cream()
    tour.wait(4.5)  # until what was said about it is gone
    tour.filming = True
    tour.draw(*CONE, lift=False)
    tour.shoot("drawing")
    tour.lift()
    tour.until(lambda: tour.state.offer is not None)
    tour.wait(0.9)
    tour.shoot("window")
    tour.rest()
    tour.wait(0.8)
    tour.filming = False
    tour.shoot("offered")
    tour.press(*["ctrl+Left"] * 12)
    tour.shoot("scrubbed")
    tour.press("u")
    tour.shoot("kept-to-here")
    tour.press("ctrl+z", "r")
    tour.rest()
    tour.press("k")
    tour.shoot("kept-stroke")
    tour.press("Tab")
    tour.shoot("kept")
    tour.press("ctrl+z", "ctrl+z")
    tour.shoot("undone")


def nine(tour: Tour) -> None:
    tour.cone()
    tour.until(lambda: tour.state.offer is not None)
    tour.press("n")
    tour.until(lambda: tour.state.grid)
    tour.rest()
    tour.away()
    tour.shoot("endings")
    tour.point(tour.where("ending 5"))
    tour.wait(0.8)
    tour.shoot("endings-hover")
    tour.press("n")
    tour.rest()
    tour.shoot("endings-others")
    tour.press("3")
    tour.shoot("endings-taken")


def parts(tour: Tour) -> None:
    """Endings seen before, the timeline, and a part of one that is kept."""
    tour.cone()
    tour.rest()
    tour.press("r")
    tour.rest()
    tour.press("r")
    tour.rest()
    tour.away()
    tour.shoot("seen")
    tour.click("seen 1")
    tour.press("Prior", "Next")
    tour.shoot("brought-back")
    x, y = tour.where("timeline")
    tour.draw((x + 100, y), (x, y - 40), (x - 20, y - 40), lift=False)
    tour.shoot("scrubbed")
    tour.lift()
    tour.press("ctrl+Left", "u")
    tour.shoot("kept-to-here")


def several(tour: Tour) -> None:
    """Two things on one page: one is picked with a lasso, moved, scaled, finished alone and deleted."""
    from sketchrnn.app.selection import handles_of, selected_box

    tour.begin()
    tour.press("m")
    tour.draw(*CONE)
    tour.draw((820, 420), (820, 300), (940, 300), (940, 420), (820, 420))
    tour.press("m", "Escape", "v")
    tour.draw((780, 260), (980, 260), (990, 460), (770, 460), (775, 300), lift=False)
    tour.shoot("lasso")
    tour.lift()
    tour.wait(0.5)
    tour.shoot("selected")
    tour.draw((880, 360), (900, 380), lift=False)
    tour.shoot("moving")
    tour.lift()
    tour.until(lambda: tour.state.selection is not None and tour.state.selecting is None)
    box = selected_box(tour.state)
    assert box is not None
    at = tour.state.view.camera.to_screen(*handles_of(tour.state, box)["se"])
    tour.draw(at, (at[0] + 30, at[1] + 30), lift=False)
    tour.shoot("scaling")
    tour.lift()
    tour.press("Left", "Up", "c")
    tour.type("house")
    tour.press("Return")
    tour.until(lambda: tour.state.offer is not None)
    tour.rest()
    tour.shoot("finished-alone")
    tour.press("Tab")
    tour.shoot("kept-alone")
    tour.press("Delete")
    tour.shoot("deleted")
    tour.press("ctrl+z", "Escape", "b")


def seeing(tour: Tour) -> None:
    from sketchrnn.app.events import SetPause
    from sketchrnn.app.questions import shown_heat

    tour.begin()
    tour.press("a")
    tour.draw((520, 470), (520, 260), (580, 330), (700, 330), (760, 260), (760, 470))
    tour.rest()
    tour.shoot("guesses")
    tour.press("Escape", "g", "h")
    tour.program.say(SetPause(3.0))
    tour.draw((610, 400), (615, 404), (618, 398))
    tour.until(lambda: shown_heat(tour.state) is not None)
    tour.shoot("ghost-and-heat")
    tour.press("Escape", "g", "h")
    tour.program.say(SetPause(0.3))


def inks(tour: Tour) -> None:
    tour.begin()
    tour.press("m")
    turn = np.linspace(0, 5 * np.pi, 40)
    for number, name in enumerate(("plain", "red", "orange", "green", "teal", "magenta")):
        tour.click(f"ink {name}")
        # a spiral that unwinds, ever faster, into a wave
        x, y = 330 + 260 * (number % 3), 260 + 260 * (number // 3)
        spiral = [(x + (16 + 4 * t) * np.cos(t), y + (16 + 4 * t) * np.sin(t)) for t in turn]
        tour.draw(*spiral, (x - 30, y + 110), (x + 60, y + 90), (x + 180, y + 125), speed=(120, 1900))
    tour.away()
    tour.wait(0.2)
    tour.shoot("inks")
    tour.press("w")
    tour.shoot("even-ink")
    tour.press("w", "e")
    tour.draw((400, 180), (420, 600))
    tour.shoot("erased")
    tour.press("b", "m")
    tour.click("ink plain")


def keyboard(tour: Tour) -> None:
    tour.cone()
    tour.rest()
    for _ in range(4):
        tour.press("ctrl+Tab")
    tour.shoot("focus")
    tour.press(*["ctrl+shift+Tab"] * 6)
    tour.shoot("focus-slider")
    tour.press("Escape")


def looking(tour: Tour) -> None:
    tour.cone()
    tour.rest()
    tour.point((640, 400))
    tour.desk("click", "--repeat", 4, 4)
    tour.shoot("zoomed")
    tour.draw((640, 400), (520, 330), button=2)
    tour.shoot("panned")
    tour.press("ctrl+0")


def panels(tour: Tour) -> None:
    tour.cone()
    tour.rest()
    tour.press("Tab", "c")
    tour.shoot("picker")
    tour.type("ow")
    tour.shoot("picker-search")
    tour.press("Escape", "ctrl+e", "Down", "Down")
    tour.shoot("export")
    tour.press("Escape", "ctrl+shift+s")
    tour.rest()
    tour.shoot("save-as")
    tour.press("Return")
    tour.rest()
    tour.shoot("saved")
    tour.press("ctrl+o")
    tour.rest()
    tour.shoot("open")
    tour.press("Escape", "ctrl+d")
    tour.rest()
    tour.shoot("data-set")
    tour.draw((300, 300), (400, 330))
    tour.press("Escape", "ctrl+n")
    tour.shoot("unsaved")
    tour.press("Escape", "F1")
    tour.shoot("help")
    tour.press("Escape")


def looks(tour: Tour) -> None:
    tour.cone()
    tour.rest()
    tour.press("t")
    tour.away()
    tour.shoot("dark")
    tour.press("n")
    tour.rest()
    tour.shoot("dark-endings")
    tour.press("Escape", "F1")
    tour.shoot("dark-help")
    tour.press("Escape", "ctrl+plus", "ctrl+plus")
    tour.shoot("larger")
    tour.press("ctrl+minus", "ctrl+minus", "t", "m")
    tour.shoot("model-off")
    tour.press("m")


SCENES: dict[str, Callable[[Tour], None]] = {
    scene.__name__: scene
    for scene in (begin, completing, nine, parts, several, seeing, inks, keyboard, looking, panels, looks)
}
README = ("window", "endings", "inks")


@contextlib.contextmanager
def display() -> Iterator[None]:
    """A display of its own, and a home of its own: no settings and no drawings of the person who runs this."""
    missing = [program for program in ("Xvfb", "xdotool") if shutil.which(program) is None]
    if missing:
        raise SystemExit(f"{' and '.join(missing)} must be installed")
    read, write = os.pipe()
    screen = f"{SIZE[0]}x{SIZE[1]}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as number, tempfile.TemporaryDirectory() as home:
        os.environ.update(DISPLAY=f":{number.readline().strip()}", SDL_VIDEODRIVER="x11", SDL_AUDIODRIVER="dummy")
        os.environ["SKETCHRNN_HOME"] = home
        try:
            yield
        finally:
            server.terminate()
            server.wait()


def lively(frames: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The frames without what of a rest is longer than `MOST_STILL`: a busy machine makes a film of waiting."""
    kept: list[np.ndarray] = []
    still = 0
    for frame in frames:
        moved = not kept or int((frame != kept[-1]).any(2).sum()) > MOVED
        still = 0 if moved else still + 1
        if still <= MOST_STILL:
            kept.append(frame)
    return kept


def write_readme_pictures(tour: Tour) -> None:
    from sketchrnn.sketch.raster import write_gif

    for name in README:  # what was not asked for stays as it is
        if (tour.out / f"{name}.png").exists():
            shutil.copyfile(tour.out / f"{name}.png", HERE / f"{name}.png")
    film = lively(tour.film)
    halves = [frame.reshape(SIZE[1] // 2, 2, SIZE[0] // 2, 2, 3).mean(axis=(1, 3)).round() for frame in film]
    write_gif(HERE / "completion.gif", [half.astype(np.uint8) for half in halves], frame_ms=100, last_ms=3000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder, made if it is not there")
    parser.add_argument("--only", nargs="+", choices=list(SCENES), metavar="SCENE", help=", ".join(SCENES))
    parser.add_argument("--readme", action="store_true", help="write the README's pictures into assets/")
    parser.add_argument("--model", type=Path, metavar="BUNDLE", help="default: the bundled model")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with display():
        tour = Tour(arguments.out, arguments.model)
        try:
            for name, scene in SCENES.items():
                if arguments.only is None or name in ("begin", *arguments.only):
                    scene(tour)
                    print(name, flush=True)
        finally:
            tour.close()
    if arguments.readme:
        write_readme_pictures(tour)
    for name, intervals in tour.intervals.items():
        half, most = np.percentile(intervals, (50, 99))
        print(f"{name:10} {len(intervals):6} frames, {half:.1f} ms in the middle, {most:.1f} ms at 99 %")


if __name__ == "__main__":
    main()
