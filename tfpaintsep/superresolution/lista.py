"""The unfolded iterations and the reconstruction as Keras layers, eq. (7) and (8).

Every matrix product over channels is a 1x1 convolution, so each pixel is computed on its own.
Matrices act on channels from the right, (n, h, w, c_in) to (n, h, w, c_out): they are the
transposes of the paper's.

Reference: Verinaz-Jadan et al., eq. (5) to (8); Gregor and LeCun 2010 for LISTA.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfpaintsep.training.precision import factors

from .blocks import Blocks, coupling_mask, dictionary_mask
from .initial_values import initial_matrix, initial_threshold


def multiply(image: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
    """Multiply each pixel's channels by a matrix, (n, h, w, c_in) to (n, h, w, c_out)."""
    inputs, outputs = matrix.shape
    flat = tf.matmul(*factors(tf.reshape(image, [-1, inputs]), matrix))
    result = tf.reshape(
        tf.cast(flat, image.dtype), tf.concat([tf.shape(image)[:-1], [outputs]], axis=0)
    )
    result.set_shape([*image.shape[:-1], outputs])
    return result


@keras.saving.register_keras_serializable(package="tfpaintsep")
class PixelMatrix(keras.layers.Layer):
    """A matrix over channels, the same at every pixel: a 1x1 convolution without a bias.

    Args:
        inputs: Channels of the input.
        outputs: Channels of the output.
        role: "W", "S" or "D", for the initial values.
        squared: Whether the matrix is the square of its weights, so never negative.
        blocks: (Mc, Mxu, Mru), if the matrix has the zeros of (4).
        bands: B, which of the channels of [Y, Z] are maps; for the zeros.
        initialiser: "uniform", "glorot" or "steep".
        seed: Seed of the initial values.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        role: str,
        squared: bool = False,
        blocks: Blocks | None = None,
        bands: int = 1,
        initialiser: str = "uniform",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.inputs = inputs
        self.outputs = outputs
        self.role = role
        self.squared = squared
        self.blocks = None if blocks is None else (blocks[0], blocks[1], blocks[2])
        self.bands = bands
        self.initialiser = initialiser
        self.seed = seed

    def build(self, *_: Any, **__: Any) -> None:
        """Create the weights."""
        shape = (self.inputs, self.outputs)
        value = initial_matrix(self.initialiser, self.role, shape, self.seed)
        self.raw = self.add_weight(
            name=self.role,
            shape=shape,
            initializer=lambda *_, **__: value,
            # Lets a replica clip its copy: all copies are the same.
            aggregation="only_first_replica",
        )
        self.mask = self._zeros()
        self.built = True

    @property
    def matrix(self) -> tf.Tensor:
        """The matrix itself: weights squared and blocks set to zero, where so configured."""
        weights = tf.convert_to_tensor(self.raw)
        weights = tf.square(weights) if self.squared else weights
        return weights if self.mask is None else weights * self.mask

    def call(self, image: tf.Tensor) -> tf.Tensor:
        """Apply the matrix to each pixel, (n, h, w, inputs) to (n, h, w, outputs)."""
        return multiply(image, self.matrix)

    def _zeros(self) -> np.ndarray | None:
        if self.blocks is None:
            return None
        if self.role == "W":
            return coupling_mask(self.blocks)
        if self.role == "D":
            return dictionary_mask(self.blocks, self.bands, self.outputs - self.bands)
        # As in ISTA, where S is D^T up to a factor.
        return dictionary_mask(self.blocks, self.bands, self.inputs - self.bands).T

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        names = "inputs outputs role squared blocks bands initialiser seed"
        return {**super().get_config(), **{name: getattr(self, name) for name in names.split()}}


@keras.saving.register_keras_serializable(package="tfpaintsep")
class SigmoidListaIteration(keras.layers.Layer):
    """Eq. (7): A <- sigmoid(A - W A + S X - lambda), with lambda a vector.

    Args:
        channels: M.
        bands: B, maps in X.
        rgb_channels: b, channels of the photograph in X.
        first: Whether this is the first iteration. It starts from A = 0, so it has no W.
        squared: Whether W and S are the squares of their weights.
        blocks: (Mc, Mxu, Mru), if W and S inherit the zeros of (4).
        initialiser: "uniform", "glorot" or "steep".
        seed: Seed of the initial values.
    """

    def __init__(
        self,
        channels: int = 64,
        bands: int = 1,
        rgb_channels: int = 3,
        first: bool = False,
        squared: bool = False,
        blocks: Blocks | None = None,
        initialiser: str = "uniform",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.bands = bands
        self.rgb_channels = rgb_channels
        self.first = first
        self.squared = squared
        self.blocks = None if blocks is None else (blocks[0], blocks[1], blocks[2])
        self.initialiser = initialiser
        self.seed = seed
        common: dict[str, Any] = {
            "squared": squared,
            "blocks": self.blocks,
            "bands": bands,
            "initialiser": initialiser,
        }
        self.S = PixelMatrix(bands + rgb_channels, channels, "S", seed=seed, name="S", **common)
        self.W = (
            None
            if first
            else PixelMatrix(channels, channels, "W", seed=seed + 1, name="W", **common)
        )

    def build(self, *_: Any, **__: Any) -> None:
        """Create the parameters of (7)."""
        self.S.build()
        if self.W is not None:
            self.W.build()
        threshold = initial_threshold(
            self.initialiser, self.S.raw.numpy(), self.first, self.seed + 2
        )
        self.lambda_ = self.add_weight(
            name="lambda",
            shape=(self.channels,),
            initializer=keras.initializers.Constant(threshold),
        )
        self.built = True

    def call(self, x: tf.Tensor, codes: tf.Tensor | None = None) -> tf.Tensor:
        """Run one iteration.

        Args:
            x: X = [Y_up, Z], (n, h, w, B + b).
            codes: A of the iteration before, (n, h, w, M); left out for the first.

        Returns:
            The next A, (n, h, w, M), in (0, 1).
        """
        update = tf.nn.bias_add(self.S(x), -self.lambda_)
        if self.W is not None:
            # A - W A as one product: fewer passes over memory, a quarter of the time saved.
            update += multiply(codes, tf.eye(self.channels) - self.W.matrix)
        return tf.sigmoid(update)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        names = "channels bands rgb_channels first squared blocks initialiser seed"
        return {**super().get_config(), **{name: getattr(self, name) for name in names.split()}}


@keras.saving.register_keras_serializable(package="tfpaintsep")
class SigmoidListaReconstruction(keras.layers.Layer):
    """Eq. (8): X = sigmoid(D A - lambda), D non-negative; or D A - lambda while pretraining.

    Args:
        channels: M.
        bands: B.
        rgb_channels: b.
        sigmoid: Whether there is a sigmoid.
        blocks: (Mc, Mxu, Mru), if D has the zeros of (4).
        initialiser: "uniform", "glorot" or "steep".
        seed: Seed of the initial values.
    """

    def __init__(
        self,
        channels: int = 64,
        bands: int = 1,
        rgb_channels: int = 3,
        sigmoid: bool = True,
        blocks: Blocks | None = None,
        initialiser: str = "uniform",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.bands = bands
        self.rgb_channels = rgb_channels
        self.sigmoid = sigmoid
        self.blocks = None if blocks is None else (blocks[0], blocks[1], blocks[2])
        self.initialiser = initialiser
        self.seed = seed
        self.D = PixelMatrix(
            channels,
            bands + rgb_channels,
            "D",
            squared=True,
            blocks=self.blocks,
            bands=bands,
            initialiser=initialiser,
            seed=seed,
            name="D",
        )

    def build(self, *_: Any, **__: Any) -> None:
        """Create the parameters of (8)."""
        self.D.build()
        outputs = self.bands + self.rgb_channels
        self.lambda_ = self.add_weight(name="lambda", shape=(outputs,), initializer="zeros")
        self.built = True

    def call(self, codes: tf.Tensor) -> tf.Tensor:
        """Reconstruct X = [Y, Z], (n, h, w, B + b), from codes A, (n, h, w, M)."""
        x = tf.nn.bias_add(self.D(codes), -self.lambda_)
        return tf.sigmoid(x) if self.sigmoid else x

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        names = "channels bands rgb_channels sigmoid blocks initialiser seed"
        return {**super().get_config(), **{name: getattr(self, name) for name in names.split()}}
