"""Every form of the convolution is TensorFlow's own, values and gradients."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.convolution import Form, _added_taps, convolve
from tfpaintsep.training.fusion import fused

KINDS = [(1, 16), (3, 16), (16, 1), (16, 3), (1, 1), (1, 3), (3, 1), (4, 4)]


def pair(
    c_in: int,
    c_out: int,
    size: tuple[int, int] = (5, 5),
    shape: tuple[int, int, int] = (2, 9, 12),
    dtype: type = np.float64,
) -> tuple[tf.Tensor, tf.Tensor]:
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(*shape, c_in)), rng.normal(size=(*size, c_in, c_out))
    return tf.constant(x, dtype), tf.constant(kernel, dtype)


def value_and_gradients(
    x: tf.Tensor, kernel: tf.Tensor, form: Form
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    with tf.GradientTape() as tape:
        tape.watch([x, kernel])
        out = convolve(x, kernel, form)
        # A quartic loss, so that the upstream gradient differs at every pixel.
        loss = tf.reduce_sum(out**4)
    return out, *tape.gradient(loss, [x, kernel])


@pytest.mark.parametrize(("c_in", "c_out"), KINDS)
@pytest.mark.parametrize("size", [(5, 5), (3, 7), (1, 1)])
def test_every_form_equals_conv2d(c_in: int, c_out: int, size: tuple[int, int]) -> None:
    x, kernel = pair(c_in, c_out, size)
    forms: tuple[Form, ...] = ("matrix", "auto")
    for form in forms:
        ours = value_and_gradients(x, kernel, form)
        for a, b in zip(ours, value_and_gradients(x, kernel, "conv2d"), strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * np.abs(b).max())


@pytest.mark.parametrize("known", ["all sizes", "height and width", "none"])
@pytest.mark.parametrize("size", [(5, 5), (3, 7)])
@pytest.mark.parametrize(("c_in", "c_out"), [(1, 16), (16, 1)])
def test_fused_it_equals_conv2d_too(
    c_in: int, c_out: int, size: tuple[int, int], known: str
) -> None:
    x, kernel = pair(c_in, c_out, size)
    shape = {
        "all sizes": x.shape,
        "height and width": [None, *x.shape[1:]],
        "none": [None, None, None, c_in],
    }[known]

    @tf.function(input_signature=[tf.TensorSpec(shape, x.dtype)])
    def ours(x: tf.Tensor) -> tuple[tf.Tensor, ...]:
        with fused():
            return value_and_gradients(x, kernel, "matrix")

    for a, b in zip(ours(x), value_and_gradients(x, kernel, "conv2d"), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * np.abs(b).max())


def test_fused_in_bfloat16_the_sum_of_taps_loses_nothing() -> None:
    rng = np.random.default_rng(0)
    maps = tf.cast(rng.normal(size=(1, 8, 9, 25)), tf.bfloat16)

    @tf.function
    def added(maps: tf.Tensor) -> tf.Tensor:
        with fused():
            return _added_taps(maps, 5, 5)

    exact = added(tf.cast(maps, tf.float64))
    np.testing.assert_array_equal(added(maps), tf.cast(exact, tf.bfloat16))


@pytest.mark.parametrize(("c_in", "c_out"), [(1, 64), (64, 1), (64, 3)])
def test_float32_agrees_to_rounding(c_in: int, c_out: int) -> None:
    x, kernel = pair(c_in, c_out, dtype=np.float32)
    ours, plain = (convolve(x, kernel, form) for form in ("matrix", "conv2d"))
    assert ours.dtype == tf.float32
    np.testing.assert_allclose(ours, plain, atol=2e-6 * np.abs(plain).max())


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 3), (3, 1, 20)])
def test_images_smaller_than_the_kernel(shape: tuple[int, int, int]) -> None:
    for channels in ((1, 16), (16, 1), (16, 3)):
        x, kernel = pair(*channels, shape=shape)
        ours, plain = (convolve(x, kernel, form) for form in ("matrix", "conv2d"))
        np.testing.assert_allclose(ours, plain, atol=1e-10)


@pytest.mark.parametrize("c_image", [1, 3])
def test_synthesis_with_the_flipped_kernel_is_the_adjoint_of_analysis(c_image: int) -> None:
    y, kernel = pair(c_image, 16)
    z = tf.constant(np.random.default_rng(1).normal(size=(2, 9, 12, 16)))
    flipped = tf.transpose(kernel[::-1, ::-1], [0, 1, 3, 2])
    left = tf.reduce_sum(convolve(y, kernel, "matrix") * z)
    right = tf.reduce_sum(y * convolve(z, flipped, "matrix"))
    np.testing.assert_allclose(left, right, rtol=1e-12)


@pytest.mark.parametrize(("c_in", "c_out"), [(1, 16), (16, 1), (16, 3)])
def test_second_derivatives(c_in: int, c_out: int) -> None:
    x, kernel = pair(c_in, c_out, shape=(1, 4, 5))

    def second(form: Form) -> tf.Tensor:
        with tf.GradientTape() as outer:
            outer.watch(x)
            _, by_x, by_kernel = value_and_gradients(x, kernel, form)
            norm = tf.reduce_sum(by_x**2) + tf.reduce_sum(by_kernel**2)
        return outer.gradient(norm, x)

    np.testing.assert_allclose(second("matrix"), second("conv2d"), rtol=1e-8)


def test_one_graph_for_every_size() -> None:
    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 1], tf.float64)])
    def through(y: tf.Tensor) -> tf.Tensor:
        out = convolve(convolve(y, analysis, "matrix"), synthesis, "matrix")
        assert out.shape.as_list() == [None, None, None, 3]
        return out

    _, analysis = pair(1, 16)
    _, synthesis = pair(16, 3)
    for shape in [(1, 8, 8), (3, 7, 11)]:
        y, _ = pair(1, 1, shape=shape)
        plain = convolve(convolve(y, analysis, "conv2d"), synthesis, "conv2d")
        np.testing.assert_allclose(through(y), plain, atol=1e-9)
    assert through.experimental_get_tracing_count() == 1


def test_survives_the_export_of_a_model(tmp_path: Path) -> None:
    class There(keras.Layer):
        def build(self, shape: tuple[int | None, ...]) -> None:
            self.kernel = self.add_weight(shape=(5, 5, 1, 16), initializer="random_normal")
            self.back = self.add_weight(shape=(5, 5, 16, 1), initializer="random_normal")

        def call(self, y: tf.Tensor) -> tf.Tensor:
            return convolve(convolve(y, self.kernel, "matrix"), self.back, "matrix")

    layer = There()
    y, _ = pair(1, 1, dtype=np.float32)
    expected = layer(y)
    archive = keras.export.ExportArchive()
    archive.track(layer)
    spec = tf.TensorSpec([None, None, None, 1], tf.float32, name="y")
    archive.add_endpoint("serve", layer.call, input_signature=[spec])
    archive.write_out(str(tmp_path / "model"), verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    np.testing.assert_allclose(loaded.serve(y), expected, atol=1e-6)


def test_repeats_bit_for_bit() -> None:
    for channels in ((1, 64), (64, 1), (64, 3)):
        x, kernel = pair(*channels, shape=(4, 64, 64), dtype=np.float32)
        run = tf.function(lambda x, kernel: value_and_gradients(x, kernel, "matrix"))
        first = run(x, kernel)
        for _ in range(5):
            for a, b in zip(first, run(x, kernel), strict=True):
                np.testing.assert_array_equal(a, b)


def test_says_what_is_wrong() -> None:
    x, kernel = pair(1, 16, size=(4, 4))
    with pytest.raises(ValueError, match="odd size"):
        convolve(x, kernel, "matrix")
    with pytest.raises(ValueError, match="Received: 'winograd'"):
        convolve(x, kernel, "winograd")  # type: ignore[arg-type]
    np.testing.assert_array_equal(convolve(x, kernel), convolve(x, kernel, "conv2d"))
