"""The drawing where a crash cannot reach it: an SVG per running window, under the user's data folder.

`autosave/` holds one file per window, `drawing <when> <process>.svg`, and beside it a lock that its process holds for
as long as it lives: a file whose lock is free belongs to a run that did not end well. Nothing is deleted but an
autosave of which the person has saved all; what is discarded goes to `autosave/set aside/`, what cannot be read to
`autosave/damaged/`. Neither is ever emptied here: whoever threw a drawing away by mistake finds it, and once they have
grown large they are named at the start, so that the person empties them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path
from typing import IO

from sketchrnn.app.dialogs import Lost
from sketchrnn.app.documents import document_text
from sketchrnn.errors import SketchRNNError
from sketchrnn.locks import take_lock
from sketchrnn.paths import data_folder
from sketchrnn.sketch.files import put_in_place, read_bounded, unfinished, write_atomically
from sketchrnn.sketch.svg import read_svg
from sketchrnn.sketch.types import Sketch

SET_ASIDE, DAMAGED = "set aside", "damaged"
_MOST_KNOWN = 64 << 20
"""Bytes of a file whose content is remembered."""
_LEFT_BEHIND = 86_400.0
"""Seconds after which nobody is still writing a file."""


def autosave_folder() -> Path:
    return data_folder() / "autosave"


class Session:
    """One window's autosave, and what it knows of the person's files.

    Its file appears with the first `save`. Where the folder cannot be written to, `save` raises and everything else
    does nothing. `save`, `end` and `set_aside` are called from one thread at a time; so are `remember` and
    `changed_elsewhere`, which share nothing with them, from another.

    Args:
        folder: where autosaves lie; the user's if None.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = autosave_folder() if folder is None else folder
        stamp = time.strftime("%Y-%m-%d %H.%M.%S")
        self.path = self.folder / f"drawing {stamp} {os.getpid()}.svg"
        self._lock: IO[bytes] | None = None
        self._known: dict[Path, str] = {}

    def remember(self, path: Path, digest: str) -> None:
        """A file is the drawing's, or was written: from here on it is known by its content, of which `digest_of` is."""
        self._known[path] = digest

    def changed_elsewhere(self, path: Path) -> bool:
        """Whether a file that was remembered is there, and another; its time says little on a shared folder."""
        return path in self._known and digest_of(path) not in (self._known[path], "")

    def save(self, sketch: Sketch) -> None:
        """Replace this window's autosave.

        Raises:
            SketchRNNError: it cannot be written; what was there is untouched.
        """
        try:
            self._begin()
        except OSError as error:
            raise SketchRNNError(f"cannot be written: {error.strerror or error}", file=self.folder) from error
        write_atomically(self.path, document_text(sketch))

    def end(self, saved: bool) -> None:
        """The drawing is done with: its autosave goes if the person has saved all of it, else it is set aside."""
        if self._lock is None or not self.path.exists():
            return
        if saved:
            self.path.unlink()
        else:
            _move(self.path, self.folder / SET_ASIDE)

    def close(self) -> None:
        """This window is gone; an autosave that has not been ended will be offered at the next start."""
        if self._lock is None:
            return
        lock, self._lock = self._lock, None
        lock.close()
        with contextlib.suppress(OSError):
            _lock_of(self.path).unlink()

    def lost_drawings(self) -> tuple[tuple[Lost, ...], tuple[str, ...]]:
        """Drawings of runs that did not end well, newest first, and lines about those that cannot be read any more."""
        found, notices = [], []
        _sweep_up(self.folder)
        for path in self._abandoned():
            try:
                touched, lost = _read_lost(path)
            except FileNotFoundError:
                continue  # another window was faster
            except (SketchRNNError, OSError) as error:
                notices.append(_put_with_damaged(path, error))
                continue
            if lost.sketch.strokes:
                found.append((touched, lost))
        found.sort(key=lambda pair: pair[0], reverse=True)
        return tuple(lost for _, lost in found), tuple(notices)

    def set_aside(self, paths: tuple[Path, ...]) -> None:
        """Move autosaves of other runs out of the way.

        Raises:
            OSError: one cannot be moved.
        """
        for path in paths:
            if path.exists() and not self._is_own(path):
                _move(path, path.parent / SET_ASIDE)
                with contextlib.suppress(OSError):
                    _lock_of(path).unlink()

    def put_away(self) -> int:
        """Bytes of the drawings that were set aside or could not be read."""
        total = 0
        for name in (SET_ASIDE, DAMAGED):
            with contextlib.suppress(OSError), os.scandir(self.folder / name) as found:
                total += sum(item.stat(follow_symlinks=False).st_size for item in found)
        return total

    def _begin(self) -> None:
        before = self._lock
        if before is not None and _is_still(before, _lock_of(self.path)):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for number in range(2, 1000):
            lock = take_lock(_lock_of(self.path))
            if lock is not None and (before is not None or not self.path.exists()):
                if self._lock is not None:
                    self._lock.close()
                self._lock = lock
                return
            if lock is not None:
                lock.close()
            before = None  # whoever has the lock now has the file, too
            # another window of this process, or an old run with this process number
            self.path = self.path.with_name(f"{self.path.stem.partition(' no ')[0]} no {number}.svg")
        raise OSError(None, "too many drawings of this moment")

    def _is_own(self, path: Path) -> bool:
        # before the first save the name is only a plan: an older run of this second may have used it
        return self._lock is not None and path == self.path

    def _abandoned(self) -> list[Path]:
        try:
            paths = sorted(path for path in self.folder.glob("drawing *.svg") if not self._is_own(path))
        except OSError:
            return []
        return [path for path in paths if _is_free(_lock_of(path))]


def _sweep_up(folder: Path) -> None:
    """Delete what a run that was killed while it wrote has left beside the autosave, which is whole."""
    with contextlib.suppress(OSError):
        for path in unfinished(folder):
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND:
                path.unlink()


def _read_lost(path: Path) -> tuple[float, Lost]:
    # when it was last touched, seconds since 1970, and what it holds
    touched = path.stat().st_mtime
    sketch = read_svg(path.read_bytes(), path)
    return touched, Lost(path, sketch, time.strftime("%Y-%m-%d %H:%M", time.localtime(touched)))


def _put_with_damaged(path: Path, error: Exception) -> str:
    with contextlib.suppress(OSError):
        path = _move(path, path.parent / DAMAGED)
    return f"An autosaved drawing could not be read; it lies in {path.parent} ({' '.join(str(error).split())})"


def _move(path: Path, folder: Path) -> Path:
    """The file moved into the folder, under another name where its own is taken."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    for number in range(2, 10_000):
        if not target.exists():
            break
        target = folder / f"{path.stem} ({number}){path.suffix}"
    put_in_place(path, target)
    return target


def digest_of(path: Path) -> str:
    """Of a file's content; empty where it cannot be read, or is too large."""
    try:
        return hashlib.blake2b(read_bounded(path, _MOST_KNOWN)).hexdigest()
    except (SketchRNNError, OSError):
        return ""


def _is_still(lock: IO[bytes], path: Path) -> bool:
    """Whether a lock that is held is the file of this name: the folder may have been deleted, or emptied, under it."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), os.stat(path))
    except OSError:
        return False


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


def _is_free(lock: Path) -> bool:
    try:
        held = take_lock(lock)
    except OSError:
        return True  # a folder that cannot be written to: the drawing can be read all the same
    if held is None:
        return False
    held.close()
    return True
