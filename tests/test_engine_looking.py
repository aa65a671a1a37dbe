"""What the model sees and what may come, against direct computations: scipy's normals and a decoder in numpy."""

from __future__ import annotations

import json
import math
from pathlib import Path

import jax
import numpy as np
import pytest
from engine_models import SMALL, half_a_face, latent, moved, random_bundle, small
from scipy.special import softmax
from scipy.stats import multivariate_normal

from sketchrnn.app.commands import Command
from sketchrnn.app.documents import document_text
from sketchrnn.app.state import PAGE_SCALE
from sketchrnn.cli.main import main
from sketchrnn.engine import looking
from sketchrnn.engine.completer import Completer
from sketchrnn.engine.messages import CompletionRequest, Guess, LookRequest, Seen, continue_strokes
from sketchrnn.errors import EngineError
from sketchrnn.model.mixture import Mixture, split_output
from sketchrnn.sketch.types import Sketch, Stroke
from sketchrnn.weights import WeightBundle
from tests.app_driver import Driver


def look(completer: Completer, request: LookRequest) -> tuple[Guess, Seen]:
    guess, seen = completer.look(request, 7)
    assert isinstance(guess, Guess) and isinstance(seen, Seen) and guess.id == seen.id == 7
    return guess, seen


def on_page() -> Sketch:
    """Half a face as a hand draws it on the window's page."""
    return moved(half_a_face(), 1.3, 90)


# the guess


@pytest.mark.parametrize("completer", [small, latent], ids=["head", "head and recogniser"])
def test_the_guess_is_that_of_a_completion_and_of_guess(completer) -> None:
    sketch = on_page()
    guess, _ = look(completer(), LookRequest(sketch, page_scale=PAGE_SCALE))
    assert guess.categories == completer().guess(sketch, page_scale=PAGE_SCALE)
    first = next(completer().stream(CompletionRequest(sketch, page_scale=PAGE_SCALE), 7))
    assert first == guess and sum(likely for _, likely in guess.categories) <= 1 + 1e-6


