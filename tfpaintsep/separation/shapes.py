"""Sizes of tensors, as far as they are known when a function is traced."""

import tensorflow as tf


def sizes(x: tf.Tensor) -> list[int | tf.Tensor]:
    """All sizes of a tensor: numbers where they are known, which need no operations, else scalars.

    Args:
        x: Of known rank.
    """
    known = x.shape.as_list()
    if None not in known:
        return known
    return [k if k is not None else s for k, s in zip(known, tf.unstack(tf.shape(x)), strict=True)]
