"""Each shrinkage is the proximal operator it is said to be, found by search."""

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.shrinkage import (
    Shrinkage,
    hard_threshold,
    no_threshold,
    shrinkage,
    soft_threshold,
)
from tfpaintsep.training.fusion import fused

THRESHOLDS = (0.0, 0.3, 1.0)
# The search grid contains zero and all points, so a brute-force minimiser is near-exact.
POINTS = np.linspace(-2, 2, 81)
GRID = np.linspace(-3, 3, 6001)


def minimiser(penalty: np.ndarray) -> np.ndarray:
    """argmin_u (u - x)^2 / 2 + penalty(u) over the grid, for each point x."""
    return GRID[np.argmin((GRID - POINTS[:, None]) ** 2 / 2 + penalty, axis=1)]


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_soft_threshold_is_the_prox_of_l1(threshold: float) -> None:
    ours = soft_threshold(tf.constant(POINTS), tf.constant(threshold, tf.float64))
    np.testing.assert_allclose(ours, minimiser(threshold * np.abs(GRID)), atol=1.1e-3)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_hard_threshold_is_the_prox_of_half_its_square_times_l0(threshold: float) -> None:
    ours = hard_threshold(tf.constant(POINTS), tf.constant(threshold, tf.float64)).numpy()
    brute = minimiser(threshold**2 / 2 * (np.abs(GRID) > 1e-9))
    # Where |x| = threshold both zero and x minimise.
    tie = np.isclose(np.abs(POINTS), threshold)
    np.testing.assert_allclose(ours[~tie], brute[~tie], atol=1.1e-3)


def test_soft_threshold_gives_exact_zeros_and_broadcasts() -> None:
    x = tf.constant([[0.5, -2.0, 0.1], [0.5, -2.0, 0.1]])
    shrunk = soft_threshold(x, tf.constant([[0.5], [1.0]]))
    np.testing.assert_array_equal(shrunk, [[0, -1.5, 0], [0, -1, 0]])


def test_soft_threshold_gradients() -> None:
    x, t = tf.constant([-2.0, -0.2, 0.1, 3.0]), tf.constant([1.0, 1.0, 1.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch([x, t])
        y = soft_threshold(x, t)
    by_x, by_t = tape.gradient(y, [x, t])
    np.testing.assert_array_equal(by_x, [1, 0, 0, 1])
    np.testing.assert_array_equal(by_t, [1, 0, 0, -1])  # -sign(x) where the code survives


@pytest.mark.parametrize("fusing", [False, True])
@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 1), (2, 1, 1), (2, 1, 4), (2, 3, 4)])
def test_soft_threshold_gradients_with_a_broadcast_threshold(
    shape: tuple[int, ...], fusing: bool, rng: np.random.Generator
) -> None:
    x, weights = (tf.constant(rng.normal(size=(2, 3, 4))) for _ in range(2))
    t = tf.constant(rng.random(shape))
    # Sizes known and unknown when the graph is made.
    for signature in (None, [tf.TensorSpec([None, None, 4], tf.float64)] * 2):

        @tf.function(input_signature=signature)
        def gradients(x: tf.Tensor, weights: tf.Tensor) -> list[list[tf.Tensor]]:
            results = []
            for operator in (soft_threshold, lambda x, t: tf.sign(x) * tf.nn.relu(abs(x) - t)):
                with fused(fusing):
                    with tf.GradientTape() as tape:
                        tape.watch([x, t])
                        value = tf.reduce_sum(weights * operator(x, t))
                    results.append(tape.gradient(value, [x, t]))
            return results

        for ours, automatic in zip(*gradients(x, weights), strict=True):
            np.testing.assert_allclose(ours, automatic, atol=1e-12)


@pytest.mark.parametrize("fusing", [False, True])
@pytest.mark.parametrize("name", ["soft", "hard", "none"])
def test_a_step_is_added_first(name: Shrinkage, fusing: bool, rng: np.random.Generator) -> None:
    operator = shrinkage(name)
    x, step, weights = (tf.constant(rng.normal(size=(2, 3, 4))) for _ in range(3))
    t = tf.constant(rng.random((2, 1, 1)))
    results = []
    for shrink in (lambda x, step: operator(x, t, step), lambda x, step: operator(x + step, t)):
        with fused(fusing):
            with tf.GradientTape() as tape:
                tape.watch([x, step])
                value = tf.reduce_sum(weights * shrink(x, step))
            results.append([value, *tape.gradient(value, [x, step])])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_hard_threshold_gives_its_threshold_no_gradient() -> None:
    x, t = tf.constant([-2.0, -0.2, 0.1, 3.0]), tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch([x, t])
        y = hard_threshold(x, t)
    by_x, by_t = tape.gradient(y, [x, t])
    np.testing.assert_array_equal(by_x, [1, 0, 0, 1])
    assert by_t is None


def test_operators_by_name() -> None:
    assert shrinkage("soft") is soft_threshold
    assert shrinkage("hard") is hard_threshold
    x = tf.constant([0.1, -2.0])
    np.testing.assert_array_equal(shrinkage("none")(x, tf.constant(1.0)), x)
    assert shrinkage("none") is no_threshold
    with pytest.raises(ValueError, match="Received: l2"):
        shrinkage("l2")  # type: ignore[arg-type]
