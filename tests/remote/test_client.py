"""A model on a server gives what it gives here, or one message that says why it cannot."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfpaintsep.images import read_element_maps, read_grey

LAYERS = ("surface", "concealed", "mixture", "residual")
GAIN, SMALL = 65535, 0.05


@pytest.fixture
def listening(stand_in: Any) -> Iterator[Callable[[Callable[[Any], None]], Any]]:
    """`listening(f)`: the stand-in calls f with each request; returns all requests so far."""

    def listen(note: Callable[[Any], None] = lambda request: None) -> list[Any]:
        requests: list[Any] = []

        def hear(request: Any, context: Any) -> None:
            requests.append(request)
            note(request)

        stand_in.on_predict = hear
        return requests

    yield listen
    stand_in.on_predict = None


def address(stand_in: Any, model: str) -> str:
    return f"grpc://{stand_in.address}/{model}"


@pytest.fixture(scope="module")
def local_layers(
    served_models: Path,
    painting: Any,
    invoke: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """Results of the model's folder, with its own first guess and with a given one."""
    folder = tmp_path_factory.mktemp("local")
    for name, options in first_guesses(painting).items():
        model = served_models / "separation"
        result = invoke("separate", model, *painting.options, *options, "--out", folder / name)
        assert result.code == 0, result.err
    return {name: folder / name for name in first_guesses(painting)}


def first_guesses(painting: Any) -> dict[str, list[str]]:
    return {"own": [], "given": ["--init", str(painting.truth / "surface.tif")]}


@pytest.mark.parametrize("guess", ["own", "given"])
@pytest.mark.parametrize("limit", [None, SMALL])
def test_separate_through_a_server_equals_a_local_run(
    guess: str,
    limit: float | None,
    stand_in: Any,
    listening: Callable[..., list[Any]],
    local_layers: dict[str, Path],
    painting: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
) -> None:
    # The first two tiles wait for each other: one after the other would never arrive.
    both = threading.Barrier(2, timeout=60)
    first = iter(range(2))

    def meet(request: Any) -> None:
        if request.model_spec.signature_name != "describe" and next(first, None) is not None:
            both.wait()

    requests = listening(meet)
    options = [*first_guesses(painting)[guess], "--out", tmp_path / "out"]
    if limit:
        options += ["--message-limit", limit]
    model = address(stand_in, "separation")
    result = invoke("separate", model, *painting.options, *options)
    assert result.code == 0, result.err

    for name in LAYERS:
        here = read_grey(local_layers[guess] / f"{name}.tif", GAIN)
        there = read_grey(tmp_path / "out" / f"{name}.tif", GAIN)
        if limit is None:  # the same tiles, on the same machine
            np.testing.assert_array_equal(there, here, err_msg=name)
        np.testing.assert_allclose(there, here, rtol=0, atol=1e-5 * GAIN, err_msg=name)
    asked, *tiles = requests
    assert asked.model_spec.signature_name == "describe"
    assert len(tiles) > 4 if limit else len(tiles) == 4
    assert max(request.ByteSize() for request in tiles) <= (limit or 16) * 2**20
    assert {request.model_spec.version.value for request in tiles} == {1}
    assert {tuple(request.output_filter) for request in tiles} == {("surface", "concealed")}
    record = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert record["configuration"] == {"model": f"{model}/1"}


def test_the_client_in_the_manual_gets_the_same_surface(
    stand_in: Any,
    local_layers: dict[str, Path],
    painting: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manual = Path(__file__).resolve().parents[2] / "docs" / "serving.md"
    (program,) = re.findall(r"```python\n(.*?)```", manual.read_text(), re.DOTALL)
    program = program.replace("portrait", "separation").replace("localhost:8500", stand_in.address)
    monkeypatch.chdir(painting.folder)
    found: dict[str, Any] = {}
    exec(program, found)
    here = read_grey(local_layers["own"] / "surface.tif", GAIN)
    np.testing.assert_allclose(found["surface"], here, rtol=0, atol=1e-5 * GAIN)


def test_upscale_through_a_server_equals_a_local_run(
    stand_in: Any,
    listening: Callable[..., list[Any]],
    served_models: Path,
    served_scan: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
) -> None:
    maps = {}
    requests = listening()
    for name, model, options in (
        ("here", served_models / "upscaling", []),
        ("there", address(stand_in, "upscaling"), []),
        ("small", address(stand_in, "upscaling"), ["--message-limit", SMALL]),
    ):
        out = tmp_path / name
        result = invoke("upscale", model, *served_scan.options, *options, "--out", out)
        assert result.code == 0, result.err
        maps[name] = read_element_maps(out / "maps.tif").values
    np.testing.assert_array_equal(maps["there"], maps["here"])
    difference = np.abs(maps["small"] - maps["here"])
    assert difference.max() < 1e-5 * np.ptp(maps["here"])
    shapes = [request.inputs["xrf"].tensor_shape.dim[1].size for request in requests[3:]]
    assert max(shapes) < maps["here"].shape[0] // 3
    record = json.loads((tmp_path / "small" / "provenance.json").read_text())
    assert record["configuration"] == {"model": f"{address(stand_in, 'upscaling')}/1"}


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("grpc://127.0.0.1:9/separation", ("127.0.0.1:9", "no connection", "8500")),
        ("{}/nobody", ("/nobody", "NOT_FOUND", "models.config")),
        ("{}/separation/9", ("/separation/9", "NOT_FOUND")),
        ("{}/upscaling", ("expected a separation model", "kind super-resolution", "train-sep")),
    ],
    ids=["nothing listens", "unknown model", "unknown version", "another kind"],
)
def test_a_model_that_is_not_there_is_said_in_one_message(
    where: str,
    words: tuple[str, ...],
    stand_in: Any,
    painting: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
    assert_refused: Callable[..., None],
) -> None:
    out, model = tmp_path / "out", where.format(f"grpc://{stand_in.address}")
    began = time.monotonic()
    assert_refused(invoke("separate", model, *painting.options, "--out", out), out, *words)
    assert time.monotonic() - began < 20


def test_upscale_refuses_a_model_of_the_other_kind(
    stand_in: Any,
    served_scan: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
    assert_refused: Callable[..., None],
) -> None:
    out, model = tmp_path / "out", address(stand_in, "separation")
    result = invoke("upscale", model, *served_scan.options, "--out", out)
    assert_refused(result, out, "kind separation", "train-sr")


def test_a_message_limit_goes_with_an_address_only(
    served_models: Path,
    painting: Any,
    invoke: Callable[..., Any],
    tmp_path: Path,
    assert_refused: Callable[..., None],
) -> None:
    out = tmp_path / "out"
    options = [*painting.options, "--message-limit", 1, "--out", out]
    result = invoke("separate", served_models / "separation", *options)
    assert_refused(result, out, "--message-limit", "address")
