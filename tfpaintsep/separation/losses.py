"""The exclusion loss (3) and the composite loss (15).

Reference: Pu et al. 2022, eq. (3) and (15); Zhang, Ng and Chen 2018, "Single Image
Reflection Separation with Perceptual Losses", for the sigmoid form.
"""

from typing import Literal

import tensorflow as tf

from .config import LossConfig
from .shapes import sizes

REFERENCE_PATCH = 50
"""Side of the patches whose sums define (15): E is referred to it at every crop size."""

_TINY = 1e-12


def _safe_sqrt(x: tf.Tensor) -> tf.Tensor:
    """sqrt(x) with gradient zero, not infinite, at zero."""
    positive = x > 0
    return tf.where(positive, tf.sqrt(tf.where(positive, x, tf.ones_like(x))), tf.zeros_like(x))


def differences(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Forward differences of images (n, h, w, 1), zero in the last row or column."""
    # Cheaper than taking parts of x, whose gradient fills a whole image for each.
    extended = tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]], "SYMMETRIC")
    return extended[:, 1:, :-1] - x, extended[:, :-1, 1:] - x


def gradient_magnitude(x: tf.Tensor) -> tf.Tensor:
    """|grad x| of images (n, h, w, 1), from forward differences."""
    down, right = differences(x)
    return _safe_sqrt(tf.square(down) + tf.square(right))


def downsample(x: tf.Tensor, factor: int) -> tf.Tensor:
    """Reduce images (n, h, w, c) by an even factor with bilinear interpolation.

    A bilinear sample at the centre of a block is the mean of the block's four middle
    pixels. Rows and columns beyond a whole number of blocks are left out.
    """
    if factor == 1:
        return x
    if factor % 2:
        raise ValueError(f"factor must be 1 or even. Received: {factor}")
    first = factor // 2 - 1
    height, width = (size // factor * factor for size in sizes(x)[1:3])
    middle = x[:, first : height - first, first : width - first]
    return tf.nn.avg_pool2d(middle, 2, factor, "VALID")


def _energy(x: tf.Tensor) -> tf.Tensor:
    """Squared Frobenius norm of each image, shape (n, 1, 1, 1)."""
    return tf.reduce_sum(tf.square(x), axis=[1, 2, 3], keepdims=True)


def exclusion(
    a: tf.Tensor,
    b: tf.Tensor,
    scales: int = 3,
    form: Literal["tanh", "sigmoid"] = "tanh",
) -> tf.Tensor:
    """Shared edges of two images at several scales, eq. (3).

    With form "tanh", sum_n ||tanh(h_n(s1 |grad a|)) * tanh(h_n(s2 |grad b|))||_F, where
    s1 = sqrt(|b| / |a|), s2 = 1 / s1, and the norm is referred to a 50 x 50 patch:
    (50 / 2^(n-1)) times the root mean square, so that it means the same at any size.

    With form "sigmoid", that of Zhang et al. 2018: each difference direction on its own,
    (2 sigmoid - 1) of differences whose means are balanced, squared, fourth root of the
    mean, average pooling; averaged over scales and directions, times 50.

    Args:
        a: Images (n, h, w, 1).
        b: Images (n, h, w, 1).
        scales: N.
        form: "tanh" or "sigmoid".

    Returns:
        One value for each image, shape (n,). Zero, with gradient zero, where either image
        is constant.
    """
    if form == "sigmoid":
        return _exclusion_sigmoid(a, b, scales)
    balance = ((_energy(b) + _TINY) / (_energy(a) + _TINY)) ** 0.25
    edges_a = gradient_magnitude(a) * balance
    edges_b = gradient_magnitude(b) / balance
    total = tf.zeros(tf.shape(a)[:1], a.dtype)
    for n in range(scales):
        shared = tf.tanh(downsample(edges_a, 2**n)) * tf.tanh(downsample(edges_b, 2**n))
        mean_square = tf.reduce_mean(tf.square(shared), axis=[1, 2, 3])
        total += REFERENCE_PATCH / 2**n * _safe_sqrt(mean_square)
    return total


def _exclusion_sigmoid(a: tf.Tensor, b: tf.Tensor, scales: int) -> tf.Tensor:
    total = tf.zeros(tf.shape(a)[:1], a.dtype)
    for n in range(scales):
        for da, db in zip(differences(a), differences(b), strict=True):
            mean_a = tf.reduce_mean(tf.abs(da), axis=[1, 2, 3], keepdims=True)
            mean_b = tf.reduce_mean(tf.abs(db), axis=[1, 2, 3], keepdims=True)
            balance = 2 * (mean_a + _TINY) / (mean_b + _TINY)
            # 2 sigmoid(t) - 1 = tanh(t / 2)
            shared = tf.square(tf.tanh(da / 2) * tf.tanh(balance * db / 2))
            total += _safe_sqrt(_safe_sqrt(tf.reduce_mean(shared, axis=[1, 2, 3])))
        if n < scales - 1:
            a = tf.nn.avg_pool2d(a, 2, 2, "VALID")
            b = tf.nn.avg_pool2d(b, 2, 2, "VALID")
    return REFERENCE_PATCH * total / (2 * scales)


def _mean_square(x: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.square(x))


def composite_loss(
    inputs: dict[str, tf.Tensor], outputs: dict[str, tf.Tensor], config: LossConfig
) -> dict[str, tf.Tensor]:
    """The loss (15) and its terms.

    For each patch mse(x) + eta1 sum_s mse(r_s) + eta2 E / 2500, then the mean over the
    batch; with `reduction` "sum" all of it times 2500, which for 50 x 50 patches are the
    Frobenius norms of (15).

    Args:
        inputs: "xray" and "rgb", as for `SeparationNetwork`.
        outputs: What the network returned for them.
        config: Weights and forms.

    Returns:
        Scalars "loss", "xray" (the mixture's reconstruction), "rgb" (the photograph's) and
        "exclusion", the terms without their weights.
    """
    area = float(REFERENCE_PATCH**2)
    first, second = (
        (outputs["y1"], outputs["y2"])
        if config.exclusion_on == "y"
        else (outputs["surface"], outputs["concealed"])
    )
    scale = area if config.reduction == "sum" else 1.0
    terms = {
        "xray": _mean_square(inputs["xray"] - outputs["mixture"]),
        # The mean over pixels and channels, times three: the sum of the channels' means.
        "rgb": 3 * _mean_square(inputs["rgb"] - outputs["visible"]),
        "exclusion": tf.reduce_mean(exclusion(first, second, config.scales, config.exclusion))
        / area,
    }
    terms = {name: scale * term for name, term in terms.items()}
    loss = terms["xray"] + config.eta1 * terms["rgb"] + config.eta2 * terms["exclusion"]
    return {"loss": loss, **terms}
