"""What differs between the endings of a request: category, latent code and noise, each from the request's seed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np

from sketchrnn.engine.messages import CompletionRequest, Request
from sketchrnn.model.sampling import Noise, make_noise

SHARPER = 2.0
"""Power to which a guess is raised before further endings draw their categories from it."""
FURTHER = 8
"""How many times fewer candidates the endings after the first have."""
_CATEGORY, _LATENT, _CANDIDATE = 1 << 32, 2 << 32, 1 << 16
"""Added to the ending's number in the key: points, category and latent code are drawn independently."""


def noise_of(request: Request) -> list[Noise]:
    """The noise of each ending, (max_points, 3) and (max_points, 2) arrays."""
    return _noise(request, [(ending, 0) for ending in range(request.endings)])


def noise_of_attempts(request: Request, attempts: int) -> list[Noise]:
    """The noise of each ending's attempts, those of the first ending first; of one attempt each, `noise_of`."""
    return _noise(request, [(ending, j) for ending in range(request.endings) for j in range(attempts)])


def candidates_of(request: CompletionRequest, ending: int) -> int:
    """How many candidates are drawn for an ending: all that were asked for the first one, an eighth for each further.

    Who looks at several endings chooses too, and nine times as many drawings would be waited for; and what is left of
    the first one's may become a further one.
    """
    return request.candidates if ending == 0 else max(1, request.candidates // FURTHER)


def candidates_noise(request: CompletionRequest, ranges: Sequence[range]) -> list[list[Noise]]:
    """The noise of some candidates of each ending, of which 0 is the ending itself; each one's is the same whatever
    their number."""
    noise = iter(_noise(request, [(ending, j) for ending, numbers in enumerate(ranges) for j in numbers]))
    return [list(islice(noise, len(numbers))) for numbers in ranges]


def categories_of(request: CompletionRequest, probabilities: np.ndarray) -> list[int]:
    """The category of each ending by a guess, (categories,): the likeliest first, then drawn from the sharpened guess.

    With nothing drawn there is nothing to guess from, and the first one is drawn like the others.
    """
    sharp = probabilities.astype(np.float64) ** SHARPER
    total = np.cumsum(sharp / sharp.sum())
    chosen = []
    for ending in range(request.endings):
        place = _numbers(request.seed, ending + _CATEGORY).random() * total[-1]
        drawn = min(int(np.searchsorted(total, place, side="right")), len(total) - 1)
        likeliest = ending == 0 and bool(request.prefix.strokes)
        chosen.append(int(np.argmax(probabilities)) if likeliest else drawn)
    return chosen


def latent_noise(seed: int, endings: int, size: int) -> np.ndarray:
    """(endings, size) float32 standard normal, each ending's the same whatever their number."""
    return np.stack([_numbers(seed, i + _LATENT).standard_normal(size, np.float32) for i in range(endings)])


def likeliest(probabilities: np.ndarray, names: Sequence[str], top: int) -> tuple[tuple[str, float], ...]:
    """The `top` likeliest (name, probability) pairs, likeliest first."""
    order = np.argsort(-probabilities, kind="stable")[:top]
    return tuple((names[int(i)], float(probabilities[i])) for i in order)


def _noise(request: Request, numbers: Sequence[tuple[int, int]]) -> list[Noise]:
    """Of endings' candidates or attempts, by both numbers; an attempt 0 has the ending's own."""
    keys = [ending + attempt * _CANDIDATE for ending, attempt in numbers]
    noise = make_noise(request.seed, keys, request.max_points)
    return [Noise(noise.uniform[:, i], noise.normal[:, i]) for i in range(len(keys))]


def _numbers(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, stream]))
