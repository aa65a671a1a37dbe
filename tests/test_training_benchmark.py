"""The benchmark's counts; its times are whatever they are."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from engine_models import SMALL
from tiny_training import CONFIG, corpus_of

from sketchrnn.app.commands import Command
from sketchrnn.benchmarks import answers, frames, start, train, train_run, train_tables
from sketchrnn.benchmarks.answers import first_points, first_points_by_length, start_seconds
from sketchrnn.benchmarks.complete import with_limited_threads
from sketchrnn.benchmarks.operations import flops_of_point, flops_per_drawing, flops_per_point
from sketchrnn.benchmarks.train import measure
from sketchrnn.benchmarks.train_run import Taken, synthetic_corpus
from sketchrnn.benchmarks.train_split import PARTS, _loop_calls, _table, loops_of
from sketchrnn.benchmarks.train_tables import EPOCHS, epoch_row
from sketchrnn.cli.main import main
from sketchrnn.data.batches import plan_epoch
from sketchrnn.engine.messages import Down
from sketchrnn.engine.servant import _ENVIRONMENT
from sketchrnn.engine.worker import start_worker
from sketchrnn.errors import EngineError, SketchRNNError
from sketchrnn.model.config import ModelConfig


def test_it_measures_what_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_run, "MATRIX", 64)
    figures = measure("tiny", seconds=0.05, sizes=(8,), epochs=(80, 400), config=CONFIG, corpus=corpus_of([8, 7] * 40))
    names = {"real_points_per_second", "padded_points_per_second", "matmul_float32_gflops", "peak_memory_mib"}
    names |= {"fraction_of_float32_matmul", "compile_seconds", "precision", "assembly_ms"}
    assert names <= set(figures) and figures["precision"] == "float32" and figures["shapes"] == 1
    assert 0 < figures["real_points_per_second"] < figures["padded_points_per_second"]
    assert all(value > 0 for value in figures.values() if isinstance(value, float))
    waste = 1 - figures["real_points_per_second"] / figures["padded_points_per_second"]
    assert figures["padding_waste"] == pytest.approx(waste) and figures["waiting_share"] < 1
    json.dumps(figures)
    expected = figures["gflops_of_real_points"] / figures["matmul_float32_gflops"]
    assert figures["fraction_of_float32_matmul"] == pytest.approx(expected)
    assert figures["fraction_as_usual"] >= figures["fraction_of_float32_matmul"]
    assert [row["part"] for row in figures["split"]] == list(PARTS) and figures["points_padded_to"] == 8
    assert sum(row["ms"] for row in figures["split"][:-1]) == pytest.approx(figures["split"][-1]["ms"])
    assert sum(row["share"] for row in figures["split"][:-1]) == pytest.approx(1)
    assert [row["size"] for row in figures["sizes"]] == [8] and all(row["step_ms"] > 0 for row in figures["sizes"])
    assert [(row["drawings"], row["batches"]) for row in figures["epochs"]] == [(80, 20), (400, 100)]
    for row in figures["epochs"]:
        assert row["epoch_s"] == pytest.approx(row["plan_s"] + row["steps_s"]) and 0 < row["padding_waste"] < 1
        assert row["us_per_drawing"] == pytest.approx(row["epoch_s"] / row["drawings"] * 1e6)


def test_what_was_compiled_before_counts_from_the_first_function_on(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = train.Training

    class Found(plain):
        def __init__(self, *given):
            jax.monitoring.record_event("/jax/compilation_cache/cache_hits")
            super().__init__(*given)

    def counted(made: type) -> int:
        monkeypatch.setattr(train, "Training", made)
        return measure("tiny", seconds=0.05, config=CONFIG, corpus=corpus_of([8] * 80))["compiled_before"]

    monkeypatch.setattr(train_run, "MATRIX", 64)
    monkeypatch.setattr(plain, "split", lambda self: (8, []))
    counted(plain)  # what comes after finds what this has compiled
    assert counted(Found) == counted(plain) + 1


@pytest.mark.parametrize(
    ("words", "given", "named"),
    [
        (f"start --model {SMALL}", [SMALL], {}),
        (f"frames --seconds 3 --threads 2 --model {SMALL}", [3.0, (start_worker, (SMALL,), {"threads": 2})], {}),
        (f"complete --threads 2 --model {SMALL}", [SMALL], {"threads": 2}),
        (
            "train --preset paper --precision bfloat16 --seconds 3 --batch-size 7 --sizes 8 --epochs --device cpu",
            ["paper", "bfloat16", 3.0],
            {"batch_size": 7, "sizes": [8], "epochs": EPOCHS},
        ),
        ("train --device cpu", ["everything", None, 10.0], {"batch_size": None, "sizes": [], "epochs": []}),
    ],
)
def test_the_verb_measures_what_it_is_told(words: str, given, named, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(*values, say=None, **others):
        found = [(v.func, v.args, v.keywords) if isinstance(v, partial) else v for v in values]
        assert (found, others) == (given, named)
        return {"figure": 0.25, "rows": [{"a": 1, "unknown": float("nan")}]}

    kind, *_ = words.split()
    monkeypatch.setattr(f"sketchrnn.benchmarks.{kind}.measure", measured)
    for process_wide in (
        "engine.servant.limit_threads",
        "engine.compiling.keep_compiled",
        "training.memory.keep_memory",
    ):
        monkeypatch.setattr(f"sketchrnn.{process_wide}", lambda: None)
    path = tmp_path / "figures.json"
    assert main(["benchmark", *words.split(), "--json", str(path)]) == 0
    read = json.loads(path.read_text(), parse_constant=pytest.fail)  # NaN is no JSON
    assert read == {"figure": 0.25, "rows": [{"a": 1, "unknown": None}]}


def test_what_completes_is_measured_where_numpy_was_told_of_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _ENVIRONMENT:
        monkeypatch.setenv(name, "9")  # to have it put back
        monkeypatch.delenv(name)
    assert with_limited_threads(os.getpid) != os.getpid(), "numpy is here already"
    assert with_limited_threads(os.getenv, "OPENBLAS_NUM_THREADS") == "1"


@pytest.mark.parametrize(
    "measured", [start_seconds, partial(first_points, requests=1), partial(first_points_by_length, repeats=1)]
)
def test_every_worker_has_the_threads_that_are_asked_for_and_says_why_it_is_down(measured, monkeypatch) -> None:
    down = SimpleNamespace(poll=lambda: [Down("cut.safetensors: damaged", False)], close=lambda: None)
    started: list[tuple] = []
    monkeypatch.setattr(answers, "start_worker", lambda bundle, threads: started.append((bundle, threads)) or down)
    with pytest.raises(EngineError, match="^cut.safetensors: damaged$"):
        measured("cut.safetensors", threads=3)
    assert started == [("cut.safetensors", 3)]


def test_frames_without_a_model_say_why_instead_of_waiting_for_it() -> None:
    engine = SimpleNamespace(poll=lambda: [Down("cut.safetensors: damaged", False)], close=lambda: None)
    with pytest.raises(EngineError, match="^cut.safetensors: damaged$"):
        frames.measure(0.1, lambda: engine, (300, 300))


def test_a_full_page_is_zoomed_and_selected_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One slow picture, of another program's turn, is not taken for what selecting all of a page costs."""
    said: list = []
    times: dict = {Command.ZOOM_OUT: 2.0, Command.ZOOM_IN: 4.0, Command.ESCAPE: 9.0}
    selected = iter([50.0] + [1.0] * (frames.ZOOMS - 1))

    def work(wait: bool) -> SimpleNamespace:
        last = said[-1]
        return SimpleNamespace(work=(next(selected) if last is Command.SELECT_ALL else times.get(last, 0.0)) / 1000)

    program, moving = SimpleNamespace(say=said.append, step=work), [SimpleNamespace(work=1.0, interval=1.0)]
    monkeypatch.setattr(frames, "_run", lambda *_: (moving, moving, frames._fill(program), 0.0))
    figures = frames.measure(0.1)
    assert figures["dense_zoom_ms"] == pytest.approx(3.0) and figures["dense_select_ms"] == pytest.approx(1.0)


