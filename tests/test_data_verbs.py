"""`sketchrnn data` and `sketchrnn convert` from the words typed to the files written."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from random_sketches import simplified_sketches

from sketchrnn.app.documents import document_text, is_own
from sketchrnn.cli.main import main
from sketchrnn.data.documents import import_drawings
from sketchrnn.data.download import download_folder
from sketchrnn.data.read import read_corpus, read_sketches, write_sketches
from sketchrnn.data.report import Report
from sketchrnn.sketch.said import as_said
from sketchrnn.sketch.svg import read_svg, write_svg
from sketchrnn.sketch.types import Sketch, Stroke

SQUARE = Sketch((Stroke([[10, 10], [60, 10], [60, 60], [10, 60], [10, 10]]),))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def strokes_in(path: Path | str) -> list:
    return [sketch.strokes for sketch in read_sketches(path)]


# convert


@pytest.mark.parametrize("suffix", ["ndjson", "npz", "bin"])
def test_raw_ink_is_converted_into_googles_form(fixtures, suffix):
    assert main(["convert", str(fixtures / "raw.ndjson"), "--out", f"out.{suffix}"]) == 0
    pairs = zip(strokes_in(f"out.{suffix}"), strokes_in(fixtures / "simplified.ndjson"), strict=True)
    assert sum(found == expected for found, expected in pairs) >= 19


def test_words_and_keys_stay(fixtures):
    main(["convert", str(fixtures / "raw.ndjson"), "--out", "out.ndjson"])
    for found, expected in zip(read_sketches("out.ndjson"), read_sketches(fixtures / "simplified.ndjson"), strict=True):
        assert found.category == expected.category and found.provenance == expected.provenance


def test_raw_keeps_it_as_it_is(fixtures):
    assert main(["convert", str(fixtures / "raw.ndjson"), "--raw", "--out", "out.ndjson"]) == 0
    assert list(read_sketches("out.ndjson")) == list(read_sketches(fixtures / "raw.ndjson"))


def test_simplified_drawings_come_out_as_they_went_in(fixtures):
    source = fixtures / "simplified.ndjson"
    assert main(["convert", str(source), "--out", "out.ndjson"]) == 0
    assert Path("out.ndjson").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("suffix", ["svg", "ndjson"])
def test_the_windows_document_in_the_boxs_unit_is_its_own_no_longer(suffix, folder):
    by_model = Stroke([[100, 500], [500, 100]], "model")
    sketch = Sketch((*SQUARE.strokes, by_model), "cat", (("seed", "3"), ("scale", "0.6")))
    (folder / "own.svg").write_text(document_text(sketch))
    assert main(["convert", "own.svg", "--out", f"out.{suffix}"]) == 0
    (found,) = read_sketches(f"out.{suffix}")
    assert max(found.bounds()) == 255 and found.provenance == (("seed", "3"),) and not is_own(found)
    assert main(["convert", "own.svg", "--raw", "--out", f"raw.{suffix}"]) == 0
    (raw,) = read_sketches(f"raw.{suffix}")
    assert raw.bounds() == sketch.bounds() and is_own(raw) and raw.note("scale") == "0.6"


def test_a_foreign_svg_becomes_training_data(folder):
    pytest.importorskip("svgelements", reason="foreign SVG needs the extra svg")
    (folder / "circle.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><circle cx="50" cy="50" r="40"/></svg>'
    )
    assert main(["convert", "circle.svg", "--out", "circle.npz"]) == 0
    (sketch,) = read_sketches("circle.npz")
    assert sketch.bounds() == (0, 0, 255, 255)
    assert np.abs(np.hypot(*(sketch.points() - 127.5).T) - 127.5).max() < 2


def test_an_svg_whose_whole_numbers_happen_to_lie_in_the_box_is_brought_to_its_size(folder):
    (folder / "square.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><path d="M10 10 H60 V60 H10 Z"/></svg>')
    assert main(["convert", "square.svg", "--out", "out.ndjson"]) == 0
    assert [sketch.bounds() for sketch in read_sketches("out.ndjson")] == [(0, 0, 255, 255)]


def test_pictures_are_numbered(fixtures, capsys):
    assert main(["convert", str(fixtures / "simplified.ndjson"), "--out", "pictures/x.svg"]) == 0
    names = capsys.readouterr().out.split()
    assert len(names) == 20 and Path(names[0]) == Path("pictures/x-01.svg")
    assert read_svg(Path(names[0]).read_text()).strokes == strokes_in(fixtures / "simplified.ndjson")[0]
    write_sketches("one.ndjson", [SQUARE])
    assert main(["convert", "one.ndjson", "--out", "one.png"]) == 0
    assert Path("one.png").read_bytes().startswith(b"\x89PNG")


def test_a_file_may_be_converted_into_itself(fixtures, folder):
    (folder / "x.ndjson").write_bytes((fixtures / "raw.ndjson").read_bytes())
    assert main(["convert", "x.ndjson", "--out", "x.ndjson"]) == 1
    assert (folder / "x.ndjson").read_bytes() == (fixtures / "raw.ndjson").read_bytes()
    assert main(["convert", "x.ndjson", "--out", "x.ndjson", "--force"]) == 0
    assert len(strokes_in("x.ndjson")) == 20


def test_nothing_is_written_when_an_input_is_damaged(folder, fixtures, capsys):
    (folder / "x.ndjson").write_bytes((fixtures / "raw.ndjson").read_bytes()[:-20])
    (folder / "empty.ndjson").write_text("\n")
    assert main(["convert", "x.ndjson", "--out", "out.npz"]) == 1
    assert "x.ndjson, record 20: the line is not valid JSON" in capsys.readouterr().err
    assert main(["convert", "empty.ndjson", "--out", "out.npz"]) == 1
    assert "empty.ndjson: holds no drawing" in capsys.readouterr().err
    assert main(["convert", str(fixtures / "raw.ndjson"), "--raw", "--out", "out.bin"]) == 1
    assert "Leave out --raw" in capsys.readouterr().err
    assert main(["convert", "x.ndjson", "--out", "out.jpg"]) == 2
    assert sorted(path.name for path in folder.iterdir()) == ["empty.ndjson", "x.ndjson"]


# data import


def test_own_drawings_become_a_data_set_a_file_for_each_word(folder, capsys):
    (folder / "mine" / "tree").mkdir(parents=True)
    (folder / "mine" / "tree" / "first.svg").write_text(write_svg(SQUARE))
    (folder / "mine" / "cat-2.svg").write_text(write_svg(replace(SQUARE, strokes=SQUARE.strokes[:1])))
    write_sketches(folder / "mine" / "some.ndjson", [replace(SQUARE, category=word) for word in ("owl", "a/b", None)])
    (folder / "mine" / "broken.svg").write_text("<svg")
    assert main(["data", "import", "mine", "--out", "own"]) == 0
    assert "6 drawings read from 4 files, 5 kept" in capsys.readouterr().out
    assert sorted(path.name for path in (folder / "own").iterdir()) == [
        "a-b.ndjson",
        "cat.ndjson",
        "owl.ndjson",
        "some.ndjson",
        "tree.ndjson",
    ]
    (slashed,) = read_sketches(folder / "own" / "a-b.ndjson")
    assert slashed.category == "a/b"
    (tree,) = read_sketches(folder / "own" / "tree.ndjson")
    assert tree.category == "tree" and tree.bounds() == (0, 0, 255, 255)


@pytest.mark.parametrize("words", [("a/b", "a:b"), ("A/b", "a:B"), ("x" * 101, "x" * 102), ("漢" * 99, "漢" * 100)])
@pytest.mark.parametrize("force", [False, True])
def test_words_that_make_one_name_share_its_file(words, force, folder):
    first, second = simplified_sketches(0, 2)
    write_sketches("some.ndjson", [replace(first, category=words[0]), replace(second, category=words[1])])
    for _ in range(2):  # the second time it is replaced, or nothing is added
        (path,), _ = import_drawings(["some.ndjson"], folder / "own", force=force)
        assert [sketch.category for sketch in read_sketches(path)] == sorted(words)


@pytest.mark.parametrize("word", ["con", "PRN", "aux.x", "nul", "com1", "lpt9"])
def test_words_that_windows_takes_for_devices_make_other_names(word, folder):
    write_sketches("some.ndjson", simplified_sketches(0, 1))
    (path,), _ = import_drawings(["some.ndjson"], folder / "own", word)
    assert path.name == f"{word}-.ndjson" and [sketch.category for sketch in read_sketches(path)] == [word]


def test_a_folder_that_a_file_is_to_go_to_is_made(fixtures):
    data = str(fixtures / "simplified.ndjson")
    assert main(["convert", data, "--out", "new/a/o.ndjson"]) == 0
    assert main(["data", "show", data, "--out", "new/b/o.svg"]) == 0
    assert Path("new/a/o.ndjson").exists() and Path("new/b/o.svg").exists()


def test_drawings_are_added_once(folder):
    first, more = simplified_sketches(0, 5), simplified_sketches(1, 5)
    write_sketches("first.ndjson", first)
    write_sketches("more.ndjson", first[2:] + more)
    _, report = import_drawings(["first.ndjson"], folder / "own", "cat")
    assert report.kept == 5
    _, report = import_drawings(["more.ndjson", "more.ndjson"], folder / "own", "cat")
    assert (report.read, report.kept, dict(report.dropped)) == (8, 5, {"duplicate of another drawing": 3})
    assert strokes_in(folder / "own" / "cat.ndjson") == [sketch.strokes for sketch in first + more]
    import_drawings(["more.ndjson"], folder / "own", "cat", force=True)
    assert len(strokes_in(folder / "own" / "cat.ndjson")) == 8


def test_what_a_model_drew_is_added_once(folder):
    by_model = replace(SQUARE, strokes=(*SQUARE.strokes, Stroke([[0, 9], [-0.0, 80]], "model")), category="cat")
    Path("cat.svg").write_text(write_svg(by_model))
    kept = [import_drawings(["cat.svg"], folder / "own")[1].kept for _ in range(2)]
    assert kept == [1, 0] and len(strokes_in(folder / "own" / "cat.ndjson")) == 1


def test_a_models_guess_is_no_word(folder, capsys):
    drawn = replace(SQUARE, category="sun", provenance=(("model", "everything"),))
    for name, sketch in {"robots/a.svg": drawn, "cat-2.svg": drawn, "said.svg": as_said(drawn, "owl")}.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(write_svg(sketch))
    words = ["cat", "owl", "robots"]
    assert set(read_corpus([folder])[0].categories) <= set(words)
    assert main("data import robots cat-2.svg said.svg --out own".split()) == 0
    assert "2 called after their file or folder: a model alone said what they show" in capsys.readouterr().out
    assert main("data import own --out again".split()) == 0 and "called after" not in capsys.readouterr().out
    found = [list(read_sketches(f"{name}/{word}.ndjson")) for name in ("own", "again") for word in words]
    assert [[sketch.category for sketch in sketches] for sketches in found] == [[word] for word in words] * 2
    assert main("data import robots --category sun --out own".split()) == 0
    for times in ((), (("ink", "raw"),)):  # records that are read together, and one by one
        guessed = [replace(each, provenance=each.provenance + times) for each in (drawn, as_said(drawn, "owl"), SQUARE)]
        write_sketches("some.ndjson", guessed)
        assert main("data stats some.ndjson".split()) == 0
        assert "1 called what a model alone said that they show" in capsys.readouterr().out
    assert [sketch.category for sketch in read_sketches("own/sun.ndjson")] == ["sun"]


def test_damaged_drawings_are_left_out_of_an_import_and_counted(folder, capsys):
    Path("some.ndjson").write_text('{"drawing":[[[0,9],[0,9]]]}\n{"drawing":[[[0,9],[0]]]}\n{"drawing":[]}\n')
    assert main(["data", "import", "some.ndjson", "--out", "own.npz", "--category", "cat"]) == 0
    out = capsys.readouterr().out
    assert "3 drawings read from 1 file, 1 kept" in out and "some.ndjson, record 2: the lists of a stroke differ" in out
    assert [sketch.category for sketch in read_sketches("own.npz")] == ["cat"]
    assert main(["data", "import", "some.ndjson", "--out", "own.npz"]) == 1
    assert "exists already" in capsys.readouterr().err
    Path("none.ndjson").write_text("")
    assert main(["data", "import", "none.ndjson", "--out", "own"]) == 1
    assert "there is nothing to import" in capsys.readouterr().err and not Path("own").exists()


# data show, data stats, data download


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_sheet_shows_the_first_of_each_file_or_a_choice(suffix):
    for seed, word in enumerate(("cat", "owl")):
        write_sketches(f"{word}.ndjson", [replace(s, category=word) for s in simplified_sketches(seed, 30)])
    command = ["data", "show", "cat.ndjson", "owl.ndjson", "--count", "6", "--columns", "3"]
    assert main([*command, "--out", f"a.{suffix}"]) == main([*command, "--out", f"b.{suffix}"]) == 0
    assert main([*command, "--out", f"c.{suffix}", "--seed", "1"]) == 0
    a, b, c = (Path(f"{name}.{suffix}").read_bytes() for name in "abc")
    assert a == b != c
    if suffix == "svg":
        assert (a.count(b">cat<"), a.count(b">owl<")) == (3, 3)
    else:
        assert zlib.crc32(a[12:29]) == int.from_bytes(a[29:33]) and int.from_bytes(a[16:20]) == 3 * 160
    assert main([*command, "--out", f"a.{suffix}"]) == 1
    assert main([*command, "--out", f"a.{suffix}", "--force"]) == 0


def test_every_drawing_is_as_likely_to_be_chosen():
    from sketchrnn.cli.data import _chosen

    write_sketches("x.ndjson", [Sketch((Stroke([[n, 0]]),)) for n in range(20)])
    seen = np.zeros(20, int)
    for chosen_by in range(400):
        chosen = {int(sketch.points()[0, 0]) for sketch in _chosen([Path("x.ndjson")], 5, chosen_by)}
        assert len(chosen) == 5
        seen[list(chosen)] += 1
    assert 60 < seen.min() <= seen.max() < 145  # 100 each; five standard deviations of 8.7


def test_all_that_is_said_is_asked(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "sketchrnn.data.download.download", lambda *given, progress, **how: asked.append((*given, how)) or ["there"]
    )
    assert main("data download cat owl --format npz --out new --force".split()) == 0
    assert asked == [([name], "npz", Path("new"), {"again": True}) for name in ("cat", "owl")]
    monkeypatch.setattr(
        "sketchrnn.data.documents.import_drawings", lambda *given, **how: asked.append((*given, how)) or ([], Report())
    )
    assert main("data import a.svg b --out new --category cat --force".split()) == 0
    assert asked[2:] == [([Path("a.svg"), Path("b")], Path("new"), "cat", {"force": True})]


def test_stats_of_some_categories(capsys):
    write_sketches(
        "some.ndjson", [replace(s, category="cat" if i else "owl") for i, s in enumerate(simplified_sketches(0, 9))]
    )
    assert main("data stats some.ndjson --categories owl --max-points 1000 --json".split()) == 0
    assert [category["name"] for category in json.loads(capsys.readouterr().out)["categories"]] == ["owl"]


def test_a_sheet_of_few_is_no_wider_than_they_are_and_one_of_none_is_refused(capsys):
    write_sketches("x.ndjson", [SQUARE] * 2)
    assert main("data show x.ndjson --out x.png".split()) == 0
    assert int.from_bytes(Path("x.png").read_bytes()[16:20]) == 2 * 160
    Path("none.ndjson").write_text("")
    assert main("data show none.ndjson --out none.png".split()) == 1
    assert "there are no drawings to show" in capsys.readouterr().err and not Path("none.png").exists()


def test_a_sheet_too_large_for_a_picture_is_refused(capsys):
    write_sketches("x.ndjson", [SQUARE] * 103)
    assert main("data show x.ndjson --count 103 --columns 1 --out x.png".split()) == 2
    assert "103 drawings in 1 columns are too many for one .png. Give more --columns" in capsys.readouterr().err
    assert main("data show x.ndjson --count 103 --columns 1 --out x.svg".split()) == 0 and not Path("x.png").exists()


def test_stats_as_table_and_json(capsys, fixtures):
    assert main(["data", "stats", str(fixtures)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("category") and "dropped: not recognised by Quick, Draw!" in out
    assert main(["data", "stats", str(fixtures), "--json", "--max-points", "40"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["overall"]["length"]["max"] <= 40 and values["report"]["dropped"]["over 40 points"] > 0


def test_downloaded_categories_are_meant_by_their_names(capsys):
    download_folder().mkdir(parents=True)
    write_sketches(download_folder() / "cat.bin", simplified_sketches(0, 5))
    assert main(["data", "stats", "cat", "--json", "--max-points", "1000"]) == 0
    assert json.loads(capsys.readouterr().out)["categories"][0]["name"] == "cat"
    assert main(["data", "download", "cat"]) == 0  # it is there: no network is asked
    assert capsys.readouterr().out.strip() == str(download_folder() / "cat.bin")
    assert main(["data", "stats", "owl"]) == 1
    assert "owl: does not exist. Download it with: sketchrnn data download 'owl'" in capsys.readouterr().err


def test_download_is_used_wrongly_or_for_what_does_not_exist(capsys):
    assert main(["data", "download"]) == 2
    assert main(["data", "download", "cat", "--all"]) == 2
    capsys.readouterr()
    assert main(["data", "download", "kat"]) == 1
    assert "there is no category 'kat'. Did you mean 'hat' or 'cat'" in capsys.readouterr().err
