"""One version of a model behind the stand-in for TensorFlow Serving, and what it refuses.

Where a status was taken from the real server's source, the file is named, relative to its
`tensorflow_serving/`.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.protobuf.config_pb2 import CallableOptions
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow_serving.apis.predict_pb2 import PredictRequest

LONGEST_ERROR = 1024
"""Characters of an error's text the real server sends (model_servers/grpc_status_util.cc)."""

METHODS = {f"tensorflow/serving/{name}" for name in ("predict", "classify", "regress")}

Status = grpc.StatusCode


class RequestError(Exception):
    """A request answered with an error."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message[:LONGEST_ERROR])
        self.code = code


class LoadedModel:
    """One version of a model, in TensorFlow's C++ session as in the real server.

    The session is called without Python's own checks and conversions of what is fed: they would
    turn float64 into float32 and refuse other ranks. The bare session, and so the real server,
    refuses another dtype with INVALID_ARGUMENT (servables/tensorflow/predict_impl_test.cc), and
    compares no shape with the signature: it computes with any, as far as the graph allows.
    """

    def __init__(self, folder: Path) -> None:
        graph = tf.Graph()
        with graph.as_default():
            self.session = tf.compat.v1.Session(graph=graph)
            loader = tf.compat.v1.saved_model.loader
            meta_graph = loader.load(self.session, [tf.saved_model.SERVING], str(folder))
        # A dict, because reading a missing key of the proto's map would add it.
        self.signatures: dict[str, SignatureDef] = dict(meta_graph.signature_def)
        self.steps: dict[tuple[str, ...], Callable[..., list[np.ndarray]]] = {}
        self.lock = threading.Lock()

    def predict(self, request: PredictRequest) -> dict[str, TensorProto]:
        """Answer a request as servables/tensorflow/predict_util.cc does."""
        name = request.model_spec.signature_name or "serving_default"
        if name not in self.signatures:
            raise RequestError(
                Status.FAILED_PRECONDITION, f'Serving signature key "{name}" not found.'
            )
        signature = self.signatures[name]
        if signature.method_name not in METHODS:
            raise RequestError(
                Status.INTERNAL,
                f"Expected prediction signature method_name. Was: {signature.method_name}",
            )
        given, wanted = set(request.inputs), set(signature.inputs)
        if given != wanted:
            raise RequestError(
                Status.INVALID_ARGUMENT,
                f"input size does not match signature: {len(given)}!={len(wanted)}. "
                f"Sent extra: {sorted(given - wanted)}. "
                f"Missing but required: {sorted(wanted - given)}.",
            )
        inputs = {alias: decode(alias, request.inputs[alias]) for alias in sorted(wanted)}
        outputs = list(request.output_filter) or sorted(signature.outputs)
        for alias in outputs:
            if alias not in signature.outputs:
                raise RequestError(
                    Status.INVALID_ARGUMENT, f"output tensor alias not found in signature: {alias}"
                )
        if len(set(outputs)) < len(outputs):
            raise RequestError(Status.INVALID_ARGUMENT, "duplicate output tensor alias")
        try:
            results = self.step(name, outputs)(*inputs.values())
        except tf.errors.OpError as error:
            code = next(code for code in Status if code.value[0] == error.error_code)
            raise RequestError(code, error.message) from error
        return {alias: encode(value) for alias, value in zip(outputs, results, strict=True)}

    def step(self, name: str, outputs: list[str]) -> Callable[..., list[np.ndarray]]:
        """The compiled step from a signature's sorted inputs to some of its outputs."""
        signature, key = self.signatures[name], (name, *outputs)
        with self.lock:
            if key not in self.steps:
                options = CallableOptions(
                    feed=[signature.inputs[alias].name for alias in sorted(signature.inputs)],
                    fetch=[signature.outputs[alias].name for alias in outputs],
                )
                self.steps[key] = self.session._make_callable_from_options(options)
            return self.steps[key]


def decode(alias: str, proto: TensorProto) -> np.ndarray:
    """A tensor by the C++ method that the real server uses, `Tensor::FromProto`."""
    try:
        tensor: np.ndarray = tf.io.parse_tensor(proto.SerializeToString(), proto.dtype).numpy()
    except (tf.errors.OpError, TypeError, AttributeError) as error:
        raise RequestError(Status.INVALID_ARGUMENT, f"tensor parsing error: {alias}") from error
    return tensor


def encode(value: np.ndarray) -> TensorProto:
    """A tensor with its values in the typed field, as the real server answers by default.

    Clients must read `float_val`; `tf.make_tensor_proto` would write `tensor_content`.
    """
    if value.dtype != np.float32:
        return tf.make_tensor_proto(value)
    proto = TensorProto(dtype=tf.float32.as_datatype_enum)
    for size in value.shape:
        proto.tensor_shape.dim.add(size=size)
    proto.float_val.extend(np.ravel(value))
    return proto
