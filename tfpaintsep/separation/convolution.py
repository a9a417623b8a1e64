"""The 5x5 convolutions of (11) to (13), in the forms that a CPU computes fastest.

Two shapes of convolution carry the network's whole cost: *analysis*, from an image of one to
three channels to K code channels, and *synthesis*, from the codes back to an image. TensorFlow's
convolution is fast for analysis, and for its two companions (the gradient by a synthesis' input
and by an analysis' kernel), but runs at a tenth of the speed when the output has one to three
channels: a CPU's vector lanes hold 16 output channels. So the slow kinds are rewritten here:

- a synthesis is a matrix product that applies all taps to each pixel's code at once, then a sum
  of the resulting maps, each shifted by its tap's offset, which can be fused (with several
  output channels, rows of taps take the place of taps);
- the gradient by an analysis' input is such a synthesis with the flipped kernel;
- the gradient by a synthesis' kernel is that of an analysis' kernel with input and output
  gradient exchanged, flipped.

`benchmarks/convolution.py` compares these with plain `tf.nn.conv2d`, im2col and XLA.
"""

from collections.abc import Callable
from itertools import product
from typing import Literal

import tensorflow as tf

from tfpaintsep.training.fusion import fusible, fusing
from tfpaintsep.training.precision import factors

from .shapes import sizes

Form = Literal["auto", "conv2d", "matrix"]
Gradient = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]

# From this many channels on, a matrix product beats a convolution at one channel on the other side.
_MANY_CHANNELS = 16


def convolve(x: tf.Tensor, kernel: tf.Tensor, form: Form = "auto") -> tf.Tensor:
    """Cross-correlate images with a kernel, zero padding to the same size, stride 1.

    Every form gives the values and gradients of `tf.nn.conv2d(x, kernel, 1, "SAME")` up to
    rounding. Batch and spatial sizes may be unknown when a function is traced.

    Args:
        x: Images or codes (n, h, w, c_in), float32 or float64.
        kernel: Filters (kh, kw, c_in, c_out), of x's type, all four sizes known.
        form: "conv2d" is TensorFlow's own convolution and gradient. "matrix" rewrites its slow
            kinds as matrix products. "auto" takes "matrix" where it is faster: on a CPU, for an
            odd kernel between few channels and many.

    Within `mixed_precision` it is computed in bfloat16.

    Returns:
        The convolution (n, h, w, c_out), of x's type.

    Raises:
        ValueError: If `form` is unknown, or "matrix" is asked for a kernel of even size.
    """
    x, kernel = tf.convert_to_tensor(x), tf.convert_to_tensor(kernel)
    image, filters = factors(x, kernel)
    return tf.cast(_convolve(image, filters, form), x.dtype)


def _convolve(x: tf.Tensor, kernel: tf.Tensor, form: Form) -> tf.Tensor:
    rows, columns, c_in, c_out = kernel.shape
    odd = rows % 2 == 1 and columns % 2 == 1
    if form == "auto":
        # Measured on CPUs only; a GPU keeps TensorFlow's own convolution.
        on_cpu = not tf.config.list_logical_devices("GPU")
        many = max(c_in, c_out) >= _MANY_CHANNELS and c_in != c_out
        form = "matrix" if odd and many and on_cpu else "conv2d"
    if form == "conv2d":
        return tf.nn.conv2d(x, kernel, 1, "SAME")
    if form != "matrix":
        raise ValueError(f"form must be 'auto', 'conv2d' or 'matrix'. Received: {form!r}")
    if not odd:
        raise ValueError(f"form 'matrix' needs a kernel of odd size. Received: {rows}x{columns}")
    return _analysis(x, kernel) if c_in <= c_out else _synthesis(x, kernel)


@tf.custom_gradient
def _analysis(x: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Gradient]:
    """Few channels to many."""

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return _shifted_products(upstream, _flip(kernel)), _by_kernel(x, upstream, kernel.shape)

    return tf.nn.conv2d(x, kernel, 1, "SAME"), gradient


