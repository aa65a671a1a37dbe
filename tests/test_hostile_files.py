"""Bombs are refused with one line, within 200 MB and about a second; the processes' own limits hold it, no clock."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bombs import bombs

from sketchrnn.app.settings import load_settings
from sketchrnn.data.documents import import_drawings
from sketchrnn.data.ndjson import ndjson_bytes, read_ndjson_blocks
from sketchrnn.data.read import find_files, read_sketches
from sketchrnn.data.stored import Damaged, open_stored
from sketchrnn.errors import BadFile
from sketchrnn.sketch.simplify import resample
from sketchrnn.sketch.svg import read_svg, write_svg
from sketchrnn.sketch.toml import read_toml
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.training.folder import RunFolder
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import kept

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="limits of processes are set and read as Linux has them"
)
NAMES = [bomb.name for bomb in bombs()]


def test_asked_for_help_it_reads_none(checkout: Path) -> None:
    words = [sys.executable, "-m", "tests.bombs", "--help"]
    done = subprocess.run(words, cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("usage:") and "refused within" not in done.stdout


def test_the_documents_count_them(checkout: Path) -> None:
    for document, words in (("SECURITY.md", r"(\d+) hostile files"), ("CHANGELOG.md", r"makes and reads (\d+)")):
        (said,) = re.findall(words, (checkout / document).read_text(encoding="utf-8"))
        assert int(said) == len(NAMES), document


@pytest.fixture(scope="module")
def table(checkout: Path) -> dict[str, str]:
    """The printed line of each bomb by its name."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(checkout), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bombs"], cwd=checkout, env=environment, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(NAMES) + 1, done.stderr
    return dict(zip(NAMES, lines, strict=False))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_refused_cheaply_with_one_line(name: str, table: dict[str, str]) -> None:
    assert table[name].startswith(f"   {name}"[1:]), table[name]


def test_folders_that_link_in_a_circle_and_to_devices_are_searched_once(tmp_path: Path) -> None:
    (tmp_path / "cat.svg").write_text(write_svg(Sketch((Stroke([(0, 0), (9, 9)]),))))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "circle").symlink_to(tmp_path)
    (tmp_path / "in" / "again.svg").symlink_to(tmp_path / "cat.svg")
    (tmp_path / "in" / "zero.svg").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.ndjson")
    assert len(find_files([tmp_path])) == 1


