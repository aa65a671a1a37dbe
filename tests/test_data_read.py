"""Any mix of files as sketches, and as one corpus with an account of what was left out."""

from __future__ import annotations

import gzip
import json
import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from random_sketches import simplified_sketches, wild_sketches

from sketchrnn.data.categories import CATEGORIES, in_order, nearest_names, suggestion
from sketchrnn.data.corpus import Corpus, identity
from sketchrnn.data.ndjson import read_ndjson
from sketchrnn.data.read import (
    fallback_word,
    find_files,
    kind_of,
    read_corpus,
    read_sketches,
    word_of_file,
    write_sketches,
)
from sketchrnn.data.simplified import in_simplified_form, simplified
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.sketch.formats import to_stroke3
from sketchrnn.sketch.svg import write_svg
from sketchrnn.sketch.types import Sketch, Stroke


def sketch(*points: tuple[float, float], word: str | None = "cat") -> Sketch:
    return Sketch((Stroke(points),), word)


def rows_of(corpus: Corpus) -> list[list]:
    return [corpus.drawing(index).tolist() for index in range(len(corpus))]


def save_flat(path: Path, lengths: list[int], seed: int = 0, points: np.ndarray | None = None) -> None:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    if points is None:
        absolute = np.random.default_rng(seed).integers(0, 256, (offsets[-1], 2))
        moves = np.diff(absolute, axis=0, prepend=0)
        moves[offsets[:-1]] = absolute[offsets[:-1]]
        points = np.column_stack([moves, np.isin(np.arange(offsets[-1]), offsets[1:] - 1)]).astype(np.int16)
    np.savez(path, points=points, offsets=offsets)


# one by one


@pytest.mark.parametrize("suffix", [".ndjson", ".npz", ".bin"])
def test_drawings_are_written_and_read_by_suffix(tmp_path, suffix):
    sketches = [replace(drawing, category="cat") for drawing in simplified_sketches(0)]
    path = tmp_path / f"cat{suffix}"
    write_sketches(path, iter(sketches))
    again = list(read_sketches(path))
    assert [drawing.strokes for drawing in again] == [drawing.strokes for drawing in sketches]
    assert {drawing.category for drawing in again} == {"cat"}


def test_an_svg_is_one_drawing(tmp_path):
    drawn = wild_sketches(1)[0]
    (tmp_path / "x.svg").write_text(write_svg(drawn))
    assert [found.strokes for found in read_sketches(tmp_path / "x.svg")] == [drawn.strokes]


@pytest.mark.parametrize("suffix", [".ndjson", ".npz", ".svg"])
def test_a_file_without_a_known_suffix_is_known_by_how_it_begins(tmp_path, suffix):
    named = tmp_path / f"cat{suffix}"
    if suffix == ".svg":
        named.write_text(write_svg(sketch((0, 0), (9, 9))))
    else:
        write_sketches(named, [sketch((0, 0), (9, 9))])
    bare = tmp_path / "cat"
    shutil.copy(named, bare)
    assert kind_of(bare) == suffix
    assert [found.strokes for found in read_sketches(bare)] == [sketch((0, 0), (9, 9)).strokes]


@pytest.mark.parametrize("name", ["cat.svgz", "CAT-3.SVGZ", "cat.svg"])
def test_compressed_svg_is_read_as_svg_is(tmp_path, name):
    drawing = replace(sketch((0, 0), (9, 9)), category="owl", provenance=(("page", "600"),))
    text = write_svg(drawing).encode()
    (tmp_path / name).write_bytes(gzip.compress(text))
    assert list(read_sketches(tmp_path / name)) == [drawing] and kind_of(tmp_path / name) == ".svg"
    (tmp_path / "plain.svgz").write_bytes(text)
    assert list(read_sketches(tmp_path / "plain.svgz")) == [drawing]
    corpus, report = read_corpus([tmp_path])
    assert (corpus.categories, report.read, report.kept) == (("owl",), 2, 1)
    assert fallback_word(Path("x") / name.lower()) == "cat"
    for damaged in (gzip.compress(text)[:-9], gzip.compress(text)[:20], b"\x1f\x8b", b"\x1f\x8b" + text):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(BadFile, match=f"{name}: this SVG cannot be read: it is (damaged where it is )?compressed"):
            list(read_sketches(tmp_path / name))


def test_files_of_other_kinds_are_refused(tmp_path):
    (tmp_path / "cat.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(
        BadFile, match="cat.jpg: holds no drawings of a kind that is known. Known are .ndjson, .npz, .bin"
    ):
        list(read_sketches(tmp_path / "cat.jpg"))
    for path in (tmp_path, tmp_path / "none", tmp_path / "none.svg", tmp_path / "none.npz", tmp_path / "none.bin"):
        with pytest.raises(BadFile, match="cannot be read"):
            list(read_sketches(path))
    with pytest.raises(SketchRNNError, match="cannot write drawings as .jpg"):
        write_sketches(tmp_path / "x.jpg", [])


