"""The wheel: what is in it, and that the program runs from it alone.

The environment that it is installed into is empty but for one thing: its dependencies are those of the environment that
runs the tests, lent through a `.pth` file, because fetching jax once more would take minutes. The package itself, its
assets and its weights come from the wheel, which is checked; the checkout is not on the path.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from sketchrnn import __version__

HALF_A_CAT = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 255 255">
  <path d="M60 90 L40 20 L95 60 L150 58 L205 15 L195 90 L210 140 L190 190 L125 215 L65 190 L45 140 Z"/>
  <path d="M95 120 L97 130"/>
</svg>
"""


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(checkout)]
    done = subprocess.run(build, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment that the wheel is installed into."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=os.name != "nt")
    scheme = "nt_venv" if os.name == "nt" else "posix_venv"
    paths = sysconfig.get_paths(scheme, vars={"base": str(folder), "platbase": str(folder)})
    python = Path(paths["scripts"]) / Path(sys.executable).name
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    done = subprocess.run([*pip, "-q"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # a path in a .pth file is searched after the environment's own, and .pth files in it are not read
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(paths["purelib"], "lent.pth").write_text("\n".join(sorted(lent)) + "\n")
    return Path(paths["scripts"])


def run(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run([*map(str, words)], capture_output=True, text=True, cwd=folder, env=environment)


def test_the_wheel_holds_package_assets_and_weights(wheel: Path, checkout: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert wheel.name == f"sketchrnn-{__version__}-py3-none-any.whl"
    sources = {path.relative_to(checkout).as_posix() for path in (checkout / "sketchrnn").rglob("*.py")}
    assert sources <= names
    for shipped in ("assets", "weights"):
        files = [path for path in (checkout / shipped).rglob("*") if path.is_file()]
        files = [path for path in files if path.parent.name != "__pycache__"]  # of whoever has run or imported some
        assert files, f"{shipped}/ is empty"
        assert {f"sketchrnn/{path.relative_to(checkout).as_posix()}" for path in files} <= names
    assert {name.split("/")[0] for name in names} == {"sketchrnn", f"sketchrnn-{__version__}.dist-info"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_what_is_installed_is_the_wheel(installed: Path, checkout: Path, tmp_path: Path) -> None:
    code = (
        "import sketchrnn, sketchrnn.weights\n"
        "from sketchrnn.paths import assets_folder, weights_folder\n"
        "print(sketchrnn.__file__, sketchrnn.weights.__file__, assets_folder(), weights_folder(), sep='\\n')\n"
    )
    done = run(tmp_path, installed / Path(sys.executable).name, "-c", code)
    assert done.returncode == 0, done.stderr
    for path in map(Path, done.stdout.splitlines()):
        assert path.exists() and path.is_relative_to(installed.parent) and not path.is_relative_to(checkout)
    done = run(tmp_path, installed / "sketchrnn", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"sketchrnn {__version__}\n", "")


def test_complete_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "cat.svg").write_text(HALF_A_CAT)
    done = run(tmp_path, installed / "sketchrnn", "complete", "cat.svg", "--seed", "7", "--out", "whole.svg")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "whole.svg\n"
    from sketchrnn.sketch.svg import read_svg

    strokes = read_svg((tmp_path / "whole.svg").read_bytes()).strokes
    assert [stroke.author for stroke in strokes[:2]] == ["hand", "hand"]
    assert len(strokes) > 2 and {stroke.author for stroke in strokes[2:]} == {"model"}
