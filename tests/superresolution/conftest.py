"""A small scanned painting, and networks of few channels."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from tfpaintsep.superresolution.config import GeneratorConfig
from tfpaintsep.superresolution.network import SigmoidListaNetwork
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.projection import Downsampling, Operator
from tfpaintsep.training.loop import Sampler


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.fixture
def make_pair() -> Callable[..., Pair]:
    """Three maps that are smooth mixtures of a photograph's channels, downsampled."""

    def make(
        height: int = 12,
        width: int = 9,
        scale: int = 4,
        operator: Operator = "mean",
        bands: int = 3,
    ) -> Pair:
        rng = np.random.default_rng(5)
        size = (height * scale, width * scale)
        rgb = gaussian_filter(rng.random((*size, 3)), (2, 2, 0))
        rgb = (rgb - rgb.min()) / np.ptp(rgb)
        mixing = rng.dirichlet(np.ones(3), bands).T
        maps = 0.2 + 0.6 * (rgb @ mixing) ** 2
        downsampling = Downsampling(scale, operator)
        coarse = downsampling.down(tf.constant(maps[None], tf.float32))[0].numpy()
        return Pair(coarse, rgb.astype(np.float32), downsampling)

    return make


@pytest.fixture
def make_generator() -> Callable[..., SigmoidListaNetwork]:
    """A built generator of three maps; keywords are those of `GeneratorConfig`."""

    def make(
        seed: int = 0, bands: int = 3, pretraining: bool = False, **settings: object
    ) -> SigmoidListaNetwork:
        defaults = {"iterations": 3, "channels": 10, "initialiser": "glorot"}
        config = GeneratorConfig.model_validate({**defaults, **settings})
        final = False if pretraining else None
        network = SigmoidListaNetwork(config, bands, final_sigmoid=final, seed=seed)
        network.build()
        return network

    return make


@pytest.fixture
def advance() -> Callable[..., list[dict[str, tf.Tensor]]]:
    """`advance(trainer, sampler, steps, first)`: steps as the loop takes them, compiled."""

    def steps_of(
        trainer: keras.Model, sampler: Sampler, steps: int, first: int = 0
    ) -> list[dict[str, tf.Tensor]]:
        @tf.function
        def one(step: tf.Tensor) -> dict[str, tf.Tensor]:
            return trainer.train_step(sampler.batch(step, tf.constant(0), 1))

        return [one(tf.constant(step, tf.int64)) for step in range(first, first + steps)]

    return steps_of
