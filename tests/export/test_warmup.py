"""Both kinds of model answer the requests that a server warms them up with."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from tfpaintsep.export.locate import METADATA, find_version
from tfpaintsep.export.warmup import SIDE, WARMUP

SIGNATURES = {
    "separation": ["describe", "first_guess", "serving_default", "with_init"],
    "upscaling": ["describe", "serving_default"],
}


def read_requests(version: Path) -> dict[str, PredictRequest]:
    """The warm-up requests by signature, parsed as a server parses them."""
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(version / WARMUP))]
    logs = [PredictionLog.FromString(record) for record in records]
    assert all(log.WhichOneof("log_type") == "predict_log" for log in logs)
    requests = [log.predict_log.request for log in logs]
    return {request.model_spec.signature_name: request for request in requests}


@pytest.mark.parametrize("name", SIGNATURES)
def test_each_signature_answers_its_request(served_models: Path, name: str) -> None:
    version = find_version(served_models / name)
    requests = read_requests(version)
    assert sorted(requests) == SIGNATURES[name]
    assert (version / WARMUP).stat().st_size < 2**20
    signatures = tf.saved_model.load(str(version)).signatures
    assert sorted(signatures) == SIGNATURES[name]
    for signature, request in requests.items():
        specs = signatures[signature].structured_input_signature[1]
        inputs = {k: tf.constant(tf.make_ndarray(v)) for k, v in request.inputs.items()}
        assert inputs.keys() == specs.keys()
        for key, spec in specs.items():
            assert spec.is_compatible_with(inputs[key]), (signature, key)
        answer = signatures[signature](**inputs)
        if signature == "describe":
            assert answer["json"].numpy().tolist() == [(version / METADATA).read_bytes()]
            continue
        # A photograph's side is a multiple of the scale.
        assert all(SIDE - 4 < side <= SIDE for side in inputs["rgb"].shape[1:3])
        for value in answer.values():
            assert np.isfinite(value).all()
            assert np.ptp(value) > 0