def test_a_window_that_closes_by_itself_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "load_any", lambda path: None)
    monkeypatch.setattr(start, "HOME_VARIABLE", "PYTHONHOME")  # in which there is no Python: the process ends at once
    with pytest.raises(SketchRNNError, match="closed by itself"):
        start.measure(SMALL)


def half_a_second(call) -> tuple[float, float]:
    """Takes the place of `clocks`: whatever is called takes so long by the wall, and twice that of processors."""
    call()
    return 0.5, 1.0


def test_rates_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    run = SimpleNamespace(config=CONFIG, corpus=corpus_of([8, 7] * 40), devices=SimpleNamespace(share=None))
    run.devices.deal = lambda rows: rows
    monkeypatch.setattr(train, "clocks", half_a_second)
    rates = train._rates(1600, Taken(wall=2.0, cpu=4.0, waited=0.5), [(3.0, 5.0), (4.0, 2.0)], run)
    assert (rates["real_points_per_second"], rates["padded_points_per_second"]) == (750, 800)
    work = 1500 * flops_of_point(CONFIG, CONFIG.network(3)) / 1e9
    assert (rates["gflops_of_real_points"], rates["waiting_share"]) == (pytest.approx(work / 2), 0.25)
    assert rates["fraction_of_float32_matmul"] == pytest.approx(work / 2 / 4), "the better product, by the wall"
    assert rates["fraction_by_cpu_time"] == pytest.approx(work / 4 / 5), "and by processors"
    made = {"assembly_ms": 25.0, "assembled_sketches_per_second": 20 * CONFIG.batch_size / 0.5}
    assert train._assembly(run) == made
    monkeypatch.setattr(train_run, "clocks", half_a_second)
    monkeypatch.setattr(train_run, "MATRIX", 64)
    assert train_run.matmul_gflops() == (4 * 64**3 / 1e9, 2 * 64**3 / 1e9)


