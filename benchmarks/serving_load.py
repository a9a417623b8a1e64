"""Requests to a served model, good and malformed, and clients that check each answer.

For `serving.py` beside it, and for the tests. A malformed request must get the status that
TensorFlow Serving answers with; whether ranks and sizes fit, the server leaves to the model.
"""

import concurrent.futures
import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

Status = grpc.StatusCode
Arrays = dict[str, np.ndarray]
PREDICT = "/tensorflow.serving.PredictionService/Predict"
OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),  # a connection for each client
]
PATIENCE = 300.0
"""Seconds a client waits for an answer."""

TOLERANCE = 1e-5
"""Largest deviation of an answer, relative to the span of the expected one."""


@dataclass(frozen=True)
class Case:
    """A request as bytes, and what must come back.

    Attributes:
        label: What it is.
        message: The serialised request.
        code: The status it must get.
        expected: The outputs it must get; filled by its first answer when empty.
    """

    label: str
    message: bytes
    code: grpc.StatusCode = Status.OK
    expected: Arrays = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What became of a request: its duration, an error if it was wrong, the server's memory."""

    case: Case
    seconds: float
    wrong: str
    resident: int | None


class Client:
    """A connection of its own to a server."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.insecure_channel(address, OPTIONS)
        self.call = self.channel.unary_unary(PREDICT)

    def send(self, message: bytes) -> tuple[grpc.StatusCode, Arrays, str]:
        """Send a serialised request: status, outputs and the error's text."""
        try:
            response = PredictResponse.FromString(self.call(message, timeout=PATIENCE))
        except grpc.RpcError as error:
            return error.code(), {}, error.details()
        arrays = {name: tf.make_ndarray(value) for name, value in response.outputs.items()}
        return Status.OK, arrays, ""

    def check(self, case: Case) -> str:
        """Send a case: nothing if its answer is right, or what is wrong with it."""
        code, arrays, details = self.send(case.message)
        if code is not case.code:
            return f"{code} instead of {case.code}: {details}"
        if code is Status.OK and not case.expected:
            case.expected.update(arrays)
        if arrays.keys() != case.expected.keys():
            return f"outputs {sorted(arrays)} instead of {sorted(case.expected)}"
        for name, value in case.expected.items():
            allowed = TOLERANCE * max(float(np.ptp(value)), 1e-30)
            if arrays[name].shape != value.shape or np.abs(arrays[name] - value).max() > allowed:
                return f"{name} differs"
        return ""


