"""Files that are small to make and would be large to read: each must be refused with one line, cheaply.

    python -m tests.bombs            makes each in a temporary folder, reads it in a process of its own whose address
                                     space may grow by 200 MB and which may use about a second, and prints a table

`tests/test_hostile_files.py` holds what the table says.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import math
import os
import pickle
import resource
import struct
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MEMORY = 200 << 20
"""Bytes by which the address space of the reading process may grow."""
SECONDS = 1
"""Of processor time; the system counts them whole, so that between one and two are allowed."""

_ENOUGH = 10 << 20
_HEAD = "{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}"
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'


@dataclass(frozen=True)
class Bomb:
    """A hostile file.

    Args:
        name: the file's, which also tells its format.
        reader: of `tests.readers.READERS`.
        make: makes it (or a folder, or a link) at a path.
        passed_over: what is hostile in it is passed over, and the rest is read.
    """

    name: str
    reader: str
    make: Callable[[Path], None]
    passed_over: bool = False


def _content(data: bytes | str) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data.encode() if isinstance(data, str) else data) and None


def _sparse(head: bytes, size: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with open(path, "wb") as stream:
            stream.write(head)
            stream.truncate(size)

    return make


def _compressed(path: Path) -> None:
    with gzip.open(path, "wb", 1) as stream:
        stream.write(_SVG.encode())
        for _ in range(300):
            stream.write(b" " * (1 << 20))


def npy(descr: str, shape: str, content: bytes, fortran: bool = False) -> bytes:
    """A `.npy` member with any header."""
    head = (_HEAD.format(descr, shape).replace("False", str(fortran)) + "\n").encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + content


def _zip(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return stream.getvalue()


def _offsets(count: int = 1) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([0, count]))
    return stream.getvalue()


_FEW_POINTS = npy("<i2", "(3, 3)", bytes(18))


def _many_members() -> bytes:
    """A zip whose directory names two million members, which all are the same few bytes."""
    good = _zip({"points": _FEW_POINTS, "offsets": _offsets(3)}, zipfile.ZIP_STORED)
    at = good.index(b"PK\x01\x02")
    entry = good[at : good.index(b"PK\x01\x02", at + 4)]
    count = 500_000
    directory = entry * count
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), at)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at + len(directory), 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return good[:at] + directory + record + locator + end


def _lzma_with_a_large_dictionary() -> bytes:
    """An LZMA member whose dictionary, which the reader has to provide, is four gigabytes."""
    data = bytearray(_zip({"points": _FEW_POINTS, "offsets": _offsets(3)}, zipfile.ZIP_LZMA))
    place = data.index(b"\x09\x04\x05\x00") + 5
    data[place : place + 4] = b"\xff\xff\xff\xff"
    return bytes(data)


def _pickled(instructions: bytes, elements: int = 1) -> bytes:
    return _zip({"train": npy("|O", f"({elements},)", instructions)})


def _repeated_array(size: int = 500_000, times: int = 10_000) -> bytes:
    """A pickle that names one array of half a megabyte ten thousand times."""
    array = np.zeros((size // 6, 3), np.int16)
    objects = np.empty(times, object)
    objects[:] = [array] * times
    return _zip({"train": npy("|O", f"({times},)", pickle.dumps(objects, 2))})


def _small_arrays(claimed: int, count: int = 100_000) -> Callable[[Path], None]:
    """A pickle of many small arrays, each of which takes its time to be looked at."""
    return lambda path: path.write_bytes(_pickle_of_small_arrays(claimed, count)) and None


def _pickle_of_small_arrays(claimed: int, count: int) -> bytes:
    objects = np.empty(count, object)
    objects[:] = [np.full((1, 3), number % 99, np.int16) for number in range(count)]
    return _pickled(pickle.dumps(objects, 2), claimed)


def _nested_json(opening: str, closing: str, depth: int = 100_000) -> str:
    return opening * depth + closing * depth


def _bundle(changes: dict, **rest) -> Callable[[Path], None]:
    """The small model that comes with the tests, its header changed."""

    def make(path: Path) -> None:
        source = (Path(__file__).parent / "fixtures" / "small.safetensors").read_bytes()
        length = int.from_bytes(source[:8], "little")
        header = json.loads(source[8 : 8 + length])
        values = json.loads(header["__metadata__"]["sketchrnn"])
        values["config"] |= changes
        header["__metadata__"]["sketchrnn"] = json.dumps(values | rest)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        path.write_bytes(len(text).to_bytes(8, "little") + text + source[8 + length :])

    return make


def _generator(**changes) -> Callable[[Path], None]:
    """A published generator of the right shapes, all its weights zero."""
    import base64

    dims = [[512, 123], [123], [5, 2048], [512, 2048], [2048]]
    blobs = [base64.b64encode(bytes(2 * math.prod(shape))).decode() for shape in dims]
    info = {"scale_factor": 50.0, "name": "cat", "max_seq_len": 100} | changes
    return lambda path: path.write_text(json.dumps([info, dims, blobs])) and None


def _run(**files: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.mkdir()
        for name, text in ({"config_toml": "", "about_json": "{}"} | files).items():
            (path / name.replace("_", ".")).write_text(text)

    return make


def _run_that_links_out(name: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        outside = path.with_name(f"outside {name}")
        outside.write_text("")
        _run()(path)
        (path / name).unlink(missing_ok=True)
        (path / name).symlink_to(outside)

    return make


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _pairs(text: str, size: int = 30 << 20) -> str:
    return '{"drawing":[' + (text * (size // len(text)))[:-1] + "]}"


def bombs() -> Iterator[Bomb]:
    """All of them."""
    path = '<path d="M0 0L1 1"/>'
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    yield Bomb("laughs.svg", "drawing", _content(f'<!DOCTYPE a [<!ENTITY a0 "ha">{laughs}]>{_SVG}&a9;</svg>'))
    long_entity = f'<!DOCTYPE a [<!ENTITY a "{"x" * 100_000}">]>{_SVG}{"&a;" * 100_000}</svg>'
    yield Bomb("quadratic.svg", "drawing", _content(long_entity))
    yield Bomb(
        "outside.svg", "drawing", _content(f'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///dev/zero">]>{_SVG}&a;</svg>')
    )
    yield Bomb("deep.svg", "drawing", _content(_SVG + "<g>" * 1_000_000 + path))
    yield Bomb("commands.svg", "drawing", _content(f'{_SVG}<path d="M0 0{"L1 1" * 1_000_000}"/></svg>'))
    yield Bomb("one long command.svg", "drawing", _content(f'{_SVG}<path d="M0 0L{"1 " * _ENOUGH}"/></svg>'))
    yield Bomb("elements.svg", "drawing", _content(_SVG + path * 1_000_000 + "</svg>"))
    yield Bomb(
        "attributes.svg", "drawing", _content(_SVG + "<g " + " ".join(f'a{n}=""' for n in range(10**6)) + "/></svg>")
    )
    yield Bomb("names.svg", "drawing", _content(f"{_SVG}<{'a' * 3 * _ENOUGH}/></svg>"))
    yield Bomb("text.svg", "drawing", _content(f"{_SVG}<title>{'a' * 6 * _ENOUGH}</title></svg>"))
    yield Bomb("long attribute.svg", "drawing", _content(f'{_SVG}<path d="{"1" * 6 * _ENOUGH}"/></svg>'))
    yield Bomb("wide attribute.svg", "drawing", _content(f'{_SVG}<path d="{"🖊" * (_ENOUGH + _ENOUGH // 2)}"/></svg>'))
    yield Bomb("transforms.svg", "drawing", _content(f'{_SVG}<g transform="{"scale(9)" * 1_000_000}">{path}</g></svg>'))
    yield Bomb("styles.svg", "drawing", _content(f"{_SVG}<style>{'a{b:c}' * 1_000_000}</style>{path}</svg>"))
    sheet = f"{_SVG}<style>{'a' * _ENOUGH}</style>{path}</svg>"
    yield Bomb("long style.svg", "drawing", _content(sheet), passed_over=True)
    yield Bomb("endless.svg", "drawing", _link("/dev/zero"))
    yield Bomb("grows.svgz", "drawing", _compressed)
    yield Bomb("cut.svgz", "drawing", _content(gzip.compress(f"{_SVG}{path}</svg>".encode())[:-9]))
    yield Bomb("large.svg", "drawing", _sparse(_SVG.encode(), 4 << 30))
    yield Bomb("pipe.svg", "drawing", os.mkfifo)
    uses = f'<g id="a0">{path}</g>' + "".join(
        f'<g id="a{n}">{f"""<use href="#a{n - 1}"/>""" * 10}</g>' for n in range(1, 10)
    )
    yield Bomb("uses.svg", "drawing", _content(_SVG + uses + "</svg>"))

    yield Bomb("nested.ndjson", "drawing", _content('{"drawing":' + _nested_json("[", "]") + "}"))
    yield Bomb("nested objects.ndjson", "drawing", _content('{"drawing":[],"a":' + _nested_json('{"a":', "}") + "}"))
    yield Bomb("empty lists.ndjson", "drawing", _content(_pairs("[],")))
    yield Bomb("empty objects.ndjson", "drawing", _content(_pairs("{},")))
    yield Bomb("empty strokes.ndjson", "drawing", _content(_pairs("[[],[]],")))
    yield Bomb("numbers.ndjson", "drawing", _content(_pairs("1.5,")))
    yield Bomb("small numbers.ndjson", "drawing", _content(_pairs("1,")))
    yield Bomb("long numbers.ndjson", "drawing", _content(_pairs("9" * 4000 + ",")))
    yield Bomb("keys.ndjson", "drawing", _content('{"drawing":[' + ",".join(f'"a{n}":1' for n in range(10**6)) + "]}"))
    more_keys = '{"drawing":[[[1],[1]]],' + ",".join(f'"a{n}":1' for n in range(10**6)) + "}"
    yield Bomb("notes.ndjson", "drawing", _content(more_keys))
    yield Bomb("one line.ndjson", "drawing", _sparse(b'{"drawing":[', 4 << 30))
    yield Bomb("endless.ndjson", "drawing", _link("/dev/zero"))
    yield Bomb("pipe.ndjson", "drawing", os.mkfifo)
    yield Bomb("wide text.ndjson", "drawing", _content('{"drawing":[],"a":"' + "🖊" * (30 * 2**20 // 4) + '"}'))

    head = struct.pack("<Q2sBIH", 1, b"DE", 1, 0, 65535)
    yield Bomb("one drawing.bin", "drawing", _sparse(head + struct.pack("<H", 65535), 2 << 30))
    strokes = head + (struct.pack("<H", 65535) + bytes(131070)) * 300
    yield Bomb("long strokes.bin", "drawing", _content(strokes))
    yield Bomb("endless.bin", "drawing", _link("/dev/zero"))

    rows = 4 * _ENOUGH
    yield Bomb(
        "points.npz",
        "drawing",
        _content(_zip({"points": npy("<i2", f"({rows}, 3)", bytes(6 * rows)), "offsets": _offsets(rows)})),
    )
    yield Bomb(
        "offsets.npz",
        "drawing",
        _content(_zip({"points": _FEW_POINTS, "offsets": npy("<i8", f"({rows},)", bytes(8 * rows))})),
    )
    for shape in ("(4611686018427387904, 3)", "(4611686018427387904, 0)", "(0, 4611686018427387904)"):
        yield Bomb(
            f"claims {shape}.npz",
            "drawing",
            _content(_zip({"points": npy("<i2", shape, bytes(18)), "offsets": _offsets(3)})),
        )
    yield Bomb(
        "deep header.npz", "drawing", _content(_zip({"points": npy("<i2", "(" * 2000, b""), "offsets": _offsets()}))
    )
    yield Bomb("members.npz", "drawing", _content(_many_members()))
    yield Bomb("dictionary.npz", "drawing", _content(_lzma_with_a_large_dictionary()))
    yield Bomb("instructions.npz", "drawing", _content(_pickled(b"\x80\x02" + b")0" * (8 << 20) + b".")))
    yield Bomb("repeated.npz", "drawing", _content(_repeated_array()))
    yield Bomb("small arrays.npz", "drawing", _small_arrays(claimed=7))
    yield Bomb("more than any.npz", "drawing", _small_arrays(claimed=1_000_000))
    yield Bomb("nested pickle.npz", "drawing", _content(_pickled(b"\x80\x02" + b"(" * 100_000 + b"t" * 100_000 + b".")))
    yield Bomb("nested list.npz", "drawing", _content(_pickled(b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".")))
    yield Bomb("memo.npz", "drawing", _content(_pickled(b"\x80\x02]r\xff\xff\xff\x7f.")))
    runs = b"cos\nsystem\nX\x04\x00\x00\x00true\x85R."
    yield Bomb("runs code.npz", "drawing", _content(_pickled(b"\x80\x02" + runs)))
    yield Bomb("endless.npz", "drawing", _link("/dev/zero"))
    yield Bomb("large.npz", "drawing", _sparse(b"PK\x03\x04", 4 << 30))

    nothing = (2**62).to_bytes(8, "little")
    yield Bomb("header.safetensors", "model", _sparse(nothing, 1 << 20))
    yield Bomb("large header.safetensors", "model", _sparse((90 << 20).to_bytes(8, "little") + b"{", 100 << 20))
    nested = ('{"__metadata__":{"sketchrnn":"' + _nested_json("[", "]") + '"}}').encode()
    yield Bomb("nested.safetensors", "model", _content(len(nested).to_bytes(8, "little") + nested))
    rows_claimed = json.dumps({"a": {"dtype": "F16", "shape": [2**62, 4], "data_offsets": [0, 8]}}).encode()
    yield Bomb("rows.safetensors", "model", _content(len(rows_claimed).to_bytes(8, "little") + rows_claimed + bytes(8)))
    yield Bomb("size.safetensors", "model", _bundle({"decoder_size": 2**62}))
    yield Bomb("large size.safetensors", "model", _bundle({"decoder_size": 2**27}))
    yield Bomb("half size.safetensors", "model", _bundle({"decoder_size": 64.5}))
    yield Bomb("no embedding.safetensors", "model", _bundle({"category_embedding": 0}))
    yield Bomb("truth.safetensors", "model", _bundle({"conditional": []}))
    yield Bomb("patch.safetensors", "model", _bundle({"recogniser_patch": 2**62}))
    yield Bomb("points.safetensors", "model", _bundle({}, max_points=2**62))
    yield Bomb("scale.safetensors", "model", _bundle({}, max_points=1e999))
    yield Bomb("card.safetensors", "model", _bundle({}, card=[1]))
    yield Bomb("endless.safetensors", "model", _link("/dev/zero"))
    yield Bomb("nested.gen.json", "model", _content(_nested_json("[", "]")))
    yield Bomb("large.gen.json", "model", _sparse(b"[", 4 << 30))
    yield Bomb("lists.gen.json", "model", _content("[" + "[]," * _ENOUGH + "1]"))
    yield Bomb("points.gen.json", "model", _generator(max_seq_len=float("inf")))
    yield Bomb("scale.gen.json", "model", _generator(scale_factor=float("nan")))
    yield Bomb("no scale.gen.json", "model", _generator(scale_factor=0))
    yield Bomb("endless.gen.json", "model", _link("/dev/zero"))

    yield Bomb("nested.toml", "settings", _content("a = " + _nested_json("[", "]")))
    yield Bomb("nested table.toml", "settings", _content("a = " + _nested_json("{a=", "}")))
    yield Bomb("dotted.toml", "settings", _content(".".join("a" * 200_000) + " = 1"))
    yield Bomb("tables.toml", "settings", _content("".join(f"[{'a.' * 200}b{n}]\n" for n in range(20_000))))
    yield Bomb("large.toml", "settings", _sparse(b"a = 1\n#", 4 << 30))
    yield Bomb("endless.toml", "settings", _link("/dev/zero"))
    yield Bomb("number.toml", "settings", _content("speed = " + "9" * 1_000_000))

    yield Bomb("nested config", "run", _run(config_toml="a = " + _nested_json("[", "]")))
    yield Bomb("nested about", "run", _run(about_json=_nested_json("[", "]")))
    yield Bomb("nested metrics", "run", _run(metrics_jsonl=_nested_json("[", "]") + "\n"), True)
    yield Bomb("large config", "run", _run(config_toml="steps = 1\n" + "#" * (300 << 20)))
    yield Bomb("large about", "run", _run(about_json='["' + "a" * (300 << 20) + '"]'))
    yield Bomb("large metrics", "run", _run(metrics_jsonl="[" * (300 << 20)), True)
    for name in ("config.toml", "metrics.jsonl", "model.safetensors", "checkpoints", "sheets", "tensorboard"):
        yield Bomb(f"link from {name}", "run", _run_that_links_out(name))


@dataclass(frozen=True)
class Outcome:
    """What came of reading one.

    Args:
        said: the refusal; None where it was read.
        fault: what went wrong that should not: another exception, or the limit that ended it.
        seconds: of processor time.
        memory: bytes that were taken at most.
    """

    said: str | None
    fault: str | None
    seconds: float
    memory: int


def read_bomb(bomb: Bomb, path: Path) -> Outcome:
    """Read it in a process of its own, within the limits."""
    receive, send = os.pipe()
    child = os.fork()
    if not child:
        os.close(receive)
        _read_and_tell(bomb, path, send)
    os.close(send)
    with os.fdopen(receive, "rb") as stream:
        told = _wait(child, stream)
    return Outcome(**told)


def _wait(child: int, stream: io.BufferedReader) -> dict:
    until = time.monotonic() + 30
    while time.monotonic() < until:  # a reader that waits for ever uses no processor time
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            text = stream.read()
            if text:
                return json.loads(text)
            how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"code {status >> 8}"
            return {"said": None, "fault": f"ended by {how}", "seconds": usage.ru_utime + usage.ru_stime, "memory": 0}
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return {"said": None, "fault": "hangs", "seconds": 0.0, "memory": 0}


def _read_and_tell(bomb: Bomb, path: Path, send: int) -> None:
    from sketchrnn.errors import SketchRNNError
    from tests.readers import READERS

    with open(os.devnull, "r+b") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    before, resident = _seconds(), _memory("VmRSS")
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(before) + SECONDS, math.ceil(before) + SECONDS))
    most = _memory("VmSize") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    said = fault = None
    try:
        READERS[bomb.reader](path)
    except SketchRNNError as refusal:
        said = str(refusal)
    except BaseException as error:
        fault = f"{type(error).__name__}: {str(error)[:200]}"
    told = {"said": said, "fault": fault, "seconds": _seconds() - before, "memory": _memory("VmHWM") - resident}
    os.write(send, json.dumps(told).encode()[:60_000])
    os._exit(0)


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name + ":"))
    return 1024 * int(line.split()[1])


def read_all(folder: Path, words: str = "") -> Iterator[tuple[Bomb, Outcome]]:
    """Make and read those whose name holds these words, one after the other."""
    import sketchrnn.data.read
    import sketchrnn.training.folder
    import sketchrnn.weights  # noqa: F401  (all that is heavy is there before memory and time are counted)

    for bomb in bombs():
        if words in bomb.name:
            place = folder / bomb.name
            bomb.make(place)
            yield bomb, read_bomb(bomb, place)
            if place.is_file():
                place.unlink()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="only those whose name holds these")
    words = " ".join(parser.parse_args().words)
    refused, faults = 0, 0
    with tempfile.TemporaryDirectory(prefix="sketchrnn-bombs-") as folder:
        for bomb, outcome in read_all(Path(folder), words):
            told = outcome.fault or (outcome.said or "was read").replace(folder, "")
            good = outcome.fault is None and (outcome.said is None) == bomb.passed_over
            refused, faults = refused + good, faults + (not good)
            mark = "  " if good else "! "
            print(f"{mark}{bomb.name:34} {outcome.seconds:5.2f} s {outcome.memory / 2**20:6.0f} MiB  {told[:110]}")
    print(f"{refused} refused within {MEMORY >> 20} MiB and about {SECONDS} s; {faults} not")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