def test_an_epoch_is_estimated_from_some_of_its_steps_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    run = SimpleNamespace(config=CONFIG, corpus=corpus_of([8]), devices=SimpleNamespace(share=None))
    run.made, run.take, run.wait = (lambda planned, corpus: planned.length), taken.append, lambda: None
    monkeypatch.setattr(train_tables, "clocks", half_a_second)
    monkeypatch.setattr(train_tables, "ASSEMBLED", 10)
    row = epoch_row(run, 400)
    lengths = sorted(planned.length for planned in plan_epoch(synthetic_corpus(400).lengths, CONFIG.batch_size, 0, 0))
    middle = lengths[len(lengths) // 2]
    assert taken == [middle] * train_tables.STEPS and row["batches"] == len(lengths)
    assert row["steps_s"] == pytest.approx(0.5 * sum(lengths) / middle), "as long as its padded points"
    assert row["assemble_s"] == pytest.approx(0.5 * len(lengths) / 10)


def test_assembling_a_short_epoch_plans_no_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_epoch(*_, share):
        yield from (SimpleNamespace(lengths=0) for _ in range(100))
        pytest.fail("another epoch was planned, and its time taken for that of the first one's batches")

    run = SimpleNamespace(config=CONFIG, corpus=corpus_of([8]), devices=SimpleNamespace(share=None))
    run.made, run.take, run.wait = (lambda planned, corpus: planned.length), (lambda rows: None), lambda: None
    monkeypatch.setattr(train_tables, "clocks", half_a_second)
    monkeypatch.setattr(train_tables, "all_batches", one_epoch)
    assert epoch_row(run, 400)["assemble_s"] == pytest.approx(0.5 * 100 / 99)


def test_an_epoch_of_less_than_a_batch_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(SketchRNNError, match="an epoch of 3 drawings is less than a batch of 4"):
        measure(config=CONFIG, epochs=(80, 3), say=pytest.fail)


def test_planning_a_whole_epoch_is_not_taken_for_the_assembly_of_some_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = []

    def batches(*_, share):
        planned.append(True)
        yield from (None for _ in range(21))

    def clocks(call) -> tuple[float, float]:
        assert planned, "the clock ran while the epoch was planned"
        return half_a_second(call)

    run = SimpleNamespace(config=CONFIG, corpus=None, devices=SimpleNamespace(share=None, deal=lambda rows: rows))
    for name, fake in (("all_batches", batches), ("clocks", clocks), ("to_rows", lambda batch, scale: batch)):
        monkeypatch.setattr(train, name, fake)
    assert train._assembly(run)["assembly_ms"] == 25.0


def test_parts_of_a_step_by_hand() -> None:
    taken = {"gradient": 10, "optimiser": 1, "forward scan": 2, "backward": 5, "weight gradients": 1.5, "mixture": 0.5}
    rows = {row.pop("part"): row for row in _table({name: (wall, 2.0 * wall) for name, wall in taken.items()})}
    seconds = {"step": 11, "optimiser": 1, "forward scan": 2, "backward scan": 3.5, "weight gradients": 1.5}
    seconds |= {"mixture": 0.5, "input product": 0, "viewer": 0, "rest": 11 - 8.5}
    expected = {name: {"ms": 1e3 * s, "cpu_ms": 2e3 * s, "share": s / 11} for name, s in seconds.items()}
    assert rows == {name: pytest.approx(row) for name, row in expected.items()}


def test_the_input_product_is_multiplied_forward_too() -> None:
    # XLA leaves out what a compiled function computes and does not give back
    config = replace(CONFIG, model=replace(CONFIG.model, decoder_cell="layer_norm"))
    run = train_run.Training(config, corpus_of([8] * config.batch_size))
    loop = next(loops_of(run._model, run.middle_batch()[1], run._options))
    forward, _ = dict(_loop_calls(loop))["input product"]()
    product = loop.cell.project(loop.x, loop.cell.constant(loop.condition))
    np.testing.assert_allclose(forward, product, rtol=1e-5)


def test_operations_of_a_point_are_counted_by_hand() -> None:
    decoder = ModelConfig(conditional=False, decoder_size=512, mixtures=20)
    # two for each weight that a point meets, forward once and backward twice
    assert flops_per_point(decoder) == 6 * (5 * 2048 + 512 * 2048 + 512 * 123)
    # the upper LSTM reads the lower one's h, the input and its own h
    stacked = replace(decoder, decoder_cell="stacked")
    assert flops_per_point(stacked) == flops_per_point(decoder) + 6 * (512 + 5 + 512) * 2048
    lower = replace(stacked, lower_size=100)
    assert flops_per_point(lower) == flops_per_point(decoder) + 6 * (100 * 2048 + (5 + 100) * 400)
    paper = flops_per_point(ModelConfig())
    assert paper == flops_per_point(decoder) + 6 * 2 * (5 * 1024 + 256 * 1024)
    assert flops_per_point(ModelConfig(), every_step=True) == paper + 6 * 128 * 2048
    optional = ModelConfig(latent_optional=True)  # the encoder reads a quarter of a batch
    quarter = replace(CONFIG, model=optional, batch_size=8, coded_share=0.25, untold_share=0.0)
    assert flops_of_point(quarter, optional) == flops_per_point(decoder) + (paper - flops_per_point(decoder)) / 4
    head = replace(decoder, categories=100, category_head=True)
    assert flops_per_point(head, 0.25) == flops_per_point(decoder) + 6 * 512 * 25
    beside = replace(decoder, categories=100, recogniser_size=192)
    # two directions that read four points of six numbers at each step
    recogniser = 6 * 2 * (24 + 192) * 4 * 192 / 4
    assert flops_per_point(beside) == flops_per_point(decoder) + recogniser
    assert flops_per_point(beside, learn="recogniser") == recogniser
    assert flops_per_point(beside, learn="decoder") == flops_per_point(decoder)
    # convolutions over 12, 6, 6 and 3 pixels a side, and the logits
    seen = replace(beside, viewer_channels=10)
    pixels = 144 * 9 * 24 * 10 + 36 * 9 * 10 * 20 + 36 * 9 * 20 * 30 + 9 * 9 * 30 * 40 + 2 * 40 * 100
    assert flops_per_drawing(seen) == flops_per_drawing(seen, "viewer") == 6 * pixels
    assert flops_per_drawing(seen, "decoder") == flops_per_drawing(beside) == 0


def test_synthetic_drawings_have_quick_draws_lengths() -> None:
    corpus = synthetic_corpus(20_000)
    assert np.median(corpus.lengths) == pytest.approx(37, abs=1)
    assert corpus.lengths.mean() == pytest.approx(41.5, abs=1)
    assert np.quantile(corpus.lengths, [0.9, 0.99]) == pytest.approx([69, 115], abs=3)
    assert corpus.lengths.max() <= 250 and (corpus.points[corpus.offsets[1:] - 1, 2] == 1).all()
    assert (synthetic_corpus(50).points == synthetic_corpus(50).points).all()
    assert math.isclose(len(synthetic_corpus(7, categories=0).categories), 1)
