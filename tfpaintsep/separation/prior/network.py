"""The prior network: from maps of a painting to what the surface has more than half of.

A small U-Net (Ronneberger et al. 2015) on pixels of 2 x 2, with a weight on the one side of
distortion, on the other of leakage as an input, so that one set of weights serves every choice.
Plain functions of weights, which are variables while they are learned and constants in a
painting's model.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from .evidence import BANDS
from .maps import COARSE, FINE

WIDTHS = (24, 32, 48, 64, 64)
"""Channels at pixels of 2 to 32: what varies slowly weighs most, and is hardest to tell."""

_CONVOLUTIONS = 2
"""At each size of pixel, on the way there and on the way back."""

STRIDE = 2 ** len(WIDTHS)
"""Origins of parts of an image must be multiples of this for equal results."""


def _radius() -> int:
    deepest = len(WIDTHS) - 1
    pixels = 2  # the last convolution
    for level in range(deepest + 1):
        size = 2 ** (level + 1)
        ways = 1 if level == deepest else 2
        pixels += ways * _CONVOLUTIONS * size + size  # and pooling, and its way back
    return pixels


RADIUS = _radius()
"""Pixels on each side that an output depends on."""

_INPUTS = 4 * FINE + (COARSE + BANDS) + BANDS + 1


def shapes() -> list[tuple[int, int, int, int]]:
    """Shapes of the kernels (3, 3, in, out), in the order of use; each has a bias (out,)."""
    steps, before = [], _INPUTS
    for width in WIDTHS:
        steps += [(before, width), *[(width, width)] * (_CONVOLUTIONS - 1)]
        before = width
    for width in WIDTHS[-2::-1]:
        steps += [(before + width, width), *[(width, width)] * (_CONVOLUTIONS - 1)]
        before = width
    return [(3, 3, *step) for step in (*steps, (before, 4))]


def initial_weights(seed: int) -> list[np.ndarray]:
    """Kernels by He et al. 2015 and biases in turn, float32; the last kernel is zero."""
    rng = np.random.default_rng(seed)
    weights: list[np.ndarray] = []
    for shape in shapes():
        kernel = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:3]))
        weights += [kernel.astype(np.float32), np.zeros(shape[3], np.float32)]
    weights[-2][:] = 0
    return weights


def correction(
    fine: tf.Tensor,
    coarse: tf.Tensor,
    reliability: tf.Tensor,
    boldness: tf.Tensor,
    weights: Sequence[tf.Tensor],
) -> tf.Tensor:
    """What the surface layer has beyond half of the mixture and of what colour explains.

    Args:
        fine: As from `Evidence.maps`, (n, h, w, FINE), h and w multiples of STRIDE.
        coarse: As from there, (n, h / 2, w / 2, COARSE + BANDS).
        reliability: Of the regressions, (n, BANDS).
        boldness: From 0, little distortion, to 1, little leakage; (n,).
        weights: Of `shapes`, kernels and biases in turn.

    Returns:
        (n, h, w, 1), in units of the mixture's deviation.
    """
    known = tf.concat([reliability, boldness[:, None]], axis=-1)[:, None, None, :]
    known = tf.broadcast_to(known, tf.concat([tf.shape(coarse)[:3], [BANDS + 1]], axis=0))
    x = tf.concat([tf.nn.space_to_depth(fine, 2), coarse, known], axis=-1)
    steps = iter(zip(weights[::2], weights[1::2], strict=True))
    skipped = []
    for _ in WIDTHS[:-1]:
        x = _convolve(x, steps)
        skipped.append(x)
        x = tf.nn.avg_pool2d(x, 2, 2, "VALID")
    x = _convolve(x, steps)
    for skip in reversed(skipped):
        x = tf.concat([tf.image.resize(x, tf.shape(skip)[1:3]), skip], axis=-1)
        x = _convolve(x, steps)
    kernel, bias = next(steps)
    x = tf.nn.conv2d(x, kernel, 1, "SAME") + bias
    return tf.nn.depth_to_space(x, 2)


def _convolve(x: tf.Tensor, steps: Iterator[tuple[tf.Tensor, tf.Tensor]]) -> tf.Tensor:
    for _ in range(_CONVOLUTIONS):
        kernel, bias = next(steps)
        x = tf.nn.leaky_relu(tf.nn.conv2d(x, kernel, 1, "SAME") + bias, 0.1)
    return x
