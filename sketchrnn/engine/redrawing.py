"""Whole drawings through their latent code: a drawing nine times anew, or the way from one to another.

Window and verbs ask with the same requests and get the same drawings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sketchrnn.engine import drawing, latent
from sketchrnn.engine.choosing import UNENDED, whole_rows
from sketchrnn.engine.coded import Coded, mixed
from sketchrnn.engine.endings import latent_noise, noise_of_attempts
from sketchrnn.engine.messages import CompletionRequest, MorphRequest, RedrawRequest
from sketchrnn.engine.plan import Planner
from sketchrnn.engine.recognition import Recognition, logarithms
from sketchrnn.model.sampling import Noise
from sketchrnn.sketch.formats import START_TOKEN
from sketchrnn.sketch.frame import box_scale
from sketchrnn.sketch.types import Sketch
from sketchrnn.weights import WeightBundle

CALMEST = 0.2
"""Of the temperature, what is left of it where a code's own drawing is wanted."""
ATTEMPTS = 4
"""Drawings that are made of each code, of which one is shown: by chance alone few of them show what they should."""
ALIKE = 10.0
"""Nats that an attempt is worth whose own code points where the code points that it was drawn from, against one whose
code stands at a right angle to it. Without this the one likest to its category would be shown, however far from the
drawing."""
OWN = 0.4
"""Share of the way from a random code to the drawing's own at a closeness of 0: it stays a drawing of this one."""


@dataclass(frozen=True, eq=False)
class Redrawing:
    """What answers a request, not drawn yet.

    Args:
        scale: sketch units per unit of the drawing, at which it is encoded and drawn.
        guess: (categories,) what the drawing is taken for; empty where nothing was guessed.
        categories: of each drawing.
        endings: to be drawn; `draw` leaves of each one's attempts, which follow one another, the one that is chosen.
        codes: (endings, Z), what each is drawn from.
        wanted: (endings, categories), shares of what each should be taken for.
        attempts: of each drawing.
        place: from an ending's stroke-3 rows, model units, to absolute rows where the drawing is.
    """

    scale: float
    guess: np.ndarray
    categories: tuple[str | None, ...]
    endings: list[drawing.Ending]
    codes: np.ndarray
    wanted: np.ndarray
    attempts: int
    place: Callable[[np.ndarray], np.ndarray]


class _Way(NamedTuple):
    """What drawings are made from: their codes, the embeddings' rows that they go from and to, (n,) how far on that way
    each is, the noise of the attempts, temperature."""

    codes: np.ndarray
    ends: tuple[int, int]
    share: np.ndarray
    noise: list[Noise]
    temperature: float


