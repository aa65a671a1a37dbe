"""Drives the real window through everything it does, and leaves screenshots and a log of every frame.

    python assets/make_tour.py OUT              all scenes, in OUT/*.png, with OUT/frames.log
    python assets/make_tour.py OUT --only nine  the scenes so named, and "begin", which they stand on
    python assets/make_tour.py OUT --readme     the README's pictures in assets/, too

The window is on a display of its own (Xvfb) and has the bundled model; the pointer and the keys are the X server's,
sent by xdotool, so that strokes have the speed of a hand. A scene is a function of the `Tour`, in `tour_scenes.SCENES`:
to show another feature, add one. What xdotool cannot do (fingers, a dropped file) the program is told. The desktop's
own dialog is shown where zenity is installed.
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
SPEED = 700.0  # px per second of a stroke
MOTION = 0.008  # seconds between two motions of the pointer
MOVED, MOST_STILL = 150, 5  # px that differ where something moves; frames that a rest lasts at most
PATIENCE = 600.0  # seconds that a busy machine is given for anything
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
        from sketchrnn.window.system_dialog import Dialogs, desktop

        self.pygame, self.out, self.started = pygame, out, time.perf_counter()
        self.film: list[np.ndarray] = []
        self.filming, self._filmed = False, 0.0
        self.lines, self.intervals = [LOG_HEADER.rstrip()], {}
        settings = Settings(pause=0.3, speed=40.0, folder=os.environ["SKETCHRNN_HOME"], welcomed=True)
        leave_a_lost_drawing()
        asks = desktop()
        self.program = Program(Screen(SIZE), settings, dialogs=None if asks is None else Dialogs(asks))
        self.turn(wait=False)
        self.program.start(lambda: start_worker(model, patience=PATIENCE))

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
        if self.filming and time.perf_counter() - self._filmed >= GIF_EVERY:
            self._filmed = time.perf_counter()
            self.film.append(self.pygame.surfarray.array3d(self.program.screen.surface).swapaxes(0, 1))

    def wait(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.turn()

    def until(self, reached: Callable[[], bool], seconds: float = PATIENCE) -> None:
        end = time.perf_counter() + seconds
        while not reached():
            if time.perf_counter() > end:
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
        controls = view.layout(state, time.perf_counter()).controls if panel is None else panel.controls
        return next(control.box.centre for control in controls if control.name == name)

    def click(self, name: str) -> None:
        self.desk("mousemove", *self.on_screen(self.where(name)), "click", 1)

    # what comes of it

    def shoot(self, name: str) -> None:
        self.turn()
        self.pygame.image.save(self.program.screen.surface, str(self.out / f"{name}.png"))

    def photograph(self, name: str) -> None:
        """All that is on the display: other programs' windows, too."""
        self.turn()
        self.pygame.image.save(
            self.pygame.surfarray.make_surface(on_display().swapaxes(0, 1)), self.out / f"{name}.png"
        )

    def begin(self) -> None:
        """An empty page and the model at rest, whatever came before."""
        self.press("Escape", "Escape", "Escape", "ctrl+n")
        if self.state.dialog is not None:
            self.click("choice Don't save")
        self.until(lambda: not self.state.sketch.strokes and self.state.dialog is None)

    def slide(self, name: str, share: float) -> None:
        """A slider's knob dragged to a share of its way."""
        from sketchrnn.window.values import current, share_of
        from sketchrnn.window.widgets import track_of

        where = self.program.view.layout(self.state, time.perf_counter())
        track = track_of(where.named(name).box, where.scale)
        at = share_of(name, current(self.state, name))
        self.draw(*((track.x + part * track.w, track.centre[1]) for part in (at, share)))

    def drop(self, file: Path) -> None:
        """A file dropped on the window."""
        self.pygame.event.post(self.pygame.event.Event(self.pygame.DROPFILE, file=str(file)))
        self.turn()

    def pinch(self, one: Place, two: Place, factor: float) -> None:
        """Two fingers that go apart, or together."""
        middle = (np.array(one) + two) / 2
        for step, part in enumerate(np.linspace(1, factor, 12)):
            for finger, place in enumerate((one, two)):
                x, y = (middle + part * (np.array(place) - middle)) / SIZE
                kind = self.pygame.FINGERMOTION if step else self.pygame.FINGERDOWN
                self.pygame.event.post(self.pygame.event.Event(kind, finger_id=finger, x=float(x), y=float(y)))
            self.wait(MOTION)
        for finger in range(2):
            self.pygame.event.post(self.pygame.event.Event(self.pygame.FINGERUP, finger_id=finger, x=0.5, y=0.5))
        self.turn()

    def cone(self) -> None:
        """The start of an ice cream."""
        from tour_scenes import CONE

        self.begin()
        self.say_ice_cream()
        self.draw(*CONE)

    def say_ice_cream(self) -> None:
        if "ice cream" not in self.state.engine.categories:
            return  # of a model that knows little
        self.press("c")
        self.type("ice cream")
        self.press("Return")

    def close(self) -> None:
        self.program.close()
        self.program.screen.close()
        (self.out / "frames.log").write_text("\n".join(self.lines) + "\n", "utf-8")


