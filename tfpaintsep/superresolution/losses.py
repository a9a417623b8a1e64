"""The reconstruction loss, (11), and the misclassified least-squares losses, (12) and (13).

Reference: Verinaz-Jadan et al., section III-A; Mao et al. 2017, "Least Squares Generative
Adversarial Networks".
"""

from typing import Literal, NamedTuple

import tensorflow as tf

from .config import LossConfig
from .projection import Downsampling

Tau = Literal[1, -1]
"""What the discriminator should say: real, or reconstructed."""


class MisclassifiedLoss(NamedTuple):
    """A mean over the misclassified patches of all replicas.

    Attributes:
        loss: This replica's part, scalar; the parts of all replicas add up to the mean.
        share: Misclassified patches as a part of all patches, over all replicas.
    """

    loss: tf.Tensor
    share: tf.Tensor


def misclassified_loss(
    judgements: tf.Tensor, target: Tau, misclassified_only: bool = True
) -> MisclassifiedLoss:
    """Mean of (d - tau)^2 over the patches with d < tau (tau = 1) or d > tau (tau = -1).

    A squared hinge, divided by the number of patches on its slope. That number differs between
    replicas, so it is summed over them before the division. An empty set gives the loss zero
    and no gradient.

    Args:
        judgements: d of this replica's patches, (n,).
        target: tau.
        misclassified_only: If False, the mean over all patches, as in a plain least-squares GAN.
    """
    wrong = tf.cast(judgements < 1 if target == 1 else judgements > -1, judgements.dtype)
    kept = wrong if misclassified_only else tf.ones_like(wrong)
    counts = tf.stack([tf.reduce_sum(kept), tf.reduce_sum(wrong), tf.reduce_sum(wrong * 0 + 1)])
    context = tf.distribute.get_replica_context()
    kept_count, wrong_count, count = tf.unstack(
        tf.stop_gradient(context.all_reduce(tf.distribute.ReduceOp.SUM, counts))
    )
    errors = tf.reduce_sum(kept * (judgements - target) ** 2)
    return MisclassifiedLoss(errors / tf.maximum(kept_count, 1), wrong_count / count)


def generator_adversarial_loss(reconstructed: tf.Tensor, config: LossConfig) -> MisclassifiedLoss:
    """Eq. (12), from judgements of reconstructed patches, (n,)."""
    return misclassified_loss(reconstructed, 1, config.misclassified_only)


def discriminator_loss(
    reconstructed: tf.Tensor, real: tf.Tensor, config: LossConfig
) -> tuple[MisclassifiedLoss, MisclassifiedLoss]:
    """The two terms of (13), to be added: reconstructed patches, (n,), and real ones, (m,)."""
    return (
        misclassified_loss(reconstructed, -1, config.misclassified_only),
        misclassified_loss(real, 1, config.misclassified_only),
    )


def reconstruction_loss(
    inputs: dict[str, tf.Tensor],
    outputs: dict[str, tf.Tensor],
    downsampling: Downsampling,
    config: LossConfig,
) -> dict[str, tf.Tensor]:
    """The first two terms of (11): mse(Y_low, Y U) + alpha1 mse(Z), Y not projected.

    Args:
        inputs: "xrf" Y_low (n, h, w, B) and "rgb" Z (n, s h, s w, b); optionally "truth"
            (n, s h, s w, B): then the first term compares the projected maps with it.
        outputs: What the network returned.
        downsampling: U.
        config: Weights.

    Returns:
        Scalars "loss", "xrf" and "rgb", the terms without their weights.
    """
    if "truth" in inputs:
        projected = downsampling.project(outputs["maps"], inputs["xrf"])
        xrf = tf.reduce_mean((projected - inputs["truth"]) ** 2)
    else:
        xrf = tf.reduce_mean((downsampling.down(outputs["maps"]) - inputs["xrf"]) ** 2)
    rgb = tf.reduce_mean((outputs["visible"] - inputs["rgb"]) ** 2)
    return {"loss": xrf + config.alpha1 * rgb, "xrf": xrf, "rgb": rgb}
