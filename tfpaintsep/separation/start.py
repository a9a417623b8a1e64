"""The first guess g1 of the surface layer, eq. (14), computable from stored coefficients.

Reference: Pu et al. 2022, eq. (14) and section IV-E (the manually modified g1, which the
colour regression and the learned prior here automate).
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from pydantic import BaseModel, ConfigDict

from tfpaintsep.images.patches import tiles

from .colour import colour_features, half_width
from .config import StartConfig
from .prior import guess as prior
from .prior.evidence import Evidence, gather_evidence
from .prior.network import STRIDE

LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue (ITU-R BT.601)."""

TILE = 1024
"""Side of the tiles in which whole images are worked through, pixels."""


class Start(BaseModel):
    """How g1 follows from the two images; small enough to travel with every model.

    Attributes:
        kind: "luminance"; "auto", the colour regression; or "prior", the learned prior.
        sigmas: Gaussian scales of the colour features, pixels.
        coefficients: One for each colour feature, with the constant first (empty for
            luminance).
        mean: Mean of the training mixture, in units of the gain.
        evidence: What the prior knows of the whole painting.
        boldness: Of the prior, from 0, little distortion, to 1, little leakage.
        colour: Whether what colour explains around each place has a say beside the prior.
        excess: Of the prior's guess over half of the mixture, on average over the training
            painting, in units of the gain. It is taken away: nothing tells whose the mean is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = "luminance"
    sigmas: tuple[float, ...] = ()
    coefficients: tuple[float, ...] = ()
    mean: float = 0.0
    evidence: Evidence | None = None
    boldness: float = 0.0
    colour: bool = True
    excess: float = 0.0

    @property
    def stride(self) -> int:
        """Parts of an image begin at multiples of so many pixels for g1 to be the same."""
        return STRIDE if self.evidence else 1

    def radius(self) -> int:
        """Pixels on each side that g1 looks at."""
        if self.evidence:
            return prior.RADIUS
        return max((half_width(sigma) for sigma in self.sigmas), default=0)

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
        if self.evidence:
            guess = prior.surface_guess(self.evidence, self.boldness, xray, rgb, colour=self.colour)
            return guess - tf.constant(self.excess, guess.dtype)
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


def make_start(config: StartConfig, xray: np.ndarray, rgb: np.ndarray) -> tuple[Start, np.ndarray]:
    """The configured start for a painting, and its g1.

    Args:
        config: What is wanted.
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].

    Returns:
        The start, and what `guess_image` gives with it.
    """
    if config.kind == "prior":
        evidence = gather_evidence(xray, rgb)
        start = Start(
            kind="prior", evidence=evidence, boldness=config.boldness, colour=config.colour
        )
        guess = guess_image(start, xray, rgb)
        excess = float(np.mean(guess - xray / 2, dtype=np.float64))
        # Not guessed a second time: the network is what takes long before a training.
        return start.model_copy(update={"excess": excess}), guess - np.float32(excess)
    start = fit_start(xray, rgb, config.sigmas) if config.kind == "auto" else Start()
    return start, guess_image(start, xray, rgb)


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
