"""Applying a network: tiles without seams, patches averaged as the paper does."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.config import InferenceConfig
from tfpaintsep.separation.inference import Separated, separate, separate_patches, separate_tiled
from tfpaintsep.separation.network import SeparationNetwork

Images = dict[str, np.ndarray]


def random_images(height: int, width: int) -> Images:
    rng = np.random.default_rng(1)
    shapes = {"xray": (height, width), "rgb": (height, width, 3), "init": (height, width)}
    return {name: rng.random(shape).astype(np.float32) for name, shape in shapes.items()}


def whole(network: SeparationNetwork, images: Images) -> Separated:
    """The network on the image in one piece."""
    batch = {
        n: tf.constant(x[None] if x.ndim == 3 else x[None, ..., None]) for n, x in images.items()
    }
    result = network(batch)
    return Separated(*(result[name].numpy()[0, ..., 0] for name in ("surface", "concealed")))


def difference(first: Separated, second: Separated) -> float:
    """The largest difference, relative to the layers' range."""
    return max(
        float(np.abs(a - b).max() / np.ptp(b))
        for a, b in (
            (first.surface, second.surface),
            (first.concealed, second.concealed),
        )
    )


def identity(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {"surface": batch["xray"], "concealed": batch["init"]}


@pytest.mark.parametrize(
    "settings",
    [{}, {"synthesis": "images"}, {"wavelet": "db2"}, {"exclusion_prior": False}, {"border": 8}],
    ids=lambda settings: "-".join(map(str, settings.values())) or "default",
)
@pytest.mark.parametrize("size", [(71, 53), (40, 97)], ids=str)
def test_tiles_with_enough_overlap_have_no_seams(
    settings: dict[str, Any], size: tuple[int, int], make_network: Callable[..., SeparationNetwork]
) -> None:
    network = make_network(**settings)
    images, config = random_images(*size), InferenceConfig(mode="whole", tile=32)
    radius = network.receptive_radius()
    assert 32 + radius < max(size)  # or there would be nothing to hide
    expected = whole(network, images)
    assert difference(separate_tiled(network, images, config, radius), expected) < 1e-5
    assert difference(separate(network, images, config, radius), expected) < 1e-5


def test_tiles_with_too_little_overlap_show_seams(
    make_network: Callable[..., SeparationNetwork],
) -> None:
    network = make_network()
    images, config = random_images(71, 53), InferenceConfig(mode="whole", tile=32)
    expected = whole(network, images)
    assert difference(separate_tiled(network, images, config, 0), expected) > 1e-2
    assert difference(separate_tiled(network, images, config, 4), expected) > 1e-4


@pytest.mark.parametrize("stride", [16, 7, 1])
def test_patches_of_the_identity_give_the_image_back_exactly(stride: int) -> None:
    images = random_images(29, 23)
    config = InferenceConfig(mode="patches", patch=16, stride=stride, batch=10)
    result = separate(identity, images, config, radius=0)
    np.testing.assert_array_equal(result.surface, images["xray"])
    np.testing.assert_array_equal(result.concealed, images["init"])
    np.testing.assert_array_equal(result.mixture, images["xray"] + images["init"])
    assert result.surface.dtype == np.float32


def test_overlapping_patches_are_averaged() -> None:
    # Two patches of 16 px side by side, overlapping in columns 4 to 15; each becomes its mean.
    images = random_images(16, 20)

    def flat(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        mean = tf.reduce_mean(batch["xray"], axis=[1, 2, 3], keepdims=True)
        level = mean * tf.ones_like(batch["xray"])
        return {"surface": level, "concealed": -level}

    config = InferenceConfig(mode="patches", patch=16, stride=4, batch=1)
    result = separate_patches(flat, images, config)
    left, right = images["xray"][:, :16].mean(), images["xray"][:, 4:].mean()
    np.testing.assert_allclose(result.surface[:, :4], left, rtol=1e-6)
    np.testing.assert_allclose(result.surface[:, 4:16], (left + right) / 2, rtol=1e-6)
    np.testing.assert_allclose(result.surface[:, 16:], right, rtol=1e-6)
    np.testing.assert_array_equal(result.concealed, -result.surface)


def test_the_batch_does_not_change_the_average(
    make_network: Callable[..., SeparationNetwork],
) -> None:
    network, images = make_network(), random_images(30, 33)
    config = InferenceConfig(mode="patches", patch=16, stride=8)
    results = [
        separate_patches(network, images, config.model_copy(update={"batch": batch}))
        for batch in (1, 4, 100)
    ]
    assert difference(results[0], results[1]) < 1e-5
    assert difference(results[0], results[2]) < 1e-5


def test_patches_and_whole_image_differ(make_network: Callable[..., SeparationNetwork]) -> None:
    # Every pixel of a small patch feels its border, so no equality is to be expected.
    network, images = make_network(), random_images(40, 40)
    config = InferenceConfig(mode="patches", patch=16, stride=4)
    assert difference(separate_patches(network, images, config), whole(network, images)) > 1e-3
