"""Bundles: a model as one safetensors file that says what it is; and Magenta's published generators.

A bundle holds the weights under the network's own names, and in its header the config, the scale, the categories and
the card as JSON. Loading is strict: every missing, extra or misshapen array is named.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
import numpy as np
import safetensors
from flax import nnx
from safetensors.numpy import save as to_safetensors

from sketchrnn.errors import BadFile
from sketchrnn.model.config import ModelConfig
from sketchrnn.model.sketchrnn import SketchRNN, make_model
from sketchrnn.sketch.files import open_regular, read_bounded, write_atomically

FORMAT = "sketchrnn-bundle-1"
MAX_BUNDLE_BYTES = 1 << 30
_MAX_HEADER_BYTES = 4 << 20
_MAX_GENERATOR_BYTES = 4 << 20
_MAX_POINTS = 100_000
RUN_MODEL = "model.safetensors"
"""The name of the bundle that a training keeps in its run folder."""
UNTOLD = "untold_share"
"""In a card: the share of the drawings of which the decoder was told no category in training."""
OFFICIAL_DIMS = [[512, 123], [123], [5, 2048], [512, 2048], [2048]]


@dataclass(frozen=True, eq=False)
class WeightBundle:
    """What the app loads.

    Args:
        name: of the model, shown to people.
        config: sizes.
        params: array for each parameter by its dotted name ("decoder.cell.kernel"), float16 or float32.
        scale_factor: sketch units per model unit; offsets are divided by it before the network reads them.
        categories: names, in the order of the embedding.
        max_points: the longest drawing that it was trained on.
        card: what is known about it: data, counts, figures, command, date, licence; `UNTOLD`.
    """

    name: str
    config: ModelConfig
    params: Mapping[str, np.ndarray]
    scale_factor: float
    categories: tuple[str, ...] = ()
    max_points: int = 250
    card: Mapping[str, Any] = field(default_factory=dict)

    @property
    def leads(self) -> bool:
        """Whether it draws with guidance: it knows categories, and drawings of which it was told none. Of models whose
        card says nothing of that, it is taken for granted."""
        return self.config.categories > 0 and self.card.get(UNTOLD) != 0

    def category_index(self, name: str | None) -> int:
        """The embedding's row for a category, or for None the "no category" row.

        Raises:
            ValueError: the model does not know it.
        """
        if name is None:
            return len(self.categories)
        if name not in self.categories:
            raise ValueError(f"expected a category that {self.name} knows, got {name!r}")
        return self.categories.index(name)


def parameters(model: SketchRNN) -> dict[str, np.ndarray]:
    """The network's arrays by dotted name."""
    flat = nnx.to_flat_state(nnx.state(model, nnx.Param))
    return {".".join(map(str, path)): np.asarray(variable[...]) for path, variable in flat}


def to_model(bundle: WeightBundle, file: str | Path | None = None) -> SketchRNN:
    """The network with the bundle's weights, float32, and float32 in its products whatever it was trained in.

    Raises:
        BadFile: arrays that are missing, unknown, of another shape or not finite; all of them are named.
    """
    graph, flat = _outline(replace(bundle.config, precision="float32"))
    _compare(_shapes(bundle.config), bundle.params, file or bundle.name)
    arrays = [np.asarray(bundle.params[".".join(map(str, path))], np.float32) for path, _ in flat]
    # put, rather than converted: jax compiles a conversion for every shape
    leaves = [variable.replace(array) for (_, variable), array in zip(flat, jax.device_put(arrays), strict=True)]
    paths = [path for path, _ in flat]
    return nnx.merge(graph, nnx.from_flat_state(list(zip(paths, leaves, strict=True))))


def save_bundle(bundle: WeightBundle, path: str | Path, dtype: str = "float16") -> None:
    """Write the bundle as one safetensors file, arrays as `dtype`; what was there is replaced when the new is whole.

    Raises:
        SketchRNNError: the file cannot be written.
        ValueError: a weight that the dtype cannot hold.
    """
    arrays = arrays_as(bundle, dtype)
    write_atomically(path, bytes(to_safetensors(arrays, metadata={"sketchrnn": _header(bundle)})))


