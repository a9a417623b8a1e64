"""Training the separation network on one painting.

Reference: Pu et al. 2022, section III-C.
"""

from typing import Any

import keras
import tensorflow as tf

from tfpaintsep.training.replicas import update

from .config import LossConfig, TrainingConfig
from .losses import composite_loss
from .network import SeparationNetwork

METRICS = ("loss", "loss/xray", "loss/rgb", "loss/exclusion", "gradient_norm", "learning_rate")
SCALARS = (
    *("lambda1", "lambda2", "tau1", "tau2", "gamma"),
    *("mu_LL", "mu_LH", "mu_HL", "mu_HH"),
)


@keras.saving.register_keras_serializable(package="tfpaintsep")
class EpochDecay(keras.optimizers.schedules.LearningRateSchedule):
    """lr = initial * 10^(-ep / decay_epochs), ep the number of the epoch (section III-C).

    Args:
        initial: Learning rate of the first epoch; 1e-3 in the paper.
        decay_epochs: Epochs to a tenth; 40 in the paper.
        steps_per_epoch: Steps in an epoch.
    """

    def __init__(self, initial: float, decay_epochs: float, steps_per_epoch: int) -> None:
        self.initial = initial
        self.decay_epochs = decay_epochs
        self.steps_per_epoch = steps_per_epoch

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """The learning rate of a step."""
        epoch = tf.floor(tf.cast(step, tf.float32) / self.steps_per_epoch)
        return self.initial * tf.pow(10.0, -epoch / self.decay_epochs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return dict(vars(self))


def make_optimizer(config: TrainingConfig, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The optimizer and its schedule."""
    if config.schedule == "exponential":
        rate: Any = EpochDecay(config.learning_rate, config.decay_epochs, steps_per_epoch)
    else:
        rate = keras.optimizers.schedules.CosineDecay(
            config.learning_rate, config.epochs * steps_per_epoch, alpha=0.01
        )
    return (keras.optimizers.SGD if config.optimizer == "sgd" else keras.optimizers.Adam)(rate)


@keras.saving.register_keras_serializable(package="tfpaintsep")
class SeparationTrainer(keras.Model):
    """The network with its loss: one `train_step` holds all the mathematics of training.

    Args:
        network: The separation network, built.
        loss: The composite loss's configuration (or its dictionary, when deserialised).
        clip_norm: Largest norm of the whole gradient.
    """

    def __init__(
        self,
        network: SeparationNetwork,
        loss: LossConfig | dict[str, Any],
        clip_norm: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.network = network
        self.loss_config = LossConfig.model_validate(loss)
        self.clip_norm = clip_norm

    def call(self, inputs: dict[str, tf.Tensor], training: bool = False) -> dict[str, tf.Tensor]:
        """Apply the network."""
        return self.network(inputs, training=training)

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One update of the weights.

        Args:
            batch: One replica's "xray", "rgb" and "init"; and "weight", as in `Share`, unless
                all shares are of one size.

        Returns:
            The terms of the loss, weighted, so that their means over replicas are global; the
            gradient's norm before clipping, and the learning rate.
        """
        rate = tf.convert_to_tensor(self.optimizer.learning_rate)
        with tf.GradientTape() as tape:
            outputs = self.network(batch, training=True)
            with tf.name_scope("loss"):
                losses = composite_loss(batch, outputs, self.loss_config)
            losses = {name: batch.get("weight", 1.0) * loss for name, loss in losses.items()}
        norm = update(
            *(self.optimizer, tape, losses["loss"]),
            *(self.network.trainable_variables, self.clip_norm),
        )
        named = {"loss": losses["loss"]}
        named |= {f"loss/{name}": losses[name] for name in ("xray", "rgb", "exclusion")}
        return {**named, "gradient_norm": norm, "learning_rate": rate}

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor, the network in serialised form."""
        return {
            "network": keras.saving.serialize_keras_object(self.network),
            "loss": self.loss_config.model_dump(),
            "clip_norm": self.clip_norm,
            "name": self.name,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> "SeparationTrainer":
        """Build the trainer anew."""
        network = keras.saving.deserialize_keras_object(config["network"], custom_objects)
        return cls(**{**config, "network": network})


def learned_scalars(network: SeparationNetwork) -> dict[str, float]:
    """The scalars of (11), by name; with untied weights, those of each layer."""
    iterations = network.analysis.iterations
    if len(iterations) == 1:
        return {f"scalars/{name}": float(v) for name, v in iterations[0].scalars().items()}
    return {
        f"scalars/{name}_{index + 1}": float(value)
        for index, iteration in enumerate(iterations)
        for name, value in iteration.scalars().items()
    }
