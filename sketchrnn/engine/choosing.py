"""Several candidates for each ending, of which the recogniser chooses one.

The first points of the first ending are drawn once, so that they can be shown at once; from there its candidates
branch. Those of the other endings begin where the prefix ends. They are drawn side by side to their ends, and the one
that is taken most surely for the category is the ending.

Of short endings there are more candidates: they cost less, and what they are chosen for can be seen in fewer of them.
Of the endings after the first, which have few, there are more still: many of them would be much the same.

Endings side by side are chosen one after the other, each from its own candidates and those that were left of the ones
before, and what looks like those already chosen is held against a candidate: maximal marginal relevance (Carbonell &
Goldstein 1998, equation 1). So an ending does not depend on how many come after it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from sketchrnn.engine import drawing
from sketchrnn.engine.drawing import Ending
from sketchrnn.engine.endings import candidates_noise, candidates_of
from sketchrnn.engine.plan import Plan
from sketchrnn.engine.programs import FIRST_CHUNK, MANY, Programs
from sketchrnn.engine.recognition import Recognition, logarithms
from sketchrnn.sketch.formats import from_stroke3, from_stroke5, point_rows
from sketchrnn.sketch.raster.thumbnails import distance, thumbnails

ENOUGH = 0.875
"""Share of an ending's candidates, the shortest, of which one is chosen. A few go on for ever and would take half of
the time; which those are depends on nothing but their lengths, so that drawings side by side change nothing."""
USUAL_POINTS, MOST_TIMES = 24, 2
"""Where the first ending's candidates have fewer points it gets more, in proportion, up to so many times, and each
further ending so many times as many of these again. Of drawings of which 70 % is given 83.4 instead of 81.9 of 100 are
recognised so; nine endings differ by 72 instead of 65 % of what people's drawings do, and 82.5 instead of 80.2 of 100
of them are recognised (`evaluate --completions DIR --prefixes 0.7`, `complete --prefix 0.7 --count 9`)."""
UNENDED = 2.0
"""Nats that a candidate which did not end by itself is behind one that did."""
VARIETY = 0.1
"""Nats that a candidate is ahead for each pixel of its picture's mean distance from those of the endings before it. At
0.15 nine endings of the first 30 % differ by 91 instead of 90 % of what people's drawings do, and 80.6 instead of 81.2
of 100 are recognised (`evaluate --completions`, `complete --count 9`)."""


def begin(programs: Programs, plans: Sequence[Plan]) -> None:
    """Draw the points that all candidates of each plan's first ending share."""
    firsts = [plan.endings[0] for plan in plans]
    for start in range(0, len(firsts), MANY):
        drawing.advance(programs, firsts[start : start + MANY], FIRST_CHUNK)


def finish(programs: Programs, recognition: Recognition | None, plans: Sequence[Plan]) -> Iterator[None]:
    """Draw all endings of plans that were begun to their ends; yields between chunks.

    Args:
        programs: the model.
        recognition: chooses; None where nothing can, then each ending has one candidate.
        plans: their endings stand where `begin` left them.
    """
    if recognition is None:
        yield from drawing.finish(programs, [ending for plan in plans for ending in plan.endings])
        return
    own = [_candidates(plan, 0, 1) for plan in plans]
    yield from _drawn(programs, own)
    own = [list(map(_short_enough, groups)) for groups in own]
    further = [_candidates(plan, 1, _times(plan, groups[0])) for plan, groups in zip(plans, own, strict=True)]
    yield from _drawn(programs, further)
    for groups, more in zip(own, further, strict=True):
        for group, others in zip(groups, more, strict=True):
            group += _short_enough(others)
    asked = [(plan, groups) for plan, groups in zip(plans, own, strict=True) if _leaves_a_choice(groups)]
    chosen = _chosen(recognition, asked)
    for plan, groups in zip(plans, own, strict=True):
        _take(plan.endings, next(chosen) if _leaves_a_choice(groups) else [group[0] for group in groups])


def _drawn(programs: Programs, groups: Sequence[Sequence[Sequence[Ending]]]) -> Iterator[None]:
    """Draw the candidates of each plan's endings, but those that go on when enough of their group are over."""
    each = [group for of_plan in groups for group in of_plan]
    group_of = {id(candidate): group for group in each for candidate in group}
    yield from drawing.finish(
        programs,
        (candidate for group in each for candidate in group),
        given_up=lambda candidate: candidate.drawn > _longest(group_of[id(candidate)]),
    )


def _short_enough(group: Sequence[Ending]) -> list[Ending]:
    """Those of which one can be chosen."""
    return [candidate for candidate in group if candidate.over and candidate.drawn <= _longest(group)]


