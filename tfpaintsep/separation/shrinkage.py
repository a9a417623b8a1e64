"""Shrinkage operators: soft (l1), hard (l0) and none.

Reference: Pu et al. 2022, eq. (10) and section IV-F.
"""

from collections.abc import Callable
from typing import Literal

import tensorflow as tf

from tfpaintsep.training.fusion import fusible

Shrinkage = Literal["soft", "hard", "none"]


def soft_threshold(x: tf.Tensor, threshold: tf.Tensor, step: tf.Tensor | None = None) -> tf.Tensor:
    """S_t(x) = sign(x) max(|x| - t, 0), eq. (10): the prox of t |x|_1.

    Args:
        x: Any shape, float.
        threshold: t >= 0, of a shape that broadcasts to x.
        step: Something to add to x first, of its shape: a step of gradient descent, say, for
            which fused operations then need no pass over memory of its own.

    Returns:
        A tensor of the shape of x.
    """
    threshold = tf.convert_to_tensor(threshold, x.dtype)
    return _soft_threshold(threshold, x) if step is None else _soft_threshold(threshold, x, step)


@tf.custom_gradient
def _soft_threshold(
    threshold: tf.Tensor, *summands: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, ...]]]:
    """Of the sum of the summands. The automatic gradient takes three times as long."""
    shrunk = _shrink(threshold, *summands)

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
        by_each = _where_not_zero(upstream, shrunk)
        # XLA sums along one axis as it multiplies; the others are faster added up afterwards.
        axes = _broadcast_axes(threshold.shape, shrunk.shape)
        by_threshold = -_sum_to(_signed_sum(upstream, shrunk, tuple(axes[:1])), threshold.shape)
        return by_threshold, *[by_each] * len(summands)

    return shrunk, gradient


@fusible
def _shrink(threshold: tf.Tensor, x: tf.Tensor, step: tf.Tensor | None = None) -> tf.Tensor:
    # x - clip(x) has exact zeros and needs fewer passes over memory than sign(x) relu(|x| - t).
    # Fused, a threshold of NaN goes unnoticed; the gradient that made it ended the training.
    x = x if step is None else x + step
    return x - tf.minimum(tf.maximum(x, -threshold), threshold)


@fusible
def _where_not_zero(upstream: tf.Tensor, shrunk: tf.Tensor) -> tf.Tensor:
    return tf.where(shrunk != 0, upstream, tf.zeros([], upstream.dtype))


@fusible
def _signed_sum(upstream: tf.Tensor, shrunk: tf.Tensor, axes: tuple[int, ...]) -> tf.Tensor:
    return tf.reduce_sum(upstream * tf.sign(shrunk), axes, keepdims=True)


def _broadcast_axes(small: tf.TensorShape, large: tf.TensorShape) -> list[int]:
    """The axes of a tensor along which one of the small shape is broadcast to it."""
    leading = large.rank - small.rank
    ones = [leading + axis for axis, size in enumerate(small) if size == 1]
    return [*range(leading), *ones]


def _sum_to(x: tf.Tensor, shape: tf.TensorShape) -> tf.Tensor:
    """Sum over the axes along which a tensor of this static shape was broadcast to x."""
    x = tf.reduce_sum(x, list(range(x.shape.rank - shape.rank)))
    return tf.reduce_sum(x, _broadcast_axes(shape, x.shape), keepdims=True)


def hard_threshold(x: tf.Tensor, threshold: tf.Tensor, step: tf.Tensor | None = None) -> tf.Tensor:
    """H_t(x) = x where |x| > t, else 0: the prox of (t^2 / 2) |x|_0 (section IV-F).

    It gives t no gradient, so t is a constant wherever this operator is used.

    Args:
        x: Any shape, float.
        threshold: t >= 0, of a shape that broadcasts to x.
        step: Something to add to x first, of its shape.

    Returns:
        A tensor of the shape of x.
    """
    x = x if step is None else x + step
    return tf.where(tf.abs(x) > threshold, x, tf.zeros_like(x))


def no_threshold(x: tf.Tensor, threshold: tf.Tensor, step: tf.Tensor | None = None) -> tf.Tensor:
    """Return x, or x + step: the ablation without a sparse prior (Fig. 19, row 3)."""
    del threshold
    return x if step is None else x + step


_OPERATORS: dict[str, Callable[..., tf.Tensor]] = {
    "soft": soft_threshold,
    "hard": hard_threshold,
    "none": no_threshold,
}


def shrinkage(name: Shrinkage) -> Callable[..., tf.Tensor]:
    """Look up the operator called "soft", "hard" or "none".

    Raises:
        ValueError: If the name is unknown.
    """
    if name not in _OPERATORS:
        raise ValueError(f"Unknown shrinkage; expected one of {list(_OPERATORS)}. Received: {name}")
    return _OPERATORS[name]
