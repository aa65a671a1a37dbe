"""Setting up a training, or one that goes on: the same on one device, on many, and on many hosts."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import platform
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.model.sketchrnn import SketchRNN, make_model
from sketchrnn.training.checkpoints import Position
from sketchrnn.training.config import TrainConfig
from sketchrnn.training.dataset import Dataset, offset_deviation
from sketchrnn.training.devices import Devices, all_devices
from sketchrnn.training.folder import RunFolder
from sketchrnn.training.hosts import wait_for_all
from sketchrnn.training.interrupt import Interrupt, SharedInterrupt
from sketchrnn.training.keeper import Keeper
from sketchrnn.training.log import Log, Silent
from sketchrnn.training.loop import Outcome, Run
from sketchrnn.training.packed import from_zeros, lay, make_packed_step
from sketchrnn.training.resume import fixed_digest
from sketchrnn.training.schedules import kl_schedule, make_optimiser
from sketchrnn.training.start import require_fitting, take_weights
from sketchrnn.training.step import StepOptions, TrainState, begin, make_step
from sketchrnn.weights import UNTOLD, WeightBundle


def train(
    config: TrainConfig,
    folder: RunFolder,
    dataset: Dataset,
    *,
    resume: bool = False,
    start: WeightBundle | None = None,
    command: str = "",
    log: Log | None = None,
    devices: Devices | None = None,
) -> Outcome:
    """Train, or go on with a training, until its last step or Ctrl-C, on one host or on all that were joined.

    Every host calls this with the same arguments; the first one alone writes, reads checkpoints and reports.

    Args:
        config: what to do.
        folder: where; must not hold a training, or with `resume` must hold this one.
        dataset: what from.
        resume: go on from the newest whole checkpoint.
        start: begin with these weights instead of random ones.
        command: what was typed, for the model's card.
        log: where to report to.
        devices: where; every device of every host by default.

    Raises:
        TrainingStopped: the loss stayed without a number.
        SketchRNNError: the folder, its checkpoints, the weights, the data or the devices do not fit.
    """
    devices = devices or all_devices(config.batch_size)
    scale = config.scale_factor or offset_deviation(dataset.train)
    model = make_model(config.network(len(dataset.categories)), config.seed)
    if start is not None:
        require_fitting(config, start)
        model = take_weights(model, dataset.categories, start)
    if config.end_to_end:
        model = from_zeros(model)
    if config.learn == "recogniser" and model.recogniser is None:
        raise SketchRNNError("there is no recogniser to learn", hint="Give --recogniser-size 256, say, and categories.")
    if config.learn == "viewer" and model.viewer is None:
        raise SketchRNNError("there is no viewer to learn", hint="Give --viewer-channels 64, say, and categories.")
    _require_agreement(devices, config, dataset, resume)
    if log is not None and devices.first_host and start is None and not resume:
        for part in _left_random(config, model):
            log.note(f"its {part} is not learnt here and stays random: learn it after, by --from and --learn {part}")
    before = _about_before(folder) if resume else {}
    about = _about(config, dataset, scale, command) | _begun(before, command)
    about |= _untold(config, before if resume or start is None else start.card)
    with _kept(config, folder, dataset, model, about, devices, resume, log or Silent()) as keeper:
        state, position = begin(model, make_optimiser(config)), Position(0, dataset.fingerprint, fixed_digest(config))
        if keeper is not None:
            state, position = keeper.begin(state, position, resume)
        state, position = _everywhere(devices, state, position)
        if config.row_points:
            lying = devices.everywhere(lay(dataset.train))
            step = make_packed_step(model, make_optimiser(config), config, scale, lying)
        else:
            step = make_step(model, make_optimiser(config), kl_schedule(config), step_options(config))
        run = Run(config, folder, dataset, scale, devices, step, keeper)
        with SharedInterrupt() if devices.hosts > 1 else Interrupt() as interrupt:
            return run.to_the_end(state, position, interrupt)


def _left_random(config: TrainConfig, model: SketchRNN) -> list[str]:
    """Parts of a new network that this training leaves as they are made."""
    parts = {"decoder": model.decoder, "recogniser": model.recogniser, "viewer": model.viewer}
    return [name for name, part in parts.items() if part is not None and not config.learns(name)]


def step_options(config: TrainConfig) -> StepOptions:
    """What of a config is fixed while its step function lives."""
    return StepOptions(
        reduction=config.reduction,
        max_points=config.max_points,
        untold=config.untold,
        coded=config.coded,
        head_weight=config.head_weight,
        kl_floor=config.kl_floor,
        average_decay=config.average_decay,
        learnt=config.learn,
    )


def _require_agreement(devices: Devices, config: TrainConfig, dataset: Dataset, resume: bool) -> None:
    """Hosts that were given different things would train on nonsense, or wait for each other for ever."""
    if devices.hosts == 1:
        return
    wait_for_all("the drawings are read")
    words = (repr(replace(config, data=())) + str(resume)).encode()
    devices.require_same("words", hashlib.blake2b(words, digest_size=16).digest())
    devices.require_same("drawings", hashlib.blake2b(dataset.fingerprint.encode(), digest_size=16).digest())


@contextlib.contextmanager
def _kept(
    config: TrainConfig,
    folder: RunFolder,
    dataset: Dataset,
    model: SketchRNN,
    about: Mapping[str, Any],
    devices: Devices,
    resume: bool,
    log: Log,
) -> Iterator[Keeper | None]:
    """Who writes, on the first host; None on the others."""
    if not devices.first_host:
        yield None
        return
    if not resume:
        folder.begin(config, about)
    scale, names = about["scale_factor"], dataset.categories
    template = WeightBundle(folder.path.name, model.config, {}, scale, names, config.max_points, about)
    try:
        with contextlib.closing(Keeper(config, folder, dataset, model, template, devices, log)) as keeper:
            yield keeper
    except BaseException:
        if not resume:
            folder.withdraw()
        raise


def _everywhere(devices: Devices, state: TrainState, position: Position) -> tuple[TrainState, Position]:
    """The first host's state on every device of every host, and where it stands."""
    if devices.hosts > 1:
        state, step, seconds = devices.from_first_host((state, np.int32(position.step), np.float32(position.seconds)))
        if not devices.first_host:
            position = replace(position, step=int(step), seconds=float(seconds))
    return devices.everywhere(state), position


