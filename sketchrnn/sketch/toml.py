"""TOML from files that anybody may have written: Python's reader takes time by the square of a key's parts."""

from __future__ import annotations

import os
import re
import tomllib
from typing import Any

from sketchrnn.errors import BadFile
from sketchrnn.sketch.files import read_bounded

MOST_BYTES = 256 << 10
_MOST_DOTS = 16
_STRING = re.compile(rb'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_LONG_KEY = re.compile(rb"(?:\.[\s\w-]*){%d}" % _MOST_DOTS)


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The table in a TOML file.

    Raises:
        BadFile: it cannot be read, is no TOML, or is none that a program of ours or a person would write.
    """
    data = read_bounded(path, MOST_BYTES)
    if _LONG_KEY.search(_STRING.sub(b"s", data)):
        raise BadFile(f"a key in it has more than {_MOST_DOTS} parts", file=path)
    try:
        return tomllib.loads(data.decode("utf-8"))
    except RecursionError:
        raise BadFile("it is nested too deeply", file=path) from None
    except ValueError as error:  # not TOML, not UTF-8, or a number of too many digits
        raise BadFile(f"is no TOML: {error}", file=path) from error
