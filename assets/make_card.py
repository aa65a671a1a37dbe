"""Makes the card of a model, a page for people, from what the program says of it and what a recogniser outside says.

    sketchrnn evaluate --data DATA --json evaluated.json
    sketchrnn evaluate --completions completed --data DATA --per-category 3 --prefixes 0.3
    python assets/make_card.py evaluated.json completed judged.json

`judged.json` is what the recogniser outside says of `completed/completed-0.3.ndjson`: {"overall": {"drawings",
"first_mean_over_categories", "three"}, "categories": {name: [share taken for it at first choice, among three]}}. It is
no part of this repository; the model is never chosen or trained by it. Written are weights/README.md and
weights/worst.png, the completions of the twenty categories that are recognised least; what is said of data, training
and limits is the card inside the bundle (`sketchrnn models card`).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sketchrnn.sketch.types import Sketch, Stroke

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
FRACTION = "0.3"
WORST, SHOWN = 20, 3
TABLES = {
    "history": "Editions",
    "comparison": "Compared on the way",
    "fractions": "By how much is given",
    "guidance": "Guidance",
    "curve": "Temperature",
    "perturbed": "Ink that is not the data's",
    "recipes": "Compared after equal training",
    "shapes": "Shapes compared after equal training on an accelerator",
}
"""Lists of rows in a bundle's card, and what stands over them."""
FACTS = ("edition", "date", "data", "points", "recipe", "command", "device", "licence", "content", "cannot")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluated", type=Path)
    parser.add_argument("completed", type=Path)
    parser.add_argument("judged", type=Path)
    parser.add_argument("--model", type=Path, default=WEIGHTS / "everything.safetensors", help="the bundle")
    arguments = parser.parse_args()
    evaluated, judged = (json.loads(path.read_text()) for path in (arguments.evaluated, arguments.judged))
    report = json.loads((arguments.completed / "report.json").read_text())
    require_one_model(arguments.model, evaluated, report, judged)
    worst = sorted(judged["categories"], key=lambda name: (judged["categories"][name], name))[:WORST]
    (WEIGHTS / "README.md").write_text("\n".join(page(arguments.model, evaluated, report, judged, worst)) + "\n")
    draw_worst(arguments.completed / f"completed-{FRACTION}.ndjson", worst)


def require_one_model(model: Path, evaluated: dict[str, Any], report: dict[str, Any], judged: dict[str, Any]) -> None:
    """End where the inputs are of different models, or of other drawings: the page would not show it."""
    from sketchrnn.weights import load_bundle

    name = load_bundle(model).name
    for what, of in (("evaluated", evaluated["model"]), ("completed", report["model"])):
        if of != name:
            sys.exit(f"{what}: is of the model {of}, not of {name}")
    completed, seen = report["prefixes"][FRACTION]["drawings"], judged["overall"]["drawings"]
    if seen != completed:
        sys.exit(f"judged: is of {seen:,} drawings, and {completed:,} were completed")


def page(model: Path, evaluated: dict[str, Any], report: dict[str, Any], judged: dict[str, Any], worst: list[str]):
    """The lines of the page."""
    from sketchrnn.engine.bundled import find_again
    from sketchrnn.weights import load_bundle

    bundle = load_bundle(model)
    card, completed, seen = bundle.card, report["prefixes"][FRACTION], judged["overall"]
    size = sum(int(array.size) for array in bundle.params.values())
    yield f"# The model `{bundle.name}`"
    yield f"\n{size / 1e6:.2f} million weights as float16, {model.stat().st_size / 2**20:.1f} MiB; made by"
    yield "`python assets/make_card.py`, whose head says how.\n"
    yield from (f"- **{name}**: {card[name]}" for name in FACTS if name in card)
    yield "\n## Figures\n\n| | |\n|---|---|"
    first, three = percent(seen["first_mean_over_categories"]), percent(seen["three"])
    rows = {
        "nats per point, held out, mean over categories": f"{evaluated['overall']['nats_per_point']:.3f}",
        f"first 30 % of {seen['drawings']:,} held-out drawings completed: recognised; among three": f"{first}; {three}",
        "ended by themselves": percent(completed["ended"]),
        "diversity of nine endings by that of nine people's drawings": percent(completed["diversity_ratio"]),
    }
    yield from (f"| {name} | {value} |" for name, value in rows.items())
    for name, title in TABLES.items():
        if card.get(name):
            yield from table(title, card[name])
    again = find_again(model)
    if again is not None:
        yield from beside(again)
    yield f"\n## The {WORST} categories that are recognised least\n\n![their completions](worst.png)\n"
    yield ", ".join(f"{name} ({percent(judged['categories'][name][0])})" for name in worst)
    yield "\n## Every category\n\nNats per point on held-out drawings; completions taken for it at first choice.\n"
    yield "| category | nats | recognised |\n|---|---|---|"
    for name, figures in sorted(evaluated["categories"].items()):
        of = judged["categories"].get(name)
        yield f"| {name} | {figures['nats_per_point']:.2f} | {'' if of is None else percent(of[0])} |"


def beside(path: Path):
    """What is known of the network that draws anew for the model."""
    from sketchrnn.weights import load_bundle

    card = load_bundle(path).card
    yield f"\n## Beside it: `again/{path.name}`, {path.stat().st_size / 2**20:.1f} MiB\n"
    yield f"It {card['of']}. With a code that may be left out it leads that model, which draws.\n"
    yield from (f"- **{name}**: {card[name]}" for name in FACTS if name in card)
    yield from (f"- {name.replace('_', ' ')}: {value}" for name, value in card["figures"].items())


def table(title: str, rows: list[dict[str, Any]]):
    """Rows of equal keys as a table under a heading, what a row is about first."""
    first = next(name for name in ("edition", "given", "what") if name in rows[0])
    rows = [{first: row[first], **row} for row in rows]
    yield f"\n## {title}\n\n| {' | '.join(name.replace('_', ' ') for name in rows[0])} |\n|{'---|' * len(rows[0])}"
    yield from (f"| {' | '.join(str(value) for value in row.values())} |" for row in rows)


def percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share == round(share, 2) else f"{100 * share:.1f} %"


def draw_worst(completed: Path, worst: list[str]) -> None:
    """Some completions of each, prefix in one colour and ending in the other."""
    from sketchrnn.data.read import read_sketches
    from sketchrnn.sketch.raster import contact_sheet, write_png

    of: dict[str | None, list[Sketch]] = {}
    for sketch in read_sketches(completed):
        of.setdefault(sketch.category, []).append(coloured(sketch))
    shown = [sketch for name in worst for sketch in of[name][:SHOWN]]
    write_png(WEIGHTS / "worst.png", contact_sheet(shown, 12, 100, [sketch.category or "" for sketch in shown]))


def coloured(sketch: Sketch) -> Sketch:
    """What follows the prefix as the model's: a file of drawings does not say who drew a stroke."""
    left, strokes = int(sketch.note("prefix_points") or 0), []
    for stroke in sketch.strokes:
        given, left = min(left, len(stroke)), max(0, left - len(stroke))
        if given:
            strokes.append(Stroke(stroke.points[:given]))
        if given < len(stroke):
            strokes.append(Stroke(stroke.points[max(given - 1, 0) :], "model"))
    return Sketch(strokes, sketch.category)


if __name__ == "__main__":
    main()
