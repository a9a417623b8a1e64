"""The two training stages: what a step does, and that a resumed run is the same run."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.config import (
    AdversarialConfig,
    DownsamplingConfig,
    LossConfig,
    PretrainingConfig,
)
from tfpaintsep.superresolution.discriminator import PatchDiscriminator
from tfpaintsep.superresolution.losses import reconstruction_loss
from tfpaintsep.superresolution.network import SigmoidListaNetwork
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.patches import AdversarialSampler, cut_patches
from tfpaintsep.superresolution.sampling import PretrainingSampler, split_batch
from tfpaintsep.superresolution.training import (
    ADVERSARIAL_METRICS,
    PRETRAINING_METRICS,
    AdversarialTrainer,
    Pretrainer,
    make_optimizer,
)
from tfpaintsep.training.checkpoints import Checkpoints
from tfpaintsep.training.loop import Sampler, train

MakePair = Callable[..., Pair]
MakeGenerator = Callable[..., SigmoidListaNetwork]
Advance = Callable[..., list[dict[str, tf.Tensor]]]
MEASUREMENT = DownsamplingConfig()
BLOCKS = PretrainingConfig(sampling="blocks", batch=64)
CROPS = AdversarialConfig(sampling="crops", patch=16, batch=6)


def pretrainer_of(
    network: SigmoidListaNetwork, rate: float = 1e-3, clip: float | None = 1.0
) -> Pretrainer:
    trainer = Pretrainer(network, MEASUREMENT, LossConfig(), clip)
    trainer.compile(optimizer=keras.optimizers.Adam(rate))
    trainer.optimizer.build(network.trainable_variables)
    return trainer


def adversary_of(
    network: SigmoidListaNetwork, loss: LossConfig | None = None, rates: tuple = (1e-3, 1e-3)
) -> AdversarialTrainer:
    discriminator = PatchDiscriminator()
    discriminator.build()
    trainer = AdversarialTrainer(network, discriminator, MEASUREMENT, loss or LossConfig(), 16)
    trainer.compile(*map(keras.optimizers.Adam, rates))
    return trainer


@pytest.mark.parametrize("augmented", ["none", "consistency", "wald"])
def test_a_pretraining_step_lowers_the_loss_and_says_what_it_was(
    augmented: str, make_pair: MakePair, make_generator: MakeGenerator
) -> None:
    pair, network = make_pair(), make_generator(pretraining=True)
    sampler = PretrainingSampler(pair, PretrainingConfig(augmented=augmented), 0)
    batch = sampler.batch(tf.constant(0), tf.constant(0), 1)
    parts = [
        reconstruction_loss(part, network(part), pair.downsampling, LossConfig())
        for part in split_batch(batch)
    ]
    trainer = pretrainer_of(network)
    metrics = trainer.train_step(batch)
    assert tuple(metrics) == PRETRAINING_METRICS
    np.testing.assert_allclose(metrics["loss"], sum(p["loss"] for p in parts), rtol=1e-5)
    np.testing.assert_allclose(metrics["loss/xrf"], parts[0]["xrf"], rtol=1e-5)
    np.testing.assert_allclose(metrics["loss/rgb"], parts[0]["rgb"], rtol=1e-5)
    others = sum(part["loss"] for part in parts[1:])
    np.testing.assert_allclose(metrics["loss/augmented"], others, atol=1e-7)
    assert float(metrics["learning_rate"]) == pytest.approx(1e-3)
    assert float(metrics["gradient_norm"]) > 0
    assert float(trainer.train_step(batch)["loss"]) < float(metrics["loss"])


def test_clip_holds_after_every_step(
    make_pair: MakePair, make_generator: MakeGenerator, advance: Advance
) -> None:
    sampler = PretrainingSampler(make_pair(), BLOCKS, 0)
    network = make_generator(pretraining=True)
    trainer = pretrainer_of(network, rate=0.5)
    for step in range(5):
        advance(trainer, sampler, 1, step)
        sizes = [float(np.abs(raw).max()) for raw in network.matrices()]
        assert max(sizes) <= 1
    assert max(sizes) == 1  # there was something to clip
    lambdas = [w for w in network.trainable_variables if w.name == "lambda"]
    assert len(lambdas) == 4
    assert max(float(np.abs(w).max()) for w in lambdas) > 1  # no matrices
    free = make_generator(pretraining=True)
    advance(pretrainer_of(free, rate=0.5, clip=None), sampler, 5)
    assert max(float(np.abs(raw).max()) for raw in free.matrices()) > 1


@pytest.mark.parametrize("settings", [CROPS, CROPS.model_copy(update={"sampling": "image"})])
@pytest.mark.parametrize("filtered", [True, False])
def test_an_adversarial_step_says_what_it_was(
    settings: AdversarialConfig,
    filtered: bool,
    make_pair: MakePair,
    make_generator: MakeGenerator,
) -> None:
    pair, network = make_pair(), make_generator()
    loss = LossConfig(alpha2=0.5, misclassified_only=filtered)
    trainer = adversary_of(network, loss)
    batch = AdversarialSampler(pair, settings, 0).batch(tf.constant(0), tf.constant(0), 1)
    outputs = network(batch)
    terms = reconstruction_loss(batch, outputs, pair.downsampling, loss)
    projected = pair.downsampling.project(outputs["maps"], batch["xrf"])
    patches = cut_patches(projected, batch["places"], batch["flips"], 16)
    fake, real = (trainer.discriminator(p).numpy() for p in (patches, batch["real"]))

    def mean(values: np.ndarray, wrong: np.ndarray) -> float:
        return values[wrong].mean() if filtered else values.mean()

    adversarial = mean((fake - 1) ** 2, fake < 1)
    metrics = trainer.train_step(batch)
    assert tuple(metrics) == ADVERSARIAL_METRICS
    np.testing.assert_allclose(metrics["loss/adversarial"], adversarial, rtol=1e-4)
    np.testing.assert_allclose(metrics["loss"], terms["loss"] + 0.5 * adversarial, rtol=1e-4)
    expected = mean((fake + 1) ** 2, fake > -1) + mean((real - 1) ** 2, real < 1)
    np.testing.assert_allclose(metrics["loss/discriminator"], expected, rtol=1e-4)
    np.testing.assert_allclose(metrics["misclassified/generator"], np.mean(fake < 1))
    np.testing.assert_allclose(metrics["misclassified/reconstructed"], np.mean(fake > -1))
    np.testing.assert_allclose(metrics["misclassified/real"], np.mean(real < 1))


def test_each_optimizer_moves_its_own_network(
    make_pair: MakePair, make_generator: MakeGenerator
) -> None:
    batch = AdversarialSampler(make_pair(), CROPS, 0).batch(tf.constant(0), tf.constant(0), 1)
    for still in ("network", "discriminator"):
        trainer = adversary_of(make_generator())
        optimizer = "optimizer" if still == "network" else "discriminator_optimizer"
        getattr(trainer, optimizer).learning_rate = 0.0
        before = [w.numpy() for w in trainer.trainable_variables]
        trainer.train_step(batch)
        own = {w.path for w in getattr(trainer, still).trainable_variables}
        for weight, value in zip(trainer.trainable_variables, before, strict=True):
            assert np.array_equal(weight, value) is (weight.path in own), weight.path


def test_the_two_play_against_each_other(
    make_pair: MakePair, make_generator: MakeGenerator, advance: Advance
) -> None:
    sampler = AdversarialSampler(make_pair(), CROPS, 0)

    def course(trainer: AdversarialTrainer, name: str) -> tuple[float, float]:
        values = [float(metrics[name]) for metrics in advance(trainer, sampler, 60)]
        return float(np.mean(values[:3])), float(np.mean(values[-10:]))

    # The discriminator alone learns to tell, ...
    trainer = adversary_of(make_generator(), rates=(1e-9, 1e-2))
    first, last = course(trainer, "loss/discriminator")
    assert last < 0.7 * first
    # ... and the generator, were it for the adversary alone, learns to deceive it.
    loss = LossConfig(alpha1=0, alpha2=10)
    deceiver = adversary_of(make_generator(), loss, rates=(3e-2, 1e-9))
    deceiver.discriminator.set_weights(trainer.discriminator.get_weights())
    first, last = course(deceiver, "loss/adversarial")
    assert last < first / 2


def test_a_discriminator_that_is_never_wrong_stops_nothing(
    make_pair: MakePair, make_generator: MakeGenerator, advance: Advance
) -> None:
    trainer = adversary_of(make_generator())
    trainer.discriminator.third.kernel.assign(tf.zeros_like(trainer.discriminator.third.kernel))
    trainer.discriminator.third.bias.assign([2.0])  # all are real: the generator has won
    metrics = advance(trainer, AdversarialSampler(make_pair(), CROPS, 0), 1)[0]
    assert float(metrics["loss/adversarial"]) == 0
    assert float(metrics["misclassified/generator"]) == 0
    assert float(metrics["misclassified/reconstructed"]) == 1
    assert all(np.isfinite(value) for value in metrics.values())
    assert all(np.isfinite(weight).all() for weight in trainer.trainable_variables)


def test_projected_output_of_a_trainer(make_pair: MakePair, make_generator: MakeGenerator) -> None:
    pair = make_pair()
    for trainer in (
        pretrainer_of(make_generator(pretraining=True)),
        adversary_of(make_generator()),
    ):
        maps = trainer(pair.images)
        np.testing.assert_allclose(pair.downsampling.down(maps), pair.images["xrf"], atol=1e-6)


def test_optimizers() -> None:
    constant, cosine = make_optimizer(0.1, "constant", 10), make_optimizer(0.1, "cosine", 10)
    assert float(constant.learning_rate) == pytest.approx(0.1)
    rates = [float(cosine._learning_rate(step)) for step in (0, 5, 10)]
    np.testing.assert_allclose(rates, [0.1, 0.0505, 0.001], rtol=1e-4)


def test_resumed_stages_end_as_uninterrupted_ones(
    tmp_path: Path, make_pair: MakePair, make_generator: MakeGenerator
) -> None:
    pair = make_pair()

    def run(folder: Path, stage: str, steps: int) -> list[np.ndarray]:
        if stage == "pretraining":
            trainer: keras.Model = pretrainer_of(make_generator(pretraining=True))
            sampler: Sampler = PretrainingSampler(pair, BLOCKS, 0)
            names: tuple[str, ...] = PRETRAINING_METRICS
            optimizers = {"optimizer": trainer.optimizer}
        else:
            trainer = adversary_of(make_generator(), LossConfig(alpha2=0.1))
            sampler, names = AdversarialSampler(pair, CROPS, 0), ADVERSARIAL_METRICS
            optimizers = {
                "optimizer": trainer.optimizer,
                "discriminator_optimizer": trainer.discriminator_optimizer,
            }
        checkpoints = Checkpoints(folder, trainer, optimizers)
        checkpoints.restore()
        train(
            trainer,
            sampler,
            checkpoints,
            metric_names=names,
            steps=steps,
            steps_per_call=2,
        )
        state = [w for optimizer in optimizers.values() for w in optimizer.variables]
        return [w.numpy() for w in [*trainer.trainable_variables, *state]]

    for stage in ("pretraining", "adversarial"):
        whole = run(tmp_path / stage / "whole", stage, 6)
        run(tmp_path / stage / "parts", stage, 4)
        parts = run(tmp_path / stage / "parts", stage, 6)
        for a, b in zip(whole, parts, strict=True):
            np.testing.assert_array_equal(a, b)
