"""Errors fit to be shown to a person: what happened, to which file and record, and what to do."""

from __future__ import annotations

import os


class SketchRNNError(Exception):
    """Something a person can mend; its text is one line that can be shown as it is.

    Args:
        what: what happened, as a sentence without its full stop.
        file: the file it happened to.
        record: which record of the file: a 1-based number (a line, a drawing) or a name.
        hint: what to do about it.
    """

    def __init__(
        self,
        what: str,
        *,
        file: str | os.PathLike[str] | None = None,
        record: int | str | None = None,
        hint: str | None = None,
    ):
        self.what = what
        self.file = None if file is None else os.fspath(file)
        self.record = record
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        where = [] if self.file is None else [self.file]
        if self.record is not None:
            where.append(f"record {self.record}")
        text = f"{', '.join(where)}: {self.what}" if where else self.what
        text = " ".join(text.split())  # one line, whatever a library's message held
        return f"{text}. {self.hint}" if self.hint else text

    def __reduce__(self):
        return _rebuild, (type(self), self.what, self.file, self.record, self.hint)


class BadFile(SketchRNNError):
    """A file, or a record in it, that cannot be read: damaged, of the wrong kind, or too large."""


class TrainingStopped(SketchRNNError):
    """A training that cannot go on: the loss or its gradient stayed non-finite, or the data is gone."""


class EngineError(SketchRNNError):
    """The model could not answer a request; the drawing is untouched."""


def _rebuild(kind, what, file, record, hint):
    return kind(what, file=file, record=record, hint=hint)
