"""A model server as a process of its own: TensorFlow Serving, or the stand-in."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest, ModelVersionStatus
from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceStub

LARGEST_MESSAGE = 2**20
"""Bytes the server is told to take in one message; by itself it takes 2 GiB."""

MEMORY = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""glibc gives back what the server frees, so that its resident memory is what it keeps."""


@dataclass(frozen=True)
class ServerProcess:
    """A running server; both ports are on this machine."""

    pid: int
    address: str
    rest_port: int


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for opened in sockets:
            opened.bind(("127.0.0.1", 0))
        return [opened.getsockname()[1] for opened in sockets]


@contextlib.contextmanager
def serve(
    executable: Path, config: Path, names: list[str], log: Path, patience: float = 180
) -> Iterator[ServerProcess]:
    """Start a server, wait until it has loaded its models, and end it afterwards.

    Args:
        executable: `tensorflow_model_server`, or a program with its flags.
        config: The `models.config`.
        names: The models to wait for.
        log: Where its output goes.
        patience: Seconds after which waiting is given up.

    Raises:
        RuntimeError: If the server ends or does not get ready; with its output's end.
    """
    port, rest_port = free_ports(2)
    command = [
        str(executable),
        f"--port={port}",
        f"--rest_api_port={rest_port}",
        f"--model_config_file={config}",
        f"--grpc_channel_arguments=grpc.max_receive_message_length={LARGEST_MESSAGE}",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **MEMORY}
        )
    try:
        address = f"127.0.0.1:{port}"
        until = time.monotonic() + patience
        while not all(available(address, name) for name in names):
            if process.poll() is not None or time.monotonic() > until:
                what = "ended" if process.poll() is not None else "is not ready"
                end = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{executable} {what}, exit code {process.poll()}: {end}")
            time.sleep(0.2)
        yield ServerProcess(process.pid, address, rest_port)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def available(address: str, name: str) -> bool:
    """Whether a server answers there, and has a version of the model loaded."""
    request = GetModelStatusRequest()
    request.model_spec.name = name
    with grpc.insecure_channel(address) as channel:
        try:
            answer = ModelServiceStub(channel).GetModelStatus(request, timeout=5)
        except grpc.RpcError:
            return False
    states = [version.state for version in answer.model_version_status]
    return ModelVersionStatus.AVAILABLE in states