def _about_before(folder: RunFolder) -> Mapping[str, Any]:
    """What a run that is resumed said when it began; nothing where that cannot be read: it goes on without it."""
    with contextlib.suppress(BadFile, OSError):
        return folder.read_about()
    return {}


def _begun(before: Mapping[str, Any], command: str) -> dict[str, Any]:
    """When and how a run that is resumed began, which its model's card says, too, and how it was resumed last."""
    kept = {name: before[name] for name in ("begun", "command") if name in before}
    return kept | {"resumed": command} if kept else {}


def _untold(config: TrainConfig, before: Mapping[str, Any]) -> dict[str, Any]:
    """How many drawings the decoder was told no category of; where it is not learnt, what was said before."""
    if config.learns("decoder"):
        return {UNTOLD: config.untold / config.batch_size}
    return {UNTOLD: before[UNTOLD]} if UNTOLD in before else {}


def _about(config: TrainConfig, dataset: Dataset, scale: float, command: str) -> dict[str, Any]:
    parts = {"train": dataset.train, "valid": dataset.valid, "test": dataset.test}
    return {
        "categories": list(dataset.categories),
        "drawings": {name: len(part) for name, part in parts.items()},
        "points": {name: int(part.lengths.sum()) for name, part in parts.items()},
        "fingerprint": dataset.fingerprint,
        "read": dataset.report.as_dict(),
        "scale_factor": scale,
        "command": command,
        "begun": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {"jax": jax.__version__, "python": platform.python_version()},
    }
