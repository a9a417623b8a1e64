"""A scan for the served models, and a server that answers as a test wants it to."""

from __future__ import annotations

import concurrent.futures
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from tfpaintsep.export.locate import METADATA
from tfpaintsep.images import ElementStack, write_8bit, write_element_maps

NAMES, SCALE = ("Pb-L", "Hg-L", "Ca-K"), 3


@dataclass(frozen=True)
class ScanFiles:
    """Maps of 34 x 26 px, and a photograph three times as large."""

    xrf: Path
    rgb: Path

    @property
    def options(self) -> list[str]:
        return ["--xrf", str(self.xrf), "--rgb", str(self.rgb)]


@pytest.fixture(scope="session")
def served_scan(tmp_path_factory: pytest.TempPathFactory) -> ScanFiles:
    """A scan with the elements of the served model `upscaling`."""
    rng = np.random.default_rng(3)
    folder = tmp_path_factory.mktemp("served_scan")
    files = ScanFiles(folder / "maps.tif", folder / "rgb.tif")
    maps = rng.gamma(2, 100, (34, 26, len(NAMES))).astype(np.float32)
    write_element_maps(files.xrf, ElementStack(maps, NAMES, "counts"), description="a scan")
    write_8bit(files.rgb, rng.integers(0, 256, (102, 78, 3)).astype(np.uint8))
    return files


Answer = Callable[[Any, Any], Any]
"""From a Predict request and its context to a response."""


class FakeServer:
    """Speaks the official protocol and says whatever a test wants; it computes nothing.

    Args:
        answer: What it says to a request that does not ask for the description.
        metadata: The description it gives, as version 7; None for a model that has none.
        options: gRPC's options for a server.
        port: 0 takes a free one.

    Attributes:
        requests: The requests that were answered, descriptions not among them.
    """

    def __init__(
        self,
        answer: Answer,
        metadata: dict[str, Any],
        options: dict[str, int] | None = None,
        port: int = 0,
    ) -> None:
        import grpc
        from tensorflow_serving.apis import prediction_service_pb2_grpc

        self.answer, self.metadata = answer, metadata
        self.requests: list[Any] = []
        self.server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(8),
            options=list({"grpc.so_reuseport": 0, **(options or {})}.items()),
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(self, self.server)
        self.port = self.server.add_insecure_port(f"127.0.0.1:{port}")
        self.server.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop(None).wait()

    def __getattr__(self, name: str) -> Any:
        if name in ("Classify", "Regress", "MultiInference", "GetModelMetadata"):
            return None
        raise AttributeError(name)

    @property
    def address(self) -> str:
        return f"grpc://127.0.0.1:{self.port}/fake"

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802
        import grpc
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        if request.model_spec.signature_name != "describe":
            self.requests.append(request)
            return self.answer(request, context)
        if self.metadata is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "Serving signature not found.")
        response = predict_pb2.PredictResponse()
        response.model_spec.version.value = 7
        text = json.dumps(self.metadata).encode()
        response.outputs["json"].CopyFrom(tf.make_tensor_proto([text]))
        return response


@pytest.fixture(scope="session")
def separation_metadata(served_models: Path) -> dict[str, Any]:
    """What the served model `separation` says of itself."""
    text = (served_models / "separation" / "1" / METADATA).read_text()
    metadata: dict[str, Any] = json.loads(text)
    return metadata


@pytest.fixture
def fake_server(separation_metadata: dict[str, Any]) -> Iterator[Callable[..., FakeServer]]:
    """`fake_server(answer, ...)`: a server for one test, described as a separation model."""
    servers = []

    def start(answer: Answer, metadata: dict[str, Any] | None = None, **options: Any) -> FakeServer:
        server = FakeServer(answer, metadata or separation_metadata, **options)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.server.stop(None).wait()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow one another at once."""
    from tfpaintsep.remote import channel

    monkeypatch.setattr(channel, "BACKOFF_SECONDS", 0.05)


@pytest.fixture(scope="session")
def assert_refused() -> Callable[..., None]:
    """`assert_refused(result, out, *words)`: one message with these words, nothing written."""

    def check(result: Any, out: Path, *words: str) -> None:
        assert result.code == 2, result.err
        assert not out.exists()
        lines = [line for line in result.err.splitlines() if not line.startswith("Note: ")]
        assert len(lines) == 1, result.err
        for word in words:
            assert word in lines[0]

    return check
