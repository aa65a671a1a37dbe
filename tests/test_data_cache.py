"""Corpora that are kept: the same as those that are read, known by their sources, never trusted when damaged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_training import CONFIG, corpus_of

from sketchrnn.cli.main import main
from sketchrnn.data import cache
from sketchrnn.data.augment import Augmentation
from sketchrnn.data.batches import epoch_batches
from sketchrnn.data.blocks import plain_block
from sketchrnn.data.cache import clear, corpora_folder, kept_corpora, read_kept
from sketchrnn.data.corpus import Corpus, identity
from sketchrnn.data.gather import Gatherer
from sketchrnn.data.growing import Growing
from sketchrnn.data.read import read_corpus
from sketchrnn.data.report import Report, Tally
from sketchrnn.data.stored import POINTS_AT, Damaged, PointsFile, finish, open_stored
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.training.dataset import load_dataset, split_dataset

ARRAYS = ("points", "offsets", "category", "hashes")


@pytest.fixture(autouse=True)
def also_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LEAST_BYTES", 0)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of three categories with a few hundred drawings, some of them twice."""
    folder = tmp_path / "data"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for seed, word in enumerate(("cat", "dog", "owl")):
        save(folder / f"{word}.npz", corpus_of(rng.integers(1, 60, 150), seed))
    again = corpus_of(rng.integers(1, 60, 150), 1)
    save(folder / "wolf.npz", again)
    save(folder / "yeti.npz", corpus_of([1, 2, 3, 250], 9))
    save(folder / "zzz.npz", again)
    return folder


def save(path: Path, corpus: Corpus) -> None:
    np.savez(path, points=corpus.points, offsets=corpus.offsets)


def assert_equal(one: Corpus, other: Corpus) -> None:
    assert one.categories == other.categories and one.indices is None and other.indices is None
    for name in ARRAYS:
        here, there = getattr(one, name), getattr(other, name)
        assert here.dtype == there.dtype and here.shape == there.shape
        np.testing.assert_array_equal(here, there)


def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(cache, "read_corpus", refused)


@pytest.mark.parametrize("categories", [None, ["yeti", "dog", "cat"]])
def test_what_is_kept_is_what_is_read(data, monkeypatch, categories):
    expected, report = read_corpus([data], categories)
    assert ("duplicate of another drawing" in dict(report.dropped)) == (categories is None)
    first = read_kept([data], categories)
    no_reading(monkeypatch)
    told: list[tuple[int, ...]] = []
    second = read_kept([data], categories, progress=lambda *done: told.append(done))
    for corpus, its_report in (first, second):
        assert_equal(corpus, expected)
        assert its_report == report
    assert told == [(report.files, report.files, report.kept)]
    assert not second[0].points.flags.writeable and not second[0].points.flags.owndata
    fresh = identity(replace(expected, hashes=None))
    np.testing.assert_array_equal(identity(second[0]), fresh)


def test_splits_and_batches_are_those_of_the_corpus_that_is_read(data):
    read = split_dataset(*read_corpus([data]))
    read_kept([data])
    kept = split_dataset(*read_kept([data]))
    assert kept.fingerprint == read.fingerprint
    for name in ("train", "valid", "test"):
        np.testing.assert_array_equal(getattr(kept, name).indices, getattr(read, name).indices)
    augmentation = Augmentation(0.5, 0.1, 0.1)
    pairs = [epoch_batches(part.train, 16, 1, 2, augmentation, 3) for part in (read, kept)]
    for one, other in zip(*pairs, strict=True):
        assert one.rows.tobytes() == other.rows.tobytes() and one.labels.tobytes() == other.labels.tobytes()


def test_a_training_reads_its_drawings_once(data, monkeypatch):
    config = replace(CONFIG, data=(str(data),))
    first = load_dataset(config)
    no_reading(monkeypatch)
    assert load_dataset(config).fingerprint == first.fingerprint


def changed_time(data: Path) -> None:
    status = (data / "dog.npz").stat()
    os.utime(data / "dog.npz", ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))