@pytest.mark.parametrize("kept", [False, True], ids=["by hand", "with strokes of the model"])
def test_the_verb_says_the_chips_numbers(kept: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The drawing that the window looks at, saved by the window and read by the verb."""
    driver = Driver()
    for stroke in on_page().strokes:
        driver.draw(*map(tuple, stroke.points.tolist()))
    driver.wait(3)
    if kept:
        # kept at another scale than the one that would be inferred: it is known from then on
        driver.do(Command.KEEP)
    driver.wait(0.1)
    request = driver.engine.looked[-1].request
    assert (request.scale is not None) == kept
    chips = look(small(), request)[0].categories[:3]
    path = tmp_path / "face.svg"
    path.write_text(document_text(driver.state.sketch))
    assert main(["guess", str(path), "--model", str(SMALL), "--top", "3", "--json"]) == 0
    said = [(g["category"], g["probability"]) for g in json.loads(capsys.readouterr().out)[0]["guesses"]]
    assert [name for name, _ in said] == [name for name, _ in chips]
    assert [likely for _, likely in said] == pytest.approx([likely for _, likely in chips], abs=1e-6)
    assert main(["guess", str(path), "--model", str(SMALL), "--top", "3"]) == 0
    assert ", ".join(f"{name} {100 * likely:.1f} %" for name, likely in chips) in capsys.readouterr().out


# the ghost


@pytest.mark.parametrize("category", ["face", None])
def test_the_ghost_is_one_of_the_strokes_that_completions_begin_with(category: str | None) -> None:
    """Completions of the same seed, drawn by another way, and the nearest of them to the others, found by loops."""
    completer, sketch = small(), half_a_face()
    request = LookRequest(sketch, category, scale=1.0, ghost=True)
    (plan,) = completer.plan([looking.asked(request)])
    asked = CompletionRequest(
        sketch, plan.categories[0], looking.STROKES, 0, looking.TEMPERATURE, scale=1.0, candidates=1, guidance=0.0
    )
    endings = [completion.sketch.strokes[len(sketch.strokes)].points for completion in completer.complete(asked)]
    strokes = looking.next_strokes(completer.programs, plan)
    for ending, stroke in zip(endings, strokes, strict=True):
        points = sketch.strokes[-1].points[-1] + np.cumsum(stroke[:, :2] * completer.bundle.scale_factor, axis=0)
        np.testing.assert_allclose(points, ending, atol=2e-2)
        assert stroke[-1, 2] == 1 and not stroke[:-1, 2].any()
    rows = look(completer, request)[1].ghost
    apart = [sum(_apart(one, other) for other in endings) for one in endings]
    np.testing.assert_allclose(rows[:, :2], endings[int(np.argmin(apart))], atol=2e-2)
    drawn = continue_strokes(sketch, rows)
    assert len(drawn.strokes) == len(sketch.strokes) + 1 and not drawn.pen_down


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """The mean distance between 16 points that lie at equal ways along two lines."""
    total = 0.0
    for k in range(16):
        places = []
        for line in (one, other):
            steps = [0.0, *(math.dist(a, b) for a, b in zip(line[:-1], line[1:], strict=True))]
            way = np.cumsum(steps)
            at = way[-1] * k / 15
            places.append([np.interp(at, way, line[:, axis]) for axis in (0, 1)])
        total += math.dist(*places) / 16
    return total


def test_the_stroke_nearest_to_all_is_no_straggler() -> None:
    line = np.array([[10, 0, 0], [10, 0, 0], [10, 0, 1]], float)
    near, far = line + [0, 0.5, 0], line * [-9, 1, 1]
    assert looking.nearest_to_all([far, line, near, line * [1.1, 1, 1]]) in (1, 2)
    assert looking.nearest_to_all([far]) == 0
    assert looking.nearest_to_all([np.zeros((1, 3)), np.zeros((5, 3)), far]) in (0, 1)


def test_the_ghost_is_the_same_every_time_and_only_where_it_is_asked_for() -> None:
    request = LookRequest(half_a_face(), scale=1.0, ghost=True)
    ghosts = [look(small(), request)[1].ghost for _ in range(2)]
    assert np.array_equal(*ghosts)
    seen = look(small(), LookRequest(half_a_face(), scale=1.0))[1]
    assert seen.ghost.shape == (0, 3) and seen.heat is None


def _biased(pen: tuple[float, float, float]) -> Completer:
    bundle = random_bundle()
    bias = bundle.params["decoder.out.bias"].copy()
    bias[:3] = pen
    return Completer(
        WeightBundle("biased", bundle.config, {**bundle.params, "decoder.out.bias": bias}, 40.0, bundle.categories)
    )


def test_a_drawing_that_is_done_has_no_ghost_and_the_map_says_so() -> None:
    _, seen = look(_biased((-9, -9, 9)), LookRequest(half_a_face(), scale=1.0, ghost=True, heat=True))
    assert len(seen.ghost) == 0 and seen.heat.finished > 0.999


def test_a_stroke_that_never_ends_is_cut_off() -> None:
    _, seen = look(_biased((9, -9, -9)), LookRequest(half_a_face(), scale=1.0, ghost=True, heat=True))
    assert len(seen.ghost) == looking.MOST_POINTS and seen.ghost[-1, 2] == 1 and seen.heat.finished < 1e-3


# the map


def random_mixture(seed: int, components: int = 20) -> Mixture:
    rng = np.random.default_rng(seed)
    return Mixture(
        rng.normal(0, 2, components),
        rng.normal(0, 1, (components, 2)),
        rng.normal(-1, 1.2, (components, 2)),
        rng.normal(0, 1, components),
        rng.normal(0, 1, 3),
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_map_is_the_mixture_by_scipy(seed: int) -> None:
    mixture, pen, scale = random_mixture(seed), np.array([200.0, 350.0]), 0.01
    share, (left, top), cell = looking.start_shares(mixture, pen, scale, (-150, -150, 750, 750))
    assert share.shape == (looking.GRID, looking.GRID) and cell == 900 / looking.GRID and (left, top) == (-150, -150)
    blur = (looking.BLUR * cell * scale) ** 2
    x, y = np.meshgrid(left + cell * (np.arange(80) + 0.5), top + cell * (np.arange(80) + 0.5))
    offsets = (np.stack([x, y], axis=-1) - pen) * scale
    expected = np.zeros((80, 80))
    for weight, mean, log_sigma, logit in zip(softmax(mixture.logits), *mixture[1:4], strict=True):
        (a, b), rho = np.exp(log_sigma), np.tanh(logit)
        covariance = [[a * a + blur, rho * a * b], [rho * a * b, b * b + blur]]
        expected += weight * multivariate_normal(mean, covariance).pdf(offsets)
    # largest relative error seen: 4e-7, of float32
    np.testing.assert_allclose(share, expected * (cell * scale) ** 2, rtol=1e-5, atol=1e-9)


def test_the_map_holds_the_share_of_points_drawn_that_fall_on_it() -> None:
    """Independent of densities: points drawn from the components, counted."""
    mixture, pen, scale, rng = random_mixture(9), np.array([300.0, 300.0]), 0.005, np.random.default_rng(0)
    share, corner, cell = looking.start_shares(mixture, pen, scale, (-150, -150, 750, 750))
    which = rng.choice(20, 200_000, p=softmax(mixture.logits))
    sigma, rho = np.exp(mixture.log_sigma[which]), np.tanh(mixture.correlation_logit[which])
    a, b = rng.normal(size=(2, len(which)))
    offset = mixture.mean[which] + sigma * np.stack([a, rho * a + np.sqrt(1 - rho**2) * b], axis=1)
    at = (pen + offset / scale - corner) / cell
    counted, _, _ = np.histogram2d(at[:, 1], at[:, 0], bins=10, range=[[0, 80], [0, 80]])
    coarse = share.reshape(10, 8, 10, 8).sum((1, 3))
    np.testing.assert_allclose(coarse, counted / len(which), atol=0.01)
    assert share.sum() == pytest.approx(counted.sum() / len(which), abs=0.01) and share.sum() < 1


def test_a_component_narrower_than_a_cell_is_not_lost() -> None:
    one = Mixture(np.zeros(1), np.array([[0.013, -0.021]]), np.full((1, 2), -14.0), np.zeros(1), np.zeros(3))
    share, _, _ = looking.start_shares(one, np.array([300.0, 300.0]), 0.01, (0, 0, 600, 600))
    assert share.sum() == pytest.approx(1, abs=0.02)
    row, column = np.unravel_index(share.argmax(), share.shape)
    assert (column, row) == (int((300 + 1.3) / 7.5), int((300 - 2.1) / 7.5))


def test_the_map_of_a_drawing_is_that_of_the_decoders_mixture() -> None:
    completer, sketch = latent(), on_page()
    request = LookRequest(sketch, "owl", page_scale=PAGE_SCALE, heat=True)
    heat = look(completer, request)[1].heat
    (plan,) = completer.plan([looking.asked(request)])
    kernel, bias = (completer.bundle.params[f"decoder.out.{name}"] for name in ("kernel", "bias"))
    mixture = split_output(plan.endings[0].state[0] @ kernel + bias)
    box = looking.page_box(sketch, PAGE_SCALE)
    share, corner, cell = looking.start_shares(
        Mixture(*map(np.asarray, mixture)), sketch.strokes[-1].points[-1], plan.rows_per_page_unit, box
    )
    np.testing.assert_allclose(heat.share, share, atol=1e-6)
    assert (heat.corner, heat.cell) == (corner, cell) == ((-150.0, -150.0), pytest.approx(900 / 80))
    assert heat.finished == pytest.approx(float(mixture.pen[2]), abs=1e-6)


def test_the_map_covers_ink_beyond_the_page() -> None:
    far = Sketch((Stroke([[-500, 0], [1000, 100]]),))
    left, top, right, bottom = looking.page_box(far, PAGE_SCALE)
    assert (left, top, right, bottom) == (-650, -150, 1150, 750)
    share, _, cell = looking.start_shares(random_mixture(1), np.zeros(2), 0.01, (left, top, right, bottom))
    assert share.shape == (40, 80) and cell == 22.5


DEGENERATE = {
    "none": Sketch(),
    "one point": Sketch((Stroke([[5, 5]]),)),
    "two points": Sketch((Stroke([[5, 5], [90, 5]]),)),
    "equal points": Sketch((Stroke([[5, 5]] * 30), Stroke([[5, 5]]))),
    "a long one": Sketch((Stroke(np.random.default_rng(0).uniform(0, 600, (600, 2))),)),
    "far away": Sketch((Stroke([[1e6, -1e6], [1e6, 1e6]]),)),
}


@pytest.mark.parametrize("sketch", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_drawings_are_looked_at(sketch: Sketch) -> None:
    if not sketch.strokes:
        with pytest.raises(ValueError, match="an empty one"):
            LookRequest(sketch)
        return
    guess, seen = look(small(), LookRequest(sketch, page_scale=PAGE_SCALE, ghost=True, heat=True))
    assert len(guess.categories) == 4 and np.isfinite(seen.ghost).all() and np.isfinite(seen.heat.share).all()
    assert 0 <= seen.heat.share.sum() <= 1.01 and 0 <= seen.heat.finished <= 1


def test_what_cannot_be_looked_at_is_refused() -> None:
    cut = half_a_face().with_strokes(half_a_face().strokes, pen_down=True)
    with pytest.raises(ValueError, match="pen that is down"):
        LookRequest(cut)
    with pytest.raises(ValueError, match="page_scale"):
        LookRequest(half_a_face(), page_scale=0)
    with pytest.raises(EngineError, match="does not know"):
        list(small().look(LookRequest(half_a_face(), "yak")))


@pytest.mark.parametrize("wanted, program", [("ghost", "draw"), ("heat", "mixture")])
def test_numbers_that_are_none_are_an_error(wanted: str, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = small().programs
    right = getattr(programs, program)
    spoilt = lambda *given: jax.tree.map(lambda part: np.asarray(part) * np.float32(np.nan), right(*given))  # noqa: E731
    monkeypatch.setattr(programs, program, spoilt)
    with pytest.raises(EngineError, match="not finite"):
        list(small().look(LookRequest(half_a_face(), "face", scale=1.0, **{wanted: True})))


def test_given_up_it_says_no_more_than_the_guess() -> None:
    said = list(small().look(LookRequest(half_a_face(), ghost=True), 3, cancelled=lambda: True))
    assert [type(message) for message in said] == [Guess]


@pytest.mark.parametrize(("going_on", "shown"), [(3, False), (4, False), (5, True), (8, True)])
def test_there_is_a_ghost_where_more_strokes_go_on_than_not(monkeypatch, going_on: int, shown: bool) -> None:
    (plan,) = small().plan([looking.asked(LookRequest(half_a_face(), "face", scale=1.0, ghost=True))])
    stroke = np.array([[1, 0, 0], [1, 0, 1]], np.float32)
    strokes = [stroke] * going_on + [stroke[:0]] * (8 - going_on)
    monkeypatch.setattr(looking, "next_strokes", lambda *_: strokes)
    assert len(looking.ghost(small().programs, plan)) == (2 if shown else 0)
