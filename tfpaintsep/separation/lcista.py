"""One coupled iteration of LCISTA as a Keras layer, eq. (11).

Reference: Pu et al. 2022, eq. (9)-(11) and Fig. 4.
"""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from .convolution import Form, convolve
from .shapes import sizes
from .shrinkage import Shrinkage, shrinkage
from .wavelet import WaveletFrame


class CoupledState(NamedTuple):
    """What an iteration hands to the next; n images, surface and concealed together.

    Attributes:
        z: Codes z1 and z2, stacked along the batch: (2n, h, w, K). None stands for zero.
        dictionary_z: B * z of these codes, (2n, h, w, 1). None stands for zero.
        y1: Information image of the surface painting, (n, h, w, 1).
        y2: Information image of the concealed design, (n, h, w, 1).
    """

    z: tf.Tensor | None
    dictionary_z: tf.Tensor | None
    y1: tf.Tensor
    y2: tf.Tensor


class Weights(NamedTuple):
    """What an iteration multiplies with and shrinks by, made of its variables.

    Attributes:
        A: Analysis filters, images to codes.
        B: Dictionary, codes to images.
        C: X-ray image back to a layer's image.
        D: Layer's image to X-ray image.
        seen: From y1 and y2 to the X-ray image and the photograph: D of both, F of y1.
        back: From the X-ray image and the photograph to y1: C, and gamma E.
        lambda_: Thresholds of the codes, surface and concealed, (2, 1, 1, 1, 1 or K).
        mu: Thresholds of the sub-bands, (4,).
        tau: Steps of y1 and y2 towards their codes, scalars.
    """

    A: tf.Tensor
    B: tf.Tensor
    C: tf.Tensor
    D: tf.Tensor
    seen: tf.Tensor
    back: tf.Tensor
    lambda_: tf.Tensor
    mu: tf.Tensor
    tau: tuple[tf.Tensor, tf.Tensor]


def softplus_inverse(value: Any) -> np.ndarray:
    """The raw weight whose softplus is `value` > 0."""
    value = np.asarray(value, np.float64)
    return np.log(-np.expm1(-value)) + value


