"""Shares of a batch add up to it; an update is that of the mean over replicas."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.training.replicas import share_of, update


@pytest.mark.parametrize(("count", "replicas"), [(8, 1), (8, 4), (7, 2), (13, 4), (4, 4), (519, 8)])
def test_shares_tile_the_batch_and_their_weighted_means_average_to_its_mean(
    count: int, replicas: int
) -> None:
    values = np.random.default_rng(0).random(count)
    shares = [share_of(count, tf.constant(replica), replicas) for replica in range(replicas)]
    parts = [values[int(s.first) : int(s.first) + int(s.size)] for s in shares]
    np.testing.assert_array_equal(np.concatenate(parts), values)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    means = [float(s.weight) * part.mean() for s, part in zip(shares, parts, strict=True)]
    np.testing.assert_allclose(np.mean(means), values.mean(), rtol=1e-6)


@pytest.mark.parametrize("replicas", [1, 2])
def test_even_shares_have_a_size_that_is_known_when_traced(replicas: int) -> None:
    assert share_of(8, tf.constant(0), replicas).size == 8 // replicas


@pytest.fixture
def make_weights() -> Callable[[], list[keras.Variable]]:
    return lambda: [keras.Variable([3.0, 4.0]), keras.Variable(1.0)]


def gradient_of(weights: list[keras.Variable]) -> tuple[tf.GradientTape, tf.Tensor]:
    """A loss whose gradient is (3, 4) by the first weight, and that leaves out the second."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.constant([3.0, 4.0]) * weights[0].value)
    return tape, loss


@pytest.mark.parametrize(("limit", "factor"), [(None, 1.0), (10.0, 1.0), (1.0, 0.2)])
def test_the_gradient_is_clipped_as_a_whole(
    limit: float | None, factor: float, make_weights: Callable
) -> None:
    weights = make_weights()
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(weights)
    norm = update(optimizer, *gradient_of(weights), weights, limit)
    assert float(norm) == pytest.approx(5)
    np.testing.assert_allclose(weights[0], [3 - 0.3 * factor, 4 - 0.4 * factor], rtol=1e-6)
    assert float(weights[1]) == 1
    assert int(optimizer.iterations) == 1


def test_an_update_is_keras_own(make_weights: Callable) -> None:
    ours, theirs = make_weights(), make_weights()
    pairs = [(keras.optimizers.Adam(0.1), ours), (keras.optimizers.Adam(0.1), theirs)]
    for optimizer, weights in pairs:
        optimizer.build(weights)
    for _ in range(3):
        update(pairs[0][0], *gradient_of(ours), ours)
        tape, loss = gradient_of(theirs)
        gradients = [tape.gradient(loss, theirs[0].value), tf.zeros(())]
        pairs[1][0].apply_gradients(zip(gradients, theirs, strict=True))
    for a, b in zip(
        [*ours, *pairs[0][0].variables], [*theirs, *pairs[1][0].variables], strict=True
    ):
        np.testing.assert_array_equal(a, b)
