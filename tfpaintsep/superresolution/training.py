"""The two stages of training, each a model whose `train_step` holds all its mathematics.

Reference: Verinaz-Jadan et al., section III-A and IV-A.
"""

from typing import Any

import keras
import tensorflow as tf

from tfpaintsep.training.replicas import update

from .config import DownsamplingConfig, LossConfig
from .discriminator import PatchDiscriminator
from .losses import discriminator_loss, generator_adversarial_loss, reconstruction_loss
from .network import SigmoidListaNetwork
from .patches import cut_patches
from .projection import Downsampling
from .sampling import split_batch

PRETRAINING_METRICS = (
    *("loss", "loss/xrf", "loss/rgb", "loss/augmented"),
    *("gradient_norm", "learning_rate"),
)
ADVERSARIAL_METRICS = (
    *("loss", "loss/xrf", "loss/rgb", "loss/adversarial", "loss/discriminator"),
    *("misclassified/generator", "misclassified/reconstructed", "misclassified/real"),
    *("gradient_norm", "gradient_norm/discriminator", "learning_rate"),
)


def make_optimizer(rate: float, schedule: str, steps: int) -> keras.optimizers.Optimizer:
    """Adam, with a constant learning rate or one cosine to a hundredth of it."""
    if schedule == "cosine":
        return keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.01)
        )
    return keras.optimizers.Adam(rate)


