"""The first guess g1: luminance, or the regression of the mixture on colour."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

import tfpaintsep.separation.start
from tfpaintsep.separation.colour import colour_features
from tfpaintsep.separation.start import (
    LUMINANCE,
    Start,
    fit_start,
    guess_image,
)

SIGMAS = (1.5, 3.0)


def painting(rng: np.random.Generator, height: int = 60, width: int = 50) -> np.ndarray:
    """A photograph with coarse and fine structure, (h, w, 3)."""
    coarse = tf.image.resize(rng.random((1, 6, 5, 3)), (height, width))[0].numpy()
    return np.clip(0.8 * coarse + 0.2 * rng.random((height, width, 3)), 0, 1)


def guess(start: Start, xray: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    x, r = (tf.constant(image[None], tf.float32) for image in (xray[..., None], rgb))
    return start(x, r)[0, ..., 0].numpy()


def test_luminance_is_the_weighted_sum_of_colours(rng: np.random.Generator) -> None:
    rgb = painting(rng)
    expected = 0.299 * rgb[..., 0] + 0.587 * rgb[..., 1] + 0.114 * rgb[..., 2]
    np.testing.assert_allclose(guess(Start(), np.zeros((60, 50)), rgb), expected, atol=1e-6)
    assert sum(LUMINANCE) == pytest.approx(1)  # white stays white


def test_regression_recovers_a_function_of_colour(rng: np.random.Generator) -> None:
    rgb = painting(rng)
    features = colour_features(tf.constant(rgb[None], tf.float32), SIGMAS)[0].numpy()
    truth = rng.normal(size=features.shape[-1])
    xray = features @ truth
    start = fit_start(xray, rgb, SIGMAS)
    # All of the mixture beyond its mean is the surface's; the mean is shared.
    expected = xray - xray.mean() / 2
    np.testing.assert_allclose(guess(start, xray, rgb), expected, atol=2e-3 * np.std(xray))


def test_unexplained_detail_is_split_evenly(rng: np.random.Generator) -> None:
    rgb = painting(rng)
    colour = 0.3 + 0.5 * rgb[..., 0]
    hidden = np.zeros((60, 50))
    hidden[20:40, 15:30] = 0.2
    start = fit_start(colour + hidden, rgb, SIGMAS)
    twin = guess(start, colour + hidden, rgb), guess(start, colour, rgb)
    np.testing.assert_allclose(twin[0] - twin[1], hidden / 2, atol=1e-6)
    surface = twin[0]
    concealed = colour + hidden - surface
    assert np.mean(surface) == pytest.approx(np.mean(concealed), abs=1e-4)
    correlations = [np.corrcoef(a.ravel(), colour.ravel())[0, 1] for a in (surface, concealed)]
    assert correlations[0] > correlations[1] + 0.2, correlations


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_constant_photograph_explains_nothing(level: float, rng: np.random.Generator) -> None:
    xray = rng.random((30, 40))
    start = fit_start(xray, np.full((30, 40, 3), level), SIGMAS)
    assert np.abs(start.coefficients).max() < 10
    ours = guess(start, xray, np.full((30, 40, 3), level))
    np.testing.assert_allclose(ours, xray / 2, atol=1e-4)


def test_flat_and_grey_areas_do_not_blow_up(rng: np.random.Generator) -> None:
    rgb = np.repeat(painting(rng)[..., :1], 3, axis=-1)  # grey: colours coincide
    rgb[:, :25] = 0.4
    xray = rng.random((60, 50))
    ours = guess(fit_start(xray, rgb, SIGMAS), xray, rgb)
    assert np.isfinite(ours).all()
    assert ours.min() > -0.5
    assert ours.max() < 1.5


def test_smoothing_neither_darkens_nor_mirrors_the_border() -> None:
    white = tf.ones((1, 9, 7, 3))  # smaller than the Gaussians
    smoothed = colour_features(white, (3.0, 8.0))[..., 10:]
    assert smoothed.shape[-1] == 6
    np.testing.assert_allclose(smoothed, 1, atol=1e-6)


def test_coefficients_travel_as_json(rng: np.random.Generator) -> None:
    xray, rgb = rng.random((30, 20)), painting(rng, 30, 20)
    start = fit_start(xray, rgb, SIGMAS)
    twin = Start.model_validate_json(start.model_dump_json())
    assert twin == start
    assert len(twin.coefficients) == 10 + 3 * len(SIGMAS)
    np.testing.assert_array_equal(guess(twin, xray, rgb), guess(start, xray, rgb))


def test_radius_bounds_what_a_pixel_sees(
    rng: np.random.Generator, make_images: Callable[..., dict[str, tf.Tensor]]
) -> None:
    start = fit_start(rng.random((30, 20)), painting(rng, 30, 20), SIGMAS)
    images = make_images(41, 41, batch=1)
    with tf.GradientTape() as tape:
        tape.watch(images["rgb"])
        middle = start(images["xray"], images["rgb"])[0, 20, 20, 0]
    seen = np.abs(tape.gradient(middle, images["rgb"])[0]).sum(axis=-1) > 0
    rows, columns = np.nonzero(seen)
    assert start.radius() == 12
    assert max(np.abs(rows - 20).max(), np.abs(columns - 20).max()) == 12
    assert Start().radius() == 0


def test_tiles_make_no_difference(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    xray, rgb = rng.random((70, 53)), painting(rng, 70, 53)
    whole = fit_start(xray, rgb, SIGMAS)
    monkeypatch.setattr(tfpaintsep.separation.start, "TILE", 32)
    tiled = fit_start(xray, rgb, SIGMAS)
    np.testing.assert_allclose(tiled.coefficients, whole.coefficients, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(
        guess_image(whole, xray, rgb), guess(whole, xray, rgb), rtol=0, atol=1e-5
    )