def test_what_was_there_stays_when_writing_fails(tmp_path):
    path = tmp_path / "cat.bin"
    path.write_bytes(b"before")
    with pytest.raises(SketchRNNError, match="record 2"):
        write_sketches(path, [sketch((0, 0)), sketch((0.5, 0))])
    assert path.read_bytes() == b"before" and [path] == list(tmp_path.iterdir())


def test_published_names_tell_the_word(tmp_path):
    for name in ("cat.npz", "cat.full.npz", "sketchrnn_cat.npz", "full_binary_cat.bin", "full_simplified_cat.ndjson"):
        assert word_of_file(name) == "cat"
    assert fallback_word("x/ice cream_12.svg") == "ice cream" and fallback_word("x/the_mona_3.svg") == "x"
    assert fallback_word("x/drawing-3.svg") == "x" and fallback_word("x/anything.npz") == "anything"


# the simplified form


def test_what_is_in_the_simplified_form_is_kept_as_it_is():
    drawn = sketch((3, 4), (9, 9))
    assert simplified(drawn) is drawn and in_simplified_form(drawn)
    assert simplified(Sketch()) == Sketch()


@pytest.mark.parametrize("points", [[(0, 0), (10.5, 3)], [(-1, 0), (5, 5)], [(0, 0), (300, 0)]])
def test_what_is_not_is_brought_there(points):
    assert simplified(sketch(*points)).bounds()[:2] == (0, 0) and max(simplified(sketch(*points)).bounds()) == 255


def test_raw_ink_is_brought_there_wherever_it_lies():
    raw = replace(sketch((3, 4), (9, 9)), provenance=(("key_id", "1"), ("ink", "raw")))
    assert max(simplified(raw).bounds()) == 255 and simplified(raw).provenance == (("key_id", "1"),)


def test_an_svg_is_taken_at_its_word_only_if_it_fills_the_box():
    small, full = sketch((0, 0), (9, 9)), sketch((0, 0), (255, 9))
    assert max(simplified(small, strict=True).bounds()) == 255 and simplified(full, strict=True) is full


@pytest.mark.parametrize("points", [[(0, 0), (255, 9)], [(300, 0), (555, 9)], [(0, 0), (600.5, 9)], []])
def test_what_is_taken_for_the_box_notes_no_other_unit(points):
    document = replace(sketch(*points) if points else Sketch(), provenance=(("page", "600"), ("seed", "7")))
    assert simplified(document, strict=True).provenance == (("seed", "7"),)


def test_published_rows_that_begin_elsewhere_are_only_moved():
    bent = ((-100, 5), (-90, 6), (0, 8), (155, 5))  # simplification would drop the second and third
    assert simplified(sketch(*bent)).points().tolist() == [[0, 0], [10, 1], [100, 3], [255, 0]]


# a corpus


def test_the_real_drawings_are_the_same_from_raw_and_simplified_files(fixtures):
    from_raw, _ = read_corpus([fixtures / "raw.ndjson"])
    expected, report = read_corpus([fixtures / "simplified.ndjson"])
    recognised = [s for s in read_ndjson(fixtures / "simplified.ndjson") if s.note("recognized") == "true"]
    assert rows_of(expected) == [to_stroke3(drawing).tolist() for drawing in recognised]
    assert report.kept == len(recognised) and report.read == 20
    same = sum(a == b for a, b in zip(rows_of(from_raw), rows_of(expected), strict=True))
    assert same >= len(recognised) - 1


def test_any_mix_of_files_and_folders(tmp_path, fixtures):
    (tmp_path / "deep" / "sea monster").mkdir(parents=True)
    save_flat(tmp_path / "cat.npz", [5, 7])
    write_sketches(tmp_path / "dog.bin", [sketch((0, 0), (9, 200))])
    write_sketches(
        tmp_path / "deep" / "own.ndjson", [sketch((0, 0), (1, 255), word="own word"), sketch((1, 2), word=None)]
    )
    (tmp_path / "deep" / "sea monster" / "first.svg").write_text(write_svg(sketch((0, 0), (30, 10), word=None)))
    (tmp_path / "deep" / ".hidden.npz").write_text("not read")
    (tmp_path / "cat.npz.part").write_text("not read")
    (tmp_path / "notes.txt").write_text("not read")
    corpus, report = read_corpus([tmp_path, tmp_path / "cat.npz", fixtures / "simplified.ndjson"])
    assert report.files == 5 and report.kept == len(corpus) and report.read == 6 + 20
    assert {"cat", "dog", "sea monster", "own", "own word"} <= set(corpus.categories)
    assert corpus.categories == in_order(corpus.categories)
    by_word = {corpus.categories[label]: corpus.drawing(i).tolist() for i, label in enumerate(corpus.labels)}
    assert by_word["dog"] == [[0, 0, 0], [9, 200, 1]] and by_word["sea monster"] == [[0, 0, 0], [255, 85, 1]]
    assert by_word["own"] == [[1, 2, 1]]
    assert corpus.points.dtype == np.int16 and corpus.offsets.dtype == np.int64 and corpus.category.dtype == np.int16
    assert corpus.offsets[-1] == len(corpus.points)


