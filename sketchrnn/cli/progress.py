"""How far something is that takes long: one line on stderr that is written over, and nothing where no one watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_EVERY = 0.1
"""Seconds between two writings at least."""


class Progress:
    """A context manager; leaving it wipes the line."""

    def __init__(self):
        self._shown, self._last = sys.stderr.isatty(), 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Show a line of text in the place of the last one."""
        now = time.monotonic()
        if self._shown and now - self._last >= _EVERY:
            self._last = now
            print(f"\r\033[K{text[:110]}", end="", file=sys.stderr, flush=True)

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

    def watched(self, items: Iterable[Item], name: str, of: int) -> Iterator[Item]:
        """The items, one for each drawing, while it is said how many of them have come."""
        for number, item in enumerate(items, 1):
            self.scoring(name, number, of)
            yield item
