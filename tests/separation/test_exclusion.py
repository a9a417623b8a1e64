"""The exclusion loss (3) against plain transcriptions, and where images are flat."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import map_coordinates

from tfpaintsep.separation.losses import downsample, exclusion, gradient_magnitude

Form = Literal["tanh", "sigmoid"]
FORMS: tuple[Form, ...] = ("tanh", "sigmoid")


def batch(*images: np.ndarray) -> tf.Tensor:
    return tf.constant(np.stack(images)[..., None])


def forward(x: np.ndarray, axis: int) -> np.ndarray:
    """Forward difference, zero in the last row or column."""
    return np.diff(x, axis=axis, append=np.take(x, [-1], axis=axis))


def bilinear(x: np.ndarray, factor: int) -> np.ndarray:
    """Samples at the centres of whole blocks of `factor` x `factor` pixels."""
    rows, columns = (factor * (np.arange(n // factor) + 0.5) - 0.5 for n in x.shape)
    return map_coordinates(x, np.meshgrid(rows, columns, indexing="ij"), order=1)


def equation_3(a: np.ndarray, b: np.ndarray, scales: int = 3) -> float:
    """(3) as printed, its Frobenius norms referred to a 50 x 50 patch."""
    norm = np.linalg.norm
    s1, s2 = np.sqrt(norm(b) / norm(a)), np.sqrt(norm(a) / norm(b))
    edges_a = s1 * np.hypot(forward(a, 0), forward(a, 1))
    edges_b = s2 * np.hypot(forward(b, 0), forward(b, 1))
    total = 0.0
    for n in range(1, scales + 1):
        c = np.tanh(bilinear(edges_a, 2 ** (n - 1))) * np.tanh(bilinear(edges_b, 2 ** (n - 1)))
        side = np.sqrt(c.size)
        total += norm(c) * (50 / 2 ** (n - 1)) / side
    return total


def zhang_2018(a: np.ndarray, b: np.ndarray, scales: int = 3) -> float:
    """The sigmoid form with average pooling."""

    def pool(x: np.ndarray) -> np.ndarray:
        x = x[: x.shape[0] // 2 * 2, : x.shape[1] // 2 * 2]
        return (x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]) / 4

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    terms = []
    for _ in range(scales):
        for axis in (0, 1):
            da, db = forward(a, axis), forward(b, axis)
            balance = 2 * np.abs(da).mean() / np.abs(db).mean()
            shared = (2 * sigmoid(da) - 1) ** 2 * (2 * sigmoid(balance * db) - 1) ** 2
            terms.append(np.mean(shared) ** 0.25)
        a, b = pool(a), pool(b)
    return 50 * float(np.mean(terms))


@pytest.mark.parametrize(("form", "reference"), [("tanh", equation_3), ("sigmoid", zhang_2018)])
@pytest.mark.parametrize("shape", [(48, 48), (50, 50), (37, 64)])
@pytest.mark.parametrize("scales", [1, 3])
def test_equals_a_transcription(
    form: Form,
    reference: Callable[..., float],
    shape: tuple[int, int],
    scales: int,
    rng: np.random.Generator,
) -> None:
    a, b = rng.random((2, 2, *shape)) * [[[[1.0]], [[3.0]]], [[[0.2]], [[1.0]]]]
    ours = exclusion(batch(*a), batch(*b), scales, form)
    expected = [reference(*pair, scales) for pair in zip(a, b, strict=True)]
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


def test_at_50_pixels_the_full_scale_is_the_frobenius_norm(rng: np.random.Generator) -> None:
    a = rng.random((50, 50))
    c = np.tanh(np.hypot(forward(a, 0), forward(a, 1))) ** 2
    ours = exclusion(batch(a), batch(a), scales=1)
    np.testing.assert_allclose(ours, [np.linalg.norm(c)], rtol=1e-9)


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
@pytest.mark.parametrize("channels", [1, 3])
def test_downsample_is_bilinear_resizing(
    factor: int, channels: int, rng: np.random.Generator
) -> None:
    x = tf.constant(rng.random((2, 32, 48, channels)), tf.float32)
    size = (32 // factor, 48 // factor)
    expected = tf.image.resize(x, size, method="bilinear", antialias=False)
    np.testing.assert_allclose(downsample(x, factor), expected, atol=1e-6)


def test_downsample_leaves_out_incomplete_blocks_and_refuses_odd_factors() -> None:
    x = tf.random.stateless_uniform((1, 50, 51, 1), seed=(0, 1))
    np.testing.assert_array_equal(downsample(x, 4), downsample(x[:, :48, :48], 4))
    with pytest.raises(ValueError, match="Received: 3"):
        downsample(x, 3)


@pytest.mark.parametrize("form", FORMS)
def test_zero_for_disjoint_edges_and_positive_for_shared_ones(
    form: Form, rng: np.random.Generator
) -> None:
    a, b = np.full((2, 48, 48), 0.5)
    a[8:40, 4:16] = rng.random((32, 12))
    b[8:40, 32:44] = rng.random((32, 12))
    assert exclusion(batch(a), batch(b), form=form).numpy() == 0
    assert exclusion(batch(a), batch(a), form=form).numpy() > 1


def test_symmetric_and_blind_to_gain_traded_between_the_images(rng: np.random.Generator) -> None:
    a, b = batch(*rng.random((3, 20, 24))), batch(*rng.random((3, 20, 24)))
    np.testing.assert_allclose(exclusion(a, b), exclusion(b, a), rtol=1e-9)
    np.testing.assert_allclose(exclusion(4 * a, b / 4), exclusion(a, b), rtol=1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_images_of_a_batch_do_not_mix(form: Form, rng: np.random.Generator) -> None:
    a, b = rng.random((2, 3, 24, 24)) * np.array([0.01, 1, 100])[:, None, None]
    together = exclusion(batch(*a), batch(*b), form=form)
    alone = [exclusion(batch(x), batch(y), form=form)[0] for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=1e-9)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("levels", [(0.0, 0.0), (0.5, 0.5), (0.0, None), (0.7, None)])
def test_constant_patches_have_zero_loss_and_no_gradient(
    form: Form, levels: tuple[float, float | None], rng: np.random.Generator
) -> None:
    # One patch of the batch is ordinary: it must keep its own gradient.
    ordinary = rng.random((2, 24, 24))
    a, b = (ordinary[0] if level is None else np.full((24, 24), level) for level in levels)
    a, b = (tf.cast(batch(x, y), tf.float32) for x, y in ((a, ordinary[0]), (b, ordinary[1])))
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        loss = exclusion(a, b, form=form)
    by_a, by_b = tape.gradient(loss, [a, b])
    assert loss[0] == 0
    for gradient in (by_a, by_b):
        np.testing.assert_array_equal(gradient[0], 0)
        assert np.isfinite(gradient).all()
        assert np.abs(gradient[1]).max() > 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("amplitude", [1e-30, 1e-12, 1e-7, 1e-4, 1e4])
def test_nearly_constant_and_huge_patches_stay_finite(
    form: Form, amplitude: float, rng: np.random.Generator
) -> None:
    noise, other = rng.random((2, 24, 24))
    for level in (0.0, 0.5):
        a = tf.cast(batch(level + amplitude * noise), tf.float32)
        for b in (a, tf.cast(batch(other), tf.float32)):
            with tf.GradientTape() as tape:
                tape.watch([a, b])
                loss = exclusion(a, b, form=form)
            assert np.isfinite(loss).all()
            for gradient in tape.gradient(loss, [a, b]):
                assert np.isfinite(gradient).all()


def test_gradient_magnitude_by_hand() -> None:
    image = tf.constant([[[[0.0], [3.0]], [[4.0], [0.0]]]])
    np.testing.assert_allclose(gradient_magnitude(image)[0, ..., 0], [[5, 3], [4, 0]])
