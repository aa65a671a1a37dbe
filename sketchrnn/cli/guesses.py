"""`sketchrnn evaluate --guesses`: how well a model guesses what held-out drawings are, tenth by tenth."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sketchrnn.cli.completions_table import share
from sketchrnn.cli.heldout import held_out, left_out_lines
from sketchrnn.cli.output import write_figures

if TYPE_CHECKING:
    from sketchrnn.cli.progress import Progress
    from sketchrnn.engine.guessing import GuessFigures, Place
    from sketchrnn.weights import WeightBundle


def run_guesses(arguments: argparse.Namespace, bundle: WeightBundle, progress: Progress) -> list[str]:
    """Guesses, writes what `--json` asks for, and gives the lines of the report for people."""
    from sketchrnn.data.report import counted
    from sketchrnn.engine.completer import Completer
    from sketchrnn.engine.guessing import TENTHS, figures_of, places

    completer = Completer(bundle)
    completer.require_guesses()
    drawings, _, left_out = held_out(arguments, bundle, progress)
    found: dict[float, list[Place]] = {}
    for fraction in TENTHS:
        drawn = places(completer, drawings, fraction)
        found[fraction] = list(progress.watched(drawn, f"{fraction:.0%}", len(drawings)))
    figures = {fraction: figures_of(some) for fraction, some in found.items()}
    about = {"model": bundle.name, "split": arguments.split, "drawings": len(drawings), "left_out": left_out}
    write_figures(arguments.json, about | _report(found, figures))
    categories = counted(len({drawing.category for drawing in drawings}), "category", "categories")
    head = f"{bundle.name}: {counted(len(drawings), 'drawing')} of {categories}"
    return [head, "", *_table(figures), *([""] if left_out else []), *left_out_lines(left_out)]


def _report(found: dict[float, list[Place]], figures: dict[float, GuessFigures]) -> dict[str, Any]:
    """The report as JSON has it, but for what it is about: see the verb's help."""
    from sketchrnn.engine.guessing import figures_of

    of_category: dict[str, dict[str, Any]] = {}
    for fraction, some in found.items():
        for name, places in groupby(some, key=lambda place: place[0]):  # category by category, as they were picked
            of_category.setdefault(name, {})[f"{fraction:g}"] = asdict(figures_of(places))
    return {
        "categories": len(of_category),
        "guesses": {f"{fraction:g}": asdict(value) for fraction, value in figures.items()},
        "per_category": of_category,
    }


def _table(figures: dict[float, GuessFigures]) -> list[str]:
    rows = [f"{f:>6.0%}{share(value.first):>9}{share(value.among_three):>13}" for f, value in figures.items()]
    return [f"{'given':>6}{'first':>9}{'among three':>13}", *rows]
