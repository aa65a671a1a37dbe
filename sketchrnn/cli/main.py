"""The entry of the program: which verb is meant, and what its end means to a shell.

Only the module of the verb that is asked for is imported; each verb imports what is heavy inside its functions, so that
every `--help` answers at once, without jax and without a display. A verb is a module `sketchrnn/cli/<verb>.py` with
`add_parser(subparsers)`, which calls `set_defaults(run=run)`, and `run(arguments) -> int`.

Exit codes: 0 done, 1 could not (one line on stderr says why), 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from sketchrnn import __version__
from sketchrnn.cli.arguments import WrongUse
from sketchrnn.errors import SketchRNNError

DONE, COULD_NOT, WRONG_USE, INTERRUPTED = 0, 1, 2, 130

VERBS = {
    "draw": "open the window, on FILE if one is named (the same as no verb at all)",
    "complete": "finish drawings",
    "sample": "draw whole sketches of categories",
    "reconstruct": "draw sketches again through their latent code",
    "morph": "draw what lies between two sketches",
    "guess": "say what is being drawn",
    "convert": "bring drawings into Quick, Draw!'s simplified form, or into another format",
    "data": "download, import, show and count drawings",
    "train": "train a model",
    "evaluate": "score a model on held-out drawings",
    "models": "list, describe and export models",
    "benchmark": "measure start, frames, completions and training on this machine",
}
"""Every verb, in the order of the help, with its line there."""

EXTRAS = {"tensorboardX": "train", "matplotlib": "train", "PIL": "train", "svgelements": "svg"}
"""Modules that the package does without, and the extra that brings each."""

_EPILOG = """\
examples:
  sketchrnn                                      draw, and let the model finish it
  sketchrnn cat.svg                              go on with a drawing
  sketchrnn complete cat.svg --count 9 --seed 7  nine endings as SVG files
  sketchrnn VERB --help                          what a verb takes, with examples

exit codes: 0 done, 1 could not, 2 wrong use, 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line.

    Args:
        argv: the words after the program's name; those of the process by default.

    Returns:
        The exit code. Everything that a person can mend is said in one line on stderr; what is left to raise is a bug.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _have_streams()
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse's way to end
        return stop.code if isinstance(stop.code, int) else DONE if stop.code is None else COULD_NOT
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:  # `sketchrnn ... | head`
        _leave(sys.stdout)
        return DONE
    except WrongUse as error:
        return _fail(str(error), WRONG_USE)
    except SketchRNNError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        return _fail(_missing_extra(error))
    except OSError as error:
        return _fail(_plain(error))
    except MemoryError:
        return _fail("not enough memory")
    except RuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error):  # what jax says, without importing it to know its type
            raise
        return _fail("the device has not enough memory for this. Give --device cpu, or ask for less at once")


def build_parser(verb: str | None = None) -> argparse.ArgumentParser:
    """The program's parser.

    Args:
        verb: the one verb whose own arguments are wanted; None for a parser that only knows the verbs' names.
    """
    parser = argparse.ArgumentParser(
        prog="sketchrnn",
        usage="sketchrnn [FILE]\n       sketchrnn VERB ...",
        description="Draw the start of something, and a Sketch-RNN finishes it stroke by stroke.",
        epilog=_verbs_text() + _EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sketchrnn {__version__}")
    if verb is not None:
        # its own `prog`, or each verb's usage would begin with both usages of the program
        subparsers = parser.add_subparsers(dest="verb", prog="sketchrnn", parser_class=_VerbParser)
        importlib.import_module(f"sketchrnn.cli.{verb}").add_parser(subparsers)
    return parser


class _VerbParser(argparse.ArgumentParser):
    """A verb's parser: it refuses words that it does not know itself, so that its own usage is shown."""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[override]
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._nearest(unknown)}")
        return namespace, unknown

    def _nearest(self, unknown: list[str]) -> str:
        """Which flag may have been meant, in brackets, or nothing."""
        flags = [word.partition("=")[0] for word in unknown if word.startswith("--")]
        near = difflib.get_close_matches(flags[0], self._option_string_actions, n=1) if flags else []
        return f" (did you mean {near[0]}?)" if near else ""


def _have_streams() -> None:
    """Something to write to where stdout or stderr was closed, and that writes names of any letters."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _run(words: list[str]) -> int:
    if words[:1] in (["-h"], ["--help"], ["--version"]):
        build_parser().parse_args(words[:1])
    verb, words = _with_verb(words)
    arguments = build_parser(verb).parse_args(words)
    return arguments.run(arguments) or DONE


def _with_verb(words: list[str]) -> tuple[str, list[str]]:
    """The verb that is meant and the words that begin with it; without one the window is meant."""
    if words and words[0] in VERBS:
        return words[0], words
    if words and _looks_like_a_verb(words[0]):
        near = difflib.get_close_matches(words[0], VERBS, n=1)
        meant = f"did you mean '{near[0]}'?" if near else f"verbs: {', '.join(VERBS)}"
        build_parser().error(f"'{words[0]}' is neither a verb nor a file; {meant}")
    return "draw", ["draw", *words]


def _looks_like_a_verb(word: str) -> bool:
    return word.replace("-", "").isalpha() and not word.startswith("-") and not Path(word).exists()


def _verbs_text() -> str:
    width = max(map(len, VERBS)) + 2
    return "verbs:\n" + "".join(f"  {verb:{width}}{line}\n" for verb, line in VERBS.items()) + "\n"


def _fail(message: str, code: int = COULD_NOT) -> int:
    try:
        print(f"sketchrnn: {' '.join(message.split())}", file=sys.stderr)
    except BrokenPipeError:  # `sketchrnn ... 2>&1 | tee`
        _leave(sys.stderr)
    return code


def _plain(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason


def _missing_extra(error: ModuleNotFoundError) -> str:
    package = (error.name or "").partition(".")[0]
    if package not in EXTRAS:
        raise error
    return f"this needs {package}, which is not installed. Install it with: pip install 'sketchrnn[{EXTRAS[package]}]'"


def _leave(stream: TextIO) -> None:
    """Nobody reads the stream any more: end without a word of that, at the interpreter's exit too."""
    from sketchrnn.sketch.files import write_nowhere

    with contextlib.suppress(OSError, ValueError):  # one that is no file, as under a test
        write_nowhere(stream.fileno())
