"""What is fuzzed: for each reader, how any bytes become a file (or a folder), and which reader it is given to.

A file whose checksums would refuse nearly every change (zip) or whose bulk is of no interest (weights) is put together
around the bytes. Raw bytes come through too, where the first one says so.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import math
import shutil
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sketchrnn.data.stored import POINTS_AT, VERSION
from sketchrnn.errors import SketchRNNError
from tests.readers import READERS

FIXTURES = Path(__file__).parent.parent / "fixtures"


@dataclass(frozen=True)
class Target:
    """A reader to be fuzzed.

    Args:
        file: the name of the file that is made.
        reader: of `tests.readers.READERS`.
        make: bytes to the file's content, or to a folder's files.
        heavy: needs jax.
    """

    file: str
    reader: str
    make: Callable[[bytes], bytes | dict[str, bytes]]
    heavy: bool = False

    def run(self, data: bytes, folder: Path) -> None:
        """Read what the bytes make; a refusal is as good as a drawing, anything else is raised."""
        path = folder / self.file
        made = self.make(data)
        if isinstance(made, dict):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir()
            for name, content in made.items():
                (path / name).write_bytes(content)
        else:
            path.write_bytes(made)
        with contextlib.suppress(SketchRNNError), warnings.catch_warnings():
            warnings.simplefilter("error")  # a division by zero is a fault, too
            READERS[self.reader](path)


def as_it_is(data: bytes) -> bytes:
    return data


def flat_npz(data: bytes) -> bytes:
    """Four members' contents, parted by the bytes `|||`, in a zip whose sums are right; or the zip itself."""
    if data[:2] == b"PK":
        return data
    names = ("points.npy", "offsets.npy", "categories.npy", "category.npy")
    return _zipped(dict(zip(names, data.split(b"|||"), strict=False)))


def published_npz(data: bytes) -> bytes:
    """A pickle in the array that Sketch-RNN's data sets have, its length given by the first byte."""
    count, content = (data[0], data[1:]) if data else (0, b"")
    head = f"{{'descr': '|O', 'fortran_order': False, 'shape': ({count},), }}\n".encode()
    return _zipped({"train.npy": b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + content})


def bundle(data: bytes) -> bytes:
    """The metadata of the small model that comes with the tests; or, after a zero byte, the whole file."""
    if data[:1] == b"\0":
        return data[1:]
    header, arrays = _small_model()
    header = header | {"__metadata__": {"sketchrnn": data.decode("utf-8", "replace")}}
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + arrays


def generator(data: bytes) -> bytes:
    """The description of a published generator with all weights zero; or, after a zero byte, the whole file."""
    return data[1:] if data[:1] == b"\0" else b"[" + data + b"," + _no_weights()


def run(data: bytes) -> dict[str, bytes]:
    """Config, description and metrics of a run, parted by a zero byte."""
    names = ("config.toml", "about.json", "metrics.jsonl")
    return dict(zip(names, (data + b"\0\0").split(b"\0"), strict=False))


def kept(data: bytes) -> bytes:
    """A kept corpus: description and arrays, parted by a zero byte, under a head that fits them; or the whole file."""
    if data[:1] == b"\0":
        return data[1:]
    description, _, arrays = data.partition(b"\0")
    at = POINTS_AT + len(arrays)
    digest = hashlib.blake2b(description, digest_size=16).digest()
    head = struct.pack("<16sIQQ16s", b"sketchrnn corpus", VERSION, at, len(description), digest)
    return head.ljust(POINTS_AT, b"\0") + arrays + description


TARGETS = {
    "ndjson": Target("cat.ndjson", "drawings", as_it_is),
    "bin": Target("cat.bin", "drawings", as_it_is),
    "npz": Target("cat.npz", "drawings", flat_npz),
    "published": Target("cat.npz", "drawings", published_npz),
    "svg": Target("cat.svg", "drawings", as_it_is),
    "generator": Target("cat.gen.json", "model", generator, heavy=True),
    "bundle": Target("model.safetensors", "model", bundle, heavy=True),
    "settings": Target("settings.toml", "settings", as_it_is),
    "run": Target("run", "run", run, heavy=True),
    "kept": Target("cat.corpus", "kept", kept),
}


@lru_cache(maxsize=1)
def _small_model() -> tuple[dict, bytes]:
    source = (FIXTURES / "small.safetensors").read_bytes()
    length = int.from_bytes(source[:8], "little")
    return json.loads(source[8 : 8 + length]), source[8 + length :]


@lru_cache(maxsize=1)
def _no_weights() -> bytes:
    dims = [[512, 123], [123], [5, 2048], [512, 2048], [2048]]
    blobs = [base64.b64encode(bytes(2 * math.prod(shape))).decode() for shape in dims]
    return json.dumps([dims, blobs]).encode()[1:]


def _zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()
