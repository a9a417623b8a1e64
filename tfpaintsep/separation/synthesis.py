"""The synthesis network: from codes, or from information images, to what can be compared.

Reference: Pu et al. 2022, eq. (12), (13) and (6).
"""

from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .convolution import Form, convolve
from .initial_values import gaussian_filter_bank, initial_values
from .lcista import CoupledState


@keras.saving.register_keras_serializable(package="tfpaintsep")
class LinearSynthesis(keras.layers.Layer):
    """From codes to images: W_Omega * z1 (12) and W_Xi * z1, W_Xi * z2 (13).

    Args:
        channels: K.
        kernel: Side of the filters.
        initialiser: "gaussian"; or "ista", which takes W_Xi from `dictionary`.
        convolution: "auto", "matrix" or "conv2d".
        seed: Seed of the initial values.
    """

    def __init__(
        self,
        channels: int = 64,
        kernel: int = 5,
        initialiser: str = "gaussian",
        convolution: Form = "auto",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.kernel = kernel
        self.initialiser = initialiser
        self.convolution = convolution
        self.seed = seed

    def build(self, *_: Any, **__: Any) -> None:
        """Create W_Xi (kernel, kernel, K, 1) and W_Omega (kernel, kernel, K, 3)."""
        rng = np.random.default_rng((self.seed, 1))
        if self.initialiser == "ista":
            xi = initial_values("ista", self.channels, self.kernel, self.seed).B
        else:
            xi = gaussian_filter_bank(self.kernel, self.channels, 1, rng)
        omega = gaussian_filter_bank(self.kernel, self.channels, 3, rng)
        self.xi = self.add_weight(
            name="W_Xi", shape=xi.shape, initializer=lambda *_, **__: np.float32(xi)
        )
        self.omega = self.add_weight(
            name="W_Omega", shape=omega.shape, initializer=lambda *_, **__: np.float32(omega)
        )
        self.built = True

    def call(self, state: CoupledState) -> tuple[tf.Tensor, tf.Tensor]:
        """Synthesise.

        Args:
            state: The analysis network's last iterates.

        Returns:
            The two X-ray layers stacked along the batch (2n, h, w, 1), and the photograph
            (n, h, w, 3).
        """
        z1, z2 = tf.split(state.z, 2, axis=0)
        # One product gives the surface's radiograph and photograph together.
        both = tf.concat([tf.convert_to_tensor(self.xi), tf.convert_to_tensor(self.omega)], axis=-1)
        first = convolve(z1, both, self.convolution)
        second = convolve(z2, tf.convert_to_tensor(self.xi), self.convolution)
        return tf.concat([first[..., :1], second], axis=0), first[..., 1:]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        names = ("channels", "kernel", "initialiser", "convolution", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="tfpaintsep")
class ImageSynthesis(keras.layers.Layer):
    """From information images to images: x_i = Psi * y_i (6), photograph by a small network.

    The form of the authors' scripts: a 5x5 convolution of y_i, and a ReLU network from the
    surface layer to the photograph.

    Args:
        kernel: Side of the filters.
        width: Channels of the hidden layers.
        initialiser: "gaussian"; or "ista", which starts Psi as a unit impulse.
        seed: Seed of the initial values.
    """

    def __init__(
        self,
        kernel: int = 5,
        width: int = 32,
        initialiser: str = "gaussian",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.kernel = kernel
        self.width = width
        self.initialiser = initialiser
        self.seed = seed

    def build(self, *_: Any, **__: Any) -> None:
        """Create Psi and the filters of the ReLU network."""
        rng = np.random.default_rng((self.seed, 2))
        psi = gaussian_filter_bank(self.kernel, 1, 1, rng)
        if self.initialiser == "ista":
            psi = np.zeros_like(psi)
            psi[self.kernel // 2, self.kernel // 2] = 1
        sizes = [1, self.width, self.width, 3]
        self.psi = self.add_weight(
            name="W_Psi", shape=psi.shape, initializer=lambda *_, **__: np.float32(psi)
        )
        self.hidden = []
        for index, (inputs, outputs) in enumerate(pairwise(sizes)):
            value = np.float32(gaussian_filter_bank(self.kernel, inputs, outputs, rng))
            self.hidden.append(
                self.add_weight(
                    name=f"rgb_{index}",
                    shape=value.shape,
                    initializer=lambda *_, value=value, **__: value,
                )
            )
        self.built = True

    def call(self, state: CoupledState) -> tuple[tf.Tensor, tf.Tensor]:
        """Synthesise; shapes as in `LinearSynthesis`."""
        y = tf.concat([state.y1, state.y2], axis=0)
        layers = tf.nn.conv2d(y, tf.convert_to_tensor(self.psi), 1, "SAME")
        visible = tf.split(layers, 2, axis=0)[0]
        for index, filters in enumerate(self.hidden):
            visible = tf.nn.conv2d(visible, tf.convert_to_tensor(filters), 1, "SAME")
            if index < len(self.hidden) - 1:
                visible = tf.nn.relu(visible)
        return layers, visible

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        names = ("kernel", "width", "initialiser", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
