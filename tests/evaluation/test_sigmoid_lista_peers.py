from typing import Any

import numpy as np
import pytest

from tfpaintsep.cli.configuration import load_configuration
from tfpaintsep.evaluation.methods import Budget
from tfpaintsep.evaluation.peers.super_resolution import SUPER_RESOLUTION
from tfpaintsep.evaluation.stack_metrics import consistency_error
from tfpaintsep.superresolution.config import SuperResolutionConfig

SCALE = 4


@pytest.fixture(scope="module")
def scan() -> tuple[np.ndarray, np.ndarray]:
    """Two coarse maps and a photograph, (16, 12, 2) and (64, 48, 3)."""
    random = np.random.default_rng(0)
    return (
        100 * random.random((16, 12, 2), dtype=np.float32),
        random.random((64, 48, 3), dtype=np.float32),
    )


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> list[SuperResolutionConfig]:
    """The configurations of runs that are not executed; each says that 5 steps were done."""
    found: list[SuperResolutionConfig] = []

    class Run:
        steps = 5

        def __init__(self, painting: Any, config: SuperResolutionConfig, folder: Any) -> None:
            assert folder.path.is_dir()
            self.painting = painting
            found.append(config)

        def compute(self) -> np.ndarray:
            return np.zeros((*self.painting.photograph.size, 2), np.float32)

    monkeypatch.setattr("tfpaintsep.superresolution.pipeline.SuperResolutionRun", Run)
    return found


def test_fast_is_the_preset_that_users_get(
    scan: tuple[np.ndarray, np.ndarray], configured: list[SuperResolutionConfig]
) -> None:
    SUPER_RESOLUTION["fast"].run(*scan, Budget(seconds=60.0, seed=3))
    settings = ["training.seed=3", "training.seconds=60", f"downsampling.scale={SCALE}"]
    preset = load_configuration(SuperResolutionConfig, "superresolution", "fast", None, settings)
    assert configured == [preset]


def test_the_published_network_learns_in_stages_that_share_the_time(
    scan: tuple[np.ndarray, np.ndarray], configured: list[SuperResolutionConfig]
) -> None:
    paper = load_configuration(SuperResolutionConfig, "superresolution", "paper")
    SUPER_RESOLUTION["generator"].run(*scan, Budget(seconds=100.0))
    SUPER_RESOLUTION["generator-adversarial"].run(*scan, Budget(seconds=100.0))
    alone, first, second = configured
    assert [config.training.seconds for config in configured] == [100.0, 50.0, 50.0]
    assert (alone.adversarial.steps, first.adversarial.steps) == (0, 0)
    assert alone.pretraining.steps == 2 * first.pretraining.steps
    assert second.pretraining.steps == 5  # what the first stage has got to
    assert second.adversarial.steps > 0
    for config in configured:
        assert config.loss == paper.loss
        assert config.enlargement == paper.enlargement
        assert config.generator == paper.generator.model_copy(update={"initialiser": "glorot"})


@pytest.mark.slow
def test_a_short_training_of_both_stages_gives_maps_that_agree_with_the_measured_ones(
    scan: tuple[np.ndarray, np.ndarray],
) -> None:
    said: list[str] = []
    budget = Budget(seconds=0.5, report=lambda _, words: said.append(words))
    coarse, rgb = scan
    maps = SUPER_RESOLUTION["generator-adversarial"].run(coarse, rgb, budget)
    assert (maps.shape, maps.dtype) == ((64, 48, 2), np.float32)
    assert consistency_error(maps, coarse, SCALE).largest < 1e-6
    assert said[0] == "step 0"
    assert int(said[-1].removeprefix("step ")) > 0