def changed_drawings_of_one_size(data: Path) -> None:
    size = (data / "dog.npz").stat().st_size
    rng = np.random.default_rng(0)
    with np.load(data / "dog.npz") as file:
        points, offsets = file["points"], file["offsets"]
    points[1:-1, :2] = rng.permutation(points[1:-1, :2])
    np.savez(data / "dog.npz", points=points, offsets=offsets)
    assert (data / "dog.npz").stat().st_size == size
    changed_time(data)


def changed_drawings(data: Path) -> None:
    status = (data / "dog.npz").stat()
    save(data / "dog.npz", corpus_of([5] * 40, 7))
    os.utime(data / "dog.npz", ns=(status.st_atime_ns, status.st_mtime_ns))  # of another size, at the same time


def one_more(data: Path) -> None:
    save(data / "zebra.npz", corpus_of([5] * 40, 7))


def one_less(data: Path) -> None:
    (data / "dog.npz").unlink()


@pytest.mark.parametrize("change", [changed_time, changed_drawings_of_one_size, changed_drawings, one_more, one_less])
def test_sources_that_changed_are_read_anew(data, change):
    read_kept([data])
    change(data)
    corpus, report = read_kept([data])
    assert report.notes == ()
    assert_equal(corpus, read_corpus([data])[0])


def test_what_is_kept_of_a_source_is_replaced_when_it_changes(data):
    read_kept([data / "cat.npz", data / "dog.npz"])
    (before,) = kept_corpora()
    changed_drawings(data)
    read_kept([data / "cat.npz", data / "dog.npz"])
    (after,) = kept_corpora()
    assert before.path != after.path


def test_other_ways_of_reading_are_kept_apart(data):
    every = read_kept([data])[0]
    assert read_kept([data], max_points=30)[0].lengths.max() == 30 < every.lengths.max()
    assert read_kept([data], ["owl", "cat"])[0].categories == ("owl", "cat")
    assert read_kept([data], ["cat", "owl"])[0].categories == ("cat", "owl")
    assert read_kept([data / "owl.npz", data / "cat.npz"])[0].categories == ("cat", "owl")
    assert len(kept_corpora()) == 5


@pytest.mark.parametrize("changed", ["VERSION", "__version__"])
def test_another_version_reads_anew(data, monkeypatch, changed):
    read_kept([data])
    monkeypatch.setattr(cache, changed, "next")
    told = []
    read_kept([data], progress=lambda *done: told.append(done))
    assert len(told) > 1


def cut_short(content: bytearray) -> bytes:
    return bytes(content[:-1])


def longer(content: bytearray) -> bytes:
    return bytes(content + b"\0")


def without_head(content: bytearray) -> bytes:
    return bytes(64) + content[64:]


def of_another_version(content: bytearray) -> bytes:
    content[16] += 1
    return bytes(content)


def a_point_changed(content: bytearray) -> bytes:
    content[POINTS_AT + 6 * 1000] ^= 4
    return bytes(content)


def an_identity_changed(content: bytearray) -> bytes:
    content[content.rindex(b'{"stamp"') - 100] ^= 1
    return bytes(content)


def another_stamp(content: bytearray) -> bytes:
    place = content.rindex(b'{"stamp"') + len('{"stamp": "')
    content[place] ^= 1
    return bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"not one at all",
        lambda content: bytes(len(content)),
        cut_short,
        longer,
        without_head,
        of_another_version,
        a_point_changed,
        an_identity_changed,
        another_stamp,
    ],
)
def test_what_is_damaged_is_made_again_with_a_note(data, damage):
    expected, report = read_kept([data])
    (kept,) = kept_corpora()
    expected = Corpus(*(np.array(getattr(expected, name)) for name in ARRAYS[:3]), expected.categories)
    content = kept.path.read_bytes()
    kept.path.unlink()
    kept.path.write_bytes(damage(bytearray(content)))
    again, its_report = read_kept([data])
    assert_equal(again, replace(expected, hashes=identity(expected)))
    (note,) = its_report.notes
    assert str(kept.path) in note and "made again" in note and note in its_report.lines()
    assert replace(its_report, notes=()) == report == read_kept([data])[1]
    assert kept.path.read_bytes() == content


