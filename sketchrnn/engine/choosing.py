"""Several candidates for each ending, of which the recogniser chooses one.

The first points of an ending are drawn once, so that they can be shown at once; from there the candidates branch, are
drawn side by side to their ends, and the one that is taken most surely for the category is the ending.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from sketchrnn.engine import drawing
from sketchrnn.engine.drawing import Ending
from sketchrnn.engine.endings import candidates_noise
from sketchrnn.engine.plan import Plan
from sketchrnn.engine.programs import FIRST_CHUNK, MANY, Programs
from sketchrnn.engine.recognition import Recognition, logarithms
from sketchrnn.sketch.formats import point_rows

ENOUGH = 0.875
"""Share of an ending's candidates, the shortest, of which one is chosen. A few go on for ever and would take half of
the time; which those are depends on nothing but their lengths, so that drawings side by side change nothing."""
UNENDED = 2.0
"""Nats that a candidate which did not end by itself is behind one that did."""


def begin(programs: Programs, endings: Sequence[Ending]) -> None:
    """Draw the points that all candidates of an ending share."""
    for start in range(0, len(endings), MANY):
        drawing.advance(programs, endings[start : start + MANY], FIRST_CHUNK)


def finish(programs: Programs, recognition: Recognition | None, plans: Sequence[Plan]) -> Iterator[None]:
    """Draw all endings of plans that were begun to their ends; yields between chunks.

    Args:
        programs: the model.
        recognition: chooses; None where nothing can, then each ending has one candidate.
        plans: their endings stand where `begin` left them.
    """
    groups = [_candidates(plan, number, recognition) for plan in plans for number in range(len(plan.endings))]
    group_of = {id(candidate): group for group in groups for candidate in group}
    candidates = [candidate for group in groups for candidate in group]
    yield from drawing.finish(
        programs, candidates, given_up=lambda candidate: candidate.drawn > _longest(group_of[id(candidate)])
    )
    if recognition is None:
        return
    of_groups = [(plan, number) for plan in plans for number in range(len(plan.endings))]
    groups = [[one for one in group if one.over and one.drawn <= _longest(group)] for group in groups]
    for (plan, number), group, chosen in zip(of_groups, groups, _chosen(recognition, of_groups, groups), strict=True):
        _take(plan.endings[number], group[chosen])


def _longest(group: Sequence[Ending]) -> float:
    """Points of the longest candidate that can be chosen, as far as that is known: it falls while others end."""
    enough, lengths = math.ceil(ENOUGH * len(group)), sorted(candidate.drawn for candidate in group if candidate.over)
    return lengths[enough - 1] if len(lengths) >= enough else math.inf


def _candidates(plan: Plan, number: int, recognition: Recognition | None) -> list[Ending]:
    """The ending itself and its others, which go on from where it stands."""
    ending = plan.endings[number]
    if recognition is None or ending.over or plan.categories[number] is None:
        return [ending]
    return [ending, *(_branch(ending, noise) for noise in candidates_noise(plan.request, number))]


def _branch(ending: Ending, noise) -> Ending:
    branch = Ending(ending.state, ending.condition, noise, ending.temperature, ending.limit, ending.guidance)
    branch.drawn, branch.rows = ending.drawn, list(ending.rows)
    return branch


def _chosen(recognition: Recognition, of_groups, groups: Sequence[Sequence[Ending]]) -> list[int]:
    """Which candidate of each group is taken most surely for its category; those of one are not looked at."""
    asked = [i for i, group in enumerate(groups) if len(group) > 1]
    chosen = [0] * len(groups)
    if not asked:
        return chosen
    drawings = [whole_rows(of_groups[i][0].rows, candidate) for i in asked for candidate in groups[i]]
    seen = iter(logarithms(recognition.probabilities(drawings)))
    for i in asked:
        plan, number = of_groups[i]
        scores = [next(seen)[plan.numbers[number]] - UNENDED * (not candidate.ended) for candidate in groups[i]]
        chosen[i] = int(np.argmax(scores))
    return chosen


def whole_rows(prefix: np.ndarray, ending: Ending) -> np.ndarray:
    """(n, 5) stroke-5, model units: prefix and ending."""
    return np.concatenate([prefix, point_rows(ending.all_rows())])


def _take(ending: Ending, chosen: Ending) -> None:
    ending.state, ending.drawn, ending.ended, ending.rows = chosen.state, chosen.drawn, chosen.ended, chosen.rows
