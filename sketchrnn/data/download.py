"""Quick, Draw! categories from where Google publishes them, or from a mirror with the same layout."""

from __future__ import annotations

import os
import time
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from sketchrnn.data.categories import CATEGORIES, suggestion
from sketchrnn.data.fetch import Missing, fetch
from sketchrnn.errors import SketchRNNError
from sketchrnn.paths import cache_folder

Kind = Literal["bin", "ndjson", "npz"]
Progress = Callable[[str, int, int | None], None]
"""Called as `progress(category, bytes done, bytes in all or None)`."""

URL_VARIABLE = "SKETCHRNN_DATA_URL"
GOOGLE = "https://storage.googleapis.com/quickdraw_dataset"
LAYOUT: dict[Kind, str] = {
    "bin": "full/binary/{}.bin",
    "ndjson": "full/simplified/{}.ndjson",
    "npz": "sketchrnn/{}.npz",
}
"""Where the files lie under the base address; `bin` is the smallest that tells what was recognised."""


def base_url() -> str:
    """The address under which the files lie: Google's, or what SKETCHRNN_DATA_URL says."""
    return (os.environ.get(URL_VARIABLE) or GOOGLE).rstrip("/")


def category_url(category: str, kind: Kind = "bin", base: str | None = None) -> str:
    """The address of one category's file."""
    path = LAYOUT[kind].format(urllib.parse.quote(category, safe=""))
    return f"{base or base_url()}/{path}"


def download_folder() -> Path:
    """Where downloaded categories are kept by default: in the user's cache folder."""
    return cache_folder() / "quickdraw"


def download(
    categories: Sequence[str],
    kind: Kind = "bin",
    folder: Path | None = None,
    *,
    again: bool = False,
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Path]:
    """The files of these categories, downloaded unless they are there already.

    Args:
        categories: their names.
        kind: the format.
        folder: where they are put, `download_folder()` by default.
        again: download also what is there.
        progress: told how far it is.
        sleep: waits between attempts, in seconds.

    Returns:
        The files, in the order of the categories.

    Raises:
        SketchRNNError: an unknown category (with the nearest names), no connection, a full disk, a damaged file.
    """
    for category in categories:
        _require_name(category)
    folder = folder or download_folder()
    return [_one(category, kind, folder, again, progress, sleep) for category in categories]


def downloaded(category: str) -> Path | None:
    """The file of a category that was downloaded before, if there is one."""
    paths = (download_folder() / f"{category}.{kind}" for kind in LAYOUT)
    return next((path for path in paths if path.is_file()), None)


def _one(
    category: str,
    kind: Kind,
    folder: Path,
    again: bool,
    progress: Progress | None,
    sleep: Callable[[float], None],
) -> Path:
    target = folder / f"{category}.{kind}"
    if target.is_file() and not again:
        return target

    def told(done: int, total: int | None) -> None:
        if progress is not None:
            progress(category, done, total)

    try:
        fetch(category_url(category, kind), target, progress=told, sleep=sleep)
    except Missing as missing:
        raise SketchRNNError(f"{missing.what}: no category {category!r} there", hint=suggestion(category)) from missing
    return target


def _require_name(category: str) -> None:
    """Refuse what cannot be a category before anything is asked of the network."""
    odd = not category.isprintable() or set(category) & set('/\\:*?"<>|') or category.strip(". ") != category
    if odd or not category or (category not in CATEGORIES and base_url() == GOOGLE):
        raise SketchRNNError(f"there is no category {category!r}", hint=suggestion(category))
