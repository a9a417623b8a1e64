"""What makes several replicas compute the same as one: shares of a batch, global gradients."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf


class Share(NamedTuple):
    """One replica's part of a batch.

    Attributes:
        first: Place of its first sample in the whole batch, int32 scalar.
        size: Number of its samples; known when a function is traced if all shares are of one
            size, else an int32 scalar.
        weight: Its size over the mean size of a share, float32 scalar: the mean over replicas of
            their weighted means is the mean over the whole batch.
    """

    first: tf.Tensor
    size: int | tf.Tensor
    weight: tf.Tensor


def share_of(count: int, replica: tf.Tensor, replicas: int) -> Share:
    """Divide `count` samples as evenly as can be.

    Args:
        count: Samples in the whole batch; at least as many as replicas, or some have none.
        replica: Number of this replica, int32 scalar.
        replicas: Number of replicas.
    """
    first = count * replica // replicas
    size = count // replicas if count % replicas == 0 else count * (replica + 1) // replicas - first
    return Share(first, size, tf.cast(size * replicas, tf.float32) / count)


def update(
    optimizer: keras.optimizers.Optimizer,
    tape: tf.GradientTape,
    loss: tf.Tensor,
    variables: Sequence[Any],
    clip_norm: float | None = None,
) -> tf.Tensor:
    """Descend along the gradient of the mean over replicas of their losses.

    The gradients are averaged over the replicas once, and clipped after that. Keras' own
    `apply_gradients` clips each replica's on its own, before it adds them up: the result then
    depends on the number of replicas.

    Args:
        optimizer: Built on the variables, without clipping or weight decay of its own.
        tape: Has recorded the loss.
        loss: This replica's loss, scalar.
        variables: Keras variables. One that the loss does not depend on stays as it is, but for
            what momentum does.
        clip_norm: Largest norm of the whole gradient.

    Returns:
        The norm of the global gradient before clipping, scalar, the same on all replicas.
    """
    gradients = [
        tf.zeros_like(variable) if gradient is None else gradient
        for gradient, variable in zip(tape.gradient(loss, variables), variables, strict=True)
    ]
    context = tf.distribute.get_replica_context()
    gradients = context.all_reduce(tf.distribute.ReduceOp.MEAN, gradients)
    norm = tf.linalg.global_norm(gradients)
    if clip_norm is not None:
        gradients, _ = tf.clip_by_global_norm(gradients, clip_norm, use_norm=norm)

    def apply(strategy: tf.distribute.Strategy, gradients: list[Any], rate: Any) -> None:
        for gradient, variable in zip(gradients, variables, strict=True):
            strategy.extended.update(
                variable.value,
                lambda one, gradient, rate: optimizer.update_step(gradient, one, rate),
                args=(gradient, rate),
                group=False,
            )

    rate = tf.convert_to_tensor(optimizer.learning_rate)
    context.merge_call(apply, args=(gradients, rate))
    optimizer.iterations.assign_add(1)
    return norm


def plain_copy(network: keras.Model) -> keras.Model:
    """A network to look at, apply and export: itself, or a copy if its weights are mirrored.

    Many operations do not know mirrored variables, and a SavedModel should not contain them.

    Args:
        network: Built; must not be called within the scope of a strategy.
    """
    if not network.variables or not hasattr(network.variables[0].value, "values"):
        return network
    copy = type(network).from_config(network.get_config())
    copy.build()
    refresh(copy, network)
    return copy


def refresh(copy: keras.Model, network: keras.Model) -> None:
    """Give a `plain_copy` the weights that its network has now."""
    if copy is not network:
        for ours, theirs in zip(copy.variables, network.variables, strict=True):
            ours.assign(theirs.numpy())
