"""`sketchrnn models`: which models there are, what one is, and one in another file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sketchrnn.cli.arguments import MODEL_HELP, WrongUse, verb_parser
from sketchrnn.cli.output import refuse_existing
from sketchrnn.errors import BadFile, SketchRNNError

_EXAMPLES = """
  sketchrnn models list
  sketchrnn models card                                     what the bundled model is, and its categories
  sketchrnn models card mine.safetensors --json
  sketchrnn models export --out weights.npz                 the weights as numpy arrays, with config and card as JSON
  sketchrnn models export cat.gen.json --out cat.safetensors --dtype float32
"""


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Adds the verb."""
    parser = verb_parser(subparsers, "models", "Lists, describes and exports models.", _EXAMPLES)
    verbs = parser.add_subparsers(dest="what", required=True, metavar="list|card|export")
    listing = verbs.add_parser("list", help="the models that are known by name", description="Lists models.")
    listing.set_defaults(run=_list)
    card = verbs.add_parser("card", help="what a model is", description="Says what a model is.")
    card.add_argument("model", nargs="?", metavar="MODEL", help=MODEL_HELP)
    card.add_argument("--json", action="store_true", help="write JSON on stdout")
    card.set_defaults(run=_card)
    export = verbs.add_parser("export", help="a model into another file", description="Writes a model to a file.")
    export.add_argument("model", nargs="?", metavar="MODEL", help=MODEL_HELP)
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help=".safetensors or .npz")
    export.add_argument("--dtype", choices=("float16", "float32"), default="float16", help="default: float16")
    export.add_argument("--force", action="store_true", help="replace a file that exists")
    export.set_defaults(run=_export)
    return parser


def _list(arguments: argparse.Namespace) -> int:
    from sketchrnn.data.report import counted
    from sketchrnn.engine.bundled import known_models, model_folders
    from sketchrnn.weights import load_any

    paths = known_models()
    if not paths:
        print(f"no models in {' or '.join(map(str, model_folders()))}")
    for path in paths:
        try:
            bundle = load_any(path)
        except BadFile as error:
            print(f"{path.stem}  damaged: {error}")
            continue
        names = counted(len(bundle.categories), "category", "categories")
        knows = names if bundle.config.categories else "one kind of drawing"
        print(f"{path.stem}  {knows}, {path.stat().st_size / 2**20:.1f} MiB, {path}")
    return 0


def _card(arguments: argparse.Namespace) -> int:
    path, bundle = _load(arguments.model)
    config = bundle.config
    below = f" above {config.lower_units(config.decoder_size)}" if config.decoder_cell == "stacked" else ""
    facts = {
        "name": bundle.name,
        "file": str(path),
        "bytes": path.stat().st_size,
        "parameters": sum(int(array.size) for array in bundle.params.values()),
        "decoder": f"{config.decoder_cell} {config.decoder_size}{below}",
        "latent_size": config.latent_size if config.conditional else 0,
        "scale_factor": bundle.scale_factor,
        "max_points": bundle.max_points,
        "card": dict(bundle.card),
        "categories": list(bundle.categories),
    }
    if arguments.json:
        print(json.dumps(facts, indent=2, ensure_ascii=False, default=str))
        return 0
    categories, card = facts.pop("categories"), facts.pop("card")
    for name, value in {**facts, **card}.items():
        print(f"{name}: {value}")
    print(f"categories ({len(categories)}): {', '.join(categories)}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from sketchrnn.sketch.files import make_folder
    from sketchrnn.weights import save_bundle

    out: Path = arguments.out
    suffix = out.suffix.lower()
    if suffix not in (".safetensors", ".npz"):
        raise WrongUse(f"no format of models is known by the name {out}", hint="Known: .safetensors .npz.")
    refuse_existing(out, arguments.force)
    _, bundle = _load(arguments.model)
    make_folder(out.parent)
    try:
        (_save_npz if suffix == ".npz" else save_bundle)(bundle, out, arguments.dtype)
    except ValueError as error:  # a weight beyond float16
        raise SketchRNNError(str(error), file=out, hint="Give --dtype float32.") from error
    print(out)
    return 0


def _load(name: str | None):
    from sketchrnn.engine.bundled import find_bundle
    from sketchrnn.weights import load_any, model_file

    path = model_file(find_bundle(name))
    return path, load_any(path)


def _save_npz(bundle, out: Path, dtype: str) -> None:
    """The arrays by their names, and `header`: the JSON of what else a bundle holds."""
    import io

    import numpy as np

    from sketchrnn.sketch.files import write_atomically
    from sketchrnn.weights import arrays_as, described

    stream = io.BytesIO()
    arrays = {"header": np.array(json.dumps(described(bundle), sort_keys=True))}
    arrays |= arrays_as(bundle, dtype)
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    write_atomically(out, stream.getvalue())
