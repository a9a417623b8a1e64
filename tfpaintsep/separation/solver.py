"""The plain solver CISTA (9) of the objective (7), with known dictionaries: nothing learned.

As printed, the tau terms of (9) step uphill on (7). This solver takes the descent sign and
the thresholds that belong to it; `docs/decisions/` has the derivation and what follows for
the learned network, whose tau is free.

Reference: Pu et al. 2022, eq. (7)-(10).
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import tensorflow as tf

from .shrinkage import soft_threshold
from .wavelet import WaveletFrame


class Transform(Protocol):
    """An orthonormal transform or Parseval frame W."""

    def analyse(self, y: tf.Tensor) -> tf.Tensor:
        """W y."""
        ...

    def synthesise(self, bands: tf.Tensor) -> tf.Tensor:
        """W^T of sub-bands (last axis)."""
        ...


def _correlate(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    return tf.nn.conv2d(x, kernel, 1, "SAME")


def adjoint(kernel: np.ndarray | tf.Tensor) -> tf.Tensor:
    """The kernel (kh, kw, out, in) whose "same" convolution is the adjoint of `kernel`'s."""
    return tf.transpose(tf.reverse(tf.convert_to_tensor(kernel), [0, 1]), [0, 1, 3, 2])


def squared_norm_bound(kernel: np.ndarray) -> float:
    """An upper bound of ||conv(kernel)||^2 for a kernel (kh, kw, in, out), in or out = 1.

    For zero-padded images the norm is at most the largest value of the summed power
    spectrum; the grid of frequencies is fine and a margin of 2% covers what lies between.
    """
    kernel = np.asarray(kernel, np.float64)
    spectrum = np.abs(np.fft.fft2(kernel, (128, 128), axes=(0, 1))) ** 2
    return 1.02 * float(spectrum.sum(axis=(2, 3)).max())


@dataclass(frozen=True)
class Dictionaries:
    """The known dictionaries of (6), as Keras kernels.

    Attributes:
        psi: Psi, (k, k, 1, 1): information image to X-ray image.
        theta: Theta, (k, k, K, 1): codes to information image.
        phi: Phi, (k, k, 1, 3): information image to photograph.
    """

    psi: np.ndarray
    theta: np.ndarray
    phi: np.ndarray


@dataclass(frozen=True)
class Weights:
    """The regularisation parameters of (7)."""

    tau1: float = 1.0
    tau2: float = 1.0
    gamma: float = 0.1
    lambda1: float = 0.01
    lambda2: float = 0.01
    mu: np.ndarray = field(default_factory=lambda: np.full(4, 0.1))


@dataclass
class Solution:
    """Codes (n, h, w, K), images (n, h, w, 1), and the objective (7) at every iterate."""

    z1: tf.Tensor
    z2: tf.Tensor
    y1: tf.Tensor
    y2: tf.Tensor
    objective: list[float]


def step_bound(dictionaries: Dictionaries, weights: Weights) -> float:
    """xi, above the Lipschitz bounds of both blocks (half the gradients' constants)."""
    codes = squared_norm_bound(dictionaries.theta)
    images = squared_norm_bound(dictionaries.psi) + max(
        weights.tau1 + weights.gamma * squared_norm_bound(dictionaries.phi), weights.tau2
    )
    return max(codes, images)


def objective(
    xray: tf.Tensor,
    rgb: tf.Tensor,
    dictionaries: Dictionaries,
    weights: Weights,
    transform: Transform,
    codes: tuple[tf.Tensor, tf.Tensor],
    images: tuple[tf.Tensor, tf.Tensor],
) -> float:
    """The value of (7)."""
    (z1, z2), (y1, y2) = codes, images
    d = dictionaries

    def squares(a: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(a**2)

    value = squares(xray - _correlate(y1 + y2, d.psi))
    value += weights.tau1 * squares(y1 - _correlate(z1, d.theta))
    value += weights.tau2 * squares(y2 - _correlate(z2, d.theta))
    value += weights.gamma * squares(rgb - _correlate(y1, d.phi))
    value += weights.lambda1 * tf.reduce_sum(tf.abs(z1))
    value += weights.lambda2 * tf.reduce_sum(tf.abs(z2))
    bands = tf.abs(transform.analyse(y1) * transform.analyse(y2))
    value += tf.reduce_sum(tf.constant(weights.mu, bands.dtype) * bands)
    return float(value)


def solve(
    xray: tf.Tensor,
    rgb: tf.Tensor,
    g1: tf.Tensor,
    dictionaries: Dictionaries,
    weights: Weights,
    iterations: int,
    transform: Transform | None = None,
) -> Solution:
    """Run CISTA (9) from the start (14).

    With mu = 0, or with one orthonormal transform, the objective never rises. With the
    redundant frame F is not an exact prox, and small rises occur.

    Args:
        xray: x, (n, h, w, 1), float32 or float64.
        rgb: r, (n, h, w, 3), of the same dtype.
        g1: First guess of y1, (n, h, w, 1).
        dictionaries: Psi, Theta and Phi.
        weights: Parameters of (7).
        iterations: Number of iterations.
        transform: W; the Haar frame by default.

    Returns:
        The last iterates and the objective at the start and after every iteration.
    """
    dtype = xray.dtype
    w = weights
    transform = transform or WaveletFrame("haar")
    cast = Dictionaries(
        *(
            tf.cast(kernel, dtype)
            for kernel in (dictionaries.psi, dictionaries.theta, dictionaries.phi)
        )
    )
    xi = tf.constant(step_bound(dictionaries, weights), dtype)
    mu = tf.constant(weights.mu, dtype) / (2 * xi)
    theta_t, psi_t, phi_t = adjoint(cast.theta), adjoint(cast.psi), adjoint(cast.phi)

    def codes(z: tf.Tensor, y: tf.Tensor, lambda_: float, tau: float) -> tf.Tensor:
        gradient = _correlate(y - _correlate(z, cast.theta), theta_t)
        return soft_threshold(z + gradient / xi, lambda_ / (2 * tau * xi))

    def shrink(guide: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        threshold = mu * tf.abs(transform.analyse(guide))
        return transform.synthesise(soft_threshold(transform.analyse(y), threshold))

    y1, y2 = g1, xray - g1
    z1 = z2 = tf.zeros(tf.concat([tf.shape(xray)[:3], [cast.theta.shape[2]]], axis=0), dtype)
    values = [objective(xray, rgb, cast, w, transform, (z1, z2), (y1, y2))]
    for _ in range(iterations):
        z2 = codes(z2, y2, w.lambda2, w.tau2)
        z1 = codes(z1, y1, w.lambda1, w.tau1)
        step = _correlate(xray - _correlate(y1 + y2, cast.psi), psi_t)
        step -= w.tau2 * (y2 - _correlate(z2, cast.theta))
        y2 = shrink(y1, y2 + step / xi)
        step = _correlate(xray - _correlate(y1 + y2, cast.psi), psi_t)
        step -= w.tau1 * (y1 - _correlate(z1, cast.theta))
        step += w.gamma * _correlate(rgb - _correlate(y1, cast.phi), phi_t)
        y1 = shrink(y2, y1 + step / xi)
        values.append(objective(xray, rgb, cast, w, transform, (z1, z2), (y1, y2)))
    return Solution(z1, z2, y1, y2, values)
