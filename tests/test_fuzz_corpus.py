"""What fuzzing found to reach code of its own, and what once broke something, read again: no atheris is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.__main__ import kept
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_every_kept_input_is_read_or_refused(target: str, tmp_path: Path) -> None:
    for number, data in enumerate([*seeds(target), *kept(target)]):
        try:
            TARGETS[target].run(data, tmp_path)
        except Exception as error:
            raise AssertionError(f"input {number} of {target}: {data!r}") from error


@pytest.mark.parametrize("target", TARGETS)
def test_a_seed_is_read_to_its_end(target: str, tmp_path: Path) -> None:
    """The harness would find nothing in a reader that refuses all it is given."""
    from tests.readers import READERS

    one = TARGETS[target]
    path, made = tmp_path / one.file, one.make(seeds(target)[0])
    if isinstance(made, dict):
        path.mkdir()
        for name, content in made.items():
            (path / name).write_bytes(content)
    else:
        path.write_bytes(made)
    READERS[one.reader](path)
