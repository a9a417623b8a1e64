"""The maps' grey scale for the network, and back."""

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.projection import Downsampling
from tfpaintsep.superresolution.scaling import MapScaling


@pytest.fixture
def coarse(rng: np.random.Generator) -> np.ndarray:
    maps = rng.random((9, 8, 3)) * [1e4, 3.0, 1e-3] + [-50, 2, 0]
    return maps.astype(np.float32)


def test_each_map_fills_its_part_of_the_range(coarse: np.ndarray) -> None:
    scaled = MapScaling.of(coarse, headroom=0.25).scale(coarse)
    np.testing.assert_allclose(scaled.min(axis=(0, 1)), 0.25 / 1.5, atol=1e-5)
    np.testing.assert_allclose(scaled.max(axis=(0, 1)), 1.25 / 1.5, atol=1e-5)


def test_there_and_back(coarse: np.ndarray) -> None:
    scaling = MapScaling.of(coarse)
    for maps in (coarse, tf.constant(coarse)):
        back = scaling.unscale(scaling.scale(maps))
        assert back.dtype in (np.float32, tf.float32)
        np.testing.assert_allclose(back, coarse, rtol=1e-5, atol=1e-3)


def test_record_survives_json(coarse: np.ndarray) -> None:
    scaling = MapScaling.of(coarse)
    assert MapScaling.model_validate_json(scaling.model_dump_json()) == scaling
    with pytest.raises(ValueError, match="frozen"):
        scaling.gain = (1.0,)  # type: ignore[misc]


def test_constant_map_is_left_finite() -> None:
    scaling = MapScaling.of(np.zeros((4, 4, 1), np.float32))
    np.testing.assert_array_equal(scaling.scale(np.zeros((2, 2, 1), np.float32)), 0)


def test_refuses_a_gain_that_is_not_positive() -> None:
    with pytest.raises(ValueError, match="positive gain"):
        MapScaling(offset=(0.0,), gain=(0.0,))
    with pytest.raises(ValueError, match="one offset"):
        MapScaling(offset=(0.0, 1.0), gain=(1.0,))


def test_scaling_commutes_with_the_projection(coarse: np.ndarray, rng: np.random.Generator) -> None:
    scaling, u = MapScaling.of(coarse), Downsampling(4)
    fine = np.float32(rng.random((1, 36, 32, 3)))
    inside = u.project(scaling.unscale(fine), coarse[None])
    outside = scaling.unscale(u.project(fine, scaling.scale(coarse[None])))
    np.testing.assert_allclose(inside, outside, rtol=1e-4, atol=1e-2)
