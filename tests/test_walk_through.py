"""The README's way from ten own drawings to a model of them, in the window and on the command line, at a tiny size."""

from __future__ import annotations

import numpy as np
from engine_models import SMALL
from fake_engine import FakeEngine
from pilot import Pilot

from sketchrnn.app.commands import Command
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import EngineStatus
from sketchrnn.cli.main import main
from sketchrnn.data.read import read_sketches
from sketchrnn.engine.worker import start_worker
from sketchrnn.paths import my_data_folder

WORD = "my robot"


def robot(random: np.random.Generator) -> list[list[tuple[float, float]]]:
    """A head, an antenna, a mouth: page units, never the same twice."""
    x, y, side = random.uniform(150, 250), random.uniform(200, 300), random.uniform(120, 180)
    high, mouth = random.uniform(30, 90), random.uniform(60, 100)
    head = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
    return [head, [(x + side / 2, y), (x + side / 2, y - high)], [(x + 40, y + mouth), (x + side - 40, y + mouth)]]


def test_ten_own_drawings_become_a_model_that_the_window_draws_with(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(10)
    one = Pilot(FakeEngine(), settings=Settings(model_on=False)).start()
    for number in range(10):
        for stroke in robot(random):
            one.stroke(stroke)
        one.press(Command.ADD_TO_DATA)
        one.write(WORD)
        one.key("return")
        one.settle()
        one.press(Command.NEW)
        if one.state.dialog is not None:
            one.click("choice Don't save")
        assert len(list(read_sketches(my_data_folder() / f"{WORD}.ndjson"))) == number + 1
    one.close()

    fields = ["--steps", "2", "--batch-size", "10", "--learning-rate", "3e-4", "--warm-up", "1"]
    words = ["train", "--from", str(SMALL), "--data", str(my_data_folder()), "--run", "runs/mine", *fields]
    assert main(words) == 0
    assert main(["models", "card", "runs/mine/model.safetensors"]) == 0

    two = Pilot(FakeEngine(), settings=Settings(pause=0.0, speed=500.0))
    two.program.start(lambda: start_worker(tmp_path / "runs/mine/model.safetensors"))
    two.until(lambda: two.state.engine.status is EngineStatus.READY, turns=10**6)
    assert two.state.engine.categories == (WORD,)
    two.stroke(robot(random)[0])
    two.until(lambda: two.state.offer is not None and two.state.offer.whole, turns=10**6)
    two.press(Command.KEEP)
    assert {stroke.author for stroke in two.state.sketch.strokes} >= {"hand"}
    two.close()