def leave_a_lost_drawing() -> None:
    """As a window leaves it that did not end well."""
    from sketchrnn.app.session import Session
    from sketchrnn.sketch.types import Sketch, Stroke

    session = Session()
    turn = np.linspace(0, 2 * np.pi, 40)
    session.save(Sketch([Stroke(300 + 120 * np.stack([np.cos(turn), np.sin(2 * turn)], axis=1))]))
    session.close()


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


def on_display() -> np.ndarray:
    """The display's picture, (height, width, 3): Xvfb keeps it in a file, of the form XWD (X11/XWDFile.h)."""
    data = (Path(os.environ["SKETCHRNN_HOME"]) / "screen" / "Xvfb_screen0").read_bytes()
    header = np.frombuffer(data, ">u4", 25)
    begin, width, height, line, colours = (int(header[at]) for at in (0, 4, 5, 12, 19))
    rows = np.frombuffer(data, np.uint8, height * line, begin + 12 * colours).reshape(height, line)
    return rows[:, : 4 * width].reshape(height, width, 4)[..., 2::-1]


@contextlib.contextmanager
def display() -> Iterator[None]:
    """A display of its own, and a home of its own: no settings and no drawings of the person who runs this."""
    from sketchrnn.paths import cache_folder

    missing = [program for program in ("Xvfb", "xdotool") if shutil.which(program) is None]
    if missing:
        raise SystemExit(f"{' and '.join(missing)} must be installed")
    read, write = os.pipe()
    screen = f"{SIZE[0]}x{SIZE[1]}x24"
    with tempfile.TemporaryDirectory() as home, os.fdopen(read) as number:
        (Path(home) / "screen").mkdir()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp"]
        command += ["-fbdir", str(Path(home) / "screen")]
        server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        os.environ.update(DISPLAY=f":{number.readline().strip()}", SDL_VIDEODRIVER="x11", SDL_AUDIODRIVER="dummy")
        # but what was compiled once need not be compiled again
        cache = cache_folder()
        cache.mkdir(parents=True, exist_ok=True)
        (Path(home) / "cache").symlink_to(cache, target_is_directory=True)
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


def few_coloured(picture: Path, out: Path) -> None:
    """The picture in 256 colours: half of the size, and nobody sees it."""
    from PIL import Image

    with Image.open(picture) as whole:
        whole.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, optimize=True)


def write_readme_pictures(tour: Tour, names: Sequence[str]) -> None:
    from sketchrnn.sketch.raster import write_gif

    for name in names:  # what was not asked for stays as it is
        if (tour.out / f"{name}.png").exists():
            few_coloured(tour.out / f"{name}.png", HERE / f"{name}.png")
    if not tour.film:
        return
    film = lively(tour.film)
    halves = [frame.reshape(SIZE[1] // 2, 2, SIZE[0] // 2, 2, 3).mean(axis=(1, 3)).round() for frame in film]
    write_gif(HERE / "completion.gif", [half.astype(np.uint8) for half in halves], frame_ms=100, last_ms=3000)


def main() -> None:
    from tour_scenes import README, SCENES

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
        write_readme_pictures(tour, README)
    for name, intervals in tour.intervals.items():
        half, most = np.percentile(intervals, (50, 99))
        print(f"{name:10} {len(intervals):6} frames, {half:.1f} ms in the middle, {most:.1f} ms at 99 %")


if __name__ == "__main__":
    main()
