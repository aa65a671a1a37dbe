"""Imports go one way (the table of CONTRIBUTING.md), and what must start fast or run anywhere imports nothing heavy."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "sketchrnn"
BASE = {"errors", "paths", "locks"}

# which parts each part may import, beside itself and the package's own names; the longest name that fits counts
MAY_IMPORT: dict[str, set[str]] = {
    "sketchrnn": set(),  # the package itself: names only
    "errors": set(),
    "paths": {"errors"},
    "locks": set(),
    "sketch": BASE,
    "data": BASE | {"sketch"},
    "model": BASE | {"sketch"},
    "weights": BASE | {"sketch", "model"},
    "training": BASE | {"sketch", "data", "model", "weights"},
    "engine.messages": BASE | {"sketch"},
    "engine": BASE | {"sketch", "model", "weights", "engine.messages"},
    "app": BASE | {"sketch", "engine.messages"},
    # opens ndjson, npz and bin files, which `data` reads; the engine is handed to it
    "window": BASE | {"sketch", "data", "engine.messages", "app"},
}
MAY_IMPORT["benchmarks"] = set(MAY_IMPORT)
MAY_IMPORT["cli"] = set(MAY_IMPORT)
MAY_IMPORT["__main__"] = {"cli"}

WITHOUT_JAX = ("errors", "paths", "locks", "sketch", "data", "app", "window", "engine.messages", "cli")
HEAVY = ("jax", "jaxlib", "flax", "optax", "orbax", "tensorboardX", "matplotlib", "PIL", "scipy", "rich")
CLI_MAY_IMPORT_AT_THE_TOP = {"cli", "errors", "paths", "sketchrnn", "engine.messages"}


def modules() -> list[str]:
    """Every module's name without `sketchrnn.`; the package itself is `sketchrnn`."""
    names = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        names.append(".".join(parts) or "sketchrnn")
    return names


def source(module: str) -> Path:
    path = PACKAGE if module == "sketchrnn" else PACKAGE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def part_of(module: str) -> str:
    """The longest entry of the table that a module lies in."""
    fitting = [part for part in MAY_IMPORT if module == part or module.startswith(part + ".")]
    assert fitting, f"sketchrnn/{module.replace('.', '/')} lies in no part of the import table"
    return max(fitting, key=len)


def imports(module: str, *, top_only: bool = False) -> Iterator[str]:
    """The full names that a module imports, inside its functions too; type-checking blocks count as imports."""
    tree = ast.parse(source(module).read_text(encoding="utf-8"))
    for node in tree.body if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide what they reach"
            for name in node.names:
                yield f"{node.module}.{name.name}"


def inner_imports(module: str, *, top_only: bool = False) -> Iterator[str]:
    """The modules of this package that a module imports, without `sketchrnn.`."""
    known = set(modules())
    for name in imports(module, top_only=top_only):
        if name == "sketchrnn" or name.startswith("sketchrnn."):
            inner = name.removeprefix("sketchrnn").removeprefix(".")
            while inner and inner not in known:  # a name in a module rather than a module
                inner = inner.rpartition(".")[0]
            yield inner or "sketchrnn"


def violations(module: str) -> list[str]:
    part = part_of(module)
    allowed = MAY_IMPORT[part] | {part, "sketchrnn"}
    return [f"{module} imports {other}" for other in inner_imports(module) if part_of(other) not in allowed]


@pytest.mark.parametrize("module", modules())
def test_imports_go_one_way(module: str) -> None:
    assert violations(module) == []


