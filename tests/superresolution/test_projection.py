"""U, its adjoint and pseudo-inverse, and the projection, by their defining properties."""

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.projection import Downsampling, Interpolation, Operator

CASES = pytest.mark.parametrize(
    ("scale", "operator"),
    [(scale, operator) for scale in (1, 2, 3, 4, 8) for operator in ("mean", "decimate")],
)
HEIGHT, WIDTH, BANDS = 5, 7, 3


def images(scale: int, rng: np.random.Generator, dtype: str = "float32") -> tuple:
    """A fine and a coarse stack, unrelated."""
    fine = rng.normal(size=(2, scale * HEIGHT, scale * WIDTH, BANDS))
    coarse = rng.normal(size=(2, HEIGHT, WIDTH, BANDS))
    return tf.constant(fine, dtype), tf.constant(coarse, dtype)


@CASES
def test_down_is_what_it_says(scale: int, operator: Operator, rng: np.random.Generator) -> None:
    fine, _ = images(scale, rng)
    coarse = Downsampling(scale, operator).down(fine)
    for row, column in ((0, 0), (4, 6), (2, 3)):
        block = fine.numpy()[
            :, row * scale : (row + 1) * scale, column * scale : (column + 1) * scale
        ]
        expected = block.mean(axis=(1, 2)) if operator == "mean" else block[:, 0, 0]
        np.testing.assert_allclose(coarse[:, row, column], expected, atol=1e-6)


@CASES
def test_adjoint_by_dot_products(scale: int, operator: Operator, rng: np.random.Generator) -> None:
    fine, coarse = images(scale, rng, "float64")
    u = Downsampling(scale, operator)
    np.testing.assert_allclose(
        np.vdot(u.down(fine), coarse), np.vdot(fine, u.adjoint(coarse)), rtol=1e-12
    )


@CASES
def test_pseudo_inverse_by_penroses_conditions(
    scale: int, operator: Operator, rng: np.random.Generator
) -> None:
    fine, coarse = images(scale, rng, "float64")
    other, _ = images(scale, rng, "float64")
    u = Downsampling(scale, operator)
    np.testing.assert_allclose(u.down(u.pseudo_inverse(coarse)), coarse, atol=1e-12)
    # U U+ = I leaves one condition: U+ U is symmetric.
    np.testing.assert_allclose(
        np.vdot(u.pseudo_inverse(u.down(fine)), other),
        np.vdot(fine, u.pseudo_inverse(u.down(other))),
        rtol=1e-10,
    )


@CASES
def test_projection_agrees_with_the_measurement_and_is_idempotent(
    scale: int, operator: Operator, rng: np.random.Generator
) -> None:
    fine, coarse = images(scale, rng)
    u = Downsampling(scale, operator)
    projected = u.project(fine, coarse)
    np.testing.assert_allclose(u.down(projected), coarse, atol=2e-6)
    np.testing.assert_allclose(u.project(projected, coarse), projected, atol=2e-6)


@CASES
def test_projection_is_the_nearest_consistent_image(
    scale: int, operator: Operator, rng: np.random.Generator
) -> None:
    fine, coarse = images(scale, rng, "float64")
    other, _ = images(scale, rng, "float64")
    u = Downsampling(scale, operator)
    step = u.project(fine, coarse) - fine
    # At a right angle to every way that leaves the measurement as it is.
    free = other - u.pseudo_inverse(u.down(other))
    assert abs(np.vdot(step, free)) < 1e-9
    np.testing.assert_allclose(u.project(fine, u.down(fine)), fine, atol=1e-12)


def test_the_printed_projection_holds_for_decimation_alone(rng: np.random.Generator) -> None:
    fine, coarse = images(4, rng, "float64")
    for u, consistent in ((Downsampling(4, "decimate"), True), (Downsampling(4, "mean"), False)):
        printed = fine - u.adjoint(u.down(fine) - coarse)
        assert np.allclose(u.down(printed), coarse) is consistent


