"""Own drawings made into a data set: simplified, sorted by what they show, one `.ndjson` a category."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from sketchrnn.data.categories import in_order
from sketchrnn.data.read import WRITABLE, fallback_word, find_files, kind_of, read_sketches, write_sketches
from sketchrnn.data.report import DUPLICATE, EMPTY, Report, Tally
from sketchrnn.data.simplified import simplified
from sketchrnn.errors import SketchRNNError
from sketchrnn.sketch.files import as_stem, make_folder
from sketchrnn.sketch.said import as_said, said_word
from sketchrnn.sketch.types import Sketch, Stroke


def import_drawings(
    inputs: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    category: str | None = None,
    *,
    force: bool = False,
) -> tuple[list[Path], Report]:
    """Copy own drawings into a data set in Quick, Draw!'s simplified form.

    Args:
        inputs: SVG, `.ndjson`, `.npz` and `.bin` files, and folders of them.
        out: a folder, in which `<category>.ndjson` is added to where it exists (drawings that are in it already are not
            added twice); or one `.ndjson`, `.npz` or `.bin` file for all.
        category: what all of them show; by default each drawing's own word, if a person said it, or what its file or
            folder is named after.
        force: replace files instead of adding to them; needed to replace a single file.

    Returns:
        The files written, and what became of the drawings; damaged ones are left out and counted.

    Raises:
        BadFile: an input that cannot be read at all.
        SketchRNNError: there is nothing to import, or a file that is in the way.
    """
    out = Path(out)
    single = out.suffix.lower() in WRITABLE and not out.is_dir()
    if single and out.exists() and not force:
        raise SketchRNNError("exists already", file=out, hint="Give --force to replace it.")
    tally = Tally()
    drawings = _by_category(inputs, category, tally)
    if not drawings:
        why = "; ".join(f"{count:,} {reason}" for reason, count in tally.dropped.most_common(3))
        raise SketchRNNError("there is nothing to import" + (f" ({why})" if why else ""))
    if single:
        make_folder(out.parent)
        write_sketches(out, [sketch for name in in_order(drawings) for sketch in drawings[name]])
        return [out], tally.report()
    shared: dict[str, tuple[Path, list[Sketch]]] = {}  # two words may make one name, on some disks without their case
    for word in in_order(drawings):
        path = out / f"{_file_name(word)}.ndjson"
        shared.setdefault(path.name.casefold(), (path, []))[1].extend(drawings[word])
    return [_add(path, sketches, force, tally) for path, sketches in shared.values()], tally.report()


def add_drawing(sketch: Sketch, folder: str | os.PathLike[str]) -> tuple[Path, int, bool]:
    """Add one drawing to a data set, as `import_drawings` does.

    Args:
        sketch: in any unit, with a category.
        folder: the data set, which `train --data` takes.

    Returns:
        The category's file, how many drawings it holds now, and whether this one is new among them.

    Raises:
        ValueError: no category.
        BadFile: what is there already cannot be read; it is left as it is.
        SketchRNNError: it cannot be written.
    """
    if not sketch.category:
        raise ValueError("expected a sketch with a category, got none")
    path = Path(folder) / f"{_file_name(sketch.category)}.ndjson"
    tally = Tally(kept=1)
    _add(path, [_hand_made(simplified(Sketch(sketch.strokes, sketch.category)))], False, tally)
    return path, sum(1 for _ in read_sketches(path)), tally.kept == 1


def _by_category(
    inputs: Sequence[str | os.PathLike[str]], category: str | None, tally: Tally
) -> dict[str, list[Sketch]]:
    drawings: dict[str, dict[tuple, Sketch]] = {}
    guessed = 0
    for path in find_files(inputs):
        strict = kind_of(path) == ".svg"
        for sketch in read_sketches(path, tally):
            if not sketch.strokes:
                tally.drop(EMPTY)
                continue
            said = category or said_word(sketch)
            guessed += said is None and sketch.category is not None
            word = said or fallback_word(path)
            sketch = as_said(_hand_made(simplified(sketch, strict=strict)), word)
            known = drawings.setdefault(word, {})
            tally.drop(DUPLICATE, sketch.strokes in known)
            known.setdefault(sketch.strokes, sketch)
        tally.files += 1
    tally.kept = sum(map(len, drawings.values()))
    if guessed:
        tally.notes.append(f"{guessed:,} called after their file or folder: a model alone said what they show")
    return {word: list(known.values()) for word, known in drawings.items()}


def _hand_made(sketch: Sketch) -> Sketch:
    """The sketch as a data set has it, which does not tell who drew: else it would not be known again there."""
    return sketch.with_strokes([Stroke(stroke.points) for stroke in sketch.strokes], sketch.pen_down)


def _add(path: Path, sketches: list[Sketch], force: bool, tally: Tally) -> Path:
    """Write a category's file, after what is in it already."""
    make_folder(path.parent)
    before = list(read_sketches(path)) if path.exists() and not force else []
    known = {sketch.strokes for sketch in before}
    fresh = [sketch for sketch in sketches if sketch.strokes not in known]
    write_sketches(path, before + fresh)
    tally.drop(DUPLICATE, len(sketches) - len(fresh))
    tally.kept -= len(sketches) - len(fresh)
    return path


def _file_name(word: str) -> str:
    """The word without what cannot be in a file's name; the records keep it whole."""
    return as_stem(re.sub(r'[/\\:*?"<>|\x00-\x1f\ud800-\udfff]+', "-", word)[:100]) or "drawings"