def test_long_lines_are_not_gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand records of a block are held at once, but not two thousand of any size."""
    monkeypatch.setattr("sketchrnn.data.ndjson._BYTES_TOGETHER", 100)
    path = tmp_path / "a.ndjson"
    path.write_text('{"drawing":[[[1,2],[3,4]]]}\n' * 50)
    blocks = list(read_ndjson_blocks(path))
    assert len(blocks) > 10 and sum(len(block) for block in blocks) == 50


def test_an_array_that_is_named_twice_is_read_twice(tmp_path: Path) -> None:
    array = np.array([[1, 2, 0], [3, 4, 1]], np.int16)
    objects = np.empty(3, object)
    objects[:] = [array, array, array[::-1].copy()]
    path = tmp_path / "cat.npz"
    np.savez(path, train=objects)
    assert [len(sketch.points()) for sketch in read_sketches(path)] == [2, 2, 2]


def test_keys_with_many_dots_are_refused_and_dots_in_text_are_not(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('data = ["' + '", "'.join("a.b.c/d.ndjson" for _ in range(400)) + '"]\n[model]\nx.y = 1\n# . . .\n')
    assert len(read_toml(path)["data"]) == 400
    path.write_text(".".join("a" * 40) + " = 1\n")
    with pytest.raises(BadFile, match="more than 16 parts"):
        read_toml(path)
    _, complaint = load_settings(path)
    assert complaint is not None and "settings were damaged" in complaint and not path.exists()
    assert load_settings(path)[1] is None, "it was put aside"


def test_a_run_is_not_resumed_through_links_that_lead_out_of_it(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    real = tmp_path / "real"
    (real / "checkpoints").mkdir(parents=True)
    (real / "config.toml").write_text("steps = 5\n")
    (real / "checkpoints" / "inside").symlink_to(real)
    run = tmp_path / "run"
    run.symlink_to(real)  # the folder itself may be named through a link
    assert RunFolder(run).read_config().steps == 5
    (real / "checkpoints" / "last").symlink_to(outside)
    with pytest.raises(BadFile, match="checkpoints/last: is a link out of the run's folder"):
        RunFolder(run).read_config()


# found by fuzzing


def test_names_that_are_no_characters_are_refused(tmp_path: Path) -> None:
    """numpy makes text of any numbers, which breaks whatever shows or writes it."""
    path = tmp_path / "a.npz"
    name = np.frombuffer(np.array([0xB5000064, ord("o")], np.uint32).tobytes(), "<U2")
    np.savez(path, points=np.array([[1, 2, 1]], np.int16), offsets=np.array([0, 1]), categories=name)
    with pytest.raises(BadFile, match="record categories: a name holds what is no character"):
        list(read_sketches(path))


def test_words_with_half_characters_are_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('{"word":"a\\ud800/../b","drawing":[[[1,2],[3,4]]],"n\\udfff":"\\ud800"}\n')
    (sketch,) = read_sketches(path)
    assert b"".join(ndjson_bytes([sketch])).decode().startswith('{"word":"a?/../b"')
    assert read_svg(write_svg(sketch)).category == sketch.category
    (written,), _ = import_drawings([path], tmp_path / "set")
    assert written == tmp_path / "set" / "a-..-b.ndjson"
    (written,), _ = import_drawings([path], tmp_path / "set", "x" * 400)
    assert len(written.name) < 120
    for word in ("con", "NUL", "lpt1.x"):
        (written,), _ = import_drawings([path], tmp_path / "set", word)
        assert written.name == f"{word}-.ndjson"


def test_a_step_too_small_to_be_added_to_a_long_way_makes_no_hole() -> None:
    points = np.array([(0, 0), (1000, 0), (1000, 1e-14), (1000, 2e-14), (0, 0)])
    line = resample(points, 1.0)
    assert np.isfinite(line).all() and len(line) == 2001 and (line[-1] == points[-1]).all()
    short = resample(points[:3], 1.0)
    assert (short[-1] == points[2]).all() and len(short) == 1001


def test_coordinates_far_beyond_any_drawing_are_refused_and_those_of_a_map_are_not(tmp_path: Path) -> None:
    """They became other numbers in the files that were written of them."""
    pytest.importorskip("svgelements")
    far = '<svg xmlns="http://www.w3.org/2000/svg"><polyline points="0,0 1,{}"/></svg>'
    for number in ("2" + "3" * 27, "1e10", "-1e29", "1e400"):
        with pytest.raises(BadFile, match="far too large|make no sense"):
            read_svg(far.format(number))
    ours = Sketch((Stroke([(0, 0), (1e30, 5)]),))
    assert read_svg(write_svg(ours)).strokes == ours.strokes, "our own come back whatever they hold"
    assert json.loads(b"".join(ndjson_bytes([ours])))["drawing"] == [[[0, pytest.approx(1e30)], [0, 5]]]
    map_in_metres = read_svg(far.format("5000000"))
    assert b'"drawing":[[[0,1],[0,5000000]]]' in b"".join(ndjson_bytes([map_in_metres]))


def test_a_kept_corpus_whose_description_makes_no_sense_is_damaged(tmp_path: Path) -> None:
    """It ended a training with a traceback instead of being made again."""
    good, arrays = seeds("kept")[0].split(b"\0", 1)
    (tmp_path / "a").write_bytes(kept(good + b"\0" + arrays))
    assert len(open_stored(tmp_path / "a", "stamp")[0]) == 1
    changes = {b"4160": b"1e99", b"[2]": b"2", b"[2, 3]": b"[3, 2]", b"4096": b"-4096", b"4224": b"9999"}
    wrong = [good.replace(was, now, 1) for was, now in changes.items()]
    for text in (b"", b"[]", b"{}", b'{"stamp": "stamp"}', b"[" * 100_000, *wrong):
        assert text != good
        (tmp_path / "a").write_bytes(kept(text + b"\0" + arrays))
        with pytest.raises(Damaged):
            open_stored(tmp_path / "a", "stamp")
