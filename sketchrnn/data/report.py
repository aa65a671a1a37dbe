"""What became of the drawings that were read: how many were kept, and why the others were not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sketchrnn.errors import BadFile

EMPTY = "the drawing is empty"
UNRECOGNIZED = "not recognised by Quick, Draw!"
DUPLICATE = "duplicate of another drawing"
UNWANTED = "of a category that is not wanted"
EXAMPLES = 5
MAX_POINTS = 250
"""Longer drawings are left out of a corpus unless it is said otherwise; one in ten thousand is longer."""


def counted(count: int, one: str, several: str = "") -> str:
    """So many of something, as text: `1 drawing`, `2,000 drawings`; `several` where an s is not enough."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def too_long(max_points: int) -> str:
    """The reason given for a drawing of more than `max_points` points."""
    return f"over {max_points} points"


@dataclass(frozen=True)
class Report:
    """How many drawings were read, kept and dropped.

    Args:
        files: files read.
        read: drawings met, damaged ones included.
        kept: drawings kept.
        dropped: (reason, count), the most frequent first; the counts and `kept` add up to `read`.
        examples: the first few errors of damaged records, each one line naming file and record.
        notes: what else a person should know of this reading; not in `as_dict`.
    """

    files: int = 0
    read: int = 0
    kept: int = 0
    dropped: tuple[tuple[str, int], ...] = ()
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The report as lines of text."""
        head = f"{counted(self.read, 'drawing')} read from {counted(self.files, 'file')}, {self.kept:,} kept"
        return [
            head,
            *(f"  {count:,} dropped: {reason}" for reason, count in self.dropped),
            *self.examples,
            *self.notes,
        ]

    def as_dict(self) -> dict:
        """The report as values that JSON can hold."""
        return {
            "files": self.files,
            "read": self.read,
            "kept": self.kept,
            "dropped": dict(self.dropped),
            "examples": list(self.examples),
        }


@dataclass
class Tally:
    """A report in the making; a reader that is given one counts damaged records and goes on instead of raising."""

    files: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def bad(self, error: BadFile) -> None:
        """Count one record that could not be read."""
        self.dropped[error.what] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(str(error))

    def drop(self, reason: str, count: int = 1) -> None:
        """Count drawings that were read and are not kept."""
        if count:
            self.dropped[reason] += int(count)

    def report(self) -> Report:
        dropped = tuple(self.dropped.most_common())
        read = self.kept + sum(self.dropped.values())
        return Report(self.files, read, self.kept, dropped, tuple(self.examples), tuple(self.notes))


def complain(error: BadFile, tally: Tally | None) -> None:
    """Count a bad record where there is a tally, raise it where there is none."""
    if tally is None:
        raise error
    tally.bad(error)
