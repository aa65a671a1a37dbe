"""`sketchrnn draw`, or no verb at all: the window."""

from __future__ import annotations

import argparse
import re
from functools import partial
from pathlib import Path

from sketchrnn.cli.arguments import MODEL_HELP, real, verb_parser

_EXAMPLES = """\
  sketchrnn                          draw, and let the model finish it
  sketchrnn cat.svg                  go on with a drawing; .ndjson, .npz and .bin open, too
  sketchrnn draw --theme dark --ui-scale 1.5
  sketchrnn draw --model mine.safetensors
  sketchrnn draw cat.svg --screenshot window.png --size 1280x800
"""


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Adds the verb."""
    parser = verb_parser(
        subparsers,
        "draw",
        "Opens the window: draw the start of something, and the model finishes it. F1 shows all keys.",
        _EXAMPLES,
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a drawing to begin with")
    parser.add_argument("--model", type=Path, metavar="MODEL", help=MODEL_HELP)
    parser.add_argument("--size", type=_size, metavar="WxH", help="of the window, px (default: 1280x800 if it fits)")
    parser.add_argument("--ui-scale", type=real(0.75, 3.0), metavar="X", help="size of buttons and text")
    parser.add_argument("--theme", choices=("light", "dark"), help="instead of the one remembered")
    parser.add_argument("--frame-log", type=Path, metavar="FILE", help="write one line per frame: times and state")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="write a PNG of the window at rest, and leave")
    parser.add_argument("--force", action="store_true", help="replace the log and the picture if they exist")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Opens the window and stays until it is closed."""
    for written in filter(None, (arguments.frame_log, arguments.screenshot)):
        from sketchrnn.cli.output import ready_to_write  # a person who draws does not wait for it

        ready_to_write(written, arguments.force)
    from sketchrnn.window.run import run as run_window

    return run_window(
        partial(_start_engine, arguments.model),
        open_file=arguments.file,
        frame_log=arguments.frame_log,
        size=arguments.size,
        ui_scale=arguments.ui_scale,
        theme=arguments.theme,
        screenshot=arguments.screenshot,
    )


def _start_engine(bundle: Path | None):
    # imported when the first frame is on the screen
    from sketchrnn.engine.worker import start_worker

    return start_worker(bundle)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,5})[x×](\d{2,5})", text.strip().lower())
    if match is None or min(map(int, match.groups())) < 200:
        raise argparse.ArgumentTypeError(f"expected a size of at least 200 as in 1280x800, got {text!r}")
    return int(match[1]), int(match[2])
