"""What a request must hold, checked inside the exported graph.

Of a signature a server checks names and types only: an image of another rank or size would be
broadcast, and answered. Whatever would give a wrong answer, or an error that only a programmer
understands, ends here: TensorFlow's Assert makes it INVALID_ARGUMENT with a message, wherever
the model runs.
"""

import tensorflow as tf


def checked(
    images: dict[str, tf.Tensor], measured: str, *, scale: int = 1, smallest: int = 1
) -> dict[str, tf.Tensor]:
    """Images that whatever uses them waits for until they have passed.

    Checked are: batches not empty and of one size; "rgb" `scale` times the size of the others,
    which are of one size, `smallest` pixels at least; "rgb" in [0, 1], the others finite.

    Args:
        images: By name (b, h, w, c) float32, among them "rgb" (b, scale h, scale w, 3).
        measured: The image whose size the others must fit.
        scale: Rows and columns of the photograph for each of the other images.
        smallest: Rows and columns that the network needs at least.

    Returns:
        The same images, unchanged.

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs, if a check fails.
    """
    shape = tf.shape(images[measured])[:3]
    smallest_shape = [1, smallest, smallest]
    asserts = [
        # Strings and integers only: an assertion on them is a single operation.
        tf.debugging.Assert(
            tf.reduce_all(shape >= smallest_shape),
            [f"{measured}: expected (b, h, w) of at least {smallest_shape}; found", shape],
        )
    ]
    for name, image in images.items():
        if name == measured:
            continue
        factor, found = scale if name == "rgb" else 1, tf.shape(image)[:3]
        size = "its size" if factor == 1 else f"{factor} times its size"
        asserts.append(
            tf.debugging.Assert(
                tf.reduce_all(found == shape * [1, factor, factor]),
                [
                    f"{name}: expected the batch of {measured} and {size}; found",
                    found,
                    "for",
                    shape,
                ],
            )
        )
    with tf.control_dependencies(asserts):
        values = [_check_values(name, image) for name, image in images.items()]
    with tf.control_dependencies(values):
        return {name: tf.identity(image) for name, image in images.items()}


def _check_values(name: str, image: tf.Tensor) -> tf.Operation:
    if name != "rgb":
        finite = tf.reduce_all(tf.math.is_finite(image))
        return tf.debugging.Assert(finite, [f"{name}: expected finite values"])
    # Comparisons with NaN are false.
    inside = tf.reduce_all((image >= 0) & (image <= 1))
    lowest, highest = (tf.as_string(f(image)) for f in (tf.reduce_min, tf.reduce_max))
    return tf.debugging.Assert(
        inside, ["rgb: expected finite values in [0, 1]; found", lowest, "to", highest]
    )
