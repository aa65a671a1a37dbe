"""npz data sets of both kinds: the published pickles without running them, ours without loss, bombs without memory."""

from __future__ import annotations

import io
import os
import pickle
import struct
import subprocess
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from random_sketches import simplified_sketches, wild_sketches

from sketchrnn.data.npz import count_points, npz_bytes, read_npz_blocks
from sketchrnn.data.pickled import Refused, load_arrays
from sketchrnn.data.report import Tally
from sketchrnn.errors import BadFile
from sketchrnn.sketch.types import Sketch, Stroke

ROWS = [np.array([[1, 2, 0], [3, -4, 0], [5, 6, 1]], np.int16), np.array([[7, 8, 1]], np.int16)]


def objects(items) -> np.ndarray:
    array = np.empty(len(items), object)
    array[:] = items
    return array


def sketches_in(path: Path, **how) -> list[Sketch]:
    return [sketch for block in read_npz_blocks(path, **how) for sketch in block.sketches()]


def npy(header: str, content: bytes = b"", version: bytes = b"\x01\x00", length: int | None = None) -> bytes:
    text = header.encode() + b"\n"
    size = struct.pack("<H" if version[0] == 1 else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + version + size + text + content


def write_zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


def python2_pickle(arrays) -> bytes:
    """What Python 2's numpy wrote: protocol 2, byte strings, numpy.core, and shapes that may end in L."""

    def text(value: bytes) -> bytes:
        short = len(value) < 256
        return (b"U" + bytes([len(value)]) if short else b"T" + struct.pack("<i", len(value))) + value

    def array(shape: int | tuple, dtype: bytes, order: bytes, content: bytes) -> bytes:
        sizes = b"".join(b"J" + struct.pack("<i", n) for n in shape)
        tail = (
            b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3f"
            if dtype == b"O8"
            else b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00"
        )
        kind = b"cnumpy\ndtype\n" + text(dtype) + b"K\x00K\x01\x87R(K\x03" + text(order) + tail + b"tb"
        start = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R"
        return start + b"(K\x01(" + sizes + b"t" + kind + b"\x89" + content + b"tb"

    inner = [
        array(a.shape, a.dtype.str[1:].encode(), b"<", text(a.astype(a.dtype.newbyteorder("<")).tobytes()))
        for a in arrays
    ]
    return b"\x80\x02" + array((len(arrays),), b"O8", b"|", b"](" + b"".join(inner) + b"e") + b"."


def python2_npz(path: Path, **parts) -> Path:
    header = "{{'descr': '|O', 'fortran_order': False, 'shape': ({}L,), }}"
    members = {name: npy(header.format(len(rows)), python2_pickle(rows)) for name, rows in parts.items()}
    return write_zip(path, members)


# the published kind


def test_more_words_than_two_bytes_count_come_back(tmp_path):
    dot = Stroke([[1, 2]])
    (tmp_path / "many.npz").write_bytes(npz_bytes(Sketch((dot,), f"word {n}") for n in range((1 << 15) + 1)))
    assert sketches_in(tmp_path / "many.npz")[-1].category == "word 32768"


def test_a_file_as_python_2_wrote_it(tmp_path):
    path = python2_npz(tmp_path / "sheep.npz", train=ROWS, test=ROWS[:1], valid=ROWS[1:])
    # the test's own file is sound: numpy reads it, complaining of headers as Python 2 wrote them
    with (
        np.load(path, allow_pickle=True, encoding="latin1") as read_by_numpy,
        pytest.warns(UserWarning, match="Python 2"),
    ):
        assert np.array_equal(read_by_numpy["train"][0], ROWS[0])
    sketches = sketches_in(path, category="sheep")
    assert [sketch.point_count for sketch in sketches] == [3, 1, 1, 3]  # train, valid, test
    assert sketches[0].points().tolist() == [[1, 2], [4, -2], [9, 4]]
    assert {sketch.category for sketch in sketches} == {"sheep"}


def test_a_file_as_it_was_published(reference):
    path = reference / "real" / "aaron_sheep.npz"
    with np.load(path, allow_pickle=True, encoding="latin1") as published:
        expected = [rows for part in ("train", "valid", "test") for rows in published[part]]
    (blocks,) = [list(read_npz_blocks(path, category="sheep"))]
    assert sum(map(len, blocks)) == len(expected) == 8000
    assert np.array_equal(np.concatenate([block.rows for block in blocks]), np.concatenate(expected))
    assert np.array_equal(np.concatenate([block.lengths() for block in blocks]), [len(rows) for rows in expected])


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("kind", ["<i2", ">i2", "<f4", ">f8", "i8", "u1"])
def test_numbers_pickled_by_any_numpy(protocol, kind):
    wanted = [np.abs(rows).astype(kind) for rows in ROWS] + [np.asfortranarray(np.abs(ROWS[0]).astype(kind))]
    for found, rows in zip(load_arrays(pickle.dumps(objects(wanted), protocol), len(wanted)), wanted, strict=True):
        assert np.array_equal(found, rows) and found.dtype == rows.dtype.newbyteorder("=")


@pytest.mark.parametrize("module", [b"numpy.core.multiarray", b"numpy._core.multiarray"])
def test_both_names_of_numpys_constructor_are_known(module):
    data = python2_pickle(ROWS).replace(b"numpy.core.multiarray", module)
    assert np.array_equal(load_arrays(data, len(ROWS))[0], ROWS[0])


class Runs:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize(
    ("function", "argument", "named"),
    [
        (os.system, "touch {}", r"(posix|nt)\.system"),
        (eval, "open({!r}, 'w')", r"(builtins|__builtin__)\.eval"),
        (open, "{}", r"(io|_io)\.open"),
        (subprocess.Popen, "touch {}", r"(subprocess|commands)\.Popen"),
        (np.fromfile, "{}", r"numpy\S*\.fromfile"),
        (pickle.loads, b"x", r"pickle\.loads"),
        (getattr, "x", r"(builtins|__builtin__)\.getattr"),
        (np.zeros, 10**9, r"numpy\S*\.zeros"),
    ],
)
def test_a_file_that_tries_to_run_code_is_refused_by_name(tmp_path, protocol, function, argument, named):
    mark = tmp_path / "was run"
    argument = argument.format(str(mark)) if isinstance(argument, str) else argument
    content = pickle.dumps(objects([*ROWS, Runs(function, argument)]), protocol)
    header = "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }"
    path = write_zip(tmp_path / "evil.npz", {"train": npy(header, content)})
    with pytest.raises(BadFile, match=named) as caught:
        sketches_in(path)
    assert "which could run code, and was refused" in str(caught.value) and str(path) in str(caught.value)
    with pytest.raises(BadFile):
        sketches_in(path, tally=Tally())  # counting damage does not make it welcome
    assert not mark.exists()


@pytest.mark.parametrize(
    "code",
    [
        b"cposix\nsystem\n(S'touch x'\ntR.",
        b"\x80\x02cnumpy.core.multiarray\nfromstring\nU\x01x\x85R.",
        b"\x80\x02(U\x01xios\nsystem\n.",  # INST
        b"\x80\x02}U\x01xK\x01s.",  # a dictionary
        b"\x80\x02cnumpy\ndtype\nU\x02O8\x85\x81.",  # NEWOBJ
        b"\x80\x02U\x01xQ.",  # a persistent id
        b"\x80\x02\x82\x01.",  # an extension code
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\ndtype\nK\x00\x85U\x01b\x87R.",
        b"\x80\x02K\x01.",
        b"\x80\x02].",
        b"\x80\x02N.",
        b"\x80\x02r\xff\xff\xff\x7f.",  # a memo of two thousand million places
        b"\x80\x02T\xff\xff\xff\x7fabc.",  # a string longer than the file
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc.",
        b"",
        b".",
        b"not a pickle",
    ],
)
def test_odd_pickles_are_refused(code):
    tracemalloc.start()
    with pytest.raises(Refused):
        load_arrays(code, 1)
    assert tracemalloc.get_traced_memory()[1] < 2 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("shape", [(3, 4), (-1, 3), (10**12, 3), (2**62, 2**62), (3,), (9,)])
def test_a_shape_that_does_not_fit_its_bytes_is_refused_before_memory_is_asked_for(shape):
    good = python2_pickle(ROWS[:1])
    sizes = b"".join(b"J" + struct.pack("<i", n) for n in ROWS[0].shape)
    claimed = b"".join(b"\x8a" + bytes([9]) + n.to_bytes(9, "little", signed=True) for n in shape)
    assert good.count(sizes) == 1
    if shape == (9,):  # as many numbers, but no rows: damage of one drawing, told by the reader
        assert load_arrays(good.replace(sizes, claimed), 1)[0].shape == (9,)
        return
    with pytest.raises(Refused):
        load_arrays(good.replace(sizes, claimed), 1)


def test_pickles_with_bytes_changed_at_random_give_arrays_or_are_refused():
    good = python2_pickle(ROWS)
    rng = np.random.default_rng(0)
    for _ in range(2000):
        data = bytearray(good)
        for place in rng.integers(len(data), size=rng.integers(1, 4)):
            data[place] = rng.integers(256)
        try:
            assert all(isinstance(array, np.ndarray) for array in load_arrays(bytes(data), len(ROWS)))
        except Refused as refused:
            assert len(str(refused)) < 500
    for cut in range(len(good)):
        with pytest.raises(Refused):
            load_arrays(good[:cut], len(ROWS))


def test_damaged_drawings_of_a_published_file_are_named_or_counted(tmp_path):
    bad = [np.zeros((0, 3), np.int16), np.zeros((4, 2), np.int16), np.zeros(6, np.int16), ROWS[0] * 2]
    path = python2_npz(tmp_path / "sheep.npz", valid=[*ROWS, *bad, ROWS[0]])
    with pytest.raises(BadFile, match="record valid 3: the drawing is empty"):
        sketches_in(path)
    tally = Tally()
    assert len(sketches_in(path, tally=tally)) == 3
    assert dict(tally.dropped) == {
        "the drawing is empty": 1,
        "the drawing is not made of rows of 3 values": 2,
        "a pen value is neither 0 nor 1": 1,
    }
    assert [example.partition(":")[0] for example in tally.examples] == [
        f"{path}, record valid {i}" for i in (3, 4, 5, 6)
    ]


def test_drawings_of_equal_length_that_numpy_saved_as_one_array(tmp_path):
    path = tmp_path / "even.npz"
    np.savez(path, train=np.stack([ROWS[0], ROWS[0] * [1, 1, 0]]))
    assert [sketch.pen_down for sketch in sketches_in(path)] == [False, True]


# ours


@pytest.mark.parametrize(("make", "kind"), [(simplified_sketches, np.int16), (wild_sketches, np.float64)])
@pytest.mark.parametrize("seed", range(3))
def test_a_round_trip_keeps_points_and_words(tmp_path, make, kind, seed):
    sketches = make(seed)
    path = tmp_path / "some.npz"
    path.write_bytes(npz_bytes(sketches))
    assert sketches_in(path) == sketches and npz_bytes(sketches_in(path)) == path.read_bytes()
    with np.load(path) as arrays:  # nothing pickled
        assert arrays["points"].dtype == kind
        assert count_points(path) == len(arrays["points"]) == sum(sketch.point_count for sketch in sketches)


def test_a_step_that_int16_just_does_not_hold_stays_what_it_is(tmp_path):
    sketch = Sketch((Stroke([[0, 0], [32768, 0], [1, 32767]]),))
    (tmp_path / "far.npz").write_bytes(npz_bytes([sketch]))
    assert [found.strokes for found in sketches_in(tmp_path / "far.npz")] == [sketch.strokes]


def test_a_cut_drawing_stays_cut_and_drawings_without_words_get_the_files(tmp_path):
    cut = Sketch((Stroke([[1, 2], [3, 4]]),), pen_down=True)
    path = tmp_path / "cat.npz"
    path.write_bytes(npz_bytes([cut, Sketch((Stroke([[5, 6]]),))]))
    first, second = sketches_in(path, category="cat")
    assert first.strokes == cut.strokes and first.pen_down and not second.pen_down
    assert first.category == second.category == "cat"


def test_no_drawings_at_all(tmp_path):
    path = tmp_path / "none.npz"
    path.write_bytes(npz_bytes([]))
    assert sketches_in(path) == [] and count_points(path) == 0


@pytest.mark.parametrize("together", [1, 7, 1 << 18])
def test_pieces_of_any_size_give_the_same(tmp_path, monkeypatch, together):
    monkeypatch.setattr("sketchrnn.data.npz._POINTS_TOGETHER", together)
    sketches = simplified_sketches(1)
    (tmp_path / "x.npz").write_bytes(npz_bytes(sketches))
    assert sketches_in(tmp_path / "x.npz") == sketches


POINTS = np.array([[1, 2, 0], [3, 4, 1], [5, 6, 1]], np.int16)
FLAT = {"points": POINTS, "offsets": np.array([0, 2, 3])}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"points": POINTS.astype(np.float32)},
        {"points": POINTS.astype(">i4")},
        {"points": np.asfortranarray(POINTS)},
        {"offsets": np.array([0, 2, 3], np.uint32)},
        {"categories": np.array(["cat"])},
        {"categories": np.array([b"dog", b"cat"]), "category": np.array([1, 1], np.int8)},
        {"unrelated": np.zeros(5)},
    ],
)
def test_flat_files_as_others_may_write_them(tmp_path, save, change):
    save(tmp_path / "x.npz", **(FLAT | change))
    first, second = sketches_in(tmp_path / "x.npz", category="cat")
    assert first.points().tolist() == [[1, 2], [4, 6]] and second.points().tolist() == [[5, 6]]
    assert first.category == second.category == "cat"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"points": POINTS[:, :2]}, "record points: expected rows of 3 values"),
        ({"points": POINTS.ravel()}, "record points: expected 2 dimensions"),
        ({"points": POINTS.astype(bool)}, "record points: expected 2 dimensions of kind"),
        ({"points": POINTS.astype(complex)}, "record points: the array's header is damaged"),
        ({"points": POINTS.astype("U5")}, "record points: expected"),
        ({"points": objects(list(POINTS))}, "record points: expected"),
        ({"offsets": np.array([0, 2])}, "offsets that rise from 0 to 3"),
        ({"offsets": np.array([1, 2, 3])}, "offsets that rise"),
        ({"offsets": np.array([0, 4, 3])}, "offsets that rise"),
        ({"offsets": np.array([0, -1, 3])}, "offsets that rise"),
        ({"offsets": np.array([], int)}, "offsets that rise"),
        ({"offsets": np.array([0.0, 2, 3])}, "record offsets: expected 1 dimensions of kind"),
        ({"offsets": np.array([[0, 2, 3]])}, "record offsets: expected 1 dim"),
        ({"categories": np.array(["cat", "dog"])}, "record category: expected 2 indices into 2"),
        ({"categories": np.array(["cat"]), "category": np.array([0])}, "expected 2 indices into 1"),
        ({"categories": np.array(["cat"]), "category": np.array([0, 1])}, "expected 2 indices into 1"),
        ({"categories": np.array(["cat"]), "category": np.array([0, -1])}, "expected 2 indices into 1"),
        ({"categories": objects(["cat"])}, "record categories: expected 1 dimensions of kind"),
        ({"points": POINTS + [0, 0, 1]}, "record 1: a pen value is neither 0 nor 1"),
        ({"points": POINTS * np.array([[1], [1], [np.nan]])}, "record 2: a (coordinate|pen)"),
        ({"points": POINTS * np.array([1, np.inf, 1])}, "record 1: a coordinate is not finite"),
        ({"points": POINTS * np.array([1e6, 1, 1])}, "record 1: a coordinate is not finite or far too large"),
        ({"points": POINTS * np.array([2**61, 1, 1])}, "record 1: a coordinate is not finite or far too large"),
        ({"points": np.array([[-(2**63), 0, 0], [1, 1, 1], [1, 1, 1]])}, "record 1: a coordinate is not finite"),
        ({"offsets": np.array([0, 2, 2, 3])}, "record 2: the drawing is empty"),
    ],
)
def test_arrays_that_are_wrong_or_do_not_fit_each_other(tmp_path, change, what):
    path = tmp_path / "x.npz"
    np.savez(path, **(FLAT | change))
    with pytest.raises(BadFile, match=what) as caught:
        sketches_in(path)
    assert str(caught.value).startswith(f"{path}, record ")


