"""Where results go: one file that is named, or made-up names in a folder, in any of the formats."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sketchrnn.cli.arguments import WrongUse, numbered
from sketchrnn.errors import SketchRNNError

if TYPE_CHECKING:
    from sketchrnn.sketch.types import Sketch

SUFFIXES = {"svg": ".svg", "svg-animated": ".svg", "png": ".png", "gif": ".gif", "ndjson": ".ndjson", "npz": ".npz"}
"""Format -> how its files' names end; the first format of a suffix is meant where only a name is given."""
COLLECTIONS = ("ndjson", "npz")
"""Formats of which one file holds all drawings."""
PNG_SIZE, GIF_SIZE = 1024, 480
"""Pixels along both sides."""


@dataclass(frozen=True)
class Output:
    """Where results go and as what.

    Args:
        folder: the folder.
        name: the name of a file in it, suffix included; None where names are made up.
        format: a key of `SUFFIXES`.
        force: replace what exists; without it a named file that exists is an error, and made-up names avoid others.
    """

    folder: Path
    name: str | None
    format: str
    force: bool = False

    def paths(self, names: Sequence[str], together: str) -> list[Path]:
        """The files that `names` go to: as many, or one for a format that holds all of them.

        Raises:
            SketchRNNError: a file that is named exists already.
        """
        suffix = SUFFIXES[self.format]
        collected = self.format in COLLECTIONS
        if self.name is None:
            return list(self._made_up([together] if collected else names, suffix))
        stem = self.name.removesuffix(Path(self.name).suffix)
        stems = [stem] if collected else numbered(stem, len(names))
        paths = [self.folder / f"{stem}{Path(self.name).suffix}" for stem in stems]
        self._refuse_existing(paths)
        return paths

    def _refuse_existing(self, paths: Sequence[Path]) -> None:
        for path in paths:
            if path.exists() and not self.force:
                raise SketchRNNError("exists already", file=path, hint="Give --force to replace it.")

    def _made_up(self, names: Sequence[str], suffix: str) -> Iterator[Path]:
        taken: set[Path] = set()
        for name in names:
            path, number = self.folder / f"{name}{suffix}", 1
            while path in taken or (path.exists() and not self.force):
                number += 1
                path = self.folder / f"{name}_{number}{suffix}"
            taken.add(path)
            yield path


def add_output_arguments(parser: argparse.ArgumentParser, formats: Sequence[str] = tuple(SUFFIXES)) -> None:
    """`--out`, `--format` and `--force`, from which `output_of` makes an `Output`."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--out",
        type=Path,
        metavar="DIR|FILE",
        help="a folder for files with made-up names (default: this one), or a file; "
        "several pictures in one FILE's name are numbered",
    )
    group.add_argument("--format", choices=list(formats), help="default: what FILE's name ends with, else svg")
    group.add_argument("--force", action="store_true", help="replace files that exist")


def output_of(arguments: argparse.Namespace) -> Output:
    """The output that the arguments mean, checked before any work is done.

    Raises:
        WrongUse: a FILE whose name ends otherwise than its format's files do, or with nothing known.
        SketchRNNError: FILE exists and `--force` was not given.
    """
    out, wanted, force = arguments.out, arguments.format, arguments.force
    if out is None or out.is_dir() or not _names_a_file(out):
        return Output(out or Path(), None, wanted or "svg", force)
    suffix = out.suffix.lower()
    fitting = [name for name, ending in SUFFIXES.items() if ending == suffix]
    if not fitting:
        raise WrongUse(f"no format ends with {suffix}", hint=f"Formats: {', '.join(SUFFIXES)}.")
    if wanted is not None and wanted not in fitting:
        raise WrongUse(f"--format {wanted} does not fit {out}", hint=f"Its files end with {SUFFIXES[wanted]}.")
    output = Output(out.parent, out.name, wanted or fitting[0], force)
    output._refuse_existing([out])
    return output


def write_results(
    output: Output, sketches: Sequence[Sketch], names: Sequence[str], together: str = "drawings"
) -> list[Path]:
    """Write the sketches, each file whole or not at all, and say their names on stdout, one a line.

    Args:
        output: where to and as what.
        sketches: what.
        names: what each is called, without a suffix; see `file_name` for words that people typed.
        together: what a file of all of them is called, where it is not named.

    Raises:
        SketchRNNError: a file that is named exists already, or cannot be written.
    """
    from sketchrnn.sketch.files import write_atomically

    paths = output.paths(names, together)
    _make_folder(output.folder)
    if output.format in COLLECTIONS:
        _write_collection(paths[0], sketches)
    else:
        for path, sketch in zip(paths, sketches, strict=True):
            write_atomically(path, picture(sketch, output.format))
    for path in paths:
        print(path)
    return paths


def picture(sketch: Sketch, format: str) -> str | bytes:
    """The sketch as the content of an `svg`, `svg-animated`, `png` or `gif` file."""
    if format in ("svg", "svg-animated"):
        from sketchrnn.sketch.svg import write_svg

        return write_svg(sketch, animated=format == "svg-animated")
    from sketchrnn.sketch.raster import animation_frames, gif_bytes, png_bytes, rasterise

    if format == "gif":
        return gif_bytes(animation_frames(sketch, GIF_SIZE))
    return png_bytes(rasterise(sketch, PNG_SIZE))


def file_name(words: str) -> str:
    """Words as a part of a file's name: `The Mona Lisa` -> `the-mona-lisa`."""
    return re.sub(r"[^\w.]+", "-", words.lower()).strip("-.") or "drawing"


def _names_a_file(path: Path) -> bool:
    return path.suffix.removeprefix(".").isalpha() and len(path.suffix) <= 8


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SketchRNNError(f"cannot be made a folder: {error.strerror}", file=folder) from error


def _write_collection(path: Path, sketches: Sequence[Sketch]) -> None:
    from sketchrnn.data.read import write_sketches

    write_sketches(path, sketches)
