"""What the prior is taught is what the benchmark scores."""

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.evaluation.metrics import mean_scores, score_layers
from tfpaintsep.learning.objective import LEAKAGE_WEIGHT, gains, loss

DECIBELS = float(10 / np.log(10))


def layers(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An estimate of the surface, the surface, the concealed layer; all (24, 20)."""
    rng = np.random.default_rng(seed)
    surface, concealed, noise = rng.standard_normal((3, 24, 20))
    concealed += 0.3 * surface
    return 0.7 * surface + 0.3 * concealed + 0.2 * noise, surface, concealed


@pytest.mark.parametrize("seed", [0, 1])
def test_gains_are_the_benchmarks_scores(seed: int) -> None:
    estimate, surface, concealed = layers(seed)
    mixture = surface + concealed
    scores = mean_scores(score_layers(estimate, mixture - estimate, surface, concealed, mixture))
    found = gains(*(tf.constant(image[None]) for image in (estimate, surface, concealed)))
    assert DECIBELS * float(found.distortion[0]) == pytest.approx(scores.sdri, abs=0.05)
    assert DECIBELS * float(found.leakage[0]) == pytest.approx(scores.siri, abs=0.05)
    # Both layers' errors are the same image, so the skills are too, but for rounding.
    assert 1 - float(np.exp(found.error[0])) == pytest.approx(scores.skill, abs=0.01)


def test_halving_gains_nothing() -> None:
    _, surface, concealed = layers(2)
    images = ((surface + concealed) / 2, surface, concealed)
    found = gains(*(tf.constant(image[None]) for image in images))
    np.testing.assert_allclose(tf.concat(found, 0), 0, atol=5e-3)


def test_only_the_bold_are_paid_for_less_leakage() -> None:
    estimate, surface, concealed = layers(3)
    images = [tf.constant(np.stack([image] * 2)) for image in (estimate, surface, concealed)]
    found = gains(*images)
    cautious, bold = loss(found, tf.constant([0.0, 1.0], tf.float64)).numpy()
    assert bold < cautious
    assert cautious - bold == pytest.approx(LEAKAGE_WEIGHT * float(found.leakage[0]))
