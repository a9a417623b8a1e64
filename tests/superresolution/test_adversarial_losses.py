"""(11) to (13) against NumPy, with the filter and without, empty sets included."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.config import LossConfig
from tfpaintsep.superresolution.discriminator import PatchDiscriminator
from tfpaintsep.superresolution.losses import (
    Tau,
    discriminator_loss,
    generator_adversarial_loss,
    misclassified_loss,
    reconstruction_loss,
)
from tfpaintsep.superresolution.pair import Pair

MIXED = np.array([-3.0, -1.0, -0.5, 0.2, 1.0, 2.5], np.float32)


def filtered_mean(judgements: np.ndarray, tau: Tau) -> float:
    """The words of the paper: remove what is classified correctly, then take the mean."""
    wrong = [d for d in judgements if (d < tau if tau > 0 else d > tau)]
    return float(np.mean([(d - tau) ** 2 for d in wrong])) if wrong else 0.0


@pytest.mark.parametrize("tau", [1, -1])
@pytest.mark.parametrize("judgements", [MIXED, MIXED[:1], MIXED[-2:], MIXED[1:2], MIXED[4:5]])
def test_filter_is_the_papers(tau: Tau, judgements: np.ndarray) -> None:
    loss, share = misclassified_loss(tf.constant(judgements), tau)
    np.testing.assert_allclose(loss, filtered_mean(judgements, tau), rtol=1e-6)
    wrong = judgements < tau if tau > 0 else judgements > tau
    np.testing.assert_allclose(share, wrong.mean())


@pytest.mark.parametrize("tau", [1, -1])
def test_without_the_filter_it_is_least_squares(tau: Tau) -> None:
    loss, share = misclassified_loss(tf.constant(MIXED), tau, misclassified_only=False)
    np.testing.assert_allclose(loss, np.mean((MIXED - tau) ** 2), rtol=1e-6)
    assert 0 < float(share) < 1  # still told


@pytest.mark.parametrize(("tau", "value"), [(1, 1.0), (1, 7.0), (-1, -1.0), (-1, -7.0)])
def test_an_empty_set_gives_zero_and_no_gradient(tau: Tau, value: float) -> None:
    judgements = tf.fill([4], value)
    with tf.GradientTape() as tape:
        tape.watch(judgements)
        loss, share = misclassified_loss(judgements, tau)
    assert (float(loss), float(share)) == (0.0, 0.0)
    np.testing.assert_array_equal(tape.gradient(loss, judgements), np.zeros(4))


@pytest.mark.parametrize("tau", [1, -1])
def test_gradient_of_the_filtered_mean(tau: Tau) -> None:
    judgements = tf.constant(MIXED)
    with tf.GradientTape() as tape:
        tape.watch(judgements)
        loss, _ = misclassified_loss(judgements, tau)
    wrong = tau * MIXED < 1
    expected = np.where(wrong, 2 * (MIXED - tau) / wrong.sum(), 0)
    np.testing.assert_allclose(tape.gradient(loss, judgements), expected, rtol=1e-6)


@pytest.mark.parametrize("filtered", [True, False])
def test_the_three_adversarial_terms(filtered: bool) -> None:
    config = LossConfig(misclassified_only=filtered)
    fake, real = MIXED, MIXED[::-1][:4] + np.float32(0.1)

    def mean(judgements: np.ndarray, tau: Tau) -> float:
        everything = float(np.mean((judgements - tau) ** 2))
        return filtered_mean(judgements, tau) if filtered else everything

    generator = generator_adversarial_loss(tf.constant(fake), config)
    on_fake, on_real = discriminator_loss(tf.constant(fake), tf.constant(real), config)
    np.testing.assert_allclose(generator.loss, mean(fake, 1), rtol=1e-6)
    np.testing.assert_allclose(on_fake.loss, mean(fake, -1), rtol=1e-6)
    np.testing.assert_allclose(on_real.loss, mean(real, 1), rtol=1e-6)


@pytest.mark.parametrize("operator", ["mean", "decimate"])
def test_reconstruction_loss_against_numpy(
    operator: str, make_pair: Callable[..., Pair], rng: np.random.Generator
) -> None:
    pair = make_pair(operator=operator)
    outputs = {
        "maps": tf.constant(rng.random(pair.images["interpolated"].shape), tf.float32),
        "visible": tf.constant(rng.random(pair.images["rgb"].shape), tf.float32),
    }
    config = LossConfig(alpha1=0.25)
    losses = reconstruction_loss(pair.images, outputs, pair.downsampling, config)
    maps = outputs["maps"].numpy()[0]
    coarse = np.empty(pair.images["xrf"].shape[1:])
    for row, column in np.ndindex(*pair.size):
        block = maps[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        coarse[row, column] = block.mean(axis=(0, 1)) if operator == "mean" else block[0, 0]
    xrf = np.mean((coarse - pair.images["xrf"][0]) ** 2)
    rgb = np.mean((outputs["visible"] - pair.images["rgb"]) ** 2)
    np.testing.assert_allclose(losses["xrf"], xrf, rtol=1e-5)
    np.testing.assert_allclose(losses["rgb"], rgb, rtol=1e-5)
    np.testing.assert_allclose(losses["loss"], xrf + 0.25 * rgb, rtol=1e-5)


@pytest.mark.parametrize("operator", ["mean", "decimate"])
def test_known_truth_is_compared_with_the_projected_maps(
    operator: str, make_pair: Callable[..., Pair], rng: np.random.Generator
) -> None:
    pair, config = make_pair(operator=operator), LossConfig(alpha1=0.25)
    size = pair.images["interpolated"].shape
    inputs = {**pair.images, "truth": tf.constant(rng.random(size), tf.float32)}
    outputs = {"maps": tf.constant(rng.random(size), tf.float32), "visible": pair.images["rgb"]}
    projected = outputs["maps"].numpy()[0].astype(np.float64)
    for row, column in np.ndindex(*pair.size):
        block = projected[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        measured = pair.images["xrf"][0, row, column].numpy()
        if operator == "mean":
            block += measured - block.mean(axis=(0, 1))
        else:
            block[0, 0] = measured
    losses = reconstruction_loss(inputs, outputs, pair.downsampling, config)
    expected = np.mean((projected - inputs["truth"][0]) ** 2)
    np.testing.assert_allclose(losses["xrf"], expected, rtol=1e-5)
    np.testing.assert_allclose(losses["loss"], expected, rtol=1e-5)
    # What the projection takes away costs nothing.
    moved = outputs["maps"] + pair.downsampling.pseudo_inverse(pair.images["xrf"])
    losses = reconstruction_loss(inputs, {**outputs, "maps": moved}, pair.downsampling, config)
    np.testing.assert_allclose(losses["xrf"], expected, rtol=1e-5)


def test_discriminator_is_the_papers(rng: np.random.Generator) -> None:
    discriminator = PatchDiscriminator(seed=2)
    discriminator.build()
    shapes = [tuple(weight.shape) for weight in discriminator.trainable_weights]
    assert shapes == [
        *((4, 4, 1, 16), (16,)),
        (4, 4, 16, 32),
        *((32,), (32,)),
        *((4, 4, 32, 1), (1,)),
    ]
    patches = tf.constant(rng.random((3, 32, 32, 1)), tf.float32)
    first = tf.nn.leaky_relu(discriminator.first(patches), 0.2)
    assert first.shape == (3, 16, 16, 16)
    second = discriminator.second(first).numpy()
    mean, variance = second.mean((1, 2), keepdims=True), second.var((1, 2), keepdims=True)
    normalised = (second - mean) / np.sqrt(variance + 1e-5)
    third = discriminator.third(np.where(normalised > 0, normalised, 0.2 * normalised))
    assert third.shape == (3, 4, 4, 1)
    judged = discriminator(patches)
    np.testing.assert_allclose(judged, np.mean(third, axis=(1, 2, 3)), atol=1e-5)
    # Instance normalisation: a patch is judged without regard to the others.
    np.testing.assert_allclose(discriminator(patches[:1]), judged[:1], atol=1e-6)
    assert np.isfinite(discriminator(tf.zeros([1, 32, 32, 1])))
