"""What the tour shows: one function a feature, in the order in which they are shown. See `make_tour`."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from make_tour import Tour

CONE = ((565, 420), (600, 510), (640, 610), (680, 510), (715, 420))
HOUSE = (
    ((500, 420), (640, 280), (780, 420)),
    ((530, 400), (530, 600), (750, 600), (750, 400)),
    ((610, 600), (610, 500), (670, 500), (670, 600)),
)


def begin(tour: Tour) -> None:
    """A drawing that a run before lost, and the empty page while the model is loaded."""
    from sketchrnn.app.state import EngineStatus

    tour.until(lambda: tour.state.dialog is not None)
    tour.shoot("recovery")
    tour.press("Return")
    tour.shoot("recovered")
    tour.begin()
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


def beyond(tour: Tour) -> None:
    """An ending that reaches beyond the view: the view goes farther away."""
    tour.begin()
    tour.say_ice_cream()
    tour.draw(*((300 + 4 * (x - 565), 100 + 3 * (y - 420)) for x, y in CONE), lift=False)
    tour.shoot("large")
    tour.lift()
    tour.rest()
    tour.shoot("beyond")
    tour.press("Tab", "ctrl+n")
    tour.click("choice Don't save")
    tour.rest()
    tour.shoot("fitted-again")


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


def again(tour: Tour) -> None:
    """The drawing nine times anew: nearer, farther, others; one instead of it."""
    tour.cone()
    tour.rest()
    tour.press("Tab", "l")
    if not tour.state.engine.has_latent:
        tour.point(tour.where("again"))
        tour.wait(0.8)
        tour.shoot("no-code")
        return
    tour.until(lambda: tour.state.grid and tour.state.offer is not None)
    tour.wait(0.4)
    tour.shoot("again-drawn")
    tour.rest()
    tour.away()
    tour.shoot("again")
    tour.point(tour.where("ending 5"))
    tour.wait(0.8)
    tour.shoot("again-hover")
    tour.slide("closeness", 0.25)
    tour.rest()
    tour.away()
    tour.shoot("again-far")
    tour.press("l")
    tour.rest()
    tour.shoot("again-others")
    tour.press("4")
    tour.shoot("again-taken")
    tour.press("ctrl+z")
    tour.shoot("again-undone")


def between(tour: Tour) -> None:
    """From the drawing to one of a file, and from what is selected to the rest of the page."""
    from sketchrnn.app.selection import Selection

    if not tour.state.engine.has_latent:
        return
    tour.begin()
    tour.press("a", "m")  # what was said before is not what this is
    for stroke in HOUSE:
        tour.draw(*stroke)
    tour.press("ctrl+s", *["BackSpace"] * 11)
    tour.type("house.svg")
    tour.press("Return")
    tour.rest()
    tour.press("m")
    tour.cone()
    tour.rest()
    tour.press("Tab", "x")
    tour.rest()
    tour.shoot("between-panel")
    tour.press("Down", "Return")
    tour.until(lambda: tour.state.through is not None and tour.state.offer is not None)
    tour.wait(0.5)
    tour.shoot("between-drawn")
    tour.rest()
    tour.away()
    tour.press(*["Right"] * 4)
    tour.shoot("between")
    tour.slide("along", 0.75)
    tour.shoot("between-slid")
    tour.point(tour.where("ending 3"))
    tour.wait(0.3)
    tour.shoot("between-hover")
    tour.press("Tab")
    tour.shoot("between-taken")
    tour.press("ctrl+z")
    tour.begin()
    tour.press("m")
    for stroke in (*HOUSE, ((860, 560), (940, 420), (1000, 560), (870, 470), (1010, 470), (860, 560))):
        tour.draw(*stroke)
    tour.press("m", "Escape", "v")
    tour.program.state = replace(tour.state, selection=Selection((0, 1, 2)))
    tour.shoot("between-selected")
    tour.click("between selected")
    tour.until(lambda: tour.state.through is not None and tour.state.offer is not None)
    tour.rest()
    tour.away()
    tour.press(*["Right"] * 4)
    tour.shoot("between-the-rest")
    tour.press("Escape", "Escape", "b")


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
    name = tour.state.guess[0][0]
    tour.click(f"guess {name}")
    tour.rest()
    tour.shoot("guess-taken")
    tour.press("a", "y")
    tour.rest()
    tour.press("a")
    tour.rest()
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
    tour.press("w", *["bracketright"] * 6)
    tour.draw((1000, 200), (1120, 300), (1000, 400), (1120, 500))
    tour.shoot("thick")
    tour.press(*["bracketleft"] * 6, "e")
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


def files(tour: Tour) -> None:
    """Every export, the clipboard, files of late, one that is dropped, and one of many drawings."""
    from sketchrnn.data.read import write_sketches
    from sketchrnn.sketch.kinds import FORMATS

    folder = Path(os.environ["SKETCHRNN_HOME"])
    tour.cone()
    tour.rest()
    tour.press("Tab")
    for number, name in enumerate(FORMATS):
        tour.press("ctrl+e", *["Up"] * 12, *["Down"] * number)
        tour.shoot(f"export-{name}")
        tour.press("Return")
        tour.rest()
        tour.press(*["BackSpace"] * 20)
        tour.type(f"out-{name}{FORMATS[name].suffix}")
        tour.press("Return")
        tour.rest()
        assert (folder / f"out-{name}{FORMATS[name].suffix}").stat().st_size > 100, name
    tour.shoot("exported")
    tour.press("ctrl+c")
    tour.rest()
    tour.shoot("copied")
    sketch = replace(tour.state.sketch, category="ice cream")
    write_sketches(folder / "three.ndjson", [sketch] * 3)
    tour.begin()
    tour.drop(folder / "three.ndjson")
    tour.until(lambda: bool(tour.state.dialog))
    tour.rest()
    tour.shoot("records")
    tour.press("Down", "Return")
    tour.rest()
    tour.shoot("record-opened")
    tour.press("ctrl+o")
    tour.rest()
    tour.shoot("open-recent")
    tour.press("Escape")


def desktop(tour: Tour) -> None:
    """The desktop's own dialog, where zenity is installed: a name typed into it, and the drawing saved under it."""
    if tour.program.dialogs is None or not shutil.which("zenity"):
        print("desktop: left out, there is no zenity")
        return
    folder = Path(os.environ["SKETCHRNN_HOME"])
    tour.cone()
    tour.rest()
    tour.press("Tab", "ctrl+shift+s", "ctrl+b")
    tour.desk("search", "--sync", "--onlyvisible", "--name", "Save the drawing", "windowfocus")
    tour.wait(2.0)
    tour.photograph("desktop-dialog")
    tour.press("ctrl+a")
    tour.type(str(folder / "by-the-desktop.svg"))
    tour.press("Return")
    tour.until(lambda: tour.state.dialog is None)
    tour.rest()
    tour.shoot("desktop-saved")
    assert (folder / "by-the-desktop.svg").stat().st_size > 100