def test_what_cannot_be_opened_is_left_as_it_is(data):
    read_kept([data])
    (kept,) = kept_corpora()
    kept.path.unlink()
    kept.path.mkdir()
    corpus, report = read_kept([data])
    assert len(corpus) == report.kept and "could be kept" in report.lines()[-1] and kept.path.is_dir()


def test_a_whole_file_under_another_name_is_not_taken_for_it(data):
    read_kept([data], max_points=30)
    (other,) = kept_corpora()
    read_kept([data])
    (kept,) = (one for one in kept_corpora() if one.path != other.path)
    os.replace(other.path, kept.path)
    corpus, report = read_kept([data])
    assert corpus.lengths.max() > 30 and "of other drawings" in report.notes[0]


def test_pieces_of_the_points_have_sums_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr("sketchrnn.data.stored.PIECE", 1000)
    corpus = corpus_of([40] * 100)
    with open(tmp_path / "x", "w+b") as stream:
        points = PointsFile(stream)
        points.append(corpus.points)
        finish(stream, replace(corpus, hashes=identity(corpus)), Report(), "mine")
    content = bytearray((tmp_path / "x").read_bytes())
    assert_equal(open_stored(tmp_path / "x", "mine")[0], replace(corpus, hashes=identity(corpus)))
    for place in (0, 999, 1000, 12_345, 23_999):
        hurt = content.copy()
        hurt[POINTS_AT + place] ^= 1
        (tmp_path / "y").write_bytes(hurt)
        with pytest.raises(Damaged, match="checksum"):
            open_stored(tmp_path / "y", "mine")


def test_a_reading_that_fails_leaves_nothing(data, monkeypatch):
    read_kept([data])
    before = {path: path.read_bytes() for path in corpora_folder().iterdir()}
    (data / "a.npz").write_text("not an archive")
    with pytest.raises(BadFile, match=r"a\.npz"):
        read_kept([data])
    (data / "a.npz").unlink()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_kept([data / "cat.npz"], progress=interrupted)
    with pytest.raises(SketchRNNError, match="no drawings of the category 'unicorn'"):
        read_kept([data], ["cat", "unicorn"])
    assert {path: path.read_bytes() for path in corpora_folder().iterdir()} == before


def no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda path: usage)
    return "GiB are free"


def no_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file is in the way")
    return "no corpus could be kept here"


def full_in_the_middle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def full(self: PointsFile, first: int, rows: np.ndarray) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(PointsFile, "put", full)
    return "No space left on device"


@pytest.mark.parametrize("hinder", [no_room, no_folder, full_in_the_middle])
def test_where_nothing_can_be_kept_it_is_read_into_memory(data, monkeypatch, hinder):
    expected, report = read_corpus([data])
    said = hinder(corpora_folder(), monkeypatch)
    corpus, its_report = read_kept([data])
    assert_equal(corpus, expected)
    assert said in its_report.notes[0] and replace(its_report, notes=()) == report
    assert kept_corpora() == [] and not list(corpora_folder().parent.rglob("*.part"))


