"""Every number of a training: one frozen value, and presets of it.

`sketchrnn train --preset small --data FOLDER` starts from a preset; a TOML file (`--config`) and flags
(`--FIELD VALUE`) change single fields. Fields of the network lie in `model`, all others here. A description stands at
each field, and in `sketchrnn train --help`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from sketchrnn.model.config import TINY as TINY_MODEL
from sketchrnn.model.config import Learnt, ModelConfig, learns, says

Decay = Literal["linear", "exponential"]
Clip = Literal["norm", "value"]
Optimiser = Literal["adam", "muon"]
LossReduction = Literal["points", "max_points"]

ALL = 345
"""Categories of the presets' networks; the number is taken from the data when a training begins."""


@dataclass(frozen=True)
class TrainConfig:
    """What a training does.

    Raises:
        ValueError: a number outside its range.
    """

    model: ModelConfig = says(ModelConfig(categories=ALL), "the network; `categories` is filled in from the data")

    # what is learned from
    data: tuple[str, ...] = says((), "files and folders of drawings")
    categories: tuple[str, ...] = says((), "names of categories, in the model's order; none: all in the data")
    use_categories: bool = says(True, "the model is told what is drawn and can be asked for it")
    max_points: int = says(250, "drawings with more points are left out")
    scale_factor: float = says(0.0, "sketch units per model unit; 0: the standard deviation of the train offsets")

    # batches
    batch_size: int = says(
        64, "drawings in a batch; with row_points, rows of them (one a row for recogniser and viewer)"
    )
    row_points: int = says(
        0,
        "points of a row, made where drawings are learnt, of several of them end to end: for accelerators; 0: of one",
    )
    steps: int = says(10_000, "batches in all")
    untold_share: float = says(0.2, "share of a batch that is told no category")
    coded_share: float = says(
        0.5, "share of a batch that is drawn from its latent codes, of a network where they are optional"
    )
    jitter: float = says(0.5, "half-width of the noise on coordinates, sketch units; makes integers continuous")
    random_scale: float = says(0.05, "each axis is scaled by a factor in 1 - this .. 1 + this")
    drop_points: float = says(0.0, "probability with which an inner point of a stroke is left out")
    seed: int = says(1, "of the first weights, the order of the data and all noise")

    # optimiser and schedules
    optimiser: Optimiser = says(
        "adam", "muon: steps of the decoder's recurrent kernels are orthogonal matrices; the rest is Adam's"
    )
    kernel_rate: float = says(5.0, "muon: learning rate of these kernels, as a multiple of that of the rest")
    kernel_decay: float = says(0.0, "muon: of these kernels, a share of their rate by which they shrink in each step")
    adam_b2: float = says(0.999, "decay of Adam's mean of squares")
    learning_rate: float = says(1.5e-3, "highest learning rate")
    warm_up: int = says(400, "steps over which the learning rate rises from 0")
    decay: Decay = says("linear", "linear: constant, then a line to 0; exponential: the paper's")
    decay_share: float = says(1 / 3, "linear decay: the last share of the steps, over which the rate falls to 0")
    decay_rate: float = says(0.9999, "exponential decay: factor per step on what is above min_learning_rate")
    min_learning_rate: float = says(1e-5, "exponential decay: where it ends")
    clip: Clip = says("norm", "norm: the whole gradient is shortened; value: each element is cut (the paper's code)")
    clip_at: float = says(1.0, "longest gradient, or largest element")
    average_decay: float = says(0.9995, "of the moving average of the weights that is evaluated and shipped; 0: none")

    # loss
    learn: Learnt = says(
        "all", "what is trained: decoder (with its encoder), recogniser, viewer, or all; the rest stays as it is"
    )
    reduction: LossReduction = says("points", "divisor of the loss: real points, or the paper's max_points * drawings")
    kl_weight: float = says(0.5, "final weight of the KL term")
    kl_start: float = says(0.01, "its first weight")
    kl_decay: float = says(0.99995, "factor per step on what is missing to the final weight")
    kl_floor: float = says(0.2, "KL below this is not pushed down further, nats per latent dimension")
    head_weight: float = says(0.1, "weight of the category head's loss")

    # the run
    log_every: int = says(25, "steps between lines of metrics.jsonl")
    evaluate_every: int = says(500, "steps between held-out losses; the best is kept")
    evaluate_drawings: int = says(2000, "held-out drawings that are scored for it, at most")
    save_every: int = says(500, "steps between checkpoints")
    sheet_every: int = says(2000, "steps between contact sheets; 0: none")
    stop_after_skipped: int = says(50, "steps in a row with a loss or gradient that is not finite, which end the run")

    def __post_init__(self):
        for name in ("max_points", "batch_size", "steps", "log_every", "evaluate_every", "save_every"):
            _require(getattr(self, name) >= 1, name, "of at least 1", getattr(self, name))
        for name in ("warm_up", "seed", "row_points", "evaluate_drawings", "sheet_every"):
            _require(getattr(self, name) >= 0, name, "of at least 0", getattr(self, name))
        for name in ("scale_factor", "min_learning_rate", "head_weight", "kl_weight", "kl_start", "kl_floor"):
            _require(0 <= getattr(self, name) < math.inf, name, "of at least 0", getattr(self, name))
        for name in ("untold_share", "coded_share", "drop_points", "random_scale"):
            _require(0 <= getattr(self, name) <= 1, name, "in [0, 1]", getattr(self, name))
        for name in ("decay_share", "decay_rate", "kl_decay", "kernel_decay"):
            _require(0 <= getattr(self, name) <= 1, name, "in [0, 1]", getattr(self, name))
        for name in ("learning_rate", "kernel_rate", "clip_at", "stop_after_skipped"):
            _require(0 < getattr(self, name) < math.inf, name, "above 0", getattr(self, name))
        for name in ("average_decay", "adam_b2"):
            _require(0 <= getattr(self, name) < 1, name, "in [0, 1)", getattr(self, name))
        for name in ("steps", "warm_up"):  # steps are counted in an int32
            _require(getattr(self, name) < 2**31, name, "below 2^31", getattr(self, name))
        _require(self.seed < 2**32, "seed", "below 2^32", self.seed)
        _require(len(set(self.categories)) == len(self.categories), "categories", "all different", self.categories)
        _require(0 <= self.jitter <= 10, "jitter", "in [0, 10]", self.jitter)
        if self.row_points:
            self._require_packable()

    def _require_packable(self) -> None:
        """Raises ValueError where drawings that stand end to end cannot be learnt so."""
        longest, reads = f"of at least max_points, {self.max_points}", "with row_points (drawings end to end)"
        _require(self.row_points >= self.max_points, "row_points", longest, self.row_points)
        _require(not self.drop_points, "drop_points", f"0 {reads}", self.drop_points)
        apart = self.learn != "all" or not self.model.recognises
        _require(apart, "learn", f"decoder, recogniser or viewer {reads}: each for itself", self.learn)
        if not self.end_to_end:
            return
        cell = self.model.decoder_cell
        _require(cell in ("lstm", "stacked"), "decoder_cell", f"lstm or stacked {reads}", cell)
        if self.model.conditional:
            prior, encoder = self.model.prefix_prior_size, self.model.encoder_cell
            _require(not prior, "prefix_prior_size", f"0 {reads}", prior)
            _require(encoder == "lstm", "encoder_cell", f"lstm {reads}", encoder)
        _require(self.model.recurrent_keep == 1, "recurrent_keep", f"1 {reads}", self.model.recurrent_keep)
        _require(self.reduction == "points", "reduction", f"points {reads}", self.reduction)

    def network(self, categories: int) -> ModelConfig:
        """The network for data of so many categories."""
        if not self.use_categories:
            return replace(self.model, categories=0, category_head=False, recogniser_size=0, viewer_channels=0)
        return replace(self.model, categories=categories)

    @property
    def untold(self) -> int:
        """How many drawings of a batch are told no category: the first ones."""
        return round(self.batch_size * self.untold_share) if self.use_categories else 0

    @property
    def coded(self) -> int | None:
        """How many rows of a batch hold drawings that are drawn from their latent codes: the last ones, told their
        categories first; None for all."""
        return round(self.batch_size * self.coded_share) if self.model.latent_optional else None

    @property
    def end_to_end(self) -> bool:
        """Whether a row holds several drawings: with `row_points`, where what is learnt reads them point by point;
        recogniser and viewer see one drawing at a time."""
        return bool(self.row_points) and self.learns("decoder")

    def learns(self, part: str) -> bool:
        """Whether "decoder", "recogniser" or "viewer" is among what is trained."""
        return learns(self.learn, part)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def _require(good: bool, name: str, wanted: str, got: Any) -> None:
    if not good:
        raise ValueError(f"expected {name} {wanted}, got {got}")


