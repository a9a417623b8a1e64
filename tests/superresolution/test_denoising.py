"""Counting noise taken out of measured maps: it goes, forms stay, and what is no noise stays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from tfpaintsep.images import ElementStack
from tfpaintsep.superresolution.config import NoiseConfig, SuperResolutionConfig
from tfpaintsep.superresolution.denoising import Denoiser, take_noise_out
from tfpaintsep.superresolution.enlargement import Enlargement
from tfpaintsep.superresolution.inference import make_upscale, reach_of, upscale_tiled
from tfpaintsep.superresolution.noise import NoiseModel
from tfpaintsep.superresolution.projection import Downsampling
from tfpaintsep.superresolution.scaling import MapScaling

REMOVE = NoiseConfig(removal="non_local_means")


@pytest.fixture
def rates(rng: np.random.Generator) -> np.ndarray:
    """Two elements in areas with sharp borders, counts expected, (48, 40, 2)."""
    field = gaussian_filter(rng.normal(size=(48, 40, 2)), (5, 5, 0))
    return np.where(field > 0, 90.0, 15.0) * [1.0, 4.0]


@pytest.fixture
def grey() -> np.ndarray:
    """A photograph that shows nothing, (48, 40, 3)."""
    return np.full((48, 40, 3), 0.5)


def cleaned(denoiser: Denoiser, maps: np.ndarray) -> np.ndarray:
    result: np.ndarray = denoiser(tf.constant(maps[None], tf.float32)).numpy()[0]
    return result


def test_noise_goes_and_borders_stay(
    rng: np.random.Generator, rates: np.ndarray, grey: np.ndarray
) -> None:
    counts = rng.poisson(rates).astype(np.float32)
    denoiser = Denoiser.of(counts, grey, REMOVE)
    assert denoiser is not None
    result = cleaned(denoiser, counts)
    before, after = (np.square(maps - rates).mean(axis=(0, 1)) for maps in (counts, result))
    assert np.all(after < before / 3)
    taken = np.square(result - counts).mean(axis=(0, 1))
    assert np.all(taken < before)  # no more than there was noise
    np.testing.assert_allclose(result.mean(axis=(0, 1)), counts.mean(axis=(0, 1)), rtol=0.02)


def test_a_map_without_noise_stays_to_the_bit(
    rng: np.random.Generator, rates: np.ndarray, grey: np.ndarray
) -> None:
    counts = np.stack([rng.poisson(rates[..., 0]), rates[..., 1]], axis=-1).astype(np.float32)
    denoiser = Denoiser.of(counts, grey, REMOVE)
    assert denoiser is not None
    assert denoiser.noisy == (True, False)
    result = cleaned(denoiser, counts)
    np.testing.assert_array_equal(result[..., 1], counts[..., 1])
    assert np.abs(result[..., 0] - counts[..., 0]).max() > 1


def test_nothing_is_said_of_the_noise_of_maps_without_the_element() -> None:
    denoiser = Denoiser(lowest=(0.0, 0.0), constant=(0.0, 2.0), slope=(1.0, 1.0), config=REMOVE)
    maps = np.stack([np.zeros((9, 7)), np.ones((9, 7))], axis=-1).astype(np.float32)
    taken = denoiser.taken_out(ElementStack(maps, ("Pb-L", "Fe-K")), maps)
    assert taken["Pb-L"] is None
    assert taken["Fe-K"] == pytest.approx(1 / np.sqrt(3))


def test_little_noise_is_left_and_nothing_is_removed_unasked(
    rng: np.random.Generator, rates: np.ndarray, grey: np.ndarray
) -> None:
    nearly = (rates + 0.02 * rates.std(axis=(0, 1)) * rng.normal(size=rates.shape)).astype(
        np.float32
    )
    assert Denoiser.of(nearly, grey, REMOVE) is None
    assert Denoiser.of(nearly, grey, REMOVE.model_copy(update={"least": 0.0})) is not None
    assert Denoiser.of(rng.poisson(rates).astype(float), grey, NoiseConfig()) is None


def test_what_the_photograph_shows_too_is_no_noise(
    rng: np.random.Generator, rates: np.ndarray
) -> None:
    texture = rng.random((48, 40, 3))
    maps = (rates + 40 * texture[..., :2]).astype(np.float32)
    hidden, shown = (
        np.sqrt(NoiseModel.of(maps, colours).variance(maps).mean()) for colours in (None, texture)
    )
    assert shown < 0.3 * hidden


def test_a_rare_element_has_noise_too(rng: np.random.Generator) -> None:
    counts = rng.poisson(0.2, (64, 64, 1)).astype(float)
    variance = NoiseModel.of(counts).variance(counts).mean()
    assert variance == pytest.approx(0.2, rel=0.3)


def test_configured_removal_takes_the_photograph_at_the_scale_of_the_maps(
    rng: np.random.Generator, rates: np.ndarray
) -> None:
    counts, rgb = rng.poisson(rates).astype(np.float32), rng.random((192, 160, 3), np.float32)
    denoiser, maps = take_noise_out(SuperResolutionConfig(noise=REMOVE), counts, rgb)
    assert denoiser is not None
    np.testing.assert_allclose(maps, cleaned(denoiser, counts), rtol=1e-5)
    assert take_noise_out(SuperResolutionConfig(), counts, rgb)[1] is counts


def test_tiles_leave_no_seam_and_average_to_the_cleaned_maps(
    make_generator: Callable[..., Any], rng: np.random.Generator, rates: np.ndarray, grey: Any
) -> None:
    bands = np.concatenate([rates, rates[..., :1] + 5], axis=-1)
    counts = rng.poisson(bands).astype(np.float32)
    denoiser = Denoiser.of(counts, grey, REMOVE)
    assert denoiser is not None
    u = Downsampling(2)
    enlargement, scaling = Enlargement(u), MapScaling.of(counts)
    network = make_generator(initialiser="steep", residual=True, final_sigmoid=False)
    apply = tf.function(
        make_upscale(network, enlargement, scaling, denoiser),
        input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32)] * 2,
    )
    rgb = rng.random((96, 80, 3), np.float32)
    whole = apply(tf.constant(counts[None]), tf.constant(rgb[None])).numpy()[0]
    span = float(np.ptp(counts))
    tiled = upscale_tiled(apply, counts, rgb, 2, reach_of(enlargement, denoiser), 12)
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-5 * span)
    np.testing.assert_allclose(
        u.down(whole[None])[0], cleaned(denoiser, counts), rtol=0, atol=1e-5 * span
    )
    narrow = upscale_tiled(apply, counts, rgb, 2, enlargement.reach, 12)
    assert np.abs(narrow - whole).max() > 1e-3 * span
