"""Colours and their neighbourhoods as features, in TensorFlow, so that models can hold them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf


def colour_features(rgb: tf.Tensor, sigmas: Sequence[float]) -> tf.Tensor:
    """A constant, the colours, their products, and the colours smoothed at each scale.

    Args:
        rgb: Photographs (n, h, w, 3), in [0, 1].
        sigmas: Standard deviations of the Gaussians, pixels.

    Returns:
        Features (n, h, w, 10 + 3 len(sigmas)).
    """
    r, g, b = tf.split(rgb, 3, axis=-1)
    quadratic = [r * r, r * g, r * b, g * g, g * b, b * b]
    smoothed = [smooth(rgb, sigma) for sigma in sigmas]
    return tf.concat([tf.ones_like(r), rgb, *quadratic, *smoothed], axis=-1)


def half_width(sigma: float) -> int:
    """Pixels on each side that `smooth` looks at."""
    return int(np.ceil(4 * sigma))


def smooth(image: tf.Tensor, sigma: float) -> tf.Tensor:
    """Gaussian of the valid pixels only, so that borders are neither darkened nor mirrored.

    Args:
        image: (n, h, w, c).
        sigma: Standard deviation, pixels.

    Returns:
        (n, h, w, c).
    """
    half = half_width(sigma)
    taps = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    kernel = tf.constant(taps / taps.sum(), image.dtype)
    ones = tf.ones_like(image[..., :1])

    def blur(x: tf.Tensor) -> tf.Tensor:
        channels = x.shape[-1]
        across: Any = tf.tile(kernel[None, :, None, None], [1, 1, channels, 1])
        x = tf.nn.depthwise_conv2d(x, across, [1, 1, 1, 1], "SAME")
        return tf.nn.depthwise_conv2d(x, tf.transpose(across, [1, 0, 2, 3]), [1, 1, 1, 1], "SAME")

    return blur(image) / blur(ones)