def _longest(group: Sequence[Ending]) -> float:
    """Points of the longest candidate that can be chosen, as far as that is known: it falls while others end."""
    enough, lengths = math.ceil(ENOUGH * len(group)), sorted(candidate.drawn for candidate in group if candidate.over)
    return lengths[enough - 1] if len(lengths) >= enough else math.inf


def _candidates(plan: Plan, before: int, times: float) -> list[list[Ending]]:
    """Of each of a plan's endings the candidates, which go on from where it stands: `times` as many as were asked for,
    of the endings after the first `times` as many of these again, without the first `before` times as many. One that is
    over already, or of no category, has one.
    """

    def numbers(number: int, ending: Ending) -> range:
        alone = ending.over or plan.categories[number] is None
        asked = 1 if alone else candidates_of(plan.request, number)
        several = 1 if alone else round(asked * times ** (2 if number else 1))
        return range(asked * before, several)

    noise = candidates_noise(plan.request, [numbers(number, ending) for number, ending in enumerate(plan.endings)])
    return [
        [replace(ending, noise=each, rows=list(ending.rows)) for each in of_ending]
        for ending, of_ending in zip(plan.endings, noise, strict=True)
    ]


def _times(plan: Plan, first: Sequence[Ending]) -> float:
    """How many times as many candidates as were asked for a plan's endings have, by those of its first one.

    These alone decide: an ending does not depend on how many come after it.
    """
    if plan.request.candidates == 1:
        return 1.0
    points = float(np.mean([candidate.drawn for candidate in first]))
    return min(max(USUAL_POINTS / max(points, 1.0), 1.0), MOST_TIMES)


def _leaves_a_choice(groups: Sequence[Sequence[Ending]]) -> bool:
    return any(len(group) > 1 for group in groups)


def _chosen(
    recognition: Recognition, asked: Sequence[tuple[Plan, Sequence[Sequence[Ending]]]]
) -> Iterator[list[Ending]]:
    """What becomes of the endings of each plan, which comes with the candidates of each of its endings."""
    drawings = [whole_rows(plan.rows, ending) for plan, groups in asked for group in groups for ending in group]
    # of all plans at once: blocks are filled
    looked_at = zip(drawings, logarithms(recognition.probabilities(drawings)) if drawings else (), strict=True)
    for plan, groups in asked:
        candidates = [ending for group in groups for ending in group]
        rows, seen = zip(*islice(looked_at, len(candidates)), strict=True)
        of_ending, categories = np.repeat(np.arange(len(groups)), list(map(len, groups))), np.array(plan.numbers)
        surely = np.stack(seen)[np.arange(len(candidates)), categories[of_ending]]
        scores = surely - UNENDED * np.array([not ending.ended for ending in candidates])
        yield [candidates[i] for i in _varied(categories, of_ending, scores, _pictures(rows, alone=len(groups) == 1))]


def _pictures(rows: Sequence[np.ndarray], alone: bool) -> np.ndarray:
    """(K, n, n) of drawings, (n, 5) stroke-5 each; empty ones where there is no ending beside theirs."""
    return np.zeros((len(rows), 1, 1)) if alone else thumbnails([from_stroke3(from_stroke5(part)) for part in rows])


def _varied(categories: np.ndarray, of_ending: np.ndarray, scores: np.ndarray, pictures: np.ndarray) -> list[int]:
    """Which of K candidates each of E endings becomes: one of its own, or of what others of its category left.

    Args:
        categories: (E,).
        of_ending: (K,), whose candidate each one is.
        scores: (K,) nats.
        pictures: (K, n, n).
    """
    free, apart, chosen = np.ones(len(scores), bool), np.zeros(len(scores)), []
    for number, category in enumerate(categories):
        among = free & (of_ending <= number) & (categories[of_ending] == category)
        worth = scores + VARIETY * apart / max(number, 1)
        best = int(np.argmax(np.where(among, worth, -np.inf)))
        chosen.append(best)
        free[best] = False
        apart += distance(pictures, pictures[best])
    return chosen


def whole_rows(prefix: np.ndarray, ending: Ending) -> np.ndarray:
    """(n, 5) stroke-5, model units: prefix and ending."""
    return np.concatenate([prefix, point_rows(ending.all_rows())])


def _take(endings: Sequence[Ending], chosen: Sequence[Ending]) -> None:
    for ending, taken in zip(endings, chosen, strict=True):
        ending.state, ending.drawn, ending.ended, ending.rows = taken.state, taken.drawn, taken.ended, taken.rows
