"""`sketchrnn evaluate`: score a model on held-out drawings."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchrnn.cli.arguments import verb_parser, whole

if TYPE_CHECKING:
    from sketchrnn.cli.progress import Progress
    from sketchrnn.data.corpus import Corpus
    from sketchrnn.training.evaluate import Evaluation
    from sketchrnn.weights import WeightBundle

_DESCRIPTION = """\
Scores models on drawings that they did not learn from: nats per point, lower is better.

A drawing of N points costs -log p of its points 2 to N (offsets in sketch units, the 255 box) and of its N pen states,
the end included, each given those before; the sum over the drawings is divided by the sum of their points. Integers are
made continuous by uniform noise of half a unit, and every model's density is mixed with 0.1 % of a uniform one. Latent
models: the ELBO, and the tighter importance-weighted bound of 16 samples, which counts. "Overall" is the mean over the
categories. Published generators (.gen.json) are scored on their own category, after the input scale that suits them
best was found on other drawings; they were made for drawings with more points, so compare with care.
"""
_EXAMPLES = """
  sketchrnn evaluate --data drawings/                          the bundled model
  sketchrnn evaluate --model runs/small-1 --data drawings/     a run's best
  sketchrnn evaluate --data drawings/ --categories cat --baseline cat.gen.json --json cat.json
"""


def add_parser(subparsers) -> None:
    parser = verb_parser(subparsers, "evaluate", _DESCRIPTION, _EXAMPLES)
    parser.add_argument("--data", nargs="+", type=Path, required=True, metavar="PATH", help="files and folders")
    parser.add_argument(
        "--model",
        metavar="BUNDLE|RUN|FILE.gen.json",
        help="a bundle, a run folder (its best model), a published generator, or a name of `sketchrnn models list` "
        "(default: the bundled model)",
    )
    parser.add_argument("--baseline", nargs="+", default=[], metavar="MODEL", help="others, on the same drawings")
    parser.add_argument("--categories", nargs="+", metavar="NAME", help="drawings of these only")
    parser.add_argument(
        "--split", choices=["test", "valid", "train", "all"], default="test", help="which drawings (default: test)"
    )
    parser.add_argument("--limit", type=whole(1), metavar="N", help="at most N drawings, evenly spread")
    parser.add_argument("--untold", action="store_true", help="tell the model no category")
    parser.add_argument("--samples", type=whole(1, 1000), default=16, metavar="N", help="of z for latent models (16)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE, too")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from sketchrnn.cli.progress import Progress

    bundles = [_load(name) for name in (arguments.model, *arguments.baseline)]
    with Progress() as progress:
        corpus, trial = _drawings(arguments, progress)
        evaluations = [_evaluate(bundle, corpus, trial, arguments, progress) for bundle in bundles]
    from sketchrnn.training.evaluate import table

    print("\n".join(table(evaluations)))
    for line in _remarks(evaluations):
        print(line)
    if arguments.json is not None:
        _write(arguments, evaluations)
    return 0


def _load(name: str | None) -> WeightBundle:
    from sketchrnn.engine.bundled import find_bundle
    from sketchrnn.engine.compiling import keep_compiled
    from sketchrnn.weights import load_any

    keep_compiled()
    return load_any(find_bundle(name))


def _drawings(arguments: argparse.Namespace, progress: Progress) -> tuple[Corpus, Corpus]:
    """The drawings to score on, and others to try input scales on."""
    from sketchrnn.data.read import read_corpus
    from sketchrnn.errors import SketchRNNError
    from sketchrnn.training.dataset import split_dataset
    from sketchrnn.training.evaluate import spread

    corpus, report = read_corpus(arguments.data, arguments.categories, progress=progress.reading)
    dataset = split_dataset(corpus, report)
    chosen = corpus if arguments.split == "all" else getattr(dataset, arguments.split)
    if not len(chosen):
        raise SketchRNNError(
            f"none of the {len(corpus):,} drawings is in the {arguments.split} split",
            hint="It is a fixed 2 % (train: 96 %) of all drawings; give more, or --split all.",
        )
    other = dataset.train if arguments.split in ("valid", "all") else dataset.valid
    return spread(chosen, arguments.limit or len(chosen)), other if len(other) else chosen


def _evaluate(
    bundle: WeightBundle, corpus: Corpus, trial: Corpus, arguments: argparse.Namespace, progress: Progress
) -> Evaluation:
    from sketchrnn.errors import SketchRNNError
    from sketchrnn.training.evaluate import best_input_scale, evaluate, known_drawings

    scale = 1.0
    known_drawings(bundle, corpus)
    if "info" in bundle.card:  # a published generator
        progress.say(f"{bundle.name}: trying input scales")
        try:
            scale = best_input_scale(bundle, trial)
        except SketchRNNError:  # the other split holds none of its category
            scale = best_input_scale(bundle, corpus)

    def told(done: int, of: int) -> None:
        progress.scoring(bundle.name, done, of)

    named = replace(bundle, name=bundle.name or "model")
    return evaluate(
        named, corpus, told=not arguments.untold, input_scale=scale, samples=arguments.samples, progress=told
    )


def _remarks(evaluations: list[Evaluation]) -> list[str]:
    lines = []
    for evaluation in evaluations:
        figures = evaluation.overall
        lines.append(
            f"{evaluation.model}: {figures.nats_per_point:.4f} nats per point (offset {figures.offset_loss:.4f}, pen "
            f"{figures.pen_loss:.4f}, KL {figures.kl_loss:.4f}; ELBO {figures.elbo_nats_per_point:.4f}) on "
            f"{figures.drawings:,} drawings, {figures.points:,} points"
        )
        if evaluation.input_scale != 1:
            lines.append(f"  drawings enlarged {evaluation.input_scale:.2f} times, which suits it best")
        if evaluation.left_out:
            lines.append(f"  left out: {len(evaluation.left_out)} categories that it does not know")
    return lines


def _write(arguments: argparse.Namespace, evaluations: list[Evaluation]) -> None:
    from sketchrnn.sketch.files import write_atomically

    first, *others = [evaluation.to_dict() for evaluation in evaluations]
    values: dict[str, Any] = first | {"split": arguments.split, "baselines": others}
    write_atomically(arguments.json, json.dumps(values, indent=1) + "\n")
