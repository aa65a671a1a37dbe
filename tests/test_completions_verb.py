"""`sketchrnn evaluate --completions` as typed: which drawings, which files, what they hold, what is refused."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from engine_models import SMALL
from tiny_training import corpus_of, write_corpus

from sketchrnn.cli import completions
from sketchrnn.cli.main import main
from sketchrnn.data.corpus import Corpus, concatenate, identity
from sketchrnn.data.heldout import pick
from sketchrnn.data.read import read_corpus, read_sketches
from sketchrnn.engine.completer import Completer
from sketchrnn.engine.messages import DEFAULT_GUIDANCE, DEFAULT_TEMPERATURE
from sketchrnn.engine.trial import Settings
from sketchrnn.sketch.formats import to_stroke3
from sketchrnn.sketch.perturb import PERTURBATIONS
from sketchrnn.sketch.prefix import first_points
from sketchrnn.sketch.raster.thumbnails import diversity
from sketchrnn.sketch.types import Sketch
from sketchrnn.weights import load_bundle, save_bundle

NAMES = ("circle", "square", "star", "face")  # of the small model
KNOWN = ("circle", "face", "star")
UNKNOWN = "yak"
LENGTHS = [14, 15, 16, 20]


@pytest.fixture(scope="module", autouse=True)
def compiled_once() -> Iterator[None]:
    """Equal models are compiled once, not in every call of the verb."""
    made = cache(lambda categories: Completer(replace(load_bundle(SMALL), categories=categories)))
    with pytest.MonkeyPatch.context() as patch:
        # `complete` gives a path, `evaluate` a bundle
        patch.setattr("sketchrnn.engine.completer.Completer", lambda model: made(getattr(model, "categories", NAMES)))
        yield


@pytest.fixture(scope="module")
def drawings() -> Corpus:
    return corpus_of(LENGTHS * 6, seed=1, names=(*KNOWN, UNKNOWN))


@pytest.fixture(scope="module")
def data(drawings: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(drawings, tmp_path_factory.mktemp("drawings") / "drawings.ndjson")


@pytest.fixture(scope="module")
def done(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one run of everything, two drawings of each category."""
    folder = tmp_path_factory.mktemp("out") / "all"
    words = ["--prefixes", "0.5", "0.3", "0.3", "--per-category", "2", "--seed", "5", "--curve", "--perturb"]
    assert evaluate(data, folder, *words) == 0
    return folder


def evaluate(data: Path, folder: Path, *words: str, model: Path = SMALL) -> int:
    given = ["--data", str(data), "--completions", str(folder), "--model", str(model), "--split", "all"]
    return main(["evaluate", *given, *words])


def read(folder: Path, name: str) -> list[Sketch]:
    return list(read_sketches(folder / f"{name}.ndjson"))


def keys(sketches: list[Sketch]) -> list[str | None]:
    return [sketch.note("key_id") for sketch in sketches]


def report_of(folder: Path) -> dict:
    return json.loads((folder / "report.json").read_text())


# which drawings


