"""Small images and dictionaries for the separation's tests."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.config import NetworkConfig
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.solver import Dictionaries

Images = dict[str, tf.Tensor]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def make_images() -> Callable[..., Images]:
    """Random inputs of the network: "xray", "rgb" and "init", in [0, 1]."""

    def make(
        height: int = 16, width: int = 20, batch: int = 2, dtype: str = "float32", seed: int = 0
    ) -> Images:
        rng = np.random.default_rng(seed)
        return {
            name: tf.constant(rng.random((batch, height, width, channels)), dtype)
            for name, channels in (("xray", 1), ("rgb", 3), ("init", 1))
        }

    return make


@pytest.fixture
def make_network() -> Callable[..., SeparationNetwork]:
    """A built network with few channels; keywords are those of `NetworkConfig`."""

    def make(seed: int = 0, **settings: object) -> SeparationNetwork:
        config = NetworkConfig.model_validate({"channels": 6, "layers": 3, **settings})
        network = SeparationNetwork(config, seed=seed)
        network.build()
        return network

    return make


@pytest.fixture
def dictionaries(rng: np.random.Generator) -> Dictionaries:
    """Random Psi, Theta and Phi with norms near one, 6 atoms of 5 x 5."""
    psi = 0.1 * rng.normal(size=(5, 5, 1, 1))
    psi[2, 2] += 1
    return Dictionaries(
        psi=psi,
        theta=0.1 * rng.normal(size=(5, 5, 6, 1)),
        phi=0.2 * rng.normal(size=(5, 5, 1, 3)),
    )
