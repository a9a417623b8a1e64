"""LCISTA as a user runs it, with any settings, within a budget.

Reference: Pu et al. 2022.
"""

import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tfpaintsep.configs import read_preset
from tfpaintsep.evaluation.methods import Budget, Image, Layers, Method, Separate
from tfpaintsep.images.painting import Photograph, Radiograph
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.separation.config import SeparationConfig
from tfpaintsep.separation.painting import Painting

SOURCE = "Pu et al. 2022"

Settings = Mapping[str, Any]
"""By "section.name" the value, as `--set` takes them."""


def lcista(
    settings: Settings,
    preset: str = "fast",
    *,
    name: str = "lcista",
    title: str = "LCISTA",
    source: str = SOURCE,
    note: str = "",
) -> Method[Separate]:
    """LCISTA with some settings of a preset changed.

    Args:
        settings: What is changed.
        preset: Name of the preset.
        name: Of the method, like all that follows.
        title: As in `Method`.
        source: As in `Method`.
        note: As in `Method`.
    """
    return Method(
        name=name,
        title=title,
        run=partial(train_and_separate, settings=dict(settings), preset=preset),
        source=source,
        learned=True,
        note=note,
    )


def configuration(preset: str, settings: Settings, budget: Budget) -> SeparationConfig:
    """The preset with its changes, the budget's seed and its limit to the time.

    Args:
        preset: Name of the preset.
        settings: What is changed.
        budget: Seconds of training and the seed.
    """
    content = read_preset("separation", preset)
    limits = {
        "training.seconds": budget.seconds,
        "training.seed": budget.seed,
        "training.steps_per_call": 1,  # a step takes about a second
        "training.checkpoint_seconds": 1e6,  # nobody resumes it
    }
    for path, value in {**settings, **limits}.items():
        section, _, name = path.partition(".")
        content.setdefault(section, {})[name] = value
    return SeparationConfig.model_validate(content)


def train_and_separate(
    xray: Image, rgb: Image, budget: Budget, *, settings: Settings, preset: str
) -> Layers:
    """Train on the painting, in a run folder of its own that is not kept, and separate it.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
        budget: Seconds of training, and the seed.
        settings: What is changed in the preset. With `start.kind` "given", the given image is
            what the regression on colour explains, as if all else belonged to the concealed
            design: it stands in for the image that a restorer would draw.
        preset: Name of the preset.

    Raises:
        InputError: If the image is smaller than the patches.
    """
    config = configuration(preset, settings, budget)
    painting = Painting(
        Radiograph(np.asarray(xray, np.float32), gain=1.0, stored_dtype=np.dtype(np.float32)),
        Photograph(np.asarray(rgb, np.float32)),
        _given_image(xray, rgb) if config.start.kind == "given" else None,
    )
    painting.check(config)

    from tfpaintsep.separation.pipeline import SeparationRun

    from .progress import BudgetObserver

    with tempfile.TemporaryDirectory() as temporary:
        run = SeparationRun(painting, config, RunFolder(Path(temporary)))
        run.observers = (BudgetObserver(budget, run.sampler.steps),)
        layers = run.compute()
    return Layers(layers.surface, layers.concealed)


def _given_image(xray: Image, rgb: Image) -> Image:
    from .colour_regression import explained_by_colour

    return explained_by_colour(xray, rgb)
