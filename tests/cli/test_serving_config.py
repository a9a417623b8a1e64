"""`serving-config` through the command line: what it writes, says, and leaves alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Two models on disk, as far as the command looks at them."""
    folder = tmp_path / "saved models"
    for name, numbers in (("portrait", (1, 2)), ("Ève", (7,))):
        for number in numbers:
            version = folder / name / str(number)
            (version / "assets.extra").mkdir(parents=True)
            (version / "saved_model.pb").write_bytes(b"")
            (version / "assets.extra" / "model.json").write_text(json.dumps({"kind": name.lower()}))
    return folder


def read_config(models: Path) -> ModelServerConfig:
    return text_format.Parse((models / "models.config").read_text(), ModelServerConfig())


def test_writes_both_files_and_says_how_to_start(models: Path, invoke: Callable[..., Any]) -> None:
    result = invoke("serving-config", models)
    assert result.code == 0, result.err
    config = read_config(models).model_config_list.config
    assert {one.name: one.base_path for one in config} == {
        name: str(models / name) for name in ("portrait", "Ève")
    }
    kinds = [one["kind"] for one in yaml.safe_load_all((models / "kubernetes.yaml").read_text())]
    assert kinds == ["PersistentVolumeClaim", "Deployment", "Service"]
    lines = result.out.splitlines()
    assert "  grpc://HOST:8500/portrait  portrait, version 2" in lines
    assert "  grpc://HOST:8500/%C3%88ve  ève, version 7" in lines
    commands = [line.split()[0] for line in lines if line.startswith("  ")][2:]
    assert commands == ["docker", "tensorflow_model_server", "kubectl"]
    docker = next(line for line in lines if line.startswith("  docker"))
    # A folder with a blank in its name is one word to the shell, at the same place inside.
    assert f"'--mount=type=bind,source={models},target={models},readonly'" in docker
    assert "--enable_batching" not in docker
    assert "no --enable_batching" in result.out
    assert sorted(path.name for path in models.iterdir()) == sorted(
        ["portrait", "Ève", "models.config", "kubernetes.yaml"]
    )


def test_what_says_other_things_is_replaced_only_when_asked(
    models: Path, invoke: Callable[..., Any]
) -> None:
    assert invoke("serving-config", models).code == 0
    before = {name: (models / name).read_text() for name in ("models.config", "kubernetes.yaml")}
    assert invoke("serving-config", models).code == 0  # says the same
    refused = invoke("serving-config", models, "--versions", "all")
    assert refused.code == 2
    assert "models.config" in refused.err
    assert "--overwrite" in refused.err
    (models / "models.config").unlink()
    (models / "kubernetes.yaml").write_text("mine")
    assert invoke("serving-config", models).code == 2
    assert not (models / "models.config").exists()  # both or neither
    assert (models / "kubernetes.yaml").read_text() == "mine"
    result = invoke("serving-config", models, "--versions", "all", "--overwrite")
    assert result.code == 0
    assert "portrait, version 1, 2" in result.out
    for one in read_config(models).model_config_list.config:
        assert one.model_version_policy.HasField("all")
    assert (models / "kubernetes.yaml").read_text() == before["kubernetes.yaml"]


@pytest.mark.parametrize(
    ("folder", "parts"),
    [
        ("missing", ["no such folder", "export"]),
        ("portrait", ["one model", "saved models"]),
        ("portrait/2", ["one version", "saved models"]),
    ],
)
def test_other_folders_are_refused(
    models: Path, folder: str, parts: list[str], invoke: Callable[..., Any]
) -> None:
    result = invoke("serving-config", models / folder)
    assert result.code == 2
    for part in (folder, *parts):
        assert part in result.err
    assert not list(models.rglob("models.config"))
