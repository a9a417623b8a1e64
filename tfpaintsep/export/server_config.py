"""What TF Serving needs to know to serve a folder of models; no TensorFlow needed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from tfpaintsep.errors import InputError

from .locate import read_metadata, versions

MODELS_CONFIG = "models.config"
GRPC_PORT, REST_PORT = 8500, 8501
"""The ports that TF Serving's documentation and image use."""

IMAGE = "tensorflow/serving:2.21.0"
"""The official image of the TensorFlow that writes the models."""

BINARY = "tensorflow_model_server"

Served = Literal["latest", "all"]


@dataclass(frozen=True)
class ModelFolder:
    """A model as a server finds it.

    Attributes:
        name: Under which it is served.
        path: The folder with its versions, absolute.
        versions: Their numbers, ascending.
        metadata: What the newest version says of itself.
    """

    name: str
    path: Path
    versions: tuple[int, ...]
    metadata: dict[str, Any]


def find_models(folder: Path) -> list[ModelFolder]:
    """The models directly below a folder, by name.

    A model is a folder with numbered versions, at least one of them a SavedModel; whatever else
    lies there, half written versions among it, is passed over.

    Raises:
        InputError: If there is none, if the folder is itself a model or a run, or if a
            version is no SavedModel or the newest one not of tfpaintsep.
    """
    _check_level(folder)
    root = folder.resolve()
    children = sorted(root.iterdir()) if root.is_dir() else []
    visible = (child for child in children if not child.name.startswith("."))
    models = [_read_model(child) for child in visible if _holds_models(child)]
    if models:
        return models
    raise InputError(
        folder,
        expected="models, as NAME/VERSION/saved_model.pb",
        found="none" if folder.is_dir() else "a file" if folder.exists() else "no such folder",
        advice=f"Run tfpaintsep export RUN --to {folder / 'NAME'} first.",
    )


def make_server_config(models: list[ModelFolder], served: Served = "latest") -> ModelServerConfig:
    """The configuration that makes a server load the models.

    Args:
        models: What to serve.
        served: Only each model's newest version, which is what a server does unless told
            otherwise, or all of them.
    """
    config = ModelServerConfig()
    for model in models:
        one = config.model_config_list.config.add(
            name=model.name, base_path=str(model.path), model_platform="tensorflow"
        )
        if served == "all":
            one.model_version_policy.all.SetInParent()
    return config


def config_text(config: ModelServerConfig) -> str:
    """The text form, as `--model_config_file` takes it."""
    return text_format.MessageToString(config, as_utf8=True)


def server_flags(models_config: Path) -> list[str]:
    """The flags with which to start a server, however it is started.

    Batching stays off, which is the default: it joins requests along their first axis, and
    images of different sizes cannot be joined. Messages need no flag, the server takes up to
    2 GiB; a client raises its own limit.
    """
    return [
        f"--port={GRPC_PORT}",
        f"--rest_api_port={REST_PORT}",
        "--rest_api_timeout_in_ms=600000",
        f"--model_config_file={models_config}",
        "--model_config_file_poll_wait_seconds=60",
        "--file_system_poll_wait_seconds=60",
    ]


def _check_level(folder: Path) -> None:
    """Refuse a folder one level too deep, and say which one was meant."""
    root = folder.resolve()
    if (root / "saved_model.pb").is_file():
        found, advice = "one version of a model", f"Give {root.parent.parent}."
    elif _holds_models(root):
        found, advice = "one model", f"Give {root.parent}, which may hold others beside it."
    elif _holds_models(root / "saved_model"):
        found = "a run folder"
        advice = f"Run tfpaintsep export {folder} --to saved_models/{root.name} first."
    else:
        return
    raise InputError(
        folder, expected="a folder that holds models' folders", found=found, advice=advice
    )


def _holds_models(path: Path) -> bool:
    return any((path / str(number) / "saved_model.pb").is_file() for number in versions(path))


def _read_model(path: Path) -> ModelFolder:
    numbers = versions(path)
    for version in (path / str(number) for number in numbers):
        if not (version / "saved_model.pb").is_file():
            raise InputError(
                version,
                expected="a SavedModel, because a server takes every number for a version",
                found="no saved_model.pb in it",
                advice="Move it elsewhere.",
            )
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in str(path)):
        raise InputError(
            repr(str(path)),
            expected="a path of printable characters",
            found="control characters, or bytes that are no UTF-8",
            advice="Rename it.",
        )
    newest = read_metadata(path / str(numbers[-1]))
    return ModelFolder(path.name, path, tuple(numbers), newest)
