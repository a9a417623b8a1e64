"""One step of training: schedule, descent, what is trainable, and several replicas."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.config import LossConfig, TrainingConfig
from tfpaintsep.separation.losses import composite_loss
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.training import (
    METRICS,
    EpochDecay,
    SeparationTrainer,
    learned_scalars,
    make_optimizer,
)

Images = dict[str, tf.Tensor]
MakeTrainer = Callable[..., SeparationTrainer]


@pytest.fixture
def make_trainer(make_network: Callable[..., SeparationNetwork]) -> MakeTrainer:
    def make(
        optimizer: keras.optimizers.Optimizer | None = None,
        loss: LossConfig | None = None,
        **settings: object,
    ) -> SeparationTrainer:
        network = make_network(**{"initialiser": "ista", **settings})
        trainer = SeparationTrainer(network, loss or LossConfig())
        trainer.compile(optimizer=optimizer or keras.optimizers.SGD(1e-3))
        trainer.optimizer.build(network.trainable_variables)
        return trainer

    return make


@pytest.mark.parametrize(("epoch", "expected"), [(0, 1e-3), (40, 1e-4), (80, 1e-5), (20, 10**-3.5)])
def test_learning_rate_is_the_papers(epoch: int, expected: float) -> None:
    steps = 7
    schedule = make_optimizer(TrainingConfig(), steps)._learning_rate
    assert isinstance(schedule, EpochDecay)
    # Constant within an epoch, from its first step to its last.
    for step in (epoch * steps, epoch * steps + steps - 1):
        np.testing.assert_allclose(schedule(tf.constant(step)), expected, rtol=1e-5)


def test_cosine_schedule_and_optimizers() -> None:
    adam = TrainingConfig(optimizer="adam", schedule="cosine", epochs=5, learning_rate=0.1)
    optimizer = make_optimizer(adam, 10)
    assert isinstance(optimizer, keras.optimizers.Adam)
    rates = [float(optimizer._learning_rate(step)) for step in (0, 25, 50)]
    np.testing.assert_allclose(rates, [0.1, 0.0505, 0.001], rtol=1e-4)
    sgd = make_optimizer(TrainingConfig(), 10)
    assert isinstance(sgd, keras.optimizers.SGD)
    assert sgd.momentum == 0


@pytest.mark.parametrize(
    ("synthesis", "loss"),
    [
        ("codes", LossConfig()),
        ("images", LossConfig(exclusion="sigmoid", exclusion_on="x")),
    ],
)
def test_a_step_lowers_the_loss_and_says_what_it_was(
    synthesis: str, loss: LossConfig, make_images: Callable, make_trainer: MakeTrainer
) -> None:
    trainer, batch = make_trainer(loss=loss, synthesis=synthesis), make_images()
    before = composite_loss(batch, trainer.network(batch), loss)
    metrics = trainer.train_step(batch)
    assert tuple(metrics) == METRICS
    np.testing.assert_allclose(metrics["loss"], before["loss"], rtol=1e-5)
    np.testing.assert_allclose(metrics["loss/rgb"], before["rgb"], rtol=1e-5)
    assert float(metrics["learning_rate"]) == pytest.approx(1e-3)
    assert float(metrics["gradient_norm"]) > 0
    assert float(trainer.train_step(batch)["loss"]) < float(before["loss"])


@pytest.mark.parametrize("weights", ["tied", "untied"])
def test_every_weight_moves(weights: str, make_images: Callable, make_trainer: MakeTrainer) -> None:
    # Adam's first step has one length for every weight with any gradient at all.
    optimizer = keras.optimizers.Adam(1e-3, epsilon=1e-30)
    trainer = make_trainer(optimizer, weights=weights)
    variables = trainer.network.trainable_variables
    before = [v.numpy() for v in variables]
    trainer.train_step(make_images())
    still = [v.path for v, b in zip(variables, before, strict=True) if np.array_equal(v, b)]
    assert still == []


@pytest.mark.parametrize(
    ("settings", "constant"),
    [
        ({"shrinkage": "soft"}, []),
        ({"shrinkage": "hard"}, ["raw_lambda"]),
        ({"shrinkage": "none"}, ["raw_lambda"]),
        ({"exclusion_prior": False}, ["raw_mu"]),
    ],
)
def test_what_gets_no_gradient_is_not_trainable(
    settings: dict[str, object],
    constant: list[str],
    make_images: Callable,
    make_trainer: MakeTrainer,
) -> None:
    network, batch = make_trainer(**settings).network, make_images()
    assert [v.name for v in network.non_trainable_variables] == constant
    with tf.GradientTape() as tape:
        loss = composite_loss(batch, network(batch), LossConfig())["loss"]
    gradients = tape.gradient(loss, network.trainable_variables)
    assert all(gradient is not None for gradient in gradients)


def test_a_weight_outside_the_loss_stays_and_stops_nothing(
    make_images: Callable, make_trainer: MakeTrainer
) -> None:
    # With E on x and synthesis from the codes, nothing follows the last y.
    trainer = make_trainer(weights="untied", loss=LossConfig(exclusion_on="x"))
    last = trainer.network.analysis.iterations[-1]
    before = last.C.numpy()
    metrics = trainer.train_step(make_images())
    assert np.isfinite(metrics["gradient_norm"])
    np.testing.assert_array_equal(last.C, before)


def test_nan_shows_in_the_metrics_and_raises_nothing(
    make_images: Callable, make_trainer: MakeTrainer
) -> None:
    trainer, batch = make_trainer(), make_images()
    batch["rgb"] = tf.where(batch["rgb"] > 0.9, np.float32(np.nan), batch["rgb"])
    metrics = tf.function(trainer.train_step)(batch)
    assert np.isnan(metrics["loss"])
    assert np.isnan(metrics["loss/rgb"])
    assert not np.isfinite(metrics["gradient_norm"])
    assert np.isfinite(metrics["learning_rate"])


def test_learned_scalars_by_layer(make_trainer: MakeTrainer) -> None:
    tied = learned_scalars(make_trainer().network)
    assert len(tied) == 9
    assert tied["scalars/lambda1"] == pytest.approx(1e-4, rel=1e-3)
    assert tied["scalars/tau2"] == pytest.approx(-0.1)
    untied = learned_scalars(make_trainer(weights="untied").network)
    assert len(untied) == 27
    assert untied["scalars/mu_LH_3"] == pytest.approx(1e-3, rel=1e-3)
