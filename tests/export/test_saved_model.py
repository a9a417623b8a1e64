"""Writing a SavedModel: the first endpoint is the default, failures leave nothing."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from tfpaintsep.export.locate import METADATA, read_metadata
from tfpaintsep.export.saved_model import load_signature, write_saved_model
from tfpaintsep.export.source import LocalSource
from tfpaintsep.export.warmup import WARMUP

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
        {"kind": "test", "name": "Évora"},
        {"doubled": {"values": np.array([4, 5], np.float32)}},
    )
    assert version == tmp_path / "model" / "1"
    assert read_metadata(version) == {"kind": "test", "name": "Évora"}
    values = tf.constant([1.0, -2.0])
    assert load_signature(version)(values=values)["scaled"].numpy().tolist() == [3, -6]
    assert load_signature(version, "doubled")(values=values)["doubled"].numpy().tolist() == [6, -12]
    answers = load_signature(version, "describe")(query=tf.constant(["", "anything"]))["json"]
    assert answers.numpy().tolist() == [(version / METADATA).read_bytes()] * 2

    requests = [
        PredictionLog.FromString(record.numpy()).predict_log.request
        for record in tf.data.TFRecordDataset(str(version / WARMUP))
    ]
    # Without a model's name, so that they hold in a copy of the version as well.
    assert [(one.model_spec.name, one.model_spec.signature_name) for one in requests] == [
        ("", "doubled"),
        ("", "describe"),
    ]
    assert tf.make_ndarray(requests[0].inputs["values"]).tolist() == [4, 5]
    assert requests[0].inputs["values"].dtype == tf.float32.as_datatype_enum


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
    assert list(tmp_path.iterdir()) == []


def test_a_signature_is_loaded_once(
    tmp_path: Path, model: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each loading takes a second, and memory that TensorFlow never gives back."""

    def scaled(values: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"scaled": model(values[:, None])[:, 0]}

    endpoints = {"serving_default": (scaled, SPEC)}
    source = LocalSource(write_saved_model(tmp_path / "model", model, endpoints, {"kind": "test"}))
    first = source.signature("serving_default")
    monkeypatch.setattr("tfpaintsep.export.source.load_signature", None)
    assert source.signature("serving_default") is first