def described(bundle: WeightBundle) -> dict[str, Any]:
    """All of a bundle but its arrays, as JSON takes it."""
    return {
        "name": bundle.name,
        "config": bundle.config.to_dict(),
        "scale_factor": bundle.scale_factor,
        "categories": list(bundle.categories),
        "max_points": bundle.max_points,
        "card": dict(bundle.card),
    }


def arrays_as(bundle: WeightBundle, dtype: str) -> dict[str, np.ndarray]:
    """The bundle's arrays as another dtype, sorted by name.

    Raises:
        ValueError: a weight that the dtype cannot hold.
    """
    with np.errstate(over="ignore"):  # found and named below
        arrays = {name: np.ascontiguousarray(value, dtype=dtype) for name, value in sorted(bundle.params.items())}
    broken = [name for name, value in arrays.items() if not np.isfinite(value).all()]
    if broken:
        raise ValueError(f"expected weights that are finite as {dtype}, got others in {', '.join(broken)}")
    return arrays


def load_bundle(path: str | Path) -> WeightBundle:
    """Read a bundle.

    Raises:
        BadFile: not a bundle, damaged, of a later format, or with arrays that do not fit its config.
    """
    path = Path(path)
    try:
        _require_size(path)
        with safetensors.safe_open(path, framework="numpy") as file:
            bundle = _from_header((file.metadata() or {}).get("sketchrnn"), path)
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}
            _refuse(_shape_problems(_shapes(bundle.config), shapes), path)  # before any of it is read
            params = {name: file.get_tensor(name) for name in shapes}
    except OSError as error:
        raise BadFile(f"cannot be read: {error.strerror or error}", file=path) from error
    except (safetensors.SafetensorError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadFile(f"not a model bundle, or a damaged one ({error})", file=path) from error
    bundle = replace(bundle, params=params)
    _compare(_shapes(bundle.config), params, path)
    return bundle


def _require_size(path: Path) -> None:
    """Refuse a file that would be too much before its reader sees it."""
    with open_regular(path) as stream:
        if os.fstat(stream.fileno()).st_size > MAX_BUNDLE_BYTES:
            raise BadFile("larger than any bundle (1 GiB)", file=path)
        length = int.from_bytes(stream.read(8), "little")
        if length > _MAX_HEADER_BYTES:
            raise BadFile(f"not a model bundle: its header claims {length:,} bytes", file=path)


def load_official(path: str | Path) -> WeightBundle:
    """One of Magenta's published decoder-only generators (`.gen.json`), as a bundle.

    The file is `[info, dims, blobs]`; blobs are base64 of little-endian int16, w = 10 q / 32767.

    Raises:
        BadFile: not such a file, or damaged.
    """
    try:
        info, dims, blobs = json.loads(read_bounded(path, _MAX_GENERATOR_BYTES))
        if dims != OFFICIAL_DIMS:
            raise BadFile(f"expected arrays of shapes {OFFICIAL_DIMS}, got {str(dims)[:100]}", file=path)
        arrays = [_official_array(*pair) for pair in zip(blobs, dims, strict=True)]
        name, scale, longest = str(info["name"]), float(info["scale_factor"]), int(info["max_seq_len"])
        _require_sane(scale, longest)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, binascii.Error) as error:
        raise BadFile(f"not a published generator, or a damaged one ({error})", file=path) from error
    config = ModelConfig(conditional=False, recurrent_keep=1.0)
    names = ("out.kernel", "out.bias", "cell.input_kernel", "cell.kernel", "cell.bias")
    params = {f"decoder.{key}": value for key, value in zip(names, arrays, strict=True)}
    return WeightBundle(f"magenta {name}", config, params, scale, (name,), longest, {"info": info})