@tf.custom_gradient
def _synthesis(z: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Gradient]:
    """Many channels to few."""

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        flipped = _flip(kernel)
        by_kernel = _flip(_by_kernel(upstream, z, flipped.shape))
        return tf.nn.conv2d(upstream, flipped, 1, "SAME"), by_kernel

    return _shifted_products(z, kernel), gradient


def _flip(kernel: tf.Tensor) -> tf.Tensor:
    """The kernel of the adjoint: rotated by 180 degrees, channels exchanged."""
    return tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2])


def _by_kernel(x: tf.Tensor, upstream: tf.Tensor, shape: tf.TensorShape) -> tf.Tensor:
    """Gradient of conv2d by its kernel (fast where x has few channels)."""
    return tf.raw_ops.Conv2DBackpropFilter(
        input=x, filter_sizes=shape, out_backprop=upstream, strides=[1] * 4, padding="SAME"
    )


def _shifted_products(z: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Convolution to few channels: one map per tap, or row of taps, shifted and added.

    Maps stand on leading axes, so that each shift copies contiguous memory.
    """
    rows, columns, c_in, c_out = kernel.shape
    n, h, w, _ = sizes(z)
    if c_out == 1 and c_in >= _MANY_CHANNELS:
        taps = tf.transpose(tf.reshape(kernel, [rows * columns, c_in]))
        maps = tf.matmul(tf.reshape(z, [-1, c_in]), taps)
        if fusing():
            maps = tf.reshape(maps, [n, h, w, rows * columns])
            maps.set_shape([*z.shape[:3], rows * columns])
            return _added_taps(maps, rows, columns)
        maps = _shift_and_add(tf.reshape(tf.transpose(maps), [rows, columns, n, h, w]), axis=-2)
        image = _shift_and_add(maps, axis=-1)[..., tf.newaxis]
    else:
        # Leaving one axis of taps to a convolution means fewer maps to shift.
        taps = tf.transpose(kernel, [1, 2, 0, 3])
        taps = tf.reshape(taps, [1, columns, c_in, rows * c_out])
        maps = tf.transpose(tf.nn.conv2d(z, taps, 1, "SAME"), [3, 0, 1, 2])
        image = _shift_and_add(tf.reshape(maps, [rows, c_out, n, h, w]), axis=-2)
        image = tf.transpose(image, [1, 2, 3, 0])
    image.set_shape([*z.shape[:3], c_out])
    return image


@fusible
def _added_taps(maps: tf.Tensor, rows: int, columns: int) -> tf.Tensor:
    """The maps of all taps, (n, h, w, rows * columns), shifted and added in one pass."""
    padded = tf.pad(maps, [[0, 0], [rows // 2] * 2, [columns // 2] * 2, [0, 0]])
    if maps.dtype == tf.bfloat16:  # too coarse for a sum of as many; in one pass more costs nothing
        padded = tf.cast(padded, tf.float32)
    total = tf.add_n(
        [
            padded[:, i : i + 1 - rows or None, j : j + 1 - columns or None, k : k + 1]
            for k, (i, j) in enumerate(product(range(rows), range(columns)))
        ]
    )
    return tf.cast(total, maps.dtype)


def _shift_and_add(maps: tf.Tensor, axis: int) -> tf.Tensor:
    """Σ_i maps[i] moved by -(i - r) along `axis`, r the middle index, zeros moving in."""
    count, rank = maps.shape[0], len(maps.shape)
    paddings, begin = [[0, 0]] * rank, [0] * (rank - 1)
    paddings[axis] = [count // 2, count // 2]
    padded = tf.unstack(tf.pad(maps, paddings))
    size = sizes(maps)[1:]
    shifted = []
    for i, one in enumerate(padded):
        begin[axis] = i
        shifted.append(tf.slice(one, begin, size))
    return tf.add_n(shifted)
