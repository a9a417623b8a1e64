"""Where training shall run: TF_CONFIG and --devices, before TensorFlow is loaded."""

import json
from typing import Any

import pytest

from tfpaintsep.errors import InputError
from tfpaintsep.training.placement import Cluster, place, read_cluster

TWO = {"worker": ["one:1", "two:2"]}


def configure(monkeypatch: pytest.MonkeyPatch, cluster: Any, kind: str = "worker", index: int = 0):
    config = {"cluster": cluster, "task": {"type": kind, "index": index}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))


def test_workers_are_numbered_with_the_chief_first(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, TWO, index=1)
    assert read_cluster() == Cluster(("one:1", "two:2"), 1)
    with_chief = {**TWO, "chief": ["first:3"]}
    configure(monkeypatch, with_chief, index=1)
    assert read_cluster() == Cluster(("first:3", "one:1", "two:2"), 2, chiefs=1)
    configure(monkeypatch, with_chief, "chief")
    cluster = read_cluster()
    assert cluster is not None
    assert cluster.index == 0
    assert cluster.name(2) == "worker 2 (two:2)"


def test_one_worker_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert read_cluster() is None
    configure(monkeypatch, {"worker": ["one:1"]})
    assert read_cluster() is None


def test_auto_takes_the_machines_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, TWO)
    assert place("auto", None).strategy == "multiworker"
    assert place("single", None).cluster is None
    monkeypatch.delenv("TF_CONFIG")
    assert place("auto", None).strategy == "auto"


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        json.dumps({"cluster": {"worker": ["a:1", "a:1"]}, "task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": {"worker": "ab"}, "task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 0}}),
        "[]",
        '{"cluster": {"worker": ["a:1", "b:2"]}}',
        json.dumps({"cluster": TWO, "task": {"type": "worker", "index": 2}}),
        json.dumps({"cluster": TWO, "task": {"type": "chief", "index": 0}}),
        json.dumps({"cluster": {**TWO, "ps": ["c:3"]}, "task": {"type": "worker", "index": 0}}),
    ],
)
def test_a_wrong_tf_config_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(InputError, match="TF_CONFIG"):
        place("auto", None)


def test_several_machines_need_several_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(InputError, match="found none"):
        place("multiworker", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2", 2), ("GPU:1", ("GPU:1",)), ("gpu:0, gpu:2", ("GPU:0", "GPU:2"))],
)
def test_devices_by_number_or_name(text: str, expected: object) -> None:
    assert place("mirrored", text).devices == expected


@pytest.mark.parametrize("text", ["0", "GPU", "GPU:x", "TPU:0", "GPU:0,CPU:0", "GPU:1,GPU:1", ""])
def test_wrong_devices_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="--devices"):
        place("mirrored", text)


@pytest.mark.parametrize("text", ["2", "GPU:0,GPU:1"])
def test_single_is_one_device(text: str) -> None:
    with pytest.raises(InputError, match="mirrored"):
        place("single", text)


def test_no_more_devices_than_samples_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert place("auto", None, 4).limit(8) == 4
    assert place("auto", None, 4).limit(2) == 2
    assert place("auto").limit(8) == 8
    configure(monkeypatch, TWO)
    assert place("auto", None, 5).limit(8) == 2
    assert place("auto", None, 1).limit(8) == 1
