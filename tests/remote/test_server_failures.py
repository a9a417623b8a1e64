"""What fails, fails with one message, and nothing wrong is used: servers that misbehave."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2

from tfpaintsep.remote import channel, client
from tfpaintsep.remote.address import parse_address
from tfpaintsep.remote.client import RemoteSource

Status = grpc.StatusCode


def refusing(status: grpc.StatusCode, details: str = "so it is") -> Callable[[Any, Any], Any]:
    return lambda request, context: context.abort(status, details)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.INVALID_ARGUMENT, ("rgb: expected values", "refuses")),
        (Status.RESOURCE_EXHAUSTED, ("lower --message-limit",)),
        (Status.NOT_FOUND, ("replaced it meanwhile", "/fake/7")),
        (Status.UNAVAILABLE, ("UNAVAILABLE", "several attempts")),
        (Status.INTERNAL, ("INTERNAL: rgb", "fault of the server")),
    ],
    ids=lambda value: value.name if isinstance(value, Status) else None,
)
def test_a_failure_midway_is_one_message_and_nothing_is_written(
    status: grpc.StatusCode,
    words: tuple[str, ...],
    fake_server: Callable[..., Any],
    painting: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
    assert_refused: Callable[..., None],
) -> None:
    server = fake_server(refusing(status, "rgb: expected values in [0, 1]"))
    out = tmp_path / "out"
    result = invoke("separate", server.address, *painting.options, "--out", out)
    assert_refused(result, out, *words)
    # Only what may pass is tried again; the image has four tiles.
    assert (len(server.requests) > 4) == (status is Status.UNAVAILABLE)


def test_a_message_too_large_for_the_server_is_said(
    fake_server: Callable[..., Any],
    painting: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
    assert_refused: Callable[..., None],
) -> None:
    options = {"grpc.max_receive_message_length": 20_000}
    server = fake_server(layers, options=options)
    out = tmp_path / "out"
    result = invoke("separate", server.address, *painting.options, "--out", out)
    assert_refused(result, out, "RESOURCE_EXHAUSTED", "larger than max", "--message-limit")


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, ("without the signature describe", "Train again")),
        ("a text", ("another answer", "describes itself")),
        ({}, ("of kind None",)),
        ({"kind": "separation"}, ("no entry 'gain'", "Train again")),
    ],
    ids=["foreign", "no dictionary", "no kind", "older"],
)
def test_a_model_that_does_not_describe_itself_is_not_ours(
    metadata: Any,
    words: tuple[str, ...],
    fake_server: Callable[..., Any],
    painting: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
    assert_refused: Callable[..., None],
) -> None:
    server, out = fake_server(layers), tmp_path / "out"
    server.metadata = metadata
    result = invoke("separate", server.address, *painting.options, "--out", out)
    assert_refused(result, out, *words)


def test_a_server_of_something_else_is_said(
    painting: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
    assert_refused: Callable[..., None],
) -> None:
    other, out = grpc.server(ThreadPoolExecutor(1)), tmp_path / "out"
    port = other.add_insecure_port("127.0.0.1:0")
    other.start()
    where = f"grpc://127.0.0.1:{port}/x"
    result = invoke("separate", where, *painting.options, "--out", out)
    other.stop(None).wait()
    assert_refused(result, out, "UNIMPLEMENTED", "PredictionService")


def layers(request: Any, context: Any) -> Any:
    """Surface and concealed as the radiograph itself, in the API's own form."""
    response = predict_pb2.PredictResponse()
    response.model_spec.version.value = 7
    for name in request.output_filter:
        response.outputs[name].CopyFrom(request.inputs["xray"])
    return response


def changed(change: Callable[[Any], None]) -> Callable[[Any, Any], Any]:
    def answer(request: Any, context: Any) -> Any:
        response = layers(request, context)
        change(response)
        return response

    return answer