def test_concurrency_is_where_it_is_said_to_be(checkout: Path) -> None:
    kinds = {"threading", "multiprocessing", "concurrent", "asyncio"}
    found = {module for module in modules() if any(name.split(".")[0] in kinds for name in imports(module))}
    engine = {"worker", "outbox", "servant", "crew"}
    others = {"app.file_worker", "training.feed", "training.interrupt"}  # the last asks only which thread it is in
    waits = {"benchmarks.complete"}  # for a process in which numpy is told of one thread, and does nothing beside it
    assert found == {f"engine.{name}" for name in engine} | others | waits
    head = source("engine.worker").read_text("utf-8").splitlines()[0]
    assert set(re.findall(r"`(\w+)`", head)) == engine - {"worker"}
    (said,) = re.findall(
        r"concurrency is in(.*?)\n  app/", (checkout / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL
    )
    assert all(name in said for name in (*engine, "app/file_worker", "training/feed"))


def test_what_update_is_made_of_stands_at_its_top() -> None:
    text = ast.get_docstring(ast.parse(source("app.update").read_text("utf-8"))) or ""
    parts = {path.stem for path in (PACKAGE / "app").glob("update_*.py")}
    assert set(re.findall(r"`(update_\w+)`", text)) == parts


def test_the_table_has_no_circle() -> None:
    done: set[str] = set()
    while len(done) < len(MAY_IMPORT):
        free = {part for part, others in MAY_IMPORT.items() if part not in done and others <= done}
        assert free, f"{sorted(set(MAY_IMPORT) - done)} import each other"
        done |= free


def test_a_violation_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAY_IMPORT, "sketch", set())
    assert violations("sketch.preprocess") == []  # imports sketch alone
    monkeypatch.setitem(MAY_IMPORT, "app", BASE)
    assert any("sketch" in violation for violation in violations("app.state"))


def test_pygame_is_imported_in_window_alone() -> None:
    users = [module for module in modules() if any(name.split(".")[0] == "pygame" for name in imports(module))]
    assert [module for module in users if part_of(module) != "window"] == []


@pytest.mark.parametrize("module", [name for name in modules() if part_of(name) == "cli"])
def test_verbs_import_what_is_heavy_inside_functions(module: str) -> None:
    tops = {part_of(other) for other in inner_imports(module, top_only=True)}
    assert tops <= CLI_MAY_IMPORT_AT_THE_TOP
    outer = {name.split(".")[0] for name in imports(module, top_only=True)} - {"sketchrnn"}
    assert outer <= sys.stdlib_module_names


def run_python(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_package_imports_nothing_heavy() -> None:
    run_python(
        "import sys, sketchrnn, sketchrnn.cli.main\n"
        f"heavy = set({HEAVY!r}) | {{'numpy', 'pygame', 'safetensors'}}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )


def test_what_must_run_without_jax_does() -> None:
    free = [name for name in modules() if part_of(name) in WITHOUT_JAX or name.rpartition(".")[2] == "config"]
    names = [f"sketchrnn.{name}" for name in free]
    run_python(
        "import importlib, os, sys\n"
        "os.environ['PYGAME_HIDE_SUPPORT_PROMPT'] = '1'\n"
        f"for name in {HEAVY!r}: sys.modules[name] = None\n"  # an import of these fails from here on
        f"for name in {names!r}: importlib.import_module(name)"
    )


def test_only_window_needs_pygame() -> None:
    names = [f"sketchrnn.{name}" for name in modules() if part_of(name) in {"sketch", "data", "app", "cli"}]
    run_python(
        f"import importlib, sys\nsys.modules['pygame'] = None\nfor name in {names!r}: importlib.import_module(name)"
    )


def declared(*extras: str) -> set[str]:
    """The distributions that pyproject.toml asks for, in lower case."""
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return {re.split(r"[^\w-]", line)[0].lower() for line in wanted}


def distributions_of(folder: Path) -> set[str]:
    """The distributions that the modules below a folder import, in lower case."""
    used = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                used |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                used.add((node.module or "").split(".")[0])
    ours = {"sketchrnn", "tests", *(path.stem for path in folder.glob("*.py"))}
    called = {"PIL": "pillow", "pygame": "pygame-ce", "orbax": "orbax-checkpoint", "jaxlib": "jax", "yaml": "pyyaml"}
    return {called.get(name, name).lower() for name in used - sys.stdlib_module_names - ours}


def test_what_is_imported_is_declared() -> None:
    assert distributions_of(PACKAGE) <= declared("train", "svg")
    assert distributions_of(PACKAGE.parent / "tests") <= declared("train", "svg", "test", "fuzz")
