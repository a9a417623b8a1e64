"""Layers and models come back from their configuration and from a .keras file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.config import DownsamplingConfig, LossConfig
from tfpaintsep.superresolution.discriminator import PatchDiscriminator
from tfpaintsep.superresolution.lista import (
    PixelMatrix,
    SigmoidListaIteration,
    SigmoidListaReconstruction,
)
from tfpaintsep.superresolution.network import SigmoidListaNetwork
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.training import AdversarialTrainer, Pretrainer

LAYERS = [
    PixelMatrix(5, 6, "S", True, (3, 2, 1), 2, "glorot", 7),
    SigmoidListaIteration(6, 2, 3, False, True, (3, 2, 1), "glorot", 5),
    SigmoidListaIteration(6, 2, first=True),
    SigmoidListaIteration(6, 2, initialiser="steep", seed=3),
    SigmoidListaReconstruction(6, 2, 3, False, (3, 2, 1), "glorot", 5),
]

VARIANTS: list[dict[str, Any]] = [
    {},
    {"pretraining": True, "squared": "all", "initialiser": "uniform"},
    {"common": 5, "unique_xrf": 3, "unique_rgb": 2},
    {"residual": True, "final_sigmoid": False, "initialiser": "steep"},
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_layer_returns_from_its_configuration(layer: keras.Layer) -> None:
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(twin) is type(layer)
    assert twin.get_config() == layer.get_config()
    for one in (layer, twin):
        one.build()
    for a, b in zip(twin.weights, layer.weights, strict=True):
        np.testing.assert_array_equal(a, b)  # the same seed, the same draw


@pytest.mark.parametrize("settings", VARIANTS)
def test_saved_generator_gives_the_same_pixels(
    settings: dict[str, Any],
    tmp_path: Path,
    make_pair: Callable[..., Pair],
    make_generator: Callable[..., SigmoidListaNetwork],
    rng: np.random.Generator,
) -> None:
    network, images = make_generator(seed=3, **settings), make_pair().images
    for weight in network.weights:  # away from the initial values, as if trained
        weight.assign(weight + 0.1 * rng.normal(size=weight.shape))
    network.save(tmp_path / "generator.keras")
    loaded = keras.saving.load_model(tmp_path / "generator.keras", safe_mode=True)
    assert type(loaded) is SigmoidListaNetwork
    assert loaded.get_config() == network.get_config()
    expected = network(images)
    for name, value in loaded(images).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_saved_discriminator_gives_the_same_judgements(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    discriminator = PatchDiscriminator(seed=4)
    discriminator.build()
    for weight in discriminator.weights:
        weight.assign(weight + 0.1 * rng.normal(size=weight.shape))
    discriminator.save(tmp_path / "discriminator.keras")
    loaded = keras.saving.load_model(tmp_path / "discriminator.keras", safe_mode=True)
    patches = tf.constant(rng.random((2, 32, 32, 1)), tf.float32)
    np.testing.assert_array_equal(loaded(patches), discriminator(patches))


def test_trainers_return_from_their_configuration(
    make_generator: Callable[..., SigmoidListaNetwork],
) -> None:
    measurement, loss = DownsamplingConfig(scale=3, operator="decimate"), LossConfig(alpha2=3)
    pretrainer = Pretrainer(make_generator(pretraining=True), measurement, loss, None)
    adversary = AdversarialTrainer(make_generator(), PatchDiscriminator(5), measurement, loss, 24)
    for trainer in (pretrainer, adversary):
        twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(trainer))
        assert type(twin) is type(trainer)
        assert twin.get_config() == trainer.get_config()
        assert twin.downsampling == trainer.downsampling
        assert twin.loss_config == loss


def test_generator_refuses_an_unknown_setting() -> None:
    config = SigmoidListaNetwork().get_config()
    config["config"]["depth"] = 3
    with pytest.raises(ValueError, match="depth"):
        SigmoidListaNetwork.from_config(config)
