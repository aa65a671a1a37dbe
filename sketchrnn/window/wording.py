"""Text that SDL can be given: names of files and categories come from anywhere, and hold what no font shows."""

from __future__ import annotations

import re

# zero bytes end a C string; lone surrogates stand for what Python could not decode in a file's name
_UNSHOWN = re.compile("[\x00\ud800-\udfff]")
_LONGEST = 2000


def shown(text: str) -> str:
    """The text as it can be shown in a line or in the window's title, at most some thousand characters."""
    return printable(text[:_LONGEST])


def printable(text: str) -> str:
    """The text with a replacement character for each that SDL refuses."""
    return _UNSHOWN.sub("\ufffd", text)