def settings(tour: Tour) -> None:
    """Sliders, less motion, the whole screen, fingers, and the hint of the first run."""
    tour.cone()
    tour.rest()
    tour.slide("temperature", 0.9)
    tour.rest()
    tour.shoot("hotter")
    tour.slide("temperature", 0.5)
    tour.press("p", "r")
    tour.rest()
    tour.shoot("at-once")
    tour.press("p", "F11")
    tour.wait(0.5)
    tour.shoot("full-screen")
    tour.press("F11", "Escape")
    tour.pinch((500, 400), (780, 400), 1.6)
    tour.shoot("pinched")
    tour.press("ctrl+0")
    tour.program.state = replace(tour.state, settings=replace(tour.state.settings, welcomed=False))
    tour.cone()
    tour.rest()
    tour.shoot("hint")


def dying(tour: Tour) -> None:
    """The model's process dies in the middle: the drawing stays, and it comes back."""
    from sketchrnn.app.state import EngineStatus

    tour.cone()
    tour.rest()
    process = getattr(tour.program.engine, "process_id", None)
    if process is None:
        return
    os.kill(process, signal.SIGKILL)
    tour.until(lambda: tour.state.engine.status is not EngineStatus.READY)
    tour.wait(0.2)
    tour.shoot("engine-gone")
    tour.until(lambda: tour.state.engine.status is EngineStatus.READY)
    tour.press("r")
    tour.rest()
    tour.shoot("engine-back")


SCENES: dict[str, Callable[[Tour], None]] = {
    scene.__name__: scene
    for scene in (
        begin,
        completing,
        beyond,
        nine,
        again,
        between,
        parts,
        several,
        seeing,
        inks,
        keyboard,
        looking,
        panels,
        files,
        desktop,
        settings,
        looks,
        dying,
    )
}
README = ("window", "endings", "inks", "again", "between")
