"""Trains a model like the bundled one from nothing, in one command: decoder, then recogniser, then viewer.

    python assets/make_edition.py DRAWINGS OUT                a quarter of an hour and some more on an accelerator
    python assets/make_edition.py DRAWINGS OUT --share 0.0002 a few of the steps, to see it work

DRAWINGS holds Quick, Draw! drawings of all 345 categories. Each part is trained in OUT/PART, on top of the one before
(`sketchrnn train --from`), with as many drawings as the bundled model's part has read; what was stopped goes on where
it was. OUT/everything.safetensors is the model, OUT/evaluated.json what `sketchrnn evaluate` says of it. The bundled
decoder was trained so, but by the clock: which drawings came when, and how fast the rate fell, was another each minute
(`sketchrnn models card`). Recogniser and viewer came about in several goes, on processors. So the same weights are not
to be expected, and this way has not been gone to its end in one go.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from runs import sketchrnn, train

COMMON = ("--conditional", "false", "--latent-optional", "false", "--precision", "bfloat16")
SEEN = ("--recogniser-size", "256", "--viewer-channels", "64")
PARTS: dict[str, tuple[int, str, tuple[str, ...]]] = {
    "decoder": (23_100, "accelerated", ("--recogniser-size", "0", "--viewer-channels", "0")),
    "recogniser": (34_900, "everything", ("--recogniser-size", "256", "--viewer-channels", "0")),
    "viewer": (11_000, "everything", (*SEEN, "--batch-size", "256", "--learning-rate", "1e-3", "--decay-share", "1")),
}
"""Each part's steps, of as many drawings as the preset says where nothing else is said, preset and own flags."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawings", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=1.0, help="of all steps (1)")
    arguments = parser.parse_args()
    before: tuple[str, ...] = ()
    trained = arguments.out
    for part, (steps, preset, flags) in PARTS.items():
        words = ("--preset", preset, *COMMON, *flags, *before, "--learn", part, "--sheet-every", "0")
        steps = max(1, round(steps * arguments.share))
        trained = train(arguments.out / part, arguments.drawings, steps, *words)
        before = ("--from", str(trained))
    model = arguments.out / "everything.safetensors"
    shutil.copyfile(trained, model)
    words = ("--data", str(arguments.drawings), "--json", str(arguments.out / "evaluated.json"), "--force")
    sketchrnn("evaluate", "--model", str(model), *words)


if __name__ == "__main__":
    main()