class Redrawer:
    """Answers requests that go through the latent code.

    Args:
        bundle: words and numbers of the network with the codes.
        coded: what draws from codes.
        planner: guesses.
        recognition: chooses among attempts; None for a model that cannot, which draws each drawing once.
    """

    def __init__(self, bundle: WeightBundle, coded: Coded, planner: Planner, recognition: Recognition | None):
        self.bundle, self.coded, self._planner = bundle, coded, planner
        self._recognition = recognition

    def plan(self, request: RedrawRequest | MorphRequest) -> Redrawing:
        """What answers a request.

        Raises:
            EngineError: the model has no latent code, or does not know a category.
        """
        latent.require_latent(self.bundle)
        attempts = 1 if self._recognition is None else ATTEMPTS
        if isinstance(request, RedrawRequest):
            way, guess = self._anew(request, attempts)
        else:
            way, guess = self._between(request, attempts)
        wanted = np.eye(len(self.bundle.categories) + 1, dtype=np.float32)[list(way.ends)]
        return Redrawing(
            box_scale(request.sketch, request.page_scale),
            guess,
            tuple(self._planner.name_of(way.ends[int(share >= 0.5)]) for share in way.share),
            self._begun(way, attempts, request.max_points),
            way.codes,
            mixed(wanted, way.share),
            attempts,
            lambda rows: latent.placed_like(rows, request.sketch, self.bundle.scale_factor, request.page_scale),
        )

    def rows(self, plan: Redrawing) -> list[np.ndarray]:
        """Each drawing's absolute rows, (n, 3) float32, as far as it is drawn."""
        return [plan.place(ending.all_rows()) for ending in plan.endings]

    def draw(self, plan: Redrawing) -> Iterator[None]:
        """Draw all of them to their ends and choose among attempts; yields between chunks."""
        yield from drawing.finish(self.coded, plan.endings)
        if plan.attempts > 1:
            scores = self._likeness(plan).reshape(-1, plan.attempts)
            plan.endings[:] = [
                plan.endings[number * plan.attempts + chosen] for number, chosen in enumerate(scores.argmax(axis=1))
            ]

    def sketches(self, request: RedrawRequest | MorphRequest) -> list[Sketch]:
        """The drawings themselves, of the category that each was drawn as."""
        plan = self.plan(request)
        for _ in self.draw(plan):
            pass
        drawn = zip(self.rows(plan), plan.categories, strict=True)
        return [replace(latent.strokes_of(rows), category=name) for rows, name in drawn]

    def _begun(self, way: _Way, attempts: int, limit: int) -> list[drawing.Ending]:
        """All attempts before their first point."""
        states, conditions = self.coded.begin(
            way.ends, np.repeat(way.share, attempts), np.repeat(way.codes, attempts, axis=0)
        )
        return [
            drawing.Ending(state, own, way.noise[i % len(way.noise)], way.temperature, limit, self.coded.guidance)
            for i, (state, own) in enumerate(zip(states, conditions, strict=True))
        ]

    def _likeness(self, plan: Redrawing) -> np.ndarray:
        """(K,) nats, of all attempts: how surely each is of its category, and how near its own code is to the given."""
        assert self._recognition is not None
        rows = [whole_rows(START_TOKEN[None], ending) for ending in plan.endings]
        ended = np.array([ending.ended for ending in plan.endings])
        seen = self._recognition.probabilities(rows)
        likely = (seen * np.repeat(plan.wanted[:, : seen.shape[1]], plan.attempts, axis=0)).sum(axis=1)
        codes = latent.codes_of(self.coded.programs, rows)
        alike = latent.cosines(codes, np.repeat(plan.codes, plan.attempts, axis=0))
        return logarithms(likely) + ALIKE * alike - UNENDED * ~ended

    def _anew(self, request: RedrawRequest, attempts: int) -> tuple[_Way, np.ndarray]:
        """From a random code, each drawing its own, towards the drawing's; and the guess.

        Random are directions; each code is as long as the drawing's. Means of posteriors are shorter than codes of the
        prior, the more so the surer they are, and what is longer than any of them draws nothing in particular.
        """
        own, guess = self._category(request.sketch, request.category, request.page_scale, request.scale)
        (mean,) = latent.encode(self.coded.programs, self.bundle, [request.sketch])
        random = latent_noise(request.seed, request.endings, len(mean))
        random *= np.linalg.norm(mean) / np.linalg.norm(random, axis=1, keepdims=True)
        share = OWN + (1 - OWN) * request.closeness
        codes = np.concatenate([latent.at_share(code, mean, share) for code in random])
        temperature = request.temperature * (1 - (1 - CALMEST) * request.closeness)
        noise = noise_of_attempts(request, attempts)
        return _Way(codes, (own, own), np.zeros(request.endings), noise, temperature), guess

    def _between(self, request: MorphRequest, attempts: int) -> tuple[_Way, np.ndarray]:
        """From one drawing's code to the other's, and the guess of the first."""
        own, guess = self._category(request.sketch, request.category, request.page_scale, request.scale)
        other, _ = self._category(request.other, request.other_category)
        ends = latent.encode(self.coded.programs, self.bundle, [request.sketch, request.other])
        codes, share = latent.between(ends[0], ends[1], request.endings), np.linspace(0, 1, request.endings)
        # the same noise for all: they differ in what they show
        noise = noise_of_attempts(replace(request, endings=1), attempts)
        return _Way(codes, (own, other), share, noise, CALMEST * request.temperature), guess

    def _category(
        self, sketch: Sketch, said: str | None, page_scale: float = 1.0, scale: float | None = None
    ) -> tuple[int, np.ndarray]:
        """The embedding's row of what a drawing is, and the guess, where it had to be guessed."""
        asked = CompletionRequest(sketch, said, page_scale=page_scale, scale=scale)
        number = self._planner.index_of(asked)
        if said is not None or not self._planner.can_guess:
            return number, np.zeros(0, np.float32)
        (guess,) = self._planner.guesses([asked])
        return int(np.argmax(guess)), guess
