"""Shrinkage operators: soft (l1), hard (l0) and none.

Reference: Pu et al. 2022, eq. (10) and section IV-F.
"""

from collections.abc import Callable
from typing import Literal

import tensorflow as tf

Shrinkage = Literal["soft", "hard", "none"]


def soft_threshold(x: tf.Tensor, threshold: tf.Tensor) -> tf.Tensor:
    """S_t(x) = sign(x) max(|x| - t, 0), eq. (10): the prox of t |x|_1.

    Args:
        x: Any shape, float.
        threshold: t >= 0, of a shape that broadcasts to x.

    Returns:
        A tensor of the shape of x.
    """
    return _soft_threshold(x, tf.convert_to_tensor(threshold, x.dtype))


@tf.custom_gradient
def _soft_threshold(
    x: tf.Tensor, threshold: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]]:
    # x - clip(x) has exact zeros and needs fewer passes over memory than sign(x) relu(|x| - t).
    shrunk = x - tf.minimum(tf.maximum(x, -threshold), threshold)

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # The automatic gradient of minimum and maximum takes three times as long.
        sign = tf.sign(shrunk)
        signed = upstream * sign
        return signed * sign, -_sum_to(signed, threshold.shape)

    return shrunk, gradient


def _sum_to(x: tf.Tensor, shape: tf.TensorShape) -> tf.Tensor:
    """Sum over the axes along which a tensor of this static shape was broadcast to x."""
    leading = x.shape.rank - shape.rank
    if leading:
        x = tf.reduce_sum(x, list(range(leading)))
    ones = [axis for axis, size in enumerate(shape) if size == 1]
    return tf.reduce_sum(x, ones, keepdims=True) if ones else x


def hard_threshold(x: tf.Tensor, threshold: tf.Tensor) -> tf.Tensor:
    """H_t(x) = x where |x| > t, else 0: the prox of (t^2 / 2) |x|_0 (section IV-F).

    It gives t no gradient, so t is a constant wherever this operator is used.

    Args:
        x: Any shape, float.
        threshold: t >= 0, of a shape that broadcasts to x.

    Returns:
        A tensor of the shape of x.
    """
    return tf.where(tf.abs(x) > threshold, x, tf.zeros_like(x))


def no_threshold(x: tf.Tensor, threshold: tf.Tensor) -> tf.Tensor:
    """Return x unchanged: the ablation without a sparse prior (Fig. 19, row 3)."""
    del threshold
    return x


_OPERATORS: dict[str, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "soft": soft_threshold,
    "hard": hard_threshold,
    "none": no_threshold,
}


def shrinkage(name: Shrinkage) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Look up the operator called "soft", "hard" or "none".

    Raises:
        ValueError: If the name is unknown.
    """
    if name not in _OPERATORS:
        raise ValueError(f"Unknown shrinkage; expected one of {list(_OPERATORS)}. Received: {name}")
    return _OPERATORS[name]
