"""Files that were opened or saved lately: a short list in a file of its own, under the user's data folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sketchrnn.errors import SketchRNNError
from sketchrnn.paths import data_folder
from sketchrnn.sketch.files import write_atomically

MOST = 6
"""Files that are remembered."""
_MOST_BYTES = 2**16

Files = tuple[Path, ...]


def recent_file() -> Path:
    return data_folder() / "recent.json"


def load_recent() -> Files:
    """The newest first; none where there is no list or it is damaged: nothing is lost with it."""
    try:
        with open(recent_file(), "rb") as stream:
            listed = json.loads(stream.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return ()
    named = [name for name in listed if isinstance(name, str) and name] if isinstance(listed, list) else []
    return tuple(Path(name) for name in named if os.path.isabs(name))[:MOST]


def store_recent(files: Files) -> None:
    """Write the list, whole or not at all.

    Raises:
        SketchRNNError: it cannot be written.
    """
    path = recent_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SketchRNNError(f"cannot be made a folder: {error.strerror or error}", file=path.parent) from error
    write_atomically(path, json.dumps([str(file) for file in files], indent=0) + "\n")


def with_newest(files: Files, newest: Path) -> Files:
    """The list with a file in front, once."""
    return (newest, *(file for file in files if file != newest))[:MOST]
