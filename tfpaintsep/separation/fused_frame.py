"""The shrinkage F of (9) and its gradient, one pass over memory each.

W and its adjoint as sums of shifted images, which XLA fuses with the threshold. Where nothing is
fused, `WaveletFrame` has convolutions, which are fewer operations.
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfpaintsep.training.fusion import fusible

Filters = tuple[tuple[float, ...], tuple[float, ...]]
"""Low-pass and high-pass of a frame, for one axis, as `frame_filters` gives them."""


def fused_shrinkage(mu: tf.Tensor, guide: tf.Tensor, y: tf.Tensor, filters: Filters) -> tf.Tensor:
    """F_mu(b, c), as `WaveletFrame` computes it.

    Args:
        mu: Thresholds mu_i >= 0, shape (4,).
        guide: b, images (n, h, w, 1).
        y: c, images (n, h, w, 1).
        filters: Of the frame.

    Returns:
        Images (n, h, w, 1).
    """

    @tf.custom_gradient
    def shrink(mu: tf.Tensor, guide: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, Any]:
        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
            by_mu, by_guide, by_y = _gradients(mu, guide, y, upstream, filters)
            return tf.reduce_sum(by_mu, axis=[1, 2, 3]), by_guide, by_y

        return _shrink(mu, guide, y, filters), gradient

    return shrink(mu, guide, y)


def _moved(x: tf.Tensor, k: int, taps: int, axis: int) -> tf.Tensor:
    """The neighbours under tap k along an axis, which becomes shorter by all taps but one."""
    part = [slice(None)] * 4
    part[axis] = slice(k, k + 1 - taps or None)
    return x[tuple(part)]


def _weighted(images: Sequence[tf.Tensor], weights: Sequence[float]) -> tf.Tensor:
    return tf.add_n([weight * image for weight, image in zip(weights, images, strict=True)])


def _analyse(y: tf.Tensor, filters: Filters) -> list[tf.Tensor]:
    """The four sub-bands of images, apart: LL, LH, HL, HH."""
    taps = len(filters[0])
    bands = [tf.pad(y, [[0, 0], [taps - 1] * 2, [taps - 1] * 2, [0, 0]])]
    for axis in (1, 2):
        neighbours = [[_moved(x, k, taps, axis) for k in range(taps)] for x in bands]
        # PyWavelets' sub-bands are convolutions with its filters: correlations with reversed ones.
        bands = [_weighted(images, f[::-1]) for images in neighbours for f in filters]
    return bands


def _synthesise(bands: Sequence[tf.Tensor], filters: Filters) -> tf.Tensor:
    """The adjoint of `_analyse`."""
    taps = len(filters[0])
    for axis in (2, 1):
        pairs = zip(bands[::2], bands[1::2], strict=True)
        bands = [
            tf.add_n(
                [
                    _moved(_weighted(pair, weights), k, taps, axis)
                    for k, weights in enumerate(zip(*filters, strict=True))
                ]
            )
            for pair in pairs
        ]
    return bands[0]


@fusible
def _shrink(mu: tf.Tensor, guide: tf.Tensor, y: tf.Tensor, filters: Filters) -> tf.Tensor:
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
