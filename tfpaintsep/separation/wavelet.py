"""The redundant wavelet frame W of the simplified exclusion term in (7).

Reference: Pu et al. 2022, section III-B ("a union of I orthogonal transforms").
"""

import math
from collections.abc import Sequence
from typing import Any

import keras
import pywt
import tensorflow as tf

from tfpaintsep.training.fusion import fusible

Filters = tuple[tuple[float, ...], tuple[float, ...]]
"""The low-pass and the high-pass of a frame, for one axis."""


def frame_filters(wavelet: str) -> Filters:
    """The filters of one undecimated level, scaled to a Parseval frame.

    Args:
        wavelet: Name of an orthogonal wavelet of PyWavelets, such as "haar" or "db2".

    Returns:
        Low-pass and high-pass; the sum of their squared frequency responses is one everywhere,
        and so is that of the four products over two axes.

    Raises:
        ValueError: If the wavelet is unknown or not orthogonal.
    """
    try:
        bank = pywt.Wavelet(wavelet)
    except ValueError as error:
        raise ValueError(
            f"PyWavelets knows no wavelet of this name. Received: {wavelet}"
        ) from error
    if not bank.orthogonal:
        raise ValueError(f"The frame needs an orthogonal wavelet. Received: {wavelet}")
    # An orthonormal pair has |Lo|^2 + |Hi|^2 = 2 without decimation.
    low, high = ([tap / math.sqrt(2) for tap in taps] for taps in (bank.dec_lo, bank.dec_hi))
    return tuple(low), tuple(high)


def _correlate(x: tf.Tensor, taps: tuple[float, ...], axis: int) -> tf.Tensor:
    """Sums of neighbours along an axis, which becomes shorter by all taps but one."""
    total = tf.zeros([], x.dtype)
    for k, tap in enumerate(taps):
        part = [slice(None)] * 4
        part[axis] = slice(k, k + 1 - len(taps) or None)
        total += tap * x[tuple(part)]
    return total


def _analyse(y: tf.Tensor, filters: Filters) -> list[tf.Tensor]:
    """The four sub-bands of images, LL, LH, HL, HH; what is fused wants them apart."""
    pad = len(filters[0]) - 1
    y = tf.pad(y, [[0, 0], [pad, pad], [pad, pad], [0, 0]])
    # PyWavelets' sub-bands are convolutions with its filters, so correlations with reversed ones.
    by_rows = [_correlate(y, taps[::-1], axis=1) for taps in filters]
    return [_correlate(half, taps[::-1], axis=2) for half in by_rows for taps in filters]


def _synthesise(bands: Sequence[tf.Tensor], filters: Filters) -> tf.Tensor:
    """The adjoint of `_analyse`."""
    low, high = filters
    by_rows = [
        _correlate(one, low, axis=2) + _correlate(other, high, axis=2)
        for one, other in (bands[:2], bands[2:])
    ]
    return _correlate(by_rows[0], low, axis=1) + _correlate(by_rows[1], high, axis=1)


@fusible
def _shrink(mu: tf.Tensor, guide: tf.Tensor, y: tf.Tensor, filters: Filters) -> tf.Tensor:
    """F of eq. (9)."""
    thresholds = [mu[i] * tf.abs(band) for i, band in enumerate(_analyse(guide, filters))]
    of_y = zip(_analyse(y, filters), thresholds, strict=True)
    return _synthesise([band - tf.clip_by_value(band, -t, t) for band, t in of_y], filters)


@fusible
def _gradients(
    mu: tf.Tensor, guide: tf.Tensor, y: tf.Tensor, upstream: tf.Tensor, filters: Filters
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Of `_shrink`, by mu (yet to be summed over images and columns), guide and y.

    The sub-bands are made again, which is cheaper than to keep them.
    """
    by_mu, by_guide, by_y = [], [], []
    bands = (_analyse(image, filters) for image in (guide, y, upstream))
    for i, (of_guide, of_y, of_upstream) in enumerate(zip(*bands, strict=True)):
        passed = tf.abs(of_y) > mu[i] * tf.abs(of_guide)
        through = tf.where(passed, of_upstream, tf.zeros([], y.dtype))
        by_threshold = -tf.sign(of_y) * through
        by_y.append(through)
        by_guide.append(by_threshold * mu[i] * tf.sign(of_guide))
        by_mu.append(tf.reduce_sum(by_threshold * tf.abs(of_guide), axis=1))
    return tf.stack(by_mu), _synthesise(by_guide, filters), _synthesise(by_y, filters)


@keras.saving.register_keras_serializable(package="tfpaintsep")
class WaveletFrame(keras.layers.Layer):
    """One-level undecimated wavelet transform W and its adjoint, with W^T W = I.

    The image is extended by zeros and analysed in full, so perfect reconstruction holds up
    to the border and at any size. It equals cycle spinning of one decimated orthonormal
    transform over its four shifts.

    Args:
        wavelet: Name of an orthogonal wavelet of PyWavelets.
    """

    def __init__(self, wavelet: str = "haar", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wavelet = wavelet
        self._filters = frame_filters(wavelet)
        self.taps = len(self._filters[0])

    def build(self, input_shape: Any) -> None:
        """Nothing to learn: the filters are constants."""
        self.built = True

    def analyse(self, y: tf.Tensor) -> tf.Tensor:
        """W y.

        Args:
            y: Images (n, h, w, 1), float.

        Returns:
            Sub-bands (n, h + taps - 1, w + taps - 1, 4).
        """
        return tf.concat(_analyse(y, self._filters), axis=-1)

    def synthesise(self, bands: tf.Tensor) -> tf.Tensor:
        """The adjoint W^T, which is also the inverse on the range of W.

        Args:
            bands: Sub-bands (n, h + taps - 1, w + taps - 1, 4), float.

        Returns:
            Images (n, h, w, 1).
        """
        return _synthesise(tf.split(bands, 4, axis=-1), self._filters)

    def call(self, guide: tf.Tensor, y: tf.Tensor, mu: tf.Tensor) -> tf.Tensor:
        """F_mu(b, c) of eq. (9) and (11): shrink W c where W b is large, and return.

        Args:
            guide: b, images (n, h, w, 1): the other layer.
            y: c, images (n, h, w, 1): the layer to update.
            mu: Thresholds mu_i >= 0, shape (4,), one for each sub-band.

        Returns:
            sum_i W_i^T S_{mu_i |W_i b|}(W_i c), shape (n, h, w, 1).
        """

        @tf.custom_gradient
        def shrink(mu: tf.Tensor, guide: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, Any]:
            def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
                by_mu, by_guide, by_y = _gradients(mu, guide, y, upstream, self._filters)
                return tf.reduce_sum(by_mu, axis=[1, 2, 3]), by_guide, by_y

            return _shrink(mu, guide, y, self._filters), gradient

        return shrink(mu, guide, y)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "wavelet": self.wavelet}