@pytest.mark.parametrize("interpolation", ["bilinear", "lanczos"])
@CASES
def test_interpolation_reproduces_a_ramp(
    scale: int, operator: Operator, interpolation: Interpolation
) -> None:
    u = Downsampling(scale, operator, interpolation)
    rows, columns = np.mgrid[: scale * 20, : scale * 18]
    fine = tf.constant((0.5 * rows - 0.2 * columns + 1)[None, ..., None], tf.float32)
    enlarged = u.interpolate(u.down(fine))
    assert enlarged.shape == fine.shape
    # Away from the border, beyond which values stay constant.
    margin = scale * u.reach
    inside = (0, slice(margin, -margin), slice(margin, -margin), 0)
    np.testing.assert_allclose(enlarged[inside], fine[inside], rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("interpolation", ["bilinear", "lanczos"])
@CASES
def test_interpolation_keeps_a_constant_up_to_the_border(
    scale: int, operator: Operator, interpolation: Interpolation
) -> None:
    enlarged = Downsampling(scale, operator, interpolation).interpolate(tf.fill([1, 4, 3, 2], 0.7))
    np.testing.assert_allclose(enlarged, np.full((1, 4 * scale, 3 * scale, 2), 0.7), rtol=1e-5)


@pytest.mark.parametrize("operator", ["mean", "decimate"])
def test_lanczos_interpolation_agrees_with_the_measurement(
    operator: Operator, rng: np.random.Generator
) -> None:
    coarse = tf.constant(rng.random((1, 12, 15, 2)), tf.float32)
    errors = {
        interpolation: np.abs(u.down(u.interpolate(coarse)) - coarse).max()
        for interpolation in ("bilinear", "lanczos")
        for u in [Downsampling(4, operator, interpolation)]
    }
    if operator == "decimate":  # either passes through the samples
        assert max(errors.values()) < 1e-5
    else:
        assert errors["lanczos"] < 0.05 < 0.2 < errors["bilinear"]


@pytest.mark.parametrize("interpolation", ["bilinear", "lanczos"])
@CASES
def test_interpolation_looks_no_further_than_its_reach(
    scale: int, operator: Operator, interpolation: Interpolation
) -> None:
    u = Downsampling(scale, operator, interpolation)
    coarse = np.zeros((1, 25, 3, 1), np.float32)
    changed = coarse.copy()
    changed[0, 12] = 1
    moved = np.any(u.interpolate(changed) != u.interpolate(coarse), axis=(0, 2, 3))
    rows = np.flatnonzero(moved) // scale
    assert rows.min() >= 12 - u.reach
    assert rows.max() <= 12 + u.reach


def test_half_pixel_convention_of_the_mean() -> None:
    coarse = tf.constant([0.0, 1.0], tf.float32)[None, None, :, None]
    enlarged = Downsampling(4).interpolate(coarse)[0, 0, :, 0]
    np.testing.assert_allclose(enlarged, [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1][:8], atol=1e-6)


@pytest.mark.parametrize("operator", ["mean", "decimate"])
def test_one_graph_serves_every_size(operator: Operator, rng: np.random.Generator) -> None:
    u = Downsampling(3, operator)
    spec = tf.TensorSpec([None, None, None, BANDS], tf.float32)

    @tf.function(input_signature=[spec, spec])
    def both(fine: tf.Tensor, coarse: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return u.project(fine, coarse), u.interpolate(coarse)

    for height, width in ((2, 5), (6, 3)):
        fine = tf.constant(rng.random((1, 3 * height, 3 * width, BANDS)), tf.float32)
        coarse = tf.constant(rng.random((1, height, width, BANDS)), tf.float32)
        projected, enlarged = both(fine, coarse)
        np.testing.assert_allclose(projected, u.project(fine, coarse), atol=1e-6)
        np.testing.assert_allclose(enlarged, u.interpolate(coarse), atol=1e-6)
    assert both.experimental_get_tracing_count() == 1


def test_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="Received: 0"):
        Downsampling(0)
    with pytest.raises(ValueError, match="'nearest'"):
        Downsampling(2, "nearest")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'spline'"):
        Downsampling(2, "mean", "spline")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"multiples of 4.*\(8, 10\)"):
        Downsampling(4).down(tf.zeros([1, 8, 10, 1]))
