"""A small painting on disk, and two ways to the command line: as a process, and within."""

import contextlib
import importlib
import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tfpaintsep.cli.main import cli, guarded
from tfpaintsep.images import Resolution, write_8bit, write_16bit

if TYPE_CHECKING:
    from tests.serving.stand_in import StandIn

TINY = (
    "network.layers=2",
    "network.channels=8",
    "network.initialiser=ista",
    "loss.eta1=0.02",
    "start.kind=auto",
    "training.sampling=crops",
    "training.patch=32",
    "training.batch=2",
    "training.epochs=20",
    "training.steps_per_epoch=5",
    "training.steps_per_call=2",
    "training.optimizer=adam",
    "training.learning_rate=0.001",
    "training.clip_norm=null",
    "training.schedule=cosine",
    "training.checkpoint_seconds=0",
    "inference.mode=whole",
    "inference.tile=48",
)
"""Settings with which a run takes a few seconds, whatever the preset says."""

PATIENCE = 600.0
"""Seconds after which a process counts as hung; a loaded machine is slow."""


def pytest_configure() -> None:
    """Let tests press Ctrl-C, also where pytest was begun with it ignored (in the background)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Result:
    """What a call of the command line gave."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class PaintingFiles:
    """Files of a painting whose layers are known."""

    folder: Path

    @property
    def xray(self) -> Path:
        return self.folder / "xray.tif"

    @property
    def rgb(self) -> Path:
        return self.folder / "rgb.tif"

    @property
    def truth(self) -> Path:
        return self.folder / "truth"

    @property
    def options(self) -> list[str]:
        """The options by which every command takes the two images."""
        return ["--xray", str(self.xray), "--rgb", str(self.rgb)]


def field(rng: np.random.Generator, size: tuple[int, int], sigma: float) -> np.ndarray:
    """A smooth random field between 0 and 1."""
    values = gaussian_filter(rng.standard_normal(size), sigma)
    return (values - values.min()) / np.ptp(values)


@pytest.fixture(scope="session")
def painting(tmp_path_factory: pytest.TempPathFactory) -> PaintingFiles:
    """Two layers of 80 x 72 px that add up to a 16-bit radiograph, and a photograph."""
    rng = np.random.default_rng(11)
    size, resolution = (80, 72), Resolution(600, 600, "inch")
    files = PaintingFiles(tmp_path_factory.mktemp("painting"))
    files.truth.mkdir()
    surface, concealed = (
        (low + high * (0.85 * field(rng, size, sigma) + 0.15 * field(rng, size, 0.7))).astype("u2")
        for low, high, sigma in ((2000, 24000, 5), (3000, 20000, 4))
    )
    colours = [0.6 * field(rng, size, 5) + 0.4 * surface / surface.max() for _ in range(3)]
    rgb = (255 * np.clip(np.stack(colours, axis=-1), 0, 1)).astype("u1")
    write_16bit(files.truth / "surface.tif", surface, resolution)
    write_16bit(files.truth / "concealed.tif", concealed, resolution)
    write_16bit(files.xray, surface + concealed, resolution)
    write_8bit(files.rgb, rgb, resolution)
    return files


def settings(*changed: str) -> list[str]:
    """The tiny network as options, with some settings changed or added."""
    return [word for setting in (*TINY, *changed) for word in ("--set", setting)]


@pytest.fixture(scope="session")
def tiny() -> Callable[..., list[str]]:
    """`tiny("a.b=1", ...)`: options for a run of a few seconds, with changes."""
    return settings


def console_script() -> str:
    """The installed program; the one beside the interpreter that runs the tests."""
    name = Path(sys.executable).parent / "tfpaintsep"
    if not name.is_file():
        pytest.fail(f"{name} is missing: install the package (make does)")
    return str(name)


@pytest.fixture(scope="session")
def start_process() -> Callable[..., subprocess.Popen[str]]:
    """`start_process(*args)`: the real program, begun."""

    def start(*args: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [console_script(), *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
        )

    return start


@pytest.fixture(scope="session")
def run_process(start_process: Callable[..., subprocess.Popen[str]]) -> Callable[..., Result]:
    """`run_process(*args)`: the real program, to its end."""

    def run(*args: object) -> Result:
        with start_process(*args) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE)
            except BaseException:
                process.kill()
                raise
        return Result(process.returncode, out, err)

    return run


def forget_training() -> None:
    """Take back what a training sets for its process, and nothing after it must inherit.

    Operations without randomness forbid unseeded numbers; without the graph optimizer the last bits
    of a model differ from those of the same model loaded at another time.
    """
    if "tensorflow" in sys.modules:
        from tensorflow.python.framework.config import (
            disable_op_determinism,
            set_optimizer_experimental_options,
        )

        disable_op_determinism()
        set_optimizer_experimental_options({"disable_meta_optimizer": False})


@pytest.fixture(autouse=True)
def _nothing_inherited() -> Iterator[None]:
    """Each test finds TensorFlow's settings as a new process does, in whatever order they run."""
    forget_training()
    yield
    forget_training()


@pytest.fixture(scope="session")
def invoke() -> Callable[..., Result]:
    """`invoke(*args)`: the command line within this process, which saves loading TensorFlow."""

    def call(*args: object) -> Result:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = guarded(lambda: cli.main([str(arg) for arg in args], standalone_mode=False))
        forget_training()
        return Result(code, out.getvalue(), err.getvalue())

    return call


@pytest.fixture(scope="session")
def finished_run(
    painting: PaintingFiles,
    run_process: Callable[..., Result],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The run folder of a tiny, undisturbed run of the real program; not to be changed."""
    out = tmp_path_factory.mktemp("finished") / "run"
    result = run_process("train-sep", *painting.options, *settings(), "--out", out)
    assert result.code == 0, result.err
    return out


@pytest.fixture
def run_copy(finished_run: Path, tmp_path: Path) -> Path:
    """A copy of the finished run that a test may change."""
    copy = tmp_path / "run"
    shutil.copytree(finished_run, copy)
    return copy


def serving_module(name: str) -> ModuleType:
    """A helper module of tests/serving: the tests are no package."""
    folder = str(Path(__file__).parent / "serving")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


@pytest.fixture(scope="session")
def stand_in_module() -> ModuleType:
    """`tests/serving/stand_in.py`, loaded once."""
    return serving_module("stand_in")


@pytest.fixture(scope="session")
def served_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of exported models, `separation/1` and `upscaling/1`; not to be changed."""
    folder = tmp_path_factory.mktemp("saved_models")
    serving_module("tiny_models").write_tiny_models(folder)
    return folder


@pytest.fixture(scope="session")
def stand_in(stand_in_module: ModuleType, served_models: Path) -> "Iterator[StandIn]":
    """A stand-in for TensorFlow Serving in this process, with both models; see its class."""
    with stand_in_module.StandIn(stand_in_module.folder_config(served_models)) as server:
        yield server
