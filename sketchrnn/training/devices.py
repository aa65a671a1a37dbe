"""All devices of a training in one row: who holds which drawings of a batch, and what everyone holds.

The batch axis of every batch is dealt over the row in equal blocks, the state of the training lies whole on each
device, and XLA's partitioner does the rest: each device takes its drawings through the network, and one sum of the
gradients over all devices in each step makes their states equal again. Random numbers are drawn by position in the
whole batch, whoever holds it, so that a training takes the same steps on any number of devices, but for the order in
which floats are summed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from sketchrnn.errors import SketchRNNError
from sketchrnn.model.losses import Rows

_AXIS = "data"


@dataclass(frozen=True)
class Devices:
    """The devices of a training.

    Args:
        mesh: all of them, on all hosts, in one row; each host's stand together, in the hosts' order.
        batch_size: drawings (or rows of them) of a whole batch, a multiple of their number.
    """

    mesh: Mesh
    batch_size: int

    def __str__(self) -> str:
        kind, each = self.mesh.devices[0].device_kind, self.batch_size // self.mesh.size
        where = f" of {self.hosts} hosts" if self.hosts > 1 else ""
        return f"{self.mesh.size} x {kind}{where}, {each} drawings of each batch on each"

    @property
    def hosts(self) -> int:
        return len({device.process_index for device in self.mesh.devices})

    @property
    def first_host(self) -> bool:
        """Whether this process is the one that writes and speaks."""
        return jax.process_index() == 0

    @property
    def share(self) -> slice:
        """Which drawings of a batch lie on this host's devices."""
        each = self.batch_size // self.mesh.size
        ours = [place for place, device in enumerate(self.mesh.devices) if device.process_index == jax.process_index()]
        return slice(ours[0] * each, (ours[-1] + 1) * each)

    def deal(self, rows: Rows) -> Rows:
        """The whole batch on all devices, from this host's share of it as numpy arrays."""
        return Rows(*(self._deal(np.asarray(values), axis) for values, axis in zip(rows, _BATCH_AXES, strict=True)))

    def deal_drawings(self, drawings: np.ndarray) -> jax.Array:
        """Which drawings the rows of a batch hold, (B, S) on all devices, from this host's share of the rows."""
        return self._deal(drawings, 0)

    def everywhere(self, tree: Any) -> Any:
        """Arrays, equal on every host, as copies on every device."""
        whole = NamedSharding(self.mesh, PartitionSpec())
        if self.mesh.size == 1:
            return jax.device_put(tree, whole)
        # computed, not put: no device may share memory with another, since the step gives its state's memory away
        return jax.jit(lambda given: jax.tree.map(jnp.copy, given), out_shardings=whole)(jax.device_get(tree))

    def make(self, function: Callable[[], Any]) -> Any:
        """What a function without arguments makes, on every device."""
        return jax.jit(function, out_shardings=NamedSharding(self.mesh, PartitionSpec()))()

    def here(self, tree: Any) -> Any:
        """What lies everywhere, as arrays of this host's first device alone."""
        return jax.tree.map(lambda leaf: leaf.addressable_data(0), tree)

    def from_first_host(self, tree: Any) -> Any:
        """Numbers and arrays as the first host has them, as numpy arrays; all hosts give the same tree of shapes."""
        return multihost_utils.broadcast_one_to_all(jax.device_get(tree))

    def require_same(self, what: str, digest: bytes) -> None:
        """Raises SketchRNNError on every host where they were not given the same."""
        every = multihost_utils.process_allgather(np.frombuffer(digest, np.uint8)).reshape(self.hosts, -1)
        odd = np.flatnonzero((every != every[0]).any(axis=1))
        if len(odd):
            names = f"host {odd[0]}" if len(odd) == 1 else f"hosts {', '.join(map(str, odd))}"
            hint = "Start all of them with the same words, on the same files."
            raise SketchRNNError(f"{names} got other {what} than host 0", hint=hint)

    def _deal(self, values: np.ndarray, axis: int) -> jax.Array:
        sharding = NamedSharding(self.mesh, PartitionSpec(*[None] * axis, _AXIS))
        shape = (*values.shape[:axis], self.batch_size, *values.shape[axis + 1 :])
        return jax.make_array_from_process_local_data(sharding, values, shape)


_BATCH_AXES = (1, 0, 0, 0)
"""Of the fields of `Rows`: rows, lengths, given, labels."""


def all_devices(batch_size: int, devices: Sequence[Any] | None = None) -> Devices:
    """Every device of every host, for batches of so many drawings.

    Args:
        batch_size: drawings of a whole batch.
        devices: these only.

    Raises:
        SketchRNNError: the batch cannot be dealt evenly, or the hosts have different numbers of devices.
    """
    row = sorted(devices or jax.devices(), key=lambda device: (device.process_index, device.id))
    numbers = Counter(device.process_index for device in row)
    if len(set(numbers.values())) > 1:
        each = ", ".join(str(numbers[host]) for host in sorted(numbers))
        raise SketchRNNError(f"the hosts have different numbers of devices: {each}")
    require_even(batch_size, len(row), len(numbers))
    return Devices(Mesh(np.array(row), (_AXIS,)), batch_size)


def require_even(batch_size: int, devices: int, hosts: int = 1) -> None:
    """Raises SketchRNNError where a batch cannot be dealt evenly over so many devices."""
    if batch_size % devices == 0:
        return
    below, above = batch_size // devices * devices, -(-batch_size // devices) * devices
    sizes = f"{below} or {above}" if below else str(above)
    where = f"{devices} devices" if hosts == 1 else f"{devices} devices of {hosts} hosts"
    fitting = [str(number) for number in range(1, devices) if batch_size % number == 0]
    raise SketchRNNError(
        f"a batch of {batch_size} drawings cannot be dealt evenly over {where}",
        hint=f"Give --batch-size {sizes}, or use {' or '.join(fitting[-3:])} of the devices.",
    )
