"""The frame is Parseval up to the border, PyWavelets' inside, and cycle spinning."""

from itertools import product

import numpy as np
import pytest
import pywt
import tensorflow as tf

from tfpaintsep.separation.shrinkage import soft_threshold
from tfpaintsep.separation.wavelet import WaveletFrame, frame_filters
from tfpaintsep.training.fusion import fused

WAVELETS = ("haar", "db2", "sym3", "coif1")
SIZES = ((1, 1), (1, 7), (2, 3), (5, 5), (8, 8), (13, 10))


def image(rng: np.random.Generator, *shape: int) -> tf.Tensor:
    return tf.constant(rng.normal(size=(*shape, 1)))


@pytest.mark.parametrize("wavelet", WAVELETS)
@pytest.mark.parametrize("size", SIZES)
def test_perfect_reconstruction_up_to_the_border(
    wavelet: str, size: tuple[int, int], rng: np.random.Generator
) -> None:
    frame = WaveletFrame(wavelet)
    y = image(rng, 2, *size)
    bands = frame.analyse(y)
    assert bands.shape == (2, size[0] + frame.taps - 1, size[1] + frame.taps - 1, 4)
    np.testing.assert_allclose(frame.synthesise(bands), y, atol=1e-10)
    # W^T W = I is the same as keeping the energy.
    np.testing.assert_allclose(tf.reduce_sum(bands**2), tf.reduce_sum(y**2), rtol=1e-10)


def test_perfect_reconstruction_in_single_precision(rng: np.random.Generator) -> None:
    frame = WaveletFrame("db2")
    y = tf.cast(image(rng, 1, 31, 40), tf.float32)
    np.testing.assert_allclose(frame.synthesise(frame.analyse(y)), y, atol=1e-6)


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_synthesis_is_the_adjoint(wavelet: str, rng: np.random.Generator) -> None:
    frame = WaveletFrame(wavelet)
    y = image(rng, 1, 9, 6)
    bands = tf.constant(rng.normal(size=frame.analyse(y).shape))
    left = tf.reduce_sum(frame.analyse(y) * bands)
    np.testing.assert_allclose(left, tf.reduce_sum(y * frame.synthesise(bands)), rtol=1e-10)


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_agrees_with_pywavelets_in_the_interior(wavelet: str, rng: np.random.Generator) -> None:
    frame = WaveletFrame(wavelet)
    y = image(rng, 1, 32, 24)
    bands = frame.analyse(y)[0].numpy()
    ((ll, (hl, lh, hh)),) = pywt.swt2(y[0, ..., 0].numpy(), wavelet, level=1)
    theirs = np.stack([ll, lh, hl, hh], axis=-1)
    # Ours is padded in full and scaled by 1/2; theirs is periodic and centred.
    shift, margin = frame.taps // 2, frame.taps
    inside = (slice(margin, -margin), slice(margin, -margin))
    ours = bands[shift : shift + 32, shift : shift + 24]
    np.testing.assert_allclose(2 * ours[inside], theirs[inside], atol=1e-10)


def test_shrinkage_equals_cycle_spinning_of_decimated_haar(rng: np.random.Generator) -> None:
    guide, y = rng.normal(size=(2, 10, 12))
    mu = np.array([0.1, 0.4, 0.7, 1.0])

    def shift_and_shrink(rows: int, columns: int) -> np.ndarray:
        """Shrink y in the orthonormal Haar basis whose blocks start at an offset."""
        (b, c) = (np.roll(a, (-rows, -columns), axis=(0, 1)) for a in (guide, y))
        ll, (hl, lh, hh) = pywt.dwt2(b, "haar", mode="periodization")
        thresholds = mu[:, None, None] * np.abs(np.stack([ll, lh, hl, hh]))
        ll, (hl, lh, hh) = pywt.dwt2(c, "haar", mode="periodization")
        ll, lh, hl, hh = soft_threshold(tf.constant(np.stack([ll, lh, hl, hh])), thresholds).numpy()
        back = pywt.idwt2((ll, (hl, lh, hh)), "haar", mode="periodization")
        return np.roll(back, (rows, columns), axis=(0, 1))

    spun = np.mean([shift_and_shrink(*shift) for shift in product((0, 1), (0, 1))], axis=0)
    frame = WaveletFrame("haar", dtype="float64")
    ours = frame(tf.constant(guide[None, ..., None]), tf.constant(y[None, ..., None]), mu)
    np.testing.assert_allclose(ours[0, 1:-1, 1:-1, 0], spun[1:-1, 1:-1], atol=1e-10)
    assert np.abs(spun - y).max() > 0.1  # something was shrunk


def test_shrinkage_leaves_an_image_alone_where_the_guide_is_flat(
    rng: np.random.Generator,
) -> None:
    y = image(rng, 1, 8, 8)
    frame = WaveletFrame("haar", dtype="float64")
    np.testing.assert_allclose(frame(tf.zeros_like(y), y, tf.ones(4, tf.float64)), y, atol=1e-10)
    strong = frame(1e6 * tf.ones_like(y), y, tf.constant([1.0, 0, 0, 0], tf.float64))
    # Only the LL band of a constant guide is large: LH, HL and HH of y stay.
    kept = tf.constant([0.0, 1, 1, 1], tf.float64)
    np.testing.assert_allclose(
        strong[0, 2:-2, 2:-2],
        frame.synthesise(frame.analyse(y) * kept)[0, 2:-2, 2:-2],
        atol=1e-10,
    )


def test_refuses_what_is_no_orthogonal_wavelet() -> None:
    with pytest.raises(ValueError, match=r"orthogonal wavelet\. Received: bior2\.2"):
        frame_filters("bior2.2")
    with pytest.raises(ValueError, match="Received: hair"):
        WaveletFrame("hair")


@pytest.mark.parametrize("fusing", [False, True])
@pytest.mark.parametrize("wavelet", ["haar", "db2"])
def test_gradients_are_those_of_the_formula(
    wavelet: str, fusing: bool, rng: np.random.Generator
) -> None:
    frame = WaveletFrame(wavelet, dtype="float64")
    guide, y, weights = (image(rng, 2, 9, 7) for _ in range(3))
    mu = tf.constant([0.1, 0.4, 0.7, 1.0], tf.float64)

    def formula(guide: tf.Tensor, y: tf.Tensor, mu: tf.Tensor) -> tf.Tensor:
        shrunk = soft_threshold(frame.analyse(y), mu * tf.abs(frame.analyse(guide)))
        return frame.synthesise(shrunk)

    results = []
    for shrink in (frame, formula):
        with fused(fusing):
            with tf.GradientTape() as tape:
                tape.watch([guide, y, mu])
                value = shrink(guide, y, mu)
            gradients = tape.gradient(value, [guide, y, mu], output_gradients=weights)
        results.append([value, *gradients])
    for ours, automatic in zip(*results, strict=True):
        np.testing.assert_allclose(ours, automatic, atol=1e-12)
    assert all(np.abs(gradient).max() > 0.1 for gradient in results[0])
