"""How the radiograph of one painting goes with its photograph: regressions in bands of frequency.

What varies slowly correlates by chance, so that a regression over all frequencies at once is
ruled by it. Bands of fine detail hold many independent places, and a part of the painting that
the regression has not seen tells how far to believe it.
"""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from pydantic import BaseModel, ConfigDict

from tfpaintsep.images.patches import tiles
from tfpaintsep.separation.colour import smooth

from .maps import FEATURES, coarse_maps, fine_maps, large_pixels, photograph_features

BANDS = 4
"""Regressions: one over all frequencies, three of detail on ever larger pixels."""

_SLOW = 5.0
"""Gaussian scale, in a band's own pixels, of what is too slow for it."""

_TILE, _MARGIN = 512, 64
"""Side of the tiles that are worked through, and of their surroundings, pixels."""

_BLOCK = 48
"""Side of the blocks, black and white as on a chessboard, of which each half is predicted from the
other, pixels; in small paintings an eighth of the side."""

_RIDGES = (1e-4, 1e-2, 1e-1)
"""Penalties that are tried, in units of the features' mean variance."""


class Evidence(BaseModel):
    """What the prior needs to know of the whole painting; small enough to travel with every model.

    Attributes:
        mean: Of the mixture, in units of the gain.
        deviation: Of the mixture, in units of the gain.
        luminance_deviation: Of the mean of red, green and blue.
        feature_means: Of the photograph's features, FEATURES.
        feature_deviations: Likewise.
        coefficients: Of the regression in each band, BANDS rows of FEATURES.
        reliability: R² of each regression where it was not fitted, at least 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: float
    deviation: float
    luminance_deviation: float
    feature_means: tuple[float, ...]
    feature_deviations: tuple[float, ...]
    coefficients: tuple[tuple[float, ...], ...]
    reliability: tuple[float, ...]

    @property
    def detail_correlation(self) -> float:
        """Of the finest detail with what its regression makes of colour, where not fitted.

        Fine detail holds many independent places: unlike the other figures it is not chance.
        """
        return float(np.sqrt(self.reliability[1]))

    def maps(self, xray: tf.Tensor, rgb: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """All that the network sees of a painting or a part of it.

        Args:
            xray: x, (n, h, w, 1), in units of the gain, h and w even.
            rgb: r, (n, h, w, 3), in [0, 1].

        Returns:
            (n, h, w, FINE), and (n, h / 2, w / 2, COARSE + BANDS) with what each regression
            explains at the end.
        """
        x = (xray - self.mean) / self.deviation
        features = photograph_features(rgb) - tf.constant(self.feature_means)
        features /= tf.constant(self.feature_deviations)
        explained = tf.tensordot(features, tf.constant(self.coefficients), [[-1], [1]])
        coarse = coarse_maps(x, rgb, self.luminance_deviation, features)
        fine = fine_maps(x, rgb, self.luminance_deviation)
        return fine, tf.concat([coarse, explained], axis=-1)


def gather_evidence(xray: np.ndarray, rgb: np.ndarray) -> Evidence:
    """Fit the regressions.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
    """
    mean = float(xray.mean(dtype=np.float64))
    deviation = float(xray.std(dtype=np.float64)) + 1e-12  # a flat radiograph
    count = FEATURES + 2
    moments = np.zeros((2, BANDS, count, count))
    block = min(_BLOCK, max(8, min(xray.shape) // 8))
    for part in tiles((xray.shape[0], xray.shape[1]), _TILE, _MARGIN):
        # An uneven last row or column belongs to no large pixel.
        height, width = (length // 2 * 2 for length in xray[part.outer].shape)
        x = (xray[part.outer][:height, :width] - mean)[None, ..., None] / deviation
        x = large_pixels(tf.constant(x, tf.float32))
        r = tf.constant(rgb[part.outer][None, :height, :width], tf.float32)
        seen = tf.concat([photograph_features(r), x, tf.ones_like(x)], axis=-1)
        for band, (step, values) in enumerate(_bands(seen)):
            rows, columns = (slice(s.start // step, s.stop // step) for s in part.inner_in_outer)
            for half, some in enumerate(_halves(values[rows, columns], max(1, block // step))):
                moments[half, band] += some.T @ some
    grey = rgb.mean(axis=-1, dtype=np.float32)
    return _conclude(moments, mean, deviation, float(grey.std(dtype=np.float64)) + 1e-6)


def _bands(values: tf.Tensor) -> Iterator[tuple[int, np.ndarray]]:
    """By band the size of its pixels, and the values (1, h, w, c) in it as (h', w', c)."""
    yield 2, values[0].numpy()
    for band in range(1, BANDS):
        fast = (values - smooth(values, _SLOW))[..., :-1]
        # The constant stays, to count the pixels.
        yield 2**band, tf.concat([fast, values[..., -1:]], axis=-1)[0].numpy()
        values = large_pixels(values)


def _halves(values: np.ndarray, block: int) -> Iterator[np.ndarray]:
    """The vectors in the black and in the white blocks, each (n, c) float64."""
    rows, columns = (np.arange(length) // block for length in values.shape[:2])
    white = (rows[:, None] + columns) % 2 == 1
    for chosen in (~white, white):
        yield values[chosen].astype(np.float64)


def _conclude(moments: np.ndarray, mean: float, deviation: float, luminance: float) -> Evidence:
    """Second moments of features, x and 1, by half and band, to the regressions."""
    total = moments[:, 0].sum(axis=0)
    pixels = total[-1, -1]
    means = total[-1, :FEATURES] / pixels
    variances = np.maximum(np.diag(total)[:FEATURES] / pixels - means**2, 0)
    deviations = np.sqrt(variances) + 1e-5  # a photograph of one colour
    coefficients, reliability = [], []
    for band in range(BANDS):
        standard = np.eye(FEATURES + 2, FEATURES + 1)
        standard[:FEATURES, :FEATURES] = np.diag(1 / deviations)
        if band == 0:  # detail has no mean
            standard[-1, :FEATURES] = -means / deviations
        solution, explained = _regress(standard.T @ moments[:, band] @ standard)
        coefficients.append(tuple(float(value) for value in solution))
        reliability.append(max(0.0, explained))
    return Evidence(
        mean=mean,
        deviation=deviation,
        luminance_deviation=luminance,
        feature_means=tuple(float(value) for value in means),
        feature_deviations=tuple(float(value) for value in deviations),
        coefficients=tuple(coefficients),
        reliability=tuple(reliability),
    )


def _regress(moments: np.ndarray) -> tuple[np.ndarray, float]:
    """Ridge regression with the penalty that predicts each half best from the other.

    Args:
        moments: Sums of products of features and x, which comes last; (2, c + 1, c + 1).

    Returns:
        Coefficients of both halves together, (c,), and the R² of predicting the other half.
    """
    count = moments.shape[-1] - 1
    scale = np.trace(moments[:, :count, :count].sum(axis=0)) / count + 1e-12

    def solve(sums: np.ndarray, penalty: float) -> np.ndarray:
        return np.linalg.solve(sums[:count, :count] + penalty * np.eye(count), sums[:count, count])

    def error(ridge: float) -> float:
        result = 0.0
        for seen, unseen in (moments, moments[::-1]):
            residual = np.append(-solve(seen, ridge * scale / 2), 1.0)
            result += float(residual @ unseen @ residual)
        return result

    ridge = min(_RIDGES, key=error)
    energy = float(moments[:, count, count].sum()) + 1e-12
    return solve(moments.sum(axis=0), ridge * scale), 1 - error(ridge) / energy
