"""A model on a server, used as if it lay on disk."""

import json
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import prod
from typing import Any, TypeVar

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from tfpaintsep.errors import InputError
from tfpaintsep.export.saved_model import DESCRIBE
from tfpaintsep.export.source import Signature

from .address import ModelAddress
from .channel import (
    DEADLINE_SECONDS,
    FRAMING,
    MESSAGE_LIMIT,
    await_connection,
    failure,
    open_channel,
)

IN_FLIGHT = 4
"""Requests under way at once: while the server computes one, others travel. More would only
queue there, and take memory on both sides."""

T = TypeVar("T")
R = TypeVar("R")


class RemoteSource:
    """A model on a server.

    The version that answers the first request answers all others: a version that is loaded
    meanwhile cannot mix two models in one picture.

    Args:
        address: Where it is.
        message_limit: The most that a request or an answer may take, in bytes.

    Raises:
        InputError: If there is no server, no such model, or none of this package.
    """

    def __init__(self, address: ModelAddress, message_limit: int = MESSAGE_LIMIT) -> None:
        self.address = address
        self.message_bytes: int | None = message_limit - FRAMING
        channel = open_channel(address, message_limit)
        # An open channel would keep the interpreter from ending.
        self._close = weakref.finalize(self, channel.close)
        try:
            await_connection(channel, address)
            self._stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            self.metadata = self._describe()
        except BaseException:
            self.close()
            raise
        self.identity = str(self.address)

    def close(self) -> None:
        """End the connection, and with it all requests under way."""
        self._close()

    def signature(self, name: str, outputs: Sequence[str] = ()) -> Signature:
        """A signature as a function that sends its inputs and waits for the outputs.

        Args:
            name: Its name.
            outputs: The outputs that shall travel; all when empty.
        """

        def call(**inputs: Any) -> dict[str, np.ndarray]:
            answer = self._predict(name, inputs, outputs)
            return {key: self._decoded(key, value) for key, value in answer.outputs.items()}

        return call

    def mapped(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """The built-in `map`, with up to `IN_FLIGHT` calls under way and results in order.

        If a call fails, or the caller stops, the connection ends and no call is left behind.
        """
        pending: deque = deque()
        with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="request") as pool:
            try:
                for item in items:
                    if len(pending) == IN_FLIGHT:
                        yield pending.popleft().result()
                    pending.append(pool.submit(function, item))
                while pending:
                    yield pending.popleft().result()
            except BaseException:
                for future in pending:
                    future.cancel()
                self.close()
                raise

    def _describe(self) -> dict[str, Any]:
        """The description; from now on the version that gave it is asked."""
        try:
            answer = self._predict(DESCRIBE, {"query": np.array([b""])}, ("json",))
        except InputError as error:
            cause = error.__cause__
            absent = (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT)
            if isinstance(cause, grpc.RpcError) and cause.code() in absent:
                raise self._foreign(f"a model without the signature {DESCRIBE}") from cause
            raise
        self.address = replace(self.address, version=answer.model_spec.version.value)
        try:
            metadata = json.loads(tf.make_ndarray(answer.outputs["json"]).item())
            if not isinstance(metadata, dict):
                raise ValueError("no dictionary")
        except (TypeError, ValueError) as error:
            raise self._foreign("another answer") from error
        return metadata

    def _predict(
        self, signature: str, inputs: dict[str, Any], outputs: Sequence[str]
    ) -> predict_pb2.PredictResponse:
        request = predict_pb2.PredictRequest(output_filter=outputs)
        request.model_spec.name = self.address.name
        request.model_spec.signature_name = signature
        if self.address.version is not None:
            request.model_spec.version.value = self.address.version
        for name, value in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(np.asarray(value)))
        try:
            answer = self._stub.Predict(request, timeout=DEADLINE_SECONDS)
        except grpc.RpcError as error:
            raise failure(self.address, error, begun=signature != DESCRIBE) from error
        found = answer.model_spec.version.value if answer.model_spec.HasField("version") else None
        if found is None or self.address.version not in (None, found):
            raise InputError(
                self.address,
                expected="answers that name the version of the model, and all the same one, "
                f"version {self.address.version or found or 'N'}",
                found="an answer without a version" if found is None else f"version {found}",
                advice="Use TensorFlow Serving, or a server that keeps to its protocol.",
            )
        return answer

    def _decoded(self, name: str, tensor: Any) -> np.ndarray:
        """The array of an answer, if it is whole: TensorFlow would fill a short one up."""
        shape = [axis.size for axis in tensor.tensor_shape.dim]
        held = len(tensor.tensor_content) / 4 or len(tensor.float_val)
        if tensor.dtype != types_pb2.DT_FLOAT or min(shape, default=0) < 0 or held != prod(shape):
            known = tensor.dtype in types_pb2.DataType.values()
            kind = types_pb2.DataType.Name(tensor.dtype) if known else f"type {tensor.dtype}"
            raise InputError(
                self.address,
                expected=f"the output {name}, whole, DT_FLOAT",
                found=f"{held:g} values of {kind} for the shape {shape}",
                advice="The answer was cut or changed on its way, or the server does not keep to "
                "its protocol.",
            )
        return tf.make_ndarray(tensor)

    def _foreign(self, found: str) -> InputError:
        return InputError(
            self.address,
            expected="a model of tfpaintsep that describes itself",
            found=found,
            advice="Train again with this version of tfpaintsep, export the new model, and let "
            "the server load it.",
        )
