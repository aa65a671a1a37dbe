"""`sketchrnn train`: learn a model from drawings."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchrnn.cli.arguments import WrongUse, add_device_argument, verb_parser, whole
from sketchrnn.cli.progress import Progress

if TYPE_CHECKING:
    from sketchrnn.training.config import TrainConfig
    from sketchrnn.training.folder import RunFolder
    from sketchrnn.training.hosts import Hosts
    from sketchrnn.training.loop import Outcome
    from sketchrnn.weights import WeightBundle

_EXAMPLES = """
  sketchrnn train --preset small --categories cat bicycle flower
      download three categories, learn them in about half an hour on two cores, into runs/small-1
  sketchrnn train --preset small --data my-drawings/ --run runs/mine --steps 4000
      learn from own files: .ndjson, .npz, .bin, .svg, in folders or named one by one
  sketchrnn train --run runs/mine --resume
      go on where it stopped; --steps 8000 may be given to make it longer
  sketchrnn train --preset small --data my-drawings/ --from runs/mine/model.safetensors
      begin with another model's weights; categories are matched by name
  sketchrnn train --preset everything --data D --run R --hosts alpha:12321 --host-index 0 --host-count 2
      train with another host, which gets the same words with --host-index 1; assets/launch has files for Slurm and
      Kubernetes

All devices of a machine are used; --batch-size must be a multiple of how many there are, on all hosts together.
Ctrl-C stops after the step, with everything saved. RUN/model.safetensors is what the app loads:
  sketchrnn --model runs/mine/model.safetensors
