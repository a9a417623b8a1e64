"""The trainings whose distribution is measured, each ready for `compiled_steps`."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tfpaintsep.cli.configuration import load_configuration
from tfpaintsep.separation.config import SeparationConfig
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.sampling import PatchSampler
from tfpaintsep.separation.start import Start, guess_image
from tfpaintsep.separation.training import METRICS, SeparationTrainer, make_optimizer
from tfpaintsep.simulation import SimulatedPainting
from tfpaintsep.superresolution.config import SuperResolutionConfig
from tfpaintsep.superresolution.one_scale_down import fit_enlargement
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.scaling import MapScaling
from tfpaintsep.superresolution.stages import Stage, adversarial_stage, pretraining_stage
from tfpaintsep.training.loop import Sampler
from tfpaintsep.training.strategies import shared_memory
from tfpaintsep.training.workers import Workers


class Case(NamedTuple):
    """A training, built under a strategy.

    Attributes:
        trainer: Has `train_step`, and all weights that it trains.
        sampler: Gives each replica its share.
        metrics: Names of what a step reports.
    """

    trainer: Any
    sampler: Sampler
    metrics: tuple[str, ...]


Build = Callable[[SimulatedPainting, Workers], Case]


def separation(preset: str, *settings: str) -> Build:
    """The separation by a preset."""

    def build(painting: SimulatedPainting, workers: Workers) -> Case:
        config = load_configuration(SeparationConfig, "separation", preset, settings=settings)
        xray = (painting.mixture / 65535).astype(np.float32)
        init = guess_image(Start(), xray, painting.rgb)  # a step takes as long from any start
        with shared_memory(workers.strategy):
            sampler = PatchSampler(xray, painting.rgb, init, config.training)
        with workers.strategy.scope():
            network = SeparationNetwork(config.network)
            network.build()
            trainer = SeparationTrainer(network, config.loss, config.training.clip_norm)
            trainer.optimizer = make_optimizer(config.training, sampler.steps_per_epoch)
            trainer.optimizer.build(network.trainable_variables)
        return Case(trainer, sampler, METRICS)

    return build


def pretraining(preset: str, *settings: str) -> Build:
    """The super-resolution's first stage by a preset."""
    return lambda painting, workers: _stage(preset, settings, painting, workers, second=False)


def adversarial(preset: str, *settings: str) -> Build:
    """The super-resolution's second stage by a preset."""
    # A step is the same whatever the last layer was fitted to.
    settings = (*settings, "switch.iterations=0")
    return lambda painting, workers: _stage(preset, settings, painting, workers, second=True)


def _stage(
    preset: str,
    settings: tuple[str, ...],
    painting: SimulatedPainting,
    workers: Workers,
    *,
    second: bool,
) -> Case:
    config = load_configuration(SuperResolutionConfig, "superresolution", preset, settings=settings)
    maps = painting.maps.values
    scaled = MapScaling.of(maps, config.scaling.headroom).scale(maps)
    enlargement, displacement = fit_enlargement(config, scaled, painting.rgb)
    with shared_memory(workers.strategy):
        pair = Pair(scaled, painting.rgb, enlargement)
    with tempfile.TemporaryDirectory() as empty, workers.strategy.scope():
        folder = Path(empty)
        stage: Stage = pretraining_stage(pair, config, folder, displacement or 0.0, workers)
        if second:
            stage = adversarial_stage(stage.network, pair, config, folder, workers)
    return Case(stage.trainer, stage.sampler, stage.metric_names)