class _Trainer(keras.Model):
    """What both stages share: the generator, U and the loss's weights."""

    def __init__(
        self,
        network: SigmoidListaNetwork,
        downsampling: DownsamplingConfig | dict[str, Any],
        loss: LossConfig | dict[str, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.network = network
        self.downsampling_config = DownsamplingConfig.model_validate(downsampling)
        self.downsampling = Downsampling(**self.downsampling_config.model_dump())
        self.loss_config = LossConfig.model_validate(loss)

    def call(self, inputs: dict[str, tf.Tensor], training: bool = False) -> tf.Tensor:
        """The projected maps, (n, s h, s w, B), from "xrf", "interpolated" and "rgb"."""
        outputs = self.network(inputs, training=training)
        return self.downsampling.project(outputs["maps"], inputs["xrf"])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor, the network in serialised form."""
        return {
            "network": keras.saving.serialize_keras_object(self.network),
            "downsampling": self.downsampling_config.model_dump(),
            "loss": self.loss_config.model_dump(),
            "name": self.name,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> "_Trainer":
        """Build the trainer anew."""
        models: dict[str, Any] = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in ("network", "discriminator")
            if name in config
        }
        return cls(**{**config, **models})


@keras.saving.register_keras_serializable(package="tfpaintsep")
class Pretrainer(_Trainer):
    """The first stage: (11) without its adversarial term, on one or both pairs.

    Args:
        network: The generator, built, without its last sigmoid.
        downsampling: U.
        loss: The loss's weights.
        clip_weights: Largest size of an entry of W, S and D before squaring; None for any.
    """

    def __init__(
        self,
        network: SigmoidListaNetwork,
        downsampling: DownsamplingConfig | dict[str, Any],
        loss: LossConfig | dict[str, Any],
        clip_weights: float | None = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(network, downsampling, loss, **kwargs)
        self.clip_weights = clip_weights

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One update of the weights.

        Args:
            batch: One replica's share, as from `PretrainingSampler`.

        Returns:
            The loss, its terms on the measured pair and the augmented pair's loss, weighted, so
            that their means over replicas are global; the gradient's norm and the learning rate.
        """
        rate = tf.convert_to_tensor(self.optimizer.learning_rate)
        with tf.GradientTape() as tape:
            losses = [self._weighted_loss(part) for part in split_batch(batch)]
            loss = tf.add_n([terms["loss"] for terms in losses])
        norm = update(self.optimizer, tape, loss, self.network.trainable_variables)
        self._clip()
        return {
            "loss": loss,
            "loss/xrf": losses[0]["xrf"],
            "loss/rgb": losses[0]["rgb"],
            "loss/augmented": loss - losses[0]["loss"],
            "gradient_norm": norm,
            "learning_rate": rate,
        }

    def _weighted_loss(self, part: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        terms = reconstruction_loss(part, self.network(part), self.downsampling, self.loss_config)
        return {name: part.get("weight", 1.0) * term for name, term in terms.items()}

    def _clip(self) -> None:
        if self.clip_weights is not None:
            for matrix in self.network.matrices():
                matrix.assign(tf.clip_by_value(matrix, -self.clip_weights, self.clip_weights))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor, the network in serialised form."""
        return {**super().get_config(), "clip_weights": self.clip_weights}


@keras.saving.register_keras_serializable(package="tfpaintsep")
class AdversarialTrainer(_Trainer):
    """The second stage: the generator on (11), the discriminator on (13).

    Both are updated in every step, from one forward pass with the weights before it.

    Args:
        network: The generator, built.
        discriminator: The discriminator, built.
        downsampling: U.
        loss: The loss's weights.
        patch: Side of the patches, in pixels.
    """

    def __init__(
        self,
        network: SigmoidListaNetwork,
        discriminator: PatchDiscriminator,
        downsampling: DownsamplingConfig | dict[str, Any],
        loss: LossConfig | dict[str, Any],
        patch: int = 32,
        **kwargs: Any,
    ) -> None:
        super().__init__(network, downsampling, loss, **kwargs)
        self.discriminator = discriminator
        self.patch = patch

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
        **kwargs: Any,
    ) -> None:
        """Set both optimizers and build them on their own variables."""
        super().compile(optimizer=optimizer, **kwargs)
        self.discriminator_optimizer = discriminator_optimizer
        optimizer.build(self.network.trainable_variables)
        discriminator_optimizer.build(self.discriminator.trainable_variables)

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One update of both networks.

        Args:
            batch: One replica's share, as from `AdversarialSampler`.

        Returns:
            The generator's loss (11) and its terms, the discriminator's loss (13), so that their
            means over replicas are global; the shares of misclassified patches, the norms of
            both gradients, and the learning rate.
        """
        rate = tf.convert_to_tensor(self.optimizer.learning_rate)
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        weight = batch.get("weight", 1.0)
        with tf.GradientTape(persistent=True) as tape:
            outputs = self.network(batch)
            terms = reconstruction_loss(batch, outputs, self.downsampling, self.loss_config)
            projected = self.downsampling.project(outputs["maps"], batch["xrf"])
            patches = cut_patches(projected, batch["places"], batch["flips"], self.patch)
            judged = self.discriminator(tf.concat([patches, batch["real"]], axis=0))
            fake, real = tf.split(judged, [tf.shape(patches)[0], -1])
            adversarial = generator_adversarial_loss(fake, self.loss_config)
            on_fake, on_real = discriminator_loss(fake, real, self.loss_config)
            # The adversarial losses are parts of a sum over replicas.
            opposition = replicas * adversarial.loss
            generator = weight * terms["loss"] + self.loss_config.alpha2 * opposition
            discriminator = replicas * (on_fake.loss + on_real.loss)
        norm = update(self.optimizer, tape, generator, self.network.trainable_variables)
        opposing_norm = update(
            *(self.discriminator_optimizer, tape, discriminator),
            self.discriminator.trainable_variables,
        )
        return {
            "loss": generator,
            "loss/xrf": weight * terms["xrf"],
            "loss/rgb": weight * terms["rgb"],
            "loss/adversarial": opposition,
            "loss/discriminator": discriminator,
            "misclassified/generator": adversarial.share,
            "misclassified/reconstructed": on_fake.share,
            "misclassified/real": on_real.share,
            "gradient_norm": norm,
            "gradient_norm/discriminator": opposing_norm,
            "learning_rate": rate,
        }

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor, both networks in serialised form."""
        return {
            **super().get_config(),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "patch": self.patch,
        }
