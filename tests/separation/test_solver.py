"""The plain solver descends on objective (7) where theory says that it must."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.solver import (
    Dictionaries,
    Weights,
    adjoint,
    objective,
    solve,
    squared_norm_bound,
    step_bound,
)

MU = np.array([0.1, 0.3, 0.3, 0.5])


class DecimatedHaar:
    """One orthonormal Haar transform of images of even size, without redundancy."""

    matrix = np.kron([[1, 1], [-1, 1]], [[1, 1], [-1, 1]]) / 2

    def analyse(self, y: tf.Tensor) -> tf.Tensor:
        return tf.nn.space_to_depth(y, 2) @ self.matrix.T

    def synthesise(self, bands: tf.Tensor) -> tf.Tensor:
        return tf.nn.depth_to_space(bands @ self.matrix, 2)


def largest_rise(values: list[float]) -> float:
    """The largest relative increase from one iterate to the next."""
    steps = np.array(values)
    return float(np.max((steps[1:] - steps[:-1]) / steps[:-1]))


@pytest.mark.parametrize(("c_in", "c_out"), [(1, 6), (6, 1), (1, 3), (1, 1)])
@pytest.mark.parametrize("size", [(8, 11), (2, 3)])
def test_adjoint_of_same_convolutions(
    c_in: int, c_out: int, size: tuple[int, int], rng: np.random.Generator
) -> None:
    kernel = tf.constant(rng.normal(size=(5, 5, c_in, c_out)))
    x = tf.constant(rng.normal(size=(1, *size, c_in)))
    y = tf.constant(rng.normal(size=(1, *size, c_out)))
    left = tf.reduce_sum(tf.nn.conv2d(x, kernel, 1, "SAME") * y)
    right = tf.reduce_sum(x * tf.nn.conv2d(y, adjoint(kernel), 1, "SAME"))
    np.testing.assert_allclose(left, right, rtol=1e-10)
    np.testing.assert_array_equal(adjoint(adjoint(kernel)), kernel)


@pytest.mark.parametrize(("c_in", "c_out"), [(1, 3), (6, 1), (1, 1)])
def test_norm_bound_holds_and_is_tight(c_in: int, c_out: int, rng: np.random.Generator) -> None:
    kernel = rng.normal(size=(5, 5, c_in, c_out))
    x = tf.constant(rng.normal(size=(1, 40, 40, c_in)))
    for _ in range(60):  # power iteration
        x /= tf.norm(x)
        forth = tf.nn.conv2d(x, tf.constant(kernel), 1, "SAME")
        x = tf.nn.conv2d(forth, adjoint(kernel), 1, "SAME")
    true = float(tf.norm(x))
    assert 0.8 * squared_norm_bound(kernel) < true <= squared_norm_bound(kernel)


def test_haar_of_this_file_is_orthonormal(rng: np.random.Generator) -> None:
    y = tf.constant(rng.normal(size=(1, 6, 8, 1)))
    bands = DecimatedHaar().analyse(y)
    np.testing.assert_allclose(DecimatedHaar().synthesise(bands), y, atol=1e-12)
    np.testing.assert_allclose(tf.reduce_sum(bands**2), tf.reduce_sum(y**2), rtol=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("case", ["mu = 0", "one orthonormal transform"])
def test_objective_never_rises(
    case: str, seed: int, make_images: Callable, dictionaries: Dictionaries
) -> None:
    x = make_images(12, 14, dtype="float64", seed=seed)
    weights = Weights(
        tau1=0.7,
        tau2=1.5,
        gamma=0.4,
        lambda1=0.05,
        lambda2=0.02,
        mu=np.zeros(4) if case == "mu = 0" else MU,
    )
    transform = None if case == "mu = 0" else DecimatedHaar()
    args = (x["xray"], x["rgb"], x["init"], dictionaries, weights)
    solution = solve(*args, iterations=60, transform=transform)
    assert largest_rise(solution.objective) <= 1e-12
    assert solution.objective[-1] < 0.9 * solution.objective[0]


@pytest.mark.parametrize(("mu", "rises"), [(MU, False), (np.full(4, 50.0), True)])
def test_objective_falls_with_the_redundant_frame(
    mu: np.ndarray, rises: bool, make_images: Callable, dictionaries: Dictionaries
) -> None:
    x = make_images(12, 14, dtype="float64")
    weights = Weights(tau1=0.4, tau2=0.4, gamma=0.01, lambda1=1e-3, lambda2=1e-3, mu=mu)
    args = (x["xray"], x["rgb"], x["init"], dictionaries, weights, 60)
    values = solve(*args).objective
    # F is no exact prox for the frame: strong thresholds bring small rises, on the way down.
    assert (largest_rise(values) > 0) == rises
    assert largest_rise(values) < 0.02
    assert values[-1] < 0.5 * values[0]
    # With one orthonormal transform, F is the prox at any strength.
    assert largest_rise(solve(*args, transform=DecimatedHaar()).objective) <= 1e-12


def test_objective_by_hand() -> None:
    one = np.ones((1, 1, 1, 1))
    d = Dictionaries(psi=2 * one, theta=3 * one, phi=np.ones((1, 1, 1, 3)))
    weights = Weights(2.0, 3.0, 5.0, 7.0, 11.0, mu=np.array([13.0, 0, 0, 0]))
    xray, rgb, y1, y2, z1, z2 = (
        tf.fill((1, 2, 2, channels), tf.constant(value, tf.float64))
        for value, channels in ((1.0, 1), (0.5, 3), (0.2, 1), (0.1, 1), (-0.3, 1), (0.4, 1))
    )
    pixel = (1 - 2 * 0.3) ** 2 + 2 * (0.2 + 0.9) ** 2 + 3 * (0.1 - 1.2) ** 2
    pixel += 5 * 3 * (0.5 - 0.2) ** 2 + 7 * 0.3 + 11 * 0.4
    frame = 13 * (2 * 0.2) * (2 * 0.1)  # the one LL coefficient of a constant 2 x 2 block
    value = objective(xray, rgb, d, weights, DecimatedHaar(), (z1, z2), (y1, y2))
    assert value == pytest.approx(4 * pixel + frame)


def test_step_bound_covers_both_blocks(dictionaries: Dictionaries) -> None:
    weights = Weights(tau1=2.0, tau2=9.0, gamma=3.0)
    xi = step_bound(dictionaries, weights)
    norm = squared_norm_bound
    assert xi >= norm(dictionaries.theta)
    assert xi >= norm(dictionaries.psi) + 9
    assert xi >= norm(dictionaries.psi) + 2 + 3 * norm(dictionaries.phi)
