"""Requests that a server answers to itself while it loads a version.

TensorFlow sets much up only when a graph first runs; without these records the first visitor
would wait for that. TF Serving reads them from `assets.extra/tf_serving_warmup_requests` and
refuses to load a version that cannot answer them.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

WARMUP = Path("assets.extra") / "tf_serving_warmup_requests"

SIDE = 64
"""Rows and columns of the photograph in a warm-up request: kernels are set up at any size, and
larger images would only make loading slower."""

Requests = Mapping[str, Mapping[str, np.ndarray]]
"""By signature the inputs of one request, by name."""


def write_warmup(version: Path, requests: Requests) -> None:
    """Write the warm-up file of a version.

    The records name the signature and not the model: a server runs them within the model that
    it is loading, whatever its name, and a copy of the version may have another one.

    Args:
        version: The SavedModel's folder.
        requests: What the model shall answer.
    """
    path = version / WARMUP
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, inputs in requests.items():
            request = PredictRequest(
                model_spec=ModelSpec(signature_name=signature),
                inputs={name: tf.make_tensor_proto(value) for name, value in inputs.items()},
            )
            log = PredictionLog(predict_log=PredictLog(request=request))
            writer.write(log.SerializeToString(deterministic=True))
