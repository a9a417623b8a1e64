"""What the exported graph refuses, with the reason, before anything is computed."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.export.input_checks import checked
from tfpaintsep.export.saved_model import load_signature, write_saved_model

SCALE, SMALLEST = 2, 3
REFUSED: dict[str, tuple[dict[str, tuple[int, ...]], str]] = {
    "smaller": ({"maps": (1, 2, 4), "rgb": (1, 4, 8)}, r"maps: .* at least \[1, 3, 3\]"),
    "no batch": ({"maps": (0, 4, 4), "rgb": (0, 8, 8)}, "maps: .* at least"),
    "no rows": ({"maps": (1, 0, 4), "rgb": (1, 0, 8)}, "maps: .* at least"),
    "not twice as wide": ({"rgb": (1, 8, 9)}, "rgb: expected .*2 times its size; .*8 9"),
    "batches differ": ({"rgb": (2, 8, 8)}, "rgb: expected the batch of maps"),
    "sizes differ": ({"init": (1, 4, 5)}, "init: expected the batch of maps and its size;"),
}
VALUES = {
    "rgb too bright": ("rgb", 255.0, r"rgb: expected .*\[0, 1\]; found.*255"),
    "rgb negative": ("rgb", -1e-6, "rgb: expected"),
    "rgb not a number": ("rgb", np.nan, "rgb: expected"),
    "rgb infinite": ("rgb", np.inf, "rgb: expected"),
    "maps not a number": ("maps", np.nan, "maps: expected finite"),
    "init infinite": ("init", -np.inf, "init: expected finite"),
}


def images(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Images that pass, but for the (b, h, w) that are given."""
    rng = np.random.default_rng(2)
    sizes = {"maps": (1, 4, 4), "rgb": (1, 8, 8), "init": (1, 4, 4), **shapes}
    channels = {"maps": 2, "rgb": 3, "init": 1}
    return {
        name: rng.random((*size, channels[name])).astype(np.float32) for name, size in sizes.items()
    }


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose only work is to give back what has passed."""
    names = {"maps": 2, "rgb": 3, "init": 1}
    specs = {
        name: tf.TensorSpec([None, None, None, channels], tf.float32, name=name)
        for name, channels in names.items()
    }

    def same(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        found = checked(inputs, "maps", scale=SCALE, smallest=SMALLEST)
        return {f"same_{name}": image for name, image in found.items()}

    inputs = keras.Input([1])
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    folder = tmp_path_factory.mktemp("checked") / "model"
    return write_saved_model(folder, model, {"serving_default": (same, [specs])}, {})


def call(version: Path, given: dict[str, np.ndarray]) -> dict[str, tf.Tensor]:
    function = load_signature(version)
    found: dict[str, tf.Tensor] = function(**{k: tf.constant(v) for k, v in given.items()})
    return found


def test_images_that_fit_pass_unchanged(version: Path) -> None:
    for given in (images(), images(maps=(3, 3, 7), rgb=(3, 6, 14), init=(3, 3, 7))):
        given["rgb"][0, 0, 0] = 0, 1, 0.5  # the ends of the range belong to it
        found = call(version, given)
        for name, value in given.items():
            np.testing.assert_array_equal(found[f"same_{name}"], value)


@pytest.mark.parametrize("case", REFUSED)
def test_sizes_that_do_not_fit_are_refused(version: Path, case: str) -> None:
    shapes, message = REFUSED[case]
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        call(version, images(**shapes))


@pytest.mark.parametrize("case", VALUES)
def test_values_out_of_range_are_refused(version: Path, case: str) -> None:
    name, value, message = VALUES[case]
    given = images()
    given[name][0, 3, 2, 0] = value
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        call(version, given)


def test_the_checks_come_before_the_work() -> None:
    calls = []

    def work(image: np.ndarray) -> np.ndarray:
        calls.append(image.shape)
        return image

    @tf.function
    def endpoint(inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        maps = checked(inputs, "maps", scale=SCALE)["maps"]
        # Without a state, nothing but its inputs holds it back.
        return tf.numpy_function(work, [maps], tf.float32, stateful=False)

    endpoint(images())
    assert calls == [(1, 4, 4, 2)]
    wrong = images()
    wrong["init"][0, 0, 0, 0] = np.nan
    with pytest.raises(tf.errors.InvalidArgumentError, match="init"):
        endpoint(wrong)
    assert len(calls) == 1
