"""Good files to begin from, small, made here so that none has to be kept."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from sketchrnn.app.settings import Settings, to_toml
from sketchrnn.data.binary import binary_bytes
from sketchrnn.data.corpus import Corpus
from sketchrnn.data.ndjson import ndjson_bytes
from sketchrnn.data.report import Report
from sketchrnn.data.stored import POINTS_AT, PointsFile, finish
from sketchrnn.sketch.svg import write_svg
from sketchrnn.sketch.types import Sketch, Stroke
from tests.fuzz.targets import FIXTURES

CAT = Sketch((Stroke([(0, 0), (255, 9)]), Stroke([(3, 4)], "model")), "cat", (("key_id", "7"), ("a", "b")))
FOREIGN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="2cm"><style>.a{fill:none}</style>'
    '<g id="a" transform="translate(1 2) rotate(9)"><path class="a" d="M0 0h3v-3q1 1 2 2t1 1c1 2 3 4 5 6s1 1 2 2'
    'a3 2 1 0 1 4 4z"/></g><use href="#a" x="3"/><rect x="1" width="3" height="2" rx="1"/><circle r="2"/>'
    '<polyline points="0,0 1,2 3e0,.4"/><ellipse rx="1" ry="2"/><line x2="3"/><text>x</text></svg>'
)


def seeds(target: str) -> Sequence[bytes]:
    """Of one target, at least one."""
    return _SEEDS[target]()


def _ndjson() -> list[bytes]:
    lines = [(FIXTURES / name).read_bytes().splitlines()[0] for name in ("simplified.ndjson", "raw.ndjson")]
    odd = b'{"word":"\\ud800\\u0000","drawing":[[[1,2.5],[3,1e3],[0,9]]],"a\\udfff":"\\ud83d\\ude00"}'
    return [b"".join(ndjson_bytes([CAT])), odd, *(line[:4000] for line in lines if len(line) < 4000)]


def _binary() -> list[bytes]:
    return [b"".join(binary_bytes([CAT, CAT]))]


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _npz() -> list[bytes]:
    points = np.array([[1, 2, 0], [3, 4, 1], [5, 5, 1]])
    rest = [np.array([0, 2, 3]), np.array(["cat", "dog"]), np.array([0, 1], np.int16)]
    return [b"|||".join(map(_npy, [points.astype(kind), *rest])) for kind in (np.int16, np.float32)]


def _published() -> list[bytes]:
    arrays = np.empty(2, object)
    arrays[:] = [np.array([[1, 2, 0], [3, 4, 1]], np.int16), np.array([[1, 2, 1]], np.int16)]
    return [b"\x02" + pickle.dumps(arrays, protocol) for protocol in (2, 3, 4)]


def _svg() -> list[bytes]:
    plain = write_svg(CAT).encode()
    return [plain, write_svg(CAT, animated=True).encode(), FOREIGN.encode(), gzip.compress(plain, mtime=0)]


def _generator() -> list[bytes]:
    return [json.dumps({"scale_factor": 50.0, "name": "cat", "max_seq_len": 100}).encode(), b'\0[{},[],["AAAA"]]']


def _bundle() -> list[bytes]:
    source = (FIXTURES / "small.safetensors").read_bytes()
    length = int.from_bytes(source[:8], "little")
    header = json.loads(source[8 : 8 + length])
    small = json.dumps({"a": {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]}}).encode()
    return [
        header["__metadata__"]["sketchrnn"].encode(),
        b"\0" + len(small).to_bytes(8, "little") + small + bytes(8),
    ]


def _settings() -> list[bytes]:
    return [to_toml(Settings()).encode()]


def _run() -> list[bytes]:
    from sketchrnn.training.config import TINY
    from sketchrnn.training.fields import to_toml as config_toml

    return [config_toml(TINY).encode() + b'\0{"categories":["cat"],"counts":[3]}\0{"step":1,"loss":2.5}\n{"step":2}\n']


def _kept() -> list[bytes]:
    import tempfile

    corpus = Corpus(
        points=np.array([[1, 2, 0], [3, 4, 1]], np.int16),
        offsets=np.array([0, 2]),
        category=np.zeros(1, np.int16),
        categories=("cat",),
        hashes=np.zeros(1, np.uint64),
    )
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "a", "w+b") as stream:
        PointsFile(stream).append(corpus.points)
        finish(stream, corpus, Report(**asdict(Report(kept=1))), "stamp")
        stream.seek(0)
        head, content = stream.read(POINTS_AT), stream.read()
    described = struct.unpack_from("<16sIQQ16s", head)[2] - POINTS_AT
    return [content[described:] + b"\0" + content[:described]]


_SEEDS = {
    "ndjson": _ndjson,
    "bin": _binary,
    "npz": _npz,
    "published": _published,
    "svg": _svg,
    "generator": _generator,
    "bundle": _bundle,
    "settings": _settings,
    "run": _run,
    "kept": _kept,
}
