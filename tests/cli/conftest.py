"""A small scanned painting on disk, its fine maps known, and a run of train-sr on it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tfpaintsep.images import ElementStack, Resolution, write_8bit, write_element_maps

NAMES = ("Pb-L", "Hg-L", "Ca-K")
FINE, CROPPED, COARSE, SCALE = (83, 73), (80, 72), (20, 18), 4
"""Sizes before and after `degrade`."""

TINY_SR = (
    "enlargement.interpolation=bilinear",
    "enlargement.guide=local_fit",
    "enlargement.trust=measured",
    "generator.iterations=2",
    "generator.channels=8",
    "generator.initialiser=glorot",
    "generator.final_sigmoid=true",
    "generator.residual=false",
    "pretraining.steps=60",
    "pretraining.learning_rate=0.005",
    "pretraining.schedule=cosine",
    "pretraining.sampling=blocks",
    "pretraining.batch=64",
    "pretraining.crop=1",
    "pretraining.augmented=wald",
    "pretraining.displaced=2",
    "switch.pixels=1024",
    "adversarial.steps=60",
    "adversarial.sampling=crops",
    "adversarial.patch=16",
    "adversarial.batch=4",
    "training.steps_per_call=2",
    "training.checkpoint_seconds=0",
)
"""Settings with which both stages take a few seconds, whatever the preset says."""


@dataclass(frozen=True)
class Scan:
    """A scanned painting: fine maps and photograph as recorded, and what degrade made of them."""

    folder: Path

    @property
    def fine(self) -> Path:
        return self.folder / "fine.tif"

    @property
    def photograph(self) -> Path:
        return self.folder / "photograph.tif"

    @property
    def degraded(self) -> Path:
        """The folder that `degrade` has written, known maps in it."""
        return self.folder / "degraded"

    @property
    def xrf(self) -> Path:
        return self.degraded / "maps.tif"

    @property
    def rgb(self) -> Path:
        return self.degraded / "rgb.tif"

    @property
    def options(self) -> list[str]:
        """The options by which commands take maps and photograph."""
        return ["--xrf", str(self.xrf), "--rgb", str(self.rgb)]


def scan_arrays() -> tuple[np.ndarray, np.ndarray]:
    """Fine maps (h, w, 3) float32 in counts and a photograph (h, w, 3) uint8."""
    rng = np.random.default_rng(23)
    rgb = gaussian_filter(rng.random((*FINE, 3)), (2, 2, 0))
    rgb = (255 * (rgb - rgb.min()) / np.ptp(rgb)).astype(np.uint8)
    counts = np.array([900.0, 40.0, 300.0]) * (rgb @ rng.dirichlet(np.ones(3), 3).T / 255) ** 2
    return (counts + rng.gamma(2, 2, counts.shape)).astype(np.float32), rgb


@pytest.fixture(scope="session")
def scan(tmp_path_factory: pytest.TempPathFactory, invoke: Callable[..., Any]) -> Scan:
    """Three maps of 20 x 18 px in counts, and a photograph four times as large."""
    files = Scan(tmp_path_factory.mktemp("scan"))
    maps, rgb = scan_arrays()
    resolution = Resolution(20, 20, "centimeter")
    write_element_maps(
        files.fine, ElementStack(maps, NAMES, "counts", resolution), description="a scan"
    )
    write_8bit(files.photograph, rgb, resolution)
    result = invoke(
        *("degrade", "--maps", files.fine, "--rgb", files.photograph, "--out", files.degraded)
    )
    assert result.code == 0, result.err
    return files


@pytest.fixture(scope="session")
def tiny_sr() -> Callable[..., list[str]]:
    """`tiny_sr("a.b=1", ...)`: options for a run of both stages in seconds, with changes."""

    def settings(*changed: str) -> list[str]:
        return [word for setting in (*TINY_SR, *changed) for word in ("--set", setting)]

    return settings


@pytest.fixture(scope="session")
def finished_sr(
    scan: Scan,
    tiny_sr: Callable[..., list[str]],
    run_process: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The run folder of a tiny, undisturbed run of the real program; not to be changed."""
    out = tmp_path_factory.mktemp("finished_sr") / "run"
    result = run_process("train-sr", *scan.options, *tiny_sr(), "--out", out)
    assert result.code == 0, result.err
    return out


@pytest.fixture
def sr_copy(finished_sr: Path, tmp_path: Path) -> Path:
    """A copy of the finished run that a test may change."""
    copy = tmp_path / "run"
    shutil.copytree(finished_sr, copy)
    return copy
