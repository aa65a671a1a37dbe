"""`sketchrnn benchmark`: how fast the program is on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from sketchrnn.cli.arguments import WrongUse, add_device_argument, real, verb_parser, whole
from sketchrnn.cli.asking import add_bundle_argument
from sketchrnn.cli.output import ready_to_write, write_figures
from sketchrnn.cli.progress import Progress

_EXAMPLES = """
  sketchrnn benchmark start                  until the window shows, takes the pen, and the model is ready
  sketchrnn benchmark frames                 how even the frames are while nine endings are drawn
  sketchrnn benchmark complete --json c.json how fast completions come, beside memory and a plain numpy loop
  sketchrnn benchmark train                  points per second, and where the time of a step goes
  sketchrnn benchmark train --preset paper --precision bfloat16 --sizes 256 512
  sketchrnn benchmark data --data drawings/  from files to batches, and how time and memory grow with their number
"""

MEASURED = {
    "start": "the time from the start of the process to a window, and to a model that is ready",
    "frames": "frames while completing, and the cost of an idle window",
    "complete": "the engine: first point, steps, nine endings, starts",
    "train": "the training loop",
    "data": "reading drawings, keeping them, making batches of them",
}


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Adds the verb; each measurement takes only what means something to it."""
    parser = verb_parser(
        subparsers,
        "benchmark",
        "Measures the program on this machine, as it is: what else runs counts. Names end with their unit.",
        _EXAMPLES,
    )
    kinds = parser.add_subparsers(dest="what", required=True, metavar="|".join(MEASURED))
    for what, words in MEASURED.items():
        kind = kinds.add_parser(what, help=words, description=f"Measures {words}.")
        _ADDS[what](kind)
        kind.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE, too")
        kind.add_argument("--force", action="store_true", help="replace FILE")
    parser.set_defaults(run=run)
    return parser


def _add_frames_arguments(parser: argparse.ArgumentParser) -> None:
    _add_seconds(parser, "of each kind of drawing, and of rest")
    _add_complete_arguments(parser)


def _add_complete_arguments(parser: argparse.ArgumentParser) -> None:
    add_bundle_argument(parser)
    parser.add_argument("--threads", type=whole(1, 64), metavar="N", help="of the engine (default: as many as suit)")


def _add_data_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        nargs="+",
        type=Path,
        default=[],
        metavar="PATH",
        help="files and folders of data (default: synthetic)",
    )


def _add_train_arguments(parser: argparse.ArgumentParser) -> None:
    from sketchrnn.training.config import PRESETS

    add_device_argument(parser)  # the window's engine, which the others measure, computes on the processor
    # what is taken apart are padded batches
    padded = [name for name, config in PRESETS.items() if not config.row_points]
    parser.add_argument("--preset", choices=padded, default="everything", help="what is trained (everything)")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], help="of the products (the preset's)")
    parser.add_argument("--batch-size", type=whole(1, 65_536), metavar="N", help="drawings in a batch (the preset's)")
    _add_seconds(parser, "of training")
    parser.add_argument(
        "--sizes",
        nargs="*",
        type=whole(1, 65_536),
        metavar="UNITS",
        help="measure steps of decoders of these sizes, too (256 512 1024 2048)",
    )
    parser.add_argument(
        "--epochs",
        nargs="*",
        type=whole(1, 50_000_000),
        metavar="DRAWINGS",
        help="and how long epochs of so many drawings take (10000 50000 250000 1000000)",
    )


def _add_seconds(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--seconds", type=real(0.5, 600), default=10.0, metavar="S", help=f"{what} (default: 10)")


_ADDS = {
    "start": add_bundle_argument,
    "frames": _add_frames_arguments,
    "complete": _add_complete_arguments,
    "train": _add_train_arguments,
    "data": _add_data_arguments,
}


def run(arguments: argparse.Namespace) -> int:
    """Measures, and says the figures on stdout."""
    if arguments.force and arguments.json is None:
        raise WrongUse("--force means nothing without --json")
    ready_to_write(arguments.json, arguments.force)
    figures = _MEASURES[arguments.what](arguments)
    print("\n".join(_lines(figures)))
    write_figures(arguments.json, figures)
    return 0


def _lines(figures: dict) -> list[str]:
    """A line for each figure; a list of rows becomes a table at the end."""
    single = {name: value for name, value in figures.items() if not isinstance(value, list)}
    width = max(map(len, single))
    lines = [f"{name:{width}}  {_text(value)}" for name, value in single.items()]
    for name, rows in figures.items():
        if isinstance(rows, list) and rows:
            cells = [[name, *rows[0]], *(["", *map(_text, row.values())] for row in rows)]
            widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
            table = ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in cells]
            lines += ["", *table]
    return lines


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _start(arguments: argparse.Namespace) -> dict:
    from sketchrnn.benchmarks import start

    return start.measure(_bundle(arguments))


def _frames(arguments: argparse.Namespace) -> dict:
    from functools import partial

    from sketchrnn.benchmarks import frames
    from sketchrnn.engine.worker import start_worker

    return frames.measure(arguments.seconds, partial(start_worker, _bundle(arguments), threads=arguments.threads))


def _complete(arguments: argparse.Namespace) -> dict:
    from sketchrnn.benchmarks import complete

    return complete.measure(_bundle(arguments), threads=arguments.threads)


def _train(arguments: argparse.Namespace) -> dict:
    from sketchrnn.training.memory import keep_memory

    keep_memory()  # as in training, before jax asks for any
    from sketchrnn.benchmarks import train, train_tables
    from sketchrnn.engine.compiling import keep_compiled
    from sketchrnn.engine.device import use_device

    keep_compiled()  # as in training
    use_device(arguments.device)
    sizes = [] if arguments.sizes is None else arguments.sizes or train_tables.SIZES
    epochs = [] if arguments.epochs is None else arguments.epochs or train_tables.EPOCHS
    given = arguments.preset, arguments.precision, arguments.seconds
    with Progress() as progress:
        return train.measure(*given, batch_size=arguments.batch_size, sizes=sizes, epochs=epochs, say=progress.say)


def _data(arguments: argparse.Namespace) -> dict:
    from sketchrnn.benchmarks import data

    with Progress() as progress:
        return data.measure(arguments.data, say=progress.say)


def _bundle(arguments: argparse.Namespace) -> Path:
    """The model's file, found before anything is measured."""
    from sketchrnn.engine.bundled import find_bundle

    return find_bundle(arguments.model)


_MEASURES = {"start": _start, "frames": _frames, "complete": _complete, "train": _train, "data": _data}
