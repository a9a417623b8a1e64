"""A stand-in for TensorFlow Serving, for tests: `python stand_in.py --help` starts one by hand.

Its statuses are those of the real server's source, where the comments name the file, relative to
`tensorflow_serving/`. Not checked there, but assumed: that gRPC answers INTERNAL to a message
that cannot be decoded, as its Python server does, and that the server runs models by its default
session (under the runtime TFRT, which must be asked for, an input too many is overlooked).
"""

import argparse
import concurrent.futures
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import grpc
from google.protobuf import text_format
from loaded_model import (  # type: ignore[import-not-found]  # beside this file
    LoadedModel,
    RequestError,
)
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)
from tensorflow_serving.config.model_server_config_pb2 import ModelConfig, ModelServerConfig

OPTIONS = {
    "grpc.max_receive_message_length": 2**31 - 1,  # model_servers/server.cc
    "grpc.max_send_message_length": -1,
    "grpc.so_reuseport": 0,  # a port in use is an error
}
"""Options of gRPC's server."""

NAME = "stand-in, not TensorFlow Serving"
"""What GetModelStatus says, in its trailing metadata, about who answers."""

Status = grpc.StatusCode


class StandIn(
    prediction_service_pb2_grpc.PredictionServiceServicer,
    model_service_pb2_grpc.ModelServiceServicer,
):
    """A stand-in for TensorFlow Serving; it is not TensorFlow Serving.

    It answers Predict, GetModelMetadata and GetModelStatus over gRPC on loopback with the
    official `tensorflow-serving-api`, and makes the checks that the real server makes, in its
    order and with its status codes. What differs: no REST, no batching, no warm-up, no loading
    and unloading of versions while it runs, no Classify, Regress and MultiInference, messages of
    errors in other words, and Python's speed around the model.

    Args:
        config: The models, as in a `models.config`; see `read_config` and `folder_config`.
        port: The port on 127.0.0.1; 0 takes a free one.
        options: gRPC's options beyond the real server's, as its flag --grpc_channel_arguments.
        workers: Requests worked on at once.

    Attributes:
        on_predict: Called with each Predict request before it is answered, and its context;
            tests delay or `context.abort` here.
    """

    def __init__(
        self,
        config: ModelServerConfig,
        port: int = 0,
        options: Mapping[str, int] | None = None,
        workers: int = 8,
    ) -> None:
        self.models = {
            model.name: {n: LoadedModel(Path(model.base_path, str(n))) for n in versions(model)}
            for model in config.model_config_list.config
        }
        self.labels = {
            model.name: dict(model.version_labels) for model in config.model_config_list.config
        }
        self.on_predict: Callable[[predict_pb2.PredictRequest, Any], None] | None = None
        self.server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(workers),
            options=list({**OPTIONS, **(options or {})}.items()),
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(self, self.server)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(self, self.server)
        self.port = self.server.add_insecure_port(f"127.0.0.1:{port}")
        self.address = f"127.0.0.1:{self.port}"
        self.server.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self, grace: float | None = None) -> None:
        """Stop answering, and give the models' memory back."""
        self.server.stop(grace).wait()
        for found in self.models.values():
            for model in found.values():
                model.session.close()

    def find(self, spec: model_pb2.ModelSpec) -> tuple[int, LoadedModel]:
        """The version a request means (model_servers/server_core.cc, core/basic_manager.cc)."""
        if not spec.name:
            raise RequestError(Status.INVALID_ARGUMENT, "ModelSpec has no name specified.")
        found = self.models.get(spec.name, {})
        asked = spec.WhichOneof("version_choice")
        if asked == "version_label":
            if spec.version_label not in self.labels.get(spec.name, {}):
                raise RequestError(
                    Status.INVALID_ARGUMENT,
                    f"Unrecognized servable version label: {spec.version_label}",
                )
            version = self.labels[spec.name][spec.version_label]
        else:
            version = spec.version.value if asked else max(found, default=-1)
        if version not in found:
            wanted = f"Specific({spec.name}, {version})" if asked else f"Latest({spec.name})"
            raise RequestError(Status.NOT_FOUND, f"Servable not found for request: {wanted}")
        return version, found[version]

    def Predict(  # noqa: N802
        self, request: predict_pb2.PredictRequest, context: Any
    ) -> predict_pb2.PredictResponse:
        """Answer with the outputs of a signature (servables/tensorflow/predict_impl.cc)."""
        if self.on_predict:
            self.on_predict(request, context)
        try:
            if not request.HasField("model_spec"):
                raise RequestError(Status.INVALID_ARGUMENT, "Missing ModelSpec")
            version, model = self.find(request.model_spec)
            response = predict_pb2.PredictResponse(outputs=model.predict(request))
        except RequestError as error:
            context.abort(error.code, str(error))
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = version
        response.model_spec.signature_name = request.model_spec.signature_name or "serving_default"
        return response

    def GetModelMetadata(  # noqa: N802
        self, request: get_model_metadata_pb2.GetModelMetadataRequest, context: Any
    ) -> get_model_metadata_pb2.GetModelMetadataResponse:
        """Answer with all signatures (servables/tensorflow/get_model_metadata_impl.cc)."""
        try:
            if not request.HasField("model_spec"):
                raise RequestError(Status.INVALID_ARGUMENT, "Missing ModelSpec")
            if set(request.metadata_field) != {"signature_def"}:
                raise RequestError(
                    Status.INVALID_ARGUMENT, "metadata_field must be signature_def, once or more"
                )
            version, model = self.find(request.model_spec)
        except RequestError as error:
            context.abort(error.code, str(error))
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = version
        signatures = get_model_metadata_pb2.SignatureDefMap(signature_def=model.signatures)
        response.metadata["signature_def"].Pack(signatures)
        return response

    def GetModelStatus(  # noqa: N802
        self, request: get_model_status_pb2.GetModelStatusRequest, context: Any
    ) -> get_model_status_pb2.GetModelStatusResponse:
        """Answer which versions are loaded (model_servers/get_model_status_impl.cc)."""
        context.set_trailing_metadata((("server", NAME),))
        spec = request.model_spec
        found: Sequence[int] = sorted(self.models.get(spec.name, {}), reverse=True)
        if spec.HasField("version"):
            found = [version for version in found if version == spec.version.value]
        if not request.HasField("model_spec"):
            context.abort(Status.INVALID_ARGUMENT, "Missing ModelSpec")
        if not found:
            context.abort(Status.NOT_FOUND, f"Could not find any versions of model {spec.name}")
        response = get_model_status_pb2.GetModelStatusResponse()
        for version in found:
            response.model_version_status.add(
                version=version,
                state=get_model_status_pb2.ModelVersionStatus.AVAILABLE,
            )
        return response


