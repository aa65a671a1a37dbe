"""What a person sees of a training, and the pictures it leaves."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from flax import nnx
from rich.console import Console
from tiny_training import CONFIG, NAMES, corpus_of

from sketchrnn.model.config import TINY, ModelConfig
from sketchrnn.model.sketchrnn import make_model
from sketchrnn.training import log
from sketchrnn.training.config import PAPER, TrainConfig
from sketchrnn.training.config import TINY as TINY_TRAINING
from sketchrnn.training.curves import write_curves
from sketchrnn.training.feed import Fed
from sketchrnn.training.folder import RunFolder
from sketchrnn.training.log import EXPLAINED, Live, Pace, Plain
from sketchrnn.training.metrics import Window, Writer
from sketchrnn.training.sheets import DRAWN_POINTS, Asked, joined, make_painter
from sketchrnn.training.start import take_weights
from sketchrnn.weights import WeightBundle, parameters

LINE = {
    "step": 50,
    "nats_per_point": 8.1,
    "offset_loss": 7.7,
    "pen_loss": 0.4,
    "kl_loss": 0.21,
    "kl_weight": 0.02,
    "head_accuracy": 0.5,
    "gradient_norm": 1.5,
    "loss": -0.3,
    "learning_rate": 1e-3,
    "points_per_second": 12345.0,
    "skipped_in_a_row": 2,
}


def test_plain_lines_say_all_that_counts() -> None:
    stream = io.StringIO()
    plain = Plain(stream)
    plain.begin(replace(PAPER, steps=100), {"data": "3 drawings"})
    plain.line(LINE)
    plain.line({"step": 50, "valid_nats_per_point": 8.2, "best": True})
    plain.line({**LINE, "step": 75})
    plain.note("[done]")
    text = stream.getvalue()
    for words in ("data: 3 drawings", "nats 8.1000", "KL 0.2100", "rate 1.00e-03", "KL weight 0.020", "skipped 2"):
        assert words in text
    for words in ("12,345 points/s", "left", "held out: 8.2000", "the best so far", "[done]", EXPLAINED["kl_loss"]):
        assert words in text


def test_nothing_is_told_of_drawing_where_only_seeing_is_learnt() -> None:
    stream = io.StringIO()
    plain = Plain(stream)
    plain.begin(replace(PAPER, steps=100), {})
    drawing = ("nats_per_point", "offset_loss", "pen_loss", "kl_loss", "kl_weight", "head_accuracy")
    line = {name: value for name, value in LINE.items() if name not in drawing}
    plain.line({**line, "viewer_accuracy": 0.43})
    last = stream.getvalue().splitlines()[-1]
    assert "seen 0.430" in last and "nats" not in last and "offset" not in last


def test_the_live_display_shows_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    live = Live(Console(file=stream, force_terminal=True, width=160, highlight=False))
    seeing = replace(CONFIG.model, recogniser_size=8)
    live.begin(replace(CONFIG, model=seeing, steps=100), {"data": "3 [drawings]"})
    live.line(LINE)
    live.line({"step": 50, "valid_nats_per_point": 8.2, "valid_recognised": 0.4321, "best": False})
    live.note("done [x]")
    live.close()
    text = stream.getvalue()
    for words in (
        "3 [drawings]",
        "nats per point",
        "8.1000",
        "8.2000",
        "0.4321",
        "lower is better",
        "12,345 points/s",
        "done [x]",
    ):
        assert words in text
    assert "kl loss" not in text  # this model has none


@pytest.mark.parametrize(("watched", "kind"), [(False, Plain), (True, Live)])
def test_the_log_is_plain_where_no_one_watches(watched: bool, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", SimpleNamespace(isatty=lambda: watched))
    assert isinstance(log.make_log(), kind)


def test_pace_foretells_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pace = Pace()
    pace.begin(1000)
    assert pace.left(200) == ""
    now[0] += 500  # in which the step is compiled
    pace.reached(200)
    assert pace.left(200) == ""
    now[0] += 30
    pace.reached(300)
    assert pace.left(300) == "3:30"
    now[0] += 7170
    assert pace.left(300) == "14:00:00"


def window_of(config: TrainConfig, *steps: dict[str, float], scale_factor: float = 10.0) -> Window:
    """A window that has taken these steps, each of two drawings."""
    window = Window(config, scale_factor)
    names = ("loss", "kl_loss", "prior_loss", "head_loss", "head_accuracy", "gradient_norm", "kl_weight")
    names += ("recogniser_loss", "recogniser_accuracy", "viewer_loss", "viewer_accuracy")
    for step in steps:
        counts = {name: np.int32(step.get(name, 0)) for name in ("skipped", "skipped_in_a_row")}
        metrics = dict.fromkeys(names, np.float32(0.5)) | {
            "points": np.float32(step["points"]),
            "offset_loss": np.float32(step["points"]),
            "pen_loss": np.float32(2 * step["points"]),
            "drawings": np.float32(2),
            "coded": np.float32(step.get("coded", 2)),
        }
        window.add(jax.device_put(metrics | counts), Fed(None, 16))
    return window


def test_a_window_tells_nats_in_sketch_units() -> None:
    window = window_of(TINY_TRAINING, {"points": 10}, {"points": 20, "skipped": 5, "skipped_in_a_row": 3})
    line = window.line(7, 0.5, lambda taken: 1e-3 * taken)
    # 26 of the 30 points are scored offsets
    assert line["offset_loss"] == pytest.approx(1 + 2 * np.log(10) * 26 / 30)
    assert line["pen_loss"] == pytest.approx(2) and line["kl_loss"] == pytest.approx(0.5)
    # twice two drawings with codes of eight numbers
    assert line["kl_per_point"] == pytest.approx(4 * 8 * 0.5 / 30)
    assert line["nats_per_point"] == pytest.approx(line["offset_loss"] + 2 + line["kl_per_point"])
    assert line["skipped_in_a_row"] == 3 and len(window) == 0
    # of the six steps before this one, five changed nothing, and the schedule stood still
    assert line["learning_rate"] == pytest.approx(1e-3)


def test_time_spent_on_something_else_than_steps_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("sketchrnn.training.metrics.time", SimpleNamespace(perf_counter=lambda: now[0]))
    window = window_of(TINY_TRAINING, {"points": 10}, {"points": 20})
    now[0] += 5
    window.pause(3)
    line = window.line(2, 0.1, float)
    assert line["points_per_second"] == pytest.approx(30 / 2)
    assert line["padded_points_per_second"] == pytest.approx(2 * 16 / 2)


def test_codes_cost_only_the_drawings_that_have_them() -> None:
    line = window_of(TINY_TRAINING, {"points": 10, "coded": 1}).line(1, 0.1, float)
    assert line["kl_per_point"] == pytest.approx(8 * 0.5 / 10)


def test_a_line_tells_nothing_of_what_is_not_learnt() -> None:
    network = replace(TINY_TRAINING.model, recogniser_size=4, viewer_channels=4)
    everything = {"recogniser_accuracy", "viewer_loss", "nats_per_point", "kl_per_point", "head_accuracy", "prior_loss"}
    for learn, has in (("all", everything), ("viewer", {"viewer_loss"}), ("recogniser", {"recogniser_accuracy"})):
        config = replace(TINY_TRAINING, model=network, learn=learn)
        assert everything & set(window_of(config, {"points": 10}).line(1, 0.1, float)) == has
    plain = replace(CONFIG, use_categories=False)
    line = window_of(plain, {"points": 10}).line(1, 0.1, float)
    assert not {"kl_loss", "kl_weight", "head_loss", "recogniser_loss"} & set(line)
    assert line["nats_per_point"] == pytest.approx(line["offset_loss"] + line["pen_loss"])


def test_curves_need_something_to_show(tmp_path: Path) -> None:
    assert not write_curves(tmp_path / "none.jsonl", tmp_path / "curves.png")
    (tmp_path / "m.jsonl").write_text('{"step": 2, "nats_per_point": 1.5, "loss": null}\n')
    assert write_curves(tmp_path / "m.jsonl", tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


DOWN, UP, END = (1, 0, 0), (0, 1, 0), (0, 0, 1)


@pytest.mark.parametrize(
    ("given", "drawn", "strokes"),
    [
        # the pen is down: the model's stroke begins where the hand stopped
        ([(5, 5, 0), (1, 0, 0)], [(0, 1, *DOWN), (0, 1, *UP), (0, 0, *END)],
         [[(5, 5), (6, 5)], [(6, 5), (6, 6), (6, 7)]]),
        # it is up: a stroke of its own
        ([(5, 5, 0), (1, 0, 1)], [(0, 1, *DOWN), (0, 1, *UP), (9, 9, *END), (1, 1, *UP)],
         [[(5, 5), (6, 5)], [(6, 6), (6, 7)]]),
        ([(5, 5, 1)], [(0, 0, *END)], [[(5, 5)]]),
        ([(5, 5, 0)], [(2, 2, *DOWN)], [[(5, 5)], [(5, 5), (7, 7)]]),
    ],
)  # fmt: skip
def test_prefix_and_ending_are_joined(given: list, drawn: list, strokes: list) -> None:
    sketch = joined(np.array(given, np.float32), np.array(drawn, np.float32))
    assert [[tuple(point) for point in stroke.points.tolist()] for stroke in sketch.strokes] == strokes
    assert sketch.strokes[0].author == "hand"
    assert all(stroke.author == "model" for stroke in sketch.strokes[1:])


@pytest.mark.parametrize("config", [CONFIG.network(3), TINY])
def test_every_kind_of_model_is_painted(config: ModelConfig) -> None:
    model = make_model(config, 4)
    painter, params = make_painter(model), nnx.state(model, nnx.Param)
    corpus = corpus_of([8, 1, 3])
    asked = Asked([corpus.drawing(index)[:2].astype(np.float32) for index in range(3)], corpus.labels)
    one, again, other = (painter(params, asked, 30.0, seed) for seed in (1, 1, 2))
    assert one == again and one != other
    for sketch, given in zip(one, asked.drawings, strict=True):
        assert sum(len(stroke) for stroke in sketch.strokes if stroke.author == "hand") == len(given)
        assert sketch.point_count <= len(given) + DRAWN_POINTS + 1


def test_weights_of_a_latent_model_are_taken_whole() -> None:
    source = make_model(TINY, 1)
    bundle = WeightBundle("tiny", TINY, parameters(source), 30.0, NAMES)
    taken = parameters(take_weights(make_model(TINY, 2), NAMES, bundle))
    for name, value in parameters(source).items():
        np.testing.assert_array_equal(taken[name], value)


def test_tensorboard_hides_what_a_resumed_run_takes_again_and_nothing_else(tmp_path: Path) -> None:
    """It hides all of the step at which a session starts and of later ones; the line of the checkpoint stays."""
    events = pytest.importorskip("tensorboardX.proto.event_pb2")
    for step in (0, 4):
        folder, starts = RunFolder(tmp_path / str(step)), []
        folder.path.mkdir()
        Writer(folder, step).close()
        (path,) = folder.tensorboard.glob("events*")
        data = path.read_bytes()
        while data:  # a record: its length, 8 bytes, a sum of 4, itself, and another sum
            length = int.from_bytes(data[:8], "little")
            event, data = events.Event.FromString(data[12 : 12 + length]), data[16 + length :]
            if event.session_log.status == events.SessionLog.START:
                starts.append(event.step)
        assert starts == [step + 1]
