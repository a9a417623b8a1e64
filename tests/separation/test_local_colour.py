"""The local colour fit of the first guess."""

import numpy as np
import tensorflow as tf

from tfpaintsep.separation.prior.local_colour import POOL, RADIUS, explained_locally


def batched(*images: np.ndarray) -> list[tf.Tensor]:
    return [tf.constant(image.astype(np.float32)[None]) for image in images]


def coloured(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A photograph with contrast at the scale of the large pixels and above."""
    small: np.ndarray = rng.random((1, height // 16, width // 16, 3))
    return tf.image.resize(small, (height, width), "bicubic")[0].numpy().clip(0, 1)


def test_an_affine_function_of_colour_is_explained(rng: np.random.Generator) -> None:
    rgb = coloured(rng, 160, 96)
    x = (rgb @ [0.8, -0.5, 0.3])[..., None] - 0.2
    found = explained_locally(*batched(x, rgb)).numpy()[0]
    assert np.std(found - x) < 0.03 * np.std(x)


def test_another_function_is_explained_elsewhere(rng: np.random.Generator) -> None:
    """No single function of colour fits both ends."""
    rgb = coloured(rng, 96, 960)
    x = rgb[..., :1] * np.where(np.arange(960) < 480, 1.0, -1.0)[:, None]
    found = explained_locally(*batched(x, rgb)).numpy()[0]
    ends = np.r_[0:240, 720:960]
    unexplained = (found - x)[:, ends]
    assert np.var(unexplained) < 0.05 * np.var(x[:, ends])


def test_what_has_nothing_to_do_with_colour_is_smoothed_away(rng: np.random.Generator) -> None:
    rgb = coloured(rng, 400, 400)
    x = rng.standard_normal((400, 400, 1))
    assert np.std(explained_locally(*batched(x, rgb)).numpy()) < 0.1


def test_a_photograph_of_one_colour_explains_nothing_but_what_varies_slowly() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((160, 160, 1))
    found = explained_locally(*batched(x, np.full((160, 160, 3), 0.4))).numpy()
    assert np.isfinite(found).all()
    assert np.std(found) < 0.1


def test_no_value_looks_further_than_the_radius(rng: np.random.Generator) -> None:
    length = 2 * RADIUS + 8 * POOL
    rgb = coloured(rng, 32, length // 16 * 16)
    x, r = batched(rng.standard_normal((*rgb.shape[:2], 1)), rgb)
    middle = rgb.shape[1] // 2 // POOL * POOL
    with tf.GradientTape() as tape:
        tape.watch([x, r])
        value = tf.reduce_sum(explained_locally(x, r)[:, :, middle] ** 2)
    depends = sum(np.abs(g.numpy()).sum(axis=(0, 1, 3)) for g in tape.gradient(value, [x, r])) > 0
    columns = np.flatnonzero(depends)
    furthest = max(middle - columns.min(), columns.max() - middle)
    assert RADIUS - 4 * POOL < furthest <= RADIUS
