"""How well colour explains an image in every neighbourhood: a linear fit per window.

Reference: K. He, J. Sun and X. Tang, "Guided image filtering", IEEE Transactions on Pattern
Analysis and Machine Intelligence 35(6), 2013, section 3.5 (colour guide).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import uniform_filter

Values = NDArray[np.float64]


@dataclass(frozen=True)
class LocalFit:
    """x = slope . rgb + intercept in each window, by ridge regression.

    Attributes:
        slope: (h, w, 3), of the window centred at each pixel.
        intercept: (h, w).
        variance: (h, w), of x in each window.
        explained: (h, w), the part of it that the fit explains.
    """

    slope: Values
    intercept: Values
    variance: Values
    explained: Values


def fit_windows(x: ArrayLike, rgb: ArrayLike, radius: int, ridge: float) -> LocalFit:
    """Fit every window at once, from box means of the moments.

    Args:
        x: (h, w), any units.
        rgb: (h, w, 3), the guide, in [0, 1].
        radius: Windows are squares of side 2 radius + 1 px, mirrored at the borders.
        ridge: Added to the variance of each colour.
    """
    values, guide = np.asarray(x, dtype=np.float64), np.asarray(rgb, dtype=np.float64)
    middle = guide.mean(axis=(0, 1))
    colour = guide - middle  # moments lose fewer digits about the mean
    mean_x, mean_colour = window_mean(values, radius), window_mean(colour, radius)
    variance = window_mean(values * values, radius) - mean_x**2
    covariance = window_mean(colour * values[..., None], radius) - mean_colour * mean_x[..., None]
    spread = window_mean(colour[..., :, None] * colour[..., None, :], radius)
    spread -= mean_colour[..., :, None] * mean_colour[..., None, :]
    ridged = spread + ridge * np.eye(3)
    slope = np.linalg.solve(ridged, covariance[..., None])[..., 0].astype(np.float64)
    explained = 2.0 * np.sum(slope * covariance, axis=-1)
    explained -= np.einsum("...i,...ij,...j->...", slope, spread, slope)
    intercept = mean_x - np.sum(slope * (mean_colour + middle), axis=-1)
    return LocalFit(slope, intercept, variance, explained)


def window_mean(values: Values, radius: int) -> Values:
    """Means over the squares of side 2 radius + 1 px around each pixel, mirrored at the borders."""
    mean: Values = uniform_filter(values, 2 * radius + 1, axes=(0, 1))
    return mean
