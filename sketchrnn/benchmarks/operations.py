"""What training a network must compute: its matrix products, counted."""

from __future__ import annotations

from sketchrnn.model.config import STROKE5, Learnt, ModelConfig, learns
from sketchrnn.model.recogniser import FEATURES
from sketchrnn.model.viewer import products
from sketchrnn.training.config import TrainConfig


def flops_per_point(
    config: ModelConfig,
    untold_share: float = 0.0,
    learn: Learnt = "all",
    coded_share: float = 1.0,
    every_step: bool = False,
) -> float:
    """Floating-point operations that one point costs in training: matrix products, two for each weight that it meets,
    forward once and backward twice. What is the same for all points of a drawing (z, category) is not counted, unless
    `every_step`: implementations that hand it to each step multiply it there, and rates are usually given so. Of the
    cells' own work only the products are. The encoder reads the share of drawings that have a latent code.
    """
    inputs = STROKE5 + (config.condition_size if every_step else 0)
    decoder = _cell_products(config.decoder_cell, inputs, config.decoder_size, config)
    decoder += config.decoder_size * (config.output_size + untold_share * config.categories * config.category_head)
    encoder = 2 * _cell_products(config.encoder_cell, STROKE5, config.encoder_size, config)
    prior = _cell_products("lstm", STROKE5, config.prefix_prior_size, config) if config.prefix_prior_size else 0
    drawing = decoder + (coded_share * (encoder + prior) if config.conditional else 0)
    # two directions, one step for each group of points
    inputs, size = FEATURES * config.recogniser_patch, config.recogniser_size
    recogniser = 2 * _cell_products("lstm", inputs, size, config) / config.recogniser_patch
    return 3 * 2 * (drawing * learns(learn, "decoder") + recogniser * learns(learn, "recogniser"))


def flops_of_point(config: TrainConfig, network: ModelConfig, every_step: bool = False) -> float:
    """`flops_per_point` with the shares of a training's batches."""
    coded = config.batch_size if config.coded is None else config.coded
    shares = config.untold / config.batch_size, coded / config.batch_size
    return flops_per_point(network, shares[0], config.learn, shares[1], every_step)


def flops_per_drawing(config: ModelConfig, learn: Learnt = "all") -> float:
    """The same of what a drawing costs however many points it has: the viewer's convolutions."""
    if not config.viewer_channels or not learns(learn, "viewer"):
        return 0.0
    return 3 * 2 * sum(pixels * inputs * outputs for pixels, inputs, outputs in products(config))


def _cell_products(cell: str, inputs: int, size: int, config: ModelConfig) -> int:
    """Multiplications of one step of a cell."""
    main = (inputs + size) * 4 * size
    if cell == "stacked":
        lower = config.lower_units(size)
        return main + lower * 4 * size + (inputs + lower) * 4 * lower
    if cell != "hyper":
        return main
    small, codes = config.hyper_size, 3 * 4 * config.hyper_embedding
    return main + (inputs + size + small) * 4 * small + small * codes + codes * size
