"""What a training can be resumed from: orbax checkpoints that are whole or not there.

A checkpoint holds each array once, whole, on however many devices it lay: it can be restored onto any number of them.
Of several hosts only the first one writes and reads.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import jax
import numpy as np
import orbax.checkpoint as ocp

from sketchrnn.errors import BadFile, SketchRNNError
from sketchrnn.sketch.files import make_folder
from sketchrnn.training.folder import BEGIN_AFRESH
from sketchrnn.training.interrupt import held_back
from sketchrnn.training.step import TrainState

KEPT = 2
"""Of the last checkpoints: should the newest be damaged, there is another."""


@dataclass(frozen=True)
class Position:
    """Where a training stands, and with what it can go on.

    Args:
        step: batches taken; the next batch is this one's number.
        fingerprint: of the data.
        config: digest of the fields that cannot change.
        best: the lowest held-out loss so far, None before the first: nats per point, or nats per drawing of recogniser
            and viewer together where the decoder is not learnt.
        seconds: of training so far.
    """

    step: int
    fingerprint: str
    config: str
    best: float | None = None
    seconds: float = 0.0


class Checkpoints:
    """The checkpoints of a run: the last ones, and the best.

    Args:
        folder: where they lie.
        note: told what went wrong with a checkpoint that is passed over.
    """

    def __init__(self, folder: Path, note: Callable[[str], None] = lambda text: None):
        logging.getLogger("absl").setLevel(logging.ERROR)  # orbax tells of every file there
        self._folder, self._note = folder.absolute(), note
        self._last = _manager(self._folder / "last", KEPT)
        self._best = _manager(self._folder / "best", 1)

    def close(self) -> None:
        self._last.close()
        self._best.close()

    def save(self, state: TrainState, position: Position, best: bool = False) -> None:
        """Keep the state; with `best` as the best so far, else as the last.

        Raises:
            SketchRNNError: it cannot be written.
        """
        manager = self._best if best else self._last
        if position.step in manager.all_steps():
            return
        arrays, names = _arrays(state)
        facts = asdict(position) | {"names": names, "digest": _digest(arrays)}
        items = ocp.args.Composite(state=ocp.args.StandardSave(arrays), position=ocp.args.JsonSave(facts))
        try:
            with held_back():
                manager.save(position.step, args=items, force=True)
                manager.wait_until_finished()
        except OSError as error:
            raise SketchRNNError(f"cannot be written: {error.strerror or error}", file=self._folder) from error

    def restore(self, like: TrainState, config: str, fingerprint: str) -> tuple[TrainState, Position]:
        """The newest state that is whole.

        Args:
            like: a state of the same structure.
            config: digest of the fields that cannot change.
            fingerprint: of the data.

        Raises:
            BadFile: there is no checkpoint, or none that can be read.
            SketchRNNError: it is one of another config, or of other data.
        """
        tried: list[tuple[ocp.CheckpointManager, int]] = []
        for manager, step in self._newest_first():
            try:
                position, names, digest = _read_facts(manager, step)
                # before its arrays, which may be of other shapes then
                _require_same(position, config, fingerprint, self._folder)
                state = _read_state(manager, step, like, names, digest)
            except SketchRNNError:
                raise
            except Exception as error:  # whatever the damage makes orbax, zstd or json raise
                tried.append((manager, step))
                self._note(f"the checkpoint of step {step} is damaged ({_first_line(error)}) and is passed over")
                continue
            self._forget(tried)
            return state, position
        if not tried:
            raise BadFile("holds no checkpoint to go on from", file=self._folder, hint=BEGIN_AFRESH)
        raise BadFile(f"none of its {len(tried)} checkpoints can be read", file=self._folder, hint=BEGIN_AFRESH)

    def _newest_first(self) -> list[tuple[ocp.CheckpointManager, int]]:
        found = [(manager, step) for manager in (self._last, self._best) for step in manager.all_steps()]
        return sorted(found, key=lambda pair: (pair[1], pair[0] is self._last), reverse=True)

    def _forget(self, damaged: list[tuple[ocp.CheckpointManager, int]]) -> None:
        """Drop damaged checkpoints, so that whole ones of the same steps can be written in their places."""
        for manager, step in damaged:
            shutil.rmtree(manager.directory / str(step), ignore_errors=True)
            manager.reload()


def _manager(folder: Path, keep: int) -> ocp.CheckpointManager:
    make_folder(folder)
    # of several hosts this one alone calls, so there is nobody to wait for
    alone = ocp.options.MultiprocessingOptions(primary_host=0, active_processes={0}, barrier_sync_key_prefix="run")
    options = ocp.CheckpointManagerOptions(
        max_to_keep=keep,
        create=False,
        cleanup_tmp_directories=True,
        enable_async_checkpointing=False,
        multiprocessing_options=alone,
    )
    return ocp.CheckpointManager(folder, options=options)


def _read_facts(manager: ocp.CheckpointManager, step: int) -> tuple[Position, list[str], str]:
    """What lies beside the arrays: the position, what each of them is, and their digest."""
    facts = manager.restore(step, args=ocp.args.Composite(position=ocp.args.JsonRestore()))["position"]
    names, digest = facts.pop("names"), facts.pop("digest")
    return Position(**facts), names, digest


def _read_state(
    manager: ocp.CheckpointManager, step: int, like: TrainState, names: list[str], digest: str
) -> TrainState:
    wanted, own = _arrays(like)
    if names != own:
        raise ValueError("it is one of another network")
    items = ocp.args.Composite(state=ocp.args.StandardRestore(wanted))
    arrays = manager.restore(step, args=items)["state"]
    if _digest(arrays) != digest:
        raise ValueError("its arrays are not those that were written")
    leaves, tree = jax.tree.flatten(like)
    # copies of their own: the training gives its state's memory away
    ordered = [jax.device_put(np.array(arrays[_key(index)])) for index in range(len(leaves))]
    return jax.tree.unflatten(tree, ordered)


def _arrays(state: TrainState) -> tuple[dict[str, np.ndarray], list[str]]:
    """The leaves as numpy arrays of their own, and what each is."""
    pairs = jax.tree_util.tree_leaves_with_path(state)
    arrays = {_key(index): np.array(jax.device_get(leaf)) for index, (_, leaf) in enumerate(pairs)}
    return arrays, [f"{jax.tree_util.keystr(path)} {leaf.shape}" for path, leaf in pairs]


def _key(index: int) -> str:
    return f"leaf{index:04}"


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(arrays):
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def _require_same(position: Position, config: str, fingerprint: str, folder: Path) -> None:
    if position.config != config:
        raise SketchRNNError("is of a training with another network or other batches", file=folder)
    if position.fingerprint != fingerprint:
        hint = "Resume with the files as they were, or start a new run --from its model.safetensors."
        raise SketchRNNError("is of a training with other data", file=folder, hint=hint)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
