"""The spread of patches: nothing where they agree, and no grid where they do not."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import uniform_filter

from tfpaintsep.separation.config import InferenceConfig
from tfpaintsep.separation.disagreement import PATCH, STRIDE, with_spread
from tfpaintsep.separation.inference import Separated, estimate_patches, separate

Batch = dict[str, tf.Tensor]
PATCHES = InferenceConfig(mode="patches", patch=16, stride=4)
WHOLE = InferenceConfig(mode="whole", tile=256)


def images(height: int, width: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    shapes = {"xray": (height, width), "rgb": (height, width, 3), "init": (height, width)}
    return {name: rng.random(shape).astype(np.float32) for name, shape in shapes.items()}


def separated(
    apply: Callable[[Batch], Batch], config: InferenceConfig, size: tuple[int, int]
) -> Separated:
    return with_spread(apply, images(*size), separate(apply, images(*size), config, 0), config)


def identity(batch: Batch) -> Batch:
    return {"surface": batch["xray"], "concealed": batch["init"]}


def framed(batch: Batch) -> Batch:
    """The image, with an error of 1 in a frame of two pixels around whatever is given."""
    shape = tf.shape(batch["xray"])
    inner = tf.ones([shape[0], shape[1] - 4, shape[2] - 4, 1])
    frame = 1 - tf.pad(inner, [[0, 0], [2, 2], [2, 2], [0, 0]])
    return {"surface": batch["xray"] + frame, "concealed": batch["init"]}


@pytest.mark.parametrize("config", [PATCHES, WHOLE], ids=lambda config: config.mode)
def test_what_does_not_depend_on_its_surroundings_has_no_spread(config: InferenceConfig) -> None:
    spread = separated(identity, config, (90, 77)).spread
    assert spread is not None
    for values in spread.values():
        assert values.shape == (90, 77)
        assert values.max() < 1e-6  # a difference of sums


@pytest.mark.parametrize("config", [PATCHES, WHOLE], ids=lambda config: config.mode)
def test_the_grid_of_patches_is_not_seen(config: InferenceConfig) -> None:
    # Patches here are equally wrong everywhere, at their borders.
    spread = separated(framed, config, (175, 200)).spread
    assert spread is not None
    inside = spread["surface"][2 * STRIDE : -2 * STRIDE, 2 * STRIDE : -2 * STRIDE]
    assert inside.mean() > 0.1
    assert np.ptp(inside) < 1e-5 * inside.mean()
    assert spread["concealed"].max() < 1e-6


def dependent(batch: Batch) -> Batch:
    """Bright layers that depend a little on whatever surrounds each pixel."""
    mean = tf.reduce_mean(batch["xray"], (1, 2), keepdims=True)
    return {"surface": 50 + batch["xray"] * mean, "concealed": 50 + batch["init"] * mean}


def test_sums_of_single_precision_are_enough() -> None:
    given, size = images(130, 101), (130, 101)
    spread = separated(dependent, WHOLE, size).spread
    assert spread is not None
    layers = separate(dependent, given, WHOLE, 0)
    patches = InferenceConfig(mode="patches", patch=PATCH, stride=STRIDE)
    for name, each in estimate_patches(dependent, given, patches).items():
        each.add(np.zeros((1, 2), int), getattr(layers, name)[None])
        mean_square = each.spread().astype(float) ** 2
        expected = uniform_filter(uniform_filter(mean_square, STRIDE), STRIDE) ** 0.5
        assert expected.min() > 1e-4
        np.testing.assert_allclose(spread[name], expected, rtol=1e-3)


def test_there_is_no_spread_of_a_single_patch_or_unasked() -> None:
    assert separated(framed, WHOLE, (50, 90)).spread is None
    for config in (PATCHES, WHOLE):
        unasked = config.model_copy(update={"spread": False})
        assert separated(framed, unasked, (80, 60)).spread is None
