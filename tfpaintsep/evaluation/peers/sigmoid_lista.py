"""This project's own networks, trained as `tfpaintsep train-sr` trains them, in a time limit.

Reference: H. Verinaz-Jadan, S. Yan, C. Higgitt and P. L. Dragotti, "Adversarial deep-unfolding
network for MA-XRF super-resolution on Old Master paintings using minimal training data", 2024.
"""

import tempfile
from pathlib import Path
from typing import Any

from tfpaintsep.configs import read_preset
from tfpaintsep.evaluation.methods import Budget, Image

STEPS_PER_SECOND = {"pretraining": 6.0, "adversarial": 3.0}
"""On two slow cores, compilation included: schedules of this length end in time there, with the
learning rate fallen. A slower machine stops early, a faster one is done before the time is up."""

ADVERSARIAL_SHARE = 0.5
"""Part of the time that is the second stage's, where there is one."""

Settings = dict[str, dict[str, Any]]

MINUTES: Settings = {
    "generator": {"initialiser": "glorot"},
    "pretraining": {
        "learning_rate": 5e-3,
        "schedule": "cosine",
        "sampling": "blocks",
        "batch": 2048,
    },
    "adversarial": {"steps": 0, "sampling": "crops"},
}
"""What of the preset `paper` is changed to learn in minutes: start, schedule and sampling."""


def generator(coarse: Image, rgb: Image, budget: Budget) -> Image:
    """The published network after its first stage, with a schedule for minutes.

    Args:
        coarse: Maps (h, w, B), any units.
        rgb: Photograph (s h, s w, 3) in [0, 1].
        budget: Time and seed of the training.

    Returns:
        (s h, s w, B), in the maps' units; their block means are the measured ones.
    """
    settings = _changed(
        read_preset("superresolution", "paper"), MINUTES, _steps("pretraining", budget.seconds)
    )
    return _trained(coarse, rgb, budget, [(settings, budget.seconds)])


def generator_adversarial(coarse: Image, rgb: Image, budget: Budget) -> Image:
    """The published network after both stages; arguments and result as those of `generator`."""
    second = ADVERSARIAL_SHARE * budget.seconds
    first = budget.seconds - second
    settings = _changed(
        read_preset("superresolution", "paper"), MINUTES, _steps("pretraining", first)
    )
    both = _changed(settings, _steps("adversarial", second))
    return _trained(coarse, rgb, budget, [(settings, first), (both, second)])


def fast(coarse: Image, rgb: Image, budget: Budget) -> Image:
    """The preset that users get; arguments and result as those of `generator`."""
    return _trained(coarse, rgb, budget, [(read_preset("superresolution", "fast"), budget.seconds)])


def fast_exact(coarse: Image, rgb: Image, budget: Budget) -> Image:
    """The same without noise removal; arguments and result as those of `generator`."""
    settings = _changed(read_preset("superresolution", "fast"), {"noise": {"removal": "none"}})
    return _trained(coarse, rgb, budget, [(settings, budget.seconds)])


def without_noise(coarse: Image, rgb: Image) -> Image:
    """Maps without the noise that the preset `fast` takes out.

    Args:
        coarse: Maps (h, w, B), any units.
        rgb: Photograph (s h, s w, 3) in [0, 1].

    Returns:
        (h, w, B), in the maps' units.
    """
    import numpy as np

    from tfpaintsep.superresolution.config import SuperResolutionConfig
    from tfpaintsep.superresolution.denoising import take_noise_out

    scale = rgb.shape[0] // coarse.shape[0]
    settings = _changed(read_preset("superresolution", "fast"), {"downsampling": {"scale": scale}})
    config = SuperResolutionConfig.model_validate(settings)
    return take_noise_out(config, coarse.astype(np.float32), rgb.astype(np.float32))[1]


def _changed(settings: Settings, *changes: Settings) -> Settings:
    result = dict(settings)
    for change in changes:
        for section, values in change.items():
            result[section] = {**result.get(section, {}), **values}
    return result


def _steps(stage: str, seconds: float) -> Settings:
    return {stage: {"steps": max(1, round(STEPS_PER_SECOND[stage] * seconds))}}


def _trained(
    coarse: Image, rgb: Image, budget: Budget, parts: list[tuple[Settings, float]]
) -> Image:
    """Train in one run folder, part after part, each with its settings and its time.

    A later part goes on where the earlier one had to stop, which is then its first stage's end.
    """
    import numpy as np

    from tfpaintsep.images.element_stack import ElementStack
    from tfpaintsep.images.painting import Photograph
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.superresolution.config import SuperResolutionConfig
    from tfpaintsep.superresolution.painting import ScannedPainting
    from tfpaintsep.superresolution.pipeline import SuperResolutionRun

    names = tuple(f"map {number}" for number in range(1, coarse.shape[2] + 1))
    painting = ScannedPainting(
        ElementStack(np.asarray(coarse, np.float32), names),
        Photograph(np.asarray(rgb, np.float32)),
    )
    common: Settings = {"downsampling": {"scale": rgb.shape[0] // coarse.shape[0]}}
    with tempfile.TemporaryDirectory() as temporary:
        folder, done = RunFolder(Path(temporary)), 0
        for number, (settings, seconds) in enumerate(parts):
            change: Settings = {"training": {"seed": budget.seed, "seconds": seconds}}
            if number:
                change["pretraining"] = {"steps": done}
            config = SuperResolutionConfig.model_validate(_changed(settings, common, change))
            painting.check(config)
            budget.report(number / len(parts), f"step {done}")
            run = SuperResolutionRun(painting, config, folder)
            maps = run.compute()
            done = run.steps
            budget.report((number + 1) / len(parts), f"step {done}")
    return maps
