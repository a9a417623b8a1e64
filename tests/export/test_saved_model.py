"""Writing a SavedModel: the first endpoint is the default, failures leave nothing."""

from pathlib import Path

import keras
import pytest
import tensorflow as tf

from tfpaintsep.export.locate import read_metadata
from tfpaintsep.export.saved_model import load_signature, write_saved_model

SPEC = [tf.TensorSpec([None], tf.float32, name="values")]


@pytest.fixture
def model() -> keras.Model:
    """A model that scales by a weight of 3."""
    inputs = keras.Input([1])
    outputs = keras.layers.Dense(1, use_bias=False, kernel_initializer=lambda *_, **__: [[3.0]])
    return keras.Model(inputs, outputs(inputs))


def test_endpoints_share_the_weights_and_say_what_they_are(
    tmp_path: Path, model: keras.Model
) -> None:
    def scaled(values: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"scaled": model(values[:, None])[:, 0]}

    def doubled(values: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"doubled": 2 * model(values[:, None])[:, 0]}

    version = write_saved_model(
        tmp_path / "model",
        model,
        {"serving_default": (scaled, SPEC), "doubled": (doubled, SPEC)},
        {"kind": "test"},
    )
    assert version == tmp_path / "model" / "1"
    assert read_metadata(version) == {"kind": "test"}
    values = tf.constant([1.0, -2.0])
    assert load_signature(version)(values=values)["scaled"].numpy().tolist() == [3, -6]
    assert load_signature(version, "doubled")(values=values)["doubled"].numpy().tolist() == [6, -12]


def test_an_endpoint_that_cannot_be_traced_leaves_nothing(
    tmp_path: Path, model: keras.Model
) -> None:
    def wrong(values: tf.Tensor) -> tf.Tensor:
        raise ValueError("no such thing")

    with pytest.raises(ValueError, match="no such thing"):
        write_saved_model(tmp_path / "model", model, {"serving_default": (wrong, SPEC)}, {})
    assert list((tmp_path / "model").iterdir()) == []


def test_a_description_that_is_no_json_leaves_nothing(tmp_path: Path, model: keras.Model) -> None:
    endpoints = {"serving_default": (lambda values: {"same": values}, SPEC)}
    with pytest.raises(TypeError):
        write_saved_model(tmp_path / "model", model, endpoints, {"path": tmp_path})
    assert list((tmp_path / "model").iterdir()) == []