def test_all_that_is_left_out_is_counted_with_its_reason(tmp_path):
    x = list(range(250)) + [0, 1]
    lines = [
        {"word": "cat", "drawing": [[[0, 255], [0, 0]]]},
        {"word": "cat", "drawing": [[[0, 255], [0, 0]]]},  # again
        {"word": "dog", "drawing": [[[0, 255], [0, 0]]]},  # again, of another word
        {"word": "cat", "drawing": [[[0, 255], [0, 7]]], "recognized": False},
        {"word": "cat", "drawing": [[x, [i % 7 for i in range(252)]]]},
        {"word": "cat", "drawing": []},
        {"word": "gun", "drawing": [[[1, 255], [0, 0]]]},
        {"word": "cat", "drawing": [[[1, 2], [3]]]},
    ]
    path = tmp_path / "some.ndjson"
    path.write_text("\n".join(map(json.dumps, lines)))
    corpus, report = read_corpus([path], wanted=lambda word: word != "gun")
    assert rows_of(corpus) == [[[0, 0, 0], [255, 0, 1]]] and corpus.categories == ("cat",)
    assert dict(report.dropped) == {
        "duplicate of another drawing": 2,
        "not recognised by Quick, Draw!": 1,
        "over 250 points": 1,
        "the drawing is empty": 1,
        "of a category that is not wanted": 1,
        "the lists of a stroke differ in length": 1,
    }
    assert (report.read, report.kept, report.files) == (8, 1, 1)
    assert f"{path}, record 8: the lists" in "\n".join(report.lines())
    assert json.loads(json.dumps(report.as_dict()))["dropped"]["over 250 points"] == 1
    assert read_corpus([path], max_points=252)[1].kept == 3


def test_the_limit_on_points_counts_after_simplification(tmp_path):
    straight = np.column_stack([np.arange(100_000), np.zeros(100_000)])
    write_sketches(tmp_path / "line.npz", [Sketch((Stroke(straight),))])
    corpus, _ = read_corpus([tmp_path / "line.npz"])
    assert rows_of(corpus) == [[[0, 0, 0], [255, 0, 1]]]


def test_categories_are_numbered_as_they_are_asked_for(tmp_path):
    for seed, word in enumerate(("cat", "dog", "owl")):
        save_flat(tmp_path / f"{word}.npz", [3, 4], seed)
    (tmp_path / "owl.npz").write_text("damaged, but nobody asked for it")
    corpus, report = read_corpus([tmp_path], ["dog", "cat"])
    assert corpus.categories == ("dog", "cat") and corpus.labels.tolist() == [1, 1, 0, 0] and corpus.indices is None
    assert report.files == 2
    with pytest.raises(BadFile, match="owl.npz: is no whole .npz"):
        read_corpus([tmp_path])


def test_a_category_that_is_not_there_is_an_error_with_the_nearest(tmp_path):
    write_sketches(tmp_path / "own.ndjson", [sketch((0, 0), word="zebra crossing"), sketch((1, 1), word="cat")])
    with pytest.raises(SketchRNNError, match="no drawings of the category 'zebra crosing'.*'zebra crossing'"):
        read_corpus([tmp_path], ["cat", "zebra crosing"])


def test_a_category_that_is_not_there_is_not_its_own_suggestion(tmp_path):
    for word in ("cat", "bicycle"):
        write_sketches(tmp_path / f"{word}.npz", [sketch((0, 0), word=word)])
    with pytest.raises(SketchRNNError, match=r"no drawings of the category 'dog' in the data. There are some of bic.*"):
        read_corpus([tmp_path], ["dog"])
    with pytest.raises(SketchRNNError, match="no drawings of the category 'bicycel' in the data. Did you.*'bicycle'"):
        read_corpus([tmp_path], ["bicycel"])


