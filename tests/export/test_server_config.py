"""models.config and the manifest, read back by the official protos and a YAML parser."""

import json
from pathlib import Path

import pytest
import yaml
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from tfpaintsep.errors import InputError
from tfpaintsep.export.kubernetes import make_manifest, manifest_text
from tfpaintsep.export.locate import METADATA
from tfpaintsep.export.server_config import (
    config_text,
    find_models,
    make_server_config,
    server_flags,
)

ODD = 'Ève "d\'Autun", ad: 1130 \\ #2'


def make_model(folder: Path, *numbers: int) -> Path:
    """What counts as a model on disk."""
    for number in numbers:
        (folder / str(number) / METADATA).parent.mkdir(parents=True)
        (folder / str(number) / "saved_model.pb").write_bytes(b"")
        (folder / str(number) / METADATA).write_text(json.dumps({"kind": "separation"}))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two models, and much that is none."""
    folder = tmp_path / "saved models"
    make_model(folder / "portrait", 2, 10)
    make_model(folder / ODD, 1)
    (folder / "portrait" / ".incomplete-1").mkdir()
    make_model(folder / ".incomplete-2", 1)
    (folder / "2024" / "3").mkdir(parents=True)
    (folder / "README.md").write_text("about")
    return folder


def test_finds_each_model_with_its_versions(folder: Path) -> None:
    found = {model.name: (model.path, model.versions) for model in find_models(folder)}
    assert found == {"portrait": (folder / "portrait", (2, 10)), ODD: (folder / ODD, (1,))}


def test_the_official_proto_reads_what_was_meant(folder: Path) -> None:
    models = find_models(folder)
    latest = text_format.Parse(config_text(make_server_config(models)), ModelServerConfig())
    listed = latest.model_config_list.config
    assert {one.name: one.base_path for one in listed} == {
        name: str(folder / name) for name in ("portrait", ODD)
    }
    assert {one.model_platform for one in listed} == {"tensorflow"}
    assert not any(one.HasField("model_version_policy") for one in listed)

    every = text_format.Parse(config_text(make_server_config(models, "all")), ModelServerConfig())
    for one in every.model_config_list.config:
        assert one.model_version_policy.WhichOneof("policy_choice") == "all"


def test_a_relative_folder_gives_absolute_paths(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert find_models(Path(folder.name)) == find_models(folder)


def test_batching_stays_off_and_the_ports_differ(tmp_path: Path) -> None:
    flags = dict(flag.split("=", 1) for flag in server_flags(tmp_path / "models.config"))
    assert not any("batching" in flag for flag in flags)
    assert flags["--port"] != flags["--rest_api_port"]
    assert flags["--model_config_file"] == str(tmp_path / "models.config")


def test_the_manifest_hangs_together(folder: Path) -> None:
    config = folder / "models.config"
    manifest = list(yaml.safe_load_all(manifest_text(make_manifest(folder, config))))
    claim, deployment, service = manifest
    assert [one["kind"] for one in manifest] == ["PersistentVolumeClaim", "Deployment", "Service"]
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert service["spec"]["selector"] == labels
    (container,) = template["spec"]["containers"]
    assert container["args"] == server_flags(config)
    (mount,), (volume,) = container["volumeMounts"], template["spec"]["volumes"]
    assert (mount["mountPath"], mount["readOnly"]) == (str(folder), True)
    assert mount["name"] == volume["name"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert {f"--port={ports['grpc']}", f"--rest_api_port={ports['rest']}"} < set(container["args"])
    assert container["readinessProbe"]["tcpSocket"]["port"] in ports
    assert {port["targetPort"]: port["port"] for port in service["spec"]["ports"]} == ports


def test_a_level_too_deep_is_told(folder: Path, tmp_path: Path) -> None:
    for path in (folder / "portrait", folder / "portrait" / "10"):
        with pytest.raises(InputError, match=r"one (model|version).*Give .*saved models"):
            find_models(path)
    make_model(tmp_path / "run" / "saved_model", 1)
    with pytest.raises(InputError, match=r"a run folder.*export .*--to saved_models/run"):
        find_models(tmp_path / "run")


@pytest.mark.parametrize("name", ["missing", "empty", "file"])
def test_a_folder_without_models_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("no model")
    with pytest.raises(InputError, match="tfpaintsep export"):
        find_models(tmp_path / name)


def test_what_a_server_would_stumble_over_is_refused(folder: Path) -> None:
    (folder / "portrait" / "11").mkdir()
    with pytest.raises(InputError, match=r"portrait/11: .*no saved_model\.pb"):
        find_models(folder)
    (folder / "portrait" / "11").rmdir()
    (folder / ODD / "1" / METADATA).unlink()
    with pytest.raises(InputError, match="made by tfpaintsep"):
        find_models(folder)


def test_a_name_that_no_config_can_hold_is_refused(folder: Path) -> None:
    make_model(folder / "two\nlines", 1)
    with pytest.raises(InputError, match=r"two\\nlines.*Rename it"):
        find_models(folder)
