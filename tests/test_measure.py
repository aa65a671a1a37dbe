"""`assets/measure.py`: what it runs, and that nothing but what it measured is told."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest


@pytest.fixture
def measuring(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(checkout / "assets"))
    return importlib.import_module("measure")


def run(measuring: ModuleType, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["measure.py", *words])
    return measuring.main()


def test_what_an_earlier_run_left_is_not_told_where_a_command_fails(
    measuring: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "start.json").write_text('{"first_frame_s": 4321.0}')
    failed = SimpleNamespace(returncode=1, stdout="no display")
    monkeypatch.setattr(measuring.subprocess, "run", lambda *_, **__: failed)
    assert run(measuring, monkeypatch, str(tmp_path), "--short") == 1
    said = capsys.readouterr().out
    assert said.count("failed") == len(measuring.COMMANDS) and "4321" not in said
    assert (tmp_path / "start.txt").read_text() == "no display"


def test_what_is_told_are_figures_of_the_benchmarks_and_all_that_the_readme_has(measuring: ModuleType) -> None:
    told = {name for names in measuring.SHOWN.values() for name in names}
    assert {"nine_guided_endings_ms", "dense_zoom_ms", "dense_select_ms", "fraction_as_usual"} <= told
    for kind, names in measuring.SHOWN.items():
        promised = importlib.import_module(f"sketchrnn.benchmarks.{kind}").measure.__doc__
        assert set(names) <= set(re.findall(r"\w+", promised))


def test_asked_for_help_it_measures_nothing(
    measuring: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(measuring.subprocess, "run", None)
    with pytest.raises(SystemExit):
        run(measuring, monkeypatch, "--help")
    assert "--short" in capsys.readouterr().out and not any(tmp_path.iterdir())
