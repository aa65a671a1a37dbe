"""Trains a model like the bundled one from nothing, in one command: decoder, then recogniser, then viewer.

    python assets/make_edition.py DRAWINGS OUT              some eight hours on two cores that multiply bfloat16
    python assets/make_edition.py DRAWINGS OUT --share 0.01 a hundredth of the steps, to see it work

DRAWINGS holds Quick, Draw! drawings of all 345 categories. Each part is trained in OUT/PART, on top of the one before
(`sketchrnn train --from`), with as many drawings as the bundled model's part has read; what was stopped goes on where
it was. OUT/everything.safetensors is the model, OUT/evaluated.json what `sketchrnn evaluate` says of it. The bundled
editions came about by these networks and losses, each part in several goes between which the rate fell and rose again
(`sketchrnn models card`); so the same weights are not to be expected, and this way has not been gone to its end.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from runs import sketchrnn, train

COMMON = ("--preset", "everything", "--conditional", "false", "--latent-optional", "false", "--precision", "bfloat16")
SEEN = ("--recogniser-size", "256", "--viewer-channels", "64")
PARTS: dict[str, tuple[int, tuple[str, ...]]] = {
    "decoder": (58_500, ("--recogniser-size", "0", "--viewer-channels", "0")),
    "recogniser": (34_900, ("--recogniser-size", "256", "--viewer-channels", "0")),
    "viewer": (11_000, (*SEEN, "--batch-size", "256", "--learning-rate", "1e-3", "--decay-share", "1")),
}
"""Each part's steps, of 128 drawings where nothing else is said, and its own flags."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawings", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=1.0, help="of all steps (1)")
    arguments = parser.parse_args()
    before: tuple[str, ...] = ()
    trained = arguments.out
    for part, (steps, flags) in PARTS.items():
        words = (*COMMON, *flags, *before, "--learn", part, "--sheet-every", "0")
        steps = max(1, round(steps * arguments.share))
        trained = train(arguments.out / part, arguments.drawings, steps, *words)
        before = ("--from", str(trained))
    model = arguments.out / "everything.safetensors"
    shutil.copyfile(trained, model)
    words = ("--data", str(arguments.drawings), "--json", str(arguments.out / "evaluated.json"))
    sketchrnn("evaluate", "--model", str(model), *words)


if __name__ == "__main__":
    main()