PAPER = TrainConfig(
    model=ModelConfig(categories=ALL),
    use_categories=False,
    batch_size=100,
    steps=100_000,
    untold_share=0.0,
    jitter=0.0,
    random_scale=0.15,
    drop_points=0.1,
    learning_rate=1e-3,
    warm_up=0,
    decay="exponential",
    clip="value",
    average_decay=0.0,
    reduction="max_points",
    head_weight=0.0,
    evaluate_every=1000,
    save_every=1000,
    sheet_every=5000,
)
"""Ha & Eck 2017, sizes and schedule of their code: VAE, bidirectional LSTM 256, decoder LSTM 512, z 128, 20 mixtures.

`sketchrnn train --preset paper --data FOLDER --categories cat`

415 million points: eight hours at the 14,200 a second that two cores with AVX-512 gave (`sketchrnn benchmark train
--preset paper --precision float32`; 9.9 million operations a point). Of one category. As in that code, coordinates stay
integers and no average of the weights is kept; give `--jitter 0.5` for figures that compare with other models' in
`evaluate`. Otherwise than there, no pen state after a drawing's end counts. Not trained to its end here, so no score of
ours stands beside it.
"""

SMALL = TrainConfig(
    model=ModelConfig(
        decoder_size=256,
        conditional=False,
        categories=ALL,
        category_head=True,
        recogniser_size=128,
        recurrent_keep=0.9,
    ),
    steps=3_000,
    learning_rate=2e-3,
    warm_up=200,
    decay_share=0.5,
    average_decay=0.999,
)
"""A first usable model of a few categories: decoder-only LSTM 256 with category embedding and head.

`sketchrnn train --preset small --data FOLDER --categories cat bicycle flower`

11 million points of these three: 23 minutes on two cores beside other programs, and 79 % of 90 completed prefixes were
taken for what they should be. RUN/model.safetensors is there after the first 500 steps and is the best so far from then
on.
"""

