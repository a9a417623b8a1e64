"""The connected auto-encoder, trained on the one painting.

Encoders of photograph and radiograph, Er and Ex, decoders Dr and Dx, three convolutions each:

    f1 = Er(r)    f = Ex(x)    f2 = f - f1
    r1 = Dr(f1)   x^ = Dx(f)   x1 = Dx(f1)   x2 = Dx(f2)   x_bar = x1 + x2

Reference: W. Pu, B. Sober, N. Daly et al., "Image separation with side information: a connected
auto-encoders based approach", 2020 ([19] of Pu et al. 2022), as Pu et al. 2022 describe it in
section II, Fig. 2 and eq. (1)-(3), who give neither widths nor weights; ours are below.
"""

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfpaintsep.evaluation.methods import Budget, Image, Layers
from tfpaintsep.separation.config import TrainingConfig
from tfpaintsep.separation.losses import REFERENCE_PATCH, exclusion
from tfpaintsep.separation.sampling import PatchSampler
from tfpaintsep.separation.start import Start
from tfpaintsep.training.checkpoints import Checkpoints
from tfpaintsep.training.loop import train
from tfpaintsep.training.strategies import make_repeatable

from .progress import BudgetObserver

CHANNELS, KERNEL = 32, 3
"""Width of the features, and side of the filters in pixels."""

LAMBDA1, LAMBDA2 = 1.0, 0.1
"""Weights of the photograph's reconstruction and of the exclusion loss in (2)."""

SCALES = 3
"""N of (3)."""

METRICS = ("loss", "loss/xray", "loss/sum", "loss/rgb", "loss/exclusion")

TRAINING = TrainingConfig(
    sampling="crops", patch=64, batch=4, epochs=1, steps_per_epoch=4000, learning_rate=1e-3
)
"""Random crops, whose seed is the budget's; the time is up long before the last step."""


class ConnectedAutoencoder(keras.Model):
    """Er, Ex, Dr and Dx with the layers between them, and the loss (2).

    Args:
        seed: Of the initial weights.
    """

    def __init__(self, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        seeds = iter(range(12 * seed, 12 * (seed + 1)))

        def three_layers(name: str, inputs: int, outputs: int) -> keras.Sequential:
            widths = (CHANNELS, CHANNELS, outputs)
            return keras.Sequential(
                [keras.Input((None, None, inputs))]
                + [
                    keras.layers.Conv2D(
                        width,
                        KERNEL,
                        padding="same",
                        activation="relu" if place < 2 else None,
                        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
                    )
                    for place, width in enumerate(widths)
                ],
                name=name,
            )

        self.rgb_encoder = three_layers("Er", 3, CHANNELS)
        self.xray_encoder = three_layers("Ex", 1, CHANNELS)
        self.rgb_decoder = three_layers("Dr", CHANNELS, 3)
        self.xray_decoder = three_layers("Dx", CHANNELS, 1)
        self.built = True

    @property
    def radius(self) -> int:
        """Pixels on each side that an output pixel depends on."""
        return 6 * (KERNEL // 2)

    def call(self, inputs: dict[str, tf.Tensor], training: bool = False) -> dict[str, tf.Tensor]:
        """Separate.

        Args:
            inputs: "xray" (n, h, w, 1), in units of the gain, and "rgb" (n, h, w, 3).
            training: Unused; nothing differs.

        Returns:
            "surface", "concealed", "mixture" (their sum) and "xray" (the radiograph from its own
            features), each (n, h, w, 1), and "visible" (n, h, w, 3).
        """
        del training
        f1, f = self.rgb_encoder(inputs["rgb"]), self.xray_encoder(inputs["xray"])
        surface, concealed, xray = tf.split(
            self.xray_decoder(tf.concat([f1, f - f1, f], axis=0)), 3, axis=0
        )
        return {
            "surface": surface,
            "concealed": concealed,
            "mixture": surface + concealed,
            "xray": xray,
            "visible": self.rgb_decoder(f1),
        }

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One update of the weights.

        Args:
            batch: "xray", "rgb", and as "init" the photograph's luminance, g1 of (2).

        Returns:
            The loss (2) and its terms without their weights.
        """
        with tf.GradientTape() as tape:
            output = self(batch)
            terms = {
                "xray": _norm(batch["xray"] - output["xray"]),
                "sum": _norm(batch["xray"] - output["mixture"]),
                "rgb": _norm(batch["rgb"] - output["visible"]),
                "exclusion": tf.reduce_mean(exclusion(batch["init"], output["concealed"], SCALES)),
            }
            loss = terms["xray"] + terms["sum"] + LAMBDA1 * terms["rgb"]
            loss += LAMBDA2 * terms["exclusion"]
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss, **{f"loss/{name}": term for name, term in terms.items()}}


def connected_autoencoder(xray: Image, rgb: Image, budget: Budget) -> Layers:
    """Train within the budget, then separate the whole image.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
        budget: Seconds of training, and the seed of weights and crops.

    Returns:
        Dx(f1) and Dx(f2); nothing makes their sum exactly x.
    """
    make_repeatable()
    model = ConnectedAutoencoder(budget.seed)
    config = TRAINING.model_copy(update={"seed": budget.seed})
    grey = Start()(tf.constant(xray[None, ..., None]), tf.constant(rgb[None])).numpy()[0, ..., 0]
    sampler = PatchSampler(xray, rgb, grey, config)
    model.optimizer = keras.optimizers.Adam(config.learning_rate)
    model.optimizer.build(model.trainable_variables)
    with tempfile.TemporaryDirectory() as folder:
        train(
            model,
            sampler,
            Checkpoints(Path(folder), model, {"optimizer": model.optimizer}, float("inf")),
            metric_names=METRICS,
            steps=sampler.steps,
            steps_per_call=1,
            observers=[BudgetObserver(budget, sampler.steps)],
            seconds=budget.seconds,
        )
    border = model.radius  # mirrored, so that convolutions see no zeros beyond the border
    pads = [(0, 0), (border, border), (border, border), (0, 0)]
    images = {"xray": xray[None, ..., None], "rgb": rgb[None]}
    output = model({name: np.pad(image, pads, "symmetric") for name, image in images.items()})
    return Layers(
        *(output[name].numpy()[0, border:-border, border:-border, 0] for name in Layers._fields)
    )


def _norm(x: tf.Tensor) -> tf.Tensor:
    """Mean over a batch of the Frobenius norms, referred to a 50 x 50 patch as in (3)."""
    mean_square = tf.reduce_sum(x**2, axis=[1, 2, 3]) / tf.cast(
        tf.shape(x)[1] * tf.shape(x)[2], x.dtype
    )
    # Far below a rounding error, it keeps the gradient finite where x is reproduced exactly.
    return REFERENCE_PATCH * tf.reduce_mean(tf.sqrt(mean_square + 1e-12))
