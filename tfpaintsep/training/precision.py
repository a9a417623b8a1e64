"""Mixed precision: the networks' large products in bfloat16, everything else in float32.

The 5x5 convolutions of the separation and the products over channels of the super-resolution's
generator hold nearly all of the work of a training step, and are what a GPU's or CPU's matrix
units compute several times faster in bfloat16, which has float32's range and 8 bits of mantissa.
Weights, sums over iterations, losses, gradients of the weights and optimizer stay in float32, so
there is no loss to be scaled. A trained network is applied and exported in float32.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import tensorflow as tf

_PRODUCTS: ContextVar[tf.DType | None] = ContextVar("products", default=None)


@contextmanager
def mixed_precision(enabled: bool = True) -> Iterator[None]:
    """What is traced within computes its products in bfloat16, if enabled."""
    token = _PRODUCTS.set(tf.bfloat16 if enabled else None)
    try:
        yield
    finally:
        _PRODUCTS.reset(token)


def factors(*tensors: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """The factors of a product in the type it shall be computed in; cast back what it gives."""
    dtype = _PRODUCTS.get()
    return tensors if dtype is None else tuple(tf.cast(tensor, dtype) for tensor in tensors)