"""
_LISTS = ("data", "categories")
"""Fields that have a flag of their own."""


def add_parser(subparsers) -> None:
    from sketchrnn.training.config import PRESETS, SMALL
    from sketchrnn.training.fields import settable, type_name

    parser = verb_parser(subparsers, "train", "Learn a model from drawings.", _EXAMPLES)
    parser.usage = (
        "sketchrnn train [--preset P] [--config FILE] [--data PATH...] [--categories NAME...] "
        "[--run DIR] [--resume] [--from MODEL] [--FIELD VALUE]"
    )
    presets = [name for name in PRESETS if name != "tiny"]
    parser.add_argument(
        "--preset",
        choices=list(PRESETS),
        metavar="P",
        help=f"start from {', '.join(presets)} (default: small)",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="a TOML file with fields; RUN/config.toml is one")
    parser.add_argument("--data", nargs="+", metavar="PATH", help="files and folders of drawings")
    parser.add_argument(
        "--categories", nargs="+", metavar="NAME", help="learn these only; without --data they are downloaded"
    )
    parser.add_argument(
        "--run", dest="folder", type=Path, metavar="DIR", help="the run folder (default: runs/PRESET-1, -2, ...)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the training in --run")
    parser.add_argument(
        "--from",
        dest="start",
        metavar="MODEL",
        help="begin with a model's weights, named as other verbs' --model",
    )
    add_device_argument(parser)
    _add_hosts(parser)
    group = parser.add_argument_group("fields (defaults are the preset small's)")
    for name, (kind, text) in settable().items():
        if name not in _LISTS:
            default = getattr(SMALL, name, None) if hasattr(SMALL, name) else getattr(SMALL.model, name)
            shown = f"{default:g}" if isinstance(default, float) else str(default).lower()
            group.add_argument(
                f"--{name.replace('_', '-')}",
                *([f"--{name}"] if "_" in name else []),
                dest=f"field_{name}",
                metavar=type_name(kind),
                help=f"{text} ({shown})".replace("%", "%%"),
            )
    parser.set_defaults(run=run)


def _add_hosts(parser: argparse.ArgumentParser) -> None:
    from sketchrnn.training.hosts import SILENCE

    group = parser.add_argument_group(
        "more than one host", "Taken from the job where Slurm or an indexed Kubernetes job starts several processes."
    )
    group.add_argument("--hosts", metavar="NAME:PORT", help="where host 0 is; none: train alone, whatever the job says")
    group.add_argument("--host-index", type=whole(0), metavar="I", help="which host this is, from 0; 0 alone writes")
    group.add_argument("--host-count", type=whole(1), metavar="N", help="how many there are")
    group.add_argument(
        "--host-timeout",
        type=whole(1),
        default=SILENCE,
        metavar="SECONDS",
        help=f"a host is lost, and the training ends, after so long without a sign of life ({SILENCE})",
    )


def run(arguments: argparse.Namespace) -> int:
    from sketchrnn.engine.device import use_device
    from sketchrnn.training.folder import RunFolder
    from sketchrnn.training.hosts import joined

    if arguments.resume:
        _refuse_with_resume(arguments)
        folder = RunFolder(arguments.folder)
        folder.read_config()  # before jax is imported
    else:
        folder = RunFolder(arguments.folder or _free_folder(arguments.preset or "small"))
    config, start = _config(arguments, folder)
    # the files are the same wherever one resumes from
    config = replace(config, data=tuple(str(Path(path).absolute()) for path in config.data))
    hosts = _hosts(arguments)
    if hosts is None or arguments.device == "cpu":  # to look for cards before the hosts have met would be too early
        use_device(arguments.device)
    hint = f"Start all hosts again with --resume --run {folder.path} to go on from the last checkpoint."
    with joined(hosts, hint) as speaks:
        outcome = _train(config, folder, start, arguments.resume, speaks)
    if outcome.interrupted:
        raise KeyboardInterrupt
    return 0


def _hosts(arguments: argparse.Namespace) -> Hosts | None:
    from sketchrnn.training.hosts import find_hosts

    try:
        return find_hosts(arguments.hosts, arguments.host_index, arguments.host_count, arguments.host_timeout)
    except ValueError as error:
        raise WrongUse(str(error)) from error


def _refuse_with_resume(arguments: argparse.Namespace) -> None:
    if arguments.folder is None:
        raise WrongUse("--resume needs --run with the folder to go on in")
    for flag, value in (("--preset", arguments.preset), ("--from", arguments.start), ("--config", arguments.config)):
        if value is not None:
            raise WrongUse(f"{flag} cannot be given with --resume: the run has its own")


def _config(arguments: argparse.Namespace, folder: RunFolder) -> tuple[TrainConfig, WeightBundle | None]:
    """The config that the words mean, and the weights to start from."""
    from sketchrnn.training.config import PRESETS
    from sketchrnn.training.fields import read_config, with_fields

    flags = _flags(arguments)
    if arguments.resume:
        from sketchrnn.training.resume import resumed_config

        return resumed_config(folder, _with_flags(folder.read_config(), flags)), None
    config = PRESETS[arguments.preset or "small"]
    if arguments.config is not None:
        config = with_fields(config, read_config(arguments.config), arguments.config)
    if arguments.start is None:
        return _with_flags(config, flags), None
    from sketchrnn.engine.bundled import find_bundle
    from sketchrnn.training.start import like_bundle
    from sketchrnn.weights import load_any

    bundle = load_any(find_bundle(arguments.start))
    # what is learnt comes first: what its network may be hangs on it
    config = _with_flags(config, {name: value for name, value in flags.items() if name == "learn"})
    try:
        config = like_bundle(config, bundle)
    except ValueError as error:
        raise WrongUse(f"{bundle.name} cannot be trained so: {error}") from error
    return _with_flags(config, flags), bundle


def _with_flags(config: TrainConfig, flags: dict[str, Any]) -> TrainConfig:
    from sketchrnn.errors import SketchRNNError
    from sketchrnn.training.fields import with_fields

    try:
        return with_fields(config, flags)
    except SketchRNNError as error:
        raise WrongUse(error.what, hint=error.hint) from error


def _flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields that flags name, as they were typed."""
    given = {name.removeprefix("field_"): value for name, value in vars(arguments).items() if name[:6] == "field_"}
    given |= {"data": arguments.data, "categories": arguments.categories}
    return {name: value for name, value in given.items() if value is not None}


def _train(config: TrainConfig, folder: RunFolder, start: WeightBundle | None, resume: bool, speaks: bool) -> Outcome:
    from sketchrnn.training.dataset import load_dataset
    from sketchrnn.training.log import Silent, make_log

    if speaks:
        with Progress() as progress:
            dataset = load_dataset(config, progress.reading, progress.downloading)
        print("\n".join(dataset.report.lines()), flush=True)
    else:
        dataset = load_dataset(config)
    from sketchrnn.engine.compiling import keep_compiled
    from sketchrnn.training.fit import train
    from sketchrnn.training.memory import keep_memory

    keep_memory()
    keep_compiled()
    command, log = shlex.join(["sketchrnn", *sys.argv[1:]]), make_log() if speaks else Silent()
    return train(config, folder, dataset, resume=resume, start=start, command=command, log=log)


def _free_folder(preset: str) -> Path:
    """The first of runs/PRESET-1, -2, ... that does not exist."""
    number = 1
    while (path := Path("runs") / f"{preset}-{number}").exists():
        number += 1
    return path