@pytest.mark.parametrize("together", [1, 1 << 18])
def test_damaged_drawings_of_a_flat_file_are_counted_and_the_rest_is_kept(tmp_path, monkeypatch, together):
    monkeypatch.setattr("sketchrnn.data.npz._POINTS_TOGETHER", together)
    points = np.array(
        [[1, 1, 1], [np.nan, 0, 1], [2, 2, 1], [3, 3, 5], [4, 4, 1], [1e9, 0, 1], [6e5, 0, 0], [6e5, 0, 1]]
    )
    np.savez(tmp_path / "x.npz", points=points, offsets=[0, 1, 2, 2, 3, 4, 5, 6, 8])
    tally = Tally()
    assert [s.points().tolist() for s in sketches_in(tmp_path / "x.npz", tally=tally)] == [[[1, 1]], [[2, 2]], [[4, 4]]]
    assert dict(tally.dropped) == {
        "the drawing is empty": 1,
        "a coordinate is not finite or far too large": 3,
        "a pen value is neither 0 nor 1": 1,
    }
    records = [example.partition(":")[0].rpartition(" ")[2] for example in tally.examples]
    assert records == ["2", "3", "5", "7", "8"], "each by its number in the file"


# files that are no files, or more than they seem


def test_files_that_are_no_npz(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, **FLAT)
    whole = path.read_bytes()
    for cut in (0, 1, 30, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(BadFile, match="is no whole .npz file"):
            sketches_in(path)
    place = whole.index(POINTS.tobytes())
    path.write_bytes(whole[:place] + b"\x09" + whole[place + 1 :])
    with pytest.raises(BadFile, match="Bad CRC-32"):
        sketches_in(path)
    with pytest.raises(BadFile, match="cannot be read: No such file"):
        sketches_in(tmp_path / "none.npz")
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(BadFile, match="holds weights, not drawings"):
        sketches_in(path)


HEAD = "{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}"


@pytest.mark.parametrize(
    "points",
    [
        b"",
        b"\x93NUMPY",
        npy(HEAD.format("<i2", "(1000000000000, 3)"), bytes(18)),
        npy(HEAD.format("<i2", "(-1, 3)"), bytes(18)),
        npy(HEAD.format("<i2", "(2, 3)"), bytes(18)),
        npy(HEAD.format("<i2", "(4, 3)"), bytes(18)),
        npy(HEAD.format("<i2", "'3, 3'"), bytes(18)),
        npy(HEAD.format("<i2", "(3, 3)"), bytes(18), length=60_000),
        npy(HEAD.format("<i2", "(3, 3)"), bytes(18), version=b"\x02\x00", length=0xFFFFFFFF),
        npy(HEAD.format("i2,i2", "(3, 3)"), bytes(36)),
        npy(HEAD.format("<i99999999", "(3, 3)"), bytes(18)),
        npy("{'descr': __import__('os').system('x')}", bytes(18)),
        npy("(" * 3000, bytes(18)),
        npy("{}", bytes(18)),
        npy("7", bytes(18)),
    ],
    ids=range(15),
)
def test_headers_that_lie_are_refused_without_taking_memory(tmp_path, points):
    stream = io.BytesIO()
    np.save(stream, FLAT["offsets"])
    path = write_zip(tmp_path / "x.npz", {"points": points, "offsets": stream.getvalue()})
    tracemalloc.start()
    with pytest.raises(BadFile, match="record points: the array's header is damaged"):
        sketches_in(path)
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("name", ["points", "offsets", "train"])
def test_a_zip_bomb_is_refused_without_being_unpacked(tmp_path, name):
    rows = 10_000_000
    shape = f"({rows}, 3)" if name == "points" else f"({rows},)"
    kind, size = {"points": ("<i2", 6), "offsets": ("<i8", 8), "train": ("|O", 8)}[name]
    stream = io.BytesIO()
    np.save(stream, FLAT["points"])
    path = tmp_path / "bomb.npz"
    others = {"offsets": {"points": stream.getvalue()}, "points": {"offsets": stream.getvalue()}, "train": {}}[name]
    write_zip(path, {name: npy(HEAD.format(kind, shape), bytes(rows * size)), **others})
    assert path.stat().st_size < 1 << 20
    tracemalloc.start()
    with pytest.raises(BadFile, match=f"record {name}: grows from .* which no drawings do"):
        sketches_in(path)
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_npz_files_with_bytes_changed_at_random_are_read_or_refused(tmp_path):
    good = npz_bytes(simplified_sketches(0, 5))
    rng = np.random.default_rng(0)
    path = tmp_path / "x.npz"
    for _ in range(300):
        data = bytearray(good)
        for place in rng.integers(len(data), size=rng.integers(1, 4)):
            data[place] = rng.integers(256)
        path.write_bytes(data)
        try:
            sketches_in(path)
        except BadFile as error:
            assert str(error).startswith(str(path))