def load_any(path: str | Path) -> WeightBundle:
    """A bundle, the best of a training run's folder, or a published generator (`.json`).

    Raises:
        BadFile: it cannot be read; a folder that holds no model.
    """
    path = model_file(path)
    return load_official(path) if path.suffix.lower() == ".json" else load_bundle(path)


def model_file(path: str | Path) -> Path:
    """The file of a model: itself, or the best of a training run's folder.

    Raises:
        BadFile: a folder that holds no model.
    """
    path = Path(path)
    if not path.is_dir():
        return path
    if not (path / RUN_MODEL).is_file():
        raise BadFile(f"is a folder without a {RUN_MODEL}: no training has written a model there", file=path)
    return path / RUN_MODEL


def from_model(model: SketchRNN, like: WeightBundle) -> WeightBundle:
    """A bundle of the network's weights with everything else as in `like`."""
    return replace(like, config=model.config, params=parameters(model))


def _official_array(blob: str, shape: list[int]) -> np.ndarray:
    values = np.frombuffer(base64.b64decode(blob, validate=True), "<i2").astype(np.float32)
    return (values * np.float32(10) / np.float32(32767)).reshape(shape)


def _shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    return {".".join(map(str, path)): variable.get_value().shape for path, variable in _outline(config)[1]}


@lru_cache(maxsize=8)
def _outline(config: ModelConfig):
    """The network without numbers, taken apart: graph and flat state. Loading a model needs it twice."""
    graph, state = nnx.split(nnx.eval_shape(lambda: make_model(config)))
    return graph, list(nnx.to_flat_state(state))


def _compare(expected: Mapping[str, tuple[int, ...]], params: Mapping[str, np.ndarray], file) -> None:
    problems = _shape_problems(expected, {name: array.shape for name, array in params.items()})
    for name, array in sorted(params.items()):
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            problems.append(f"{name} holds values that are not finite floats")
    _refuse(problems, file)


def _shape_problems(expected: Mapping[str, tuple[int, ...]], shapes: Mapping[str, tuple[int, ...]]) -> list[str]:
    problems = [f"{name} is missing" for name in sorted(set(expected) - set(shapes))]
    problems += [f"{name} is unknown" for name in sorted(set(shapes) - set(expected))]
    both = sorted(set(shapes) & set(expected))
    different = [name for name in both if shapes[name] != expected[name]]
    return problems + [f"{name} has shape {shapes[name]} instead of {expected[name]}" for name in different]


def _refuse(problems: list[str], file: str | Path) -> None:
    if problems:
        raise BadFile("the weights do not fit the model: " + "; ".join(problems), file=file)


def _require_sane(scale: float, longest: int) -> None:
    if not 1e-6 < scale < 1e6:
        raise ValueError(f"expected a scale of sketch units per model unit, got {scale}")
    if not 1 <= longest <= _MAX_POINTS:
        raise ValueError(f"expected drawings of 1 to {_MAX_POINTS} points, got {longest}")


def _header(bundle: WeightBundle) -> str:
    return json.dumps({"format": FORMAT, **described(bundle)}, sort_keys=True)


def _from_header(header: str | None, path: Path) -> WeightBundle:
    """The bundle, its arrays yet to be read."""
    if header is None:
        raise BadFile("a safetensors file, but not a bundle of this program: its header has no 'sketchrnn'", file=path)
    try:
        values = json.loads(header)
        if values["format"] != FORMAT:
            raise BadFile(f"a bundle of format {values['format']!r}; this version reads {FORMAT!r}", file=path)
        categories = tuple(str(name) for name in values["categories"])
        config = ModelConfig.from_dict(values["config"])
        scale, longest = float(values["scale_factor"]), int(values["max_points"])
        _require_sane(scale, longest)
        if config.categories and len(categories) != config.categories:
            raise BadFile("its categories do not fit its config", file=path)
        card = dict(values["card"])
        return WeightBundle(str(values["name"]), config, {}, scale, categories, longest, card)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise BadFile(f"its header cannot be read ({error!r})", file=path) from error