def versions(model: ModelConfig) -> list[int]:
    """The versions that the policy names, by default the newest.

    Raises:
        ValueError: For a configuration at which the real server would not start.
    """
    folder = Path(model.base_path)
    if not model.name or model.model_platform != "tensorflow":
        raise ValueError(f"a model needs a name and model_platform: 'tensorflow': {model}")
    if not folder.is_absolute():
        raise ValueError(f"base_path must be absolute: {folder}")
    found = sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())
    policy = model.model_version_policy
    match policy.WhichOneof("policy_choice"):
        case "all":
            chosen = found
        case "specific":
            chosen = [version for version in found if version in policy.specific.versions]
        case _:
            chosen = found[-(policy.latest.num_versions or 1) :]
    if not chosen:
        raise ValueError(f"no version to serve in {folder}")
    return chosen


def read_config(path: Path) -> ModelServerConfig:
    """Read a `models.config`, a text proto."""
    return text_format.Parse(path.read_text(), ModelServerConfig())


def folder_config(folder: Path) -> ModelServerConfig:
    """Serve all versions of each model NAME/VERSION/ in a folder."""
    config = ModelServerConfig()
    for path in sorted(folder.resolve().iterdir()):
        if any(path.glob("*/saved_model.pb")):
            model = config.model_config_list.config.add(
                name=path.name, base_path=str(path), model_platform="tensorflow"
            )
            model.model_version_policy.all.SetInParent()
    return config


def main() -> None:
    """Serve until interrupted; the options are named as the real server's."""
    parser = argparse.ArgumentParser(description="A stand-in for TensorFlow Serving, for tests.")
    parser.add_argument("folder", nargs="?", type=Path, help="serve all models in this folder")
    parser.add_argument("--model_config_file", type=Path, help="serve what it lists instead")
    parser.add_argument("--port", type=int, default=8500, help="0 takes a free one")
    parser.add_argument("--rest_api_port", type=int, help="ignored: there is no REST")
    parser.add_argument("--grpc_channel_arguments", default="", help="KEY=INTEGER,...")
    arguments = parser.parse_args()
    if arguments.model_config_file:
        config = read_config(arguments.model_config_file)
    elif arguments.folder:
        config = folder_config(arguments.folder)
    else:
        parser.error("give a folder or --model_config_file")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    pairs = [pair.split("=") for pair in arguments.grpc_channel_arguments.split(",") if pair]
    options = {key: int(value) for key, value in pairs}
    with StandIn(config, arguments.port, options) as stand_in:
        print(f"stand-in for TensorFlow Serving on {stand_in.address}", flush=True)  # noqa: T201
        ended.wait()


if __name__ == "__main__":
    main()
