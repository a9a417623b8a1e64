"""The scripts that the pages show do what the pages say."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfpaintsep.training.placement import Cluster, read_cluster

DOCS = Path(__file__).resolve().parents[1] / "docs"

TRAINING = """#!/bin/bash
echo "$TF_CONFIG" | tr '\\n' ' ' > "$SEEN/$(date +%s%N)"
exit "$CODE"
"""
SCONTROL = """#!/bin/bash
case "$*" in
  "show hostnames node[07-08]") printf 'node07\\nnode08\\n' ;;
  "requeue 123456") touch "$SEEN/requeued" ;;
  *) exit 1 ;;
esac
"""
SRUN = """#!/bin/bash
while [[ $1 = --* ]]; do shift; done
for SLURM_NODEID in 0 1; do export SLURM_NODEID; "$@"; code=$?; done
exit $code
"""


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


class Shell:
    """Runs scripts beside stand-ins for the programs of a cluster."""

    def __init__(self, folder: Path) -> None:
        self.seen = folder / "seen"
        self.programs = folder / "bin"
        for path in (self.seen, self.programs):
            path.mkdir()
        stand_ins = {"tfpaintsep": TRAINING, "scontrol": SCONTROL, "srun": SRUN}
        for name, text in stand_ins.items():
            path = self.programs / name
            path.write_text(text)
            path.chmod(0o755)

    def run(self, script: str, code: int = 0, **environment: str) -> int:
        """Exit code of a script in which training ends with `code`."""
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        known = {"PATH": path, "SEEN": str(self.seen), "CODE": str(code)}
        command = ["bash", "-c", script]
        return subprocess.run(command, env=known | environment, check=False).returncode

    def clusters(self, monkeypatch: pytest.MonkeyPatch) -> list[Cluster | None]:
        """What the trainings, in their order, understand of their `TF_CONFIG`."""
        found = []
        for path in sorted(self.seen.glob("[0-9]*")):
            monkeypatch.setenv("TF_CONFIG", path.read_text())
            found.append(read_cluster())
        return found


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.mark.parametrize(
    ("code", "restarts", "again"), [(0, 0, False), (2, 0, False), (130, 0, True), (130, 20, False)]
)
def test_the_slurm_job_trains_on_all_nodes_and_goes_back_to_the_queue(
    code: int, restarts: int, again: bool, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (script,) = (text for text in blocks("distribution.md", "bash") if "#SBATCH" in text)
    environment = {"SLURM_JOB_ID": "123456", "SLURM_JOB_NODELIST": "node[07-08]"}
    if restarts:
        environment["SLURM_RESTART_COUNT"] = str(restarts)
    assert shell.run(script, code, **environment) == code
    addresses = ("node07:23456", "node08:23456")
    assert shell.clusters(monkeypatch) == [Cluster(addresses, index) for index in (0, 1)]
    assert (shell.seen / "requeued").exists() == again


def test_the_pods_of_the_kubernetes_job_find_each_other(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text,) = blocks("distribution.md", "yaml")
    service, job = yaml.safe_load_all(text)
    name, pods = job["metadata"]["name"], job["spec"]["template"]["spec"]
    assert service["spec"]["selector"] == {"job-name": name}
    assert pods["subdomain"] == service["metadata"]["name"]
    (container,) = pods["containers"]
    claims: set[Any] = {volume["name"] for volume in pods["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == claims
    count = job["spec"]["completions"]
    assert job["spec"]["parallelism"] == count  # all at once, or they wait for ever
    for index in range(count):
        (script,) = container["args"]
        assert shell.run(script, JOB_COMPLETION_INDEX=str(index)) == 0
    # Kubernetes names the pods of an Indexed Job so, within the headless service.
    addresses = tuple(f"{name}-{index}.{pods['subdomain']}:12345" for index in range(count))
    assert shell.clusters(monkeypatch) == [Cluster(addresses, index) for index in range(count)]
