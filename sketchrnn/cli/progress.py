"""How far something is that takes long: one line on stderr that is written over, and nothing where no one watches."""

from __future__ import annotations

import sys
import time
from typing import TextIO


class Progress:
    """A context manager; leaving it wipes the line.

    Args:
        stream: where to, stderr by default; nothing is written where it is no terminal.
        every: seconds between two writings at least.
    """

    def __init__(self, stream: TextIO | None = None, every: float = 0.1):
        self._stream = stream or sys.stderr
        self._shown, self._every, self._last = self._stream.isatty(), every, 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def say(self, text: str) -> None:
        """Show a line of text in the place of the last one."""
        now = time.monotonic()
        if self._shown and now - self._last >= self._every:
            self._last = now
            self._stream.write(f"\r\033[K{text[:110]}")
            self._stream.flush()

    def reading(self, files: int, of: int, drawings: int) -> None:
        """As `data.read` calls it."""
        self.say(f"reading: {files:,} of {of:,} files, {drawings:,} drawings")

    def downloading(self, category: str, done: int, total: int | None) -> None:
        """As `data.download` calls it."""
        whole = f" of {total / 1e6:.1f}" if total else ""
        self.say(f"downloading {category}: {done / 1e6:.1f}{whole} MB")

    def scoring(self, name: str, done: int, of: int) -> None:
        """Drawings that a model was scored on."""
        self.say(f"{name}: {done:,} of {of:,} drawings")
