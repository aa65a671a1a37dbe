"""From requests to endings that can be drawn: scale, guess, categories, latent codes, states."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sketchrnn.engine import scale as scales
from sketchrnn.engine.classifier import Classifier
from sketchrnn.engine.drawing import Ending
from sketchrnn.engine.endings import categories_of, latent_noise, noise_of
from sketchrnn.engine.messages import CompletionRequest
from sketchrnn.engine.prefix import Prefix, StateCache, prefix_of
from sketchrnn.engine.programs import Arrays, Programs
from sketchrnn.errors import EngineError
from sketchrnn.model.config import STROKE5
from sketchrnn.sketch.frame import BOX, to_model_units
from sketchrnn.weights import WeightBundle


@dataclass(frozen=True, eq=False)
class Plan:
    """What answers a request.

    Args:
        request: it.
        scale: sketch units per page unit, chosen or given.
        rows_per_page_unit: model units per page unit.
        rows: (n, 5) float32 stroke-5, model units, the prefix as the model reads it.
        guess: (categories,) what the prefix is taken for; empty where nothing was guessed.
        categories: of each ending.
        numbers: their indices.
        endings: to be drawn.
    """

    request: CompletionRequest
    scale: float
    rows_per_page_unit: float
    rows: np.ndarray
    guess: np.ndarray
    categories: tuple[str | None, ...]
    numbers: tuple[int, ...]
    endings: list[Ending]


class Planner:
    """Makes plans.

    Args:
        bundle: the model's words and numbers.
        programs: the model, compiled.
        states: of prefixes.
        classifier: says what a drawing shows, where the model can.
        page_unit: how many of the model's sketch units make one of the 0..255 box.
    """

    def __init__(
        self,
        bundle: WeightBundle,
        programs: Programs,
        states: StateCache,
        classifier: Classifier,
        page_unit: float = 1.0,
    ):
        self._bundle, self._programs, self._states, self._page_unit = bundle, programs, states, page_unit
        self._classifier = classifier

    @property
    def can_guess(self) -> bool:
        """Whether the model says what it sees."""
        return self._classifier.possible

    def plan(self, requests: Sequence[CompletionRequest], keep: bool = True) -> list[Plan]:
        """Plans of requests, worked out side by side.

        Args:
            requests: what is asked.
            keep: whether states are kept for later requests.

        Raises:
            EngineError: a category that the model does not know.
        """
        given = [self.index_of(request) for request in requests]
        chosen = self._scales(requests, given, keep)
        prefixes = [prefix_of(request.prefix, s) for request, s in zip(requests, chosen, strict=True)]
        guesses = self._guesses(requests, given, prefixes, keep)
        numbers = [
            categories_of(request, guess) if len(guess) else [index] * request.endings
            for request, index, guess in zip(requests, given, guesses, strict=True)
        ]
        rows = [self._rows(prefix) for prefix in prefixes]
        conditions = self._conditions(requests, numbers, rows)
        states = iter(self._endings_states(requests, numbers, rows, conditions, keep))
        return [
            Plan(
                request,
                chosen[i],
                chosen[i] / self._bundle.scale_factor,
                rows[i],
                guesses[i],
                tuple(map(self.name_of, numbers[i])),
                tuple(numbers[i]),
                self._endings(request, numbers[i], conditions[i], states),
            )
            for i, request in enumerate(requests)
        ]

    def guesses(self, requests: Sequence[CompletionRequest], keep: bool = True) -> list[np.ndarray]:
        """What the prefixes are taken for, (categories,) each, without a category being given."""
        nothing: list[int] = [self._bundle.category_index(None)] * len(requests)
        chosen = self._scales(requests, nothing, keep)
        prefixes = [prefix_of(request.prefix, s) for request, s in zip(requests, chosen, strict=True)]
        return self._guesses(requests, nothing, prefixes, keep)

    def require_head(self) -> None:
        """Raises EngineError for a model that cannot guess."""
        if not self.can_guess:
            raise EngineError(
                f"the model {self._bundle.name!r} cannot say what it sees",
                hint="Give a category, or use a model that can guess, such as the bundled one.",
            )

    def index_of(self, request: CompletionRequest) -> int:
        """The embedding's row of a request's category.

        Raises:
            EngineError: the model does not know it.
        """
        names = self._bundle.categories
        if request.category is None or request.category in names:
            # a model of one kind of drawing has a name for it, and no embedding
            return self._bundle.category_index(request.category)
        near = difflib.get_close_matches(request.category.lower(), names, n=3, cutoff=0.5)
        hint = (
            f"Did you mean {' or '.join(map(repr, near))}?"
            if near
            else f"It knows {_some(names)}."
            if names
            else "It knows no categories."
        )
        raise EngineError(f"the model {self._bundle.name!r} does not know {request.category!r}", hint=hint)

    def name_of(self, index: int) -> str | None:
        """The category of an embedding's row; None for that of no category."""
        names = self._bundle.categories
        if not self._bundle.config.categories:  # one kind of drawing, whatever was asked for
            return names[0] if len(names) == 1 else None
        return names[index] if index < len(names) else None

    def _rows(self, prefix: Prefix) -> np.ndarray:
        return to_model_units(prefix.rows, self._bundle.scale_factor)

    def _scales(self, requests: Sequence[CompletionRequest], indices: Sequence[int], keep: bool) -> list[float]:
        """The scale of each request: given, inferred, or the page's own where nothing is drawn."""
        chosen = [r.page_scale * self._page_unit if r.scale is None else r.scale for r in requests]
        asked = [i for i, request in enumerate(requests) if request.scale is None and request.prefix.strokes]
        tried = {i: scales.candidates(chosen[i]) for i in asked}
        prefixes = {i: [prefix_of(requests[i].prefix, scale) for scale in tried[i]] for i in asked}
        rows = [self._rows(prefix) for i in asked for prefix in prefixes[i]]
        if not rows:
            return chosen
        each = len(scales.OCTAVES)
        conditions = np.repeat(self._programs.plain_condition([indices[i] for i in asked]), each, axis=0)
        reads = self._states.read(rows, conditions, keep)
        for place, i in enumerate(asked):
            box = BOX / requests[i].page_scale
            mine = reads[place * each : (place + 1) * each]
            best = scales.choose(requests[i].prefix, prefixes[i], mine, self._bundle.scale_factor, box)
            chosen[i] = tried[i][best]
        return chosen

    def _guesses(self, requests, indices, prefixes: Sequence[Prefix], keep: bool) -> list[np.ndarray]:
        """(categories,) for each request that is given no category, if the model can guess; (0,) for the others."""
        result = [np.zeros(0, np.float32)] * len(requests)
        nothing = self._bundle.category_index(None)
        asked = [i for i, index in enumerate(indices) if index == nothing and self.can_guess]
        if asked:
            shown = self._classifier.probabilities([self._rows(prefixes[i]) for i in asked], keep)
            for i, probabilities in zip(asked, shown, strict=True):
                result[i] = probabilities
        return result

    def _guidance(self, request: CompletionRequest, number: int) -> float:
        """Of an ending of a category: none towards no category, nor by a model that cannot lead."""
        return request.guidance if self._bundle.leads and number < self._bundle.config.categories else 0.0

    def _endings_states(self, requests, numbers: list[list[int]], rows, conditions, keep: bool) -> list[Arrays]:
        """The states that endings begin with, in order, all read side by side."""
        of_endings = [(i, number) for i, numbers_of_one in enumerate(numbers) for number in numbers_of_one]
        led = [place for place, (i, number) in enumerate(of_endings) if self._guidance(requests[i], number) > 0]
        own, given = [rows[i] for i, _ in of_endings], np.concatenate(conditions)
        given = np.concatenate([given, self._programs.untold(given[led])]) if led else given
        reads = self._states.read([*own, *(own[place] for place in led)], given, keep)
        states = [read.state for read in reads[: len(own)]]
        for place, untold in zip(led, reads[len(own) :], strict=True):
            states[place] = *states[place], *untold.state
        return states

    def _endings(self, request: CompletionRequest, numbers: list[int], conditions, states: Iterator[Arrays]):
        return [
            Ending(state, condition, noise, request.temperature, request.max_points, self._guidance(request, number))
            for number, condition, noise, state in zip(numbers, conditions, noise_of(request), states, strict=False)
        ]

    def _conditions(self, requests, numbers: list[list[int]], rows: list[np.ndarray]) -> list[np.ndarray]:
        """(endings, C) for each request; latent codes are of the prefix prior, or none where they may be."""
        if not self._bundle.config.drawn_from_code:
            return [self._programs.plain_condition(part) for part in numbers]
        embedded = [self._programs.embed(part) for part in numbers]
        size = self._bundle.config.latent_size
        conditions = []
        for request, part, prefix in zip(requests, embedded, rows, strict=True):
            tiled = np.broadcast_to(prefix[:, None], (len(prefix), request.endings, STROKE5))
            prior = self._programs.prefix_prior(tiled, np.full(request.endings, len(prefix)), part)
            z = prior.at(latent_noise(request.seed, request.endings, size))
            conditions.append(np.concatenate([part, np.asarray(z, np.float32)], axis=1))
        return conditions


def _some(names: Sequence[str], most: int = 5) -> str:
    if not names:
        return "no categories"
    return ", ".join(names[:most]) + (" and others" if len(names) > most else "")
