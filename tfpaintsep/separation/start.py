"""The first guess g1 of the surface layer, eq. (14), computable from stored coefficients.

Reference: Pu et al. 2022, eq. (14) and section IV-E (the manually modified g1, which the
colour regression here automates).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from pydantic import BaseModel, ConfigDict

from tfpaintsep.images.patches import tiles

LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue (ITU-R BT.601)."""

TILE = 512
"""Side of the tiles in which whole images are worked through, pixels."""


class Start(BaseModel):
    """How g1 follows from the two images; small enough to travel with every model.

    Attributes:
        kind: "luminance"; or "auto", the colour regression.
        sigmas: Gaussian scales of the colour features, pixels.
        coefficients: One for each colour feature, with the constant first (empty for
            luminance).
        mean: Mean of the training mixture, in units of the gain.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = "luminance"
    sigmas: tuple[float, ...] = ()
    coefficients: tuple[float, ...] = ()
    mean: float = 0.0

    def radius(self) -> int:
        """Pixels on each side that g1 looks at."""
        if self.kind == "luminance":
            return 0
        return max((_half_width(sigma) for sigma in self.sigmas), default=0)

    def __call__(self, xray: tf.Tensor, rgb: tf.Tensor) -> tf.Tensor:
        """Compute g1.

        For `auto`, half of the mixture's mean, plus what colour explains of the mixture
        beyond its mean, plus half of what it does not: nothing tells whose the mean and the
        remainder are, and an even split risks least.

        Args:
            xray: x, (n, h, w, 1), in units of the gain.
            rgb: r, (n, h, w, 3), in [0, 1].

        Returns:
            g1, (n, h, w, 1), in units of the gain.
        """
        if self.kind == "luminance":
            return tf.tensordot(rgb, tf.constant(LUMINANCE, rgb.dtype)[:, None], 1)
        features = colour_features(rgb, self.sigmas)
        explained = tf.tensordot(
            features, tf.constant(self.coefficients, features.dtype)[:, None], 1
        )
        return (xray + explained - tf.constant(self.mean, xray.dtype)) / 2


def guess_image(start: Start, xray: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """g1 of a whole image, tile by tile, so that its features need little memory.

    Args:
        start: How g1 follows from the two images.
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].

    Returns:
        g1, (h, w) float32, in units of the gain.
    """
    guess = np.empty(xray.shape, np.float32)
    for part in tiles((xray.shape[0], xray.shape[1]), TILE, start.radius()):
        x = tf.constant(xray[part.outer][None, ..., None], tf.float32)
        r = tf.constant(rgb[part.outer][None], tf.float32)
        guess[part.inner] = start(x, r).numpy()[0, ..., 0][part.inner_in_outer]
    return guess


def fit_start(xray: np.ndarray, rgb: np.ndarray, sigmas: Sequence[float]) -> Start:
    """Regress the mixture on multi-scale colour by least squares.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
        sigmas: Gaussian scales of the smoothed colours, pixels.

    Returns:
        The start "auto" with its coefficients.
    """
    sigmas = tuple(float(sigma) for sigma in sigmas)
    count = 10 + 3 * len(sigmas)
    gram, moments = np.zeros((count, count)), np.zeros(count)
    radius = Start(kind="auto", sigmas=sigmas).radius()
    for part in tiles((xray.shape[0], xray.shape[1]), TILE, radius):
        features = colour_features(tf.constant(rgb[part.outer][None], tf.float32), sigmas)
        matrix = features.numpy()[0][part.inner_in_outer].reshape(-1, count).astype(np.float64)
        gram += matrix.T @ matrix
        moments += matrix.T @ xray[part.inner].reshape(-1).astype(np.float64)
    gram, moments = gram / xray.size, moments / xray.size
    # Normal equations with a whisper of ridge: the features of a grey photograph coincide.
    gram += 1e-9 * np.trace(gram) / count * np.eye(count)
    coefficients = np.linalg.solve(gram, moments)
    return Start(
        kind="auto",
        sigmas=sigmas,
        coefficients=tuple(float(value) for value in coefficients),
        mean=float(xray.mean(dtype=np.float64)),
    )


def colour_features(rgb: tf.Tensor, sigmas: Sequence[float]) -> tf.Tensor:
    """A constant, the colours, their products, and the colours smoothed at each scale.

    Args:
        rgb: Photographs (n, h, w, 3), in [0, 1].
        sigmas: Standard deviations of the Gaussians, pixels.

    Returns:
        Features (n, h, w, 10 + 3 len(sigmas)).
    """
    r, g, b = tf.split(rgb, 3, axis=-1)
    quadratic = [r * r, r * g, r * b, g * g, g * b, b * b]
    smoothed = [_smooth(rgb, sigma) for sigma in sigmas]
    return tf.concat([tf.ones_like(r), rgb, *quadratic, *smoothed], axis=-1)


def _half_width(sigma: float) -> int:
    return int(np.ceil(4 * sigma))


def _smooth(image: tf.Tensor, sigma: float) -> tf.Tensor:
    """Gaussian of the valid pixels only, so that borders are neither darkened nor mirrored."""
    half = _half_width(sigma)
    taps = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    kernel = tf.constant(taps / taps.sum(), image.dtype)
    ones = tf.ones_like(image[..., :1])

    def blur(x: tf.Tensor) -> tf.Tensor:
        channels = x.shape[-1]
        across: Any = tf.tile(kernel[None, :, None, None], [1, 1, channels, 1])
        x = tf.nn.depthwise_conv2d(x, across, [1, 1, 1, 1], "SAME")
        return tf.nn.depthwise_conv2d(x, tf.transpose(across, [1, 0, 2, 3]), [1, 1, 1, 1], "SAME")

    return blur(image) / blur(ones)
