"""Where results go: one file that is named, or made-up names in a folder, in any of the formats."""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchrnn.cli.arguments import WrongUse, numbered, real
from sketchrnn.errors import SketchRNNError

if TYPE_CHECKING:
    from sketchrnn.sketch.kinds import Options
    from sketchrnn.sketch.types import Sketch


@dataclass(frozen=True)
class Output:
    """Where results go and as what.

    Args:
        folder: the folder.
        name: the name of a file in it, suffix included; None where names are made up.
        format: a key of `sketch.kinds.FORMATS`.
        force: replace what exists; without it a named file that exists is an error, and made-up names avoid others.
        choices: (field of `sketch.kinds.Options`, value) pairs.
    """

    folder: Path
    name: str | None
    format: str
    force: bool = False
    choices: tuple[tuple[str, Any], ...] = ()

    @property
    def options(self) -> Options:
        """How the files are written."""
        from sketchrnn.sketch.kinds import Options

        return Options(self.format, **dict(self.choices))

    def paths(self, names: Sequence[str], together: str) -> list[Path]:
        """The files that `names` go to: as many, or one for a format that holds all of them.

        Raises:
            SketchRNNError: a file that is named exists already.
        """
        suffix, collected = self.options.kind.suffix, self.options.kind.collects
        if self.name is None:
            return list(self._made_up([together] if collected else names, suffix))
        stem = self.name.removesuffix(Path(self.name).suffix)
        stems = [stem] if collected else numbered(stem, len(names))
        paths = [self.folder / f"{stem}{Path(self.name).suffix}" for stem in stems]
        for path in paths:
            refuse_existing(path, self.force)
        return paths

    def _made_up(self, names: Sequence[str], suffix: str) -> Iterator[Path]:
        taken: set[str] = set()  # on some disks A and a are one
        for name in names:
            path, number = self.folder / f"{name}{suffix}", 1
            while path.name.casefold() in taken or (path.exists() and not self.force):
                number += 1
                path = self.folder / f"{name}_{number}{suffix}"
            taken.add(path.name.casefold())
            yield path


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """`--out`, `--format`, its options and `--force`, from which `output_of` makes an `Output`."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--out",
        type=Path,
        metavar="DIR|FILE",
        help="a folder for files with made-up names (default: this one), or a file; "
        "several pictures in one FILE's name are numbered",
    )
    add_format_arguments(group)


def add_format_arguments(group: argparse._ActionsContainer) -> None:
    """`--format`, what can be chosen for it, and `--force`."""
    from sketchrnn.sketch.kinds import FORMATS, OPTIONS, PAPER_MARGIN, PAPERS

    group.add_argument("--format", choices=list(FORMATS), help="default: what FILE's name ends with, else svg")
    size = group.add_mutually_exclusive_group()
    size.add_argument(
        "--size-mm", type=real(1, 10_000), metavar="MM", help="svg: the page's larger side (default: 100)"
    )
    size.add_argument(
        "--paper",
        choices=list(PAPERS),
        help="svg: a sheet, across where the drawing is wider than high, which fills it but for "
        f"{PAPER_MARGIN:g} mm on each side",
    )
    # None where it is not given: a word that does not fit the format is refused
    lines = group.add_mutually_exclusive_group()
    lines.add_argument(
        "--plotter",
        action="store_true",
        default=None,
        help="svg: a layer for each pen, in each the strokes in an order that shortens the pen's way while it is up",
    )
    lines.add_argument(
        "--wide",
        action="store_true",
        default=None,
        help="svg: lines as wide as the hand drew them, as shapes to look at (default: centre lines, to edit or plot)",
    )
    sizes = OPTIONS["resolution"].values
    group.add_argument(
        "--resolution", type=int, choices=list(sizes), help=f"png: {', '.join(sizes.values())} (default: 2)"
    )
    group.add_argument("--transparent", action="store_true", default=None, help="png: without paper")
    group.add_argument("--force", action="store_true", help="replace files that exist")


def choices_of(arguments: argparse.Namespace, format: str) -> tuple[tuple[str, Any], ...]:
    """What was chosen for the format.

    Raises:
        WrongUse: something that means nothing for it.
    """
    from sketchrnn.sketch.kinds import FORMATS, OPTIONS

    takes = FORMATS[format].takes if format in FORMATS else ()  # .bin, which the data's writer knows, has none
    given = tuple((name, value) for name in OPTIONS if (value := getattr(arguments, name)) is not None)
    for name, _ in given:
        if name not in takes:
            able = [other for other, kind in FORMATS.items() if name in kind.takes]
            flag = "--" + name.replace("_", "-")
            raise WrongUse(f"{flag} means nothing for {format}", hint=f"It goes with {' and '.join(able)}.")
    return given


def output_of(arguments: argparse.Namespace) -> Output:
    """The output that the arguments mean, checked before any work is done.

    Raises:
        WrongUse: a FILE whose name ends otherwise than its format's files do, or with nothing known.
        SketchRNNError: FILE exists and `--force` was not given.
    """
    from sketchrnn.sketch.kinds import FORMATS, format_named

    out, wanted, force = arguments.out, arguments.format, arguments.force
    if out is None or out.is_dir() or not _names_a_file(out):
        format = wanted or "svg"
        return Output(out or Path(), None, format, force, choices_of(arguments, format))
    format = format_named(out.suffix, wanted or "svg")
    if format is None:
        raise WrongUse(f"no format ends with {out.suffix.lower()}", hint=f"Formats: {', '.join(FORMATS)}.")
    if wanted not in (None, format):
        raise WrongUse(f"--format {wanted} does not fit {out}", hint=f"Its files end with {FORMATS[wanted].suffix}.")
    output = Output(out.parent, out.name, format, force, choices_of(arguments, format))
    refuse_existing(out, force)
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
    from sketchrnn.sketch.export import exported
    from sketchrnn.sketch.files import make_folder, write_atomically

    paths = output.paths(names, together)
    make_folder(output.folder)
    if output.options.kind.collects:
        _write_collection(paths[0], sketches)
    else:
        for path, sketch in zip(paths, sketches, strict=True):
            write_atomically(path, exported(sketch, output.options))
    for path in paths:
        print(path)
    return paths


def file_name(words: str) -> str:
    """Words as a part of a file's name: `The Mona Lisa` -> `the-mona-lisa`."""
    from sketchrnn.sketch.files import as_stem

    return as_stem(re.sub(r"[^\w.]+", "-", words.lower()).strip("-.")) or "drawing"


