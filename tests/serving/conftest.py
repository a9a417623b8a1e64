"""The server that the tests here talk to, and the requests they send."""

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from benchmarks.serving_load import Case, Served
    from tests.serving.server_process import ServerProcess

HERE = Path(__file__).parent
REAL = "TENSORFLOW_MODEL_SERVER"
CONFIG = """
model_config_list {{
  config {{ name: "separation" base_path: "{0}/separation" model_platform: "tensorflow"
    model_version_policy {{ all {{}} }} }}
  config {{ name: "upscaling" base_path: "{0}/upscaling" model_platform: "tensorflow" }}
  config {{ name: "newest" base_path: "{0}/separation" model_platform: "tensorflow" }}
}}
"""
"""Both models; the first with its old version, and again under the default policy."""


def load_from(folder: Path, name: str) -> ModuleType:
    """A module of a folder that is no package."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return importlib.import_module(name)


@dataclass(frozen=True)
class Server:
    """A server that serves both tiny models.

    Attributes:
        process: The process.
        models: The models' folder.
        good: By model good requests of six sizes, with the answers of the SavedModels loaded here.
        malformed: By model one request of each malformed kind.
    """

    process: "ServerProcess"
    models: Path
    good: "dict[str, list[Case]]"
    malformed: "dict[str, list[Case]]"


@pytest.fixture(scope="session")
def serving_load() -> ModuleType:
    """`benchmarks/serving_load.py`."""
    return load_from(HERE.parents[1] / "benchmarks", "serving_load")


@pytest.fixture(scope="session")
def server_process() -> ModuleType:
    """`tests/serving/server_process.py`."""
    return load_from(HERE, "server_process")


@pytest.fixture(scope="session")
def stand_in_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in as a program with the flags of `tensorflow_model_server`."""
    program = tmp_path_factory.mktemp("program") / "stand_in"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "stand_in.py"}" "$@"\n')
    program.chmod(0o755)
    return program


@pytest.fixture(scope="session", params=["stand-in", "tensorflow_model_server"])
def server(
    request: pytest.FixtureRequest,
    served_models: Path,
    serving_load: ModuleType,
    server_process: ModuleType,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """The stand-in in its own process; TensorFlow Serving where the environment names it."""
    if request.param == "stand-in":
        program = request.getfixturevalue("stand_in_program")
    elif REAL in os.environ:
        program = Path(os.environ[REAL])
    else:
        pytest.skip(f"{REAL} names no tensorflow_model_server")
    folder = tmp_path_factory.mktemp("server")
    models = folder / "saved_models"
    shutil.copytree(served_models, models)
    shutil.copytree(models / "separation" / "1", models / "separation" / "2")
    config = folder / "models.config"
    config.write_text(CONFIG.format(models))
    names = ["separation", "upscaling", "newest"]
    with server_process.serve(program, config, names, folder / "log") as process:
        good, malformed = {}, {}
        for name in ("separation", "upscaling"):
            served: Served = serving_load.Served(process.address, name)
            good[name] = served.good([14, 24, 33, 64, 96, 128], models / name / "1")
            malformed[name] = list(served.malformed(limit=server_process.LARGEST_MESSAGE))
        yield Server(process, models, good, malformed)
    assert not Path("/proc", str(process.pid)).exists()
