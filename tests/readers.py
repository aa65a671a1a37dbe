"""Every reader of what may come from strangers, each as one call that reads all of a file as the program would.

Used by the bombs (`tests/bombs.py`) and by fuzzing (`tests/fuzz/`). A reader either gives drawings or raises
`SketchRNNError`; anything else is a fault. What was read is also written again in the forms that the program offers,
since a value that cannot be written is found too late when a person saves.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from sketchrnn.errors import SketchRNNError
from sketchrnn.sketch.types import Sketch

_MOST_WRITTEN = 20


def drawings(path: Path) -> None:
    """ndjson, bin, npz, SVG, as the verbs and the window read them; then as a training does."""
    from sketchrnn.data.read import read_sketches
    from sketchrnn.data.report import Tally

    with contextlib.suppress(SketchRNNError):  # without a tally the first damaged record ends it
        for _ in read_sketches(path):
            pass
    _write(sketch for sketch, _ in zip(read_sketches(path, Tally()), range(_MOST_WRITTEN), strict=False))
    corpus(path)


def drawing_or_refusal(path: Path) -> None:
    """One file as it is opened: the first refusal counts."""
    from sketchrnn.data.read import read_sketches

    for _ in read_sketches(path):
        pass


def corpus(path: Path) -> None:
    """A file of drawings as a training reads it."""
    from sketchrnn.data.read import read_corpus

    read_corpus([path])


def model(path: Path) -> None:
    """A bundle, a published generator, or a run's folder, as `--model` takes it."""
    from sketchrnn.weights import load_any

    bundle = load_any(path)
    bundle.category_index(None)


def settings(path: Path) -> None:
    """The settings file, and back."""
    from sketchrnn.app.settings import from_table, load_settings, to_toml

    loaded, complaint = load_settings(path)
    if complaint is not None:
        raise SketchRNNError(complaint)
    import tomllib

    assert from_table(tomllib.loads(to_toml(loaded))) == loaded


def run_folder(path: Path) -> None:
    """A run's folder as `train --resume` reads it, before any checkpoint is restored."""
    from sketchrnn.training.folder import RunFolder, read_metrics

    folder = RunFolder(path)
    folder.require_own_files()
    config = folder.read_config()
    folder.read_about()
    for _ in read_metrics(folder.metrics):
        pass
    config.to_dict()


def kept_corpus(path: Path) -> None:
    """A corpus in the cache: damaged, it is made again."""
    from sketchrnn.data.stored import Damaged, open_stored

    try:
        found, _ = open_stored(path, "stamp")
    except Damaged as damage:
        raise SketchRNNError(str(damage), file=path) from damage
    assert len(found) >= 0


READERS: dict[str, Callable[[Path], None]] = {
    "drawings": drawings,
    "drawing": drawing_or_refusal,
    "corpus": corpus,
    "model": model,
    "settings": settings,
    "run": run_folder,
    "kept": kept_corpus,
}


def _write(sketches: Iterable[Sketch]) -> None:
    from sketchrnn.data.ndjson import ndjson_bytes
    from sketchrnn.data.npz import npz_bytes
    from sketchrnn.sketch.svg import read_svg, write_svg

    kept = list(sketches)
    for _ in ndjson_bytes(kept):
        pass
    npz_bytes(kept)
    for sketch in kept:
        again = read_svg(write_svg(sketch).encode("utf-8"))
        assert again == replace(sketch, pen_down=again.pen_down), (sketch, again)