class Served:
    """A model of this project on a server.

    Args:
        address: HOST:PORT.
        name: The model's name there.
    """

    def __init__(self, address: str, name: str) -> None:
        self.address, self.name = address, name
        query = self.message({"query": np.array([b""], object)}, signature="describe")
        code, arrays, details = Client(address).send(query)
        if code is not Status.OK:
            raise SystemExit(f"{address}/{name}: {code}: {details}")
        self.description: dict[str, Any] = json.loads(arrays["json"][0])
        self.measured = "xray" if self.description["kind"] == "separation" else "xrf"

    def message(self, inputs: Arrays, **spec: Any) -> bytes:
        """A request with these inputs."""
        return self.request(inputs, **spec).SerializeToString()

    def request(
        self, inputs: Arrays, name: str | None = None, signature: str = "", version: int = 0
    ) -> PredictRequest:
        """A request that may still be changed."""
        request = PredictRequest()
        request.model_spec.name = self.name if name is None else name
        request.model_spec.signature_name = signature
        if version:
            request.model_spec.version.value = version
        for key, value in inputs.items():
            request.inputs[key].CopyFrom(tf.make_tensor_proto(value))
        return request

    def inputs(self, size: int, seed: int) -> Arrays:
        """Random images, about `size` pixels square, of a shape that depends on the seed."""
        rng = np.random.default_rng(seed)
        h, w = int(size), int(size * rng.uniform(0.6, 1))
        if self.measured == "xray":
            xray = self.description["gain"] * rng.random((1, h, w, 1), np.float32)
            return {"xray": xray, "rgb": rng.random((1, h, w, 3), np.float32)}
        scale, bands = self.description["scale"], len(self.description["names"])
        h, w = max(h // scale, 2), max(w // scale, 2)
        xrf = rng.gamma(2, 100, (1, h, w, bands)).astype(np.float32)
        return {"xrf": xrf, "rgb": rng.random((1, scale * h, scale * w, 3), np.float32)}

    def good(self, sizes: Sequence[int], version: Path | None = None) -> list[Case]:
        """One good request of each size, with the answer of a SavedModel."""
        signature = None
        if version:
            loaded = tf.saved_model.load(str(version))
            signature = loaded.signatures["serving_default"]
        cases = []
        for seed, size in enumerate(sizes):
            inputs, expected = self.inputs(size, seed), {}
            if signature:
                tensors = {key: tf.constant(value) for key, value in inputs.items()}
                expected = {key: value.numpy() for key, value in signature(**tensors).items()}
            cases.append(Case(f"{self.name} {size}", self.message(inputs), expected=expected))
        return cases

    def malformed(self, size: int = 12, limit: int | None = None) -> Iterator[Case]:
        """One request of each malformed kind; the oversized one where the limit is known."""
        x, good = self.measured, self.inputs(size, 0)
        invalid = Status.INVALID_ARGUMENT

        def changed(**values: np.ndarray) -> bytes:
            return self.message({**good, **values})

        def case(label: str, message: bytes, code: grpc.StatusCode = invalid) -> Case:
            return Case(f"{self.name}: {label}", message, code)

        yield case("unknown model", self.message(good, name="nobody"), Status.NOT_FOUND)
        yield case("no name", self.message(good, name=""))
        yield case("unknown version", self.message(good, version=10**6), Status.NOT_FOUND)
        unknown = self.message(good, signature="nothing")
        yield case("unknown signature", unknown, Status.FAILED_PRECONDITION)
        yield case("input missing", self.message({x: good[x]}))
        yield case("input renamed", self.message({x: good[x], "RGB": good["rgb"]}))
        yield case("input too many", changed(more=good[x]))
        for dtype in ("f8", "f2", "i4", "u1", "S1"):
            yield case(f"{x} of dtype {dtype}", changed(**{x: good[x].astype(dtype)}))
        yield case("rgb of dtype u1", changed(rgb=good["rgb"].astype("u1")))
        for rank, index in (("0", (0, 0, 0, 0)), ("3", (0,)), ("5", (None,))):
            yield case(f"{x} of rank {rank}", changed(**{x: good[x][index]}))
            yield case(f"rgb of rank {rank}", changed(rgb=good["rgb"][index]))
        parts = {"of rank 3": 0, "of rank 5": None, "empty": slice(0)}
        for label, part in parts.items():
            both = {name: value[part] for name, value in good.items()}
            yield case(f"both {label}", self.message(both))
        yield case("no rows", self.message({name: value[:, :0] for name, value in good.items()}))
        yield case(f"{x} with NaN", changed(**{x: good[x] * np.float32("nan")}))
        yield case("rgb up to 255", changed(rgb=255 * good["rgb"]))
        for name in good:
            wide = np.concatenate([good[name], good[name][..., :1]], axis=-1)
            yield case(f"{name} with a channel more", changed(**{name: wide}))
            yield case(f"{name} with a row less", changed(**{name: good[name][:, 1:]}))
            yield case(f"{name} of one pixel", changed(**{name: good[name][:, :1, :1]}))
            yield case(f"{name} twice", changed(**{name: np.repeat(good[name], 2, axis=0)}))
        yield case("rgb without a channel", changed(rgb=good["rgb"][..., :2]))
        for label, content in (("short", slice(-4)), ("odd", slice(-3)), ("long", slice(None))):
            request = self.request(good)
            values = request.inputs[x].tensor_content
            request.inputs[x].tensor_content = values[content] + (label == "long") * values[:4]
            yield case(f"{label} tensor content", request.SerializeToString())
        for label, dim in (("negative", -2), ("huge", 2**62)):
            request = self.request(good)
            request.inputs[x].tensor_shape.dim[1].size = dim
            yield case(f"{label} dimension", request.SerializeToString())
        request = self.request(good)
        request.inputs["rgb"].dtype = 0
        yield case("no dtype", request.SerializeToString())
        request = self.request(good)
        request.output_filter.append("nothing")
        yield case("unknown output", request.SerializeToString())
        request.ClearField("model_spec")
        yield case("no model at all", request.SerializeToString())
        message = self.message(good)
        yield case("cut short", message[:-7], Status.INTERNAL)
        yield case("no message", b"\xff" * 100, Status.INTERNAL)
        if limit:
            huge = np.zeros((1, limit // 4 + 1, 1, 1), np.float32)
            yield case("oversized", changed(**{x: huge}), Status.RESOURCE_EXHAUSTED)


def resident(pid: int) -> int:
    """Bytes of memory that a process of this machine holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def mix(good: Sequence[Case], malformed: Sequence[Case], counts: tuple[int, int]) -> list[Case]:
    """So many good and malformed requests, in a fixed random order; each kind as often."""
    chosen = [
        cases[i % len(cases)]
        for cases, count in zip((good, malformed), counts, strict=True)
        for i in range(count)
    ]
    order = np.random.default_rng(0).permutation(len(chosen))
    return [chosen[i] for i in order]


def put_load(
    address: str, cases: Sequence[Case], clients: int, pid: int | None = None
) -> list[Outcome]:
    """Let clients send the requests, each one its share in turn.

    Returns:
        The outcomes, in the order in which they were known.
    """
    outcomes: list[Outcome] = []
    lock = threading.Lock()

    def work(share: Sequence[Case]) -> None:
        client = Client(address)
        for case in share:
            start = time.perf_counter()
            wrong = client.check(case)
            seconds = time.perf_counter() - start
            with lock:
                outcomes.append(Outcome(case, seconds, wrong, pid and resident(pid)))
        client.channel.close()

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, [cases[i::clients] for i in range(clients)]))
    return outcomes
