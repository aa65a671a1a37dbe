"""Bundles: what goes in comes out, and what does not fit is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tiny_training import NAMES

from sketchrnn.errors import BadFile
from sketchrnn.model.config import TINY
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.weights import WeightBundle, load_any, load_bundle, parameters, save_bundle, to_model


@pytest.fixture(scope="module")
def bundle() -> WeightBundle:
    card = {"data": "Quick, Draw!", "counts": {"drawings": 3}}
    return WeightBundle("tiny", TINY, parameters(make_model(TINY, 5)), 33.5, NAMES, 200, card)


@pytest.fixture
def path(bundle: WeightBundle, tmp_path: Path) -> Path:
    save_bundle(bundle, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def header_of(path: Path) -> dict:
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    return json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["sketchrnn"])


def rewrite(path: Path, arrays: dict, **changes) -> None:
    values = header_of(path) | changes
    save_file(arrays, path, metadata={"sketchrnn": json.dumps(values)})


def test_what_goes_in_comes_out(bundle: WeightBundle, path: Path) -> None:
    read = load_any(path)
    assert (read.name, read.config, read.scale_factor, read.categories) == ("tiny", TINY, 33.5, NAMES)
    assert (read.max_points, read.card) == (200, bundle.card)
    weights = parameters(to_model(read))
    assert set(weights) == set(bundle.params)
    for name, value in weights.items():
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, bundle.params[name].astype(np.float16).astype(np.float32))


def test_float32_is_exact_and_bytes_are_equal(bundle: WeightBundle, tmp_path: Path) -> None:
    one, other = tmp_path / "one.safetensors", tmp_path / "other.safetensors"
    save_bundle(bundle, one, "float32")
    save_bundle(replace(bundle, params=dict(reversed(bundle.params.items()))), other, "float32")
    assert one.read_bytes() == other.read_bytes()
    assert all(np.array_equal(value, bundle.params[name]) for name, value in load_bundle(one).params.items())


def test_weights_that_float16_cannot_hold_are_not_written(bundle: WeightBundle, tmp_path: Path) -> None:
    large = dict(bundle.params) | {"decoder.out.bias": np.full(27, 1e6, np.float32)}
    with pytest.raises(ValueError, match=r"decoder\.out\.bias"), np.errstate(over="ignore"):
        save_bundle(replace(bundle, params=large), tmp_path / "large.safetensors")
    assert not list(tmp_path.iterdir())


def without(arrays: dict) -> dict:
    return {name: value for name, value in arrays.items() if name != "decoder.cell.bias"}


def with_nan(arrays: dict) -> dict:
    value = arrays["decoder.cell.bias"].copy()
    value[3] = np.nan
    return arrays | {"decoder.cell.bias": value}


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (without, "decoder.cell.bias is missing"),
        (lambda arrays: arrays | {"decoder.gizmo": np.zeros(2, np.float16)}, "decoder.gizmo is unknown"),
        (
            lambda arrays: arrays | {"decoder.cell.bias": np.zeros((2, 64), np.float16)},
            "decoder.cell.bias has shape (2, 64) instead of (128,)",
        ),
        (with_nan, "decoder.cell.bias holds values that are not finite"),
        (
            lambda arrays: arrays | {"decoder.cell.bias": np.zeros(128, np.int16)},
            "decoder.cell.bias holds values that are not finite floats",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_named(damage, says: str, path: Path) -> None:
    rewrite(path, damage(load_file(path)))
    with pytest.raises(BadFile) as caught:
        load_bundle(path)
    assert says in str(caught.value) and "model.safetensors" in str(caught.value)


def test_all_that_does_not_fit_is_named_at_once(path: Path) -> None:
    rewrite(path, without(load_file(path)) | {"zebra": np.zeros(1, np.float16)})
    with pytest.raises(BadFile, match="bias is missing; zebra is unknown"):
        load_bundle(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "sketchrnn-bundle-99"},
        {"config": {"decoder_size": 32, "wings": 2}},
        {"config": TINY.to_dict() | {"decoder_size": -1}},
        {"config": 7},
        {"scale_factor": 0},
        {"scale_factor": "nan"},
        {"scale_factor": 1e7},
        {"categories": ["cat"]},
        {"max_points": None},
    ],
)
def test_a_header_that_cannot_be_is_refused(changes: dict, path: Path) -> None:
    rewrite(path, load_file(path), **changes)
    with pytest.raises(BadFile, match=r"model\.safetensors"):
        load_bundle(path)


@pytest.mark.parametrize("keep", [0, 4, 100, 5000, -1])
def test_a_cut_off_file_is_refused(keep: int, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadFile, match=r"model\.safetensors"):
        load_bundle(path)


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    save_file({"a": np.zeros(3, np.float32)}, other)
    with pytest.raises(BadFile, match="not a bundle of this program"):
        load_bundle(other)
    other.write_bytes(b"\x89PNG" * 100)
    with pytest.raises(BadFile, match="not a model bundle"):
        load_bundle(other)
    with pytest.raises(BadFile, match="cannot be read"):
        load_bundle(tmp_path / "missing.safetensors")
    with pytest.raises(BadFile):
        load_bundle(tmp_path)


def test_categories_have_their_rows(bundle: WeightBundle) -> None:
    assert [bundle.category_index(name) for name in (*NAMES, None)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="yak"):
        bundle.category_index("yak")


def test_a_file_larger_than_any_is_refused(path: Path, monkeypatch) -> None:
    monkeypatch.setattr("sketchrnn.weights.MAX_BUNDLE_BYTES", path.stat().st_size - 1)
    with pytest.raises(BadFile, match=r"model\.safetensors: larger than any bundle"):
        load_bundle(path)


def test_a_header_larger_than_any_is_refused_before_it_is_read(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "large.safetensors"
    path.write_bytes((5 << 20).to_bytes(8, "little") + b" " * (5 << 20))
    monkeypatch.setattr("safetensors.safe_open", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(BadFile, match=r"its header claims 5,242,880 bytes"):
        load_bundle(path)
