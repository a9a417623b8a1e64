"""What a server answers to requests that are wrong, and to good ones after them."""

import json
import urllib.request
from pathlib import Path
from types import ModuleType

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, SignatureDefMap
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

MODELS = ("separation", "upscaling")


@pytest.mark.parametrize("name", MODELS)
def test_each_malformed_request_gets_its_status_and_the_next_good_one_its_answer(
    name, server, serving_load: ModuleType
) -> None:
    client = serving_load.Client(server.process.address)
    good = server.good[name]
    wrong = {}
    for i, case in enumerate(server.malformed[name]):
        wrong[case.label] = client.check(case)
        wrong[f"good after {case.label}"] = client.check(good[i % len(good)])
    assert not {label: found for label, found in wrong.items() if found}


def test_expected_answers_differ(server) -> None:
    """The comparison above would not notice anything if the answers were all alike."""
    for cases in server.good.values():
        for case in cases:
            assert case.expected
            assert all(np.ptp(value) > 0 for value in case.expected.values())


@pytest.mark.parametrize(
    ("name", "version", "answering"),
    [
        ("separation", 0, 2),
        ("separation", 1, 1),
        ("separation", 2, 2),
        ("separation", 3, None),
        ("newest", 0, 2),
        ("newest", 1, None),
        ("upscaling", 1, 1),
    ],
)
def test_versions_are_those_the_configuration_names(
    name: str, version: int, answering: int | None, server, serving_load: ModuleType
) -> None:
    served = serving_load.Served(server.process.address, name)
    request = served.message(served.inputs(12, 0), version=version)
    with grpc.insecure_channel(server.process.address) as channel:
        call = channel.unary_unary(serving_load.PREDICT)
        if answering is None:
            with pytest.raises(grpc.RpcError) as caught:
                call(request, timeout=60)
            assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        else:
            response = serving_load.PredictResponse.FromString(call(request, timeout=60))
            assert response.model_spec.version.value == answering
            assert response.model_spec.signature_name == "serving_default"


@pytest.mark.parametrize(
    ("name", "fields", "code"),
    [
        ("separation", ["signature_def"], grpc.StatusCode.OK),
        ("nobody", ["signature_def"], grpc.StatusCode.NOT_FOUND),
        ("separation", [], grpc.StatusCode.INVALID_ARGUMENT),
        ("separation", ["weights"], grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
def test_metadata_are_the_signatures_of_the_model(
    name: str, fields: list[str], code: grpc.StatusCode, server
) -> None:
    request = GetModelMetadataRequest(metadata_field=fields)
    request.model_spec.name = name
    with grpc.insecure_channel(server.process.address) as channel:
        future = PredictionServiceStub(channel).GetModelMetadata.future(request, timeout=60)
        assert future.code() is code
        if code is grpc.StatusCode.OK:
            found = SignatureDefMap()
            assert future.result().metadata["signature_def"].Unpack(found)
            inputs = {key: set(value.inputs) for key, value in found.signature_def.items()}
            assert inputs["serving_default"] == {"xray", "rgb"}
            assert inputs["with_init"] == {"xray", "rgb", "init"}
            assert inputs["first_guess"] == {"xray", "rgb"}


def test_output_filter_leaves_the_others_out(server, serving_load: ModuleType) -> None:
    served = serving_load.Served(server.process.address, "separation")
    request = served.request(served.inputs(24, 1))
    request.output_filter.append("concealed")
    client = serving_load.Client(server.process.address)
    _, arrays, _ = client.send(request.SerializeToString())
    assert list(arrays) == ["concealed"]
    expected = server.good["separation"][1].expected["concealed"]
    np.testing.assert_allclose(arrays["concealed"], expected, rtol=0, atol=1e-5 * np.ptp(expected))


def test_answers_larger_than_the_client_takes_are_refused_by_the_client(
    server, serving_load: ModuleType
) -> None:
    case = server.good["separation"][-1]
    options = [("grpc.max_receive_message_length", 10_000)]
    with grpc.insecure_channel(server.process.address, options) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(serving_load.PREDICT)(case.message, timeout=60)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_rest_answers_as_grpc_does(
    request: pytest.FixtureRequest, server, serving_load: ModuleType
) -> None:
    if "stand-in" in request.node.callspec.id:
        pytest.skip("the stand-in has no REST")
    case = server.good["separation"][0]
    inputs = serving_load.PredictRequest.FromString(case.message).inputs
    rows = [{key: tf.make_ndarray(value)[0].tolist() for key, value in inputs.items()}]
    body = json.dumps({"signature_name": "serving_default", "instances": rows}).encode()
    url = f"http://127.0.0.1:{server.process.rest_port}/v1/models/separation:predict"
    with urllib.request.urlopen(url, body, timeout=60) as answer:
        predictions = json.load(answer)["predictions"]
    assert len(predictions) == 1
    for name, expected in case.expected.items():
        found = np.array(predictions[0][name], np.float32)[None]
        atol = 1e-5 * np.ptp(expected)
        np.testing.assert_allclose(found, expected, rtol=0, atol=atol, err_msg=name)


@pytest.mark.parametrize(
    ("does", "said"),
    [("echo no such file; exit 3", "ended, exit code 3: no such file"), ("exec sleep 60", "ready")],
)
def test_a_server_that_does_not_start_is_reported_and_ended(
    does: str, said: str, server_process: ModuleType, tmp_path: Path
) -> None:
    program, log, pid = tmp_path / "broken", tmp_path / "log", tmp_path / "pid"
    program.write_text(f"#!/bin/sh\necho $$ > {pid}\n{does}\n")
    program.chmod(0o755)
    with (
        pytest.raises(RuntimeError, match=said),
        server_process.serve(program, tmp_path / "models.config", ["any"], log, patience=3),
    ):
        pytest.fail("there is no server")
    assert not Path("/proc", pid.read_text().strip()).exists()
