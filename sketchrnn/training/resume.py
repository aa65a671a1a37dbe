"""What may change when a run is resumed, and what may not."""

from __future__ import annotations

import hashlib
from dataclasses import fields

from sketchrnn.errors import SketchRNNError
from sketchrnn.model.config import ModelConfig
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.fields import differences
from sketchrnn.training.folder import RunFolder

DATA_FIELDS = ("categories", "use_categories", "max_points", "scale_factor")
BATCH_FIELDS = (
    "batch_size",
    "untold_share",
    "jitter",
    "random_scale",
    "drop_points",
    "seed",
    "coded_share",
    "row_points",
)
LATER = {
    "viewer_channels": 0,
    "latent_optional": False,
    "coded_share": 0.5,
    "row_points": 0,
    "optimiser": "adam",
    "lower_size": 0,
}
"""Fields that came later, and the value that runs from before have: such a run goes on as it began."""
FREE_NETWORK_FIELDS = ("precision", "categories", "recurrent_keep")
"""Fields of the network on which none of its arrays depends (its number of categories is the data's)."""


def resumed_config(folder: RunFolder, config: TrainConfig) -> TrainConfig:
    """The config that a run goes on with.

    Args:
        folder: the run.
        config: its own with some fields changed. Where the data lies may change: its fingerprint is compared.

    Raises:
        SketchRNNError: a field is changed on which the weights or the order of the data depend, or what is learnt.
    """
    # what is learnt decides what "best" is a figure of, and what is not learnt would move on by the optimiser's memory
    kept = _fixed() | {"learn"}
    fixed = [name for name in differences(folder.read_config(), config) if name in kept]
    if fixed:
        hint = "Start another --run, with --from and its model.safetensors to begin with its weights."
        raise SketchRNNError(f"cannot be resumed with another {fixed[0]}", file=folder.path, hint=hint)
    return config


def fixed_digest(config: TrainConfig) -> str:
    """A digest of the fields that a run keeps for ever."""
    values = config.model.to_dict() | config.to_dict()
    names = [name for name in _fixed() if name not in LATER or values[name] != LATER[name]]
    fixed = sorted((name, values[name]) for name in names)
    return hashlib.blake2b(repr(fixed).encode(), digest_size=8).hexdigest()


def _fixed() -> set[str]:
    network = {item.name for item in fields(ModelConfig)} - set(FREE_NETWORK_FIELDS)
    return network | set(DATA_FIELDS) | set(BATCH_FIELDS) | {"clip", "optimiser"}
