"""What the photograph's colours explain of the radiograph in every neighbourhood.

A guided filter with a colour guide, its coefficients computed on large pixels, since they vary
slowly: K. He, J. Sun and X. Tang, "Guided image filtering", IEEE Transactions on Pattern Analysis
and Machine Intelligence 35(6), 2013, section 3.5; K. He and J. Sun, "Fast guided filter",
arXiv:1505.00996, 2015.
"""

import tensorflow as tf

from tfpaintsep.separation.colour import half_width, smooth

POOL = 8
"""Side of the large pixels, pixels."""

SIGMA = 35.0
"""Gaussian scale of the neighbourhoods, pixels: as wide as a part of a composition."""

RIDGE = 1e-4
"""Epsilon of He et al., for colours in [0, 1]: contrasts below 1% explain nothing."""

RADIUS = 2 * POOL * half_width(SIGMA / POOL) + 2 * POOL
"""Pixels on each side that a value looks at."""

_PRODUCTS = tuple((i, j) for i in range(3) for j in range(i, 3))


def explained_locally(xray: tf.Tensor, rgb: tf.Tensor) -> tf.Tensor:
    """Fit x by an affine function of the colours around each pixel, and average the fits.

    Args:
        xray: x, (n, h, w, 1), of zero mean, h and w multiples of POOL.
        rgb: r, (n, h, w, 3), in [0, 1].

    Returns:
        (n, h, w, 1), in x's units.
    """
    products = [rgb[..., i : i + 1] * rgb[..., j : j + 1] for i, j in _PRODUCTS]
    moments = tf.concat([rgb, xray, xray * rgb, *products], axis=-1)
    moments = smooth(tf.nn.avg_pool2d(moments, POOL, POOL, "VALID"), SIGMA / POOL)
    colour, x, x_colour, square = tf.split(moments, [3, 1, 3, len(_PRODUCTS)], axis=-1)
    covariance = {
        pair: square[..., index] - colour[..., pair[0]] * colour[..., pair[1]]
        for index, pair in enumerate(_PRODUCTS)
    }
    matrix = [[covariance[min(i, j), max(i, j)] for j in range(3)] for i in range(3)]
    matrix = tf.stack([tf.stack(row, axis=-1) for row in matrix], axis=-2)
    slope = tf.linalg.solve(matrix + RIDGE * tf.eye(3), (x_colour - x * colour)[..., None])[..., 0]
    intercept = x - tf.reduce_sum(slope * colour, axis=-1, keepdims=True)
    fit = smooth(tf.concat([slope, intercept], axis=-1), SIGMA / POOL)
    fit = tf.image.resize(fit, tf.shape(xray)[1:3])
    return tf.reduce_sum(fit[..., :3] * rgb, axis=-1, keepdims=True) + fit[..., 3:]
