"""Mixed precision and XLA change how a step is computed, hardly what."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.errors import InputError
from tfpaintsep.separation.convolution import convolve
from tfpaintsep.superresolution.lista import multiply
from tfpaintsep.training.checkpoints import Checkpoints
from tfpaintsep.training.loop import Compilation, train
from tfpaintsep.training.placement import Placement
from tfpaintsep.training.precision import mixed_precision
from tfpaintsep.training.workers import Workers

BFLOAT16 = 2.0**-8
"""Largest relative rounding error of one number."""


def products(seed: int) -> list[tf.Tensor]:
    rng = np.random.default_rng(seed)
    image, codes = (tf.constant(rng.random((1, 8, 9, c)), tf.float32) for c in (1, 16))
    kernel = tf.constant(rng.random((5, 5, 1, 16)), tf.float32)
    synthesis = tf.transpose(kernel, [0, 1, 3, 2])
    matrix = tf.constant(rng.random((16, 4)), tf.float32)
    return [convolve(image, kernel), convolve(codes, synthesis), multiply(codes, matrix)]


def test_products_are_rounded_within_the_context_and_nowhere_else() -> None:
    exact = products(0)
    with mixed_precision():
        rounded = products(0)
    with mixed_precision(False):
        same = products(0)
    for a, b, c in zip(exact, rounded, same, strict=True):
        assert b.dtype == tf.float32
        np.testing.assert_array_equal(a, c)
        # All terms are positive, so relative errors do not grow in sums; taps are added singly.
        error = np.max(np.abs(a - b) / a)
        assert 0 < error < 4 * BFLOAT16


def test_gradients_come_back_in_float32() -> None:
    kernel = tf.Variable(tf.ones([5, 5, 1, 16]))
    with mixed_precision(), tf.GradientTape() as tape:
        loss = tf.reduce_mean(convolve(tf.ones([1, 8, 8, 1]), kernel) ** 2)
    gradient = tape.gradient(loss, kernel)
    assert gradient.dtype == tf.float32
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("compilation", [Compilation(xla=True), Compilation(mixed_precision=True)])
def test_a_training_ends_where_the_plain_one_does(
    compilation: Compilation, make_line: Callable, make_points: Callable, tmp_path: Path
) -> None:
    def weights(how: Compilation) -> list[float]:
        line = make_line()
        checkpoints = Checkpoints(tmp_path / str(how), line, {"optimizer": line.optimizer})
        train(
            *(line, make_points(), checkpoints),
            metric_names=("loss", "step"), steps=20, steps_per_call=5, compilation=how,
        )  # fmt: skip
        return [float(value) for value in line.trainable_variables]

    np.testing.assert_allclose(weights(compilation), weights(Compilation()), rtol=1e-5)


def test_xla_is_for_one_device(make_line: Callable, make_points: Callable, tmp_path: Path) -> None:
    line = make_line()

    class TwoReplicas(Workers):
        strategy = type("Strategy", (), {"num_replicas_in_sync": 2})()

    with pytest.raises(InputError, match=r"training\.xla"):
        train(
            *(line, make_points(), Checkpoints(tmp_path, line, {"optimizer": line.optimizer})),
            metric_names=("loss",), steps=2, compilation=Compilation(xla=True),
            workers=TwoReplicas(Placement("mirrored")),
        )  # fmt: skip
