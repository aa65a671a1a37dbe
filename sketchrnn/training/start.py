"""Beginning a training with the weights of a bundle instead of random ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import jax.numpy as jnp
import numpy as np
from flax import nnx

from sketchrnn.errors import SketchRNNError
from sketchrnn.model.config import ModelConfig
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.training.config import TrainConfig
from sketchrnn.weights import WeightBundle, parameters

_FREE = ("categories", "precision", "recurrent_keep")
"""Fields of a network that change none of its arrays' shapes but those of categories."""
_BESIDE = {
    "recogniser_size": ("recogniser_size", "recogniser_patch"),
    "viewer_channels": ("viewer_channels",),
    "conditional": (
        "conditional",
        "encoder_cell",
        "encoder_size",
        "latent_size",
        "latent_optional",
        "prefix_prior_size",
    ),
}
"""Fields of parts that a bundle without can be given, by the one that is 0 or false without."""
_BY_CATEGORY = {
    "embedding.embedding": 0,
    "decoder.head.kernel": 1,
    "decoder.head.bias": 0,
    "recogniser.out.kernel": 1,
    "recogniser.out.bias": 0,
    "viewer.out.kernel": 1,
    "viewer.out.bias": 0,
}
"""Arrays with one row (axis 0) or column (axis 1) for each category."""


def like_bundle(config: TrainConfig, bundle: WeightBundle) -> TrainConfig:
    """The config with the bundle's network and scale; what changes no array keeps the config's value."""
    uses = bundle.config.categories > 0
    new = _missing(bundle) if uses else ()
    kept = {name: getattr(config.model, name) for name in (*_FREE, *new)}
    model = replace(bundle.config, **kept)
    return replace(config, model=model, use_categories=uses, scale_factor=bundle.scale_factor)


def require_fitting(config: TrainConfig, bundle: WeightBundle) -> None:
    """Raises SketchRNNError where the config asks for another network than the bundle's."""
    free = (*_FREE, *_missing(bundle), *(("decoder_cell", "lower_size") if _deepens(config.model, bundle) else ()))
    names = [item.name for item in fields(ModelConfig) if item.name not in free]
    wanted, there = config.model.to_dict(), bundle.config.to_dict()
    odd = [f"{name} is {there[name]} there and {wanted[name]} here" for name in names if wanted[name] != there[name]]
    if odd:
        raise SketchRNNError(f"the weights of {bundle.name} do not fit: {'; '.join(odd)}")


def take_weights(model: SketchRNN, categories: Sequence[str], bundle: WeightBundle) -> SketchRNN:
    """The network with the bundle's weights; what is new keeps its random weights: categories, recogniser, viewer,
    encoder and the rows through which z enters the decoder.

    Categories are matched by name. A decoder of stacked LSTMs takes those of a single one, and draws as that did.

    Args:
        model: the network of the training, freshly made.
        categories: its categories.
        bundle: where the weights come from.
    """
    if _deepens(model.config, bundle):
        bundle = deepened(bundle, model.config.lower_size)
    own = parameters(model)
    taken = {name: _merged(name, value, categories, bundle) for name, value in own.items()}
    state = nnx.state(model, nnx.Param)
    flat = [
        (path, variable.replace(jnp.asarray(taken[".".join(map(str, path))], jnp.float32)))
        for path, variable in nnx.to_flat_state(state)
    ]
    nnx.update(model, nnx.from_flat_state(flat))
    return model


def deepened(bundle: WeightBundle, lower_size: int = 0) -> WeightBundle:
    """The bundle with two LSTMs in its decoder instead of one, which draws what it drew (the idea of Net2Net, Chen et
    al. 2016, arXiv 1511.05641).

    The upper one is the one that was there and at first does not listen to the lower one. That begins as its copy,
    so that what the next point hangs on is there at once, or is left out of the bundle where it has another size.

    Args:
        bundle: the model.
        lower_size: units of the lower one; 0 for as many as there were.

    Raises:
        ValueError: its decoder is no single LSTM.
    """
    if bundle.config.decoder_cell != "lstm":
        raise ValueError(f"expected a decoder of one LSTM, got {bundle.config.decoder_cell}")
    config = replace(bundle.config, decoder_cell="stacked", lower_size=lower_size)
    params, size = dict(bundle.params), config.decoder_size
    lower = config.lower_units(size)
    for name in ("input_kernel", "kernel", "bias"):
        value = params.pop(f"decoder.cell.{name}")
        params[f"decoder.cell.above.{name}"] = value
        if lower == size:
            params[f"decoder.cell.below.{name}"] = value
    inputs = params["decoder.cell.above.input_kernel"]
    params["decoder.cell.above.input_kernel"] = np.concatenate([np.zeros((lower, 4 * size), inputs.dtype), inputs])
    for name in ("decoder.initial.kernel", "decoder.initial.bias"):
        if name in params:  # a decoder without a condition starts from zeros
            value = params[name]
            begun = value if lower == size else np.zeros((*value.shape[:-1], 2 * lower), value.dtype)
            params[name] = np.concatenate([value, begun], axis=-1)
    return replace(bundle, params=params, config=config)


def _deepens(config: ModelConfig, bundle: WeightBundle) -> bool:
    return (bundle.config.decoder_cell, config.decoder_cell) == ("lstm", "stacked")


def _missing(bundle: WeightBundle) -> tuple[str, ...]:
    """The fields of the parts that the bundle has none of."""
    return tuple(name for size, names in _BESIDE.items() if not getattr(bundle.config, size) for name in names)


def _merged(name: str, own: np.ndarray, categories: Sequence[str], bundle: WeightBundle) -> np.ndarray:
    if name not in bundle.params:  # of a part that the bundle has none of
        return own
    given = np.asarray(bundle.params[name], np.float32)
    if name not in _BY_CATEGORY:
        # where the network has a latent code and the bundle none, the last rows are the code's
        return np.concatenate([given, own[len(given) :]]) if given.shape[1:] == own.shape[1:] else given
    axis = _BY_CATEGORY[name]
    result = np.moveaxis(np.array(own), axis, 0)
    given = np.moveaxis(given, axis, 0)
    for index, category in enumerate(categories):
        if category in bundle.categories:
            result[index] = given[bundle.categories.index(category)]
    if len(result) > len(categories):  # the embedding's last row: no category
        result[-1] = given[-1]
    return np.moveaxis(result, 0, axis)
