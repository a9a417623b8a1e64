"""Compare the forms of the network's convolutions on this machine, as a Markdown table.

The work is one layer's core, forward and backward: analysis, soft threshold, synthesis, and the
gradients by image, both kernels and threshold. Repetitions of the forms are interleaved, so that
a busy machine slows all of them alike, and medians are shown.
"""

import os
import time
from collections.abc import Callable
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from tfpaintsep.separation.convolution import convolve
from tfpaintsep.separation.shrinkage import soft_threshold

CODES, TAPS, REPETITIONS = 64, 5, 9
SHAPES = [(2, 128, 128, 1), (8, 128, 128, 1), (64, 50, 50, 1), (8, 128, 128, 3)]

Convolution = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def conv2d(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """TensorFlow's convolution with TensorFlow's gradient: the reference."""
    return convolve(x, kernel, "conv2d")


def matrix(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """The form that the network uses."""
    return convolve(x, kernel, "matrix")


def im2col(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """The textbook's form: matrix products only, differentiated automatically.

    Analysis multiplies shifted copies of the image; synthesis shifts and adds the products.
    """
    taps, _, c_in, c_out = kernel.shape
    n, h, w, _ = x.shape
    offsets = [(i, j) for i in range(taps) for j in range(taps)]
    margin = [[0, 0], [taps // 2] * 2, [taps // 2] * 2, [0, 0]]
    if c_in < c_out:
        padded = tf.pad(x, margin)
        columns = tf.concat([padded[:, i : i + h, j : j + w] for i, j in offsets], axis=-1)
        return tf.matmul(columns, tf.reshape(kernel, [-1, c_out]))
    weights = tf.reshape(tf.transpose(kernel, [2, 0, 1, 3]), [c_in, -1])
    products = tf.reshape(tf.matmul(x, weights), [n, h, w, taps * taps, c_out])
    padded = tf.pad(products, [*margin, [0, 0]])
    return tf.add_n([padded[:, i : i + h, j : j + w, taps * i + j] for i, j in offsets])


def layer_core(form: Convolution, xla: bool, shape: tuple[int, ...]) -> Callable[[], None]:
    """One forward and backward pass, traced, compiled and warmed up."""
    channels = shape[-1]
    seeds = iter(range(3))

    def gaussian(size: tuple[int, ...], scale: float) -> tf.Tensor:
        return scale * tf.random.stateless_normal(size, [0, next(seeds)])

    arguments = [
        gaussian(shape, 1.0),
        gaussian((TAPS, TAPS, channels, CODES), 0.2),
        gaussian((TAPS, TAPS, CODES, channels), 0.03),
        tf.constant(0.5),
    ]

    @tf.function(jit_compile=xla)
    def step(
        y: tf.Tensor, analysis: tf.Tensor, synthesis: tf.Tensor, threshold: tf.Tensor
    ) -> list[tf.Tensor]:
        sources = [y, analysis, synthesis, threshold]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            image = form(soft_threshold(form(y, analysis), threshold), synthesis)
            loss = tf.reduce_mean(image**2)
        gradients: list[tf.Tensor] = tape.gradient(loss, sources)
        return gradients

    def run() -> None:
        step(*arguments)[0].numpy()

    run()
    run()
    return run


def measure(runs: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Median seconds of each run, repetitions interleaved."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(REPETITIONS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: median(times) for name, times in seconds.items()}


def main() -> None:
    """Print one table row per image size and form."""
    tf.get_logger().setLevel("ERROR")  # or it warns that each form is traced anew
    square = tf.random.stateless_normal((2048, 2048), [0, 0])
    forms: list[Convolution] = [conv2d, im2col, matrix]
    print("| batch | form | ms | times faster than conv2d | GFLOP/s | share of peak |")
    print("| --- | --- | --- | --- | --- | --- |")
    for shape in SHAPES:
        runs = {
            form.__name__ + (" + XLA" if xla else ""): layer_core(form, xla, shape)
            for form in forms
            for xla in (False, True)
        }
        seconds = measure(runs | {"peak": lambda: tf.matmul(square, square).numpy()})
        peak = 2 * 2048**3 / seconds.pop("peak")
        print(
            f"| | a 2048³ matrix product | {2e3 * 2048**3 / peak:.1f} | | {peak / 1e9:.0f} | 100% |"
        )
        # Two convolutions, each with a forward pass and two gradients, multiply and add.
        n, h, w, channels = shape
        work = 2 * 3 * 2 * TAPS**2 * channels * CODES * n * h * w
        for name, duration in seconds.items():
            ratio, rate = seconds["conv2d"] / duration, work / duration
            print(
                f"| {n}x{h}x{w}x{channels} | {name} | {1e3 * duration:.1f} | {ratio:.1f} "
                f"| {rate / 1e9:.0f} | {rate / peak:.0%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
