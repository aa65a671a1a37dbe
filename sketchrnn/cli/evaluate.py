"""`sketchrnn evaluate`: score a model on held-out drawings."""

from __future__ import annotations

import argparse
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sketchrnn.cli.arguments import WrongUse, add_device_argument, fraction, real, seed, verb_parser, whole
from sketchrnn.cli.asking import add_bundle_argument
from sketchrnn.cli.heldout import left_out_lines, split_of
from sketchrnn.cli.output import ready_to_write, write_figures
from sketchrnn.cli.progress import Progress
from sketchrnn.engine.messages import MAX_CANDIDATES, MAX_GUIDANCE, TEMPERATURES

if TYPE_CHECKING:
    from sketchrnn.data.corpus import Corpus
    from sketchrnn.engine.device import Wanted
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
  sketchrnn evaluate --data drawings/ --completions out/       how it finishes drawings
  sketchrnn evaluate --data drawings/ --completions out/ --prefixes 0.3 --curve --perturb
  sketchrnn evaluate --data drawings/ --guesses                how soon it sees what they are
"""
_COMPLETIONS = """\
Finishes held-out drawings instead of scoring them: of each category those of 12 to 120 points whose identity hash is
lowest, the same ones for every model; each is cut after a fraction of its points and finished once. DIR gets
human.ndjson, for each fraction F prefix-F.ndjson and completed-F.ndjson, records as `complete --format ndjson` writes
them, and report.json. How many are recognised is not told here, for the project has no judge: have one read these
files. Told are: `ended`, the share that the model ended by itself; `own word`, the share drawn as what the human drew;
points and ink (length of the lines) drawn after the prefix by what the human drew there (10 %, median, 90 %); `in the
box`, the share of that ink which lies within the prefix's bounding box, beside the human's; diversity: the mean
distance (Euclidean) between 40 x 40 pictures of nine endings of one prefix, for 96 prefixes, beside that of nine human
drawings of each of their categories.
"""
_GUESSES = """\
Guesses what held-out drawings are instead of scoring them: of each category those that `--completions` takes, each cut
after a tenth of its points, after two tenths, and so on to the whole; the model is told the scale and not the category,
as in the window. Told is the share of drawings whose category was the likeliest guess, and among the three likeliest,
as the mean over the categories. --json writes {"model", "split", "drawings", "left_out", "categories", "guesses":
{"0.1": {"drawings", "first", "among_three"}, ...}, "per_category": {name: the same as "guesses"}}.
"""
_ONLY_COMPLETIONS = (
    "prefixes",
    "per_category",
    "category",
    "temperature",
    "candidates",
    "guidance",
    "seed",
    "curve",
    "perturb",
)
_NOT_COMPLETIONS = ("baseline", "limit", "untold", "coded", "samples")


def add_parser(subparsers) -> None:
    parser = verb_parser(subparsers, "evaluate", _DESCRIPTION, _EXAMPLES)
    parser.add_argument("--data", nargs="+", type=Path, required=True, metavar="PATH", help="files and folders")
    add_bundle_argument(parser)
    add_device_argument(parser)
    parser.add_argument("--baseline", nargs="+", default=[], metavar="MODEL", help="others, on the same drawings")
    parser.add_argument("--categories", nargs="+", metavar="NAME", help="drawings of these only")
    parser.add_argument(
        "--split", choices=["test", "valid", "train", "all"], default="test", help="which drawings (default: test)"
    )
    parser.add_argument("--limit", type=whole(1), metavar="N", help="at most N drawings, evenly spread")
    parser.add_argument("--untold", action="store_true", help="tell the model no category")
    parser.add_argument(
        "--coded", action="store_true", help="score a model that can do without latent codes by them, as bounds"
    )
    parser.add_argument("--samples", type=whole(1, 1000), metavar="N", help="of z for latent models (default: 16)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE, too")
    parser.add_argument(
        "--force", action="store_true", help="replace FILE, and DIR if it holds nothing but such completions"
    )
    _add_completions(parser)
    guesses = parser.add_argument_group("guesses", textwrap.fill(_GUESSES, 78))
    guesses.add_argument("--guesses", action="store_true", help="guess what drawings are; goes with --per-category")
    parser.set_defaults(run=run)


def _add_completions(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("completions", textwrap.fill(_COMPLETIONS, 78))
    group.add_argument("--completions", type=Path, metavar="DIR", help="finish drawings, and write them to DIR")
    group.add_argument(
        "--prefixes", nargs="+", type=fraction, metavar="F", help="fractions of the points (default: 0.1 0.3 0.5 0.7)"
    )
    group.add_argument("--per-category", type=whole(1), metavar="N", help="drawings of each category (default: 10)")
    group.add_argument(
        "--category", choices=["own", "auto"], help="tell the model each drawing's category, or let it guess (own)"
    )
    group.add_argument("--temperature", type=real(*TEMPERATURES), metavar="T", help="default: as `complete`")
    group.add_argument(
        "--candidates", type=whole(1, MAX_CANDIDATES), metavar="N", help="default: as `complete`; 1: nothing is chosen"
    )
    group.add_argument(
        "--guidance", type=real(0.0, MAX_GUIDANCE), metavar="W", help="default: as `complete`; 0: without"
    )
    group.add_argument("--seed", type=seed, metavar="S", help="of the chance; does not change which drawings (0)")
    group.add_argument(
        "--curve", action="store_true", help="further at temperatures from 0.05 to 1: six folders temperature-T"
    )
    group.add_argument(
        "--perturb",
        action="store_true",
        help="further with the starts scaled, jittered, in other orders, resampled, the scale being left to the model: "
        "folders perturbed-NAME, `perturbed-unchanged` to compare with",
    )


def run(arguments: argparse.Namespace) -> int:
    _check_use(arguments)
    ready_to_write(arguments.json, arguments.force)
    if arguments.completions is not None:
        return _complete(arguments)
    if arguments.guesses:
        return _guess(arguments)
    bundles = [_load(name, arguments.device) for name in (arguments.model, *arguments.baseline)]
    if arguments.coded and not any(bundle.config.conditional for bundle in bundles):
        raise WrongUse(
            "--coded means nothing here: " + " and ".join(f"{bundle.name} has no latent codes" for bundle in bundles)
        )
    with Progress() as progress:
        corpus, trial = _drawings(arguments, progress)
        evaluations = [_evaluate(bundle, corpus, trial, arguments, progress) for bundle in bundles]
    from sketchrnn.training.evaluate import table

    print("\n".join(table(evaluations)))
    for line in _remarks(evaluations):
        print(line)
    first, *others = [evaluation.to_dict() for evaluation in evaluations]
    write_figures(arguments.json, first | {"split": arguments.split, "baselines": others})
    return 0


def _complete(arguments: argparse.Namespace) -> int:
    from sketchrnn.cli.completions import refuse, run_completions

    refuse(arguments)
    with Progress() as progress:
        lines = run_completions(arguments, _load(arguments.model, arguments.device), progress)
    print("\n".join(lines))
    return 0


def _guess(arguments: argparse.Namespace) -> int:
    from sketchrnn.cli.guesses import run_guesses

    with Progress() as progress:
        lines = run_guesses(arguments, _load(arguments.model, arguments.device), progress)
    print("\n".join(lines))
    return 0


def _check_use(arguments: argparse.Namespace) -> None:
    """Refuse arguments of one kind of evaluation together with another.

    Raises:
        WrongUse: such ones.
    """
    if arguments.guesses and arguments.completions is not None:
        raise WrongUse("--guesses and --completions are two kinds of evaluation")
    kind, strange = _kind(arguments)
    for name in strange:
        value = getattr(arguments, name)
        if value is not None and value is not False and value != []:  # a seed of 0 is one that was given
            raise WrongUse(f"--{name.replace('_', '-')} means nothing {kind}")
    if arguments.force and arguments.json is None and arguments.completions is None:
        raise WrongUse("--force means nothing without --json or --completions")


def _kind(arguments: argparse.Namespace) -> tuple[str, tuple[str, ...]]:
    """Which kind of evaluation it is, and the arguments that mean nothing to it."""
    if arguments.guesses:
        return "with --guesses", (*(name for name in _ONLY_COMPLETIONS if name != "per_category"), *_NOT_COMPLETIONS)
    if arguments.completions is not None:
        return "with --completions", _NOT_COMPLETIONS
    return "without --completions", _ONLY_COMPLETIONS


def _load(name: str | None, device: Wanted) -> WeightBundle:
    from sketchrnn.engine.bundled import find_bundle
    from sketchrnn.engine.compiling import keep_compiled
    from sketchrnn.engine.device import use_device
    from sketchrnn.weights import load_any

    use_device(device)
    keep_compiled()
    return load_any(find_bundle(name))


def _drawings(arguments: argparse.Namespace, progress: Progress) -> tuple[Corpus, Corpus]:
    """The drawings to score on, and others to try input scales on."""
    from sketchrnn.training.evaluate import spread

    chosen, dataset = split_of(arguments, progress)
    other = dataset.train if arguments.split in ("valid", "all") else dataset.valid
    return spread(chosen, arguments.limit or len(chosen)), other if len(other) else chosen


def _evaluate(
    bundle: WeightBundle, corpus: Corpus, trial: Corpus, arguments: argparse.Namespace, progress: Progress
) -> Evaluation:
    from sketchrnn.errors import SketchRNNError
    from sketchrnn.training.density import SAMPLES
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
    samples = arguments.samples or SAMPLES
    return evaluate(
        named,
        corpus,
        told=not arguments.untold,
        input_scale=scale,
        samples=samples,
        coded=arguments.coded,
        progress=told,
    )


def _remarks(evaluations: list[Evaluation]) -> list[str]:
    from sketchrnn.data.report import counted

    lines = []
    for evaluation in evaluations:
        figures = evaluation.overall
        lines.append(
            f"{evaluation.model}: {figures.nats_per_point:.4f} nats per point (offset {figures.offset_loss:.4f}, pen "
            f"{figures.pen_loss:.4f}, KL {figures.kl_loss:.4f}; ELBO {figures.elbo_nats_per_point:.4f}) on "
            f"{counted(figures.drawings, 'drawing')}, {counted(figures.points, 'point')}"
        )
        if evaluation.input_scale != 1:
            lines.append(f"  drawings enlarged {evaluation.input_scale:.2f} times, which suits it best")
        lines += [f"  {line}" for line in left_out_lines(evaluation.left_out)]
    return lines
