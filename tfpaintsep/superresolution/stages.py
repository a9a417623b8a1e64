"""The two stages of a run, each with all it needs to train and to be resumed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from tfpaintsep.training.checkpoints import Checkpoints
from tfpaintsep.training.loop import Compilation, Observer, Sampler, train
from tfpaintsep.training.strategies import shared_memory
from tfpaintsep.training.tensorboard import picture_stops
from tfpaintsep.training.workers import Workers

from .config import StageSwitchConfig, SuperResolutionConfig, TrainingConfig
from .discriminator import PatchDiscriminator
from .network import SigmoidListaNetwork
from .pair import Pair
from .patches import AdversarialSampler
from .sampling import PretrainingSampler
from .switch import carry_over
from .training import (
    ADVERSARIAL_METRICS,
    PRETRAINING_METRICS,
    AdversarialTrainer,
    Pretrainer,
    make_optimizer,
)

_AGAIN = "Start again in a new folder with a lower"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of the training, built.

    Attributes:
        title: What it is called.
        trainer: The model that is trained.
        sampler: Where its batches come from.
        checkpoints: Its state on disk.
        metric_names: Keys of the trainer's metrics.
        steps: Steps of this stage.
        earlier: Steps of the stages before.
        later: Steps of the stages after.
        remedy: What to do if it diverges.
        done: Steps of this stage that were done when the run was resumed.
    """

    title: str
    trainer: Pretrainer | AdversarialTrainer
    sampler: Sampler
    checkpoints: Checkpoints
    metric_names: tuple[str, ...]
    steps: int
    earlier: int = 0
    later: int = 0
    remedy: str
    done: int

    @property
    def network(self) -> SigmoidListaNetwork:
        """The generator."""
        return self.trainer.network

    @property
    def pictures(self) -> list[int]:
        """The steps, counted over all stages, after which pictures are logged."""
        return [self.earlier + step for step in picture_stops(self.steps)]

    def train(
        self,
        observers: Sequence[Observer],
        config: TrainingConfig,
        workers: Workers,
        seconds: float | None = None,
    ) -> int:
        """Train to this stage's end, as `tfpaintsep.training.loop.train` does."""
        return train(
            self.trainer,
            self.sampler,
            self.checkpoints,
            metric_names=self.metric_names,
            steps=self.steps,
            steps_per_call=config.steps_per_call,
            stops=picture_stops(self.steps),
            observers=observers,
            workers=workers,
            compilation=Compilation(config.mixed_precision, config.xla),
            earlier=self.earlier,
            later=self.later,
            seconds=seconds,
            advice=self.remedy,
        )


def pretraining_stage(
    pair: Pair,
    config: SuperResolutionConfig,
    checkpoints: Path,
    displacement: float = 0.0,
    workers: Workers | None = None,
) -> Stage:
    """Build the first stage, and go to its newest checkpoint if there is one.

    Args:
        pair: Maps and photograph, scaled.
        config: The complete configuration.
        checkpoints: The run's folder of checkpoints.
        displacement: How far the photograph is off, standard deviation in pixels.
        workers: Who trains.
    """
    c, bands = config.pretraining, pair.images["xrf"].shape[-1]
    network = SigmoidListaNetwork(
        config.generator, bands, final_sigmoid=False, seed=config.training.seed
    )
    network.build()
    trainer = Pretrainer(network, config.downsampling, config.loss, c.clip_weights)
    trainer.optimizer = make_optimizer(c.learning_rate, c.schedule, c.steps)
    trainer.optimizer.build(network.trainable_variables)
    state = Checkpoints(
        checkpoints / "pretraining",
        *(network, {"optimizer": trainer.optimizer}),
        *(config.training.checkpoint_seconds, workers),
    )
    with shared_memory(tf.distribute.get_strategy()):
        sampler = PretrainingSampler(pair, c, config.training.seed, displacement)
    return Stage(
        title="Pretraining",
        trainer=trainer,
        sampler=sampler,
        checkpoints=state,
        metric_names=PRETRAINING_METRICS,
        steps=c.steps,
        later=config.adversarial.steps,
        remedy=f"{_AGAIN} pretraining.learning_rate.",
        done=state.restore(),
    )


def adversarial_stage(
    pretrained: SigmoidListaNetwork,
    pair: Pair,
    config: SuperResolutionConfig,
    checkpoints: Path,
    workers: Workers | None = None,
) -> Stage:
    """Build the second stage from the first one's generator, or go to its newest checkpoint.

    Args:
        pretrained: The generator at the end of the first stage.
        pair: Maps and photograph, scaled.
        config: The complete configuration.
        checkpoints: The run's folder of checkpoints.
        workers: Who trains.
    """
    c, seed = config.adversarial, config.training.seed
    folder = checkpoints / "adversarial"
    workers = workers or Workers()
    resumed = bool(workers.chiefs(tf.train.latest_checkpoint(str(folder)) is not None))
    # What a checkpoint replaces need not be fitted first.
    switch = StageSwitchConfig(iterations=0) if resumed else config.switch
    network = carry_over(pretrained, pair, config.loss, switch, seed).network
    discriminator = PatchDiscriminator(seed=seed)
    discriminator.build()
    with shared_memory(tf.distribute.get_strategy()):
        sampler = AdversarialSampler(pair, c, seed)
    trainer = AdversarialTrainer(
        network, discriminator, config.downsampling, config.loss, sampler.patch
    )
    trainer.compile(
        make_optimizer(c.generator_rate, c.schedule, c.steps),
        make_optimizer(c.discriminator_rate, c.schedule, c.steps),
    )
    optimizers = {
        "optimizer": trainer.optimizer,
        "discriminator_optimizer": trainer.discriminator_optimizer,
    }
    state = Checkpoints(folder, trainer, optimizers, config.training.checkpoint_seconds, workers)
    return Stage(
        title="Adversarial stage",
        trainer=trainer,
        sampler=sampler,
        checkpoints=state,
        metric_names=ADVERSARIAL_METRICS,
        steps=c.steps,
        earlier=config.pretraining.steps,
        remedy=f"{_AGAIN} adversarial.generator_rate or adversarial.discriminator_rate.",
        done=state.restore(),
    )
