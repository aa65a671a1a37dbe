"""Fields of a training's config by name: from flags and TOML files, and into a TOML file."""

from __future__ import annotations

import difflib
import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.model.config import ModelConfig
from sketchrnn.sketch.toml import read_toml
from sketchrnn.training.config import TrainConfig

_FROM_DATA = "categories"
"""The one field of the network that no one sets: the data does."""


def settable() -> dict[str, tuple[Any, str]]:
    """Every field that can be set, by name: its type, and a description."""
    known: dict[str, tuple[Any, str]] = {}
    for kind, unset in ((TrainConfig, "model"), (ModelConfig, _FROM_DATA)):
        hints = get_type_hints(kind)
        known |= {item.name: (hints[item.name], item.metadata["help"]) for item in fields(kind) if item.name != unset}
    return known


def with_fields(config: TrainConfig, values: Mapping[str, Any], file: str | Path | None = None) -> TrainConfig:
    """The config with some fields changed.

    Args:
        config: where the others come from.
        values: by name, "-" as good as "_"; strings are read as the field's type, other values must be of it.
        file: where the values stand, for the message.

    Raises:
        SketchRNNError: a field that does not exist (the nearest one is named), a value of another type, or one out of
            its range.
    """
    known = settable()
    changes = {_known(name, known, file): value for name, value in values.items()}
    read = {name: _read(name, known[name][0], value, file) for name, value in changes.items()}
    network = {item.name for item in fields(ModelConfig)} - {_FROM_DATA}
    try:
        model = replace(config.model, **{name: value for name, value in read.items() if name in network})
        return replace(config, model=model, **{name: value for name, value in read.items() if name not in network})
    except ValueError as error:
        raise SketchRNNError(str(error), file=file) from error


def read_config(path: str | Path) -> dict[str, Any]:
    """The fields in a TOML file; a table `[model]` is the same as its fields without it.

    Raises:
        BadFile: it cannot be read, or is no TOML.
    """
    values = read_toml(path)
    network = values.pop("model", {})
    if not isinstance(network, dict):
        raise BadFile("expected a table [model] or none", file=path)
    if _FROM_DATA in network:
        raise BadFile("the number of categories is taken from the data and cannot be set", file=path)
    twice = sorted(set(values) & set(network))
    if twice:
        raise BadFile(f"the field {twice[0]!r} stands in it twice", file=path)
    return values | network


def to_toml(config: TrainConfig) -> str:
    """The config as TOML that `read_config` reads."""
    values = config.to_dict()
    network = values.pop("model")
    del network[_FROM_DATA]
    return "\n".join([*_lines(values), "", "[model]", *_lines(network), ""])


def type_name(kind: Any) -> str:
    """How a field's type is shown to people."""
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    if get_origin(kind) is tuple:
        return "NAME,..."
    return {int: "INT", float: "NUMBER", bool: "true|false"}.get(kind, "TEXT")


def differences(one: TrainConfig, other: TrainConfig) -> list[str]:
    """The names of the fields in which two configs differ."""
    pairs = [(one.to_dict(), other.to_dict())]
    pairs += [(one.model.to_dict(), other.model.to_dict())]
    return [name for a, b in pairs for name in a if name != "model" and a[name] != b[name]]


def _known(name: str, known: Mapping[str, Any], file: str | Path | None) -> str:
    plain = name.replace("-", "_")
    if plain in known:
        return plain
    near = difflib.get_close_matches(plain, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else "`sketchrnn train --help` lists all."
    raise SketchRNNError(f"there is no field {name!r}", file=file, hint=hint)


def _read(name: str, kind: Any, value: Any, file: str | Path | None) -> Any:
    try:
        return _converted(kind, value)
    except (ValueError, TypeError, OverflowError):  # a whole number may be too large for a float
        raise SketchRNNError(f"expected {type_name(kind)} for {name}, got {value!r}", file=file) from None


def _converted(kind: Any, value: Any) -> Any:
    if get_origin(kind) is Literal:
        return _checked(value in get_args(kind), value)
    if get_origin(kind) is tuple:
        parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        parts = _checked(isinstance(parts, list | tuple) and all(isinstance(part, str) for part in parts), parts)
        return tuple(part for part in parts if part)
    if get_origin(kind) in (Union, types.UnionType):
        raise TypeError(f"expected a plain type, got {kind}")
    if kind is bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return (
            words[value.lower()]
            if isinstance(value, str) and value.lower() in words
            else _checked(isinstance(value, bool), value)
        )
    if isinstance(value, bool):
        raise TypeError("expected a number, got a truth value")
    if isinstance(value, str):
        return kind(value)
    return kind(_checked(isinstance(value, int) or (kind is float and isinstance(value, float)), value))


def _checked(good: bool, value: Any) -> Any:
    if not good:
        raise ValueError(f"got {value!r}")
    return value


def _lines(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name} = {json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)}"
