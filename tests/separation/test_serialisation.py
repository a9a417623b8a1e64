"""Layers and models come back from their configuration and from a .keras file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.config import LossConfig
from tfpaintsep.separation.lcista import LcistaIteration
from tfpaintsep.separation.network import LcistaAnalysis, SeparationNetwork
from tfpaintsep.separation.synthesis import ImageSynthesis, LinearSynthesis
from tfpaintsep.separation.training import EpochDecay, SeparationTrainer
from tfpaintsep.separation.wavelet import WaveletFrame

LAYERS = [
    WaveletFrame("db2"),
    LcistaIteration(
        channels=3,
        kernel=3,
        shrinkage="hard",
        threshold="channel",
        wavelet="db2",
        exclusion_prior=False,
        initialiser="ista",
        convolution="conv2d",
        seed=5,
    ),
    LcistaAnalysis(layers=2, weights="untied", seed=4, iteration={"channels": 3, "kernel": 3}),
    LinearSynthesis(channels=3, kernel=3, initialiser="ista", convolution="conv2d", seed=2),
    ImageSynthesis(kernel=3, width=4, initialiser="ista", seed=2),
]

VARIANTS: list[dict[str, Any]] = [
    {},
    {"weights": "untied", "threshold": "channel", "wavelet": "db2"},
    {"synthesis": "images", "initialiser": "ista"},
    {"weights": "untied", "synthesis": "images", "exclusion_prior": False},
    {"shrinkage": "hard", "convolution": "conv2d", "kernel": 3},
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_layer_returns_from_its_configuration(layer: keras.Layer) -> None:
    # Through the registered name and JSON types only, as a file would have it.
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(twin) is type(layer)
    assert twin.get_config() == layer.get_config()
    for one in (layer, twin):
        one.build(None)
    assert [w.shape for w in twin.weights] == [w.shape for w in layer.weights]
    for a, b in zip(twin.weights, layer.weights, strict=True):
        np.testing.assert_array_equal(a, b)  # the same seed, the same draw


@pytest.mark.parametrize("settings", VARIANTS, ids=lambda s: "-".join(map(str, s.values())))
def test_saved_network_gives_the_same_pixels(
    settings: dict[str, Any],
    tmp_path: Path,
    make_images: Callable,
    make_network: Callable[..., SeparationNetwork],
) -> None:
    network, images = make_network(seed=3, **settings), make_images()
    rng = np.random.default_rng(1)
    for weight in network.weights:  # away from the initial values, as if trained
        weight.assign(weight + 0.01 * rng.normal(size=weight.shape))
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    assert type(loaded) is SeparationNetwork
    assert (loaded.config, loaded.seed) == (network.config, 3)
    assert len(loaded.trainable_weights) == len(network.trainable_weights)
    expected = network(images)
    for name, value in loaded(images).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_network_refuses_an_unknown_setting() -> None:
    config = SeparationNetwork().get_config()
    config["config"]["depth"] = 3
    with pytest.raises(ValueError, match="depth"):
        SeparationNetwork.from_config(config)


def test_weights_do_not_move_between_networks_of_different_shape(
    tmp_path: Path, make_network: Callable[..., SeparationNetwork]
) -> None:
    make_network(channels=6).save_weights(tmp_path / "w.weights.h5")
    with pytest.raises(ValueError):
        make_network(channels=7).load_weights(tmp_path / "w.weights.h5")


def test_optimizer_returns_with_its_schedule() -> None:
    optimizer = keras.optimizers.SGD(EpochDecay(1e-3, 40, 7))
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(optimizer))
    twin.iterations.assign(300)
    assert float(twin.learning_rate) == pytest.approx(1e-3 * 10 ** (-42 / 40))


def test_trainer_returns_from_its_configuration(
    make_network: Callable[..., SeparationNetwork],
) -> None:
    trainer = SeparationTrainer(make_network(seed=4), LossConfig(eta2=3))
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(trainer))
    assert type(twin) is SeparationTrainer
    assert twin.loss_config == trainer.loss_config
    assert twin.network.get_config() == trainer.network.get_config()


def test_network_traces_once_for_every_size(
    make_images: Callable, make_network: Callable[..., SeparationNetwork]
) -> None:
    network = make_network()
    spec = {
        name: tf.TensorSpec([None, None, None, channels], tf.float32)
        for name, channels in (("xray", 1), ("rgb", 3), ("init", 1))
    }
    compiled = tf.function(network, input_signature=[spec])
    for shape in ((9, 14, 1), (20, 8, 3)):
        images = make_images(*shape)
        expected = network(images)
        for name, value in compiled(images).items():
            np.testing.assert_allclose(value, expected[name], atol=1e-5)
    assert compiled.experimental_get_tracing_count() == 1
