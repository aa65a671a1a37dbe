"""Where results go: named files are replaced only with --force, made-up names avoid what is there."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np
import pytest

from sketchrnn.cli.arguments import WrongUse
from sketchrnn.cli.folders import new_folder, refuse_folder
from sketchrnn.cli.output import (
    Output,
    add_output_arguments,
    file_name,
    output_of,
    ready_to_write,
    write_figures,
    write_results,
)
from sketchrnn.errors import SketchRNNError
from sketchrnn.sketch.kinds import FORMATS
from sketchrnn.sketch.types import Sketch, Stroke

LINE = Sketch((Stroke(np.array([[0, 0], [10, 20]])),), "line")
SKETCHES = [LINE, Sketch((Stroke(np.array([[5, 5]]), "model"),)), LINE]
MAGIC = {
    "svg": b"<?xml",
    "svg-animated": b"<?xml",
    "png": b"\x89PNG\r\n\x1a\n",
    "gif": b"GIF89a",
    "ndjson": b"{",
    "npz": b"PK\x03\x04",
}


def output(*words: str) -> Output:
    parser = argparse.ArgumentParser()
    add_output_arguments(parser)
    return output_of(parser.parse_args(words))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sketchrnn.sketch.export.PNG_SIDE", 32)  # time for other tests
    monkeypatch.setattr("sketchrnn.sketch.export.GIF_SIDE", 64)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], Output(Path("."), None, "svg")),
        (["--out", "new"], Output(Path("new"), None, "svg")),
        (["--out", "a/b", "--format", "png"], Output(Path("a/b"), None, "png")),
        (["--out", "v1.2"], Output(Path("v1.2"), None, "svg")),
        (["--out", "cat.svg"], Output(Path("."), "cat.svg", "svg")),
        (["--out", "a/cat.PNG"], Output(Path("a"), "cat.PNG", "png")),
        (["--out", "cat.svg", "--format", "svg-animated"], Output(Path("."), "cat.svg", "svg-animated")),
        (["--out", "cat.ndjson", "--force"], Output(Path("."), "cat.ndjson", "ndjson", True)),
    ],
)
def test_a_suffix_makes_a_file_of_it(words: list[str], expected: Output) -> None:
    assert output(*words) == expected


def test_a_folder_that_is_there_is_one_whatever_its_name(here: Path) -> None:
    (here / "cat.svg").mkdir()
    assert output("--out", "cat.svg") == Output(Path("cat.svg"), None, "svg")


@pytest.mark.parametrize("words", [["--out", "cat.jpg"], ["--out", "cat.svg", "--format", "png"]])
def test_names_that_fit_no_format_are_wrong_use(words: list[str]) -> None:
    with pytest.raises(WrongUse):
        output(*words)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("count", [1, 3])
def test_every_format_is_written(here: Path, capsys, format: str, count: int) -> None:
    sketches, names = SKETCHES[:count], ["a", "b", "a"][:count]
    paths = write_results(output("--out", "new", "--format", format), sketches, names, "all")
    assert len(paths) == (1 if format in ("ndjson", "npz") else count) == len(set(paths))
    assert capsys.readouterr().out.splitlines() == [str(path) for path in paths]
    for path in paths:
        assert path.parent == Path("new") and path.suffix == FORMATS[format].suffix
        assert path.read_bytes().startswith(MAGIC[format])


def test_made_up_names_avoid_what_is_there(here: Path) -> None:
    (here / "a.svg").write_text("mine")
    paths = write_results(output(), SKETCHES, ["a", "a", "b"])
    assert [path.name for path in paths] == ["a_2.svg", "a_3.svg", "b.svg"]
    assert (here / "a.svg").read_text() == "mine"
    assert [path.name for path in write_results(output("--force"), [LINE], ["a"])] == ["a.svg"]
    assert (here / "a.svg").read_text() != "mine"


def test_made_up_names_differ_where_a_disk_knows_no_capitals(here: Path) -> None:
    """macOS and Windows: of two results one replaced the other."""
    paths = write_results(output("--force"), SKETCHES, ["Cat", "cat", "STRASSE"])
    assert [path.name for path in paths] == ["Cat.svg", "cat_2.svg", "STRASSE.svg"]


def test_a_named_file_is_replaced_only_with_force(here: Path) -> None:
    (here / "cat.svg").write_text("mine")
    with pytest.raises(SketchRNNError, match="exists already. Give --force"):
        output("--out", "cat.svg")
    assert (here / "cat.svg").read_text() == "mine"
    assert write_results(output("--out", "cat.svg", "--force"), [LINE], ["x"]) == [Path("cat.svg")]
    assert (here / "cat.svg").read_text().startswith("<?xml")


def test_several_pictures_in_one_name_are_numbered_and_none_is_lost(here: Path) -> None:
    (here / "cat-2.svg").write_text("mine")
    with pytest.raises(SketchRNNError, match=r"cat-2\.svg: exists already"):
        write_results(output("--out", "cat.svg"), SKETCHES, ["x", "y", "z"])
    assert sorted(path.name for path in here.iterdir()) == ["cat-2.svg"]
    paths = write_results(output("--out", "dog.svg"), SKETCHES, ["x", "y", "z"])
    assert [path.name for path in paths] == ["dog-1.svg", "dog-2.svg", "dog-3.svg"]


def test_equal_results_are_equal_bytes(here: Path) -> None:
    for format in FORMATS:
        one, two = (write_results(output("--out", to, "--format", format), [LINE], ["a"], "a") for to in ("x", "y"))
        assert one[0].read_bytes() == two[0].read_bytes(), format


def test_a_folder_that_cannot_be_is_said(here: Path) -> None:
    (here / "taken").write_text("a file")
    with pytest.raises(SketchRNNError, match="taken"):
        write_results(output("--out", "taken/below"), [LINE], ["a"])


def results(folder: Path, text: str = "{}") -> None:
    """A folder of results as they are known: by a report, and one folder below."""
    (folder / "below").mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(text)
    (folder / "below" / "a.ndjson").write_text(text)


def test_nothing_but_results_is_replaced_and_they_are_only_with_force(here: Path) -> None:
    results(here / "out")
    with pytest.raises(SketchRNNError, match="exists already"):
        refuse_folder(here / "out", "report.json", (".ndjson",), force=False)
    refuse_folder(here / "out", "report.json", (".ndjson",), force=True)
    (here / "out" / "below" / "mine.txt").write_text("mine")
    with pytest.raises(SketchRNNError, match=r"such as mine\.txt"):
        refuse_folder(here / "out", "report.json", (".ndjson",), force=True)


def test_a_new_folder_that_cannot_take_its_place_leaves_the_old_one(here: Path, monkeypatch) -> None:
    results(here / "out", "old")
    rename = os.replace

    def failing(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            raise OSError(13, "Permission denied")
        rename(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with (
        pytest.raises(SketchRNNError, match="out: could not be written: Permission denied"),
        new_folder(here / "out") as new,
    ):
        results(new, "new")
    assert (here / "out" / "report.json").read_text() == "old" and [path.name for path in here.iterdir()] == ["out"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_folder_behind_a_link_is_replaced_where_it_lies(here: Path) -> None:
    results(here / "disk" / "out", "old")
    (here / "link").symlink_to(here / "disk" / "out")
    with new_folder(here / "link") as new:
        results(new, "new")
    assert (here / "link").is_symlink() and (here / "disk" / "out" / "report.json").read_text() == "new"
    assert [path.name for path in (here / "disk").iterdir()] == ["out"]


def test_words_become_names() -> None:
    assert file_name("The Mona Lisa") == "the-mona-lisa"
    assert file_name("t-shirt") == "t-shirt"
    assert file_name("../../etc/passwd") == "etc-passwd"
    assert file_name("") == file_name("///") == "drawing"
    assert file_name("Con") == "con-" and file_name("aux.x") == "aux.x-"  # else Windows writes to a device
    assert len(file_name("漢" * 300).encode()) <= 200  # disks count bytes


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (["--out", "a.png", "--plotter"], "--plotter"),
        (["--format", "svg-animated", "--plotter"], "--plotter"),
        (["--transparent"], "--transparent"),
        (["--format", "gif", "--resolution", "4"], "--resolution"),
        (["--out", "a.ndjson", "--size-mm", "50"], "--size-mm"),
        (["--format", "svg-animated", "--paper", "a4"], "--paper"),
    ],
)
def test_options_of_another_format_are_wrong_use(words: list[str], flag: str) -> None:
    with pytest.raises(WrongUse, match=flag):
        output(*words)


def test_options_are_heard(here: Path) -> None:
    one = output("--format", "png", "--resolution", "4", "--transparent").options
    assert (one.resolution, one.transparent) == (4, True)
    two = output("--size-mm", "80", "--plotter").options
    assert (two.format, two.size_mm, two.plotter, two.wide) == ("svg", 80.0, True, False)
    assert output("--wide").options.wide
    assert b'="80mm"' in write_results(output("--size-mm", "80"), [LINE], ["a"])[0].read_bytes()
    assert b'="297mm"' in write_results(output("--paper", "a4"), [LINE], ["b"])[0].read_bytes()


@pytest.mark.parametrize("words", [("--paper", "a4", "--size-mm", "80"), ("--plotter", "--wide")], ids=str)
def test_a_page_has_one_size_and_a_plotter_no_shapes(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as wrong:
        output(*words)
    assert wrong.value.code == 2


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no files stand for what is open there")
def test_figures_go_through_a_pipe_unasked() -> None:
    theirs, ours = os.pipe()
    path = Path(f"/dev/fd/{ours}")
    ready_to_write(path, force=False)
    write_figures(path, {"ready_s": 1.5})
    os.close(ours)
    with open(theirs) as stream:
        assert json.load(stream) == {"ready_s": 1.5}
