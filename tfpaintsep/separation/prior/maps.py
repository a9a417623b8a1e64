"""What the prior network sees of a painting: maps of x and r that suit any radiograph.

Nearly all is computed on pixels of 2 x 2, to which the images are pooled first.
"""

import tensorflow as tf

from tfpaintsep.separation.colour import colour_features, half_width, smooth

SIGMAS = (1.5, 4.0)
"""Gaussian scales of the smoothed colours, in large pixels."""

TEXTURES = (1.0, 3.0)
"""Gaussian scales of the windows in which contrast is measured, in large pixels."""

FEATURES = 9 + 3 * len(SIGMAS) + len(TEXTURES)
"""Number of features of the photograph."""

_EDGES = (1.0, 3.0)
"""Gaussian scales of the photograph's edges, in small pixels."""

_SURROUNDINGS = 4.0
"""Gaussian scale of the surroundings that detail is seen against, in large pixels."""

_CORRELATIONS = ((0, 2.0), (0, 5.0), (1, 3.0))
"""Which guide, luminance or red against blue, is correlated with x, and the Gaussian scale of the
window, in large pixels."""

FINE = 3
"""Maps at full resolution: x, and the photograph's detail and edges."""

COARSE = 1 + len(TEXTURES) + 2 * len(_CORRELATIONS)
"""Maps on large pixels, without those that regression explains."""

RADIUS = 2 * max(half_width(sigma) for _, sigma in _CORRELATIONS) + 4
"""Pixels on each side that a map looks at."""


def large_pixels(image: tf.Tensor) -> tf.Tensor:
    """Means over 2 x 2 pixels; (n, h, w, c) with even h and w to (n, h / 2, w / 2, c)."""
    return tf.nn.avg_pool2d(image, 2, 2, "VALID")


def photograph_features(rgb: tf.Tensor) -> tf.Tensor:
    """Colours, their products, their neighbourhoods, and the contrast of luminance.

    Args:
        rgb: (n, h, w, 3), in [0, 1], h and w even.

    Returns:
        (n, h / 2, w / 2, FEATURES), the contrasts last.
    """
    colours = colour_features(large_pixels(rgb), SIGMAS)[..., 1:]
    grey = _grey(rgb)
    moments = large_pixels(tf.concat([grey, grey * grey], axis=-1))
    return tf.concat([colours, *(_contrast(moments, sigma) for sigma in TEXTURES)], axis=-1)


def fine_maps(xray: tf.Tensor, rgb: tf.Tensor, luminance: float) -> tf.Tensor:
    """The maps at full resolution, of the order of one.

    Args:
        xray: x, (n, h, w, 1), of zero mean and unit deviation.
        rgb: r, (n, h, w, 3), in [0, 1].
        luminance: Standard deviation of the mean of red, green and blue.

    Returns:
        (n, h, w, FINE).
    """
    grey = _grey(rgb) / luminance
    around = tf.image.resize(smooth(large_pixels(grey), _SURROUNDINGS), tf.shape(grey)[1:3])
    return tf.concat([xray, grey - around, 4 * _slope(smooth(grey, _EDGES[0]))], axis=-1)


def coarse_maps(
    xray: tf.Tensor, rgb: tf.Tensor, luminance: float, features: tf.Tensor
) -> tf.Tensor:
    """The maps on large pixels, of the order of one.

    Args:
        xray: x, (n, h, w, 1), of zero mean and unit deviation.
        rgb: r, (n, h, w, 3), in [0, 1].
        luminance: As for `fine_maps`.
        features: Of the photograph, of zero mean and unit deviation.

    Returns:
        (n, h / 2, w / 2, COARSE).
    """
    grey = large_pixels(_grey(rgb)) / luminance
    edges = 6 * _slope(smooth(grey, _EDGES[1] / 2))
    maps = [edges, features[..., -len(TEXTURES) :]]
    guides = (grey, features[..., :1] - features[..., 2:3])
    for which, sigma in _CORRELATIONS:
        maps += _explained(large_pixels(xray), guides[which], sigma)
    return tf.concat(maps, axis=-1)


def _grey(rgb: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(rgb, axis=-1, keepdims=True)


def _contrast(moments: tf.Tensor, sigma: float) -> tf.Tensor:
    """From a quantity and its square to its deviation in a window."""
    mean, square = tf.split(smooth(moments, sigma), 2, axis=-1)
    return tf.sqrt(tf.maximum(square - mean**2, 0) + 1e-6)


def _slope(image: tf.Tensor) -> tf.Tensor:
    """Length of the gradient by Sobel's operator, per pixel."""
    gradients = tf.image.sobel_edges(image) / 8
    return tf.sqrt(tf.reduce_sum(gradients**2, axis=-1) + 1e-12)


def _explained(x: tf.Tensor, guide: tf.Tensor, sigma: float) -> list[tf.Tensor]:
    """Of x the detail that an affine function of the guide explains, and their correlation."""
    moments = smooth(tf.concat([x, guide, x * x, guide * guide, x * guide], axis=-1), sigma)
    mean_x, mean, square_x, square, product = tf.split(moments, 5, axis=-1)
    variance = tf.maximum(square - mean**2, 0)
    variance_x = tf.maximum(square_x - mean_x**2, 0)
    covariance = product - mean * mean_x
    detail = covariance / (variance + 0.01) * (guide - mean)
    return [detail, covariance / tf.sqrt((variance + 1e-3) * (variance_x + 1e-3))]
