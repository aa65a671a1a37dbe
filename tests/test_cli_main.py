"""The entry of the program: which verb is meant, and what its end means to a shell."""

from __future__ import annotations

import argparse
import io
import pickle
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from sketchrnn import __version__
from sketchrnn.cli import main as entry
from sketchrnn.cli.arguments import WrongUse, fraction, numbered, real, seed, whole
from sketchrnn.cli.main import VERBS, main
from sketchrnn.errors import BadFile, SketchRNNError


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Puts a verb `draw` in place that takes FILE and --number, and does what it is told: raise it or return it."""

    def put(end: object) -> None:
        def run(arguments: argparse.Namespace) -> int:
            if isinstance(end, BaseException):
                raise end
            print(arguments.file, arguments.number)
            return end  # type: ignore[return-value]

        def add_parser(subparsers) -> None:
            parser = subparsers.add_parser("draw")
            parser.add_argument("file", nargs="?")
            parser.add_argument("--number", type=whole(1, 9))
            parser.set_defaults(run=run)

        module = types.ModuleType("sketchrnn.cli.draw")
        module.add_parser = add_parser  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "sketchrnn.cli.draw", module)

    return put


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ([], "None None"),
        (["draw"], "None None"),
        (["cat.svg"], "cat.svg None"),
        (["draw", "cat.svg", "--number", "3"], "cat.svg 3"),
        (["--number", "3"], "None 3"),
        (["--number", "3", "cat.svg"], "cat.svg 3"),
        (["drawings/half a cat"], "drawings/half a cat None"),
        (["draw", "train"], "train None"),
    ],
)
def test_without_a_verb_the_window_is_meant(verb, capsys, words: list[str], printed: str) -> None:
    verb(0)
    assert main(words) == 0
    assert capsys.readouterr().out.strip() == printed


def test_a_file_without_a_suffix_is_no_misspelt_verb(verb, capsys, tmp_path, monkeypatch) -> None:
    verb(0)
    monkeypatch.chdir(tmp_path)
    assert main(["complet"]) == 2
    assert "did you mean 'complete'?" in capsys.readouterr().err
    (tmp_path / "complet").touch()
    assert main(["complet"]) == 0


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        (0, 0, ""),
        (None, 0, ""),
        (1, 1, ""),
        (BadFile("is damaged", file="a.npz", record=3, hint="Get it again."), 1, "a.npz, record 3: is damaged"),
        (SketchRNNError("two\nlines"), 1, "two lines"),
        (WrongUse("these two cannot be meant together"), 2, "these two"),
        (FileNotFoundError(2, "No such file or directory", "x.svg"), 1, "x.svg: No such file or directory"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (MemoryError(), 1, "not enough memory"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (BrokenPipeError(), 0, ""),
        (ModuleNotFoundError("No module named 'svgelements'", name="svgelements"), 1, "pip install 'sketchrnn[svg]'"),
    ],
)
def test_every_end_has_its_code_and_at_most_one_line(verb, capsys, end: object, code: int, said: str) -> None:
    verb(end)
    assert main(["draw"]) == code
    error = capsys.readouterr().err
    assert error.count("\n") == (1 if said else 0)
    assert said in error and error.startswith("sketchrnn: " if said else "")


def test_what_a_person_is_told_is_one_line_from_another_process_too() -> None:
    error = BadFile("two\nlines", file=Path("a.npz"), record=3, hint="Get it again.")
    for told in (error, pickle.loads(pickle.dumps(error))):
        assert type(told) is BadFile and str(told) == "a.npz, record 3: two lines. Get it again."
        assert (told.what, told.file, told.record, told.hint) == ("two\nlines", "a.npz", 3, "Get it again.")


@pytest.mark.parametrize("end", [ValueError("a bug"), ModuleNotFoundError("no", name="sketchrnn.nowhere")])
def test_a_bug_is_not_dressed_up(verb, end: Exception) -> None:
    verb(end)
    with pytest.raises(type(end)):
        main(["draw"])


@pytest.mark.parametrize(
    "words", [["draw", "--number", "10"], ["draw", "--number", "x"], ["draw", "a", "b"], ["draw", "--nothing"]]
)
def test_wrong_use_shows_the_verbs_usage(verb, capsys, words: list[str]) -> None:
    verb(0)
    assert main(words) == 2
    assert capsys.readouterr().err.startswith("usage: sketchrnn draw ")


class Full(io.RawIOBase):
    """A disk that is full once."""

    full = True

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        if self.full:
            self.full = False
            raise OSError(28, "No space left on device")
        return len(data)


def test_what_cannot_be_written_to_the_end_is_not_done(verb, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    verb(0)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(Full())))
    assert main(["draw", "cat.svg"]) == 1
    assert capsys.readouterr().err == "sketchrnn: No space left on device\n"


def test_a_name_is_written_whatever_letters_the_stream_has(verb, monkeypatch: pytest.MonkeyPatch) -> None:
    verb(0)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["draw", "Käse.svg"]) == 0
    assert stream.buffer.getvalue() == b"K\\xe4se.svg None\n"


def test_help_and_version_need_no_verb(capsys) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"sketchrnn {__version__}\n"
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in VERBS)


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes the streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_stream_that_was_closed_is_no_error(closed: str, fixtures: Path, tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_bytes((fixtures / "simplified.ndjson").read_bytes())
    words = f"{sys.executable} -m sketchrnn data stats in.ndjson {closed}"
    done = subprocess.run(["sh", "-c", words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("drawings" in done.stdout) == (closed == "2>&-")


def test_a_reader_that_leaves_is_no_error() -> None:
    code = "import sys; from sketchrnn.cli.main import main; sys.exit(main(['--help']))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_reader_of_errors_that_leaves_changes_no_exit_code() -> None:
    code = "import sys; from sketchrnn.cli.main import main; sys.exit(main(['train', '--resume']))"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.close()
    assert process.returncode == 2


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (whole(1), {"1": 1, "20": 20}, ["0", "-1", "1.5", "x", "", "nan"]),
        (whole(0, 5), {"0": 0, "5": 5}, ["6", "-1"]),
        (real(0.01, 1), {"0.25": 0.25, "1": 1.0}, ["0", "1.01", "nan", "inf", "-inf"]),
        (fraction, {"0.3": 0.3, "1": 1.0}, ["0", "1.1", "-0.1", "nan"]),
        (seed, {"0": 0, "4294967295": 2**32 - 1}, ["-1", "4294967296", "1e3"]),
    ],
)
def test_numbers_have_bounds(kind, good: dict[str, float], bad: list[str]) -> None:
    assert {text: kind(text) for text in good} == good
    for text in bad:
        with pytest.raises(argparse.ArgumentTypeError, match="expected a"):
            kind(text)


def test_numbered_names_sort() -> None:
    assert numbered("cat", 0) == ["cat"] and numbered("cat", 1) == ["cat"]
    assert numbered("cat", 3) == ["cat-1", "cat-2", "cat-3"]
    names = numbered("cat", 100)
    assert names == sorted(names) and names[0] == "cat-001"


def test_the_table_of_verbs_names_modules_that_are_there() -> None:
    from importlib.util import find_spec

    missing = [verb for verb in VERBS if find_spec(f"sketchrnn.cli.{verb}") is None]
    assert missing == []
    assert set(entry.EXTRAS.values()) <= {"train", "svg"}
