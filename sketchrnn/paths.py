"""Where files live: the user's folders (platformdirs) and what is shipped with the package.

`SKETCHRNN_HOME` puts all of the user's folders under one folder instead: `cache/`, `data/`, `config/`.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "SKETCHRNN_HOME"
_PACKAGE = Path(__file__).resolve().parent


def cache_folder() -> Path:
    """Downloads, parsed corpora, compiled functions: all of it can be deleted and made again."""
    return _user_folder("cache", platformdirs.user_cache_path)


def data_folder() -> Path:
    """Autosaved drawings and what else the user made and did not name a place for."""
    return _user_folder("data", platformdirs.user_data_path)


def my_data_folder() -> Path:
    """Drawings that the user collected in the window, to train on."""
    return data_folder() / "my drawings"


def config_folder() -> Path:
    """Settings."""
    return _user_folder("config", platformdirs.user_config_path)


def assets_folder() -> Path:
    """Fonts and pictures shipped with the package."""
    return _shipped("assets")


def weights_folder() -> Path:
    """The bundled model's folder, shipped with the package."""
    return _shipped("weights")


def _user_folder(name: str, default) -> Path:
    home = os.environ.get(HOME_VARIABLE)
    return Path(home).expanduser() / name if home else default("sketchrnn", appauthor=False)


def _shipped(name: str) -> Path:
    # a wheel carries the folder inside the package, a checkout has it beside the package
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
