"""What a person waits for before the first frame: every module that is imported until then has its reason here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PARTS = {
    "cli": "the command line, and no verb but draw",
    "window": "what is seen",
    "app": "what happens when",
    "sketch": "what a drawing is; svg and raster, since copying and saving must not wait for an import",
    "engine.messages": "what the engine is asked, not the engine",
    "errors": "said to people",
    "paths": "where settings and autosaves are",
    "locks": "whose autosave it is",
}
"""Our own, without `sketchrnn.`, and why."""
OTHERS = {
    "numpy": "points",
    "pygame": "the window",
    "platformdirs": "where settings and autosaves are",
}
"""Of other people, and why."""
LATER = ("multiprocessing", "sketchrnn.data", "sketchrnn.engine.worker", "asyncio", "ssl", "http", "unittest")
"""Needed at some time, or by nobody; not before the first frame."""

FIRST_FRAME = """
import sys
from sketchrnn.cli.main import build_parser
build_parser("draw").parse_args(["draw"])
from sketchrnn.window.run import Program, Screen
screen = Screen((800, 600))
program = Program(screen)
assert program.step(wait=False) is not None
print("\\n".join(sorted(sys.modules)))
program.close()
"""
ENGINE = """
import sys
import sketchrnn.engine.servant
print("\\n".join(sorted(sys.modules)))
"""


def modules_after(code: str, home: Path) -> set[str]:
    # nothing hides pygame's greeting but the program itself: it would be taken for modules
    environment = {"SKETCHRNN_HOME": str(home), "SDL_VIDEODRIVER": "dummy"}
    words = [sys.executable, "-c", code]
    root = Path(__file__).parent.parent
    done = subprocess.run(words, env=environment, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def first_frame(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return modules_after(FIRST_FRAME, tmp_path_factory.mktemp("home"))


def reason(module: str) -> str | None:
    inner = module.removeprefix("sketchrnn.")
    return next((why for part, why in PARTS.items() if inner == part or inner.startswith(part + ".")), None)


def test_every_module_of_ours_has_its_reason(first_frame: set[str]) -> None:
    ours = {name for name in first_frame if name.startswith("sketchrnn.")}
    assert {name for name in ours if reason(name) is None} <= {"sketchrnn.engine"}
    verbs = {name for name in ours if name.startswith("sketchrnn.cli.")}
    assert verbs == {"sketchrnn.cli.main", "sketchrnn.cli.arguments", "sketchrnn.cli.draw"}
    seen = {part for part in PARTS if any(name == f"sketchrnn.{part}" or reason(name) == PARTS[part] for name in ours)}
    assert seen == set(PARTS), "a reason for what is not imported"


def test_every_package_of_others_has_its_reason(first_frame: set[str]) -> None:
    bare = modules_after("import sys; print('\\n'.join(sys.modules))", Path())
    packages = {name.partition(".")[0] for name in first_frame - bare}
    foreign = packages - set(sys.stdlib_module_names) - {"sketchrnn", "__mp_main__"}
    assert {name for name in foreign if not name.startswith("_")} == set(OTHERS)


def test_what_can_wait_waits(first_frame: set[str]) -> None:
    assert not first_frame & set(LATER)


def test_the_engines_process_says_that_it_loads_before_jax_is_there(tmp_path: Path) -> None:
    loaded = modules_after(ENGINE, tmp_path)
    assert not {"jax", "flax", "pygame", "sketchrnn.window", "sketchrnn.app", "sketchrnn.data"} & loaded


def test_pygame_is_told_before_it_is_imported(tmp_path: Path) -> None:
    told = 'os.environ["SDL_VIDEO_X11_WMCLASS"], os.environ["SDL_VIDEO_WAYLAND_WMCLASS"]'
    code = f"import os, sys; sys.argv[0] = 'main.py'; import sketchrnn.window.run; print({told})"
    words, root = [sys.executable, "-c", code], Path(__file__).parent.parent
    environment = {"SKETCHRNN_HOME": str(tmp_path)}
    done = subprocess.run(words, env=environment, cwd=root, capture_output=True, text=True, check=True)
    # it names the window after the script, and greets, where it has not been told otherwise
    assert done.stdout == "sketchrnn sketchrnn\n"
