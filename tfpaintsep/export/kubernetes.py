"""A manifest that runs the official server on Kubernetes, over a volume with the models."""

from pathlib import Path
from typing import Any

import yaml

from tfpaintsep.errors import InputError

from .server_config import BINARY, GRPC_PORT, IMAGE, REST_PORT, server_flags

NAME = "tfpaintsep-models"
"""Of the volume claim, the deployment and the service."""

_GIB = 1024**3


def make_manifest(folder: Path, models_config: Path) -> list[dict[str, Any]]:
    """Claim, deployment and service.

    The claim is mounted where the models lie on this machine, so that the paths in
    `models.config` hold in the container as well; someone has to copy the folder into it.

    Args:
        folder: The folder that holds the models, absolute.
        models_config: The server's configuration, within it.

    Returns:
        The Kubernetes objects, in the order in which to create them.

    Raises:
        InputError: If the path has a colon.
    """
    if ":" in str(folder):
        raise InputError(
            folder,
            expected="a path without a colon: Kubernetes mounts none with one",
            found="a colon",
            advice="Rename the folder.",
        )
    stored = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    # Room for as much again, because a new version is written beside the old ones.
    size = f"{max(1, -(-2 * stored // _GIB))}Gi"
    ports = {"grpc": GRPC_PORT, "rest": REST_PORT}
    container = {
        "name": "server",
        "image": IMAGE,
        "command": [BINARY],
        "args": server_flags(models_config),
        "ports": [{"name": name, "containerPort": port} for name, port in ports.items()],
        # The server opens its ports when all models are loaded and warm, not before.
        "readinessProbe": {"tcpSocket": {"port": "grpc"}, "periodSeconds": 5},
        "volumeMounts": [{"name": "models", "mountPath": str(folder), "readOnly": True}],
    }
    volume = {"name": "models", "persistentVolumeClaim": {"claimName": NAME}}
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": NAME},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": size}},
        },
    }
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME},
        "spec": {
            "replicas": 1,
            # A second pod on another node could not have the volume before the first has gone.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {"app": NAME}},
            "template": {
                "metadata": {"labels": {"app": NAME}},
                "spec": {"containers": [container], "volumes": [volume]},
            },
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME},
        "spec": {
            "selector": {"app": NAME},
            "ports": [
                {"name": name, "port": port, "targetPort": name} for name, port in ports.items()
            ],
        },
    }
    return [claim, deployment, service]


def manifest_text(manifest: list[dict[str, Any]]) -> str:
    """The YAML that `kubectl apply -f` takes."""
    return yaml.safe_dump_all(manifest, sort_keys=False, allow_unicode=True, explicit_start=True)