EVERYTHING = TrainConfig(
    model=ModelConfig(
        latent_optional=True,
        categories=ALL,
        category_head=True,
        recogniser_size=256,
        viewer_channels=64,
        recurrent_keep=1.0,
    ),
    scale_factor=40.0,
    batch_size=128,
    steps=25_000,
    learning_rate=1.6e-3,
    decay_share=0.5,
    # at the end of a rate that falls to 0 the weights themselves scored 0.004 nats better than their average
    average_decay=0.0,
    evaluate_every=1000,
    save_every=1000,
)
"""The bundled models': all categories, LSTM 512 with category embedding and head, recogniser and viewer, and a latent
code that half of the drawings have: it completes without one, and draws a drawing again with one.

`sketchrnn train --preset everything --data FOLDER --precision bfloat16`

133 million points, as many as the decoder of `weights/again` saw, the first 93 million without codes: some three hours
on two cores that multiply bfloat16, computed from the 14,200 points a second of the same without a code and a sixth
more arithmetic; not trained to its end so, and no score stands beside it. The bundled models came about in pieces,
decoder, recogniser, viewer and code each for itself (`--learn`), as `assets/make_edition.py` does in one command and
the cards, `sketchrnn models card`, say with times and scores.
"""

ACCELERATED = TrainConfig(
    model=ModelConfig(
        decoder_cell="stacked",
        lower_size=256,
        conditional=False,
        categories=ALL,
        category_head=True,
        recurrent_keep=1.0,
        precision="bfloat16",
    ),
    scale_factor=40.0,
    batch_size=1024,
    row_points=256,
    steps=23_100,
    optimiser="muon",
    kernel_rate=5.0,
    adam_b2=0.99,
    learning_rate=4e-3,
    warm_up=150,
    decay_share=0.97,
    average_decay=0.0,
    learn="decoder",
    log_every=50,
    evaluate_every=2_500,
    save_every=2_500,
    sheet_every=0,
)
"""The bundled decoder: LSTM 512 above 256 of all categories, from nothing, on one accelerator.

`sketchrnn train --preset accelerated --data FOLDER`

Six thousand million points, each drawing some 90 times: ten minutes on an H200, which learns 9.9 million of them a
second. The bundled decoder came about by these numbers with its rate falling by the clock, in twelve minutes, for other
trainings ran beside it: 7.34 nats per point of the valid split. A batch is 1,024 rows of 256 points, some 6,200
drawings: on processors, take `--preset everything`.

Gone to its end by this command, on an H200: one LSTM of 512 units that is told no category (`--use-categories false
--decoder-cell lstm --steps 2500`), 650 million points in 45 seconds, 7.77 nats. 512 above 512 (`--lower-size 512`, 7.6
million points a second) had 7.38 after 5,000 of 11,400 steps and was lost at 7,000 to derivatives that grew through
time; since then they are bounded (`model.packed`). Muon's kernels grow for as long as their rate is high;
`--kernel-decay 0.05` has been tried small only (`--lower-size 32 --decoder-size 64 --batch-size 48 --precision float32
--steps 4000`): elements of 0.32 to 0.42, root mean square, instead of 0.48 to 0.71 (but the rows of the input and the
condition, 0.2), and 7.851 nats of the valid split, 7.856 without.

With a latent code (`--conditional true --latent-optional true`) an encoder reads the same rows and `coded_share` of
them is drawn from codes: tried small only, on processors.

A recogniser, one drawing a row, from nothing by `--learn recogniser --recogniser-size 512 --optimiser adam --batch-size
2048 --learning-rate 2e-3 --steps 7500`: 15 million drawings in three minutes of an H200, 88,000 a second, and 73.0 % of
whole drawings of the valid split recognised. A viewer is learnt likewise; none was there.
"""

TINY = TrainConfig(
    model=replace(TINY_MODEL, categories=ALL),
    batch_size=4,
    steps=12,
    learning_rate=1e-2,
    warm_up=2,
    average_decay=0.9,
    log_every=2,
    evaluate_every=6,
    evaluate_drawings=8,
    save_every=4,
    sheet_every=0,
)
"""Every part of a training, in seconds: for tests."""

PRESETS = {"paper": PAPER, "small": SMALL, "everything": EVERYTHING, "accelerated": ACCELERATED, "tiny": TINY}
