"""From the first stage to the second: no jump, neither at once nor in the steps that follow."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.config import (
    LossConfig,
    StageSwitchConfig,
    SuperResolutionConfig,
)
from tfpaintsep.superresolution.losses import reconstruction_loss
from tfpaintsep.superresolution.network import SigmoidListaNetwork
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.stages import adversarial_stage, pretraining_stage
from tfpaintsep.superresolution.switch import carry_over

MakePair = Callable[..., Pair]
MakeGenerator = Callable[..., SigmoidListaNetwork]
Advance = Callable[..., list[dict[str, tf.Tensor]]]


def config_of(initialiser: str, channels: int, steps: int, rate: float) -> SuperResolutionConfig:
    """Blocks in pretraining, then the whole image and the paper's rates."""
    return SuperResolutionConfig.model_validate(
        {
            "generator": {"initialiser": initialiser, "channels": channels, "iterations": 3},
            "pretraining": {
                **{"steps": steps, "learning_rate": rate},
                **{"sampling": "blocks", "batch": 64},
            },
            "switch": {"pixels": 1600},
            "adversarial": {"batch": 4, "steps": 10},
        }
    )


@pytest.fixture
def pretrained(make_pair: MakePair, advance: Advance, tmp_path: Path) -> SigmoidListaNetwork:
    stage = pretraining_stage(make_pair(), config_of("glorot", 24, 600, 2e-2), tmp_path)
    advance(stage.trainer, stage.sampler, 600)
    return stage.network


@pytest.mark.parametrize("operator", ["mean", "decimate"])
def test_stage_switch_is_no_jump(
    operator: str, make_pair: MakePair, pretrained: SigmoidListaNetwork
) -> None:
    pair = make_pair(operator=operator)
    network, before, affine, fitted = carry_over(
        pretrained, pair, LossConfig(), StageSwitchConfig(pixels=1600)
    )
    assert network.final_sigmoid
    assert fitted < 1.05 * before
    # What the two parts of the switch save: a bare sigmoid is hopeless, the affine start bad.
    bare = SigmoidListaNetwork(pretrained.config, 3)
    bare.build()
    bare.set_weights(pretrained.get_weights())
    loss = reconstruction_loss(pair.images, bare(pair.images), pair.downsampling, LossConfig())
    assert affine < float(loss["loss"]) / 10
    assert affine > 2 * before
    # On all the pixels, not only those it was fitted to.
    own, new = (
        reconstruction_loss(pair.images, one(pair.images), pair.downsampling, LossConfig())["loss"]
        for one in (pretrained, network)
    )
    assert float(new) < 1.05 * float(own)
    # Only the last layer has moved, and D is still a square with gradients everywhere.
    for old, new in zip(pretrained.iterations, network.iterations, strict=True):
        for a, b in zip(old.weights, new.weights, strict=True):
            np.testing.assert_array_equal(a, b)
            assert a is not b
    assert np.all(np.abs(network.reconstruction.D.raw) > 0)


@pytest.mark.parametrize(
    ("initialiser", "steps", "rate"),
    [("uniform", 60, 1e-3), ("glorot", 60, 1e-3), ("steep", 60, 2e-2), ("steep", 400, 2e-2)],
)
def test_adversarial_stage_begins_where_pretraining_ended(
    initialiser: str, steps: int, rate: float, make_pair: MakePair, advance: Advance, tmp_path: Path
) -> None:
    # A short pretraining leaves codes that are nearly the same; coefficients that cancel each
    # other would fit best, and be spoilt by the first step of Adam.
    pair, config = make_pair(bands=6), config_of(initialiser, 48, steps, rate)
    first = pretraining_stage(pair, config, tmp_path)
    advance(first.trainer, first.sampler, steps)

    def loss(network: SigmoidListaNetwork) -> float:
        terms = reconstruction_loss(
            pair.images, network(pair.images), pair.downsampling, config.loss
        )
        return float(terms["loss"])

    second = adversarial_stage(first.network, pair, config, tmp_path)
    before, fitted = loss(first.network), loss(second.network)
    metrics = advance(second.trainer, second.sampler, 10)
    losses = [float(step["loss"]) for step in metrics] + [loss(second.network)]
    assert fitted < 1.05 * before
    assert max(losses) < 1.2 * before
    assert max(losses) < 1.2 * fitted


def test_affine_start_is_the_sigmoid_that_meets_the_identity(
    make_pair: MakePair, pretrained: SigmoidListaNetwork
) -> None:
    pair = make_pair()
    settings = StageSwitchConfig(iterations=0)
    switch = carry_over(pretrained, pair, LossConfig(), settings)
    assert switch.fitted == switch.affine
    t = pretrained(pair.images)["maps"].numpy()
    expected = 1 / (1 + np.exp(-4 * (t - 0.5)))
    np.testing.assert_allclose(switch.network(pair.images)["maps"], expected, atol=1e-5)


def test_stage_switch_keeps_the_blocks(make_pair: MakePair, make_generator: MakeGenerator) -> None:
    network = make_generator(pretraining=True, common=4, unique_xrf=3, unique_rgb=3)
    switch = carry_over(network, make_pair(), LossConfig(), StageSwitchConfig(pixels=800))
    d = switch.network.reconstruction.D
    np.testing.assert_array_equal(d.matrix.numpy() == 0, d.mask == 0)
    assert np.isfinite(switch.fitted)


def test_without_a_final_sigmoid_the_switch_copies(
    make_pair: MakePair, make_generator: MakeGenerator
) -> None:
    network = make_generator(final_sigmoid=False)
    switch = carry_over(network, make_pair(), LossConfig(), StageSwitchConfig())
    assert switch.pretrained == switch.affine == switch.fitted
    assert switch.network is not network
    for a, b in zip(network.weights, switch.network.weights, strict=True):
        np.testing.assert_array_equal(a, b)
