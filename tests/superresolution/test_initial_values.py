"""The generator's initial values: each kind as it is described."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.initial_values import initial_matrix, initial_threshold
from tfpaintsep.superresolution.network import SigmoidListaNetwork

MakeGenerator = Callable[..., SigmoidListaNetwork]
INPUTS, CHANNELS = 12, 64


def make_inputs(rng: np.random.Generator) -> dict[str, tf.Tensor]:
    return {
        name: tf.constant(rng.random((1, 20, 20, 3)), tf.float32)
        for name in ("interpolated", "rgb")
    }


@pytest.mark.parametrize("role", ["W", "S", "D"])
@pytest.mark.parametrize(("kind", "bound"), [("uniform", 0.125), ("glorot", None)])
def test_uniform_within_a_bound(kind: str, bound: float | None, role: str) -> None:
    weights = initial_matrix(kind, role, (64, 36), 1)
    assert weights.dtype == np.float32
    largest = bound or (np.sqrt(3 / 64) if role == "D" else np.sqrt(6 / 100))
    assert 0.98 * largest < np.abs(weights).max() <= 1.0001 * largest
    np.testing.assert_allclose(weights.std(), largest / np.sqrt(3), rtol=0.05)
    np.testing.assert_array_equal(initial_matrix(kind, role, (64, 36), 1), weights)
    assert not np.array_equal(initial_matrix(kind, role, (64, 36), 2), weights)


def test_codes_of_a_half_give_images_of_a_half() -> None:
    for kind in ("glorot", "steep"):
        squared = initial_matrix(kind, "D", (1024, 10), 0).astype(np.float64) ** 2
        np.testing.assert_allclose(0.5 * squared.sum(axis=0), np.full(10, 0.5), rtol=0.1)


def test_steep_undoes_the_slope_of_the_sigmoid() -> None:
    w = initial_matrix("steep", "W", (CHANNELS, CHANNELS), 4)
    rest = np.eye(CHANNELS) - w - 4 * np.eye(CHANNELS)
    # A - W A is 4 A and what Glorot's rule draws, of which each entry is small beside it.
    np.testing.assert_allclose(
        rest, -initial_matrix("glorot", "W", (CHANNELS, CHANNELS), 4), atol=1e-6
    )
    assert np.abs(rest).max() < 0.25
    np.testing.assert_allclose(
        initial_matrix("steep", "S", (INPUTS, CHANNELS), 4),
        16 * initial_matrix("glorot", "S", (INPUTS, CHANNELS), 4),
    )


@pytest.mark.parametrize("first", [True, False])
def test_steep_thresholds_lie_within_the_inputs_range(first: bool) -> None:
    s = initial_matrix("steep", "S", (INPUTS, CHANNELS), 0)
    threshold = initial_threshold("steep", s, first, 3)
    assert (threshold.shape, threshold.dtype) == ((CHANNELS,), np.float32)
    # What codes of 1/2 add at the slope 4 is taken off again after the first iteration.
    crossing = threshold - (0 if first else 4 * 0.5)
    # S x takes every value between these while x runs over [0, 1].
    assert np.all(crossing > np.minimum(s, 0).sum(axis=0))
    assert np.all(crossing < np.maximum(s, 0).sum(axis=0))
    assert np.ptp(crossing) > 1  # not all codes turn at one place
    np.testing.assert_array_equal(initial_threshold("steep", s, first, 3), threshold)


def test_other_thresholds_are_zero() -> None:
    for kind in ("uniform", "glorot"):
        threshold = initial_threshold(kind, np.ones((INPUTS, CHANNELS)), True, 0)
        np.testing.assert_array_equal(threshold, np.zeros(CHANNELS))


def test_steep_moves_the_codes_and_lets_gradients_through(
    make_generator: MakeGenerator, rng: np.random.Generator
) -> None:
    inputs = make_inputs(rng)
    weights = rng.normal(size=(20, 20, 3))
    spread, passed = {}, {}
    for kind in ("glorot", "steep"):
        network = make_generator(
            initialiser=kind, iterations=5, channels=CHANNELS, pretraining=True
        )
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(weights * network(inputs)["maps"])
        first, *_, last = tape.gradient(loss, [it.S.raw for it in network.iterations])
        passed[kind] = float(tf.norm(first) / tf.norm(last))
        codes = network.codes(inputs).numpy()
        spread[kind] = codes.std(axis=(0, 1, 2)).mean()
    assert spread["steep"] > 4 * spread["glorot"]
    assert passed["steep"] > 0.05 > 0.02 > passed["glorot"]


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'steep'\. Received: zeros"):
        initial_matrix("zeros", "S", (2, 3), 0)


@pytest.mark.parametrize("kind", ["uniform", "glorot", "steep"])
def test_residual_network_starts_beside_the_enlarged_maps(
    kind: str, make_generator: MakeGenerator, rng: np.random.Generator
) -> None:
    settings = {"initialiser": kind, "iterations": 5, "channels": CHANNELS, "final_sigmoid": False}
    inputs = make_inputs(rng)
    network, plain = (make_generator(residual=residual, **settings) for residual in (True, False))
    with tf.GradientTape() as tape:
        outputs = network(inputs)
        loss = tf.reduce_sum(outputs["maps"] ** 2) + tf.reduce_sum(outputs["visible"] ** 2)
    distance = np.abs(outputs["maps"] - inputs["interpolated"])
    assert 0 < distance.max() < 0.1
    assert np.abs(plain(inputs)["maps"] - inputs["interpolated"]).max() > 0.3
    # The photograph is reconstructed as ever.
    np.testing.assert_array_equal(outputs["visible"], plain(inputs)["visible"])
    # And every weight can still be learned.
    for gradient in tape.gradient(loss, network.trainable_variables):
        assert np.any(gradient != 0)


def test_residual_network_adds_to_the_enlarged_maps(
    make_generator: MakeGenerator, rng: np.random.Generator
) -> None:
    network, plain = (
        make_generator(residual=residual, final_sigmoid=False) for residual in (True, False)
    )
    for weight in network.weights:
        weight.assign(weight + 0.3 * rng.normal(size=weight.shape))
    plain.set_weights(network.get_weights())
    inputs = make_inputs(rng)
    outputs, expected = network(inputs), plain(inputs)
    np.testing.assert_allclose(
        outputs["maps"], inputs["interpolated"] + expected["maps"], rtol=1e-5, atol=1e-5
    )
    np.testing.assert_array_equal(outputs["visible"], expected["visible"])