def test_the_longest_unused_goes_when_there_is_too_much(data, monkeypatch):
    paths = {}
    for age, word in enumerate(("cat", "dog", "owl")):
        before = {kept.path for kept in kept_corpora()}
        read_kept([data / f"{word}.npz"])
        (paths[word],) = {kept.path for kept in kept_corpora()} - before
        os.utime(paths[word], (1000 + age, 1000 + age))
    size = max(kept.size for kept in kept_corpora())
    read_kept([data / "cat.npz"])  # used again: now the dog's is the oldest
    monkeypatch.setattr(cache, "MOST_BYTES", int(3.5 * size))
    read_kept([data / "wolf.npz"])
    left = {kept.path for kept in kept_corpora()}
    assert paths["dog"] not in left and {paths["cat"], paths["owl"]} < left and len(left) == 3
    monkeypatch.setattr(cache, "MOST_BYTES", 10)
    assert len(read_kept([data])[0]) > 400  # more than the limit, and kept: it is the one in use
    assert len(kept_corpora()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows forbids it by itself")
def test_what_is_in_use_is_not_taken_away(data, monkeypatch):
    monkeypatch.setattr(cache, "MOST_BYTES", 10)
    corpus = read_kept([data / "cat.npz"])[0]
    (used,) = kept_corpora()
    part = corpus.select(np.arange(3)).labels  # a copy
    train = replace(corpus, hashes=None, category=corpus.category.copy())
    del corpus
    for word in ("dog", "owl"):  # whose own are not in use
        read_kept([data / f"{word}.npz"])
        assert used in kept_corpora() and len(kept_corpora()) == 2
    assert train.drawing(0)[-1, 2] == 1 and len(part) == 3
    del train
    read_kept([data / "wolf.npz"])
    assert used not in kept_corpora() and len(kept_corpora()) == 1


def test_two_that_read_the_same_at_once_keep_the_first_ones(data):
    held = []

    def meanwhile(*_: int) -> None:
        if not held:
            held.append(None)
            held.append(read_kept([data])[0])
            held.append(kept_corpora()[0].path.stat().st_ino)

    corpus, report = read_kept([data], progress=meanwhile)
    (kept,) = kept_corpora()
    assert kept.path.stat().st_ino == held[2] and report.notes == () and not list(corpora_folder().glob(".*"))
    assert_equal(corpus, held[1])


def test_a_folder_without_links_will_do(data, monkeypatch):
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(cache.os, "link", refused)
    first, report = read_kept([data])
    no_reading(monkeypatch)
    assert_equal(read_kept([data])[0], first)
    assert report.notes == () and not list(corpora_folder().glob(".*"))


def test_what_a_killed_program_left_is_swept_up(data):
    corpora_folder().mkdir(parents=True)
    old, young = corpora_folder() / ".corpus-1.part", corpora_folder() / ".corpus-2.part"
    for path in (old, young):
        path.write_bytes(b"x")
    os.utime(old, (1000, 1000))
    read_kept([data])
    assert not old.exists() and young.exists()


def test_all_of_it_can_be_deleted_while_it_is_in_use(data):
    assert clear() == []
    corpus, _ = read_kept([data])
    before = corpus.points.tobytes()
    (kept,) = kept_corpora()
    assert kept.size == kept.path.stat().st_size and clear() == [kept] and kept_corpora() == []
    assert corpus.points.tobytes() == before


def test_small_data_are_not_kept(data, monkeypatch):
    monkeypatch.setattr(cache, "LEAST_BYTES", 1 << 20)
    read_kept([data])
    assert not corpora_folder().exists()


def test_a_damaged_record_is_told_the_second_time_too(tmp_path):
    lines = [json.dumps({"word": "cat", "drawing": [[[0, n % 256, 255], [0, n // 256, 9]]]}) for n in range(2000)]
    lines[1234] = '{"word": "cat", "drawing": [[[1, 2], [3]]]}'
    (tmp_path / "many.ndjson").write_text("\n".join(lines))
    for _ in range(2):
        corpus, report = read_kept([tmp_path / "many.ndjson"])
        assert len(corpus) == report.kept == 1999 and report.read == 2000
        assert any("many.ndjson, record 1235: the lists of a stroke differ" in line for line in report.lines())


# memory


def test_a_drawing_costs_little_more_than_its_points(tmp_path, monkeypatch):
    monkeypatch.setattr("sketchrnn.data.npz._POINTS_TOGETHER", 1 << 14)
    save(tmp_path / "cat.npz", big_corpus(20_000))
    for read in (read_corpus, read_kept):
        tracemalloc.start()
        corpus, report = read([tmp_path])
        dataset = split_dataset(corpus, report)
        now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        points = corpus.points.nbytes
        in_all = sum(getattr(corpus, name).nbytes for name in ARRAYS)
        in_all += sum(getattr(dataset, name).indices.nbytes for name in ("train", "valid", "test"))
        assert in_all < 1.15 * points
        assert now < (1.15 * points if read is read_corpus else 0.05 * points) + (1 << 20)
        assert peak < (1.3 * points if read is read_corpus else 0.3 * points) + (4 << 20)


def test_many_files_leave_no_objects_behind():
    gatherer = Gatherer(Growing(np.int16, (3,)), 250, None, Tally())
    before = 0
    tracemalloc.start()
    for number in range(800):
        rows = np.array([[number % 256, number // 256, 1]], np.int16)
        gatherer.add(plain_block(rows, np.array([0, 1]), "cat"), "cat")
        if number == 100:
            before = tracemalloc.get_traced_memory()[0]
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 30_000 and len(gatherer.corpus()) == 800


def big_corpus(drawings: int, points: int = 42) -> Corpus:
    """Random drawings of so many points within the 255 box, made all at once."""
    rng = np.random.default_rng(0)
    rows = np.zeros((drawings, points, 3), np.int16)
    places = rng.integers(0, 256, (drawings, points, 2), np.int16)
    rows[:, :, :2] = np.diff(places, axis=1, prepend=np.int16(0))
    rows[:, -1, 2] = 1
    rows[7] = rows[3]  # a duplicate: what comes after it is moved up in the file
    offsets = np.arange(drawings + 1, dtype=np.int64) * points
    return Corpus(rows.reshape(-1, 3), offsets, np.zeros(drawings, np.int16), ("cat",))


_LIMITED = """
import json, resource, sys
import numpy as np
import sketchrnn.data.npz
from sketchrnn.data.augment import DEQUANTISE
from sketchrnn.data.batches import epoch_batches
from sketchrnn.data.cache import read_kept
from sketchrnn.training.dataset import split_dataset

def bytes_of(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))

sketchrnn.data.npz._POINTS_TOGETHER = 1 << 14
more = int(sys.argv[2])
anonymous = bytes_of("RssAnon")
limit = bytes_of("VmData") + more
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
corpus, report = read_kept([sys.argv[1]])
train = split_dataset(corpus, report).train
seen, most = np.zeros(len(corpus), bool), 0
count = total = 0
for batch in epoch_batches(train, 500, 0, 0, DEQUANTISE, 50):
    count, total, most = count + len(batch.lengths), total + batch.points, max(most, bytes_of("RssAnon"))
try:
    np.zeros(corpus.points.shape, np.int16)
    held = False
except MemoryError:
    held = True
print(json.dumps([len(train), count, total, most - anonymous, corpus.points.nbytes, held]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit on data and RssAnon are Linux's")
def test_a_corpus_larger_than_the_memory_is_read_and_learned_from(tmp_path):
    """Under a limit that its points would break three times over: read, kept, split, and all batches of an epoch."""
    save(tmp_path / "cat.npz", big_corpus(230_000))
    more = 16 << 20
    command = [sys.executable, "-c", _LIMITED, str(tmp_path / "cat.npz"), str(more)]
    for _ in range(2):  # the second time what the first kept is mapped
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        drawings, count, points, anonymous, size, held = json.loads(done.stdout)
        assert drawings > 0.95 * 230_000 and count == drawings // 500 * 500 and points == 42 * count
        assert size > 3.4 * more and anonymous < more
        assert held, "the limit does not limit"
    assert len(kept_corpora()) == 1


# the verbs


def test_the_verb_lists_what_is_kept_and_deletes_it(data, capsys):
    assert main(["data", "stats", str(data), "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    (kept,) = kept_corpora()
    assert counted["overall"]["drawings"] == read_kept([data])[1].kept
    assert main(["data", "cache"]) == 0
    listed = capsys.readouterr().out
    assert kept.path.name in listed and f"{corpora_folder()}: 1 file," in listed and kept.path.exists()
    assert main(["data", "cache", "--clear"]) == 0
    assert kept.path.name in capsys.readouterr().out and not kept.path.exists()
    assert main(["data", "cache"]) == 0
    assert capsys.readouterr().out.startswith(f"{corpora_folder()}: 0 files, 0.0 MiB")
