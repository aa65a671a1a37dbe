"""The model at work: prefix in, endings out. Synchronous, without a window, usable from a script."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice

import numpy as np

from sketchrnn.engine import choosing, drawing, latent, looking
from sketchrnn.engine.bundled import find_again, find_bundle
from sketchrnn.engine.classifier import Classifier
from sketchrnn.engine.coded import Coded, Led
from sketchrnn.engine.compiling import prepare_jax
from sketchrnn.engine.crew import Crew
from sketchrnn.engine.endings import likeliest
from sketchrnn.engine.messages import (
    Chunk,
    Completion,
    CompletionRequest,
    Done,
    Guess,
    LookRequest,
    Message,
    MorphRequest,
    RedrawRequest,
    Request,
    Seen,
    continue_strokes,
)
from sketchrnn.engine.placing import Placed, centred, page_middle
from sketchrnn.engine.plan import Plan, Planner
from sketchrnn.engine.prefix import StateCache
from sketchrnn.engine.programs import FIRST_CHUNK, MANY, NEEDED_AT_FIRST, Programs
from sketchrnn.engine.recognition import Recognition
from sketchrnn.engine.redrawing import Redrawer, Redrawing
from sketchrnn.engine.side_by_side import ROOM
from sketchrnn.errors import BadFile
from sketchrnn.sketch.types import Sketch
from sketchrnn.weights import WeightBundle, load_any, load_bundle, to_model

GUESSES = 5
_TOGETHER = 256
"""Requests of many that are answered together: while the last candidates of some are drawn, blocks stay half empty. It
takes an eighth less time than 64 (`evaluate --completions`)."""
OFFICIAL_ENLARGEMENT = 3.5
"""The published generators read drawings about 900 units across instead of 255."""


class Completer:
    """Completes drawings with a model.

    Example:
        >>> from sketchrnn.engine.completer import Completer
        >>> from sketchrnn.engine.messages import CompletionRequest
        >>> from sketchrnn.sketch.types import Sketch, Stroke
        >>> completer = Completer()  # the bundled model
        >>> half_a_face = Sketch([Stroke([[0, 128], [38, 38], [128, 0], [218, 38], [255, 128]])])
        >>> request = CompletionRequest(half_a_face, category="face", endings=3, seed=7)
        >>> [completion.sketch.point_count for completion in completer.complete(request)]  # doctest: +SKIP

    Equal requests have equal answers, whatever was asked before: what is kept between them is only what was read.
    Not for several threads at once.

    Args:
        bundle: a loaded bundle, a bundle's file or a published generator's (`.gen.json`), a training run's folder, or a
            name; None for the bundled model.
        threads: that blocks of drawings are computed on at once; None for as many as suit the machine. Answers are the
            same with any number.

    Raises:
        SketchRNNError: there is no such model.
        BadFile: its file is damaged.
    """

    def __init__(self, bundle: WeightBundle | str | os.PathLike[str] | None = None, threads: int | None = None):
        prepare_jax()
        again = None
        if isinstance(bundle, WeightBundle):
            self.bundle = bundle
        else:
            path = find_bundle(bundle)
            self.bundle, again = load_any(path), find_again(path)
        self._again = None if self.bundle.config.conditional else again
        model, self._crew = to_model(self.bundle), Crew(threads)
        self.recognition = Recognition(model, self._crew) if self.bundle.config.recognises else None
        self.programs = Programs(model, self._crew)
        self.states = StateCache(self.programs)
        self.page_unit = OFFICIAL_ENLARGEMENT if "info" in self.bundle.card else 1.0
        self.classifier = Classifier(self.programs, self.states, self.recognition)
        self._planner = Planner(self.bundle, self.programs, self.states, self.classifier, self.page_unit)

    @property
    def threads(self) -> int:
        """That blocks of drawings are computed on at once."""
        return self._crew.threads

    @property
    def can_guess(self) -> bool:
        """Whether the model says what it sees."""
        return self._planner.can_guess

    @property
    def has_latent(self) -> bool:
        """Whether the model has a latent code, or a network beside it that has."""
        return self.bundle.config.conditional or self._again is not None

    @cached_property
    def _redrawer(self) -> Redrawer:
        """What draws anew: the model itself; with a network beside it, the model led by that one, or that one alone
        where its code cannot be left out. It is read when it is first needed.

        Raises:
            BadFile: that network's file is damaged, or it is of other categories or another scale.
        """
        if self._again is None:
            return Redrawer(self.bundle, Coded(self.programs), self._planner, self.recognition)
        other, wanted = load_bundle(self._again), (self.bundle.categories, self.bundle.scale_factor)
        if (other.categories, other.scale_factor) != wanted or not other.config.conditional:
            raise BadFile(f"no network that draws anew for {self.bundle.name!r}", file=self._again)
        programs = Programs(to_model(other), self._crew)
        leads = other.config.latent_optional
        coded = Led(self.programs, programs, self._crew) if leads else Coded(programs)
        return Redrawer(other, coded, self._planner, self.recognition)

    def check_category(self, category: str | None) -> None:
        """Raises EngineError, with the nearest names, for a category that the model does not know."""
        self._planner.index_of(CompletionRequest(Sketch(), category))

    def require_guesses(self) -> None:
        """Raises EngineError for a model that cannot say what it sees."""
        self._planner.require_head()

    def require_latent(self) -> None:
        """Raises EngineError for a model without a latent code."""
        if not self.has_latent:
            latent.require_latent(self.bundle)

    def warm(self) -> Iterator[str]:
        """Compile what a request can need, so that the first answer comes as fast as the others.

        Yields:
            What was compiled, after each step; nothing is compiled until the next step is asked for.
        """
        programs = self.programs.warm(self.bundle.leads)
        yield from islice(programs, NEEDED_AT_FIRST)
        if self.recognition is not None:
            yield from self.recognition.warm()
        yield from programs
        if self._again is not None:
            with contextlib.suppress(BadFile):  # said when it is asked for: completing does not need it
                yield from (f"again: {what}" for what in self._redrawer.coded.warm())

    def complete(self, request: CompletionRequest) -> list[Completion]:
        """All endings of a request.

        Raises:
            EngineError: the model does not know the category, or gave numbers that are none.
        """
        return list(self.complete_many([request]))

    def complete_many(self, requests: Iterable[CompletionRequest]) -> Iterator[Completion]:
        """All endings of many requests, in order; those of different drawings are drawn side by side.

        Raises:
            EngineError: as `complete`.
        """
        waiting = iter(requests)
        while some := list(islice(waiting, _TOGETHER)):
            plans = self._planner.plan(some, keep=len(some) == 1)
            choosing.begin(self.programs, plans)
            for _ in choosing.finish(self.programs, self.recognition, plans):
                pass
            for plan in plans:
                yield from (self._completion(plan, number) for number in range(len(plan.endings)))

    def stream(
        self,
        request: Request,
        id: int = 0,
        cancelled: Callable[[], bool] = lambda: False,
        chunk: int = ROOM,
    ) -> Iterator[Message]:
        """The answer piece by piece: a Guess, Chunks (a short one first), Done.

        With a recogniser the points after the first few of the first ending, and all of the others, come when all
        candidates are drawn and some are chosen.
        With an empty prefix each ending is drawn whole before its first chunk, so that it can be put in the page's
        middle; its first row is the point that it begins with, on top of `max_points`. So is a drawing that is drawn
        anew, or lies between two.

        Args:
            request: what is asked.
            id: of the messages.
            cancelled: looked at between chunks; once it is true nothing more comes, no Done either.
            chunk: points of the chunks after the first.

        Raises:
            EngineError: as `complete`.
        """
        plan, chunks = self._begun(request, chunk, cancelled)
        yield Guess(id, likeliest(plan.guess, self.bundle.categories, GUESSES), plan.scale)
        for rows, over in chunks:
            if cancelled():
                return
            yield Chunk(id, tuple(rows), tuple(over))
        if not cancelled():
            yield Done(id, tuple(ending.ended for ending in plan.endings), plan.categories)

    def look(
        self, request: LookRequest, id: int = 0, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Message]:
        """What the model sees and what may come: a Guess, which is that of `guess`, and then Seen.

        Args:
            request: what is looked at.
            id: of the messages.
            cancelled: looked at after the guess; once it is true nothing more comes.

        Raises:
            EngineError: as `complete`.
        """
        (plan,) = self._planner.plan([looking.asked(request)])
        yield Guess(id, likeliest(plan.guess, self.bundle.categories, GUESSES), plan.scale)
        if cancelled():
            return
        ghost = looking.ghost(self.programs, plan) if request.ghost else np.zeros((0, 3), np.float32)
        yield Seen(id, ghost, looking.heat(self.programs, plan) if request.heat else None)

    def plan(self, requests: Sequence[CompletionRequest]) -> list[Plan]:
        """What answers requests, worked out and not drawn yet."""
        return self._planner.plan(requests)

    def guess(
        self, sketch: Sketch, top: int = GUESSES, page_scale: float = 1.0, scale: float | None = None
    ) -> tuple[tuple[str, float], ...]:
        """What the model takes a drawing for.

        Args:
            sketch: page units.
            top: how many.
            page_scale, scale: as in `CompletionRequest`.

        Returns:
            (name, probability) pairs, likeliest first.

        Raises:
            EngineError: the model has nothing that says what is drawn: recogniser, viewer or category head.
        """
        return self.guess_many([sketch], top, page_scale, scale)[0]

    def guess_many(
        self, sketches: Sequence[Sketch], top: int = GUESSES, page_scale: float = 1.0, scale: float | None = None
    ) -> list[tuple[tuple[str, float], ...]]:
        """`guess` of many drawings, read side by side."""
        self._planner.require_head()
        requests = [CompletionRequest(sketch, page_scale=page_scale, scale=scale) for sketch in sketches]
        guesses = []
        for start in range(0, len(requests), MANY):
            guesses += self._planner.guesses(requests[start : start + MANY], keep=len(requests) == 1)
        return [likeliest(guess, self.bundle.categories, top) for guess in guesses]

    def sample(self, category: str | None = None, **request) -> list[Completion]:
        """Whole drawings of a category, in the middle of the page; other arguments as of `CompletionRequest`."""
        return self.complete(CompletionRequest(Sketch(), category, **request))

    def encode(self, sketches: Sequence[Sketch]) -> np.ndarray:
        """The latent codes of drawings in any unit, (K, Z) float32: the mean of each one's posterior.

        They are those of the network that draws anew, of the one beside the model where that has none itself.

        Raises:
            EngineError: the model has no latent code, or a drawing is empty.

        Reference:
            Ha & Eck 2017, equations 1 and 2; what lies between two codes: `engine.latent.between`.
        """
        redrawer = self._redrawer
        return latent.encode(redrawer.coded.programs, redrawer.bundle, sketches)

    def redraw(self, request: RedrawRequest | MorphRequest) -> list[Sketch]:
        """Whole drawings through the latent code, the same as `stream` says.

        Raises:
            EngineError: the model has no latent code, or does not know the category.
        """
        return self._redrawer.sketches(request)

    def reconstruct(self, sketch: Sketch, category: str | None = None, **request) -> list[Sketch]:
        """A drawing drawn again through its latent code, where it is and as large; see `RedrawRequest`.

        Raises:
            EngineError: as `redraw`; the drawing is empty.
        """
        latent.require_code_of(self._redrawer.bundle, sketch)
        return self.redraw(RedrawRequest(sketch, category, **request))

    def morph(self, a: Sketch, b: Sketch, steps: int, category: str | None = None, **request) -> list[Sketch]:
        """Drawings from a to b, `steps` of them with both ends, each where a is and as large; see `MorphRequest`.

        Raises:
            EngineError: as `redraw`; a drawing is empty.
        """
        latent.require_code_of(self._redrawer.bundle, a, b)
        return self.redraw(MorphRequest(a, b, category, category, endings=steps, **request))

    def _begun(self, request: Request, chunk: int, cancelled: Callable[[], bool]) -> tuple[Plan | Redrawing, Iterator]:
        """What answers a request, and its chunks, (rows, over) of every ending, which are drawn as they are taken."""
        if isinstance(request, RedrawRequest | MorphRequest):
            redrawing = self._redrawer.plan(request)
            return redrawing, self._anew(redrawing, chunk, cancelled)
        (plan,) = self._planner.plan([request])
        return plan, (self._chunks if request.prefix.strokes else self._whole)(plan, chunk, cancelled)

    def _anew(self, redrawing: Redrawing, chunk: int, cancelled: Callable[[], bool]):
        for _ in self._redrawer.draw(redrawing):
            if cancelled():
                return
        yield from self._pieces(self._redrawer.rows(redrawing), chunk)

    def _chunks(self, plan: Plan, chunk: int, cancelled: Callable[[], bool]):
        if self.recognition is not None and plan.request.candidates > 1:
            yield from self._chosen_chunks(plan, chunk, cancelled)
            return
        placed, points = self._placed(plan), min(FIRST_CHUNK, chunk)
        while not all(ending.over for ending in plan.endings):
            rows = drawing.advance(self.programs, plan.endings, points)
            yield [place.next(part) for place, part in zip(placed, rows, strict=True)], [e.over for e in plan.endings]
            points = chunk

    def _chosen_chunks(self, plan: Plan, chunk: int, cancelled: Callable[[], bool]):
        """`_chunks` of endings that are chosen: of the first one the points that its candidates share come at once."""
        first, placed, others = plan.endings[0], self._placed(plan), len(plan.endings) - 1
        nothing = np.zeros((0, 3), np.float32)
        for start in range(0, FIRST_CHUNK, chunk):
            (rows,) = drawing.advance(self.programs, [first], min(chunk, FIRST_CHUNK - start))
            yield [placed[0].next(rows), *[nothing] * others], [first.over, *[False] * others]
        shown = [first.drawn, *[0] * others]
        for _ in choosing.finish(self.programs, self.recognition, [plan]):
            if cancelled():
                return
        rest = [ending.all_rows()[start:] for ending, start in zip(plan.endings, shown, strict=True)]
        yield from self._pieces([place.next(rows) for place, rows in zip(placed, rest, strict=True)], chunk)

    @staticmethod
    def _placed(plan: Plan) -> list[Placed]:
        return [Placed.after(plan.request.prefix, plan.rows_per_page_unit) for _ in plan.endings]

    def _whole(self, plan: Plan, chunk: int, cancelled: Callable[[], bool]):
        choosing.begin(self.programs, [plan])
        for _ in choosing.finish(self.programs, self.recognition, [plan]):
            if cancelled():
                return
        yield from self._pieces([self._absolute(plan, ending) for ending in plan.endings], chunk)

    @staticmethod
    def _pieces(rows: Sequence[np.ndarray], chunk: int):
        """Endings that are drawn already, `chunk` points at a time."""
        for start in range(0, max(map(len, rows)), chunk):
            stop = start + chunk
            yield [part[start:stop] for part in rows], [stop >= len(part) for part in rows]

    def _absolute(self, plan: Plan, ending: drawing.Ending) -> np.ndarray:
        """All rows of an ending, absolute, page units."""
        if plan.request.prefix.strokes:
            return Placed.after(plan.request.prefix, plan.rows_per_page_unit).next(ending.all_rows())
        return centred(ending.all_rows(), plan.rows_per_page_unit, page_middle(plan.request.page_scale))

    def _completion(self, plan: Plan, number: int) -> Completion:
        ending = plan.endings[number]
        sketch = continue_strokes(plan.request.prefix, self._absolute(plan, ending))
        if ending.ended:  # an end lifts the pen
            sketch = sketch.with_strokes(sketch.strokes)
        return Completion(plan.request, number, sketch, ending.ended, plan.categories[number])