def cut_list(response: Any) -> None:
    """TensorFlow pads a list that is too short: the layer would be grey, and nobody the wiser."""
    tensor = response.outputs["surface"]
    values = tf.make_ndarray(tensor).ravel()
    tensor.tensor_content = b""
    tensor.float_val.extend(values[: len(values) // 2])


def not_finite(response: Any) -> None:
    values = tf.make_ndarray(response.outputs["surface"])
    values[0, 3, 4] = np.nan
    response.outputs["surface"].CopyFrom(tf.make_tensor_proto(values))


def set_tensor(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Any], None]:
    def edit(response: Any) -> None:
        values = change(tf.make_ndarray(response.outputs["surface"]))
        response.outputs["surface"].CopyFrom(tf.make_tensor_proto(values))

    return edit


def cut_content(response: Any) -> None:
    tensor = response.outputs["surface"]
    tensor.tensor_content = tensor.tensor_content[:-4]


WRONG = {
    "missing": (lambda response: response.outputs.pop("surface"), "only concealed"),
    "smaller": (set_tensor(lambda values: values[:, :-1]), "found (1, 61, 62, 1) float32"),
    "doubles": (set_tensor(lambda values: values.astype("f8")), "DT_DOUBLE"),
    "not finite": (not_finite, "not finite"),
    "a cut list": (cut_list, "whole, DT_FLOAT"),
    "cut content": (cut_content, "whole, DT_FLOAT"),
    "empty": (lambda r: r.outputs["surface"].ClearField("tensor_content"), "0 values"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_answers_are_refused(
    kind: str,
    fake_server: Callable[..., Any],
    painting: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
    assert_refused: Callable[..., None],
) -> None:
    change, word = WRONG[kind]
    server, out = fake_server(changed(change)), tmp_path / "out"
    result = invoke("separate", server.address, *painting.options, "--out", out)
    assert_refused(result, out, "the output surface", word)


def test_an_answer_of_another_version_is_refused(
    fake_server: Callable[..., Any],
    painting: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
    assert_refused: Callable[..., None],
) -> None:
    def newer(response: Any) -> None:
        response.model_spec.version.value = 8

    server, out = fake_server(changed(newer)), tmp_path / "out"
    result = invoke("separate", server.address, *painting.options, "--out", out)
    assert_refused(result, out, "version 7", "version 8")


def test_a_large_request_is_sent_again_after_unavailable(fake_server: Callable[..., Any]) -> None:
    def twice_busy(request: Any, context: Any) -> Any:
        if len(server.requests) < 3:
            context.abort(Status.UNAVAILABLE, "busy")
        return layers(request, context)

    server = fake_server(twice_busy)
    source = RemoteSource(parse_address(server.address))
    xray = np.random.default_rng(0).random((1, 900, 1100, 1)).astype(np.float32)
    answer = source.signature("serving_default", ("surface",))(xray=xray)
    source.close()
    np.testing.assert_array_equal(answer["surface"], xray)
    assert len(server.requests) == 3
    assert xray.nbytes > 3.7 * 2**20  # beyond what gRPC keeps for retries by default, by far


def test_a_server_that_is_started_again_midway_is_waited_for(
    fake_server: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "BACKOFF_SECONDS", 0.5)
    asked, gone = threading.Event(), threading.Event()

    def never(request: Any, context: Any) -> Any:
        asked.set()
        gone.wait(60)
        return layers(request, context)

    first = fake_server(never)
    source = RemoteSource(parse_address(first.address))
    xray = np.ones((1, 3, 4, 1), np.float32)
    with ThreadPoolExecutor(1) as pool:
        call = source.signature("serving_default", ("surface",))
        answer = pool.submit(lambda: call(xray=xray))
        assert asked.wait(60)
        stopped = first.server.stop(None)
        gone.set()
        stopped.wait()
        second = fake_server(layers, port=first.port)
        np.testing.assert_array_equal(answer.result(60)["surface"], xray)
    source.close()
    assert len(second.requests) == 1


def test_an_interruption_ends_all_requests_and_writes_nothing(
    fake_server: Callable[..., Any], painting: Any, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    ended = threading.Event()

    def never(request: Any, context: Any) -> Any:
        if not context.add_callback(ended.set):
            ended.set()
        if len(server.requests) == client.IN_FLIGHT:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        ended.wait(60)
        return layers(request, context)

    server, out = fake_server(never), tmp_path / "out"
    result = invoke("separate", server.address, *painting.options, "--out", out)
    assert (result.code, out.exists()) == (130, False), result.err
    assert ended.is_set()
    assert not [t for t in threading.enumerate() if t.name.startswith("request")]


def test_a_server_that_hangs_is_given_up(
    fake_server: Callable[..., Any],
    painting: Any,
    invoke: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    assert_refused: Callable[..., None],
) -> None:
    monkeypatch.setattr(client, "DEADLINE_SECONDS", 1.0)
    ended = threading.Event()

    def never(request: Any, context: Any) -> Any:
        ended.wait(60)
        return layers(request, context)

    server, out = fake_server(never), tmp_path / "out"
    result = invoke("separate", server.address, *painting.options, "--out", out)
    ended.set()
    assert_refused(result, out, "DEADLINE_EXCEEDED", "too much to do")
    assert len(server.requests) <= client.IN_FLIGHT


def test_requests_are_made_as_they_are_needed_and_answered_in_order(
    fake_server: Callable[..., Any],
) -> None:
    source = RemoteSource(parse_address(fake_server(layers).address))
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(20):
            made.append(number)
            yield number

    def slower_at_first(number: int) -> int:
        time.sleep(0.02 * (4 - number % 4))
        return number**2

    results = source.mapped(slower_at_first, numbers())
    for taken, result in enumerate(results):
        assert result == taken**2
        assert len(made) <= taken + 1 + client.IN_FLIGHT
    assert len(made) == 20
    source.close()
