"""Makes the README's sheet of completions with the bundled model (the window's pictures: make_tour.py).

    python assets/make_pictures.py sheet DATA [--seed]   completions.png: 24 held-out drawings of DATA

Categories and drawings are drawn by the seed, not picked by hand. DATA is a folder of drawings, one file a category.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
CATEGORIES, FRACTION = 24, 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_subparsers(required=True)
    sheet = which.add_parser("sheet")
    sheet.add_argument("data", type=Path)
    sheet.add_argument("--seed", type=int, default=0)
    sheet.set_defaults(run=lambda arguments: make_sheet(arguments.data, arguments.seed, arguments.model))
    sheet.add_argument("--model", type=Path, help="a bundle (default: the bundled model)")
    arguments = parser.parse_args()
    arguments.run(arguments)


def make_sheet(data: Path, seed: int, model: Path | None) -> None:
    from sketchrnn.data.read import find_files, read_corpus
    from sketchrnn.engine.completer import Completer
    from sketchrnn.engine.messages import CompletionRequest
    from sketchrnn.sketch.formats import from_stroke3
    from sketchrnn.sketch.prefix import prefix_of
    from sketchrnn.sketch.raster import contact_sheet, write_png

    rng = np.random.default_rng(seed)
    files = sorted(find_files([data]))
    sketches = []
    completer = Completer(model)
    for number in sorted(rng.permutation(len(files))[:CATEGORIES]):
        held_out = read_corpus([files[number]])[0].split("test")
        name = held_out.categories[0]
        whole = from_stroke3(held_out.drawing(int(rng.integers(len(held_out)))), category=name)
        request = CompletionRequest(prefix_of(whole, FRACTION), category=name, seed=seed, scale=1.0)
        sketches.append(completer.complete(request)[0].sketch)
    image = contact_sheet(sketches, columns=8, cell=150, titles=[sketch.category or "" for sketch in sketches])
    write_png(HERE / "completions.png", image)
    print(HERE / "completions.png")


if __name__ == "__main__":
    main()
