"""Quick, Draw! bin: against bytes packed by hand, round trips, and damage."""

from __future__ import annotations

import io
import struct
from dataclasses import replace

import numpy as np
import pytest
from random_sketches import simplified_sketches

from sketchrnn.data import binary
from sketchrnn.data.binary import binary_bytes, read_binary, read_binary_blocks
from sketchrnn.data.ndjson import read_ndjson
from sketchrnn.data.report import Tally
from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.sketch.types import Sketch, Stroke


def packed(
    *strokes: bytes, key: int = 5, country: bytes = b"DE", recognized: int = 1, count: int | None = None
) -> bytes:
    head = struct.pack("<Q2sbIH", key, country, recognized, 1_500_000_000, len(strokes) if count is None else count)
    return head + b"".join(strokes)


def stroke(*points: tuple[int, int]) -> bytes:
    return struct.pack("<H", len(points)) + bytes(x for x, _ in points) + bytes(y for _, y in points)


GOOD = packed(stroke((0, 1), (255, 9)), stroke((7, 7)))


def test_the_layout_is_the_published_one():
    (sketch,) = read_binary(io.BytesIO(GOOD), category="cat")
    assert [part.points.tolist() for part in sketch.strokes] == [[[0, 1], [255, 9]], [[7, 7]]]
    assert sketch.category == "cat"
    assert dict(sketch.provenance) == {
        "key_id": "5",
        "countrycode": "DE",
        "recognized": "true",
        "timestamp": "1500000000",
    }
    assert b"".join(binary_bytes([sketch])) == GOOD


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("together", [1, 100, 1 << 22])
def test_a_round_trip_keeps_the_drawings_wherever_the_chunks_end(seed, together, monkeypatch):
    monkeypatch.setattr(binary, "_TOGETHER", together)
    sketches = simplified_sketches(seed, 20)
    data = b"".join(binary_bytes(sketches))
    again = list(read_binary(io.BytesIO(data)))
    assert [sketch.strokes for sketch in again] == [sketch.strokes for sketch in sketches]
    assert b"".join(binary_bytes(again)) == data
    blocks = [sketch for block in read_binary_blocks(io.BytesIO(data)) for sketch in block.sketches()]
    assert [sketch.strokes for sketch in blocks] == [sketch.strokes for sketch in sketches]


def test_records_of_ndjson_keep_key_country_time_and_recognition(fixtures):
    sketches = list(read_ndjson(fixtures / "simplified.ndjson"))
    for before, after in zip(sketches, read_binary(io.BytesIO(b"".join(binary_bytes(sketches)))), strict=True):
        assert after.strokes == before.strokes
        for name in ("key_id", "countrycode", "recognized"):
            assert after.note(name) == before.note(name)
        seconds = np.datetime64(before.note("timestamp").removesuffix(" UTC"), "s").astype(int)
        assert after.note("timestamp") == str(seconds)


@pytest.mark.parametrize(
    "notes",
    [
        {"key_id": "x", "countrycode": "", "timestamp": "yesterday", "recognized": "?"},
        {"key_id": str(1 << 64), "countrycode": "ÄÖÜ", "timestamp": "9" * 30},
        {"key_id": "-1", "countrycode": "GERMANY", "timestamp": "1212-12-12"},
    ],
)
def test_notes_that_do_not_fit_are_left_out(notes):
    sketch = Sketch((Stroke([[1, 2]]),), provenance=tuple(notes.items()))
    (again,) = read_binary(io.BytesIO(b"".join(binary_bytes([sketch]))))
    assert again.strokes == sketch.strokes and again.note("key_id") == "0" and again.note("timestamp") == "0"


def test_recognition_reaches_the_block():
    data = GOOD + packed(stroke((1, 1)), recognized=0)
    (block,) = read_binary_blocks(io.BytesIO(data), category="cat")
    assert block.recognized.tolist() == [True, False] and block.names == ("cat",)


@pytest.mark.parametrize("reader", [read_binary, read_binary_blocks])
@pytest.mark.parametrize(
    ("data", "what"),
    [
        *((GOOD[:cut], "is cut short") for cut in range(1, len(GOOD))),
        (packed(stroke((1, 1)), count=2), "is cut short"),
        (packed(), "the drawing is empty"),
        (packed(stroke()), "the drawing is empty"),
        (packed(stroke((1, 1)), recognized=7), "head makes no sense"),
        (packed(stroke((1, 1)), country=b"\xff\xfe"), "head makes no sense"),
    ],
)
def test_damage_is_one_error_naming_file_and_record(tmp_path, reader, data, what):
    path = tmp_path / "cat.bin"
    path.write_bytes(GOOD + data)
    with pytest.raises(BadFile, match=what) as caught:
        list(reader(path))
    assert str(caught.value).startswith(f"{path}, record 2: ")
    tally = Tally()
    assert sum(1 if reader is read_binary else len(found) for found in reader(path, tally)) == 1
    assert sum(tally.dropped.values()) == 1


def test_an_empty_drawing_among_others_is_passed_over():
    tally = Tally()
    assert len(list(read_binary(io.BytesIO(GOOD + packed() + GOOD), tally))) == 2
    assert list(read_binary(io.BytesIO(b""))) == []


@pytest.mark.parametrize("points", [[[0.5, 0]], [[-1, 0]], [[256, 0]]])
def test_what_does_not_fit_is_not_written(points):
    good = Sketch((Stroke([[0, 0]]),))
    with pytest.raises(SketchRNNError, match="record 2: a .bin file holds drawings in the simplified form only"):
        list(binary_bytes([good, Sketch((Stroke(points),))]))


def test_too_many_points_are_not_written():
    with pytest.raises(SketchRNNError, match="65,535"):
        list(binary_bytes([Sketch((Stroke(np.zeros((65_536, 2))),))]))
    (sketch,) = read_binary(io.BytesIO(b"".join(binary_bytes([Sketch((Stroke(np.zeros((65_535, 2))),))]))))
    assert sketch.point_count == 65_535


def test_raw_ink_is_not_written():
    raw = replace(Sketch((Stroke([[0, 0]]),)), provenance=(("ink", "raw"),))
    with pytest.raises(SketchRNNError, match="simplified form only"):
        list(binary_bytes([raw]))
