"""The pen: widths follow the hand's speed and change nothing that is drawn; points are steadied and corners stay."""

from __future__ import annotations

import numpy as np
import pytest
from app_driver import Driver
from fake_engine import FakeEngine

from sketchrnn.app.commands import Command
from sketchrnn.app.events import PenDown, PenMove, PenUp, Resized, SetInk
from sketchrnn.app.pen import NARROWEST, STEADIED, TIP, WIDEST, Hand, pen_widths, steadied
from sketchrnn.app.questions import live_stroke
from sketchrnn.app.settings import Settings
from sketchrnn.app.state import AppState, Tool
from sketchrnn.sketch.types import INK_NAMES

HAND = Hand(3.0, 1.0)


def ride(speed: float, count: int = 240, a_frame: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Points of a straight line at a speed, px per second, that are heard of in bunches, sixty a second."""
    x = np.arange(count) * speed / 60 / a_frame
    return np.stack([x, np.zeros(count)], axis=1), np.floor(np.arange(count) / a_frame) / 60


def middle(widths: np.ndarray) -> np.ndarray:
    return widths[len(widths) // 3 : -len(widths) // 3]


def test_slow_is_wide_and_fast_is_narrow() -> None:
    at = [middle(pen_widths(*ride(speed), HAND, True)).mean() for speed in (60, 300, 900, 1600, 4000)]
    assert at == sorted(at, reverse=True) and at[0] == pytest.approx(WIDEST) and at[-1] == pytest.approx(NARROWEST)


@pytest.mark.parametrize("a_frame", [1, 2, 3, 8])
def test_an_even_speed_gives_an_even_line_however_it_is_heard_of(a_frame: int) -> None:
    widths = middle(pen_widths(*ride(800, 80 * a_frame, a_frame), HAND, True))
    assert np.ptp(widths) <= 0.02
    assert widths.mean() == pytest.approx(middle(pen_widths(*ride(800), HAND, True)).mean(), abs=0.02)


def test_the_zoom_does_not_make_a_hand_slower() -> None:
    points, times = ride(900)
    near = pen_widths(points / 4, times, Hand(3.0, 4.0), True)
    assert np.abs(middle(near) - middle(pen_widths(points, times, HAND, True))).max() <= 0.01


def test_both_ends_are_thin_once_the_pen_is_up() -> None:
    points, times = ride(400)
    down, up = (pen_widths(points, times, HAND, lifted) for lifted in (False, True))
    assert max(up[0], up[-1]) <= 1.05 * TIP * WIDEST
    assert down[-1] > 1.5 * up[-1]


def test_what_is_drawn_keeps_its_width() -> None:
    random = np.random.default_rng(4)
    steps = random.uniform(0.2, 22, (90, 3))  # of every frame three
    x = np.cumsum(steps.ravel())
    points = np.stack([x, 30 * np.sin(x / 50)], axis=1)
    times = np.repeat(np.cumsum(random.uniform(0.012, 0.03, 90)), 3)
    whole = pen_widths(points, times, HAND, False)
    for frames in range(3, 90):
        part = pen_widths(points[: 3 * frames], times[: 3 * frames], HAND, False)
        assert np.array_equal(part, whole[: 3 * frames])


@pytest.mark.parametrize("lifted", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 260])
@pytest.mark.parametrize("spread", [0.0, 1e-9, 0.3, 40.0, 1e6])
def test_any_points_have_widths(count: int, spread: float, lifted: bool) -> None:
    random = np.random.default_rng(count)
    points = random.normal(0, spread, (count, 2))
    for times in (np.zeros(count), np.sort(random.uniform(0, 2, count))):
        widths = pen_widths(points, times, HAND, lifted)
        assert widths.shape == (count,) and np.isfinite(widths).all() and (widths > 0.05).all()
    assert np.abs(steadied(points, 1.0) - points).max() <= STEADIED + 1e-9
    assert np.array_equal(steadied(points, 1.0)[[0, -1]], points[[0, -1]])


def test_the_steps_of_px_go() -> None:
    exact = np.stack([np.linspace(0, 90, 61), np.linspace(0, 17, 61)], axis=1)
    normal = np.array([-17, 90]) / np.hypot(17, 90)
    away = [np.abs(line[2:-2] @ normal).mean() for line in (exact.round(), steadied(exact.round(), 1.0))]
    assert away[1] < 0.6 * away[0]


def test_a_corner_stays_and_far_points_are_not_touched() -> None:
    corner = np.array([*[(x, 0) for x in range(0, 42, 2)], *[(40, y) for y in range(2, 40, 2)]], float)
    assert np.abs(steadied(corner, 1.0) - corner).max() <= STEADIED
    far = np.array([(0, 0), (30, 5), (55, 40), (90, 41)], float)
    assert np.array_equal(steadied(far, 1.0), far)


def test_under_the_pen_only_the_end_moves_and_it_is_where_the_pen_is() -> None:
    random = np.random.default_rng(2)
    points = np.cumsum(random.normal(0, 2, (80, 2)), axis=0)
    for count in range(4, 80):
        before, after = steadied(points[:count], 1.0), steadied(points[: count + 1], 1.0)
        assert np.array_equal(before[: count - 2], after[: count - 2])
        assert np.array_equal(after[-1], points[count])


def drawn(driver: Driver):
    driver.do(PenDown((10, 10)))
    for x in range(11, 60):
        driver.do(PenMove(((x, 10 + x / 3),)))
    before = live_stroke(driver.state)
    driver.do(PenUp())
    return before, driver.state.sketch.strokes[-1]


def test_a_stroke_keeps_its_ink_and_widths() -> None:
    driver = Driver(engine=FakeEngine(hold=True))
    driver.do(SetInk("teal"))
    under, stroke = drawn(driver)
    assert under is not None and under.ink == stroke.ink == "teal"
    assert stroke.widths is not None and len(stroke.widths) == len(stroke) == 50
    assert np.array_equal(under.points, stroke.points)
    driver.do(Command.EVEN_INK, SetInk(""))
    _, stroke = drawn(driver)
    assert stroke.widths is None and stroke.ink is None
    assert driver.state.live_times == () and live_stroke(driver.state) is None


@pytest.mark.parametrize("scale", [1.5, 2.0, 3.0])
def test_a_hand_on_a_denser_display_draws_as_thick(scale: float) -> None:
    """As fast over the glass it is so many times as fast in px: its lines came out down to half as thick."""

    def swift(scale: float) -> np.ndarray:
        driver = Driver(AppState(settings=Settings(ui_scale=scale)), FakeEngine(hold=True))
        size = round(1280 * scale), round(800 * scale)
        driver.do(Resized(size, (0, 0, *size)))
        place = driver.state.view.camera.to_page
        driver.do(PenDown(place(100 * scale, 100 * scale)))
        for i in range(40):
            driver.frame(0.01)
            driver.do(PenMove((place((100 + 12 * i) * scale, (100 + 3 * i) * scale),)))
        driver.do(PenUp())
        widths = driver.state.sketch.strokes[0].widths
        assert widths is not None
        return widths

    assert swift(1.0).min() < 0.9 * swift(1.0).max(), "it is fast enough to be seen in the ink"
    assert swift(scale) == pytest.approx(swift(1.0), abs=0.011)


def test_six_inks_come_round_and_the_pen_is_taken_up() -> None:
    driver = Driver(engine=FakeEngine(hold=True))
    driver.do(Command.ERASER)
    seen = []
    for _ in range(6):
        driver.do(Command.NEXT_INK)
        seen.append(driver.state.settings.ink)
    assert seen == [*INK_NAMES, ""] and driver.state.tool is Tool.PEN
    driver.do(SetInk("puce"))
    assert driver.state.settings.ink == ""
