"""Makes the README's pictures from the real program and the bundled model.

    python assets/make_pictures.py window               window.png, endings.png and completion.gif
    python assets/make_pictures.py sheet DATA [--seed]   completions.png: 24 held-out drawings of DATA

The window is a real one on SDL's dummy driver: pointer events go in, and what is on its surface comes out. The sheet's
categories and drawings are drawn by the seed, not picked by hand. DATA is a folder of drawings, one file a category.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SIZE = (1280, 800)
START = (((540, 300), (590, 440), (640, 570), (690, 440), (740, 300)),)
CATEGORY = "ice cream"
CATEGORIES, FRACTION = 24, 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_subparsers(required=True)
    window = which.add_parser("window")
    window.set_defaults(run=lambda arguments: make_window_pictures(arguments.model))
    sheet = which.add_parser("sheet")
    sheet.add_argument("data", type=Path)
    sheet.add_argument("--seed", type=int, default=0)
    sheet.set_defaults(run=lambda arguments: make_sheet(arguments.data, arguments.seed, arguments.model))
    for each in (window, sheet):
        each.add_argument("--model", type=Path, help="a bundle (default: the bundled model)")
    arguments = parser.parse_args()
    arguments.run(arguments)


def make_window_pictures(model: Path | None) -> None:
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    os.environ["SDL_AUDIODRIVER"] = "dummy"
    with tempfile.TemporaryDirectory() as home:
        # no settings and no autosave of the person who runs this
        os.environ["SKETCHRNN_HOME"] = home
        film = Film(model)
        try:
            film.draw(START)
            film.until(lambda: film.program.state.offer is not None)
            film.roll(seconds=0.9)
            film.save("window.png")
            film.roll(seconds=60, until=film.program.is_quiet)
            film.roll(seconds=1.0)
            film.press("n")
            film.until(lambda: film.program.state.grid)
            film.roll(seconds=60, until=film.program.is_quiet, record=False)
            film.save("endings.png")
            film.write("completion.gif")
        finally:
            film.program.close()


class Film:
    """The program in its window, and the frames that were shown."""

    def __init__(self, model: Path | None):
        import pygame

        from sketchrnn.app.events import SetCategory
        from sketchrnn.app.settings import Settings
        from sketchrnn.app.state import EngineStatus
        from sketchrnn.engine.worker import start_worker
        from sketchrnn.window.program import Program
        from sketchrnn.window.screen import Screen

        self.pygame = pygame
        self.frames: list[np.ndarray] = []
        self.program = Program(Screen(SIZE), Settings(pause=0.2, speed=30.0))
        self.program.step(wait=False)
        self.program.start(lambda: start_worker(model))
        self.until(lambda: self.program.state.engine.status is EngineStatus.READY)
        self.program.say(SetCategory(CATEGORY))

    def draw(self, strokes: tuple[tuple[tuple[int, int], ...], ...]) -> None:
        """Draws with the mouse, screen px."""
        for stroke in strokes:
            self.post("MOUSEBUTTONDOWN", pos=stroke[0], button=1, touch=False)
            for number, place in enumerate(between(stroke)):
                self.post("MOUSEMOTION", pos=place, rel=(0, 0), buttons=(1, 0, 0), touch=False)
                if number % 3 == 0:
                    self.turn(record=number % 9 == 0)
            self.post("MOUSEBUTTONUP", pos=stroke[-1], button=1, touch=False)
            self.turn()

    def press(self, key: str) -> None:
        code = self.pygame.key.key_code(key)
        self.post("KEYDOWN", key=code, mod=0, unicode=key, scancode=0)
        self.post("KEYUP", key=code, mod=0, unicode=key, scancode=0)

    def post(self, kind: str, **what) -> None:
        self.pygame.event.post(self.pygame.event.Event(getattr(self.pygame, kind), what))

    def turn(self, record: bool = False) -> None:
        self.program.step()
        if record:
            self.frames.append(self.pygame.surfarray.array3d(self.program.screen.surface).swapaxes(0, 1))

    def until(self, reached: Callable[[], bool], seconds: float = 60.0) -> None:
        """Turns the loop until something is so."""
        import time

        end = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > end:
                raise SystemExit(f"waited {seconds:g} s in vain: {self.program.state.engine}")
            self.turn()

    def roll(self, seconds: float, until: Callable[[], bool] = lambda: False, record: bool = True) -> None:
        """Films for some time, ten frames a second."""
        import time

        end, due = time.monotonic() + seconds, 0.0
        while time.monotonic() < end and not until():
            now = time.monotonic()
            self.turn(record and now >= due)
            due = now + 0.1 if now >= due else due

    def save(self, name: str) -> None:
        self.pygame.image.save(self.program.screen.surface, str(HERE / name))
        print(HERE / name)

    def write(self, name: str) -> None:
        from sketchrnn.sketch.raster import write_gif

        halves = [frame.reshape(SIZE[1] // 2, 2, SIZE[0] // 2, 2, 3).mean(axis=(1, 3)).round() for frame in self.frames]
        write_gif(HERE / name, [half.astype(np.uint8) for half in halves], frame_ms=100, last_ms=3000)
        print(HERE / name)


def between(stroke: tuple[tuple[int, int], ...], spacing: float = 4.0) -> Iterator[tuple[int, int]]:
    """The px that a hand passes through, rounded corners and all (a Catmull-Rom spline through the places)."""
    places = np.array([stroke[0], *stroke, stroke[-1]], float)
    for a, b, c, d in zip(places, places[1:], places[2:], places[3:], strict=False):
        for t in np.linspace(0, 1, max(2, int(np.hypot(*(c - b)) / spacing)), endpoint=False):
            x, y = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            yield round(x), round(y)


def make_sheet(data: Path, seed: int, model: Path | None) -> None:
    from sketchrnn.data.read import find_files, read_corpus
    from sketchrnn.engine.completer import Completer
    from sketchrnn.engine.messages import CompletionRequest
    from sketchrnn.sketch.formats import from_stroke3
    from sketchrnn.sketch.prefix import prefix_of
    from sketchrnn.sketch.raster import contact_sheet, write_png

    rng = np.random.default_rng(seed)
    files = sorted(find_files([data]))
    sketches = []
    completer = Completer(model)
    for number in sorted(rng.permutation(len(files))[:CATEGORIES]):
        held_out = read_corpus([files[number]])[0].split("test")
        name = held_out.categories[0]
        whole = from_stroke3(held_out.drawing(int(rng.integers(len(held_out)))), category=name)
        request = CompletionRequest(prefix_of(whole, FRACTION), category=name, seed=seed, scale=1.0)
        sketches.append(completer.complete(request)[0].sketch)
    image = contact_sheet(sketches, columns=8, cell=150, titles=[sketch.category or "" for sketch in sketches])
    write_png(HERE / "completions.png", image)
    print(HERE / "completions.png")


if __name__ == "__main__":
    main()
