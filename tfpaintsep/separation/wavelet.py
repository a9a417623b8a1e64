"""The redundant wavelet frame W of the simplified exclusion term in (7).

Reference: Pu et al. 2022, section III-B ("a union of I orthogonal transforms").
"""

import math
from typing import Any

import keras
import numpy as np
import pywt
import tensorflow as tf

from tfpaintsep.training.fusion import fusing

from .fused_frame import Filters, fused_shrinkage
from .shrinkage import soft_threshold


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
        bands = np.stack([np.outer(a, b) for a in self._filters for b in self._filters], axis=-1)
        # TensorFlow correlates; PyWavelets' sub-bands are convolutions with these filters.
        self._analysis = bands[::-1, ::-1, None, :]
        self._synthesis = bands[:, :, :, None]

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
        pad = self.taps - 1
        y = tf.pad(y, [[0, 0], [pad, pad], [pad, pad], [0, 0]])
        return tf.nn.conv2d(y, tf.constant(self._analysis, y.dtype), 1, "VALID")

    def synthesise(self, bands: tf.Tensor) -> tf.Tensor:
        """The adjoint W^T, which is also the inverse on the range of W.

        Args:
            bands: Sub-bands (n, h + taps - 1, w + taps - 1, 4), float.

        Returns:
            Images (n, h, w, 1).
        """
        return tf.nn.conv2d(bands, tf.constant(self._synthesis, bands.dtype), 1, "VALID")

    def call(self, guide: tf.Tensor, y: tf.Tensor, mu: tf.Tensor) -> tf.Tensor:
        """F_mu(b, c) of eq. (9) and (11): shrink W c where W b is large, and return.

        Args:
            guide: b, images (n, h, w, 1): the other layer.
            y: c, images (n, h, w, 1): the layer to update.
            mu: Thresholds mu_i >= 0, shape (4,), one for each sub-band.

        Returns:
            sum_i W_i^T S_{mu_i |W_i b|}(W_i c), shape (n, h, w, 1).
        """
        if fusing():
            return fused_shrinkage(mu, guide, y, self._filters)
        of_guide, of_y = tf.split(self.analyse(tf.concat([guide, y], axis=0)), 2, axis=0)
        return self.synthesise(soft_threshold(of_y, mu * tf.abs(of_guide)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "wavelet": self.wavelet}
