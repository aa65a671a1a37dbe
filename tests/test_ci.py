"""`.ci/run`: it cannot pass without having run the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="a script of bash")
@pytest.mark.parametrize("commands", [0, 2])
def test_it_ends_where_the_readme_does_not_name_one_test_command(commands: int, checkout: Path, tmp_path: Path) -> None:
    if not (checkout / ".ci").is_dir():
        pytest.skip("an sdist comes without it")
    shutil.copytree(checkout / ".ci", tmp_path / ".ci")
    (tmp_path / "README.md").write_text(
        "Read it.\n" + "python3 -m venv .venv && .venv/bin/python -m pytest\n" * commands
    )
    (tmp_path / "tools").mkdir()
    for name in ("Xvfb", "xdotool"):  # so that none is installed
        (tmp_path / "tools" / name).write_text("#!/bin/sh\n")
        (tmp_path / "tools" / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path / 'tools'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", str(tmp_path / ".ci" / "run")], env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "holds no test command, or more than one" in done.stderr
    assert "== tests" not in done.stdout
