"""The noise of measured maps, and what a test one scale down makes of it."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from tfpaintsep.superresolution.enlargement import Enlargement
from tfpaintsep.superresolution.noise import NoiseModel
from tfpaintsep.superresolution.one_scale_down import measured_sharpness
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.projection import Downsampling


def smooth(rng: np.random.Generator, size: tuple[int, int], sigma: float = 12.0) -> np.ndarray:
    field = gaussian_filter(rng.normal(size=size), sigma)
    return (field - field.min()) / np.ptp(field)


def test_variance_of_counts_is_their_mean(rng: np.random.Generator) -> None:
    expected = 20 + 400 * smooth(rng, (160, 160))
    counts = rng.poisson(expected).astype(float)[..., None]
    ratio = NoiseModel.of(counts).variance(counts)[..., 0] / expected
    assert 0.8 < np.median(ratio) < 1.25
    for part in (expected < 100, expected > 300):
        assert 0.7 < ratio[part].mean() < 1.4


def test_constant_noise_is_found_whatever_the_units(rng: np.random.Generator) -> None:
    maps = np.stack([smooth(rng, (120, 120))] * 2, axis=-1) + 0.01 * rng.normal(size=(120, 120, 2))
    scaled = maps * [1, 1e4]
    deviation = np.sqrt(NoiseModel.of(scaled).variance(scaled).mean(axis=(0, 1))) / [1, 1e4]
    assert np.all(np.abs(deviation / 0.01 - 1) < 0.25)


@pytest.mark.parametrize("size", [(1, 5), (2, 2), (3, 40)])
def test_small_constant_and_clean_maps_have_a_finite_variance(size: tuple[int, int]) -> None:
    ramp = np.linspace(0, 1, size[0] * size[1]).reshape(*size, 1)
    for maps in (np.zeros((*size, 2)), np.full((*size, 2), 3.0), ramp):
        variance = NoiseModel.of(maps).variance(maps)
        assert variance.shape == maps.shape
        assert np.isfinite(variance).all()
        assert (variance >= 0).all()


def test_a_map_of_a_few_edges_has_no_noise() -> None:
    hot = np.zeros((500, 500, 1))
    hot[7::100, 5::90] = 3000
    step = np.where(np.arange(60) < 20, 100.0, 0.0)[:, None, None] * np.ones((1, 60, 1))
    for maps in (hot, step):
        assert np.all(NoiseModel.of(maps).variance(maps) == 0)


def test_block_means_get_back_what_averaging_took(rng: np.random.Generator) -> None:
    clean = 0.2 + 0.6 * smooth(rng, (256, 256), 40.0)
    measured = (clean + 0.05 * rng.normal(size=clean.shape))[..., None]
    means = measured.reshape(64, 4, 64, 4, 1).mean(axis=(1, 3))
    model = NoiseModel.of(measured)
    again = means + model.lost(means, 4, seed=3)
    truth = clean.reshape(64, 4, 64, 4).mean(axis=(1, 3))
    assert (means[..., 0] - truth).std() == pytest.approx(0.05 / 4, rel=0.1)
    assert (again[..., 0] - truth).std() == pytest.approx(0.05, rel=0.25)
    np.testing.assert_array_equal(again, means + model.lost(means, 4, seed=3))


def test_noise_makes_interpolation_softer(rng: np.random.Generator) -> None:
    edges = (smooth(rng, (96, 96), 6.0) > 0.5).astype(float)
    clean = gaussian_filter(edges, 1.0)[..., None]
    enlargement = Enlargement(Downsampling(4, "mean", "lanczos"))
    noisy = clean + 0.3 * rng.normal(size=clean.shape)
    sharp = measured_sharpness(clean, enlargement, seed=0)[0]
    soft = measured_sharpness(noisy, enlargement, seed=0)[0]
    assert sharp > 0.8
    assert soft < 0.5 * sharp


def test_sharpness_lies_between_the_two_interpolations(rng: np.random.Generator) -> None:
    coarse = tf.constant(rng.random((1, 12, 10, 2)), tf.float32)
    rgb = tf.zeros([1, 48, 40, 3])
    u = Downsampling(4, "mean", "lanczos")
    soft, sharp = Enlargement(u).soft_and_sharp(coarse)
    found = Enlargement(u, sharpness=(0.0, 1.0))(coarse, rgb)
    np.testing.assert_allclose(found[..., 0], soft[..., 0], atol=1e-6)
    np.testing.assert_allclose(found[..., 1], sharp[..., 1], atol=1e-6)
    np.testing.assert_allclose(u.down(found), coarse, atol=1e-5)


def test_each_noisy_copy_has_its_own_maps(rng: np.random.Generator) -> None:
    u = Downsampling(4)
    measured = smooth(rng, (48, 40), 6.0)[..., None] + 0.05 * rng.normal(size=(48, 40, 1))
    pair = Pair(measured, rng.random((192, 160, 3)), u)
    plain = pair.downsampled(1.0, [(0, 0)] * 3).images["xrf"].numpy()
    noisy = pair.downsampled(1.0, [(0, 0)] * 3, noise=7)
    added = noisy.images["xrf"].numpy() - plain
    assert added.shape == (3, 12, 10, 1)
    assert np.all(added.std(axis=(1, 2)) > 0.02)
    assert np.abs(np.corrcoef(added.reshape(3, -1)) - np.eye(3)).max() < 0.4
    np.testing.assert_array_equal(
        noisy.images["truth"].numpy()[0, ..., 0], measured[..., 0].astype("f4")
    )