def test_what_is_picked_is_known_by_the_drawing_alone(drawings: Corpus) -> None:
    picked = pick(drawings, 2)
    assert [sketch.category for sketch in picked] == [name for name in (*KNOWN, UNKNOWN) for _ in range(2)]
    for name in KNOWN:
        label = drawings.categories.index(name)
        hashes = sorted((int(h) // 1000, int(h)) for h in identity(drawings.select(drawings.labels == label)))
        assert keys([s for s in picked if s.category == name]) == [str(key) for _, key in hashes[:2]]
    # whatever lies around them, in whatever order
    shuffled = drawings.select(np.random.default_rng(0).permutation(len(drawings)))
    more = concatenate([corpus_of([20] * 5, 9, ("zebra",)), drawings])
    assert set(keys(pick(shuffled, 2))) == set(keys(picked)) < set(keys(pick(more, 2)))
    assert pick(drawings, 100)[0].category == KNOWN[0] and len(pick(drawings, 100)) == len(drawings)


def test_what_is_picked_is_the_drawing_itself(drawings: Corpus) -> None:
    rows = {drawings.drawing(i).tobytes() for i in range(len(drawings))}
    assert all(to_stroke3(sketch).astype(np.int16).tobytes() in rows for sketch in pick(drawings, 3))


def test_only_drawings_of_12_to_120_points_are_picked() -> None:
    corpus = corpus_of([1, 2, 11, 12, 120, 121, 250], names=("cat",))
    assert sorted(sketch.point_count for sketch in pick(corpus, 9)) == [12, 120]
    assert pick(corpus.select(np.zeros(0, np.int64)), 9) == []


def test_the_test_split_is_what_is_finished(tmp_path: Path) -> None:
    corpus = corpus_of([12] * 300, seed=2, names=KNOWN)
    data = write_corpus(corpus, tmp_path / "many.npz")
    words = ["--completions", str(tmp_path / "out"), "--prefixes", "0.5", "--per-category", "1"]
    assert main(["evaluate", "--data", str(data), "--model", str(SMALL), *words]) == 0
    held_out = read_corpus([data])[0].split("test")
    assert 0 < len(held_out) < 20
    found = keys(read(tmp_path / "out", "human"))
    assert len(found) == len(set(held_out.labels)) and set(found) <= set(map(str, identity(held_out)))


# the files


def test_the_files(done: Path) -> None:
    others = [f"temperature-{t:g}" for t in completions.CURVE] + [f"perturbed-{c.name}" for c in PERTURBATIONS]
    wanted = {"human.ndjson", "report.json"} | {
        f"{kind}-{f}.ndjson" for kind in ("prefix", "completed") for f in FRACTIONS
    }
    wanted |= {f"{name}/completed-{fraction}.ndjson" for name in others for fraction in FRACTIONS}
    assert {file.relative_to(done).as_posix() for file in done.rglob("*") if file.is_file()} == wanted
    assert not list(done.parent.glob(".sketchrnn*"))


FRACTIONS = ("0.3", "0.5")


@pytest.mark.parametrize("fraction", FRACTIONS)
def test_completions_begin_with_the_prefix(done: Path, fraction: str) -> None:
    human, prefixes, completed = (read(done, name) for name in ("human", f"prefix-{fraction}", f"completed-{fraction}"))
    assert keys(human) == keys(prefixes) == keys(completed) and len(human) == 6
    for whole, prefix, completion in zip(human, prefixes, completed, strict=True):
        count = -(-int(10 * float(fraction)) * whole.point_count // 10)
        assert prefix.point_count == count == int(prefix.note("prefix_points")) == int(completion.note("prefix_points"))
        assert (prefix.points() == whole.points()[:count]).all()
        assert (completion.points()[:count] == whole.points()[:count]).all()
        assert completion.point_count > count
        assert (
            prefix.strokes == first_points(whole, count).strokes
            and prefix.pen_down == first_points(whole, count).pen_down
        )


def test_records_are_those_of_complete(done: Path, tmp_path: Path) -> None:
    """`complete`, given the human drawing and the record's own seed, draws the same."""
    record = json.loads((done / "completed-0.3.ndjson").read_text().splitlines()[3])
    assert record["word"] == record["category"] == "face" and record["temperature"] == DEFAULT_TEMPERATURE
    assert record["model"] == "small" and record["seed"] == (int(record["key_id"]) + 5) % 2**32
    human = next(line for line in (done / "human.ndjson").read_text().splitlines() if record["key_id"] in line)
    (tmp_path / "human.ndjson").write_text(human + "\n")
    words = ["--prefix", "0.3", "--category", "own", "--seed", str(record["seed"]), "--out", str(tmp_path / "c.ndjson")]
    words += ["--candidates", str(record["candidates"])]
    assert main(["complete", str(tmp_path / "human.ndjson"), "--model", str(SMALL), *words]) == 0
    again = json.loads((tmp_path / "c.ndjson").read_text())
    assert list(again) == list(record) and again | {"drawing": 0} == record | {"drawing": 0}
    for ours, theirs in zip(record["drawing"], again["drawing"], strict=True):
        assert np.allclose(ours, theirs, atol=0.05)  # measured: 1e-4, drawn beside others


def test_further_folders_differ_in_what_they_say(done: Path) -> None:
    plain = read(done, "completed-0.3")
    for temperature in completions.CURVE:
        hot = read(done / f"temperature-{temperature:g}", "completed-0.3")
        assert keys(hot) == keys(plain) and {float(sketch.note("temperature")) for sketch in hot} == {temperature}
        assert (hot == plain) == (temperature == DEFAULT_TEMPERATURE)
    for sketch, twice in zip(plain, read(done / "perturbed-scaled-2", "completed-0.3"), strict=True):
        count = int(twice.note("prefix_points"))
        assert (twice.points()[:count] == 2 * sketch.points()[:count]).all()
    resampled = read(done / "perturbed-resampled", "completed-0.3")
    assert all(int(many.note("prefix_points")) > 50 for many in resampled)


# the report


def test_the_report(drawings: Corpus, done: Path) -> None:
    report = report_of(done)
    nine = pick(drawings, 9)  # of each category, however many are finished
    of_people = np.mean([diversity([sketch for sketch in nine if sketch.category == name]) for name in KNOWN])
    expected = {
        "model": "small", "split": "all", "category": "own",
        "temperature": DEFAULT_TEMPERATURE, "candidates": 1, "guidance": DEFAULT_GUIDANCE, "seed": 5,
    }  # fmt: skip
    assert {key: report[key] for key in expected} == expected
    assert (report["categories"], report["drawings"], report["left_out"]) == (3, 6, [UNKNOWN])
    assert list(report["prefixes"]) == list(FRACTIONS)
    assert len(report["others"]) == len(completions.CURVE) + len(PERTURBATIONS)
    for figures in report["prefixes"].values():
        assert figures["drawings"] == 6 and figures["own_category"] == 1
        assert 0 <= figures["ended"] <= 1 and 0 <= figures["overlap"] <= 1 and 0 <= figures["human_overlap"] <= 1
        assert (
            0 < figures["points_ratio"]["low"] <= figures["points_ratio"]["median"] <= figures["points_ratio"]["high"]
        )
        assert 0 < figures["diversity"] and figures["human_diversity"] == pytest.approx(of_people)
        assert figures["diversity_ratio"] == pytest.approx(figures["diversity"] / figures["human_diversity"])
    same = report["others"][f"temperature-{DEFAULT_TEMPERATURE:g}"]
    assert same == report["prefixes"]
    assert report["others"]["perturbed-jittered"]["0.5"]["diversity"] is None
    cold, hot = (report["others"][f"temperature-{t}"]["0.3"]["diversity"] for t in ("0.05", "1"))
    assert cold < hot


def test_candidates_are_said_where_something_chooses() -> None:
    asked = argparse.Namespace(category=None, temperature=None, candidates=3, guidance=3.0, seed=None)
    for recognition, candidates in ((None, 1), (object(), 3)):
        for leads, guidance in ((False, 0.0), (True, 3.0)):
            bundle = SimpleNamespace(leads=leads)
            settings = completions._settings(asked, SimpleNamespace(recognition=recognition, bundle=bundle))
            assert settings == Settings(candidates=candidates, guidance=guidance)


def test_the_table_and_equal_calls(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    words = [
        "--prefixes",
        "0.4",
        "--per-category",
        "1",
        "--category",
        "auto",
        "--temperature",
        "0.1",
        "--candidates",
        "2",
        "--guidance",
        "1.5",
    ]
    assert evaluate(data, tmp_path / "a", *words, "--json", str(tmp_path / "a.json")) == 0
    said = capsys.readouterr().out
    assert "small: 3 drawings finished, category auto, temperature 0.1, candidates 1, guidance 1.5, seed 0" in said
    assert f"1 category that it does not know: {UNKNOWN}" in said and f"for a judge: {tmp_path / 'a'}" in said
    (row,) = [line for line in said.splitlines() if line.split()[:1] == ["40%"]]
    report = report_of(tmp_path / "a")
    figures = report["prefixes"]["0.4"]
    wanted = [f"{figures[name]:.1%}" for name in ("ended", "own_category")]
    for name in ("points_ratio", "ink_ratio"):
        wanted += [f"{figures[name][part]:.2f}" for part in ("low", "median", "high")]
    wanted += [f"{figures[name]:.1%}" for name in ("overlap", "human_overlap")]
    wanted += [f"{figures[name]:.2f}" for name in ("diversity", "human_diversity")]
    assert row.split()[1:] == [*wanted, f"{figures['diversity_ratio']:.1%}"]
    assert json.loads((tmp_path / "a.json").read_text()) == report
    guessed = [sketch.note("category") for sketch in read(tmp_path / "a", "completed-0.4")]
    assert report["prefixes"]["0.4"]["own_category"] == np.mean(
        [g == own for g, own in zip(guessed, KNOWN, strict=True)]
    )
    assert evaluate(data, tmp_path / "b", *words) == 0
    files = [sorted(file.read_bytes() for file in (tmp_path / name).iterdir()) for name in "ab"]
    assert files[0] == files[1]


def test_the_drawings_are_the_same_for_another_model(data: Path, done: Path, tmp_path: Path) -> None:
    known = replace(
        load_bundle(SMALL), categories=("star", "owl", "circle", "dog")
    )  # as large: nothing is compiled anew
    save_bundle(known, tmp_path / "other.safetensors")
    words = ["--prefixes", "0.3", "--per-category", "2"]
    assert evaluate(data, tmp_path / "out", *words, model=tmp_path / "other.safetensors") == 0
    wanted = [line for line in (done / "human.ndjson").read_text().splitlines() if '"face"' not in line]
    assert (tmp_path / "out" / "human.ndjson").read_text().splitlines() == wanted
    assert report_of(tmp_path / "out")["left_out"] == ["face", UNKNOWN]


# what is refused, and what an end before the end leaves


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("--completions out --untold", 2, "--untold means nothing with --completions"),
        ("--completions out --limit 3", 2, "--limit"),
        ("--completions out --samples 3", 2, "--samples"),
        ("--completions out --baseline x", 2, "--baseline"),
        ("--completions out --prefixes 0", 2, "above 0"),
        ("--completions out --temperature 2", 2, "--temperature"),
        ("--completions out --per-category 0", 2, "--per-category"),
        ("--completions out --category cat", 2, "--category"),
        ("--per-category 3", 2, "--per-category means nothing without --completions"),
        ("--curve", 2, "--curve"),
        ("--seed 0", 2, "--seed"),
        ("--force", 2, "--force"),
        ("--completions out --data missing.npz", 1, "missing.npz"),
        ("--completions out --model missing.safetensors", 1, "missing.safetensors"),
        ("--completions out --categories yak", 1, "of a category that small knows"),
        ("--completions out --split test --categories face", 1, "test split"),
        ("--completions full", 1, "full: holds other things, such as mine.txt"),
        ("--completions full --force", 1, "full: holds other things"),
        ("--completions alien --force", 1, "alien: holds other things, and no report.json"),
        ("--completions drawings.ndjson --force", 1, "drawings.ndjson: is in the way"),
        ("--completions drawings.ndjson/out", 1, "drawings.ndjson/out: could not be written"),
    ],
)
def test_what_is_refused(words: str, code: int, says: str, data: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drawings.ndjson").write_bytes(data.read_bytes())
    for name, inside in (("full", "mine.txt"), ("alien", "mine.ndjson")):
        (tmp_path / name).mkdir()
        (tmp_path / name / inside).write_text("mine")
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    given = ["--split", "all", "--data", "drawings.ndjson", "--model", str(SMALL)]  # of two equal flags the last counts
    assert main(["evaluate", *given, *words.split()]) == code
    assert says in capsys.readouterr().err
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


def test_only_force_replaces_and_only_completions(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder, words = tmp_path / "deep" / "out", ["--prefixes", "0.5", "--per-category", "1"]
    assert evaluate(data, folder, *words) == 0
    assert evaluate(data, folder, *words) == 1
    assert f"{folder}: exists already. Give --force" in capsys.readouterr().err
    (folder / "completed-0.9.ndjson").write_text("of another run")
    assert evaluate(data, folder, *words, "--seed", "3", "--force") == 0
    assert not (folder / "completed-0.9.ndjson").exists() and report_of(folder)["seed"] == 3
    (tmp_path / "empty").mkdir()
    assert evaluate(data, tmp_path / "empty", *words) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "empty"]


def test_what_came_to_lie_there_meanwhile_is_not_replaced(data: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    def meanwhile(*_) -> dict:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine.txt").write_text("mine")
        return {}

    monkeypatch.setattr(completions, "_finish", meanwhile)
    monkeypatch.setattr(completions, "_report", lambda *_: {})
    assert evaluate(data, tmp_path / "out", "--prefixes", "0.5", "--per-category", "1") == 1
    assert "out: holds other things, such as mine.txt" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "mine.txt"]


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt, 130), (OSError(28, "No space left on device"), 1)])
def test_an_end_before_the_end_leaves_what_was_there(
    raised, code: int, data: Path, tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture
) -> None:
    folder, words = tmp_path / "out", ["--prefixes", "0.5", "--per-category", "1"]
    assert evaluate(data, folder, *words) == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def stop(*_) -> None:
        raise raised

    monkeypatch.setattr(completions, "_report", stop)
    assert evaluate(data, folder, *words, "--seed", "9", "--force") == code
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert capsys.readouterr().err.count("\n") == 1
