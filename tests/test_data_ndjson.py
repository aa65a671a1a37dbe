"""Quick, Draw! ndjson: round trips, lenient where files differ, plain words where they are damaged."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from random_sketches import simplified_sketches, wild_sketches

from sketchrnn.data.lines import CHUNK, bounded_lines
from sketchrnn.data.ndjson import ndjson_bytes, read_ndjson, read_ndjson_blocks
from sketchrnn.data.records import INK
from sketchrnn.data.report import Tally
from sketchrnn.errors import BadFile

GOOD = b'{"word":"cat","drawing":[[[0,255],[0,9]]]}'


def stream(*lines: bytes, end: bytes = b"\n") -> io.BytesIO:
    return io.BytesIO(end.join(lines))


@pytest.mark.parametrize("make", [simplified_sketches, wild_sketches])
@pytest.mark.parametrize("seed", range(3))
def test_a_round_trip_keeps_everything(make, seed):
    sketches = make(seed)
    notes = (("key_id", "12"), ("recognized", "false"), ("seed", "7"), ("temperature", "0.25"), ("model", "ours"))
    sketches[3] = replace(sketches[3], provenance=notes, pen_down=True)
    data = b"".join(ndjson_bytes(sketches))
    assert list(read_ndjson(io.BytesIO(data))) == sketches
    assert b"".join(ndjson_bytes(read_ndjson(io.BytesIO(data)))) == data


def test_googles_own_records_come_out_byte_for_byte(fixtures: Path):
    data = (fixtures / "simplified.ndjson").read_bytes()
    sketches = list(read_ndjson(fixtures / "simplified.ndjson"))
    assert b"".join(ndjson_bytes(sketches)) == data
    record = json.loads(data.splitlines()[0])
    assert sketches[0].category == record["word"] and sketches[0].note("key_id") == record["key_id"]
    assert [stroke.points.T.tolist() for stroke in sketches[0].strokes] == record["drawing"]


def test_raw_ink_is_read_without_its_times_and_marked(fixtures: Path):
    record = json.loads((fixtures / "raw.ndjson").read_bytes().splitlines()[0])
    sketch = next(read_ndjson(fixtures / "raw.ndjson"))
    expected = [np.array(stroke[:2], np.float32).T for stroke in record["drawing"]]
    assert all(np.array_equal(a.points, b) for a, b in zip(sketch.strokes, expected, strict=True))
    assert INK in sketch.provenance


def test_values_that_programs_read_are_written_as_numbers():
    (sketch,) = read_ndjson(stream(GOOD[:-1] + b',"seed":7,"prefix_points":12,"temperature":0.5,"recognized":true}'))
    record = json.loads(next(ndjson_bytes([sketch])))
    assert (record["seed"], record["prefix_points"], record["temperature"]) == (7, 12, 0.5)
    assert record["recognized"] is True
    notes = (("temperature", "nan"), ("seed", "1_0"), ("prefix_points", " 5"))
    (line,) = ndjson_bytes([replace(sketch, provenance=notes)])
    assert [json.loads(line, parse_constant=pytest.fail)[name] for name, _ in notes] == ["nan", "1_0", " 5"]
    odd = replace(sketch, provenance=(("seed", "none"), ("word", "dog"), ("drawing", "[]")))
    record = json.loads(next(ndjson_bytes([odd])))
    assert record["seed"] == "none" and record["word"] == "cat" and len(record["drawing"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + GOOD,  # byte order mark
        GOOD + b"\r",  # CRLF
        b"\r\n\n   \n" + GOOD + b"\n\n",  # blank lines
        b"  " + GOOD + b"  ",
        b'{"drawing":[[[0.0,255.0],[0,9]]],"word":"cat"}',  # floats, another order
        b'{"word":"cat","drawing":[[[0,255],[0,9]],[[],[]]],"extra":{"a":[1]},"countrycode":null}',
    ],
)
def test_what_files_differ_in_is_read_all_the_same(text):
    (sketch,) = read_ndjson(io.BytesIO(text))
    assert sketch.category == "cat" and sketch.points().tolist() == [[0, 0], [255, 9]] and not sketch.provenance
    (block,) = read_ndjson_blocks(io.BytesIO(text))
    assert block.points.tolist() == [[0, 0], [255, 9]]


def test_optional_keys_may_be_missing():
    (sketch,) = read_ndjson(stream(b'{"drawing":[[[1],[2]]]}'))
    assert sketch.category is None and sketch.points().tolist() == [[1, 2]]
    assert list(read_ndjson(io.BytesIO(b""))) == [] == list(read_ndjson_blocks(io.BytesIO(b"\n\n")))


DAMAGED = {
    GOOD[:-9]: "not valid JSON",
    b'{"drawing":[[[0,1],[0,\xff]]]}': "not valid JSON",
    b"[1, 2]": "not an object with a drawing",
    b'{"word":"cat"}': "not an object with a drawing",
    b'{"drawing":{"x":1}}': "not an object with a drawing",
    b'{"drawing":[]}': "the drawing is empty",
    b'{"drawing":[[[],[]]]}': "the drawing is empty",
    b'{"drawing":[[]]}': "not a list of x and y",
    b'{"drawing":[[[1,2]]]}': "not a list of x and y",
    b'{"drawing":[7]}': "not a list of x and y",
    b'{"drawing":["ab"]}': "not a list of x and y",
    b'{"drawing":[["ab","cd"]]}': "not a list of x and y",
    b'{"drawing":[{"0":[1],"1":[2]}]}': "not a list of x and y",
    b'{"drawing":[[[1,2],[1]]]}': "differ in length",
    b'{"drawing":[[[1,2],[1,2],[0]]]}': "differ in length",
    b'{"drawing":[[[1,null],[1,2]]]}': "not a number",
    b'{"drawing":[[[1,"2"],[1,2]]]}': "not a number",
    b'{"recognized":true,"drawing":[[[1,true],[1,2]]]}': "not a number",
    b'{"drawing":[[[1,[2]],[1,2]]]}': "not a number",
    b'{"drawing":[[[1,NaN],[1,2]]]}': "not finite or far too large",
    b'{"drawing":[[[1,2],[1,-Infinity]]]}': "not finite or far too large",
    b'{"drawing":[[[1,1e999],[1,2]]]}': "not finite or far too large",
    b'{"drawing":[[[1,1e7],[1,2]]]}': "not finite or far too large",
    b'{"drawing":[[[1,' + b"9" * 400 + b"],[1,2]]]}": "not finite or far too large",
    b'{"drawing":[[[1,' + b"9" * 5000 + b"],[1,2]]]}": "not valid JSON",
    b'{"drawing":' + b"[" * 100_000 + b"]" * 100_000 + b"}": "nested too deeply",
}


@pytest.mark.parametrize("text", DAMAGED, ids=range(len(DAMAGED)))
@pytest.mark.parametrize("reader", [read_ndjson, read_ndjson_blocks])
def test_a_damaged_record_is_one_error_naming_file_and_record(tmp_path, text, reader):
    path = tmp_path / "cats.ndjson"
    path.write_bytes(b"\n".join([GOOD, b"", text, GOOD]))
    with pytest.raises(BadFile, match=DAMAGED[text]) as caught:
        list(reader(path))
    assert str(caught.value).startswith(f"{path}, record 3: ") and "\n" not in str(caught.value)


@pytest.mark.parametrize("reader", [read_ndjson, read_ndjson_blocks])
def test_damaged_records_are_passed_over_and_counted(reader):
    tally = Tally()
    lines = [line for text in DAMAGED for line in (GOOD, text)]
    assert sum(1 if reader is read_ndjson else len(item) for item in reader(stream(*lines), tally)) == len(DAMAGED)
    report = tally.report()
    assert sum(count for _, count in report.dropped) == report.read == len(DAMAGED)
    assert dict(report.dropped)["a coordinate is not finite or far too large"] == 5
    assert len(report.examples) == 5 and "record 2:" in report.examples[0]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadFile, match="no.ndjson: cannot be read: No such file"):
        list(read_ndjson(tmp_path / "no.ndjson"))
    with pytest.raises(BadFile, match="cannot be read"):
        list(read_ndjson(tmp_path))


class Endless:
    """A stream of one line of any length, made as it is read, with good lines before and after it."""

    name = "endless.ndjson"

    def __init__(self, length: int):
        self.before, self.left, self.after = io.BytesIO(GOOD + b"\n"), length, io.BytesIO(b"\n" + GOOD)
        self.most = 0
        self.chunk = b'{"drawing":' + b"[" * CHUNK

    def read(self, count: int) -> bytes:
        self.most = max(self.most, count)
        if part := self.before.read(count):
            return part
        taken = min(count, self.left)
        self.left -= taken
        return self.chunk[:taken] if taken else self.after.read(count)


def test_a_line_of_two_gigabytes_is_refused_after_the_limit_and_never_held():
    endless = Endless(2 << 30)
    with pytest.raises(BadFile, match="endless.ndjson, record 2: the record is longer than 4 MiB"):
        list(read_ndjson(endless, line_limit=4 << 20))
    assert (2 << 30) - endless.left < 8 << 20 and endless.most <= CHUNK


def test_a_line_that_is_too_long_is_passed_over_and_the_next_is_read():
    tally = Tally()
    assert len(list(read_ndjson(Endless(64 << 20), tally, line_limit=4 << 20))) == 2
    assert tally.report().dropped == (("the record is longer than 4 MiB", 1),)


@pytest.mark.parametrize("seed", range(5))
def test_lines_are_the_lines_wherever_the_chunks_end(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    lines = [b"x" * int(n) for n in rng.integers(0, 40, 200)]
    monkeypatch.setattr("sketchrnn.data.lines.CHUNK", int(rng.integers(1, 30)))
    found = list(bounded_lines(stream(*lines), limit=20))
    expected = [(i, x if len(x) <= 20 else None) for i, x in enumerate(lines, 1) if x]
    assert found == expected


def test_a_drawing_of_a_hundred_thousand_points_is_read():
    x = list(range(100_000))
    line = json.dumps({"drawing": [[x, x]]}).encode()
    assert next(read_ndjson(stream(line))).point_count == 100_000
    assert len(next(read_ndjson_blocks(stream(line))).rows) == 100_000


@pytest.mark.parametrize("make", [simplified_sketches, wild_sketches])
def test_blocks_hold_what_the_sketches_hold(make):
    sketches = make(5)
    (block,) = read_ndjson_blocks(io.BytesIO(b"".join(ndjson_bytes(sketches))))
    assert [a.strokes for a in block.sketches()] == [b.strokes for b in sketches]
    assert [a.category for a in block.sketches()] == [b.category for b in sketches]


def test_blocks_know_what_was_recognised_and_what_is_raw(fixtures):
    lines = [GOOD, GOOD[:-1] + b',"recognized":false}', b'{"drawing":[[[1],[2],[0]]]}']
    (block,) = read_ndjson_blocks(stream(*lines))
    assert block.recognized.tolist() == [True, False, True] and block.raw.tolist() == [False, False, True]
    assert [block.names[i] for i in block.word] == ["cat", "cat", None]
