"""The discriminator of single-channel patches.

Reference: Verinaz-Jadan et al., Fig. 1 (b); Mao et al. 2017 for the targets 1 and -1, which
need an unbounded output.
"""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfpaintsep")
class PatchDiscriminator(keras.Model):
    """Three 4x4 convolutions of stride 2, and the mean of what is left: one number a patch.

    16 channels and LeakyReLU(0.2); 32 channels, instance normalisation and LeakyReLU(0.2); one
    channel, spatial mean, no sigmoid.

    Args:
        seed: Seed of the initial values.
    """

    def __init__(self, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.first = _convolution(16, seed, name="first")
        # The normalisation takes any bias away again.
        self.second = _convolution(32, seed + 1, use_bias=False, name="second")
        self.normalisation = keras.layers.GroupNormalization(
            groups=-1, epsilon=1e-5, name="normalisation"
        )
        self.third = _convolution(1, seed + 2, name="third")

    def build(self, *_: Any, **__: Any) -> None:
        """Build all layers; every weight exists afterwards."""
        self.first.build((None, None, None, 1))
        self.second.build((None, None, None, 16))
        self.normalisation.build((None, None, None, 32))
        self.third.build((None, None, None, 32))
        self.built = True

    def call(self, patches: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Judge patches (n, p, p, 1): (n,), above zero for more real than reconstructed."""
        del training
        x = tf.nn.leaky_relu(self.first(patches), 0.2)
        x = tf.nn.leaky_relu(self.normalisation(self.second(x)), 0.2)
        return tf.reduce_mean(self.third(x), axis=[1, 2, 3])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {"seed": self.seed, "name": self.name}


def _convolution(channels: int, seed: int, **kwargs: Any) -> keras.layers.Conv2D:
    initialiser = keras.initializers.GlorotUniform(seed=seed)
    return keras.layers.Conv2D(
        channels, 4, strides=2, padding="same", kernel_initializer=initialiser, **kwargs
    )
