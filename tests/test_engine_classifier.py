"""What a drawing is taken for: three opinions, by hand from the network's own functions."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from by_hand import seen_by_hand
from engine_models import half_a_face, random_bundle
from scipy.special import log_softmax, logsumexp, softmax

from sketchrnn.engine import classifier
from sketchrnn.engine.classifier import BEGUN, DONE, HEAD_BESIDE, OUT_OF_SIGHT
from sketchrnn.engine.completer import Completer
from sketchrnn.engine.messages import CompletionRequest
from sketchrnn.engine.recognition import TURNS, turned
from sketchrnn.model.mixture import log_density, pen_log_probability
from sketchrnn.model.sketchrnn import SketchRNN
from sketchrnn.weights import WeightBundle, to_model

ASKED = CompletionRequest(half_a_face(), scale=1.0)
GENERATIVE = {"conditional": False, "prefix_prior_size": 0}


def guessed(bundle: WeightBundle) -> tuple[list[float], np.ndarray]:
    """The probabilities of all categories for half a face, and the rows that are read of it."""
    completer = Completer(bundle)
    found = dict(completer.guess(half_a_face(), top=3, scale=1.0))
    return [found[name] for name in bundle.categories], completer.plan([ASKED])[0].rows


def states(model: SketchRNN, rows: np.ndarray, category: int) -> np.ndarray:
    """h after each row (n, 5), told a category (3: none), the latent code 0."""
    latent = jnp.zeros((1, model.config.latent_size)) if model.config.conditional else None
    return np.asarray(
        model.decoder.hidden_states(jnp.asarray(rows[:, None]), model.condition(jnp.array([category]), latent))
    )


def by_hand(model: SketchRNN, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Powers times log probabilities of recogniser and viewer, and of the head; and the likelihood's power."""
    h = states(model, rows, 3)[-1]
    end = log_softmax(np.asarray(model.decoder.mixture(jnp.asarray(h)).pen_logits)[0])[2]
    share = 1 - min(end / OUT_OF_SIGHT, 1)
    recognition, head, likely = ((1 - share) * np.array(BEGUN) + share * np.array(DONE)).tolist()
    seen = np.mean([seen_by_hand(model, turned(rows, angle)) for angle in TURNS], axis=0)
    headed = log_softmax(np.asarray(model.decoder.category_logits(jnp.asarray(h)))[0])
    return recognition * log_softmax(seen), head * headed, likely


def likelihood(model: SketchRNN, rows: np.ndarray, category: int) -> float:
    """log p of the rows after the first, given the category."""
    mixture, drawn = model.decoder.mixture(jnp.asarray(states(model, rows, category)[:-1, 0])), jnp.asarray(rows[1:])
    return float((log_density(mixture, drawn[:, :2]) + pen_log_probability(mixture, drawn[:, 2:])).sum())


def test_without_a_density_of_their_own_strokes_are_taken_for_what_recognition_and_head_say() -> None:
    bundle = random_bundle()
    found, rows = guessed(bundle)
    assert found == pytest.approx(softmax(sum(by_hand(to_model(bundle), rows)[:2])).tolist(), rel=1e-3)


@pytest.mark.parametrize("shortlist", [2, 8])
def test_the_likeliest_are_weighed_by_how_likely_their_strokes_are(
    monkeypatch: pytest.MonkeyPatch, shortlist: int
) -> None:
    monkeypatch.setattr(classifier, "SHORTLIST", shortlist)
    bundle = random_bundle(**GENERATIVE)
    found, rows = guessed(bundle)
    model = to_model(bundle)
    recognised, headed, power = by_hand(model, rows)
    expected = log_softmax(recognised + headed)
    listed = np.argsort(-expected)[:shortlist]
    likelihoods = np.array([likelihood(model, rows, category) for category in range(3)])
    assert np.ptp(likelihoods) > 0.1, "the categories differ"
    scores = (recognised + HEAD_BESIDE * headed + power * likelihoods)[listed]
    expected[listed] = log_softmax(scores) + logsumexp(expected[listed])
    assert found == pytest.approx(np.exp(expected).tolist(), rel=1e-3) and sum(found) == pytest.approx(1)


def test_one_opinion_alone_is_taken_as_it_is() -> None:
    without_head = random_bundle(category_head=False)
    found, rows = guessed(without_head)
    recognition = Completer(without_head).recognition
    assert recognition is not None and found == pytest.approx(recognition.guess([rows])[0].tolist(), rel=1e-5)
    head_alone = random_bundle(recogniser_size=0, viewer_channels=0)
    found, rows = guessed(head_alone)
    model = to_model(head_alone)
    head = np.asarray(model.decoder.category_logits(jnp.asarray(states(model, rows, 3)[-1])))[0]
    assert found == pytest.approx(softmax(head).tolist(), rel=1e-4)


def test_drawings_side_by_side_are_each_taken_for_what_it_is_alone() -> None:
    completer = Completer(random_bundle(**GENERATIVE))
    rows = completer.plan([ASKED])[0].rows
    drawings = [rows, rows[:1], rows[:7], np.concatenate([rows, rows[2:]])]
    probabilities = completer.classifier.probabilities
    together = probabilities(drawings, keep=False)
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-5)
    for drawing, found in zip(drawings, together, strict=True):
        np.testing.assert_allclose(probabilities([drawing]), found[None], rtol=1e-3)


def test_a_model_that_has_neither_opinion_cannot_guess() -> None:
    neither = random_bundle(category_head=False, recogniser_size=0, viewer_channels=0)
    assert not Completer(neither).can_guess
    assert Completer(neither).plan([ASKED])[0].categories == (None,)
