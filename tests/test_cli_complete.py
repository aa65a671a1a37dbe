"""The verbs that use a model: what they write, note and say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from engine_models import SMALL, half_a_face, moved, random_bundle

from sketchrnn.cli.arguments import Drawing
from sketchrnn.cli.asking import in_groups, scales_of
from sketchrnn.cli.main import main
from sketchrnn.data.read import read_sketches, write_sketches
from sketchrnn.engine.bundled import find_bundle, known_models
from sketchrnn.engine.compiling import compilation_cache
from sketchrnn.engine.messages import CompletionRequest, MorphRequest, RedrawRequest
from sketchrnn.errors import SketchRNNError
from sketchrnn.sketch.prefix import prefix_of
from sketchrnn.sketch.svg import read_svg, write_svg
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.weights import load_any, load_bundle, save_bundle

MODEL = ["--model", str(SMALL)]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "face.svg").write_text(write_svg(half_a_face()))
    return tmp_path


def records(path: str) -> list[dict]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def faces() -> list[Sketch]:
    return [
        Sketch(half_a_face().strokes, "face", (("key_id", "11"), ("countrycode", "DE"))),
        Sketch(half_a_face().strokes[:1], "circle", (("key_id", "12"),)),
        Sketch([Stroke([[0, 0], [255, 3], [252, 255], [2, 250]])], "square", (("key_id", "13"),)),
    ]


def test_ndjson_keeps_what_the_record_was_and_notes_how_it_was_made(folder: Path) -> None:
    write_sketches("in.ndjson", faces())
    words = "complete in.ndjson --prefix 0.3 --category own --count 2 --seed 3 --temperature 0.5 --out out.ndjson"
    assert main([*words.split(), *MODEL]) == 0
    found = records("out.ndjson")
    assert [(r["word"], r["key_id"], r["ending"]) for r in found] == [
        (face.category, face.note("key_id"), str(i)) for face in faces() for i in (0, 1)
    ]
    for record, face in zip(found, [face for face in faces() for _ in (0, 1)], strict=True):
        assert (record["seed"], record["temperature"], record["category"]) == (3, 0.5, record["word"])
        prefix = prefix_of(face, 0.3)
        assert record["prefix_points"] == prefix.point_count
        xs, ys = record["drawing"][0][:2]
        cut = len(prefix.strokes[0])
        assert np.array_equal(np.array([xs[:cut], ys[:cut]]).T, prefix.strokes[0].points)  # the input's coordinates
    assert found[0]["countrycode"] == "DE" and found[0]["model"] == "small"


def test_equal_calls_write_equal_files_and_many_records_what_each_alone_has(folder: Path) -> None:
    write_sketches("in.ndjson", faces())
    for out in ("a.ndjson", "b.ndjson"):
        assert main(["complete", "in.ndjson", *MODEL, "--out", out]) == 0
    assert Path("a.ndjson").read_bytes() == Path("b.ndjson").read_bytes()
    for number, face in enumerate(faces()):
        write_sketches(f"{number}.ndjson", [face])
        assert main(["complete", f"{number}.ndjson", *MODEL, "--out", f"{number}.out.ndjson"]) == 0
        (alone,) = read_sketches(f"{number}.out.ndjson")
        together = list(read_sketches("a.ndjson"))[number]
        assert alone.provenance == together.provenance
        np.testing.assert_allclose(alone.points(), together.points(), atol=1e-3)


def test_pictures_are_named_after_their_inputs_and_numbered(folder: Path, capsys) -> None:
    write_sketches("in.ndjson", faces()[:2])
    assert main(["complete", "face.svg", "in.ndjson", "--count", "2", *MODEL, "--out", "new"]) == 0
    names = sorted(path.name for path in Path("new").iterdir())
    assert names == [
        "face-completed-1.svg",
        "face-completed-2.svg",
        "in-1-completed-1.svg",
        "in-1-completed-2.svg",
        "in-2-completed-1.svg",
        "in-2-completed-2.svg",
    ]
    assert capsys.readouterr().out.splitlines() == [f"new/{name}" for name in names]
    sketch = read_svg(Path("new/face-completed-2.svg").read_text())
    assert sketch.strokes[:3] == half_a_face().strokes and sketch.note("ending") == "1"
    assert sketch.category in ("circle", "square", "star", "face") and sketch.note("category") == sketch.category


@pytest.mark.parametrize(
    ("before", "words", "said"),
    [
        ((None,), "--category face", "person"),
        ((None,), "", None),
        (("face",), "--category own", "person"),
        (("face", (("model", "small"),)), "--category own", None),
        (("face", (("model", "small"),)), "--category face", "person"),
        (("face", (("model", "small"), ("category_by", "person"))), "--category own", "person"),
    ],
)
def test_a_result_notes_whether_its_word_is_a_persons(folder: Path, before, words: str, said: str | None) -> None:
    write_sketches("in.ndjson", [Sketch(half_a_face().strokes, *before)])
    assert main(["complete", "in.ndjson", *words.split(), "--max-points", "5", *MODEL, "--out", "out.ndjson"]) == 0
    (record,) = records("out.ndjson")
    assert record.get("category_by") == said and record["word"] == record["category"]


def test_words_that_cannot_be_meant_name_their_record(folder: Path, capsys) -> None:
    write_sketches("in.ndjson", [faces()[0], Sketch(half_a_face().strokes, "dragon")])
    assert main(["complete", "in.ndjson", "--category", "own", *MODEL]) == 1
    assert "in.ndjson, record 2" in capsys.readouterr().err
    assert main(["complete", "face.svg", "--category", "own", *MODEL]) == 1
    assert "no word of its own" in capsys.readouterr().err
    assert main(["sample", "stra", *MODEL]) == 1
    assert "'star'" in capsys.readouterr().err


def test_samples(folder: Path) -> None:
    assert main(["sample", "circle", "star", "auto", "--count", "18", "--seed", "4", *MODEL, "--out", "s.ndjson"]) == 0
    found = records("s.ndjson")
    assert [record["word"] for record in found][:36] == ["circle"] * 18 + ["star"] * 18
    assert {(record["seed"], record["ending"]) for record in found[:18]} == {
        *((4, str(i)) for i in range(16)),
        (5, "0"),
        (5, "1"),
    }
    assert len({json.dumps(record["drawing"]) for record in found[:36]}) == 36
    assert all(record["prefix_points"] == 0 for record in found)


def test_guesses(folder: Path, capsys) -> None:
    write_sketches("in.ndjson", faces())
    assert main(["guess", "face.svg", "in.ndjson", "--top", "2", "--json", *MODEL]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["file"], one["record"], one["word"]) for one in found] == [
        ("face.svg", 1, None),
        ("in.ndjson", 1, "face"),
        ("in.ndjson", 2, "circle"),
        ("in.ndjson", 3, "square"),
    ]
    assert found[3]["guesses"][0]["category"] == "square"
    for one in found:
        assert len(one["guesses"]) == 2 and set(one["guesses"][0]) == {"category", "probability"}
    assert main(["guess", "in.ndjson", "--top", "1", *MODEL]) == 0
    assert capsys.readouterr().out.splitlines()[2].startswith("in-3: square ")


def test_models(folder: Path, home: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sketchrnn.engine.bundled.weights_folder", lambda: folder / "weights")
    assert main(["models", "list"]) == 0
    assert "no models in" in capsys.readouterr().out
    assert main(["models", "card"]) == 1
    assert "install it again" in capsys.readouterr().err
    (home / "cache" / "models").mkdir(parents=True)
    (home / "cache" / "models" / "mine.safetensors").write_bytes(SMALL.read_bytes())
    (home / "cache" / "models" / "broken.safetensors").write_bytes(b"broken")
    assert main(["models", "list"]) == 0
    said = capsys.readouterr().out
    assert "mine  4 categories, 0." in said and "broken  damaged" in said
    assert main(["models", "card", "mine", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["name"] == "small" and card["categories"] == ["circle", "square", "star", "face"]
    assert card["decoder"] == "lstm 96" and card["latent_size"] == 0 and "CC BY 4.0" in card["card"]["data"]
    (folder / "run").mkdir()
    copied = Path(shutil.copy(SMALL, folder / "run" / "model.safetensors"))
    assert main(["models", "card", "run", "--json"]) == 0
    of_run = json.loads(capsys.readouterr().out)
    assert (of_run["file"], of_run["bytes"]) == (str(Path("run/model.safetensors")), copied.stat().st_size)
    assert main(["models", "card", "mine"]) == 0
    assert "categories (4): circle, square, star, face" in capsys.readouterr().out
    with pytest.raises(SketchRNNError, match="Models known by name: .*mine"):
        find_bundle("yours")


@pytest.mark.parametrize("name", ["~nobody of that name/cat.safetensors", 300 * "x"])
def test_a_model_that_cannot_even_be_looked_for_is_said(name: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["models", "card", name]) == 1
    assert f"{name}: " in capsys.readouterr().err
    with pytest.raises(SketchRNNError):
        find_bundle(name)


def test_the_bundled_model_is_the_newest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sketchrnn.engine.bundled.weights_folder", lambda: folder)
    for age, name in ((300, "old"), (100, "new"), (200, "middle")):
        path = folder / f"{name}.safetensors"
        path.write_bytes(b"")
        import os

        os.utime(path, (1e9 - age, 1e9 - age))
    assert find_bundle().stem == "new" and find_bundle("old").stem == "old"
    assert [path.stem for path in known_models()] == ["new", "middle", "old"]
    with pytest.raises(SketchRNNError, match="is a folder without a model"):
        load_any(find_bundle(folder))


def test_exports(folder: Path, capsys) -> None:
    assert main(["models", "export", str(SMALL), "--out", "copy.safetensors"]) == 0
    copy, original = load_bundle("copy.safetensors"), load_bundle(SMALL)
    assert copy.categories == original.categories and copy.card == original.card
    for name, array in original.params.items():
        np.testing.assert_array_equal(copy.params[name], array)
    assert main(["models", "export", str(SMALL), "--out", "copy.npz", "--dtype", "float32"]) == 0
    with np.load("copy.npz") as arrays:
        assert json.loads(str(arrays["header"]))["name"] == "small"
        assert arrays["decoder.cell.kernel"].shape == (96, 384) and arrays["decoder.cell.kernel"].dtype == np.float32
    assert main(["models", "export", str(SMALL), "--out", "COPY.NPZ"]) == 0 and np.load("COPY.NPZ")["header"]
    assert main(["models", "export", str(SMALL), "--out", "copy.npz"]) == 1
    large = random_bundle()
    large.params["decoder.out.bias"][0] = 1e6
    save_bundle(large, "large.safetensors", "float32")
    assert main(["models", "export", "large.safetensors", "--out", "half.safetensors"]) == 1
    assert "Give --dtype float32." in capsys.readouterr().err and not Path("half.safetensors").exists()
    assert main(["models", "export", str(SMALL), "--out", "copy.onnx"]) == 2
    assert "Known: .safetensors .npz" in capsys.readouterr().err


def test_reconstructions_and_morphs(folder: Path, capsys) -> None:
    save_bundle(random_bundle(), "vae.safetensors", "float32")
    write_sketches("in.ndjson", faces()[:2])
    words = "reconstruct in.ndjson --model vae.safetensors --count 2 --max-points 20 --out again.ndjson"
    assert main(words.split()) == 0
    assert [(record["word"], record["key_id"]) for record in records("again.ndjson")] == [
        ("face", "11"),
        ("face", "11"),
        ("circle", "12"),
        ("circle", "12"),
    ]
    many = "reconstruct face.svg --model vae.safetensors --max-points 9 --seed 7 --count 18 --out many.ndjson"
    one = "reconstruct face.svg --model vae.safetensors --max-points 9 --seed 8 --count 2 --out one.ndjson"
    assert main(many.split()) == 0 and main(one.split()) == 0
    noted = [(record["seed"], record["ending"]) for record in records("many.ndjson")]
    assert noted == [(7, str(ending)) for ending in range(16)] + [(8, "0"), (8, "1")]
    ours, theirs = ([record["drawing"] for record in records(name)] for name in ("many.ndjson", "one.ndjson"))
    assert ours[16:] == theirs, "a drawing is made again from what it notes"
    assert main("reconstruct again.ndjson --model vae.safetensors --seed 3 --out svg".split()) == 0
    assert all(path.read_text().count('name="seed"') == 1 for path in Path("svg").iterdir())
    assert main("morph face.svg in.ndjson --steps 3 --model vae.safetensors --out way".split()) == 0
    assert sorted(path.name for path in Path("way").iterdir()) == [f"face-to-in-1-{i}.svg" for i in (1, 2, 3)]
    way = "morph face.svg in.ndjson --seed 4 --temperature 0.7 --steps 3 --model vae.safetensors --out way.ndjson"
    assert main([*way.split(), "--category", "owl"]) == 0
    notes = {"word": "owl", "model": "tiny", "seed": 4, "temperature": 0.7, "category": "owl"}
    for step, record in enumerate(records("way.ndjson"), 1):
        assert {name: record.get(name) for name in (*notes, "between")} == {**notes, "between": f"{step} of 3"}
        assert "category_by" not in record, "on the way it is nothing that a person drew"
    said = "reconstruct face.svg --category owl --model vae.safetensors --max-points 9 --out owl.ndjson"
    assert main(said.split()) == 0 and records("owl.ndjson")[0]["category_by"] == "person"
    assert records("owl.ndjson")[0]["word"] == "owl", "the drawing says nothing itself"
    assert records("owl.ndjson")[0]["category"] == "owl", "what it was drawn as"
    write_sketches("seen.ndjson", [Sketch(half_a_face().strokes, "owl", (("model", "vae"),))])
    own = "reconstruct seen.ndjson --category own --model vae.safetensors --max-points 9 --out own.ndjson"
    assert main(own.split()) == 0 and records("own.ndjson")[0]["word"] == "owl"
    assert "category_by" not in records("own.ndjson")[0], "a model's word stays one"
    capsys.readouterr()
    for words in ("reconstruct owl.ndjson face.svg", "morph owl.ndjson face.svg"):
        assert main([*words.split(), "--category", "own", "--model", "vae.safetensors"]) == 1
        assert "face.svg, record 1: has no word of its own" in capsys.readouterr().err
    for words in ("reconstruct in.ndjson", "morph face.svg face.svg"):
        assert main([*words.split(), *MODEL]) == 1
        assert "--preset paper" in capsys.readouterr().err


class Heard(Exception):
    """What a verb has asked a model for, the first argument, and with which numbers, the others."""


class Asked:
    """Takes the place of a completer: it knows every word, and draws nothing."""

    page_unit, bundle = 3.0, SimpleNamespace(name="none")

    def __init__(self, model: str):
        assert model == "mine"

    def check_category(self, category: str | None = None) -> None:
        pass

    require_latent = check_category

    def ask(self, *asked: object) -> None:
        raise Heard(*asked)

    complete_many = redraw = guess_many = ask


LED = {"max_points": 30, "candidates": 3, "guidance": 1.5}
FACE, CIRCLE = faces()[:2]
INK = Sketch(FACE.strokes, provenance=(("ink", "raw"),))


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (
            "complete in.ndjson --category star --prefix 0.5 --scale 2 --count 4 --candidates 3 --guidance 1.5",
            [CompletionRequest(prefix_of(FACE, 0.5), "star", 4, 7, 0.7, scale=2.0, **LED)],
        ),
        (
            "sample star --count 4 --candidates 3 --guidance 1.5",
            [CompletionRequest(Sketch(), "star", 4, 7, 0.7, **LED)],
        ),
        (
            "reconstruct in.ndjson --category star --closeness 0.25 --count 4",
            RedrawRequest(FACE, "star", 4, 7, 0.7, 30, scale=3.0, closeness=0.25),
        ),
        (
            "morph in.ndjson other.ndjson --category star --steps 4",
            MorphRequest(FACE, CIRCLE, "star", "star", 4, 7, 0.7, scale=3.0),
        ),
        (
            "reconstruct in.ndjson --category own --count 4",
            RedrawRequest(FACE, "face", 4, 7, 0.7, 30, scale=3.0),
        ),
        ("reconstruct in.ndjson", RedrawRequest(FACE, None, 1, 7, 0.7, 30, scale=3.0)),
        (
            "morph in.ndjson other.ndjson --category own --steps 4",
            MorphRequest(FACE, CIRCLE, "face", "circle", 4, 7, 0.7, scale=3.0),
        ),
        ("morph in.ndjson other.ndjson", MorphRequest(FACE, CIRCLE, None, None, 9, 7, 0.7, scale=3.0)),
        ("guess in.ndjson --prefix 0.5 --scale 2 --top 2", ([prefix_of(FACE, 0.5)], 2, 1.0, 2.0)),
        ("guess ink.ndjson", ([INK], 5, 255 / (2 * 240), None)),
    ],
)
def test_all_that_is_said_is_asked_of_the_model(words: str, asked, folder: Path, monkeypatch) -> None:
    devices: list[str] = []
    monkeypatch.setattr("sketchrnn.engine.device.use_device", devices.append)
    monkeypatch.setattr("sketchrnn.engine.completer.Completer", Asked)
    for name, sketch in (("in", FACE), ("other", CIRCLE), ("ink", INK)):
        write_sketches(f"{name}.ndjson", [sketch])
    verb = words.split()[0]
    chance = "" if verb == "guess" else "--seed 7 --temperature 0.7"
    most = "--max-points 30" if verb not in ("guess", "morph") else ""
    with pytest.raises(Heard) as heard:
        main(f"{words} {chance} {most} --device cpu --model mine".split())
    assert devices == ["cpu"]
    assert heard.value.args == (asked if isinstance(asked, tuple) else (asked,))


def test_scales_of_inputs() -> None:
    face = half_a_face()
    data = Drawing(face, "a", Path("a.ndjson"))
    assert scales_of(data, None, 1.0) == (1.0, 1.0) and scales_of(data, None, 3.5) == (3.5, 1.0)
    assert scales_of(data, "auto", 1.0) == (None, 1.0) and scales_of(data, 0.5, 3.5) == (0.5, 1.0)
    document = Drawing(Sketch(face.strokes, provenance=(("page", "600"),)), "a", Path("a.svg"))
    assert scales_of(document, None, 1.0) == (None, 255 / 600) and scales_of(document, "page", 1.0)[0] == 255 / 600
    foreign = Drawing(moved(face, 2.0), "a", Path("a.svg"))
    wide = float(np.ptp(foreign.sketch.points(), axis=0).max())
    assert scales_of(foreign, "auto", 1.0) == (None, pytest.approx(255 / (2 * wide)))
    ink = Drawing(Sketch(face.strokes, provenance=(("ink", "raw"),)), "a", Path("a.ndjson"))
    assert scales_of(ink, None, 1.0)[0] is None
    Path("named otherwise").write_bytes(Path("face.svg").read_bytes())
    drawing = half_a_face()
    ways = {scales_of(Drawing(drawing, "a", Path(name)), None, 1.0) for name in ("a.svg", "a.svgz", "named otherwise")}
    assert len(ways) == 1 and ways != {scales_of(Drawing(drawing, "a", Path("a.ndjson")), None, 1.0)}
    for odd in (Sketch(), Sketch([Stroke([[3, 3]])]), Sketch(face.strokes, provenance=(("page", "nan"),))):
        known, page = scales_of(Drawing(odd, "a", Path("a.svg")), "page", 1.0)
        assert known == page and 0 < page < 1e4


def test_groups_of_endings() -> None:
    groups = in_groups(CompletionRequest(Sketch(), seed=2**32 - 1), 40)
    assert [(group.endings, group.seed) for group in groups] == [(16, 2**32 - 1), (16, 0), (8, 1)]


def test_compiled_functions_are_kept_per_processor(home: Path) -> None:
    folder = compilation_cache()
    assert folder.parent == home / "cache" and folder.name.startswith("jax-") and folder == compilation_cache()
