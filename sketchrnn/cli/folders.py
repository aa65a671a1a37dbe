"""A folder of results that is there whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sketchrnn.errors import SketchRNNError


def refuse_folder(path: Path, mark: str, suffixes: tuple[str, ...], force: bool) -> None:
    """Refuse a folder that results cannot go to; looked at before any work is done.

    Args:
        path: the folder.
        mark: the name of a file by which results of this kind are known.
        suffixes: of the other files in such results.
        force: whether results that are there may be replaced. Anything else is never replaced.

    Raises:
        SketchRNNError: it is in the way.
    """
    if not os.path.lexists(path):
        return
    if not path.is_dir():
        raise SketchRNNError("is in the way: it is no folder", file=path, hint="Name another folder.")
    inside = [file for file in path.rglob("*") if not file.is_dir()]
    if not any(path.iterdir()):
        return
    strange = [file for file in inside if file.name != mark and file.suffix not in suffixes]
    if strange or not (path / mark).is_file():
        what = f"such as {strange[0].name}" if strange else f"and no {mark}"
        raise SketchRNNError(f"holds other things, {what}", file=path, hint="Name a new folder.")
    if not force:
        raise SketchRNNError("exists already", file=path, hint="Give --force to replace it.")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to write to, which takes its name, and the place of what had it, when all is done; else it is gone.

    Raises:
        SketchRNNError: it cannot be made, or not be put in its place.
    """
    target = Path(os.path.realpath(path))
    with _told(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".sketchrnn-", suffix=".part", dir=target.parent))
    try:
        fresh = beside / "new"
        fresh.mkdir()
        yield fresh
        with _told(path):
            _replace(target, fresh, beside / "old")
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _replace(target: Path, fresh: Path, old: Path) -> None:
    from sketchrnn.sketch.files import put_in_place

    if target.exists():
        put_in_place(target, old)
    try:
        put_in_place(fresh, target)
    except OSError:
        if old.exists():
            put_in_place(old, target)
        raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SketchRNNError(f"could not be written: {error.strerror or error}", file=path) from error
