"""Makes `fixtures/small.safetensors`, the trained model that the engine's tests stand on, within a few minutes.

    python tests/make_engine_fixture.py FOLDER

FOLDER holds drawings of the four categories (circle.npz, square.npz, star.npz, face.npz or any format of `data.read`).
After making it anew, make the golden files anew, too: `SKETCHRNN_MAKE_GOLDEN=1 pytest tests/test_engine_golden.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import numpy as np
import optax

from sketchrnn.data.augment import Augmentation
from sketchrnn.data.batches import epoch_batches
from sketchrnn.data.read import find_files, read_corpus
from sketchrnn.model.config import ModelConfig
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.training.step import StepOptions, begin, make_step, to_rows
from sketchrnn.weights import WeightBundle, save_bundle

CATEGORIES = ("circle", "square", "star", "face")
CONFIG = ModelConfig(
    decoder_size=96,
    mixtures=8,
    conditional=False,
    categories=len(CATEGORIES),
    category_embedding=8,
    category_head=True,
    recurrent_keep=1.0,
)
STEPS, BATCH, SCALE_FACTOR, UNTOLD = 2500, 64, 40.0, 19


def train(folder: str) -> tuple[dict[str, np.ndarray], int]:
    """The weights' average after `STEPS` steps, and how many drawings there were."""
    files = [path for path in find_files([folder]) if path.stem in CATEGORIES]
    corpus = read_corpus(files, CATEGORIES, max_points=80)[0].split("train")
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(optax.cosine_decay_schedule(4e-3, STEPS)))
    model = make_model(CONFIG, 1)
    options = StepOptions(untold=UNTOLD, average_decay=0.99, head_weight=0.3)
    step, state, key = make_step(model, optimiser, lambda _: 0.0, options), begin(model, optimiser), jax.random.key(1)
    taken = 0
    while taken < STEPS:
        for batch in epoch_batches(corpus, BATCH, 1, taken, Augmentation(0.5, 0.05), UNTOLD):
            state, metrics = step(state, to_rows(batch, SCALE_FACTOR), key)
            taken += 1
            if taken % 100 == 0:
                nats = (metrics["offset_loss"] + metrics["pen_loss"]) / metrics["points"]
                print(taken, f"{float(nats):.3f} nats a point, head {float(metrics['head_accuracy']):.2f}", flush=True)
            if taken == STEPS:
                break
    from flax import nnx

    flat = nnx.to_flat_state(state.average)
    return {".".join(map(str, path)): np.asarray(variable[...]) for path, variable in flat}, len(corpus)


if __name__ == "__main__":
    weights, drawings = train(sys.argv[1])
    card = {
        "what": "a small model for tests",
        "data": f"{drawings:,} drawings of Quick, Draw! by Google, Inc., CC BY 4.0",
        "command": "python tests/make_engine_fixture.py FOLDER",
    }
    bundle = WeightBundle("small", CONFIG, weights, SCALE_FACTOR, CATEGORIES, 80, card)
    save_bundle(bundle, Path(__file__).parent / "fixtures" / "small.safetensors")
