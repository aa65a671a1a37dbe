"""Where the model is: the one that comes with the program, or one of the user's."""

from __future__ import annotations

import os
from pathlib import Path

from sketchrnn.errors import SketchRNNError
from sketchrnn.paths import cache_folder, weights_folder

SUFFIX = ".safetensors"
AGAIN = "again"


def model_folders() -> tuple[Path, ...]:
    """Where models are looked for by name: the program's own and the user's."""
    return weights_folder(), cache_folder() / "models"


def find_again(bundle: Path) -> Path | None:
    """The file of the network whose codes drawings are drawn anew from, for a model without a latent code, if it has
    one: of the same name, in the folder `again` beside it.

    What completes best has no code: two networks do both better than one.
    """
    again = bundle.parent / AGAIN / bundle.name
    return again if bundle.suffix == SUFFIX and again.is_file() else None


def known_models() -> list[Path]:
    """All models in these folders, the program's own first, the newest edition of a folder first."""
    found: list[Path] = []
    for folder in model_folders():
        files = [path for path in folder.glob(f"*{SUFFIX}") if path.is_file()]
        found += sorted(files, key=lambda path: (-path.stat().st_mtime, path.name))
    return found


def find_bundle(name: str | os.PathLike[str] | None = None) -> Path:
    """The file of a model.

    Args:
        name: a file, the folder of a training run, or the name of a model in `model_folders` without its suffix; None
            for the bundled model.

    Raises:
        SketchRNNError: there is no such model.
    """
    models = known_models()
    if name is None:
        if not models:
            raise SketchRNNError(
                "there is no model",
                file=weights_folder(),
                hint="The weights come with the program: install it again, or name a model with --model FILE.",
            )
        return models[0]
    try:
        path = Path(name).expanduser()
        if path.exists():
            return path
    except (OSError, RuntimeError) as error:  # it may not be looked at, is too long for a disk, or nobody's home
        reason = getattr(error, "strerror", None) or str(error)
        raise SketchRNNError(f"cannot be looked for: {reason}", file=os.fspath(name)) from error
    for model in models:
        if model.stem == os.fspath(name):
            return model
    known = ", ".join(model.stem for model in models) or "none"
    raise SketchRNNError("there is no such model", file=path, hint=f"Models known by name: {known}.")