@keras.saving.register_keras_serializable(package="tfpaintsep")
class LcistaIteration(keras.layers.Layer):
    """Eq. (11): update z2, z1, then y2, y1, with learnable filters and scalars.

    Filters: A (analysis) and B (dictionary Theta) between y and the codes, C and D (Psi)
    between y and the X-ray image, E and F (Phi) between y1 and the photograph. Scalars:
    lambda (2) and mu (4) are kept >= 0 by a softplus; tau (2) and gamma are free. The plain
    solver, which descends, corresponds to tau < 0 (see `solver`).

    Args:
        channels: K, number of atoms.
        kernel: Side of the filters, odd.
        shrinkage: "soft", "hard" (lambda is then constant) or "none".
        threshold: "scalar" or "channel": the shape of lambda.
        wavelet: Orthogonal wavelet of the frame W.
        exclusion_prior: Whether the updates of y end with the shrinkage F.
        initialiser: "gaussian" or "ista".
        convolution: "auto", "matrix" or "conv2d".
        seed: Seed of the initial values.
    """

    def __init__(
        self,
        channels: int = 64,
        kernel: int = 5,
        shrinkage: Shrinkage = "soft",
        threshold: str = "scalar",
        wavelet: str = "haar",
        exclusion_prior: bool = True,
        initialiser: str = "gaussian",
        convolution: Form = "auto",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.kernel = kernel
        self.shrinkage = shrinkage
        self.threshold = threshold
        self.wavelet = wavelet
        self.exclusion_prior = exclusion_prior
        self.initialiser = initialiser
        self.convolution = convolution
        self.seed = seed
        self.frame = WaveletFrame(wavelet)

    def build(self, *_: Any, **__: Any) -> None:
        """Create the parameters of (11)."""
        from .initial_values import initial_values

        values = initial_values(self.initialiser, self.channels, self.kernel, self.seed)

        def parameter(name: str, value: Any, trainable: bool = True) -> Any:
            value = np.asarray(value, np.float32)
            return self.add_weight(
                name=name,
                shape=value.shape,
                initializer=lambda *_, **__: value,
                trainable=trainable,
            )

        self.A = parameter("A", values.A)
        self.B = parameter("B", values.B)
        self.C = parameter("C", values.C)
        self.D = parameter("D", values.D)
        self.E = parameter("E", values.E)
        self.F = parameter("F", values.F)
        lambda_ = np.asarray(values.lambda_)[:, None]
        if self.threshold == "channel":
            lambda_ = np.repeat(lambda_, self.channels, axis=1)
        self.raw_lambda = parameter(
            "raw_lambda", softplus_inverse(lambda_), trainable=self.shrinkage == "soft"
        )
        self.raw_mu = parameter(
            "raw_mu", softplus_inverse(values.mu), trainable=self.exclusion_prior
        )
        self.tau = parameter("tau", values.tau)
        self.gamma = parameter("gamma", values.gamma)
        self.frame.build(None)
        self.built = True

    @property
    def lambda_(self) -> tf.Tensor:
        """Thresholds of the codes, shape (2, 1) or (2, K): surface, concealed."""
        return tf.nn.softplus(self.raw_lambda)

    @property
    def mu(self) -> tf.Tensor:
        """Thresholds of the sub-bands LL, LH, HL, HH, shape (4,)."""
        return tf.nn.softplus(self.raw_mu)

    def scalars(self) -> dict[str, tf.Tensor]:
        """The learned scalars by name (per-channel thresholds as their mean)."""
        lambda_ = tf.reduce_mean(self.lambda_, axis=1)
        named = {"lambda1": lambda_[0], "lambda2": lambda_[1]}
        named |= {"tau1": self.tau[0], "tau2": self.tau[1], "gamma": self.gamma}
        return named | {f"mu_{band}": self.mu[i] for i, band in enumerate(("LL", "LH", "HL", "HH"))}

    def weights_now(self) -> Weights:
        """The weights as the variables have them, for as many calls as share them."""
        A, B, C, D, E, F = (
            tf.convert_to_tensor(v) for v in (self.A, self.B, self.C, self.D, self.E, self.F)
        )
        of_y1 = tf.concat([D, F], axis=3)
        of_y2 = tf.concat([D, tf.zeros_like(F)], axis=3)
        return Weights(
            A=A,
            B=B,
            C=C,
            D=D,
            seen=tf.concat([of_y1, of_y2], axis=2),
            back=tf.concat([C, self.gamma * E], axis=2),
            lambda_=self.lambda_[:, None, None, None, :],
            mu=self.mu,
            tau=(self.tau[0], self.tau[1]),
        )

    def call(
        self,
        state: CoupledState,
        xray: tf.Tensor,
        rgb: tf.Tensor,
        reuse: bool = True,
        weights: Weights | None = None,
    ) -> CoupledState:
        """Run one iteration.

        Args:
            state: The iterates of the layer before.
            xray: x, (n, h, w, 1), in units of the gain.
            rgb: r, (n, h, w, 3), in [0, 1].
            reuse: Whether `state.dictionary_z` was made with this layer's own B (tied
                weights), so that it need not be computed again.
            weights: This layer's `weights_now`, if they are made already.

        Returns:
            The next iterates, of the same shapes.
        """
        w = weights or self.weights_now()
        y1, y2 = state.y1, state.y2
        y = tf.concat([y1, y2], axis=0)
        if state.z is None:
            z = self._shrink(w.lambda_, self._convolve(y, w.A))
        else:
            known = state.dictionary_z if reuse else self._convolve(state.z, w.B)
            z = self._shrink(w.lambda_, state.z, self._convolve(y - known, w.A))
        dictionary_z = self._convolve(z, w.B)
        dictionary_z1, dictionary_z2 = tf.split(dictionary_z, 2, axis=0)
        y2 = (
            y2
            + self._convolve(xray - self._convolve(y1 + y2, w.D), w.C)
            + w.tau[1] * (y2 - dictionary_z2)
        )
        if self.exclusion_prior:
            y2 = self.frame(y1, y2, w.mu)
        # C * (x - D * (y1 + y2)) + gamma E * (r - F * y1), in two convolutions, not four.
        seen = self._convolve(tf.concat([y1, y2], axis=3), w.seen)
        towards = self._convolve(tf.concat([xray, rgb], axis=3) - seen, w.back)
        y1 = y1 + towards + w.tau[0] * (y1 - dictionary_z1)
        if self.exclusion_prior:
            y1 = self.frame(y2, y1, w.mu)
        return CoupledState(z, dictionary_z, y1, y2)

    def _convolve(self, image: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        return convolve(image, filters, self.convolution)

    def _shrink(self, lambda_: tf.Tensor, *summands: tf.Tensor) -> tf.Tensor:
        """S_lambda of codes, or of codes and a step; lambda1 for the surface's, then lambda2."""
        n, h, w, channels = sizes(summands[0])
        x, *step = (tf.reshape(summand, [2, n // 2, h, w, channels]) for summand in summands)
        return tf.reshape(shrinkage(self.shrinkage)(x, lambda_, *step), [n, h, w, channels])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        names = (
            "channels kernel shrinkage threshold wavelet exclusion_prior initialiser "
            "convolution seed"
        )
        return {**super().get_config(), **{name: getattr(self, name) for name in names.split()}}
