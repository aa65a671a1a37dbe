"""What a network is made of; the sizes that must be known to build it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

Cell = Literal["lstm", "stacked", "layer_norm", "hyper"]
Precision = Literal["float32", "bfloat16"]
Learnt = Literal["all", "decoder", "recogniser", "viewer"]
"""What of a network is trained; "decoder" is everything but recogniser and viewer."""

PEN_STATES = 3
"""Down, up, end: the one-hot columns of stroke-5."""
STROKE5 = 2 + PEN_STATES
LARGEST = 1 << 16
"""Of every size: what is larger is no network but damage."""


def learns(learnt: Learnt, part: str) -> bool:
    """Whether a part ("decoder", which draws, "recogniser" or "viewer", which tell) is among what is trained."""
    return learnt in ("all", part)


def says(default: Any, text: str) -> Any:
    """A field with a default and a description, which `sketchrnn train --help` shows too."""
    return field(default=default, metadata={"help": text})


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"expected {name} to be one of {', '.join(allowed)}, got {value!r}")


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of a Sketch-RNN; defaults are those of the paper's code (Ha & Eck 2017) with nothing of ours on top.

    Raises:
        ValueError: a size, rate or name outside its range.
    """

    decoder_cell: Cell = says("lstm", "of the decoder; stacked: two LSTMs, of which the upper reads the lower")
    decoder_size: int = says(512, "units of the decoder, of two that are stacked of the upper one")
    lower_size: int = says(0, "of stacked LSTMs, units of the lower one; 0: as many as the upper one has")
    mixtures: int = says(20, "components of the density of the next offset")
    conditional: bool = says(True, "a latent code of the whole drawing enters the decoder; false: decoder alone")
    encoder_cell: Cell = says("lstm", "of the encoder's two directions")
    encoder_size: int = says(256, "units of each of the encoder's two directions")
    latent_size: int = says(128, "numbers of the latent code")
    latent_optional: bool = says(
        False, "drawings are known without a code, too (one of zeros stands for none), and are completed so"
    )
    prefix_prior_size: int = says(
        0, "units of p(code given the start of a drawing), which completions draw from; 0: from N(0, 1)"
    )
    categories: int = says(0, "that can be given; 0 for a model of one kind of drawing")
    category_embedding: int = says(64, "numbers that stand for a category")
    category_head: bool = says(False, "the decoder says what it sees, from its state")
    recogniser_size: int = says(
        0, "units of each direction of a network of its own that says what is drawn from the strokes; 0: none"
    )
    recogniser_patch: int = says(4, "points that the recogniser reads at once")
    viewer_channels: int = says(
        0, "channels of the first convolution of another that says it from a picture of the strokes; 0: none"
    )
    recurrent_keep: float = says(
        0.9, "recurrent dropout without memory loss (Semeniuta et al. 2016): share of candidates kept"
    )
    hyper_size: int = says(256, "units of the small LSTM inside a hyper cell")
    hyper_embedding: int = says(32, "numbers by which that one scales each gate of a hyper cell")
    precision: Precision = says("float32", "of the products in training; sums are float32 in any case")

    def __post_init__(self):
        for name in ("decoder_cell", "encoder_cell"):
            _one_of(name, getattr(self, name), get_args(Cell))
        _one_of("precision", self.precision, get_args(Precision))
        for name in (
            "decoder_size",
            "mixtures",
            "encoder_size",
            "latent_size",
            "hyper_size",
            "hyper_embedding",
            "recogniser_patch",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"expected {name} of at least 1, got {getattr(self, name)}")
        for name in (
            "lower_size",
            "prefix_prior_size",
            "categories",
            "category_embedding",
            "recogniser_size",
            "viewer_channels",
        ):
            if getattr(self, name) < 0:
                raise ValueError(f"expected {name} of at least 0, got {getattr(self, name)}")
        if not 0 < self.recurrent_keep <= 1:
            raise ValueError(f"expected recurrent_keep in (0, 1], got {self.recurrent_keep}")
        if self.categories and not self.category_embedding:
            raise ValueError("expected category_embedding of at least 1 for a model with categories, got 0")
        if self.category_head and not self.categories:
            raise ValueError("expected categories for a category head, got 0")
        if self.latent_optional and (not self.conditional or self.prefix_prior_size):
            raise ValueError("expected a latent code that may be left out to have an encoder and no prefix prior")
        if self.recognises and not self.categories:
            raise ValueError("expected categories for a recogniser, got 0")

    def lower_units(self, size: int) -> int:
        """Units of the LSTM below one of `size`, of two that are stacked."""
        return self.lower_size or size

    @property
    def recognises(self) -> bool:
        """Whether a network beside the decoder says what is drawn."""
        return bool(self.recogniser_size or self.viewer_channels)

    @property
    def drawn_from_code(self) -> bool:
        """Whether a drawing is never made without a latent code: completions and scores need one."""
        return self.conditional and not self.latent_optional

    def scored_by_code(self, coded: bool) -> bool:
        """Whether scores are bounds over latent codes: where drawings need one, or may have one and it is asked for."""
        return self.drawn_from_code or (coded and self.conditional)

    @property
    def output_size(self) -> int:
        """Pen logits and six numbers for each component of the mixture."""
        return PEN_STATES + 6 * self.mixtures

    @property
    def condition_size(self) -> int:
        """Length of what enters every decoder step beside the stroke-5 row: z, category embedding."""
        embedding = self.category_embedding if self.categories else 0
        return embedding + (self.latent_size if self.conditional else 0)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelConfig:
        """Raises ValueError for a field that does not exist, or a value of another type than its field's."""
        unknown = set(values) - {item.name for item in fields(cls)}
        if unknown:
            raise ValueError(f"expected fields of a model config, got {', '.join(sorted(unknown))}")
        for item in fields(cls):
            kind, value = type(item.default), values.get(item.name, item.default)
            if type(value) is not kind and not (kind is float and type(value) is int):
                raise ValueError(f"expected {item.name} of type {kind.__name__}, got {value!r}")
            if kind is int and value > LARGEST:
                raise ValueError(f"expected {item.name} of at most {LARGEST}, got {value}")
        return cls(**values)


TINY = ModelConfig(
    decoder_size=32,
    encoder_size=16,
    latent_size=8,
    mixtures=4,
    prefix_prior_size=16,
    categories=3,
    category_embedding=8,
    category_head=True,
    recogniser_size=8,
    viewer_channels=4,
    recurrent_keep=1.0,
    hyper_size=16,
    hyper_embedding=4,
)
"""Every part, small enough that a test trains it in seconds."""
