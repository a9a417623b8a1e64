"""The composite loss (15): its terms, its two reductions, its independence of crop size."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.config import LossConfig
from tfpaintsep.separation.losses import composite_loss, exclusion

Images = dict[str, tf.Tensor]
OUTPUTS = ("surface", "concealed", "visible", "y1", "y2")
MEAN = LossConfig(eta1=0.5, eta2=0.1, reduction="mean")


def with_mixture(images: Images) -> Images:
    return {**images, "mixture": images["surface"] + images["concealed"]}


@pytest.fixture
def outputs() -> Callable[..., Images]:
    """Random outputs of a network."""

    def make(height: int = 50, width: int = 50, batch: int = 3) -> Images:
        rng = np.random.default_rng(3)
        images = {
            name: tf.constant(rng.random((batch, height, width, 3 if name == "visible" else 1)))
            for name in OUTPUTS
        }
        return with_mixture(images)

    return make


@pytest.mark.parametrize("exclusion_on", ["y", "x"])
def test_sum_is_equation_15_for_patches_of_50(
    exclusion_on: str, make_images: Callable, outputs: Callable
) -> None:
    inputs, out = make_images(50, 50, batch=3, dtype="float64"), outputs()
    config = LossConfig(eta1=0.3, eta2=0.7, reduction="sum", exclusion_on=exclusion_on)
    terms = composite_loss(inputs, out, config)
    pair = ("y1", "y2") if exclusion_on == "y" else ("surface", "concealed")
    squares = [
        np.sum((inputs[name] - out[other]) ** 2, axis=(1, 2, 3)).mean()
        for name, other in (("xray", "mixture"), ("rgb", "visible"))
    ]
    shared = np.mean(exclusion(out[pair[0]], out[pair[1]]))
    np.testing.assert_allclose(terms["xray"], squares[0], rtol=1e-10)
    np.testing.assert_allclose(terms["rgb"], squares[1], rtol=1e-10)
    np.testing.assert_allclose(terms["exclusion"], shared, rtol=1e-10)
    np.testing.assert_allclose(
        terms["loss"], squares[0] + 0.3 * squares[1] + 0.7 * shared, rtol=1e-10
    )


@pytest.mark.parametrize("size", [(50, 50), (48, 61)])
def test_sum_is_2500_times_mean(
    size: tuple[int, int], make_images: Callable, outputs: Callable
) -> None:
    inputs, out = make_images(*size, batch=3, dtype="float64"), outputs(*size)
    means = composite_loss(inputs, out, MEAN)
    sums = composite_loss(inputs, out, MEAN.model_copy(update={"reduction": "sum"}))
    for name, value in means.items():
        np.testing.assert_allclose(sums[name], 2500 * value, rtol=1e-12)


def test_a_batch_is_the_mean_of_its_patches(make_images: Callable, outputs: Callable) -> None:
    inputs, out = make_images(48, 48, batch=3, dtype="float64"), outputs(48, 48)
    # Patches of very different contrast: a norm over the whole batch would mix them.
    gains = tf.constant([0.01, 1.0, 30.0], tf.float64)[:, None, None, None]
    out = {name: gains * value for name, value in out.items()}
    together = composite_loss(inputs, out, MEAN)
    alone = [
        composite_loss(
            {name: value[i : i + 1] for name, value in inputs.items()},
            {name: value[i : i + 1] for name, value in out.items()},
            MEAN,
        )
        for i in range(3)
    ]
    for name, value in together.items():
        np.testing.assert_allclose(value, np.mean([one[name] for one in alone]), rtol=1e-10)


def test_means_the_same_at_another_crop_size(make_images: Callable, outputs: Callable) -> None:
    inputs, out = make_images(48, 48, batch=1, dtype="float64"), outputs(48, 48, batch=1)
    # A frame of zeros, so that tiling adds no edges.
    frame = np.zeros((1, 48, 48, 1))
    frame[:, 4:-4, 4:-4] = 1
    out = {name: frame * value for name, value in out.items()}
    tiles = [1, 2, 3, 1]
    small = composite_loss(inputs, out, MEAN)
    large = composite_loss(
        {name: tf.tile(value, tiles) for name, value in inputs.items()},
        {name: tf.tile(value, tiles) for name, value in out.items()},
        MEAN,
    )
    for name, value in small.items():
        np.testing.assert_allclose(large[name], value, rtol=1e-6, err_msg=name)


def test_zero_for_perfect_outputs_without_shared_edges(make_images: Callable) -> None:
    x = make_images(48, 48)
    flat = tf.zeros_like(x["xray"])
    perfect = {"surface": x["xray"], "concealed": flat, "visible": x["rgb"], "mixture": x["xray"]}
    losses = composite_loss(x, {**perfect, "y1": x["xray"], "y2": flat}, MEAN)
    assert all(float(value) == 0 for value in losses.values())
