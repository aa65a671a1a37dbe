"""`sketchrnn evaluate --completions`: how a model finishes held-out drawings, with files for an outside judge."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchrnn.cli.asking import noted
from sketchrnn.cli.completions_table import table
from sketchrnn.cli.folders import new_folder, refuse_folder
from sketchrnn.cli.heldout import held_out, left_out_lines
from sketchrnn.cli.output import write_figures

if TYPE_CHECKING:
    from sketchrnn.cli.progress import Progress
    from sketchrnn.engine.completer import Completer
    from sketchrnn.engine.figures import Figures
    from sketchrnn.engine.trial import Settings, Start
    from sketchrnn.sketch.perturb import Perturbation
    from sketchrnn.sketch.types import Sketch
    from sketchrnn.weights import WeightBundle

REPORT = "report.json"
"""The name of the report in the folder, by which such a folder is known."""
FRACTIONS = (0.1, 0.3, 0.5, 0.7)
CURVE = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0)
"""Of `--curve`."""


@dataclass(frozen=True, eq=False)
class Trial:
    """What stays the same throughout.

    Args:
        completer: the model at work.
        drawings: human ones, whole.
        fractions: of the points that it is given, ascending.
        people: the diversity of each category's human drawings.
        progress: told how far it is.
    """

    completer: Completer
    drawings: Sequence[Sketch]
    fractions: Sequence[float]
    people: Mapping[str, float]
    progress: Progress


@dataclass(frozen=True)
class Part:
    """One way of finishing all drawings.

    Args:
        name: of its folder; empty for the plain one.
        settings: of the model.
        change: of the drawings' starts.
    """

    name: str
    settings: Settings
    change: Perturbation | None = None


def run_completions(arguments: argparse.Namespace, bundle: WeightBundle, progress: Progress) -> list[str]:
    """Completes, writes the folder, and gives the lines of the report for people."""
    from sketchrnn.data.read import write_sketches
    from sketchrnn.engine.completer import Completer
    from sketchrnn.engine.figures import human_diversities

    refuse(arguments)
    drawings, people, left_out = held_out(arguments, bundle, progress)
    fractions = sorted(set(arguments.prefixes or FRACTIONS))
    trial = Trial(Completer(bundle), drawings, fractions, dict(human_diversities(people)), progress)
    settings = _settings(arguments, trial.completer)
    with new_folder(arguments.completions) as folder:
        write_sketches(folder / "human.ndjson", drawings)
        tried = {part.name: _finish(trial, part, folder) for part in _parts(settings, arguments)}
        report = _report(trial, settings, tried, left_out, arguments)
        write_figures(folder / REPORT, report)
        refuse(arguments)  # it may have come to be in the meantime
    write_figures(arguments.json, report)
    return _lines(trial, settings, tried, left_out, arguments.completions)


def refuse(arguments: argparse.Namespace) -> None:
    """Refuse an output folder that holds something else, or, without `--force`, an earlier answer."""
    refuse_folder(arguments.completions, REPORT, (".ndjson",), arguments.force)


def _settings(arguments: argparse.Namespace, completer: Completer) -> Settings:
    """As the arguments have it; what is not given is the default of a completion."""
    from sketchrnn.engine.trial import Settings

    given = {name: getattr(arguments, name) for name in ("temperature", "candidates", "guidance", "seed")}
    if completer.recognition is None:  # nothing can choose, and the report should not say otherwise
        given["candidates"] = 1
    if not completer.bundle.leads:
        given["guidance"] = 0.0
    return Settings(arguments.category != "auto", **{name: value for name, value in given.items() if value is not None})


def _parts(settings: Settings, arguments: argparse.Namespace) -> Iterator[Part]:
    """What is asked for, the plain one first."""
    from sketchrnn.sketch.perturb import PERTURBATIONS

    yield Part("", settings)
    for temperature in CURVE if arguments.curve else ():
        yield Part(f"temperature-{temperature:g}", replace(settings, temperature=temperature))
    for change in PERTURBATIONS if arguments.perturb else ():
        yield Part(f"perturbed-{change.name}", settings, change)


def _finish(trial: Trial, part: Part, folder: Path) -> dict[float, Figures]:
    """The figures of each fraction; the completions are written to the part's own folder in the one given."""
    from sketchrnn.data.read import write_sketches
    from sketchrnn.engine.trial import starts_of

    (folder / part.name).mkdir(exist_ok=True)
    result = {}
    for fraction in trial.fractions:
        starts = starts_of(trial.drawings, fraction, part.change)
        if not part.name:
            write_sketches(folder / f"prefix-{fraction:g}.ndjson", map(_bare, starts))
        what = f"{part.name} {fraction:.0%}".strip()
        result[fraction] = _completed(trial, part, starts, what, folder / part.name / f"completed-{fraction:g}.ndjson")
    return result


def _completed(trial: Trial, part: Part, starts: Sequence[Start], what: str, path: Path) -> Figures:
    """The figures of one completion of each start, which are written to a file."""
    from sketchrnn.data.read import write_sketches
    from sketchrnn.engine.figures import figures_of, mean_over_categories
    from sketchrnn.engine.trial import diversities, finished, subset_of

    drawn = finished(trial.completer, starts, part.settings)
    completions = list(trial.progress.watched(drawn, what, len(starts)))
    write_sketches(path, (noted(done, trial.completer.bundle.name, 1) for done in completions))
    figures = figures_of(starts, completions)
    if part.change is not None:
        return figures
    some = subset_of(starts)
    drawn = diversities(trial.completer, some, part.settings)
    found = list(trial.progress.watched(drawn, f"{what}, nine endings", len(some)))
    people = mean_over_categories((name, trial.people[name]) for name, _ in found if name in trial.people)
    return replace(figures, diversity=mean_over_categories(found), human_diversity=people)


def _bare(start: Start) -> Sketch:
    """A prefix, with how many points it has."""
    notes = (*start.prefix.provenance, ("prefix_points", str(start.prefix.point_count)))
    return replace(start.prefix, provenance=notes)


def _report(
    trial: Trial,
    settings: Settings,
    tried: dict[str, dict[float, Figures]],
    left_out: list[str],
    arguments: argparse.Namespace,
) -> dict[str, Any]:
    """The report as JSON has it: see `--json` in the verb's help."""
    plain, *others = ({f"{f:g}": _plain(value) for f, value in figures.items()} for figures in tried.values())
    return {
        "model": trial.completer.bundle.name,
        "split": arguments.split,
        "categories": len({drawing.category for drawing in trial.drawings}),
        "drawings": len(trial.drawings),
        "left_out": left_out,
        "category": "own" if settings.told else "auto",
        "temperature": settings.temperature,
        "candidates": settings.candidates,
        "guidance": settings.guidance,
        "seed": settings.seed,
        "prefixes": plain,
        "others": dict(zip(list(tried)[1:], others, strict=True)),
    }


def _plain(figures: Figures) -> dict[str, Any]:
    return asdict(figures) | {"diversity_ratio": figures.diversity_ratio}


def _lines(
    trial: Trial, settings: Settings, tried: dict[str, dict[float, Figures]], left_out: list[str], folder: Path
) -> list[str]:
    from sketchrnn.data.report import counted

    head = (
        f"{trial.completer.bundle.name}: {counted(len(trial.drawings), 'drawing')} finished, category "
        f"{'own' if settings.told else 'auto'}, temperature {settings.temperature:g}, "
        f"candidates {settings.candidates}, guidance {settings.guidance:g}, seed {settings.seed}"
    )
    return [head, "", *table(tried), "", *left_out_lines(left_out), f"for a judge: {folder}"]
