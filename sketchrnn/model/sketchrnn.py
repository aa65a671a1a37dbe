"""The whole network: wiring only."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx

from sketchrnn.model.config import ModelConfig
from sketchrnn.model.decoder import Decoder
from sketchrnn.model.encoder import Encoder, PrefixPrior
from sketchrnn.model.recogniser import Recogniser
from sketchrnn.model.viewer import Viewer


class SketchRNN(nnx.Module):
    """A Sketch-RNN: VAE (`conditional`) or decoder-only, with or without categories, prefix prior, category head,
    recogniser and viewer.

    Args:
        config: its sizes.
        rngs: key stream `params`.
    """

    def __init__(self, config: ModelConfig, *, rngs: nnx.Rngs):
        self.config = config
        # the embedding's last row is "no category", which is a category
        has_categories = config.categories > 0
        self.embedding = (
            nnx.Embed(config.categories + 1, config.category_embedding, rngs=rngs) if has_categories else None
        )
        self.encoder = Encoder(config, rngs=rngs) if config.conditional else None
        has_prior = config.conditional and config.prefix_prior_size
        self.prefix_prior = PrefixPrior(config, rngs=rngs) if has_prior else None
        self.decoder = Decoder(config, rngs=rngs)
        self.recogniser = Recogniser(config, rngs=rngs) if config.recogniser_size else None
        self.viewer = Viewer(config, rngs=rngs) if config.viewer_channels else None

    @property
    def no_category(self) -> int:
        """The index that stands for "no category was given"."""
        return self.config.categories

    def embed(self, category: jax.Array) -> jax.Array | None:
        """(B,) category indices -> (B, E), or None for a model without categories."""
        return None if self.embedding is None else self.embedding(category)

    def condition(self, category: jax.Array, z: jax.Array | None = None) -> jax.Array | None:
        """What enters every decoder step beside the row, (B, K); None for a model with neither category nor z.

        Where the code is optional, none is a code of zeros.

        Raises:
            ValueError: z given to a decoder-only model, or none to one that always draws from a code.
        """
        if z is None and self.config.latent_optional:
            z = jnp.zeros((category.shape[0], self.config.latent_size))
        if (z is not None) != self.config.conditional:
            raise ValueError(f"expected {'a' if self.config.conditional else 'no'} latent code z for this model")
        parts = [part for part in (self.embed(category), z) if part is not None]
        return jnp.concatenate(parts, axis=-1) if parts else None


def make_model(config: ModelConfig, seed: int = 0) -> SketchRNN:
    """A model with random weights."""
    return SketchRNN(config, rngs=nnx.Rngs(params=seed))
