"""What the model reads of a prefix, and that states read before are the states read anew."""

from __future__ import annotations

import numpy as np
import pytest
from engine_models import half_a_face, small

from sketchrnn.data.batches import pad_rows
from sketchrnn.engine.prefix import MOST_ROWS, StateCache, prefix_of
from sketchrnn.model.decoding import read
from sketchrnn.sketch.formats import START_TOKEN
from sketchrnn.sketch.frame import to_model_units
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.weights import to_model


def test_rows_are_those_of_training() -> None:
    sketch = half_a_face()
    lifted = np.zeros(sketch.point_count, bool)
    lifted[np.cumsum([len(stroke) for stroke in sketch.strokes]) - 1] = True
    trained = pad_rows(sketch.points()[None], lifted[None], np.array([sketch.point_count]))[:-1, 0]
    prefix = prefix_of(sketch, 1.0)
    np.testing.assert_array_equal(prefix.rows, trained)
    assert prefix.ends.tolist() == [14, 17, 19]


def test_nothing_drawn_is_the_start_token() -> None:
    prefix = prefix_of(Sketch(), 1.0)
    np.testing.assert_array_equal(prefix.rows, START_TOKEN[None])
    assert prefix.points == 0 and len(prefix.ends) == 0


@pytest.mark.parametrize(
    ("points", "pen_down", "rows"),
    [
        ([[5, 5]], False, [[0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]),  # a dot has two equal points, as Quick, Draw!'s have
        ([[5, 5]], True, [[0, 0, 1, 0, 0]]),
        ([[5, 5], [5, 5]], False, [[0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]),
        ([[5, 5], [25, 5]], False, [[0, 0, 1, 0, 0], [20, 0, 0, 1, 0]]),
        ([[5, 5], [25, 5]], True, [[0, 0, 1, 0, 0], [20, 0, 1, 0, 0]]),
        ([[5, 5]] * 9, False, [[0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]),
    ],
)
def test_degenerate_strokes(points: list, pen_down: bool, rows: list) -> None:
    sketch = Sketch([Stroke(np.array(points) * 2.0)], pen_down=pen_down)  # page units: half the scale
    np.testing.assert_array_equal(prefix_of(sketch, 0.5).rows, rows)


def test_data_is_read_as_it_is_and_ink_is_simplified() -> None:
    straight = Stroke([[0, 0], [50, 0], [100, 1], [100, 100]])  # the second point is within the tolerance
    assert prefix_of(Sketch([straight, *half_a_face().strokes]), 1.0).points == 4 + 19
    ink = Stroke(np.stack([np.arange(200.0), np.zeros(200)], axis=1))
    assert prefix_of(Sketch([ink]), 1.0).points == 2


def test_later_strokes_change_nothing_before_them() -> None:
    rng = np.random.default_rng(0)
    strokes = [Stroke(np.cumsum(rng.normal(0, 3, (60, 2)), axis=0)) for _ in range(5)]
    whole = prefix_of(Sketch(strokes), 0.7)
    for count in range(1, 5):
        part = prefix_of(Sketch(strokes[:count]), 0.7)
        np.testing.assert_array_equal(part.rows, whole.rows[: whole.ends[count - 1]])


def test_of_an_endless_drawing_the_last_rows_are_read() -> None:
    zigzag = np.stack([np.arange(2500) * 10.0, np.arange(2500) % 2 * 100.0], axis=1)
    prefix = prefix_of(Sketch([Stroke(zigzag)]), 1.0)
    assert prefix.rows.shape == (MOST_ROWS, 5) and prefix.points == 2500
    assert prefix.rows[0, :2].tolist() == [0, 0] and prefix.rows[-1].tolist() == [10, 100, 0, 1, 0]


def rows_of(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = np.zeros((count, 5), np.float32)
    rows[1:, :2] = rng.normal(0, 0.5, (count - 1, 2))
    rows[np.arange(count), 2 + (rng.random(count) < 0.15)] = 1
    return rows


def test_reading_in_pieces_is_reading_at_once() -> None:
    completer = small()
    rows = rows_of(77)
    condition = completer.programs.embed([2])
    result = StateCache(completer.programs).read([rows], condition)[0]
    model = to_model(completer.bundle)
    start = model.decoder.start(condition, 1)
    state, _ = read(model, start, rows[:, None], np.array([77]), condition)
    for ours, theirs in zip(result.state, state, strict=True):
        np.testing.assert_allclose(ours, theirs[0], atol=1e-5)
    assert result.nats.shape == (77,) and np.isfinite(result.nats).all()


def test_going_on_is_reading_anew_and_reads_only_what_is_new() -> None:
    programs = small().programs
    rows, condition = rows_of(60), programs.embed([1])
    cache = StateCache(programs)
    for length in (10, 11, 35, 60):
        going_on = cache.read([rows[:length]], condition)[0]
    assert cache.rows_read == 60
    anew = StateCache(programs).read([rows], condition)[0]
    for ours, theirs in zip(going_on.state, anew.state, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    np.testing.assert_allclose(going_on.nats, anew.nats, atol=1e-4)
    cache.read([rows[:35]], condition)
    assert cache.rows_read == 60  # undo: still known


def test_other_conditions_and_changed_rows_are_read_anew() -> None:
    programs = small().programs
    rows, cache = rows_of(20), StateCache(programs)
    cache.read([rows], programs.embed([1]))
    cache.read([rows], programs.embed([2]))
    assert cache.rows_read == 40
    changed = rows.copy()
    changed[3, 0] += 0.5
    cache.read([changed], programs.embed([1]))
    assert cache.rows_read == 60


def test_equal_rows_side_by_side_are_read_once() -> None:
    programs = small().programs
    cache = StateCache(programs)
    nine = cache.read([rows_of(20)] * 9, np.repeat(programs.embed([1]), 9, axis=0))
    assert cache.rows_read == 20 and all(read is nine[0] for read in nine)


def test_the_oldest_states_go_first() -> None:
    programs = small().programs
    cache, condition = StateCache(programs, size=2), programs.embed([0])
    for seed in (0, 1, 0, 2, 0):
        cache.read([rows_of(8, seed)], condition)
    assert cache.rows_read == 24
    cache.read([rows_of(8, 1)], condition)
    assert cache.rows_read == 32


def test_many_prefixes_of_many_lengths() -> None:
    programs = small().programs
    rows = [rows_of(length, length) for length in range(1, 80)]
    conditions = programs.embed([i % 5 for i in range(79)])
    together = StateCache(programs).read(rows, conditions, keep=False)
    for i in (0, 1, 40, 78):
        alone = StateCache(programs).read([rows[i]], conditions[i : i + 1])[0]
        np.testing.assert_allclose(together[i].state[0], alone.state[0], atol=1e-5)
        assert len(together[i].nats) == i + 1


def test_scale_factor_is_applied_once() -> None:
    prefix = prefix_of(half_a_face(), 1.0)
    assert to_model_units(prefix.rows, 40.0)[1, 0] == pytest.approx(prefix.rows[1, 0] / 40)


@pytest.mark.parametrize(
    "lengths",
    [[0], [40], [40, 3], [0, 0, 0], [40, 0, 3], [7, 7, 7], [5, 40, 9, 33], [40, 1, 2, 3, 4, 5, 6, 7, 70, 33], [2] * 17],
)
def test_drawings_of_all_lengths_side_by_side_are_read_as_alone(lengths: list[int]) -> None:
    programs = small().programs
    count = len(lengths)
    rows = np.stack([rows_of(max(lengths) + 1, seed) for seed in range(count)], axis=1)
    conditions = programs.embed([i % 4 for i in range(count)])
    together = programs.read(programs.begin(conditions), rows, np.array(lengths), conditions)
    for i, length in enumerate(lengths):
        own = slice(i, i + 1)
        start = programs.begin(conditions[own])
        alone = programs.read(start, rows[:, own], np.array([length]), conditions[own])
        for ours, theirs in zip(together.state, alone.state, strict=True):
            np.testing.assert_allclose(ours[own], theirs, atol=1e-5)
        np.testing.assert_allclose(together.nats[:, own], alone.nats, atol=1e-4)
        assert not together.nats[length:, i].any() and together.nats[:length, i].all()