def test_nothing_to_learn_from(tmp_path):
    with pytest.raises(SketchRNNError, match="there are no drawings to learn from"):
        read_corpus([tmp_path])
    (tmp_path / "x.ndjson").write_text('{"drawing":[]}\n' * 3)
    with pytest.raises(SketchRNNError, match=r"\(3 the drawing is empty\)"):
        read_corpus([tmp_path])
    with pytest.raises(BadFile, match="nowhere: does not exist"):
        read_corpus([tmp_path / "nowhere"])


def test_progress_is_told(tmp_path):
    for seed, word in enumerate(("cat", "dog")):
        save_flat(tmp_path / f"{word}.npz", [3, 4], seed)
    told = []
    read_corpus([tmp_path], progress=lambda *done: told.append(done))
    assert told == [(0, 2, 2), (1, 2, 4), (2, 2, 4)]


def test_a_drawing_cut_before_its_last_pen_up_is_finished_there(tmp_path):
    save_flat(tmp_path / "cat.npz", [2], points=np.array([[1, 2, 0], [3, 4, 0]], np.int16))
    assert rows_of(read_corpus([tmp_path / "cat.npz"])[0]) == [[[1, 2, 0], [3, 4, 1]]]


@pytest.mark.parametrize("together", [3, 50, 1 << 18])
def test_many_duplicates_across_files_and_pieces_leave_the_first_of_each(tmp_path, monkeypatch, together):
    monkeypatch.setattr("sketchrnn.data.npz._POINTS_TOGETHER", together)
    monkeypatch.setattr("sketchrnn.data.gather._TOGETHER", together)
    monkeypatch.setattr("sketchrnn.data.growing.LEAST", 1)  # grows from nothing
    rng = np.random.default_rng(0)
    pool = [to_stroke3(drawing).astype(np.int16) for drawing in simplified_sketches(0, 30)]
    chosen = [pool[i] for i in rng.integers(0, 30, 200)]
    for number, part in enumerate((chosen[:70], chosen[70:150], chosen[150:])):
        save_flat(tmp_path / f"{number}.npz", [len(rows) for rows in part], points=np.concatenate(part))
    corpus, report = read_corpus([tmp_path], max_points=1000)
    first = list(dict.fromkeys(rows.tobytes() for rows in chosen))
    assert [corpus.drawing(i).tobytes() for i in range(len(corpus))] == first
    assert dict(report.dropped) == {"duplicate of another drawing": 200 - len(first)}
    assert len(set(identity(corpus).tolist())) == len(first)


def test_the_points_are_held_once(tmp_path, monkeypatch):
    monkeypatch.setattr("sketchrnn.data.npz._POINTS_TOGETHER", 1 << 14)
    for seed in range(6):
        save_flat(tmp_path / f"{seed}.npz", [40] * 10_000, seed)
    tracemalloc.start()
    corpus, _ = read_corpus([tmp_path])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(corpus.points) == 2_400_000
    assert peak < 1.3 * corpus.points.nbytes + (4 << 20)


def test_a_file_without_flat_arrays_grows_the_corpus_as_needed(tmp_path, monkeypatch):
    monkeypatch.setattr("sketchrnn.data.growing.LEAST", 1)
    monkeypatch.setattr("sketchrnn.data.read._estimate", lambda path: 0)
    sketches = simplified_sketches(4)
    write_sketches(tmp_path / "x.ndjson", sketches)
    corpus, report = read_corpus([tmp_path], max_points=1000)
    expected = dict.fromkeys(to_stroke3(drawing).astype(np.int16).tobytes() for drawing in sketches)
    assert [corpus.drawing(i).tobytes() for i in range(len(corpus))] == list(expected)


def test_the_same_file_by_two_ways_is_read_once(tmp_path, monkeypatch):
    save_flat(tmp_path / "cat.npz", [3])
    monkeypatch.chdir(tmp_path)
    assert len(find_files(["cat.npz", tmp_path, tmp_path / "cat.npz"])) == 1


def test_the_names_are_the_data_sets_in_its_order(reference):
    with np.load(reference / "data" / "drawings-0.npz") as shard:
        assert tuple(str(name) for name in shard["categories"]) == CATEGORIES


# words


def test_words_are_answered_with_names_like_them():
    assert nearest_names("  The_Mona_Lisa ") == ["The Mona Lisa"] and nearest_names("CAT") == ["cat"]
    assert nearest_names("bicicle")[0] == "bicycle" and "The Eiffel Tower" in nearest_names("tower")
    assert nearest_names("xqzv") == [] and nearest_names("") == []
    assert suggestion("kat").startswith("Did you mean 'hat' or 'cat'")
    assert suggestion("xqzv") == "No category is called anything like it."
    assert len(CATEGORIES) == len(set(CATEGORIES)) == 345
    assert in_order({"own", "zebra", "airplane", "also own"}) == ("airplane", "zebra", "also own", "own")
