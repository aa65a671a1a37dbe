"""The inferred scale: what speaks for it, and that it is a steady function of the drawing."""

from __future__ import annotations

import numpy as np
import pytest
from engine_models import half_a_face, moved, small

from sketchrnn.engine.messages import CompletionRequest, Guess
from sketchrnn.engine.prefix import Prefix, Read
from sketchrnn.engine.scale import OCTAVES, STEADY, candidates, choose, evidence
from sketchrnn.sketch.preprocess import preprocess
from sketchrnn.sketch.types import Sketch, Stroke

PAGE = OCTAVES.index(0.0)


def test_the_pages_own_scale_is_among_the_candidates() -> None:
    assert candidates(0.425)[PAGE] == 0.425
    assert candidates(1.0)[-1] == pytest.approx(2**1.5)


def test_without_evidence_the_page_and_the_box_decide() -> None:
    nothing = np.zeros(len(OCTAVES))
    assert OCTAVES[int(np.argmax(evidence(nothing, nothing, extent=0.45)))] == 0.0
    assert OCTAVES[int(np.argmax(evidence(nothing, nothing, extent=2.0)))] <= -1.0  # twice the page: it is to fit in
    assert OCTAVES[int(np.argmax(evidence(nothing, nothing, extent=0.02)))] >= 1.0


def test_likelihood_decides_where_there_is_enough() -> None:
    counts = np.full(len(OCTAVES), 40)
    nats = np.zeros(len(OCTAVES))
    nats[1] = 400
    assert int(np.argmax(evidence(nats, counts, 0.45))) == 1


def test_numbers_that_are_none_speak_against() -> None:
    nats = np.zeros(len(OCTAVES))
    nats[PAGE], nats[2], nats[4] = np.nan, -np.inf, -1e9
    scores = evidence(nats, np.ones(len(OCTAVES)), 0.45)
    assert np.isfinite(scores).all() and int(np.argmax(scores)) not in (PAGE, 2, 4)


def fabricated(nats_of_strokes: list[list[float]]) -> tuple[Sketch, list[Prefix], list[Read]]:
    """A sketch of two-point strokes and what reading it gave: nats of each stroke (rows) at each candidate."""
    strokes = [Stroke([[0, 0], [110, 0]]) for _ in nats_of_strokes]
    ends = 2 * np.arange(1, len(strokes) + 1)
    prefixes = [Prefix(np.zeros((ends[-1], 5), np.float32), ends, int(ends[-1])) for _ in OCTAVES]
    reads = []
    for candidate in range(len(OCTAVES)):
        nats = np.zeros(ends[-1], np.float32)
        nats[1::2] = [stroke[candidate] for stroke in nats_of_strokes]
        reads.append(Read(np.zeros((ends[-1], 5), np.float32), (), nats))
    return Sketch(strokes), prefixes, reads


def test_the_choice_is_held_until_another_is_clearly_better() -> None:
    def chosen(*nats_of_fifth: float) -> int:
        strokes = [[0.0] * 4 + [nats] + [0.0] * 2 for nats in nats_of_fifth]
        return choose(*fabricated(strokes), scale_factor=1.0, box=255.0)

    def even(offsets: int) -> tuple[float, float]:
        """Nats that make the fifth candidate as good as the page's own, and better by the margin."""
        counts = np.full(len(OCTAVES), offsets)
        flat, one = (evidence(np.eye(len(OCTAVES))[4] * nats, counts, 110 / 255) for nats in (0.0, 1.0))
        weight = one[4] - flat[4]
        return (flat[PAGE] - flat[4]) / weight, STEADY / weight

    (first, _), (second, margin) = even(1), even(3)
    low, high = first - 1, first + 1
    assert (chosen(low), chosen(high)) == (PAGE, 4)  # at first simply the better one
    assert chosen(low, second - low + 0.9 * margin) == PAGE and chosen(low, second - low + 1.1 * margin) == 4
    assert chosen(high, second - high - 0.9 * margin) == 4 and chosen(high, second - high - 1.1 * margin) == PAGE


def scale_of(sketch: Sketch, page_scale: float) -> float:
    guess = next(iter(small().stream(CompletionRequest(sketch, page_scale=page_scale))))
    assert isinstance(guess, Guess)
    return guess.scale


@pytest.mark.parametrize("page_scale", [0.425, 1.0, 3.0])
def test_the_unit_of_the_page_does_not_matter(page_scale: float) -> None:
    ink = moved(half_a_face(), 1.0007)
    expected = scale_of(ink, 1.0)
    assert scale_of(moved(ink, 1 / page_scale), page_scale) == pytest.approx(expected * page_scale, rel=1e-6)


def test_a_drawing_larger_than_the_page_is_read_smaller() -> None:
    assert scale_of(moved(half_a_face(), 3.0), 1.0) < 1


def test_whole_human_drawings_come_out_near_their_box(reference) -> None:
    """Raw ink of whole drawings on a page of their box's size: within half an octave (measured: all)."""
    from sketchrnn.data.read import read_sketches

    near = []
    for sketch in list(read_sketches(reference / "real" / "raw.ndjson"))[:40]:
        points = sketch.points()
        factor = 255 / (points.max(0) - points.min(0)).max()
        near.append(abs(np.log2(scale_of(moved(sketch, factor), 1.0))) <= 0.5)
        assert preprocess(sketch).point_count > 1
    assert np.mean(near) >= 0.85