def _names_a_file(path: Path) -> bool:
    return path.suffix.removeprefix(".").isalpha() and len(path.suffix) <= 8


def refuse_existing(path: Path, force: bool) -> None:
    """Refuse a file that was named and is there; looked at before any work is done.

    Raises:
        SketchRNNError: it exists, and `--force` was not given.
    """
    if path.exists() and not force:
        raise SketchRNNError("exists already", file=path, hint="Give --force to replace it.")


def ready_to_write(path: Path | None, force: bool) -> None:
    """Refuse a file beside the results, such as `--json`, that is there, and make its folder; an empty one, such as a
    temporary file, is no loss, nor is what is no file, such as `/dev/stdout`.

    Raises:
        SketchRNNError: as `refuse_existing` and `make_folder`.
    """
    from sketchrnn.sketch.files import make_folder, passes_on

    if path is not None:
        make_folder(path.parent)
        refuse_existing(path, force or passes_on(path) or (path.is_file() and not path.stat().st_size))


def write_figures(path: Path | None, figures: dict[str, Any]) -> None:
    """Write what `--json` names, whole or not at all; nothing where it names nothing.

    What is no finite number, as memory where the system does not tell it, is null: JSON has no word for it.
    """
    from sketchrnn.sketch.files import passes_on, write_atomically

    if path is None:
        return
    text = json.dumps(_known(figures), indent=1, allow_nan=False) + "\n"
    if passes_on(path):
        path.write_text(text, encoding="utf-8")
    else:
        write_atomically(path, text)


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _known(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_known(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_collection(path: Path, sketches: Sequence[Sketch]) -> None:
    from sketchrnn.data.read import write_sketches

    write_sketches(path, sketches)
