"""Whole drawings through their latent code: a drawing nine times anew, or the way from one to another.

Window and verbs ask with the same requests and get the same drawings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from sketchrnn.engine import drawing, latent
from sketchrnn.engine.endings import latent_noise, noise_of
from sketchrnn.engine.messages import CompletionRequest, MorphRequest, RedrawRequest
from sketchrnn.engine.plan import Planner
from sketchrnn.engine.programs import Programs
from sketchrnn.sketch.frame import box_scale
from sketchrnn.sketch.types import Sketch
from sketchrnn.weights import WeightBundle

CALMEST = 0.2
"""Of the temperature, what is left of it where a code's own drawing is wanted."""
OWN = 0.1
"""Share of the way from a random code to the drawing's own at a closeness of 0: it stays a drawing of this one."""


@dataclass(frozen=True, eq=False)
class Redrawing:
    """What answers a request, not drawn yet.

    Args:
        scale: sketch units per unit of the drawing, at which it is encoded and drawn.
        guess: (categories,) what the drawing is taken for; empty where nothing was guessed.
        categories: of each drawing.
        endings: to be drawn.
        place: from an ending's stroke-3 rows, model units, to absolute rows where the drawing is.
    """

    scale: float
    guess: np.ndarray
    categories: tuple[str | None, ...]
    endings: list[drawing.Ending]
    place: Callable[[np.ndarray], np.ndarray]


class Redrawer:
    """Answers requests that go through the latent code.

    Args:
        bundle: the model's words and numbers.
        programs: the model, compiled.
        planner: guesses.
    """

    def __init__(self, bundle: WeightBundle, programs: Programs, planner: Planner):
        self._bundle, self._programs, self._planner = bundle, programs, planner

    def plan(self, request: RedrawRequest | MorphRequest) -> Redrawing:
        """What answers a request.

        Raises:
            EngineError: the model has no latent code, or does not know a category.
        """
        latent.require_latent(self._bundle)
        own, guess = self._category(request.sketch, request.category, request.page_scale, request.scale)
        if isinstance(request, RedrawRequest):
            codes, numbers = self._anew(request), [own] * request.endings
            embedded, noise = self._programs.embed(numbers), noise_of(request)
            temperature = request.temperature * (1 - (1 - CALMEST) * request.closeness)
        else:
            other, _ = self._category(request.other, request.other_category)
            codes, share = self._way(request), np.linspace(0, 1, request.endings)
            a, b = self._programs.embed([own, other])
            embedded = (1 - share[:, None]) * a + share[:, None] * b
            numbers = [own if part < 0.5 else other for part in share]
            noise, temperature = noise_of(replace(request, endings=2))[:1], CALMEST * request.temperature
        endings = latent.decode(self._programs, codes, embedded, noise, temperature, request.max_points)
        return Redrawing(
            box_scale(request.sketch, request.page_scale),
            guess,
            tuple(map(self._planner.name_of, numbers)),
            endings,
            lambda rows: latent.placed_like(rows, request.sketch, self._bundle.scale_factor, request.page_scale),
        )

    def rows(self, plan: Redrawing) -> list[np.ndarray]:
        """Each drawing's absolute rows, (n, 3) float32, as far as it is drawn."""
        return [plan.place(ending.all_rows()) for ending in plan.endings]

    def draw(self, plan: Redrawing) -> Iterator[None]:
        """Draw all of them to their ends; yields between chunks."""
        return drawing.finish(self._programs, plan.endings)

    def sketches(self, request: RedrawRequest | MorphRequest) -> list[Sketch]:
        """The drawings themselves."""
        plan = self.plan(request)
        for _ in self.draw(plan):
            pass
        return [latent.strokes_of(rows) for rows in self.rows(plan)]

    def _anew(self, request: RedrawRequest) -> np.ndarray:
        """(endings, Z): from a random code of the prior, each its own, towards the drawing's."""
        (mean,) = latent.encode(self._programs, self._bundle, [request.sketch])
        random = latent_noise(request.seed, request.endings, len(mean))
        share = OWN + (1 - OWN) * request.closeness
        return np.concatenate([latent.at_share(code, mean, share) for code in random])

    def _way(self, request: MorphRequest) -> np.ndarray:
        codes = latent.encode(self._programs, self._bundle, [request.sketch, request.other])
        return latent.between(codes[0], codes[1], request.endings)

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
