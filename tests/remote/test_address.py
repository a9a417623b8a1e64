"""Addresses of models on servers: read, written, refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from tfpaintsep.errors import InputError
from tfpaintsep.remote.address import ModelAddress, is_address, parse_address


@pytest.mark.parametrize(
    ("text", "address", "server"),
    [
        ("grpc://localhost:8500/soldier", ModelAddress("localhost", 8500, "soldier"), None),
        ("GRPC://10.0.0.7:1/a-b.c_d/12/", ModelAddress("10.0.0.7", 1, "a-b.c_d", 12), None),
        ("grpc://[::1]:8500/x/3", ModelAddress("::1", 8500, "x", 3), "[::1]:8500"),
        ("grpc://h:8500/Ghent%20%C3%A9%2Fa", ModelAddress("h", 8500, "Ghent é/a"), None),
        ("grpc://h:8500/Ghent é", ModelAddress("h", 8500, "Ghent é"), None),
    ],
)
def test_an_address_is_read_and_written(
    text: str, address: ModelAddress, server: str | None
) -> None:
    assert is_address(text)
    assert parse_address(text) == address
    assert parse_address(str(address)) == address
    assert address.server == (server or f"{address.host}:{address.port}")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://localhost:8501/v1/models/soldier", "the scheme http://"),
        ("grpc:///soldier", "no host"),
        ("grpc://localhost/soldier", "no port"),
        ("grpc://localhost:0/soldier", "no port"),
        ("grpc://localhost:85000/soldier", "out of range"),
        ("grpc://localhost:gate/soldier", "gate"),
        ("grpc://[::1/soldier", "IPv6"),
        ("grpc://localhost:8500", "no name"),
        ("grpc://localhost:8500/", "no name"),
        ("grpc://localhost:8500/soldier/latest", "/latest"),
        ("grpc://localhost:8500/soldier/-1", "/-1"),
        ("grpc://localhost:8500/soldier/1/2", "/1/2"),
        ("grpc://me@localhost:8500/soldier", "a user"),
        ("grpc://localhost:8500/soldier?version=1", "a query"),
        ("grpc://localhost:8500/soldier#1", "a fragment"),
    ],
)
def test_another_address_is_refused_with_the_form_it_should_have(text: str, found: str) -> None:
    assert is_address(text)
    with pytest.raises(InputError, match=r"expected grpc://HOST:PORT/NAME or ") as caught:
        parse_address(text)
    assert found in caught.value.found


@pytest.mark.parametrize("text", ["runs/soldier", "/a/b", "a:b", "C:/models/1", ".", "grpc"])
def test_paths_are_no_addresses(text: str) -> None:
    assert not is_address(text)


def test_a_wrong_address_is_refused_without_tensorflow() -> None:
    program = (
        "import sys\n"
        "from tfpaintsep.cli.main import cli, guarded\n"
        "arguments = ['separate', 'grpc://localhost/x', '--xray', 'x.tif', '--rgb', 'r.tif']\n"
        "code = guarded(lambda: cli.main([*arguments, '--out', 'o'], standalone_mode=False))\n"
        "print(code, sorted({'tensorflow', 'grpc'} & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.stdout.strip() == "2 []", result.stdout + result.stderr
    assert result.stderr.count("\n") == 1
