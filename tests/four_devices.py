"""Trainings on one, two and four virtual devices, for `test_training_devices`: a process of its own, since how many
devices there are is settled when jax starts.

    python four_devices.py FOLDER    writes FOLDER/results.json
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=4"

import jax
import numpy as np
from tiny_training import CONFIG, dataset_of

from sketchrnn.training.config import TrainConfig
from sketchrnn.training.devices import all_devices
from sketchrnn.training.feed import Feed
from sketchrnn.training.fit import train
from sketchrnn.training.folder import RunFolder, read_metrics
from sketchrnn.training.log import Plain

MINE = replace(CONFIG, steps=20, batch_size=8, log_every=1, drop_points=0.1, evaluate_every=50, save_every=50)
CODED = replace(MINE.model, conditional=True, latent_optional=True, encoder_size=4, latent_size=3)
PACKED = replace(MINE, model=CODED, row_points=24, max_points=24, drop_points=0.0, optimiser="muon")
DATA = dataset_of()


def losses(folder: RunFolder) -> list[float]:
    return [line["loss"] for line in read_metrics(folder.metrics) if "loss" in line]


def run(folder: RunFolder, parts: list[tuple[int, int]], config: TrainConfig = MINE) -> list[float]:
    """The losses of a run that goes on, up to each step, on so many devices."""
    for number, (devices, steps) in enumerate(parts):
        some = all_devices(config.batch_size, jax.devices()[:devices])
        train(replace(config, steps=steps), folder, DATA, resume=number > 0, devices=some, log=Plain())
    return losses(folder)


def dealt() -> dict:
    """How a batch lies on four devices, beside the same batch on one."""
    four, one = all_devices(MINE.batch_size), all_devices(MINE.batch_size, jax.devices()[:1])
    rows = []
    for devices in (four, one):
        with Feed(DATA.train, MINE, 30.0, 3, devices) as feed:
            rows.append(next(feed).rows)
    same = all(np.array_equal(a, b) for a, b in zip(*map(jax.device_get, rows), strict=True))
    return {"same": same, "shapes": [shard.data.shape for shard in rows[0].rows.addressable_shards]}


def kept() -> dict:
    """What lies everywhere is a copy of its own on each device: giving one tree's memory away leaves the other."""
    devices = all_devices(MINE.batch_size)
    source = np.ones((64, 64), np.float32)
    tree = devices.everywhere({"w": source})
    given = jax.jit(lambda t: jax.tree.map(lambda leaf: leaf * 2, t), donate_argnums=0)(tree)
    return {
        "source": float(source.sum()),
        "copies": [float(np.asarray(shard.data).sum()) for shard in given["w"].addressable_shards],
        "here": len(devices.here(given)["w"].devices()),
    }


def main(folder: Path) -> None:
    results = {
        "one": run(RunFolder(folder / "one"), [(1, 20)]),
        "four": run(RunFolder(folder / "four"), [(4, 20)]),
        "moved": run(RunFolder(folder / "moved"), [(1, 7), (4, 14), (2, 20)]),
        "packed": run(RunFolder(folder / "packed"), [(1, 12)], PACKED),
        "packed moved": run(RunFolder(folder / "packed-moved"), [(4, 5), (2, 12)], PACKED),
        "dealt": dealt(),
        "kept": kept(),
        "said": str(all_devices(MINE.batch_size)),
    }
    (folder / "results.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
