"""Trains models that differ in one thing from the same start on the same drawings, and compares what comes of it.

    python assets/compare.py DRAWINGS OUT --judge python RECOGNISER.py

Each model of `RECIPES` is trained in OUT/NAME, or on from where it was stopped; its nats per point on held-out drawings
and its completions of others are found as `sketchrnn evaluate` finds them, one candidate each, none chosen, none led. A
recogniser is no part of this repository: the program named gets an ndjson file and `--json`, and prints
{"overall": {"first_mean_over_categories": share, ...}}. Without one, that column is left out. The table is printed, and
its rows are written to OUT/compared.json, beside those of models that were compared before, as a card's `recipes` hold
them. The models are small and the training is short: they order recipes, and tell no more of what a long training ends
with.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

from runs import sketchrnn, train

PLAIN = ("--conditional", "false", "--latent-optional", "false")
RECIPES: dict[str, tuple[str, ...]] = {
    "d256": (*PLAIN, "--decoder-size", "256"),
    "d512": PLAIN,
    "d1024": (*PLAIN, "--decoder-size", "1024"),
    "z512": ("--conditional", "true", "--latent-optional", "false", "--prefix-prior-size", "256"),
    "two512": (*PLAIN, "--decoder-cell", "stacked"),
    "two256": (*PLAIN, "--decoder-cell", "stacked", "--lower-size", "256"),
    "norm512": (*PLAIN, "--decoder-cell", "layer_norm"),
    "head512": (*PLAIN, "--category-head", "true"),
    "unscaled512": (*PLAIN, "--random-scale", "0"),
    "dropped512": (*PLAIN, "--drop-points", "0.1"),
    "told512": (*PLAIN, "--untold-share", "0"),
}
WHAT = {
    "d256": "decoder alone, 256 units",
    "d512": "decoder alone, 512 units",
    "d1024": "decoder alone, 1,024 units",
    "z512": "VAE, 512 units, z of the prefix prior",
    "two512": "decoder alone, two layers of 512 units",
    "two256": "decoder alone, 512 units above 256",
    "norm512": "decoder alone, 512 units, layer normalisation",
    "head512": "decoder alone, 512 units, category head",
    "unscaled512": "decoder alone, 512 units, drawings not scaled at random",
    "dropped512": "decoder alone, 512 units, a tenth of the inner points left out",
    "told512": "decoder alone, 512 units, always told the category",
}
BATCH = 128
TRAINING = (
    *("--precision", "bfloat16", "--batch-size", str(BATCH), "--warm-up", "100", "--learning-rate", "0.002"),
    *("--decay", "linear", "--decay-share", "0.6", "--seed", "7", "--sheet-every", "0", "--evaluate-every", "450"),
    *("--evaluate-drawings", "1000", "--save-every", "300", "--recogniser-size", "0", "--viewer-channels", "0"),
    *("--category-head", "false"),
)
"""What all have in common, unless a recipe says otherwise."""
HELD_OUT, SAMPLES, PER_CATEGORY = 3450, 16, 3
"""Drawings that are scored, samples of z for each, and drawings of each category that are completed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawings", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=900, help=f"of {BATCH} drawings (900)")
    parser.add_argument("--only", nargs="+", choices=list(RECIPES), default=list(RECIPES))
    parser.add_argument("--judge", nargs="+", help="the recogniser's command; must come last")
    arguments = parser.parse_args()
    written = arguments.out / "compared.json"
    rows = json.loads(written.read_text()) if written.exists() else []
    for name in arguments.only:
        run = arguments.out / name
        train(run, arguments.drawings, arguments.steps, "--preset", "everything", *TRAINING, *RECIPES[name])
        row = {"what": WHAT[name], **figures(run, arguments.drawings, arguments.judge)}
        rows = [other for other in rows if other["what"] != row["what"]] + [row]
        written.write_text(json.dumps(rows, indent=1))
    names = list(dict.fromkeys(name for row in rows for name in row))
    print(f"| {' | '.join(names)} |\n|{'---|' * len(names)}")
    for row in rows:
        print(f"| {' | '.join(str(row.get(name, '')) for name in names)} |")


def figures(run: Path, drawings: Path, judge: list[str] | None) -> dict[str, Any]:
    """Of a finished run: what stands in its row."""
    out = run / "evaluated.json"
    same = ("--model", str(run), "--data", str(drawings))
    if not out.exists():
        sketchrnn("evaluate", *same, "--limit", str(HELD_OUT), "--samples", str(SAMPLES), "--json", str(out))
    completions = run / "completions"
    if not (completions / "report.json").exists():
        words = ("--per-category", str(PER_CATEGORY), "--prefixes", "0.3", "--candidates", "1", "--guidance", "0")
        sketchrnn("evaluate", *same, "--completions", str(completions), *words)
    overall = json.loads(out.read_text())["overall"]
    completed = json.loads((completions / "report.json").read_text())["prefixes"]["0.3"]
    row = {
        "nats per point": f"{overall['nats_per_point']:.3f}",
        "ended": f"{100 * completed['ended']:.1f} %",
        "diversity": f"{100 * completed['diversity_ratio']:.0f} %",
    }
    if judge is not None:
        command = [*judge, str(completions / "completed-0.3.ndjson"), "--json"]
        said = subprocess.run(command, text=True, stdout=subprocess.PIPE, check=True)
        row["recognised"] = f"{100 * json.loads(said.stdout)['overall']['first_mean_over_categories']:.1f} %"
    return row


if __name__ == "__main__":
    main()
